"""The tables of what people answered: single answers, and the scores made of them."""

from __future__ import annotations

import polars as pl

from exvivo.table import PROVENANCE, Table, column_of, number_of

ANSWER_STATES = ("given", "missing", "not applicable")
"""How an answer is known. `not applicable`: the form did not ask this person (branching logic)."""
SCORE_STATES = ("given", "scored", "missing", "not applicable")
"""`given` is a ready total, `scored` one made of items; `missing` has no number, but may have
bounds: the totals that its missing answers allow.
"""

ANSWERS = Table(
    "answers",
    "one item, or one ready total, of one donor at one visit",
    (
        *PROVENANCE,
        column_of("place", "where it stands: the file, its line, and the column or cell"),
        column_of("column", "the column or REDCap field it stands in"),
        column_of("donor", "the donor"),
        column_of("visit", "which visit"),
        column_of("group", "the donor's group"),
        column_of(
            "questionnaire",
            "the questionnaire of study.yaml; empty for a plain scale",
            optional=True,
        ),
        column_of("item", "the item of its scoring key; empty for a ready total", optional=True),
        column_of("scale", "the scale of a ready total; empty for an item", optional=True),
        number_of("answer", "the answer as it was written down; empty where none was given"),
        column_of("state", "how it is known", allowed=ANSWER_STATES),
        column_of("code", "the missing-data code that stands in its place", optional=True),
    ),
)

CLINIC = Table(
    "clinic",
    "one scale of one donor at one visit",
    (
        *PROVENANCE,
        column_of("donor", "the donor"),
        column_of("visit", "which visit"),
        column_of("group", "the donor's group"),
        column_of("scale", "the scale of study.yaml"),
        number_of("score", "the score; empty when not given"),
        number_of("lowest", "the lowest score that its missing answers allow; empty without any"),
        number_of("highest", "the highest score that its missing answers allow"),
        number_of("standard_error", "the standard error of the score, where its table has one"),
        column_of(
            "missing_items",
            "how many items were not answered; empty where the items are not known",
            dtype=pl.Int64,
            optional=True,
        ),
        column_of("state", "how it is known", allowed=SCORE_STATES),
        column_of("profile", "the answers as a profile (EQ-5D: 21342)", optional=True),
        column_of("higher_is", "what a higher score means", allowed=("worse", "better")),
    ),
)
