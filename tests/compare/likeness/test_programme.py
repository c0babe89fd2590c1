"""Programmes that cells share by what was done to them: taken out where they are declared, named
where the references show them; with plain formulas, and how often either errs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from exvivo.arrays import Floats
from exvivo.compare.likeness.profiles import Expression, Person, Profiles, with_genes
from exvivo.compare.likeness.programme import programme, towards_corner
from exvivo.compare.likeness.record import Likeness, likeness_of
from exvivo.findings import CAPS, Caveat, Estimand, Finding
from exvivo.study import Identity
from exvivo.units import COEFFICIENT

BLANK = Finding(
    question="who",
    ask="identity",
    family="f",
    assay="expression",
    readout="expression",
    analyte="",
    level=0.95,
    unit=COEFFICIENT,
    n=(),
    estimand=Estimand("similarity", {}),
    cell_type="q",
)


def likeness(
    cells: Floats, references: Mapping[tuple[str, str], Floats], like: str, condition: str = ""
) -> Likeness:
    """A question: `cells` (genes, donors) in a condition, and references (genes, samples) by their
    kind and condition.
    """
    people = tuple(
        Person(kind, None, f"{kind}{of}{i}", "", of)
        for (kind, of), columns in references.items()
        for i in range(columns.shape[1])
    )
    kinds = [kind for kind, _ in references]
    classes = tuple(
        f"{one.cell}, {one.condition}" if one.condition and kinds.count(one.cell) > 1 else one.cell
        for one in people
    )
    genes = tuple(f"G{i}" for i in range(len(cells)))
    donors = tuple(f"D{i}" for i in range(cells.shape[1]))
    whole = (
        Expression(genes, cells, tuple(Person("q", donor, "") for donor in donors)),
        Expression(genes, np.hstack(list(references.values())), people),
    )
    own = np.zeros((len(donors), len(people)), dtype=np.bool_)
    bare = Profiles((), donors, cells, classes, people, whole[1].values, own, 0, whole)
    question = Identity(
        id="who",
        ask="identity",
        cell_type="q",
        like=like,
        profiles="raw/p.csv",
        references="raw/r.csv",
        scale="log2",
        condition=condition,
    )
    groups = np.array([""] * len(donors))
    return likeness_of(question, with_genes(bare, ()), groups, BLANK, alpha=0.05)


class World:
    """Kinds of cells T and M and others, a programme, what the cells' platform adds, and noise."""

    def __init__(
        self, seed: int, genes: int = 400, programme: float = 1.5, platform: float = 0.7
    ) -> None:
        self.rng = np.random.default_rng(seed)
        self.base = self.rng.normal(6, 2, genes)
        self.kinds = {kind: self.rng.normal(0, 1, genes) for kind in "TMBN"}
        self.programme = self.rng.normal(0, programme, genes)
        self.platform = self.rng.normal(0, platform, genes)

    def samples(self, kind: str, active: float = 0.0, number: int = 3) -> Floats:
        """Reference samples of a kind."""
        profile = self.base + self.kinds[kind] + active * self.programme
        return np.asarray(profile[:, None] + self.rng.normal(0, 0.5, (len(profile), number)))

    def cells(self, kind: str, active: float = 0.0) -> Floats:
        """The cultured cells of four donors."""
        return np.asarray(self.samples(kind, active, 4) + self.platform[:, None])


def contrast(own: Likeness, name: str) -> float:
    """The similarity to the asked class less that to another one."""
    return float(own.slopes(name).values.mean())


def answered(own: Likeness, name: str) -> tuple[tuple[Caveat, ...], list[Finding]]:
    return programme(own, name, contrast(own, name))


def undeclared(world: World, cells: Floats, kinds: Sequence[tuple[str, str, float]]) -> Likeness:
    """References of (name, kind, active), nothing declared of any."""
    references = {(name, ""): world.samples(kind, active) for name, kind, active in kinds}
    return likeness(cells, references, kinds[0][0])


