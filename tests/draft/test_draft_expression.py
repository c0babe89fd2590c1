"""Tables of expression that are handed in: known for what they are, drafted, and used."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from starlette.testclient import TestClient

from exvivo import catalog
from exvivo.draft import draft
from exvivo.draft.expression import Expression, donors_of, expression_of
from exvivo.errors import StudyError
from exvivo.web.app import make_app
from exvivo.web.settings import Settings

GENES = [f"ENSG{n:011d}.{n % 7}" for n in range(1, 40)]
MARKERS = ("P2RY12", "TMEM119", "CD14", "AIF1", "ITGAM", *(f"ZNF{n}" for n in range(30)))


def table(header: str, genes: list[str] | tuple[str, ...] = GENES, rest: str = ",1.5,2") -> bytes:
    return "\n".join([header, *(f"{gene}{rest}" for gene in genes)]).encode()


TABLES = {
    "csv": table("gene,P1,P2"),
    "packed": gzip.compress(table("gene,P1,P2")),
    "short header of R": table("P1,P2"),
    "without a name": table(",P1,P2", MARKERS),
    "symbols": table("SYMBOL;P1;P2", MARKERS, ";1,5;2"),
    "GCT": b"#1.2\n39\t2\n" + table("Name\tDescription\tP1\tP2", rest="\tna\t1\t2"),
    "featureCounts": b"# Program:featureCounts\n"
    + table("Geneid\tChr\tStart\tLength\tP1\tP2", rest="\tchr1\t1\t100\t5\t6"),
}


@pytest.mark.parametrize("raw", TABLES.values(), ids=TABLES)
def test_a_table_of_expression_is_known(raw: bytes) -> None:
    known = expression_of(raw, "t.csv")
    assert known is not None and known.samples == ("P1", "P2")
    assert known.genes in (len(GENES), len(MARKERS))


BESIDE = {
    "a table of the samples of expression": b"sample,batch\nP1,a\nP2,b\n",
    "the table of gene names of HGNC": b"hgnc_id\tsymbol\tprev_symbol\nHGNC:1\tA1BG\t\n",
    "a list of genes": b"gene\nTREM2\nCD14\n",
}


@pytest.mark.parametrize(("words", "raw"), BESIDE.items(), ids=["samples", "names", "list"])
def test_what_stands_beside_such_tables_is_known(words: str, raw: bytes, tmp_path: Path) -> None:
    known = expression_of(raw, "t.csv")
    assert known is not None and known.words == words
    assert donors_of([known]) == []
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/t.csv").write_bytes(raw)
    with pytest.raises(StudyError, match=rf"no instrument file .*{words}"):
        draft(tmp_path / "study", tmp_path / "raw")


OTHERS = {
    "people": table("donor,age,bmi", tuple(f"P{n}" for n in range(30))),
    "results": table("sample,TNF,IL6", tuple(f"RA{n} LPS" for n in range(30))),
    "a gene many times": table("gene,cq,sd", ["TNF", "IL6"] * 20),
    "samples of results": b"sample,donor,TNF\ns1,P1,3\n",
    "few genes": table("gene,P1,P2", GENES[:9]),
    "words": table("gene,P1,P2", rest=",high,low"),
    "a text": b"Dear all,\nthe files are there.\n",
    "no text": b"\xff\xfe\x00",
    "a broken pack": b"\x1f\x8b\x00",
}


@pytest.mark.parametrize("raw", OTHERS.values(), ids=OTHERS)
def test_other_tables_are_none(raw: bytes) -> None:
    assert expression_of(raw, "t.csv") is None


def test_donors_are_those_of_the_one_table_that_is_no_reference() -> None:
    own = Expression("profiles.csv", 9, ("P1:a", "P1:b", "P2"))
    cells = Expression("cells.csv", 9, ("microglia:1", "monocyte:1"))
    named = Expression("references.csv", 9, ("GSM1", "GSM2"))
    assert donors_of([own, cells, named]) == ["P1", "P2"]
    assert donors_of([own, Expression("more.csv", 9, ("GSM1",))]) == []
    assert donors_of([cells]) == []


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "profiles.csv").write_bytes(table("gene,P1,P2"))
    cells = table("gene,microglia:1,monocyte:1")
    (folder / "references.csv.gz").write_bytes(gzip.compress(cells))
    return folder


def test_a_study_is_drafted_from_them_alone(tmp_path: Path, raw: Path) -> None:
    drafted = draft(tmp_path / "study", raw)
    assert drafted.unread == () and len(drafted.files) == 2
    assert "39 genes, 2 samples" in drafted.files[0]
    assert not drafted.study.plates and not drafted.study.assays
    assert (tmp_path / "study/donors.csv").read_text().endswith("donor,group\nP1,\nP2,\n")
    text = (tmp_path / "study/study.yaml").read_text()
    assert "ask: difference" not in text
    asked = question_of(text)
    assert (asked["ask"], asked["like"]) == ("identity", "microglia")
    assert asked["profiles"] == "raw/profiles.csv"
    assert asked["references"] == "raw/references.csv.gz"
    assert catalog.panel_named(asked["markers"]) is not None and "samples" not in asked


def question_of(text: str) -> dict[str, str]:
    """The first question of a draft once the # are taken away, in block style."""
    lines = [line.removeprefix("# ") for line in text.splitlines() if line.startswith("#")]
    block = "\n".join(lines[lines.index("questions:") :])
    (asked,) = YAML(typ="safe").load(block)["questions"]
    assert block.count("{") == 0
    return dict(asked)


