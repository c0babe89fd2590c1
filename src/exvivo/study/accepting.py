"""A flag more under `accept` of study.yaml, and nothing else of the text changed: no comment, no
order, no way of writing.
"""

from __future__ import annotations

from exvivo.errors import Mistake, StudyError
from exvivo.study.files import STUDY_FILE
from exvivo.study.splice import spliced
from exvivo.study.yaml_text import quoted, scalar

_KEY = "accept"


def with_accepted(raw: bytes, flag: str, reason: str) -> bytes:
    """The bytes of study.yaml with a flag accepted for a reason.

    Raises `StudyError`, with the lines to paste, where more than that would change.
    """
    entry = f"{{flag: {scalar(flag)}, reason: {quoted(reason)}}}"
    try:
        return spliced(raw, [((_KEY, flag), entry)])
    except StudyError:
        raise StudyError(
            Mistake(
                STUDY_FILE,
                "a text in which the place of `accept` cannot be told",
                "a list `accept` of its own",
                f"write this under `accept:` by hand: - {entry}",
            )
        ) from None
