"""The truths and counts of `python -m benchmarks identity`: invented cells are what they are said to
be, names say what is plain, and a wrong answer is counted as one.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from numpy.random import default_rng

from benchmarks.identity import PARTS, handed, real, rows
from benchmarks.identity.asking import Answer, Case, asked
from benchmarks.identity.drawn import (
    STIMULUS,
    Class,
    Kind,
    Sample,
    World,
    counted,
    cultured,
    references,
    world,
)
from benchmarks.identity.simulated import Drawn, Outcome, Tally, cells_of, draw, gates, names_of
from benchmarks.identity.words import family_of, kin, told_apart
from benchmarks.row import Row
from calibration import identity
from exvivo.catalog.lineages import lineages


@pytest.fixture(scope="module")
def of() -> World:
    return world(default_rng(3), gates(), genes=6000)


def answer(
    like: str = "", against: str = "", estimate: float | None = 0.5, verdict: str = "supported"
) -> Answer:
    return Answer(like, against, estimate, None, None, verdict, frozenset({"gate_not_possible"}))


def test_genes_of_a_gate_stand_high_in_their_lineage_alone(of: World) -> None:
    at = {gene: i for i, gene in enumerate(of.genes)}
    for name in sorted(of.gated):
        places = [at[gene] for gene in lineages()[name].genes]
        for kind in of.kinds:
            mean = of.mean(kind)
            rank = np.median([(mean < mean[i]).mean() for i in places])
            assert (rank > 0.97) == (kind.lineage == name), (name, kind)


def test_a_stimulus_moves_all_lineages_alike_and_each_otherwise(of: World) -> None:
    moved = np.array(list(of.stimulated.values()))
    related = np.corrcoef(moved)[np.triu_indices(len(moved), 1)]
    assert related.min() > 0.3
    assert related.max() < 0.98


def test_series_have_shifts_and_one_series_alone_has_none(of: World) -> None:
    def spread(series: int) -> float:
        drawn = references(of, default_rng(1), [Class(of.kinds[0])], donors=40, series=series)
        logs = np.array([sample.log for sample in drawn])
        mine = np.array([sample.batch for sample in drawn])
        means = [
            logs[mine == batch].mean(axis=0)
            for batch in dict.fromkeys(drawn[i].batch for i in range(series))
        ]
        return float(np.std(means[0] - means[-1]))

    assert spread(1) == 0
    assert spread(2) > 0.1


def test_counts_are_whole_and_no_gene_is_a_whole_sample(of: World) -> None:
    log = of.mean(of.kinds[0]).copy()
    log[0] = 40
    (column,) = counted(default_rng(1), [Sample(log, "x", "x", "x")], log2=False)
    assert (column.values == np.rint(column.values)).all()
    assert column.values[0] < 0.2 * column.values.sum()
    logs = counted(default_rng(1), [Sample(log, "x", "x", "x")], log2=True)[0].values
    assert (2**logs - 1).sum() == pytest.approx(1e6, rel=1e-3)


def test_truth_is_the_tree(of: World) -> None:
    first, second = (Kind(f"m {letter}", "m") for letter in "ab")
    other, far = Kind("t a", "t"), Kind("b a", "b")
    drawn = Drawn(of, Class(first), Class(second), Class(other), 3, True, True, 2)
    assert drawn.truth(Class(first), Class(second)) == Class(first)
    assert drawn.truth(Class(other), Class(second)) == Class(second)
    assert drawn.truth(Class(other), Class(far)) is None
    assert drawn.impostor(Class(other), Class(far))
    assert not drawn.impostor(Class(other), Class(second))


def test_an_answer_is_possible_where_the_programme_is_not_that_of_the_nearer_class_alone(
    of: World,
) -> None:
    mine, other = next(k for k in of.kinds if k.lineage in of.gated), of.kinds[-1]
    on = Drawn(of, Class(mine, STIMULUS), Class(mine), Class(other), 3, True, True, 2)
    rest, stimulated = Class(mine), Class(mine, STIMULUS)
    assert on.possible(stimulated, Class(other, STIMULUS), ())
    assert on.possible(rest, Class(other, STIMULUS), ())
    assert not on.possible(stimulated, Class(other), (stimulated, rest, Class(other)))
    assert not on.possible(rest, Class(other), (rest, Class(other)))
    assert on.possible(rest, Class(other), (rest, stimulated, Class(other)))


def test_wrong_right_and_claimed_impostors_are_counted(of: World) -> None:
    mine = next(kind for kind in of.kinds if kind.lineage in of.gated)
    others = [kind for kind in of.kinds if kind.lineage != mine.lineage]
    drawn = Drawn(of, Class(mine), Class(mine), Class(others[0]), 3, True, True, 2)
    pair, far = (Class(mine), Class(others[0])), (Class(others[0]), Class(others[1]))

    def told(classes: tuple[Class, Class], estimate: float, verdict: str) -> Tally:
        names = [one.kind.name for one in classes]
        counts = Tally()
        counts.add(
            Outcome(drawn, ((answer(names[0], names[1], estimate, verdict), *classes, ()),)),
            "a test",
        )
        return counts

    right, wrong = told(pair, 0.4, "supported"), told(pair, -0.4, "supported")
    assert (right.right, right.possible, right.wrong) == (1, 1, 0)
    assert (wrong.right, wrong.possible, wrong.wrong) == (0, 1, 1)
    assert told(pair, -0.4, "not resolved").wrong == 0
    claimed = told(far, 0.4, "supported")
    assert (claimed.impostors, claimed.claimed_impostors, claimed.wrong) == (1, 1, 1)
    assert told(far, 0.4, "not resolved").wrong == 0


def test_a_kind_in_two_conditions_has_them_in_its_name(of: World) -> None:
    kind, other = of.kinds[:2]
    classes = [Class(kind), Class(kind, STIMULUS), Class(other, STIMULUS)]
    assert list(names_of(classes, declared=True).values()) == [
        kind.name,
        f"{kind.name}, {STIMULUS}",
        other.name,
    ]


def test_an_invented_study_is_asked(of: World) -> None:
    drawn = draw(default_rng(5))
    case, pair = cells_of(default_rng(5), drawn)
    assert pair == [drawn.like, drawn.other]
    assert len(case.cultured[0].values) == len(case.genes)
    kinds = [of.kinds[0], of.kinds[-1]]
    samples = references(of, default_rng(1), [Class(kind) for kind in kinds])
    mine = cultured(of, default_rng(2), kinds[0], donors=4)
    told = asked(
        Case(
            "a test",
            of.genes,
            counted(default_rng(3), mine, log2=True),
            counted(default_rng(4), samples, log2=True),
            (kinds[0].name,),
        )
    )
    assert [(one.like, one.against) for one in told] == [(kinds[0].name, kinds[1].name)]
    assert told[0].nearer == kinds[0].name


@pytest.mark.parametrize(
    ("name", "family", "lineage"),
    [
        ("CD4Tnaive", "CD4 T cells", "T"),
        ("T_cells_CD8", "CD8 T cells", "T"),
        ("microglia_macrophage", "macrophages", "myeloid"),
        ("M2", "macrophages", "myeloid"),
        ("CD14+ Monocyte", "monocytes", "myeloid"),
        ("moDC", "dendritic cells", "myeloid"),
        ("NKcells", "NK cells", "NK"),
        ("B_lymphocytes", "B cells", "B"),
        ("CAFs", "fibroblasts", "fibroblastic"),
    ],
)
def test_names_say_what_is_plain(name: str, family: str, lineage: str) -> None:
    assert family_of(name) == (family, lineage)


@pytest.mark.parametrize(
    "name", ["MDSCs", "pDC", "glioma_malignant", "whole blood", "NKT", "plasma"]
)
def test_names_of_mixtures_say_nothing(name: str) -> None:
    assert family_of(name) is None


def test_lymphocytes_are_kin_and_yet_b_cells_are_told_from_t_cells() -> None:
    assert kin("T", "NK")
    assert not told_apart("T", "NK")
    assert kin("T", "B")
    assert told_apart("T", "B")
    assert not kin("T", "myeloid")


def test_scales_of_plain_tables_are_told_apart() -> None:
    counts = np.array([[3.0, 40.0], [997.0, 9960.0]])
    assert real.log2_of(counts)[0] == pytest.approx(np.log2([3001, 4001]), abs=1e-4)
    tpm = np.array([[0.25, 12.5], [80.5, 3.5]])
    assert real.log2_of(tpm) == pytest.approx(np.log2(tpm + 1), abs=1e-4)
    logs = np.array([[0.0, 14.2], [3.3, 7.0]])
    assert (real.log2_of(logs) == logs).all()
    assert (real.log2_of(np.array([[-100.0, 90.0]])) == [[-100.0, 90.0]]).all()


def test_impostors_and_true_cells_of_a_plain_table(tmp_path: Path) -> None:
    rng = default_rng(1)
    genes = [f"G{i}" for i in range(1200)]
    means = {kind: rng.gamma(0.5, 60, 1200) for kind in ("monocyte", "macrophage", "CD8")}
    names = [f"{kind}:s{i}" for kind in means for i in range(4)]
    numbers = [means[name.partition(":")[0]] * rng.gamma(9, 1 / 9, 1200) for name in names]
    lines = [",".join(["symbol", *names])]
    lines += [
        ",".join([gene, *(f"{column[i]:.3f}" for column in numbers)])
        for i, gene in enumerate(genes)
    ]
    (tmp_path / "table.csv.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    (tmp_path / "notes.txt").write_text("no table", encoding="utf-8")
    (table,) = real.tables_of(tmp_path)
    assert table.lineage == {"monocyte": "myeloid", "macrophage": "myeloid", "CD8": "T"}
    cases = list(real.cases_of([table]))
    impostors = [case for case in cases if case.impostor]
    assert {case.case.cultured[0].cell for case in impostors} == {"CD8"}
    assert {column.cell for column in impostors[0].case.references} == {"monocyte", "macrophage"}
    true = next(case for case in cases if case.case.cultured[0].cell == "monocyte")
    assert true.case.likes == ("monocyte",)
    mine = {column.donor for column in true.case.cultured}
    assert not mine & {column.donor for column in true.case.references}
    found = real.Found()
    found.add(true, [answer("monocyte", "CD8", -0.2), answer("monocyte", "macrophage", -0.2)])
    assert (found.true, found.nearest, found.wrong, found.contrasts) == (1, 0, 1, 1)
    found.add(impostors[0], [answer("monocyte", "macrophage", 0.3)])
    assert (found.impostors, found.claimed) == (1, 1)


def test_right_answers_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "right.csv").write_text(
        "case,question,against,verdict,codes\na,who,t_cell,,gate_not_possible;x\nb,,,refused,\n",
        encoding="utf-8",
    )
    first, second = handed.rights_of(tmp_path)
    assert first == handed.Right("a", "who", "t_cell", "not supported", ("gate_not_possible", "x"))
    held = handed.Told((("who", answer("m", "t_cell", 0.2, "not resolved")),))
    assert len(handed.wrong(held, [first])) == 1
    assert handed.wrong(held, [handed.Right("a", "who", codes=("gate_not_possible",))]) == []
    assert len(handed.wrong(held, [handed.Right("a", "other")])) == 1
    assert handed.wrong(handed.Told(refused="no"), [second]) == []
    assert len(handed.wrong(handed.Told(refused="no"), [first])) == 1


def test_parts_are_named() -> None:
    with pytest.raises(SystemExit, match=f"no part speeds; the parts are: {', '.join(PARTS)}"):
        rows(parts=["speeds"])


def test_the_page_of_calibration_says_what_does_not_hold() -> None:
    rows = [
        Row(what="one", value=95.5, unit="%", bar=">= 90"),
        Row(what="other", value=1.25, unit="% of 80", bar="<= 1"),
        Row(what="beside", value=3, unit="%"),
    ]
    assert identity.page(rows, "abc").splitlines()[-3:] == [
        "| one | 95.5 % | >= 90 | yes |",
        "| other | 1.25 % of 80 | <= 1 | **no** |",
        "| beside | 3 % |  |  |",
    ]
