"""Small exports of Luminex instruments, written out in full."""

from __future__ import annotations

from typing import Any

XPONENT = """\
"Program","xPONENT","","LX100/LX200"
"Build","4.2.1705.0"
"Date","03/02/2026","10:00 AM"

"SN","LX1"
"Batch","plate ü"
"Operator","jane"
"ComputerName","JANE-PC"
"ProtocolDevelopingCompany","Jane Doe"
"DDGate","7500 to 20000"
"ProtocolMicrosphere","Map","100 regions","Type","MagPlex","Count","2"
"ProtocolReporterGain","Enhanced PMT (HIGH)"
"Samples","8","Min Events","50","Per Bead"

"Results"

"DataType:","Median"
"Location","Sample","TNF-a","IL6","Total Events","Notes"
"1(1,A1)","Background0","10","12.5","900",""
"2(1,B1)","Standard1","9000.5","8000","901",""
"3(1,C1)","Standard2","950","800","902",""
"4(1,D1)","Control1","500","400","903",""
"5(1,E1)","Unknown1","20","NaN","904","bubble"
"6(1,F1)","d07 ATP","15000.5","","905",""

"DataType:","Net MFI"
"Location","Sample","TNF-a","IL6","Total Events","Notes"
"1(1,A1)","Background0","-0","-1.25","900",""
"2(1,B1)","Standard1","8990.5","7987.5","901",""
"3(1,C1)","Standard2","940","787.5","902",""
"4(1,D1)","Control1","490","387.5","903",""
"5(1,E1)","Unknown1","10","NaN","904",""
"6(1,F1)","d07 ATP","14990.5","Not Reported","905",""

"DataType:","Count"
"Location","Sample","TNF-a","IL6","Total Events","Notes"
"1(1,A1)","Background0","60","61","900",""
"2(1,B1)","Standard1","62","63","901",""
"3(1,C1)","Standard2","64","65","902",""
"4(1,D1)","Control1","66","67","903",""
"5(1,E1)","Unknown1","68","0","904",""
"6(1,F1)","d07 ATP","70","71","905",""

"DataType:","Result"
"Location","Sample","TNF-a","IL6","Total Events","Notes"
"1(1,A1)","Background0","NaN","NaN","900",""
"2(1,B1)","Standard1","1000.25","> 500","901",""
"3(1,C1)","Standard2","100.5","50","902",""
"4(1,D1)","Control1","55.5","44","903",""
"5(1,E1)","Unknown1","< 1.5","No data","904",""
"6(1,F1)","d07 ATP","> 1000","","905",""

"DataType:","Avg Result"
"Sample","TNF-a","IL6"
"Unknown1","< 1.5",""

"DataType:","Units"
"Analyte:","TNF-a","IL6"
"BeadID:","45","25"
"Units:","pg/mL","ng/mL"

"DataType:","Standard Expected Concentration"
"Reagent","TNF-a","IL6"
"Standard1","1000","500"
"Standard2","100","50"

"DataType:","Control Expected Concentration"
"Reagent","TNF-a","IL6"
"Control1","60","40"

"DataType:","Dilution Factor"
"Location","Sample","Dilution Factor"
"Location","Sample","1"
"1(1,A1)","Background0","1"
"2(1,B1)","Standard1","1"
"3(1,C1)","Standard2","1"
"4(1,D1)","Control1","2"
"5(1,E1)","Unknown1","4"
"6(1,F1)","d07 ATP","2.5"

"DataType:","Analysis Coefficients"
"Analyte:","TNF-a","IL6"
"A","0.5","0.25"

"DataType:","Audit Logs"
"UserId","Date","Message"
"jane","3/2/2026","Result recalculated"

"DataType:","Warnings/Errors"
"Location","Status","Message"
"1,E1","Warning","too few beads"

"-- CRC --"
"CRC32: 53B2478C"
"""

INTELLIFLEX = """\
MODEL NAME,SERIAL NUMBER,SOFTWARE VERSION,PLATE NAME,ACTIVE USER,WELL LOCATION,WELL TYPE,\
SAMPLE ID,DILUTION,TOTAL EVENTS,R25: RP1 ANALYTE NAME,R25: RP1 MEDIAN,R25: RP1 NET MEDIAN,\
R25: RP1 COUNT,R25: RP1 %CV,R45: RP1 ANALYTE NAME,R45: RP1 MEDIAN,R45: RP1 NET MEDIAN,\
R45: RP1 COUNT,R45: RP1 %CV
xMAP INTELLIFLEX® DR-SE,IF1,Bundle - 2.2.1,plate 1,DOMAIN\\jane,A1,B1,blank,1,900,IL6,12.5,0,60,\
8.5,TNF-a,14.25,0,61,9
xMAP INTELLIFLEX® DR-SE,IF1,Bundle - 2.2.1,plate 1,DOMAIN\\jane,B1,S1,,1,901,IL6,8000.125,\
7987.625,62,7,TNF-a,9000.5,8986.25,63,6
xMAP INTELLIFLEX® DR-SE,IF1,Bundle - 2.2.1,plate 1,DOMAIN\\jane,C1,U1,d07 ATP,4,902,IL6,NaN,NaN,\
0,NaN,TNF-a,20,5.75,65,6.5
"""

