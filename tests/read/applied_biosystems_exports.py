"""One run as the programs of Applied Biosystems write it, in every form."""

from __future__ import annotations

import csv
import io
import struct
from collections.abc import Sequence

import openpyxl

Rows = list[list[str]]

FACTS = [
    ("Block Type", "96-Well Block (0.2mL)"),
    ("Experiment Name", "Müller, week 3"),
    ("Instrument Type", "ViiA 7"),
    ("Experiment Type", "Comparative Cт (ΔΔCт)"),
    ("Experiment User Name", "Anna"),
    ("Experiment File Name", r"D:\Users\Anna\run 7.eds"),
]

SETUP = [
    [
        "Well",
        "Well Position",
        "Sample Name",
        "Sample Color",
        "Target Name",
        "Task",
        "Quantity",
        "Comments",
    ],
    ["1", "A1", "p1", "RGB(176,23,31)", "TNF", "UNKNOWN", "", "a note"],
    ["1", "A1", "p1", "RGB(176,23,31)", "ACTB", "UNKNOWN", "", ""],
    ["14", "B2", "", "RGB(0,0,255)", "TNF", "STANDARD", "16,484.000", ""],
    ["96", "H12", "water", "", "TNF", "NTC", "", ""],
]

RAW = [
    ["Well", "Well Position", "Cycle", "x1-m1"],
    ["1", "      A1", "1", "846,041.750"],
    ["14", "B2", "1", "1,003.500"],
]

CURVES = {
    ("1", "TNF"): ["0.512", "0.522", "1.846", "2.002"],
    ("1", "ACTB"): ["1.250", "2.500", "3.125", "4.750"],
    ("14", "TNF"): ["0.625", "0.600", "0.700", "9.125"],
    ("96", "TNF"): ["0.125", "0.126", "0.124", "0.125"],
}

AMPLIFICATION = [
    ["Well", "Cycle", "Target Name", "Rn", "Delta Rn"],
    *(
        [well, str(i), target, rn, "-0.007"]
        for (well, target), curve in CURVES.items()
        for i, rn in enumerate(curve, 1)
    ),
    ["50", "1", "", "", ""],
    ["50", "2", "", "", ""],
]

RESULTS = [
    [
        "Well",
        "Well Position",
        "Omit",
        "Sample Name",
        "Target Name",
        "Task",
        "Reporter",
        "Cт",
        "Cт Mean",
        "Comments",
        "Amp Score",
    ],
    ["1", "A1", "false", "p1", "TNF", "UNKNOWN", "FAM", "2.484", "2.484", "a note", "1.200"],
    ["1", "A1", "true", "p1", "ACTB", "UNKNOWN", "VIC", "1.750", "1.750", "", "1.200"],
    ["14", "B2", "false", "", "TNF", "STANDARD", "FAM", "3.125", "", "", "1.200"],
    ["96", "H12", "false", "water", "TNF", "NTC", "FAM", "Undetermined", "", "", "0.000"],
    ["50", "E2", "", "", "", "", "", "", "", "", ""],
]

FOOT = [("Analysis Type", "Singleplex"), ("RQ Min/Max Confidence Level", "95.0")]

SECTIONS = {
    "Sample Setup": SETUP,
    "Raw Data": RAW,
    "Amplification Data": AMPLIFICATION,
    "Results": RESULTS,
}

NUMBERS = {"Quantity", "x1-m1", "Rn", "Delta Rn", "Cт", "Cт Mean", "Amp Score"}


def line(cells: Sequence[str], separator: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="").writerow(cells)
    return out.getvalue()


def export(
    sections: dict[str, Rows] = SECTIONS,
    *,
    separator: str = "\t",
    facts: Sequence[tuple[str, str]] = FACTS,
    star: bool = True,
    foot: Sequence[tuple[str, str]] = FOOT,
) -> str:
    """A sectioned text export; without stars as a spreadsheet program saves it."""
    lines = [
        f"* {key} = {value}" if star else line([key, value], separator) for key, value in facts
    ]
    for name, rows in sections.items():
        lines += ["", f"[{name}]", *(line(row, separator) for row in rows)]
    return "\n".join([*lines, "", *(line(pair, separator) for pair in foot), ""])


