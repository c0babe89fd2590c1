"""What is missing in a catalog of messages, and what is wrong with a translation.

In: a catalog as it stands in its `.po`. Out: a fault for each message that is not translated, is
marked `fuzzy`, loses or invents a gap, or is not written with the marks of its language.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from gettext import c2py

from babel.messages import Catalog, Message


@dataclass(frozen=True)
class Fault:
    """Something about a message: where its translation stands, and what about it."""

    kind: str
    place: str
    text: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.kind}: {self.text}\n    {self.message}"


MISSING, FUZZY, MISTAKE, STALE = "not translated", "to look at", "mistake", "not renewed"


def faults_of(catalog: Catalog, code: str, place: str) -> Iterator[Fault]:
    """Every message without a translation, with one of another text, or with a wrong one."""
    for message in filter(lambda each: each.id, catalog):
        where, shown = f"{place}:{message.lineno}", english_of(message)
        texts = texts_of(message)
        if not all(texts):
            yield Fault(MISSING, where, message.context or "a message", shown)
        elif message.fuzzy:
            changed = "the English text has changed; fix, then take the word `fuzzy` away"
            yield Fault(FUZZY, where, changed, shown)
        for form, text in enumerate(texts):
            for wrong in mistakes(message, text, form, catalog, code):
                yield Fault(MISTAKE, where, wrong, text)


def texts_of(message: Message) -> list[str]:
    """The translation of a message, or its plural forms."""
    forms = message.string
    return [forms or ""] if isinstance(forms, str | None) else [each or "" for each in forms]


def mistakes(message: Message, text: str, form: int, catalog: Catalog, code: str) -> Iterator[str]:
    """What is wrong with a translation: its gaps, its end, its marks; nothing where it is empty."""
    if not text:
        return
    try:
        yield from _gap_mistakes(message, gaps(text), form, catalog)
    except ValueError as error:
        yield f"a brace that is no gap ({error})"
    english = english_of(message)
    if text == english and len(english.split()) > 3:
        yield "this is the English text"
    if _end(text) != _end(english):
        yield f"ends with {text[-1]!r}, the English with {english[-1]!r}"
    if text != text.strip():
        yield "begins or ends with a space"
    yield from (
        wrong for pattern, wrong in _WRONG["all"] + _WRONG.get(code, []) if pattern.search(text)
    )
    yield from (
        f"{a} and {b} do not pair"
        for a, b in _PAIRS.get(code, [])
        if text.count(a) != text.count(b)
    )


def gaps(text: str) -> set[str]:
    """The names of the gaps of a message.

    Raises `ValueError` for braces that are no gap: `{}`, `{0}`, `{a.b}`, `{a:.1f}`, `{`.
    """
    named = set()
    for _, name, form, conversion in string.Formatter().parse(text):
        if name is None:
            continue
        if not name.isidentifier() or form or conversion:
            raise ValueError(f"{{{name}}}")
        named.add(name)
    return named


def _gap_mistakes(message: Message, named: set[str], form: int, catalog: Catalog) -> Iterator[str]:
    """Gaps that the English message has not, and gaps of it that are missing."""
    ids = (message.id,) if isinstance(message.id, str) else message.id
    wanted = gaps(ids[-1])
    if message.pluralizable and forms_of(catalog).get(form) == [1]:
        named = named | (wanted - gaps(ids[0]))
    yield from (f"the gap {{{gap}}} is missing" for gap in sorted(wanted - named))
    yield from (f"the English message has no gap {{{gap}}}" for gap in sorted(named - wanted))


_CLOSING = "”“»」』)） \u00a0\u202f"
_ENDS = {"。": ".", "？": "?", "！": "!", "：": ":", "；": ";", "，": ",", "、": ","}


def _end(text: str) -> str:
    """The mark that ends a text, as English writes it; empty where it ends with a letter."""
    last = text.rstrip(_CLOSING)[-1:]
    mark = _ENDS.get(last, last)
    return mark if mark in ".?!:;," else ""


Pattern = tuple["re.Pattern[str]", str]
_JA = "[\u3041-\u30ff\u3400-\u9fff]"
_WRONG: dict[str, list[Pattern]] = {
    "all": [
        (re.compile('"'), "a straight quotation mark"),
        (re.compile("  "), "two spaces"),
        (re.compile(r"\.\.\."), "three full stops for an ellipsis (…)"),
    ],
    "de": [(re.compile("[”«»]"), "quotation marks are „ and “"), (re.compile("'"), "’ for '")],
    "fr": [
        (re.compile("[„“”]"), "quotation marks are « and »"),
        (re.compile("'"), "’ for '"),
        (
            re.compile(r"(?<![\u00a0\u202f])[;:!?»]|«(?![\u00a0\u202f])"),
            "a no-break space is missing",
        ),
    ],
    "es": [(re.compile("[„“”]"), "quotation marks are « and »"), (re.compile("'"), "’ for '")],
    "ja": [
        (re.compile("[„“”«»]"), "quotation marks are 「 and 」"),
        (re.compile(f"{_JA} | {_JA}"), "a space beside a Japanese letter"),
        (re.compile(f"{_JA}[,.;:!?()]|[,;!?()]{_JA}"), "a mark of half width (use 、。：？（））"),
    ],
}
_PAIRS = {
    "de": [("„", "“")],
    "fr": [("«", "»")],
    "es": [("«", "»"), ("¿", "?"), ("¡", "!")],
    "ja": [("「", "」"), ("（", "）")],
}


def forms_of(language: Catalog) -> dict[int, list[int]]:
    """Some of the numbers that each plural form is for."""
    which = c2py(language.plural_expr)
    forms: dict[int, list[int]] = {}
    for n in (0, 1, 2, 3, 11, 1000, 1_000_000):
        forms.setdefault(int(which(n)), []).append(n)
    return dict(sorted(forms.items()))


def english_of(message: Message) -> str:
    """The English text of a message, the first of two."""
    return str(message.id if isinstance(message.id, str) else message.id[0])
