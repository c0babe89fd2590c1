"""xPONENT exports: every block kept, nothing shifted, bounds of the undiluted sample."""

from __future__ import annotations

import csv
import io
import math
import re
import time
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from luminex_exports import XPONENT
from qpcr_exports import written

from exvivo.cells.text import Unreadable
from exvivo.errors import ReadError
from exvivo.read import FileRead, read_plate
from exvivo.read.cells.values import cell_value
from exvivo.read.luminex.shared import out_of_order
from exvivo.study import Immunoassay

NUMBERS = ("mfi", "net_mfi", "concentration")
FIGURES = ["well", "channel", "kind", "value", "censor", "lower", "upper", "unit", "beads"]


def reading(folder: Path, raw: bytes | str, name: str = "x.csv", unit: str = "pg/mL") -> FileRead:
    path = folder / name
    path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
    assay = Immunoassay(id="protein", kind="immunoassay", unit=unit)
    return read_plate(path, source=f"raw/{name}", plate="L1", assay=assay)


def real(path: Path) -> FileRead:
    return read_plate(
        path, source=path.name, plate="L1", assay=Immunoassay(id="protein", kind="immunoassay")
    )


def mistakes(folder: Path, raw: bytes | str) -> str:
    with pytest.raises(ReadError) as caught:
        reading(folder, raw)
    return str(caught.value)


def cell(read: FileRead, kind: str, well: str, channel: str) -> dict[str, object]:
    return read.readings.filter(kind=kind, well=well, channel=channel).row(0, named=True)


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def resaved(text: str, separator: str = ",", *, quotes: bool = True, width: int = 9) -> str:
    """As a spreadsheet writes it again: every line as wide as the widest, quotes only where they
    are needed, or none.
    """
    rows = [row + [""] * (width - len(row)) for row in rows_of(text)]
    if quotes:
        return written(rows, separator)
    return "\n".join(separator.join(row) for row in rows) + "\n"


def test_every_well_and_analyte_is_a_reading(tmp_path: Path) -> None:
    read = reading(tmp_path, XPONENT)
    assert Counter(read.readings["kind"]) == {"mfi": 12, "net_mfi": 12, "concentration": 12}
    assert set(read.readings["channel"]) == {"TNF-a", "IL6"}
    mfi = read.readings.filter(kind="mfi")
    assert mfi["well"].to_list() == [
        w for w in ("A1", "B1", "C1", "D1", "E1", "F1") for _ in range(2)
    ]
    assert mfi["value"].to_list() == [
        10,
        12.5,
        9000.5,
        8000,
        950,
        800,
        500,
        400,
        20,
        None,
        15000.5,
        None,
    ]
    assert mfi["beads"].to_list() == [60, 61, 62, 63, 64, 65, 66, 67, 68, 0, 70, 71]
    assert set(mfi["unit"]) == {"MFI"} and set(mfi["block"]) == {"Median"}
    assert mfi["sample"].to_list()[::2][-1] == "d07 ATP"
    net = cell(read, "net_mfi", "A1", "TNF-a")["value"]
    assert net == 0 and isinstance(net, float) and math.copysign(1, net) == 1, (
        "never a negative zero"
    )


def test_roles_amounts_and_dilutions_are_the_vendor_s(tmp_path: Path) -> None:
    frame = reading(tmp_path, XPONENT).readings.filter(channel="IL6", kind="net_mfi")
    assert frame["vendor_role"].to_list() == ["blank", "standard", "standard", "qc", "sample", None]
    assert frame["vendor_nominal"].to_list() == [0, 500, 50, 40, None, None]
    assert frame["vendor_dilution"].to_list() == [1, 1, 1, 2, 4, 2.5]


