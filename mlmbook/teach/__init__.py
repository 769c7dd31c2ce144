"""Questions that answer back: multiple choice, and numbers with a tolerance."""

from __future__ import annotations

from mlmbook.teach.check import check
from mlmbook.teach.quiz import quiz

__all__ = ["check", "quiz"]
