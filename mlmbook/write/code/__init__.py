"""The same model as a program for other software."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from mlmbook.errors import FormulaError, did_you_mean
from mlmbook.write.code import (
    bambi,
    brms,
    glmmtmb,
    hlm,
    lme4,
    mlwin,
    nlme,
    spss,
    stata,
    statsmodels as sm,
)
from mlmbook.write.code.refusal import CannotSayError
from mlmbook.write.model import Model

if TYPE_CHECKING:
    from mlmbook.result import Fit

__all__ = ["SYSTEMS", "to_code"]

SYSTEMS: Mapping[str, Callable[[Model], str]] = MappingProxyType(
    {
        "lme4": lme4.lme4,
        "nlme": nlme.nlme,
        "glmmTMB": glmmtmb.glmmtmb,
        "brms": brms.brms,
        "stata": stata.stata,
        "spss": spss.spss,
        "mlwin": mlwin.mlwin,
        "hlm": hlm.hlm,
        "statsmodels": sm.statsmodels,
        "bambi": bambi.bambi,
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
    names = {name.lower(): name for name in SYSTEMS}
    name = names.get(str(system).lower())
    if name is None:
        raise FormulaError(
            f"there is no writer for {system!r}{did_you_mean(system, SYSTEMS)} "
            f"(systems: {', '.join(SYSTEMS)})"
        )
    model = Model.of(fit)
    try:
        return SYSTEMS[name](model)
    except CannotSayError as error:
        raise FormulaError(_refusal(model, name, error)) from None


def _refusal(model: Model, name: str, error: CannotSayError) -> str:
    """Say what the system lacks, and which systems have it."""
    able = [other for other, writer in SYSTEMS.items() if _can(writer, model)]
    where = f"it can be written for {', '.join(able)}" if able else "no system here has that"
    hint = f" ({error.hint})" if error.hint else ""
    return f"to_code cannot write {error.what} for {name}; {where}{hint}"


def _can(writer: Callable[[Model], str], model: Model) -> bool:
    try:
        writer(model)
    except FormulaError:
        return False
    return True
