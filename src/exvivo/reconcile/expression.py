"""What of tables of gene expression was not read, told before anything is answered from them."""

from __future__ import annotations

from collections.abc import Iterator

from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held

_AS_IT_IS = "nothing, if that is as it should be"


def expression_not_read(held: Held) -> Iterator[Flag]:
    """Rows and columns of tables of expression that were not read: something to look at where genes
    are lost, else good to know.
    """
    questions: dict[tuple[str, ...], dict[str, None]] = {}
    for question, *part in held.unread:
        questions.setdefault((*part,), {})[question] = None
    for (file, what, why, cure), asked in questions.items():
        yield Flag(
            table="profiles",
            row=file,
            severity="look" if cure else "note",
            what=f"not read: {what}",
            why=why,
            cure=cure or _AS_IT_IS,
            evidence=(file, what),
            scope=Scope(questions=(*asked,)) if cure else None,
        )
