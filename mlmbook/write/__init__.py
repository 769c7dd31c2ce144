"""A fitted model in other words: as an equation, as code for other software, as sentences."""

from mlmbook.write.code import to_code
from mlmbook.write.equation import equation
from mlmbook.write.report import report

__all__ = ["equation", "report", "to_code"]
