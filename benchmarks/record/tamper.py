"""A thousand ways to tamper with a study folder: is each found by `verify`?

Rows are edited, moved, taken out, put in and put in again through SQL, with the triggers dropped
and restored; kept texts are changed, taken out, put in and put back; bits of the record's file, of
inputs and of results are flipped; files are taken away, added, and replaced by links. Each once on
a copy of a folder with runs, decisions and a prune on record, seed by seed.

Two kinds leave a folder that is right in itself: one that is set back to how it was, and a chain
whose hashes are computed anew up to its end. They are found with `--expect` only, and counted so.
A flipped bit of the record's file counts as stating nothing where all that SQL reads there (every
row, every text, the schema, the version) is what it was.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from numpy.random import Generator, default_rng

from benchmarks.row import Row as Measured
from exvivo.errors import StoreError
from exvivo.store import DATABASE, Run, hashed, keep, prune, study_hash, verify
from exvivo.store import chain as chain_of
from exvivo.store.chain import KINDS, Row, append, canonical
from exvivo.store.contents import put
from exvivo.store.database import opened

Outcome = Literal["found", "with expect", "states nothing", "missed"]
Tamper = Callable[[Path, Generator], None]
ROUNDS, FLIPS = 1000, 300
_COLUMNS = ("kind", "recorded", "before", "states", "hash")


def study(folder: Path) -> str:
    """Make a folder with three runs, decisions and a prune on record, as it was in stages below
    `stages`; gives its head.
    """
    for stage, decision in enumerate(("exclude", "lock", "keep")):
        (folder / "study").mkdir(exist_ok=True, parents=True)
        _run(folder / "study", stage)
        _decide(folder / "study", decision, stage)
        shutil.copytree(folder / "study", folder / "stages" / str(stage))
    prune(folder / "study", keep=2)
    return head(folder / "study")


def _run(folder: Path, stage: int) -> None:
    (folder / "raw").mkdir(exist_ok=True)
    (folder / "study.yaml").write_text(f"exvivo: 1\ntitle: stage {stage}\n")
    (folder / "raw" / "Q1.csv").write_text("".join(f"A{i},{i * stage}\n" for i in range(40)))
    inputs = tuple(hashed(folder / name, root=folder) for name in ("raw/Q1.csv", "study.yaml"))
    run = Run(
        version="0.2.0",
        study_hash=study_hash(inputs),
        inputs=inputs,
        parameters={"plan.seed": str(stage), "plan.margin": "none"},
        packages={"numpy": "2.5.5"},
    )
    texts = {"study.yaml": (folder / "study.yaml").read_bytes()}
    keep(folder, run=run, write=lambda new: _results(new, stage), texts=texts)


def _results(folder: Path, stage: int) -> None:
    (folder / "tables").mkdir()
    (folder / "report.html").write_text("<p>not resolved</p>\n" * (20 + stage))
    (folder / "tables" / "findings.csv").write_text(f"q1,not resolved,{stage}\n" * 9)


def _decide(folder: Path, kind: Any, stage: int) -> None:
    """A decision on record, its reason among the texts."""
    with opened(folder) as connection:
        connection.execute("BEGIN IMMEDIATE")
        reason = put(connection, f"a bubble in well A{stage}".encode())
        append(connection, kind, {"wells": [f"Q1 A{stage}"], "texts": {"reason": reason}})
        connection.execute("COMMIT")


def head(folder: Path) -> str:
    """The hash of the last row."""
    with opened(folder, reading=True) as connection:
        return [row.hash for row in chain_of.rows(connection)][-1]


@contextmanager
def _unguarded(folder: Path) -> Iterator[sqlite3.Connection]:
    """The record without its triggers, which are there again afterwards."""
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as connection:
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        triggers = connection.execute(query).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        for _, made in triggers:
            connection.execute(made)


def _all(connection: sqlite3.Connection) -> list[Row]:
    return list(chain_of.rows(connection))


def _write(connection: sqlite3.Connection, chain: list[Row]) -> None:
    """Have the table hold these rows."""
    connection.execute("DELETE FROM chain")
    values = [(r.number, r.kind, r.recorded, r.before, r.states, r.hash) for r in chain]
    connection.executemany("INSERT INTO chain VALUES (?, ?, ?, ?, ?, ?)", values)


def _renumbered(chain: list[Row]) -> list[Row]:
    return [replace(row, number=number) for number, row in enumerate(chain, 1)]


def _rehashed(chain: list[Row], start: int = 0) -> list[Row]:
    """The rows with every hash from one on computed anew: what a forger of skill would do."""
    made: list[Row] = chain[:start]
    for number, row in enumerate(chain[start:], start + 1):
        before = made[-1].hash if made else ""
        row = replace(row, number=number, before=before)
        made.append(replace(row, hash=row.right_hash))
    return made


def _other(row: Row, rng: Generator) -> Row:
    """A row with one thing changed that it says."""
    facts = row.facts
    edits: list[Row] = [
        replace(row, kind=str(rng.choice([kind for kind in KINDS if kind != row.kind]))),
        replace(row, recorded=row.recorded.replace("20", "19", 1)),
        replace(row, before=row.before[::-1] or "0"),
        replace(row, hash=row.hash[::-1]),
        replace(row, states=canonical({**facts, "version": "9.9"})),
        replace(row, states=canonical({**facts, "parameters": {}})),
        replace(row, states=canonical({**facts, "texts": {}})),
        replace(row, states=canonical({**facts, "note": "planned"})),
        replace(row, states=row.states.replace(":", ": ", 1)),
    ]
    return edits[rng.integers(len(edits))]


def _changed(connection: sqlite3.Connection, rng: Generator, last: int = 0) -> tuple[int, Row]:
    """One of the rows (but `last` ones), changed."""
    chain = _all(connection)
    at = int(rng.integers(len(chain) - last))
    while (row := _other(chain[at], rng)) == chain[at]:
        continue
    return at, row


def edit(folder: Path, rng: Generator) -> None:
    """A row says something else."""
    with _unguarded(folder) as connection:
        at, row = _changed(connection, rng)
        chain = _all(connection)
        _write(connection, [*chain[:at], row, *chain[at + 1 :]])


def edit_with_its_hash(folder: Path, rng: Generator) -> None:
    """A row that is not the last says something else and carries the right hash of it."""
    with _unguarded(folder) as connection:
        at, row = _changed(connection, rng, last=1)
        chain = _all(connection)
        row = replace(row, hash=row.right_hash + ("0" if row.right_hash == chain[at].hash else ""))
        _write(connection, [*chain[:at], row, *chain[at + 1 :]])


def reorder(folder: Path, rng: Generator) -> None:
    """Two rows change places."""
    with _unguarded(folder) as connection:
        chain = _all(connection)
        one, two = sorted(rng.choice(len(chain), 2, replace=False))
        chain[one], chain[two] = chain[two], chain[one]
        _write(connection, _renumbered(chain))


def remove(folder: Path, rng: Generator) -> None:
    """Some rows are gone, but not at the end; the others keep their numbers or close up."""
    with _unguarded(folder) as connection:
        chain = _all(connection)
        first = int(rng.integers(len(chain) - 1))
        last = int(rng.integers(first + 1, len(chain)))
        left = [*chain[:first], *chain[last:]]
        _write(connection, _renumbered(left) if rng.random() < 0.5 else left)


def insert_again(folder: Path, rng: Generator) -> None:
    """A row stands in the chain a second time, anywhere."""
    with _unguarded(folder) as connection:
        chain = _all(connection)
        chain.insert(int(rng.integers(len(chain) + 1)), chain[rng.integers(len(chain))])
        _write(connection, _renumbered(chain))


def insert_plain(folder: Path, rng: Generator) -> None:
    """A run by plain INSERT, no trigger touched, that tells the folder as it is after an edit of
    the report and the findings. Its hash is made up.
    """
    names = ("results/report.html", "results/tables/findings.csv")
    for name in names:
        text = (folder / name).read_text().replace("not resolved", "supported")
        (folder / name).write_text(text)
    with closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
        chain = _all(connection)
        run = [row for row in chain if row.kind == "run"][-1]
        made = [hashed(folder / name, root=folder) for name in names]
        outputs = [[file.path, file.sha256, file.bytes] for file in made]
        states = canonical({**run.facts, "outputs": outputs, "texts": {}})
        made_up = rng.bytes(32).hex()
        values = (len(chain) + 1, "run", run.recorded, chain[-1].hash, states, made_up)
        connection.execute("INSERT INTO chain VALUES (?, ?, ?, ?, ?, ?)", values)


def text_changed(folder: Path, rng: Generator) -> None:
    """A kept text is another under its hash."""
    with _unguarded(folder) as connection:
        sha256, packed = _content(connection, rng)
        content = zlib.decompress(packed)
        other = content.replace(b"not resolved", b"supported") + b"\n"
        packed = zlib.compress(other) if rng.random() < 0.5 else _flipped(packed, rng)
        connection.execute("UPDATE contents SET bytes = ? WHERE sha256 = ?", (packed, sha256))


def text_gone(folder: Path, rng: Generator) -> None:
    """A kept text is not there, and no row says that it was erased."""
    with _unguarded(folder) as connection:
        sha256, _ = _content(connection, rng)
        connection.execute("DELETE FROM contents WHERE sha256 = ?", (sha256,))


def text_added(folder: Path, rng: Generator) -> None:
    """A text that no row names."""
    with _unguarded(folder) as connection:
        put(connection, rng.bytes(20))


def text_back(folder: Path, rng: Generator) -> None:
    """A text that was erased on record is there again."""
    with closing(sqlite3.connect(folder.parent / "stages" / "0" / DATABASE)) as before:
        old = before.execute("SELECT sha256, bytes FROM contents").fetchall()
    with _unguarded(folder) as connection:
        now = {sha256 for (sha256,) in connection.execute("SELECT sha256 FROM contents")}
        gone = [each for each in old if each[0] not in now]
        connection.execute("INSERT INTO contents VALUES (?, ?)", gone[rng.integers(len(gone))])


def _content(connection: sqlite3.Connection, rng: Generator) -> tuple[str, bytes]:
    there = connection.execute("SELECT sha256, bytes FROM contents ORDER BY sha256").fetchall()
    sha256, packed = there[rng.integers(len(there))]
    return sha256, packed


def schema(folder: Path, rng: Generator) -> None:
    """Something of the database is made otherwise."""
    changes = (
        "DROP TRIGGER chain_update",
        "DROP TRIGGER chain_delete",
        "DROP TRIGGER contents_update",
        "CREATE TABLE notes (text TEXT)",
        "CREATE INDEX by_kind ON chain (kind)",
        "CREATE VIEW runs AS SELECT * FROM chain",
        "CREATE TRIGGER late AFTER INSERT ON chain BEGIN DELETE FROM contents; END",
        "ALTER TABLE chain ADD COLUMN note TEXT",
        "PRAGMA user_version = 1",
        "PRAGMA user_version = 3",
    )
    with closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
        connection.execute(changes[rng.integers(len(changes))])


def _flipped(content: bytes, rng: Generator) -> bytes:
    """Bytes with one bit turned."""
    at = int(rng.integers(len(content)))
    turned = content[at] ^ (1 << int(rng.integers(8)))
    return content[:at] + bytes([turned]) + content[at + 1 :]


def _files(folder: Path, *below: str) -> list[Path]:
    return [path for name in below for path in sorted((folder / name).rglob("*")) if path.is_file()]


def file_flipped(folder: Path, rng: Generator) -> None:
    """One bit of an input or a result."""
    files = [folder / "study.yaml", *_files(folder, "raw", "results")]
    path = files[rng.integers(len(files))]
    path.write_bytes(_flipped(path.read_bytes(), rng))


def file_gone(folder: Path, rng: Generator) -> None:
    """An input or a result is not there."""
    files = [folder / "study.yaml", *_files(folder, "raw", "results")]
    files[rng.integers(len(files))].unlink()


def file_elsewhere(folder: Path, rng: Generator) -> None:
    """A link to the same bytes outside stands in the place of an input or a result."""
    files = [folder / "study.yaml", *_files(folder, "raw", "results")]
    path = files[rng.integers(len(files))]
    path.symlink_to(path.rename(folder.parent / f"elsewhere-{path.name}"))


def stranger(folder: Path, rng: Generator) -> None:
    """Something below the results that no run made."""
    parents = (folder / "results", folder / "results" / "tables")
    path = parents[rng.integers(2)] / "figure"
    acts: tuple[Callable[[], object], ...] = (
        lambda: path.write_text("another figure"),
        lambda: path.symlink_to(folder / "raw"),
        lambda: path.symlink_to(folder / "study.yaml"),
        lambda: path.symlink_to("nowhere"),
        path.mkdir,
        lambda: os.mkfifo(path),
    )
    acts[rng.integers(len(acts))]()


def record_flipped(folder: Path, rng: Generator) -> None:
    """One bit of the file of the record."""
    path = folder / DATABASE
    path.write_bytes(_flipped(path.read_bytes(), rng))


def set_back(folder: Path, rng: Generator) -> None:
    """The whole folder as it was at an earlier time."""
    stage = folder.parent / "stages" / str(rng.integers(3))
    shutil.rmtree(folder)
    shutil.copytree(stage, folder)


def written_anew(folder: Path, rng: Generator) -> None:
    """A fact of one row is another, and every hash from there on is right again."""
    with _unguarded(folder) as connection:
        chain = _all(connection)
        at = int(rng.integers(len(chain)))
        row = replace(chain[at], recorded=chain[at].recorded.replace("20", "19", 1))
        _write(connection, _rehashed([*chain[:at], row, *chain[at + 1 :]], at))


def cut_at_the_end(folder: Path, rng: Generator) -> None:
    """The last rows are gone."""
    with _unguarded(folder) as connection:
        chain = _all(connection)
        _write(connection, chain[: int(rng.integers(1, len(chain)))])


BY_THEMSELVES: tuple[Tamper, ...] = (
    edit,
    edit_with_its_hash,
    reorder,
    remove,
    insert_again,
    insert_plain,
    text_changed,
    text_gone,
    text_added,
    text_back,
    schema,
    file_flipped,
    file_gone,
    file_elsewhere,
    stranger,
)
"""What leaves a folder that is wrong in itself."""
WITH_EXPECT: tuple[Tamper, ...] = (set_back, written_anew, cut_at_the_end)
"""What leaves a folder that may be right in itself."""


def outcome(base: Path, tamper: Tamper, rng: Generator, expect: str) -> Outcome:
    """Tamper with a copy of the study in `base`, and see whether it is found."""
    before = _readable(base / "study")
    with tempfile.TemporaryDirectory(dir=base) as place:
        folder = Path(place) / "study"
        shutil.copytree(base / "study", folder)
        (Path(place) / "stages").symlink_to(base / "stages")
        tamper(folder, rng)
        if _is_found(folder, None):
            return "found"
        if _is_found(folder, expect):
            return "with expect"
        is_flip = tamper is record_flipped
        return "states nothing" if is_flip and _readable(folder) == before else "missed"


def _is_found(folder: Path, expect: str | None) -> bool:
    """Whether `verify` finds anything, or refuses the record."""
    try:
        return bool(verify(folder, expect=expect))
    except StoreError:
        return True


def _readable(folder: Path) -> list[Any]:
    """All that SQL reads of a record, texts unpacked."""
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        texts = connection.execute("SELECT sha256, bytes FROM contents ORDER BY sha256")
        return [
            connection.execute("SELECT * FROM chain ORDER BY number").fetchall(),
            [(sha256, zlib.decompress(packed)) for sha256, packed in texts],
            connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall(),
            connection.execute("PRAGMA user_version").fetchone(),
        ]


def tampered(rounds: int, flips: int, seed: int = 1) -> Counter[tuple[str, Outcome]]:
    """How often each way was found, over `rounds` of all ways and `flips` of the record's file."""
    rng, counts = default_rng(seed), Counter[tuple[str, Outcome]]()
    ways = (*BY_THEMSELVES, *WITH_EXPECT)
    asked = [ways[number % len(ways)] for number in range(rounds)] + [record_flipped] * flips
    with tempfile.TemporaryDirectory() as place:
        expect = study(Path(place))
        for tamper in asked:
            counts[tamper.__name__, outcome(Path(place), tamper, rng, expect)] += 1
    return counts


def missed(counts: Counter[tuple[str, Outcome]]) -> dict[tuple[str, Outcome], int]:
    """What was not found, or only with `--expect` where the folder is wrong in itself."""
    needs = {way.__name__ for way in WITH_EXPECT}
    return {
        (way, how): count
        for (way, how), count in counts.items()
        if how == "missed" or (how == "with expect" and way not in needs)
    }


def rows_of(counts: Counter[tuple[str, Outcome]]) -> list[Measured]:
    """The table."""
    ways = list(dict.fromkeys(way for way, _ in counts))
    table = []
    for way in ways:
        of = Counter({how: count for (name, how), count in counts.items() if name == way})
        words = ", ".join(f"{how} {count}" for how, count in of.items())
        what = f"tampered {sum(of.values())} times, {way.replace('_', ' ')}: {words}"
        table.append(Measured(what=what, value=of["missed"], unit="missed", bar="<= 0"))
    return table


def rows() -> list[Measured]:
    """What was measured."""
    return rows_of(tampered(ROUNDS, FLIPS))
