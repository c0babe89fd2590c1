"""Own pairs beside a control kind of the same donors: what a person does to all cells is no
likeness of kind.
"""

from __future__ import annotations

from itertools import product

import lengths
import numpy as np
import polars as pl
import pytest
from likeness_worlds import MIXED, World, ask, cultured, references

from exvivo.arrays import Floats, Texts
from exvivo.compare.likeness.beyond import Beyond, beyond
from exvivo.compare.likeness.own_pairs import own_pairs
from exvivo.compare.likeness.profiles import Expression, Person, Profiles

GENES = 200
NAMES = ("near", "control")


def profiles(cells: Floats, kinds: list[Floats]) -> Profiles:
    """Cells and references of the same donors, a column a donor."""
    donors = tuple(f"D{i:02}" for i in range(cells.shape[1]))
    pairs = product(NAMES[: len(kinds)], donors)
    people = tuple(Person(name, donor, "") for name, donor in pairs)
    genes = tuple(f"G{i:03}" for i in range(len(cells)))
    values = np.hstack(kinds)
    return Profiles(
        genes=genes,
        donors=donors,
        cultured=cells,
        classes=tuple(person.cell for person in people),
        people=people,
        references=values,
        own=np.hstack([np.eye(len(donors), dtype=np.bool_)] * len(kinds)),
        asked=len(genes),
        whole=(Expression(genes, cells, ()), Expression(genes, values, people)),
    )


def family(
    rng: np.random.Generator,
    n: int,
    *,
    kind: float = 0.0,
    noise: tuple[float, float] = (1.0, 1.0),
    scale: float = 1.0,
) -> Profiles:
    """Donors whose genotype and batch reach a tenth of the genes of all their cells, with `kind` in
    the cells and the near kind alone; the control's noise and scale may be its own.
    """

    def drawn() -> Floats:
        return rng.normal(size=(GENES, n))

    person = 2 * drawn() * (rng.random((GENES, 1)) < 0.1)
    shared = kind * drawn()
    near = person + shared + noise[0] * drawn()
    return profiles(person + shared + drawn(), [near, scale * (person + noise[1] * drawn())])


def held(of: Profiles, groups: Texts, number: int = 199) -> Beyond:
    found = beyond(of, NAMES, groups, alpha=0.05, number=number, seed=1)
    assert found is not None
    return found


def one_group(n: int) -> Texts:
    return np.array(["FM"] * n)


def above(seeds: int, n: int, groups: Texts, **how: float | tuple[float, float]) -> tuple[int, int]:
    """In how many studies the interval lies above 0, and p is at most .05."""
    rng = np.random.default_rng(len(groups))
    found = [held(family(rng, n, **how), groups) for _ in range(seeds)]  # type: ignore[arg-type]
    return (
        sum(each.estimate.lower > 0 for each in found),
        sum((each.p or 0.0) <= 0.05 for each in found),
    )


@pytest.mark.parametrize(
    ("groups", "how"),
    [
        (one_group(6), {}),
        (np.array(["FM", "HC"] * 3), {}),
        (one_group(6), {"noise": (0.7, 1.5)}),
        (one_group(6), {"scale": 0.5}),
        (one_group(14), {}),
    ],
    ids=["six", "two groups", "control with more noise", "control of less spread", "drawn"],
)
def test_a_person_shared_by_all_kinds_is_no_likeness_of_kind(
    groups: Texts, how: dict[str, float | tuple[float, float]]
) -> None:
    """Of correlations alone, a control with more noise is claimed in 95 % of studies; of inner
    products alone, one of less spread in 92 %.
    """
    studies = lengths.studies(1000, 120)
    apart, low = above(studies, len(groups), groups, **how)
    assert apart / studies <= 0.025 + 3.3 * (0.025 * 0.975 / studies) ** 0.5
    assert low / studies <= 0.05 + 3.3 * (0.05 * 0.95 / studies) ** 0.5


def test_a_person_alone_makes_own_pairs_and_a_kind_goes_beyond_them() -> None:
    rng, groups = np.random.default_rng(3), one_group(7)
    alone = own_pairs(family(rng, 7), "control", groups, number=199, seed=1)
    assert alone is not None and alone.p is not None and alone.p <= 0.05
    assert above(30, 7, groups, kind=0.8)[0] >= 27