def test_results_are_values_or_bounds_of_the_undiluted_sample(tmp_path: Path) -> None:
    read = reading(tmp_path, XPONENT)
    assert cell(read, "concentration", "D1", "TNF-a")["value"] == 55.5, (
        "a number holds the dilution already"
    )
    low, high = (
        cell(read, "concentration", "E1", "TNF-a"),
        cell(read, "concentration", "F1", "TNF-a"),
    )
    assert (low["censor"], low["upper"], low["value"]) == ("left", 6, None), "1.5, diluted fourfold"
    assert (high["censor"], high["lower"]) == ("right", 2500), "1000, diluted 2.5-fold"
    assert cell(read, "concentration", "B1", "IL6")["lower"] == 500, "a standard is not diluted"
    for well, channel in (("A1", "TNF-a"), ("E1", "IL6"), ("F1", "IL6")):
        nothing = cell(read, "concentration", well, channel)
        assert (nothing["value"], nothing["censor"]) == (None, "none")
    assert cell(read, "concentration", "C1", "TNF-a")["unit"] == "pg/mL"
    assert cell(read, "concentration", "C1", "IL6")["unit"] == "ng/mL"
    said = {ignored.what for ignored in read.ignored}
    assert "words in the block Result: 'No data' (1)" in said
    assert "words in the block Net MFI: 'Not Reported' (1)" in said


def test_a_bound_that_shows_that_it_holds_the_dilution_is_not_multiplied_again(
    tmp_path: Path,
) -> None:
    read = reading(
        tmp_path, XPONENT.replace('"> 1000"', '"> 2500"').replace('"< 1.5","No', '"< 400","No')
    )
    assert cell(read, "concentration", "F1", "TNF-a")["lower"] == 2500
    assert cell(read, "concentration", "E1", "TNF-a")["upper"] == 400


def test_everything_else_is_kept_as_it_stands(tmp_path: Path) -> None:
    read = reading(tmp_path, XPONENT)
    rows = set(read.vendor.select("block", "row", "channel", "text").iter_rows())
    assert {
        ("Analysis Coefficients", "A", "TNF-a", "0.5"),
        ("Avg Result", "Unknown1", "TNF-a", "< 1.5"),
        ("Units", "BeadID", "IL6", "25"),
        ("Median: Total Events", "C1", "", "902"),
        ("Median: Notes", "E1", "", "bubble"),
        ("Warnings/Errors", "E1", "", "Warning: too few beads"),
        ("Audit Logs", "3/2/2026", "", "Result recalculated"),
        ("Dilution Factor", "F1", "", "2.5"),
        ("Standard Expected Concentration", "Standard2", "IL6", "50"),
        ("header", "Samples", "", "8, Min Events, 50, Per Bead"),
        ("CRC", "CRC32", "", "53B2478C"),
    } <= rows
    assert read.header == {
        "format": "xPONENT",
        "instrument": "LX100/LX200",
        "software build": "4.2.1705.0",
        "serial number": "LX1",
        "batch": "plate ü",
        "DD gate": "7500 to 20000",
        "reporter gain": "Enhanced PMT (HIGH)",
        "bead map": "100 regions",
        "minimum events": "50 Per Bead",
    }
    everything = f"{read.header}{rows}{read.readings.rows()}".lower()
    assert "jane" not in everything
    assert {
        "Operator",
        "ComputerName",
        "ProtocolDevelopingCompany",
        "column UserId of Audit Logs",
    } <= {ignored.what for ignored in read.ignored}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_encoding_and_line_end(tmp_path: Path, encoding: str) -> None:
    wanted = reading(tmp_path, XPONENT)
    for end in ("\n", "\r\n", "\r"):
        read = reading(tmp_path, XPONENT.replace("\n", end).encode(encoding))
        assert read.readings.drop("sha256").equals(wanted.readings.drop("sha256"))
        assert read.vendor.drop("sha256").equals(wanted.vendor.drop("sha256"))


def test_re_saved_by_a_spreadsheet(tmp_path: Path) -> None:
    wanted = reading(tmp_path, XPONENT)
    rows = [row + [""] * (9 - len(row)) for row in rows_of(XPONENT)]
    shapes = {
        "padded": resaved(XPONENT),
        "no quotes at all": resaved(XPONENT, quotes=False),
        "tabs": resaved(XPONENT, "\t"),
        "semicolons": resaved(XPONENT, ";"),
        "decimal commas": written(rows, ";", comma=True),
        "thousands": written(rows, ",", grouped=True),
        "both": written(rows, ";", comma=True, grouped=True),
    }
    for name, text in shapes.items():
        read = reading(tmp_path, text)
        assert read.readings.select(FIGURES).equals(wanted.readings.select(FIGURES)), name