ACTIVATED = (("t_rest", "T", 0.0), ("m_active", "M", 1.0), ("m_rest", "M", 0.0))


def test_the_corner_is_a_plain_projection() -> None:
    world = World(1, genes=60)
    own = undeclared(world, world.cells("T", 1), ACTIVATED)
    x = own.profiles.cultured - own.profiles.cultured.mean(axis=0)
    means = np.column_stack(
        [own.profiles.references[:, own.profiles.of(n)].mean(axis=1) for n in own.profiles.names]
    )
    means = means - means.mean(axis=0)
    for n, f, t in permutations(range(3)):
        along = means[:, f] - means[:, t]
        b = [float((x[:, d] - means[:, n]) @ along / (along @ along)) for d in range(4)]
        names = [own.profiles.names[i] for i in (n, f, t)]
        got = towards_corner(own, names[0], names[1], [names[2]])
        np.testing.assert_allclose(got, [np.mean(b)])


def test_activated_cells_nearer_to_other_activated_cells_share_a_programme() -> None:
    world = World(2)
    own = undeclared(world, world.cells("T", 1), ACTIVATED)
    assert contrast(own, "m_active") < 0, "the fault: nearer to m_active"
    (caveat,), findings = answered(own, "m_active")
    shown = {"cell": "m_active", "against": "t_rest", "condition": ""}
    assert caveat == Caveat("shared_programme", {**shown, "of": "m_active", "beyond": "m_rest"})
    assert caveat.code in CAPS and findings == []
    assert answered(own, "m_rest") == ((), []), "T cells rather than resting M: nothing against it"


def test_further_references_and_other_names_change_nothing() -> None:
    world = World(3)
    more = [("R9", "T", 0.0), ("R2", "B", 0.0), ("R4", "M", 1.0), ("R1", "N", 0.0), ("R3", "M", 0)]
    (caveat,), _ = answered(undeclared(world, world.cells("T", 1), more), "R4")
    assert (caveat.facts["of"], caveat.facts["beyond"]) == ("R4", "R3")


def test_resting_cells_of_a_third_kind_show_a_programme_too() -> None:
    """Half of the way to the corner, where kinds are equally far apart; less by what the noise of
    three samples adds to the length of F - T.
    """
    world = World(3, genes=3000)
    own = undeclared(world, world.cells("T", 1), [*ACTIVATED[:2], ("b", "B", 0.0)])
    half = 1 / (2 + 2 * 0.5**2 / 3)
    assert towards_corner(own, "m_active", "t_rest", ["b"])[0] == pytest.approx(half, abs=0.04)
    (caveat,), _ = answered(own, "m_active")
    assert caveat.facts["beyond"] == "b"
    honest = undeclared(world, world.cells("M"), [*ACTIVATED[::2], ("b", "B", 0.0)])
    assert abs(towards_corner(honest, "m_rest", "t_rest", ["b"])[0]) < 0.1


def test_two_references_show_no_programme() -> None:
    world = World(4)
    own = undeclared(world, world.cells("T", 1), ACTIVATED[:2])
    assert answered(own, "m_active") == ((), [])


@pytest.mark.parametrize("close", [False, True])
def test_honest_cells_are_seldom_held_to_share_a_programme(close: bool) -> None:
    """No programme anywhere, a platform of its own, and two further classes as close as CD4 and CD8
    T cells: not one alarm in 60 studies (fewer than 5 % at 95 %).
    """
    alarms = 0
    for seed in range(60):
        world = World(100 + seed, genes=300, platform=1.0)
        if close:
            world.kinds["N"] = world.kinds["B"] + world.rng.normal(0, 0.3, 300)
        honest = [("m", "M", 0.0), ("t", "T", 0.0), ("b", "B", 0.0), ("n", "N", 0.0)]
        own = undeclared(world, world.cells("M"), honest)
        alarms += any(programme(own, name, 1.0)[0] for name in ("t", "b", "n"))
    assert alarms == 0


