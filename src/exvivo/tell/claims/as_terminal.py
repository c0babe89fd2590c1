"""A checked text on a terminal: what is stronger in full, what was not judged, what is borne out
by which answer, and what a person must still read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from exvivo.claim_records import Judgement
from exvivo.tell.claims.shown import ShownSentence, ShownText
from exvivo.tell.claims.words import FIRM, JUDGEMENTS
from exvivo.tell.tables import Shown
from exvivo.tell.terminal import MARKS, verdict_words
from exvivo.visible import one_line
from exvivo.words import counted

if TYPE_CHECKING:
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

_COLOURS: dict[Judgement, str] = {
    "stronger": "bold red",
    "not_judged": "yellow",
    "borne_out": "green",
    "nothing": "dim",
}
_MOST_ANSWERS = 3
"""Answers that are printed beside a sentence; the page has all of them."""


def claims_terminal(text: ShownText) -> Group:
    """What was found, for `rich.console.Console.print`."""
    from rich.console import Group
    from rich.text import Text

    head = Text(one_line(f"{text.name}, held against: {text.title}"), style="bold")
    parts: list[Text | Padding] = [head]
    if text.simulated:
        parts.append(Text("The study is simulated.", style="italic"))
    for judgement in ("stronger", "not_judged", "borne_out"):
        for sentence in text.of(judgement):
            parts += _sentence(sentence)
    return Group(*parts, Text(), Text(text.tally), Text(text.spoken_of), Text(FIRM))


def _sentence(shown: ShownSentence) -> Iterator[Text | Padding]:
    """A sentence with what was noticed, and the answers beside it."""
    from rich.padding import Padding
    from rich.text import Text

    words, colour = JUDGEMENTS[shown.judgement], _COLOURS[shown.judgement]
    yield Text()
    yield Text.assemble(
        (f"{words.sign} {words.name}", colour), f"  line {shown.line}: ", *_marked(shown)
    )
    for spin in shown.spins:
        line = Text.assemble((spin.name, "bold"), one_line(f": “{spin.noticed}”. {spin.says}"))
        yield Padding(line, (0, 0, 0, 4))
    for answer in shown.answers[:_MOST_ANSWERS]:
        yield Padding(Text(_answer(answer)), (0, 0, 0, 4))
    if (more := len(shown.answers) - _MOST_ANSWERS) > 0:
        yield Padding(Text(f"and {counted(more, 'more answer')}"), (0, 0, 0, 4))


def _marked(shown: ShownSentence) -> Iterator[tuple[str, str]]:
    """The pieces of a sentence; noticed ones stand out without colour too."""
    for piece, is_noticed in shown.pieces:
        yield one_line(piece), "bold underline" if is_noticed else ""


def _answer(shown: Shown) -> str:
    """An answer in its own words."""
    verdict = shown.finding.verdict
    mark = f"{MARKS[verdict]} {verdict_words(shown.finding)}: " if verdict else ""
    return one_line(f"the study: {mark}{shown.sentence}")