def single(
    rows: Rows = RESULTS,
    *,
    separator: str = ",",
    facts: Sequence[tuple[str, str]] = FACTS,
    mark: str = "",
) -> str:
    """A one-table export: StepOne writes two cells a fact, Design & Analysis `# Key: Value`."""
    top = [f"# {key}: {value}" if mark else line([key, value], separator) for key, value in facts]
    return "\n".join([*top, *([] if mark else [""]), *(line(row, separator) for row in rows), ""])


def commas(sections: dict[str, Rows], thousands: str = ".") -> dict[str, Rows]:
    """The same sections as a program with decimal commas writes them."""
    swap = str.maketrans({",": thousands, ".": ","})
    return {
        name: [
            rows[0],
            *(
                [
                    cell.translate(swap) if column in NUMBERS else cell
                    for cell, column in zip(row, rows[0], strict=True)
                ]
                for row in rows[1:]
            ),
        ]
        for name, rows in sections.items()
    }


def workbook(
    sections: dict[str, Rows] = SECTIONS,
    *,
    numbers: bool = True,
    facts: Sequence[tuple[str, str]] = FACTS,
) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sections.items():
        sheet = book.create_sheet(name)
        for pair in [*facts, ()]:
            sheet.append(pair)
        for row in rows:
            sheet.append([_typed(cell) if numbers else cell for cell in row])
        for pair in [(), *FOOT] if name == "Results" else []:
            sheet.append(pair)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _typed(cell: str) -> str | float | bool:
    if cell in ("true", "false"):
        return cell == "true"
    try:
        return float(cell.replace(",", ""))
    except ValueError:
        return cell


def old_workbook(
    sections: dict[str, Rows] = SECTIONS, *, far: tuple[int, int] | None = None
) -> bytes:
    """The smallest .xls that holds these sheets: a compound file with one stream of BIFF8
    records.
    """

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def sheet(rows: Rows) -> bytes:
        out = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 6))
        for i, row in enumerate([*map(list, FACTS), [], *rows]):
            for j, cell in enumerate(row):
                value = _typed(cell)
                if isinstance(value, float):
                    out += record(0x203, struct.pack("<HHHd", i, j, 0, value))
                elif cell:
                    out += record(
                        0x204,
                        struct.pack("<HHHHB", i, j, 0, len(cell), 1) + cell.encode("utf-16-le"),
                    )
        out += record(0x203, struct.pack("<HHHd", *far, 0, 1.0)) if far else b""
        return out + record(0x0A, b"")

    sheets = {name: sheet(rows) for name, rows in sections.items()}
    head = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 6)) + record(
        0x42, struct.pack("<H", 1200)
    )
    place = len(head) + sum(12 + len(name) for name in sheets) + 4
    for name, content in sheets.items():
        head += record(0x85, struct.pack("<IBBBB", place, 0, 0, len(name), 0) + name.encode())
        place += len(content)
    stream = (head + record(0x0A, b"") + b"".join(sheets.values())).ljust(4096, b"\0")
    blocks = -(-len(stream) // 512)

    def entry(name: str, kind: int, start: int, size: int, child: int) -> bytes:
        text = name.encode("utf-16-le")
        links = struct.pack("<HBBIII", len(text) + 2, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        return text.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)

    fat = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, blocks + 2), 0xFFFFFFFE]
    assert len(fat) <= 128
    table = struct.pack("<128I", *fat, *[0xFFFFFFFF] * (128 - len(fat)))
    names = (
        entry("Root Entry", 5, 0xFFFFFFFE, 0, 1)
        + entry("Workbook", 2, 2, len(stream), 0xFFFFFFFF)
        + bytes(256)
    )
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + bytes(6)
    )
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    return header + table + names + stream.ljust(blocks * 512, b"\0")
