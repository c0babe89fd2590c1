"""A checked text as one page that stands alone: the text's sentence on one side, the study's own
on the other.
"""

from __future__ import annotations

from typing import Any

from exvivo.tell.claims.shown import ShownText
from exvivo.tell.claims.words import FIRM, JUDGEMENTS, UNSEEN
from exvivo.tell.page import rendered
from exvivo.tell.terminal import MARKS, verdict_words

PAGE_MARK = '<meta name="exvivo" content="checked text">'
"""What a page begins with that was made here; only such a page may be written over."""


_WORDS: dict[str, Any] = {
    "judgements": JUDGEMENTS,
    "marks": MARKS,
    "verdict": verdict_words,
    "unseen": UNSEEN,
    "firm": FIRM,
}
"""What the templates say of every text."""


def claims_page(text: ShownText, *, run: str, version: str) -> str:
    """The page: a function of the checked text, of the time of the run and of the version."""
    return rendered("claims.html", text=text, run=run, version=version, **_WORDS)


def claims_found(text: ShownText) -> str:
    """What was found, as the part of a page that another page holds."""
    return rendered("claims_found.html", text=text, **_WORDS)
