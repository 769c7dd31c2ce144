"""The small server: the site below its sub-path, compressed, with its own 404 page."""

import gzip
import urllib.error
import urllib.request

import pytest
import serving


@pytest.fixture
def base(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "index.html").write_text("first")
    (tmp_path / "book" / "index.html").write_text("second")
    (tmp_path / "404.html").write_text("not here")
    server = serving.start(tmp_path)
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def ask(address, **headers):
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as answer:
        return answer.read(), answer.headers


def test_serves_below_the_sub_path(base):
    assert ask(f"{base}/mlmbook/")[0] == b"first"
    assert ask(f"{base}/mlmbook/book/?query")[0] == b"second"
    assert ask(base)[0] == b"first"  # led there


def test_compresses_text(base):
    body, headers = ask(f"{base}/mlmbook/index.html", **{"Accept-Encoding": "gzip"})
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == b"first"


@pytest.mark.parametrize("path", ["/mlmbook/no.html", "/elsewhere/", "/mlmbook/../../etc/passwd"])
def test_says_what_is_missing(base, path):
    with pytest.raises(urllib.error.HTTPError) as error:
        ask(base + path)
    assert error.value.code == 404
    assert error.value.read() == b"not here"
    error.value.close()
