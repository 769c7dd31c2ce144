"""What is worked out for one level-1 variance only refuses the others."""

import pytest

import mlmbook as mlm
from mlmbook.plain import is_plain, refuse_unless_plain


@pytest.mark.parametrize(
    "extra", [{"residual": mlm.VarianceBy("girl")}, {"weights": "school"}, {"offset": "girl"}]
)
def test_refuses_level_1_structures(extra):
    formula, exam = "normexam ~ 1 + (1 | school)", mlm.load("exam")
    assert is_plain(mlm.fit(formula, exam))
    exam["school"] = exam["school"].astype(int)
    with pytest.raises(mlm.FitError, match="the work is not worked out for models with residual="):
        refuse_unless_plain(mlm.fit(formula, exam, **extra), "the work")
