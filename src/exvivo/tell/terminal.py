"""Findings on a terminal: each question with its answers and what warns of them, and how much needs
a person's eyes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

from exvivo.findings import Finding, Verdict
from exvivo.flagged import Flag, flags_of
from exvivo.study import Question, Study
from exvivo.tell import words
from exvivo.tell.asks import ASKS
from exvivo.tell.put_back import PutBack, PutBacks
from exvivo.tell.simulated import truth_words
from exvivo.tell.tables import Shown, answers_of, shown_of
from exvivo.tell.who import Roll
from exvivo.visible import one_line
from exvivo.words import shortened

if TYPE_CHECKING:
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

MARKS: dict[Verdict, str] = {
    "supported": "●",
    "equivalent": "≈",
    "not resolved": "○",
    "not estimable": "–",
}
"""A sign for each verdict, so that colour never stands alone."""
_MOST_FLAGS = 5
_COLOURS: dict[Verdict, str] = {
    "supported": "bold green",
    "equivalent": "cyan",
    "not resolved": "yellow",
    "not estimable": "dim",
}


def terminal(
    study: Study,
    *,
    findings: pl.DataFrame,
    flags: pl.DataFrame,
    roll: Roll | None = None,
    backs: PutBacks | None = None,
) -> Group:
    """What a run found, for `rich.console.Console.print`; `findings` is a table WORDED. `roll`
    says who is left out of the answers, `backs` what they are with what people left out.
    """
    from rich.console import Group
    from rich.text import Text

    shown, raised = shown_of(findings), {flag.name: flag for flag in flags_of(flags)}
    parts: list[Text | Padding] = [Text(one_line(study.title), style="bold")]
    if study.simulated:
        simulated = "These data are simulated: nothing here is about real people."
        parts.append(Text(" ".join([simulated, truth_words(study)]).strip(), style="italic"))
    for question in study.questions:
        parts += _question(question, shown, study, raised, (roll, backs))
    answers = answers_of(shown)
    tally = [Text(tally_words(answers))] if answers else []
    return Group(*parts, Text(), *tally, Text(eyes_words(flags, answers)))


def _question(
    question: Question,
    shown: tuple[Shown, ...],
    study: Study,
    flags: Mapping[str, Flag],
    beside: tuple[Roll | None, PutBacks | None],
) -> Iterator[Text | Padding]:
    """A question and its answers, each with what is known `beside` it."""
    from rich.padding import Padding
    from rich.text import Text

    roll, backs = beside
    yield Text()
    yield Text(one_line(ASKS[question.ask].words(question, study)), style="bold")
    for answer in shown:
        finding, verdict = answer.finding, answer.finding.verdict
        if (finding.question, finding.part) == (question.id, "answer") and verdict:
            mark = (f"{MARKS[verdict]} {verdict_words(finding)}  ", _COLOURS[verdict])
            yield Padding(Text.assemble(mark, one_line(answer.sentence)), (0, 0, 0, 2))
            for warning in answer.warnings:
                yield Padding(
                    Text(one_line(f"! {words.capital(warning)}."), style="yellow"), (0, 0, 0, 4)
                )
            who = roll.who(finding) if roll else None
            if who and who.absent:
                yield Padding(Text(one_line(f"{words.capital(who.line)}.")), (0, 0, 0, 4))
            back = backs.at(finding) if backs else None
            for line in _left_out(back) if back else ():
                yield Padding(Text(one_line(line)), (0, 0, 0, 4))
            for line in _flagged(finding, flags):
                yield Padding(Text(one_line(line), style="yellow"), (0, 0, 0, 4))


def verdict_words(finding: Finding) -> str:
    """The verdict as a reader meets it; that cells are like none of the references is an answer."""
    return f"{finding.verdict}: like none" if finding.like_none else finding.verdict or ""


def _left_out(back: PutBack) -> Iterator[str]:
    """An answer without and with what people left out, and their reasons."""
    wells = f" ({words.counted(back.wells, 'well')})" * bool(back.wells)
    yield f"Left out by people{wells}: {back.line}."
    for reason in back.reasons[:_MOST_FLAGS]:
        yield f"  {reason}"


def _flagged(finding: Finding, flags: Mapping[str, Flag]) -> Iterator[str]:
    """The flags at an answer that ask for an act, or that somebody accepted: a line for those that
    say the same.
    """
    raised = [flags[name] for name in finding.flags if name in flags]
    places: dict[tuple[str, str, str], dict[str, None]] = {}
    for flag in raised:
        if flag.severity != "note":
            word: str = "accepted" if flag.accepted else flag.severity
            places.setdefault((word, flag.what, flag.accepted or ""), {})[flag.row] = None
    for (word, what, reason), rows in list(places.items())[:_MOST_FLAGS]:
        yield f"! {word}: {shortened(list(rows))}: {what}" + f" (because: {reason})" * bool(reason)
    if len(places) > _MOST_FLAGS:
        yield f"! and {len(places) - _MOST_FLAGS} more, which the report lists"


def tally_words(answers: Sequence[Shown]) -> str:
    """How many answers have each verdict: `12 answers: 6 supported, 4 not resolved, ...`."""
    counts = _counted([answer.finding.verdict for answer in answers])
    return f"{words.capital(words.counted(len(answers), 'answer'))}: {', '.join(counts)}."


def _counted(verdicts: Sequence[Verdict | None]) -> list[str]:
    """How often each verdict is among some."""
    return [f"{verdicts.count(verdict)} {verdict}" for verdict in MARKS if verdict in verdicts]


def warned_words(answers: Sequence[Shown]) -> str:
    """How many answers carry a warning; empty where none does."""
    warned = sum(bool(answer.warnings) for answer in answers)
    return (
        words.counted(warned, "answer with a warning", "answers with a warning") if warned else ""
    )


def eyes_words(flags: pl.DataFrame, answers: Sequence[Shown]) -> str:
    """How many flags of each severity a run has, and how many of its answers carry a warning."""
    severities = flags.filter(pl.col("accepted").is_null())["severity"].to_list()
    accepted = flags.height - len(severities)
    stop, look, note = (severities.count(severity) for severity in ("stop", "look", "note"))
    counts = [f"{stop} to settle before the results are trusted"] if stop else []
    counts += [f"{look} to look at"] if look else []
    counts += [words.counted(note, "note")] if note else []
    counts += [f"{accepted} accepted with a reason"] if accepted else []
    counts += filter(None, [warned_words(answers)])
    if not counts:
        return "Nothing needs your eyes."
    if counts == [words.counted(note, "note")]:
        return f"No flag asks for an act. {words.capital(counts[0])}: the report lists them."
    return f"Needs your eyes: {', '.join(counts)}. The report lists them."
