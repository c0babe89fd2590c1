"""LightCycler 480: raw fluorescence and Cp, as text, packed or not."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from qpcr_exports import (
    LC480_CP,
    cqs,
    lc480_raw,
    mistakes,
    reading,
    real,
    same_in_all_variants,
    why,
)

from exvivo.cells import guards
from exvivo.errors import ReadError
from exvivo.quantify.qpcr.melting import melting_peaks

RAW = lc480_raw()


def test_of_a_raw_export_the_amplification_is_read(tmp_path: Path) -> None:
    read = reading(tmp_path, RAW, "q.txt")
    assert read.readings.filter(kind="melt").select("well", "block", "x", "y").rows() == [
        (well, "program 3 segment 1", [60.0, 65.5, 71.0, 76.5, 82.0], [5.5] * 5)
        for well in ("A1", "A2")
    ]
    curves = read.readings.filter(kind="amplification")
    assert curves.select("well", "sample", "channel", "block", "kind", "x", "y").rows() == [
        (
            "A1",
            "Sample 1",
            "",
            "program 2 segment 2",
            "amplification",
            [1, 2, 3, 4],
            [1.25, 2.25, 3.25, 4.25],
        ),
        (
            "A2",
            "Sample 2",
            "",
            "program 2 segment 2",
            "amplification",
            [1, 2, 3, 4],
            [2.25, 3.25, 4.25, 5.25],
        ),
    ]
    assert read.header == {
        "format": "LightCycler 480",
        "instrument": "LightCycler 480",
        "experiment": "induced cells µ",
        "software": "LCS480 1.5.0.39",
    }
    assert list(why(read)) == ["column Time"]


def test_cp(tmp_path: Path) -> None:
    read = reading(tmp_path, LC480_CP, "q.txt")
    assert cqs(read) == [
        ("A1", "", 22.78, None, None),
        ("A2", "", None, 40.0, None),
        ("A3", "", 24.5, None, None),
        ("B1", "", 12.64, None, "standard"),
        ("B2", "", 16.06, None, "standard"),
        ("B3", "", 19.6, None, "standard"),
    ]
    assert read.header["filter"] == "SYBR Green I / HRM Dye (483-533)"
    listed = why(read)
    assert listed["omission marks (1)"].endswith("A3")
    assert {f"column {name}" for name in ("Color", "Concentration", "Standard", "Status")} <= set(
        listed
    )


def test_a_well_that_is_not_included_and_has_no_cp_is_left_out(tmp_path: Path) -> None:
    """Left out by a person: neither a Cq nor undetected; its curve in the other file goes too."""
    omitted = LC480_CP.replace("True\t65280\tA2", "False\t65280\tA2")
    assert omitted != LC480_CP
    read = reading(tmp_path, omitted, "q.txt")
    assert "A2" not in read.readings["well"].to_list()
    assert read.left_out == frozenset({("A2", "")})
    assert "A2" in why(read)["omitted wells without a Cq (1)"]


def test_other_ways_of_writing_say_the_same(tmp_path: Path) -> None:
    same_in_all_variants(tmp_path, lc480_raw(filters=("465-510", "533-580")), "q.txt")
    wanted = reading(tmp_path, RAW, "q.txt").readings.drop("sha256", "source")
    packed = reading(tmp_path, gzip.compress(RAW.encode()), "q.txt.gz").readings.drop(
        "sha256", "source"
    )
    assert packed.equals(wanted)
    untitled = reading(tmp_path, RAW.split("\n", 1)[1], "q.txt").readings.drop("sha256", "source")
    assert untitled.equals(wanted)


def test_rows_in_another_order_say_the_same(tmp_path: Path) -> None:
    first, second, *lines = RAW.rstrip().split("\n")
    by_cycle = sorted(
        lines, key=lambda line: (line.split("\t")[2:5], line.split("\t")[0]), reverse=True
    )
    read = reading(tmp_path, "\n".join([first, second, *by_cycle]) + "\n", "q.txt").readings
    wanted = reading(tmp_path, RAW, "q.txt").readings.sort("kind", "well")
    assert read.sort("kind", "well").drop("sha256").equals(wanted.drop("sha256"))


def test_several_filters_name_the_curves(tmp_path: Path) -> None:
    raw = lc480_raw(filters=("465-510", "533-580"))
    both = reading(tmp_path, raw, "q.txt").readings
    read = both.filter(kind="amplification")
    assert both.filter(kind="melt")["channel"].to_list() == read["channel"].to_list()
    assert read.select("channel", "well").rows() == [
        (f, w) for f in ("465-510", "533-580") for w in ("A1", "A2")
    ]
    assert read["y"].to_list()[2] == [11.25, 12.25, 13.25, 14.25]


def test_a_shorter_program_at_one_temperature_is_not_the_amplification(tmp_path: Path) -> None:
    before = [
        f"{well}\tS\t1\t1\t{cycle}\t1\t60.1\t9.5" for well in ("A1", "A2") for cycle in (1, 2)
    ]
    read = reading(tmp_path, RAW + "\n".join(before) + "\n", "q.txt")
    curves = read.readings.filter(kind="amplification")
    assert curves["x"].to_list() == [[1, 2, 3, 4]] * 2
    assert any("fewer cycles than program 2 segment 2" in reason for reason in why(read).values())


def test_two_programs_as_long_are_not_guessed_between(tmp_path: Path) -> None:
    again = RAW + "\n".join(
        line.replace("\t2\t2\t", "\t2\t3\t") for line in RAW.split("\n") if "\t2\t2\t" in line
    )
    assert "two programs with as many cycles" in mistakes(tmp_path, again + "\n", "q.txt")


def test_a_melting_curve_alone_is_refused(tmp_path: Path) -> None:
    text = mistakes(tmp_path, lc480_raw(cycles=0), "q.txt")
    assert "no amplification: program 3 segment 1 (1 cycles, 60 to 82 °C)" in text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("\t1.25\n", "\tbright\n", "'bright'"),
        ("\t1.25\n", "\t\n", "a cycle without fluorescence"),
        ("A1\tSample 1\t2\t2\t3", "A1\tSample 1\t2\t2\tthree", "cycle 'three'"),
        ("A1\tSample 1\t2\t2\t3", "A1\tSample 1\t2\t2\t2", "a cycle twice"),
        ("A1\tSample 1\t2\t2\t3", "7\tSample 1\t2\t2\t3", "well '7'"),
        ("\t59.9\t2.25", "\tcold\t2.25", "'cold'"),
        ("\t483-533", "\tlight", "no column of fluorescence"),
        ("\tTemp", "\tHeat", "no line with SamplePos, Prog#, Seg#, Cycle#, Temp"),
    ],
)
def test_mistakes_of_a_raw_export(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in mistakes(tmp_path, RAW.replace(old, new, 1), "q.txt")


def test_a_raw_export_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    lines = RAW.split("\n")
    for lost in range(2, len(lines) - 1):
        text = mistakes(tmp_path, "\n".join(lines[:lost] + lines[lost + 1 :]), "q.txt")
        assert "wells with fewer measurements than others" in text
    for end in range(RAW.index("A2\t") + 1, len(RAW) - 6):
        mistakes(tmp_path, RAW[:end], "q.txt")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("22.78", "soon", "raw/q.txt:3 column Cp"),
        ("22.78", "45.5", "Cq 45.5"),
        ("\tA2\t", "\tA1\t", "wells and targets twice"),
        ("\tA2\t", "\t2\t", "well '2'"),
        ("\t100000\n", "\t1e7\n", ""),
        ("1000000\n", "lots\n", "raw/q.txt:6 column Standard"),
        ("1000000\n", "1\n", "run the wrong way"),
        ("\tCp\t", "\tCrossing\t", "none with Include, Pos, Cp"),
    ],
)
def test_mistakes_of_a_cp_export(tmp_path: Path, old: str, new: str, said: str) -> None:
    if said:
        assert said in mistakes(tmp_path, LC480_CP.replace(old, new, 1), "q.txt")
    else:
        reading(tmp_path, LC480_CP.replace(old, new, 1), "q.txt")


def test_no_cp_needs_the_number_of_cycles(tmp_path: Path) -> None:
    assert "how many cycles" in mistakes(tmp_path, LC480_CP, "q.txt", cycles=None)


def test_packed_files_are_unpacked_within_bounds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    packed = gzip.compress(RAW.encode())
    assert "cut short" in mistakes(tmp_path, packed[:-12], "q.txt.gz")
    assert "behind its end" in mistakes(tmp_path, packed + packed, "q.txt.gz")
    assert "damaged gzip" in mistakes(tmp_path, packed[:-6] + b"xxxxxx", "q.txt.gz")
    monkeypatch.setattr(guards, "LARGEST_CONTENT", 500)
    assert "grows to more than" in mistakes(tmp_path, packed, "q.txt.gz")
    other = gzip.compress(b"well,cq\nA1,20.5\n")
    assert "a gzip file" in mistakes(tmp_path, other, "q.csv.gz")


def test_a_gzip_bomb_stops_early(monkeypatch: pytest.MonkeyPatch) -> None:
    assert guards.LARGEST_CONTENT == 256 << 20
    monkeypatch.setattr(guards, "LARGEST_CONTENT", 1 << 20)
    with pytest.raises(ReadError, match="grows to more than 1 MiB"):
        guards.gunzip(gzip.compress(bytes(1 << 24)), "bomb.gz")


def test_a_raw_export_of_a_whole_plate(tmp_path: Path) -> None:
    """384 wells, ten minutes at the start, 40 cycles and a melting curve: the cycles are read."""
    rng = np.random.default_rng(3)
    wells = [f"{row}{column}" for row in "ABCDEFGHIJKLMNOP" for column in range(1, 25)]
    head, columns, *_ = RAW.splitlines()
    lines = [head, columns]
    light: dict[str, list[float]] = {}
    for well in wells:
        light[well] = [round(float(y), 3) for y in rng.normal(20, 5, 40)]
        for cycle, y in enumerate(light[well], 1):
            lines.append(f"{well}\tx\t2\t2\t{cycle}\t{9000 + cycle}\t59.9\t{y:.3f}\t")
        for step in range(12):
            lines.append(f"{well}\tx\t3\t1\t1\t{90000 + step}\t{60 + step:.1f}\t5.5\t")
    read = reading(tmp_path, gzip.compress("\n".join([*lines, ""]).encode()), "q.txt.gz")
    curves = read.readings.filter(kind="amplification")
    assert curves["well"].to_list() == wells
    assert curves["x"].to_list() == [[float(cycle) for cycle in range(1, 41)]] * 384
    assert curves["y"].to_list() == list(light.values())
    melting = read.readings.filter(kind="melt")
    assert melting["well"].to_list() == wells
    assert melting["x"].to_list() == [[60.0 + step for step in range(12)]] * 384


def test_a_real_raw_export(shared_data: Path) -> None:
    path = shared_data / "qpcr/lightcycler480/Nrd1_calibration_raw.txt.gz"
    read = real(path)
    frame = read.readings.filter(kind="amplification")
    assert frame.height == frame["well"].n_unique() == 384 and set(frame["channel"]) == {""}
    assert frame["x"].to_list() == [[float(cycle) for cycle in range(1, 41)]] * 384
    lines = [
        line.split("\t") for line in gzip.decompress(path.read_bytes()).decode().splitlines()[2:]
    ]
    amplified = [cells for cells in lines if cells[2] == "2"]
    assert len(amplified) == 15360
    assert frame["y"].list.sum().sum() == pytest.approx(
        sum(float(cells[7]) for cells in amplified), rel=1e-12
    )
    last = [float(cells[7]) for cells in amplified if cells[0] == "P24"]
    assert frame.filter(well="P24")["y"].to_list() == [last]
    assert list(why(read)) == ["column Time"]
    assert read.header["software"] == "LCS480 1.5.0.39"
    melting = [cells for cells in lines if cells[2] == "3" and cells[0] == "P24"]
    curve = read.readings.filter(kind="melt", well="P24").row(0, named=True)
    assert len(melting) == len(curve["x"]) == 176
    assert curve["x"] == sorted(float(cells[6]) for cells in melting)
    assert curve["y"][0] == float(min(melting, key=lambda cells: float(cells[6]))[7])


def test_what_melts_in_a_real_plate_is_what_the_instrument_detected(shared_data: Path) -> None:
    """Melting curves say, without any Cq, which wells hold a product: the vendor's Cp are the
    oracle.
    """
    folder = shared_data / "qpcr/lightcycler480"
    melting = real(folder / "Nrd1_calibration_raw.txt.gz").readings.filter(kind="melt")
    vendor = real(folder / "Nrd1_calibration_cq.txt.gz").readings.select("well", cp="value")
    peaks = [
        len(melting_peaks(np.array(x), np.array(y)))
        for x, y in melting.select("x", "y").iter_rows()
    ]
    both = melting.select("well", peaks=pl.Series(peaks)).join(vendor, on="well")
    early = both.filter(pl.col("cp") < 33)
    none = both.filter(pl.col("cp").is_null())
    assert early.height > 200 and none.height > 90
    assert early.filter(peaks=1).height >= 0.97 * early.height
    assert none.filter(peaks=0).height >= 0.83 * none.height


def test_a_real_cp_export_of_the_same_plate(shared_data: Path) -> None:
    path = shared_data / "qpcr/lightcycler480/Nrd1_calibration_cq.txt.gz"
    frame = real(path).readings
    lines = [
        line.split("\t") for line in gzip.decompress(path.read_bytes()).decode().splitlines()[2:]
    ]
    assert frame["well"].to_list() == [cells[2] for cells in lines]
    assert frame["value"].to_list() == [float(cells[4]) if cells[4] else None for cells in lines]
    assert frame.filter(censor="right").height == 105 and frame.height == 384


def test_a_real_cp_export_with_old_line_ends_and_standards(shared_data: Path) -> None:
    frame = real(shared_data / "qpcr/lightcycler480/htqpcr_lightcycler_sample.txt").readings
    assert frame.height == 384 and frame.filter(censor="right").height == 307
    standards = frame.filter(vendor_role="standard")
    assert standards.height == 35 and set(standards["sample"]) == {
        f"Standard {n}" for n in range(1, 8)
    }
    assert frame.filter(pl.col("value") == 12.64)["sample"].to_list() == ["Standard 1"]