def test_rows_of_another_length_are_refused(tmp_path: Path) -> None:
    short = mistakes(tmp_path, XPONENT.replace('"950","800","902",""', '"950","800"'))
    assert (
        "raw/x.csv:21 Median" in short
        and "4 cells" in short
        and "6, as in the header (line 18)" in short
    )
    assert "line 21" not in short.replace("x.csv:21", "")
    long = mistakes(tmp_path, XPONENT.replace('"950","800","902",""', '"950","800","902","","7"'))
    assert "raw/x.csv:21 Median" in long and "7 cells" in long
    commas = mistakes(tmp_path, resaved(XPONENT, quotes=False).replace("9000.5", "9000,5"))
    assert "decimal commas" in commas
    without_notes = re.sub(r'("Total Events"),"Notes"|(?<="90[0-5]"),"(bubble)?"', r"\1", XPONENT)
    assert '"Notes"' not in without_notes
    assert reading(tmp_path, without_notes).readings.height == 36


def test_a_block_named_after_its_reporter_alone_is_kept(tmp_path: Path) -> None:
    read = reading(tmp_path, XPONENT.replace('"Avg Result"', '"RP2"'))
    assert ("RP2", "< 1.5") in read.vendor.select("block", "text").rows()


def test_what_cannot_be_told_is_refused_with_its_address(tmp_path: Path) -> None:
    assert "raw/x.csv:22 Median, IL6" in mistakes(
        tmp_path, XPONENT.replace('"500","400"', '"500","4OO5"')
    )
    both = mistakes(
        tmp_path, XPONENT.replace('"9000.5"', '"9000,5"').replace('"15000.5"', '"1.5.2"')
    )
    assert "'1.5.2'" in both or "decimal" in both
    assert "could be 1.234 or 1234" in mistakes(
        tmp_path, re.sub(r"(?<=[0-9])\.[0-9]+", "", XPONENT).replace('"950"', '"1,234"')
    )
    assert "well B1 a second time" in mistakes(
        tmp_path, XPONENT.replace('"3(1,C1)","Standard2","950"', '"3(1,B1)","Standard2","950"')
    )
    assert "plate 2" in mistakes(
        tmp_path, XPONENT.replace('"3(1,C1)","Standard2","950"', '"3(2,B1)","Standard2","950"')
    )
    assert "for a location" in mistakes(
        tmp_path, XPONENT.replace('"3(1,C1)","Standard2","950"', '"","Standard2","950"')
    )
    assert "the column 'IL6' 2 times" in mistakes(
        tmp_path, XPONENT.replace('"TNF-a","IL6","Total', '"IL6","IL6","Total')
    )
    assert "a column without a name" in mistakes(
        tmp_path, XPONENT.replace('"TNF-a","IL6","Total', '"","IL6","Total')
    )
    assert "the block Median twice" in mistakes(tmp_path, XPONENT.replace('"Net MFI"', '"Median"'))
    assert "'1:2'" in mistakes(tmp_path, XPONENT.replace('"d07 ATP","2.5"', '"d07 ATP","1:2"'))
    assert "'-60'" in mistakes(tmp_path, XPONENT.replace('"Control1","60"', '"Control1","-60"'))
    assert "a line that cannot be read" in mistakes(
        tmp_path, XPONENT.replace('"too few beads"', '"too few beads')
    )
    assert "a block Median" in mistakes(
        tmp_path, '"DataType:","Units"\n"Analyte:","TNF"\n"Units:","pg/mL"\n'
    )


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    told = mistakes(
        tmp_path,
        XPONENT.replace('"500","400"', '"5O0","4OO"').replace('"d07 ATP","2.5"', '"d07 ATP","0"'),
    )
    assert "'5O0'" in told and "'4OO'" in told and "'0'" in told


def test_a_file_without_its_end_that_lacks_wells_is_refused(tmp_path: Path) -> None:
    cut = XPONENT[: XPONENT.index('"5(1,E1)","Unknown1","68"')]
    assert "no line for E1, F1" in mistakes(tmp_path, cut)
    sealed = XPONENT.replace('"6(1,F1)","d07 ATP","70","71","905",""\n', "")
    read = reading(tmp_path, sealed)
    assert "block Count" in {ignored.what for ignored in read.ignored}
    assert cell(read, "mfi", "F1", "IL6")["beads"] is None


