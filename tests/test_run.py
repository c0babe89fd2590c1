"""The whole way: the model study from files to a report, twice; and what a mistake leaves
behind.
"""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import exvivo
from exvivo.errors import ReadError, StoreError, StudyError, UserMistake
from exvivo.gather import gather
from exvivo.simulate import ModelStudy, model_study, write
from exvivo.store import File, read_table, study_hash
from exvivo.tables import ALL, WORDED


@pytest.fixture(scope="module")
def folder(demo: exvivo.Result) -> Path:
    return demo.report.parents[1]


@pytest.fixture(scope="module")
def result(demo: exvivo.Result) -> exvivo.Result:
    return demo


def everything(folder: Path) -> dict[str, bytes]:
    """The files of a folder but the page of the record, which has dates."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != "record.html"
    }


def test_tnf_is_found_and_every_table_keeps_its_rules(result: exvivo.Result) -> None:
    answers = result.findings.filter(part="answer", question="more_tnf")
    assert answers["verdict"].to_list() == ["supported", "supported"]
    assert (answers["lower"] > 0).all()
    for table in ({t.name: t for t in (*ALL, WORDED)}).values():
        if table.name in result.tables:
            assert result.tables[table.name].schema == table.schema
    assert "supported" in result._repr_html_()


def test_the_donor_is_the_unit(result: exvivo.Result) -> None:
    counted = result.findings.explode("n").unnest("n", separator="_")
    assert counted.filter(pl.col("n_group") == "FM")["n_n"].drop_nulls().max() == 14
    assert counted.filter(pl.col("n_group") == "HC")["n_n"].drop_nulls().max() == 10


def test_results_are_on_record_and_on_disk(folder: Path, result: exvivo.Result) -> None:
    assert result.report == folder / "results" / "report.html"
    assert "Simulated data" in result.report.read_text(encoding="utf-8")
    assert exvivo.verify(folder) == ()
    for name, frame in result.tables.items():
        assert read_table(name, folder=folder / "results" / "tables").equals(frame)


def test_the_same_files_give_the_same_bytes(
    folder: Path, result: exvivo.Result, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("results", "exvivo.sqlite*"))
    exvivo.run(copy)
    assert everything(copy / "results") == everything(folder / "results")


def test_another_seed_of_the_permutations_changes_only_what_it_may(
    folder: Path, result: exvivo.Result, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("results", "exvivo.sqlite*"))
    text = (copy / "study.yaml").read_text(encoding="utf-8")
    assert "plan: {" in text
    (copy / "study.yaml").write_text(text.replace("plan: {", "plan: {seed: 2, "), encoding="utf-8")
    other = exvivo.run(copy).findings
    drawn = ["p_permutation", "p_adjusted"]
    assert other.drop(drawn).equals(result.findings.drop(drawn))
    corrected = [f["p_adjusted"].drop_nulls().to_numpy() for f in (result.findings, other)]
    assert np.abs(corrected[0] - corrected[1]).max() < 6 * np.sqrt(2 * 0.25 / 9999)
    associations = pl.col("ask") == "association"
    mine, theirs = (
        f.filter(associations)["p_permutation"].drop_nulls().to_numpy()
        for f in (result.findings, other)
    )
    assert not np.array_equal(corrected[0], corrected[1])
    assert np.abs(mine - theirs).max() < 6 * np.sqrt(2 * 0.25 / 9999)


def test_without_noise_the_known_truth_comes_back(tmp_path: Path) -> None:
    virtual = model_study(
        dataclasses.replace(ModelStudy(), noise=0.0), rng=np.random.default_rng(2)
    )
    write(virtual, tmp_path)
    found = (
        exvivo.run(tmp_path)
        .responses.filter(estimand="response", on="amount", censor="none")
        .drop_nulls("value")
    )
    truth = virtual.truth.responses.select("donor", "assay", "analyte", "response")
    both = found.join(truth, on=["donor", "assay", "analyte"], validate="1:1")
    assert both.height > 150
    off = np.abs((both["value"] - both["response"]).to_numpy())
    assert off.max() < 0.12  # rounding of the standards' curve and of 24-bit fluorescence, no noise
    assert np.median(off) < 0.02


def test_a_study_hash_is_what_sha256sum_prints() -> None:
    import hashlib

    files = (File("b", "22", 1), File("a", "11", 2))
    assert study_hash(files) == hashlib.sha256(b"11  a\n22  b\n").hexdigest()


def test_every_input_is_hashed_once(folder: Path) -> None:
    found = gather(folder)
    paths = [file.path for file in found.inputs]
    assert len(paths) == len(set(paths))
    raw = {str(p.relative_to(folder)) for p in (folder / "raw").rglob("*") if p.is_file()}
    assert raw <= set(paths)
    assert {"study.yaml", "donors.csv", "clinic.csv"} <= set(paths)


def test_progress_names_the_steps(folder: Path) -> None:
    steps: list[str] = []
    gather(folder, progress=steps.append)
    assert steps == ["reading the study", *(f"reading plate {p}" for p in ("Q1", "Q2", "B1", "B2"))]


def spoil(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text, f"{file} no longer holds {old!r}"
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_mistakes_of_several_files_come_at_once(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("results", "exvivo.sqlite*"))
    (copy / "raw" / "Q1.rdml").write_bytes(b"PK\x03\x04 cut short")
    (copy / "raw" / "B1" / "A1.fcs").write_bytes(
        (copy / "raw" / "B1" / "A1.fcs").read_bytes()[:3000]
    )
    lines = (copy / "clinic.csv").read_text(encoding="utf-8").splitlines()
    lines[-1] = lines[-1].rsplit(",", 1)[0] + ",9999"
    (copy / "clinic.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    before = everything(copy)
    with pytest.raises(UserMistake) as raised:
        exvivo.run(copy)
    places = " ".join(mistake.where for mistake in raised.value.mistakes)
    assert all(name in places for name in ("clinic.csv", "raw/Q1.rdml", "raw/B1/A1.fcs"))
    assert isinstance(raised.value, StudyError)
    assert everything(copy) == before


def test_mistakes_of_layouts_do_not_hide_those_of_files(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("results", "exvivo.sqlite*"))
    spoil(copy, "plates/Q2.csv", "FM", "XX")
    spoil(copy, "study.yaml", "RPLP0", "GAPDH")
    lines = (copy / "clinic.csv").read_text(encoding="utf-8").splitlines()
    lines[-1] = lines[-1].rsplit(",", 1)[0] + ",9999"
    (copy / "clinic.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(StudyError) as raised:
        gather(copy)
    told = [str(mistake) for mistake in raised.value.mistakes]
    for place in ("plates/Q2.csv:", "clinic.csv:", "study.yaml:"):
        assert any(text.startswith(place) for text in told), (place, told)
    line = next(
        i
        for i, text in enumerate((copy / "study.yaml").read_text().splitlines(), 1)
        if "GAPDH" in text
    )
    assert any(text.startswith(f"study.yaml:{line}\n  found     reference GAPDH") for text in told)
    (copy / "raw" / "B1" / "A1.fcs").write_bytes(b"no FCS file")
    with pytest.raises(StudyError) as raised:
        gather(copy)
    assert any(mistake.where == "raw/B1/A1.fcs" for mistake in raised.value.mistakes)


def test_a_copy_of_a_file_under_another_name_is_a_mistake(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("results", "exvivo.sqlite*"))
    shutil.copy(copy / "raw" / "B1" / "A1.fcs", copy / "raw" / "B1" / "B3.fcs")
    with pytest.raises(
        ReadError, match=r"raw/B1/B3\.fcs\n  found     the same bytes as raw/B1/A1\.fcs"
    ):
        gather(copy)


def test_one_slip_in_many_files_is_told_once(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("results", "exvivo.sqlite*"))
    spoil(copy, "study.yaml", "reporter: PE-A", "reporter: FITC-A")
    with pytest.raises(ReadError) as raised:
        gather(copy)
    assert len(raised.value.mistakes) > 50
    assert str(raised.value).count("to fix") == 1
    assert "raw/B1/A1.fcs" in str(raised.value) and "more\n" in str(raised.value)


def test_results_of_someone_else_stop_a_run_before_it_begins(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("results", "exvivo.sqlite*"))
    (copy / "results").mkdir()
    (copy / "results" / "manuscript.docx").write_text("mine")
    before = everything(copy)
    steps: list[str] = []
    with pytest.raises(StoreError, match=r"results/manuscript\.docx"):
        exvivo.run(copy, progress=steps.append)
    assert everything(copy) == before and "quantifying" not in steps


def test_a_file_that_cannot_be_read_is_a_read_error(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("results", "exvivo.sqlite*"))
    (copy / "raw" / "Q2.rdml").write_bytes(b"not an instrument file at all")
    with pytest.raises(ReadError, match=r"raw/Q2\.rdml"):
        exvivo.run(copy)
    assert not (copy / "exvivo.sqlite").exists()


def test_curves_in_a_file_of_their_own_tell_the_cycles_that_the_cq_file_does_not(
    tmp_path: Path,
) -> None:
    for name in ("plates", "raw"):
        (tmp_path / name).mkdir()
    (tmp_path / "study.yaml").write_text(
        "exvivo: 1\ntitle: t\ngroups: [{id: a, name: a}]\nanalytes: [{id: TNF}]\n"
        "assays: [{id: mrna, kind: qpcr, references: [UBC], cq: vendor}]\n"
        "plates: [{id: Q, assay: mrna, layout: plates/Q.csv, file: raw/cq.csv, curves: "
        "raw/curves.csv}]\n"
    )
    (tmp_path / "donors.csv").write_text("donor,group\nD,a\n")
    (tmp_path / "plates" / "Q.csv").write_text("well,role,donor\nA1,sample,D\nA2,sample,D\n")
    (tmp_path / "raw" / "cq.csv").write_text("well,target,cq\nA1,TNF,\nA2,UBC,20.25\n")
    lines = "".join(
        f"{cycle},{0.5 + cycle / 1000},{0.5 + 2.0 ** (cycle - 25)}\n" for cycle in range(1, 39)
    )
    (tmp_path / "raw" / "curves.csv").write_text(f"cycle,A1,A2\n{lines}")
    wells = gather(tmp_path).wells.filter(kind="cq")
    assert wells.filter(channel="TNF")["lower"].to_list() == [38.0]


def test_an_analyte_asked_about_and_not_in_any_file_is_a_mistake(
    folder: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "study"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("results", "exvivo.sqlite*"))
    text = (copy / "study.yaml").read_text(encoding="utf-8")
    (copy / "study.yaml").write_text(
        text.replace("references: [RPLP0, UBC]", "references: [RPLP0, UBC], targets: {TNF: IL6}")
    )
    with pytest.raises(
        StudyError, match=r"analyte TNF.*: no well of it in any file of mrna"
    ) as caught:
        gather(copy)
    assert "targets: {NAME IN THE FILE: TNF}" in str(caught.value)