BEAD_RUN = """\
"SampleID = 38513"
"Batch Name: plate ü,8/17/2010,13:38     Batch Description: for Jane"
"EventNo","BeadID","IsDDGated","DD","CL1","CL2","RP1"
"1","0","True","24375","16","0","5"
"2","45","True","11061","7839","13700","13"
"3","45","True","14785","132","875","1250"
"4","25","True","16854","226","847","3"
"5","45","False","12086","189","150","999"
"6","25","True","12086","189","150","7"
"7","45","True","12086","189","150","-0"
"""

ABOVE: list[list[Any]] = [
    ["File Name: plate.rbx"],
    ["Acquisition Date: 21-Jan-2026, 06:00 PM"],
    ["Reader Serial Number: LXD1"],
    ["RP1 PMT (Volts): 800.22"],
    ["User: Jane Doe"],
    [],
]

BELOW: list[list[Any]] = [
    [],
    ["*Value = Value extrapolated beyond standard range"],
    ["OOR = Out of Range"],
]

WELLS = [
    ("B", "A1", "blank", 1),
    ("S1", "B1", "", 1),
    ("S2", "C1", "", 1),
    ("C1", "D1", "QC low", 1),
    ("X1", "E1", "d07 ATP", 4),
    ("X2", "F1", "d08 ATP", 4),
    ("X3", "G1", "d09 ATP", 4),
    ("X4", "H1", "d10 ATP", 2),
    ("N1", "A2", "", 1),
    ("ES1", "B2", "", 1),
]

FIGURES = ["FI", "FI - Bkgd", "Std Dev", "Obs Conc", "Exp Conc", "(Obs/Exp) * 100", "Bead Count"]

TNF: list[list[Any]] = [
    [10.5, "", "", "***", "", "", 60],
    [9000, 8989.5, 1.5, 1001, 1000, 100.1, 61],
    [900, 889.5, "", 99, 100, 99, 62],
    [500, 489.5, "", 51, 50, 102, 63],
    [20, 9.5, "", "OOR <", "", "", 64],
    [15000, 14989.5, "", "OOR >", "", "", 65],
    [12, 1.5, "", "*3.2", "", "", 66],
    ["---", "---", "", "---", "", "", 67],
    [11, 0.5, "", "", "", "", 68],
    [5000, 4989.5, "", 505, 500, 101, 69],
]

IL6: list[list[Any]] = [
    [12, "", "", "", "", "", 70],
    [8000, 7988, "", 498, 400, 124.5, 71],
    [800, 788, "", 42, 40, 105, 72],
    [400, 388, "", 20.5, 20, 102.5, 73],
    [300, 288, "", 70.25, "", "", 74],
    [9999, 9987, "", "*2500", "", "", 75],
    [310, 298, "", "*800", "", "", 76],
    [330, 318, "", 81, "", "", 77],
    [13, 1, "", "", "", "", 78],
    [4000, 3988, "", 201, 200, 100.5, 79],
]

BOTH = {"TNF-a (45)": TNF, "IL6 (25)": IL6}


def wide(figures: list[str] = FIGURES, *, split: bool = False) -> dict[str, list[list[Any]]]:
    """Analytes over their figures, in one table or (split) a table a figure, one below the
    other.
    """
    rows: list[list[Any]] = list(ABOVE)
    for group in [[figure] for figure in figures] if split else [figures]:
        rows.append(
            ["", "", "", ""]
            + [name if n == 0 else "" for name in BOTH for n, _ in enumerate(group)]
        )
        rows.append(["Type", "Well", "Description", "Dilution", *(f for _ in BOTH for f in group)])
        for n, well in enumerate(WELLS):
            cells = [table[n][FIGURES.index(figure)] for table in BOTH.values() for figure in group]
            rows.append([well[0], well[1], well[2], well[3], *cells])
        rows.append([])
    return {"Report": rows + BELOW}


