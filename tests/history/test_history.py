"""What changed between runs, from rows and texts alone: each rule on both of its halves."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest

from exvivo.history import compared, frozen, history, lock_states, locked, past_runs
from exvivo.history.runs import PastRun
from exvivo.looks import error_of_looks
from exvivo.past import Change, Comparison, Entry, Line, Locked
from exvivo.tell.changed import full_changes, short_changes
from exvivo.tell.locked import lock_sentences, looks_sentence
from exvivo.tell.record_page import evidence, headline, record_page
from exvivo.tell.record_rows import row_texts, row_words
from exvivo.units import LOG2_FOLD

STUDY = """exvivo: 1
title: a study
groups: [{id: A, name: group A}, {id: B, name: group B}]
analytes: [{id: TNF}, {id: IL6}, {id: IL10}, {id: CXCL8}, {id: IL1B}]
assays: [{id: protein, kind: results, readout: protein}]
plates: [{id: P0, assay: protein, layout: plates/P0.csv, file: raw/P0.csv}]
plan: {declared: 2026-01-05}
questions:
  - {id: q, ask: difference, groups: [A, B], assays: [protein],
     analytes: [TNF, IL6, IL10, CXCL8, IL1B]}
"""
MARGIN = STUDY.replace("IL1B]}\n", "IL1B], margin: 0.7}\n")
ONE = MARGIN.replace("[TNF, IL6, IL10, CXCL8, IL1B]", "[CXCL8]")
DONORS = "donor,group\nD1,A\nD2,A\nD3,B\n"
LAYOUT = "well,role,donor,exclude\nA1,sample,D1,\nA2,sample,D2,\nA3,sample,D3,\n"
TEXTS = {"study.yaml": STUDY, "donors.csv": DONORS, "plates/P0.csv": LAYOUT}


def answers(*rows: Mapping[str, Any]) -> bytes:
    """A table of findings as a run keeps it."""
    from io import BytesIO

    from exvivo.tables import FINDINGS

    blank = dict.fromkeys(FINDINGS.schema)
    base = {"question": "q", "ask": "difference", "part": "answer", "unit": LOG2_FOLD.id}
    frame = pl.DataFrame([{**blank, **base, **row} for row in rows], schema=FINDINGS.schema)
    file = BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


def answer(analyte: str, verdict: str, n: int, **numbers: float) -> dict[str, Any]:
    counts = [{"group": g, "n": n, "undetected": 0} for g in "AB"]
    return {"assay": "protein", "analyte": analyte, "verdict": verdict, "n": counts, **numbers}


def a_run(
    number: int,
    texts: Mapping[str, str | bytes | None],
    *,
    declared: str = "2026-01-05",
    **facts: Any,
) -> Entry:
    raw = {name: t.encode() if isinstance(t, str) else t for name, t in texts.items()}
    hashes = {name: hashlib.sha256(t or b"").hexdigest() for name, t in raw.items()}
    inputs = [[name, sha, 1] for name, sha in hashes.items() if not name.startswith("results/")]
    states = {
        "version": "1",
        "parameters": {"plan.declared": declared, "plan.alpha": "0.05"},
        "packages": {"numpy": "2"},
        "inputs": inputs,
        "texts": hashes,
        **facts,
    }
    return Entry(number, "run", f"2026-03-0{number}T00:00:00+00:00", f"{number:064d}", states, raw)


def change(*entries: Entry) -> Comparison:
    first, *_, last = past_runs(entries)
    return compared(first, last)


def test_a_margin_added_a_family_cut_and_a_date_set_back_are_told() -> None:
    runs = (a_run(1, TEXTS), a_run(2, {**TEXTS, "study.yaml": ONE}, declared="2019-01-01"))
    changes = change(*runs).of("question", "parameter")
    assert set(changes) == {
        Change("question", "q", "analytes", ("TNF", "IL6", "IL10", "CXCL8", "IL1B"), ("CXCL8",)),
        Change("question", "q", "margin", None, 0.7),
        Change("parameter", "plan.declared", "", "2026-01-05", "2019-01-01"),
    }
    line = headline(history(runs))
    assert line.startswith("Run 2; since run 1: ")
    assert "5 analytes → 1 (CXCL8)" in line
    assert "a margin added (0.7)" in line
    assert "the date of declaring 2026-01-05 → 2019-01-01" in line


def test_the_same_again_is_no_change() -> None:
    findings = answers(answer("TNF", "supported", 6, estimate=1.0))
    texts: dict[str, str | bytes | None] = {**TEXTS, FINDINGS: findings}
    comparison = change(a_run(1, texts), a_run(2, texts))
    assert comparison.nothing and short_changes(comparison) == ["nothing changed"]
    assert full_changes(comparison) == []


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (MARGIN, STUDY, "the margin removed (0.7)"),
        (MARGIN, MARGIN.replace("0.7", "0.3"), "margin 0.7 → 0.3"),
        (STUDY, STUDY.replace("groups: [A, B]", "groups: [B, A]"), "groups A, B → B, A"),
        (
            STUDY,
            STUDY.replace("groups: [A, B],", "groups: [A, B], family: f,"),
            "a family added (f)",
        ),
        (
            STUDY,
            STUDY.replace("groups: [A, B],", "groups: [A, B], screen: true,"),
            "a screen added",
        ),
    ],
)
def test_each_key_of_a_question_is_compared(before: str, after: str, words: str) -> None:
    runs = [a_run(n, {**TEXTS, "study.yaml": text}) for n, text in enumerate((before, after), 1)]
    assert any(words in part for part in short_changes(change(*runs)))


SUMMARY = """summary:
  why: {en: "We asked.", de: "Wir fragten."}
  paid_by: {en: "Nobody"}
  words: [{id: A, name: {en: "people with pain"}}, {id: TNF, meaning: {ja: "x"}}]