WITHOUT_SEAL = XPONENT[: XPONENT.index('"-- CRC')].replace('"Samples","8"', '"Samples","6"')


def test_a_whole_file_without_its_checksum_is_read(tmp_path: Path) -> None:
    read = reading(tmp_path, WITHOUT_SEAL)
    assert "cut short" in read.header["end of file"]
    assert read.readings.equals(
        reading(tmp_path, XPONENT).readings.with_columns(sha256=pl.lit(read.readings["sha256"][0]))
    )


def test_a_cut_inside_the_dilutions_never_gives_a_dilution_of_one(tmp_path: Path) -> None:
    begin = WITHOUT_SEAL.index('"5(1,E1)","Unknown1","4"')
    told = mistakes(tmp_path, WITHOUT_SEAL[:begin])
    assert (
        "no dilution for E1, F1 (4 wells have a line)" in told and "export the batch again" in told
    )
    before = WITHOUT_SEAL[: WITHOUT_SEAL.index('"DataType:","Dilution Factor"')]
    assert "a file that ends with the block Control Expected" in mistakes(tmp_path, before)
    blank = WITHOUT_SEAL.replace('"d07 ATP","2.5"', '"d07 ATP",""')
    assert "no dilution for F1" in mistakes(tmp_path, blank)


def test_wells_that_a_sealed_file_gives_no_dilution_are_refused(tmp_path: Path) -> None:
    without = XPONENT.replace('"6(1,F1)","d07 ATP","2.5"\n', "")
    assert "no dilution for F1 (5 wells have a line)" in mistakes(tmp_path, without)
    blank = reading(tmp_path, XPONENT.replace('"d07 ATP","2.5"', '"d07 ATP",""'))
    assert cell(blank, "mfi", "F1", "IL6")["vendor_dilution"] is None
    start = XPONENT.index('"DataType:","Dilution Factor"')
    none = XPONENT[:start] + XPONENT[XPONENT.index('"DataType:","Analysis') :]
    assert reading(tmp_path, none).readings["vendor_dilution"].null_count() == 36


def test_fewer_wells_than_samples_are_refused_without_the_checksum(tmp_path: Path) -> None:
    told = mistakes(tmp_path, WITHOUT_SEAL.replace('"Samples","6"', '"Samples","8"'))
    assert "6 wells, in a file without the checksum" in told and "8 wells, as `Samples`" in told
    assert reading(tmp_path, XPONENT).readings.height, "with it, a batch may have been stopped"


def test_without_some_blocks(tmp_path: Path) -> None:
    median = XPONENT[: XPONENT.index('"DataType:","Net MFI"')]
    read = reading(tmp_path, median + '"-- CRC --"\n"CRC32: 0"\n')
    assert read.readings.height == 12 and read.readings["beads"].null_count() == 12
    assert read.readings["vendor_nominal"].to_list()[:4] == [0, 0, None, None]
    units = re.sub(r'"DataType:","Units"\n.*\n.*\n.*\n', "", XPONENT)
    read = reading(tmp_path, units, unit="fg/mL")
    assert set(read.readings.filter(kind="concentration")["unit"]) == {"fg/mL"}
    assert any(
        "not stated; taken from study.yaml (fg/mL)" in ignored.why for ignored in read.ignored
    )


def test_several_reporters_of_an_intelliflex(tmp_path: Path) -> None:
    start, second = XPONENT.index('"DataType:","Median"'), XPONENT.index('"DataType:","Net MFI"')
    median = XPONENT[start:second]
    other = re.sub(r'"9000.5"', '"77.5"', median).replace('"Median"', '"Median RP2"')
    text = (
        XPONENT[:start].replace("LX100/LX200", "INTELLIFLEX")
        + median.replace('"Median"', '"Median RP1"')
        + other
    )
    read = reading(tmp_path, text + '"-- CRC --"\n"CRC32: 0"\n')
    assert read.readings["channel"].unique(maintain_order=True).to_list() == [
        "TNF-a RP1",
        "IL6 RP1",
        "TNF-a RP2",
        "IL6 RP2",
    ]
    assert cell(read, "mfi", "B1", "TNF-a RP1")["value"] == 9000.5
    assert cell(read, "mfi", "B1", "TNF-a RP2")["value"] == 77.5
    assert read.header["instrument"] == "INTELLIFLEX"


