"""Where the files of the page's Python come from; no network is asked here."""

from __future__ import annotations

import hashlib
import io
import urllib.error
import zipfile
from pathlib import Path

import pytest
import sources
from pins import read_pins
from sources import SourceError, Sources, sha256_of

CONTENT = b"a wheel"
HASH = hashlib.sha256(CONTENT).hexdigest()
NAME = "thing-1.0-py3-none-any.whl"
CDN, MIRROR = "Pyodide's own server", "a copy on PyPI"


class Network:
    """Both ways to the network, with what they have."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.cdn: bytes | Exception = CONTENT
        self.pypi: bytes | Exception = CONTENT
        """Of a wheel; the mirror is an archive of its own."""

    def open(self, address: str, timeout: float) -> io.BytesIO:
        self.asked.append(address)
        if isinstance(self.cdn, Exception):
            raise self.cdn
        return io.BytesIO(self.cdn)

    def download(self, requirement: str, python: str, to: Path) -> None:
        self.asked.append(requirement)
        if isinstance(self.pypi, Exception):
            raise self.pypi
        to.write_bytes(self.pypi)


@pytest.fixture
def network(monkeypatch) -> Network:
    fake = Network()
    monkeypatch.setattr(sources.urllib.request, "urlopen", fake.open)
    monkeypatch.setattr(sources, "_from_pypi", fake.download)
    return fake


@pytest.fixture
def asked_of(network, tmp_path) -> Sources:
    return Sources(read_pins(), tmp_path / "cache")


def mirror_of(files: dict[str, bytes], monkeypatch, asked_of) -> bytes:
    """Make an archive that is the pinned mirror."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(asked_of.pins.mirror.folder + name, content)
    made = packed.getvalue()
    hashed = hashlib.sha256(made).hexdigest()
    object.__setattr__(asked_of.pins.mirror, "sha256", hashed)
    return made


def test_the_first_source_that_has_it_gives_it(asked_of, network):
    file = asked_of.package(NAME, HASH)
    assert file.read_bytes() == CONTENT
    assert network.asked == [asked_of.pins.cdn + NAME]
    assert asked_of.used == {NAME: CDN}


def test_what_is_in_the_cache_is_not_asked_for(asked_of, network):
    asked_of.package(NAME, HASH)
    network.asked.clear()
    again = Sources(asked_of.pins, asked_of.cache)
    assert again.package(NAME, HASH).read_bytes() == CONTENT
    assert network.asked == []
    assert again.used == {NAME: "the cache"}


def test_a_file_that_was_spoiled_in_the_cache_is_fetched_again(asked_of, network):
    asked_of.package(NAME, HASH).write_bytes(b"spoiled")
    assert asked_of.package(NAME, HASH).read_bytes() == CONTENT
    assert len(network.asked) == 2


def test_the_second_source_is_asked_when_the_first_fails(asked_of, network, monkeypatch):
    network.cdn = urllib.error.HTTPError("address", 404, "Not Found", None, None)
    network.pypi = mirror_of({NAME: CONTENT}, monkeypatch, asked_of)
    assert asked_of.package(NAME, HASH).read_bytes() == CONTENT
    assert network.asked == [asked_of.pins.cdn + NAME, asked_of.pins.mirror.requirement]
    assert asked_of.used == {NAME: MIRROR}


def test_a_wrong_hash_is_refused_whoever_gives_it(asked_of, network, monkeypatch):
    network.cdn = b"something else"
    network.pypi = mirror_of({NAME: b"not that either"}, monkeypatch, asked_of)
    with pytest.raises(SourceError, match="could not be had") as caught:
        asked_of.package(NAME, HASH)
    for source, content in ((CDN, b"something else"), (MIRROR, b"not that either")):
        found = hashlib.sha256(content).hexdigest()[:12]
        assert f"{source}: sha256 is {found}…, not {HASH[:12]}…" in str(caught.value)
    kept = [file.name for file in asked_of.cache.iterdir() if not file.name.startswith("mirror-")]
    assert kept == []


def test_a_mirror_that_is_not_the_pinned_one_is_refused(asked_of, network):
    network.cdn = OSError("down")
    with pytest.raises(SourceError, match="is not the pinned one"):
        asked_of.package(NAME, HASH)
    assert list(asked_of.cache.iterdir()) == []


def test_the_report_names_what_each_source_answered(asked_of, network, monkeypatch):
    network.cdn = urllib.error.HTTPError("address", 503, "Busy", None, None)
    network.pypi = mirror_of({}, monkeypatch, asked_of)
    with pytest.raises(SourceError) as caught:
        asked_of.package(NAME, HASH)
    assert str(caught.value) == (
        f"{NAME} could not be had ({CDN}: HTTP Error 503: Busy; {MIRROR}: does not have it)"
    )


def test_a_source_that_cannot_be_reached_is_asked_once(asked_of, network, monkeypatch):
    network.cdn = urllib.error.URLError("no route")
    other = b"another"
    files = {NAME: CONTENT, "other.whl": other}
    network.pypi = mirror_of(files, monkeypatch, asked_of)
    asked_of.package(NAME, HASH)
    asked_of.package("other.whl", hashlib.sha256(other).hexdigest())
    assert [one for one in network.asked if one.startswith("http")] == [asked_of.pins.cdn + NAME]
    assert network.asked.count(asked_of.pins.mirror.requirement) == 1  # it is kept
    with pytest.raises(SourceError, match=r"third\.whl could not be had.*no route"):
        asked_of.package("third.whl", HASH)


def test_a_wheel_comes_from_pypi_alone(asked_of, network):
    assert asked_of.wheel("thing==1.0", NAME, HASH).read_bytes() == CONTENT
    assert network.asked == ["thing==1.0"]
    network.pypi = SourceError("ERROR: No matching distribution found for other==1.0")
    with pytest.raises(SourceError, match=r"PyPI: ERROR: No matching distribution"):
        asked_of.wheel("other==1.0", "other-1.0-py3-none-any.whl", HASH)


def test_sha256_is_that_of_the_file(tmp_path):
    (tmp_path / "file").write_bytes(CONTENT)
    assert sha256_of(tmp_path / "file") == HASH
