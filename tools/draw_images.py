"""Draw the bitmap forms of the mark and of the card that link previews show."""

from __future__ import annotations

from browser import open_browser
from setting_up import ROOT

ASSETS = ROOT / "book" / "assets"
IMAGES = {  # bitmap: drawing, width, height
    "card.png": ("card.svg", 1200, 630),
    "touch-icon.png": ("mark.svg", 180, 180),
}


def main() -> None:
    """Draw every bitmap with a browser, which is what draws them for readers too."""
    with open_browser() as browser:
        for name, (drawing, width, height) in IMAGES.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            svg = (ASSETS / drawing).read_text(encoding="utf-8")
            page.set_content(f"<style>body{{margin:0}}svg{{width:100vw;height:100vh}}</style>{svg}")
            page.screenshot(path=ASSETS / name, omit_background=True)


if __name__ == "__main__":
    main()
