"""What a lock freezes: each part that changed since is named, and nothing else is."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from exvivo.history import frozen, lock_states, locked
from exvivo.history.study_texts import reread
from exvivo.past import RULES, Entry, Locked
from exvivo.store import parameters_of
from exvivo.study import Study
from exvivo.tell.locked import lock_summary

STUDY = """\
exvivo: 1
title: a study
groups: [{id: FM, name: patients, n: 14}, {id: HC, name: controls, n: 10}]
cell_types: [{id: iMG, name: microglia-like cells}]
stimuli: [{id: none, name: nothing, control: true}, {id: ATP, name: ATP, dose: 1 mM}]
analytes: [{id: TNF}, {id: IL6}]
assays: [{id: protein, kind: results}]
plates: [{id: P1, assay: protein, layout: plates/P1.csv, file: raw/P1.csv}]
scales: [{id: VAS, name: pain, lowest: 0, highest: 100, higher_is: worse}]
questionnaires: [{id: OWN, file: own.yaml, table: own.csv, items: ["o{1-2}"]}]
missing: [UNK]
questions:
  - {id: q, ask: difference, groups: [FM, HC], assays: [protein], analytes: [TNF], stimulus: ATP,
     margin: 0.7}
  - {id: a, ask: association, within: FM, assays: [protein], analytes: [TNF], stimulus: ATP,
     scales: [VAS]}
plan: {wells: 3, cultures: 1, stopping: when 14 and 10 are measured}
assumptions:
  effects: [{stimulus: ATP, fold: 3}, {stimulus: ATP, group: FM, analytes: [TNF], fold: 1.2}]
  spreads: [{response: 0.65}]
"""
LAYOUT = """\
well,role,donor,stimulus,nominal,exclude,file
A1,sample,P01,none,,,x
A2,sample,P01,ATP,,,x
B1,standard,,,100,,x
"""
KEY = """\
id: OWN
name: our own scale
licence: ours
sources: [none]
items: [{ids: ["1", "2"], lowest: 0, highest: 3}]
scores:
  - {id: RAW, name: raw sum, rule: sum, items: ["1", "2"], lowest: 0, highest: 6, higher_is: worse}
  - {id: T, name: T score, rule: table, of: [RAW], lowest: 0, highest: 100, higher_is: worse}
examples:
  - {answers: ["0", "0"], scores: {RAW: "0", T: "40"}, table: {0: "40"}, source: by hand}
  - {answers: ["1", "2"], scores: {RAW: "3", T: "50"}, table: {3: "50"}, source: by hand}
  - {answers: ["3", "3"], scores: {RAW: "6", T: "60"}, table: {6: "60"}, source: by hand}
