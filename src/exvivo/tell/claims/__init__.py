"""A checked text for people: what each sentence says more than its answer bears, and beside it the
sentence of the answer itself. Nothing here writes what an author should have written.

In: a `CheckedText` and the findings of a run with their words. Out: records with words, a page, a
terminal's layout, and JSON.
"""

from exvivo.tell.claims.as_json import claims_json
from exvivo.tell.claims.as_page import PAGE_MARK, claims_found, claims_page
from exvivo.tell.claims.as_terminal import claims_terminal
from exvivo.tell.claims.shown import ShownText, shown_text

__all__ = [
    "PAGE_MARK",
    "ShownText",
    "claims_found",
    "claims_json",
    "claims_page",
    "claims_terminal",
    "shown_text",
]
