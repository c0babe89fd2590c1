"""What is kept by its hash: the same bytes with and without, and nothing believed that was not
made so.
"""

from __future__ import annotations

import dataclasses
import os
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from exvivo import cache as caches
from exvivo.cache import FOLDER, Argument, Cache, code_of, packed, unpacked
from exvivo.errors import ReadError
from exvivo.gather import gather
from exvivo.plate_files import Asked
from exvivo.quantify import quantify
from exvivo.simulate import ModelStudy, model_study, write
from exvivo.study import Beads, Immunoassay, Qpcr, Results
from exvivo.study.records import Efficiency, Limit, OneCopy
from exvivo.table import Table
from exvivo.tables import ALL, LAYOUT

FRAME = pl.DataFrame({"a": [1.5, None], "b": ["x", ""]})


class Counted:
    """What makes frames, and how often it was asked to."""

    def __init__(self, *frames: pl.DataFrame) -> None:
        self.frames, self.calls = frames or (FRAME,), 0

    def __call__(self) -> Sequence[pl.DataFrame]:
        self.calls += 1
        return self.frames


@pytest.fixture
def own(tmp_path: Path) -> Cache:
    made = Cache.of(tmp_path)
    assert made.folder == tmp_path / FOLDER
    return made


def entries(root: Path) -> list[Path]:
    return sorted(path for path in (root / FOLDER).iterdir() if len(path.name) == 64)


# One entry.


def test_what_was_made_once_is_taken_from_its_entry(own: Cache, tmp_path: Path) -> None:
    make = Counted(FRAME, FRAME.clear())
    first = own.frames("work", ("x", b"y", FRAME), make)
    again = Cache.of(tmp_path).frames("work", ("x", b"y", FRAME), make)
    assert make.calls == 1
    for frames in (first, again):
        assert [frame.equals(made) for frame, made in zip(frames, make.frames, strict=True)]
        assert [frame.schema for frame in frames] == [made.schema for made in make.frames]


@pytest.mark.parametrize(
    ("what", "arguments"),
    [
        ("other work", ("ab", FRAME)),
        ("work", ("a", "b", FRAME)),
        ("work", (b"ab", FRAME)),
        ("work", (FRAME, "ab")),
        ("work", ("ab",)),
        ("work", ("ab", FRAME, "")),
        ("work", ("ab", FRAME.reverse())),
        ("work", ("ab", FRAME.rename({"a": "c"}))),
        ("work", ("ab", FRAME.cast({"a": pl.Float32}))),
        ("work", ("ab", FRAME.with_columns(a=pl.Series([1.5 + 2**-52, None])))),
        ("work", ("ab", FRAME.with_columns(b=pl.Series(["x", None])))),
    ],
)
def test_other_work_or_arguments_are_another_entry(
    own: Cache, what: str, arguments: tuple[Argument, ...]
) -> None:
    make = Counted()
    own.frames("work", ("ab", FRAME), make)
    own.frames(what, arguments, make)
    assert make.calls == 2


@settings(max_examples=40)
@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_texts_in_a_row_are_never_taken_for_others(some: list[str], others: list[str]) -> None:
    name = Cache(Path("nowhere"), b"secret")._name
    assert (name("work", some) == name("work", others)) == (some == others)


def test_a_slice_is_the_frame_it_shows(own: Cache) -> None:
    """Not the one it was taken from, whose texts it may drag along."""
    long = pl.DataFrame({"b": [f"a text of more than twelve signs {i}" for i in range(500)]})
    make = Counted()
    own.frames("work", (long.slice(7, 2),), make)
    own.frames("work", (pl.DataFrame({"b": long["b"].to_list()[7:9]}),), make)
    assert make.calls == 1


def test_what_is_raised_is_raised_again(own: Cache, tmp_path: Path) -> None:
    calls = []

    def make() -> Sequence[pl.DataFrame]:
        calls.append(1)
        raise ValueError("a mistake")

    for _ in range(2):
        with pytest.raises(ValueError, match="a mistake"):
            own.frames("work", ("x",), make)
    assert len(calls) == 2
    assert not (tmp_path / FOLDER).exists()


# The seal.


