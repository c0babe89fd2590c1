"""The record of a folder from run to run: kept texts, the page, the terminal, locks and looks."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import exvivo
from exvivo import record, store
from exvivo.cli import main

ANALYTES = ("TNF", "IL6", "IL10", "CXCL8", "IL1B")
STUDY = """exvivo: 1
title: "an invented study"
groups: [{{id: A, name: group A}}, {{id: B, name: group B}}]
analytes: [{{id: TNF}}, {{id: IL6}}, {{id: IL10}}, {{id: CXCL8}}, {{id: IL1B}}]
assays: [{{id: protein, kind: results, readout: protein, unit: pg/mL}}]
plates: [{{id: P0, assay: protein, layout: plates/P0.csv, file: raw/P0.csv}}]
plan: {{declared: {declared}, permutations: 99}}
questions:
  - {{id: q, ask: difference, groups: [A, B], assays: [protein], analytes: [{analytes}]{margin}}}
"""


def write_study(
    folder: Path,
    *,
    declared: str = "2026-01-05",
    analytes: tuple[str, ...] = ANALYTES,
    margin: str = "",
) -> None:
    folder.mkdir(exist_ok=True)
    text = STUDY.format(declared=declared, analytes=", ".join(analytes), margin=margin)
    (folder / "study.yaml").write_text(text)


def write_data(folder: Path, donors: int) -> None:
    """Donors of two groups in turn, and a table of their results in the manner of a laboratory."""
    names = [f"D{i:02d}" for i in range(donors)]
    values = 2 ** np.random.default_rng(1).normal(6, 0.5, (24, 5))
    tables = {
        "donors.csv": ["donor,group", *(f"{n},{'AB'[i % 2]}" for i, n in enumerate(names))],
        "plates/P0.csv": ["well,role,donor", *(f"{n},sample,{n}" for n in names)],
        "raw/P0.csv": [
            f"well,{','.join(ANALYTES)}",
            *(
                f"{n},{','.join(f'{value:.3f}' for value in row)}"
                for n, row in zip(names, values, strict=False)
            ),
        ],
    }
    for name, lines in tables.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("\n".join(lines) + "\n")


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(main, list(arguments))
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def hacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that was run three times: with five analytes and 12 donors; with a margin and 24
    donors; with one analyte and the date set back.
    """
    folder = tmp_path_factory.mktemp("hacked") / "study"
    write_study(folder)
    write_data(folder, 12)
    exvivo.run(folder)
    write_study(folder, margin=", margin: 0.7")
    write_data(folder, 24)
    exvivo.run(folder)
    write_study(folder, analytes=("CXCL8",), margin=", margin: 0.7", declared="2019-01-01")
    exvivo.run(folder)
    return folder


TOLD = (
    "q: 5 analytes → 1 (CXCL8), a margin added (0.7)",
    "the date of declaring 2026-01-05 → 2019-01-01",
    "12 → 24 donors",
)


def test_a_margin_added_a_family_cut_and_a_date_set_back_stand_on_the_page(hacked: Path) -> None:
    page = (hacked / "results" / "record.html").read_text("utf-8")
    assert "Run 3; since run 1:" in page
    assert all(words in page for words in TOLD)
    assert "declared on 2019-01-01; 2 earlier runs are on record here" in page
    assert "looked at 2 times while donors were added (12 and 24 donors)" in page
    assert "in 8.3 %" in page


def test_the_report_says_what_the_study_states_and_links_the_record(hacked: Path) -> None:
    report = (hacked / "results" / "report.html").read_text("utf-8")
    assert 'href="record.html"' in report
    assert "The study states that its questions were declared on 2019-01-01" in report
    assert "written down on" not in report and "before the results" not in report
    assert "Not locked: no row of the record says" in report


def test_every_text_and_result_of_every_run_is_kept(hacked: Path) -> None:
    entries = store.entries(hacked, but=())
    assert [entry.kind for entry in entries] == ["run"] * 3
    for entry in entries:
        assert {"study.yaml", "donors.csv", "plates/P0.csv"} <= set(entry.texts)
        assert {"results/report.html", "results/tables/findings.parquet"} <= set(entry.texts)
        assert not entry.gone
    assert entries[-1].texts["study.yaml"] == (hacked / "study.yaml").read_bytes()
    with closing(sqlite3.connect(hacked / "exvivo.sqlite")) as connection:
        kept = connection.execute("SELECT count(*) FROM contents").fetchone()[0]
    named = [sha for entry in entries for sha in entry.facts["texts"].values()]
    assert kept == len(set(named)) < len(named), "the same bytes are kept once"


