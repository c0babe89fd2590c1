"""Tables of gene expression: what is read, what is refused with a cure, and damaged files."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from expression_tables import PROFILE, REFERENCE, STUDY, read, refused
from hypothesis import given, settings
from hypothesis import strategies as st

from exvivo.errors import ReadError
from exvivo.read.expression.question import read_profiles
from exvivo.sources import Sources
from exvivo.study import Identity


def test_every_sample_is_a_row_that_knows_its_donor_or_cell(tmp_path: Path) -> None:
    frame, ignored = read(tmp_path)
    assert frame.select("role", "sample", "cell_type", "donor", "scale").rows() == [
        ("cultured", "D1", "iMG", "D1", "log2"),
        ("cultured", "D2:a", "iMG", "D2", "log2"),
        ("cultured", "D2:b", "iMG", "D2", "log2"),
        ("cultured", "007", "iMG", "007", "log2"),
        ("reference", "microglia:GSM1", "microglia", None, "log2"),
        ("reference", "monocyte:D1", "monocyte", "D1", "log2"),
        ("reference", "monocyte:D9", "monocyte", None, "log2"),
    ]
    assert frame["genes"].to_list() == [["P2RY12", "CD14"]] * 7
    assert frame["values"].to_list()[:4] == [[5.5, 7.0], [6.0, None], [6.25, -0.5], [10.0, None]]
    assert frame["question"].unique().to_list() == ["who"]
    assert frame["sha256"].str.len_chars().unique().to_list() == [64]
    assert ignored == []


def test_packed_files_decimal_commas_and_comments(tmp_path: Path) -> None:
    plain = read(tmp_path)[0].drop("sha256")
    packed = read(tmp_path, gzip.compress(PROFILE.encode()), gzip.compress(REFERENCE.encode()))[
        0
    ].drop("sha256")
    assert packed.equals(plain)
    commas = (
        "# made by a core facility\ngene;D1;D2:a;D2:b;007\nP2RY12;5,5;6;6,25;1e1\nCD14;7;;-0,5;NA\n"
    )
    assert read(tmp_path, commas)[0].drop("sha256").equals(plain)


def test_markers_are_a_row_of_genes(tmp_path: Path) -> None:
    frame, ignored = read(tmp_path, markers="gene,why\nP2RY12,microglia\nCD14,monocytes\n")
    row = frame.filter(role="markers").row(0, named=True)
    assert (row["genes"], row["values"], row["donor"]) == (["P2RY12", "CD14"], None, None)
    assert ignored == [("m.csv", "column why", "a list of markers is read for its genes only")]
    assert "CD14" in refused(tmp_path, markers="gene\nCD14\nCD14\n")


def test_rows_that_are_no_gene_are_passed_over_with_their_reason(tmp_path: Path) -> None:
    counts = (
        "gene,D1\nP2RY12,5\nCD14,4\n1-Mar,3\n2-Sep,4\n1-Mar,9\n__no_feature,1000\nN_unmapped,8\n"
    )
    frame, ignored = read(tmp_path, counts, REFERENCE, scale="counts")
    assert frame["genes"].to_list()[0] == ["P2RY12", "CD14"]
    assert [what for _, what, _ in ignored] == [
        "rows __no_feature, N_unmapped",
        "rows 1-Mar, 2-Sep, 1-Mar",
    ]
    assert "turned the names of these genes into dates" in ignored[1][2]


@pytest.mark.parametrize(
    "name",
    [
        "MARCHF1",
        "SEPTIN2",
        "DEC1",
        "SEPT2",
        "MAR1",
        "OCT4",
        "H2-Oa",
        "HLA-A",
        "NKX2-1",
        "MT-ND1",
        "5_8S_rRNA",
    ],
)
def test_names_of_genes_are_no_dates(tmp_path: Path, name: str) -> None:
    frame, ignored = read(tmp_path, f"gene,D1\n{name},5\n", f"gene,microglia:1\n{name},4\n")
    assert frame["genes"].list.len().to_list() == [1, 1]
    assert not any("dates" in why for _, _, why in ignored)


@pytest.mark.parametrize(
    ("profile", "change", "parts"),
    [
        ("id,D1\nX,1\n", {}, ["p.csv:1", "no column `gene`; the first columns are: id, D1"]),
        ("gene,D1\n", {}, ["p.csv:1", "no gene"]),
        ("gene\nX\n", {}, ["no sample"]),
        (
            "gene,D1,D3,lengths\nX,1,2,3\n",
            {},
            ["a column 'D3'", "a column 'lengths'", "take the column out"],
        ),
        ("gene,D1,,D2\nX,1,2,3\n", {}, ["a column '(no name)'"]),
        ("gene,D1,D1\nX,1,2\n", {}, ["the column `D1` twice"]),
        (
            "gene,D1\nX,1\nY,1\nX,2\nY,2\nX,3\n",
            {},
            [
                "column gene",
                "genes more than once: X (line 2, line 4 and line 6); Y (line 3 and line 5)",
                "add up the counts",
            ],
        ),
        ("gene,D1\nX,1\n,2\n", {}, ["p.csv:3 column gene", "a row without a gene"]),
        (
            "gene,D1,D2\nX,high,1\nY,low,2\n",
            {},
            ["p.csv:2 column D1", "'high' (and 1 more in this column)"],
        ),
        ("gene,D1\nX,1_000\n", {}, ["'1_000'"]),
        ("gene,D1\nX,inf\n", {}, ["'inf'"]),
        ("gene,D1\nX,1e999\n", {}, ["p.csv:2 column D1"]),
        ("gene,D1\nX,15230\n", {}, ["p.csv:2 column D1", "15230 as a log2", "`scale: counts`"]),
        ("gene,D1,D2\nX,,1\nY,NA,2\n", {}, ["column D1", "a sample without a number"]),
        ("gene;D1;D2\nX;1,234;5\n", {}, ["'1,234', which could be 1.234 or 1234"]),
        (
            "gene,D1\nX,4\nY,-1\n",
            {"scale": "counts"},
            ["p.csv:3 column D1", "-1 as a count", "`scale: log2`"],
        ),
        ("gene,D1\nX,0\nY,0\n", {"scale": "counts"}, ["a sample without a single count"]),
        (
            "gene,D1\nX,1.5\nY,2.25\n",
            {"scale": "counts"},
            ["0.0% are whole", "TPM and FPKM are no counts"],
        ),
        ("gene,D1\nX\n", {}, ["p.csv:2", "1 cell"]),
        ("gene,D1\nX,1,2\n", {}, ["3 cells"]),
        (b"PK\x03\x04....", {}, ["a damaged zip archive", "csv or tsv"]),
        (b"", {}, ["an empty file"]),
        (gzip.compress(PROFILE.encode(), mtime=0)[:-12], {}, ["gzip"]),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_cure(
    tmp_path: Path, profile: str | bytes, change: dict[str, Any], parts: list[str]
) -> None:
    told = refused(
        tmp_path, profile, REFERENCE.replace("9", "90") if change else REFERENCE, **change
    )
    for part in parts:
        assert part in told


def test_references_need_a_cell_and_a_name_and_the_one_asked_about(tmp_path: Path) -> None:
    told = refused(tmp_path, PROFILE, "gene,microglia:GSM1,monocyte,:D1\nX,1,2,3\n")
    assert "a column 'monocyte'" in told and "a column ':D1'" in told and "CELL:NAME" in told
    told = refused(tmp_path, like="Microglia")
    assert "no sample of `Microglia`" in told and "the cells here are: microglia, monocyte" in told


def test_the_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    told = refused(tmp_path, "gene,D9\nX,1\n", "gene,lengths\nX,1\n", markers="why\nX\n")
    assert "p.csv" in told and "r.tsv" in told and "m.csv" in told
    with pytest.raises(ReadError, match="no such file"):
        read_profiles(
            Sources(tmp_path / "elsewhere"),
            Identity(
                id="who",
                ask="identity",
                cell_type="iMG",
                like="microglia",
                profiles="p.csv",
                references="r.tsv",
                scale="log2",
            ),
            STUDY,
        )


WHOLE = PROFILE.encode()


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=5),
    st.integers(0, len(WHOLE)),
)
def test_damaged_bytes_give_a_read_error_or_finite_numbers(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]], kept: int
) -> None:
    raw = bytearray(WHOLE)
    for place, byte in changes:
        raw[place] = byte
    try:
        frame, _ = read(tmp_path_factory.getbasetemp(), bytes(raw[:kept]))
    except ReadError as error:
        assert error.mistakes
    else:
        values = frame["values"].explode().drop_nulls()
        assert values.is_finite().all()


@settings(max_examples=40)
@given(
    st.lists(
        st.lists(st.floats(-20, 40, allow_nan=False), min_size=2, max_size=2),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from([",", ";", "\t"]),
)
def test_numbers_come_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, values: list[list[float]], separator: str
) -> None:
    lines = [["gene", "D1", "D2"], *([f"G{i}", *map(repr, row)] for i, row in enumerate(values))]
    text = "\n".join(separator.join(line) for line in lines) + "\n"
    reference = "gene,microglia:1\n" + "".join(f"G{i},1\n" for i in range(len(values)))
    frame, _ = read(tmp_path_factory.getbasetemp(), text, reference)
    assert frame["values"].to_list()[:2] == [[row[0] for row in values], [row[1] for row in values]]