def test_what_stands_beside_the_tables_is_in_the_question(tmp_path: Path, raw: Path) -> None:
    for field, beside in zip(("samples", "gene_names", "markers"), BESIDE.values(), strict=True):
        (raw / f"{field}.csv").write_bytes(beside)
    draft(tmp_path / "study", raw)
    asked = question_of((tmp_path / "study/study.yaml").read_text())
    files = {field: asked[field] for field in ("samples", "gene_names", "markers")}
    assert files == {field: f"raw/{field}.csv" for field in files}


def test_a_folder_without_any_is_refused_still(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/letter.txt").write_bytes(OTHERS["a text"])
    with pytest.raises(StudyError, match="no instrument file"):
        draft(tmp_path / "study", tmp_path / "raw")


def test_the_door_says_what_they_are_and_who_uses_them(tmp_path: Path, raw: Path) -> None:
    """Dropped, drafted, and on the page of files: as tables of a question, not as plates."""
    settings = Settings(tmp_path / "studies", tmp_path / "state", hosts=("testserver",), token="x")
    (tmp_path / "studies").mkdir()
    door = TestClient(make_app(settings), follow_redirects=True)
    door.get("/enter?token=x")
    at = door.get("/new").url.path
    for path in sorted(raw.iterdir()):
        taken = door.put(f"{at}/files/{path.name}", content=path.read_bytes())
        assert taken.status_code == 201, taken.text
    handed = door.get(f"{at}/files").text
    assert handed.count("a table of gene expression") == 2 and "not read" not in handed
    assert "2 files, 2 tables of gene expression" in handed and "Wells" not in handed
    assert '<td class="measured">P1, P2</td>' in handed, "whose columns they are"
    drafted = door.post(at, data={"name": "cells"}).text
    assert "Open questions" in drafted and "Which cells do the cells resemble?" in drafted
    assert "Nothing to propose" not in drafted
    files = door.get("/s/cells/files?looked=yes").text
    assert "Add as a plate" not in files and files.count("not in use") == 2
    study = tmp_path / "studies/cells/study.yaml"
    asked = (
        "questions: [{id: who, ask: identity, cell_type: c, like: microglia, scale: log2, "
        "profiles: raw/profiles.csv, references: raw/references.csv.gz}]\n"
    )
    study.write_text(study.read_text() + asked)
    assert "Which cells do the cells resemble?" not in door.get("/s/cells/open").text
    files = door.get("/s/cells/files?looked=yes").text
    assert files.count("question who") == 2 and "not in use" not in files
    assert "Tables of expression: 2" in door.get("/s/cells").text
