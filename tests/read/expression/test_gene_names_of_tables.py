"""What genes are called: approved symbols, ids without versions, dates, and tables that share too
few names.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from expression_tables import read, refused
from hypothesis import given
from hypothesis import strategies as st

from exvivo.read.expression.dates import dates_among

DATES = (
    "2-Sep Sep-02 1-Mar Mar-01 1-Dec 02-Sep-23 2023-09-02 2023/09/02 02/09/2023 9/2/23 02.09.2023 "
    "2.9.23 9/2 45171 36951 45171.0 1.Mrz 1-Mrz 1-Mär 2-Okt 1-Mai 1-Dez 1-déc 2-set 1-dic mars-01 "
    "2.Sep Sept-2 02Sep2023 2SEP 2.9."
)
NO_DATES = (
    "SEPT2 SEPTIN2 MARCH1 MARCHF1 DEC1 DELEC1 OCT4 MAR1 1-8D 4-1BB 5-HT3A DEC-205 H2-Oa NKX2-1 "
    "5_8S_rRNA 7SK 12345 99999 1.5 12-LOX 3.8-1.2 AC000111.2 ENSG00000141510.17"
)


@pytest.mark.parametrize("name", [*DATES.split(), "9/2/2023 12:00:00 AM", "Sa 2. Sep"])
def test_dates_that_a_spreadsheet_makes(name: str) -> None:
    assert dates_among([name], numbers_are_ids=False) == [name]


@pytest.mark.parametrize("name", NO_DATES.split())
def test_names_of_genes_that_look_like_dates(name: str) -> None:
    assert dates_among([name], numbers_are_ids=False) == []


@given(st.integers(0, 99999))
def test_numbers_are_days_of_this_century_unless_they_are_ids(number: int) -> None:
    is_day = 36526 <= number <= 55000
    assert bool(dates_among([str(number)], numbers_are_ids=False)) == is_day
    assert dates_among([str(number)], numbers_are_ids=True) == []


def table(genes: list[str], sample: str = "D1") -> str:
    rows = "".join(f"{gene},{3 + at % 5}.5\n" for at, gene in enumerate(genes))
    return f"gene,{sample}\n{rows}"


def genes_of(folder: Path, cultured: list[str], references: list[str]) -> list[list[str]]:
    frame, _ = read(folder, table(cultured), table(references, "microglia:1"))
    return list(frame["genes"].to_list())


MARKERS = ["P2RY12", "CD14", "TREM2", "CX3CR1"]
IDS = ["ENSG00000169313", "ENSG00000170458", "ENSG00000095970", "ENSG00000168329"]
VERSIONS = [f"{each}.{at}" for at, each in enumerate(IDS)]
OTHERS = [f"ENSG000009{at:05}" for at in range(4)]


@pytest.mark.parametrize("names", [MARKERS, IDS, VERSIONS, [" p2ry12 ", *MARKERS[1:]]])
def test_known_genes_have_one_name(tmp_path: Path, names: list[str]) -> None:
    assert genes_of(tmp_path, names, MARKERS) == [MARKERS, MARKERS]


def test_entrez_ids_are_numbers_where_most_names_are(tmp_path: Path) -> None:
    ids = ["64805", "929", "54209", "1524", "45171"]
    frame, unread = read(tmp_path, table(ids), table([*MARKERS, "X"], "microglia:1"))
    assert frame["genes"].to_list()[0] == [*MARKERS, "45171"]
    assert "4 names as written" in [what for _, what, _ in unread]


def test_ids_that_nobody_knows_stay_without_versions(tmp_path: Path) -> None:
    [mine, theirs] = genes_of(tmp_path, [f"{each}.3" for each in OTHERS], OTHERS)
    assert mine == theirs == OTHERS


def test_earlier_symbols_are_read_as_approved_ones_and_told(tmp_path: Path) -> None:
    frame, unread = read(
        tmp_path, table(["SEPT2", "MARCH3", "X"]), table(["SEPTIN2", "MARCHF3", "X"], "microglia:1")
    )
    assert frame["genes"].to_list() == [["SEPTIN2", "MARCHF3", "X"]] * 2
    [(file, what, why)] = unread
    assert (file, what) == ("p.csv", "2 names as written")
    assert "SEPT2 as SEPTIN2, MARCH3 as MARCHF3" in why


def test_two_rows_that_are_one_gene_are_refused_with_both_names(tmp_path: Path) -> None:
    told = refused(tmp_path, table(["SEPT2", "SEPTIN2"]), table(["SEPTIN2"], "microglia:1"))
    assert "SEPTIN2 (SEPT2 in line 2 and SEPTIN2 in line 3)" in told


def test_genes_that_were_two_once_stay_apart(tmp_path: Path) -> None:
    once = ["MRC1", "MRC1L1", "SEPT4", "C17orf47"]
    frame, unread = read(tmp_path, table(once), table(["MRC1", "SEPTIN4"], "microglia:1"))
    assert frame["genes"].to_list()[0] == ["MRC1", "MRC1L1", "SEPTIN4", "C17orf47"]
    assert "MRC1L1 (MRC1), C17orf47 (SEPTIN4)" in unread[0][1]


def test_one_spelling_where_only_capitals_differ(tmp_path: Path) -> None:
    mine = ["C9ORF999", "HLA-X", "AB1", "Ab1"]
    theirs = ["C9orf999", "HLA-X", "aB1", "AB1"]
    assert genes_of(tmp_path, mine, theirs) == [["C9orf999", "HLA-X", "AB1", "Ab1"], theirs]


def test_dates_are_listed_with_the_genes_that_the_other_table_has(tmp_path: Path) -> None:
    mine = ["02/09/2023", "45171", "9/2/23", "A1", "A2", "A3", "A4", "MARCHF2"]
    theirs = ["SEPT2", "SEPT9", "MARCH2", "A1", "A2", "A3", "A4"]
    _, unread = read(tmp_path, table(mine), table(theirs, "microglia:1"))
    [(what, why)] = [(what, why) for file, what, why in unread if file == "p.csv"]
    assert what == "rows 02/09/2023, 45171, 9/2/23"
    assert "the other table has SEPTIN2, SEPTIN9, which this one lacks" in why


MOUSE = ["P2ry12", "Cd14", "Trem2", "Cx3cr1"]
UNKNOWN = [f"GENE{at}" for at in range(6)]


@pytest.mark.parametrize(
    ("cultured", "references", "parts"),
    [
        (OTHERS, UNKNOWN, ["0 of its 4 genes", "Ensembl ids", "there symbols", "`gene_names`"]),
        (["10001", "10002"], UNKNOWN, ["Entrez ids (numbers) (10001", "`gene_names`"]),
        (["1007_s_at", "1053_at"], UNKNOWN, ["other ids (1007_s_at", "`gene_names`"]),
        (MOUSE, MARKERS, ["written as a mouse's genes are: P2ry12", "if the cells are human"]),
        ([m.lower() for m in MARKERS], MARKERS, ["in small letters: p2ry12", "as HGNC does"]),
        (["1-Mar", "2-Sep", "A", "B"], ["C", "D"], ["0 of its 2 genes", "without a spreadsheet"]),
        (["A", "B", "C", "D", "E"], ["A", "B", "V", "W", "X"], ["2 of its 5 genes", "50%"]),
    ],
)
def test_tables_that_share_few_genes_are_refused_with_the_cure(
    tmp_path: Path, cultured: list[str], references: list[str], parts: list[str]
) -> None:
    for first, second in ((cultured, references), (references, cultured)):
        told = refused(tmp_path, table(first), table(second, "microglia:1"))
        assert all(part in told for part in parts if "its" not in part)
    told = refused(tmp_path, table(cultured), table(references, "microglia:1"))
    assert all(part in told for part in parts)


def test_markers_that_were_not_measured_are_left_to_the_answer(tmp_path: Path) -> None:
    tables = table(MARKERS), table(MARKERS, "microglia:1")
    assert read(tmp_path, *tables, markers="gene\nCD14\nB\nC\nD\nE\n")


def test_half_of_the_genes_are_enough_and_mice_among_themselves(tmp_path: Path) -> None:
    assert genes_of(tmp_path, ["A", "B", "C", "D"], ["A", "B", "W", "X"])
    assert genes_of(tmp_path, MOUSE, MOUSE) == [MOUSE, MOUSE]


def test_half_of_the_markers_too_where_they_are_called_otherwise(tmp_path: Path) -> None:
    ids = [*OTHERS, *IDS[:2]]
    cultured, references = table(ids), table(ids, "microglia:1")
    assert read(tmp_path, cultured, references, markers="gene\nP2RY12\nCD14\nC\nD\n")
    told = refused(tmp_path, cultured, references, markers="gene\nP2RY12\nCD14\nC\nD\nE\n")
    assert "2 of the 5 genes of m.csv are in both tables; not there: C, D, E" in told
    assert "Ensembl ids" in told and "`gene_names`" in told
    told = refused(tmp_path, table(MOUSE), table(MOUSE, "microglia:1"), markers="gene\nCD14\n")
    assert "as the markers has them" in told or "as the markers have them" in told


HGNC = (
    "hgnc_id\tsymbol\tstatus\talias_symbol\tprev_symbol\tentrez_id\tensembl_gene_id\n"
    "HGNC:1\tGENE0\tApproved\t\tOLD0\t10000\tENSG00000900000\n"
    "HGNC:2\tGENE1\tApproved\t\t\t10001\tENSG00000900001\n"
)


@pytest.mark.parametrize(
    "names", [["OLD0", "GENE1"], ["10000", "10001"], ["ENSG00000900000.3", "ENSG00000900001"]]
)
def test_a_download_of_hgnc_names_the_genes_of_a_table(tmp_path: Path, names: list[str]) -> None:
    (tmp_path / "hgnc.txt").write_text(HGNC)
    tables = table(names), table(["GENE0", "GENE1"], "microglia:1")
    frame, _ = read(tmp_path, *tables, gene_names="hgnc.txt")
    assert frame["genes"].to_list() == [["GENE0", "GENE1"]] * 2
    (tmp_path / "hgnc.txt").write_text("name\nX\n")
    assert "hgnc.txt" in refused(tmp_path, *tables, gene_names="hgnc.txt")
