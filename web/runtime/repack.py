"""Make wheels small and quick to import: without tests and sources of extensions, compiled."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

COMPILE = Path(__file__).with_name("compile.mjs")
DATE = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever it is built

# Of lexers those that IPython and pytest import; of SciPy not its photographs.
UNUSED = re.compile(
    r"(^|/)tests?/(?!_natype)"
    r"|\.(pyi|pxd|pyx|h|hpp|c|cpp|f|f90|a|lib|map|ipynb)$"
    r"|/(RECORD|INSTALLER|direct_url\.json)$"
    r"|^[^/]+\.data/"
    r"|^matplotlib/mpl-data/(sample_data|fonts/(afm|pdfcorefonts))/"
    r"|^matplotlib/backends/web_backend/"
    r"|^statsmodels/datasets/.*\.(csv|dta|txt|zip)$"
    r"|^anywidget/(static|nbextension|labextension)/"
    r"|^numpy/(distutils|_pyinstaller)/"
    r"|^scipy/misc/.*\.dat$"
    r"|^pygments/lexers/(?!"
    r"(__init__|_mapping|_(css|lilypond|scheme)_builtins|css|data|diff|html|javascript|jvm|lilypond"
    r"|lisp|markup|perl|python|ruby|shell|special)\.py)"
    # Of typefaces that no figure uses unasked, one face each.
    r"|^matplotlib/mpl-data/fonts/ttf/DejaVuS(erif|ansMono)-\w+\.ttf$"
)
KEPT = re.compile(r"^(numpy/testing|numpy/_core/tests/_natype\.py|scipy/_lib|narwhals)")
# Changes to sources, as (old, new); each must be there once.
MENDED = {
    # IPython 9 has no such table, and later releases of matplotlib do not ask for it. Asking fails
    # while the first figure of a session is made, and it is shown under the next cell.
    "matplotlib/pyplot.py": (
        "    from IPython.core.pylabtools import backend2gui",
        "    if mod_ipython.version_info >= (8, 24):\n        return\n"
        "    from IPython.core.pylabtools import backend2gui",
    ),
    # Sizes have 32 bits here, and the integers that a Generator draws have 64, as on the desktop:
    # groups of random sizes are made by repeat(numbers, sizes), which refuses them.
    "numpy/_core/fromnumeric.py": (
        "    return _wrapfunc(a, 'repeat', repeats, axis=axis)",
        "    if getattr(repeats, 'dtype', None) == nt.int64:\n"
        "        repeats = repeats.astype(nt.intp)\n"
        "    return _wrapfunc(a, 'repeat', repeats, axis=axis)",
    ),
    # It compares this with the file of a frame, and warns wrongly where only compiled files are.
    "ipywidgets/widgets/widget.py": (
        "TRAITLETS_FILE = inspect.getfile(HasTraits)",
        "TRAITLETS_FILE = inspect.getfile(HasTraits).removesuffix('c')",
    ),
}


def used(name: str) -> bool:
    """Tell whether a file of a wheel is of use in the page."""
    return bool(KEPT.match(name)) or not UNUSED.search(name)


def repack(wheels: Iterable[Path], into: Path, run_node: Callable[[list[str]], str]) -> list[Path]:
    """Write each wheel anew into a folder, with what it needs only and with compiled files.

    Parameters
    ----------
    wheels : iterable of Path
    into : Path
    run_node : callable
        Runs Node with arguments and returns what it prints.

    Returns
    -------
    list of Path
        The new wheels, in the same order.
    """
    wheels = list(wheels)
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        trees = [Path(folder) / str(number) for number in range(len(wheels))]
        for wheel, tree in zip(wheels, trees, strict=True):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(tree, filter(used, archive.namelist()))
            _mend(tree)
        run_node([str(COMPILE), folder])
        for tree in trees:
            _drop_sources(tree)
        return [_pack(tree, into / wheel.name) for wheel, tree in zip(wheels, trees, strict=True)]


def _mend(tree: Path) -> None:
    for name, (old, new) in MENDED.items():
        file = tree / name
        if file.exists():
            text = file.read_text("utf-8")
            if text.count(old) != 1:
                raise ValueError(f"{name} has changed; does it still need mending? ({old.strip()})")
            file.write_text(text.replace(old, new), "utf-8")


def _drop_sources(tree: Path) -> None:
    """Remove what was compiled, save our own files: a traceback shows their lines."""
    for compiled in list(tree.rglob("*.pyc")):
        source = compiled.with_suffix(".py")
        if compiled.relative_to(tree).parts[0] == "mlmbook":
            cached = compiled.parent / "__pycache__" / f"{compiled.stem}.cpython-313.pyc"
            cached.parent.mkdir(exist_ok=True)
            compiled.rename(cached)
        else:
            source.unlink()


def _pack(tree: Path, to: Path) -> Path:
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in sorted(path for path in tree.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(tree).as_posix(), DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes())
    return to
