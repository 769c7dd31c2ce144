"""The driver behind `make`: one clear sentence for each failure."""

import sys

import pytest
import setting_up
from setting_up import StepError, run


def python(code):
    return [sys.executable, "-c", code]


def test_run_returns_the_output(capsys):
    assert run("Counting", python("print(1); print(2)")) == "1\n2\n"
    assert capsys.readouterr().out == "▸ Counting\n"


def test_run_says_what_failed_and_shows_the_end(capsys):
    with pytest.raises(StepError, match="Counting failed; look up"):
        run("Counting", python("print('so far'); raise SystemExit(3)"), hint="look up")
    assert "so far" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("printed", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "Counting failed: the disk is full"),
        ("NewConnectionError: Temporary failure in name resolution", "no network; connect to it"),
    ],
)
def test_a_known_reason_is_one_sentence(capsys, printed, sentence):
    with pytest.raises(StepError, match=sentence):
        run("Counting", python(f"print({printed!r}); raise SystemExit(1)"))
    assert printed not in capsys.readouterr().out


def test_a_missing_program_is_an_error_too():
    with pytest.raises(StepError, match="Counting failed"):
        run("Counting", ["no-such-program"])


def test_a_full_disk_is_told_before_anything_is_installed(monkeypatch, tmp_path):
    monkeypatch.setattr(setting_up, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(setting_up.shutil, "disk_usage", lambda _: type("U", (), {"free": 2e8}))
    with pytest.raises(StepError, match=r"the disk has 0\.2 GB left and about 1\.5 GB are needed"):
        setting_up.environment_ready()
