"""Own pairs: are cells more like the same donor's own references?"""

from __future__ import annotations

import itertools

import lengths
import numpy as np
import polars as pl
import pytest
from likeness_worlds import MIXED, World, ask, cultured, references

from exvivo.study import Plan


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
