"""What a draft leaves open, as study.yaml has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from exvivo.study.say import say

OpenKey = Literal[
    "",
    "title",
    "cells",
    "groups",
    "donors",
    "control",
    "names",
    "references",
    "layout",
    "amounts",
    "units",
    "standards",
    "dilutions",
    "beads",
    "analyte",
    "scales",
    "redcap",
]
"""The kinds of questions of a draft; empty for any other."""


@dataclass(frozen=True, kw_only=True)
class OpenQuestion:
    """Something a draft could not know: `check` and `run` repeat it until it is answered."""

    ask: str = say("what no file could tell, or what was proposed and nobody has confirmed")
    where: str = say("where its answer is written", default="")
    key: OpenKey = say("the kind of the question, by which a form for it is chosen", default="")
    about: tuple[str, ...] = say(
        "the ids of what it is about: stimuli, assays or plates; channels of an instrument",
        default=(),
    )
