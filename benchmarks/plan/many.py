"""Many virtual studies answered at once by the methods that answer one, and what that costs.

The model design: 14 people with fibromyalgia and 10 without, five analytes, paired responses, a
score; nothing is true of them. The peer's figures are those of simr's powerSim (R), 1,000 studies
of one analyte on one machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TypeVar

import numpy as np

from benchmarks.row import Row
from benchmarks.statistics import held, mixed_models
from exvivo.arrays import Floats
from exvivo.compare.many import ManyStudies, answers_of_many
from exvivo.compare.methods.permutation import Permutations
from exvivo.study import (
    Analyte,
    Association,
    Difference,
    Group,
    Plan,
    Results,
    Scale,
    Stimulus,
    Study,
)

STUDIES, DRAWS, PATIENTS, DONORS = 10_000, 999, 14, 24
SIMR_T, SIMR_KR = 97.0, 141.0
"""Seconds that simr took for 1,000 studies: by t values, and by Kenward and Roger."""
ANALYTES = ("TNF", "IL1B", "IL6", "CXCL8", "IL10")
Given = TypeVar("Given")


def rows() -> list[Row]:
    """Costs, and what the answers of null studies claim."""
    return [*_many_answers(), *_balanced(), *mixed_models()]


def _timed(work: Callable[[], Given]) -> tuple[float, Given]:
    """CPU seconds, and what was made."""
    before = time.process_time()
    made = work()
    return time.process_time() - before, made


def study(*, permutations: int, related: bool = True) -> Study:
    """Whether patients respond more, and whether it goes with pain."""
    more = Difference(
        id="more",
        ask="difference",
        groups=("FM", "HC"),
        assays=("protein",),
        analytes=ANALYTES,
        stimulus="ATP",
    )
    pain = Association(
        id="pain",
        ask="association",
        within="FM",
        assays=("protein",),
        analytes=ANALYTES,
        scales=("VAS",),
        stimulus="ATP",
    )
    return Study(
        exvivo=1,
        title="the model design",
        groups=(Group(id="FM", name="patients"), Group(id="HC", name="controls")),
        stimuli=(Stimulus(id="none", name="nothing", control=True), Stimulus(id="ATP", name="ATP")),
        analytes=tuple(Analyte(id=name) for name in ANALYTES),
        assays=(Results(id="protein", kind="results"),),
        plates=(),
        scales=(Scale(id="VAS", name="pain", lowest=0, highest=100, higher_is="worse"),),
        questions=(more, pain) if related else (more,),
        plan=Plan(permutations=permutations),
    )


@cache
def _drawn() -> tuple[Floats, Floats]:
    """The mean of each donor's wells (studies, donors, analytes, conditions) and its score: donors
    vary by 0.65 (level and response), analytes of a donor are related, wells err by 0.2.
    """
    rng = np.random.default_rng(17)
    person = rng.normal(size=(2, STUDIES, DONORS, 1))
    own = 0.65 * (0.6 * person + 0.8 * rng.normal(size=(2, STUDIES, DONORS, len(ANALYTES))))
    means = np.stack([own[0], own[0] + 1.0 + own[1]], axis=3)
    means += rng.normal(0, 0.2 / 3**0.5, means.shape)
    return means, rng.normal(50, 15, (STUDIES, DONORS))


def many(asked: Study) -> ManyStudies:
    """The drawn studies as a question takes them."""
    from exvivo.simulate.population import Series

    means, scores = _drawn()
    series = tuple(
        Series(None, "1", "protein", "protein", analyte, stimulus)
        for analyte in ANALYTES
        for stimulus in ("none", "ATP")
    )
    return ManyStudies(
        study=asked,
        series=series,
        donors=tuple(f"D{number:02d}" for number in range(DONORS)),
        groups=np.repeat(["FM", "HC"], [PATIENTS, DONORS - PATIENTS]),
        means=means.reshape(STUDIES, DONORS, -1),
        plates=np.full((DONORS, len(series)), "P1"),
        present=np.ones((STUDIES, DONORS), np.bool_),
        scores={("VAS", "1"): scores},
    )


def _many_answers() -> list[Row]:
    """The whole of an answer, permutations beside it, and the family corrected by max T."""
    means, _ = _drawn()
    plain, corrected = many(study(permutations=0)), many(study(permutations=DRAWS, related=False))
    answers_of_many(replace(plain, means=plain.means[:2], present=plain.present[:2], scores={}))
    answering, answers = _timed(lambda: answers_of_many(plain))
    permuting, p = _timed(lambda: _permuted(means[..., 1] - means[..., 0]))
    whole, by_max_t = _timed(lambda: answers_of_many(corrected))
    deciding, _ = _timed(lambda: answers_of_many(corrected, corrected="deciding"))
    size = f"{STUDIES:,} studies x {len(ANALYTES)} analytes"
    claims = np.min([answer.p_adjusted for answer in by_max_t], axis=0) <= 0.05
    return [
        Row(
            what=f"{size}: responses, Welch, {DRAWS} permutations and Spearman",
            value=answering + permuting,
            unit="CPU s",
            bar="<= 2",
        ),
        Row(what="of these, permutations", value=permuting, unit="CPU s"),
        Row(what=f"{size}: Welch, families by max T of {DRAWS} draws", value=whole, unit="CPU s"),
        Row(what="the same, drawn only where it may decide", value=deciding, unit="CPU s"),
        *held("Welch on many studies", float((answers[0].p <= 0.05).mean()), STUDIES),
        *held("permutations of many studies", float((p[0] <= 0.05).mean()), STUDIES),
        *held("Spearman on many studies, 14 donors", float((answers[5].p <= 0.05).mean()), STUDIES),
        # A family may claim less often than it is allowed to, never more often.
        held("any false claim of five, max T on many studies", float(claims.mean()), STUDIES)[0],
    ]


def _permuted(responses: Floats) -> list[Floats]:
    """The permutation p values of every analyte."""
    permutations = Permutations(DRAWS, 1)
    each = np.moveaxis(responses, 2, 0)
    return [p for own in each if (p := permutations.between_each(own, PATIENTS)) is not None]


def _balanced() -> list[Row]:
    """1,000 balanced studies from their wells: group x stimulus by the two-sample t of donors'
    responses, which is what the mixed model gives.
    """
    from exvivo.compare.methods.regression import coefficients_of, weights_of

    rng = np.random.default_rng(18)
    donor = rng.normal(0, 0.6, (1000, DONORS, 1, 1))
    slope = rng.normal(1, 0.4, (1000, DONORS, 1, 1)) * np.array([0.0, 1.0])[:, None]
    wells = donor + slope + rng.normal(0, 0.2, (1000, DONORS, 2, 3))
    first = np.arange(DONORS) < PATIENTS

    def answer() -> Floats:
        means = wells.mean(axis=3)
        weights = weights_of(first.astype(np.float64), np.empty((DONORS, 0)))
        return coefficients_of(weights, means[..., 1] - means[..., 0]).estimates(alpha=0.05).p

    answer()
    spent, p = _timed(answer)
    apart = float(np.abs(p[:20] - _by_mixed_model(wells[:20], first)).max())
    return [
        Row(
            what="1,000 balanced studies by donors' responses",
            value=spent,
            unit="CPU s",
            peer=SIMR_T,
        ),
        Row(
            what="the same: times faster than simr", value=SIMR_T / spent, unit="x", bar=">= 10000"
        ),
        Row(
            what="farthest p value from REML with Kenward and Roger, 20 of them",
            value=apart,
            unit="",
            bar="<= 1e-06",
        ),
    ]


def _by_mixed_model(wells: Floats, first: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Floats:
    """The p values of the mixed model of the wells (studies, donors, conditions, wells)."""
    from exvivo.compare.mixed.fit import Design, Random, contrasts, fit

    donor, side = (np.indices(wells.shape[1:])[axis].ravel() for axis in (0, 1))
    ones, own = np.ones(len(donor)), first[donor].astype(np.float64)
    fixed = np.column_stack([ones, own, side, own * side])
    design = Design(fixed, (Random(np.column_stack([ones, side]), donor),))
    fitted = fit(wells.reshape(len(wells), -1), design)
    return np.asarray(contrasts(fitted.fixed, np.array([0.0, 0.0, 0.0, 1.0])).p[:, 0])
