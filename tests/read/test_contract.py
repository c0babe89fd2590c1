"""What every reader of the registry does, tested on an example of each.

A reader is added with one entry in `exvivo.read.READERS` and one in `examples.EXAMPLES`; the tests
here then hold for it, and its own test file holds only what is special about its format.
"""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from examples import EXAMPLES, ODD, Example
from hypothesis import given, settings
from hypothesis import strategies as st
from qpcr_exports import variants

from exvivo.errors import ReadError
from exvivo.read import READERS, FileRead, Reader, read_plate
from exvivo.read.result import Request
from exvivo.table import check
from exvivo.tables import READINGS, VENDOR

HOWTO = Path(__file__).parents[2] / "docs" / "howto"
BY_ID = {reader.id: reader for reader in READERS}
TEXTS = [name for name, example in EXAMPLES.items() if example.text]
SEPARATORS = ("tab", "semicolon", "comma")
"""Variants that a reader may refuse; encodings and line ends it may not."""
LONGEST = 10
"""Seconds of a processor after which a damaged file of some kilobytes counts as one that hangs."""


def read(example: Example, raw: bytes, folder: Path) -> FileRead:
    """The file of an example, or bytes in its place, as a study reads it."""
    path = folder / example.name
    path.write_bytes(raw)
    return read_plate(
        path,
        source=f"raw/{example.name}",
        plate="P1",
        assay=example.assay,
        well=example.well,
        run=example.run,
        analytes=example.analytes,
    )


def request(example: Example) -> Request:
    """What the reader of an example is asked."""
    return Request(
        source=f"raw/{example.name}",
        sha256="0" * 64,
        plate="P1",
        assay=example.assay,
        well=example.well,
        run=example.run,
        analytes=example.analytes,
    )


def numbers(file: FileRead) -> pl.DataFrame:
    """The readings without what names the file itself."""
    return file.readings.drop("sha256", "source")


def is_explained(error: ReadError) -> bool:
    """Whether every mistake says where, what was found, what was expected, and what to do."""
    return bool(error.mistakes) and all(
        mistake.where and mistake.found and mistake.expected and mistake.cure
        for mistake in error.mistakes
    )


# The registry, the examples and the pages name the same formats.


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.id)
def test_every_reader_has_an_example_and_a_page(reader: Reader) -> None:
    assert any(example.reader == reader.id for example in EXAMPLES.values()), (
        f"add an Example(reader={reader.id!r}, ...) to EXAMPLES in tests/read/examples.py: a small "
        "file of the format, or the code that writes one"
    )
    page = HOWTO / reader.howto
    assert page.is_file(), f"write docs/howto/{reader.howto}: how to export, what is read and not"
    told = " ".join(page.read_text(encoding="utf-8").lower().split())
    names = [name.strip() for name in re.split(r"[(),]", reader.name) if name.strip()]
    missing = [name for name in names if name.lower() not in told]
    assert not missing, f"docs/howto/{reader.howto} does not name {', '.join(missing)}"


def test_ids_and_names_are_used_once_and_examples_name_readers() -> None:
    assert len({reader.id for reader in READERS}) == len(READERS)
    assert len({reader.name for reader in READERS}) == len(READERS)
    assert {example.reader for example in EXAMPLES.values()} <= set(BY_ID)
    for name, example in EXAMPLES.items():
        assert bool(example.text) != bool(example.binary), (
            f"{name}: give its `text`, or `raw` bytes and in `binary` the reason why its numbers "
            "and letters cannot be written in several ways"
        )


# (a) and (b): its own reader takes an example, and no other does.


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_claimed_and_read_by_its_reader(name: str, tmp_path: Path) -> None:
    example = EXAMPLES[name]
    kind = example.assay.kind
    claims = [
        reader.id
        for reader in READERS
        if kind in reader.serves and reader.sniff(example.content, example.suffix)
    ]
    assert claims[:1] == [example.reader]
    file = read(example, example.content, tmp_path)
    assert check(READINGS, file.readings).height > 0 and check(VENDOR, file.vendor) is file.vendor
    assert all(ignored.what and ignored.why for ignored in file.ignored)
    assert set(file.readings["plate"]) == {"P1"}
    assert set(file.readings["source"]) == {f"raw/{example.name}"}
    again = read(example, example.content, tmp_path)
    assert again.readings.equals(file.readings) and again.vendor.equals(file.vendor)
    assert (again.ignored, again.header) == (file.ignored, file.header)


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_other_reader_takes_it(name: str) -> None:
    example = EXAMPLES[name]
    for reader in READERS:
        if reader.id == example.reader or reader.any_table or reader.id in example.also:
            continue
        if not reader.sniff(example.content, example.suffix):
            continue
        of_kind = next(e for e in EXAMPLES.values() if e.reader == reader.id)
        with pytest.raises(ReadError) as caught:
            reader.read(example.content, request(of_kind))
        assert is_explained(caught.value), f"{reader.id} reads it"


# (c): damage gives a refusal that helps, or a whole table; never another error, never for ever.

_ODD_CELLS = (
    *("", "Well", "A1", "-1", "1,5", "1.5", "99999999999", "Undetermined", "[Results]", '"', "²"),
    *("NaN", "inf", "1e400", "* x = y", "٣", "true", "<3", ">5", "OVER", "---", "A1,B1", "x" * 40),
)
_ODD_BYTES = b'09,;.\t"\n\r-A<>/&= \x00'


