"""Nothing that Python sends as HTML runs, is fetched, or leads a reader astray."""

import pytest

pytestmark = pytest.mark.xdist_group("widgets")

UNCLEAN = {
    "script": "<script>window.harm = 1</script>",
    "handler": "<img src='nowhere.png' onerror='window.harm = 1'>",
    "frame": "<iframe srcdoc='<script>parent.harm = 1</script>'></iframe>",
    "link": "<a href='javascript:window.harm = 1'>link</a>",
    "form": "<form action='https://example.org'><input name='password'><button>Go</button></form>",
    "style": "<p style='background: url(https://example.org/x.png)'>styled</p>",
    "sheet": "<style>body { display: none }</style>",
    "vector": "<svg onload='window.harm = 1'><script>window.harm = 1</script><circle r='3'/></svg>",
    "use": "<svg><use href='https://example.org/x.svg#a'></use></svg>",
    "object": "<object data='https://example.org/x'></object><embed src='https://example.org/x'>",
    "meta": "<meta http-equiv='refresh' content='0; url=https://example.org'><base href='/x/'>",
    "math": "<math><mtext><table><mglyph><style><img src=x onerror='window.harm = 1'>",
    "picture": "<img srcset='https://example.org/x.png 2x' src='https://example.org/y.png'>",
}
WAYS = {
    "html": "from IPython.display import HTML\nHTML({0!r})",
    "markdown": "from IPython.display import Markdown\nMarkdown({0!r})",
    "widget": "import ipywidgets as w\nw.VBox([w.HTML({0!r}), w.HTMLMath({0!r}), "
    "w.Checkbox(description={0!r}, description_allow_html=True)])",
}
FOUND = """(output) => [...output.querySelectorAll("*")].flatMap((element) => [
  ...(element.matches("script, iframe, object, embed, form, meta, base, link")
    ? [element.tagName] : []),
  ...[...element.attributes]
    .filter(({ name }) => name !== "title")  // what widgets show as a hint is text
    .filter(({ name, value }) => /^on/.test(name)
      || /javascript:|example\\.org|nowhere/.test(value))
    .map(({ name, value }) => `${name}=${value}`),
])"""


@pytest.mark.parametrize("way", WAYS)
def test_html_is_clean(live, way):
    for name, text in UNCLEAN.items():
        live.try_(WAYS[way].format(text))
        output = live.scratch.locator(".mlm-live-output")
        link = output.locator("a")
        if link.count():
            link.first.click()
        assert output.evaluate(FOUND) == [], name
        assert live.page.evaluate("window.harm") is None, name
        assert live.page.locator("body").is_visible(), name
    # Chromium says so of a handler in HTML that is parsed to be cleaned; none is kept.
    live.forgive("Executing inline event handler violates")


def test_pictures_that_are_text_do_not_run(live):
    live.try_(
        "from IPython.display import SVG\nSVG(data=\"<svg xmlns='http://www.w3.org/2000/svg' "
        "onload='parent.harm = 1' width='9' height='9'><script>parent.harm = 1</script></svg>\")"
    )
    assert live.scratch.locator(".mlm-live-output img").count() == 1
    assert live.page.evaluate("window.harm") is None


def test_scripts_of_python_are_refused_in_words(live):
    assert "does not run JavaScript" in live.text(
        "from IPython.display import Javascript\nJavascript('window.harm = 1')"
    )
    assert live.page.evaluate("window.harm") is None


def test_tables_keep_their_form(live):
    live.try_("import pandas as pd\npd.DataFrame({'a': [1.5], 'b': ['<b>']})")
    output = live.scratch.locator(".mlm-live-output")
    assert output.locator("tbody td").all_inner_texts() == ["1.5", "<b>"]
    assert output.locator("th").all_inner_texts() == ["a", "b", "0"]  # none without words
