"""Nothing on the site comes from elsewhere, and the browser is told to see to it.

Runs last. Each page gets a content security policy that allows this site's own files and the
inline scripts of the page, named by their hash; a sub-resource on another host fails the build.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Set
from pathlib import Path

import markup
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

POLICY = (
    "default-src 'none'; script-src 'self'{hashes}{blobs}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:{blobs}; worker-src 'self'; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'self'; form-action 'self'"
)
# A page with code may load what its own scripts make: the module of a widget that a reader writes,
# and the picture in one. Text that comes from Python has no way to make such an address.
RUNS = re.compile(r'src="[./]*_static/live-[0-9a-f]+/start\.js\b')
META = '<meta http-equiv="Content-Security-Policy" content="'
INLINE_SCRIPT = re.compile(
    r"<script(?![^>]*\bsrc=)([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE
)
DATA_BLOCK = re.compile(r'type="(?!text/javascript|module)[^"]*"')
HANDLER = re.compile(r'<[a-z][^<>]*\son[a-z]+="[^"]*"', re.IGNORECASE)
REMOTE_IMPORT = re.compile(r"@import\s+(?:url\()?\s*['\"]?(?:https?:)?//[^;]*;?")
ICON_FONT = re.compile(
    r"@font-face\s*\{[^}]*Awesome[^}]*\}|(?<=\})\.fa[bsr]?[-.:,][^{}]*\{[^{}]*\}"
)
SUBRESOURCE = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed|object|track)\b[^>]*?
        \b(?:src|srcset|data|poster)="((?:https?:)?//[^"]+)"
      | <link\b(?![^>]*\brel="(?:canonical|search|next|prev|license)")[^>]*?
        \bhref="((?:https?:)?//[^"]+)"
    """,
    re.VERBOSE | re.IGNORECASE,
)
CSS_REMOTE = re.compile(r"""url\(\s*['"]?((?:https?:)?//[^)'"]+)""", re.IGNORECASE)
JS_ADDRESS = re.compile(r"""["'`](https?://([\w.-]+)[^"'`\s]*)["'`]""")
LITE = "lite"  # JupyterLite has been looked through when it was assembled, and has its own policy
# Hosts that scripts name without asking them for anything: XML vocabularies, help texts.
NAMED_ONLY = {
    "www.w3.org",
    "pydata-sphinx-theme.readthedocs.io",
    "github.com",
    "www.mathjax.org",
}


def protect(text: str, policy: str = POLICY) -> str:
    """Return a page's HTML with the tightest policy under which it works."""
    if handler := HANDLER.search(text):
        raise ExtensionError(f"an inline event handler would be blocked: {handler.group()[:120]}")
    hashes = "".join(f" 'sha256-{digest}'" for digest in sorted(set(_script_hashes(text))))
    policy = policy.format(hashes=hashes, blobs=" blob:" if RUNS.search(text) else "")
    return text.replace("<head>", f'<head>\n{META}{policy}">', 1)


def _script_hashes(text: str) -> Iterator[str]:
    for attributes, body in INLINE_SCRIPT.findall(text):
        if not DATA_BLOCK.search(attributes):
            yield base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()


def off_site(path: Path, named_only: Set[str] = NAMED_ONLY) -> Iterator[str]:
    """Name the sub-resources of a built file that lie on another host."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".html":
        yield from (one or other for one, other in SUBRESOURCE.findall(text))
    if path.suffix in (".html", ".css"):
        yield from CSS_REMOTE.findall(text)
    if path.suffix == ".js" and path.name != "searchindex.js":
        yield from (url for url, host in JS_ADDRESS.findall(text) if host not in named_only)


def finish(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    site = Path(app.outdir)
    files = [path for path in sorted(site.rglob("*")) if path.relative_to(site).parts[0] != LITE]
    for path in files:
        if path.suffix == ".css":
            _rewrite(path, lambda text: ICON_FONT.sub("", REMOTE_IMPORT.sub("", text)))
        elif path.suffix == ".html" and META not in path.read_text("utf-8"):  # of this build
            _rewrite(path, lambda text, page=path: protect(markup.improve(text, page)))
    found = [
        f"{path.relative_to(site)}: {address}"
        for path in files
        if path.suffix in (".html", ".css", ".js")
        for address in off_site(path)
    ]
    if found:
        raise ExtensionError("the site would load from elsewhere:\n  " + "\n  ".join(found))


def _rewrite(path: Path, change) -> None:
    text = path.read_text(encoding="utf-8")
    changed = change(text)
    if changed != text:
        path.write_text(changed, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", finish, priority=990)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
