"""Bombs, lies and thefts are refused before a parser meets them."""

from __future__ import annotations

import io
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from exvivo.bounds import BOUNDS, MIB
from exvivo.cells import guards
from exvivo.errors import ReadError
from exvivo.read import read_plate
from exvivo.study import Qpcr, Results

QPCR = Qpcr(id="mrna", kind="qpcr", references=("ACTB",))
TABLE = Results(id="plasma", kind="results", sample="well")


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def refusal(tmp_path: Path, raw: bytes, assay: Qpcr | Results = QPCR) -> str:
    path = tmp_path / ("x.rdml" if assay is QPCR else "x.xlsx")
    path.write_bytes(raw)
    began = time.process_time()
    with pytest.raises(ReadError) as caught:
        read_plate(path, source="raw/x", plate="P", assay=assay, analytes=("TNF",))
    assert time.process_time() - began < 10, "it hangs"
    return str(caught.value)


def test_a_zip_bomb_is_not_inflated(tmp_path: Path) -> None:
    bomb = bytes(300 << 20)
    assert "grows to more than" in refusal(tmp_path, zipped(a=bomb))
    assert "grows to more than" in refusal(tmp_path, zipped(**{"xl/workbook.xml": bomb}), TABLE)


def test_a_member_of_usual_size_must_not_grow_out_of_proportion() -> None:
    """20 MiB out of 20 KiB are refused long before the 256 MiB of a whole archive; a tenth of that,
    which any empty sheet takes, is not.
    """
    with pytest.raises(ReadError, match="grows to more than 17 MiB from"):
        list(guards.unzip(zipped(a=bytes(20 << 20)), "z"))
    ((_, content),) = guards.unzip(zipped(a=bytes(2 << 20)), "z")
    assert len(content) == 2 << 20


def test_many_members_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "LARGEST_CONTENT", 1000)
    small = zipped(a=b"x" * 400, b=b"y" * 400)
    assert [name for name, _ in guards.unzip(small, "z")] == ["a", "b"]
    with pytest.raises(ReadError, match="member 'c'"):
        list(guards.unzip(zipped(a=b"x" * 400, b=b"y" * 400, c=b"z" * 400), "z"))


def test_a_header_that_lies_about_the_size_is_not_believed() -> None:
    content = bytes(range(256)) * 8
    honest = zipped(a=content)
    lying = honest.replace(struct.pack("<II", zlib.crc32(content), 0), b"")
    place = lying.index(b"PK\x01\x02")
    forged = bytearray(lying)
    forged[place + 24 : place + 28] = struct.pack("<I", 100)
    forged[place + 16 : place + 20] = struct.pack("<I", zlib.crc32(content[:100]))
    with zipfile.ZipFile(io.BytesIO(bytes(forged))) as archive:
        assert archive.read("a") == content[:100]
    with pytest.raises(ReadError, match="not what the archive says"):
        list(guards.unzip(bytes(forged), "z"))


def test_what_a_zip_holds_is_handed_on_unchanged() -> None:
    members = {"a.xml": b"<a/>", "b/c.bin": bytes(range(256)) * 9000, "empty": b""}
    assert dict(guards.unzip(zipped(**members), "z")) == members


def test_locked_and_strangely_packed_members_are_refused() -> None:
    raw = bytearray(zipped(a=b"text"))
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ReadError, match="password"):
        list(guards.unzip(bytes(raw), "z"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a", "text")
    with pytest.raises(ReadError, match="method 14"):
        list(guards.unzip(buffer.getvalue(), "z"))


LAUGHS = '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "xml",
    [
        LAUGHS + "<rdml>&b;</rdml>",
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rdml>&x;</rdml>',
        '<!DOCTYPE r SYSTEM "http://127.0.0.1/x.dtd"><rdml/>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_in_every_encoding(tmp_path: Path, xml: str, encoding: str) -> None:
    raw = (f'<?xml version="1.0" encoding="{encoding}"?>' + xml).encode(encoding)
    assert "document type" in refusal(tmp_path, zipped(**{"rdml_data.xml": raw}))


def test_deep_nesting_ends_in_a_message(tmp_path: Path) -> None:
    assert "well formed" in refusal(tmp_path, zipped(**{"rdml_data.xml": b"<rdml>" * 50_000}))
    deep = b"<rdml>" + b"<a>" * 50_000 + b"</a>" * 50_000 + b"</rdml>"
    assert "without amplification" in refusal(tmp_path, zipped(**{"rdml_data.xml": deep}))


def test_a_sheet_with_one_cell_in_the_last_corner_is_refused(tmp_path: Path) -> None:
    sheet = (
        b'<worksheet><sheetData><row r="1"><c r="A1"/></row>'
        b'<row r="1048576"><c r="XFD1048576"/></row></sheetData></worksheet>'
    )
    text = refusal(
        tmp_path,
        zipped(**{"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": sheet}),
        TABLE,
    )
    assert "1048576 rows and 16384 columns" in text


def test_cells_without_an_address_are_counted(tmp_path: Path) -> None:
    last = b'<row r="1048576">' + b"<c><v>1</v></c>" * 16_000 + b"</row>"
    sheet = b"<worksheet><sheetData><row><c><v>1</v></c></row>" + last + b"</sheetData></worksheet>"
    members = {"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": sheet}
    assert "16000 columns" in refusal(tmp_path, zipped(**members), TABLE)


def test_a_sheet_that_overstates_its_dimension_takes_no_memory(tmp_path: Path) -> None:
    import resource

    import openpyxl

    book = openpyxl.Workbook()
    for row in (["well", "TNF"], ["x", 1.5]):
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    members = dict(guards.unzip(buffer.getvalue(), "z"))
    name = "xl/worksheets/sheet1.xml"
    assert b'ref="A1:B2"' in members[name]
    members[name] = members[name].replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')
    path = tmp_path / "x.xlsx"
    path.write_bytes(zipped(**members))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    read = read_plate(path, source="x", plate="P", assay=TABLE, analytes=("TNF",))
    assert read.readings["value"].to_list() == [1.5]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


def test_an_archive_inside_is_not_opened(tmp_path: Path) -> None:
    assert "holding inner.zip" in refusal(tmp_path, zipped(**{"inner.zip": zipped(a=bytes(1000))}))


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with path.open("wb") as handle:
        handle.truncate(BOUNDS.megabytes * MIB + 1)  # takes no room on the disk
    with pytest.raises(ReadError, match="65 MB, over the limit of 64"):
        guards.load(path, "raw/x")


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"%PDF-1.7", "a PDF"),
        (b"FCS3.0", "an FCS file"),
        (b"\x1f\x8b\x08", "a gzip file"),
        (b"a,b\n", "text"),
        ("a;b".encode("utf-16"), "text"),
        (b"<html><body>", "an HTML page"),
        (b"<other/>", "an XML file"),
        (b"\x01\x02\x03", "a binary file of no known kind"),
        (b"PK\x03\x04junk", "a damaged zip archive"),
        (zipped(**{"apldbio/sds/x": b""}), "an Applied Biosystems .eds archive"),
    ],
)
def test_a_file_is_named_by_its_content(raw: bytes, words: str) -> None:
    assert guards.describe(raw) == words
