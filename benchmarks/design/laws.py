"""Laws of the layout: what happens to all results of a plate, a batch or a visit says nothing about
donors, and a bound says less than a value.

Every law writes one study in two ways and asks every kind of question of both. No verdict may
improve. Estimates agree within 1e-6 where all results are detected and the law is exact, elsewhere
within a tenth of the standard error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from benchmarks.design.draw import Indices
from benchmarks.design.study import CONTROL, Layout, Numbers, Study, Texts, answers
from benchmarks.row import Row

SEED = 20261129
SERIES = 3
"""Series asked by `python -m benchmarks design`."""
DONORS, PATIENTS = 48, 28
UNDETECTED = (0.0, 0.1, 0.3)
CLOSE, PART_OF_ERROR = 1e-6, 0.1
_STANDING = {"not estimable": 0, "not resolved": 1, "supported": 2, "equivalent": 2}
_CONDITIONS = (CONTROL, "ATP", "BLOCKED")
_VISITS = ("1", "2", "3")
Wells = np.ndarray[Any, np.dtype[np.bool_]]

_GROUPS, _WITHIN, _IN = "groups: [A, B]", "within: A", "assays: [protein], analytes: [A{0:03d}]"
KINDS = {
    "level": f"ask: difference, {_GROUPS}, {_IN}, margin: 1",
    "response": f"ask: difference, {_GROUPS}, {_IN}, stimulus: ATP, margin: 1",
    "association": f"ask: association, {_WITHIN}, {_IN}, scales: [S{{0:03d}}], stimulus: ATP",
    "association of levels": f"ask: association, {_WITHIN}, {_IN}, scales: [S{{0:03d}}], "
    "method: pearson",
    "specificity": f"ask: specificity, {_GROUPS}, {_IN}, against: [A{{1:03d}}], stimulus: ATP",
    "change": f"ask: change, {_WITHIN}, {_IN}, visits: [1, 3], stimulus: ATP",
    "change of levels": f"ask: change, {_WITHIN}, {_IN}, visits: [1, 3]",
    "change with a score": f"ask: change, {_WITHIN}, {_IN}, visits: [1, 3], scales: [S{{0:03d}}]",
    "repeated measures": f"ask: change, {_WITHIN}, {_IN}, visits: [1, 2, 3], scales: [S{{0:03d}}]",
    "effect": f"ask: effect, {_WITHIN}, {_IN}, stimulus: ATP, blocked: BLOCKED",
    "treatment": f"ask: treatment, {_WITHIN}, {_IN}, exposure: med, exposed: yes, adjust: [age]",
    "mediation": f"ask: mediation, {_GROUPS}, {_IN}, scales: [S{{0:03d}}]",
}
"""Every kind of question about results, of a series and (specificity) of another one."""
_OF_CHANGES = ("change", "change of levels")
"""What a visit adds to everybody is their answer."""
_TWO_VISITS, _THREE_VISITS = "change with a score", "repeated measures"


def virtual(undetected: float, series: int, seed: int = SEED) -> Study:
    """48 donors in two groups, three visits and three conditions on two plates and in two batches,
    80/20; a quarter change plates at the last visit. `series` are asked, and held against as many
    more.
    """
    rng = np.random.default_rng([seed, round(100 * undetected)])
    donor, visit, condition = np.indices((DONORS, 3, 3)).reshape(3, -1)
    plate_of = np.repeat([0, 1, 0, 1], (22, 6, 4, 16))
    plate = np.where((visit == 2) & (donor % 4 == 1), 1 - plate_of[donor], plate_of[donor])
    log2 = _drawn(rng, 2 * series, donor, visit, condition)
    log2 = log2 + rng.normal(0, 0.8, (len(log2), 2))[:, plate]
    batch = (donor * 5 % 7 > 2).astype(np.intp)
    layout = _layout(donor, visit, condition, plate, batch)
    limit = np.quantile(log2, undetected, axis=1, keepdims=True) if undetected else None
    scores = (
        50 + 10 * rng.normal(size=(series, DONORS, 3)) + 6 * rng.normal(size=(series, DONORS, 1))
    )
    every = [f"D{d:02d}" for d in range(DONORS)]
    return Study(
        layout,
        log2,
        [_question(kind, s, s + series) for kind in KINDS for s in range(series)],
        None if limit is None else np.broadcast_to(limit, log2.shape),
        scores.reshape(series, -1),
        [name for name in every for _ in _VISITS],
        list(_VISITS) * DONORS,
    )


def _drawn(
    rng: np.random.Generator, series: int, donor: Any, visit: Any, condition: Any
) -> Numbers:
    """Donors' levels, responses, drifts and wells; a small difference between the groups."""
    level, response = (
        0.5 * rng.normal(size=(series, DONORS)),
        0.4 * rng.normal(size=(series, DONORS)),
    )
    drift = 0.3 * rng.normal(size=(series, DONORS, 3))
    gain = np.array([0.0, 1.0, 0.6])[condition]
    y = 9 + level[:, donor] + gain * (1.4 + response[:, donor] + 0.4 * (donor < PATIENTS))
    y = y + drift[:, donor, visit] + 0.3 * (donor < PATIENTS) * (gain == 0)
    return np.asarray(y + 0.15 * rng.normal(size=y.shape))


