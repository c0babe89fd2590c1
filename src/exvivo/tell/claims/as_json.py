"""A checked text for programs: every sentence with its place, judgement, spins and answers."""

from __future__ import annotations

from typing import Any

from exvivo.tell.claims.shown import ShownSentence, ShownSpin, ShownText
from exvivo.tell.tables import Shown


def claims_json(text: ShownText) -> dict[str, Any]:
    """The content of the JSON: characters count from 0, lines from 1; `start` and `end` are those
    of the text, `words` those of the sentence.
    """
    judgements = [each.judgement for each in text.sentences]
    return {
        "text": text.name,
        "study": text.title,
        "simulated": text.simulated,
        "counts": {each: judgements.count(each) for each in dict.fromkeys(judgements)},
        "stronger": judgements.count("stronger"),
        "sentences": [_sentence(each) for each in text.sentences],
        "answers": text.answers,
        "unmentioned": [_answer(each) for each in text.unmentioned],
    }


def _sentence(shown: ShownSentence) -> dict[str, Any]:
    place = shown.sentence.place
    return {
        "line": place.line,
        "start": place.start,
        "end": place.end,
        "text": shown.sentence.text,
        "judgement": shown.judgement,
        "spins": [_spin(each) for each in shown.spins],
        "answers": [_answer(each) for each in shown.answers],
    }


def _spin(shown: ShownSpin) -> dict[str, Any]:
    first = shown.spins[0]
    return {
        "kind": shown.kind,
        "rules": list(shown.rules),
        "words": [list(place) for place in shown.places],
        "noticed": shown.noticed,
        "says": shown.says,
        "stated": first.stated,
        "expected": list(first.expected),
        "against": [_answer(each) for each in shown.against],
    }


def _answer(shown: Shown) -> dict[str, Any]:
    finding = shown.finding
    subject = ("question", "ask", "analyte", "assay", "cell_type", "stimulus", "scale")
    return {
        **{name: getattr(finding, name) for name in subject},
        "verdict": finding.verdict,
        "sentence": shown.sentence,
    }
