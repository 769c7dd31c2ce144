"""The fitted model: what was estimated, what it predicts, and what one asks of it.

Each class adds to the one before: ``Estimated``, ``Predicted``, ``Partitioned``, :class:`Fit`.
Nothing here refits or mutates.
"""

from .fit import Fit

__all__ = ["Fit"]