def test_no_flipped_bit_is_believed(own: Cache, tmp_path: Path) -> None:
    make = Counted()
    own.frames("work", (), make)
    (entry,) = entries(tmp_path)
    whole, rng = entry.read_bytes(), random.Random(1)
    for flips, place in enumerate(rng.sample(range(8 * len(whole)), 200), 2):
        raw = bytearray(whole)
        raw[place // 8] ^= 1 << place % 8
        entry.write_bytes(raw)
        (frame,) = own.frames("work", (), make)
        assert frame.equals(FRAME)
        assert make.calls == flips
        assert entry.read_bytes() == whole


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 100])
def test_no_entry_that_was_cut_is_believed(own: Cache, tmp_path: Path, length: int) -> None:
    make = Counted()
    own.frames("work", (), make)
    (entry,) = entries(tmp_path)
    entry.write_bytes(entry.read_bytes()[:length])
    own.frames("work", (), make)
    assert make.calls == 2


def test_an_entry_under_the_name_of_another_is_not_believed(own: Cache, tmp_path: Path) -> None:
    make, other = Counted(), Counted(FRAME.reverse())
    own.frames("work", (), make)
    (entry,) = entries(tmp_path)
    own.frames("work", ("other",), other)
    (wrong,) = set(entries(tmp_path)) - {entry}
    shutil.copy(wrong, entry)
    (frame,) = own.frames("work", (), make)
    assert frame.equals(FRAME)
    assert make.calls == 2


