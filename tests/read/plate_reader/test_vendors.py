"""Gen5, SoftMax Pro, MSD Workbench and Magellan: made files, real files against an independent
parse, and damage.
"""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest
from plate_exports import LETTERS, mistakes, plate, reading, real, values, why
from plate_vendors import (
    GEN5,
    LAYOUT,
    MSD,
    SOFTMAX,
    gen5,
    lines_of,
    magellan,
)
from qpcr_exports import workbook

from exvivo.read import READERS, FileRead

NAMES = ("Gen5", "SoftMax Pro", "MSD Workbench", "Tecan Magellan")


def test_gen5_reads_every_read_step_and_keeps_the_rest(tmp_path: Path) -> None:
    read = reading(tmp_path, GEN5, "p.txt")
    assert values(read, "ELISA:450") == plate()
    assert values(read, "ELISA:570") == {w: round(v - 0.5, 3) for w, v in plate().items()}
    assert set(read.readings["block"]) == {"ELISA:450", "ELISA:570"} and set(
        read.readings["unit"]
    ) == {"OD"}
    rows = {
        row["well"]: row for row in read.readings.filter(block="ELISA:450").iter_rows(named=True)
    }
    known = [
        tuple(rows[w][c] for c in ("sample", "vendor_role", "vendor_nominal"))
        for w in ("A1", "B1", "C1", "A2")
    ]
    assert known == [
        ("STD1", "standard", 2000.0),
        ("BLK", "blank", None),
        ("SPL1:2", "sample", None),
        ("CTL1", None, None),
    ]
    said = read.vendor.select("block", "row", "text").rows()
    assert ("Blank ELISA:450", "A1", "0.01") in said and ("[Concentration]", "H12", "6.62") in said
    assert ("Layout, Conc/Dil", "C1", "0.5") in said and (
        "header",
        "Reader Type",
        "Synergy H1",
    ) in said
    assert "somebody" not in str(said) + str(read.header)
    assert why(read)["Conc/Dil of 6 samples"].startswith("0.5 may be half the sample")


@pytest.mark.parametrize(
    ("name", "procedure", "unit"),
    [
        ("450", "Read\tAbsorbance Endpoint", "OD"),
        ("Read 2:450", "Read\tRead 2\n\tAbsorbance Endpoint", "OD"),
        ("Read#1:485/20,528/20", "Read\tFluorescence Endpoint", "RFU"),
        ("Lum", "Read\tLuminescence Endpoint", "RLU"),
    ],
)
def test_gen5_names_of_reads(tmp_path: Path, name: str, procedure: str, unit: str) -> None:
    read = reading(tmp_path, gen5(lines_of({**plate()}, name), procedure=procedure), "p.txt")
    assert (
        set(read.readings.select("block", "unit").rows()) == {(name, unit)}
        and values(read) == plate()
    )


PART = "Read\tELISA\n\tAbsorbance Endpoint\n\tC2..D6\n\tWavelengths:  450"


def test_gen5_reads_the_part_of_a_plate_that_its_procedure_names(tmp_path: Path) -> None:
    lines = lines_of({**plate()}, "ELISA:450").split("\n")
    rows = "\n".join(lines[2:4])
    part = reading(tmp_path, gen5(rows, procedure=PART), "p.txt")
    assert values(part) == {w: v for w, v in plate().items() if w[0] in "CD"}
    blank = "\t".join(["", *[""] * 12, "ELISA:450"])
    around = [f"{letter}{blank}" for letter in "AB"] + lines[2:4]
    around += [f"{letter}{blank}" for letter in "EFGH"]
    assert values(reading(tmp_path, gen5("\n".join(around), procedure=PART), "p.txt")) == values(
        part
    )
    short = mistakes(tmp_path, gen5(lines[2], procedure=PART), "p.txt")
    assert "results of rows C" in short and "the procedure reads: C, D" in short
    full = PART.replace("C2..D6", "Full Plate")
    assert "a whole plate" in mistakes(tmp_path, gen5(rows, procedure=full), "p.txt")


