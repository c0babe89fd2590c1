"""The words of a summary that a reader may not know, each with a sentence that explains it.

Only words that stand in the text are explained, and only those whose meaning somebody has given:
what nobody can look up is not guessed at. A word that an explanation brings in is explained too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from exvivo.study import Identity
from exvivo.study.plain_terms import Term, term_of, terms_of
from exvivo.tell.article.context import Context
from exvivo.tell.article.records import Explained, Section
from exvivo.tell.language import Language


def words_section(context: Context, sections: Iterable[Section]) -> Section:
    """The words that stand in some sections."""
    lines = [line for section in sections for line in section.lines()]
    if context.study.simulated:
        lines.append(context.language.tell("simulated"))
    explained = [_in_a_line(each, context.language) for each in explained_in(lines, context)]
    return Section("words", context.language.tell("Words explained"), explained=tuple(explained))


def _in_a_line(explained: Explained, language: Language) -> Explained:
    line = language.tell("{word}: {meaning}", word=explained.word, meaning=explained.meaning)
    return replace(explained, line=line)


def explained_in(lines: Sequence[str], context: Context) -> list[Explained]:
    """The words that stand in some lines, in the order of the list."""
    every, text = _every(context), " ".join(lines)
    while True:
        there = [each for each in every if _stands_in(each.word, text)]
        whole = " ".join([*lines, *(each.meaning for each in there)])
        if whole == text:
            return there
        text = whole


def _every(context: Context) -> list[Explained]:
    """Every word that can be explained: those of the study, then those of a summary."""
    words = [each for each in map(context.telling.names.explained, _terms(context)) if each.meaning]
    known = {each.word for each in words}
    own = (each for each in _own(context) if each.word not in known)
    return list(dict.fromkeys([*words, *own]))


def _terms(context: Context) -> Iterator[Term]:
    """Everything that the study names, and the reference cells that its answers name."""
    yield from terms_of(context.study)
    if context.telling.names.control():
        yield term_of(context.study, "stimulus", context.study.control_stimulus() or "")
    likened = (found for found in context.found if isinstance(found.question, Identity))
    for finding in chain.from_iterable(found.findings for found in likened):
        yield term_of(context.study, "cell type", finding.analyte)


def _own(context: Context) -> Iterator[Explained]:
    """The words of the sentences themselves."""
    language = context.language
    yield Explained(
        language.tell("reaction"),
        language.tell(
            "How the result with a substance compares with that without it, in cells of the same "
            "person. A smaller fall counts as higher."
        ),
    )
    yield Explained(language.tell("fits the data"), _fits(context, language))
    yield Explained(
        language.tell("odds"),
        language.tell("How often something is found for each time that it is not."),
    )
    yield Explained(
        language.tell("reference cells"),
        language.tell("Cells of which it is known what they are."),
    )
    yield Explained(
        language.tell("genes"), language.tell("The plans in each cell by which it is built.")
    )
    yield Explained(
        language.tell("simulated"), language.tell("Made by a computer, with no person behind it.")
    )


def _fits(context: Context, language: Language) -> str:
    """What a range means, at the level of the study."""
    holds = 100 * (1 - context.study.plan.alpha)
    return language.tell(
        "A range made so that it holds the true value in {number} of 100 studies like this one.",
        number=language.number(holds, digits=1),
    )


def _stands_in(word: str, text: str) -> bool:
    """Whether a word stands in a text, not as a part of a longer one of Latin letters.

    >>> _stands_in("ATP", "given ATP."), _stands_in("ATP", "ATPase"), _stands_in("odds", "The Odds")
    (True, False, True)
    """
    pattern = rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])"
    return bool(re.search(pattern, text, re.IGNORECASE))
