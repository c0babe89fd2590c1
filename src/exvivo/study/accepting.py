"""A flag more under `accept` of study.yaml, and nothing else of the text changed."""

from __future__ import annotations

from exvivo.study.splice import spliced, yaml_text

_KEY = "accept"


def with_accepted(raw: bytes, flag: str, reason: str) -> bytes:
    """The bytes of study.yaml with a flag accepted for a reason.

    Raises `StudyError`, with the line to write, where more than that would change.
    """
    return spliced(raw, (_KEY, flag), yaml_text({"flag": flag, "reason": reason}))
