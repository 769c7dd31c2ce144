"""Data that comes with the package, and the book's simulated survey."""

from mlmbook.data.load import datasets, load

__all__ = ["datasets", "load"]
