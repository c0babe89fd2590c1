"""Mistakes of the kinds that went unnoticed once, each made in the clean study of `faults/intake`
in another place or with other words than the shared ones; and what is right and must stay so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import openpyxl

Make = Callable[[Path], None]
SIBLINGS: dict[str, Make] = {}
"""Mistakes by name; the docstring of each says what was done."""
RIGHT: dict[str, Make] = {}
"""Other ways to hand in the same, which must give the same answers without a word."""


def sibling(make: Make) -> Make:
    """Put a mistake on the list."""
    SIBLINGS[make.__name__] = make
    return make


def right(make: Make) -> Make:
    """Put another right way on the list."""
    RIGHT[make.__name__] = make
    return make


def _swap(path: Path, pattern: str, by: str) -> None:
    text = path.read_text(encoding="utf-8")
    changed = re.sub(pattern, by, text, flags=re.M)
    assert changed != text, (path, pattern)
    path.write_text(changed, encoding="utf-8")


def _exchange(path: Path, first: str, second: str) -> None:
    """Exchange two words of a file."""
    text = path.read_text(encoding="utf-8")
    both = re.compile(rf"\b(?:{re.escape(first)}|{re.escape(second)})\b")
    changed = both.sub(lambda m: second if m[0] == first else first, text)
    assert changed != text, path
    path.write_text(changed, encoding="utf-8")


def _rows(path: Path) -> tuple[list[str], list[list[str]]]:
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    return head.split(","), [line.split(",") for line in lines]


def _write(path: Path, head: list[str], rows: list[list[str]]) -> None:
    path.write_text("\n".join([",".join(head), *map(",".join, rows)]) + "\n", encoding="utf-8")


def _column(study: Path, file: str, column: str, change: Callable[[str, str, int], str]) -> None:
    """Change a column of a table of people: of donor, cell and number of the row."""
    head, rows = _rows(study / file)
    at = head.index(column)
    for i, row in enumerate(rows):
        row[at] = change(row[0], row[at], i)
    _write(study / file, head, rows)


def _add(study: Path, lines: str) -> None:
    path = study / "study.yaml"
    path.write_text(path.read_text(encoding="utf-8") + lines, encoding="utf-8")


def _matrix(study: Path, name: str, change: Callable[[dict[str, float]], None]) -> None:
    """Change the numbers of an ELISA plate, by well: a bare matrix of 8 x 12 decimal commas."""
    path = study / "raw" / name
    book = openpyxl.load_workbook(path)
    cells = {f"{c.row}/{c.column}": c for row in book.worksheets[0].iter_rows() for c in row}
    wells = {
        f"{'ABCDEFGH'[int(at.split('/')[0]) - 1]}{at.split('/')[1]}": c for at, c in cells.items()
    }
    numbers = {well: float(str(cell.value).replace(",", ".")) for well, cell in wells.items()}
    changed = dict(numbers)
    change(changed)
    assert changed != numbers
    for well, number in changed.items():
        wells[well].value = f"{number:.3f}".replace(".", ",")
    book.save(path)


def _wells_of(study: Path, layout: str, donor: str) -> list[str]:
    """The wells of a donor, in the order of the layout."""
    head, rows = _rows(study / "plates" / layout)
    at = head.index("donor")
    return [row[0] for row in rows if row[at] == donor]


@sibling
def one_absorbance_a_thousandfold(study: Path) -> None:
    """One OD of an LPS well is 1000-fold (the decimal point was lost)."""
    well = _wells_of(study, "E_TNF1.csv", "RA03")[1]
    _matrix(study, "ELISA_TNF_Platte1.xlsx", lambda od: od.update({well: 1000 * od[well]}))


@sibling
def ods_copied_between_donors(study: Path) -> None:
    """All ODs of RA04 are a copy of those of RA03."""

    def copy(od: dict[str, float]) -> None:
        pairs = zip(*(_wells_of(study, "E_TNF1.csv", d) for d in ("RA03", "RA04")), strict=True)
        od.update({to: od[of] for of, to in pairs})

    _matrix(study, "ELISA_TNF_Platte1.xlsx", copy)


@sibling
def standards_in_ng_on_one_plate(study: Path) -> None:
    """The amounts of the standards of plate E1 are written in ng/mL, of the others in pg/mL."""
    path = study / "plates/E_TNF1.csv"
    head, rows = _rows(path)
    at = head.index("nominal")
    for row in rows:
        row[at] = f"{float(row[at]) / 1000:g}" if row[at] else row[at]
    _write(path, head, rows)


@sibling
def elisa_files_swapped(study: Path) -> None:
    """The files of TNF and IL-6 of plate 2 are exchanged in study.yaml."""
    _exchange(study / "study.yaml", "ELISA_TNF_Platte2", "ELISA_IL6_Platte2")


@sibling
def dilution_of_one_half(study: Path) -> None:
    """A dilution of 1:2 is written as 0.5 on one plate."""
    _swap(study / "plates/E_TNF2.csv", r",2$", ",0.5")


@sibling
def years_of_birth(study: Path) -> None:
    """The ages of four donors are years of birth."""
    years = {"RA02", "RA05", "HD01", "HD04"}
    _column(study, "donors.csv", "age", lambda d, v, i: str(2026 - int(v)) if d in years else v)


@sibling
def pain_in_centimetres_for_four(study: Path) -> None:
    """The VAS of four donors is in cm, that of the others in mm."""
    few = {"RA01", "RA03", "RA06", "RA08"}
    _column(study, "clinic.csv", "VAS", lambda d, v, i: f"{int(v) / 10:g}" if d in few else v)


@sibling
def pain_sorted_alone(study: Path) -> None:
    """The column VAS of clinic.csv is sorted, the others are not."""
    head, rows = _rows(study / "clinic.csv")
    sorted_scores = sorted((row[head.index("VAS")] for row in rows), key=float)
    _column(study, "clinic.csv", "VAS", lambda d, v, i: sorted_scores[i])


@sibling
def two_donors_in_the_wrong_group(study: Path) -> None:
    """RA02 and HD03 have each other's group."""
    wrong = {"RA02": "HD", "HD03": "RA"}
    _column(study, "donors.csv", "group", lambda d, v, i: wrong.get(d, v))


