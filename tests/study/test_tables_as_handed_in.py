"""Study tables as people have them: the same content in any form is the same study, and what cannot
be told is asked about.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exvivo.errors import StudyError
from exvivo.study import Study, load
from exvivo.study.load import complete, examine
from exvivo.tables import LAYOUT as LAYOUT_TABLE

STUDY = """\
exvivo: 1
title: A study
groups: [{id: RA, name: people with RA}, {id: HD, name: healthy people}]
stimuli: [{id: none, name: unstimulated, control: true}, {id: LPS, name: LPS}]
analytes: [{id: TNF}]
assays: [{id: elisa, kind: immunoassay, analyte: TNF}]
plates: [{id: E1, assay: elisa, file: raw/E1.xlsx, layout: plates/E1.csv}]
scales: [{id: VAS, name: pain, lowest: 0, highest: 100, higher_is: worse}]
"""
DONORS = [["donor", "group", "age"], ["RA01", "RA", "61"], ["HD 02", "HD", "58"], ["71", "HD", ""]]
FIELDS = ("role", "donor", "stimulus", "replicate", "dilution", "nominal")
Layout = dict[str, dict[str, str]]
"""What is known of each well, by column."""
LETTERS, NUMBERS = "ABCDEFGH", range(1, 13)
LAYOUT: Layout = {
    "A1": {"role": "standard", "nominal": "62.5"},
    "A2": {"role": "standard", "nominal": "1000"},
    "B1": {"role": "blank"},
    "C3": {
        "role": "sample",
        "donor": "RA01",
        "stimulus": "none",
        "replicate": "1",
        "dilution": "2",
    },
    "C4": {
        "role": "sample",
        "donor": "RA01",
        "stimulus": "LPS",
        "replicate": "1",
        "dilution": "2.5",
    },
    "H12": {"role": "sample", "donor": "71", "stimulus": "LPS", "replicate": "2", "dilution": "50"},
}


def folder(root: Path) -> Path:
    for name in ("plates", "raw"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "study.yaml").write_text(STUDY)
    (root / "raw" / "E1.xlsx").write_bytes(b"")
    write(root / "donors.csv", DONORS)
    write(root / "plates" / "E1.csv", lines_of(LAYOUT))
    return root


def write(path: Path, rows: Sequence[Sequence[str]], separator: str = ",") -> None:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=separator).writerows(rows)
    path.write_text(buffer.getvalue(), encoding="utf-8")


def lines_of(layout: Layout) -> list[list[str]]:
    """A layout, one line a well; the wells of a 96-well plate it does not name are empty."""
    wells = [f"{letter}{number}" for letter in LETTERS for number in NUMBERS]
    told = {well: layout.get(well, {"role": "empty"}) for well in wells}
    return [["well", *FIELDS]] + [
        [w, *(said.get(f, "") for f in FIELDS)] for w, said in told.items()
    ]


def grid_of(layout: Layout, field: str) -> list[list[str]]:
    head = ["", *map(str, NUMBERS)]
    return [head] + [
        [r, *(layout.get(f"{r}{c}", {}).get(field, "") for c in NUMBERS)] for r in LETTERS
    ]


def as_cell(text: str) -> object:
    """A text as Excel would keep it: a number where it is one."""
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return text or None


def workbook(
    path: Path, sheets: Mapping[str, Sequence[Sequence[object]]], hidden: str = ""
) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        if name == hidden:
            sheet.sheet_state = "hidden"
    book.save(path)


def cells(rows: Sequence[Sequence[str]]) -> list[list[object]]:
    return [[as_cell(text) for text in row] for row in rows]


def told(study: Study) -> list[tuple[object, ...]]:
    """The rows of LAYOUT; a standard may keep the name that a cell gave it (`control`)."""
    return sorted(study.layout.drop("line", "control").rows(), key=str)


def use(root: Path, name: str) -> None:
    """Take another file for the layout."""
    (root / "plates" / "E1.csv").unlink()
    path = root / "study.yaml"
    path.write_text(path.read_text().replace("plates/E1.csv", f"plates/{name}"))


def in_lines(root: Path, layout: Layout) -> None:
    write(root / "plates" / "E1.csv", lines_of(layout))


def german(root: Path, layout: Layout) -> None:
    """As German Excel saves it: semicolons, decimal commas, Windows' letters, a title above."""
    rows = [["Platte für ELISA"], [], *lines_of(layout)]
    rows[2] = ["Well Position", "Role", "Donor", "Stimulus", "Replicate", "Dilution", "Nominal"]
    width = len(rows[2])
    text = "\r\n".join(";".join([*row, *[""] * (width - len(row))]) for row in rows)
    (root / "plates" / "E1.csv").write_bytes(text.replace(".", ",").encode("cp1252"))


