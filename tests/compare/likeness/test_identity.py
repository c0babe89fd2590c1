"""Which cells do the cultured cells resemble: numbers of a plain oracle, verdicts with reasons,
coverage, and own pairs.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import lengths
import numpy as np
import polars as pl
import pytest
from compare_tables import in_words, study
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from exvivo import catalog
from exvivo.arrays import Floats
from exvivo.compare import compare
from exvivo.compare.evidence import UNSTATED
from exvivo.errors import UserMistake
from exvivo.findings import Count, Finding
from exvivo.gather import gather
from exvivo.methods import SIMILARITY_CONTRAST
from exvivo.run import run
from exvivo.study import CellType, Identity, Plan, Study
from exvivo.tables import CLINIC, PROFILES, RESPONSES
from exvivo.tell import Tables, worded
from exvivo.tell.asks import ASKS
from exvivo.tell.sentences import sentence
from exvivo.tell.tables import answers_of
from exvivo.units import SIMILARITY

Rows = list[dict[str, Any]]
WHO = Identity(
    id="who",
    ask="identity",
    cell_type="iMG",
    like="microglia",
    profiles="raw/p.csv",
    references="raw/r.csv",
    scale="log2",
)
CELLS = (CellType(id="iMG", name="induced microglia-like cells"),)
NOT_SAID = (
    "no effect",
    "no difference",
    "significan",
    "prove",
    "proof",
    "cause",
    "because",
    "due to",
    "leads to",
    "trend",
    "confirm",
    "biomarker",
    "predict",
    "influence",
    "nan",
    "none",
    "inf ",
    "null",
    "are microglia",
    "identical",
    "same as",
)


def row(
    role: str, name: str, genes: list[str], values: Floats, scale: str = "log2", **more: Any
) -> dict[str, Any]:
    return {
        "source": f"raw/{role}.csv",
        "sha256": "0",
        "question": "who",
        "role": role,
        "sample": name,
        "genes": genes,
        "values": [None if math.isnan(v) else float(v) for v in values],
        "scale": scale,
    } | more


def cultured(donors: dict[str, Floats], genes: list[str], scale: str = "log2") -> Rows:
    """Samples named donor or donor:name."""
    return [
        row("cultured", name, genes, v, scale, cell_type="iMG", donor=name.split(":")[0])
        for name, v in donors.items()
    ]


def references(
    samples: dict[str, Floats], genes: list[str], scale: str = "log2", donors: tuple[str, ...] = ()
) -> Rows:
    """Samples named CELL:NAME."""
    made = []
    for name, values in samples.items():
        cell, whose = name.split(":")[:2]
        made.append(
            row(
                "reference",
                name,
                genes,
                values,
                scale,
                cell_type=cell,
                donor=whose if whose in donors else None,
            )
        )
    return made


def names_of(n: int) -> list[str]:
    return [f"G{i:03}" for i in range(n)]


def of_donors(names: list[str], *questions: Identity, **changes: Any) -> Study:
    groups = ["FM" if name.startswith("FM") else "HC" for name in names]
    donors = pl.DataFrame(
        {"donor": names, "group": groups}, schema={"donor": pl.String, "group": pl.String}
    )
    given: dict[str, Any] = {"donors": donors, "cell_types": CELLS, "plan": Plan(permutations=999)}
    return study(*(questions or (WHO,)), **(given | changes))


def ask(rows: Rows, names: list[str], question: Identity = WHO, **changes: Any) -> pl.DataFrame:
    of = of_donors(names, question, **changes)
    return in_words(findings_of(rows, of), of)


def findings_of(rows: Rows, of: Study) -> pl.DataFrame:
    return compare(
        RESPONSES.frame(),
        CLINIC.frame(),
        study=of,
        rng=np.random.default_rng(1),
        profiles=PROFILES.frame(rows),
    )


def answers(found: pl.DataFrame) -> Rows:
    return found.filter(part="answer").rows(named=True)


class World:
    """Reference classes that differ gene by gene around a common profile, and cells that mix them;
    no line of exvivo.
    """

    def __init__(
        self,
        seed: int,
        *,
        genes: int = 40,
        classes: tuple[str, ...] = ("microglia", "monocyte", "macrophage"),
    ) -> None:
        self.rng = np.random.default_rng(seed)
        self.genes = names_of(genes)
        self.common = self.rng.normal(7, 3, genes)
        self.means = {name: self.common + self.rng.normal(0, 1.2, genes) for name in classes}
        self.samples = {
            f"{name}:S{i}": mean + self.rng.normal(0, 0.3, genes)
            for name, mean in self.means.items()
            for i in range(3)
        }

    def donor(self, weights: Floats, noise: float = 0.8) -> Floats:
        """A donor's profile: their own mixture of the classes, their own genes, and an offset of
        the whole sample.
        """
        own = self.rng.dirichlet(20 * weights)
        mixed = sum(w * mean for w, mean in zip(own, self.means.values(), strict=True))
        return np.asarray(
            mixed + self.rng.normal(0, noise, len(self.genes)) + self.rng.normal(0, 0.5)
        )

    def donors(self, n: int, weights: Floats) -> dict[str, Floats]:
        return {f"{'FM' if i % 2 else 'HC'}{i:02}": self.donor(weights) for i in range(n)}

    def similarity(self, profile: Floats) -> list[float]:
        """By numpy's own correlation, from the class means of the samples."""
        means = [
            np.mean([v for k, v in self.samples.items() if k.split(":")[0] == name], axis=0)
            for name in self.means
        ]
        centre = np.mean(means, axis=0)
        return [float(np.corrcoef(profile - centre, mean - centre)[0, 1]) for mean in means]

    def contrast(self, profile: Floats, other: str = "monocyte") -> float:
        """Similarity to the first class less that to another."""
        each = self.similarity(profile)
        return each[0] - each[list(self.means).index(other)]