@sibling
def one_plate_less_its_blank(study: Path) -> None:
    """The blank was taken off the ODs of plate E1, not off those of E2."""

    def subtract(od: dict[str, float]) -> None:
        head, rows = _rows(study / "plates/E_TNF1.csv")
        zero = [row[0] for row in rows if row[1] == "blank" or row[head.index("nominal")] == "0"]
        blank = sum(od[well] for well in zero) / len(zero) if zero else min(od.values())
        od.update({well: round(value - blank, 3) for well, value in od.items()})

    _matrix(study, "ELISA_TNF_Platte1.xlsx", subtract)


@sibling
def donors_exchanged(study: Path) -> None:
    """HD02 and HD03 are exchanged in the layout of the qPCR; the file names each well."""
    _exchange(study / "plates/Q1.csv", "HD02", "HD03")


@sibling
def layout_one_column_to_the_right(study: Path) -> None:
    """The layout of Q2 is shifted by one column."""
    path = study / "plates/Q2.csv"
    head, rows = _rows(path)
    for row in rows:
        letter, column = row[0][0], int(row[0][1:])
        row[0] = f"{letter}{column % 24 + 1}"
    _write(path, head, rows)


@sibling
def inhibitor_and_lps_swapped_for_one(study: Path) -> None:
    """LPS and LPS_tofa of RA07 are exchanged in the layout of the qPCR."""
    path = study / "plates/Q2.csv"
    _swap(path, r"RA07,LPS,", "RA07,@,")
    _swap(path, r"RA07,LPS_tofa,", "RA07,LPS,")
    _swap(path, r"RA07,@,", "RA07,LPS_tofa,")


@sibling
def one_donor_empty_in_the_elisa(study: Path) -> None:
    """The wells of HD01 of an ELISA plate are `empty`, though they were read."""
    _swap(study / "plates/E_TNF1.csv", r"^(\w+),sample,HD01,.*$", r"\1,empty,,,,,")


@sibling
def dose_blank_in_half(study: Path) -> None:
    """The dilution is blank on one of two plates of an assay, 2 on the other."""
    _swap(study / "plates/E_IL62.csv", r"^(\w+,sample,.*),2$", r"\1,")