def test_a_programme_is_seen_wherever_it_decides() -> None:
    """In at least 95 % of the studies of 300 genes where activated T cells are nearer to activated M
    (46 of 46 as made).
    """
    seen = decided = 0
    for seed in range(60):
        world = World(200 + seed, genes=300, platform=1.0)
        own = undeclared(world, world.cells("T", 1), ACTIVATED)
        if contrast(own, "m_active") < 0:
            decided += 1
            seen += bool(answered(own, "m_active")[0])
    assert decided >= 40 and seen >= 0.95 * decided


def declared(
    world: World, kind: str, cells: str, references: Sequence[tuple[str, str]], like: str
) -> Likeness:
    """Cells of a kind in a condition, references of (kind, condition): LPS is the programme."""
    made = {(k, c): world.samples(k, float(c == "LPS")) for k, c in references}
    return likeness(world.cells(kind, float(cells == "LPS")), made, like, cells)


def shared_with(cell: str, against: str) -> Caveat:
    facts = {"cell": cell, "against": against, "condition": "LPS", "of": "", "beyond": ""}
    return Caveat("shared_programme", facts)


def test_one_condition_throughout_is_no_programme() -> None:
    world = World(5)
    for condition in ("", "LPS"):
        references = [("T", condition), ("M", condition)]
        own = declared(world, "T", condition, references, "T")
        assert answered(own, "M") == ((), [])


def test_a_declared_programme_of_cells_and_nearer_class_is_named() -> None:
    own = declared(World(6), "T", "LPS", [("T", ""), ("M", "LPS"), ("B", "")], "T")
    assert answered(own, "M") == ((shared_with("M", "T"),), [])


@pytest.mark.parametrize(("kind", "like", "other"), [("T", "T", "M, LPS"), ("M", "M, LPS", "T")])
def test_likeness_by_the_programme_is_never_supported(kind: str, like: str, other: str) -> None:
    """Of impostors and of true cells alike; beside it stands the contrast without the programme,
    which turns for the impostors alone.
    """
    pair = [("T", ""), ("M", "LPS"), ("M", ""), ("B", "")]
    own = declared(World(7), kind, "LPS", pair, like)
    caveats, (finding,) = answered(own, other)
    assert caveats == (shared_with("M, LPS", "T"),)
    assert finding.method.id == "without_programme" and float(finding.estimate or 0) > 0
    facts = {"like": like, "against": other, "condition": "LPS"}
    assert finding.estimand == Estimand("without_programme", facts)
    assert (contrast(own, other) > 0) == (kind == "M")


@pytest.mark.parametrize(("kind", "sign"), [("T", 1), ("M", -1)])
def test_a_programme_of_the_cells_alone_is_taken_out(kind: str, sign: int) -> None:
    """Both classes at rest: the answer stands where its sign does without the programme."""
    references = [("T", ""), ("M", ""), ("B", ""), ("B", "LPS")]
    own = declared(World(11, programme=0.8), kind, "LPS", references, "T")
    caveats, (finding,) = answered(own, "M")
    assert caveats == () and sign * float(finding.estimate or 0) > 0
    against, _ = programme(own, "M", -contrast(own, "M"))
    missing = {"whose": "q", "condition": "LPS"}
    assert against == (Caveat("programme_without_reference", missing),), "it turns without"


def test_the_condition_of_the_cells_samples_counts() -> None:
    """Declared by a table of samples, not by the question."""
    own = declared(World(6), "T", "LPS", [("T", ""), ("M", "LPS"), ("B", "")], "T")
    cultured, references = own.profiles.whole
    people = tuple(person._replace(condition="LPS") for person in cultured.people)
    by_samples = replace(
        own,
        question=replace(own.question, condition=""),
        profiles=replace(own.profiles, whole=(replace(cultured, people=people), references)),
    )
    assert answered(by_samples, "M") == answered(own, "M") == ((shared_with("M", "T"),), [])


