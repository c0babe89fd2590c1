"""Targets written in two ways: a stop where donors would lose results, else a flag."""

from __future__ import annotations

from pathlib import Path

import pytest
from twin_plates import DONORS, cqs, study, table

from exvivo.errors import UserMistake
from exvivo.flag import Look
from exvivo.flag.plates import references_on_other_plates
from exvivo.flag.wells import targets_that_look_alike
from exvivo.gather import Gathered, gather
from exvivo.tables import ASSAYS, QUANTITIES, RESPONSES


def told(folder: Path) -> str:
    with pytest.raises(UserMistake) as caught:
        gather(folder)
    return str(caught.value)


def look_at(gathered: Gathered) -> Look:
    return Look(
        study=gathered.study,
        wells=gathered.wells,
        quantities=QUANTITIES.frame(),
        assays=ASSAYS.frame(),
        responses=RESPONSES.frame(),
    )


def two_files(folder: Path, assay: str = "cycles: 40, cq: vendor", **names: str) -> Path:
    return study(folder, {"a.csv": table(cqs()), "b.csv": table(cqs(0.317, **names))}, assay=assay)


@pytest.mark.parametrize("name", ["Tnf", "\u0422NF", "TNF\u200b", "\uff34NF", "T-NF"])
def test_donors_who_would_lose_a_result_are_a_stop(tmp_path: Path, name: str) -> None:
    text = told(two_files(tmp_path, target=name))
    assert "unlike TNF only in" in text and "raw/b.csv, A1, A3" in text
    assert "6 samples (a1, b1, c1, d1, e1 and 1 more) with no other well of TNF" in text
    assert ": TNF}`" in text


@pytest.mark.parametrize("name", ["TNFa", "TNF-alpha", "tnf α"])
def test_another_name_of_the_catalog_is_a_stop_too(tmp_path: Path, name: str) -> None:
    text = told(two_files(tmp_path, target=name))
    assert f"target {name}, another name of TNF: 6 samples" in text
    mapped = f"cycles: 40, cq: vendor, targets: {{{name}: TNF}}"
    wells = gather(two_files(tmp_path / "mapped", mapped, target=name)).wells
    assert wells.filter(analyte="TNF").height == 12


def test_a_reference_written_otherwise_is_a_stop(tmp_path: Path) -> None:
    text = told(two_files(tmp_path, reference="Ref"))
    assert "target Ref, unlike REF only in case" in text and "targets:" not in text


def test_a_name_that_no_file_writes_as_the_study_does(tmp_path: Path) -> None:
    files = {"a.csv": table(cqs(target="IL-1ß"))}
    text = told(study(tmp_path, files, analytes="[{id: IL-1B}]"))
    assert "IL-1ß, unlike IL-1B only in letters that look alike and case" in text


def test_a_name_that_the_study_maps_is_none(tmp_path: Path) -> None:
    mapped = "cycles: 40, cq: vendor, targets: {Tnf: TNF}"
    wells = gather(two_files(tmp_path, mapped, target="Tnf")).wells
    assert wells.filter(analyte="TNF").height == 12


@pytest.mark.parametrize(("name", "own"), [("IL-1A", "IL-1B"), ("CCL3", "CCL4"), ("TNFR", "TNF")])
def test_other_genes_are_not_taken_for_one(tmp_path: Path, name: str, own: str) -> None:
    files = {"a.csv": table(cqs(target=own)), "b.csv": table(cqs(0.317, target=name))}
    wells = gather(study(tmp_path, files, analytes=f"[{{id: {own}}}]")).wells
    assert wells.filter(analyte=own).height == 6


