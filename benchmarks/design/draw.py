"""Draws of virtual studies in which nothing that is asked differs: one generator for every kind of
question, plain NumPy.

A result of donor d, visit v, condition c, on plate p, in log2:

    y = level_d + c (1.5 + response_d) + visit_dv + plate_p + plate x stimulus_pc + well

with deviations of donors that may be skewed, heavy-tailed, or wider in one class of donors than in
the other. A class is the group (difference, specificity, mediation), the exposure (treatment), or
donors whose score is a standard deviation higher (association). On uneven plates 80 % of the first
class lie on the first half of the plates and 80 % of the second class on the other half; where
visits are compared, 80 % of the first visits and 20 % of the last.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from benchmarks.design.study import CONTROL, Layout, Numbers, Study, Texts

Asked = Literal[
    "level",
    "response",
    "association",
    "specificity",
    "change",
    "change with a score",
    "repeated measures",
    "effect",
    "treatment",
    "mediation",
]
Noise = Literal["normal", "lognormal", "t3", "3x spread", "skewed"]
Indices = np.ndarray[Any, np.dtype[np.intp]]
CONDITIONS: dict[str, Texts] = {
    "response": (CONTROL, "ATP"),
    "specificity": (CONTROL, "ATP"),
    "effect": (CONTROL, "ATP", "BLOCKED"),
}
VISITS = {"change": 2, "change with a score": 2, "repeated measures": 3}
_BETWEEN = ("level", "response", "specificity", "mediation")
LOG_SD = 0.5
"""Of lognormal deviations, which then have a skewness of 1.75."""
LEVEL_SD, RESPONSE_SD, VISIT_SD, WELL_SD = 0.6, 0.5, 0.4, 0.15


@dataclass(frozen=True, kw_only=True)
class Draw:
    """What kind of study is drawn.

    `sizes` are the donors of the two classes, `spread` the widths of their deviations (in standard
    deviations of the usual donor), `undetected` the share of results below a limit of their series,
    `plate_sd` and `interaction_sd` the standard deviations of plates and of plate x stimulus,
    `drift` what each visit adds (log2 to results, tenfold to scores), `slope_sd` the spread of
    the donors' own slopes of score on result, whose mean is 0 (in units of the scores' noise for a
    standard deviation of the results); `effect` is what the first class has more (log2), of the
    level or of the response.
    """

    asked: Asked
    sizes: tuple[int, int] = (14, 10)
    noise: Noise = "normal"
    spread: tuple[float, float] = (1.0, 1.0)
    undetected: float = 0.0
    plate_sd: float = 0.0
    interaction_sd: float = 0.0
    plates: int = 2
    layout: Literal["random", "80/20"] = "80/20"
    visits: int = 0
    drift: float = 0.0
    slope_sd: float = 0.0
    effect: float = 0.0
    family: int = 1
    more: str = ""
    """What the question says beside (adjust: [age])."""

    def __call__(self, rng: np.random.Generator, series: int) -> Study:
        """A study of so many series."""
        people = _People.of(self, rng)
        wells = _wells(self, people)
        results = _Results.of(self, people, rng, series * (1 + (self.asked == "specificity")))
        log2 = results.at(wells, rng)
        study = Study(_layout(people, wells, self), log2, _questions(self, series))
        if self.undetected:
            limit = np.quantile(log2, self.undetected, axis=1, keepdims=True)
            study.limit = np.broadcast_to(limit, log2.shape)
        return _scored(study, self, people, results, rng)


@dataclass(frozen=True)
class _People:
    """Donors by class (0 or 1), and the plate of each at each visit (donors, visits)."""

    second: Indices
    plate: Indices

    @classmethod
    def of(cls, draw: Draw, rng: np.random.Generator) -> _People:
        second = np.repeat([0, 1], draw.sizes)
        visits = draw.visits or VISITS.get(draw.asked, 1)
        if draw.layout == "random" or draw.plates == 1:
            each = [_random_plates(len(second), draw.plates, rng) for _ in range(visits)]
        elif visits == 1:
            each = [_uneven(draw.sizes, draw.plates)]
        else:
            shares = np.linspace(0.8, 0.2, visits)
            each = [_shared_out(len(second), share, draw.plates, rng) for share in shares]
        return cls(second, np.stack(each, axis=1))

    @property
    def names(self) -> list[str]:
        return [f"D{d:03d}" for d in range(len(self.second))]


def _random_plates(donors: int, plates: int, rng: np.random.Generator) -> Indices:
    """Plates as equal as can be, in random order."""
    return np.asarray(rng.permutation(np.arange(donors) % plates), np.intp)


def _uneven(sizes: tuple[int, int], plates: int) -> Indices:
    """80 % of the first class on the first half of the plates, 80 % of the second on the other."""
    half = plates // 2
    first, second = (np.arange(n) < round(0.8 * n) for n in sizes)
    mine = np.concatenate([first, ~second])
    return np.asarray(np.arange(len(mine)) % half + half * ~mine, np.intp)


def _shared_out(donors: int, share: float, plates: int, rng: np.random.Generator) -> Indices:
    """A share of the donors, at random, on the first half of the plates."""
    half = plates // 2
    first = rng.permutation(donors) < round(share * donors)
    return np.asarray(np.arange(donors) % half + half * ~first, np.intp)


@dataclass(frozen=True)
class _Wells:
    """Donor, visit and condition of each well, as numbers."""

    donor: Indices
    visit: Indices
    condition: Indices
    plate: Indices


def _wells(draw: Draw, people: _People) -> _Wells:
    """One well a donor and visit; two of each condition where there are conditions."""
    donors, visits = people.plate.shape
    conditions = len(CONDITIONS.get(draw.asked, (CONTROL,)))
    copies = 2 if conditions > 1 else 1
    d, v, c, _ = np.indices((donors, visits, conditions, copies)).reshape(4, -1)
    return _Wells(d, v, c, people.plate[d, v])


def _layout(people: _People, wells: _Wells, draw: Draw) -> Layout:
    """The layout in words."""
    names, second = people.names, people.second
    groups = second if draw.asked in _BETWEEN else np.zeros_like(second)
    donors: dict[str, Texts] = {
        "donor": names,
        "group": ["AB"[g] for g in groups],
        "med": ["no" if s else "yes" for s in second],
        "age": [str(30 + (7 * d) % 31) for d in range(len(names))],
    }
    conditions = CONDITIONS.get(draw.asked)
    several = people.plate.shape[1] > 1
    return Layout(
        donors,
        [names[d] for d in wells.donor],
        [f"P{p}" for p in wells.plate],
        [conditions[c] for c in wells.condition] if conditions else (),
        [str(v + 1) for v in wells.visit] if several else (),
    )


@dataclass(frozen=True)
class _Results:
    """What each series (first axis) adds for donors, visits and plates."""

    draw: Draw
    level: Numbers
    response: Numbers
    visit: Numbers
    plate: Numbers
    interaction: Numbers

    @classmethod
    def of(cls, draw: Draw, people: _People, rng: np.random.Generator, series: int) -> _Results:
        donors, visits = people.plate.shape
        width = np.array(draw.spread if draw.noise != "3x spread" else (1.0, 3.0))[people.second]

        def deviations(sd: float, *shape: int) -> Numbers:
            return np.asarray(sd * _related(draw, rng, (series, donors, *shape)))

        conditions = len(CONDITIONS.get(draw.asked, (CONTROL,)))
        more = draw.effect * (people.second == 0)
        return cls(
            draw,
            width * deviations(LEVEL_SD) + more * (conditions == 1),
            width[:, None] * deviations(RESPONSE_SD, conditions) + more[:, None],
            width[:, None] * deviations(VISIT_SD, visits),
            draw.plate_sd * rng.normal(size=(series, draw.plates)),
            draw.interaction_sd * rng.normal(size=(series, draw.plates, conditions)),
        )

    def at(self, wells: _Wells, rng: np.random.Generator) -> Numbers:
        """The results of the wells, in log2 (series, wells)."""
        d, v, c, p = wells.donor, wells.visit, wells.condition, wells.plate
        y = 9.0 + self.level[:, d] + self.plate[:, p] + self.interaction[:, p, c]
        y = y + (c > 0) * (1.5 + self.response[:, d, 0]) - self.draw.drift * v
        if self.visit.shape[2] > 1:
            y = y + self.visit[:, d, v]
        if self.response.shape[2] > 2:
            y = y + (c == 2) * 0.7 * self.response[:, d, 2]
        return np.asarray(y + WELL_SD * rng.normal(size=y.shape))


def _related(draw: Draw, rng: np.random.Generator, shape: tuple[int, ...]) -> Numbers:
    """Deviations of mean 0 and variance 1; series of one family share half of their variance."""
    own = _noise(draw.noise, rng, shape)
    if draw.family == 1:
        return own
    shared = _noise(draw.noise, rng, (shape[0] // draw.family, *shape[1:]))
    return np.asarray((own + np.repeat(shared, draw.family, axis=0)) / 2**0.5)


def _noise(kind: Noise, rng: np.random.Generator, shape: tuple[int, ...]) -> Numbers:
    """Numbers of mean 0 and variance 1: lognormal of log SD 0.5 (skewness 1.75), Student's t with 3
    degrees of freedom, exponential (skewed: 2), else normal.
    """
    if kind == "lognormal":
        numbers, square = np.exp(LOG_SD * rng.normal(size=shape)), float(np.exp(LOG_SD**2))
        return np.asarray((numbers - square**0.5) / (square * (square - 1)) ** 0.5)
    if kind == "t3":
        return np.asarray(rng.standard_t(3, size=shape) / 3**0.5)
    if kind == "skewed":
        return np.asarray(rng.exponential(size=shape) - 1)
    return rng.normal(size=shape)


def _scored(
    study: Study, draw: Draw, people: _People, results: _Results, rng: np.random.Generator
) -> Study:
    """The study with the scores that its question needs."""
    series, (donors, visits) = len(study.log2), people.plate.shape
    if draw.asked in ("association", "mediation"):
        score = 50 + 10 * (people.second == 0) + 10 * rng.normal(size=(series, donors))
        if draw.asked == "mediation":
            score = score + 10 * results.level
        return replace(study, scores=score, score_donor=people.names)
    if draw.asked not in ("change with a score", "repeated measures"):
        return study
    slope = draw.slope_sd * rng.normal(size=(series, donors, 1))
    score = 50 + 10 * rng.normal(size=(series, donors, 1)) - 10 * draw.drift * np.arange(visits)
    score = (
        score + 10 * slope * results.visit / VISIT_SD + 10 * rng.normal(size=results.visit.shape)
    )
    named = [(name, str(v + 1)) for name in people.names for v in range(visits)]
    donor, visit = zip(*named, strict=True)
    return replace(study, scores=score.reshape(series, -1), score_donor=donor, score_visit=visit)


def _questions(draw: Draw, series: int) -> list[str]:
    """A question for each series, or for each family of them."""
    visits = draw.visits or VISITS.get(draw.asked, 1)
    more = f", {draw.more}" if draw.more else ""
    questions = []
    for first in range(0, series, draw.family):
        analytes = ", ".join(f"A{a:03d}" for a in range(first, first + draw.family))
        said = WORDS[draw.asked].format(
            a=first,
            other=series + first,
            visits=", ".join(str(v + 1) for v in range(visits)),
        )
        questions.append(f"id: q{first}, assays: [protein], analytes: [{analytes}], {said}{more}")
    return questions


_GROUPS, _WITHIN = "groups: [A, B]", "within: A"
WORDS: dict[Asked, str] = {
    "level": f"ask: difference, {_GROUPS}",
    "response": f"ask: difference, {_GROUPS}, stimulus: ATP",
    "association": f"ask: association, {_WITHIN}, scales: [S{{a:03d}}]",
    "specificity": f"ask: specificity, {_GROUPS}, stimulus: ATP, against: [A{{other:03d}}]",
    "change": f"ask: change, {_WITHIN}, visits: [{{visits}}]",
    "change with a score": f"ask: change, {_WITHIN}, visits: [{{visits}}], scales: [S{{a:03d}}]",
    "repeated measures": f"ask: change, {_WITHIN}, visits: [{{visits}}], scales: [S{{a:03d}}]",
    "effect": f"ask: effect, {_WITHIN}, stimulus: ATP, blocked: BLOCKED",
    "treatment": f"ask: treatment, {_WITHIN}, exposure: med, exposed: yes",
    "mediation": f"ask: mediation, {_GROUPS}, scales: [S{{a:03d}}]",
}
"""What each kind of question says of a series; `specificity` is held against a second one."""