"""
CHANGED = """summary:
  why: {en: "We wondered.", fr: "Pourquoi."}
  paid_by: {en: "Nobody"}
  pictures: people
  words: [{id: A, name: {en: "people with pain"}, meaning: {en: "It hurts."}}]
"""


def test_texts_of_the_summary_are_named_by_part_and_language() -> None:
    """What a text says stays out of the words: it may tell a code from another."""
    runs = [
        a_run(n, {**TEXTS, "study.yaml": STUDY + text}) for n, text in enumerate((SUMMARY, CHANGED))
    ]
    comparison = change(*runs)
    short = "why (en, de, fr), words for A (en), words for TNF (ja), pictures"
    assert f"plain-language summary: {short}" in short_changes(comparison)
    sections = dict(full_changes(comparison))
    assert sections["The plain-language summary"] == [
        *("why (en): other words", "why (de): gone", "why (fr): new"),
        *("words for A (en): other words", "words for TNF (ja): gone"),
        "pictures: bands → people",
    ]
    assert "wondered" not in str(comparison)
    again = change(runs[0], a_run(2, {**TEXTS, "study.yaml": STUDY + SUMMARY}))
    assert not again.of("summary")


def test_a_question_that_came_or_went_is_told() -> None:
    two = (
        STUDY + "  - {id: p, ask: difference, groups: [A, B], assays: [protein], analytes: [TNF]}\n"
    )
    runs = a_run(1, TEXTS), a_run(2, {**TEXTS, "study.yaml": two})
    assert any("p: a question added" in part for part in short_changes(change(*runs)))
    assert any("p: the question removed" in part for part in short_changes(change(*runs[::-1])))


def test_donors_are_counted_and_named_where_asked_for() -> None:
    more = {**TEXTS, "donors.csv": DONORS.replace("D2,A", "D2,B") + "D4,A\nD5,B\n"}
    comparison = change(a_run(1, TEXTS), a_run(2, more))
    assert comparison.donors == (3, 5)
    assert comparison.groups == (("A", 2, 2), ("B", 1, 3))
    short = "; ".join(short_changes(comparison))
    assert "3 → 5 donors" in short and "the group of 1 donor changed" in short
    assert "D4" not in short
    assert (
        "Donors",
        ["group B: 1 → 3", "D2: A → B", "D4: new (A)", "D5: new (B)"],
    ) in full_changes(comparison)


def test_wells_left_out_and_taken_back_are_counted() -> None:
    out = {**TEXTS, "plates/P0.csv": LAYOUT.replace("D1,", "D1,spilt").replace("D2,", "D2,spilt")}
    left = change(a_run(1, TEXTS), a_run(2, out))
    assert "2 wells left out" in short_changes(left)
    assert {each.name for each in left.of("well")} == {"P0:A1", "P0:A2"}
    assert "2 wells taken back in" in short_changes(change(a_run(1, out), a_run(2, TEXTS)))


def test_wells_are_not_new_where_the_earlier_run_cannot_say_any_more() -> None:
    out = {**TEXTS, "plates/P0.csv": LAYOUT.replace("D1,", "D1,spilt")}
    erased = {**TEXTS, "results/tables/left_out.parquet": None}
    assert not change(a_run(1, erased), a_run(2, out)).of("well")
    lines = dict(full_changes(change(a_run(1, TEXTS), a_run(2, out))))
    assert lines["Left out"] == ["P0: 1 well left out (A1)"]


def test_lines_of_exclusions_and_accepted_flags_are_told() -> None:
    accepted = STUDY + "accept: [{flag: a/b/c, reason: seen}]\n"
    later = {**TEXTS, "study.yaml": accepted, "exclusions.csv": "wells,reason\nP0:A1,spilt\n"}
    short = short_changes(change(a_run(1, TEXTS), a_run(2, later)))
    assert "1 line of exclusions.csv added" in short
    assert "1 accepted flag added" in short


def test_files_versions_and_packages_are_told() -> None:
    other = {**TEXTS, "plates/P1.csv": LAYOUT, "donors.csv": DONORS + "\n"}
    runs = a_run(1, TEXTS), a_run(2, other, version="2", packages={"numpy": "3"})
    short = short_changes(change(*runs))
    assert "files: 1 new, 1 with other bytes" in short
    assert "exvivo 1 → 2" in short and "other versions of 1 package" in short


FINDINGS = "results/tables/findings.parquet"


def test_answers_are_told_before_and_after() -> None:
    was = answers(
        answer("TNF", "not resolved", 6, estimate=1.0, lower=-0.1, upper=2.1),
        answer("IL6", "supported", 6, estimate=1.0, lower=0.5, upper=1.5),
        answer("IL10", "supported", 6, estimate=1.0, lower=0.5, upper=1.5),
    )
    now = answers(
        answer("TNF", "supported", 6, estimate=1.0, lower=0.1, upper=1.9),
        answer("IL6", "supported", 6, estimate=1.0 + 1e-12, lower=0.5, upper=1.5),
        answer("CXCL8", "supported", 6, estimate=1.0, lower=0.5, upper=1.5),
    )
    comparison = change(a_run(1, {**TEXTS, FINDINGS: was}), a_run(2, {**TEXTS, FINDINGS: now}))
    assert [each.key[2] for each in comparison.answers] == ["TNF", "CXCL8", "IL10"]
    short = short_changes(comparison)
    assert "q, protein TNF: not resolved → supported" in short
    assert "1 new answer" in short and "1 answer gone" in short
    (lines,) = [lines for heading, lines in full_changes(comparison) if heading == "Answers"]
    assert lines[0].startswith(
        "q, protein TNF: not resolved, 2.00-fold (0.93 to 4.29), n A 6, B 6 → supported, 2.00-fold"
    )


def test_a_verdict_that_turns_by_its_correction_alone_is_told() -> None:
    numbers = {"estimate": 1.0, "lower": 0.1, "upper": 1.9}
    verdicts = ("supported", "not resolved")
    was, now = (answers(answer("TNF", verdict, 6, **numbers)) for verdict in verdicts)
    comparison = change(a_run(1, {**TEXTS, FINDINGS: was}), a_run(2, {**TEXTS, FINDINGS: now}))
    assert "q, protein TNF: supported → not resolved" in short_changes(comparison)


def test_texts_that_are_gone_are_told_and_nothing_is_made_up() -> None:
    erased = {**TEXTS, "study.yaml": None, "donors.csv": None}
    comparison = change(a_run(1, erased), a_run(2, {**TEXTS, "study.yaml": ONE}))
    assert "study.yaml" in comparison.unknown and "donors.csv" in comparison.unknown
    assert not comparison.of("question", "donor", "well")
    assert any(part.startswith("not all is known") for part in short_changes(comparison))


def test_a_study_of_another_grammar_is_compared_line_by_line() -> None:
    future = STUDY.replace("exvivo: 1", "exvivo: [9]")
    comparison = change(a_run(1, {**TEXTS, "study.yaml": future}), a_run(2, TEXTS))
    assert comparison.lines == ("-exvivo: [9]", "+exvivo: 1")
    assert "study.yaml (of another version)" in comparison.unknown


def test_no_text_is_written_outside_the_folder_it_is_read_back_in(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "in"))
    (tmp_path / "in").mkdir()
    past_runs([a_run(1, {**TEXTS, "../../out.csv": "a,b\n", f"{tmp_path}/abs.csv": "a\n"})])
    assert [path.name for path in tmp_path.rglob("*")] == ["in"]


# Looks at growing numbers of donors.


def grown(*numbers: int, analyte: str = "TNF") -> list[Entry]:
    return [
        a_run(at, {**TEXTS, FINDINGS: answers(answer(analyte, "not resolved", n))})
        for at, n in enumerate(numbers, 1)
    ]


def test_looks_are_runs_with_more_donors_than_all_before() -> None:
    (looks,) = history(grown(6, 8, 8, 7, 10)).looks
    assert looks.donors == (12, 16, 20)
    assert looks.answers[0][:3] == ("q", "protein", "TNF")
    assert looks.error == error_of_looks([12, 16, 20], alpha=0.05)
    assert "looked at 3 times while donors were added (12, 16 and 20 donors)" in looks_sentence(
        looks
    )


def test_the_same_donors_again_are_no_look() -> None:
    assert history(grown(6, 6, 6)).looks == ()


def test_another_analyte_is_another_answer_whatever_its_question_is_called() -> None:
    assert history([*grown(6), *grown(8, analyte="IL6")]).looks == ()
    renamed = answers({**answer("TNF", "supported", 8), "question": "other"})
    runs = [*grown(6), a_run(2, {**TEXTS, FINDINGS: renamed})]
    assert [each.donors for each in history(runs).looks] == [(12, 16)]


# Locks.

PARAMETERS = {"plan.alpha": "0.05", "plan.declared": "2026-01-05"}


def a_study(text: str) -> PastRun:
    (run,) = past_runs([a_run(1, {**TEXTS, "study.yaml": text})])
    return run


def a_lock(
    text: str = STUDY, *, erased: bool = False, counts: Mapping[str, int] | None = None
) -> Entry:
    study = a_study(text).study.study
    assert study is not None
    now = frozen(study, PARAMETERS, {}, "1")
    there = {"instrument_files": 0, "other_files": 0, "runs": 0, **(counts or {})}
    states = {**lock_states(now, looks=(), **there), "texts": {"study.yaml": "00"}}
    texts = {"study.yaml": None if erased else text.encode()}
    return Entry(1, "lock", "2026-03-01T00:00:00+00:00", "1" * 64, states, texts)


def held(
    entry: Entry,
    text: str,
    parameters: Mapping[str, str] = PARAMETERS,
    exclusions: str = "",
    version: str = "1",
) -> Locked:
    study = a_study(text).study.study
    assert study is not None
    texts = {"exclusions.csv": exclusions.encode()} if exclusions else {}
    (lock,) = locked([entry], frozen(study, parameters, texts, version))
    return lock


def test_a_lock_says_that_it_came_first_and_that_nothing_changed() -> None:
    (sentence,) = lock_sentences([held(a_lock(), STUDY)], "q")
    assert sentence.startswith(
        "Locked before any instrument file that the study names was in the folder and before any "
        "run on record here (row 1 of the record, 2026-03-01 00:00:00 UTC by this computer's clock)"
    )
    assert sentence.endswith("The question has not changed since.")


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"runs": 3, "instrument_files": 1}, "after 3 runs on record here, with 1 instrument file"),
        ({"runs": 1}, "Locked after 1 run on record here (row"),
        ({"instrument_files": 2}, "before any run on record here, with 2 instrument files in the"),
        (
            {"expression_files": 0},
            "Locked before any instrument file or file of expression data that the study names was",
        ),
        (
            {"expression_files": 1},
            "before any run on record here, with 1 file of expression data in the folder",
        ),
        (
            {"expression_files": 3, "instrument_files": 1},
            "with 1 instrument file and 3 files of expression data in the folder",
        ),
        ({"other_files": 1}, "was in the folder (1 other file was there) and before any run"),
    ],
)
def test_a_lock_says_what_was_there_before_it(counts: dict[str, int], words: str) -> None:
    (sentence,) = lock_sentences([held(a_lock(counts=counts), STUDY)], "q")
    assert words in sentence


def test_what_changed_since_a_lock_is_told_key_by_key() -> None:
    exclusions = "wells,reason\nP0:A1,spilt\n"
    lock = held(a_lock(), ONE, {**PARAMETERS, "plan.alpha": "0.1"}, exclusions)
    (sentence,) = lock_sentences([lock], "q")
    assert "Changed since: 5 analytes → 1 (CXCL8), a margin added (0.7)." in sentence
    assert "Parameters changed since: plan.alpha 0.05 → 0.1." in sentence
    assert "Exclusions changed since: 1 added, 0 removed." in sentence


def test_a_change_is_known_by_its_hash_where_the_text_is_erased() -> None:
    lock = held(a_lock(erased=True), MARGIN)
    (sentence,) = lock_sentences([lock], "q")
    assert "Changed since; what it was is no longer kept." in sentence
    (sentence,) = lock_sentences([held(a_lock(erased=True), STUDY)], "q")
    assert sentence.endswith("The question has not changed since.")


def test_no_lock_and_a_question_that_came_later_are_told() -> None:
    assert lock_sentences([], "q")[0].startswith("Not locked")
    (sentence,) = lock_sentences([held(a_lock(), STUDY)], "p")
    assert sentence.startswith("Not among what was locked")


def test_a_locked_question_that_is_not_asked_any_more_is_told_at_the_others() -> None:
    other = "  - {id: p, ask: difference, groups: [A, B], assays: [protein], analytes: [TNF]}\n"
    for erased in (False, True):
        lock = held(a_lock(STUDY + other, erased=erased), STUDY)
        (sentence,) = lock_sentences([lock], "q")
        assert sentence.endswith("Locked then, and not asked any more: `p`.")
    (sentence,) = lock_sentences([held(a_lock(), STUDY.replace("id: q,", "id: n,"))], "n")
    assert sentence.endswith("this question came later. Locked then, and not asked any more: `q`.")


def test_what_a_locked_question_names_is_told_where_it_is_another() -> None:
    renamed = STUDY.replace("name: group A", "name: group B's")
    (sentence,) = lock_sentences([held(a_lock(), renamed)], "q")
    assert "What the questions name changed since: groups.A.name: group A → group B's." in sentence
    assert lock_sentences([held(a_lock(), STUDY.replace("a study", "mine"))], "q")[0].endswith(
        "The question has not changed since."
    )


def test_a_second_lock_stands_beside_the_first() -> None:
    locks = [held(a_lock(), MARGIN), held(a_lock(MARGIN, counts={"runs": 1}), MARGIN)]
    first, second = lock_sentences(locks, "q")
    assert "Changed since: a margin added (0.7)." in first
    assert second.endswith("The question has not changed since.")


def test_a_parameter_that_only_a_later_version_has_is_no_change() -> None:
    later = {**PARAMETERS, "plan.new": "1"}
    assert held(a_lock(), STUDY, later, version="2").changed == ()
    assert held(a_lock(), STUDY, later).changed == ("parameters",)


# The page.


def test_the_page_says_what_the_study_states_and_what_the_record_bears() -> None:
    alone = history([a_run(1, TEXTS, days=["2026-02-01", "2026-02-03"])])
    assert headline(alone) == "Run 1; no earlier run is on record here."
    assert evidence(alone) == (
        "The study states that its questions were declared on 2026-01-05; no earlier run is on "
        "record here; the instrument files date from 2026-02-01 to 2026-02-03, as they state."
    )
    twice = history([a_run(1, TEXTS), a_run(2, TEXTS, declared="none")])
    assert evidence(twice) == (
        "The study states no date on which its questions were declared; 1 earlier run is on record "
        "here; no instrument file states a date."
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (b'{"who": "M. Ito", "flag": ""}', [("who", "M. Ito")]),
        (b"not JSON", [("decision", "not JSON")]),
        (b"[1]", [("decision", "[1]")]),
        (None, [("decision", "(erased)")]),
    ],
)
def test_the_words_of_a_decision_are_shown_whatever_they_are(
    text: bytes | None, shown: list[tuple[str, str]]
) -> None:
    row = Entry(1, "keep", "2026-03-01T00:00:00+00:00", "1" * 64, {}, {"decision": text})
    assert list(row_texts(Line(entry=row))) == shown


@pytest.mark.parametrize(
    ("kind", "decision", "said"),
    [
        (
            "exclude",
            b'{"plate": "Q1", "wells": "A1-A3", "reason": "bubbles", "who": "A. Berg", '
            b'"when": "2026-03-01", "labels": "hidden"}',
            "Q1 A1-A3: bubbles (A. Berg, groups hidden)",
        ),
        (
            "exclude",
            b'{"donor": "HC04", "analyte": "TNF", "reason": "clot", "when": "2026-02-28"}',
            "TNF of donor HC04: clot (2026-02-28)",
        ),
        ("keep", b'{"flag": "f/Q1/0", "reason": "seen"}', "f/Q1/0: seen"),
        ("withdraw", b'{"code": "withdrawn-1", "reason": "asked"}', "withdrawn-1: asked"),
        ("exclude", None, "decision: (erased)"),
    ],
)
def test_a_decision_says_in_one_line_what_why_and_by_whom(
    kind: str, decision: bytes | None, said: str
) -> None:
    row = Entry(1, kind, "2026-03-01T00:00:00+00:00", "1" * 64, {}, {"decision": decision})
    assert row_words(Line(entry=row)) == said


@pytest.mark.parametrize(
    ("who", "said"), [(b"B. Kim", "B. Kim"), (None, "who erased"), (b"", "")], ids=str
)
def test_a_lock_says_what_it_froze(who: bytes | None, said: str) -> None:
    row = Entry(1, "lock", "2026-03-01T00:00:00+00:00", "1" * 64, {}, {"who": who})
    by = f" ({said})" if said else ""
    assert row_words(Line(entry=row)) == f"questions, parameters and exclusions{by}"


def test_verdicts_of_a_question_that_turn_alike_are_counted_together() -> None:
    numbers = {"estimate": 1.0, "lower": 0.1, "upper": 1.9}
    was, now = (
        answers(*(answer(name, verdict, 6, **numbers) for name in ("TNF", "IL6")))
        for verdict in ("supported", "not resolved")
    )
    comparison = change(a_run(1, {**TEXTS, FINDINGS: was}), a_run(2, {**TEXTS, FINDINGS: now}))
    assert "q: 2 answers: supported → not resolved" in short_changes(comparison)


def test_a_record_without_a_run_claims_nothing_of_the_study() -> None:
    only = history([a_lock()])
    assert headline(only) == "No run is on record here."
    assert "states" not in evidence(only)


def test_the_page_is_a_function_of_the_rows_and_nothing_in_it_is_markup() -> None:
    hostile = STUDY.replace("title: a study", 'title: "<script>alert(1)</script>"')
    reason = Entry(2, "exclude", "2026-03-02T00:00:00+00:00", "2" * 64, {}, {"reason": b"<b>spilt"})
    gone = Entry(3, "exclude", "2026-03-03T00:00:00+00:00", "3" * 64, {}, {"reason": None})
    entries = [a_run(1, {**TEXTS, "study.yaml": hostile}), reason, gone]
    page = record_page(history(entries), version="1")
    assert page == record_page(history(entries), version="1")
    assert "<script" not in page and "<b>" not in page
    assert "reason: &lt;b&gt;spilt" in page and "reason: (erased)" in page
    assert page.count("3" * 64) == 2, "the head, and the title of the row's own"
    assert f'title="{"3" * 64}">{"3" * 12}</td>' in page
    assert page.index("3" * 64) < page.index('id="row-1"')
