"""The record of a study as people read it: rows with the texts they kept, what a run was, what
changed from one run to another, what was locked. Records only: `history` makes them from the chain,
`tell` puts them into words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from exvivo.findings import Fact

UNREAD = (
    "results/report.html",
    "results/study.yaml",
    *(f"results/tables/{name}.parquet" for name in ("answered", "flags")),
)
"""Kept texts that no history is read from: what they say stands in others too."""
RUNS = ("run", "imported")
"""The kinds of rows that are runs."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the chain with the texts that it names: None for one that was erased."""

    number: int
    kind: str
    recorded: str
    hash: str
    facts: Mapping[str, Any]
    texts: Mapping[str, bytes | None] = field(default_factory=dict)

    @property
    def is_run(self) -> bool:
        """Whether the row is a run."""
        return self.kind in RUNS

    def says(self, role: str) -> str | None:
        """A short text of the row (who, reason); None where it has none or it was erased."""
        text = self.texts.get(role)
        return None if text is None else text.decode("utf-8", "replace")

    @property
    def gone(self) -> tuple[str, ...]:
        """The texts that were erased since, by what they are."""
        return tuple(role for role, text in self.texts.items() if text is None)


What = Literal[
    "file",
    "version",
    "package",
    "parameter",
    "question",
    "accepted",
    "exclusion",
    "well",
    "donor",
    "study",
    "summary",
    "named",
    "scoring",
    "layout",
    "size",
    "assumptions",
]
"""What can change: a file (its sha256), the version of exvivo or of a package, a parameter, a key
of a question, an accepted flag, a line of exclusions.csv, a well that is left out, a donor (the
group), a text of the plain-language summary, anything else of study.yaml; or a record of a part
that a lock froze.
"""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was. `before` is None for what is new, `after` for what is gone;
    `key` is the key of a record that changed, empty where the whole record came or went.
    """

    what: What
    name: str
    key: str = ""
    before: Fact | None = None
    after: Fact | None = None


STATED, STATED_ANEW = "stated", "stated anew"
"""What stands for a text of the summary before and after: a text may say whose code is whose, and
is not shown.
"""

Part = Literal["named", "scoring", "layout", "size", "assumptions"]
"""A part of a study that a lock freezes record by record: what questions name, scoring, the layout,
the planned size, assumptions.
"""
PARTS: tuple[Part, ...] = get_args(Part)
PLANNED_DONORS = "donors"
"""The name, in a planned size, of the donors of all groups together."""
RULES = ("parameters", "exclusions", *PARTS)
"""What a lock freezes beside the questions."""

AnswerKey = tuple[str, ...]
"""What an answer is about: question, assay, analyte, scale, cell type, stimulus, condition, visit.
"""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as a run gave it; `n` are its donors by group, `unit` that of the estimate."""

    verdict: str
    unit: str = ""
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    n: tuple[tuple[str, int], ...] = ()
    ask: str = ""

    @property
    def donors(self) -> int:
        """How many donors are in it."""
        return sum(n for _, n in self.n)


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """An answer that is not as it was; None where a run did not have it."""

    key: AnswerKey
    before: Answered | None
    after: Answered | None

    @property
    def turned(self) -> bool:
        """Whether its verdict is another; also where it came or went."""
        return _verdict(self.before) != _verdict(self.after)


def _verdict(answer: Answered | None) -> str:
    return answer.verdict if answer else ""


