"""Small exports of qPCR instruments, written out in full, and what several tests do with them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from exvivo.errors import ReadError
from exvivo.read import FileRead, read_plate
from exvivo.study import Qpcr

CFX_CQ = """\
,Well,Fluor,Target,Content,Sample,Biological Set Name,Cq,Cq Mean,Cq Std. Dev,\
Starting Quantity (SQ),Log Starting Quantity,SQ Mean,SQ Std. Dev,Set Point,Well Note
,A01,SYBR,TNF,Unkn-01,D07 µ,,21.187,21.2,0.125,NaN,NaN,NaN,0.0,60,
,A02,SYBR,ACTB,Unkn-01,D07 µ,,16.5,16.5,0.0,NaN,NaN,NaN,0.0,60,by hand
,B01,SYBR,TNF,NTC,,,N/A,0.0,0.0,N/A,N/A,0.0,0.0,60,
,B02,SYBR,ACTB,NRT-1,D07 µ,,NaN,0.0,0.0,NaN,NaN,0.0,0.0,60,
,C01,SYBR,TNF,Std-1,,,18.25,18.25,0.0,15000.5,4.18,15000.5,0.0,60,
,C02,SYBR,TNF,Std-2,,,21.75,21.75,0.0,1500.25,3.18,1500.25,0.0,60,
,C03,SYBR,TNF,Std-3,,,25.125,25.125,0.0,150.125,2.18,150.125,0.0,60,
,D01,SYBR,TNF,Pos Ctrl-1,plasmid,,12.5,12.5,0.0,NaN,NaN,0.0,0.0,60,
,D02,SYBR,TNF,Neg Ctrl,water,,,0.0,0.0,NaN,NaN,0.0,0.0,60,
"""

CFX_CURVES = """\
,Cycle,A1,A2,B01
,1,-12.5,1203.25,0.125
,2,-11.75,1204.5,
,3,15.25,2250.625,0.375
"""

LC480_CP = (
    "Experiment: induced cells µ  Selected Filter: SYBR Green I / HRM Dye (483-533)\n"
    "Include\tColor\tPos\tName\tCp\tConcentration\tStandard\tStatus\n"
    "True\t255\tA1\tSample 1\t22.78\t1.01E+05\t0\t\n"
    "True\t65280\tA2\tSample 2\t\t\t0\t\n"
    "False\t255\tA3\tSample 3\t24.5\t\t0\tlate\n"
    "True\t128\tB1\tStandard 1\t12.64\t1.02E+06\t1000000\n"
    "True\t128\tB2\tStandard 2\t16.06\t1.06E+05\t100000\n"
    "True\t128\tB3\tStandard 3\t19.6\t1.03E+04\t10000\n"
)


def lc480_raw(*, cycles: int = 4, melting: int = 5, filters: tuple[str, ...] = ("483-533",)) -> str:
    """A raw export of two wells: ten cycles' program, the amplification, a melting curve."""
    lines = ["Raw Data \t\tExperiment - induced cells µ (Run on LCS480 1.5.0.39)"]
    lines.append(
        "SamplePos\tSampleName\tProg#\tSeg#\tCycle#\tTime\tTemp\t" + "\t".join(filters) + "\t"
    )
    for number, (well, name) in enumerate((("A1", "Sample 1"), ("A2", "Sample 2"))):
        for cycle in range(1, cycles + 1):
            light = "\t".join(
                f"{number + cycle + 0.25 + 10 * place:.2f}" for place, _ in enumerate(filters)
            )
            lines.append(f"{well}\t{name}\t2\t2\t{cycle}\t{23000 + cycle}\t59.9\t{light}")
        for step in range(melting):
            light = "\t".join("5.5" for _ in filters)
            lines.append(f"{well}\t{name}\t3\t1\t1\t{90000 + step}\t{60 + 5.5 * step:.1f}\t{light}")
    return "\n".join(lines) + "\n"


QTOWER = """\
Title:,iMG plate 1
Date/Time:,3/2/2026 1:49:58 PM,3/2/2026 3:20:00 PM
Device:,qTOWER³84 /G,0000G-0000
Operator:,somebody
Comments:,
Colors+Dyes:,Pos,Color Module,Dye,Gain,Meas,Refr
,1,Blue.470.520.11.3,FAM,5,*,
Heated Lid:,100°C
TC Protocol:,steps,scan,°C,m:s,goto,loops,delta Temp(°C),delta Time (s),ramp (°C/s
,1,,95,02:00,0,0,0,0,4
,2,*,60,00:30,1,39,0,0,2
Melt active:,No

Well,,Sample name,Sample type,GOI,Reference gene,Ct GOI,Ct Ref. gene,Mean Ct GOI,\
Mean Ct Ref.gene,RQ GOI,dCt (Ref.Gen – GOI)
A1,,c1 µ,Unknown,,GAPDH,,15.375,,15.4,,
A2,,c1 µ,Unknown,TNF,,19.74,,19.99,,0,-4.65
A3,,c1 µ,Unknown,TNF,GAPDH,20.125,15.5,19.99,15.4,0,-4.65
B1,,rt(-),Unknown,,GAPDH,,No Ct,,,,
B2,,,NTC,TNF,,No Ct,,,,,
B3,,c2,Unknown,IL6,,,,,,,
B4,,c2,Unknown,,,,,,,,
"""

