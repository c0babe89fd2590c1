"""What the names of figures' files begin with: the plain letters and digits of an id, and each name
once on every file system.

An id may hold signs and letters that not every file system takes (`mrna 1`, `mrna_1`, `Größe`).
Where two ids would write to one path, as Windows and macOS tell paths apart, both names end in a
hash of their id.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256

from exvivo.study import Study

_DIGITS = 8
"""Hexadecimal digits of a hash that tells two names apart."""
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9]")
OVERVIEW, CHOICES = "_overview", "_choices"
"""Ends of the names of a question's figures."""


def stems(names: Iterable[str], ends: Sequence[str] = ("",)) -> dict[str, str]:
    """What the files of each id begin with, where the names of some end in one of `ends`.

    >>> stems(["mrna", "protein 1"])
    {'mrna': 'mrna', 'protein 1': 'protein_1'}
    """
    plain = {name: _NOT_PLAIN.sub("_", name) for name in names}
    paths = Counter(path for stem in plain.values() for path in _paths(stem, ends))
    return {
        name: stem if all(paths[path] == 1 for path in _paths(stem, ends)) else _marked(name, stem)
        for name, stem in plain.items()
    }


def _paths(stem: str, ends: Sequence[str]) -> list[str]:
    """The names of files that begin so, without capitals."""
    return [f"{stem}{end}".casefold() for end in ends]


def _marked(name: str, stem: str) -> str:
    """A stem that no other id has: no plain one holds a `-`."""
    return f"{stem}-{sha256(name.encode('utf-8')).hexdigest()[:_DIGITS]}"


def question_stems(study: Study) -> dict[str, str]:
    """The stem of each question."""
    return stems([question.id for question in study.questions], ("", OVERVIEW, CHOICES))


def assay_stems(study: Study) -> dict[str, str]:
    """The stem of each assay."""
    return stems([assay.id for assay in study.assays])


def assay_of(figures: Iterable[str], study: Study) -> str | None:
    """The assay whose figures these are, by their names; None for what belongs to no assay."""
    first = next(iter(figures), "")
    owners = {
        stem: assay
        for assay, stem in assay_stems(study).items()
        if first.startswith(f"assay_{stem}_")
    }
    return owners[max(owners, key=len)] if owners else None