def one_in(root: Path, layout: Layout) -> None:
    """Dilutions as 1:50, tabs between cells, a mark at the beginning."""
    rows = [[*row[:5], f"1:{row[5]}" if row[5] else "", row[6]] for row in lines_of(layout)[1:]]
    text = "\n".join("\t".join(row) for row in [lines_of(layout)[0], *rows])
    (root / "plates" / "E1.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())


def excel(root: Path, layout: Layout) -> None:
    use(root, "E1.xlsx")
    rows = [["ELISA of 2026"], *cells(lines_of(layout))]
    workbook(root / "plates" / "E1.xlsx", {"Layout": rows, "notes": [["me"]]}, hidden="notes")


def grids_on_a_sheet(root: Path, layout: Layout) -> None:
    """Under one another and, the last two, beside one another; titles above or in the corner."""
    use(root, "E1.xlsx")
    *upper, left, right = (grid_of(layout, field) for field in FIELDS)
    rows: list[list[object]] = [["ELISA"], []]
    for field, grid in zip(FIELDS, upper, strict=False):
        rows += [[field.capitalize()], *cells(grid), []]
    left[0][0], right[0][0] = "Dilution", "nominal"
    both = zip(cells(left), cells(right), strict=True)
    workbook(root / "plates" / "E1.xlsx", {"All": [*rows, *([*a, None, *b] for a, b in both)]})


def grids_on_sheets(root: Path, layout: Layout) -> None:
    use(root, "E1.xlsx")
    sheets = {field: cells(grid_of(layout, field)) for field in FIELDS}
    workbook(root / "plates" / "E1.xlsx", sheets)


def grids_as_text(root: Path, layout: Layout) -> None:
    lines = [line for field in FIELDS for line in ([f"{field} (E1)"], *grid_of(layout, field), [])]
    text = "\n".join(";".join(line) for line in lines)
    (root / "plates" / "E1.csv").write_text(text.replace(".", ","))


def names_in_cells(root: Path, layout: Layout) -> None:
    """Names of samples in the cells, what they do not say in grids of their own."""

    def name(said: Mapping[str, str]) -> str:
        if said.get("role") == "sample":
            return f"{said['donor']} {said['stimulus']} {said['replicate']}"
        return {"standard": "Std", "blank": "Blank"}.get(said.get("role", ""), "")

    named = {well: {"name": name(said)} for well, said in layout.items()}
    rows = [*grid_of(named, "name"), []]
    for field in ("dilution", "nominal"):
        rows += [[field], *grid_of(layout, field), []]
    (root / "plates" / "E1.csv").write_text("\n".join(";".join(row) for row in rows))


FORMS = (
    german,
    one_in,
    excel,
    grids_on_a_sheet,
    grids_on_sheets,
    grids_as_text,
    names_in_cells,
)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_a_layout_is_the_same_in_any_form(
    tmp_path: Path, form: Callable[[Path, Layout], None]
) -> None:
    expected = told(load(folder(tmp_path / "lines")))
    root = folder(tmp_path / "form")
    form(root, LAYOUT)
    assert told(load(root)) == expected
    assert len(expected) == 96


WELLS = st.sampled_from([f"{letter}{number}" for letter in LETTERS for number in NUMBERS])
FACTORS = st.sampled_from(["2", "2.5", "50", "62.25", "0.5", "1000"])
SAMPLES = st.fixed_dictionaries(
    {
        "role": st.just("sample"),
        "donor": st.sampled_from([row[0] for row in DONORS[1:]]),
        "stimulus": st.sampled_from(["none", "LPS"]),
        "replicate": st.sampled_from(["1", "2", "12"]),
        "dilution": FACTORS,
    }
)
STANDARDS = st.fixed_dictionaries({"role": st.just("standard"), "nominal": FACTORS})
OTHERS = st.fixed_dictionaries({"role": st.sampled_from(["blank", "ntc"])})
LAYOUTS = st.dictionaries(WELLS, st.one_of(SAMPLES, STANDARDS, OTHERS), min_size=2, max_size=12)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    layout=LAYOUTS, form=st.sampled_from([german, one_in, excel, grids_on_a_sheet, grids_as_text])
)
def test_any_layout_is_the_same_in_any_form(
    tmp_path: Path, layout: Layout, form: Callable[[Path, Layout], None]
) -> None:
    root = folder(tmp_path / "study")
    in_lines(root, layout)
    expected = told(load(root))
    form(root, layout)
    assert told(load(root)) == expected


def mistakes(root: Path) -> list[str]:
    return [str(each) for each in complete(examine(root), LAYOUT_TABLE.frame(), []).mistakes]


