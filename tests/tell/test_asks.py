"""Every kind of question that study.yaml knows is asked, worded, drawn and documented."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from exvivo.compare import ASKS as ANSWERED
from exvivo.study import Question
from exvivo.tell.article.asks import PLAIN_ASKS
from exvivo.tell.asks import ASKS, Ask
from exvivo.tell.language import language

DOCS = Path(__file__).parents[2] / "docs"
RECORDS = get_args(Question)


def kind_of(record: type) -> str:
    """What study.yaml writes under `ask` for a record of a question."""
    (kind,) = get_args(get_type_hints(record)["ask"])
    return str(kind)


def test_every_kind_has_a_record_an_answer_and_its_words() -> None:
    records = {kind_of(record): record for record in RECORDS}
    assert len(records) == len(RECORDS)
    assert {kind: ask.record for kind, ask in ASKS.items()} == records
    assert set(ANSWERED) == set(records)


@pytest.mark.parametrize("ask", ASKS.values(), ids=list(ASKS))
def test_every_kind_has_its_pages(ask: Ask[Question]) -> None:
    headings = re.findall(r"^## (\w+):", (DOCS / "questions.md").read_text("utf-8"), re.MULTILINE)
    assert headings.count(ask.kind) == 1
    page = (DOCS / "methods" / ask.page).read_text("utf-8")
    assert len(page) > 500
    assert f"({ask.page})" in (DOCS / "methods" / "README.md").read_text("utf-8")


def test_no_two_kinds_share_a_heading_or_limits() -> None:
    limits = [ask.limit(language("en")) for ask in PLAIN_ASKS.values()]
    for texts in ([ask.heading for ask in ASKS.values()], limits):
        assert len(set(texts)) == len(texts)
    assert all(limit.endswith(".") for limit in limits)
    assert set(PLAIN_ASKS) == set(ASKS)
