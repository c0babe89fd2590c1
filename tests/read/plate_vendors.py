"""Exports of plate readers by their makers' programs, written out in full."""

from __future__ import annotations

from typing import Any

from plate_exports import LETTERS, matrix, plate


def lines_of(wells: dict[str, float | str], *names: str, plus: float = 0.0) -> str:
    """Rows as Gen5 writes them, the second name a blanked value."""
    made = []
    for letter in LETTERS[:8]:
        for at, name in enumerate(names):
            shown = [wells[f"{letter}{n}"] for n in range(1, 13)]
            cells = [str(round(v - at * plus, 3)) if isinstance(v, float) else v for v in shown]
            made.append("\t".join([letter if at == 0 else "", *cells, name]))
    return "\n".join(made)


NUMBERS = "\t" + "\t".join(map(str, range(1, 13)))


def gen5(
    results: str, *, procedure: str = "Read\tELISA\n\tAbsorbance Endpoint", layout: str = ""
) -> str:
    return (
        "\n\nSoftware Version\t3.12.08\n\n\n\n"
        "Experiment File Path:\tC:\\Users\\somebody\\x.xpt\n\n\n\n"
        "Plate Number\tPlate 1\nDate\t10/10/2022\nTime\t9:00:04 PM\nReader Type:\tSynergy H1\n\n"
        f"Procedure Details\n\nPlate Type\t96 WELL PLATE\n{procedure}\n\n"
        f"{layout}Results\n{NUMBERS}\n{results}\n"
    )


IDS = "\n".join(
    "\t".join(
        [
            letter,
            "STD1" if letter == "A" else "BLK" if letter == "B" else "SPL1:2",
            *["CTL1"] * 11,
            "Well ID",
        ]
    )
    + "\n\t"
    + "\t".join(
        ["2000" if letter == "A" else "" if letter == "B" else "0.5", *[""] * 11, "Conc/Dil"]
    )
    for letter in LETTERS[:8]
)

LAYOUT = f"Layout\n{NUMBERS}\n{IDS}\n\n"

GEN5 = gen5(
    lines_of({**plate()}, "ELISA:450", "ELISA:570", "Blank ELISA:450", "[Concentration]", plus=0.5),
    layout=LAYOUT,
)


def softmax_plate(
    name: str, *, plus: float = 0.0, waves: str = "450 570", kind: str = "Endpoint"
) -> str:
    wells = plate(plus=plus)
    head = [
        "Plate:",
        name,
        "1.3",
        "PlateFormat",
        kind,
        "Absorbance",
        "Raw",
        "FALSE",
        "1",
        *[""] * 6,
    ]
    head[14:] = [str(len(waves.split())), f"{waves} ", "1", "12", "96", "1", "8", "", ""]
    lines = ["\t".join(head)]
    numbers = list(map(str, range(1, 13)))
    several = range(len(waves.split()))
    lines.append("\t".join(["", "Temperature(°C)", *[c for _ in several for c in (*numbers, "")]]))
    for letter in LETTERS[:8]:
        cells = [
            c
            for at in several
            for c in (*(f"{wells[f'{letter}{n}'] + at * 10:.4f}" for n in range(1, 13)), "")
        ]
        lines.append("\t".join(["", "25.1" if letter == "A" else "", *cells]))
    lines += ["", "\t".join(["", "", *numbers, ""])]
    lines += [
        "\t".join(["", "", *(f"{wells[f'{x}{n}'] - 1:.4f}" for n in range(1, 13)), ""])
        for x in LETTERS[:8]
    ]
    return "\r\n".join([*lines, "~End", ""])


GROUP = (
    "Group: Standards\r\nSample\tStandard Value pg/mL\tBackCalcConc\tWells\tOD\tWellPlateName\t\r\n"
    "01\t320.5\t315.1\tA1\t1.01\tP1\t\r\n \t \t310.4\tA2\t1.02\tP1\t\r\n"
    "02\t160.25\t9\tA1\t5\tP2\t\r\n\r\n"
    "Group Column\tFormula Name\tFormula\r\n1\tSample\t!SampleNames\r\n"
    '2\tR\tIf (OD>1,"","R")\r\n~End\r\n'
)