MIXED = np.array([0.6, 0.3, 0.1])


def test_the_numbers_are_those_of_a_plain_calculation() -> None:
    world = World(1)
    donors = world.donors(9, MIXED)
    rows = cultured(donors, world.genes) + references(world.samples, world.genes)
    found = ask(rows, list(donors))
    each = np.array([world.similarity(v) for v in donors.values()])
    assert [f["analyte"] for f in answers(found)] == ["monocyte", "macrophage"]
    for answer, other in zip(answers(found), (1, 2), strict=True):
        values = each[:, 0] - each[:, other]
        oracle = stats.ttest_1samp(values, 0.0)
        interval = oracle.confidence_interval(0.95)
        assert answer["estimate"] == pytest.approx(values.mean())
        assert (answer["lower"], answer["upper"]) == pytest.approx((interval.low, interval.high))
        assert answer["p"] == pytest.approx(oracle.pvalue)
        assert (answer["unit"], answer["assay"], answer["readout"]) == (
            "similarity",
            "expression",
            "expression",
        )
        assert answer["n"] == [
            {"group": "FM", "n": 4, "undetected": 0},
            {"group": "HC", "n": 5, "undetected": 0},
        ]
    p = [f["p"] for f in answers(found)]
    assert [f["p_adjusted"] for f in answers(found)] == pytest.approx(
        [max(2 * min(p), p[i]) if p[i] != min(p) else 2 * p[i] for i in (0, 1)]
    )
    similar = found.filter(
        pl.col("estimand").str.starts_with("similarity to") & (pl.col("part") == "beside")
    )
    for shown, z in zip(similar.rows(named=True), np.arctanh(each).T, strict=True):
        ends = np.tanh(stats.t.interval(0.95, 8, z.mean(), stats.sem(z)))
        assert (shown["estimate"], shown["lower"], shown["upper"]) == pytest.approx(
            (np.tanh(z.mean()), *ends)
        )
    within = found.filter(
        pl.col("estimand").str.starts_with("within patients"), analyte="monocyte"
    ).row(0, named=True)
    mine = [
        values[0] - values[1]
        for name, values in zip(donors, each, strict=True)
        if name.startswith("FM")
    ]
    assert within["estimate"] == pytest.approx(np.mean(mine))