def test_every_exchange_of_the_two_kinds_is_counted_one_by_one() -> None:
    groups = np.array(["FM", "FM", "FM", "HC", "HC"])
    of = family(np.random.default_rng(4), 5, kind=0.3)
    near, control = np.split(of.references, 2, axis=1)
    observed, all_of_them = readings(of, groups), []
    for which in product([False, True], repeat=5):
        kinds = [np.where(which, control, near), np.where(which, near, control)]
        all_of_them.append(readings(profiles(of.cultured, kinds), groups))
    found = held(of, groups)
    assert found.estimate.estimate == pytest.approx(observed[0])
    as_high = np.array(all_of_them) >= np.array(observed) - 1e-9
    assert found.p == pytest.approx(as_high.mean(axis=0).max())
    assert found.floor == 1 / 32
    both = [own_pairs(of, name, groups, number=0, seed=1) for name in NAMES]
    excess = [each.own - each.others for each in both if each is not None]
    assert found.estimate.estimate == pytest.approx(excess[0] - excess[1])


def readings(of: Profiles, groups: Texts) -> list[float]:
    """Own pairs less other pairs with the one kind less those with the other: of Pearson's r, and
    of inner products on one scale; donor by donor.
    """
    cells, *kinds = (
        less_means(table, groups) for table in (of.cultured, *np.split(of.references, 2, axis=1))
    )
    squares = [np.mean(np.square(table).sum(axis=0)) for table in kinds]
    scale = float(np.prod(squares)) ** 0.25
    made = []
    for r in (True, False):
        excess = []
        for table in kinds:
            columns = [y / (np.linalg.norm(y) if r else scale) for y in table.T]
            excess.append(own_less_others(cells, columns, groups))
        made.append(excess[0] - excess[1])
    return made


def own_less_others(cells: Floats, columns: list[Floats], groups: Texts) -> float:
    each = []
    for j, y in enumerate(columns):
        alike = [float(x @ y / np.linalg.norm(x)) for x in cells.T]
        others = [alike[i] for i in range(len(alike)) if i != j and groups[i] == groups[j]]
        each.append(alike[j] - float(np.mean(others)))
    return float(np.mean(each))


def less_means(table: Floats, groups: Texts) -> Floats:
    table = table - table.mean(axis=0)
    for group in set(groups.tolist()):
        table[:, groups == group] -= table[:, groups == group].mean(axis=1, keepdims=True)
    return table


def test_without_three_donors_of_both_kinds_nothing_is_said() -> None:
    of = family(np.random.default_rng(5), 4)
    assert beyond(of, NAMES, np.array(["FM", "FM", "HC", ""]), alpha=0.05, number=9, seed=1) is None
    flat = profiles(of.cultured, [of.references[:, :4], np.ones((GENES, 4))])
    assert beyond(flat, NAMES, one_group(4), alpha=0.05, number=9, seed=1) is None
    asked = beyond(of, NAMES, one_group(4), alpha=0.05, number=0, seed=1)
    assert asked is not None and asked.p is None


def own_of(kinds: tuple[str, ...]) -> pl.DataFrame:
    """A study whose donors gave the cells and some reference kinds."""
    world = World(31)
    names = [f"FM{i}" for i in range(5)]
    donors = {name: world.donor(MIXED) for name in names}
    own = {f"{kind}:{name}": world.donor(MIXED) for kind, name in product(kinds, names)}
    kept = {k: v for k, v in world.samples.items() if k.split(":")[0] not in kinds}
    rows = cultured(donors, world.genes) + references(kept | own, world.genes, donors=tuple(names))
    return ask(rows, names)


def test_own_pairs_without_a_control_kind_show_the_person_and_say_so() -> None:
    alone = own_of(("monocyte",))
    pairs = alone.filter(pl.col("estimand").str.starts_with("likeness of a donor's"))
    assert pairs.height == 1
    assert "own pairs show the person" in " ".join(pairs["warnings"].explode().to_list())
    both = own_of(("monocyte", "microglia"))
    said = both.filter(pl.col("estimand").str.contains("their own"))
    assert said["warnings"].list.len().sum() == 0
    beside = said.filter(pl.col("estimand").str.contains("beyond that to their own monocyte"))
    row = beside.row(0, named=True)
    assert beside.height == 1, "of two classes once, the asked one first"
    assert row["analyte"] == "microglia" and row["lower"] < row["estimate"] < row["upper"]
    assert row["p_permutation"] is not None and row["donors"] == [f"FM{i}" for i in range(5)]
