"""The numbers of identity are those of a plain oracle, and stay the same where nothing was changed
that matters.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from likeness_worlds import (
    MIXED,
    WHO,
    World,
    answers,
    ask,
    cultured,
    names_of,
    references,
    row,
    whole,
)

from exvivo import catalog
from exvivo.compare.likeness.profiles import profiles_of
from exvivo.study import Plan
from exvivo.tables import PROFILES


def test_the_numbers_are_those_of_a_plain_calculation() -> None:
    world = World(1)
    donors = world.donors(9, MIXED)
    rows = cultured(donors, world.genes) + references(world.samples, world.genes)
    found = ask(rows, list(donors))
    each = np.array([world.similarity(v) for v in donors.values()])
    assert [f["analyte"] for f in answers(found)] == ["monocyte", "macrophage"]
    for answer, other in zip(answers(found), (1, 2), strict=True):
        values = each[:, 0] - each[:, other]
        assert answer["estimate"] == pytest.approx(values.mean(), abs=1e-10)
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
    similar = found.filter(pl.col("estimand").str.ends_with(", 40 genes"))
    assert similar.height == 3
    for shown, z in zip(similar.rows(named=True), np.arctanh(each).T, strict=True):
        assert shown["estimate"] == pytest.approx(np.tanh(z.mean()), abs=1e-10)
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
    rows = cultured(donors, world.genes) + references(world.samples, world.genes)
    found = ask(whole(rows), list(donors))
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


def test_what_silent_genes_are_called_in_either_table_changes_nothing() -> None:
    world = World(4)
    donors = world.donors(4, MIXED)
    rows = whole(cultured(donors, world.genes) + references(world.samples, world.genes))
    moved = [
        r | {"values": [v + 0.7 for v in r["values"]]} if r["role"] == "cultured" else r
        for r in rows
    ]
    once, again = (ask(given, list(donors)) for given in (rows, moved))
    for name in ("estimate", "lower", "upper"):
        assert again[name].to_list() == pytest.approx(once[name].to_list(), abs=1e-9)


def test_a_donor_cultured_in_two_conditions_is_one_donor() -> None:
    world = World(3)
    donors = world.donors(4, MIXED)
    first = next(iter(donors))
    again = {f"{first}:LPS": donors[first]}
    rows = cultured(donors, world.genes) + references(world.samples, world.genes)
    treated = [r | {"condition": "LPS"} for r in cultured(again, world.genes)]
    once, twice = (ask(whole(given), list(donors)) for given in (rows, rows + treated))
    for a, b in zip(answers(once), answers(twice), strict=True):
        assert (a["n"], a["donors"]) == (b["n"], b["donors"])
    people = profiles_of(PROFILES.frame(rows + treated), ()).whole[0].people
    assert {person.condition for person in people} == {"resting, LPS"}
    two = {name: donors[name] for name in list(donors)[:2]}
    rows = cultured(two, world.genes) + references(world.samples, world.genes) + treated
    assert {f["verdict"] for f in answers(ask(rows, list(two)))} == {"not estimable"}


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