"""
TABLE = "raw,score\n" + "".join(f"{raw},{40 + 3 * raw}\n" for raw in range(7))
FILES = {"study.yaml": STUDY, "plates/P1.csv": LAYOUT, "own.yaml": KEY, "own.csv": TABLE}


def study_of(files: Mapping[str, str]) -> Study:
    study = reread({name: text.encode() for name, text in files.items()}).study
    assert study is not None
    return study


def a_lock(kept: bool = True) -> Entry:
    study = study_of(FILES)
    assert study.scoring_keys and study.score_tables and study.layout.height == 3
    now = frozen(study, parameters_of(study), {}, "1")
    states = lock_states(now, instrument_files=0, other_files=0, runs=0, looks=())
    texts = {name: text.encode() if kept else None for name, text in FILES.items()}
    return Entry(1, "lock", "2026-03-01T00:00:00+00:00", "1" * 64, states, texts)


@pytest.fixture(scope="module")
def lock() -> Entry:
    return a_lock()


def held(entry: Entry, files: Mapping[str, str]) -> Locked:
    study = study_of(files)
    (held_now,) = locked([entry], frozen(study, parameters_of(study), {}, "1"))
    return held_now


def edited(file: str, before: str, after: str) -> dict[str, str]:
    assert before in FILES[file]
    return {**FILES, file: FILES[file].replace(before, after, 1)}


CHANGES = [
    ("study.yaml", "margin: 0.7", "margin: 0.8", "q", "`q`: changed since: margin 0.7 → 0.8."),
    ("study.yaml", "name: patients", "name: women", "named", "groups.FM.name: patients → women."),
    ("study.yaml", "dose: 1 mM", "dose: 2 mM", "named", "stimuli.ATP.dose: 1 mM → 2 mM."),
    ("study.yaml", "higher_is: worse", "higher_is: better", "scoring", "VAS.higher_is: worse →"),
    ("study.yaml", "o{1-2}", "p{1-2}", "scoring", "questionnaires.OWN.items: o{1-2} → p{1-2}."),
    ("study.yaml", "[UNK]", "[NA]", "scoring", "missing.words: UNK → NA."),
    ("own.yaml", "licence: ours", "licence: free", "scoring", "scoring key.OWN.rules: "),
    ("own.csv", "6,58", "6,59", "scoring", "table.OWN.lines: "),
    ("study.yaml", "n: 14", "n: 20", "size", "The planned sample size changed since: groups.FM.n"),
    ("study.yaml", "wells: 3", "wells: 6", "size", "plan.wells: 3 → 6."),
    ("study.yaml", "cultures: 1", "cultures: 2", "size", "plan.cultures: 1 → 2."),
    ("study.yaml", "when 14", "when 15", "size", "plan.stopping: when 14 and 10 are measured → "),
    ("study.yaml", "fold: 1.2", "fold: 2", "assumptions", "effects.2.fold: 1.2 → 2."),
    ("study.yaml", "0.65", "0.7", "assumptions", "spreads.1.response: 0.65 → 0.7."),
    ("study.yaml", "spreads:", "dropouts: 0.1\n  spreads:", "assumptions", "dropouts: 0 → 0.1."),
    ("study.yaml", "id: P1,", "id: P1, samples: '{donor}',", "layout", "plate P1: a samples added"),
    ("plates/P1.csv", "A1,sample,P01", "A1,sample,P02", "layout", "plate P1: 1 well (A1: sample"),
    ("plates/P1.csv", ",,,100", ",,,200", "layout", "B1: standard 100 → standard 200"),
    ("plates/P1.csv", "B1,standard,,,100,,x\n", "", "layout", "B1: standard 100 → nothing"),
    ("study.yaml", "wells: 3", "alpha: 0.1, wells: 3", "parameters", "plan.alpha 0.05 → 0.1."),
]


@pytest.mark.parametrize(("file", "before", "after", "what", "words"), CHANGES)
def test_what_changed_is_named(
    lock: Entry, file: str, before: str, after: str, what: str, words: str
) -> None:
    now = held(lock, edited(file, before, after))
    assert now.changed == (what,) and not now.intact
    assert words in lock_summary(now)


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("study.yaml", "title: a study", "title: the study"),
        ("study.yaml", "questions:", "# One line more.\nquestions:"),
        ("study.yaml", "file: raw/P1.csv", "file: raw/P2.csv"),
        ("study.yaml", "analytes: [TNF], stimulus", "analytes: [ TNF ], stimulus"),
        ("plates/P1.csv", "none,,,x", "none,,,another"),
        ("plates/P1.csv", "none,,,x", "none,,spilt,x"),
        ("plates/P1.csv", "A1,", "# One line more.\nA1,"),
        ("own.csv", "raw,", "# One line more.\nraw,"),
    ],
)
def test_what_is_no_part_of_a_lock_changes_nothing(
    lock: Entry, file: str, before: str, after: str
) -> None:
    now = held(lock, edited(file, before, after))
    assert now.intact and lock_summary(now).endswith("Nothing changed since.")


def test_a_part_is_known_by_its_hash_where_the_texts_are_erased() -> None:
    now = held(a_lock(kept=False), edited("plates/P1.csv", "A1,sample,P01", "A1,sample,P02"))
    assert now.changed == ("layout",)
    assert "The layout changed since; what it was is no longer kept." in lock_summary(now)
    assert held(a_lock(kept=False), FILES).intact


@pytest.mark.parametrize(("file", "part"), [("plates/P1.csv", "layout"), ("own.csv", "scoring")])
def test_of_a_text_that_is_erased_nothing_is_made_up(lock: Entry, file: str, part: str) -> None:
    texts = {**lock.texts, file: None}
    old = Entry(lock.number, "lock", lock.recorded, lock.hash, lock.facts, texts)
    assert held(old, FILES).intact and not held(old, FILES).changes
    changed = edited("plates/P1.csv", "A1,sample,P01", "A1,sample,withdrawn-1")
    changed["own.csv"] = changed["own.csv"].replace("6,58", "6,59")
    now = held(old, changed)
    assert {"layout", "scoring"} <= {*now.changed}
    assert not [each for each in now.changes if each.what == part]
    assert "changed since; what it was is no longer kept." in lock_summary(now)


def test_a_layout_that_came_after_the_lock_is_named(lock: Entry) -> None:
    without = {name: text for name, text in FILES.items() if name != "plates/P1.csv"}
    now = held(lock, without)
    assert "plate P1: 3 wells (A1: sample P01 none → nothing;" in lock_summary(now)


def test_a_plate_that_came_or_went_is_named(lock: Entry) -> None:
    second = edited("study.yaml", "plates: [", "plates: [{id: P2, assay: protein, layout: b.csv}, ")
    assert "plate P2: added" in lock_summary(held(lock, second))
    none = edited("study.yaml", "plates: [{id: P1", "plates: [{id: P9")
    assert "plate P9: added; plate P1: removed" in lock_summary(held(lock, none)).replace(
        "plate P1: removed; plate P9: added", "plate P9: added; plate P1: removed"
    )


def test_a_question_that_came_later_breaks_the_lock(lock: Entry) -> None:
    later = edited("study.yaml", "  - {id: a,", "  - {id: b,")
    now = held(lock, later)
    assert (now.gone, now.later, now.intact) == (("a",), ("b",), False)


def test_a_lock_of_an_earlier_version_froze_less_and_says_no_more(lock: Entry) -> None:
    new = {"records", "size", *(f"{rule}_hash" for rule in RULES[2:])}
    facts = {key: value for key, value in lock.facts.items() if key not in new}
    texts = {"study.yaml": STUDY.encode()}
    old = Entry(1, "lock", lock.recorded, lock.hash, facts, texts)
    assert held(old, FILES).rules == RULES[:2]
    assert held(old, FILES).intact and not held(old, FILES).changes
    moved = held(old, edited("plates/P1.csv", "A1,sample,P01", "A1,sample,P02"))
    assert not moved.changes
    scale = held(old, edited("study.yaml", "higher_is: worse", "higher_is: better"))
    assert "scales.VAS.higher_is: worse → better" in lock_summary(scale)


def test_every_byte_of_a_question_counts(lock: Entry) -> None:
    """Another letter anywhere in a question is named, or makes no other question of it."""
    begin, end = STUDY.index("  - {id: q"), STUDY.index("  - {id: a")
    places = [each.start() for each in re.finditer(r"[a-zA-Z0-9]", STUDY[begin:end])]
    questions = study_of(FILES).questions
    named = 0
    for place in (begin + each for each in places[:: len(places) // 8]):
        other = "9" if STUDY[place].isdigit() else "x"
        study = reread({**lock.texts, "study.yaml": _with(place, other).encode()}).study
        if study is None or study.questions == questions:
            continue
        (now,) = locked([lock], frozen(study, parameters_of(study), {}, "1"))
        named += 1
        assert not now.intact and "`q`" in lock_summary(now)
    assert named


def _with(place: int, letter: str) -> str:
    return f"{STUDY[:place]}{letter}{STUDY[place + 1 :]}"
