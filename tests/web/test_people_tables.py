"""Tables of people that are handed in: what is taken for what, and what putting one in changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exvivo.errors import StudyError
from exvivo.web.people.handed import LARGEST, may_name, read_handed
from exvivo.web.people.merge import difference, merged, whole
from exvivo.web.people.table import PeopleTable, people_table, table_in

DONORS = b"# ours\ndonor,group,age\nFM01,FM,52\nFM02,FM,\nHC01,HC,47\n"


def donors(raw: bytes = DONORS) -> PeopleTable:
    return table_in(raw, "donors", file="donors.csv")


def test_a_pasted_block_of_excel_is_read() -> None:
    handed = read_handed(
        b"Patient ID\tDiagnosis\tBMI\nRA01\tRA\t24,5\nHD1\tHD\t22,1\n", "donors", file="x"
    )
    assert [column.heading for column in handed.columns] == ["donor", "Diagnosis", "bmi"]
    assert (handed.donor, handed.group, handed.visit) == (0, 1, None)
    assert handed.columns[2].commas and not handed.columns[2].two_ways
    assert not handed.lacks_heading


def test_groups_may_stand_in_the_ids() -> None:
    handed = read_handed(b"donor;age\nRA01;5\nRA02;6\nHD1;7\nHD2;8\n", "donors", file="x")
    assert handed.group is None
    assert handed.prefixes["HD2"] == "HD"


def test_a_number_in_two_readings_is_asked() -> None:
    handed = read_handed(b"donor\tgroup\tcrp\nA1\tA\t1,234\nA2\tA\t2,500\n", "donors", file="x")
    assert handed.columns[2].two_ways == "1,234"


def test_a_table_without_headings_is_seen() -> None:
    assert read_handed(b"FM01\tFM\t52\nFM02\tFM\t50\n", "donors", file="x").lacks_heading


@pytest.mark.parametrize("heading", ["Name", "Date of birth", "E-Mail", "Nachname", "MRN"])
def test_columns_that_name_persons_are_seen(heading: str) -> None:
    assert may_name(heading)


@pytest.mark.parametrize("raw", [b"", b"donor,group\n", b"\x00\x01", b"a" * (LARGEST + 1)])
def test_what_is_no_table_is_refused(raw: bytes) -> None:
    with pytest.raises(StudyError):
        read_handed(raw, "donors", file="x")


def test_only_what_differs_is_changed() -> None:
    lines = [
        {"donor": "FM02", "group": "FM", "age": "44"},
        {"donor": "FM01", "group": "FM", "age": ""},
        {"donor": "HC02", "group": "HC", "age": "39"},
    ]
    changes = difference(donors(), ("donor", "group", "age"), lines)
    assert changes.added == ("HC02",) and changes.lacking == ("HC01",)
    assert [(cell.key, cell.was, cell.now) for cell in changes.changed] == [("FM02", "", "44")]
    after = merged(donors(), ("donor", "group", "age"), lines)
    assert after == b"# ours\ndonor,group,age\nFM01,FM,52\nFM02,FM,44\nHC01,HC,47\nHC02,HC,39\n"


def test_a_new_column_comes_last_and_titles_stay() -> None:
    raw = b'Our people;;\n\ndonor;group;age\nFM01;FM;"5;2"\n# FM02\n'
    after = merged(donors(raw), ("donor", "sex"), [{"donor": "FM01", "sex": "female"}])
    assert after == b"Our people;;\n\ndonor;group;age;sex\nFM01;FM;5;2;female\n# FM02\n".replace(
        b"5;2;", b'"5;2";'
    )


def test_visits_are_part_of_the_key() -> None:
    table = table_in(b"donor,visit,VAS\nA,1,5\nA,2,6\n", "clinic", file="clinic.csv")
    lines = [{"donor": "A", "visit": "2", "VAS": "7"}, {"donor": "A", "visit": "3", "VAS": "1"}]
    after = merged(table, ("donor", "visit", "VAS"), lines)
    assert after == b"donor,visit,VAS\nA,1,5\nA,2,7\nA,3,1\n"


def test_a_table_there_twice_is_told(tmp_path: Path) -> None:
    (tmp_path / "donors.csv").write_bytes(DONORS)
    (tmp_path / "donors.xlsx").write_bytes(b"PK")
    with pytest.raises(StudyError):
        people_table(tmp_path, "donors")


_CELL = st.text(alphabet='ab ,;"1é', max_size=4).map(str.strip)


@given(st.lists(st.tuples(_CELL, _CELL), min_size=1, max_size=6))
def test_what_is_put_in_is_read_back(cells: list[tuple[str, str]]) -> None:
    lines = [
        {"donor": f"D{i}", "group": group or "A", "age": age}
        for i, (group, age) in enumerate(cells)
    ]
    header = ("donor", "group", "age")
    fresh = donors(whole(header, lines))
    assert [dict(zip(fresh.header, row.cells, strict=True)) for row in fresh.rows] == lines
    grown = donors(merged(donors(), header, lines))
    assert not difference(grown, header, lines)
    assert grown.rows[:3] == donors().rows