def test_what_all_myeloid_cells_share_does_not_count_but_raises_the_plain_correlation() -> None:
    world = World(2)
    donors = world.donors(8, np.array([0.02, 0.96, 0.02]))
    found = ask(
        cultured(donors, world.genes) + references(world.samples, world.genes), list(donors)
    )
    plain = found.filter(pl.col("estimand").str.starts_with("plain correlation with")).rows(
        named=True
    )
    everything = np.concatenate(list(donors.values()))
    mean = np.mean([v for k, v in world.samples.items() if k.startswith("microglia")], axis=0)
    assert plain[0]["estimate"] == pytest.approx(np.corrcoef(everything, np.tile(mean, 8))[0, 1])
    assert plain[0]["estimate"] > 0.8  # with microglia, though these cells are nearly all monocyte
    between = found.filter(pl.col("estimand").str.contains("with each other"))
    assert between.height == 3
    assert (between["estimate"] > 0.8).all()
    assert between["n"].to_list()[0] == [
        {"group": "microglia", "n": 3, "undetected": 0},
        {"group": "monocyte", "n": 3, "undetected": 0},
    ]
    against = answers(found)[0]
    assert (against["verdict"], against["upper"] < 0) == ("supported", True)
    assert "resemble monocyte more than microglia in the genes compared" in against["sentence"]


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.floats(-5, 5), st.floats(0.2, 4))
def test_a_gene_shift_in_all_classes_and_a_sample_offset_change_nothing(
    seed: int, shift: float, gain: float
) -> None:
    """Adding a gene's own amount everywhere, or an offset to a sample, or scaling all, leaves every
    answer as it is.
    """
    world = World(seed, genes=15)
    donors = world.donors(4, MIXED)
    rows = cultured(donors, world.genes) + references(world.samples, world.genes)
    moved = world.rng.normal(shift, 3, 15)
    others = [
        r | {"values": [gain * (v + m + i) for v, m in zip(r["values"], moved, strict=True)]}
        for i, r in enumerate(rows)
    ]
    quick = Plan(permutations=0)
    plain, again = (
        answers(ask(given, list(donors), plan=quick))
        for given in (
            rows,
            others[: len(donors)]
            + [
                r | {"values": [gain * (v + m) for v, m in zip(r["values"], moved, strict=True)]}
                for r in rows[len(donors) :]
            ],
        )
    )
    for name in ("estimate", "lower", "upper"):
        assert [f[name] for f in again] == pytest.approx([f[name] for f in plain], abs=1e-7)


def test_technical_repeats_are_averaged_and_count_as_one_donor() -> None:
    world = World(3)
    donors = world.donors(5, MIXED)
    first = next(iter(donors))
    split = {f"{first}:a": donors[first] + 0.5, f"{first}:b": donors[first] - 0.5} | {
        k: v for k, v in donors.items() if k != first
    }
    once, twice = (
        ask(cultured(d, world.genes) + references(world.samples, world.genes), list(donors))
        for d in (donors, split)
    )
    for a, b in zip(answers(once), answers(twice), strict=True):
        assert a["estimate"] == pytest.approx(b["estimate"])
        assert a["n"] == b["n"]


def test_each_class_weighs_alike_however_many_samples_it_has() -> None:
    world = World(4)
    donors = world.donors(5, MIXED)
    many = world.samples | {
        f"monocyte:R{i}:{k}": world.samples[f"monocyte:S{i}"] for i in range(3) for k in range(4)
    }
    plain, more = (
        answers(ask(cultured(donors, world.genes) + references(r, world.genes), list(donors)))
        for r in (world.samples, many)
    )
    assert [f["estimate"] for f in more] == pytest.approx([f["estimate"] for f in plain])