@pytest.mark.parametrize("cells", [1, 2, 12])
def test_gen5_rows_that_lost_cells_are_refused(tmp_path: Path, cells: int) -> None:
    lines = lines_of({**plate()}, "ELISA:450").split("\n")
    assert values(reading(tmp_path, gen5("\n".join(lines)), "p.txt")) == plate()
    lines[3] = lines[3].rsplit("\t", cells)[0]
    told = mistakes(tmp_path, gen5("\n".join(lines)), "p.txt")
    assert f"{14 - cells} cells in a line of row D" in told and "lost its last cells" in told


def test_gen5_rows_without_a_reading_that_others_have_are_refused(tmp_path: Path) -> None:
    second = lines_of({**plate()}, "ELISA:570").split("\n")
    both = [line for pair in zip(lines_of({**plate()}, "ELISA:450").split("\n"), second, strict=True)
            for line in pair]  # fmt: skip
    whole = reading(tmp_path, gen5("\n".join(both)), "p.txt").readings
    assert whole.height == 192
    told = mistakes(tmp_path, gen5("\n".join(both[:-1])), "p.txt")
    assert "'ELISA:570' in 7 of 8 rows; not once in row H" in told
    named = both[-1].replace("ELISA:570", "ELISA:57")
    assert "not once in row H" in mistakes(tmp_path, gen5("\n".join([*both[:-1], named])), "p.txt")


def test_gen5_a_layout_that_lost_cells_gives_no_roles_silently(tmp_path: Path) -> None:
    row = next(line for line in GEN5.split("\n") if line.startswith("B\t") and "Well ID" in line)
    short = GEN5.replace(row, row.rsplit("\t", 2)[0], 1)
    assert "lost its last cells" in mistakes(tmp_path, short, "p.txt")


def test_gen5_facts_behind_the_layout_and_wells_that_were_not_read(tmp_path: Path) -> None:
    shown: dict[str, float | str] = {**plate(), "A1": "MISSED", "A2": "*0.356*"}
    warm = gen5(lines_of(shown, "450"), layout=LAYOUT + "\n\nActual Temperature:\t26.3\n\n")
    read = reading(tmp_path, warm, "p.txt")
    assert values(read) == {w: v for w, v in plate().items() if w not in ("A1", "A2")}
    assert ("header", "Actual Temperature", "26.3") in read.vendor.select(
        "block", "row", "text"
    ).rows()
    assert "1 signals masked in the reader's program: A2 (*0.356*)" in why(read)


def test_gen5_without_results_every_reading_stands_alone(tmp_path: Path) -> None:
    apart = gen5(lines_of({**plate()}, "450")).replace("Results\n", "450\n")
    conc = "\nConc\n\t1\t2\t3\t4\t5\t6\t7\t8\t9\t10\t11\t12\n"
    conc += lines_of({**plate(plus=9.0)}, "Conc")
    read = reading(tmp_path, apart + conc + "\n", "p.txt")
    assert values(read, "450") == plate()
    assert set(read.readings["block"]) == {"450"} and "Conc" in set(read.vendor["block"])


