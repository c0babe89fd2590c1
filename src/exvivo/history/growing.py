"""How often the same answer was looked at while its donors became more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exvivo.history.runs import PastRun
from exvivo.looks import error_of_looks
from exvivo.past import Answered, AnswerKey, Looks

_ALPHA = 0.05
Asked = tuple[AnswerKey, str, tuple[str, ...]]
"""What an answer is about, whatever its question is called: its kind, and whom it compares."""


def growing(runs: Sequence[PastRun]) -> tuple[Looks, ...]:
    """The answers of the last run that earlier runs gave with fewer donors, those of the same
    numbers of donors together. A run with as many donors as one before, or fewer, is no new look.
    """
    if not runs:
        return ()
    alpha = _alpha_of(runs[-1])
    alike: dict[tuple[int, ...], list[AnswerKey]] = {}
    for asked, key in _asked_last(runs[-1]).items():
        numbers = tuple(_grown(asked, runs))
        if len(numbers) > 1:
            alike.setdefault(numbers, []).append(key)
    return tuple(_looks(answers, donors, alpha) for donors, answers in alike.items())


def _looks(answers: list[AnswerKey], donors: tuple[int, ...], alpha: float) -> Looks:
    return Looks(tuple(answers), donors, alpha, error_of_looks(donors, alpha=alpha))


def _alpha_of(run: PastRun) -> float:
    """The error rate that the study of a run accepts."""
    try:
        return float(run.facts["parameters"].get("plan.alpha", _ALPHA))
    except ValueError:
        return _ALPHA


def _asked_last(run: PastRun) -> dict[Asked, AnswerKey]:
    answers = (run.answers or {}).items()
    return {
        _asked(key, answer): key for key, answer in answers if answer.verdict != "not estimable"
    }


def _asked(key: AnswerKey, answer: Answered) -> Asked:
    return key[1:], answer.ask, tuple(group for group, _ in answer.n)


def _grown(asked: Asked, runs: Sequence[PastRun]) -> Iterator[int]:
    """The numbers of donors at which an answer was there, each larger than all before."""
    most = 0
    for run in runs:
        donors = _donors(asked, run)
        if donors > most:
            yield donors
            most = donors


def _donors(asked: Asked, run: PastRun) -> int:
    """How many donors the answer of a run has; 0 where it has none."""
    return max(
        (
            answer.donors
            for key, answer in (run.answers or {}).items()
            if _asked(key, answer) == asked and answer.verdict != "not estimable"
        ),
        default=0,
    )
