"""Every sentence names its visit where there are several, and the first is the first as declared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from every_question import EveryQuestion, every_question

import exvivo
from exvivo.findings import findings_of
from exvivo.tell.sentences import sentence
from exvivo.tell.visits import visit_sentence

QUESTIONS = """
  - {id: more, ask: difference, groups: [FM, HC], assays: [secreted], analytes: [TNF],
     stimulus: ATP, cell_type: iMG}
  - {id: pain, ask: association, within: FM, assays: [secreted], analytes: [TNF],
     scales: [VAS], stimulus: ATP, cell_type: iMG}
"""


def answered(study: EveryQuestion, folder: Path, more: str = "") -> exvivo.Result:
    study.questions = QUESTIONS
    path = study.write(folder) / "study.yaml"
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    return exvivo.run(folder)


@pytest.fixture(scope="module")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> exvivo.Result:
    """The study with visits 1 and 2."""
    return answered(every_question(), tmp_path_factory.mktemp("visits") / "numbered")


def test_every_sentence_caption_and_paragraph_names_the_visit(numbered: exvivo.Result) -> None:
    findings = numbered.findings
    assert set(findings["visit"]) == {"1"}
    assert [s for s in findings["sentence"] if "at visit 1" not in s] == []
    page = numbered.report.read_text(encoding="utf-8")
    assert page.count("This is about visit 1 only.") >= 5
    summary = (numbered.report.parent / "summary.md").read_text(encoding="utf-8")
    assert summary.count("Where no visit is named, answers are about visit 1.") == 1


def test_the_order_of_the_study_decides_which_visit_is_first(
    numbered: exvivo.Result, tmp_path: Path
) -> None:
    """With other names for the visits, in their order, every number is the same."""
    names = {"1": "intake", "2": "follow_up"}
    study = every_question()
    for row in (*study.clinic, *study.layouts["t1"], *study.layouts["t2"]):
        row["visit"] = names[row["visit"]]
    named = answered(study, tmp_path / "named", "visits: [intake, follow_up]\n")
    assert set(named.findings["visit"]) == {"intake"}
    columns = ["question", "estimate", "lower", "upper", "p", "verdict"]
    assert named.findings.select(columns).equals(numbered.findings.select(columns))
    who = ["question", "donor", "plate", "well", "code"]
    assert named.left_out.height
    assert named.left_out.select(who).equals(numbered.left_out.select(who))
    assert "microglia-like cells at visit intake is higher" in named.findings["sentence"][0]


def test_of_one_visit_of_the_cells_and_several_of_the_scores_the_scores_name_it(
    numbered: exvivo.Result,
) -> None:
    study = numbered.study
    undated = replace(study, layout=study.layout.filter(visit="1"))
    answers = findings_of(numbered.findings.filter(part="answer"))
    by_question = {answer.question: answer for answer in answers}
    told = {
        question.id: sentence(by_question[question.id], question, study=undated)
        for question in study.questions
    }
    assert "visit" not in told["more"]
    assert "(visit 1 of the scores)" in told["pain"]
    assert visit_sentence(answers, undated) == "The scores are those of visit 1."
    assert visit_sentence(answers[:1], undated) == ""