PLAIN = """\
well,target,cq,sample,role,quantity,operator
A1,TNF,21.187,D07 µ,unknown,,me
A2,ACTB,16.5,D07 µ,unknown,,me
B1,TNF,Undetermined,,NTC,,me
C1,TNF,18.25,,standard,15000.5,me
C2,TNF,21.75,,standard,1500.25,me
C3,TNF,25.125,,standard,150.125,me
tube 7,IL6,30.5,,blank,,me
"""

PLAIN_CURVES = "cycle,A1,A2,B1\n1,-12.5,1203.25,0.125\n2,-11.75,1204.5,\n3,15.25,2250.625,0.375\n"


def assay(**fields: Any) -> Qpcr:
    given: dict[str, Any] = {"references": ("ACTB",), "cycles": 40} | fields
    return Qpcr(id="mrna", kind="qpcr", **given)


def reading(folder: Path, raw: bytes | str, name: str = "q.csv", **fields: Any) -> FileRead:
    path = folder / name
    path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
    return read_plate(path, source=f"raw/{name}", plate="Q1", assay=assay(**fields))


def real(path: Path, **fields: Any) -> FileRead:
    """A real file, where it lies."""
    return read_plate(path, source=path.name, plate="Q1", assay=assay(**fields))


def mistakes(folder: Path, raw: bytes | str, name: str = "q.csv", **fields: Any) -> str:
    with pytest.raises(ReadError) as caught:
        reading(folder, raw, name, **fields)
    return str(caught.value)


def cqs(read: FileRead) -> list[tuple[object, ...]]:
    """Well, channel, Cq, lower bound and role of every Cq."""
    return (
        read.readings.filter(kind="cq")
        .select("well", "channel", "value", "lower", "vendor_role")
        .rows()
    )


def why(read: FileRead) -> dict[str, str]:
    return {ignored.what: ignored.why for ignored in read.ignored}


def rows_of(text: str) -> list[list[str]]:
    """The cells of an example, whatever separates them."""
    return list(csv.reader(io.StringIO(text), delimiter="\t" if "\t" in text else ","))


def written(
    rows: list[list[str]], separator: str, *, comma: bool = False, grouped: bool = False
) -> str:
    """The rows as text again, with decimal commas and thousands marks where asked."""
    mark, other = (",", ".") if comma else (".", ",")

    def cell(text: str) -> str:
        number = re.fullmatch(r"((?:[<>] ?)?-?)([0-9]+)\.([0-9]+(?:E[+-][0-9]+)?)", text)
        if not number:
            return text
        sign, whole, rest = number.groups()
        grouped_whole = f"{whole[:-3]}{other}{whole[-3:]}" if grouped and len(whole) > 3 else whole
        return sign + grouped_whole + mark + rest

    buffer = io.StringIO()
    csv.writer(buffer, delimiter=separator, lineterminator="\n").writerows(
        [cell(c) for c in row] for row in rows
    )
    return buffer.getvalue()


def variants(text: str) -> Iterator[tuple[str, bytes]]:
    """The same export as other computers would write it."""
    rows = rows_of(text)
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        yield encoding, text.encode(encoding)
    western = _western(text)
    if western:
        yield "cp1252", text.encode("cp1252")
    yield "line ends of Windows", text.replace("\n", "\r\n").encode()
    yield "old line ends", text.replace("\n", "\r").encode()
    for name, separator in (("tab", "\t"), ("semicolon", ";"), ("comma", ",")):
        yield name, written(rows, separator).encode()
        yield f"{name}, decimal comma", written(rows, separator, comma=True).encode("utf-16")
        yield f"{name}, thousands", written(rows, separator, grouped=True).encode()
        yield (
            f"{name}, decimal comma, thousands",
            written(rows, separator, comma=True, grouped=True).encode(western or "utf-8"),
        )


def _western(text: str) -> str:
    """The encoding of a Western computer, or nothing where it lacks a letter of the text."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return ""
    return "cp1252"


def same_in_all_variants(folder: Path, text: str, name: str, **fields: Any) -> None:
    wanted = reading(folder, text, name, **fields)
    for variant, raw in variants(text):
        read = reading(folder, raw, name, **fields)
        assert read.readings.drop("sha256").equals(wanted.readings.drop("sha256")), variant
        assert read.ignored == wanted.ignored, variant


def workbook(**sheets: list[list[Any]]) -> bytes:
    """A workbook; text that is a number becomes one."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([_number(cell) for cell in row])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _number(cell: Any) -> Any:
    try:
        value = float(cell)
    except (TypeError, ValueError):
        return cell or None
    return cell if value != value else value


def same_in_a_workbook(folder: Path, text: str, name: str, **fields: Any) -> None:
    wanted = reading(folder, text, name, **fields).readings
    read = reading(folder, workbook(Sheet=rows_of(text)), "q.xlsx", **fields).readings
    assert read.drop("sha256", "block", "source").equals(wanted.drop("sha256", "block", "source"))


def read_or_refused(folder: Path, raw: bytes, name: str, **fields: Any) -> pl.DataFrame | None:
    """The readings, or None where the file was refused; nothing else may come of it."""
    try:
        read = reading(folder, raw or b" ", name, **fields)
    except ReadError as error:
        assert error.mistakes and all(
            m.where and m.found and m.expected and m.cure for m in error.mistakes
        )
        return None
    assert read.readings.height > 0
    return read.readings