def test_nothing_that_another_person_made_is_believed(
    own: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A study that came by mail may bring entries: whoever made them has another secret."""
    own.frames("work", (), Counted())
    (entry,) = entries(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "theirs"))
    theirs, make = Cache.of(tmp_path), Counted()
    assert theirs.secret != own.secret
    theirs.frames("work", (), make)
    (of_theirs,) = set(entries(tmp_path)) - {entry}
    shutil.copy(entry, of_theirs)
    theirs.frames("work", (), make)
    assert make.calls == 2


@pytest.mark.skipif(os.name == "nt", reason="rights are not kept in a mode on Windows")
def test_a_secret_that_others_can_read_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    assert Cache.of(tmp_path).folder
    (tmp_path / "home" / "exvivo" / "cache-key").chmod(0o644)
    assert Cache.of(tmp_path).folder is None


def test_without_a_home_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "a file"
    home.touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    none, make = Cache.of(tmp_path), Counted()
    for _ in range(2):
        (frame,) = none.frames("work", (), make)
        assert frame.equals(FRAME)
    assert make.calls == 2
    assert not (tmp_path / FOLDER).exists()


# The disk.


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes by name")
def test_a_pipe_in_the_place_of_an_entry_is_not_waited_for(own: Cache, tmp_path: Path) -> None:
    make = Counted()
    own.frames("work", (), make)
    (entry,) = entries(tmp_path)
    entry.unlink()
    os.mkfifo(entry)
    own.frames("work", (), make)
    assert make.calls == 2


def test_a_folder_that_leads_elsewhere_is_not_written_to(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / FOLDER).symlink_to(elsewhere)
    Cache.of(tmp_path).frames("work", (), Counted())
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("refused", ["mkdir", "write_bytes", "replace"])
def test_a_disk_that_refuses_costs_no_result(
    own: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, refused, refuse)
    (frame,) = own.frames("work", (), Counted())
    assert frame.equals(FRAME)
    own.tidy()
    if (tmp_path / FOLDER).exists():
        assert entries(tmp_path) == []
        assert sorted(p.name for p in (tmp_path / FOLDER).iterdir()) == [
            ".gitignore",
            "CACHEDIR.TAG",
        ]


def test_a_file_in_the_place_of_the_folder_costs_no_result(own: Cache, tmp_path: Path) -> None:
    (tmp_path / FOLDER).touch()
    (frame,) = own.frames("work", (), Counted())
    own.tidy()
    assert frame.equals(FRAME)


def test_entries_have_a_bound(own: Cache, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    size = 32 + len(packed([FRAME]))
    monkeypatch.setattr(caches, "LARGEST", 4 * size)
    for i in range(9):
        own.frames("work", (str(i),), Counted())
    assert len(entries(tmp_path)) == 4
    os.utime(entries(tmp_path)[0], (0, 0))
    used = Cache.of(tmp_path)
    used.used.add(entries(tmp_path)[0].name)
    kept = entries(tmp_path)[0]
    used.tidy()
    assert len(entries(tmp_path)) == 2
    assert kept in entries(tmp_path), "asked for in this run, though the oldest"


def test_what_a_killed_run_began_is_tidied_and_nothing_else(own: Cache, tmp_path: Path) -> None:
    own.frames("work", (), Counted())
    (entry,) = entries(tmp_path)
    begun, new, strange = (
        entry.with_name(name)
        for name in (f"{entry.name}.{16 * '0'}", f"{entry.name}.{16 * '1'}", "notes.txt")
    )
    for path in (begun, new, strange):
        path.touch()
    os.utime(begun, (0, 0))
    os.utime(strange, (0, 0))
    own.tidy()
    assert [path.exists() for path in (begun, new, strange, entry)] == [False, True, True, True]


def test_other_code_makes_other_entries(
    own: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Counted()
    own.frames("work", (), make)
    monkeypatch.setattr(caches, "_made_by", lambda: b"other code")
    own.frames("work", (), make)
    assert make.calls == 2


def test_code_that_was_written_again_is_other_code(tmp_path: Path) -> None:
    """Also with the same size and the old time of change set back, as copies have it."""
    package = tmp_path / "package"
    (package / "room").mkdir(parents=True)
    file, data = package / "room" / "a.py", package / "b.yaml"
    file.write_text("1")
    data.write_text("x: 1")
    (package / "notes.txt").write_text("no code")
    before, status = code_of(package), file.stat()
    assert code_of(package) == before
    (package / "notes.txt").write_text("no code either")
    assert code_of(package) == before
    file.write_text("2")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    edited = code_of(package)
    data.unlink()
    assert len({before, edited, code_of(package)}) == 3
    file.unlink()
    with pytest.raises(OSError, match="no code"):
        code_of(package)


@pytest.mark.parametrize("name", ["OPENBLAS_CORETYPE"])
def test_another_processor_makes_other_entries(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = caches._processor()
    monkeypatch.setenv(name, "Nehalem")
    assert caches._processor() != before


# What decides how files are read, and how wells are quantified.

ASSAYS = (
    Qpcr(
        id="a",
        kind="qpcr",
        references=("R",),
        targets={"t": "T"},
        columns={"well": "W"},
        one_copy={"t": OneCopy(cq=38.0, sd=0.5)},
        efficiency={"t": Efficiency(value=1.9, sd=0.1)},
        miqe={"item": "text"},
    ),
    Beads(
        id="a",
        kind="beads",
        classifier=("c",),
        reporter="r",
        panel={"T": "1"},
        directions=("rising",),
        scatter=("f", "s"),
        standards={"S": 1.0},
        dilutions={"none": 2.0},
    ),
    Immunoassay(id="a", kind="immunoassay", unit="pg/mL", analyte="T", channels={"c": "T"}),
    Results(id="a", kind="results", unit="pg/mL", limits={"T": Limit(lower=1.0)}),
)


def changed(value: object) -> object:
    """Another value of the same kind, by one thing."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return f"{value}x"
        case None:
            return 1
        case tuple():
            return (*value, *(value[:1] or ("x",)))
        case dict():
            return {**value, "another": next(iter(value.values()), "x")}
    assert dataclasses.is_dataclass(value)
    return next(mutations(value))[1]


def mutations(record: Any) -> Iterator[tuple[str, Any]]:
    """The record with each of its fields changed, and each value inside its mappings."""
    for field in dataclasses.fields(record):
        if field.metadata.get("internal"):
            continue
        value = getattr(record, field.name)
        yield field.name, dataclasses.replace(record, **{field.name: changed(value)})
        for key in value if isinstance(value, dict) else ():
            inside = {**value, key: changed(value[key])}
            yield f"{field.name}: {key}", dataclasses.replace(record, **{field.name: inside})


@pytest.mark.parametrize("assay", ASSAYS, ids=lambda assay: assay.kind)
def test_every_part_of_an_assay_and_of_a_plate_is_part_of_the_key(assay: Any) -> None:
    asked = Asked(
        plate="P",
        file="f",
        curves="",
        run="",
        assay=assay,
        analytes=("T",),
        files=(("f", "A1"), ("g", None)),
    )
    records = [dataclasses.replace(asked, assay=one) for _, one in mutations(assay)]
    records += [one for field, one in mutations(asked) if field != "assay"]
    assert len({repr(one) for one in (asked, *records)}) == len(records) + 1
    assert len(records) > 10


def small(folder: Path) -> Path:
    """A small study with all that the demo has."""
    parameters = ModelStudy(patients=2, controls=2, plates=1, wells=1, tubes=1)
    write(model_study(parameters, rng=default_rng(1)), folder)
    return folder


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = small(tmp_path_factory.mktemp("small") / "study")
    answers(folder, Cache.of(folder))
    return folder


def answers(root: Path, own: Cache) -> dict[str, bytes]:
    """All that is read and quantified, as bytes."""
    gathered = gather(root, cache=own)
    quantities, assays = quantify(gathered.wells, study=gathered.study, cache=own)
    words = repr((gathered.inputs, gathered.ignored, gathered.headers, gathered.flags))
    tables = {"wells": gathered.wells, "vendor": gathered.vendor, "clinic": gathered.clinic}
    tables |= {"quantities": quantities, "assays": assays}
    return {name: packed([table]) for name, table in tables.items()} | {"words": words.encode()}


def replaced(path: Path, old: str, new: str, count: int = 1) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), "utf-8")