@dataclass(frozen=True, slots=True)
class RunName:
    """Which run: its place among the runs, the number of its row, its date and its hash."""

    run: int
    row: int
    recorded: str
    hash: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What changed from a run to a later one. `donors` and `groups` are counts before and after;
    None where the record no longer knows.

    `unknown` are the texts that were erased or that this version cannot read, without which not
    all is known; `lines` are those of study.yaml that came (+) and went (-) where its keys cannot
    be compared.
    """

    before: RunName
    after: RunName
    changes: tuple[Change, ...] = ()
    answers: tuple[AnswerChange, ...] = ()
    donors: tuple[int | None, int | None] = (None, None)
    groups: tuple[tuple[str, int, int], ...] = ()
    unknown: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()

    def of(self, *what: What) -> tuple[Change, ...]:
        """The changes of some kinds."""
        return tuple(change for change in self.changes if change.what in what)

    @property
    def nothing(self) -> bool:
        """Whether nothing changed, as far as is known."""
        return not (self.changes or self.answers or self.unknown or self.lines)


@dataclass(frozen=True, slots=True)
class Looks:
    """Answers that were looked at while their donors became more: how many there were at each look,
    and the chance that at least one of so many looks claims a difference that is not there, by
    tests that each hold `alpha`.
    """

    answers: tuple[AnswerKey, ...]
    donors: tuple[int, ...]
    alpha: float
    error: float


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row of the record with its place among the runs, and what changed since the run before."""

    entry: Entry
    run: int = 0
    since: Comparison | None = None


@dataclass(frozen=True, kw_only=True)
class History:
    """The whole record: its rows, what changed from the first run to the last, and the looks at
    growing numbers of donors.

    `declared` is the date the last run's study states, `days` the first and the last day that its
    instrument files state. `blinded` says that groups and donors stand under codes.
    """

    lines: tuple[Line, ...]
    title: str = ""
    simulated: bool = False
    blinded: bool = False
    declared: str = ""
    days: tuple[str, ...] = ()
    since_first: Comparison | None = None
    looks: tuple[Looks, ...] = ()
    locks: tuple[Locked, ...] = ()

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return sum(line.entry.is_run for line in self.lines)

    @property
    def head(self) -> str:
        """The hash of the last row; empty where there is none."""
        return self.lines[-1].entry.hash if self.lines else ""


@dataclass(frozen=True, kw_only=True)
class Locked:
    """A lock, and what changed since in what it froze.

    `instrument_files` are those the study named that could be read at that moment,
    `expression_files` the tables of expression (None: no question asked for some, or an earlier
    version did not count them), `other_files` what else lay in the folder, `runs` the runs on
    record before it. `rules` are what it froze beside the questions: one of an earlier version
    froze less. `changes` are those of questions,
    parameters, exclusions and parts. `questions` are the ids it froze, `gone` those that are not
    asked any more, `later` those that came since; it is not `known` what they were where the text
    was erased. `changed` are the ids of questions, and the rules, that are known by their hashes
    not to be as they were. `size` is the planned size that it froze, by what it is.
    """

    row: int
    recorded: str
    hash: str
    instrument_files: int
    other_files: int
    runs: int
    looks: tuple[int, ...] = ()
    questions: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    gone: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    rules: tuple[str, ...] = RULES
    size: tuple[tuple[str, Fact], ...] = ()
    known: bool = True
    expression_files: int | None = None

    @property
    def before_data(self) -> bool:
        """Whether nothing that was measured was in the folder, as far as is counted, and no run on
        record.
        """
        return not (self.instrument_files or self.expression_files or self.runs)

    @property
    def intact(self) -> bool:
        """Whether everything that it froze is as it was, and nothing else is asked."""
        return not (self.changed or self.gone or self.later)

    def holds(self, question: str) -> bool:
        """Whether it froze a question of that id."""
        return question in self.questions

    def of_question(self, question: str) -> tuple[Change, ...]:
        """What changed in a question since."""
        return tuple(c for c in self.changes if c.what == "question" and c.name == question)

    @property
    def of_rules(self) -> tuple[Change, ...]:
        """What changed since in all that answers rest on beside their questions."""
        return tuple(c for c in self.changes if c.what != "question")


@dataclass(frozen=True, slots=True)
class LookAt:
    """The look at which a study with declared looks is: so many donors in all, and the two-sided
    level (`nominal`) of tests and intervals that keeps the error of all looks at `alpha`.
    """

    looks: tuple[int, ...]
    donors: int
    alpha: float
    nominal: float

    @property
    def declared(self) -> bool:
        """Whether a look with so many donors was declared."""
        return self.donors in self.looks

    @property
    def place(self) -> int:
        """Which of the looks it is, counted from 1; the last where there are more donors."""
        return min(1 + sum(look < self.donors for look in self.looks), len(self.looks))
