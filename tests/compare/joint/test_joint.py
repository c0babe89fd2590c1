from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from compare_tables import clinic, group_of, quantities, quantity, study
from joint_studies import chains, data_of, rng, wells_of
from scipy.stats import rankdata

from exvivo.compare.joint import traces
from exvivo.compare.joint.arrays import Asked, arrays_of
from exvivo.compare.joint.chains import mixing
from exvivo.compare.joint.checks import checked, gates, has_met, parameters
from exvivo.compare.joint.fit import (
    CHAINS,
    ROUNDS,
    RUN,
    JointFit,
    joint,
    joint_of,
)
from exvivo.compare.joint.model import JointData, Priors, Series, Settings, Wells
from exvivo.compare.joint.sample import sample
from exvivo.compare.joint.summary import Quantity, attenuation, differences, posterior
from exvivo.compare.joint.traces import rank_counts, trace_facts, worst_series
from exvivo.study import Association, Change, Difference, Specificity

MORE = Difference(
    id="more",
    ask="difference",
    groups=("FM", "HC"),
    assays=("p",),
    analytes=("TNF",),
    stimulus="ATP",
)
FIVE = replace(MORE, analytes=("TNF", "IL1B", "IL6", "IL8", "IL10"))
SHORT = replace(
    RUN, chains=6, warmup=100, draws=500, predictive=250, scales=(1.0, 1.0, 1.0, 1.0, 0.5, 2.0)
)


# The peer's study


@pytest.fixture(scope="module")
def peer(r_peer: Path) -> JointData:
    frame = pl.read_csv(r_peer / "study.csv")
    number = {
        name: frame[name].to_numpy().astype(np.intp)
        for name in ("ai", "cond", "donor", "plate", "grp", "cens")
    }
    y = frame["y"].to_numpy()
    below = number["cens"] == 1
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
    group = np.array([1 - number["grp"][number["donor"] == d][0] for d in range(24)], dtype=np.intp)
    return JointData(
        series=tuple(Series("p", name) for name in names),
        conditions=("none", "ATP"),
        groups=("FM", "HC"),
        donors=tuple(map(str, range(24))),
        plates=tuple("0123"),
        group=group,
        wells=wells,
        lower=np.where(below, -np.inf, y)[None],
        upper=np.where(below, frame["loq"].to_numpy(), y)[None],
    )


def fitted(data: JointData, question: Difference = FIVE, **more: Any) -> JointFit:
    return joint_of(
        Asked(data=data, left_out={}, unscored={}),
        study=study(question),
        question=question,
        rng=rng(),
        **more,
    )


def test_the_peers_study_passes_its_gates_and_detected_analytes_keep_their_raw_difference(
    peer: JointData,
) -> None:
    fit = fitted(peer, settings=replace(RUN, draws=600))
    assert fit.reason == ""
    assert all(gate.holds for gate in fit.gates.values())
    # TNF, IL6 and IL8 have no undetected well: the raw difference of donors' mean responses, an independent number.
    for name, raw in (("TNF", 0.39714), ("IL6", 0.00309), ("IL8", 0.06029)):
        found = fit.one("p", name, "response")
        assert found.estimate == pytest.approx(raw, abs=0.02)
    tnf = fit.one("p", "TNF", "response")
    assert tnf.sd == pytest.approx(
        0.1376, abs=0.02
    )  # lmer's Kenward-Roger standard error of (nearly) the same wells
    assert tnf.positive is not None and tnf.positive > 0.98


def test_the_pooled_variant_draws_analytes_together(peer: JointData) -> None:
    """Stored posterior means of other engines for the pooled model: .321 .256 .053 .082 .067 (their
    priors differ a little).
    """
    settings = Settings(chains=4, warmup=150, draws=400, pooled=("FM", "HC"))
    drawn = differences(
        peer, sample(peer, priors=Priors(), settings=settings, rng=rng()), "FM", "HC"
    )["response"]
    mean, sd = drawn.mean(axis=(0, 1, 2)), drawn.std(axis=(0, 1, 2))
    assert np.all(np.abs(mean - [0.321, 0.256, 0.053, 0.082, 0.067]) < 0.5 * sd)
    assert 0.1 < mean[0] - mean[2] < 0.36  # unpooled it is .394


def test_the_curve_divides_by_the_root_of_the_reliability() -> None:
    rows = attenuation(0.6, -0.1, 0.9, (0.25, 0.5, 1.0))
    assert rows[0].estimate is None  # .6 / .5 is no correlation
    assert rows[1].estimate == pytest.approx(0.6 / 0.5**0.5)
    assert (rows[0].lower, rows[0].upper) == pytest.approx((-0.2, 1.0))
    assert rows[2].estimate == 0.6