def _layout(
    donor: Indices, visit: Indices, condition: Indices, plate: Indices, batch: Indices
) -> Layout:
    names = [f"D{d:02d}" for d in range(DONORS)]
    donors = {
        "donor": names,
        "group": ["A"] * PATIENTS + ["B"] * (DONORS - PATIENTS),
        "med": ["yes" if d % 3 else "no" for d in range(DONORS)],
        "age": [str(31 + 7 * d % 29) for d in range(DONORS)],
    }
    return Layout(
        donors,
        [names[d] for d in donor],
        [f"P{p}" for p in plate],
        [_CONDITIONS[c] for c in condition],
        [_VISITS[v] for v in visit],
        batch=[f"b{b}" for b in batch],
    )


def _question(kind: str, series: int, other: int) -> str:
    name = kind.replace(" ", "_")
    return f"id: {name}-{series}, {KINDS[kind].format(series, other)}"


# The laws: a study in two ways.

Pair = tuple[Study, Study]


def _marks(words: Texts, of: str) -> Wells:
    return np.asarray([word == of for word in words])


def shifted(study: Study, wells: Wells, by: float) -> Study:
    """A constant added to the values and bounds of some wells."""
    limit = None if study.limit is None else study.limit + by * wells
    return replace(study, log2=study.log2 + by * wells, limit=limit)


def a_plate(study: Study) -> Pair:
    """A constant added to all of a plate."""
    return study, shifted(study, _marks(study.layout.plate, "P1"), 0.9)


def a_batch(study: Study) -> Pair:
    """A constant added to all of a batch."""
    return study, shifted(study, _marks(study.layout.batch, "b1"), 0.7)


def a_visit(study: Study) -> Pair:
    """A constant added to all results and scores of a visit; where it is not the answer itself."""
    study = _asking(study, tuple(kind for kind in KINDS if kind not in _OF_CHANGES))
    later = shifted(study, _marks(study.layout.visit, "3"), 0.8)
    assert study.scores is not None
    return study, replace(later, scores=study.scores + 9 * _marks(study.score_visit, "3"))