def test_counts_become_log2_counts_per_million() -> None:
    world = World(5)
    donors, genes = world.donors(5, MIXED), [*world.genes, "REST"]
    depth = {name: 4.0 + i for i, name in enumerate(donors)}
    counts = {
        name: np.append(np.round(100 * 2**v), depth[name] * 1e6) for name, v in donors.items()
    }
    refs = {name: np.append(np.round(100 * 2**v), 5e6) for name, v in world.samples.items()}
    rows = cultured(counts, genes, "counts") + references(refs, genes, "counts")
    found = ask(rows, list(donors), replace(WHO, scale="counts"))
    cpm = [
        {k: np.log2(1e6 * v / v.sum() + 1) for k, v in table.items()} for table in (counts, refs)
    ]
    expected = ask(cultured(cpm[0], genes) + references(cpm[1], genes), list(donors))
    assert [f["estimate"] for f in answers(found)] == pytest.approx(
        [f["estimate"] for f in answers(expected)]
    )
    sums = [v.sum() / 1e6 for table in (counts, refs) for v in table.values()]
    assert (
        f"log2(CPM + 1) of libraries of {min(sums):.3g} to {max(sums):.3g} million counts"
        in answers(found)[0]["method"]
    )
    assert any("sums over the 41 genes" in warning for warning in answers(found)[0]["warnings"])


def test_a_donors_own_reference_does_not_count_for_that_donor() -> None:
    world = World(6)
    donors = world.donors(4, MIXED)
    own = {
        f"monocyte:{name}": world.means["monocyte"] + world.rng.normal(0, 1, 40) for name in donors
    }
    refs = {k: v for k, v in world.samples.items() if not k.startswith("monocyte")} | own
    found = ask(
        cultured(donors, world.genes) + references(refs, world.genes, donors=tuple(donors)),
        list(donors),
    )
    values = []
    for name, profile in donors.items():
        world.samples = {k: v for k, v in refs.items() if k != f"monocyte:{name}"}
        values.append(world.contrast(profile))
    assert answers(found.filter(analyte="monocyte"))[0]["estimate"] == pytest.approx(
        np.mean(values)
    )


def test_markers_of_a_file_or_of_the_catalog_choose_the_genes() -> None:
    panel = catalog.panels()["human myeloid cells"]
    world = World(7, genes=len(panel.genes) + 30)
    world.genes = [*panel.genes[:-2], *names_of(32)]
    donors = world.donors(5, MIXED)
    rows = cultured(donors, world.genes) + references(world.samples, world.genes)
    by_panel = ask(rows, list(donors), replace(WHO, markers="Human myeloid cells"))
    share = by_panel.filter(pl.col("part") != "robustness", unit="share").row(0, named=True)
    assert share["estimate"] == pytest.approx(1 - 2 / len(panel.genes))
    lacking = ", ".join(panel.genes[-2:])
    assert any(f"could not be compared: {lacking}" in w for w in answers(by_panel)[0]["warnings"])
    listed = {
        **row("markers", "m.csv", [*panel.genes], np.array([])),
        "values": None,
        "scale": None,
    }
    by_file = ask([*rows, listed], list(donors), replace(WHO, markers="raw/m.csv"))
    assert [f["estimate"] for f in answers(by_file)] == [f["estimate"] for f in answers(by_panel)]
    assert [f["estimate"] for f in answers(ask(rows, list(donors)))] != [
        f["estimate"] for f in answers(by_panel)
    ]


def test_genes_not_measured_in_every_sample_or_the_same_in_all_are_left_out_and_counted() -> None:
    world = World(8)
    donors = world.donors(5, MIXED)
    rows = cultured(donors, world.genes) + references(world.samples, world.genes)
    for r in rows:
        r["values"][1] = 3.0
    plain = ask(rows, list(donors))
    rows[2]["values"][0] = None
    found = ask(rows, list(donors))
    said = found.filter(pl.col("part") != "robustness", unit="share").row(0, named=True)["estimand"]
    assert (
        said
        == "share of the 40 genes asked for that were compared, 38 (1 not in both tables or not "
        "measured in every sample; 1 the same in all samples)"
    )
    assert answers(found)[0]["estimate"] != answers(plain)[0]["estimate"]