@pytest.mark.parametrize(
    ("field", "well", "text", "place", "words"),
    [
        ("donor", "C3", "ra01", "E1.csv:20, cell 4", "donor ra01 (did you mean `RA01`?)"),
        ("stimulus", "C4", "lps", "E1.csv:29, cell 5", "stimulus 'lps' (did you mean `LPS`?)"),
        ("role", "B1", "Unknown", "E1.csv:4, cell 2", "role 'Unknown' (did you mean `sample`?)"),
        ("dilution", "H12", "50x", "E1.csv:49, cell 13", "dilution '50x'"),
        ("dilution", "H12", "01:50:00", "E1.csv:49, cell 13", "a time or date"),
        ("donor", "C3", "", "E1.csv:19", "a sample without a donor"),
    ],
)
def test_a_cell_of_a_grid_that_is_no_fact_is_asked_about_at_its_place(
    tmp_path: Path, field: str, well: str, text: str, place: str, words: str
) -> None:
    root = folder(tmp_path)
    layout = {**LAYOUT, well: {**LAYOUT[well], field: text}}
    grids_as_text(root, layout)
    (only,) = mistakes(root)
    assert words in only, only
    if place.endswith("cell 4") or "cell" in place:
        assert only.startswith("plates/E1.csv:")


def test_two_grids_that_contradict_one_another_are_asked_about(tmp_path: Path) -> None:
    root = folder(tmp_path)
    names_in_cells(root, LAYOUT)
    path = root / "plates" / "E1.csv"
    other = {"C3": {"donor": "HD 02"}}
    rows = [["Donor"], *grid_of(other, "donor")]
    path.write_text(path.read_text() + "\n" + "\n".join(";".join(row) for row in rows))
    (only,) = mistakes(root)
    assert "donor HD 02, where plates/E1.csv:4, cell 4 says RA01" in only


def test_names_that_the_study_does_not_declare_are_asked_about(tmp_path: Path) -> None:
    root = folder(tmp_path)
    write(
        root / "plates" / "E1.csv",
        [["", "1", "2"], ["A", "RA01 LPS", "ra01 lps"], ["B", "x", "Blank"]],
    )
    (only,) = mistakes(root)
    assert "'ra01 lps' (did you mean `RA01 LPS`?), 'x'" in only and "cell 3" in only


def test_a_column_left_outside_a_grid_is_asked_about(tmp_path: Path) -> None:
    """A number above it is missing: its wells would be dropped."""
    root = folder(tmp_path)
    write(
        root / "plates" / "E1.csv",
        [["", "1", "2", ""], ["A", "", "", "RA01 LPS"], ["B", "Blank", "", ""]],
    )
    (only,) = mistakes(root)
    assert "beside a grid: 'RA01 LPS'" in only


def test_merged_cells_hold_for_all_they_cover(tmp_path: Path) -> None:
    root = folder(tmp_path)
    use(root, "E1.xlsx")
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (
        ["well", "role", "donor", "stimulus"],
        ["A1", "sample", "RA01", "none"],
        ["A2", "sample", None, "LPS"],
    ):
        sheet.append(row)
    sheet.merge_cells("C2:C3")
    book.save(root / "plates" / "E1.xlsx")
    assert load(root).layout["donor"].to_list() == ["RA01", "RA01"]


def test_donors_clinic_and_cultures_may_be_workbooks(tmp_path: Path) -> None:
    root = folder(tmp_path)
    (root / "donors.csv").unlink()
    rows = [
        ["Study Müller"],
        [],
        ["Donor ID", "Group", "Age", "drawn"],
        ["RA01", "RA", 61, datetime.date(2026, 2, 3)],
    ]
    rows += [["HD 02", "HD", 58.5, None], [71, "HD", None, None]]
    workbook(root / "donors.xlsx", {"people": rows, "old": [["Donor"], ["x"]]}, hidden="old")
    examined = examine(root)
    assert examined.study.donors.rows()[0] == ("RA01", "RA", "61", "2026-02-03")
    assert examined.study.donors["donor"].to_list() == ["RA01", "HD 02", "71"]
    assert ("donors.xlsx", "hidden sheet old") in [(f, part.what) for f, part in examined.passed]
    write(root / "donors.csv", DONORS)
    assert "donors.csv and donors.xlsx, which may say different things" in mistakes(root)[0]


