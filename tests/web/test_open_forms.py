"""Forms of open questions that the drafts of the other tests do not ask: each filled, and study.yaml
read back.
"""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from exvivo.catalog import kits
from exvivo.study import Study
from exvivo.study.load import read_study_file
from exvivo.web.app import make_app
from exvivo.web.settings import Settings

STUDY = """\
exvivo: 1
title: INVENTED, a draft
groups: [{id: FM, name: FM}]
stimuli: [{id: none, name: none, control: true}, {id: LPS, name: LPS}]
analytes: [{id: TNF, name: tumor necrosis factor}]  # our word
assays:
  - {id: elisa, kind: immunoassay, dilutions: {none: 2, LPS: 10}}  # as typed
  - {id: table, kind: results}
  - {id: tubes, kind: beads, classifier: [], reporter: ""}
plates:
  - {id: E1, assay: elisa, file: raw/E1.csv, samples: "{donor} {stimulus}"}
  - {id: E2, assay: elisa, file: raw/E2.csv}
open:
  - {ask: which groups, key: groups}
  - {ask: whose they are, key: donors}
  - {ask: how names are made, key: names, about: [elisa]}
  - {ask: which unit, key: units, about: [table]}
  - {ask: which standards, key: standards, about: [elisa]}
  - {ask: how much, key: amounts, about: [elisa, S1, S2, S3]}
  - {ask: how diluted, key: dilutions, about: [elisa]}
  - {ask: which beads, key: beads, about: [tubes, FSC-A, SSC-A, APC-A, PE-A]}
  - {ask: what was measured, key: analyte, about: [elisa]}
  - {ask: something else, where: the plates}
"""
KIT = "LEGENDplex human inflammation panel 1"
OPEN = "/s/mine/open"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    study = tmp_path / "studies" / "mine"
    study.mkdir(parents=True)
    (study / "study.yaml").write_text(STUDY, encoding="utf-8")
    (study / "donors.csv").write_text("donor,group,age\nD1,FM,40\nD2,,41\n", encoding="utf-8")
    return study


@pytest.fixture
def client(folder: Path) -> TestClient:
    state = folder.parents[1] / "state"
    settings = Settings(folder.parent, state, hosts=("testserver",), token="once")
    client = TestClient(make_app(settings), follow_redirects=False)
    assert client.get("/enter?token=once").status_code == 303
    return client


def answer(client: TestClient, folder: Path, ask: str, **fields: str | list[str]) -> Study:
    """The study after an answer, which takes its question away."""
    sent = client.post(OPEN, data={"ask": ask, **fields})
    assert sent.status_code == 303, sent.text
    study = read_study_file(folder)[0]
    assert ask not in [each.ask for each in study.open] and len(study.open) == 9
    return study


def lines_that_changed(folder: Path) -> list[str]:
    """The lines of study.yaml that are new, beside that of the question."""
    return [
        line
        for line in (folder / "study.yaml").read_text("utf-8").splitlines(keepends=True)
        if line not in STUDY
    ]


def test_every_field_of_the_forms_is_on_the_page(client: TestClient) -> None:
    page = unescape(client.get(OPEN).text)
    names = set(re.findall(r' name="([^"]+)"', page))
    assert {"name:FM", "group:D2", "samples:E1", "unit:table", "standards:elisa"} <= names
    assert {"kit:tubes", "reporter:tubes", "classifier:tubes", "scatter:tubes"} <= names
    assert {"analyte:E1", "analyte:E2", "times:elisa:LPS", "top:elisa"} <= names
    assert 'name="times:elisa:LPS" value="10"' in page, "what stands there is shown"
    assert "group:D1" not in names and f"<option>{KIT}</option>" in page