def broken(**change: Any) -> Rows:
    """The answers where one thing of a sound question is wrong."""
    world = World(
        9, genes=change.pop("genes", 20), classes=change.pop("classes", ("microglia", "monocyte"))
    )
    donors = world.donors(change.pop("n", 5), np.full(len(world.means), 1 / len(world.means)))
    if change.pop("flat", False):
        world.samples = dict.fromkeys(world.samples, world.common)
    if change.pop("alike", False):
        donors = dict.fromkeys(donors, world.samples["microglia:S0"])
    own = [name.lower() for name in world.genes] if change.pop("small", False) else world.genes
    rows = cultured(donors, own) + references(world.samples, world.genes)
    rows = [] if change.pop("empty", False) else rows
    return answers(ask(rows, list(donors), replace(WHO, **change)))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"empty": True}, "there is no profile to answer it with"),
        (
            {"classes": ("microglia",)},
            "all references are of microglia: likeness shows only beside cells of another kind",
        ),
        (
            {"like": "astrocyte"},
            "no reference sample is of astrocyte; there are: microglia, monocyte",
        ),
        ({"n": 2}, "2 donors with a profile; at least 3 are needed"),
        ({"genes": 9}, "9 of the 9 genes asked for are in both tables"),
        ({"small": True}, "(20 would be if capital letters were not told apart)"),
        (
            {"flat": True},
            "in these genes microglia and monocyte differ from the mean of the references in "
            "nothing",
        ),
        ({"alike": True}, "every donor has the same result"),
    ],
)
def test_what_cannot_be_estimated_is_an_answer_with_its_reason(
    change: dict[str, Any], reason: str
) -> None:
    found = broken(**change)
    assert found
    for f in found:
        assert f["verdict"] == "not estimable"
        assert reason in f["reason"]
        assert f["estimate"] is f["p"] is f["p_adjusted"] is None
        assert f["sentence"].endswith(f"cannot be estimated: {f['reason']}.")


def test_one_reference_sample_and_two_classes_are_pointed_out() -> None:
    world = World(10, classes=("microglia", "monocyte"))
    donors = world.donors(5, np.array([0.7, 0.3]))
    refs = {
        k: v
        for k, v in world.samples.items()
        if k in ("microglia:S0", "monocyte:S0", "monocyte:S1")
    }
    found = answers(
        ask(cultured(donors, world.genes) + references(refs, world.genes), list(donors))
    )[0]
    assert any("come from one donor each" in w for w in found["warnings"])
    assert any(
        "with two references, likeness to one is unlikeness to the other" in w
        for w in found["warnings"]
    )


def test_ranges_without_each_donor_and_each_reference_sample() -> None:
    world = World(11)
    donors = world.donors(6, MIXED)
    found = ask(
        cultured(donors, world.genes) + references(world.samples, world.genes), list(donors)
    ).filter(analyte="monocyte")
    firm = found.filter(part="robustness").rows(named=True)
    each = np.array([world.contrast(v) for v in donors.values()])
    without = [np.delete(each, i).mean() for i in range(6)]
    assert (firm[0]["lower"], firm[0]["upper"]) == pytest.approx((min(without), max(without)))
    samples, moved = dict(world.samples), []
    for name in samples:
        world.samples = {k: v for k, v in samples.items() if k != name}
        moved.append(np.mean([world.contrast(v) for v in donors.values()]))
    assert (firm[1]["lower"], firm[1]["upper"]) == pytest.approx((min(moved), max(moved)))
    assert firm[1]["sentence"].startswith(
        "Leaving out one reference sample at a time, the estimate stays within this range"
    )


