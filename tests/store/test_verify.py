"""What `verify` finds, by hand: each way to tamper that a person would try, and each rule of the
walk on both its halves. The hashes here are those of `hashlib` and rows are written with `sqlite3`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks.record import tamper
from exvivo.cli import main
from exvivo.errors import StoreError
from exvivo.store import (
    DATABASE,
    Change,
    Run,
    chain,
    contents,
    examine,
    hashed,
    head,
    keep,
    study_hash,
    verify,
)
from exvivo.store.database import opened

Found = set[tuple[str, str, str]]


def a_run(folder: Path, note: str = "one", **facts: Any) -> Path:
    """One more run on record, of a study with one instrument file."""
    (folder / "raw").mkdir(exist_ok=True, parents=True)
    if not (folder / "raw" / "Q1.csv").exists():
        (folder / "raw" / "Q1.csv").write_text("A1,23.4\n")
    (folder / "study.yaml").write_text(f"title: {note}\n")
    inputs = tuple(hashed(folder / name, root=folder) for name in ("raw/Q1.csv", "study.yaml"))
    digest = facts.pop("study_hash", study_hash(inputs))
    run = Run(version="1", study_hash=digest, inputs=inputs, parameters={"plan.seed": "1"}, **facts)

    def write(new: Path) -> None:
        (new / "report.html").write_text(f"not resolved: {note}")
        (new / "tables").mkdir()
        (new / "tables" / "findings.csv").write_text(f"q1,{note}\n")

    keep(folder, run=run, write=write, texts={"study.yaml": (folder / "study.yaml").read_bytes()})
    return folder


@pytest.fixture(scope="module")
def three_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "study"
    for note in ("one", "two", "three"):
        a_run(folder, note)
    assert verify(folder) == ()
    return folder


@pytest.fixture
def study(three_runs: Path, tmp_path: Path) -> Path:
    """A copy of a study with three runs."""
    return Path(shutil.copytree(three_runs, tmp_path / "study"))


def found(folder: Path) -> Found:
    return {(each.path, each.side, each.what) for each in verify(folder)}


@contextmanager
def without_triggers(folder: Path) -> Iterator[sqlite3.Connection]:
    """What anybody can do with the sqlite3 shell: triggers dropped, and made again."""
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as connection:
        made = connection.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'")
        triggers = made.fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        for _, sql in triggers:
            connection.execute(sql)


def sql(folder: Path, statement: str, *values: Any) -> None:
    with without_triggers(folder) as connection:
        connection.execute(statement, values)


def hash_by_hand(number: int, kind: str, recorded: str, before: str, states: str) -> str:
    text = json.dumps(
        [number, kind, recorded, before, states], ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_run_put_in_after_the_report_was_edited_is_found(study: Path) -> None:
    """Fault B1 as it was measured: an ordinary INSERT, no trigger touched."""
    tamper.insert_plain(study, tamper.default_rng(1))
    assert ("4", "row", "hash") in found(study)


def test_a_date_set_back_with_triggers_dropped_and_restored_is_found(study: Path) -> None:
    sql(study, "UPDATE chain SET recorded = '2019-01-01T00:00:00+00:00' WHERE number = 2")
    assert found(study) == {("2", "row", "hash")}
    assert examine(study).set_back == (2,)


@pytest.mark.parametrize(
    ("was", "now"), [('"version":"1"', '"version":"9.9"'), ('{"plan.seed":"1"}', "{}")]
)
def test_another_version_or_no_parameters_are_found(study: Path, was: str, now: str) -> None:
    sql(study, "UPDATE chain SET states = replace(states, ?, ?) WHERE number = 3", was, now)
    assert found(study) == {("3", "row", "hash")}


def test_a_row_with_the_right_hash_of_what_it_says_breaks_the_next(study: Path) -> None:
    with without_triggers(study) as connection:
        query = "SELECT number, kind, recorded, before, states FROM chain WHERE number = 2"
        number, kind, recorded, before, states = connection.execute(query).fetchone()
        recorded = recorded.replace("20", "19", 1)
        digest = hash_by_hand(number, kind, recorded, before, states)
        values = (recorded, digest)
        connection.execute("UPDATE chain SET recorded = ?, hash = ? WHERE number = 2", values)
    assert found(study) == {("3", "row", "before")}


def test_a_row_taken_out_leaves_a_gap_and_a_broken_link(study: Path) -> None:
    with opened(study, reading=True) as connection:
        texts = list(chain.rows(connection))[1].texts
    sql(study, "DELETE FROM chain WHERE number = 2")
    gone = {(digest, "text", "new") for digest in texts.values()}
    assert found(study) == {("3", "row", "number"), ("3", "row", "before"), *gone}


def forged(folder: Path, states: str, kind: str = "exclude") -> None:
    """A row at the end whose hashes are all right: what whoever can compute them can add."""
    with closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
        number, before = connection.execute("SELECT max(number), hash FROM chain").fetchone()
        said = (number + 1, kind, "2026-01-01T00:00:00+00:00", before, states)
        values = (*said, hash_by_hand(*said))
        connection.execute("INSERT INTO chain VALUES (?, ?, ?, ?, ?, ?)", values)


@pytest.mark.parametrize(
    "states", ['{"b":1,"a":2}', '{"a": 1}', "[]", '{"a":NaN}', "{", '{"a":1,"a":1}', "[" * 10**5]
)
def test_what_a_row_states_is_one_text_only(study: Path, states: str) -> None:
    forged(study, states)
    assert found(study) == {("4", "row", "states")}


@pytest.mark.parametrize("states", ['{"erased":3}', '{"texts":{"a":1}}', '{"texts":["a"]}'])
def test_texts_and_what_was_erased_are_hashes(study: Path, states: str) -> None:
    forged(study, states)
    assert found(study) == {("4", "row", "states")}


def test_a_kind_that_nobody_knows_is_found_and_a_known_one_is_not(study: Path) -> None:
    forged(study, "{}", kind="keep")
    assert found(study) == set()
    forged(study, "{}", kind="approve")
    assert found(study) == {("5", "row", "kind")}


@pytest.mark.parametrize("states", ["{}", '{"version":"1"}'])
def test_a_run_that_states_none_is_found_and_nothing_crashes(study: Path, states: str) -> None:
    forged(study, states, kind="run")
    assert ("4", "row", "states") in found(study)
    said = CliRunner().invoke(main, ["verify", str(study)])
    assert said.exit_code == 2 and "cannot be read as exvivo writes it" in said.stdout
    with pytest.raises(StoreError, match="row 4, which cannot be read"):
        keep(study, run=Run(version="1", study_hash="", inputs=()), write=lambda new: None)


def test_the_hash_of_the_study_is_that_of_the_inputs(tmp_path: Path) -> None:
    a_run(tmp_path, study_hash="ab")
    a_run(tmp_path, "two")
    assert found(tmp_path) == {("1", "row", "study_hash")}


def test_a_kept_text_is_that_of_the_file_that_the_run_lists(tmp_path: Path) -> None:
    a_run(tmp_path)
    text = tmp_path / "study.yaml"
    inputs = (hashed(text, root=tmp_path),)
    run = Run(version="1", study_hash=study_hash(inputs), inputs=inputs)
    keep(tmp_path, run=run, write=lambda new: None, texts={"study.yaml": b"title: another"})
    assert ("2", "row", "texts") in found(tmp_path)


def text_of(folder: Path, number: int, role: str) -> str:
    with opened(folder, reading=True) as connection:
        return list(chain.rows(connection))[number - 1].texts[role]


def test_a_kept_text_is_held_against_its_hash(study: Path) -> None:
    digest = text_of(study, 2, "results/report.html")
    other = zlib.compress(b"supported")
    sql(study, "UPDATE contents SET bytes = ? WHERE sha256 = ?", other, digest)
    assert found(study) == {("2/results/report.html", "text", "changed")}


@pytest.mark.parametrize("packed", [b"", b"no zlib", zlib.compress(b"title: one\n")[:-1]])
def test_a_kept_text_that_cannot_be_unpacked_is_found(study: Path, packed: bytes) -> None:
    digest = text_of(study, 1, "study.yaml")
    sql(study, "UPDATE contents SET bytes = ? WHERE sha256 = ?", packed, digest)
    assert found(study) == {("1/study.yaml", "text", "changed")}


def test_bytes_behind_a_kept_text_are_found(study: Path) -> None:
    digest = text_of(study, 1, "study.yaml")
    packed = zlib.compress(b"title: one\n") + b"\0"
    sql(study, "UPDATE contents SET bytes = ? WHERE sha256 = ?", packed, digest)
    assert found(study) == {("1/study.yaml", "text", "changed")}


def test_a_large_text_is_unpacked_piece_by_piece(tmp_path: Path) -> None:
    """Runs of one letter unpack to more than the packed bytes that are left."""
    a_run(tmp_path)
    with opened(tmp_path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        digest = contents.put(connection, b"x" * (3 << 20) + b"yz" * 7)
        chain.append(connection, "exclude", {"texts": {"reason": digest}})
        connection.execute("COMMIT")
    assert found(tmp_path) == set()


@pytest.mark.parametrize("column", ["kind", "recorded", "before", "states", "hash"])
def test_bytes_that_are_no_text_are_a_changed_row(study: Path, column: str) -> None:
    """In the last run, whose files are then not known: what SQLite cannot decode is not passed on."""
    broken = f"replace({column}, substr({column}, 2, 1), CAST(x'b1' AS TEXT))"
    sql(study, f"UPDATE chain SET {column} = {broken} WHERE number = 3")
    assert ("3", "row", "changed") in found(study)
    assert CliRunner().invoke(main, ["verify", str(study)]).exit_code == 2


def test_a_text_that_no_row_names_is_found(study: Path) -> None:
    with closing(sqlite3.connect(study / DATABASE)) as connection, connection:
        digest = contents.put(connection, b"put in by somebody")
    assert found(study) == {(digest, "text", "new")}


@pytest.mark.parametrize("kind", ["prune", "withdraw", "exclude"])
def test_a_text_may_be_gone_where_a_later_row_erased_it(study: Path, kind: chain.Kind) -> None:
    digest = text_of(study, 1, "study.yaml")
    sql(study, "DELETE FROM contents WHERE sha256 = ?", digest)
    gone = {("1/study.yaml", "text", "missing")}
    assert found(study) == gone
    with opened(study) as connection:
        chain.append(connection, kind, {"erased": [digest]})
    assert found(study) == (gone if kind == "exclude" else set())


def test_a_text_that_is_named_again_after_it_was_erased_must_be_there(study: Path) -> None:
    digest = text_of(study, 3, "study.yaml")
    with opened(study) as connection:
        contents.erase(connection, [digest])
        chain.append(connection, "prune", {"erased": [digest]})
    assert found(study) == set()
    a_run(study, "three")
    assert found(study) == set()
    sql(study, "DELETE FROM contents WHERE sha256 = ?", digest)
    assert found(study) == {("5/study.yaml", "text", "missing")}


def test_an_erased_text_that_is_there_again_is_found(study: Path) -> None:
    digest = text_of(study, 1, "study.yaml")
    with opened(study) as connection:
        chain.append(connection, "withdraw", {"erased": [digest]})
    assert found(study) == {("1/study.yaml", "text", "erased")}


SCHEMA = {
    "DROP TRIGGER chain_update": ("trigger chain_update", "missing"),
    "CREATE TABLE notes (text)": ("table notes", "new"),
    "CREATE INDEX by_kind ON chain (kind)": ("index by_kind", "new"),
    "ALTER TABLE chain ADD COLUMN note TEXT": ("table chain", "schema"),
    "ALTER TABLE contents ADD COLUMN note TEXT": ("table contents", "schema"),
}


@pytest.mark.parametrize("statement", SCHEMA)
def test_the_database_is_as_this_version_makes_it(study: Path, statement: str) -> None:
    with closing(sqlite3.connect(study / DATABASE)) as connection:
        connection.execute(statement)
    path, what = SCHEMA[statement]
    assert found(study) == {(path, "record", what)}


def test_a_trigger_that_lets_pass_is_found(study: Path) -> None:
    with closing(sqlite3.connect(study / DATABASE)) as connection:
        connection.execute("DROP TRIGGER chain_delete")
        connection.execute("CREATE TRIGGER chain_delete BEFORE DELETE ON chain BEGIN SELECT 1; END")
    assert found(study) == {("trigger chain_delete", "record", "schema")}


@pytest.mark.parametrize("version", [1, 3])
def test_a_record_that_gives_itself_for_another_version_is_refused(
    study: Path, version: int
) -> None:
    with closing(sqlite3.connect(study / DATABASE)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(StoreError):
        verify(study)


def test_damaged_pages_are_found(study: Path) -> None:
    """The index of the texts no longer agrees with their table."""
    digest = text_of(study, 1, "study.yaml")
    raw = (study / DATABASE).read_bytes()
    places = [at for at in range(len(raw)) if raw.startswith(digest.encode(), at)]
    at = places[-1]
    damages = [raw[:at] + b"0" + raw[at + 1 :] for at in places if raw[at : at + 1] != b"0"]
    assert damages, at
    for damaged in damages:
        (study / DATABASE).write_bytes(damaged)
        assert verify(study)


PLACED: dict[str, Callable[[Path], object]] = {
    "link": lambda path: path.symlink_to(path.parent),
    "dangling": lambda path: path.symlink_to("nowhere"),
    "empty": lambda path: path.mkdir(),
    "special": lambda path: os.mkfifo(path),
    "new": lambda path: path.write_text("mine"),
}


@pytest.mark.parametrize("what", PLACED)
@pytest.mark.parametrize("place", ["results/tables/x", "results/.x"])
def test_everything_below_the_results_is_known(study: Path, what: str, place: str) -> None:
    PLACED[what]((study / place).parent / Path(place).name)
    assert found(study) == {(place, "output", what)}


@pytest.mark.parametrize("what", ["link", "dangling", "special", "folder"])
def test_what_stands_in_the_place_of_a_result_is_known(study: Path, what: str) -> None:
    path = study / "results" / "report.html"
    if what == "folder":
        path.unlink()
        path.mkdir()
    else:
        path.rename(study / "report.html")
        targets = {"link": "../report.html", "dangling": "nowhere"}
        path.symlink_to(targets[what]) if what in targets else os.mkfifo(path)
    assert found(study) == {("results/report.html", "output", what)}


def test_results_that_are_a_link_are_found(study: Path) -> None:
    (study / "results").rename(study / "elsewhere")
    (study / "results").symlink_to("elsewhere")
    assert ("results", "output", "link") in found(study)


def test_what_a_file_browser_leaves_is_let_pass_and_said(study: Path) -> None:
    (study / "results" / "desktop.ini").write_text("[.ShellClassInfo]")
    examined = examine(study)
    assert examined.changes == () and examined.tolerated == ("results/desktop.ini",)
    said = CliRunner().invoke(main, ["verify", str(study)])
    assert said.exit_code == 0 and "let pass: results/desktop.ini" in said.stdout
    (study / "results" / "desktop.ini").unlink()
    (study / "results" / "desktop.ini").symlink_to("report.html")
    assert found(study) == {("results/desktop.ini", "output", "link")}


def test_an_input_that_became_a_link_out_of_the_study_is_found(study: Path) -> None:
    raw = study / "raw" / "Q1.csv"
    shutil.copy(raw, study.parent / "copy.csv")
    raw.unlink()
    raw.symlink_to(study.parent / "copy.csv")
    assert found(study) == {("raw/Q1.csv", "input", "outside")}
    raw.unlink()
    shutil.move(study.parent / "copy.csv", study / "copy.csv")
    raw.symlink_to("../copy.csv")
    assert found(study) == set()


def test_inputs_below_a_root_that_the_run_names_are_held_against_their_hash(
    tmp_path: Path,
) -> None:
    share, study = tmp_path / "share", tmp_path / "study"
    share.mkdir()
    (share / "Q1.csv").write_text("A1,1\n")
    (study / "raw").mkdir(parents=True)
    (study / "raw" / "Q1.csv").symlink_to(share / "Q1.csv")
    a_run(study, roots=(str(share),))
    assert found(study) == set()
    (share / "Q1.csv").write_text("A1,2\n")
    assert found(study) == {("raw/Q1.csv", "input", "changed")}
    (share / "Q1.csv").unlink()
    assert found(study) == {("raw/Q1.csv", "input", "dangling")}


def test_an_input_that_is_a_pipe_is_not_read(study: Path) -> None:
    (study / "raw" / "Q1.csv").unlink()
    os.mkfifo(study / "raw" / "Q1.csv")
    assert found(study) == {("raw/Q1.csv", "input", "special")}


def test_a_record_that_is_a_link_is_found(study: Path) -> None:
    (study / DATABASE).rename(study.parent / "record")
    (study / DATABASE).symlink_to(study.parent / "record")
    assert found(study) == {(DATABASE, "record", "link")}


def test_a_link_among_the_results_is_not_thrown_away_by_the_next_run(study: Path) -> None:
    (study / "results" / "notes").symlink_to(study / "raw")
    with pytest.raises(StoreError, match="results/notes"):
        a_run(study)
    (study / "results" / "notes").unlink()
    (study / "results" / "empty").mkdir()
    a_run(study)
    assert found(study) == set()


def test_a_folder_that_was_set_back_is_found_by_a_head_that_was_kept(tmp_path: Path) -> None:
    study = a_run(tmp_path / "study")
    shutil.copytree(study, tmp_path / "before")
    a_run(study, "two")
    kept = head(study)
    assert kept is not None
    assert verify(study, expect=kept.hash[:12]) == () == verify(study, expect=kept.hash)
    a_run(study, "three")
    assert examine(study, expect=kept.hash).since == 1
    assert "rewritten" in examine(study, expect=kept.hash).unknown
    before = tmp_path / "before"
    assert verify(before) == ()
    assert verify(before, expect=kept.hash) == (Change(kept.hash, "record", "unknown"),)


def test_the_terminal_shows_the_head_and_holds_it(study: Path) -> None:
    kept = head(study)
    assert kept is not None
    said = CliRunner().invoke(main, ["verify", str(study)]).stdout
    assert f"row 3, {kept.hash[:12]} ({kept.hash})" in said
    assert f"--expect {kept.hash[:12]}" in said
    command = ["verify", str(study), "--expect", f" {kept.hash[:20].upper()} "]
    assert (
        "The row you expect is in it; none followed since."
        in CliRunner().invoke(main, command).stdout
    )
    a_run(study, "four")
    assert "1 row followed since." in CliRunner().invoke(main, command).stdout
    wrong = CliRunner().invoke(main, ["verify", str(study), "--expect", "0" * 12])
    assert wrong.exit_code == 2 and "set back to an earlier state" in wrong.stdout
    assert "Write it down" not in wrong.stdout
    for short in ("", "123", "xyz123456789", "0" * 65):
        refused = CliRunner().invoke(main, ["verify", str(study), "--expect", short])
        assert refused.exit_code == 2 and "12 to 64" in refused.stderr


def test_json_names_codes_and_says_what_cannot_be_known(study: Path) -> None:
    (study / "results" / "new\x1b[2J").mkdir()
    said = CliRunner().invoke(main, ["verify", str(study), "--json"])
    facts = json.loads(said.stdout)
    assert facts["changes"] == [{"path": "results/new\x1b[2J", "side": "output", "what": "empty"}]
    assert facts["rows"] == facts["row"] == 3 and facts["unknown"] == ["rewritten", "clock"]
    words = CliRunner().invoke(main, ["verify", str(study)]).stdout
    assert "\x1b" not in words and "results/new\\x1b[2J: an empty folder" in words


def test_what_a_cut_run_left_and_cannot_be_tidied_is_found(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (study / ".exvivo-old").mkdir()
    monkeypatch.setattr(sys.modules["exvivo.store.verify"], "recover", lambda folder: None)
    assert found(study) == {(".exvivo-old", "leftover", "new")}


def test_a_record_of_decisions_without_a_run_is_walked(tmp_path: Path) -> None:
    with opened(tmp_path) as connection:
        chain.append(connection, "lock", {"questions": "ab"})
    examined = examine(tmp_path)
    assert examined.changes == () and examined.run is None and examined.rows == 1
    said = CliRunner().invoke(main, ["verify", str(tmp_path)])
    assert said.exit_code == 0 and "no run is on record yet" in said.stdout


def test_tampering_by_chance_is_found() -> None:
    """The table of `python -m benchmarks record`, cut short."""
    counts = tamper.tampered(rounds=54, flips=26, seed=2)
    assert sum(counts.values()) == 80
    assert tamper.missed(counts) == {}
    assert counts["set_back", "with expect"] == 3
