"""The engine: arrays in, a maximum of the likelihood out. Nothing here knows a data frame.

A reader finds each idea in its own room: :mod:`~mlmbook.likelihood.basis` (better-conditioned
columns), :mod:`~mlmbook.likelihood.covariance` (from parameters to covariance matrices),
:mod:`~mlmbook.likelihood.blocks` (crossproducts and their Schur complement),
:mod:`~mlmbook.likelihood.gaussian` (deviance, gradient, information) and
:mod:`~mlmbook.likelihood.optimize` (Newton steps and the boundary).
"""
