"""Models with a level-1 structure that R fitted, and their data."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

import mlmbook as mlm

REFERENCE = Path(__file__).parent
GROWTH = "distance ~ age11 * sex"

MODELS = {
    "exam__hetero_gender": (
        "normexam ~ standlrt + girl + (standlrt | school)",
        mlm.VarianceBy("girl"),
    ),
    "hsb82__hetero_sector": ("mathach ~ cses + sector + (1 | school)", mlm.VarianceBy("sector")),
    "orthodont__hetero_sex": (f"{GROWTH} + (age11 | subject)", mlm.VarianceBy("sex")),
    "bodyweight__varpower_time": (
        "weight ~ time * diet + (time | rat)",
        mlm.VariancePower("time"),
    ),
    "bodyweight__varpower": ("weight ~ time * diet + (time | rat)", mlm.VariancePower()),
    "bodyweight__varpower_ar1": (
        "weight ~ time * diet + (time | rat)",
        [mlm.VariancePower(), mlm.AR1("time")],
    ),
    "bodyweight__exp_nugget": (
        "weight ~ time * diet",
        mlm.AR1("time", group="rat", nugget=True),
    ),
    "ovary__ar1": ("follicles ~ s1 + c1 + (s1 || mare)", mlm.AR1("ord")),
    "sleepstudy__ar1": ("reaction ~ days + (days | subject)", mlm.AR1("days")),
    "sleepstudy__ri_ar1": ("reaction ~ days + (1 | subject)", mlm.AR1("days")),
    "orthodont__compound_symmetry": (GROWTH, mlm.CompoundSymmetry(group="subject")),
    "orthodont__unstructured": (GROWTH, mlm.Unstructured("occ", group="subject")),
    "orthodont__marginal_ar1": (GROWTH, mlm.AR1("occ", group="subject")),
}


@cache
def data(name: str) -> pd.DataFrame:
    """Return the data of a reference, prepared as its R script does."""
    packaged = name in set(mlm.datasets()["name"])
    frame = mlm.load(name) if packaged else pd.read_csv(REFERENCE / "data" / f"{name}.csv.gz")
    if name == "hsb82":
        frame["cses"] = frame["ses"] - frame.groupby("school")["ses"].transform("mean")
        frame["sector"] = pd.Categorical(frame["sector"].astype(str), ["Public", "Catholic"])
    if name == "orthodont":
        sex = pd.Categorical(frame["sex"].astype(str), ["Male", "Female"])
        frame = frame.assign(age11=frame["age"] - 11, occ=(frame["age"] - 8) / 2 + 1, sex=sex)
    if name == "ovary":
        angle = 2 * np.pi * frame["time"]
        order = frame.groupby("mare")["time"].rank()
        frame = frame.assign(s1=np.sin(angle), c1=np.cos(angle), ord=order)
    if name == "bodyweight":
        frame["diet"] = pd.Categorical(frame["diet"].astype(str))
    return frame
