"""A text as its sentences: Markdown, plain text or simple HTML goes in; each sentence comes out as
a reader sees it, with its place in the text as it was handed in.

Code, tables, pictures and comments are passed over; the text of a link stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import PurePath

from exvivo.claim_records import Place

_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+")
_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_RULE = re.compile(r"\s*(?:=+|-{2,}|\*{3,}|_{3,})\s*$")
_TABLE = re.compile(r"\s*\|")
_LINK_TARGET = re.compile(r"\s{0,3}\[[^\]]+\]:\s")
_INDENTED = re.compile(r"(?: {4}|\t)")
_QUOTE = re.compile(r"\s{0,3}(?:>\s?)+")
_ATTRIBUTE = r"\s+[\w:@.-]{1,60}(?:\s*=\s*(?:\"[^\"]{0,2000}\"|'[^']{0,2000}'|[^\s<>\"']{1,2000}))"
_NAMED_TAG = rf"</?[A-Za-z][\w:-]{{0,60}}(?:{_ATTRIBUTE}|\s+(?:hidden|open)\b){{0,40}}\s*/?>"
"""A tag has attributes with values or none; other words behind `<` are text (values <LOD)."""
_MARKS = re.compile(
    r"!\[[^\]\n]{0,500}\]\([^)\n]{0,2000}\)"
    r"|\[\^[^\]\n]{0,100}\]"
    r"|\[(?P<link>[^\[\]]{0,500})\](?:\([^()\s]{0,2000}(?:\s[^()\n]{0,300})?\)|\[[^\[\]]{0,200}\])"
    rf"|<https?:[^>\s]{{0,2000}}>|{_NAMED_TAG}"
    r"|\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?P<entity>&(?:#\d{1,6}|#[xX][0-9a-fA-F]{1,5}|[A-Za-z]{2,10});)"
    r"|\*+|~~|`+|(?<!\w)_+|_+(?!\w)"
)
"""What Markdown adds to the words of a line: it goes, and the named parts stay."""
_HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|pre|code|table|head|svg|math)\b.*?(?:</\1\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FRONT = re.compile(r"\A---\n.*?\n---[ \t]*\n", re.DOTALL)
_BLOCK_TAG = re.compile(
    r"</?(?:p|div|h[1-6]|li|ul|ol|section|article|header|footer|main|nav|body|html|blockquote"
    r"|figure|figcaption|dl|dt|dd|br|hr|aside|details|summary|title|tr|td)\b[^<>]*>",
    re.IGNORECASE,
)
_LOOKS_LIKE_HTML = re.compile(r"\s*(?:<!doctype html|<html\b|<body\b|<p\b|<div\b|<h1\b)", re.I)
_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s|\Z)")
_ABBREVIATED = re.compile(
    r"(?:\b(?:al|approx|ca|cf|dr|e\.g|eq|etc|fig|figs|i\.e|incl|no|nos|prof|ref|refs|resp|st|vs"
    r"|vol|mr|mrs|ms|jr|ed|eds|pp|sci|rep|suppl|tab|u\.s|u\.k)|(?<![\w-])[a-z])\.\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or item as it is read, and where each of its characters stands."""

    text: str
    offsets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence as a reader sees it, its place, and the paragraph it belongs to."""

    text: str
    place: Place
    paragraph: int


_Chars = list[tuple[str, int]]
_UNSEEN = frozenset("\u00ad\u200b")
"""Signs inside of words that no reader sees."""


def sentences_of(text: str, *, name: str = "") -> tuple[Written, ...]:
    r"""The sentences of a text in their order; the ending of `name` says whether it is HTML.

    >>> [each.text for each in sentences_of("# TNF\n*IL-6* rose 2.1-fold, i.e. more.\nNot TNF.")]
    ['TNF', 'IL-6 rose 2.1-fold, i.e. more.', 'Not TNF.']
    """
    lines = _line_starts(text)
    blocks = enumerate(blocks_of(text, name=name))
    return tuple(
        _written(block, span, number, lines) for number, block in blocks for span in _spans(block)
    )


def blocks_of(text: str, *, name: str = "") -> tuple[Block, ...]:
    """The paragraphs, headings and items of a text as they are read."""
    suffix = PurePath(name).suffix.lower()
    as_html = suffix in {".html", ".htm"} or bool(_LOOKS_LIKE_HTML.match(text))
    parts = _html_parts(text) if as_html else _markdown_parts(text)
    blocks = (_collapsed(part) for part in parts)
    return tuple(block for block in blocks if block.text)


def _markdown_parts(text: str) -> Iterator[_Chars]:
    """The characters of each block of Markdown; plain text is Markdown without marks."""
    masked = _blanked(text, _FRONT, _COMMENT)
    part: list[tuple[int, str]] = []
    for start, line, alone in _kept_lines(masked):
        if part and (alone or not line.strip()):
            yield _without_marks(part)
            part = []
        if not line.strip():
            continue
        part.append((start, line))
        if alone == "whole":
            yield _without_marks(part)
            part = []
    yield _without_marks(part)


def _kept_lines(text: str) -> Iterator[tuple[int, str, str]]:
    """The lines that are read, each with its place, without what stands before its words; `whole`
    says of a line that it is a block, `begins` that it begins one.
    """
    fence, start, after_blank, in_list = "", 0, True, False
    for raw in text.splitlines(keepends=True):
        line, at = raw.rstrip("\r\n"), start
        start += len(raw)
        if not line or line.isspace():
            after_blank = True
            yield at, "", ""
            continue
        if opened := _FENCE.match(line):
            fence = "" if fence and line.strip().startswith(fence) else fence or opened[1]
            line = ""
        skipped = fence or _TABLE.match(line) or _RULE.match(line) or _LINK_TARGET.match(line)
        code = after_blank and not in_list and _INDENTED.match(line)
        kept = "" if skipped or code else line
        begun = bool(_ITEM.match(kept))
        in_list = begun or (in_list and (not line.strip() or line[:1].isspace()))
        after_blank = (not kept.strip() and not (code and line.strip())) or bool(code)
        yield _bare(at, kept)


def _bare(start: int, line: str) -> tuple[int, str, str]:
    """A line without the sign of a quote, a heading or an item."""
    quote = _QUOTE.match(line)
    cut = quote.end() if quote else 0
    for pattern, alone in ((_HEADING, "whole"), (_ITEM, "begins")):
        if mark := pattern.match(line, cut):
            return start + mark.end(), line[mark.end() :].rstrip("#"), alone
    return start + cut, line[cut:], ""


def _without_marks(lines: Iterable[tuple[int, str]]) -> _Chars:
    """The characters of lines without the marks of Markdown."""
    chars: _Chars = []
    for start, line in lines:
        chars += [*zip(line, range(start, start + len(line)), strict=True), ("\n", start)]
    return _unmarked(chars)


def _unmarked(chars: _Chars) -> _Chars:
    text, kept, last = "".join(sign for sign, _ in chars), [], 0
    for mark in _MARKS.finditer(text):
        kept += chars[last : mark.start()]
        kept += _staying(mark, chars)
        last = mark.end()
    return kept + chars[last:]


def _staying(mark: re.Match[str], chars: _Chars) -> _Chars:
    """What stays of a mark: the text of a link, an escaped sign, the sign of an entity."""
    if mark["entity"]:
        return [(sign, chars[mark.start()][1]) for sign in unescape(mark["entity"])]
    for part in ("link", "escaped"):
        if mark[part]:
            inside = chars[mark.start(part) : mark.end(part)]
            return _unmarked(inside) if part == "link" else inside
    return []


def _html_parts(text: str) -> Iterator[_Chars]:
    """The characters of each block of HTML."""
    masked, last = _blanked(text, _HIDDEN), 0
    for tag in _BLOCK_TAG.finditer(masked):
        yield _untagged(masked, last, tag.start())
        last = tag.end()
    yield _untagged(masked, last, len(masked))


_TAG = re.compile(
    rf"<[!?][A-Za-z][^<>]{{0,2000}}>|{_NAMED_TAG}|(?P<entity>&(?:#\w{{1,6}}|[A-Za-z]{{2,10}});)"
)


def _untagged(text: str, start: int, end: int) -> _Chars:
    chars, last = [], start
    for mark in _TAG.finditer(text, start, end):
        chars += [(text[at], at) for at in range(last, mark.start())]
        chars += [(sign, mark.start()) for sign in unescape(mark["entity"] or "")]
        last = mark.end()
    return chars + [(text[at], at) for at in range(last, end)]


def _blanked(text: str, *patterns: re.Pattern[str]) -> str:
    """A text with spaces in the place of what is not read; lines stay lines."""
    for pattern in patterns:
        text = pattern.sub(lambda hidden: re.sub(r"[^\n]", " ", hidden[0]), text)
    return text


def _collapsed(chars: _Chars) -> Block:
    """A block with single spaces, and none at its ends."""
    kept: _Chars = []
    for sign, at in chars:
        if sign in _UNSEEN:
            continue
        if not sign.isspace():
            kept.append((sign, at))
        elif kept and kept[-1][0] != " ":
            kept.append((" ", at))
    if kept and kept[-1][0] == " ":
        kept.pop()
    return Block("".join(sign for sign, _ in kept), tuple(at for _, at in kept))


def _spans(block: Block) -> Iterator[tuple[int, int]]:
    """Where each sentence of a block begins and ends."""
    start = 0
    for end in _END.finditer(block.text):
        if not _ABBREVIATED.search(block.text[max(0, start, end.start() - 12) : end.end()]):
            yield start, end.end()
            start = end.end() + 1
    if block.text[start:].strip():
        yield start, len(block.text)


def _line_starts(text: str) -> list[int]:
    return [0, *(found.end() for found in re.finditer(r"\n", text))]


def _written(block: Block, span: tuple[int, int], paragraph: int, lines: list[int]) -> Written:
    from bisect import bisect_right

    start, end = span
    first, last = block.offsets[start], block.offsets[end - 1] + 1
    place = Place(bisect_right(lines, first), first, last)
    return Written(block.text[start:end], place, paragraph)
