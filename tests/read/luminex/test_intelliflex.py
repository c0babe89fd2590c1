"""The csv of the INTELLIFLEX's own software: one line a well, columns of regions and reporters."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from luminex_exports import INTELLIFLEX
from qpcr_exports import written

from exvivo.errors import ReadError
from exvivo.read import FileRead, read_plate
from exvivo.study import Immunoassay


def reading(folder: Path, raw: bytes | str) -> FileRead:
    path = folder / "i.csv"
    path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
    return read_plate(
        path,
        source="raw/i.csv",
        plate="L1",
        assay=Immunoassay(id="protein", kind="immunoassay", unit="pg/mL"),
    )


def mistakes(folder: Path, raw: bytes | str) -> str:
    with pytest.raises(ReadError) as caught:
        reading(folder, raw)
    return str(caught.value)


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_every_well_and_region_is_a_reading(tmp_path: Path) -> None:
    read = reading(tmp_path, INTELLIFLEX)
    rows = read.readings.select(
        "well",
        "channel",
        "kind",
        "value",
        "beads",
        "vendor_role",
        "vendor_nominal",
        "vendor_dilution",
        "sample",
    )
    assert set(rows.rows()) == {
        ("A1", "IL6", "mfi", 12.5, 60, "blank", 0, 1, "blank"),
        ("A1", "IL6", "net_mfi", 0, 60, "blank", 0, 1, "blank"),
        ("A1", "TNF-a", "mfi", 14.25, 61, "blank", 0, 1, "blank"),
        ("A1", "TNF-a", "net_mfi", 0, 61, "blank", 0, 1, "blank"),
        ("B1", "IL6", "mfi", 8000.125, 62, "standard", None, 1, None),
        ("B1", "IL6", "net_mfi", 7987.625, 62, "standard", None, 1, None),
        ("B1", "TNF-a", "mfi", 9000.5, 63, "standard", None, 1, None),
        ("B1", "TNF-a", "net_mfi", 8986.25, 63, "standard", None, 1, None),
        ("C1", "IL6", "mfi", None, 0, "sample", None, 4, "d07 ATP"),
        ("C1", "IL6", "net_mfi", None, 0, "sample", None, 4, "d07 ATP"),
        ("C1", "TNF-a", "mfi", 20, 65, "sample", None, 4, "d07 ATP"),
        ("C1", "TNF-a", "net_mfi", 5.75, 65, "sample", None, 4, "d07 ATP"),
    }
    assert read.header["batch"] == "plate 1" and read.header["serial number"] == "IF1"
    kept = set(read.vendor.select("block", "row", "channel", "text").rows())
    assert ("RP1 %CV", "B1", "TNF-a", "6") in kept and ("TOTAL EVENTS", "C1", "", "902") in kept
    assert "jane" not in f"{kept}{read.header}" and "column ACTIVE USER" in {
        i.what for i in read.ignored
    }


def test_other_ways_of_writing_say_the_same(tmp_path: Path) -> None:
    wanted = reading(tmp_path, INTELLIFLEX).readings.drop("sha256")
    rows = rows_of(INTELLIFLEX)
    quoted = "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)
    for raw in (
        INTELLIFLEX.encode("utf-16"),
        INTELLIFLEX.encode("cp1252"),
        quoted.encode(),
        INTELLIFLEX.replace("\n", "\r\n").encode(),
        written(rows, ";", comma=True).encode(),
        written(rows, "\t").encode(),
        written(rows, ",", grouped=True).encode(),
        written([[*row, "", ""] for row in rows], ",").encode(),
    ):
        assert reading(tmp_path, raw).readings.drop("sha256").equals(wanted)


def test_several_reporters_and_no_names(tmp_path: Path) -> None:
    header = "WELL LOCATION,SAMPLE ID,R25: RP1 MEDIAN,R25: RP1 COUNT,R25: RP2 MEDIAN,R25: RP2 COUNT"
    text = f"{header}\nA1,x,130.5,28,6.5,29\n"
    rows = reading(tmp_path, text).readings.select("channel", "value", "beads").rows()
    assert rows == [("R25 RP1", 130.5, 28), ("R25 RP2", 6.5, 29)]
    one = "WELL LOCATION,SAMPLE ID,R25: RP1 MEDIAN\nA1,x,130.5\n"
    assert reading(tmp_path, one).readings.select("channel", "beads").rows() == [("R25", None)]


def test_what_cannot_be_told_is_refused(tmp_path: Path) -> None:
    assert "raw/i.csv:3" in mistakes(tmp_path, INTELLIFLEX.replace("8000.125,", ""))
    assert "R45 RP1 MEDIAN" in mistakes(tmp_path, INTELLIFLEX.replace("9000.5", "9O00"))
    assert "well B1 more than once" in mistakes(tmp_path, INTELLIFLEX.replace(",C1,U1", ",B1,U1"))
    assert "'Z1'" in mistakes(tmp_path, INTELLIFLEX.replace(",C1,U1", ",Z1,U1"))
    assert "column DILUTION" in mistakes(tmp_path, INTELLIFLEX.replace("d07 ATP,4", "d07 ATP,0"))
    assert "twice" in mistakes(
        tmp_path, INTELLIFLEX.replace("R45: RP1 NET MEDIAN", "R45: RP1 MEDIAN")
    )
    assert "decimal commas" in mistakes(tmp_path, INTELLIFLEX.replace("9000.5", "9000,5"))
    assert "without medians" in mistakes(tmp_path, "WELL LOCATION,R25: RP1 MEAN\nA1,5\n")


def test_what_the_software_writes_behind_the_wells_is_listed_and_changes_no_reading(
    tmp_path: Path,
) -> None:
    tail = '--DOCUMENT SIGNATURE--\nInstrument Serial Number: X1\nData Signature:\nAB"C,D==\n'
    plain, signed = reading(tmp_path, INTELLIFLEX), reading(tmp_path, INTELLIFLEX + tail)
    same = [name for name in plain.readings.columns if name != "sha256"]
    assert signed.readings.select(same).equals(plain.readings.select(same))
    assert "--DOCUMENT SIGNATURE--" in str(signed.ignored)
    for saved in ('"--DOCUMENT SIGNATURE--"\n"X: 1"\n', "--DOCUMENT SIGNATURE--,,,\nX: 1,,,\n"):
        again = reading(tmp_path, INTELLIFLEX + saved)  # as a spreadsheet writes it
        assert again.readings.select(same).equals(plain.readings.select(same))
    assert mistakes(tmp_path, INTELLIFLEX + "DOCUMENT\n")