def test_a_second_gene_beside_the_first_is_flagged_and_not_refused(tmp_path: Path) -> None:
    """Mouse Tnf beside human TNF in each sample: no donor loses a result."""
    both = cqs() | {f"B{i + 1}": ("Tnf", 30.1 + 0.2 * i) for i, _ in enumerate(DONORS)}
    rows = "well,role,donor\n" + "".join(
        f"A{2 * i + 1},sample,{d}0\nA{2 * i + 2},sample,{d}0\nB{i + 1},sample,{d}0\n"
        for i, d in enumerate(DONORS)
    )
    gathered = gather(study(tmp_path, {"a.csv": table(both)}, layouts={"Q1": rows}))
    (flag,) = targets_that_look_alike(look_at(gathered))
    assert flag.what == "target Tnf, unlike TNF only in case (6 wells)"


def test_a_layout_that_writes_otherwise_than_the_file(tmp_path: Path) -> None:
    rows = "well,role,donor,target\n" + "".join(
        f"A{2 * i + 1},sample,{d}0,Tnf\nA{2 * i + 2},sample,{d}0,\n" for i, d in enumerate(DONORS)
    )
    text = told(study(tmp_path, {"a.csv": table(cqs())}, layouts={"Q1": rows}))
    assert "target Tnf, where raw/a.csv says TNF: unlike only in case" in text


def curves(last: int, first: int = 1) -> str:
    lines = ["Cycle,A1,A2"]
    for cycle in range(first, last + 1):
        lines.append(f"{cycle},{0.1 + 0.01 * cycle:.3f},{0.2 + 0.013 * cycle:.3f}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("first", "last", "ok"), [(1, 40, True), (0, 39, True), (1, 35, False), (1, 45, False)]
)
def test_cycles_that_contradict_the_curves_are_refused(
    tmp_path: Path, first: int, last: int, ok: bool
) -> None:
    rows = "well,role,donor,target\nA1,sample,a0,TNF\nA2,sample,a0,REF\n"
    folder = study(
        tmp_path, {"a.csv": curves(last, first)}, assay="cycles: 40", layouts={"Q1": rows}
    )
    if ok:
        assert gather(folder).wells.height == 2
    else:
        text = told(folder)
        assert f"curves of {last} cycles (plate Q1)" in text and "take `cycles` out" in text


def test_genes_and_references_on_different_plates_are_noted(tmp_path: Path) -> None:
    genes = {w: cq for w, cq in cqs().items() if cq[0] == "TNF"}
    references = {w: cq for w, cq in cqs().items() if cq[0] == "REF"}
    rows = "well,role,donor\n" + "".join(
        f"A{2 * i + k},sample,{d}0\n" for i, d in enumerate(DONORS) for k in (1, 2)
    )
    apart = {"a.csv": table(genes), "b.csv": table(references)}
    for files, count in ((apart, 1), ({"a.csv": table(cqs())}, 0)):
        layouts = {"Q1": rows, "Q2": rows}
        gathered = gather(study(tmp_path / str(count), files, layouts=layouts))
        noted = [one.row for one in references_on_other_plates(look_at(gathered))]
        assert noted == ["mrna TNF: plates Q1"] * count


def test_an_efficiency_stated_of_a_look_alike_is_refused(tmp_path: Path) -> None:
    """It would serve nothing, and the default would be taken in its place."""
    assay = "cycles: 40, cq: vendor, efficiency: {Tnf: {value: 1.95, sd: 0.02}}"
    text = told(study(tmp_path, {"a.csv": table(cqs())}, assay=assay))
    assert "target Tnf, unlike TNF only in case" in text and "write TNF under `efficiency`" in text
    gather(study(tmp_path / "right", {"a.csv": table(cqs())}, assay=assay.replace("Tnf", "TNF")))


def test_the_nearest_of_several_names_is_told(tmp_path: Path) -> None:
    assay = "cycles: 40, cq: vendor, targets: {IL-1β: IL1B}"
    files = {"a.csv": table(cqs(target="IL-1β")), "b.csv": table(cqs(0.3, target="IL-1ϐ"))}
    text = told(study(tmp_path, files, assay=assay, analytes="[{id: IL1B}]"))
    assert "target IL-1ϐ, unlike IL-1β only in the form of letters" in text
    assert "`targets: {IL-1ϐ: IL1B}`" in text