SOFTMAX = (
    "##BLOCKS= 3\r\n"
    + softmax_plate("P1")
    + softmax_plate("P2", plus=0.5)
    + GROUP
    + "Original Filename: x; Date: y\r\n"
)

MSD = """\
Plate_1
Sample,Assay,Well,Spot,Dilution,Concentration,Signal,Adjusted Signal,\
Calc. Concentration,Detection Range
S001,TNF-α,A01,1,,100.5,1000.5,990.5,101.5,In Detection Range
S001,IL-6,A01,2,,50.25,500.5,490.5,51.5,In Detection Range
S008,TNF-α,H01,1,,0.0,7.8,7.8,NaN,Below Detection Range
U001,TNF-α,A03,1,2.5,,2000.5,1990.5,200.5,In Detection Range
U001,IL-6,A03,2,2.5,,NaN,NaN,NaN,
QC low,TNF-α,A04,1,1,25,250.5,240.5,24.5,In Detection Range
"""


def magellan(*columns: tuple[str, str, dict[str, object]]) -> list[list[object]]:
    """A sheet: name, time and wells of every column."""
    rows: list[list[object]] = [
        ["Well positions", *(name for name, _, _ in columns)],
        ["", *(time for _, time, _ in columns)],
        ["", *("24.8 °C" if time else "" for _, time, _ in columns)],
        *[[well, *(wells[well] for _, _, wells in columns)] for well in plate()],
    ]
    below = [
        "Date of measurement: 2026-03-02",
        "x.mth",
        "450nm",
        "Some Body",
        "Instrument serial number: 12901",
        "Measurement 1:",
        "Measurement mode: Absorbance",
        "Unit: OD",
    ]
    listed: list[list[object]] = [[line] for line in below]
    return rows + listed


ICONTROL_HEAD: list[list[object]] = [
    ["Application: Tecan i-control", None, None, None, "Tecan i-control , 2.0.10.0"],
    ["Device: infinite 200Pro", None, None, None, "Serial number: 1301004567"],
    ["Firmware: V_3.40_07/12_Infinite"],
    [],
    ["Date:", "2026-03-02"],
    ["Time:", "10:44:22"],
    ["System", None, None, None, "LAB-PC"],
    ["User", None, None, None, "LAB-PC\\somebody"],
    ["Plate", None, None, None, "Greiner 96 Flat Bottom Transparent Polystyrol [GRE96ft.pdfx]"],
    [],
]
"""The lines above the labels."""


def icontrol_label(
    name: str, wells: dict[str, Any], *, mode: str = "Absorbance", wave: int = 450, part: str = ""
) -> list[list[object]]:
    """One label as a sheet has it."""
    stated: list[list[object]] = [["Part of Plate", None, None, None, part]] if part else []
    return [
        [f"Label: {name}"],
        ["Mode", None, None, None, mode],
        ["Measurement Wavelength", None, None, None, wave, "nm"],
        *stated,
        ["Start Time:", "02.03.2026 10:44:23"],
        [],
        [None, "Temperature: 25.1 °C"],
        *matrix(wells, corner="<>"),
        [],
    ]


ICONTROL_END: list[list[object]] = [["End Time:", "02.03.2026 10:46:01"]]

ICONTROL = [
    *ICONTROL_HEAD,
    *icontrol_label("Label1", plate()),
    *icontrol_label("Label2", plate(plus=0.5), wave=570),
    *ICONTROL_END,
]

SIGNALS = """\
well,analyte,signal,sample,role,nominal,dilution,beads,plate reader
A01,TNF,0.125,S1,standard,1000.5,,,x
A01,IL6,1.25,S1,standard,500.25,,,x
A2,TNF,2.5,D07 µ,sample,,10,55,x
A2,IL6,OVER,D07 µ,sample,,10,54,x
B1,TNF,0.0625,,blank,0,,,x
tube 7,TNF,-0.002,Ctrl,Kontrolle,,1,,x
H12,TNF,,,empty,,,,x
"""