def _layout_cell(root: Path) -> None:
    lines = (root / "plates" / "B1.csv").read_text().splitlines()
    place = lines[1].split(",").index("nominal")
    rows = [line.split(",") for line in lines]
    standard = next(i for i, row in enumerate(rows) if "standard" in row and float(row[place]) > 0)
    cells = rows[standard]
    cells[place] = str(float(cells[place]) * 1.25)
    lines[standard] = ",".join(cells)
    (root / "plates" / "B1.csv").write_text("\n".join(lines) + "\n")


def _exchanged_tubes(root: Path) -> None:
    """The same bytes under other names: a mistake, as each file states its well."""
    first, second = sorted((root / "raw" / "B1").iterdir())[:2]
    first.rename(root / "kept")
    second.rename(first)
    (root / "kept").rename(second)


def _raw_byte(root: Path) -> None:
    """One event of one tube."""
    file = sorted((root / "raw" / "B1").iterdir())[0]
    raw = bytearray(file.read_bytes())
    raw[-40] ^= 1
    file.write_bytes(raw)


def _parameter(root: Path) -> None:
    """One of the qPCR, and the positions of two beads."""
    replaced(root / "study.yaml", "standards: copies", "standards: relative")
    replaced(root / "study.yaml", "IL1B: B4", "IL1B: B7")
    replaced(root / "study.yaml", "IL10: B7", "IL10: B4")


def _question(root: Path) -> None:
    replaced(root / "study.yaml", "margin: 1", "margin: 1.5")


def _renamed_plate(root: Path) -> None:
    """Only the plate: its files keep their names."""
    replaced(root / "study.yaml", "id: Q1,", "id: Q7,")


def _added_plate(root: Path) -> None:
    """A second plate of curves, of the file and layout of the first but for their readings."""
    from zipfile import ZipFile

    with ZipFile(root / "raw" / "Q1.rdml") as old, ZipFile(root / "raw" / "Q2.rdml", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"<fluor>1", b"<fluor>2"))
    shutil.copy(root / "plates" / "Q1.csv", root / "plates" / "Q2.csv")
    line = next(
        line for line in (root / "study.yaml").read_text().splitlines() if "Q1.rdml" in line
    )
    replaced(root / "study.yaml", line, f"{line}\n{line.replace('Q1', 'Q2')}")


EDITS = ((_layout_cell, _raw_byte), (_parameter,), (_added_plate, _renamed_plate))


def test_edits_give_the_same_bytes_with_and_without_the_cache(study: Path, tmp_path: Path) -> None:
    """Edit by edit: warm from before, and without; warm from this very study; and back."""
    root = tmp_path / "study"
    shutil.copytree(study, root)
    before = [answers(root, Cache.of(root))]
    for edits in EDITS:
        for edit in edits:
            edit(root)
        half, without = (answers(root, each) for each in (Cache.of(root), Cache()))
        assert half == without, edits
        assert half not in before, edits
        before.append(half)
    assert answers(root, Cache.of(root)) == before[-1]
    shutil.copytree(study, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns(FOLDER))
    assert answers(root, Cache.of(root)) == before[0]


