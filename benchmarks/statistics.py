"""The statistics room: the joint model on a stored study and on studies with a known truth, with
what they cost.

The peer's study (24 donors, 5 analytes, 720 wells, 9.6 % undetected) and the peers' figures are of
one machine: NumPyro's sampling made 83 independent draws a second of the worst of the five
differences. The stored posterior means lie nearer to one another than the raw differences of the
analytes without undetected wells (.397, .003, .060), as pooling makes them, so they are held
against the pooled variant; the prior they were made with is not known. The virtual studies share no
code with the model.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.row import Row
from exvivo.arrays import Floats

SHARED = Path(os.environ.get("EXVIVO_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
STUDY = SHARED / "reference" / "r_peer" / "study.csv"
NUMPYRO = 83.0
"""Independent draws a second of NumPyro, parallel chains in double precision, warm."""
STORED = (0.321, 0.256, 0.053, 0.082, 0.067)
"""Posterior means of the five differences, pooled, of a stored Gibbs sampler (NumPyro, nutpie and
brms agree with it to 0.03).
"""
TRUE = (0.6, 0.25, 0.15, 0.0, 0.1)
STUDIES, TOGETHER = 400, 100
Numbers = np.ndarray[Any, np.dtype[np.float64]]


def rows() -> list[Row]:
    """What was measured; the peer's figures beside it where there are any."""
    if not STUDY.exists():
        raise SystemExit(
            f"the stored study is not here: {STUDY} (set EXVIVO_SHARED_DATA to the folder of "
            f"real data)"
        )
    return [
        *joint_on_a_stored_study(),
        *joint_pooled(),
        *joint_coverage(),
        *mixed_models(),
        *family_of_five(),
        *means_of_donors(),
        *bounds_by_likelihood(),
    ]


def stored() -> Any:
    """The peer's study as the joint model's data."""
    from exvivo.compare.joint.model import JointData, Series, Wells

    frame = pl.read_csv(STUDY)
    number = {
        name: frame[name].to_numpy().astype(np.intp)
        for name in ("ai", "cond", "donor", "plate", "grp", "cens")
    }
    y, below = frame["y"].to_numpy(), number["cens"] == 1
    names = frame.sort("ai")["analyte"].unique(maintain_order=True).to_list()
    wells = Wells(
        series=number["ai"],
        condition=number["cond"],
        donor=number["donor"],
        plate=number["plate"],
        culture=np.zeros_like(number["ai"]),
        sd=np.zeros(len(y)),
        loading=np.zeros((len(y), 0)),
    )
    patient = frame.unique("donor", maintain_order=True).sort("donor")["grp"].to_numpy()
    return JointData(
        series=tuple(Series("p", name) for name in names),
        conditions=("none", "ATP"),
        groups=("FM", "HC"),
        donors=tuple(map(str, range(len(patient)))),
        plates=tuple("0123"),
        group=(1 - patient).astype(np.intp),
        wells=wells,
        lower=np.where(below, -np.inf, y)[None],
        upper=np.where(below, frame["loq"].to_numpy(), y)[None],
    )


def joint_on_a_stored_study() -> list[Row]:
    """All of an answer: chains of three priors, gates, summaries."""
    from exvivo.compare.joint.arrays import Asked
    from exvivo.compare.joint.fit import joint_of
    from exvivo.study import Difference, Group, Study

    data = stored()
    question = Difference(
        id="more",
        ask="difference",
        groups=("FM", "HC"),
        assays=("p",),
        analytes=tuple(s.analyte for s in data.series),
        stimulus="ATP",
    )
    study = Study(
        exvivo=1,
        title="stored",
        groups=(Group(id="FM", name="a"), Group(id="HC", name="b")),
        analytes=(),
        assays=(),
        plates=(),
    )
    before = time.process_time()
    fit = joint_of(
        Asked(data=data, left_out={}, unscored={}),
        study=study,
        question=question,
        rng=np.random.default_rng(1),
    )
    spent = time.process_time() - before
    response = [
        (p, c) for p, c in zip(fit.posteriors, fit.checks, strict=True) if p.what == "response"
    ]
    worth = min(check.bulk for _, check in response if check)
    held = sum(gate.holds for gate in fit.gates.values())
    moved = max(check.moved for check in fit.checks if check)
    found = [
        Row(
            what="stored study: CPU seconds of the whole answer",
            value=spent,
            unit="CPU s",
            bar="<= 5",
        ),
        Row(what="analytes whose gates hold, of 5", value=held, unit="analytes", bar=">= 5"),
        Row(
            what="numbers not shown",
            value=sum(bool(p.reason) for p in fit.posteriors),
            unit="numbers",
            bar="<= 0",
        ),
        Row(
            what="worst R-hat of any parameter",
            value=max(g.rhat for g in fit.gates.values()),
            unit="",
            bar="<= 1.01",
        ),
        Row(
            what="independent draws a second, worst difference",
            value=worth / spent,
            unit="1/s",
            bar=">= 500",
            peer=NUMPYRO,
        ),
        Row(
            what="farthest any number moves with halved or doubled priors",
            value=moved,
            unit="sd",
            bar="<= 0.25",
        ),
    ]
    return found + [
        Row(
            what=f"difference of the response, unpooled: {p.series.analyte}",
            value=p.estimate or 0.0,
            unit="log2 fold",
        )
        for p, _ in response
    ]


