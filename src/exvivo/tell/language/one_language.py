"""One language: messages with named gaps, plurals, numbers, lists, days."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from exvivo.catalog.lay import LayTerm
from exvivo.study.summary_records import LanguageCode, Texts

if TYPE_CHECKING:
    from babel import Locale

ENGLISH: LanguageCode = "en"
ARTICLE, WORDS = "article", "words"
"""The two catalogs of a language: the sentences, and the plain words of the catalog."""
_WITHOUT_SPACES = frozenset({"ja"})
"""Languages that put no space between sentences."""
_IN_LISTS: dict[str, tuple[tuple[str, str], ...]] = {
    "en": ((", (and|or) ", r" \1 "),),
    "es": ((" y (?=[iIíÍ]|[hH][iIíÍ](?![eaEA]))", " e "), (" o (?=[oOóÓ8]|[hH][oOóÓ])", " u ")),
}
"""What CLDR's lists leave to the writer: the last comma in English, `e` and `u` before a like sound
in Spanish.
"""


@dataclass(frozen=True)
class Language:
    """A language by its code (ISO 639-1)."""

    code: LanguageCode

    def tell(self, message: str, /, **gaps: object) -> str:
        """A message in this language, its gaps filled.

        >>> language("en").tell("TNF was higher in {group}.", group="A")
        'TNF was higher in A.'
        """
        return self._article.gettext(message).format(**gaps)

    def count(self, one: str, many: str, n: int, /, **gaps: object) -> str:
        """A message for so many, in the plural form that CLDR has for the number; `{n}` is the
        number itself, written as the language writes it.

        >>> language("en").count("{n} person", "{n} people", 1400)
        '1,400 people'
        """
        return self._article.ngettext(one, many, n).format(n=self.number(n), **gaps)

    def name_of(self, term: LayTerm) -> str:
        """What a term of the catalog is called."""
        return self._words.pgettext(f"{term.kind} {term.id} name", term.name)

    def meaning_of(self, term: LayTerm) -> str:
        """The sentence that explains a term of the catalog."""
        return self._words.pgettext(f"{term.kind} {term.id} meaning", term.meaning)

    def own(self, texts: Texts) -> str:
        """What the study states in this language; empty where it states nothing."""
        return texts.get(self.code, "").strip()

    def number(self, value: float, *, digits: int = 0) -> str:
        """A number with so many decimals at most, and the marks of the language.

        >>> language("de").number(2.05, digits=1), language("en").number(0.5, digits=1)
        ('2', '0.5')
        """
        from babel.numbers import format_decimal

        pattern = "#,##0" + ("." + "#" * digits if digits else "")
        return str(format_decimal(value, format=pattern, locale=self.locale))

    def listed(self, parts: Iterable[str], *, last: Literal["and", "or"] = "and") -> str:
        """Words as a list in a sentence.

        >>> language("en").listed(["TNF", "IL-6", "IL-8"])
        'TNF, IL-6 and IL-8'
        >>> language("es").listed(["TNF", "IL-6"])
        'TNF e IL-6'
        """
        from babel.lists import format_list

        style: Literal["standard", "or"] = "standard" if last == "and" else "or"
        text = format_list(list(parts), style=style, locale=self.locale)
        for before, after in _IN_LISTS.get(self.code, ()):
            text = re.sub(before, after, text)
        return text

    def day(self, day: date) -> str:
        """A day in words."""
        from babel.dates import format_date

        return str(format_date(day, format="long", locale=self.locale))

    def joined(self, sentences: Iterable[str]) -> str:
        """Sentences one after another."""
        return ("" if self.code in _WITHOUT_SPACES else " ").join(filter(None, sentences))

    @property
    def is_english(self) -> bool:
        """Whether it is the language in which messages are written."""
        return self.code == ENGLISH

    @property
    def own_name(self) -> str:
        """What the language calls itself: `Deutsch`."""
        return str(self.locale.get_language_name() or self.code).capitalize()

    @property
    def reviewer(self) -> str:
        """Who reviewed the catalog as a native reader; empty where nobody has."""
        header = self._article.info()
        return header.get("x-reviewed-by", "").strip()

    @cached_property
    def locale(self) -> Locale:
        """Its CLDR data."""
        from babel import Locale

        return Locale.parse(self.code)

    @property
    def _article(self) -> gettext.NullTranslations:
        return _catalog(self.code, ARTICLE)

    @property
    def _words(self) -> gettext.NullTranslations:
        return _catalog(self.code, WORDS)


def message(text: str) -> str:
    """The text itself: marks a message that stands in a table and is told elsewhere."""
    return text


@cache
def language(code: LanguageCode) -> Language:
    """The language of a code."""
    return Language(code)


@cache
def _catalog(code: LanguageCode, domain: str) -> gettext.NullTranslations:
    """The compiled catalog of a language; English is the messages themselves."""
    if code == ENGLISH:
        return gettext.NullTranslations()
    compiled = files("exvivo.tell") / "languages" / code / f"{domain}.mo"
    with compiled.open("rb") as file:
        return gettext.GNUTranslations(file)
