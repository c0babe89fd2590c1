"""What a table of expression lacks: names of genes, numbers of one sample, columns of donors."""

from __future__ import annotations

from pathlib import Path

import pytest
from expression_tables import PROFILE, REFERENCE, read, refused

ERRORS = ("#N/A", "#NAME?", "#REF!")
NAMES = ("NA", "nan", "---", "N/A")


def lines(header: str, *rows: str) -> str:
    return "\n".join([header, *rows]) + "\n"


@pytest.mark.parametrize("word", [*ERRORS, *NAMES])
@pytest.mark.parametrize("quote", ["", '"'], ids=["plain", "quoted"])
def test_a_row_whose_gene_has_no_name_is_told_and_is_no_gene(
    tmp_path: Path, word: str, quote: str
) -> None:
    own = lines("gene,D1", "P2RY12,5", f"{quote}{word}{quote},3", f"{word},4", "CD14,7", "# by me")
    other = lines("gene,microglia:1", "P2RY12,6", f"{word},3", "CD14,8")
    frame, ignored = read(tmp_path, own, other)
    assert frame["genes"].to_list() == [["P2RY12", "CD14"]] * 2
    assert [what for _, what, _ in ignored] == [
        f"rows whose gene has no name: {word} (2 times)",
        f"rows whose gene has no name: {word} (1 time)",
    ]


def test_a_gene_without_a_symbol_is_called_by_its_id(tmp_path: Path) -> None:
    own = lines("ensembl,symbol,D1", "ENSG00000169313,P2RY12,5", "ENSG00000170458,NA,7")
    frame, _ = read(tmp_path, own, lines("gene,microglia:1", "P2RY12,6", "CD14,8"))
    assert frame["genes"].to_list() == [["P2RY12", "CD14"]] * 2


def table(filled: int, header: str = "gene,D1,D2,007", more: float = 0) -> str:
    last = [f"{at % 3 + more}" if at < filled else "" for at in range(20)]
    rows = (f"G{at},{at % 7 + more},{at % 5 + more},{last[at]}" for at in range(20))
    return lines(header, *rows)


def test_a_sample_that_is_mostly_blank_is_refused_by_name(tmp_path: Path) -> None:
    whole, header = table(20), "gene,microglia:1,microglia:2,monocyte:1"
    told = refused(tmp_path, table(9), table(20, header))
    assert "p.csv:1" in told and "few of the 20 genes that another has: 007 (9)" in told
    told = refused(tmp_path, whole, table(9, header))
    assert "r.tsv:1" in told and "monocyte:1 (9)" in told
    assert read(tmp_path, table(10), table(10, header, 0.5))[0].height == 6


def test_copies_of_a_sample_are_refused_by_name(tmp_path: Path) -> None:
    """Within a table and from one to the other; one number that differs is enough."""
    header = "gene,microglia:1,microglia:2,monocyte:1"
    told = refused(tmp_path, table(20), table(20, header))
    assert "D1 and microglia:1; D2 and microglia:2; 007 and monocyte:1" in told
    own = "\n".join(f"{line},{line.split(',')[1]}" for line in table(20).splitlines())
    own = own.replace("007,D1", "007,D1:b")
    assert "D1 and D1:b" in refused(tmp_path, own, table(20, header, 0.5))
    other = own[:-2] + "9\n" if own.endswith("\n") else own[:-1] + "9"
    assert read(tmp_path, other, table(20, header, 0.5))[0].height == 7


def test_tables_that_were_exchanged_are_one_mistake(tmp_path: Path) -> None:
    told = refused(tmp_path, REFERENCE, PROFILE)
    assert told.count("found") == 2 and told.count("exchange `profiles` and `references`") == 2
    assert "named as those of `references` are: microglia:GSM1" in told


def test_genes_that_the_other_table_lacks_are_told_where_they_are_many(tmp_path: Path) -> None:
    reference = REFERENCE + "TREM2\t1\t2\t3\n"
    (told,) = read(tmp_path, reference=reference)[1]
    assert told[:2] == ("r.tsv", "1 of 3 genes (TREM2)")


@pytest.mark.parametrize(("name", "meant"), [("D 1", "D1"), ("d2:b", "D2")])
def test_a_misspelt_donor_is_asked_about(tmp_path: Path, name: str, meant: str) -> None:
    told = refused(tmp_path, f"gene,{name}\nP2RY12,5\nCD14,7\n")
    assert f"a column '{name}' (did you mean `{meant}`?)" in told


def test_a_reference_is_never_meant_for_a_donor(tmp_path: Path) -> None:
    told = refused(tmp_path, reference=REFERENCE.replace("monocyte:D9", "D 1"))
    assert "a column 'D 1'" in told and "did you mean" not in told


def test_a_reference_that_is_a_donor_but_for_its_spelling(tmp_path: Path) -> None:
    told = refused(tmp_path, reference=REFERENCE.replace("monocyte:D1", "monocyte:d1"))
    assert "a column 'monocyte:d1' (did you mean `D1`?)" in told


def test_a_misspelt_like_is_asked_about(tmp_path: Path) -> None:
    assert "`Microglia` (did you mean `microglia`?)" in refused(tmp_path, like="Microglia")


def test_spaces_between_cells_and_in_their_quotes(tmp_path: Path) -> None:
    """R's write.table puts a space between cells; a name in quotes keeps its own."""
    reference = REFERENCE.replace("monocyte:D9", "T cell:s1")
    quoted = "\n".join(
        " ".join(f'"{cell}"' if at == 0 or not row else cell for at, cell in enumerate(cells))
        for row, cells in enumerate(line.split("\t") for line in reference.splitlines())
    )
    frame, _ = read(tmp_path, PROFILE, quoted)
    assert frame["sample"].to_list()[-1] == "T cell:s1"
