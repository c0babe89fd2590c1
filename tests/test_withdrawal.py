"""A donor who withdraws, in a small invented study: what is gone, what stays, and what the record
says of it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result
from numpy.random import default_rng

from exvivo import store
from exvivo.cli import main
from exvivo.decide.withdrawal import planned
from exvivo.errors import StoreError, StudyError
from exvivo.run import run
from exvivo.store import withdraw as withdraw_module
from exvivo.store.withdraw import STAGE, finish, names
from exvivo.study.edited import edited, with_row
from exvivo.study.headings import Columns

STUDY = """
exvivo: 1
title: invented
groups: [{id: FM, name: patients}, {id: HC, name: controls}]
stimuli: [{id: none, name: unstimulated, control: true}, {id: ATP, name: ATP}]
analytes: [{id: TNF}]
cell_types: [{id: iMG, name: microglia-like cells}]
scales: [{id: VAS, name: pain, lowest: 0, highest: 100, higher_is: worse}]
assays: [{id: r, kind: results, unit: pg/mL}]
plates: [{id: P, assay: r, layout: plates/p.csv, file: raw/r.csv}]
questions:
  - {id: q, ask: difference, groups: [FM, HC], assays: [r], analytes: [TNF], stimulus: ATP}
  - {id: v, ask: association, within: FM, assays: [r], analytes: [TNF], stimulus: ATP,
     scales: [VAS]}
