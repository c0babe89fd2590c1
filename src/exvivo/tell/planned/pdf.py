"""Drawings as the pages of one PDF.

Each drawing becomes a PDF of one page (by `vl_convert`, which embeds its fonts); the objects that
the pages need are numbered anew and put under one tree of pages (ISO 32000-1, 7.5 and 7.7.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from exvivo.errors import Bug
from exvivo.tell.drawing.letters import check_letters

_REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
_XREF = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")
_ENTRY = re.compile(rb"(\d{10}) \d{5} n")
_PARENT = re.compile(rb"/Parent \d+ 0 R")
_NAMED = re.compile(rb"(?:\n *+/\w++ \d++ 0 R){2,}")
"""Things that a page uses by their names; those of fonts come in an order of chance."""
_HEAD = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_TREE = 2
"""The number of the tree of pages; the catalog is 1."""


@dataclass(frozen=True, slots=True)
class _Object:
    """An object of a PDF: its number, and what stands between `obj` and `endobj`."""

    number: int
    body: bytes

    @property
    def words(self) -> bytes:
        """Its dictionary, without the bytes of a stream."""
        return self.body.partition(b"stream")[0]

    def has_type(self, name: bytes) -> bool:
        """Whether it is of a type."""
        return re.search(rb"/Type\s*/" + name + rb"\b", self.words) is not None

    def in_order(self) -> _Object:
        """A page that lists what it uses by name."""
        return replace(self, body=_NAMED.sub(_sorted, self.body))

    @property
    def references(self) -> list[int]:
        """The objects that it names, in order; of a page without the tree that it hangs in."""
        return [int(number) for number in _REFERENCE.findall(_PARENT.sub(b"", self.words))]

    def renumbered(self, numbers: Mapping[int, int]) -> bytes:
        """The object with its references by other numbers; a page under our tree."""
        words = self.words
        under = _REFERENCE.sub(
            lambda match: b"%d 0 R" % numbers.get(int(match[1]), _TREE),
            words,
        )
        return under + self.body[len(words) :]


def _sorted(names: re.Match[bytes]) -> bytes:
    return b"\n" + b"\n".join(sorted(names[0].removeprefix(b"\n").split(b"\n")))


def pages_pdf(drawings: Sequence[str]) -> bytes:
    """The drawings (SVG texts) as a PDF, a page each; a pixel is a point. The same drawings give
    the same bytes. Raises `StoreError` where this machine has no font for a letter.
    """
    import vl_convert

    check_letters(drawings, "layout.pdf")
    return joined([bytes(vl_convert.svg_to_pdf(each)) for each in drawings])


def joined(documents: Sequence[bytes]) -> bytes:
    """One PDF with the pages of several, in their order. Raises `Bug` for one that is not made as
    those of `vl_convert` are.
    """
    bodies: dict[int, bytes] = {}
    pages: list[int] = []
    for document in documents:
        objects = {each.number: each for each in _objects(document)}
        first = next(each.number for each in objects.values() if each.has_type(b"Page"))
        order = _order(first, objects)
        numbers = {old: _TREE + 1 + len(bodies) + place for place, old in enumerate(order)}
        bodies |= {numbers[old]: objects[old].renumbered(numbers) for old in order}
        pages.append(numbers[first])
    kids = b" ".join(b"%d 0 R" % page for page in pages)
    bodies[1] = b"\n<< /Type /Catalog /Pages %d 0 R >>\n" % _TREE
    bodies[_TREE] = b"\n<< /Type /Pages /Count %d /Kids [%s] >>\n" % (len(pages), kids)
    return _written(bodies)


def _order(first: int, objects: Mapping[int, _Object]) -> list[int]:
    """The objects that a page needs, each behind one that names it: the order in which fonts were
    written is one of chance.
    """
    order = [first]
    for number in order:
        order += [each for each in dict.fromkeys(objects[number].references) if each not in order]
    return order


def _objects(document: bytes) -> Iterator[_Object]:
    """The objects of a document, in the order in which they stand in it."""
    start = _XREF.search(document)
    if start is None:
        raise Bug("a PDF without a table of its objects")
    table = int(start[1])
    places = sorted(int(entry[1]) for entry in _ENTRY.finditer(document, table))
    for begin, end in pairwise([*places, table]):
        head, _, body = document[begin:end].partition(b" 0 obj")
        made = _Object(int(head), body[: body.rindex(b"endobj")])
        yield made.in_order() if made.has_type(b"Page") else made


def _written(bodies: Mapping[int, bytes]) -> bytes:
    """The objects with the table of their places."""
    parts, rows, at = [_HEAD], [b"0000000000 65535 f \n"], len(_HEAD)
    for number in sorted(bodies):
        part = b"%d 0 obj%sendobj\n" % (number, bodies[number])
        rows.append(b"%010d 00000 n \n" % at)
        parts.append(part)
        at += len(part)
    size = len(rows)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, at)
    return b"".join([*parts, b"xref\n0 %d\n" % size, *rows, trailer])
