"""Whether the worked examples of a scoring key come out."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from exvivo.quantify.scores.forms import Scored, score_forms
from exvivo.study.entry import Entry, Mistakes
from exvivo.study.score_tables import ScoreTable
from exvivo.study.scoring import Example, ScoringKey
from exvivo.study.scoring_examples import answer_number, answer_words, table_lines
from exvivo.words import shortened

_EXACT = 1e-9
"""Whole numbers must come out as they are; relative for large ones."""
_NONE = "-"


def examples_that_differ(key: ScoringKey, entry: Entry) -> Mistakes:
    """A mistake for every worked example with other scores than the key gives. The key is sound:
    `study.scoring_checks` found nothing.
    """
    for i, example in enumerate(key.examples):
        wrong = list(_differences(example, key))
        if wrong:
            yield entry.at("examples", i).mistake(
                f"an example with {shortened([stated for stated, _ in wrong])}",
                f"{shortened([made for _, made in wrong])}, as the key makes of these answers",
                "correct the answers or the scores of the example, or the rule of the score",
                field="scores",
            )


def _differences(example: Example, key: ScoringKey) -> Iterator[tuple[str, str]]:
    """Each score of an example that is another one, as stated and as made."""
    made = scored_example(example, key)
    for column, score in enumerate(key.scores):
        stated = example.scores.get(score.id)
        if stated is None or score.rule == "given":
            continue
        if score.id in made.profiles:
            own, is_same = made.profiles[score.id][0], stated == made.profiles[score.id][0]
        else:
            number = float(made.scores[0, column])
            own, is_same = _plain(number), _is_number(stated, number)
        if not is_same:
            yield f"{score.id} {stated}", f"{score.id} {own}"


def scored_example(example: Example, key: ScoringKey) -> Scored:
    """The scores of one example as the key makes them."""
    answers = [answer_number(word) for word in answer_words(example.answers)]
    profiles = any(score.rule == "profile" for score in key.scores)
    lines = table_lines(example)
    table = ScoreTable.of_lines(lines, profiles=profiles) if lines else None
    return score_forms(key, np.array([answers]), coding=example.coding, table=table)


def _plain(number: float) -> str:
    return _NONE if math.isnan(number) else f"{number:.10g}"


def _is_number(stated: str, own: float) -> bool:
    """Whether a score is the stated one, to as many decimals as are stated."""
    number = answer_number(stated)
    if math.isnan(number) or math.isnan(own):
        return math.isnan(number) and math.isnan(own)
    decimals = len(stated.partition(".")[2])
    room = 0.5 * 10.0**-decimals if decimals else _EXACT
    return abs(number - own) <= room + _EXACT * abs(own)
