"""What the level-1 residuals of a model may be: a module for each structure.

A structure names columns of the data; :func:`~mlmbook.residual.binding.bind` turns it into arrays
for the engine, and keeps what predictions and tables need.
"""
