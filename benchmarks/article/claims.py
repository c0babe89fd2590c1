"""The check on texts that people write, on sentences labelled before any of its rules: how many of
the spun ones it notices, how many of the true ones it accuses.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from ruamel.yaml import YAML

import exvivo
from benchmarks.row import Row
from exvivo.claims import check
from exvivo.findings import Finding, findings_of
from exvivo.simulate import model_study, write
from exvivo.study import Study

_TESTS = Path(__file__).parents[2] / "tests"
_LABELLED = _TESTS / "claims" / "labelled"
FIRST, SECOND = "first", "second"


@dataclass(frozen=True)
class Labelled:
    """A sentence about a simulated study: whether it is spun, and the main kind of its spin."""

    id: str
    study: str
    text: str
    spun: bool
    kind: str


@dataclass(frozen=True)
class Judged:
    """What the check said of it."""

    of: Labelled
    accused: bool
    kinds: frozenset[str]

    @property
    def right(self) -> bool:
        """Whether it was accused if spun, and only then."""
        return self.accused == self.of.spun


def labelled(name: str) -> tuple[Labelled, ...]:
    """A set of labelled sentences."""
    entries = YAML(typ="safe").load((_LABELLED / f"{name}.yaml").read_text(encoding="utf-8"))
    return tuple(
        Labelled(e["id"], e["study"], e["text"], str(e["label"]) == "spun", e["kind"])
        for e in entries
    )


@cache
def answered(name: str) -> tuple[Study, tuple[Finding, ...]]:
    """One of both studies with its findings."""
    folder = Path(tempfile.mkdtemp()) / name
    if name == "demo":
        write(model_study(rng=np.random.default_rng(1)), folder)
    else:
        _every_question(folder)
    result = exvivo.run(folder)
    return exvivo.load(folder), tuple(findings_of(result.findings))


def _every_question(folder: Path) -> None:
    if str(_TESTS) not in sys.path:
        sys.path.insert(0, str(_TESTS))
    from every_question import every_question

    every_question().write(folder)


def judged(name: str) -> list[Judged]:
    """Every sentence of a set, checked alone."""
    return [_judged(each) for each in labelled(name)]


def _judged(of: Labelled) -> Judged:
    study, findings = answered(of.study)
    checked = check(of.text, study, findings, name=of.id)
    kinds = {spin.kind for sentence in checked.stronger for spin in sentence.spins}
    return Judged(of, bool(checked.stronger), frozenset(kinds))


def rows(*, of: str = FIRST) -> Iterator[Row]:
    """Spun sentences noticed and true ones accused; the kinds are reported only."""
    every = judged(of)
    spun = [each for each in every if each.of.spun]
    true = [each for each in every if not each.of.spun]
    for each in every:
        if not each.right:
            print(f"{of} {each.of.id} {each.of.kind or 'true'}: {each.of.text}", file=sys.stderr)
    yield _share(f"{of} set: spun sentences noticed", spun, [e.accused for e in spun], ">= 85")
    yield _share(f"{of} set: true sentences accused", true, [e.accused for e in true], "<= 5")
    named = [each.of.kind in each.kinds for each in spun if each.accused]
    yield _share(f"{of} set: noticed by their main kind", named, named, "")
    yield from _by_kind(of, spun)


def _by_kind(of: str, spun: Sequence[Judged]) -> Iterator[Row]:
    counts = Counter(each.of.kind for each in spun)
    for kind in sorted(counts):
        own = [each.accused for each in spun if each.of.kind == kind]
        yield _share(f"{of} set, {kind}: noticed", own, own, "")


def _share(what: str, of: Sequence[object], held: Sequence[bool], bar: str) -> Row:
    value = 100 * sum(held) / max(len(held), 1)
    return Row(what=what, value=value, unit=f"% of {len(of)}", bar=bar)
