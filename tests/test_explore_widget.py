import base64
import io

import pytest
from PIL import Image

import mlmbook as mlm
from mlmbook.errors import ExplorableError
from mlmbook.explore import Card, Cards, Scene, explorable
from mlmbook.explore.assets import PLAYER, module, stylesheet


@pytest.fixture
def widget():
    return mlm.explore.shrinkage_dial(sd_u0=1)


def test_repr_names_the_explorable(widget):
    assert repr(widget) == "Explorable('shrinkage_dial')"


def test_state_says_where_the_controls_start(widget):
    assert widget.values == {"sd_u0": 1, "sd_e0": 6.5, "tested": "third"}
    assert widget.spec["start"] == widget.values
    assert isinstance(widget.tables, bytes)


def test_a_kernel_can_move_the_controls_but_not_off_the_grid(widget):
    widget.values = {"sd_u0": 2.5}
    assert widget.values == {"sd_u0": 2.5, "sd_e0": 6.5, "tested": "third"}
    with pytest.raises(ExplorableError, match="between two settings"):
        widget.values = {"sd_u0": 2.3}


def test_two_widgets_share_their_tables():
    first, second = mlm.explore.shrinkage_dial(), mlm.explore.shrinkage_dial()
    assert first.tables is second.tables


def test_the_still_form_is_a_small_picture_finer_than_the_page(widget):
    data, metadata = widget._repr_mimebundle_()
    assert data["text/plain"] == "Explorable('shrinkage_dial')"
    png = base64.b64decode(data["image/png"])
    width = metadata["image/png"]["width"]
    assert Image.open(io.BytesIO(png)).width >= 1.15 * width
    assert 680 < width < 720
    assert len(png) < 90_000


def test_cards_are_a_list_where_no_script_runs():
    @explorable(title="?", controls=[], alt="cards")
    def cards():
        card = Card("a < b", "no", {"yes": "Y.", "no": "Because σ_u0."})
        return Scene(Cards([card], [("yes", "Yes"), ("no", "No")]), says="Sort.")

    data, _ = cards()._repr_mimebundle_()
    assert "image/png" not in data
    assert "<li>a &lt; b</li>" in data["text/html"]
    assert "<b>No.</b> Because σ<sub>u0</sub>." in data["text/html"]


def test_the_module_is_joined_without_imports_or_stray_exports():
    text = module(PLAYER, "export default { render: renderExplorable };")
    assert "import " not in [line[:7] for line in text.splitlines()]
    assert text.count("export ") == 1
    assert all(path.exists() for path in PLAYER)
    assert "--mlm-l2:" in stylesheet()
