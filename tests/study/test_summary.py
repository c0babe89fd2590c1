"""What study.yaml says for the plain-language summary is read as written, and every mistake in it
comes at once with its line and its cure.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from exvivo.study import Study, json_schema
from exvivo.study.load import examine
from exvivo.study.plain_terms import Term, term_of, terms_of
from exvivo.study.summary_checks import PARTS
from exvivo.study.summary_coverage import coverage
from exvivo.study.summary_records import LANGUAGES, PlainWord, Summary

DOCS = Path(__file__).parents[2] / "docs"
STUDY = """\
exvivo: 1
title: A study
groups:
  - {id: FM, name: people with fibromyalgia}
  - {id: HC, name: healthy people}
cell_types: [{id: iMG, name: Microglia}]
stimuli:
  - {id: none, name: unstimulated, control: true}
  - {id: x1, name: extracellular ATP}
analytes: [{id: TNF}, {id: XYZ1}, {id: IL6}]
assays:
  - {id: mrna, kind: results}
plates:
  - {id: Q1, assay: mrna, file: raw/Q1.csv, layout: plates/Q1.csv}
scales:
  - {id: PAIN, name: pain, lowest: 0, highest: 100, higher_is: worse}
questions:
  - {id: more, ask: difference, groups: [FM, HC], assays: [mrna], analytes: [TNF, XYZ1], stimulus: x1,
     adjust: [age, smoking]}
"""
WHOLE = """\
summary:
  why: {en: "We asked why.", ja: "なぜか。"}
  contact:
    de: "Dr. A, a@b.de, +49 30 1234"
  pictures: people
  words:
    - {id: FM, name: {en: people with pain}, meaning: {en: "Pain of a kind."}}
    - {id: smoking, name: {en: smoking, de: Rauchen}}
    - {id: protein, name: {en: protein}}