@sibling
def treatment_words_in_two_languages(study: Path) -> None:
    """`exposed: yes`, and two cells say `oui`."""
    _column(study, "donors.csv", "csDMARD", lambda d, v, i: "oui" if d in {"RA02", "RA04"} else v)
    medication_asked(study)


def medication_asked(study: Path) -> None:
    """No mistake: a question on the medication."""
    _add(
        study,
        "  - {id: dmard, ask: treatment, within: RA, assays: [mrna], analytes: [TNF], "
        "stimulus: LPS, exposure: csDMARD, exposed: yes}\n",
    )


def medication_none(study: Path) -> None:
    """No mistake: `None` in a column of a medication means none, as `no` does, not unknown."""
    _column(study, "donors.csv", "csDMARD", lambda d, v, i: "None" if v == "no" else v)
    medication_asked(study)


@sibling
def visits_as_words_out_of_order(study: Path) -> None:
    """Visits 1 and 2 are named `intake` and `follow_up`: by the alphabet the follow-up is first."""
    _swap(study / "clinic.csv", r"^(\w+),1,", r"\1,intake,")
    _swap(study / "clinic.csv", r"^(\w+),2,", r"\1,follow_up,")


@sibling
def visits_as_numbers_of_excel(study: Path) -> None:
    """The visits of clinic.csv are the numbers by which Excel counts days."""
    _swap(study / "clinic.csv", r"^(\w+),1,", r"\1,46055,")
    _swap(study / "clinic.csv", r"^(\w+),2,", r"\1,46139,")


@sibling
def a_donor_is_not_listed(study: Path) -> None:
    """HD05 was measured and is not in donors.csv."""
    _swap(study / "donors.csv", r"^HD05,.*\n", "")


@sibling
def a_blank_standard(study: Path) -> None:
    """The amount of one standard is blank beside filled ones."""
    _swap(study / "plates/E_TNF1.csv", r"^(B1,standard,,,1),500,", r"\1,,")


@sibling
def two_ods_of_one_donor_swapped(study: Path) -> None:
    """None and LPS of RA05 are exchanged in the layout of an ELISA whose file names nothing."""
    for layout in ("E_TNF1.csv", "E_TNF2.csv"):
        path = study / "plates" / layout
        if "RA05" in path.read_text():
            _swap(path, r"RA05,none,", "RA05,@,")
            _swap(path, r"RA05,LPS,", "RA05,none,")
            _swap(path, r"RA05,@,", "RA05,LPS,")


@sibling
def cq_of_one_plate_pasted_over(study: Path) -> None:
    """The Cq of wells A1 to A12 of plate 2 are those of plate 1."""
    first = (study / "raw/RA_LPS_plate1.txt").read_text(encoding="utf-8").splitlines()
    path = study / "raw/RA_LPS_plate2.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    start, source = lines.index("[Results]"), first.index("[Results]")
    head = lines[start + 1].split("\t")
    at = next(i for i, name in enumerate(head) if name == "CT")
    for k in range(2, 14):
        cells, copied = lines[start + k].split("\t"), first[source + k].split("\t")
        cells[at] = copied[at]
        lines[start + k] = "\t".join(cells)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@right
def headers_in_capitals_with_spaces(study: Path) -> None:
    """`Donor`, `GROUP`; `Well`, `ROLE`, `Stimulus`."""
    _swap(study / "donors.csv", "^donor,group", "Donor,GROUP")
    _swap(study / "plates/E_TNF2.csv", "^well,role,donor,stimulus", "Well,ROLE,Donor,Stimulus")


@right
def everything_of_german_excel(study: Path) -> None:
    """Donors, clinic and a layout with `;`, decimal commas, BOM and CRLF."""
    for name in ("donors.csv", "clinic.csv", "plates/E_IL61.csv"):
        path = study / name
        text = path.read_text(encoding="utf-8").replace(",", ";").replace(".", ",")
        path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())


@right
def tables_as_workbooks(study: Path) -> None:
    """donors.xlsx and clinic.xlsx in place of the csv files."""
    for name in ("donors", "clinic"):
        book = openpyxl.Workbook()
        head, rows = _rows(study / f"{name}.csv")
        book.active.append(head)
        for row in rows:
            book.active.append([_number(cell) for cell in row])
        book.save(study / f"{name}.xlsx")
        (study / f"{name}.csv").unlink()


def _number(text: str) -> str | float | int:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text
