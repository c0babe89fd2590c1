"""An example of every reader's format: the files that the contract of readers is tested on.

A new reader needs one entry in `EXAMPLES`; `test_contract.py` then tests on it all that every
reader has to do.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import applied_biosystems_exports as applied
import fcs_files as fcs
import luminex_exports as luminex
import numpy as np
import plate_vendors as vendors
import rdml_files as rdml
from plate_exports import elisa, matrix, plate, text
from qpcr_exports import (
    CFX_CQ,
    CFX_CURVES,
    LC480_CP,
    PLAIN,
    PLAIN_CURVES,
    QTOWER,
    assay,
    lc480_raw,
    rows_of,
    workbook,
    written,
)

from exvivo.study import Assay, Results

ODD = "Zanzibar"
"""The name of what is planted in an example: no reader knows it."""
_ALSO_MATRICES = "it is made of plate matrices, each with lines of settings above it"
_NUMBERS_OF_WORKBOOKS = "a workbook: its numbers and letters are the same on every computer"


@dataclass(frozen=True, kw_only=True)
class Example:
    """One file of a reader's format.

    `reader` is the id in the registry. `text` is the file as text, `raw` the bytes of a binary
    one, which says in `binary` why computers do not write its numbers and letters in several ways.
    `planted` is the file again with a column, sheet, block, element or line of the name `ODD`, by
    what was planted. `forms` are the same file in further forms of the format, for damage.
    `also` are readers that stand behind its own and may read it too, each with the reason.
    """

    reader: str
    name: str
    assay: Assay
    planted: Mapping[str, bytes]
    text: str = ""
    raw: bytes = b""
    binary: str = ""
    well: str | None = None
    run: str = ""
    analytes: tuple[str, ...] = ()
    forms: tuple[bytes, ...] = ()
    also: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        return self.raw or self.text.encode()

    @property
    def suffix(self) -> str:
        """The suffix of its name."""
        return Path(self.name).suffix


def with_column(table: str, header: str, separator: str) -> bytes:
    """A text whose table, from the line that begins with `header` to the next blank one, has one
    more column.
    """
    lines = table.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith(header))
    last = next((i for i in range(first, len(lines)) if not lines[i]), len(lines))
    cells = [ODD] + ["x"] * (last - first - 1)
    widened = [line + separator + cell for line, cell in zip(lines[first:last], cells, strict=True)]
    return "\n".join([*lines[:first], *widened, *lines[last:], ""]).encode()


def _with_line(file: str, before: str, line: str) -> bytes:
    """A text with one more line."""
    assert before in file
    return file.replace(before, f"{line}\n{before}", 1).encode()


def _with_first_column(rows: list[list[str]]) -> bytes:
    """A tab-separated table below one line, with one more column before the others."""
    title, header, *body = rows
    return written([title, [ODD, *header], *(["x", *row] for row in body)], "\t").encode()


def _with_sheet(sheets: Mapping[str, list[list[Any]]]) -> bytes:
    """A workbook with one more sheet."""
    return workbook(**sheets, **{ODD: [["a note"]]})


def _rdml(inside: str = "", beside: str = "") -> str:
    reactions = rdml.react("1", f"<cq>2.5</cq>{rdml.curve()}{inside}")
    return rdml.document(rdml.run(reactions + rdml.react("2", rdml.curve(), target="IL6") + beside))


_RESULTS = "Sample,TNF,IL6,age\n007,3.5,12.25,61\nb 2,<2,1000.5,58\nc µ,>50,0.125,44\n"
_LONG_RESULTS = (
    "Sample,what,amount,who\n007,TNF,3.5,me\n007,IL6,12.25,me\nb 2,TNF,<2,me\nc µ,IL6,0.125,me\n"
)
_RESULTS_ASSAY = Results(id="plasma", kind="results", sample="Sample")
_BIOPLEX = luminex.wide()
_MAGELLAN = vendors.magellan(("Label1", "0s", {**plate()}))
_ICONTROL_TEXT = [["" if cell is None else cell for cell in row] for row in vendors.ICONTROL]
_TWO_MATRICES = f"450\n{text(matrix(plate()))}\n570\n{text(matrix(plate(plus=0.5)))}"
_INTEGERS = {"$P1N": "FL6-H", "$P2N": "FL2-H", "$P1R": "262144", "$P2R": "262144"}
_FCS_NAMES = [*fcs.NAMES, ODD]
_FCS_EVENTS = np.column_stack([fcs.EVENTS, fcs.EVENTS[:, 0]])
_LC480_RAW = lc480_raw()
_QS = applied.export()

EXAMPLES = {
    "RDML": Example(
        reader="rdml",
        name="q.rdml",
        assay=assay(),
        raw=rdml.zipped(_rdml()),
        binary="XML declares its encoding, and its schema the decimal point; UTF-16 is tested "
        "there",
        planted={
            "element of a reaction": rdml.zipped(_rdml(inside=f"<{ODD}/>")),
            "element of a run": rdml.zipped(_rdml(beside=f"<{ODD}/>")),
            "member of the archive": rdml.zipped(_rdml(), **{ODD: "<a/>"}),
        },
        forms=(_rdml().encode(), _rdml().encode("utf-16")),
    ),
    "Applied Biosystems": Example(
        reader="applied_biosystems",
        name="q.txt",
        assay=assay(cycles=None),
        text=_QS,
        planted={
            "column of Results": with_column(_QS, "Well\tWell Position\tOmit", "\t"),
            "column of Amplification Data": with_column(_QS, "Well\tCycle\tTarget", "\t"),
            "section": _with_line(_QS, "[Raw Data]", f"[{ODD}]\na\tb\tc\n1\t2\t3\n"),
            "fact": _with_line(_QS, "* Block Type", f"* {ODD} = 1"),
        },
        forms=(
            applied.export(applied.commas(applied.SECTIONS), separator=";", star=False).encode(),
            applied.single().encode("latin-1", "replace"),
            applied.workbook(),
            applied.old_workbook(),
        ),
    ),
    "CFX, Cq": Example(
        reader="cfx",
        name="q.csv",
        assay=assay(),
        text=CFX_CQ,
        planted={"column": with_column(CFX_CQ, ",Well", ",")},
        forms=(workbook(**{"0": rows_of(CFX_CQ)}),),
    ),
    "CFX, curves": Example(
        reader="cfx",
        name="q.csv",
        assay=assay(),
        text=CFX_CURVES,
        planted={"column": with_column(CFX_CURVES, ",Cycle", ",")},
    ),
    "LightCycler 480, Cp": Example(
        reader="lightcycler480",
        name="q.txt",
        assay=assay(),
        text=LC480_CP,
        planted={"column": _with_first_column(rows_of(LC480_CP))},
    ),
    "LightCycler 480, curves": Example(
        reader="lightcycler480",
        name="q.txt",
        assay=assay(),
        text=_LC480_RAW,
        planted={},
        forms=(gzip.compress(_LC480_RAW.encode(), mtime=0),),
    ),
    "qTOWER": Example(
        reader="qtower",
        name="q.csv",
        assay=assay(),
        text=QTOWER,
        planted={
            "column": with_column(QTOWER, "Well,,", ","),
            "line above": f"{ODD}:,1\n{QTOWER}".encode(),
        },
    ),
    "table of Cq": Example(
        reader="cq_table",
        name="q.csv",
        assay=assay(),
        text=PLAIN,
        planted={
            "column": with_column(PLAIN, "well", ","),
            "line above": f"{ODD}\n{PLAIN}".encode(),
        },
        forms=(workbook(S=rows_of(PLAIN)),),
    ),
    "table of curves": Example(
        reader="cq_table",
        name="q.csv",
        assay=assay(),
        text=PLAIN_CURVES,
        planted={"column": with_column(PLAIN_CURVES, "cycle", ",")},
    ),
    "FCS": Example(
        reader="fcs",
        name="A7.fcs",
        assay=fcs.assay(scatter=()),
        well="A7",
        raw=fcs.written(fcs.EVENTS[:40]),
        binary="numbers are bits, and the file states their order",
        planted={"channel": fcs.written(_FCS_EVENTS[:40], _FCS_NAMES, [*fcs.LABELS, ""])},
        forms=(fcs.integers([[5000, 3]] * 5, _INTEGERS),),
    ),
    "xPONENT": Example(
        reader="xponent",
        name="x.csv",
        assay=elisa(analyte=""),
        text=luminex.XPONENT,
        planted={
            "block": _with_line(
                luminex.XPONENT,
                '"DataType:","Audit Logs"',
                f'"DataType:","{ODD}"\n"Location","Sample","TNF-a","IL6"\n"1(1,A1)","x","1","2"\n',
            ),
            "line above": _with_line(luminex.XPONENT, '"SN"', f'"{ODD}","1"'),
        },
    ),
    "INTELLIFLEX": Example(
        reader="intelliflex",
        name="i.csv",
        assay=elisa(analyte=""),
        text=luminex.INTELLIFLEX,
        planted={"column": with_column(luminex.INTELLIFLEX, "MODEL", ",")},
    ),
    "bead-level run": Example(
        reader="bead_level",
        name="Run001.csv",
        assay=elisa(analyte="", channels={"45": "TNF"}),
        well="D7",
        text=luminex.BEAD_RUN,
        planted={"column": with_column(luminex.BEAD_RUN, '"EventNo"', ",")},
    ),
    "Bio-Plex": Example(
        reader="bioplex",
        name="b.xlsx",
        assay=elisa(analyte=""),
        raw=workbook(**_BIOPLEX),
        binary=_NUMBERS_OF_WORKBOOKS,
        planted={
            "sheet": _with_sheet(_BIOPLEX),
            "figure": workbook(
                Report=[
                    [ODD if cell == "Std Dev" else cell for cell in row]
                    for row in _BIOPLEX["Report"]
                ]
            ),
        },
        forms=(workbook(**luminex.sheet_a_figure()), workbook(**luminex.sheet_an_analyte())),
    ),
    "Gen5": Example(
        reader="gen5",
        name="p.txt",
        assay=elisa(),
        text=vendors.GEN5,
        planted={
            "line above": _with_line(vendors.GEN5, "Plate Number", f"{ODD}\t1"),
            "line of the procedure": _with_line(vendors.GEN5, "Plate Type", f"{ODD}\t1"),
            "section": (vendors.GEN5 + f"\n{ODD}\n\n1\t2\n").encode(),
        },
    ),
    "SoftMax Pro": Example(
        reader="softmax",
        name="p.txt",
        assay=elisa(),
        run="P1",
        text=vendors.SOFTMAX.replace("\r\n", "\n"),
        planted={
            "block": vendors.SOFTMAX.replace("BLOCKS= 3", "BLOCKS= 4")
            .replace("Group: Standards", f"Note: {ODD}\r\na\r\n~End\r\nGroup: Standards")
            .encode(),
            "column of a group": vendors.SOFTMAX.replace("\tOD\t", f"\t{ODD}\t", 1).encode(),
        },
    ),
    "MSD": Example(
        reader="msd",
        name="p.csv",
        assay=elisa(analyte=""),
        text=vendors.MSD,
        planted={"column": with_column(vendors.MSD, "Sample", ",")},
        forms=(workbook(S=rows_of(vendors.MSD)),),
    ),
    "Magellan": Example(
        reader="magellan",
        name="p.xlsx",
        assay=elisa(),
        raw=workbook(M=_MAGELLAN),
        binary=_NUMBERS_OF_WORKBOOKS,
        planted={
            "sheet": _with_sheet({"M": _MAGELLAN}),
            "column": workbook(
                M=vendors.magellan(("Label1", "0s", {**plate()}), (ODD, "", {**plate()}))
            ),
        },
    ),
    "Bio-Plex XML": Example(
        reader="bioplex_xml",
        name="b.xml",
        assay=elisa(analyte=""),
        raw=luminex.BIOPLEX_XML.encode(),
        binary="XML declares its encoding, and the program writes decimal points everywhere",
        planted={
            "element": luminex.bioplex_document(
                luminex.BIOPLEX_SAMPLES, more=f"<{ODD}>1</{ODD}>"
            ).encode()
        },
    ),
    "i-control": Example(
        reader="icontrol",
        name="p.xlsx",
        assay=elisa(),
        raw=workbook(S=vendors.ICONTROL),
        binary=_NUMBERS_OF_WORKBOOKS,
        also={"plate_matrix": _ALSO_MATRICES},
        planted={
            "sheet": _with_sheet({"S": vendors.ICONTROL}),
            "setting": workbook(S=[*vendors.ICONTROL[:6], [ODD, None, "1"], *vendors.ICONTROL[6:]]),
        },
    ),
    "i-control, as text": Example(
        reader="icontrol",
        name="p.txt",
        assay=elisa(),
        text=text(_ICONTROL_TEXT, "\t"),
        also={"plate_matrix": _ALSO_MATRICES},
        planted={"setting": _with_line(text(_ICONTROL_TEXT, "\t"), "Date:", f"{ODD}\t\t\t\t1")},
    ),
    "EnVision": Example(
        reader="envision",
        name="p.csv",
        assay=elisa(),
        text=vendors.ENVISION,
        also={"plate_matrix": _ALSO_MATRICES},
        planted={"line": _with_line(vendors.ENVISION, "Labels:", f"{ODD},,,,1")},
    ),
    "SkanIt": Example(
        reader="skanit",
        name="p.xlsx",
        assay=elisa(),
        raw=workbook(**vendors.SKANIT),
        binary=_NUMBERS_OF_WORKBOOKS,
        also={"plate_matrix": _ALSO_MATRICES},
        planted={"sheet": _with_sheet(vendors.SKANIT)},
    ),
    "SMART Control": Example(
        reader="smart_control",
        name="p.xlsx",
        assay=elisa(),
        raw=workbook(**vendors.SMART),
        binary=_NUMBERS_OF_WORKBOOKS,
        planted={
            "sheet": _with_sheet(vendors.SMART),
            "row": workbook(
                **vendors.SMART
                | {"Table End point": [*vendors.SMART["Table End point"], [ODD, 1, 2, 3, 4]]}
            ),
        },
    ),
    "plate matrix": Example(
        reader="plate_matrix",
        name="p.csv",
        assay=elisa(),
        text=_TWO_MATRICES,
        planted={
            "line": _with_line(_TWO_MATRICES, "450", f"{ODD}\n"),
            "sheet": _with_sheet({"A": matrix(plate())}),
        },
        forms=(
            workbook(A=matrix(plate())),
            text([row[1:] for row in matrix(plate())[1:]], "\t").encode("utf-16"),
        ),
    ),
    "table of signals": Example(
        reader="signal_table",
        name="p.csv",
        assay=elisa(analyte=""),
        text=vendors.SIGNALS,
        planted={
            "column": with_column(vendors.SIGNALS, "well", ","),
            "line above": f"{ODD}\n{vendors.SIGNALS}".encode(),
        },
        forms=(workbook(S=rows_of(vendors.SIGNALS)),),
    ),
    "long table of results": Example(
        reader="results",
        name="p.csv",
        assay=Results(
            id="plasma", kind="results", sample="Sample", analyte="what", result="amount"
        ),
        analytes=("TNF", "IL6"),
        text=_LONG_RESULTS,
        planted={
            "column": with_column(_LONG_RESULTS, "Sample", ","),
            "analyte": f"{_LONG_RESULTS}d,{ODD},1.5,me\n".encode(),
        },
    ),
    "table of results": Example(
        reader="results",
        name="p.csv",
        assay=_RESULTS_ASSAY,
        analytes=("TNF", "IL6"),
        text=_RESULTS,
        planted={"column": with_column(_RESULTS, "Sample", ",")},
        forms=(workbook(S=rows_of(_RESULTS)), written(rows_of(_RESULTS), "\t").encode()),
    ),
}
"""Every example by what people call it; one or more for each reader."""