def sheet_an_analyte(*, column: bool = True, means: bool = False) -> dict[str, list[list[Any]]]:
    made: dict[str, list[list[Any]]] = {}
    for name, table in BOTH.items():
        head = [
            *(["Analyte"] if column else []),
            "Type",
            "Well",
            "Description",
            *FIGURES,
            "Dilution",
        ]
        lines: list[list[Any]] = [
            [*([name] if column else []), kind, well, said, *table[n], dilution]
            for n, (kind, well, said, dilution) in enumerate(WELLS)
        ]
        mean: list[Any] = [
            *([name] if column else []),
            "S1",
            "B1,C1",
            "",
            4950,
            4939.5,
            2,
            550,
            550,
            100,
            "",
            1,
        ]
        first: list[list[Any]] = [[*head], mean, lines[0], []] if means else []
        made[name] = [*ABOVE, *first, head, *lines, *BELOW]
    return made


def sheet_a_figure() -> dict[str, list[list[Any]]]:
    made: dict[str, list[list[Any]]] = {}
    for place, figure in enumerate([figure for figure in FIGURES if "/" not in figure]):
        rows = [*ABOVE, ["Type", "Well", "Description", *BOTH]]
        at = FIGURES.index(figure)
        rows += [
            [w[0], w[1], w[2], *(table[n][at] for table in BOTH.values())]
            for n, w in enumerate(WELLS)
        ]
        made[figure] = rows if place else rows + BELOW
    made["Dilution"] = [
        *ABOVE,
        ["Type", "Well", "Description", "Dilution"],
        *([w[0], w[1], w[2], w[3]] for w in WELLS),
    ]
    return made


def bioplex_analyte(region: int, name: str, reading: float, *, valid: str = "true") -> str:
    return (
        f'<MWAnalyte RegionNumber="{region}"><AnalyteName>{name}</AnalyteName>'
        f'<Reading Valid="{valid}" Code="0" OutlierType="None">{reading:E}</Reading>'
        '<MWObsConc ReadingOK="false" ReadError="Data field has not been set">0.0E+000</MWObsConc>'
        "</MWAnalyte>"
    )


def bioplex_sample(
    kind: str, label: str, wells: dict[tuple[int, int], list[str]], *, more: str = ""
) -> str:
    members = "".join(
        f'<MemberWell RowNo="{row}" ColNo="{column}"><MWAnalytes>{"".join(analytes)}</MWAnalytes>'
        "</MemberWell>"
        for (row, column), analytes in wells.items()
    )
    return (
        f"<{kind}><Description></Description><Label>{label}</Label>{more}"
        f"<MemberWells>{members}</MemberWells></{kind}>"
    )


def bioplex_document(inside: str, *, wells: str = "", more: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<bpm:BioPlexManager '
        'xmlns:bpm="http://www.Bio-Rad.com/XMLschema/2010/Bio-Plex_5" '
        'XmlExportDateTime="2024-01-09T13:20:40Z" XmlExportUser="somebody" '
        'BioPlexManagerVersion="6.2.0.175"><AuthorName>somebody</AuthorName>'
        f'<PlateDimensions Columns="12" Rows="8" TotalWells="96" />{more}'
        f"<Samples>{inside}</Samples><Wells>{wells}</Wells></bpm:BioPlexManager>\n"
    )


BIOPLEX_SAMPLES = (
    "<Blanks>"
    + bioplex_sample(
        "Blank", "B", {(1, 12): [bioplex_analyte(12, "TNF", 62), bioplex_analyte(15, "IL-6", 36)]}
    )
    + "</Blanks><Standards>"
    + bioplex_sample(
        "Standard",
        "S1",
        {(1, 1): [bioplex_analyte(12, "TNF", 9000.5), bioplex_analyte(15, "IL-6", 8000.25)]},
        more="<Dilution>1.0E+000</Dilution><Analytes>"
        '<Analyte RegionNumber="12"><ExpectedConc>2.5E+003</ExpectedConc></Analyte>'
        '<Analyte RegionNumber="15"><ExpectedConc>0.0E+000</ExpectedConc></Analyte></Analytes>',
    )
    + "</Standards><Unknowns>"
    + bioplex_sample(
        "Unknown",
        "X1",
        {
            (2, 1): [bioplex_analyte(12, "TNF", 151.5), bioplex_analyte(15, "IL-6", 494)],
            (2, 2): [
                bioplex_analyte(12, "TNF", 150, valid="false"),
                bioplex_analyte(15, "IL-6", 490),
            ],
        },
        more="<Dilution>4.0E+000</Dilution>",
    )
    + "</Unknowns>"
)
BIOPLEX_WELLS = (
    '<Well RowNo="2" ColNo="1"><BeadRegions><BeadRegion RegionNumber="12"><RegionCount>55'
    "</RegionCount></BeadRegion></BeadRegions></Well>"
)
BIOPLEX_XML = bioplex_document(BIOPLEX_SAMPLES, wells=BIOPLEX_WELLS)