@dataclass(frozen=True)
class Bounded:
    """Some kinds of questions, and the results that answer them: a weighted sum over (visit,
    condition). Of the patients who are on the first plate throughout, the one with the lowest sum
    has its first result turned into a bound just above it.

    (In a cell of two or three donors the mean rests on each of them, and no method could stay where
    it was.)
    """

    kinds: tuple[str, ...]
    sum: tuple[tuple[int, int, int], ...]

    def __call__(self, study: Study) -> Pair:
        """The study, and the same with bounds."""
        asked = _asking(study, self.kinds)
        patients = np.array([d for d in range(22) if d % 4 != 1])
        wells = [9 * patients + 3 * visit + condition for visit, condition, _ in self.sum]
        weights = [weight for *_, weight in self.sum]
        total = sum(w * study.log2[:, at] for w, at in zip(weights, wells, strict=True))
        hidden = np.any([study.undetected[:, at] for at in wells], axis=0)
        chosen = wells[0][np.where(hidden, np.inf, total).argmin(axis=1)]
        series = np.arange(len(chosen))
        limit = np.full(study.log2.shape, -np.inf) if study.limit is None else study.limit.copy()
        limit[series, chosen] = study.log2[series, chosen] + 0.01
        return asked, replace(asked, limit=limit)


_LEVEL = Bounded(("level", "association of levels", "treatment", "mediation"), ((0, 0, 1),))
_RESPONSE = Bounded(("response", "association", "specificity"), ((0, 1, 1), (0, 0, -1)))
_EFFECT = Bounded(("effect",), ((0, 2, 1), (0, 1, -1)))
_CHANGE = Bounded(("change",), ((2, 1, 1), (2, 0, -1), (0, 1, -1), (0, 0, 1)))
_LEVELS = Bounded((_OF_CHANGES[1], _TWO_VISITS, _THREE_VISITS), ((2, 0, 1), (0, 0, -1)))


def a_visit_not_asked(study: Study) -> Pair:
    """A middle visit in the tables that no question asks about."""
    asked = _asking(study, tuple(kind for kind in KINDS if kind != _THREE_VISITS))
    return _without_middle(asked), asked


def a_middle_visit(study: Study) -> Pair:
    """A middle visit that lies half way in results and scores, and so says nothing new."""
    log2, scores = study.log2.copy(), study.scores
    assert scores is not None
    visits = [_marks(study.layout.visit, visit) for visit in _VISITS]
    log2[:, visits[1]] = (log2[:, visits[0]] + log2[:, visits[2]]) / 2
    each = scores.reshape(len(scores), -1, 3).copy()
    each[..., 1] = (each[..., 0] + each[..., 2]) / 2
    full = replace(study, log2=log2, scores=each.reshape(scores.shape))
    two = _without_middle(_asking(full, (_TWO_VISITS,)))
    three = _asking(full, (_THREE_VISITS,))
    old, new = (kind.replace(" ", "_") for kind in (_THREE_VISITS, _TWO_VISITS))
    return two, replace(three, questions=[q.replace(old, new) for q in three.questions])


def an_order(study: Study) -> Pair:
    """Rows of every table and files in another order."""
    return study, replace(study, shuffle=7)


def _asking(study: Study, kinds: tuple[str, ...]) -> Study:
    """The study with the questions of some kinds."""
    names = [f"id: {kind.replace(' ', '_')}-" for kind in kinds]
    return replace(study, questions=[q for q in study.questions if q.startswith(tuple(names))])


def _without_middle(study: Study) -> Study:
    """The study without its second visit."""
    kept, scored = (_others(visits, "2") for visits in (study.layout.visit, study.score_visit))
    assert study.scores is not None
    return replace(
        study,
        layout=study.layout.only(kept),
        log2=study.log2[:, kept],
        limit=None if study.limit is None else study.limit[:, kept],
        scores=study.scores[:, scored],
        score_donor=[study.score_donor[row] for row in scored],
        score_visit=[study.score_visit[row] for row in scored],
    )


def _others(words: Texts, but: str) -> list[int]:
    """The places of all words but one."""
    return [place for place, word in enumerate(words) if word != but]


@dataclass(frozen=True)
class Law:
    """What must not matter: how a study is written twice, whether estimates stay exactly and are
    of one method at all, and the shares of undetected results it holds for.
    """

    name: str
    pair: Callable[[Study], Pair]
    exact: bool = True
    same_method: bool = True
    holds_at: tuple[float, ...] = UNDETECTED


