"""Flags stand at the answers they touch, equal ones as one, and only those that ask for an act need
eyes.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
from compare_tables import MORE, study
from test_sentences import finding

from exvivo.findings import Caveat, Finding, rows_of
from exvivo.flagged import Flag, Scope
from exvivo.tables import FINDINGS, FLAGS
from exvivo.tell import Provenance, Tables, report, worded
from exvivo.tell.eyes import eyes
from exvivo.tell.page import prose
from exvivo.tell.ways import Way
from exvivo.units import LOG2_FOLD

ANSWER = finding(MORE, "supported", (1.2, 0.3, 2.1), LOG2_FOLD)
WAY = Way("answer-1-1", "TNF")


def flag(place: str, **changes: Any) -> Flag:
    given: dict[str, Any] = {
        "table": "wells",
        "row": f"plate {place}",
        "severity": "look",
        "what": "wells that are `empty` have a signal",
        "why": "donors may be missing",
        "cure": "say whose they are",
        "code": "empty_with_signal",
        "place": place,
        "evidence": (place,),
        "scope": Scope(),
    }
    return Flag(**(given | changes))


def touched(*flags: Flag, **changes: Any) -> Finding:
    return replace(ANSWER, flags=tuple(flag.name for flag in flags), **changes)


def test_equal_flags_are_one_with_all_their_places() -> None:
    plates = [flag(f"P{number}") for number in range(1, 6)]
    (entry,) = eyes(plates, [(touched(plates[0]), WAY)]).urgent
    assert entry.heading == "5 times: wells that are `empty` have a signal"
    assert entry.lines == ("plate P1; plate P2; plate P3; plate P4; plate P5",)
    assert entry.names == tuple(flag.name for flag in plates)
    assert entry.touches == (WAY,)
    (own,) = eyes(plates, []).at(touched(plates[1], plates[2])).urgent
    assert (own.places, own.names) == ("plate P2; plate P3", (plates[1].name, plates[2].name))
    other = flag("P6", cure="ask the reader")
    assert len(eyes([*plates, other], []).urgent) == 2


def test_the_gravest_comes_first_and_notes_ask_for_nothing() -> None:
    look, note = flag("P1"), flag("P2", severity="note")
    stop = flag("P3", severity="stop")
    settled = flag("P4", severity="stop", accepted="checked by hand")
    made = eyes([note, look, settled, stop], [])
    assert [entry.word for entry in made.urgent] == ["stop 1", "look 2"]
    assert [entry.word for entry in made.accepted] == ["accepted 3"]
    assert [entry.anchor for entry in made.notes] == ["note-1"]
    assert [entry.acceptable for entry in (*made.urgent, *made.accepted, *made.notes)] == [
        True,
        True,
        False,
        False,
    ]


def test_an_answer_has_its_own_flags_and_no_others() -> None:
    first, second, note = flag("P1"), flag("P2", why="other"), flag("P3", severity="note")
    made = eyes([first, second, note], [])
    at = made.at(touched(second, note))
    assert [entry.why for entry in at.urgent] == ["other"]
    assert at.notes == 1
    assert made.at(ANSWER).urgent == ()


def page(*flags: Flag, answer: Finding) -> str:
    of = study(MORE, donors=pl.DataFrame({"donor": ["a", "b"], "group": ["FM", "HC"]}))
    tables = Tables.of(
        {
            "findings": worded(FINDINGS.frame(rows_of([answer])), of),
            "flags": FLAGS.frame([flag.row_of_table() for flag in flags]),
        }
    )
    where = Provenance(version="0", study_hash="ab" * 32)
    with tempfile.TemporaryDirectory() as folder:
        path = report(of, tables=tables, provenance=where, folder=Path(folder))
        return path.read_text("utf-8")


def between(text: str, first: str, last: str) -> str:
    return text[text.index(f'id="{first}"') : text.index(f'id="{last}"')]


def test_a_flag_stands_in_the_overview_at_the_answer_and_in_the_list() -> None:
    look, note = flag("P1"), flag("P2", severity="note", what="two `kits`")
    text = page(look, note, answer=touched(look, note))
    glance = between(text, "overview", "answers")
    assert glance.count('href="#flag-1"') == 2
    assert "wells that are <code>empty</code> have a signal" in glance
    at = between(text, "answer-1-1", "eyes")
    assert "Wells that are <code>empty</code> have a signal (plate P1)" in at
    assert "What to do: say whose they are." in at
    assert '<a href="#notes">1 note</a>' in at
    assert "kits" not in at
    listed = between(text, "eyes", "methods")
    assert '<li class="look" id="flag-1">' in listed
    assert 'Touches <a href="#answer-1-1">' in listed
    assert f"<code>{look.name}</code>" in listed
    assert listed.index("<details") < listed.index("kits")
    assert "1 note that asks for no act" in listed


def test_a_flag_that_touches_no_answer_is_listed_only() -> None:
    text = page(flag("P1", scope=None), answer=ANSWER)
    assert '<li class="look" id="flag-1">' in text
    assert "What to do" not in between(text, "answers", "eyes")


def test_what_was_accepted_stands_at_the_answer_with_its_reason() -> None:
    settled = flag("P1", severity="stop", accepted="the `ward` used cm")
    text = page(settled, answer=touched(settled))
    at = between(text, "answer-1-1", "eyes")
    assert "Accepted: the <code>ward</code> used cm." in at
    assert "What to do" not in at
    assert "No flag asks for an act." in text


def test_a_withheld_answer_says_what_contradicts_and_how_to_settle_it() -> None:
    stop = flag("P1", severity="stop")
    reason = Caveat("contradiction", {"flags": (stop.name,)})
    empty = finding(MORE, "not estimable", (None, None, None), LOG2_FOLD)
    text = page(stop, answer=replace(empty, reason=reason, flags=(stop.name,)))
    at = between(text, "answer-1-1", "eyes")
    assert "Wells that are <code>empty</code> have a signal (plate P1)" in at
    assert "What to do: say whose they are." in at
    assert f"<code>accept: [{{flag: {stop.name}, reason: ...}}]</code>" in at


def test_code_is_marked_and_nothing_else_becomes_markup() -> None:
    assert prose("<b>`a<b`</b>") == "&lt;b&gt;<code>a&lt;b</code>&lt;/b&gt;"
    assert prose("a ` alone") == "a ` alone"