@pytest.mark.parametrize("corrected", [False, True])
def test_a_correlation_the_design_cannot_correct_brings_its_curve(corrected: bool) -> None:
    drawn = 0.4 + 0.1 * chains(1, 4, 100, 0.0)[..., 0]
    found = posterior(
        Quantity(
            series=Series("p", "TNF"),
            what="correlation",
            draws=drawn,
            scale="VAS",
            corrected=corrected,
        ),
        alpha=0.05,
    )
    assert bool(found.curve) == (not corrected)
    assert found.lower == pytest.approx(np.quantile(drawn, 0.025))


# From tables


def table(
    *, cultures: int = 1, low: dict[str, float] | None = None, **more: Any
) -> list[dict[str, Any]]:
    """Six donors a group, TNF and IL6, two wells a condition on two plates; patients respond by 1
    more in TNF.
    """
    chance = rng(41)
    rows = []
    for i, donor in enumerate([f"FM{i:02}" for i in range(6)] + [f"HC{i:02}" for i in range(6)]):
        for analyte in ("TNF", "IL6"):
            level, extra = (
                chance.normal(5, 0.5),
                chance.normal(1, 0.2) + (group_of(donor) == "FM") * (analyte == "TNF"),
            )
            for stimulus in (None, "ATP"):
                for culture in range(cultures):
                    for _ in range(2):
                        value: float | None = (
                            level + extra * (stimulus == "ATP") + chance.normal(0, 0.1)
                        )
                        given: dict[str, Any] = {
                            "analyte": analyte,
                            "plate": f"P{i % 2}",
                            "culture": f"c{culture}",
                        }
                        if value is not None and value < (low or {}).get(analyte, -np.inf):
                            value, given = (
                                None,
                                given | {"censor": "left", "upper": (low or {})[analyte]},
                            )
                        rows.append(quantity(donor, stimulus, value, **given | more))
    return rows


SCORES: dict[str, float | None] = {
    f"{letters}{i:02}": 10.0 * i for letters in ("FM", "HC") for i in range(6)
}
RELATED = Association(
    id="r",
    ask="association",
    within="FM",
    assays=("p",),
    analytes=("TNF",),
    scales=("VAS",),
    stimulus="ATP",
)


def asked(
    rows: list[dict[str, Any]], question: Any = MORE, scores: dict[str, float | None] | None = None
) -> Asked:
    return arrays_of(
        quantities(*rows), clinic(scores or SCORES), study=study(question), question=question
    )


def test_arrays_hold_every_well_of_the_asked_conditions() -> None:
    shared = [{"key": "E", "loading": 0.3}, {"key": "C", "loading": 0.1}]
    rows = table(low={"IL6": 4.5}, shared=shared)
    rows += [quantity("FM00", "LPS", 3.0), quantity(None, None, 3.0)]
    data = asked(rows).data
    assert data is not None
    assert data.series == (Series("p", "IL6"), Series("p", "TNF")) and data.conditions == (
        "none",
        "ATP",
    )
    assert data.lower.shape == (1, 96)
    assert data.keys == ("C", "E") and np.all(data.wells.loading == [0.1, 0.3])
    frame = pl.DataFrame(rows[:96])
    for a, name in enumerate(("IL6", "TNF")):
        for c, stimulus in enumerate((None, "ATP")):
            mine = (data.wells.series == a) & (data.wells.condition == c)
            seen = frame.filter(pl.col("analyte") == name, pl.col("stimulus").eq_missing(stimulus))
            detected = data.lower[0, mine & (data.lower[0] == data.upper[0])]
            assert sorted(detected) == pytest.approx(sorted(seen["value"].drop_nulls().to_list()))
            assert int((data.upper[0, mine] == 4.5).sum()) == seen["value"].null_count()
    assert data.group.tolist() == [0] * 6 + [1] * 6


def test_an_undetected_well_errs_as_the_detected_one_nearest_to_its_bound() -> None:
    rows = table()
    rows[0] |= {"value": None, "censor": "left", "upper": 3.0, "sd": 0.01}
    nearest = min(
        (r for r in rows[1:] if r["analyte"] == "TNF"), key=lambda r: abs(r["value"] - 3.0)
    )
    nearest["sd"] = 0.77
    data = asked(rows).data
    assert data is not None
    assert data.wells.sd[data.lower[0] != data.upper[0]].tolist() == [0.77]


def test_scores_are_those_of_the_asked_group_standardised() -> None:
    data = asked(table(), RELATED).data
    assert data is not None and data.scales == ("VAS",)
    mine = data.score[0, :, 0]
    assert np.isnan(mine[6:]).all()
    assert (mine[:6].mean(), mine[:6].std(ddof=1)) == pytest.approx((0, 1))