def test_no_sentence_says_what_the_cells_are() -> None:
    said: list[str] = []
    for seed, weights in (
        (12, (0.9, 0.05, 0.05)),
        (13, (0.05, 0.9, 0.05)),
        (14, (0.34, 0.33, 0.33)),
    ):
        world = World(seed)
        donors = world.donors(6, np.array(weights))
        own = {f"monocyte:{name}": world.donor(np.array([0.1, 0.8, 0.1])) for name in donors}
        rows = cultured(donors, world.genes) + references(
            world.samples | own, world.genes, donors=tuple(donors)
        )
        found = ask(rows, list(donors))
        said += [
            *found["sentence"],
            *itertools.chain(*found["warnings"]),
            *found["method"],
            *found["estimand"],
        ]
        of = of_donors(list(donors))
        text = ASKS["identity"]
        tables = Tables.of({"findings": worded(findings_of(rows, of), of)})
        shown = answers_of(tables.findings)
        said += [
            text.words(WHO, of),
            *text.notes(WHO, of),
            *(text.plain(each.finding, WHO, of) for each in shown),
            text.limits,
        ]
        assert text.figure(WHO, shown, tables, of, "f") is not None
    said += [f["sentence"] for f in broken(n=2)]
    assert len(set(said)) > 60
    for text_ in said:
        assert not any(word in text_.lower() for word in NOT_SAID), text_
        assert "  " not in text_, text_
    for part in (
        "resemble microglia more than monocyte",
        "resemble monocyte more than microglia",
        "is not resolved",
        "cannot be estimated",
    ):
        assert any(part in text_ for text_ in said), part


def test_the_sentence_of_an_answer_only_the_family_takes_away() -> None:
    world = World(15)
    donors = world.donors(6, MIXED)
    of = of_donors(list(donors))
    found = Finding(
        question="who",
        ask="identity",
        family="who",
        assay="expression",
        readout="expression",
        analyte="monocyte",
        estimand=UNSTATED,
        method=SIMILARITY_CONTRAST,
        level=0.95,
        unit=SIMILARITY,
        n=(Count("FM", 6),),
        estimate=0.2,
        lower=0.01,
        upper=0.39,
        verdict="not resolved",
    )
    assert sentence(found, WHO, study=of).endswith(
        "not after correction for all that was asked together."
    )


@pytest.mark.calibration
def test_the_interval_covers_its_truth_at_its_level() -> None:
    """Cells that mix the references: the truth is the mean of a great many donors, by numpy's own
    correlation.
    """
    covered = studies = 0
    for seed, weights in ((21, (0.5, 0.3, 0.2)), (22, (0.8, 0.1, 0.1)), (23, (0.2, 0.5, 0.3))):
        world = World(seed, genes=30)
        many = np.array([world.contrast(world.donor(np.array(weights))) for _ in range(8000)])
        refs = references(world.samples, world.genes)
        of = of_donors([*world.donors(6, np.array(weights))], plan=Plan(permutations=0))
        for _ in range(lengths.studies(120, 10)):
            rows = cultured(world.donors(6, np.array(weights)), world.genes) + refs
            found = compare(
                RESPONSES.frame(),
                CLINIC.frame(),
                study=of,
                rng=np.random.default_rng(1),
                profiles=PROFILES.frame(rows),
            )
            answer = answers(found)[0]
            covered += answer["lower"] <= many.mean() <= answer["upper"]
            studies += 1
    assert abs(covered / studies - 0.95) < 3.3 * (0.95 * 0.05 / studies) ** 0.5, covered / studies


def own_p(seed: int, shared: float, n: int = 7, number: int = 999) -> tuple[float, float]:
    """Estimate and p of own pairs against shuffled pairs; `shared` is how much of a donor is in
    both of their cells.
    """
    world = World(seed)
    names = [f"FM{i}" for i in range(n)]
    donors = {name: world.donor(MIXED, noise=0.0) for name in names}
    own = {}
    for name in names:
        of_donor = world.rng.normal(0, shared, 40)
        donors[name] = donors[name] + of_donor + world.rng.normal(0, 0.8, 40)
        own[f"monocyte:{name}"] = world.means["monocyte"] + of_donor + world.rng.normal(0, 0.8, 40)
    refs = {k: v for k, v in world.samples.items() if not k.startswith("monocyte")} | own
    rows = cultured(donors, world.genes) + references(refs, world.genes, donors=tuple(names))
    found = ask(rows, names, plan=Plan(permutations=number)).filter(
        pl.col("estimand").str.starts_with("likeness of a donor's")
    )
    only = found.row(0, named=True)
    return only["estimate"], only["p_permutation"]


