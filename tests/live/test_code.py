"""Code as a reader may write it: what a notebook does with it, the page does, or says why not."""

import pytest

pytestmark = pytest.mark.xdist_group("code")


def test_prints_and_shows_the_last_expression(live):
    assert live.try_("print('a', end='')\nprint('b')\n1 + 1") == [
        {"kind": "stdout", "text": "ab\n"},
        {"kind": "text", "text": "2"},
    ]
    assert live.text("_ + 1") == "3"
    assert live.try_("5;") == []


def test_keeps_the_order_of_what_is_printed_and_shown(live):
    shown = live.try_(
        "import sys\nprint('one')\nprint('two', file=sys.stderr)\ndisplay('three')\nprint('four')"
    )
    assert [one["kind"] for one in shown] == ["stdout", "stderr", "text", "stdout"]


def test_clears_and_updates(live):
    assert (
        live.text("print(1)\nfrom IPython.display import clear_output\nclear_output()\nprint(2)")
        == "2\n"
    )
    assert live.text("h = display('one', display_id=True)\nh.update('two')") == "'two'"
    assert live.text("for i in range(3): print(f'\\r{i} done', end='')") == "2 done"


def test_progress_bars_run_without_a_warning(live):
    shown = live.try_("from tqdm import tqdm\nfor i in tqdm(range(3)): pass")
    assert [one["kind"] for one in shown] == ["stderr"]
    assert "3/3" in shown[0]["text"]
    assert "Warning" not in shown[0]["text"]


def test_draws_figures(live):
    shown = live.try_(
        "%matplotlib inline\nimport matplotlib.pyplot as plt\n"
        "for i in range(2):\n    plt.figure(figsize=(3, 2))\n    plt.plot([i, 1])\n"
        "plt.show()\nprint('after')"
    )
    assert [one["kind"] for one in shown] == ["image", "image", "stdout"]
    assert all(one["alt"] for one in shown[:2])


def test_sets_markdown_and_equations(live):
    live.try_(
        "from IPython.display import Latex, Markdown\n"
        "display(Markdown('**x** is $a_1$'), Latex('$b$'))"
    )
    output = live.scratch.locator(".mlm-live-output")
    assert output.locator("strong").inner_text() == "x"
    assert output.locator("mjx-container").count() == 2


def test_a_syntax_error_shows_its_place(live):
    (shown,) = live.try_("x = (1,\nprint(")
    assert shown["kind"] == "error"
    assert "line 2" in shown["text"]
    assert "SyntaxError: incomplete input" in shown["text"]


def test_a_traceback_has_the_lines_of_the_cell_and_of_the_package(live):
    (shown,) = live.try_("def f(x):\n    return 1 / x\n\nf(0)")
    assert "----> 4 f(0)" in shown["text"]
    assert "----> 2     return 1 / x" in shown["text"]
    assert "ZeroDivisionError: division by zero" in shown["text"]
    (shown,) = live.try_("import mlmbook as mlm\nmlm.fit('y ~ 1', mlm.load('sleepstudy'))")
    assert "raise FormulaError(" in shown["text"]
    assert "Your code" not in live.said()
    assert live.said() == "Cell 1 stopped at an error."


def test_awaits_at_the_top_level(live):
    assert live.text("import asyncio\nawait asyncio.sleep(0.1)\n'slept'") == "'slept'"


def test_what_takes_long_to_import_runs_when_it_is_used(open_live):
    live = open_live()
    live.wake()
    code = """
import sys
from scipy import stats
ran = "scipy.stats.distributions" in sys.modules
print(ran, round(stats.norm.cdf(1.96), 3), "scipy.stats.distributions" in sys.modules)
import scipy.stats as again
from scipy.stats import norm
print(again is stats, norm is stats.norm, stats.__name__)
"""
    assert live.text("import scipy.stats") == ""
    assert "ZeroDivisionError" in live.text("import scipy.stats\n1 / 0")  # which looks at modules
    assert live.text(code) == "False 0.975 True\nTrue True scipy.stats\n"


def test_magics_that_make_sense(live):
    assert "per loop" in live.text("%timeit -n 10 -r 3 sum(range(100))")
    assert "499500" in live.text("%%time\nsum(range(1000))")
    assert live.text("%%capture said\nprint(1)") == ""
    assert live.text("said.stdout") == "'1\\n'"
    assert "Signature" in live.text("len?")
    assert "Writing" in live.text("%%writefile a.py\nnumber = 17")
    assert live.text("%run a.py\nnumber").startswith("17")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("!ls", "no programs beside Python"),
        ("%ls", "no programs beside Python"),
        ("%%bash\nls", "no programs beside Python"),
        ("files = !ls", "no programs beside Python"),
        ("%pip install seaborn", "seaborn cannot be installed: the page fetches nothing"),
        ("!pip install seaborn", "seaborn cannot be installed"),
        ("import micropip\nawait micropip.install('seaborn')", "seaborn cannot be installed"),
        ("import seaborn", "The page has no package 'seaborn'"),
        ("%matplotlib widget", "figures stand under their cell"),
        ("%debug", "a debugger waits for what you type"),
        ("input('name?')", "cannot wait for what you type"),
        ("exit()", "Restart Python begins anew"),
        ("%pip install numpy", "numpy is here already"),
        ("%nosuch", "`%nosuch` not found"),
    ],
)
def test_says_what_a_page_cannot_do(live, code, reason):
    assert reason in live.text(code)
    assert live.state == "ready"


def test_a_flood_of_text_is_cut(live):
    shown = live.try_("for i in range(10**6): print(i)")
    assert "more than 200,000 characters: the rest is not shown" in shown[-1]["text"]
    assert len(shown[0]["text"]) == 200_000
    assert live.text("print('alive')") == "alive\n"


def test_a_flood_of_outputs_is_cut(live):
    shown = live.try_("for i in range(1000): display(i)")
    assert len(shown) == 201
    assert "more than 200 outputs" in shown[-1]["text"]
    assert "30 MB" in live.text("from IPython.display import HTML\nHTML('x' * 31_000_000)")


def test_a_full_memory_is_met_with_words(open_live):
    live = open_live()  # in which no error has been shown before
    live.start()
    shown = live.text("import numpy as np\nkept = []\nwhile True: kept.append(np.ones(10**7))")
    assert "MemoryError" in shown
    assert "Delete what is large (del name), or restart Python." in shown
    assert live.text("del kept\n1 + 1") == "2"
    assert "Delete what is large" in live.text("kept = []\nwhile True: kept.append([0] * 10_000)")
    assert live.text("1 + 1") == "2"
    live.button("Restart Python").press("Enter")
    live.wait(lambda: live.said() == "Python is ready, and knows nothing yet.", 60)
    assert "NameError" in live.text("kept")