def fit(
    rows: list[dict[str, Any]],
    question: Any = MORE,
    scores: dict[str, float | None] | None = None,
    settings: Settings = SHORT,
    **more: Any,
) -> JointFit:
    return joint_of(
        asked(rows, question, scores),
        study=study(question),
        question=question,
        rng=rng(),
        settings=settings,
        **more,
    )


def loose(found: JointFit) -> None:
    """Nothing in a record is NaN, and what is not shown says why."""
    for p in found.posteriors:
        numbers = [p.estimate, p.sd, p.lower, p.upper, p.positive]
        assert all(v is None for v in numbers) == bool(p.reason)
        assert all(v is None or np.isfinite(v) for v in numbers)
    assert bool(found.reason) == all(p.reason for p in found.posteriors)
    assert found.verdict == ("not estimable" if found.reason else "")


def test_a_small_study_is_answered_and_the_same_seed_gives_the_same_numbers() -> None:
    rows = table()
    first, again = (fit(rows) for _ in range(2))
    loose(first)
    assert first.posteriors == again.posteriors
    tnf = first.one("p", "TNF", "response")
    assert tnf.lower is not None and tnf.upper is not None and tnf.lower < 1 < tnf.upper
    contrast = first.one("p", "TNF", "contrast")
    assert contrast.against == (Series("p", "IL6"),)
    assert first.draws is not None and first.draws.mean.shape[1] == 4


def test_specificity_is_held_against_what_it_names() -> None:
    only = Specificity(
        id="s",
        ask="specificity",
        groups=("FM", "HC"),
        assays=("p",),
        analytes=("TNF",),
        against=("IL6",),
        stimulus="ATP",
    )
    found = fit(table(), only).one("p", "TNF", "contrast")
    assert found.reason or (
        found.estimate is not None and abs(found.estimate - 1) < 4 * (found.sd or 0)
    )


def without(rows: list[dict[str, Any]], **lost: Any) -> list[dict[str, Any]]:
    return [row for row in rows if not all(row[name] == value for name, value in lost.items())]