def test_own_pairs_are_held_against_every_other_pairing() -> None:
    """All orders of five donors, counted one by one."""
    world = World(30)
    names = [f"FM{i}" for i in range(5)]
    donors = {name: world.donor(MIXED) for name in names}
    own = {f"monocyte:{name}": 0.5 * world.donor(MIXED) + 0.5 * donors[name] for name in names}
    refs = {k: v for k, v in world.samples.items() if not k.startswith("monocyte")} | own
    found = ask(
        cultured(donors, world.genes) + references(refs, world.genes, donors=tuple(names)), names
    )
    x, y = (np.array(list(table.values())) for table in (donors, own))
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    alike = np.array([[np.corrcoef(a, b)[0, 1] for b in y] for a in x])
    sums = [
        sum(alike[i, j] for i, j in enumerate(order)) for order in itertools.permutations(range(5))
    ]
    shown = found.filter(pl.col("estimand").str.starts_with("likeness of a donor's")).row(
        0, named=True
    )
    others = (alike.sum() - np.trace(alike)) / 20
    assert shown["estimate"] == pytest.approx(np.trace(alike) / 5 - others)
    assert shown["p_permutation"] == pytest.approx(
        np.mean([s >= np.trace(alike) - 1e-9 for s in sums])
    )
    genes = [np.corrcoef(x[:, g], y[:, g])[0, 1] for g in range(40)]
    gene = found.filter(pl.col("estimand").str.starts_with("gene by gene across 5 donors")).row(
        0, named=True
    )
    assert gene["estimate"] == pytest.approx(np.mean(genes))


def test_a_difference_between_groups_is_no_own_pair() -> None:
    """Groups that differ in every gene, in both kinds of cells: own pairs are shuffled within
    groups, so nothing is found.
    """
    p = []
    for seed in range(40):
        world = World(100 + seed)
        names = [f"FM{i}" for i in range(4)] + [f"HC{i}" for i in range(4)]
        apart = world.rng.normal(0, 2, 40)
        of = {name: apart * name.startswith("FM") for name in names}
        donors = {name: world.donor(MIXED) + of[name] for name in names}
        own = {f"monocyte:{name}": world.donor(MIXED) + of[name] for name in names}
        refs = {k: v for k, v in world.samples.items() if not k.startswith("monocyte")} | own
        found = ask(
            cultured(donors, world.genes) + references(refs, world.genes, donors=tuple(names)),
            names,
        )
        p.append(
            found.filter(pl.col("estimand").str.starts_with("likeness of a donor's"))[
                "p_permutation"
            ].item()
        )
    assert (
        sum(value <= 0.05 for value in p) <= 7
    )  # 2 expected; all 40 where pairs are shuffled over groups


@pytest.mark.calibration
def test_own_pairs_err_in_one_study_of_twenty_and_find_shared_donors() -> None:
    number, beside = lengths.studies(400, 40), lengths.studies(200, 30)
    alone = [own_p(seed, 0.0)[1] for seed in range(1000, 1000 + number)]
    assert abs(np.mean([p <= 0.05 for p in alone]) - 0.05) < 3.3 * (0.05 * 0.95 / number) ** 0.5
    assert (
        np.mean(
            [own_p(seed, 0.5)[1] <= 0.05 for seed in range(2000, 2000 + lengths.studies(60, 10))]
        )
        >= 0.9
    )
    beyond = [own_p(seed, 0.0, n=9, number=199)[1] for seed in range(3000, 3000 + beside)]
    assert abs(np.mean([p <= 0.05 for p in beyond]) - 0.05) < 3.3 * (0.05 * 0.95 / beside) ** 0.5


