"""Data that comes with the package, and the book's simulated survey."""

from mlmbook.data.load import datasets, load
from mlmbook.data.survey import survey

__all__ = ["datasets", "load", "survey"]
