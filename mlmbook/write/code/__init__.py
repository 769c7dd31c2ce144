"""The same model as a program for other software."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from mlmbook.errors import FormulaError, did_you_mean
from mlmbook.write.code import hlm, mlwin, python, r, spss, stata
from mlmbook.write.model import Model

if TYPE_CHECKING:
    from mlmbook.result import Fit

__all__ = ["SYSTEMS", "to_code"]

SYSTEMS: Mapping[str, Callable[[Model], str]] = MappingProxyType(
    {
        "lme4": r.lme4,
        "nlme": r.nlme,
        "glmmTMB": r.glmmtmb,
        "brms": r.brms,
        "stata": stata.stata,
        "spss": spss.spss,
        "mlwin": mlwin.mlwin,
        "hlm": hlm.hlm,
        "statsmodels": python.statsmodels,
        "bambi": python.bambi,
    }
)


def to_code(fit: Fit, system: str) -> str:
    """Write a complete program that fits the same model in another system.

    Parameters
    ----------
    fit : Fit
        A fitted Gaussian model.
    system : str
        ``"lme4"``, ``"nlme"``, ``"glmmTMB"``, ``"brms"`` (R); ``"stata"`` (mixed); ``"spss"``
        (MIXED); ``"mlwin"`` (R2MLwiN); ``"hlm"`` (a Python script that writes HLM's files);
        ``"statsmodels"``, ``"bambi"`` (Python). Capitals do not matter.

    Returns
    -------
    str
        The program. Its first comment is the line of Python that writes the data file it reads.
        Categories get the contrasts of the fit: indicators, the first category is the reference.

    Raises
    ------
    FormulaError
        The system is not one of these, or has no way to say the model.
    """
    writers = {name.lower(): writer for name, writer in SYSTEMS.items()}
    writer = writers.get(str(system).lower())
    if writer is None:
        raise FormulaError(
            f"there is no writer for {system!r}{did_you_mean(system, SYSTEMS)} "
            f"(systems: {', '.join(SYSTEMS)})"
        )
    return writer(Model.of(fit))