def joint_pooled() -> list[Row]:
    """The sceptical variant beside the stored means."""
    from exvivo.compare.joint.model import Priors, Settings
    from exvivo.compare.joint.sample import sample
    from exvivo.compare.joint.summary import differences

    data = stored()
    settings = Settings(chains=8, warmup=200, draws=1000, pooled=("FM", "HC"))
    drawn = sample(data, priors=Priors(), settings=settings, rng=np.random.default_rng(1))
    effects = differences(data, drawn, "FM", "HC")["response"].reshape(-1, 5)
    off = float((np.abs(effects.mean(axis=0) - STORED) / effects.std(axis=0)).max())
    each = [
        Row(
            what=f"difference, pooled: {s.analyte}",
            value=float(effects[:, a].mean()),
            unit="log2 fold",
            peer=STORED[a],
        )
        for a, s in enumerate(data.series)
    ]
    return [
        Row(
            what="pooled: farthest from the stored means",
            value=off,
            unit="posterior sd",
            bar="<= 0.5",
        ),
        *each,
    ]


def virtual(studies: int, rng: np.random.Generator) -> Any:
    """14 patients, 10 controls, 5 analytes, 3 wells, 4 plates; about a tenth of the wells
    undetected, in two analytes.
    """
    d, a, c, r = (
        x.ravel().astype(np.intp)
        for x in np.meshgrid(*map(np.arange, (24, 5, 2, 3)), indexing="ij")
    )
    patient = np.arange(24) < 14
    plate = np.concatenate([np.arange(14) % 4, np.arange(10)[::-1] % 4])
    baseline, response = (
        spread
        * (
            0.4**0.5 * rng.normal(size=(studies, 24, 1))
            + 0.6**0.5 * rng.normal(size=(studies, 24, 5))
        )
        for spread in (0.6, 0.35)
    )
    level, answer = np.array([5, 3.25, 5.5, 7, 3.0]), np.array([1.3, 0.8, 0.4, 0.3, 0.4])
    y = level[a] + baseline[:, d, a] + 0.1 * patient[d]
    y = y + c * (answer[a] + response[:, d, a] + np.array(TRUE)[a] * patient[d])
    y = y + 0.25 * rng.normal(size=(studies, 5, 4))[:, a, plate[d]]
    y = y + np.array([0.15, 0.2, 0.15, 0.12, 0.25])[a] * rng.normal(size=y.shape)
    limit = np.array([-9.0, 3.15, -9.0, -9.0, 2.75])[a]
    stored_design = stored()
    wells = replace(
        stored_design.wells,
        series=a,
        condition=c,
        donor=d,
        plate=plate[d],
        culture=np.zeros_like(r),
        sd=np.zeros(len(a)),
        loading=np.zeros((len(a), 0)),
    )
    return replace(
        stored_design,
        wells=wells,
        group=(~patient).astype(np.intp),
        lower=np.where(y < limit, -np.inf, y),
        upper=np.maximum(y, limit),
    )


