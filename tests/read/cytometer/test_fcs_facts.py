"""FCS: byte orders, number types and scales, and what a file says of itself: settings, well,
standard, sample.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from fcs_files import assay, integers, made, written
from hypothesis import given
from hypothesis import strategies as st
from test_fcs import mistakes, reading

from exvivo.errors import ReadError
from exvivo.read import FileRead, read_plate
from exvivo.read.cytometer.facts import (
    channel_facts,
    constant_well,
    file_facts,
    role_in_file,
)

TWO = {"$PAR": "2", "$P1N": "A", "$P2N": "B"}
TWO_CHANNELS = assay(("A",), "B", ())


def saying(keywords: dict[str, Any]) -> bytes:
    """The usual file with further keywords."""
    return written(**keywords)


def channels(read: FileRead) -> list[list[float]]:
    return [list(events) for events in read.readings["y"]]


@pytest.mark.parametrize("version", ["2.0", "3.0", "3.1", "3.2"])
@pytest.mark.parametrize("order", ["1,2,3,4", "4,3,2,1"])
@pytest.mark.parametrize(
    ("datatype", "bits", "code"), [("F", 32, "f"), ("D", 64, "d"), ("I", 16, "H"), ("I", 32, "I")]
)
def test_byte_orders_and_number_types(
    tmp_path: Path, version: str, order: str, datatype: str, bits: int, code: str
) -> None:
    values = [[1, 700], [1023, 3], [512, 44]]
    end = "<" if order[0] == "1" else ">"
    data = b"".join(struct.pack(f"{end}2{code}", *row) for row in values)
    text = TWO | {"$BYTEORD": order, "$DATATYPE": datatype, "$TOT": "3"}
    text |= {
        f"$P{i}{k}": v for i in (1, 2) for k, v in (("B", str(bits)), ("R", "1024"), ("E", "0,0"))
    }
    read = reading(tmp_path, made(text, data, version), TWO_CHANNELS)
    assert channels(read) == [[1, 1023, 512], [700, 3, 44]]
    assert read.header["data type"] == datatype


def test_a_log_amplifier_is_undone_and_recorded(tmp_path: Path) -> None:
    names = {
        "$P1N": "A",
        "$P2N": "B",
        "$P1R": "1024",
        "$P2R": "1024",
        "$P1E": "4,1",
        "$P2E": "0,0",
        "$P2G": "10",
    }
    read = reading(tmp_path, integers([[0, 50], [256, 100], [1023, 7]], names), TWO_CHANNELS)
    assert read.readings["y"][0].to_numpy() == pytest.approx(
        10 ** (4 * np.array([0, 256, 1023]) / 1024)
    )
    assert list(read.readings["y"][1]) == pytest.approx([5, 10, 0.7])
    assert read.header["amplification A"] == "logarithmic, 4 decades from 1 (undone)"
    assert read.header["amplification B"] == "linear" and read.header["gain B"] == "10"


def test_twenty_bits_of_a_chained_file_are_read_and_not_its_ten(tmp_path: Path) -> None:
    """A Beckman .LMD holds the tube in ten logarithmic bits, then in twenty linear ones."""
    ten = {
        "$P1N": "A",
        "$P2N": "B",
        "$P1R": "1024",
        "$P2R": "1024",
        "$P1E": "4,0.1024",
        "$P2E": "4,0.1024",
    }
    twenty = {
        "$P1N": "A",
        "$P2N": "B",
        "$P1R": "1048576",
        "$P2R": "1048576",
        "$P1E": "0,0",
        "$P2E": "0,0",
    }
    plain = integers([[512, 700]], ten)
    first = integers([[512, 700]], ten, **{"$NEXTDATA": f"{len(plain):08d}"})
    shift = len(first) - len(plain)
    first = integers([[512, 700]], ten, **{"$NEXTDATA": f"{len(plain) + shift:08d}"})
    read = reading(tmp_path, first + integers([[524_288, 1_048_575]], twenty), TWO_CHANNELS)
    assert channels(read) == [[524_288], [1_048_575]]
    assert read.header["range A"] == "1048576" and read.header["amplification A"] == "linear"
    assert [i.what for i in read.ignored] == ["data set 1"] and set(read.readings["block"]) == {
        "data set 2"
    }


def cba(tmp_path: Path, well: str | None = "A7", **keywords: str) -> FileRead:
    return reading(
        tmp_path, saying({k.replace("_", " "): v for k, v in keywords.items()}), well=well
    )


@pytest.mark.parametrize(
    ("keywords", "role", "dilution", "sample"),
    [
        (
            {"cba_type": "Standard", "cba_standard_id": "Standard 3", "cba_dilution": "16"},
            "standard",
            None,
            "Standard 3",
        ),
        ({"cba_type": " standard "}, "standard", None, None),
        ({"cba_type": "Standard", "cba_dilution": "1:256"}, "standard", None, None),
        ({"cba_type": "Standard", "cba_dilution": "0"}, None, None, None),
        ({"cba_type": "Standard", "cba_dilution": "negative control"}, None, None, None),
        ({"cba_type": "Sample", "cba_dilution": "4"}, "sample", 4.0, None),
        ({"cba_type": "Sample", "cba_dilution": "1:4"}, "sample", None, None),
        ({"cba_type": "Sample", "cba_dilution": "0"}, "sample", None, None),
        ({"cba_type": "Control", "cba_dilution": "2"}, None, None, None),
        ({}, None, None, None),
    ],
)
def test_cba_keywords_are_roles_only_without_doubt(
    tmp_path: Path,
    keywords: dict[str, str],
    role: str | None,
    dilution: float | None,
    sample: str | None,
) -> None:
    frame = cba(tmp_path, **keywords).readings
    assert frame.select("vendor_role", "vendor_dilution", "sample").unique().rows() == [
        (role, dilution, sample)
    ]
    assert frame["vendor_nominal"].null_count() == frame.height


def test_cba_keywords_stay_as_facts(tmp_path: Path) -> None:
    header = cba(
        tmp_path,
        cba_type="Standard",
        cba_plex_name="Human IL-6 (A7)",
        cba_standard_id="S3",
        cba_dilution="1:16",
        well_id="A07",
    ).header
    said = {
        k: header[k]
        for k in ("CBA type", "CBA bead", "CBA standard", "CBA dilution", "well in the file")
    }
    assert list(said.values()) == ["Standard", "Human IL-6 (A7)", "S3", "1:16", "A07"]


@pytest.mark.parametrize(("keyword", "shown"), [("well id", "(well id)"), ("WELLID", "($WELLID)")])
def test_another_well_in_file_and_layout_is_refused_with_both(
    tmp_path: Path, keyword: str, shown: str
) -> None:
    text = mistakes(tmp_path, saying({keyword: "B03"}))
    assert "well B3 in the file " + shown in text and "well A7 in the layout of plate B1" in text
    assert reading(tmp_path, saying({keyword: "A07"})).readings.height == 4
    assert (
        reading(tmp_path, saying({keyword: "B03"}), well="S1-2").header["well in the file"] == "B03"
    )
    assert reading(tmp_path, saying({keyword: "Tube 12"})).readings.height == 4


def test_settings_of_used_channels_are_facts_and_persons_are_not(tmp_path: Path) -> None:
    settings = {
        "CYT": "FACSVerse",
        "CYTSN": "V1",
        "P3F": "660/10",
        "P3T": "PMT",
        "P3V": " 455 ",
        "P3L": "640",
        "P3O": "40",
        "P5V": "1",
        "ABRT": "3",
        "LOST": "2",
        "BTIM": "10:00:00",
        "ETIM": "10:01:00",
        "DATE": "13-APR-2016",
        "OP": "Dr Jane Doe",
        "EXP": "John Roe",
        "SRC": "patient 12",
        "SMNO": "Maria",
        "CELLS": "Maria's",
        "COM": "Jane",
    }
    header = reading(tmp_path, saying(settings), assay(("APC-H",), "FL2-H", ())).header
    found = {k: v for k, v in header.items() if "APC-H" in k}
    assert found == {
        "filter APC-H": "660/10",
        "detector APC-H": "PMT",
        "voltage APC-H": "455",
        "laser wavelength APC-H": "640",
        "laser power APC-H": "40",
        "range APC-H": header["range APC-H"],
        "amplification APC-H": "linear",
    } | ({"gain APC-H": header["gain APC-H"]} if "gain APC-H" in header else {})
    assert (header["instrument"], header["events lost"], header["events aborted"]) == (
        "FACSVerse",
        "2",
        "3",
    )
    assert (header["date"], header["begin"], header["end"]) == (
        "13-APR-2016",
        "10:00:00",
        "10:01:00",
    )
    assert not {"voltage Time", "voltage FSC-A"} & set(header)
    said = " ".join([*header, *header.values()])
    assert not any(name in said for name in ("Jane", "Roe", "patient 12", "Maria"))


@given(
    st.dictionaries(
        st.sampled_from(["cba type", "cba dilution", "p1e", "p1v", "ch1id", "ch1gain", "p1n"]),
        st.text(max_size=20),
    )
)
def test_any_text_is_a_fact_or_none(text: dict[str, str]) -> None:
    facts = file_facts(text) | channel_facts(text, {"PE": 0})
    assert all(value and value == value.strip() for value in facts.values())
    stated = role_in_file(text)
    assert stated["vendor_role"] in (None, "standard", "sample")
    assert stated["vendor_dilution"] is None or stated["vendor_role"] == "sample"


def test_a_real_cytoflex_says_its_detector_gains(shared_data: Path) -> None:
    path = shared_data / "beads" / "legendplex" / "K2-C07-A7.fcs"
    header = _cytoflex(path)
    assert (
        header["detector gain FL6-H"],
        header["detector gain PE-H"],
        header["detector gain FSC-A"],
    ) == (
        "55",
        "15",
        "70",
    )
    assert header["instrument serial number"] == "AS12113" and header["events aborted"] == "38"
    assert header["gain FL6-H"] == "1.0" and header["label FL6-H"] == "APC-H"


def _cytoflex(path: Path) -> dict[str, str]:
    from exvivo.read import read_plate

    read = read_plate(
        path, source="k", plate="K2", assay=assay(("FL6-H",), "PE-H", ("FSC-A",)), well="A7"
    )
    assert read.readings.select(pl.col("vendor_role").is_null().all()).item()
    return dict(read.header)


def test_a_well_that_all_files_of_a_plate_state_is_no_well(tmp_path: Path) -> None:
    """A MACSQuant that measures single tubes writes A1 into every file."""
    paths = [tmp_path / f"Tube_{number:03}.fcs" for number in range(3)]
    for path in paths:
        path.write_bytes(saying({"WELLID": "A01"}))
    assert constant_well(paths) == "A1"
    paths[1].write_bytes(saying({"WELLID": "A02"}))
    assert constant_well(paths) == ""
    paths[1].write_bytes(saying({}))
    assert constant_well(paths) == ""
    assert constant_well(paths[:1]) == ""  # one file: a well, and it must be the layout's
    paths[1].write_bytes(b"no FCS file")
    assert constant_well([paths[1], tmp_path / "absent.fcs"]) == ""


def test_a_constant_well_is_not_held_against_the_layout_and_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "Tube_002.fcs"
    path.write_bytes(saying({"WELLID": "A01"}))
    read = read_plate(
        path, source="raw/x.fcs", plate="B1", assay=assay(), well="B3", constant_well="A1"
    )
    assert set(read.readings["well"]) == {"B3"}
    assert "well A1" in [ignored.what for ignored in read.ignored]
    path.write_bytes(saying({"WELLID": "C07"}))
    with pytest.raises(ReadError, match="well C7 in the file"):
        read_plate(
            path, source="raw/x.fcs", plate="B1", assay=assay(), well="B3", constant_well="A1"
        )