LAWS: tuple[Law, ...] = (
    Law("a constant added to all of a plate", a_plate),
    Law("a constant added to all of a batch", a_batch),
    Law("a constant added to all of a visit", a_visit),
    Law("a detected level turned into a bound just above it", _LEVEL, exact=False),
    Law("a detected response turned into a bound", _RESPONSE, exact=False),
    Law("a detected effect turned into a bound", _EFFECT, exact=False),
    Law("a detected change turned into a bound", _CHANGE, exact=False),
    Law("a detected change of levels turned into a bound", _LEVELS, exact=False),
    Law("a middle visit added that is not asked about", a_visit_not_asked),
    # A value half way between a bound and a value would say more than the bound.
    Law("a middle visit added half way", a_middle_visit, same_method=False, holds_at=(0.0,)),
    Law("the order of everything", an_order),
)
CASES = tuple((law, share) for law in LAWS for share in law.holds_at)


@dataclass(frozen=True)
class Broken:
    """An answer that a law says should not have changed so."""

    question: str
    what: str
    errors: float

    @property
    def kind(self) -> str:
        """The kind of question."""
        return self.question.rsplit("-", 1)[0].replace("_", " ")


def broken(law: Law, undetected: float, series: int = SERIES) -> tuple[list[Broken], int]:
    """The answers that break a law, and how many were held against it."""
    plain = virtual(undetected, series)
    first, second = (_keyed(study, plain, undetected) for study in law.pair(plain))
    exact = law.exact and not undetected
    return [
        Broken(question, *what)
        for question, was in first.items()
        for what in _breaks(was, second[question], law, exact=exact)
    ], len(first)


Answer = dict[str, Any]


def _keyed(study: Study, plain: Study, undetected: float) -> dict[str, Answer]:
    """The answers by the name of their question; those of the virtual study itself, as most laws
    write it once, are kept.
    """
    if study.log2 is not plain.log2 or study.scores is not plain.scores or study.shuffle:
        return _answered(study)
    if study.limit is not plain.limit:
        return _answered(study)
    kept = _kept(undetected, len(plain.scales))
    names = [question.removeprefix("id: ").split(",")[0] for question in study.questions]
    return {name: kept[name] for name in names}


@cache
def _kept(undetected: float, series: int) -> dict[str, Answer]:
    return _answered(virtual(undetected, series))


def _answered(study: Study) -> dict[str, Answer]:
    return {row["question"]: row for row in answers(study).iter_rows(named=True)}


def _breaks(was: Answer, now: Answer, law: Law, *, exact: bool) -> Iterator[tuple[str, float]]:
    """What breaks the law: a verdict that improves, an estimate that moves, and by how many
    standard errors (none: infinite).
    """
    if _STANDING[now["verdict"]] > _STANDING[was["verdict"]]:
        yield f"{was['verdict']} became {now['verdict']}", np.inf
    if was["estimate"] is None or now["estimate"] is None or not law.same_method:
        return
    if was["unit"] != now["unit"]:
        yield f"{was['unit']} became {now['unit']}", np.inf
        return
    moved = abs(now["estimate"] - was["estimate"])
    if moved > (CLOSE if exact else max(CLOSE, PART_OF_ERROR * _error(was))):
        far = moved / _error(was)
        yield f"{was['estimate']:.4g} became {now['estimate']:.4g} ({far:.2g} errors)", far


def _error(answer: Answer) -> float:
    """The standard error of an answer, by the width of its interval."""
    if answer["lower"] is None or answer["upper"] is None:
        return float("inf")
    return max(float(answer["upper"] - answer["lower"]) / 3.92, 1e-300)


def broken_laws() -> list[Row]:
    """A row for each law and share of undetected results."""
    return [_row(*case) for case in CASES]


def _row(law: Law, undetected: float) -> Row:
    found, number = broken(law, undetected)
    kinds = ", ".join(sorted({one.kind for one in found}))
    what = f"{law.name}, {100 * undetected:g} % undetected"
    return Row(
        what=f"{what} (broken: {kinds})" if found else what,
        value=len({one.question for one in found}),
        unit=f"of {number}",
        bar="<= 0",
    )
