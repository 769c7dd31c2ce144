"""Multilevel models to fit, to see and to teach."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from .lazy import from_home

__version__ = "0.1.0"

_HOME = {
    "AR1": "residual.ar1",
    "CompoundSymmetry": "residual.compound_symmetry",
    "ConvergenceWarning": "errors",
    "DataError": "errors",
    "ExplorableError": "errors",
    "Fit": "result",
    "FitError": "errors",
    "FormulaError": "errors",
    "KnownVariance": "residual.known_variance",
    "MlmbookError": "errors",
    "SingularFitWarning": "errors",
    "Unstructured": "residual.unstructured",
    "VarianceBy": "residual.variance_by",
    "VarianceFunction": "variance_function",
    "VariancePower": "residual.variance_power",
    "anova_icc": "agreement",
    "check": "teach",
    "compare": "compare",
    "datasets": "data",
    "design_effect": "shares",
    "fit": "fit",
    "fixed_effects": "dummies",
    "hausman": "contextual",
    "influence": "influence",
    "load": "data",
    "ols": "baseline",
    "plot_caterpillar": "plots",
    "plot_groups": "plots",
    "plot_interaction": "plots",
    "plot_map": "plots",
    "plot_power": "plots",
    "plot_profile": "plots",
    "plot_ranef_qq": "plots",
    "plot_residuals": "plots",
    "plot_residuals_qq": "plots",
    "plot_shrinkage": "plots",
    "plot_structure": "plots",
    "plot_variance": "plots",
    "plot_variance_function": "plots",
    "power": "power",
    "quiz": "teach",
    "rwg": "agreement",
    "simulate": "simulate",
    "survey": "data",
    "within_between": "contextual",
}
"""Public names and the modules they live in; a module is imported when its name is used."""

_SUBPACKAGES = ("explore", "plots")
"""Public names that are packages themselves."""

__all__ = sorted([*_HOME, *_SUBPACKAGES])


class _Package(ModuleType):
    """The package, in which `fit` and `simulate` stay functions.

    Importing ``mlmbook.fit`` sets the package's attribute ``fit`` to that module; what a reader
    wants there is the function of the same name.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if name in _HOME and isinstance(value, ModuleType):
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name in _SUBPACKAGES:
        return import_module(f".{name}", __name__)
    return from_home(__name__, _HOME, name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
