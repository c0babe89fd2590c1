"""What `check --summary` prints: the words that the plain-language summary has, and has not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from exvivo.cli.languages import ENGLISH_NAMES
from exvivo.study import Study
from exvivo.study.plain_terms import Term
from exvivo.study.summary_coverage import Coverage, Terms, coverage
from exvivo.study.summary_records import LANGUAGES, LanguageCode
from exvivo.words import listed

_PARTS = {
    "why": "why the study was done",
    "chosen": "how people were chosen",
    "part_by_people": "what patients or the public had a part in",
    "next": "what happens next",
    "contact": "who to ask",
    "place_and_time": "where and when it was done",
    "harm": "harm to people who took part",
    "paid_by": "who paid",
    "interests": "interests",
    "ethics": "ethics committee",
    "registration": "registration",
}


def coverages(study: Study, language: LanguageCode | None, *, hidden: bool) -> list[Coverage]:
    """The words in one language, or in all; `hidden` says that groups stand under codes."""
    codes = LANGUAGES if language is None else (language,)
    return [coverage(study, code, hidden_groups=hidden) for code in codes]


def summary_lines(every: list[Coverage]) -> list[str]:
    """What is lacking, and which words are the catalog's, in lines for people."""
    lacking = [
        *_block("Stands as the study calls it:", _by_term(every, lambda each: each.without_word)),
        *_block("Not explained:", _by_term(every, lambda each: each.unexplained)),
        *_block("Printed as not stated:", _by_part(every)),
    ]
    cure = "Words and texts go under `summary` in study.yaml (docs/howto/plain-summary.md)."
    return [
        f"The plain-language summary in {_languages(every)}:",
        *([*lacking, cure] if lacking else ["Nothing is lacking."]),
        *_block("Words of the catalog:", _of_catalog(every)),
    ]


def summary_json(every: list[Coverage]) -> dict[str, Any]:
    """The same by language, for programs."""
    return {each.code: _as_json(each) for each in every}


def _as_json(each: Coverage) -> dict[str, Any]:
    return {
        "without_word": list(map(_term_json, each.without_word)),
        "unexplained": list(map(_term_json, each.unexplained)),
        "not_stated": list(each.not_stated),
        "of_catalog": [{**_term_json(term), "word": word} for term, word in _catalog_words(each)],
    }


def _term_json(term: Term) -> dict[str, str]:
    return {"kind": term.kind, "id": term.id, "name": term.name}


def _catalog_words(each: Coverage) -> Iterator[tuple[Term, str]]:
    """What the catalog calls terms in the language."""
    from exvivo.tell.language import language

    told = language(each.code)
    return ((term, told.name_of(term.lay)) for term in each.of_catalog if term.lay)


def _block(head: str, lines: Iterable[str]) -> list[str]:
    """Lines below their heading; nothing where there is none."""
    below = [f"  {line}" for line in lines]
    return [head, *below] if below else []


def _by_term(every: list[Coverage], chosen: Callable[[Coverage], Terms]) -> Iterator[str]:
    """Each term once, with the languages in which it is lacking."""
    lacking = {each.code: chosen(each) for each in every}
    for term in dict.fromkeys(_name(t) for terms in lacking.values() for t in terms):
        inside = [e for e in every if term in map(_name, lacking[e.code])]
        yield term + _in(inside, every)


def _by_part(every: list[Coverage]) -> Iterator[str]:
    """Each part once, with the languages in which it is not stated."""
    for part, words in _PARTS.items():
        inside = [each for each in every if part in each.not_stated]
        if inside:
            yield f"{words} (`{part}`)" + _in(inside, every)


def _of_catalog(every: list[Coverage]) -> Iterator[str]:
    """Each term with its words, language by language where they differ."""
    words: dict[str, dict[str, None]] = {}
    for each in every:
        for term, word in _catalog_words(each):
            words.setdefault(_name(term), {})[word] = None
    return (f"{name}: {', '.join(each)}" for name, each in words.items())


def _name(term: Term) -> str:
    """A term as the study has it."""
    return f"{term.kind} {term.id}" + (f" ({term.name})" if term.name != term.id else "")


def _in(some: list[Coverage], every: list[Coverage]) -> str:
    """The languages in which something is lacking, where it is not all that were asked for."""
    return "" if len(some) == len(every) else f": {_languages(some)}"


def _languages(some: list[Coverage]) -> str:
    """Languages in words."""
    return listed([ENGLISH_NAMES[each.code] for each in some])
