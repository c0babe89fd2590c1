"""Reference genes from wells to figures, and whether the error carried for them covers the
truth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pytest
from keyed_figures import Key, keyed

from exvivo.quantify.qpcr import quantify_qpcr
from exvivo.study import Analyte, Efficiency, Group, Plate, Qpcr, Stimulus, Study
from exvivo.tables import WELLS


def study_of(genes: Sequence[str], *, groups: Sequence[str] = ("FM", "HC"), **given: Any) -> Study:
    assay = Qpcr(
        id="mrna",
        kind="qpcr",
        references=tuple(genes),
        cq="vendor",
        default_efficiency=Efficiency(value=2.0, sd=0.0),
        **given,
    )
    return Study(
        exvivo=1,
        title="a test",
        groups=tuple(Group(id=group, name=group) for group in groups),
        analytes=(Analyte(id="TNF"),),
        stimuli=(Stimulus(id="none", name="nothing", control=True), Stimulus(id="ATP", name="ATP")),
        assays=(assay,),
        plates=(Plate(id="Q1", assay="mrna", layout="Q1.csv", file="raw/Q1.rdml"),),
    )


def well(target: str, level: float, **given: Any) -> dict[str, object]:
    """A well with a log2 amount; every efficiency is 2 unless the study says otherwise."""
    return {
        "source": "raw/Q1.rdml",
        "sha256": "0",
        "block": "run",
        "plate": "Q1",
        "channel": target,
        "kind": "cq",
        "value": 36.0 - level,
        "censor": "none",
        "unit": "cycles",
        "assay": "mrna",
        "readout": "mRNA",
        "role": "sample",
        "dilution": 1.0,
        "analyte": "TNF" if target == "TNF" else None,
        "visit": "1",
        **given,
    }


def run(rows: list[dict[str, object]], study: Study) -> tuple[pl.DataFrame, pl.DataFrame]:
    named = WELLS.frame([{"well": f"W{i}", **row} for i, row in enumerate(rows)])
    (assay,) = study.assays
    assert isinstance(assay, Qpcr)
    return quantify_qpcr(named, study=study, assay=assay)


def figures(rows: list[dict[str, object]], study: Study) -> dict[Key, float]:
    row = run(rows, study)[1].filter(kind="reference")
    return keyed(row["figures"][0])


def donors(
    levels: Mapping[str, Sequence[float]], answer: Mapping[str, Sequence[float]]
) -> list[dict[str, object]]:
    """Wells of donors D0, D1, ... with the levels of each gene unstimulated, and what ATP adds."""
    rows = []
    for i in range(len(next(iter(levels.values())))):
        whose = {"donor": f"D{i}", "group": "FM" if i % 2 else "HC"}
        rows += [well(gene, values[i], stimulus="none", **whose) for gene, values in levels.items()]
        rows += [
            well(gene, v[i] + answer.get(gene, v)[i], stimulus="ATP", **whose)
            for gene, v in levels.items()
            if gene in answer
        ]
    return rows


LEVELS = {
    "ACT": [14.0, 14.2, 13.9, 14.1],
    "UBC": [12.0, 12.2, 11.9, 12.1],
    "TNF": [5.0, 6.0, 5.5, 5.2],
}
NOTHING = (0.0, 0.0, 0.0, 0.0)


def test_a_gene_that_answers_to_the_stimulus_moves_against_the_other() -> None:
    added = {"ACT": [0.9, 1.1, 1.0, 1.0], "UBC": NOTHING, "TNF": NOTHING}
    found = figures(donors(LEVELS, added), study_of(["ACT", "UBC"]))
    error = np.std(added["ACT"], ddof=1) / 2
    assert found["shift", "ACT", "ATP"] == pytest.approx(1.0) and found[
        "shift", "UBC", "ATP"
    ] == pytest.approx(-1.0)
    assert found["shift_upper", "ACT", "ATP"] == pytest.approx(1.0 + 2.353363 * error, abs=1e-5)
    assert found["shift_lower", "UBC", "ATP"] == pytest.approx(-found["shift_upper", "ACT", "ATP"])
    assert (
        found["shift_donors", "ACT", "ATP"],
        found["shift_within", "ACT", "ATP"],
        found["shift_moves", "ACT", "ATP"],
    ) == (4, 0, 1)
    assert found["raw_shift", "ACT", "ATP"] == pytest.approx(1.0) and found[
        ("raw_shift", "UBC", "ATP")
    ] == pytest.approx(0.0)
    assert (
        found["shift", "ACT", "FM", "HC"] == pytest.approx(0.0)
        and found["shift_within", "ACT", "FM", "HC"] == 1
    )


def test_the_amount_of_cdna_is_no_movement() -> None:
    more = [2.0, -1.0, 3.0, 1.5]
    found = figures(
        donors(LEVELS, {"ACT": more, "UBC": more, "TNF": more}), study_of(["ACT", "UBC"])
    )
    assert (
        found["shift", "ACT", "ATP"] == pytest.approx(0.0, abs=1e-12)
        and found["shift_within", "ACT", "ATP"] == 1
    )
    assert found["raw_shift", "ACT", "ATP"] == pytest.approx(np.mean(more))
    assert found["genorm_m", "ACT"] == pytest.approx(0.0, abs=1e-9)


def test_a_gene_that_differs_between_groups_is_seen_and_the_margin_is_the_studys() -> None:
    levels = LEVELS | {"UBC": [12.0, 12.9, 11.9, 12.8]}
    rows = donors(levels, {})
    found = figures(rows, study_of(["ACT", "UBC"]))
    assert (
        found["shift", "UBC", "FM", "HC"] == pytest.approx(0.7)
        and found["shift_moves", "UBC", "FM", "HC"] == 1
    )
    assert (
        figures(rows, study_of(["ACT", "UBC"], reference_margin=1.0))[
            "shift_within", "UBC", "FM", "HC"
        ]
        == 1
    )
    turned = figures(rows, study_of(["ACT", "UBC"], groups=("HC", "FM")))
    assert turned["shift", "UBC", "HC", "FM"] == pytest.approx(-0.7)


def test_one_reference_is_judged_by_its_own_level_and_not_between_groups() -> None:
    found = figures(
        donors(LEVELS, {"ACT": [0.2, 0.3, 0.2, 0.3], "TNF": NOTHING}), study_of(["ACT"])
    )
    assert (
        found["shift", "ACT", "ATP"] == pytest.approx(0.25)
        and found["shift_within", "ACT", "ATP"] == 1
    )
    names = [str(key if isinstance(key, str) else key[0]) for key in found]
    assert not any(name.startswith(("raw_", "genorm", "instability")) for name in names)
    assert not any(key[2:] == ("FM", "HC") for key in found)


def test_samples_are_paired_within_their_plate_and_plates_averaged_within_the_donor() -> None:
    rows = []
    for plate, offset in (("Q1", 0.0), ("Q2", 5.0)):
        for donor, shift in (("D0", 0.4), ("D1", 0.8)):
            whose = {"plate": plate, "donor": donor, "group": "FM"}
            rows += [
                well("ACT", 14 + offset, stimulus="none", **whose),
                well("UBC", 12, stimulus="none", **whose),
            ]
            if (plate, donor) != ("Q2", "D1"):
                rows += [
                    well("ACT", 14 + offset + shift, stimulus="ATP", **whose),
                    well("UBC", 12, stimulus="ATP", **whose),
                ]
    found = figures(rows, study_of(["ACT", "UBC"]))
    assert (
        found["shift", "ACT", "ATP"] == pytest.approx(0.6)
        and found["shift_donors", "ACT", "ATP"] == 2
    )


def test_genes_on_plates_of_their_own_are_put_together_by_sample() -> None:
    rows = donors(LEVELS, {"ACT": [0.1, 0.2, 0.3, 0.2], "UBC": NOTHING, "TNF": NOTHING})
    apart = [row | {"plate": f"Q{row['channel']}"} for row in rows]
    assert figures(apart, study_of(["ACT", "UBC"]))["shift", "ACT", "ATP"] == pytest.approx(0.2)


def test_only_complete_samples_enter() -> None:
    rows = donors(LEVELS, {"ACT": NOTHING, "UBC": NOTHING, "TNF": NOTHING})
    lost = [
        *rows,
        well("ACT", 14.0, donor="D9", group="FM", stimulus="none"),
        well("TNF", 5.0, donor="D9", group="FM", stimulus="none"),
    ]
    one, other = figures(rows, study_of(["ACT", "UBC"])), figures(lost, study_of(["ACT", "UBC"]))
    assert other["stability_samples"] == one["stability_samples"] == 8
    assert (
        other["genorm_m", "ACT"] == one["genorm_m", "ACT"]
        and other["samples_without_reference"] == 1
    )


def test_candidates_are_ranked_and_never_used() -> None:
    rng = np.random.default_rng(8)
    amount = rng.normal(0, 1, 24)
    sds = {"ACT": 0.5, "UBC": 0.5, "HPRT": 0.05, "TBP": 0.05}
    levels: dict[str, Sequence[float]] = {
        gene: (12 + amount + rng.normal(0, sd, 24)).tolist() for gene, sd in sds.items()
    }
    levels |= {"TNF": (5 + amount).tolist()}
    rows = donors(levels, {})
    rows.append(well("RARE", 3.0, donor="D0", group="FM", stimulus="none"))
    found, study = figures(rows, study_of(["ACT", "UBC"])), study_of(["ACT", "UBC"])
    marked = [key[1] for key in found if key[0] == "candidate"]
    assert marked == ["HPRT", "TBP"]
    assert (
        found["panel_rank", "HPRT"] == found["panel_rank", "TBP"] == 1
        and found["best_pair", "TBP"] == 1
    )
    assert found["best_pair_m"] < 0.2 < found["references_m"] == found["genorm_m", "UBC"]
    assert {("genorm_v", "2/3"), ("genorm_v", "3/4")} <= set(found) and found[
        "normfinder_groups"
    ] == 2
    assert found["normfinder", "HPRT"] < found["normfinder", "ACT"]
    without = [row for row in rows if row["channel"] in ("ACT", "UBC", "TNF")]
    with_them, alone = (
        run(some, study)[0].sort("donor").select("donor", "value", "shared")
        for some in (rows, without)
    )
    assert with_them.equals(alone)


@dataclass(frozen=True)
class Truth:
    """A study drawn for this file alone: levels, what genes do on their own, wells."""

    donors: int
    genes: int = 2
    own_sd: float = 0.12
    well_sd: float = 0.10

    def draw(
        self, rng: np.random.Generator
    ) -> tuple[list[dict[str, object]], Study, dict[tuple[str, str], float]]:
        genes = [f"R{i}" for i in range(self.genes)]
        stated = {
            gene: Efficiency(value=float(rng.uniform(1.85, 2.0)), sd=0.0)
            for gene in ("TNF", *genes)
        }
        per_cycle = {gene: math.log2(e.value) for gene, e in stated.items()}
        rows, truth = [], {}
        for donor in range(self.donors):
            for stimulus in ("none", "ATP"):
                target, amount = rng.normal(6 + 2 * (stimulus == "ATP"), 1.0), rng.normal(0, 0.4)
                truth[f"D{donor}", stimulus] = target - 12
                levels = {"TNF": target + amount}
                levels |= {
                    gene: 12 + amount + own
                    for gene, own in zip(genes, rng.normal(0, self.own_sd, self.genes), strict=True)
                }
                for gene, level in levels.items():
                    for _ in range(2):
                        cq = (36 - level) / per_cycle[gene] + rng.normal(0, self.well_sd)
                        whose = {
                            "donor": f"D{donor}",
                            "group": "FM" if donor % 2 else "HC",
                            "stimulus": stimulus,
                        }
                        rows.append(well(gene, level, **whose) | {"value": cq})
        return rows, study_of(genes, efficiency=stated), truth


def off_and_sd(truth: Truth, rng: np.random.Generator) -> pl.DataFrame:
    """Of every target well: how far its value is off, and its error with and without what genes do
    on their own.
    """
    rows, study, true = truth.draw(rng)
    quantities, _ = run(rows, study)
    return pl.DataFrame(
        [
            {
                "sample": f"{row['donor']} {row['stimulus']}",
                "off": row["value"] - true[row["donor"], row["stimulus"]],
                "all": row["sd"] ** 2 + sum(s["loading"] ** 2 for s in row["shared"]),
                "wells": row["sd"] ** 2
                + sum(s["loading"] ** 2 for s in row["shared"] if s["key"].startswith("ref:")),
                "reference": sum(
                    s["loading"] ** 2
                    for s in row["shared"]
                    if s["key"].startswith(("ref:", "genes:"))
                ),
            }
            for row in quantities.iter_rows(named=True)
        ]
    )


@pytest.mark.parametrize(
    "truth", [Truth(12), Truth(24), Truth(18, genes=3)], ids=["24 samples", "48 samples", "3 genes"]
)
def test_intervals_of_a_sample_cover_the_truth(truth: Truth) -> None:
    rng = np.random.default_rng(20)
    drawn = pl.concat([off_and_sd(truth, rng) for _ in range(40)])
    covered = {
        part: (drawn["off"].abs() < 1.96 * drawn[part].sqrt()).mean() for part in ("all", "wells")
    }
    assert 0.93 <= float(str(covered["all"])) <= 0.97
    assert float(str(covered["wells"])) < 0.91  # the scatter of replicate wells alone is not enough


def test_the_error_of_the_mean_of_references_is_the_one_that_is_made() -> None:
    """The variance of the reference mean: wells (0.1 cycles, 2 wells) and genes (0.12 log2), both
    over two genes.
    """
    rng = np.random.default_rng(21)
    drawn = pl.concat([off_and_sd(Truth(24), rng) for _ in range(40)])
    cycle = np.mean([math.log2(e) ** 2 for e in np.linspace(1.85, 2.0, 200)])
    made = 0.12**2 / 2 + 0.10**2 * cycle / 4
    assert float(str(drawn["reference"].mean())) == pytest.approx(made, rel=0.1)
    means = (
        drawn.with_columns(study=pl.int_range(pl.len()) // 96)
        .group_by("study", "sample", maintain_order=True)
        .agg(pl.col("off").mean())
    )
    assert float(str(means["off"].var())) == pytest.approx(made + 0.10**2 * cycle / 2, rel=0.1)


def test_genes_without_a_life_of_their_own_carry_next_to_none() -> None:
    rng = np.random.default_rng(22)
    found = [
        figures(rows, study).get("instability", 0.0)
        for rows, study, _ in (Truth(24, own_sd=0.0).draw(rng) for _ in range(10))
    ]
    assert np.mean(found) < 0.02


def test_the_error_of_genes_is_one_for_all_wells_of_a_sample() -> None:
    rows, study, _ = Truth(6).draw(np.random.default_rng(1))
    quantities, _ = run(rows, study)
    keys = [
        [s["key"] for s in shared if s["key"].startswith("genes:")]
        for shared in quantities["shared"].to_list()
    ]
    samples = quantities.select(pl.concat_str("donor", "stimulus")).to_series().to_list()
    assert all(len(key) == 1 for key in keys)
    assert (
        len({key[0] for key in keys})
        == 12
        == len({(key[0], sample) for key, sample in zip(keys, samples, strict=True)})
    )
    few, study, _ = Truth(3).draw(np.random.default_rng(1))
    assert not any(
        s["key"].startswith("genes:")
        for shared in run(few, study)[0]["shared"].to_list()
        for s in shared
    )
