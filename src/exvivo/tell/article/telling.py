"""What every sentence of a summary is made with: the study, its names in a language, and how much
may be named; and the answers of a question that read the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from exvivo.findings import Count, Finding
from exvivo.study import Question, Study
from exvivo.tell.article.certainty import certainty_of
from exvivo.tell.article.records import Certainty
from exvivo.tell.article.terms import Names
from exvivo.tell.language import Language


@dataclass(frozen=True, slots=True)
class Detail:
    """How much is told: names in a sentence before they are counted, claims of a question that have
    a sentence each, and whether ranges stand behind answers that stayed open.
    """

    names: int
    claims: int
    ranges: bool = True


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
        return len({assay.readout for assay in self.study.assays}) > 1

    def visit(self, visit: str) -> str:
        """The name of a visit; its number where it is called by a day."""
        return self.visits.get(visit, visit)

    def target(self, finding: Finding) -> str:
        """An analyte, with what was read of it where there are several: `TNF (protein)`."""
        analyte = self.names.analyte(finding.analyte)
        if not self.several_readouts:
            return analyte
        readout = self.names.readout(finding.readout)
        return self.language.tell("{analyte} ({readout})", analyte=analyte, readout=readout)

    def listed(self, names: Iterable[str]) -> str:
        """Names in a sentence; counted where they are too many."""
        each = list(dict.fromkeys(names))
        if len(each) <= self.detail.names:
            return self.language.listed(each)
        return self.language.count("{n} measured item", "{n} measured items", len(each))

    def people(self, counts: Sequence[Count]) -> str:
        """`14 people with fibromyalgia and 10 healthy people`."""
        return self.language.listed(self._of_group(count) for count in counts)

    def _of_group(self, count: Count) -> str:
        low, high = ends_of(count)
        group = self.names.group(count.group)
        if low == high:
            # Translators: {group} is what the study calls a group, such as "healthy people".
            return self.language.tell("{n} {group}", n=self.language.number(low), group=group)
        low_words, high_words = self.language.number(low), self.language.number(high)
        return self.language.tell(
            "{low} to {high} {group}", low=low_words, high=high_words, group=group
        )


def ends_of(count: Count) -> tuple[int, int]:
    """The number of people as it may be printed: exact, or the range in which it lies."""
    return getattr(count.n, "low", int(count.n)), getattr(count.n, "high", int(count.n))


@dataclass(frozen=True)
class Alike:
    """Answers of a question that read the same but for the analyte (and the scale, where they stay
    open).
    """

    question: Question
    findings: tuple[Finding, ...]
    telling: Telling

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
        return self.telling.listed(map(self.telling.target, self.findings))

    @property
    def scales(self) -> str:
        """The scores."""
        scales = (self.names.scale(each.scale) for each in self.findings if each.scale)
        return self.language.listed(dict.fromkeys(scales))

    @property
    def what(self) -> str:
        """What they are about, as a subject: `the reaction of TNF to ATP`."""
        return what(self.findings, self.telling)


def what(findings: Sequence[Finding], telling: Telling) -> str:
    """What findings are about, as the subject of a sentence: `the reaction of TNF to ATP`.

    Always one thing, grammatically: `the amount of TNF and IL-6`.
    """
    words = _what(findings, telling)
    cells = findings[0].cell_type
    if not cells or len(telling.study.cell_types) < 2:
        return words
    # Translators: {what} is "the reaction of TNF to ATP" or the like.
    return telling.language.tell("{what} in {cells}", what=words, cells=telling.names.cells(cells))


def _what(findings: Sequence[Finding], telling: Telling) -> str:
    first, language = findings[0], telling.language
    analyte = telling.listed(map(telling.target, findings))
    if first.stimulus and first.ask != "effect":
        stimulus = telling.names.stimulus(first.stimulus)
        # Translators: this and the next six are the subject {what} of sentences. Use nouns of one
        # gender in all of them, so that adjectives agree (French: la réaction, la quantité, la
        # valeur).
        return language.tell(
            "the reaction of {analyte} to {stimulus}", analyte=analyte, stimulus=stimulus
        )
    if first.condition:
        stimulus = telling.names.stimulus(first.condition)
        return _under(first, analyte, stimulus, language)
    untreated = telling.study.control_stimulus() and first.ask != "effect"
    return _level(first, analyte, language, untreated=bool(untreated))


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
            return language.tell("the amount of {analyte} in untreated cells", analyte=analyte)
        return language.tell("the amount of {analyte}", analyte=analyte)
    if untreated:
        return language.tell("the value of {analyte} in untreated cells", analyte=analyte)
    return language.tell("the value of {analyte}", analyte=analyte)


def is_amount(finding: Finding) -> bool:
    """Whether a result is an amount; a signal, a share or points on a scale are values."""
    return finding.on == "amount" and finding.unit.reading not in ("odds", "points", "share")