def test_gen5_overflow(tmp_path: Path) -> None:
    read = reading(
        tmp_path, gen5(lines_of({**plate(), "A1": "OVRFLW", "A2": "?????"}, "450")), "p.txt"
    )
    assert values(read) == {**{w: v for w, v in plate().items() if w != "A2"}, "A1": None}
    assert "1 signals of 450 too high to be read: A1 (OVRFLW)" in why(read)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Plate Number\tPlate 1", "Plate Number\tPlate 1\nPlate Number\tPlate 2", "2 plates"),
        ("Read\tELISA\n", "", "no Results with a read step"),
        ("\tELISA:450", "\t0.5\tELISA:450", "15 cells"),
        ("H\t8.01", "I\t8.01", "results of rows"),
        ("1.01\t1.02", "high\t1.02", "'high'"),
        ("A\t1.01", "0:00:00\t1.01", "a line '0:00:00' in a matrix"),
    ],
)
def test_gen5_refuses(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in mistakes(tmp_path, GEN5.replace(old, new, 1), "p.txt")
    assert "results of rows" in mistakes(tmp_path, GEN5[: GEN5.index("\nG\t7.01")], "p.txt")


def test_softmax_reads_every_wavelength_of_the_plate_named(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-16"):
        read = reading(tmp_path, SOFTMAX.encode(encoding), "p.txt", run="P1")
        assert values(read, "450") == plate()
        assert values(read, "570") == pytest.approx(plate(plus=10))
    assert values(reading(tmp_path, SOFTMAX, "p.txt", run="P2"), "450") == plate(plus=0.5)
    assert set(read.readings["unit"]) == {"OD"}
    assert why(read) == {
        "line behind the last block": "the file's name, and when it was saved",
        "block Plate P2": "another plate: `run` names the one that is read",
    }
    rows = {row["well"]: row for row in read.readings.filter(block="450").iter_rows(named=True)}
    assert [rows[w]["vendor_nominal"] for w in ("A1", "A2", "A3")] == [320.5, 320.5, None]
    assert [rows[w]["vendor_role"] for w in ("A1", "A2", "A3")] == ["standard", "standard", None]
    assert rows["A2"]["sample"] == "Standards 01"
    said = read.vendor.select("block", "row", "text").rows()
    assert ("reduced", "A1", "0.0100") in said and (
        "Standards, BackCalcConc",
        "P1 A2",
        "310.4",
    ) in said


def softmax_of(settings: str, *lines: str) -> str:
    head = f"Plate:\tP1\t1.3\t{settings}"
    return "\r\n".join(["##BLOCKS= 1", head, *lines, "~End", "Original Filename: x", ""])


NUMBERED = "\tTemperature\t" + "\t".join(map(str, range(1, 13)))
PART_READ = "PlateFormat\tEndpoint\tAbsorbance\tRaw\tFALSE\t1" + "\t" * 6 + "1\t450 \t{}\t\t"


@pytest.mark.parametrize("blank_rows", [0, 2])
def test_softmax_reads_the_part_of_a_plate_that_its_settings_name(
    tmp_path: Path, blank_rows: int
) -> None:
    """Columns 3 to 5 of rows C and D; rows that were not read may stand there, empty."""
    settings = PART_READ.format("3\t3\t96\t3\t2")
    rows = ["\t25\t\t\t1.3\t1.4\t1.5", "\t\t\t\t2.3\t2.4\t2.5"]
    read = reading(
        tmp_path, softmax_of(settings, NUMBERED, *["\t"] * blank_rows, *rows, ""), "p.txt"
    )
    assert values(read) == {"C3": 1.3, "C4": 1.4, "C5": 1.5, "D3": 2.3, "D4": 2.4, "D5": 2.5}
    more = softmax_of(settings, NUMBERED, *rows, rows[1], "")
    assert "matrices of 3 x 12" in mistakes(tmp_path, more, "p.txt")
    elsewhere = softmax_of(settings, NUMBERED, rows[0].replace("\t\t\t1.3", "\t9\t\t1.3"), rows[1])
    assert "'9' in column 1, which the settings do not read" in mistakes(
        tmp_path, elsewhere, "p.txt"
    )


FLUORESCENCE = (
    "{}\tEndpoint\tFluorescence\tFALSE\tRaw\tFALSE\t1"
    + "\t" * 6
    + "2\t445 535 \t1\t3\t96\t404 485 \tManual"
    + "\t" * 4
    + "6"
    + "\t" * 4
    + "1\t1"
)


def test_softmax_reads_a_line_a_wavelength_with_its_wells_named(tmp_path: Path) -> None:
    lines = (
        "\tTemperature\tA1\tA2\tB12",
        "\t21\t5\t6\t#Sat",
        "",
        "\t21\t7\t8\t#Low",
        "",
        "\t\tA1\tA2\tB12",
        "\t\t-2\t-3\t-4",
    )
    text = softmax_of(FLUORESCENCE.format("TimeFormat"), *lines)
    read = reading(tmp_path, text, "p.txt")
    assert values(read, "445") == {"A1": 5, "A2": 6, "B12": None}
    assert values(read, "535") == {"A1": 7, "A2": 8, "B12": None}
    assert set(read.readings["unit"]) == {"RFU"}
    assert "1 signals of 445 too high to be read: B12 (#Sat)" in why(read)
    assert "1 signals of 535 too low to be read: B12 (#Low)" in why(read)
    short = softmax_of(FLUORESCENCE.format("TimeFormat"), *lines[:3])
    assert "1 lines of readings for the wavelengths 445, 535" in mistakes(tmp_path, short, "p.txt")


def test_softmax_settings_of_fluorescence_lie_one_field_further(tmp_path: Path) -> None:
    header = "\tTemperature\t1\t2\t3\t\t1\t2\t3"
    text = softmax_of(FLUORESCENCE.format("PlateFormat"), header, "\t21\t5\t6\t7\t\t8\t9\t10", "")
    read = reading(tmp_path, text, "p.txt")
    assert values(read, "535") == {"A1": 8, "A2": 9, "A3": 10}


def test_softmax_with_more_blocks_than_it_counts_is_not_cut_short(tmp_path: Path) -> None:
    counted, more = SOFTMAX, SOFTMAX.replace("##BLOCKS= 3", "##BLOCKS= 2")
    same = list(reading(tmp_path, counted, "p.txt", run="P1").readings.columns)
    same.remove("sha256")
    a, b = (reading(tmp_path, text, "p.txt", run="P1").readings for text in (counted, more))
    assert a.select(same).equals(b.select(same))


def test_softmax_amounts_in_another_unit_are_not_taken(tmp_path: Path) -> None:
    read = reading(tmp_path, SOFTMAX, "p.txt", run="P1", unit="ng/mL")
    assert read.readings["vendor_nominal"].null_count() == read.readings.height
    assert (
        why(read)["amounts of Standards in pg/mL"]
        == "the assay is in ng/mL: fill `nominal` in the layout"
    )


@pytest.mark.parametrize(
    ("old", "new", "run", "said"),
    [
        ("", "", "", "2 plates"),
        ("", "", "P3", "no plate 'P3'"),
        ("##BLOCKS= 3", "##BLOCKS= 4", "P1", "3 whole blocks"),
        ("Endpoint", "Kinetic", "P1", "Kinetic"),
        ("PlateFormat", "TimeFormat", "P1", "'1' among the wells"),
        ("1.0100", "Range?", "P1", "remove the limits of the data reduction"),
        ("Raw", "Reduced", "P1", "Reduced"),
        ("450 570", "450 570 650", "P1", "one whole plate a wavelength"),
        ("1.0100", "much", "P1", "'much'"),
        ("\r\n\t\t2.0100", "\r\n\r\n\t\t2.0100", "P1", "one whole plate a wavelength"),
        ("1.1200\t\t11.0100", "1.1200\t7\t11.0100", "P1", "'7' beside the columns"),
    ],
)
def test_softmax_refuses(tmp_path: Path, old: str, new: str, run: str, said: str) -> None:
    assert said in mistakes(tmp_path, SOFTMAX.replace(old, new, 1), "p.txt", run=run)


def test_only_softmax_files_take_a_run(tmp_path: Path) -> None:
    assert "`run: P1` for a file of the format Gen5" in mistakes(tmp_path, GEN5, "p.txt", run="P1")


def test_msd_reads_signals_with_roles_amounts_and_dilutions(tmp_path: Path) -> None:
    read = reading(tmp_path, MSD, analyte="")
    columns = (
        "well",
        "channel",
        "value",
        "sample",
        "vendor_role",
        "vendor_nominal",
        "vendor_dilution",
        "block",
    )
    assert read.readings.select(columns).rows() == [
        ("A1", "TNF-α", 1000.5, "S001", "standard", 100.5, None, "Signal"),
        ("A1", "IL-6", 500.5, "S001", "standard", 50.25, None, "Signal"),
        ("H1", "TNF-α", 7.8, "S008", "standard", 0.0, None, "Signal"),
        ("A3", "TNF-α", 2000.5, "U001", "sample", None, 2.5, "Signal"),
        ("A3", "IL-6", None, "U001", "sample", None, 2.5, "Signal"),
        ("A4", "TNF-α", 250.5, "QC low", None, 25.0, 1.0, "Signal"),
    ]
    said = read.vendor.select("block", "row", "channel", "text").rows()
    assert ("Detection Range", "H1", "TNF-α", "Below Detection Range") in said
    assert ("Calc. Concentration", "A1", "IL-6", "51.5") in said and (
        "Spot",
        "A3",
        "IL-6",
        "2",
    ) in said
    assert read.header["batch"] == "Plate_1"
    book = reading(
        tmp_path, workbook(S=[line.split(",") for line in MSD.splitlines()]), "p.xlsx", analyte=""
    )
    assert book.readings.select(columns).equals(read.readings.select(columns))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("1000.5", "many", "'many'"),
        ("A01,2", "A01,2,7", "11 cells"),
        ("A03,1", "C,1", "well 'C'"),
        ("IL-6,A01,2", "TNF-α,A01,2", "A01 TNF-α again"),
        ("2.5,,2000.5", "0,,2000.5", "how many times the sample was diluted"),
    ],
)
def test_msd_refuses(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in mistakes(tmp_path, MSD.replace(old, new, 1), analyte="")


def test_magellan_reads_what_has_a_time_of_reading(tmp_path: Path) -> None:
    wells: dict[str, object] = {**plate(), "A1": "OVER"}
    rows = magellan(
        ("Label1", "0s", wells),
        ("Label2", "0s", {**plate(plus=1)}),
        ("Conc", "", {**plate(plus=2)}),
    )
    read = reading(tmp_path, workbook(M=rows), "p.xlsx")
    assert values(read, "Label1") == {**plate(), "A1": None} and values(read, "Label2") == plate(
        plus=1
    )
    assert set(read.readings["block"]) == {"Label1", "Label2"} and set(read.readings["unit"]) == {
        "OD"
    }
    assert ("Conc", "A1", "3.01") in read.vendor.select("block", "row", "text").rows()
    assert "Some Body" not in str(read.vendor.rows()) + str(read.ignored) + str(read.header)
    assert "3 lines below the wells" in why(read) and read.header["serial number"] == "12901"


def test_magellan_refuses(tmp_path: Path) -> None:
    twice = magellan(("Label1", "0s", {**plate()}), ("Label1", "60s", {**plate()}))
    assert "2 readings called 'Label1'" in mistakes(tmp_path, workbook(M=twice), "p.xlsx")
    none = magellan(("Label1", "", {**plate()}))
    assert "no column with its time of reading" in mistakes(tmp_path, workbook(M=none), "p.xlsx")
    one = magellan(("Label1", "0s", {**plate()}))
    broken = [*one[:20], ["Mean", 1.5], *one[20:]]
    assert "'Mean' among the wells" in mistakes(tmp_path, workbook(M=broken), "p.xlsx")
    assert "2 sheets that begin with" in mistakes(tmp_path, workbook(M=one, N=one), "p.xlsx")
    assert values(reading(tmp_path, workbook(M=one, N=one), "p.xlsx", sheet="N")) == plate()


REAL = {
    "gen5_stdcurve.txt": "Gen5",
    "softmax_absorbance.txt": "SoftMax Pro",
    "msd_workbench.csv": "MSD Workbench",
    "magellan_elisa.xlsx": "Tecan Magellan",
}


@pytest.mark.parametrize("name", REAL)
def test_each_real_file_is_claimed_by_its_reader_first(shared_data: Path, name: str) -> None:
    raw = (shared_data / "plate_reader" / name).read_bytes()
    claims = [
        r.name for r in READERS if "immunoassay" in r.serves and r.sniff(raw, Path(name).suffix)
    ]
    assert claims[0] == REAL[name]
    assert not set(claims[1:]) & {
        *REAL.values(),
        "Luminex xPONENT",
        "Bio-Plex Manager",
        "Tecan i-control",
    }


def column(read: FileRead, name: str, block: str | None = None) -> dict[str, object]:
    rows = read.readings if block is None else read.readings.filter(block=block)
    return dict(rows.select("well", name).iter_rows())


def test_real_gen5(shared_data: Path) -> None:
    path = shared_data / "plate_reader/gen5_stdcurve.txt"
    lines = [line.split("\t") for line in path.read_text(encoding="ascii").splitlines()]
    wanted = {
        f"{line[0]}{n}": float(line[n])
        for line in lines
        if line[-1] == "630nmAbsRead:630"
        for n in range(1, 13)
    }
    read = real(path)
    assert values(read) == wanted and len(wanted) == 96
    assert wanted["A1"] == 3.337 and set(read.readings["unit"]) == {"OD"}
    nominal = {
        well: value for well, value in column(read, "vendor_nominal").items() if value is not None
    }
    amounts = (2000, 666.67, 222.22, 74.074, 24.691, 8.2305, 2.7435)
    assert nominal == {
        f"{x}{n}": a for x, a in zip("ABCDEFG", amounts, strict=True) for n in (1, 2, 3)
    }
    assert read.readings["vendor_role"].value_counts().sort("vendor_role").rows() == [
        ("blank", 3),
        ("sample", 72),
        ("standard", 21),
    ]
    assert read.vendor.filter(block="[Concentration]").height == 96


@pytest.mark.parametrize("run", ["Plate01", "Plate02"])
def test_real_softmax(shared_data: Path, run: str) -> None:
    path = shared_data / "plate_reader/softmax_absorbance.txt"
    lines = path.read_text(encoding="utf-16").split("\n")
    first = next(at for at, text in enumerate(lines) if text.startswith(f"Plate:\t{run}\t")) + 2
    wanted = {
        f"{x}{n}": float(lines[first + at].split("\t")[n + 1])
        for at, x in enumerate(LETTERS[:8])
        for n in range(1, 13)
    }
    read = real(path, run=run, unit="ng/mL")
    assert values(read) == wanted and set(read.readings["block"]) == {"450"}
    nominal = {
        well: value for well, value in column(read, "vendor_nominal").items() if value is not None
    }
    assert nominal == {f"{x}{n}": 320 / 2**at for at, x in enumerate("ABCDEFG") for n in (1, 2, 3)}
    in_pg = real(path, run=run)
    assert set(in_pg.readings["vendor_nominal"]) == {
        None
    } and "amounts of Standards in ng/mL" in why(in_pg)
    shown = dict(read.vendor.filter(block="Standards, OD").select("row", "text").iter_rows())
    assert all(
        f"{wanted[row.split()[1]]:.3f}" == text
        for row, text in shown.items()
        if row.startswith(run)
    )


def test_real_msd(shared_data: Path) -> None:
    path = shared_data / "plate_reader/msd_workbench.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        next(handle)
        rows = list(csv.DictReader(handle))
    read = real(path, analyte="")
    wanted = {row["Well"][0] + str(int(row["Well"][1:])): row for row in rows}
    assert (
        values(read) == {well: float(row["Signal"]) for well, row in wanted.items()}
        and len(wanted) == 48
    )
    assert set(read.readings["channel"]) == {"Test Assay 1.0"}
    known = {
        well: float(row["Concentration"]) if row["Concentration"] else None
        for well, row in wanted.items()
    }
    assert column(read, "vendor_nominal") == known
    roles = {
        well: "standard" if row["Sample"][0] == "S" else "sample" for well, row in wanted.items()
    }
    assert column(read, "vendor_role") == roles
    diluted = {
        well: float(row["Dilution"]) if row["Dilution"] else None for well, row in wanted.items()
    }
    assert column(read, "vendor_dilution") == diluted


def test_real_magellan(shared_data: Path) -> None:
    path = shared_data / "plate_reader/magellan_elisa.xlsx"
    sheet = openpyxl.load_workbook(path, data_only=True).active
    rows = list(sheet.iter_rows(min_row=4, max_row=387, max_col=3, values_only=True))
    read = real(path)
    assert (
        values(read, "Label1") == {str(well): value for well, value, _ in rows} and len(rows) == 384
    )
    assert values(read, "Label2") == {str(well): value for well, _, value in rows}
    assert set(read.readings["unit"]) == {"OD"} and read.header["serial number"] == "12901000069"
