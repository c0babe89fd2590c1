"""What every sentence of a summary is made with: the study, its names in a language, and how much
may be named; and the answers of a question that read the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeVar

from exvivo.findings import Count, Finding
from exvivo.study import Question, Study
from exvivo.tell.article.certainty import certainty_of
from exvivo.tell.article.length import words_of
from exvivo.tell.article.records import Certainty
from exvivo.tell.article.terms import Names
from exvivo.tell.language import Language
from exvivo.tell.share.answers import Cap

T = TypeVar("T")
_LONGEST_SENTENCE, _LONGEST_OF_OTHERS = 22, 25
"""Words of a sentence from which fewer things are named in it, in English and in others: these need
more words where a name must not be inflected.
"""
_WITH_DIRECTION = ("higher", "lower", "together", "opposite")
"""What says of a result that it is higher or lower."""
MOST_NAMES = 4
"""Kinds of cells and of what they were given that a sentence names before it counts them."""


@dataclass(frozen=True, slots=True)
class Detail:
    """How much is told: analytes, and scores, in a sentence before they are counted; claims of a
    question that have a sentence each; whether it is said why answers are open, and what fits them;
    how many questions stand by themselves before the rest are counted; and whether it is said what
    was read of an analyte.
    """

    names: int
    claims: int
    scales: int = 8
    why_open: bool = True
    questions: int = 1000
    readouts: bool = True


@dataclass(frozen=True)
class Telling:
    """What words are made with. `visits` are numbers in the place of days."""

    study: Study
    language: Language
    detail: Detail
    visits: Mapping[str, str]

    @cached_property
    def names(self) -> Names:
        """What things are called."""
        return Names(self.study, self.language)

    @cached_property
    def several_readouts(self) -> bool:
        """Whether an analyte must be told with what was read of it."""
        read = {assay.readout for assay in self.study.assays}
        return self.detail.readouts and len(read) > 1

    def visit(self, visit: str) -> str:
        """The name of a visit; its number where it is called by a day."""
        return self.visits.get(visit, visit)

    @cached_property
    def several_cells(self) -> bool:
        """Whether answers are about more than one kind of cells, so that each must say which."""
        cells = {getattr(each, "cell_type", "") for each in self.study.questions}
        return len(cells - {""}) > 1

    def targets(self, findings: Iterable[Finding]) -> str:
        """Analytes, with what was read of them where the study reads several things: `TNF (gene
        message and protein), IL-6 (protein)`.
        """
        read: dict[str, dict[str, None]] = {}
        for finding in findings:
            read.setdefault(finding.analyte, {})[finding.readout] = None
        if not self.several_readouts:
            return self.measured(list(read))
        return self._by_readout(read)

    def target(self, finding: Finding) -> str:
        """The analyte of one answer likewise."""
        return self.targets([finding])

    def _by_readout(self, read: Mapping[str, Iterable[str]]) -> str:
        """Analytes of which the same was read, together, also where they are counted."""
        alike: dict[tuple[str, ...], list[str]] = {}
        for analyte, readouts in read.items():
            alike.setdefault(tuple(readouts), []).append(analyte)
        named = _first(list(read), self.detail.names)
        return self._in_a_row([self._read_of(*each, named=named) for each in alike.items()])

    def _read_of(
        self, readouts: Sequence[str], analytes: Sequence[str], *, named: Sequence[str]
    ) -> str:
        names = [self.names.analyte(each) for each in analytes if each in named]
        rest = self._more_analytes(len(analytes) - len(names))
        return self.language.tell(
            "{analyte} ({readout})",
            analyte=self.language.listed([*names, *rest]),
            readout=self.language.listed(map(self.names.readout, readouts)),
        )

    def _in_a_row(self, parts: Sequence[str]) -> str:
        """Parts that may be lists themselves, one after another."""
        told = parts[0]
        for part in parts[1:]:
            told = self.language.tell("{first}, {second}", first=told, second=part)
        return told

    def measured(self, analytes: Sequence[str]) -> str:
        """Analytes by name; the first of them and how many more, where they are too many for a
        sentence.
        """
        most = self.detail.names
        names = map(self.names.analyte, _first(analytes, most))
        rest = len(analytes) - len(_first(analytes, most))
        return self.language.listed([*names, *self._more_analytes(rest)])

    def scales(self, scales: Sequence[str], *, last: Literal["and", "or"] = "and") -> str:
        """Scores likewise."""
        most = min(self.detail.names, self.detail.scales)
        names = map(self.names.scale, _first(scales, most))
        return self.language.listed([*names, *self._more_scores(len(scales), most)], last=last)

    def _more_analytes(self, rest: int) -> list[str]:
        """How many analytes are not named."""
        words = self.language.count("{n} more substance", "{n} more substances", rest)
        return [words] if rest else []

    def _more_scores(self, n: int, most: int) -> list[str]:
        """How many scores are not named."""
        rest = n - len(_first(range(n), most))
        words = self.language.count("{n} more score", "{n} more scores", rest)
        return [words] if rest else []

    def given(self, names: Sequence[str]) -> str:
        """What cells were given, by name; counted where that is too much for a sentence."""
        if len(names) <= MOST_NAMES:
            return self.language.listed(names, last="or")
        return self.language.count("{n} substance", "{n} substances", len(names))

    def kinds(self, names: Sequence[str]) -> str:
        """Kinds of cells by name; counted where they are too many for a sentence."""
        if len(names) <= MOST_NAMES:
            return self.language.listed(names)
        return self.language.count("{n} kind of cells", "{n} kinds of cells", len(names))

    def people(self, counts: Sequence[Count]) -> str:
        """`14 people with fibromyalgia and 10 healthy people`."""
        return self.language.listed(self._of_group(count) for count in counts)

    def _of_group(self, count: Count) -> str:
        low, high = ends_of(count)
        if not self.names.is_of_people(count.group):
            return self._of_named(low, high, self.names.label(count.group))
        group = self.names.group(count.group)
        if low == high:
            # Translators: {group} is what the study calls a group, such as "healthy people".
            return self.language.tell("{n} {group}", n=self.language.number(low), group=group)
        low_words, high_words = self.language.number(low), self.language.number(high)
        return self.language.tell(
            "{low} to {high} {group}", low=low_words, high=high_words, group=group
        )

    def _of_named(self, low: int, high: int, name: str) -> str:
        """People of a group whose name is none of people, such as an illness."""
        low_words, high_words = self.language.number(low), self.language.number(high)
        if low == high:
            # Translators: {name} is a name that may not fit into the sentence, such as an illness.
            return self.language.tell("{n} people in the group “{name}”", n=low_words, name=name)
        return self.language.tell(
            "{low} to {high} people in the group “{name}”",
            low=low_words,
            high=high_words,
            name=name,
        )


def _first(names: Sequence[T], most: int) -> Sequence[T]:
    """Those that are named: all, or the first of too many; a name is shorter than `1 more`."""
    few = 1 + most // 2
    return names if len(names) <= max(most, few + 1) else names[:few]


def is_short(text: str, language: Language) -> bool:
    """Whether a sentence can be read at once."""
    longest = _LONGEST_SENTENCE if language.is_english else _LONGEST_OF_OTHERS
    return words_of(text, language) <= longest


def short_enough(make: Callable[[Telling], str], telling: Telling) -> str:
    """A sentence with as many names as it can hold."""
    text = make(telling)
    for names in range(telling.detail.names - 1, 0, -1):
        if is_short(text, telling.language):
            break
        text = make(replace(telling, detail=replace(telling.detail, names=names)))
    return text


def ends_of(count: Count) -> tuple[int, int]:
    """The number of people as it may be printed: exact, or the range in which it lies."""
    return getattr(count.n, "low", int(count.n)), getattr(count.n, "high", int(count.n))


@dataclass(frozen=True)
class Alike:
    """Answers of a question that read the same but for the analyte (and the scale, where they stay
    open). `under_question` says that they stand below it, and need not repeat in which cells;
    `caps` are what keeps them from being supported.
    """

    question: Question
    findings: tuple[Finding, ...]
    telling: Telling
    under_question: bool = False
    caps: tuple[Cap, ...] = ()

    @property
    def first(self) -> Finding:
        """The first of them."""
        return self.findings[0]

    @property
    def certainty(self) -> Certainty:
        """How sure they are."""
        return certainty_of(self.first)

    @property
    def language(self) -> Language:
        """The language of the sentence."""
        return self.telling.language

    @property
    def names(self) -> Names:
        """What things are called."""
        return self.telling.names

    @property
    def targets(self) -> str:
        """The analytes."""
        return self.telling.targets(self.findings)

    @property
    def scales(self) -> str:
        """The scores."""
        scales = dict.fromkeys(each.scale for each in self.findings if each.scale)
        return self.telling.scales(list(scales))

    @property
    def what(self) -> str:
        """What they are about, as a subject: `the reaction of TNF to ATP`."""
        return what(self.findings, self.telling, in_cells=not self.under_question)


def what(findings: Sequence[Finding], telling: Telling, *, in_cells: bool = True) -> str:
    """What findings are about, as the subject of a sentence: `the reaction of TNF to ATP`, with the
    cells where there are several.

    Always one thing, grammatically: `the amount of TNF and IL-6`.
    """
    words = _what(findings, telling)
    cells = findings[0].cell_type
    if not in_cells or not cells or not telling.several_cells:
        return words
    # Translators: {what} is "the reaction of TNF to ATP" or the like.
    return telling.language.tell("{what} in {cells}", what=words, cells=telling.names.cells(cells))


def _what(findings: Sequence[Finding], telling: Telling) -> str:
    first, language = findings[0], telling.language
    analyte = telling.targets(findings)
    if first.stimulus and first.ask != "effect":
        stimulus = telling.names.stimulus(first.stimulus)
        if certainty_of(first) in _WITH_DIRECTION:
            return _relative(first, analyte, stimulus, language)
        # Translators: this and the next six are the subject {what} of sentences. Use nouns of one
        # gender in all of them, so that adjectives agree (French: la réaction, la quantité, la
        # valeur).
        return language.tell(
            "the reaction of {analyte} to {stimulus}", analyte=analyte, stimulus=stimulus
        )
    if first.condition:
        stimulus = telling.names.stimulus(first.condition)
        return _under(first, analyte, stimulus, language)
    if first.ask != "effect" and (control := telling.names.control()):
        return _under(first, analyte, control, language)
    untreated = telling.study.control_stimulus() and first.ask != "effect"
    return _level(first, analyte, language, untreated=bool(untreated))


def _relative(first: Finding, analyte: str, stimulus: str, language: Language) -> str:
    """A reaction of which a direction is told: "a higher reaction" would read as a stronger one,
    also where amounts fall and it is the smaller fall. This is true whether they rise or fall.
    """
    if is_amount(first):
        return language.tell(
            "the amount of {analyte} with {stimulus} relative to without",
            analyte=analyte,
            stimulus=stimulus,
        )
    return language.tell(
        "the value of {analyte} with {stimulus} relative to without",
        analyte=analyte,
        stimulus=stimulus,
    )


def _under(first: Finding, analyte: str, stimulus: str, language: Language) -> str:
    """The level under a stimulus."""
    if is_amount(first):
        return language.tell(
            "the amount of {analyte} with {stimulus}", analyte=analyte, stimulus=stimulus
        )
    return language.tell(
        "the value of {analyte} with {stimulus}", analyte=analyte, stimulus=stimulus
    )


def _level(first: Finding, analyte: str, language: Language, *, untreated: bool) -> str:
    """The level, of untreated cells in a study that treats some."""
    if is_amount(first):
        if untreated:
            return language.tell("the amount of {analyte} with nothing added", analyte=analyte)
        return language.tell("the amount of {analyte}", analyte=analyte)
    if untreated:
        return language.tell("the value of {analyte} with nothing added", analyte=analyte)
    return language.tell("the value of {analyte}", analyte=analyte)


def is_amount(finding: Finding) -> bool:
    """Whether a result is an amount; a signal, a share or points on a scale are values."""
    return finding.on == "amount" and finding.unit.reading not in ("odds", "points", "share")
