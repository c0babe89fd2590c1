"""A server is backed up while people work, and brought back."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from authenticator import Authenticator
from click.testing import CliRunner
from shared_server import ORIGIN, Shared, shared, use_passkey

from exvivo.cli import main
from exvivo.errors import StoreError
from exvivo.web.access.audit import walked
from exvivo.web.backup import back_up, bring_back
from exvivo.web.backup.manifest import names, read
from exvivo.web.database import DATABASE, Database, open_database
from exvivo.web.shelf import Shelf
from exvivo.web.visitor import Role


def silent(step: str) -> None:
    """Nobody watches."""


def made(server: Shared, to: Path, keep: int | None = None) -> str:
    """A backup of a server; gives its name."""
    shelf = Shelf(server.settings.root)
    return back_up(shelf, server.database, to, keep=keep, progress=silent).name


def brought(backup: Path, to: Path, name: str = "") -> Database:
    database = open_database(to / "state" / DATABASE)
    bring_back(backup, to / "studies", database, name=name, progress=silent)
    return database


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def with_record(study: Path) -> None:
    """A record as SQLite leaves it while it is in use."""
    with closing(sqlite3.connect(study / "exvivo.sqlite", isolation_level=None)) as record:
        record.execute("PRAGMA journal_mode=WAL")
        record.execute("CREATE TABLE IF NOT EXISTS rows (number INTEGER)")
        record.execute("INSERT INTO rows VALUES (7)")


def test_a_server_comes_back_as_it_was(tmp_path: Path) -> None:
    device = Authenticator(ORIGIN)
    with shared(tmp_path / "old") as server:
        alpha = server.settings.root / "alpha"
        (alpha / "raw").mkdir()
        (alpha / "raw" / "päper 1.csv").write_bytes(b"\x00\xff" * 1000)
        with_record(alpha)
        server.joined("Ada", "alpha", Role.ANALYST, device)
        before = contents(server.settings.root)
        with closing(sqlite3.connect(alpha / "exvivo.sqlite")) as in_use:
            in_use.execute("SELECT * FROM rows").fetchall()
            made(server, tmp_path / "backup")
    (tmp_path / "new").mkdir()
    brought(tmp_path / "backup", tmp_path / "new").close()
    after = contents(tmp_path / "new" / "studies")
    for each in (before, after):
        each.pop("alpha/exvivo.sqlite")
    assert {name: text for name, text in before.items() if "sqlite" not in name} == after
    with closing(sqlite3.connect(tmp_path / "new/studies/alpha/exvivo.sqlite")) as record:
        assert record.execute("SELECT number FROM rows").fetchall() == [(7,)]
    settings = {"root": tmp_path / "new/studies", "state": tmp_path / "new/state"}
    with shared(tmp_path / "other", **settings) as server:
        assert server.client().get("/").status_code == 303, "nobody is signed in"
        assert use_passkey(server.client(), device).status_code == 200
        with server.database.reading() as transaction:
            assert walked(transaction).broken == ()


def test_it_copies_only_what_is_new_and_deletes_what_is_old(tmp_path: Path) -> None:
    with shared(tmp_path) as server:
        file = server.settings.root / "alpha" / "donors.csv"
        file.write_text("donor\nP1\nWITHDRAWN\n")
        first, to = made(server, tmp_path / "backup"), tmp_path / "backup"
        kept = read(to, first).studies["beta"][0]
        stamp = (to / "objects" / kept.sha256[:2] / kept.sha256).stat().st_mtime_ns
        file.write_text("donor\nP1\n")
        made(server, to)
        assert (to / "objects" / kept.sha256[:2] / kept.sha256).stat().st_mtime_ns == stamp
        assert any(b"WITHDRAWN" in text for text in contents(to).values())
        made(server, to, keep=1)
        assert not any(b"WITHDRAWN" in text for text in contents(to).values())
        assert len(names(to)) == 1
    (tmp_path / "new").mkdir()
    brought(to, tmp_path / "new").close()


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    with shared(tmp_path) as server:
        made(server, tmp_path / "backup")
    for path in (tmp_path / "backup").rglob("*"):
        if path.parent.parent.name == "objects":
            assert not path.stat().st_mode & 0o077
    assert not (tmp_path / "backup").stat().st_mode & 0o077


def test_a_study_that_is_written_meanwhile_is_of_one_moment(tmp_path: Path) -> None:
    """Two files that always say the same, written one after the other by somebody."""
    with shared(tmp_path) as server:
        folder, stop = server.settings.root / "alpha", threading.Event()

        def write() -> None:
            number = 0
            while not stop.wait(0.05):
                number += 1
                for name in ("one.csv", "two.csv"):
                    part = folder / f".{name}"
                    part.write_text(str(number) * 2000)
                    part.replace(folder / name)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            backups = [made(server, tmp_path / "backup") for _ in range(5)]
        finally:
            stop.set()
            writer.join()
    for name in backups:
        files = {
            each.path: each.sha256 for each in read(tmp_path / "backup", name).studies["alpha"]
        }
        if "one.csv" in files and "two.csv" in files:
            one, two = files["one.csv"], files["two.csv"]
            texts = [
                (tmp_path / "backup" / "objects" / each[:2] / each).read_text()
                for each in (one, two)
            ]
            numbers = [int(text[: len(text) // 2000]) for text in texts]
            assert 0 <= numbers[0] - numbers[1] <= 1, "a state that was there"


@pytest.mark.parametrize("damage", ["content", "list", "gone"])
def test_a_damaged_backup_brings_nothing_back(tmp_path: Path, damage: str) -> None:
    with shared(tmp_path) as server:
        name = made(server, tmp_path / "backup")
    listed = tmp_path / "backup" / "backups" / f"{name}.json"
    sha256 = read(tmp_path / "backup", name).studies["alpha"][0].sha256
    path = tmp_path / "backup" / "objects" / sha256[:2] / sha256
    if damage == "list":
        listed.write_text(listed.read_text().replace("alpha", "omega"))
    path.chmod(0o600)
    path.write_bytes(b"exvivo: 1\ntitle: another\n") if damage == "content" else None
    if damage == "gone":
        path.unlink()
    (tmp_path / "new").mkdir()
    with pytest.raises(StoreError):
        brought(tmp_path / "backup", tmp_path / "new")
    assert not any((tmp_path / "new" / "studies").rglob("*")) or damage == "list"
    database = open_database(tmp_path / "new" / "state" / DATABASE)
    with database.reading() as transaction:
        assert not transaction.rows("SELECT * FROM audit")


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "a/../../b"])
def test_a_path_that_leads_out_is_refused(tmp_path: Path, path: str) -> None:
    """Somebody wrote the list, with its right hash."""
    from dataclasses import replace

    from exvivo.web.backup.manifest import write

    with shared(tmp_path) as server:
        name = made(server, tmp_path / "backup")
    told = read(tmp_path / "backup", name)
    bad = replace(told.studies["alpha"][0], path=path)
    write(tmp_path / "backup", replace(told, studies={"alpha": (bad,)}))
    (tmp_path / "new").mkdir()
    with pytest.raises(StoreError, match="within a study"):
        brought(tmp_path / "backup", tmp_path / "new")


def test_a_link_is_not_followed_and_named(tmp_path: Path) -> None:
    with shared(tmp_path) as server:
        secret = tmp_path / "secret.txt"
        secret.write_text("not of the study")
        (server.settings.root / "alpha" / "link.txt").symlink_to(secret)
        (server.settings.root / "alpha" / "folder").symlink_to(tmp_path)
        shelf = Shelf(server.settings.root)
        told = back_up(shelf, server.database, tmp_path / "backup", progress=silent)
        assert told.skipped == ("alpha/folder", "alpha/link.txt")
        assert not any(
            b"not of the study" in text for text in contents(tmp_path / "backup").values()
        )


def test_places_that_cannot_be_are_refused(tmp_path: Path) -> None:
    with shared(tmp_path) as server:
        with pytest.raises(StoreError, match="among the studies"):
            made(server, server.settings.root / "alpha" / "backup")
        made(server, tmp_path / "backup")
        empty = open_database(tmp_path / "empty" / DATABASE)
        with pytest.raises(StoreError, match="not empty"):
            bring_back(tmp_path / "backup", server.settings.root, empty, progress=silent)
        server.invited("Ada", "alpha", Role.VIEWER)
        with pytest.raises(StoreError, match="has rows"):
            bring_back(tmp_path / "backup", tmp_path / "new", server.database, progress=silent)
        with pytest.raises(StoreError, match="no backup"):
            bring_back(tmp_path / "backup", tmp_path / "new", empty, name="x", progress=silent)


def test_by_the_commands(tmp_path: Path) -> None:
    with shared(tmp_path, state=tmp_path / "studies" / ".door") as server:
        server.joined("Ada", "alpha", Role.VIEWER)
        root, to, new = (str(tmp_path / each) for each in ("studies", "backup", "new"))
        run = CliRunner().invoke
        backed = run(main, ["backup", root, "--to", to, "--json"])
        assert backed.exit_code == 0, backed.output
        head = json.loads(backed.output)["head"]
        checked = run(main, ["audit", root, "--expect", head[:12]])
        assert checked.exit_code == 0 and "one chain" in checked.output
        with server.database.writing() as transaction:
            transaction.run("UPDATE audit SET kind = 'x' WHERE number = 2")
        assert run(main, ["audit", root]).exit_code == 2
    back = run(main, ["restore", to, new])
    assert back.exit_code == 0 and "2 studies" in back.output, back.output
    assert (tmp_path / "new" / "alpha" / "study.yaml").is_file()
    assert run(main, ["audit", new, "--expect", head]).exit_code == 0
    assert run(main, ["restore", to, new]).exit_code == 2, "not over what is there"
    assert not list((tmp_path / "new").glob(".restored*"))