"""


def declared(folder: Path, summary: str) -> tuple[Study, list[str]]:
    """The study, and its mistakes as text."""
    (folder / "study.yaml").write_text(STUDY + summary, encoding="utf-8")
    (folder / "donors.csv").write_text("donor,group,height\nP1,FM,170\nP2,HC,180\n")
    examined = examine(folder)
    of_file = [str(each) for each in examined.mistakes if each.where.startswith("study.yaml:")]
    return examined.study, [each for each in of_file if "raw/Q1.csv" not in each]


def test_texts_stand_by_language(tmp_path: Path) -> None:
    study, mistakes = declared(tmp_path, WHOLE)
    assert not mistakes
    assert study.summary == Summary(
        why={"en": "We asked why.", "ja": "なぜか。"},
        contact={"de": "Dr. A, a@b.de, +49 30 1234"},
        pictures="people",
        words=(
            PlainWord(id="FM", name={"en": "people with pain"}, meaning={"en": "Pain of a kind."}),
            PlainWord(id="smoking", name={"en": "smoking", "de": "Rauchen"}),
            PlainWord(id="protein", name={"en": "protein"}),
        ),
    )


def test_a_study_without_the_key_is_what_it_was(tmp_path: Path) -> None:
    study, mistakes = declared(tmp_path, "")
    assert not mistakes and study.summary == Summary()


@pytest.mark.parametrize(
    ("summary", "line", "found", "cure"),
    [
        ("why: {jp: x}", 21, "`jp`", "choose one of them"),
        ("why: {EN: x}", 21, "`EN`", "did you mean `en`"),
        ("why: We asked", 21, "the text 'We asked'", 'write why: {en: "We asked"}'),
        ("why: {en: blood, cells}", 21, "`cells`", "put the whole text in quotes"),
        ('why: {en: ""}', 21, "an empty text", "remove this language"),
        ("why: {en: }", 21, "nothing", "give a value"),
        ("why:", 21, "nothing", 'write why: {en: "..."}'),
        ("why: [a]", 21, "a list", "one `name: value` a line"),
        ('why: {en: "a\\x1b[2J"}', 21, "a control character", "take out what is not seen"),
        ('why: {en: "a\\u202eb"}', 21, "a control character", "take out what is not seen"),
        ('why: {en: "a\\nb"}', 21, "a line end", "on one line"),
        (f"why: {{en: {501 * 'a'}}}", 21, "a text of 501 signs", "fewer words"),
        ("pictures: dots", 21, "'dots'", "choose one of them"),
        ("contac: {en: a}", 21, "`contac`", "did you mean `contact`"),
        ("words:\n    - {id: fm, name: {en: a}}", 22, "did you mean `FM`", "correct the name"),
        ("words:\n    - {id: FM}", 22, "no words for `FM`", "add `name: {en: ...}`"),
        ("words:\n    - {id: FM, name: a}", 22, "the text 'a'", 'name: {en: "a"}'),
        (f"words:\n    - {{id: FM, name: {{en: {81 * 'a'}}}}}", 22, "81 signs", "fewer words"),
        (f"words:\n    - {{id: FM, meaning: {{en: {201 * 'a'}}}}}", 22, "201 signs", "fewer"),
        (
            "words:\n    - {id: FM, name: {en: a}}\n    - {id: FM, name: {de: a}}",
            23,
            "words for `FM` a second time",
            "into one entry",
        ),
    ],
)
def test_a_mistake_has_its_line_and_its_cure(
    tmp_path: Path, summary: str, line: int, found: str, cure: str
) -> None:
    _, (mistake,) = declared(tmp_path, f"summary:\n  {summary}\n")
    where, said, _, to_fix = mistake.splitlines()
    assert where.startswith(f"study.yaml:{line}")
    assert found in said and cure in to_fix


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    bad = "summary:\n  why: x\n  next: {jp: y}\n  words:\n    - {id: FM, name: z}\n"
    study, mistakes = declared(
        tmp_path, bad + "    - {id: nobody, name: {en: n}}\n  chosen: {en: All.}\n"
    )
    assert [each.splitlines()[0].partition(" ")[0] for each in mistakes] == [
        *("study.yaml:21", "study.yaml:22", "study.yaml:24", "study.yaml:25")
    ]
    assert study.summary.chosen == {"en": "All."}, "what is right is kept"


def test_a_word_may_name_cells_that_a_question_likens(tmp_path: Path) -> None:
    identity = (
        "  - {id: which, ask: identity, cell_type: iMG, like: odd cell, profiles: a.csv,\n"
        "     references: b.csv, scale: log2}\n"
    )
    words = "summary:\n  words: [{id: odd cell, name: {en: an odd cell}}]\n"
    study, mistakes = declared(tmp_path, identity + words)
    assert not mistakes
    assert ("cell type", "odd cell") in {(term.kind, term.id) for term in terms_of(study)}


def test_a_word_may_name_a_column_of_the_donors_and_cells_of_the_catalog(tmp_path: Path) -> None:
    """A question that is taken out leaves its words behind."""
    words = (
        "summary:\n  words: [{id: height, name: {en: height}}, {id: microglia, name: {en: m}}]\n"
    )
    assert not declared(tmp_path, words)[1]


def test_without_its_donors_no_word_is_refused(tmp_path: Path) -> None:
    declared(tmp_path, "summary:\n  words: [{id: hight, name: {en: height}}]\n")
    (tmp_path / "donors.csv").write_text("height\n1\n")
    assert "hight" not in str([each.found for each in examine(tmp_path).mistakes])


def test_the_schema_knows_the_languages(tmp_path: Path) -> None:
    schema = json_schema()
    whole = YAML(typ="safe").load(STUDY + WHOLE)
    jsonschema.validate(whole, schema)
    whole["summary"]["why"]["jp"] = "x"
    with pytest.raises(jsonschema.ValidationError, match="jp"):
        jsonschema.validate(whole, schema)
    assert set(schema["properties"]["summary"]["properties"]) == {*PARTS, "pictures", "words"}


def test_own_words_go_before_the_catalog(tmp_path: Path) -> None:
    study, _ = declared(tmp_path, WHOLE)
    group, tnf = term_of(study, "group", "FM"), term_of(study, "analyte", "TNF")
    assert group.name == "people with fibromyalgia" and group.lay is None
    assert [code for code in LANGUAGES if group.is_plain(code)] == ["en"]
    assert tnf.lay is not None and tnf.lay.id == "TNF" and tnf.own is None and tnf.is_plain("ja")
    unknown = term_of(study, "analyte", "XYZ1")
    assert unknown.is_plain("en") and not unknown.is_explained("en"), "a symbol is a name"


def test_the_catalog_is_asked_by_the_name_first(tmp_path: Path) -> None:
    """The id of a stimulus or of cells may be any word: the name says what they are."""
    study, _ = declared(tmp_path, "")
    atp, cells = term_of(study, "stimulus", "x1"), term_of(study, "cell type", "iMG")
    assert atp.lay is not None and atp.lay.id == "ATP"
    assert cells.lay is not None and cells.lay.id == "microglia"


def test_terms_are_what_questions_ask_about(tmp_path: Path) -> None:
    study, _ = declared(tmp_path, WHOLE)
    named = [(term.kind, term.id) for term in terms_of(study)]
    assert named == [
        *(("group", "FM"), ("group", "HC"), ("cell type", "iMG"), ("stimulus", "x1")),
        *(("analyte", "TNF"), ("analyte", "XYZ1"), ("readout", "protein")),
        *(("characteristic", "age"), ("characteristic", "smoking")),
    ], "neither IL6 nor PAIN is asked about"
    unasked = terms_of(dataclasses.replace(study, questions=()))
    assert [term.id for term in unasked] == ["FM", "HC", "iMG", "x1"]


def test_of_hidden_groups_nothing_is_said(tmp_path: Path) -> None:
    study, _ = declared(tmp_path, WHOLE)
    kinds = {
        hidden: {term.kind for term in coverage(study, "en", hidden_groups=hidden).terms}
        for hidden in (False, True)
    }
    assert kinds[False] - kinds[True] == {"group"}


def test_age_needs_no_other_word() -> None:
    assert Term("characteristic", "age", "age").is_plain("ja")
    assert not Term("characteristic", "smoking", "smoking").is_plain("en")
    assert not Term("scale", "age", "age").is_plain("en")


@pytest.mark.parametrize("page", ["howto/plain-summary.md", "questions.md"])
def test_the_examples_of_the_docs_load(tmp_path: Path, page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    (shown,) = [each for each in text.split("```")[1::2] if each.startswith("yaml\nsummary:")]
    study, mistakes = declared(tmp_path, shown.removeprefix("yaml\n"))
    assert not mistakes
    assert study.summary.words[0].name["de"] == "Menschen mit Fibromyalgie"


def test_the_docs_name_every_part_and_every_bound() -> None:
    text = (DOCS / "howto" / "plain-summary.md").read_text(encoding="utf-8")
    assert all(f"`{part}`" in text for part in (*PARTS, "pictures", "words"))
    assert "at most 500 signs" in text and "(80 signs)" in text and "(200 signs)" in text
    assert all(f"`{code}`" in (DOCS / "questions.md").read_text("utf-8") for code in LANGUAGES)