def _mutated(data: st.DataObject, raw: bytes, times: int = 6) -> bytes:
    """Bytes changed, inserted, lost or cut off."""
    out = bytearray(raw)
    odd = st.one_of(st.sampled_from(_ODD_BYTES), st.integers(0, 255))
    for _ in range(data.draw(st.integers(0, times))):
        place = data.draw(st.integers(0, len(out) - 1))
        if data.draw(st.booleans()):
            out[place] = data.draw(odd)
        else:
            out.insert(place, data.draw(odd))
    if data.draw(st.booleans()):
        start = data.draw(st.integers(0, len(out)))
        del out[start : data.draw(st.integers(start, len(out)))]
    return bytes(out)


def _rearranged(data: st.DataObject, text: str) -> bytes:
    """Lines lost or doubled, cells changed, lost or added: past the sniffing, into the tables."""
    lines = text.split("\n")
    separator = "\t" if "\t" in text else ","
    for _ in range(data.draw(st.integers(1, 5))):
        row = data.draw(st.integers(0, len(lines) - 1))
        cells = lines[row].split(separator)
        change = data.draw(st.sampled_from(["cell", "lost cell", "new cell", "lost", "twice"]))
        place = data.draw(st.integers(0, len(cells) - 1))
        if change == "cell":
            cells[place] = data.draw(st.sampled_from(_ODD_CELLS))
        elif change == "lost cell":
            del cells[place]
        elif change == "new cell":
            cells.insert(place, data.draw(st.sampled_from(_ODD_CELLS)))
        elif change == "twice":
            lines.insert(row, lines[row])
        lines[row] = "" if change == "lost" else separator.join(cells)
    return "\n".join(lines).encode()


def _inside(data: st.DataObject, raw: bytes) -> bytes:
    """A whole archive with a damaged member: the bytes reach the reader of its XML."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    names = sorted(name for name in members if re.search("sheet|shared|rdml", name))
    damaged = data.draw(st.sampled_from(names))
    members[damaged] = _mutated(data, members[damaged], times=8)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def damaged(data: st.DataObject, example: Example) -> bytes:
    """An example, or another form of it, with damage of one kind."""
    raw = data.draw(st.sampled_from([example.content, *example.forms]))
    if raw.startswith(b"PK") and data.draw(st.integers(0, 2)):
        return _inside(data, raw)
    if raw == example.content and example.text and data.draw(st.booleans()):
        return _rearranged(data, example.text)
    return _mutated(data, raw) or b" "


@pytest.mark.parametrize("name", EXAMPLES)
@settings(max_examples=60)
@given(data=st.data())
def test_damage_is_read_or_refused_and_nothing_else(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    example = EXAMPLES[name]
    raw = damaged(data, example)
    began = time.process_time()
    try:
        file = read(example, raw, tmp_path_factory.getbasetemp())
    except ReadError as error:
        assert is_explained(error)
    else:
        assert check(READINGS, file.readings).height > 0
        values = file.readings["value"].drop_nulls()
        assert values.is_finite().all()
    assert time.process_time() - began < LONGEST, "it hangs"


@given(raw=st.binary(max_size=300), suffix=st.sampled_from([".csv", ".xlsx", ".gz", ""]))
def test_any_bytes_can_be_sniffed(raw: bytes, suffix: str) -> None:
    for reader in READERS:
        assert reader.sniff(raw, suffix) in (True, False), reader.id


# (d): whatever stands in a file is read, kept or listed.


@pytest.mark.parametrize(
    ("name", "what"),
    [(name, what) for name, example in EXAMPLES.items() for what in example.planted],
)
def test_what_no_reader_knows_is_listed_or_kept(name: str, what: str, tmp_path: Path) -> None:
    example = EXAMPLES[name]
    file = read(example, example.planted[what], tmp_path)
    listed = [text for ignored in file.ignored for text in (ignored.what, ignored.why)]
    kept = file.vendor.select("block", "row", "channel", "text").rows()
    assert any(ODD.lower() in text.lower() for text in [*listed, *map(str, kept)]), (
        f"the {what} named {ODD} is neither in `ignored` nor in VENDOR: {listed}"
    )


# (e): the same file as other computers write it.


def written_otherwise(text: str) -> Iterator[tuple[str, bytes]]:
    """Every variant of a text: encodings, line ends, separators, decimal marks."""
    yield from variants(text)
    yield "utf-16 with old line ends", text.replace("\n", "\r").encode("utf-16")


@pytest.mark.parametrize("name", TEXTS)
def test_other_ways_of_writing_say_the_same_or_are_refused(name: str, tmp_path: Path) -> None:
    example = EXAMPLES[name]
    wanted = read(example, example.content, tmp_path)
    for variant, raw in written_otherwise(example.text):
        try:
            file = read(example, raw, tmp_path)
        except ReadError as error:
            assert is_explained(error)
            cures = " ".join(mistake.cure for mistake in error.mistakes)
            assert re.search("export", cures), f"{variant}, refused without a way out: {error}"
            assert variant.startswith(SEPARATORS), f"{variant}: {error}"
        else:
            assert numbers(file).equals(numbers(wanted)), f"{variant} is read as other numbers"
            assert file.ignored == wanted.ignored, variant