def test_mistakes_are_the_same_with_and_without_the_cache(study: Path, tmp_path: Path) -> None:
    root = tmp_path / "study"
    shutil.copytree(study, root)
    _exchanged_tubes(root)
    words = set()
    for own in (Cache.of(root), Cache.of(root), Cache()):
        with pytest.raises(ReadError) as error:
            gather(root, cache=own)
        words.add(str(error.value))
    (same,) = words
    assert "$WELLID" in same


def test_only_what_an_edit_touches_is_made_again(study: Path, tmp_path: Path) -> None:
    root = tmp_path / "study"
    shutil.copytree(study, root)
    made: list[str] = []

    class Watched(Cache):
        def _keep(self, name: str, content: bytes) -> None:
            made.append(name)
            super()._keep(name, content)

    def work(edit: Callable[[Path], None]) -> int:
        edit(root)
        made.clear()
        own = Cache.of(root)
        answers(root, Watched(own.folder, own.secret))
        return len(made)

    assert work(lambda _: None) == 0
    assert work(_question) == 0
    assert work(_raw_byte) == 3, "the plate, its beads and its assay"
    assert work(_layout_cell) == 1, "the assay"


def test_amounts_of_a_layout_are_part_of_the_key(study: Path) -> None:
    """Those of one analyte, which WELLS of bead arrays do not carry."""
    gathered = gather(study, cache=Cache.of(study))
    whole = gathered.study
    first = (pl.col("plate") == "B1") & (pl.col("nominal") > 0)
    own = pl.lit([{"name": "TNF", "value": 7.0}], dtype=LAYOUT.schema["nominals"])
    nominals = pl.when(first & first.cum_sum().eq(1)).then(own).otherwise("nominals")
    other = dataclasses.replace(whole, layout=whole.layout.with_columns(nominals=nominals))
    assert not other.layout.equals(whole.layout)
    kept, made = (
        quantify(gathered.wells, study=other, cache=each) for each in (Cache.of(study), Cache())
    )
    assert packed(kept) == packed(made)


LATER = pl.element().shift(1).fill_null(strategy="backward")
BRIGHTER = pl.element() * 1.5


@pytest.mark.parametrize(
    ("kind", "change"), [("amplification", LATER), ("bead_events", BRIGHTER)], ids=("qpcr", "beads")
)
def test_readings_are_part_of_the_key(study: Path, kind: str, change: pl.Expr) -> None:
    """One sample well reads otherwise; nothing of the study or its layouts differs."""
    gathered = gather(study, cache=Cache.of(study))
    whole, wells = gathered.study, gathered.wells
    before = quantify(wells, study=whole, cache=Cache.of(study))
    reporters = [assay.reporter for assay in whole.assays if isinstance(assay, Beads)]
    of_kind = wells.filter(kind=kind, role="sample")
    own = of_kind.filter(pl.col("channel").is_in(reporters) | (kind == "amplification"))
    place = own.select("plate", "well", "channel").head(1)
    there = wells.join(place.with_columns(other=True), on=place.columns, how="left")["other"]
    y = pl.when(there.is_not_null()).then(pl.col("y").list.eval(change)).otherwise("y")
    other = wells.with_columns(y=y.cast(wells.schema["y"]))
    kept, made = (quantify(other, study=whole, cache=each) for each in (Cache.of(study), Cache()))
    assert packed(kept) == packed(made)
    assert packed(kept) != packed(before)


def test_what_a_quantity_may_know_of_its_study_is_part_of_the_key(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every field of study.yaml is either taken from what an assay sees, or changes the key."""
    import exvivo.quantify as room

    whole = gather(study).study
    assay = whole.assays[0]
    seen = room._seen_by(assay, whole)
    for field, other in mutations(whole):
        hidden = repr(room._seen_by(assay, other)) == repr(seen)
        empty = getattr(seen, field) != getattr(whole, field)
        assert hidden or not empty or field in ("plates", "assays"), field
    own = dataclasses.replace(assay, readout="another")
    others = dataclasses.replace(whole, assays=(own, *whole.assays[1:]))
    assert repr(room._seen_by(own, others)) != repr(seen)


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_every_table_of_the_house_comes_back_as_it_was(table: Table) -> None:
    (back,) = unpacked(packed([table.frame()]))
    assert back.schema == table.schema