def test_history_and_compare_say_the_same_on_the_terminal(hacked: Path) -> None:
    listed = printed("history", str(hacked))
    assert all(words in listed for words in TOLD)
    head = store.entries(hacked)[-1].hash
    assert f"Head of the record: {head}" in listed
    assert json.loads(printed("history", str(hacked), "--json"))["head"] == head
    last = printed("compare", str(hacked))
    assert "From run 2" in last and "a margin added" not in last
    whole = printed("compare", str(hacked), "first", "last")
    assert "q: a margin added (0.7)" in whole and "D23: new (B)" in whole
    facts = json.loads(printed("compare", str(hacked), "1", "--json"))
    assert facts["donors"] == [12, 24]
    result = CliRunner().invoke(main, ["compare", str(hacked), "7"])
    assert result.exit_code == 2 and "a number from 1 to 3" in result.output


def test_the_page_is_no_stranger_and_is_written_again_where_it_is_missing(
    hacked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = hacked / "results" / "record.html"
    before = page.read_text("utf-8")
    assert store.verify(hacked) == ()
    assert all(file.path != "results/record.html" for file in store.last_run(hacked).outputs)  # type: ignore[union-attr]
    page.unlink()
    printed("history", str(hacked))
    assert page.read_text("utf-8") == before
    assert record.page_state(hacked) == "right"
    page.write_text(before.replace("a margin added", "nothing added"), "utf-8")
    assert record.page_state(hacked) == "changed"
    verified = CliRunner().invoke(main, ["verify", str(hacked)])
    assert verified.exit_code == 2 and "changed output  results/record.html" in verified.output
    page.write_text(before.replace("exvivo 0", "exvivo 9"), "utf-8")
    assert record.page_state(hacked) == "unknown"
    verified = CliRunner().invoke(main, ["verify", str(hacked)])
    assert verified.exit_code == 2, "this version made the last run"
    record.write_page(hacked)
    monkeypatch.setattr(record, "__version__", "9")
    assert "another version of exvivo wrote it" in printed("verify", str(hacked))


def test_a_page_that_an_earlier_row_gave_is_old_and_not_changed(hacked: Path) -> None:
    """A command that is cut short between its row and the page."""
    page = hacked / "results" / "record.html"
    store.record_decision(hacked, "keep", {"does": "adds"}, {"decision": b'{"reason": "seen <b>"}'})
    assert record.page_state(hacked) == "old"
    assert printed("verify", str(hacked)).startswith("All stands")
    assert record.page_state(hacked) == "right"
    assert "reason: seen &lt;b&gt;" in page.read_text("utf-8")
    assert "reason: seen <b>" in printed("history", str(hacked))


def test_a_lock_before_the_data_is_told_with_what_changed_since(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    write_study(folder, margin=", margin: 0.7")
    locking = printed("lock", str(folder), "--who", "B. Kim", "--looks", "12,24")
    assert "before any instrument file that the study names was in the folder" in locking
    write_data(folder, 12)
    write_study(folder, margin=", margin: 0.9")
    exvivo.run(folder)
    report = (folder / "results" / "report.html").read_text("utf-8")
    assert "Changed since: margin 0.7 → 0.9." in report
    assert "this is look 1 of 2" in report
    assert store.entries(folder)[0].hash in report, "the head of the last decision"
    findings = store.read_table("findings", folder=folder / "results" / "tables")
    levels = findings.filter(part="answer")["level"].unique().to_list()
    assert levels == [pytest.approx(1 - 0.003051, abs=1e-6)]
    first = report
    again = printed("run", str(folder))
    assert "since run 1: nothing changed" in again and "margin 0.7 → 0.9" in again
    assert "this is look 1 of 2" in again
    assert (folder / "results" / "report.html").read_text("utf-8") == first, "no run is in it"


def test_a_lock_after_a_run_says_so(hacked: Path) -> None:
    assert record.lock(hacked).runs == 3
    page = (hacked / "results" / "record.html").read_text("utf-8")
    assert "Locked after 3 runs on record here, with 1 instrument file in the folder" in page


def test_a_study_with_a_mistake_is_not_locked_and_looks_grow(tmp_path: Path) -> None:
    write_study(tmp_path, analytes=("NOPE",))
    result = CliRunner().invoke(main, ["lock", str(tmp_path)])
    assert result.exit_code == 2 and "NOPE" in result.output
    assert store.entries(tmp_path) == ()
    for looks in ("24,12", "12,12", "a", "0,5"):
        assert CliRunner().invoke(main, ["lock", str(tmp_path), "--looks", looks]).exit_code == 2