SERIES = {f"Standard{place}": 1000 / 2**place for place in range(1, 9)}


def test_an_amount_that_lost_its_decimal_mark_is_not_taken(tmp_path: Path) -> None:
    assert out_of_order(SERIES) == [] and out_of_order({n: -a for n, a in SERIES.items()}) == []
    assert out_of_order(SERIES | {"Standard3": 125_000}) == ["Standard3"]
    assert out_of_order(
        {name: 1e6 / amount for name, amount in SERIES.items()} | {"Standard3": 1e9}
    ) == ["Standard3"]
    assert out_of_order(dict(zip(SERIES, [5, 900, 3, 700, 8, 20, 1, 60], strict=True))) == [], (
        "no order to leave"
    )
    assert out_of_order({"Standard1": 1, "Standard2": 100, "Standard3": 2}) == [], "too few to tell"


def test_cells_are_values_bounds_nothing_or_refused() -> None:
    assert cell_value("-0", ".").value == 0 and str(cell_value("-0", ".").value) == "0.0"
    assert (
        cell_value("<0,5", ",", bounds=True).upper == 0.5
        and cell_value("> 3450", ".", bounds=True).lower == 3450
    )
    for text in ("", "NaN", "N/A", "-"):
        assert cell_value(text, ".") == cell_value("", ".")
    for text in ("< 3", "1e400", "12 beads", "1.2.3", "0x10", "<3 5"):
        with pytest.raises(Unreadable):
            cell_value(text, ".")
    with pytest.raises(Unreadable):
        cell_value("< -1", ".", bounds=True)


@given(st.floats(-1e9, 1e9, allow_subnormal=False))
def test_a_written_number_comes_back(value: float) -> None:
    assert cell_value(repr(value), ".").value == value
    assert cell_value(repr(value).replace(".", ","), ",").value == value


def read_or_refused(folder: Path, raw: bytes) -> pl.DataFrame | None:
    began = time.process_time()
    try:
        read = reading(folder, raw or b" ")
    except ReadError as error:
        assert error.mistakes and all(
            m.where and m.found and m.expected and m.cure for m in error.mistakes
        )
        return None
    finally:
        assert time.process_time() - began < 10, "it hangs"
    return read.readings


