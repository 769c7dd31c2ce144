"""A site built with LIVE=0: no Python, and no word of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from building import SITE
from kept_site import parts

ROOT = Path(__file__).parents[2]
ADDRESS = re.compile(r'\b(?:href|src)="(?![a-z]+:|//|#)([^"#?]+)')
WORDS = ("JupyterLite", "Run this page", "Open as notebook", "Try it here")

# These tell of the project, not of this build of it.
ABOUT = ("book/back/changelog.html", "book/back/speed.html")


@pytest.fixture(scope="module")
def without(tmp_path_factory) -> Path:
    """Build the site without Python, beside the one that has it."""
    folder = tmp_path_factory.mktemp("without")
    book = Path(sys.executable).parent / "jupyter-book"
    done = subprocess.run(
        [book, "build", ".", "-n", "-W", "--keep-going", "--path-output", folder],
        cwd=ROOT,
        env={**os.environ, "LIVE": "0", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folder / "_build" / "html"


def pages(site: Path) -> dict[str, str]:
    return {
        path.relative_to(site).as_posix(): path.read_text("utf-8")
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.parts and "lite" not in path.parts
    }


def test_has_every_page_and_no_python(without):
    assert pages(without).keys() == pages(SITE).keys()
    assert not (without / "runtime").exists()
    assert not (without / "lite").exists()
    assert list((without / "_static").glob("live-*")) == []
    listed = parts(without)
    assert listed["pages"]
    assert (listed["python"], listed["notebook"]) == ({}, {})


def test_pages_have_no_run_and_no_word_of_it(without):
    for name, text in pages(without).items():
        assert "start.js" not in text, name
        assert "data-mlm-run-page" not in text, name
        if name not in ABOUT:
            assert [word for word in WORDS if word in text] == [], name
        assert "blob:" not in text.partition("</head>")[0], name  # for what only Run needs
    # These words are on the site that has it: the list above is not of things that never were.
    with_python = "".join(pages(SITE).values())
    assert [word for word in WORDS[:3] if word not in with_python] == []


def test_no_link_leads_nowhere(without):
    broken = []
    for name, text in pages(without).items():
        for address in ADDRESS.findall(text):
            where = without / Path(name).parent
            if address.startswith("/"):
                where, address = without, address.removeprefix("/mlmbook/")
            target = (where / address).resolve()
            if not (target.is_file() or (target / "index.html").is_file()):
                broken.append(f"{name}: {address}")
    assert broken == []


def test_notebooks_can_still_be_had(without):
    assert list((without / "notebooks").glob("*.ipynb"))
