"""How far a simulation is, as a terminal and the log of a batch job show it."""

from __future__ import annotations

import io
import time

import pytest

from exvivo.cli.plan_scale import simulating
from exvivo.plan.parts import Standing
from exvivo.tell.planned.standing import how_far

HALF = Standing(1, 2, 500, 1_000, kept=0, seconds=90.0, workers=2)


class Terminal(io.StringIO):
    """An error stream at which somebody sits."""

    def isatty(self) -> bool:
        return True


def test_a_short_one_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with simulating(as_json=False) as progress:
        progress(HALF)
    assert capsys.readouterr() == ("", "")


def test_a_log_has_a_line_a_minute_and_json_stays_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter((1_000.0, 1_030.0, 1_061.0, 1_061.0, 1_090.0, 1_125.0, 1_125.0))
    monkeypatch.setattr(time, "monotonic", lambda: next(times))
    with simulating(as_json=True) as progress:
        for _ in range(4):
            progress(HALF)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"{how_far(HALF)}\n" * 2


def test_a_terminal_shows_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("COLUMNS", "100")
    with simulating(as_json=False) as progress:
        progress(HALF)
    assert "500 of 1,000 studies, about 2 minutes left" in terminal.getvalue()


def test_ended_by_hand_it_says_what_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), simulating(as_json=False) as progress:
        progress(HALF)
        raise KeyboardInterrupt
    assert capsys.readouterr().err == (
        "500 of 1,000 studies are kept; the same command goes on from there\n"
    )
