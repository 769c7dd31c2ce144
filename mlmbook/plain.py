"""What is worked out for simple models only, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import FitError

if TYPE_CHECKING:
    from .result import Fit

__all__ = ["is_plain", "refuse_unless_plain"]


def is_plain(fit: Fit) -> bool:
    """Return whether the model has one level-1 variance, no weights and no offset."""
    return fit.residual is None and fit.design.offset is None


def refuse_unless_plain(
    fit: Fit, what: str, instead: str = "use the Wald methods, or vcov_robust"
) -> None:
    """Raise if the model has a level-1 structure, weights or an offset."""
    if not is_plain(fit):
        raise FitError(
            f"{what} is not worked out for models with residual=, weights= or offset= yet; "
            f"{instead}"
        )