def joint_coverage() -> list[Row]:
    """Coverage of the 95 % intervals over studies of known truth, many at once."""
    from exvivo.compare.joint.model import Priors, Settings
    from exvivo.compare.joint.sample import sample
    from exvivo.compare.joint.summary import differences

    rng = np.random.default_rng(20)
    truth = np.append(TRUE, TRUE[0] - np.mean(TRUE[1:]))
    covered, power, means, spent, undetected = np.zeros(6), np.zeros(6), np.zeros(6), 0.0, 0.0
    for _ in range(STUDIES // TOGETHER):
        data = virtual(TOGETHER, rng)
        undetected += float((data.lower != data.upper).mean()) * TOGETHER / STUDIES
        before = time.process_time()
        drawn = sample(
            data, priors=Priors(), settings=Settings(chains=2, warmup=150, draws=300), rng=rng
        )
        effects = differences(data, drawn, "FM", "HC")["response"].reshape(TOGETHER, -1, 5)
        contrast = effects[..., :1] - effects[..., 1:].mean(axis=-1, keepdims=True)
        low, high = np.quantile(
            np.concatenate([effects, contrast], axis=-1), [0.025, 0.975], axis=1
        )
        spent += time.process_time() - before
        covered += ((low < truth) & (truth < high)).sum(axis=0)
        power += (low > 0).sum(axis=0)
        means += np.append(effects.mean(axis=1).sum(axis=0), contrast.mean(axis=1).sum())
    names = (*(f"true difference {t:g}" for t in TRUE), "contrast of the first with the others")
    return [
        Row(
            what=f"CPU milliseconds a virtual study, {TOGETHER} at once",
            value=1000 * spent / STUDIES,
            unit="ms",
            bar="<= 100",
        ),
        Row(what="wells undetected in the virtual studies", value=100 * undetected, unit="%"),
        *(
            row
            for name, t, hit, mean, shown in zip(names, truth, covered, means, power, strict=True)
            for row in (
                Row(
                    what=f"coverage of 95 %: {name}",
                    value=100 * hit / STUDIES,
                    unit="%",
                    bar=LEAST_COVERED,
                ),
                Row(
                    what=f"mean posterior mean less truth: {name}",
                    value=mean / STUDIES - t,
                    unit="log2 fold",
                ),
                Row(what=f"intervals above 0: {name}", value=100 * shown / STUDIES, unit="%"),
            )
        ),
        Row(
            what="highest coverage of the six",
            value=100 * float(covered.max()) / STUDIES,
            unit="%",
            bar=MOST_COVERED,
        ),
    ]


LEAST_COVERED, MOST_COVERED = ">= 91.7", "<= 98.3"
"""93 to 97.5 %, give or take one standard error of 400 studies (1.3 % at the lower end, 0.8 % at
the upper).
"""


def band(studies: int, share: float = 0.05) -> tuple[float, float]:
    """Where 99 % of simulated shares lie if the true one is `share`."""
    from scipy.stats import binom

    low, high = binom.interval(0.99, studies, share)
    return float(low) / studies, float(high) / studies


def held(what: str, false: float, studies: int) -> list[Row]:
    """A share of false answers against both ends of its Monte-Carlo band."""
    low, high = band(studies)
    return [
        Row(
            what=f"type I error at 5 %: {what}",
            value=false,
            unit=f"of {studies}",
            bar=f"<= {high:.4g}",
        ),
        Row(
            what=f"type I error at 5 %, not below: {what}",
            value=false,
            unit=f"of {studies}",
            bar=f">= {low:.4g}",
        ),
    ]


def mixed_models() -> list[Row]:
    """1,000 unbalanced studies of 24 donors on 4 plates by REML with Kenward and Roger's degrees of
    freedom.
    """
    from exvivo.compare.mixed.fit import Design, Random, contrasts, fit_each

    rng = np.random.default_rng(21)
    studies = [_virtual(rng) for _ in range(1000)]
    made = []
    for y, donor, plate, side, mine in studies:
        ones = np.ones(len(y))
        fixed = np.column_stack([ones, mine, side, mine * side])
        random = (Random(np.column_stack([ones, side]), donor), Random(ones[:, None], plate))
        made.append((y, Design(fixed, random)))
    before = time.process_time()
    found = fit_each(made)
    of = contrasts(found.fixed, np.array([0.0, 0.0, 0.0, 1.0]))
    spent = time.process_time() - before
    rows_ = [
        Row(
            what="1,000 unbalanced studies by REML with KR",
            value=spent,
            unit="CPU s",
            bar="<= 1.5",
            peer=141.0,
        ),
        Row(
            what="of them converged",
            value=float(found.converged.mean()),
            unit="share",
            bar=">= 0.999",
        ),
    ]
    return [
        *rows_,
        *held("mixed model with KR, 14 v 10, wells missing", float((of.p <= 0.05).mean()), 1000),
    ]


def _virtual(rng: np.random.Generator) -> tuple[Numbers, Any, Any, Numbers, Numbers]:
    """Wells of 14 and 10 donors on 4 plates, two conditions, three wells each, a tenth of them
    missing.
    """
    donor = np.repeat(np.arange(24), 6)
    side = np.tile([0.0, 0.0, 0.0, 1.0, 1.0, 1.0], 24)
    plate = donor % 4
    level, slope = rng.normal(0, 0.6, 24), rng.normal(1, 0.4, 24)
    y = level[donor] + slope[donor] * side + rng.normal(0, 0.3, 4)[plate] + rng.normal(0, 0.25, 144)
    there = rng.random(144) > 0.1
    mine = (donor < 14).astype(float)
    return y[there], donor[there], plate[there], side[there], mine[there]


def family_of_five() -> list[Row]:
    """Five related analytes by max T: what it costs, and the chance of any false claim."""
    from exvivo.compare.judge.maxt import max_t

    rng = np.random.default_rng(22)
    first = np.arange(24) < 14
    max_t(rng.normal(size=(24, 5)), first, number=4999, seed=1)
    before, false = time.process_time(), 0
    for seed in range(1000):
        person = rng.normal(0, 1, (24, 1))
        values = 0.6 * person + 0.8 * rng.normal(size=(24, 5))
        false += float(np.min(max_t(values, first, number=4999, seed=seed % 7).adjusted)) <= 0.05
    spent = (time.process_time() - before) / 1000
    cost = Row(what="max T of 5 analytes, 4,999 draws", value=1000 * spent, unit="CPU ms")
    return [cost, *held("any false claim of five, max T", false / 1000, 1000)]


def means_of_donors() -> list[Row]:
    """Welch's interval on donor means, where groups are alike: least squares with nothing held."""
    rng = np.random.default_rng(23)
    found: list[Row] = []
    for words, n, m, sd in (
        ("normal, 6 v 6", 6, 6, 1.0),
        ("normal, 14 v 10", 14, 10, 1.0),
        ("normal, 40 v 40", 40, 40, 1.0),
        ("small group twice as wide, 14 v 10", 14, 10, 2.0),
    ):
        spread = np.repeat([1.0, sd], [n, m])
        false = share_claimed(spread * rng.normal(size=(4000, n + m)), n)
        found += held(f"Welch on donors, {words}", false, 4000)
    raw = share_claimed(np.exp(rng.normal(size=(4000, 24))), 14)
    words = "the same on raw, lognormal numbers (the product takes logarithms)"
    return [*found, Row(what=words, value=raw, unit="of 4000")]


def share_claimed(studies: Floats, n: int) -> float:
    """The share of studies (studies, donors) whose first n donors differ from the others."""
    from exvivo.compare.methods.regression import coefficient

    first = np.arange(studies.shape[1]) < n
    asked, nothing = first.astype(np.float64), np.empty((len(first), 0))
    fits = (coefficient(y, asked, nothing, first, alpha=0.05) for y in studies)
    return float(np.mean([fit.estimate.p <= 0.05 for fit in fits]))


def bounds_by_likelihood() -> list[Row]:
    """Responses of 14 and 10 donors with undetected wells, the groups' true responses alike and
    their baselines not.
    """
    from exvivo.compare.methods.well_likelihood import likelihood_difference
    from exvivo.compare.sample import Well

    rng = np.random.default_rng(24)
    found: list[Row] = []
    for limit, words in ((-0.7, "wells undetected"), (0.45, "wells undetected")):
        false, hidden, wells, studies = 0, 0, 0, 200
        for _ in range(studies):
            groups = []
            for n, base in ((14, -0.3), (10, 0.3)):
                donors = []
                for _ in range(n):
                    level, own = rng.normal(base, 0.6), rng.normal(1.2, 0.5)
                    mine = []
                    for side, mean in ((-1.0, level), (1.0, level + own)):
                        for value in rng.normal(mean, 0.2, 2):
                            seen = value > limit
                            mine.append(
                                Well(side=side, value=value, sd=0.2)
                                if seen
                                else Well(side=side, upper=limit, sd=0.2)
                            )
                            hidden, wells = hidden + (not seen), wells + 1
                    donors.append(tuple(mine))
                groups.append(tuple(donors))
            false += likelihood_difference(groups[0], groups[1], alpha=0.05).p <= 0.05
        found += held(
            f"likelihood of wells, {words} ({100 * hidden / wells:.0f} %)", false / studies, studies
        )
    return found
