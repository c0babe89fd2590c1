"""What other pages say of the plain-language summary: key messages, and where it is to be had."""

from __future__ import annotations

from dataclasses import dataclass

from exvivo.study.summary_records import LanguageCode


@dataclass(frozen=True, slots=True)
class Link:
    """A way to the summary in a language; `here` is the page on which it stands."""

    code: LanguageCode
    name: str
    file: str
    here: bool = False


@dataclass(frozen=True, slots=True)
class InPlainWords:
    """The key messages of a summary, and the ways to it in each language."""

    points: tuple[str, ...]
    links: tuple[Link, ...]