BAD: dict[str, tuple[list[dict[str, Any]], Any, dict[str, float | None], str]] = {
    "one donor in a group": (
        [r for r in table() if r["group"] == "FM" or r["donor"] == "HC00"],
        MORE,
        SCORES,
        "1 donors",
    ),
    "all undetected": (table(low={"TNF": 99.0}), MORE, SCORES, "undetected"),
    "no control wells": (
        [r for r in table() if r["stimulus"]],
        MORE,
        SCORES,
        "no unstimulated well",
    ),
    "no wells": ([], MORE, SCORES, "no result"),
    "constant": ([r | {"value": 5.0} for r in table()], MORE, SCORES, "the same result"),
    "constant score": (table(), RELATED, dict.fromkeys(SCORES, 3.0), "the same score"),
    "no score": (table(), RELATED, {"FM00": 1.0}, "donors with a score"),
    "confounded": ([r | {"plate": r["group"]} for r in table()], MORE, SCORES, "confounded"),
    "several visits": (
        table() + [row | {"visit": "2"} for row in table()],
        MORE,
        SCORES,
        "holds no visits, and there are several: 1, 2",
    ),
    "other cells": (
        table(),
        Change(
            id="c", ask="change", within="FM", assays=("p",), analytes=("TNF",), visits=("1", "2")
        ),
        SCORES,
        "no question of kind",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gives_a_reason(name: str) -> None:
    rows, question, scores, words = BAD[name]
    found = joint(
        quantities(*rows), clinic(scores), study=study(question), question=question, rng=rng()
    )
    loose(found)
    assert found.verdict == "not estimable"
    assert words in found.reason
    assert [p.reason for p in found.posteriors] and all(words in p.reason for p in found.posteriors)


def test_an_analyte_that_cannot_be_estimated_leaves_the_others() -> None:
    found = fit(table(low={"IL6": 99.0}), replace(MORE, analytes=("TNF", "IL6")))
    loose(found)
    assert "undetected" in found.one("p", "IL6", "response").reason
    assert "undetected" not in found.one("p", "TNF", "response").reason
    assert set(found.left_out) == {Series("p", "IL6")}


# Gates


def test_chains_that_have_not_met_and_priors_that_decide_are_refused() -> None:
    apart = chains(2, 4, 400, 0.0, 0.6)[..., 0]
    check = checked(
        Quantity(series=Series("p", "TNF"), what="response", draws=apart), [apart + 0.4]
    )
    assert any("have not met" in reason for reason in check.reasons)
    assert any("the prior decides" in reason for reason in check.reasons)
    good = chains(1, 4, 500, 0.0)[..., 0]
    assert (
        checked(
            Quantity(series=Series("p", "TNF"), what="response", draws=good), [good + 0.1]
        ).reasons
        == ()
    )


def test_wells_the_model_cannot_replicate_are_refused() -> None:
    """A few cells with wild wells: the middle cell is far tighter than one common error makes
    it.
    """
    wells = wells_of(donors=20, replicates=3)
    chance = rng(51)
    size = np.where((wells.donor % 10 == 0), 3.0, 0.02)
    data = data_of(
        wells, 5 + chance.normal(size=20)[wells.donor] + size * chance.normal(size=len(size)), 20
    )
    drawn = sample(
        data,
        priors=Priors(),
        settings=Settings(chains=4, warmup=150, draws=300, predictive=50),
        rng=chance,
    )
    (gate,) = gates(data, drawn).values()
    assert any("spread of wells" in reason for reason in gate.reasons)


def test_a_study_of_files_is_answered(tmp_path: Path) -> None:
    """The demo study: written as files, read, quantified, and asked; the truth is a difference of 1
    in TNF.
    """
    from exvivo.gather import gather
    from exvivo.quantify import quantify
    from exvivo.simulate import model_study, write

    write(model_study(rng=np.random.default_rng(7)), tmp_path / "study")
    gathered = gather(tmp_path / "study")
    found, _ = quantify(gathered.wells, study=gathered.study)
    question = next(q for q in gathered.study.questions if q.ask == "difference")
    assert isinstance(question, Difference)
    one = replace(question, assays=("protein",))
    held = arrays_of(found, gathered.clinic, study=gathered.study, question=one)
    assert held.data is not None and len(held.data.series) == 5 and held.data.keys
    drawn = sample(
        held.data, priors=Priors(), settings=Settings(chains=4, warmup=100, draws=150), rng=rng()
    )
    tnf = differences(held.data, drawn, "FM", "HC")["response"][
        ..., held.data.series.index(Series("protein", "TNF"))
    ]
    assert abs(tnf.mean() - 1) < 3 * tnf.std()
    assert mixing(tnf[0][..., None]).rhat[0] < 1.05


@pytest.mark.parametrize("kind", ["difference", "association"])
def test_every_question_rests_on_all_series(kind: str) -> None:
    question = MORE if kind == "difference" else RELATED
    data = asked(table(), question).data
    assert data is not None
    assert len(data.series) == 2


@pytest.mark.parametrize(
    "question", [replace(MORE, condition="ATP", stimulus=""), replace(MORE, answer="adjusted")]
)
def test_what_the_joint_model_does_not_hold_has_no_number_and_a_reason(question: Any) -> None:
    refused = asked(table(), question)
    assert refused.data is None
    assert refused.reason.startswith("the joint model")


def test_rounds_go_on_until_the_chains_have_met() -> None:
    """Of one donor's worth of rounds no more are drawn than it takes, and never more than the most."""
    done = fit(table(), settings=replace(SHORT, draws=300))
    assert done.draws is not None
    rounds = done.draws.mean.shape[2] // 300
    met = all(has_met(check) for check in (*done.gates.values(), *done.checks) if check)
    assert 1 <= rounds <= ROUNDS and (met or rounds == ROUNDS)


def test_the_worst_series_brings_its_draws_and_their_ranks() -> None:
    done = fit(table())
    assert done.draws is not None and done.data is not None
    worst = worst_series(done)
    assert worst is not None
    sizes = {series: min(gate.bulk, gate.tail) for series, gate in done.gates.items()}
    assert sizes[worst] == min(sizes.values())
    facts = trace_facts(done, worst)
    assert facts["trace_size"] == pytest.approx(sizes[worst])
    counted = facts["trace_ranks"]
    assert isinstance(counted, tuple)
    ranks = [sum(int(count) for count in text.split(",")) for text in counted]
    assert ranks == [done.draws.mean.shape[2]] * 4
    names = list(traces._names(done.data, done.draws, 0))
    assert len(names) == parameters(done.data, done.draws, 0).shape[2]


def test_ranks_are_those_over_all_chains() -> None:
    """Against SciPy's ranks; of a chain that lies above all others, in the last classes only."""
    values = np.random.default_rng(3).normal(size=(4, 200))
    values[3] += 10
    counts = rank_counts(values)
    ranks = (rankdata(values, axis=None).reshape(values.shape) - 1) // 40
    assert counts.tolist() == [[int((row == k).sum()) for k in range(20)] for row in ranks]
    assert counts[3, :15].sum() == 0


def test_the_run_holds_chains_for_halved_and_doubled_priors() -> None:
    assert RUN.chains == len(RUN.scales) and RUN.scales.count(1.0) == CHAINS
