"""`plan next` in studies that are done in two steps: 12 of 24 donors are measured, the rest as the
look at their spread asks, and Welch's test answers. And the lock: every byte of a question.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.row import Row
from exvivo.arrays import Floats, Ints
from exvivo.plan.next.sizes import Planned, proportioned
from exvivo.plan.next.spread import blinded_spread

_STUDIES = 20_000
_SD, _EFFECT, _ALPHA = 0.65, 0.8, 0.05
_PLAN = Planned((14, 10), _EFFECT, _ALPHA)
_MEASURED = (7, 5)
_MOST = 240
"""Donors in all beyond which none are drawn."""


@dataclass(frozen=True)
class _Outcome:
    """What two-step studies come to: the share that claim a difference, that of intervals that hold
    the truth, and the mean number of donors.
    """

    claimed: float
    covered: float
    donors: float


def rows() -> list[Row]:
    """Error, coverage, power and donors."""
    goal = _PLAN.reached("power", _PLAN.donors, _SD)
    thresholds = _thresholds(goal)
    error = 100 * float(np.sqrt(_ALPHA * (1 - _ALPHA) / _STUDIES))
    rows = []
    for wider in (1.0, 1.5, 2.0):
        null = _outcome(wider * _SD, 0.0, thresholds, seed=1)
        what = f"next: false claims, donors spread {wider:g} times as planned"
        bar = f"<= {100 * _ALPHA + 2.576 * error:.2f}"
        rows.append(Row(what=what, value=100 * null.claimed, unit="%", bar=bar))
    true = _outcome(1.5 * _SD, _EFFECT, thresholds, seed=2)
    without = _PLAN.reached("power", _PLAN.donors, 1.5 * _SD)
    return [
        *rows,
        Row(
            what=f"next: power, spread 1.5 times as planned ({100 * goal:.1f} % planned)",
            value=100 * true.claimed,
            unit="%",
            bar=f">= {100 * (goal - 0.08):.1f}",
            peer=100 * without,
        ),
        Row(
            what="next: its 95 % intervals hold the truth",
            value=100 * true.covered,
            unit="%",
            bar=">= 94.5",
        ),
        Row(what="next: donors that it asks for in the mean", value=true.donors, unit="donors"),
        _unseen_bytes(),
    ]


def _thresholds(goal: float) -> Floats:
    """The largest spread for which so many donors in all are enough, from the planned on."""
    totals = range(sum(_PLAN.donors), _MOST + 1)
    spreads = np.linspace(0.3, 3.0, 55) * _SD
    return np.array([_largest_spread(total, goal, spreads) for total in totals])


def _largest_spread(total: int, goal: float, spreads: Floats) -> float:
    """By interpolation of the power over the spread, which falls with it."""
    sizes = proportioned(_PLAN.donors, total)
    power = [_PLAN.reached("power", sizes, float(sd)) for sd in spreads]
    return float(np.interp(-goal, -np.array(power), spreads))


def _outcome(sd: float, difference: float, thresholds: Floats, *, seed: int) -> _Outcome:
    """Studies of donors with this spread and true difference."""
    rng, share = np.random.default_rng(seed), _PLAN.donors[0] / sum(_PLAN.donors)
    most = proportioned(_PLAN.donors, _MOST)
    first = rng.normal(difference, sd, (_STUDIES, most[0]))
    second = rng.normal(0.0, sd, (_STUDIES, most[1]))
    seen = np.hstack([first[:, : _MEASURED[0]], second[:, : _MEASURED[1]]])
    plates = ["P"] * sum(_MEASURED)
    spread = [blinded_spread(y, plates, difference=_EFFECT, share=share).sd for y in seen]
    place = np.searchsorted(thresholds, np.nan_to_num(np.array(spread)))
    totals = sum(_PLAN.donors) + np.minimum(place, len(thresholds) - 1)
    sizes = np.array([proportioned(_PLAN.donors, int(total)) for total in totals])
    estimate, half = _welch(first, second, sizes)
    return _Outcome(
        float(np.mean(np.abs(estimate) > half)),
        float(np.mean(np.abs(estimate - difference) < half)),
        float(totals.mean()),
    )


def _welch(first: Floats, second: Floats, sizes: Ints) -> tuple[Floats, Floats]:
    """The difference of each study and the half width of its interval."""
    from scipy.special import stdtrit

    means, parts, dfs = [], [], []
    for values, n in ((first, sizes[:, 0]), (second, sizes[:, 1])):
        taken = np.where(np.arange(values.shape[1]) < n[:, None], values, 0.0)
        mean = taken.sum(1) / n
        squares = (taken**2).sum(1) - n * mean**2
        means.append(mean)
        parts.append(squares / (n - 1) / n)
        dfs.append(n - 1)
    variance = parts[0] + parts[1]
    df = variance**2 / (parts[0] ** 2 / dfs[0] + parts[1] ** 2 / dfs[1])
    return means[0] - means[1], stdtrit(df, 1 - _ALPHA / 2) * np.sqrt(variance)


_STUDY = """\
exvivo: 1
title: a study
groups: [{id: FM, name: patients}, {id: HC, name: controls}]
stimuli: [{id: none, name: nothing, control: true}, {id: ATP, name: ATP}]
analytes: [{id: TNF}, {id: IL6}]
assays: [{id: protein, kind: results}]
scales: [{id: VAS, name: pain, lowest: 0, highest: 100, higher_is: worse}]
questions:
  - {id: q, ask: difference, groups: [FM, HC], assays: [protein], analytes: [TNF], stimulus: ATP,
     margin: 0.7, margin_reason: usual}
  - {id: a, ask: association, within: FM, assays: [protein], analytes: [TNF], stimulus: ATP,
     scales: [VAS], method: pearson}
"""


def _unseen_bytes() -> Row:
    """Every byte of two questions, changed: those that make another question and are not named."""
    from exvivo.history import frozen, lock_states, locked
    from exvivo.history.study_texts import reread
    from exvivo.past import Entry

    study = reread({"study.yaml": _STUDY.encode()}).study
    assert study is not None
    now = frozen(study, {}, {}, "1")
    states = lock_states(now, instrument_files=0, other_files=0, runs=0, looks=())
    lock = Entry(1, "lock", "", "", states, {"study.yaml": _STUDY.encode()})
    others = unseen = 0
    for text in _changed_bytes():
        other = reread({"study.yaml": text.encode()}).study
        if other is not None and other.questions != study.questions:
            (told,) = locked([lock], frozen(other, {}, {}, "1"))
            others += 1
            unseen += told.intact or not (told.changed or told.later)
    what = f"lock: of {others} bytes that make another question, not named"
    return Row(what=what, value=float(unseen), unit="bytes", bar="<= 0")


def _changed_bytes() -> Iterator[str]:
    """The study with one byte of its questions changed, each in turn."""
    for place in range(_STUDY.index("  - {id: q"), len(_STUDY)):
        old = _STUDY[place]
        new = "9" if old.isdigit() else "x" if old.isalpha() else " "
        yield f"{_STUDY[:place]}{new}{_STUDY[place + 1 :]}"