def folder_of(root: Path, question: str) -> Path:
    """A study of nothing but expression, on disk."""
    world = World(40)
    donors = world.donors(6, MIXED)
    (root / "raw").mkdir()
    for name, table in (("p.csv", donors), ("r.csv", world.samples)):
        lines = [
            ["gene", *table],
            *([g, *(f"{v[i]:.6f}" for v in table.values())] for i, g in enumerate(world.genes)),
        ]
        (root / "raw" / name).write_text("\n".join(map(",".join, lines)) + "\n")
    (root / "donors.csv").write_text("donor,group\n" + "".join(f"{d},{d[:2]}\n" for d in donors))
    (root / "study.yaml").write_text(
        "exvivo: 1\ntitle: who\ngroups: [{id: FM, name: patients}, {id: HC, name: controls}]\n"
        "cell_types: [{id: iMG, name: induced microglia-like cells}]\nanalytes: []\nassays: "
        "[]\nplates: []\n"
        f"questions: [{{id: who, ask: identity, {question}}}]\n"
    )
    return root


SOUND = "cell_type: iMG, like: microglia, profiles: raw/p.csv, references: raw/r.csv, scale: log2"


def test_a_study_folder_is_answered_and_its_tables_are_inputs_on_record(tmp_path: Path) -> None:
    result = run(folder_of(tmp_path, SOUND))
    assert answers(result.findings)[0]["verdict"] in ("supported", "not resolved")
    page = result.report.read_text(encoding="utf-8")
    assert "Do the induced microglia-like cells resemble microglia more than other cells?" in page
    assert "raw/p.csv" in page and "raw/r.csv" in page
    assert {"raw/p.csv", "raw/r.csv"} <= {file.path for file in gather(tmp_path).inputs}


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (SOUND.replace("like: microglia, ", ""), ["like"]),
        (SOUND.replace(", scale: log2", ""), ["scale"]),
        (SOUND.replace("scale: log2", "scale: tpm"), ["tpm", "log2"]),
        (SOUND.replace("iMG", "iMAC"), ["cell type `iMAC`"]),
        (
            SOUND.replace("raw/r.csv", "raw/./p.csv"),
            ["raw/./p.csv again", "a file of its own for each table"],
        ),
        (SOUND.replace("raw/p.csv", "/data/p.csv"), ["/data/p.csv", "`profiles: raw/p.csv`"]),
        (
            SOUND + ", markers: human microglial",
            ["panel `human microglial`", "human myeloid cells"],
        ),
        (SOUND + ", markers: raw/m.csv", ["raw/m.csv", "no such file"]),
        (
            SOUND.replace("like: microglia", "like: astrocyte"),
            ["no sample of `astrocyte`", "microglia, monocyte, macrophage"],
        ),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_with_a_cure(
    tmp_path: Path, question: str, parts: list[str]
) -> None:
    with pytest.raises(UserMistake) as caught:
        gather(folder_of(tmp_path, question))
    for part in parts:
        assert part in str(caught.value)


def test_nearer_to_one_is_not_near() -> None:
    world = World(41, classes=("microglia", "monocyte", "B cell"))
    donors = world.donors(5, np.array([0.02, 0.01, 0.97]))
    found = answers(
        ask(cultured(donors, world.genes) + references(world.samples, world.genes), list(donors))
    )
    assert [any("nearer is not near" in w for w in f["warnings"]) for f in found] == [
        True,
        False,
    ]


def test_every_panel_has_genes_and_sources() -> None:
    for panel in catalog.panels().values():
        assert len(set(panel.genes)) == len(panel.genes) > 3
        assert all(gene == gene.upper() for gene in panel.genes)
        assert panel.sources and all(doi.startswith("10.") for doi in panel.sources)
    assert len(catalog.panels()["human myeloid cells"].genes) > 30