@settings(max_examples=100)
@given(st.data())
def test_columns_and_lines_lost_never_shift_a_value(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    rows = rows_of(XPONENT)
    place = data.draw(
        st.sampled_from([i for i, row in enumerate(rows) if len(row) > 2 and row[0] != "Location"])
    )
    column = data.draw(st.integers(2, len(rows[place]) - 1))
    del rows[place][column]
    frame = read_or_refused(tmp_path_factory.getbasetemp(), written(rows, ",").encode())
    if frame is not None:
        wanted = reading(tmp_path_factory.getbasetemp(), XPONENT).readings
        assert frame.select("well", "channel", "kind", "value", "censor", "beads").equals(
            wanted.select("well", "channel", "kind", "value", "censor", "beads")
        )


@settings(max_examples=60)
@given(st.text(max_size=300) | st.binary(max_size=300))
def test_any_text_behind_a_title(
    tmp_path_factory: pytest.TempPathFactory, junk: str | bytes
) -> None:
    raw = junk if isinstance(junk, bytes) else junk.encode("utf-8", "replace")
    for start in (b'"DataType:","Median"\n', b'DataType:,Median\n"Location",Sample,A\n1(1,A1),s,'):
        read_or_refused(tmp_path_factory.getbasetemp(), start + raw)


def test_a_huge_text_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    assert "a text of 4 MiB" in mistakes(tmp_path, XPONENT + "1" * (4 << 20))


def test_the_real_plate_says_what_its_file_says(shared_data: Path) -> None:
    path = shared_data / "luminex" / "xponent31_stimulated_30plex.csv"
    read = real(path)
    results = read.readings.filter(kind="concentration")
    assert results.height == 2880
    assert (
        results["value"].count() == 2580
        and results.filter(pl.col("value").is_null(), censor="none").height == 60
    )
    assert Counter(results["censor"]) == {"none": 2640, "left": 208, "right": 32}
    counted = rows_of(path.read_text("cp1252"))
    start = next(i for i, row in enumerate(counted) if row[:2] == ["DataType:", "Median"])
    names = counted[start + 1][2:32]
    for row in counted[start + 2 : start + 98 : 19]:
        for name, text in zip(names, row[2:32], strict=True):
            well = row[0].split(",")[1].rstrip(")")
            assert cell(read, "mfi", well, name)["value"] == float(text)
    assert read.vendor.filter(block="Analysis Coefficients").height == 150
    assert read.vendor.filter(block="Range", text="").height == 0
    assert read.vendor.filter(pl.col("block").str.starts_with("Warnings"))["row"].to_list() == [
        "B9"
    ]


def against_the_curve(read: FileRead) -> dict[float, list[float]]:
    """Every concentration over the one that the vendor's own curve gives at its Net MFI, by
    dilution.
    """
    curve = {
        (row, channel): float(text)
        for row, channel, text in read.vendor.filter(block="Analysis Coefficients")
        .select("row", "channel", "text")
        .rows()
    }
    net = {
        (w, c): v
        for w, c, v in read.readings.filter(kind="net_mfi")
        .select("well", "channel", "value")
        .rows()
    }
    results = read.readings.filter(kind="concentration").drop_nulls("value")
    ratios: dict[float, list[float]] = {1.0: [], 2.0: []}
    for well, channel, value, factor in results.select(
        "well", "channel", "value", "vendor_dilution"
    ).rows():
        a, b, c, d, f = (curve[f"Coefficient {letter}", channel] for letter in "ABCDF")
        concentration = c * ((b / (net[well, channel] - a)) ** (1 / f) - 1) ** (1 / d)
        ratios[factor or 1.0].append(value / concentration)
    return ratios


def a_plate_with_its_curve() -> str:
    """A plate as the program computes it: a curve of five parameters, standards from 1000 down,
    samples undiluted and 1 in 2, results times the dilution, marks at the ends of the standards.
    """
    a, b, c, d, f = 5.0, 20000.0, 400.0, -1.2, 0.9
    standards = {f"Standard{n + 1}": 1000 / 4**n for n in range(6)}
    wells = [(name, amount, 1.0) for name, amount in standards.items()]
    amounts = np.random.default_rng(4).uniform(2, 900, 40)
    wells += [(f"Unknown{n}", float(x), 1.0 + n % 2) for n, x in enumerate(amounts)]
    wells += [("low", 0.1, 1.0), ("low2", 0.1, 2.0), ("high", 3000.0, 1.0), ("high2", 3000.0, 2.0)]
    ends = min(standards.values()), max(standards.values())
    lines: dict[str, list[str]] = {"Median": [], "Net MFI": [], "Result": [], "Dilution Factor": []}
    for n, (name, amount, factor) in enumerate(wells):
        net = a + b / (1 + (amount / c) ** d) ** f
        place = f'"{n + 1}(1,{"ABCDEFGH"[n % 8]}{n // 8 + 1})","{name}"'
        low, high = amount < ends[0], amount > ends[1]
        result = f"< {ends[0]!r}" if low else f"> {ends[1]!r}" if high else repr(amount * factor)
        lines["Median"].append(f'{place},"{net + 8!r}"')
        lines["Net MFI"].append(f'{place},"{net!r}"')
        lines["Result"].append(f'{place},"{result}"')
        lines["Dilution Factor"].append(f'{place},"{factor!r}"')
    header = {"Dilution Factor": '"Location","Sample","Dilution Factor"'}
    blocks = [
        "\n".join([f'"DataType:","{name}"', header.get(name, '"Location","Sample","TNF"'), *rows])
        for name, rows in lines.items()
    ]
    coefficients = [
        f'"Coefficient {k}","{v!r}"' for k, v in zip("ABCDF", (a, b, c, d, f), strict=True)
    ]
    blocks.append(
        "\n".join(['"DataType:","Analysis Coefficients"', '"Analyte:","TNF"', *coefficients])
    )
    known = [f'"{name}","{amount!r}"' for name, amount in standards.items()]
    expected = '"DataType:","Standard Expected Concentration"\n"Reagent","TNF"\n'
    blocks.append(expected + "\n".join(known))
    top = '"Program","xPONENT","","LX100/LX200"\n"Build","4.2.1705.0"\n\n"Results"\n\n'
    return top + "\n\n".join(blocks) + '\n\n"-- CRC --"\n"CRC32: 53B2478C"\n'


def test_numbers_hold_the_dilution_and_marks_do_not(tmp_path: Path) -> None:
    read = reading(tmp_path, a_plate_with_its_curve())
    for factor, ratios in against_the_curve(read).items():
        assert len(ratios) >= 20 and ratios == pytest.approx([factor] * len(ratios), rel=1e-9)
    marked = read.readings.filter(pl.col("censor") != "none", kind="concentration")
    assert marked.select("sample", "lower", "upper").rows() == [
        ("low", None, 1000 / 4**5),
        ("low2", None, 2000 / 4**5),
        ("high", 1000, None),
        ("high2", 2000, None),
    ]


def test_the_real_plate_s_numbers_hold_the_dilution_and_its_marks_do_not(shared_data: Path) -> None:
    """The vendor's own curve, inverted at Net MFI, is its Result only after the dilution factor."""
    read = real(shared_data / "luminex" / "xponent31_stimulated_30plex.csv")
    told = read.readings.filter(kind="concentration")
    for factor, found in against_the_curve(read).items():
        assert len(found) > 300 and all(abs(ratio / factor - 1) < 0.01 for ratio in found)
    text = (shared_data / "luminex" / "xponent31_stimulated_30plex_expected.csv").read_text()
    known = [
        (r["analyte"], float(r["ec"]))
        for r in csv.DictReader(io.StringIO(text))
        if r["sample"].startswith("S")
    ]
    for channel in set(told["channel"]):
        amounts = [amount for name, amount in known if name == channel]
        for kind, end, bound in (("left", min(amounts), "upper"), ("right", max(amounts), "lower")):
            marked = (
                told.filter(channel=channel, censor=kind).select(bound, "vendor_dilution").rows()
            )
            assert all(
                limit == pytest.approx(end * (factor or 1), rel=1e-6) for limit, factor in marked
            )


def test_amounts_that_the_real_plate_lost_to_a_spreadsheet_are_not_taken(shared_data: Path) -> None:
    folder = shared_data / "luminex"
    read = real(folder / "xponent31_stimulated_30plex.csv")
    text = (folder / "xponent31_stimulated_30plex_expected.csv").read_text()
    known = {(r["sample"], r["analyte"]): float(r["ec"]) for r in csv.DictReader(io.StringIO(text))}
    standards = read.readings.filter(kind="mfi", vendor_role="standard")
    taken = (
        standards.drop_nulls("vendor_nominal").select("sample", "channel", "vendor_nominal").rows()
    )
    assert all(
        amount == pytest.approx(known[sample, channel], rel=1e-6)
        for sample, channel, amount in taken
    )
    lost = standards.filter(pl.col("vendor_nominal").is_null())
    assert lost.select("sample", "channel").unique().height == 30
    assert next(ignored.what for ignored in read.ignored).endswith("and 25 more")


@pytest.mark.parametrize(
    ("name", "wells", "analytes", "without_value"),
    [
        ("multiplate/IGG_CO_1.csv", 96, 29, 0),
        ("multiplate/IGG_CO_2.csv", 96, 30, 0),
        ("multiplate/IGG_CO_3.csv", 96, 30, 0),
        ("xponent_2014_missing_value.csv", 75, 22, 0),
        ("xponent_nan_not_reported.csv", 96, 3, 288),
    ],
)
def test_other_real_files(
    shared_data: Path, name: str, wells: int, analytes: int, without_value: int
) -> None:
    read = real(shared_data / "luminex" / name)
    mfi = read.readings.filter(kind="mfi")
    assert (mfi["well"].n_unique(), mfi["channel"].n_unique()) == (wells, analytes)
    assert mfi.height == wells * analytes and mfi["value"].null_count() == without_value
    assert mfi["beads"].null_count() <= 1


def test_a_real_plate_is_read_quickly(shared_data: Path) -> None:
    path = shared_data / "luminex" / "xponent31_stimulated_30plex.csv"
    spent = []
    for _ in range(6):
        began = time.process_time()
        real(path)
        spent.append(time.process_time() - began)
    assert min(spent) < 0.4, "0.04 s where it was written; a busy machine takes four times as long"
