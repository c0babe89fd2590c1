"""Kinds of columns of donors.csv: declared, or told by name or words, never by how many there are."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from every_question import every_question

from exvivo.errors import StudyError
from exvivo.study import Group, Study, load
from exvivo.study.characteristics import known_characteristics, unsummarised
from exvivo.study.clinic_records import Characteristic


def study(*declared: Characteristic, **columns: list[str]) -> Study:
    n = len(next(iter(columns.values())))
    own = {"donor": [f"d{i}" for i in range(n)], "group": ["g"] * n}
    return Study(
        exvivo=1,
        title="",
        groups=(Group(id="g", name="people"),),
        analytes=(),
        assays=(),
        plates=(),
        characteristics=declared,
        donors=pl.DataFrame(own | columns),
    )


def kinds(of: Study) -> dict[str, str]:
    return {each.id: each.kind for each in known_characteristics(of)}


@pytest.mark.parametrize("n", [3, 10, 100])
def test_ages_are_numbers_and_codes_are_asked_about_whatever_their_number(n: int) -> None:
    of = study(age=[str(40 + i % 3) for i in range(n)], site=[str(1 + i % 3) for i in range(n)])
    assert kinds(of) == {"age": "number"}
    assert [(each.column, each.why) for each in unsummarised(of)] == [("site", "numbers")]


def test_words_are_categories_and_codes_of_sex_too() -> None:
    of = study(sex=["1", "2", "1"], smoking=["never", "", "now"], empty=["", "", ""])
    assert kinds(of) == {"sex": "category", "smoking": "category"}


def test_age_bands_are_no_numbers() -> None:
    assert kinds(study(age=["30 to 39", "40 to 49"])) == {"age": "category"}


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (["0071", "0072"], "numbers"),
        (["None", "0071"], "numbers and words"),
        (["2026-03-01", "2026-04-01"], "days"),
        ([f"word {i}" for i in range(9)], "many words"),
    ],
)
def test_what_is_not_told_by_its_words_is_listed(cells: list[str], why: str) -> None:
    of = study(column=cells)
    assert [each.why for each in unsummarised(of)] == [why]
    declared = study(Characteristic(id="column", kind="category"), column=cells)
    assert not unsummarised(declared) and kinds(declared) == {"column": "category"}


def written(folder: Path, lines: str, column: str) -> Path:
    """A study with one more column of donors.csv and what study.yaml says of it."""
    every_question().write(folder)
    donors = (folder / "donors.csv").read_text().splitlines()
    cells = [column, *(["1", "2"] * len(donors))]
    text = "\n".join(f"{line},{cell}" for line, cell in zip(donors, cells, strict=False))
    (folder / "donors.csv").write_text(text + "\n")
    yaml = folder / "study.yaml"
    yaml.write_text(yaml.read_text() + lines)
    return folder


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("kind: yes or no", "2 (HC"),
        ("kind: date", "1 (FM"),
        ("kind: category, levels: [1]", "one of its levels: 1"),
    ],
)
def test_cells_of_another_kind_are_one_mistake(tmp_path: Path, kind: str, message: str) -> None:
    lines = f"characteristics:\n  - {{id: site, {kind}}}\n"
    with pytest.raises(StudyError) as error:
        load(written(tmp_path, lines, "site"))
    of_column = [each for each in error.value.mistakes if "site" in each.where]
    assert len(of_column) == 1
    assert message in str(of_column[0]) or "2 (FM" in str(of_column[0])


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    lines = "characteristics:\n  - {id: sitte, kind: category}\n"
    with pytest.raises(StudyError, match=r"sitte.*did you mean.*site"):
        load(written(tmp_path, lines, "site"))


def test_sound_declarations_pass(tmp_path: Path) -> None:
    lines = "characteristics:\n  - {id: site, kind: category, levels: [1, 2]}\n"
    assert load(written(tmp_path, lines, "site")).characteristics[0].levels == ("1", "2")
