"""Mistakes in the worked examples of a scoring key: too few, of another form, or not readable.

Whether an example comes out is for the rules of scores (`quantify/scores/examples.py`).
"""

from __future__ import annotations

import math

from exvivo.study.coded import as_published, coding_named
from exvivo.study.entry import Entry, Mistakes
from exvivo.study.scoring import Example, Item, ScoringKey
from exvivo.study.scoring_examples import answer_number, answer_words, table_lines
from exvivo.words import counted, shortened

FEWEST = 3
"""Worked examples of a key that makes a score of items."""
_NOT_MADE = ("given", "table")
_CURE = "correct the example; `-` stands for no answer, `9 x 3` for nine times a 3"


def example_mistakes(key: ScoringKey, entry: Entry) -> Mistakes:
    """What is wrong with the examples of a key, as far as the key itself tells."""
    made = [score.id for score in key.scores if score.rule not in _NOT_MADE]
    if made and len(key.examples) < FEWEST:
        finding = counted(len(key.examples), "worked example")
        expected = f"{FEWEST} or more, worked out elsewhere: they are the test of the key"
        cure = "score three forms by hand, one with a gap, and add their answers and scores"
        yield entry.mistake(finding, expected, cure, field="examples")
    shown = {name for example in key.examples for name in example.scores}
    if key.examples and (lacking := [name for name in made if name not in shown]):
        finding = f"no example of {shortened(lacking)}"
        cure = "add the score to an example"
        yield entry.mistake(finding, "each score in one at least", cure, field="examples")
    for i, example in enumerate(key.examples):
        yield from _form_mistakes(example, key, entry.at("examples", i))


def _form_mistakes(example: Example, key: ScoringKey, entry: Entry) -> Mistakes:
    """An example whose form is not that of the key."""
    codings = [coding.id for coding in key.codings]
    coding = [example.coding] if example.coding else []
    yield from entry.undeclared("coding", coding, codings, "coding")
    yield from entry.undeclared("scores", example.scores, [s.id for s in key.scores], "score")
    words, items = answer_words(example.answers), key.every_item
    if len(words) != len(items):
        finding = f"{counted(len(words), 'answer')} of {counted(len(items), 'item')}"
        yield entry.mistake(finding, "one an item", _CURE, field="answers")
    elif set(coding) <= set(codings):
        wrong = [
            f"{word} for item {item.id}"
            for word, item in zip(words, items, strict=True)
            if not _is_answer(word, item, key, example)
        ]
        if wrong:
            yield entry.mistake(
                shortened(wrong), "answers that the items may have", _CURE, field="answers"
            )
    yield from _number_mistakes(example, entry)


def _is_answer(word: str, item: Item, key: ScoringKey, example: Example) -> bool:
    """Whether an item may have an answer, in the coding of the example."""
    import numpy as np

    try:
        answer = answer_number(word)
    except ValueError:
        return False
    own = float(as_published(np.array([answer]), item, coding_named(key, example.coding))[0])
    if math.isnan(own):
        return True
    return item.lowest <= own <= item.highest and (item.kind != "choice" or own == round(own))


def _number_mistakes(example: Example, entry: Entry) -> Mistakes:
    """Scores and lines of a table that are no numbers."""
    wrong = [f"{name}: {text}" for name, text in example.scores.items() if not _is_number(text)]
    if wrong:
        cure = "write the number with a decimal point, or `-` for none"
        yield entry.mistake(shortened(wrong), "scores as numbers", cure, field="scores")
    try:
        table_lines(example)
    except ValueError:
        lines = [f"{raw}: {text}" for raw, text in example.table.items()]
        finding = f"the table {shortened(lines)}"
        cure = 'write {20: "67.6 5.3"}: the raw sum, the score and its standard error'
        yield entry.mistake(finding, "a score, and its standard error", cure, field="table")


def _is_number(text: str) -> bool:
    try:
        answer_number(text)
    except ValueError:
        return False
    return True