plan: {seed: 1}
"""
DONORS = [f"{group}{n:02d}" for group in ("FM", "HC") for n in range(1, 7)]
OWN = "raw/only.csv"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    study = tmp_path / "study"
    for part in ("raw", "plates"):
        (study / part).mkdir(parents=True)
    wells = [(d, s, f"s{i}{s}") for i, d in enumerate(DONORS, 1) for s in ("none", "ATP")]
    rng = default_rng(5)
    amounts = [
        f"{name},{rng.lognormal(5 + (stimulus == 'ATP'), 0.4):.3f}" for _, stimulus, name in wells
    ]
    layout = (f"{name},sample,{donor},{stimulus},iMG" for donor, stimulus, name in wells)
    people = (f"{d};{d[:2]};{30 + i};Street {i}" for i, d in enumerate(DONORS))
    scores = (f"{d},{10 + 5 * i}" for i, d in enumerate(DONORS))
    write(study / "raw/r.csv", "well,TNF", amounts)
    write(study / "plates/p.csv", "well,role,donor,stimulus,cell_type", layout)
    write(study / "donors.csv", "donor;group;age;address", people)
    write(study / "clinic.csv", "donor,VAS", scores)
    (study / "study.yaml").write_text(STUDY)
    return study


def write(path: Path, header: str, lines: Iterable[str]) -> None:
    path.write_text("\n".join([header, *lines, ""]))


def said(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def kept(folder: Path) -> list[bytes]:
    """All contents of the record."""
    with closing(sqlite3.connect(folder / store.DATABASE)) as connection:
        packed = connection.execute("SELECT bytes FROM contents").fetchall()
    return [zlib.decompress(each) for (each,) in packed]


def everything(folder: Path) -> bytes:
    """All bytes of a folder, those of the record also unpacked."""
    raw = b"".join(p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file())
    with closing(sqlite3.connect(folder / store.DATABASE)) as connection:
        states = connection.execute("SELECT states FROM chain").fetchall()
    return raw + b"".join(kept(folder)) + repr(states).encode()


def test_a_donor_who_withdraws_is_in_no_file_and_no_content_any_more(folder: Path) -> None:
    run(folder)
    assert b"FM03" in everything(folder) and b"Street 2" in everything(folder)
    assert any(raw.startswith(b"PAR1") for raw in kept(folder))
    before = (folder / "donors.csv").read_text().splitlines()
    done = said("withdraw", str(folder), "FM03", "--who", "the clinic")
    assert done.exit_code == 0, done.output
    assert not names("FM03").search(everything(folder))
    assert b"Street 2" not in everything(folder)
    assert not any(raw.startswith(b"PAR1") for raw in kept(folder))
    after = (folder / "donors.csv").read_text().splitlines()
    assert after[3] == "withdrawn-1;FM;;"
    assert [line for n, line in enumerate(after) if n != 3] == [
        line for n, line in enumerate(before) if n != 3
    ]
    assert not (folder / "results").exists()
    assert store.verify(folder) == ()
    assert said("verify", str(folder)).exit_code == 0
    result = run(folder)
    assert "withdrawn-1" in set(result.left_out["donor"])
    assert result.quantities.filter(donor="withdrawn-1").is_empty()
    assert result.quantities["donor"].n_unique() == len(DONORS) - 1
    assert store.verify(folder) == ()


@pytest.mark.parametrize("codec", ["cp1252", "utf-16"])
def test_tables_in_other_letters_are_erased_from_the_record(folder: Path, codec: str) -> None:
    table = folder / "donors.csv"
    table.write_bytes(table.read_text().encode(codec))
    run(folder)
    for name in ("donors.csv", "plates/p.csv", "clinic.csv"):
        text = (folder / name).read_bytes().decode(codec if name == table.name else "utf-8")
        (folder / name).write_bytes(text.replace("FM03", "Jörg").encode(codec))
    run(folder)
    done = said("withdraw", str(folder), "Jörg")
    assert done.exit_code == 0, done.output
    assert not names("Jörg").search(everything(folder))
    assert "\nwithdrawn-1;FM;;" in table.read_bytes().decode(codec).replace("\r", "")


def test_a_name_that_a_page_writes_otherwise_is_erased(folder: Path) -> None:
    for name in ("donors.csv", "plates/p.csv", "clinic.csv"):
        (folder / name).write_text((folder / name).read_text().replace("FM03", "O'Br&n"))
    run(folder)
    assert b"O&#39;Br&amp;n" in everything(folder)
    assert said("withdraw", str(folder), "O'Br&n").exit_code == 0
    assert not names("O'Br&n").search(everything(folder))


def test_results_that_were_put_aside_are_erased_too(folder: Path) -> None:
    run(folder)
    shutil.copytree(folder / "results", folder / ".exvivo-old")
    assert said("withdraw", str(folder), "FM03").exit_code == 0
    assert not names("FM03").search(everything(folder))
    assert said("verify", str(folder)).exit_code == 0
    assert not (folder / "results").exists()


def test_an_exclusion_of_a_culture_of_the_donor_goes_too(folder: Path) -> None:
    lines = (folder / "plates/p.csv").read_text().splitlines()
    cultures = [f"{line},C{line.split(',')[2]}" for line in lines[1:]]
    write(folder / "plates/p.csv", f"{lines[0]},culture", cultures)
    run(folder)
    out = ("--culture", "CFM03", "--reason", "the culture detached")
    assert said("exclude", str(folder), *out).exit_code == 0
    done = said("withdraw", str(folder), "FM03")
    assert done.exit_code == 0, done.output
    assert "CFM03" not in (folder / "exclusions.csv").read_text()
    run(folder)
    assert store.verify(folder) == ()


def test_a_plate_of_which_nothing_stays_is_told(folder: Path) -> None:
    for name, header, is_own in (("raw/r.csv", "well,TNF", "s3"), ("plates/p.csv", "", "FM03")):
        lines = (folder / name).read_text().splitlines()
        mine = [line for line in lines[1:] if is_own in line]
        write(folder / name, lines[0], [line for line in lines[1:] if line not in mine])
        write(folder / name.replace(".csv", "_own.csv"), header or lines[0], mine)
    text = (folder / "study.yaml").read_text()
    plate = "{id: O, assay: r, layout: plates/p_own.csv, file: raw/r_own.csv}"
    (folder / "study.yaml").write_text(text.replace("plates: [", f"plates: [{plate}, "))
    run(folder)
    assert "plates   O of which" in said("withdraw", str(folder), "FM03", "--preview").output
    done = said("withdraw", str(folder), "FM03")
    assert "Nothing stays of plates: O. Take them out of study.yaml by hand." in done.output
    assert not (folder / "raw/r_own.csv").exists()
    assert not (folder / "exclusions.csv").exists()
    (folder / "study.yaml").write_text(text)
    run(folder)
    assert store.verify(folder) == ()


def test_a_folder_that_could_not_be_deleted_is_told(folder: Path, tmp_path: Path) -> None:
    run(folder)
    (folder / "figures").symlink_to(tmp_path / "elsewhere")
    done = said("withdraw", str(folder), "FM03")
    assert done.exit_code == 2, done.output
    assert "holds the donor still: figures" in done.output


def test_the_answers_are_those_of_the_study_without_the_donor(folder: Path) -> None:
    said("withdraw", str(folder), "FM03")
    coded = run(folder).findings
    (folder / "exclusions.csv").unlink()
    for name in ("donors.csv", "plates/p.csv"):
        lines = (folder / name).read_text().splitlines()
        kept = [line for line in lines if "withdrawn-1" not in line]
        (folder / name).write_text("\n".join([*kept, ""]))
    raw = (folder / "raw/r.csv").read_text().splitlines()
    (folder / "raw/r.csv").write_text("\n".join([*(r for r in raw if "s3" not in r), ""]))
    alone = run(folder).findings
    same = ["question", "estimate", "lower", "upper", "p", "verdict"]
    assert coded.select(same).equals(alone.select(same))


def test_a_donor_who_withdrew_is_not_put_back_beside_any_answer(folder: Path) -> None:
    said("withdraw", str(folder), "FM03")
    assert run(folder).with_and_without.is_empty()
    said("exclude", str(folder), "--donor", "HC02", "--reason", "wrong cells")
    both = run(folder).with_and_without.filter(question="q")
    assert both["wells"].to_list() == [2]


def test_the_line_of_a_withdrawal_is_not_called_written_by_hand(folder: Path) -> None:
    run(folder)
    said("withdraw", str(folder), "FM03")
    (folder / "exclusions.csv").write_text(
        (folder / "exclusions.csv").read_text() + ",,,HC02,,,wrong cells,,,\n"
    )
    run(folder)
    entries = [entry for entry in store.entries(folder) if entry.kind == "exclude"]
    assert [entry.facts["by"] for entry in entries] == ["withdrawal", "hand"]


@pytest.mark.parametrize("name", ["../outside.csv", "way/outside.csv", "..", "/tmp/outside.csv"])
def test_a_study_of_somebody_else_deletes_nothing_outside_its_folder(
    folder: Path, tmp_path: Path, name: str
) -> None:
    """The record and the files beside it are whole, as whoever made the study can make them."""
    victim = tmp_path / "outside.csv"
    victim.write_text("of somebody")
    (folder / "way").symlink_to(tmp_path)
    listed = json.dumps({"deleted": [name], "files": [], "folders": [name]}).encode()
    (folder / STAGE).mkdir()
    (folder / STAGE / "list.json").write_bytes(listed)
    store.record_decision(
        folder, "withdraw", {"list": hashlib.sha256(listed).hexdigest(), "erased": []}, {}
    )
    with pytest.raises(StoreError, match="not in the study folder"):
        run(folder)
    assert victim.exists() and (folder / "study.yaml").exists()


def test_a_layout_behind_a_link_inside_the_folder_is_coded_where_it_lies(folder: Path) -> None:
    run(folder)
    (folder / "plates/real.csv").write_bytes((folder / "plates/p.csv").read_bytes())
    (folder / "plates/p.csv").unlink()
    (folder / "plates/p.csv").symlink_to("real.csv")
    assert said("withdraw", str(folder), "FM03").exit_code == 0
    assert (folder / "plates/p.csv").is_symlink()
    assert not names("FM03").search(everything(folder))


def test_summaries_that_were_handed_out_are_named_before_and_afterwards(folder: Path) -> None:
    run(folder)
    for options in (("--preview",), ()):
        told = " ".join(said("withdraw", str(folder), "FM03", *options).output.split())
        assert "Not called back: plain-language summaries and public folders" in told
        assert "only where it replaces the old, or once several people more" in told


def test_a_preview_writes_nothing(folder: Path) -> None:
    run(folder)
    before = everything(folder)
    shown = said("withdraw", str(folder), "FM03", "--preview", "--json")
    facts = json.loads(shown.output)
    assert facts["changed"] == ["clinic.csv", "donors.csv", "exclusions.csv", "plates/p.csv"]
    assert (facts["code"], facts["wells"], facts["stay"]) == ("withdrawn-1", 2, ["raw/r.csv"])
    assert everything(folder) == before


def test_a_file_that_holds_nobody_else_is_deleted_and_one_that_others_share_stays(
    folder: Path,
) -> None:
    layout = (folder / "plates/p.csv").read_text().splitlines()
    own = [line for line in layout if ",FM03," in line]
    rest = [line for line in layout if ",FM03," not in line]
    (folder / "plates/p.csv").write_text("\n".join([*rest, ""]))
    write(folder / "plates/own.csv", layout[0], own)
    raw = (folder / "raw/r.csv").read_text().splitlines()
    write(folder / OWN, raw[0], (line for line in raw if line.startswith("s3")))
    write(folder / "raw/r.csv", raw[0], (r for r in raw[1:] if not r.startswith("s3")))
    more = ",\n  {id: Own, assay: r, layout: plates/own.csv, file: raw/only.csv}]\nquestions"
    (folder / "study.yaml").write_text(STUDY.replace("]\nquestions", more))
    plan = planned_without_check(folder)
    assert plan == ((OWN,), ())


def planned_without_check(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    from exvivo.decide.withdrawal import _instrument_files
    from exvivo.gather import gather

    return _instrument_files("FM03", gather(folder).study)


def test_a_donor_who_withdrew_cannot_withdraw_again(folder: Path) -> None:
    said("withdraw", str(folder), "FM03")
    again = said("withdraw", str(folder), "withdrawn-1")
    assert again.exit_code == 2 and "has withdrawn already" in again.stderr


def test_the_answers_the_donor_was_in_are_listed(folder: Path) -> None:
    assert planned(folder, "HC02", reason="consent", today="2026-01-01").answers == ()
    run(folder)
    q = {"question": "q", "assay": "r", "analyte": "TNF"}
    v = {**q, "question": "v", "scale": "VAS"}
    assert planned(folder, "HC02", reason="consent", today="2026-01-01").answers == (q,)
    done = said("withdraw", str(folder), "FM03", "--preview")
    assert "was in 2 answers, to be made again" in done.output
    assert "  v (r TNF VAS)" in done.output
    facts = json.loads(said("withdraw", str(folder), "FM03", "--json").output)
    assert facts["answers"] == [q, v]


def test_an_unknown_donor_and_a_name_where_no_command_reaches_are_refused(folder: Path) -> None:
    with pytest.raises(StudyError, match="did you mean `FM03`"):
        planned(folder, "FM3", reason="consent withdrawn", today="2026-01-01")
    text = (folder / "study.yaml").read_text()
    (folder / "study.yaml").write_text(text + "# FM03 called on Monday\n")
    before = (folder / "donors.csv").read_bytes()
    with pytest.raises(StudyError, match=r"study.yaml:\d+") as caught:
        planned(folder, "FM03", reason="consent withdrawn", today="2026-01-01")
    assert "withdrawn-1" in caught.value.mistakes[0].cure
    assert (folder / "donors.csv").read_bytes() == before


@pytest.mark.parametrize("when", ["before the row", "after the row"])
def test_a_withdrawal_that_is_cut_short_is_whole_or_was_not(
    folder: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    run(folder)
    before = everything(folder)
    place = {"before the row": "_erased", "after the row": "_exchange"}[when]

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(withdraw_module, place, cut)
        assert said("withdraw", str(folder), "FM03").exit_code == 1
    if when == "before the row":
        assert not (folder / STAGE).exists()
        assert everything(folder) == before
        return
    assert (folder / STAGE).exists() and store.verify(folder) != ()
    finish(folder)
    assert not (folder / STAGE).exists()
    assert store.verify(folder) == ()
    assert not names("FM03").search((folder / "plates/p.csv").read_bytes())


def test_hidden_results_go_too_and_what_cannot_be_deleted_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(folder)
    hidden = folder / ".exvivo-old"
    hidden.mkdir()
    (hidden / "report.html").write_text("FM03")
    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", lambda *_, **__: None)
        done = said("withdraw", str(folder), "FM03")
    assert done.exit_code == 2
    assert "holds the donor still: results, .exvivo-cache, .exvivo-old" in done.output
    run(folder)
    assert not hidden.exists() and not (folder / STAGE).exists()
    assert not names("FM03").search(everything(folder))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_cells_with_line_ends_stay_as_they_are(end: str, codec: str) -> None:
    lines = ["donor,note,age", 'A,"tall,', '""ä""",44', "# a line", 'B,"two', 'lines",51', "C,x,7"]
    raw = end.join([*lines, ""]).encode(codec)
    columns = Columns(("donor",), open=True)

    def out(of: str) -> bytes:
        def change(cells: Mapping[str, str]) -> Mapping[str, str] | None:
            return None if cells["donor"] == of else cells

        return edited(raw, file="t.csv", columns=columns, change=change)

    assert out("B") == end.join([*lines[:4], lines[6], ""]).encode(codec)
    assert out("A") == end.join([lines[0], *lines[3:], ""]).encode(codec)
    named = edited(
        raw, file="t.csv", columns=columns, change=lambda c: {**c, "donor": c["donor"] * 2}
    )
    assert named.decode(codec) == raw.decode(codec).replace("A,", "AA,").replace(
        "B,", "BB,"
    ).replace("C,", "CC,")


