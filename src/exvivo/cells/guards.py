"""Guards before any parser: sizes, zip bombs, XML entities, and workbooks that claim a billion
cells.

The headers of a zip may lie, so members are inflated here, counted as they come, and held against
what was claimed.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from exvivo.bounds import MIB
from exvivo.cells.messages import read_error
from exvivo.errors import ReadError
from exvivo.sources import Content, content_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LARGEST_CONTENT = 256 * MIB
LARGEST_RATIO = 200
SMALL_MEMBER = 16 * MIB
LARGEST_SHEET = 20_000_000

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""What an old workbook (.xls) begins with, and other OLE files."""
_CHUNK = MIB
_LOCAL_HEADER = 30
_ADDRESS = re.compile(rb"""\br\s*=\s*["']\s*([A-Za-z]{0,7})([0-9]{1,10})\s*["']""")
_CELLS = re.compile(rb"<(?:[A-Za-z0-9_]+:)?c[\s>/]")
_ROWS = re.compile(rb"<(?:[A-Za-z0-9_]+:)?row[\s>/]")
_MAGIC = (
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (OLE, "an old Excel workbook (.xls) or another OLE file"),
    (b"FCS", "an FCS file"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\x89PNG", "a PNG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
_ZIP_KINDS = {
    "xl/": "an Excel workbook",
    "apldbio/": "an Applied Biosystems .eds archive",
    "word/": "a Word document",
    "ppt/": "a PowerPoint file",
}
"""What a zip archive is, by a folder it has."""


def load(file: Path | Content, source: str) -> Content:
    """All bytes of a file with their hash, unless they were read already. Raises `ReadError` if it
    is absent, no plain file, empty or too large.
    """
    content = file if isinstance(file, Content) else content_of(file, source)
    if not content.raw:
        raise read_error(source, "an empty file", "an instrument file", "export or copy it again")
    return content


def describe(raw: bytes) -> str:
    r"""What a file is, by its content, in words for an error message.

    >>> describe(b"\xff\xd8\xff\xe0"), describe(b"a,b")
    ('a JPEG image', 'text')
    """
    for magic, words in _MAGIC:
        if raw.startswith(magic):
            return _describe_zip(raw) if words == "a zip archive" else words
    utf16 = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    start = raw[2:2000].replace(b"\0", b"") if utf16 else raw[:2000].removeprefix(b"\xef\xbb\xbf")
    if start.lstrip().startswith(b"<"):
        return _describe_markup(start.lower())
    if utf16 or not any(byte < 9 for byte in raw[:2000]):
        return "text"
    return "a binary file of no known kind"


def _describe_markup(start: bytes) -> str:
    if b"<html" in start:
        return "an HTML page"
    return "an RDML file" if b"rdml" in start else "an XML file"


def _describe_zip(raw: bytes) -> str:
    try:
        names = zipfile.ZipFile(io.BytesIO(raw)).namelist()
    except Exception:
        return "a damaged zip archive"
    for folder, words in _ZIP_KINDS.items():
        if any(name.startswith(folder) for name in names):
            return words
    listed = ", ".join(sorted(names)[:3]) + (", ..." if len(names) > 3 else "")
    return f"a zip archive holding {listed}" if names else "an empty zip archive"


def unzip(raw: bytes, source: str) -> Iterator[tuple[str, bytes]]:
    """Name and content of every member of a zip, in order. Each is inflated here and counted, so no
    header is believed.

    Raises `ReadError` for a damaged or encrypted archive, for more than 256 MiB of content in all,
    and for a member over 16 MiB that inflates to more than 200 times its size. Archives inside the
    archive are not opened.
    """
    try:
        infos = zipfile.ZipFile(io.BytesIO(raw)).infolist()
    except Exception as error:
        raise _damaged(source, str(error) or type(error).__name__) from None
    total = 0
    for info in infos:
        if not info.filename.endswith("/"):
            content = _inflate(raw, info, LARGEST_CONTENT - total, source)
            total += len(content)
            yield info.filename, content


def _damaged(source: str, why: str) -> ReadError:
    return read_error(
        source,
        f"a damaged zip archive ({why})",
        "a whole archive",
        "copy or export the file again",
    )


def _bomb(source: str, info: zipfile.ZipInfo, why: str) -> ReadError:
    return read_error(
        source,
        f"a zip archive whose member {info.filename!r} {why}",
        f"at most {LARGEST_CONTENT // MIB} MiB of content, and members that say how large they are",
        "export the file again from the instrument's software; "
        "do not open it if you do not know where it is from",
    )


def _inflate(raw: bytes, info: zipfile.ZipInfo, room: int, source: str) -> bytes:
    """The content of one member, never more than `room` bytes."""
    packed = _packed(raw, info, source)
    if info.compress_type == zipfile.ZIP_STORED:
        content = packed
    elif info.compress_type == zipfile.ZIP_DEFLATED:
        content = _deflated(packed, info, room, source)
    else:
        method = f"is packed by method {info.compress_type}, only deflate is read"
        raise _damaged(source, f"{info.filename!r} {method}")
    if len(content) > room:
        raise _bomb(source, info, "is too large")
    if len(content) != info.file_size or zlib.crc32(content) != info.CRC:
        raise _damaged(source, f"{info.filename!r} is not what the archive says it is")
    return content


def _packed(raw: bytes, info: zipfile.ZipInfo, source: str) -> bytes:
    """The packed bytes of a member, behind its local header: fixed part, file name, extra field."""
    offset = info.header_offset
    head = raw[offset : offset + _LOCAL_HEADER]
    if offset < 0 or len(head) < _LOCAL_HEADER or not head.startswith(b"PK\x03\x04"):
        raise _damaged(source, f"{info.filename!r} is not where the archive says it is")
    if info.flag_bits & 1:
        raise read_error(
            source,
            f"a locked archive ({info.filename!r} needs a password)",
            "a file without a password",
            "save it without a password",
        )
    name_and_extra = sum(int.from_bytes(head[at : at + 2], "little") for at in (26, 28))
    start = offset + _LOCAL_HEADER + name_and_extra
    if info.compress_size < 0 or start + info.compress_size > len(raw):
        raise _damaged(source, f"{info.filename!r} is cut short")
    return raw[start : start + info.compress_size]


def _deflated(packed: bytes, info: zipfile.ZipInfo, room: int, source: str) -> bytes:
    allowed = min(room, max(SMALL_MEMBER, LARGEST_RATIO * len(packed)))
    stream, content, rest = zlib.decompressobj(-15), bytearray(), packed
    try:
        while not stream.eof:
            part = stream.decompress(rest, _CHUNK)
            rest = stream.unconsumed_tail
            if not part and not rest:
                break
            content += part
            if len(content) > allowed:
                grown = f"grows to more than {len(content) // MIB} MiB"
                raise _bomb(source, info, f"{grown} from {len(packed) // 1024} KiB")
    except zlib.error as error:
        raise _damaged(source, f"{info.filename!r}: {error}") from None
    return bytes(content)


def gunzip(raw: bytes, source: str) -> bytes:
    """The content of a gzip file. Raises `ReadError` if it is damaged, holds several files, or over
    256 MiB of content.
    """
    stream = zlib.decompressobj(31)
    try:
        content = stream.decompress(raw, LARGEST_CONTENT + 1)
    except zlib.error as error:
        raise _broken_gzip(source, f"a damaged gzip file ({error})") from None
    if len(content) > LARGEST_CONTENT:
        grown = f"a gzip file that grows to more than {LARGEST_CONTENT // MIB} MiB"
        raise _broken_gzip(source, grown)
    if not stream.eof:
        raise _broken_gzip(source, "a gzip file that is cut short")
    if stream.unused_data:
        raise _broken_gzip(source, "a gzip file with something behind its end")
    return content


def _broken_gzip(source: str, what: str) -> ReadError:
    return read_error(
        source,
        what,
        f"one whole file, packed, of at most {LARGEST_CONTENT // MIB} MiB",
        "copy the file again, or unpack it and name the unpacked file",
    )


def check_workbook(raw: bytes, source: str) -> None:
    """Refuse a workbook that is a bomb, or that claims more cells than a sheet of results can have.

    The workbook reader lays a sheet out in full, so one cell in the last corner would take all
    memory.
    """
    names = []
    for name, content in unzip(raw, source):
        names.append(name)
        rows, columns = extent(content)
        if rows * max(columns, 1) > LARGEST_SHEET:
            raise read_error(
                source,
                f"a sheet ({name}) of {rows} rows and {columns} columns",
                f"at most {LARGEST_SHEET:,} cells",
                "delete the empty rows and columns around the table",
            )
    if "xl/workbook.xml" not in names:
        raise read_error(
            source, describe(raw), "an .xlsx workbook", "save the table as .xlsx or as csv"
        )


def extent(content: bytes) -> tuple[int, int]:
    """The last row and column a sheet may reach; cells without an address count from the left of
    their row.
    """
    addresses = _ADDRESS.findall(content)
    rows = max((int(digits) for _, digits in addresses), default=0)
    columns = max(map(column_number, {letters for letters, _ in addresses}), default=0)
    addressed = sum(1 for letters, _ in addresses if letters)
    if addressed < _count_cells(content):
        parts = _ROWS.split(content)
        rows += len(parts)
        columns += max(map(_count_cells, parts))
    return rows, columns


def _count_cells(content: bytes) -> int:
    return sum(1 for _ in _CELLS.finditer(content))


def column_number(letters: bytes) -> int:
    """The number of a workbook column by its letters, counted from 1; 0 for no letters."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def parse_xml(content: bytes, source: str) -> Element:
    """The root of an XML document. Raises `ReadError` where it is not well formed or declares a
    document type.

    Entities, the way of every XML bomb and of every theft of local files, can only be declared in a
    document type; the formats read here have none. This is what defusedxml does, in a pass of its
    own, so that the fast parser of the standard library can build the tree.
    """
    from xml.etree import ElementTree
    from xml.parsers import expat

    from defusedxml.common import DTDForbidden
    from defusedxml.ElementTree import ParseError

    def forbid(name: str, system: str | None, public: str | None, _: int) -> None:
        raise DTDForbidden(name, system, public)

    try:
        guard = expat.ParserCreate()
        guard.StartDoctypeDeclHandler = forbid
        guard.Parse(content, True)
        return ElementTree.fromstring(content)
    except DTDForbidden:
        raise read_error(
            source,
            "an XML file that declares a document type (and so may declare entities)",
            "plain XML, as instruments write it",
            "export the file again from the instrument's software",
        ) from None
    except (expat.ExpatError, ParseError, ValueError, LookupError) as error:
        raise read_error(
            source,
            f"XML that is not well formed ({error})",
            "a whole XML file",
            "copy or export it again",
        ) from None