@pytest.mark.parametrize(("active", "named"), [(1.0, True), (0.0, False)])
def test_cells_of_which_nothing_is_declared_may_share_a_declared_programme(
    active: float, named: bool
) -> None:
    """Nearer to the class in LPS than to one at rest: by LPS, of which nobody told, or in spite."""
    world = World(21)
    kinds = [("T", ""), ("M", "LPS"), ("M", ""), ("B", "")]
    references = {(k, c): world.samples(k, float(c == "LPS")) for k, c in kinds}
    cells = world.cells("T" if named else "M", active)
    own = likeness(cells, references, "M, LPS")
    against, (finding,) = programme(own, "T", 1.0)
    missing = Caveat("programme_without_reference", {"whose": "M, LPS", "condition": "LPS"})
    assert against == ((missing,) if named else ()) and finding.method.id == "without_programme"
    alone = likeness(cells, dict(list(references.items())[:2]), "M")
    assert [one.code for one in programme(alone, "T", 1.0)[0]] == ["programme_without_reference"]


def test_likeness_in_spite_of_the_programme_stands() -> None:
    """Cells and the farther class stimulated, the nearer one not."""
    own = declared(World(9, programme=0.5), "T", "LPS", [("T", ""), ("M", "LPS")], "T")
    assert contrast(own, "M") > 0
    assert answered(own, "M") == ((), [])


@pytest.mark.parametrize(("cells", "of_references", "whose"), [("LPS", "", "q"), ("", "LPS", "T")])
def test_a_condition_without_a_reference_of_it_is_named(
    cells: str, of_references: str, whose: str
) -> None:
    references = [("T", of_references), ("M", of_references)]
    own = declared(World(10, programme=0.3), "T", cells, references, "T")
    missing = {"whose": whose, "condition": "LPS"}
    assert answered(own, "M") == ((Caveat("programme_without_reference", missing),), [])


@pytest.mark.parametrize("others", [[("B", "")], [("B", ""), ("B", "LPS")]])
def test_resting_cells_by_a_farther_class_that_is_stimulated(others: list[tuple[str, str]]) -> None:
    own = declared(World(12, programme=3.0), "T", "", [("T", "LPS"), ("M", ""), *others], "T")
    assert contrast(own, "M") < 0, "nearer to M, as only M rests"
    missing = Caveat("programme_without_reference", {"whose": "T", "condition": "LPS"})
    caveats, findings = answered(own, "M")
    assert caveats == (missing,) and len(findings) == len(others) // 2


def test_the_contrast_without_a_programme_by_plain_formulas() -> None:
    """The mean direction of two kinds, taken out of every profile; similarities of what is left."""
    references = [("T", ""), ("T", "LPS"), ("M", ""), ("M", "LPS"), ("B", "")]
    own = declared(World(13, genes=80), "B", "LPS", references, "T")
    _, (finding,) = answered(own, "B")
    p = own.profiles
    means = np.column_stack([p.references[:, p.of(name)].mean(axis=1) for name in p.names])
    t, t_lps, m, m_lps, b = (means[:, i] - means[:, i].mean() for i in range(5))
    way = (t_lps - t + m_lps - m) / 2
    unit = way / np.linalg.norm(way)
    left = [column - unit * (unit @ column) for column in (t, t_lps, m, m_lps, b)]
    centre = np.mean(left, axis=0)
    each = []
    for d in range(p.cultured.shape[1]):
        x = p.cultured[:, d] - p.cultured[:, d].mean()
        x = x - unit * (unit @ x) - centre
        r = [float(np.corrcoef(x, column - centre)[0, 1]) for column in left]
        each.append(r[0] - r[4])
    assert finding.estimate == pytest.approx(np.mean(each))