def test_a_row_more_is_written_as_the_table_is() -> None:
    columns = Columns(("donor", "group"), open=True)
    cells = {"donor": "w-1", "group": "F;M"}
    made = with_row(None, file="t.csv", columns=columns, cells=cells)
    assert made == b"donor,group\nw-1,F;M\n"
    there = with_row(b"age;Group;donor\r\n4;F;A", file="t.csv", columns=columns, cells=cells)
    assert there == b'age;Group;donor\r\n4;F;A\r\n;"F;M";w-1\r\n'


def test_a_table_keeps_every_other_byte() -> None:
    raw = b'\xef\xbb\xbfdonor;note\r\nA;"x;  y"\r\n\r\n# a line\r\nB;z\r\nC;"q"'
    columns = Columns(("donor",), open=True)

    def change(cells: Mapping[str, str]) -> Mapping[str, str] | None:
        return None if cells["donor"] == "B" else cells

    assert edited(raw, file="t.csv", columns=columns, change=change) == raw.replace(b"B;z\r\n", b"")
    coded = edited(
        raw, file="t.csv", columns=columns, change=lambda c: {**c, "donor": c["donor"] + "1"}
    )
    table = pl.read_csv(coded, separator=";", comment_prefix="#", infer_schema=False)
    assert table["donor"].drop_nulls().to_list() == ["A1", "B1", "C1"]
    assert table["note"].drop_nulls().to_list() == ["x;  y", "z", "q"]
    assert edited(raw, file="t.csv", columns=columns, change=lambda c: c) == raw