def envision_plate(number: int, *results: tuple[str, dict[str, Any]], repeat: int = 1) -> str:
    """The blocks of one plate: what stands above each matrix, and its wells."""
    made = []
    for title, wells in results:
        made += [
            "Plate information",
            "Plate,Repeat,Barcode,Measured height,Group,Label,Measurement date,",
            f'{number},{repeat},="007",14.35,1,A450(1),1/15/2024 10:30:00 AM,',
            "",
            "Background information",
            "Plate,Label,Result,Signal,Flashes/Time,Meastime,MeasInfo,",
            f"{number},A450,0,295000,300,00:00:00.000,De=1st Ex=Btm,",
            "",
            title,
            "," + ",".join(f"{n:02}" for n in range(1, 13)) + ",",
            *(
                ",".join([letter, *(str(wells[f"{letter}{n}"]) for n in range(1, 13)), ""])
                for letter in LETTERS[:8]
            ),
            "",
        ]
    return "\n".join([*made, ""])


A450, A570 = "Results for A450(1) - channel 1 (A)", "Results for A570(1) - channel 1 (A)"
ENVISION_END = """
Basic assay information
Assay ID: ,,,,101
Assay Started: ,,,,1/15/2024 10:28:00 AM
Serial#: ,,,,="1050242"

Platemap:
Plate,,,,1

,01,02,03
A,- ,- ,-
B,- ,- ,-

Labels:
Last edited by,,,,somebody

Exported with EnVision Workstation version 1.14.3049.1642
"""
ENVISION = (
    envision_plate(
        1,
        ("Calculated results: Calc 1: Blank = A450(1) - 0.1", plate(plus=-0.1)),
        (A450, plate()),
        (A570, plate(plus=0.5)),
    )
    + ENVISION_END
)


def skanit_sheet(*plates: tuple[int, str, str, dict[str, Any]]) -> list[list[Any]]:
    """A measurement's sheet: number, wavelength, corner and wells of every matrix."""
    rows: list[list[object]] = [["elisa.skax"], ["02.03.2026 10:46"], []]
    for number, wave, corner, wells in plates:
        rows += [[f"Plate {number}"], [f"Wavelength: {wave} nm"] if wave else [], []]
        rows += [*matrix(wells, corner=corner), []]
    return rows


SKANIT_SAMPLES = {
    well: "Std1" if well[0] == "A" else "Blank1" if well[0] == "B" else f"Un{number}"
    for number, well in enumerate(plate(), start=1)
}
SKANIT: dict[str, list[list[Any]]] = {
    "Absorbance 1_01": skanit_sheet(
        (1, "450", "Abs", plate()),
        (1, "570", "Abs", plate(plus=0.5)),
        (1, "", "Sample", SKANIT_SAMPLES),
    ),
    "Session information": [["Session information"], [None, "Execution time", None, "2.3.2026"]],
    "General information": [
        [None, "Report generated with SW version", None, "SkanIt Software 7.0, ver. 7.0.0.50"],
        [None, "User name", None, "somebody"],
    ],
}

SMART: dict[str, list[list[Any]]] = {
    "Protocol Information": [
        ["User: somebody"],
        ["Test Name: ELISA"],
        ["Measurement type", "Fluorescence"],
    ],
    "Table End point": [
        ["User: somebody"],
        ["Well", "A01", "A02", "B01", "B02"],
        ["Content", "Standard S1", "Blank B", "Sample X1", "Negative control N"],
        ["Raw Data (480-14/520-30)", 5000, 12, 700, 15],
        ["Blank corrected based on Raw Data (480-14/520-30)", 4988, 0, 688, 3],
        ["Standard Concentrations [pg/mL]", 1000, None, None, None],
        ["Dilutions", None, None, 2, None],
    ],
    "Microplate End point": [["Average of all blanks used: 12"]],
}