def test_groups(client: TestClient, folder: Path) -> None:
    study = answer(client, folder, "which groups", **{"name:FM": "patients", "group:D2": "HC"})
    assert [(each.id, each.name) for each in study.groups] == [("FM", "patients"), ("HC", "HC")]
    assert (folder / "donors.csv").read_text("utf-8") == "donor,group,age\nD1,FM,40\nD2,HC,41\n"


def test_groups_of_all_donors_are_needed(client: TestClient, folder: Path) -> None:
    sent = client.post(OPEN, data={"ask": "which groups", "name:FM": "patients"})
    assert sent.status_code == 422 and "no group of D2" in sent.text
    assert (folder / "study.yaml").read_text("utf-8") == STUDY


@pytest.mark.parametrize("ask", ["whose they are", "something else"])
def test_what_is_only_confirmed_changes_nothing_else(
    client: TestClient, folder: Path, ask: str
) -> None:
    answer(client, folder, ask)
    assert lines_that_changed(folder) == []


def test_names(client: TestClient, folder: Path) -> None:
    pattern = "{donor}_{stimulus}[_{replicate}]"
    study = answer(client, folder, "how names are made", **{"samples:E1": pattern})
    assert [each.samples for each in study.plates] == [pattern, ""]
    assert len(lines_that_changed(folder)) == 1


def test_units(client: TestClient, folder: Path) -> None:
    study = answer(client, folder, "which unit", **{"unit:table": "µg/mL"})
    assert study.assay("table").unit == "µg/mL"  # type: ignore[union-attr]


def test_standards(client: TestClient, folder: Path) -> None:
    study = answer(client, folder, "which standards", **{"standards:elisa": "none"})
    assert study.assay("elisa").result == "signal"  # type: ignore[union-attr]


def test_amounts_of_standards(client: TestClient, folder: Path) -> None:
    fields = {"top:elisa": "1000", "step:elisa": "4", "amount:elisa:S2": "300"}
    fields |= {"blank:elisa": "no"}
    study = answer(client, folder, "how much", **fields, **{"unit:elisa": "ng/mL"})
    elisa = study.assay("elisa")
    assert elisa.standards == {"S1": 1000, "S2": 300, "S3": 62.5}  # type: ignore[union-attr]
    assert elisa.unit == "ng/mL"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("typed", "times"), [(("1", "2,5"), {"none": 1, "LPS": 2.5}), (("1", "1"), {})]
)
def test_dilutions(
    client: TestClient, folder: Path, typed: tuple[str, str], times: dict[str, float]
) -> None:
    fields = {"times:elisa:none": typed[0], "times:elisa:LPS": typed[1]}
    study = answer(client, folder, "how diluted", **fields)
    assert study.assay("elisa").dilutions == times  # type: ignore[union-attr]


def test_beads(client: TestClient, folder: Path) -> None:
    fields = {"kit:tubes": KIT, "reporter:tubes": "PE-A"}
    channels = {"classifier:tubes": ["APC-A"], "scatter:tubes": ["FSC-A", "SSC-A"]}
    study = answer(client, folder, "which beads", **fields, **channels)
    tubes = study.assay("tubes")
    assert tubes.kit == KIT and tubes.reporter == "PE-A"  # type: ignore[union-attr]
    assert tubes.classifier == ("APC-A",)  # type: ignore[union-attr]
    assert tubes.scatter == ("FSC-A", "SSC-A")  # type: ignore[union-attr]
    assert {*kits()[KIT].positions()} <= {each.id for each in study.analytes}
    assert study.name_of("TNF") == "tumor necrosis factor", "what was declared stays"


def test_analyte(client: TestClient, folder: Path) -> None:
    fields = {"analyte:E1": "TNF-alpha", "analyte:E2": "IL-6"}
    study = answer(client, folder, "what was measured", **fields)
    assert [each.analyte for each in study.plates] == ["TNF", "IL6"]
    assert [each.id for each in study.analytes] == ["TNF", "IL6"]
    assert study.name_of("TNF") == "tumor necrosis factor", "what was declared stays"
