"""FCS: the events of the file, channel by channel, and nothing cut, guessed or lost."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from fcs_files import EVENTS, NAMES, assay, integers, made, written
from hypothesis import given, settings
from hypothesis import strategies as st

from exvivo.errors import ReadError
from exvivo.read import FileRead, read_plate
from exvivo.study import Beads


def reading(
    tmp_path: Path, raw: bytes, beads: Beads | None = None, well: str | None = "A7"
) -> FileRead:
    path = tmp_path / "A7.fcs"
    path.write_bytes(raw)
    return read_plate(path, source="raw/A7.fcs", plate="B1", assay=beads or assay(), well=well)


def mistakes(
    tmp_path: Path, raw: bytes, beads: Beads | None = None, well: str | None = "A7"
) -> str:
    with pytest.raises(ReadError) as caught:
        reading(tmp_path, raw, beads, well)
    return str(caught.value)


def test_needed_channels_become_readings_with_all_events(tmp_path: Path) -> None:
    read = reading(tmp_path, written())
    frame = read.readings
    assert frame["channel"].to_list() == ["FL6-H", "FL2-H", "FSC-A", "SSC-A"]
    assert (
        set(frame["kind"]) == {"bead_events"}
        and set(frame["well"]) == {"A7"}
        and frame["value"].null_count() == 4
    )
    for row in frame.rows(named=True):
        assert np.array_equal(row["y"], EVENTS[:, NAMES.index(row["channel"])].astype(float))
    assert [ignored.what for ignored in read.ignored] == ["channel Time"]
    assert read.header["events"] == "400" and read.header["format"] == "FCS 3.1"


def test_channels_are_found_by_label_and_without_case_and_keep_the_study_s_name(
    tmp_path: Path,
) -> None:
    frame = reading(tmp_path, written(), assay(("apc-h",), "PE-H", ("fsc-a",))).readings
    assert frame["channel"].to_list() == ["apc-h", "PE-H", "fsc-a"]
    assert np.array_equal(frame["y"][0], EVENTS[:, 2].astype(float))


def test_short_name_before_label_and_case_before_no_case(tmp_path: Path) -> None:
    raw = written(EVENTS[:, :3], ["A", "a", "B"], ["B", "", ""])
    frame = reading(tmp_path, raw, assay(("a",), "B", ())).readings
    assert np.array_equal(frame["y"][0], EVENTS[:, 1].astype(float))
    assert np.array_equal(frame["y"][1], EVENTS[:, 2].astype(float))


def test_missing_and_undecided_channels_are_refused_together(tmp_path: Path) -> None:
    text = mistakes(tmp_path, written(), assay(("FL9-H",), "FL8-H"))
    assert "'FL9-H'" in text and "'FL8-H'" in text and "FL6-H (APC-H)" in text
    twins = written(EVENTS[:, :2], ["X-A", "X-H"], ["PE", "pe"])
    assert "2 channels called 'Pe'" in mistakes(tmp_path, twins, assay(("Pe",), "X-A", ()))
    assert "the same channel" in mistakes(tmp_path, written(), assay(("FL6-H",), "APC-H"))


def test_values_above_the_stated_range_are_not_cut(tmp_path: Path) -> None:
    raw = integers(
        [[5000, 3]] * 2, {"$P1N": "A", "$P2N": "B", "$P1R": "4294967296", "$P2R": "4294967296"}
    )
    assert reading(tmp_path, raw, assay(("A",), "B", ())).readings["y"].to_list() == [
        [5000, 5000],
        [3, 3],
    ]
    high = EVENTS * 1e6
    frame = reading(tmp_path, written(high, p3r="1000")).readings
    assert np.array_equal(frame["y"][0], high[:, 2].astype(float))


def test_gain_and_logarithm_are_undone(tmp_path: Path) -> None:
    parameters = {
        "$P1N": "LIN",
        "$P2N": "LOG",
        "$P1R": "1024",
        "$P2R": "1024",
        "$P1G": "4",
        "$P1E": "0,0",
        "$P2E": "4,0.1",
    }
    frame = reading(
        tmp_path, integers([[400, 512], [8, 0]], parameters), assay(("LIN",), "LOG", ())
    ).readings
    assert frame["y"].to_list() == [[100, 2], pytest.approx([10 ** (4 * 512 / 1024) * 0.1, 0.1])]


def chained(first: list[list[int]], last: list[list[int]]) -> bytes:
    names = {"$P1N": "A", "$P2N": "B", "$P1R": "4294967296", "$P2R": "4294967296"}
    plain = integers(first, names, **{"$NEXTDATA": "00000000"})
    linked = integers(first, names, **{"$NEXTDATA": f"{len(plain):08d}"})
    assert len(linked) == len(plain)
    return linked + integers(last, names)


def test_of_chained_data_sets_the_last_is_read(tmp_path: Path) -> None:
    read = reading(tmp_path, chained([[1, 2]], [[900, 800]]), assay(("A",), "B", ()))
    assert read.readings["y"].to_list() == [[900], [800]] and read.header["data sets"].startswith(
        "2"
    )
    assert read.ignored[0].what == "data set 1"
    assert "2 data sets with [1, 2] events" in mistakes(
        tmp_path, chained([[1, 2]], [[3, 4]] * 2), assay(("A",), "B", ())
    )


def test_an_offset_that_is_one_byte_off_is_overlooked_and_said(tmp_path: Path) -> None:
    values = np.arange(8, dtype="<f4").reshape(4, 2)
    text = {"$BYTEORD": "1,2,3,4", "$DATATYPE": "F", "$PAR": "2", "$TOT": "4"}
    each = {"$P1N": "A", "$P2N": "B", "$P1R": "10", "$P2R": "10", "$P1B": "32", "$P2B": "32"}
    read = reading(
        tmp_path, made(text | each, values.tobytes(), "3.1", offset=1), assay(("A",), "B", ())
    )
    assert read.readings["y"].to_list() == [[0, 2, 4, 6], [1, 3, 5, 7]] and "offset" in read.header


def test_what_cannot_be_trusted_is_refused(tmp_path: Path) -> None:
    assert "the well it belongs to" in mistakes(tmp_path, written(), well=None)
    holed = EVENTS.copy()
    holed[3, 2] = np.nan
    assert "1 events of FL6-H that are not finite" in mistakes(tmp_path, written(holed))
    holed[3, 4] = np.nan
    holed[3, 2] = 1
    assert reading(tmp_path, written(holed)).readings.height == 4
    mixed = written().replace(b"FCS3.1", b"FCS3.2").replace(b"$P1R/", b"$P1DATATYPE/D/$P1R/")
    assert "FCS 3.2" in mistakes(tmp_path, mixed)
    assert "FCS" in mistakes(tmp_path, b"FCS")
    assert "a PDF" in mistakes(tmp_path, b"%PDF-1.4")


def test_no_event_is_refused(tmp_path: Path) -> None:
    text = {
        "$BYTEORD": "1,2,3,4",
        "$DATATYPE": "F",
        "$PAR": "1",
        "$TOT": "0",
        "$P1N": "A",
        "$P1R": "9",
        "$P1B": "32",
    }
    assert mistakes(tmp_path, made(text, b""), assay(("A",), "A", ()))


@pytest.mark.parametrize("stated", [4, 6])
def test_a_file_with_more_or_fewer_events_than_it_states_is_refused(
    tmp_path: Path, stated: int
) -> None:
    values = np.arange(10, dtype="<f4").reshape(5, 2)
    text = {"$BYTEORD": "1,2,3,4", "$DATATYPE": "F", "$PAR": "2", "$TOT": str(stated)}
    each = {"$P1N": "A", "$P2N": "B", "$P1R": "10", "$P2R": "10", "$P1B": "32", "$P2B": "32"}
    raw = made(text | each, values.tobytes(), "3.1")
    refused = mistakes(tmp_path, raw, assay(("A",), "B", ()))
    assert f"5 events of the {stated} stated" in refused


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        ["$PAR", "$TOT", "$NEXTDATA", "$P1B", "$P1R", "$P1E", "$P1G", "$BYTEORD", "$BEGINDATA"]
    ),
    st.text("0123456789,-.e ", max_size=12),
)
def test_no_keyword_can_hang_or_break_the_reader(
    tmp_path_factory: pytest.TempPathFactory, keyword: str, value: str
) -> None:
    names = {"$P1N": "FL6-H", "$P2N": "FL2-H", "$P1R": "262144", "$P2R": "262144"}
    raw = integers([[5, 3]] * 5, names, **{keyword: value or " "})
    began = time.process_time()
    try:
        reading(tmp_path_factory.getbasetemp(), raw, assay(scatter=()))
    except ReadError as error:
        assert error.mistakes
    assert time.process_time() - began < 10, "it hangs"


def test_a_real_cytoflex_file(shared_data: Path) -> None:
    path = shared_data / "beads" / "legendplex" / "K2-C07-A7.fcs"
    read = read_plate(
        path, source="k", plate="K2", assay=assay(("FL6-H",), "PE-H", ("FSC-A",)), well="A7"
    )
    raw = np.frombuffer(path.read_bytes()[6560:303872], dtype=">f4").reshape(6194, 12)
    assert read.readings["y"].list.len().to_list() == [6194] * 3
    for events, column in zip(read.readings["y"], (8, 6, 1), strict=True):
        assert np.array_equal(events, raw[:, column].astype(float))
    assert read.header["instrument"] == "CytoFLEX" and len(read.ignored) == 9


def test_of_two_channels_of_one_name_each_can_be_named(tmp_path: Path) -> None:
    """By its label where it has one of its own, else by its number in the file."""
    names = ["FSC-A", "PE-A", "PE-A"]
    labelled = written(EVENTS[:, :3], names, ["", "reporter", "spill"])
    text = mistakes(tmp_path, labelled, assay(("FSC-A",), "PE-A", ()))
    assert "2 channels called 'PE-A'" in text and "its label: reporter or spill" in text
    plain = written(EVENTS[:, :3], names, ["", "", ""])
    text = mistakes(tmp_path, plain, assay(("FSC-A",), "PE-A", ()))
    assert "its number in the file: P2 or P3" in text
    for raw, cures in ((labelled, ("reporter", "spill")), (plain, ("P2", "P3"))):
        for column, cure in enumerate(cures, 1):
            frame = reading(tmp_path, raw, assay(("FSC-A",), cure, ())).readings
            assert np.array_equal(frame["y"][1], EVENTS[:, column].astype(float))
