"""The forms of tables of expression: each reads as the plain table it stands for."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest
from expression_tables import REFERENCE, read, refused

PLAIN = "gene,D1,D2\nP2RY12,5.5,6\nCD14,7,\n"
GCT = "#1.2\n2\t2\nName\tDescription\tD1\tD2\nP2RY12\tna\t5.5\t6\nCD14\tna\t7\t\n"
GCT_3 = "#1.3\n2\t2\t1\t1\nid\tpr_set\tD1\tD2\nage\tna\t60\t70\nP2RY12\tx\t5.5\t6\nCD14\tx\t7\t\n"
COUNTED = (
    "# Program:featureCounts v2.0.1\nGeneid\tChr\tStart\tEnd\tStrand\tLength\tD1\tD2\n"
    "P2RY12\tchr3;chr3\t1;9\t5;20\t-;-\t100\t5.5\t6\nCD14\tchr5\t1\t9\t+\t80\t7\t\n"
)
SALMON = (
    "gene_id\tgene_name\tD1\tD2\nENSG00000169313.9\tP2RY12\t5.5\t6\nENSG00000170458.14\tCD14\t7\t\n"
)
ANNOTATION = (
    "columns Chr, Start, End, Strand and Length",
    "what a gene is and where it lies, no sample",
)


def values(profile: str | bytes, folder: Path) -> list[tuple[str, list[float | None]]]:
    frame, _ = read(folder, profile)
    cultured = frame.filter(role="cultured")
    assert cultured["genes"].to_list() == [["P2RY12", "CD14"]] * 2
    return list(zip(cultured["sample"], cultured["values"].to_list(), strict=True))


@pytest.mark.parametrize(
    "form",
    [
        *(PLAIN.replace("gene", name) for name in ("Gene", "Geneid", "gene_id", "SYMBOL")),
        *(PLAIN.replace("gene", name) for name in ("gene_name", "", "X", "Unnamed: 0", '"gene"')),
        PLAIN.replace("gene,", ""),
        PLAIN.replace(",", ";").replace("5.5", "5,5"),
        '"D1" "D2"\n"P2RY12" 5.5 6\n"CD14" 7 NA\n',
        '"D1"\t"D2"\n"P2RY12"\t"5.5"\t"6"\n"CD14"\t7\t\n',
        "\ufeff" + PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("5.5,", " 5.5 ,").replace("P2RY12", " P2RY12 "),
        gzip.compress(GCT.encode(), mtime=0),
        GCT,
        GCT_3,
        COUNTED,
        SALMON,
        "sample,P2RY12,CD14\nD1,5.5,7\nD2,6,\n",
        ",P2RY12,CD14\nD1,5.5,7\nD2,6,\n",
        "P2RY12\tCD14\nD1\t5.5\t7\nD2\t6\t\n",
    ],
)
def test_every_form_reads_as_the_plain_table(tmp_path: Path, form: str | bytes) -> None:
    assert values(form, tmp_path) == [("D1", [5.5, 7.0]), ("D2", [6.0, None])]


def ignored(folder: Path, profile: str) -> list[tuple[str, str]]:
    return [(what, why) for file, what, why in read(folder, profile)[1] if file == "p.csv"]


def test_what_of_a_form_is_not_read_is_listed(tmp_path: Path) -> None:
    assert ignored(tmp_path, COUNTED) == [ANNOTATION]
    assert ("columns pr_set", "annotation of a GCT file") in ignored(tmp_path, GCT_3)
    assert ("rows age", "annotation of a GCT file") in ignored(tmp_path, GCT_3)
    [(what, why)] = ignored(tmp_path, SALMON)
    assert what == "column gene_id" and "as in the column gene_name" in why
    [(what, why)] = ignored(tmp_path, "who,P2RY12,CD14\nD1,5.5,7\nD2,6,\n")
    assert what == "the name of the first column, who" and "samples stand in rows" in why


def test_of_two_columns_of_names_the_id_stands_in_for_a_symbol_of_several_genes(
    tmp_path: Path,
) -> None:
    rows = "ENSG00000200000.1\tY_RNA\t1\t2\nENSG00000200001.1\tY_RNA\t3\t4\n"
    copies = "ENSG00000169313.9_PAR_Y\tP2RY12\t0\t0\n"
    frame, unread = read(tmp_path, SALMON + rows + copies)
    assert frame["genes"].to_list()[0] == [
        "P2RY12",
        "CD14",
        "ENSG00000200000",
        "ENSG00000200001",
    ]
    told = " ".join(what for _, what, _ in unread)
    assert "names that several rows have: Y_RNA" in told and "_PAR_Y" in told
    told = refused(tmp_path, SALMON + copies.replace("0\t0", "3\t4"))
    assert "the copy on Y of a gene, with numbers of its own" in told


@pytest.mark.parametrize(
    ("form", "parts"),
    [
        (GCT.replace("2\t2", "3\t2"), ["p.csv:2", "2 genes and 2 samples", "3 genes and 2"]),
        (GCT.replace("2\t2", "2"), ["p.csv:2", "'2' below #1.2"]),
        (COUNTED.replace("\tD1", "\t/bam/D1.bam"), ["'/bam/D1.bam'", "in a table `samples`"]),
        ("id,D1\nP2RY12,1\n", ["no column `gene`; the first columns are: id, D1"]),
        ("gene,D1,D2\nD1,1,2\n", ["samples in the header (D1, D2) and in the first column (D1)"]),
        ("who,P2RY12,CD14\nD1,5,6\nD1,6,7\n", ["samples in several rows: D1"]),
        ("who,P2RY12,CD14\nD1,5,6\nD2,6,high\n", ["p.csv:3 column CD14", "'high'"]),
        ("who,P2RY12,CD14\nD1,5,6\nD9,6,7\n", ["no column `gene`"]),
        ("D1,D2\nP2RY12,1,2\nCD14,3\n", ["p.csv, line 2"]),
    ],
)
def test_a_form_that_is_not_whole_is_refused(tmp_path: Path, form: str, parts: list[str]) -> None:
    told = refused(tmp_path, form)
    for part in parts:
        assert part in told


def test_references_have_the_same_forms(tmp_path: Path) -> None:
    plain = read(tmp_path)[0].filter(role="reference").drop("sha256")
    rows = [line.split("\t") for line in REFERENCE.splitlines()]
    turned = "\n".join("\t".join(column) for column in zip(*rows, strict=True))
    frame = read(tmp_path, reference=turned)[0].filter(role="reference").drop("sha256")
    assert isinstance(frame, pl.DataFrame) and frame.equals(plain)