def test_formulas_without_a_value_are_told_as_such(tmp_path: Path) -> None:
    root = folder(tmp_path)
    (root / "donors.csv").unlink()
    workbook(root / "donors.xlsx", {"donors": [["donor", "group"], ["RA01", '="R"&"A"']]})
    told_ = mistakes(root)[0]
    assert told_.startswith("donors.xlsx donors!B2") and "never calculated" in told_


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("donor,group,name\nRA01,RA,Müller\n".encode("mac_roman"), "cannot be told"),
        ("donor,group,name\nRA01,RA,Müller\n".encode("cp850"), "cannot be told"),
        (b"<html><table><tr><td>donor</td></tr></table></html>", "an HTML page"),
        (b"Donor,donor,group\nRA01,RA01,RA\n", "the column `donor` twice (`Donor` and `donor`)"),
        (b"Spender,group\nRA01,RA\n", "is `donor` meant by `Spender`?"),
    ],
)
def test_what_cannot_be_told_is_asked_about(tmp_path: Path, raw: bytes, words: str) -> None:
    root = folder(tmp_path)
    (root / "donors.csv").write_bytes(raw)
    assert any(words in text for text in mistakes(root)), mistakes(root)


def test_windows_letters_are_read(tmp_path: Path) -> None:
    root = folder(tmp_path)
    text = "donor;group;name\nRA01;RA;Müller – „Größe“\nHD 02;HD;x\n71;HD;y\n"
    (root / "donors.csv").write_bytes(text.encode("cp1252"))
    assert load(root).donors["name"][0] == "Müller – „Größe“"


def test_a_table_of_another_name_is_asked_about(tmp_path: Path) -> None:
    root = folder(tmp_path)
    (root / "donors.csv").rename(root / "Donors.CSV")
    assert "there is Donors.CSV (did you mean that?)" in mistakes(root)[0]


def test_one_round_lists_the_mistakes_of_every_part(tmp_path: Path) -> None:
    """A record of study.yaml, a column of a layout, a donor, a group: none hides the others, and
    nothing that only follows from one of them is said.
    """
    root = folder(tmp_path)
    path = root / "study.yaml"
    path.write_text(
        STUDY.replace("higher_is: worse", "higher_is: wors").replace(
            "id: LPS, name: LPS", "id: LPS"
        )
    )
    write(root / "donors.csv", [*DONORS[:2], ["HD 02", "hd", ""], ["71", "HD", ""]])
    rows = lines_of(LAYOUT)
    rows[0][0] = "Vertiefung"
    write(root / "plates" / "E1.csv", rows)
    (root / "cultures.csv").write_text("culture,donor\nc1,RA1\n")
    words = (
        "did you mean `worse`",
        "no `name`",
        "group 'hd'",
        "`Vertiefung`",
        "donor RA1 (did you",
    )
    told_ = mistakes(root)
    assert [sum(word in text for text in told_) for word in words] == [1] * len(words)
    assert len(told_) == len(words), told_


def test_a_question_with_a_mistake_is_asked_about_once(tmp_path: Path) -> None:
    root = folder(tmp_path)
    question = "{id: q, ask: difference, groups: [RA, HC], assays: [elisa], analytes: [TNFa], stimulus: lps}"
    with (root / "study.yaml").open("a") as handle:
        handle.write(f"questions: [{question}]\n")
    told_ = " ".join(mistakes(root))
    assert "analyte `TNFa` (did you mean `TNF`?)" in told_
    assert "stimulus `lps` (did you mean `LPS`?)" in told_ and "group `HC`" in told_
    assert len(mistakes(root)) == 3


def test_lists_name_five(tmp_path: Path) -> None:
    root = folder(tmp_path)
    layout = {
        f"A{n}": {"role": "sample", "donor": f"ra{n:02d}", "stimulus": "LPS"} for n in NUMBERS
    }
    in_lines(root, layout)
    with pytest.raises(StudyError) as caught:
        load(root)
    assert str(caught.value).count("donor ra") == 5
    assert "and 7 more" in str(caught.value) and "(12 times the same)" in str(caught.value)


PAGE = Path(__file__).parents[2] / "docs" / "howto" / "study-tables.md"


def test_the_layouts_of_the_page_are_read(tmp_path: Path) -> None:
    """The two examples, of lines of `;` and decimal commas, are one layout but for a well."""
    root = folder(tmp_path)
    grids, names = (part.split("```")[0] for part in PAGE.read_text("utf-8").split("```csv\n")[1:])
    (root / "plates" / "E1.csv").write_text(grids)
    study = load(root)
    roles = dict(study.layout.select("well", "role").iter_rows())
    assert roles == {"A1": "standard", "A2": "standard", "A3": "sample"} | {
        "B1": "empty",
        "B2": "sample",
        "B3": "sample",
    }
    assert study.layout["nominal"].drop_nulls().to_list() == [62.5, 125]
    (root / "plates" / "E1.csv").write_text(names)
    rows = load(root).layout.select("well", "role", "donor", "stimulus", "replicate").rows()
    assert ("A2", "blank", None, None, None) in rows
    assert ("B3", "sample", "RA01", "LPS", "2") in rows
