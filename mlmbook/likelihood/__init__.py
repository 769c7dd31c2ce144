"""The engine: arrays in, a maximum of the likelihood out. Nothing here knows a data frame.

A reader finds each idea in its own room: :mod:`~mlmbook.likelihood.basis` (better-conditioned
columns), :mod:`~mlmbook.likelihood.covariance` (from parameters to covariance matrices),
:mod:`~mlmbook.likelihood.blocks` (crossproducts and their Schur complement),
:mod:`~mlmbook.likelihood.link` (nested and crossed factors),
:mod:`~mlmbook.likelihood.deviance`, :mod:`~mlmbook.likelihood.solution` (fixed and random effects),
:mod:`~mlmbook.likelihood.gradient` and :mod:`~mlmbook.likelihood.information`,
which :mod:`~mlmbook.likelihood.gaussian` puts together,
:mod:`~mlmbook.likelihood.balanced` (a first guess),
:mod:`~mlmbook.likelihood.optimize` (Newton steps and the boundary),
:mod:`~mlmbook.likelihood.estimates` (back to the units of the data) and
:mod:`~mlmbook.likelihood.curvature` (how sure the variance components are).
"""
