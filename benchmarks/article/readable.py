"""Can the summaries be read: the accepted index of each language, lengths of texts and sentences,
terms that nothing explains. Of the demo, of a real cohort, and of simulated studies of all kinds.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from benchmarks.article.drawn import drawn
from benchmarks.article.indices import INDICES, index_of
from benchmarks.article.reading import lengths
from benchmarks.article.summaries import LANGUAGES, Summary, summary_of
from benchmarks.article.unexplained import unexplained
from benchmarks.row import Row
from exvivo.tell.share.public import Public
from exvivo.tell.tables import Tables

STUDIES = 20
_FIRST = 1_000_000
"""The number of the first simulated study: none of those whose text is read back."""
_COHORT = ("cohort", "myasthenia_cytokines_clinical.xlsx")
_DOCS = Path(__file__).parents[2] / "docs"
_SHORTEST, _LONGEST = (350, 850), (700, 2600)
"""Words of a summary, and characters of one in Japanese (about three for a word)."""
_MEAN, _MOST = (15, 25), (40, 70)
"""Words of a sentence, its mean and the longest; characters in Japanese."""


@dataclass(frozen=True)
class Measured:
    """What was measured of one summary."""

    study: str
    code: str
    index: float
    whole: int
    apart: int
    mean: float
    longest: int
    longest_sentence: str
    unexplained: tuple[str, ...]


def rows(*, number: int = STUDIES) -> Iterator[Row]:
    """Rows for each language: the worst of the demo and the cohort, and of the other studies."""
    measured = [each for name, public in studies(number) for each in of_study(name, public)]
    for code in LANGUAGES:
        own = [each for each in measured if each.code == code]
        yield from _rows(code, own)


def of_study(name: str, public: Public) -> Iterator[Measured]:
    """The summaries of a study."""
    for code in LANGUAGES:
        yield of_summary(name, summary_of(public, code))


def of_summary(name: str, summary: Summary) -> Measured:
    """What a reader of one summary meets."""
    lines = [line for line in summary.lines if line not in summary.article.notes]
    of = lengths(lines, summary.code)
    whole = lengths(summary.told, summary.code).whole
    index = index_of(lines, summary.code)
    terms = tuple(unexplained(summary))
    found = Measured(
        name,
        summary.code,
        index,
        whole,
        of.whole - whole,
        of.mean,
        of.longest,
        of.longest_sentence,
        terms,
    )
    told = f"{name} {found.code}: {index:.1f}, {whole} long, {of.mean:.1f}, {of.longest}"
    print(told, of.longest_sentence, terms, file=sys.stderr)
    return found


def _rows(code: str, own: list[Measured]) -> Iterator[Row]:
    index, at = INDICES[code], code == "ja"
    unit = "characters" if at else "words"
    worst = max if index.bar.startswith("<") else min
    yield Row(
        what=f"{code}: {index.name}, the worst of {len(own)} summaries",
        value=worst(each.index for each in own),
        unit=index.unit,
        bar=index.bar,
    )
    yield Row(
        what=f"{code}: {index.name}, their mean",
        value=sum(each.index for each in own) / len(own),
        unit=index.unit,
        bar=index.bar,
    )
    shortest, longest = _LONGEST if at else _SHORTEST
    lengths_of = [each.whole for each in own]
    key = "key messages to what happens next"
    yield Row(
        what=f"{code}: shortest, {key}", value=min(lengths_of), unit=unit, bar=f">= {shortest}"
    )
    yield Row(what=f"{code}: longest, {key}", value=max(lengths_of), unit=unit, bar=f"<= {longest}")
    apart = max(each.apart for each in own)
    yield Row(what=f"{code}: longest of words and about, apart", value=apart, unit=unit)
    mean, most = _MOST if at else _MEAN
    means, longests = [each.mean for each in own], [each.longest for each in own]
    yield Row(what=f"{code}: mean sentence", value=max(means), unit=unit, bar=f"<= {mean}")
    yield Row(what=f"{code}: longest sentence", value=max(longests), unit=unit, bar=f"<= {most}")
    terms = sum(len(each.unexplained) for each in own)
    yield Row(what=f"{code}: terms that nothing explains", value=terms, unit="", bar="<= 0")


def studies(number: int) -> Iterator[tuple[str, Public]]:
    """The demo, the cohort where it is, and simulated studies, each as it may be handed out."""
    yield "demo", of_demo()
    data = os.environ.get("EXVIVO_SHARED_DATA")
    if data:
        yield "cohort", of_cohort(Path(data).joinpath(*_COHORT))
    for at in range(_FIRST, _FIRST + number):
        yield f"study {at}", drawn(at).public


def of_demo() -> Public:
    """The demo, run."""
    import numpy as np

    import exvivo
    from exvivo.simulate import model_study, write

    folder = Path(tempfile.mkdtemp()) / "demo"
    write(model_study(rng=np.random.default_rng(1)), folder)
    exvivo.run(folder)
    return public_of(folder)


def of_cohort(workbook: Path) -> Public:
    """The cohort of docs/real-cohort.md, built by the Python of that page."""
    folder = Path(tempfile.mkdtemp()) / "study"
    program: list[str] = []
    inside = False
    for line in (_DOCS / "real-cohort.md").read_text(encoding="utf-8").splitlines():
        opens, closes = line == "```python", line == "```"
        program.append(line if inside and not closes else "")
        inside = opens or (inside and not closes)
    with redirect_stdout(sys.stderr):
        exec("\n".join(program), {"workbook": workbook, "study": folder})
    return public_of(folder)


def public_of(folder: Path) -> Public:
    """What may be handed out of the last run of a folder."""
    from exvivo.share import last_run

    last = last_run(folder)
    return Public(last.study, Tables.of(last.tables), "0", "ab" * 32, 5)
