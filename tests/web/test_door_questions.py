"""Questions as forms: what each kind shows, what a filled form writes, and the sentence beside
it.
"""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from exvivo import store
from exvivo.study.load import read_study_file
from exvivo.study.question_records import QUESTIONS, Effect, Identity
from exvivo.web.app import make_app
from exvivo.web.questions.forms import fold_of, margin_of_fold
from exvivo.web.questions.kinds import kinds
from exvivo.web.settings import Settings
from exvivo.web.visitor import Role

if TYPE_CHECKING:
    from door_fixtures import Axe, DoorAs
    from door_server import Served
    from playwright.sync_api import Page

STUDY = """\
exvivo: 1
title: Ours
groups:
  - {id: FM, name: people with fibromyalgia}
  - {id: HC, name: healthy people}
cell_types: [{id: iMG, name: microglia-like cells}, {id: MDM, name: macrophages}]
stimuli:
  - {id: none, name: unstimulated, control: true}
  - {id: ATP, name: ATP}
  - {id: block, name: ATP with an antagonist}
analytes: [{id: TNF, name: TNF}, {id: IL6, name: IL-6}]
assays:
  - {id: mrna, kind: qpcr, references: [UBC]}
plates: []
scales: [{id: VAS, name: "pain, VAS", lowest: 0, highest: 100, higher_is: worse}]
visits: ["1", "2"]
questions:
  # the main one
  - id: more_tnf   # first
    ask: difference
    groups: [FM, HC]
    assays: [mrna]
    analytes: [TNF]   # only this
    cell_type: iMG
    stimulus: ATP
    margin: 0.585   # 1.5-fold
"""
QUESTIONS_AT = "/s/mine/questions"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A study that declares something of each kind."""
    study = tmp_path / "studies" / "mine"
    study.mkdir(parents=True)
    (study / "study.yaml").write_text(STUDY, encoding="utf-8")
    (study / "donors.csv").write_text("donor,group,age,drug\nD1,FM,40,yes\nD2,HC,41,no\n")
    return study


@pytest.fixture
def opened(folder: Path) -> TestClient:
    """A door on it."""
    settings = Settings(
        folder.parent, folder.parents[1] / "state", hosts=("testserver",), token="once"
    )
    client = TestClient(make_app(settings), follow_redirects=False)
    assert client.get("/enter?token=once").status_code == 303
    return client


def form_of(page: str) -> dict[str, list[str]]:
    """What a browser would send of the form of a question as it stands on the page."""
    form = page[page.index('id="question"') :]
    fields: dict[str, list[str]] = {}

    def add(name: str, value: str) -> None:
        fields.setdefault(name, []).append(html.unescape(value))

    for tag in re.findall(r"<input [^>]*>", form):
        known = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if known.get("type") == "checkbox" and " checked" not in tag:
            continue
        add(known["name"], known.get("value", ""))
    for name, options in re.findall(r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.S):
        values = re.findall(r'<option value="([^"]*)"( selected)?', options)
        add(name, next((v for v, chosen in values if chosen), values[0][0]))
    return fields


def text_of(folder: Path) -> str:
    return (folder / "study.yaml").read_text("utf-8")


def test_the_list_says_the_sentences(opened: TestClient) -> None:
    page = opened.get(QUESTIONS_AT).text
    assert "Do people with fibromyalgia and healthy people differ in their response to ATP" in page
    assert "less than 1.5-fold" in page
    assert all(kind.question in page for kind in kinds())


@pytest.mark.parametrize("ask", QUESTIONS)
def test_each_kind_has_a_form_with_its_fields(opened: TestClient, ask: str) -> None:
    answer = opened.get(f"{QUESTIONS_AT}/new", params={"ask": ask})
    assert answer.status_code == 200
    assert "Still to fill" in answer.text
    assert 'name="id"' in answer.text and 'name="family"' in answer.text


FILLED = {
    "difference": {"analytes": ["IL6"]},
    "association": {"analytes": ["IL6"], "scales": ["VAS"]},
    "specificity": {"analytes": ["IL6"], "against": ["TNF"]},
    "change": {"analytes": ["IL6"], "visits": ["1", "2"]},
    "treatment": {"analytes": ["IL6"], "exposure": ["drug"], "exposed": ["yes"]},
    "effect": {"analytes": ["IL6"], "within": ["FM"], "stimulus": ["ATP"], "blocked": ["block"]},
    "mediation": {"analytes": ["IL6"], "scales": ["VAS"]},
    "identity": {
        "like": ["microglia"],
        "profiles": ["a.csv"],
        "references": ["b.csv"],
        "scale": ["log2"],
        "condition": ["LPS 24 h"],
        "samples": ["raw/s.csv"],
        "gene_names": ["raw/h.txt"],
        "markers": ["human myeloid cells"],
        "evidence_item": ["phagocytosis", "phagocytosis", "genotype_match"],
        "evidence_question": ["more_tnf", "", ""],
        "evidence_note": ["", "seen: page 4", " "],
    },
}


@pytest.mark.parametrize("ask", FILLED)
def test_a_filled_form_is_asked_and_can_be_opened_again(
    opened: TestClient, folder: Path, ask: str
) -> None:
    form = form_of(opened.get(f"{QUESTIONS_AT}/new", params={"ask": ask}).text)
    sent = {**form, "cell_type": ["iMG"], **FILLED[ask], "id": ["asked"]}
    saved = opened.post(f"{QUESTIONS_AT}/save", data=sent)
    assert saved.status_code == 303, saved.text
    assert text_of(folder).startswith(STUDY.rstrip("\n"))
    again = opened.get(f"{QUESTIONS_AT}/change", params={"id": "asked"}).text
    before = text_of(folder)
    assert opened.post(f"{QUESTIONS_AT}/save", data=form_of(again)).status_code == 303
    assert text_of(folder) == before


def test_evidence_is_a_row_an_item(opened: TestClient, folder: Path) -> None:
    """Rows without a question or a note are no evidence; an entry taken out is gone."""
    form = form_of(opened.get(f"{QUESTIONS_AT}/new", params={"ask": "identity"}).text)
    sent = {**form, "cell_type": ["iMG"], **FILLED["identity"], "id": ["who"]}
    assert opened.post(f"{QUESTIONS_AT}/save", data=sent).status_code == 303
    question = read_study_file(folder)[0].questions[-1]
    assert isinstance(question, Identity) and question.condition == "LPS 24 h"
    first, second = question.evidence
    assert (first.item, first.question, first.note) == ("phagocytosis", "more_tnf", "")
    assert (second.item, second.question, second.note) == ("phagocytosis", "", "seen: page 4")
    again = form_of(opened.get(f"{QUESTIONS_AT}/change", params={"id": "who"}).text)
    assert again["evidence_item"][:2] == ["phagocytosis"] * 2
    assert {"markers_by_protein", "adp_response"} <= {*again["evidence_item"][2:]}
    again["evidence_note"][1] = ""
    assert opened.post(f"{QUESTIONS_AT}/save", data=again).status_code == 303
    question = read_study_file(folder)[0].questions[-1]
    assert isinstance(question, Identity) and question.evidence == (first,)


def test_the_tables_of_identity_are_chosen_from_the_files(opened: TestClient, folder: Path) -> None:
    (folder / "raw").mkdir()
    for name in ("own.csv", "refs.csv.gz", "tube.fcs"):
        (folder / "raw" / name).write_bytes(b"")
    page = opened.get(f"{QUESTIONS_AT}/new", params={"ask": "identity"}).text
    assert '<option value="raw/own.csv">' in page and '<option value="raw/refs.csv.gz">' in page
    assert "tube.fcs" not in page and '<option value="human myeloid cells">' in page
    lists = 'list="files-profiles"', 'list="files-references"', 'list="files-samples"'
    assert all(each in page for each in lists)


def test_the_checklist_follows_the_cells_that_are_named(opened: TestClient) -> None:
    form = form_of(opened.get(f"{QUESTIONS_AT}/new", params={"ask": "identity"}).text)
    asked = {**form, "cell_type": ["MDM"]}

    def items(like: str, ask: str = "identity") -> list[str]:
        sent = {**asked, "like": [like], "ask": [ask]}
        part = opened.post(f"{QUESTIONS_AT}/look?part=evidence", data=sent)
        assert part.status_code == 200
        return re.findall(r'name="evidence_item" value="(\w+)"', part.text)

    assert "adp_response" in items("Microglia") and "adp_response" not in items("T cell")
    assert "receptor_response" in items("T cell")
    assert items("my own cells") == items("macrophages"), "else those of their own name"
    assert items("microglia", "difference") == []


def test_what_is_wrong_with_evidence_is_said_while_it_is_filled(opened: TestClient) -> None:
    form = form_of(opened.get(f"{QUESTIONS_AT}/new", params={"ask": "identity"}).text)
    wrong = {"evidence_item": ["x"], "evidence_question": [""], "evidence_note": ["seen"]}
    sent = {**form, "cell_type": ["iMG"], **FILLED["identity"], **wrong}
    said = opened.post(f"{QUESTIONS_AT}/look", data=sent, headers={"hx-request": "true"}).text
    assert "not in the checklist of" in said
    assert opened.post(f"{QUESTIONS_AT}/save", data=sent).status_code == 422


def test_a_difference_is_held_against_other_cells(opened: TestClient, folder: Path) -> None:
    form = form_of(opened.get(f"{QUESTIONS_AT}/new", params={"ask": "specificity"}).text)
    asked = {"analytes": ["IL6"], "cell_type": ["iMG"], "against_cell_type": ["MDM"]}
    saved = opened.post(f"{QUESTIONS_AT}/save", data={**form, **asked, "id": ["here"]})
    assert saved.status_code == 303, saved.text
    question = read_study_file(folder)[0].questions[-1]
    assert (question.id, question.cell_type) == ("here", "iMG")
    assert (question.against_cell_type, question.against) == ("MDM", ())  # type: ignore[union-attr]


def test_an_effect_is_read_back_as_it_was_filled(opened: TestClient, folder: Path) -> None:
    form = form_of(opened.get(f"{QUESTIONS_AT}/new", params={"ask": "effect"}).text)
    asked = {"cell_type": ["iMG"], **FILLED["effect"], "margin": ["1,5"]}
    saved = opened.post(f"{QUESTIONS_AT}/save", data={**form, **asked, "id": ["blocks"]})
    assert saved.status_code == 303, saved.text
    question = read_study_file(folder)[0].questions[-1]
    assert isinstance(question, Effect) and question.within == "FM"
    assert (question.stimulus, question.blocked, question.analytes) == ("ATP", "block", ("IL6",))
    assert question.margin == pytest.approx(0.585, abs=1e-3)


def test_a_change_of_one_field_changes_one_value(opened: TestClient, folder: Path) -> None:
    form = form_of(opened.get(f"{QUESTIONS_AT}/change?id=more_tnf").text)
    assert form["margin"] == ["1.5"]
    opened.post(f"{QUESTIONS_AT}/save", data={**form, "margin": ["2,0"]})
    assert text_of(folder) == STUDY.replace("margin: 0.585", "margin: 1")
    (row,) = store.entries(folder)
    assert row.kind == "edit"


def test_fields_that_are_emptied_go(opened: TestClient, folder: Path) -> None:
    form = form_of(opened.get(f"{QUESTIONS_AT}/change?id=more_tnf").text)
    opened.post(f"{QUESTIONS_AT}/save", data={**form, "margin": [""], "measured": ["level:ATP"]})
    after = text_of(folder)
    assert "margin" not in after and "stimulus: ATP" not in after.split("questions:")[1]
    assert "condition: ATP" in after and "# only this" in after


def test_the_sentence_follows_the_form(opened: TestClient, folder: Path) -> None:
    form = form_of(opened.get(f"{QUESTIONS_AT}/change?id=more_tnf").text)
    sent = {**form, "groups": ["HC", "FM"], "margin": ["1.234,5"]}
    part = opened.post(f"{QUESTIONS_AT}/look", data=sent, headers={"hx-request": "true"}).text
    assert "healthy people and people with fibromyalgia" in html.unescape(part) or "1234" in part
    part = opened.post(f"{QUESTIONS_AT}/look", data={**form, "groups": ["HC", "FM"]}).text
    assert "Do healthy people and people with fibromyalgia differ" in part
    assert text_of(folder) == STUDY


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("margin", "0,5", "a fold above 1"),
        ("margin", "much", "a number"),
        ("groups", "HC", "two groups"),
        ("id", "a/b", "letters"),
        ("analytes", "", "Still to fill"),
    ],
)
def test_what_cannot_be_asked_is_not_saved(
    opened: TestClient, folder: Path, field: str, value: str, said: str
) -> None:
    form = form_of(opened.get(f"{QUESTIONS_AT}/change?id=more_tnf").text)
    values = [value, value] if field == "groups" else [value]
    answer = opened.post(f"{QUESTIONS_AT}/save", data={**form, field: values})
    assert answer.status_code == 422
    assert said in answer.text
    assert text_of(folder) == STUDY


def test_an_elisa_of_another_analyte_is_not_asked(opened: TestClient, folder: Path) -> None:
    file = folder / "study.yaml"
    elisa = "  - {id: elisa_il6, kind: immunoassay, unit: pg/mL, analyte: IL6}\nplates"
    file.write_text(STUDY.replace("plates", elisa, 1))
    page = opened.get(f"{QUESTIONS_AT}/new?ask=difference").text
    assert "elisa_il6 (IL-6)" in page
    sent = {**form_of(page), "cell_type": ["iMG"], "analytes": ["TNF"]}
    part = opened.post(f"{QUESTIONS_AT}/look", data=sent, headers={"hx-request": "true"})
    assert "Not asked of elisa_il6" in part.text
    assert opened.post(f"{QUESTIONS_AT}/save", data=sent).status_code == 303
    assert "assays: [mrna], analytes: [TNF]" in text_of(folder)


def test_a_name_that_is_taken_is_refused(opened: TestClient, folder: Path) -> None:
    form = form_of(opened.get(f"{QUESTIONS_AT}/new?ask=difference").text)
    sent = {**form, "analytes": ["IL6"], "cell_type": ["iMG"], "id": ["more_tnf"]}
    answer = opened.post(f"{QUESTIONS_AT}/save", data=sent)
    assert answer.status_code == 422 and "another question has" in answer.text
    assert text_of(folder) == STUDY


def test_two_people_who_change_one_question_meet(opened: TestClient, folder: Path) -> None:
    form = form_of(opened.get(f"{QUESTIONS_AT}/change?id=more_tnf").text)
    opened.post(f"{QUESTIONS_AT}/save", data={**form, "margin": ["2"]})
    met = opened.post(f"{QUESTIONS_AT}/save", data={**form, "margin": ["3"], "family": ["main"]})
    assert met.status_code == 412
    assert "both changed it" in met.text and "family" in met.text
    assert "margin: 1 " in text_of(folder)


def test_a_question_is_taken_out(opened: TestClient, folder: Path) -> None:
    page = opened.get(QUESTIONS_AT).text
    was = html.unescape(re.findall(r'name="was" value="([^"]*)"', page)[0])
    version = re.findall(r'name="if_match" value="([^"]*)"', page)[0]
    sent = {"id": "more_tnf", "was": was, "if_match": version}
    assert opened.post(f"{QUESTIONS_AT}/remove", data=sent).status_code == 303
    assert "more_tnf" not in text_of(folder)
    assert "No question yet" in opened.get(QUESTIONS_AT).text


def test_the_plan_is_changed_in_percent(opened: TestClient, folder: Path) -> None:
    page = opened.get(f"{QUESTIONS_AT}/plan").text
    sent = dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', page))
    now = {"declared": "2026-03-01", "alpha": "2,5", "permutations": "9999", "seed": "1"}
    answer = opened.post(f"{QUESTIONS_AT}/plan", data={**sent, **now, "joint": "true"})
    assert answer.status_code == 303
    assert text_of(folder).startswith(STUDY)
    assert 'declared: "2026-03-01"' in text_of(folder) or "declared: 2026-03-01" in text_of(folder)
    assert "alpha: 0.025" in text_of(folder) and "joint: true" in text_of(folder)
    wrong = opened.post(f"{QUESTIONS_AT}/plan", data={**sent, **now, "alpha": "200"})
    assert wrong.status_code == 422


def test_a_lock_is_on_record_and_tells_what_changed_since(opened: TestClient, folder: Path) -> None:
    assert "Not locked yet" in opened.get(QUESTIONS_AT).text
    sent = {"who": "A. Berg", "looks": "12, 18"}
    assert opened.post(f"{QUESTIONS_AT}/lock", data=sent).status_code == 303
    (row,) = store.entries(folder)
    assert (row.kind, row.says("who"), row.facts["looks"]) == ("lock", "A. Berg", [12, 18])
    form = form_of(opened.get(f"{QUESTIONS_AT}/change?id=more_tnf").text)
    opened.post(f"{QUESTIONS_AT}/save", data={**form, "margin": ["2"]})
    assert "changed since the lock" in opened.get(QUESTIONS_AT).text
    assert opened.post(f"{QUESTIONS_AT}/lock", data={"looks": "18, 12"}).status_code == 422


def test_a_study_that_cannot_be_read_is_told(opened: TestClient, folder: Path) -> None:
    (folder / "study.yaml").write_text("exvivo: 1\ntitle: [\n")
    assert "something in study.yaml is to fix first" in opened.get(QUESTIONS_AT).text
    assert opened.get(f"{QUESTIONS_AT}/new").status_code == 422


def test_folds_are_read_and_kept() -> None:
    assert margin_of_fold("2") == "1" and margin_of_fold("1,5") == "0.584963"
    assert margin_of_fold("1.5", "0.585") == "0.585"
    assert [fold_of(text) for text in ("1", "0.584963", "2")] == ["2", "1.5", "4"]


def test_a_form_of_another_make_is_refused(opened: TestClient) -> None:
    for sent in ({}, {"ask": "nothing"}, {"ask": "difference", "before": "[]"}):
        assert opened.post(f"{QUESTIONS_AT}/save", data=sent).status_code == 422
        assert opened.post(f"{QUESTIONS_AT}/look", data=sent).status_code == 422
    bad = {"ask": "difference", "before": json.dumps({"id": "x" * 99})}
    assert opened.post(f"{QUESTIONS_AT}/look", data=bad).status_code in (200, 422)


def test_who_may_not_decide_sees_no_lock(small_as: DoorAs) -> None:
    assert small_as(Role.VIEWER).get("/s/demo/questions").status_code == 403
    client = small_as(Role.ANALYST)
    assert "Lock the questions" in client.get("/s/demo/questions").text


def test_the_sentence_is_shown_while_the_form_is_filled(
    served: Served, page: Page, axe: Axe, unrun_folder: Path
) -> None:
    from playwright.sync_api import expect

    study = served.study(of=unrun_folder)
    page.goto(f"/s/{study}/questions")
    assert axe(page) == []
    page.get_by_role("link", name="Do two groups differ?").click()
    page.get_by_label("TNF", exact=True).check()
    expect(page.locator("#said")).to_contain_text("differ in their response")
    page.get_by_label("Smallest difference that matters, in folds").fill("1,5")
    expect(page.locator("#said")).to_contain_text("1.5-fold")
    assert axe(page) == []
    page.get_by_role("button", name="Ask this question").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_role("heading", level=2, name="TNF?").first).to_be_visible()


def test_no_plate_is_asked_of_a_study_of_expression_alone(folder: Path, opened: TestClient) -> None:
    """A study that asks nothing yet, or has an assay, may need plates."""
    needless = "No plate is needed: tables of expression answer what this study asks."
    before = [opened.get(f"/s/mine/{page}").text for page in ("plates", "wells")]
    (folder / "study.yaml").write_text(
        "exvivo: 1\ntitle: who\ngroups: [{id: FM, name: patients}, {id: HC, name: others}]\n"
        "cell_types: [{id: iMG, name: microglia}]\nquestions: [{id: who, ask: identity, "
        "cell_type: iMG, like: microglia, profiles: raw/p.csv, references: raw/r.csv, "
        "scale: log2}]\n"
    )
    after = [opened.get(f"/s/mine/{page}").text for page in ("plates", "wells")]
    assert all(needless in page and "No plate yet" not in page for page in after)
    assert not any(needless in page for page in before)
