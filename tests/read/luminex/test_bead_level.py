"""Bead-level runs: every bead within the gate, by its region, and none of another."""

from __future__ import annotations

import csv
import gzip
import io
import statistics
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from luminex_exports import BEAD_RUN
from qpcr_exports import written

from exvivo.errors import ReadError
from exvivo.read import FileRead, read_plate
from exvivo.study import Immunoassay

ASSAY = Immunoassay(id="protein", kind="immunoassay", channels={"45": "TNF"})


def reading(folder: Path, raw: bytes | str, well: str | None = "D7") -> FileRead:
    path = folder / "Run001.csv"
    path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
    return read_plate(path, source="raw/Run001.csv", plate="L1", assay=ASSAY, well=well)


def mistakes(folder: Path, raw: bytes | str, well: str | None = "D7") -> str:
    with pytest.raises(ReadError) as caught:
        reading(folder, raw, well)
    return str(caught.value)


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_beads_within_the_gate_by_region(tmp_path: Path) -> None:
    read = reading(tmp_path, BEAD_RUN)
    assert read.readings.select("well", "channel", "kind", "beads", "unit", "y").rows() == [
        ("D7", "25", "bead_events", 2, "MFI", [3, 7]),
        ("D7", "45", "bead_events", 3, "MFI", [13, 1250, 0]),
    ]
    said = {ignored.what for ignored in read.ignored}
    assert {
        "1 beads of region 0",
        "1 beads out of the DD gate",
        "column CL1",
        "column DD",
        "column EventNo",
    } <= said
    assert read.header["events"] == "7" and read.header["sample number"] == "38513"
    assert read.header["batch"].startswith("plate ü") and "Jane" not in str(read.header)


def test_other_ways_of_writing_say_the_same(tmp_path: Path) -> None:
    wanted = reading(tmp_path, BEAD_RUN.replace('"1250"', '"1250.25"')).readings.drop("sha256")
    text = BEAD_RUN.replace('"1250"', '"1250.25"')
    table = rows_of(text)[2:]
    for raw in (
        text.encode("utf-16"),
        text.encode("cp1252"),
        text.replace("\n", "\r\n").encode(),
        written(table, ",").encode(),
        written(table, ";", comma=True).encode(),
        written(table, "\t").encode(),
        written(table, ";", grouped=True).encode(),
    ):
        assert reading(tmp_path, raw).readings.drop("sha256").equals(wanted)


def test_several_reporters(tmp_path: Path) -> None:
    text = "\n".join(
        f'{line},"{place}.5"' if place > 2 else line
        for place, line in enumerate(BEAD_RUN.splitlines())
    )
    read = reading(tmp_path, text.replace('"RP1"', '"RP1","RP2"') + "\n")
    assert read.readings["channel"].to_list() == ["25 RP1", "45 RP1", "25 RP2", "45 RP2"]
    assert read.readings["y"].to_list()[2] == [6.5, 8.5]


def test_what_cannot_be_trusted_is_refused(tmp_path: Path) -> None:
    assert "the well it belongs to" in mistakes(tmp_path, BEAD_RUN, well=None)
    assert "raw/Run001.csv:6" in mistakes(tmp_path, BEAD_RUN.replace('"875","1250"', '"1250"'))
    assert "column RP1" in mistakes(tmp_path, BEAD_RUN.replace('"1250"', '""'))
    assert "column RP1" in mistakes(tmp_path, BEAD_RUN.replace('"1250"', '"12x"'))
    assert "column BeadID" in mistakes(tmp_path, BEAD_RUN.replace('"3","45"', '"3","TNF"'))
    assert "column IsDDGated" in mistakes(
        tmp_path, BEAD_RUN.replace('"45","False"', '"45","maybe"')
    )
    assert "BeadID, IsDDGated and RP1" in mistakes(tmp_path, BEAD_RUN.replace('"RP1"', '"light"'))
    assert "a column twice" in mistakes(tmp_path, BEAD_RUN.replace('"CL2"', '"CL1"'))
    assert "no events" in mistakes(tmp_path, "\n".join(BEAD_RUN.splitlines()[:3]))
    assert "no readings" in mistakes(tmp_path, BEAD_RUN.replace('"True"', '"False"'))
    assert "a double quote that is not closed" in mistakes(tmp_path, BEAD_RUN[:-4])


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 30_000)), min_size=1, max_size=40
    )
)
def test_regions_add_up(
    tmp_path_factory: pytest.TempPathFactory, beads: list[tuple[int, bool, int]]
) -> None:
    lines = [
        f"{n},{region},{gate},9000,1,1,{light}" for n, (region, gate, light) in enumerate(beads)
    ]
    text = "EventNo,BeadID,IsDDGated,DD,CL1,CL2,RP1\n" + "\n".join(lines) + "\n"
    wanted: dict[str, list[int]] = {}
    for region, gate, light in beads:
        if region and gate:
            wanted.setdefault(str(region), []).append(light)
    folder = tmp_path_factory.getbasetemp()
    if not wanted:
        assert "no readings" in mistakes(folder, text)
        return
    read = reading(folder, text)
    assert dict(read.readings.select("channel", "y").rows()) == wanted


@pytest.mark.parametrize("run", ["Run001", "Run065", "Run073"])
def test_medians_of_real_runs_are_those_of_another_way_of_grouping(
    shared_data: Path, tmp_path: Path, run: str
) -> None:
    folder = shared_data / "luminex" / "bead_level" / "plate1"
    raw = gzip.decompress((folder / f"{run}.csv.gz").read_bytes())
    read = reading(tmp_path, raw)
    wanted: dict[str, list[float]] = {}
    lines = io.StringIO(raw.decode("cp1252")).readlines()[2:]
    for bead in csv.DictReader(lines):
        if bead["IsDDGated"] == "True" and bead["BeadID"] != "0":
            wanted.setdefault(bead["BeadID"], []).append(float(bead["RP1"]))
    found = {
        channel: float(np.median(y)) for channel, y in read.readings.select("channel", "y").rows()
    }
    assert found == {region: statistics.median(values) for region, values in wanted.items()}
    assert dict(read.readings.select("channel", "beads").rows()) == {
        r: len(v) for r, v in wanted.items()
    }


def test_real_standards_rise_with_their_amounts(shared_data: Path, tmp_path: Path) -> None:
    """Wells run down the columns: Run073 is A10, the first of eight standards, and Run080 is
    H10.
    """
    folder = shared_data / "luminex" / "bead_level"
    text = (folder / "layout.csv").read_text()
    layout = {row["well"]: row["concentration"] for row in csv.DictReader(io.StringIO(text))}
    light, amounts = [], []
    for number in range(73, 81):
        well = f"{'ABCDEFGH'[number - 73]}10"
        read = reading(
            tmp_path,
            gzip.decompress((folder / "plate1" / f"Run{number:03d}.csv.gz").read_bytes()),
            well,
        )
        light.append(float(np.median(read.readings.filter(channel="45")["y"].to_list()[0])))
        amounts.append(float(layout[well]))
    order = np.argsort(amounts)
    assert len(set(amounts)) > 5 and np.all(np.diff(np.array(light)[order]) > 0)
