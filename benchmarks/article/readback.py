"""Our own summary read back: what its sentences claim, of whom, how large, by the phrases of the
language alone; and where that is not what the findings say.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from benchmarks.article.expected import (
    Claim,
    People,
    claim_of,
    people_of,
    sides,
    sizes_of,
)
from benchmarks.article.names import Names
from benchmarks.article.reading import sentences_of
from benchmarks.article.summaries import Summary
from benchmarks.article.vocabulary import Vocabulary, vocabulary
from exvivo.findings import Finding
from exvivo.study import Question
from exvivo.tell.article.records import Asked, PlainAnswer

NEAR = 0.26
"""How far a size in words may lie from the number, in log2: a fifth."""
INWARD, OUTWARD = 0.07, 0.68
"""How far an end of a range may lie inside and outside of the true end, in log2: 5 %, 1.6 times."""
SMALL, LARGE = 0.0101, 9e5
"""Folds beyond which a reader need only be told that they are so small, or so large."""
_UNDOING = ("no_answer", "cannot_tell", "like_none", "same", "goes_along", "larger", "like")
_BRIEFLY = {"worse": "tended", "better": "tended"}
"""What a claim is where it stands without what it is about."""
_CLAUSE = re.compile(r"[;；]")
_BESIDE = 30
"""Signs that may stand between a number of people and their group."""
_VISIT = "visit "
_WITHOUT_SIZE = ("coefficient", "similarity")


@dataclass(frozen=True)
class Wrong:
    """Something that a reader is told otherwise than the findings say."""

    kind: str
    told: str
    why: str


@dataclass(frozen=True)
class Reader:
    """A reader of one summary, who knows the names of the study and the language."""

    summary: Summary

    @cached_property
    def names(self) -> Names:
        """What things are called."""
        return Names(self.summary.public.study, self.summary.code)

    @cached_property
    def words(self) -> Vocabulary:
        """The phrases of the language."""
        return vocabulary(self.summary.code)

    @cached_property
    def questions(self) -> dict[str, Question]:
        """The questions by their ids."""
        return {each.id: each for each in self.summary.public.study.questions}

    def wrong(self) -> Iterator[Wrong]:
        """Everything that is told otherwise than it was found."""
        found = self.summary.section("found")
        if found is None:
            return
        usual = self.people(" ".join(found.paragraphs))
        for asked in found.asked:
            for answer in asked.answers:
                yield from self.wrong_answer(answer, asked, usual)
        yield from self._not_told(found.asked)
        yield from self._key_messages()
        yield from self._counts()

    def wrong_answer(
        self, answer: PlainAnswer, asked: Asked, usual: dict[str, tuple[int, int]]
    ) -> Iterator[Wrong]:
        """What is wrong with one answer."""
        text = f"{answer.sentence} {answer.size}"
        if self.words.has("counted", answer.sentence):
            yield from self._counted(answer)
            return
        for finding in answer.findings:
            claim, read = self._claim(finding), self.claim(answer.sentence, finding)
            if claim != read:
                yield Wrong("claim", text, f"read {read}, found {claim}")
                break
        yield from self._analytes(answer, asked.words)
        yield from self._people(answer, asked, usual)
        yield from self._sizes(answer)

    def _counted(self, answer: PlainAnswer) -> Iterator[Wrong]:
        """What is wrong with answers that are only counted, with what they say in few words."""
        text = f"{answer.sentence} {answer.size}"
        if float(len(answer.findings)) not in self.words.numbers(answer.sentence):
            yield Wrong("counted", text, f"{len(answer.findings)} answers")
        read = self.briefly(answer.sentence)
        claims = {_BRIEFLY.get(self._claim(each).what) for each in answer.findings}
        claims |= {self._claim(each).what for each in answer.findings} & {read}
        if read not in claims or len(claims - {None, read}) > 0:
            yield Wrong("claim", text, f"read {read}, found {sorted(map(str, claims))}")

    def briefly(self, text: str) -> str:
        """The claim of a few words."""
        for what in (*_UNDOING, "tended", "higher", "lower"):
            if self.words.claims[what].search(text):
                return what
        return "nothing"

    def _claim(self, finding: Finding) -> Claim:
        study = self.summary.public.study
        return claim_of(finding, self.questions[finding.question], study)

    def claim(self, sentence: str, finding: Finding) -> Claim:
        """What a sentence claims; `finding` tells only what is compared with what."""
        text = self.words.texts["ignore"].sub("", self.names.signed(sentence))
        for what in _UNDOING:
            if self.words.claims[what].search(text):
                return self._likeness(text, finding) if what == "like" else Claim(what)
        if self.words.claims["tended"].search(text):
            return self._link(text)
        up = self.words.claims["higher"].search(text)
        down = self.words.claims["lower"].search(text)
        if bool(up) == bool(down):
            return Claim("nothing")
        what = "higher" if up else "lower"
        first, second = sides(self.questions[finding.question])
        if self._compared_with(text, first, second) == first:
            what = {"higher": "lower", "lower": "higher"}[what]
        return Claim(what, first, second)

    def _link(self, text: str) -> Claim:
        """What a score does with a higher result."""
        worse = bool(self.words.claims["worse"].search(text))
        better = bool(self.words.claims["better"].search(text))
        up = bool(self.words.claims["higher"].search(text))
        down = bool(self.words.claims["lower"].search(text))
        if worse == better or up == down:
            return Claim("nothing")
        return Claim("worse" if worse == up else "better")

    def _likeness(self, text: str, finding: Finding) -> Claim:
        facts = finding.estimand.facts
        if "like" not in facts:
            return Claim("nothing")
        pair = [f"like {facts['like']}", f"like {finding.analyte}"]
        second = self._compared_with(text, *pair)
        first = next((each for each in pair if each != second), "")
        return Claim("like", first, second)

    def _compared_with(self, text: str, first: str, second: str) -> str:
        """Which of two stands in the place of what is compared with; empty where none does."""
        than = list(self.words.texts["than"].finditer(text))
        if not than:
            return ""
        if self.words.than_before:
            part = text[: than[-1].start()]
            return max((first, second), key=lambda each: self._last(part, each))
        part = text[than[-1].end() :]
        at = {each: self._first(part, each) for each in (first, second)}
        return min(at, key=lambda each: at[each])

    def _places(self, text: str, side: str) -> list[int]:
        if not side:
            return []
        if side == "without":
            return [match.start() for match in self.words.texts["without"].finditer(text)]
        if side.startswith(_VISIT):
            name = rf"(?<!\d){re.escape(side.removeprefix(_VISIT))}(?!\d)"
            return [match.start() for match in re.finditer(name, text)]
        return [match.start() for match in re.finditer(re.escape(self.names.sign(side)), text)]

    def _first(self, text: str, side: str) -> float:
        return min(self._places(text, side), default=math.inf)

    def _last(self, text: str, side: str) -> float:
        return max(self._places(text, side), default=-1.0)

    def _analytes(self, answer: PlainAnswer, asked: str) -> Iterator[Wrong]:
        """Every analyte that an answer is about is named in it or in the question, or those that
        are not are counted.
        """
        if any(finding.ask == "identity" for finding in answer.findings):
            return
        signed = self.names.signed(answer.sentence)
        names = {finding.analyte for finding in answer.findings}
        items = {(finding.analyte, finding.readout) for finding in answer.findings}
        missing = {name for name in names if self.names.sign(name) not in signed}
        if not missing:
            return
        left = len(names) - len(missing)
        counts = {
            float(n) for all_ in (len(names), len(items)) for n in range(all_ - left - 1, all_ + 1)
        }
        if counts & {*self.words.numbers(signed)}:
            return
        if [name for name in missing if self.names.sign(name) not in self.names.signed(asked)]:
            why = f"{sorted(missing)} neither named nor counted ({asked})"
            yield Wrong("analyte", f"{answer.sentence} {answer.size}", why)

    def people(self, text: str) -> dict[str, tuple[int, int]]:
        """The people of each group that a text tells of; that its name is one of a group is none
        of their number.
        """
        signed = self.words.texts["of_group"].sub("", self.names.signed(text))
        runs = list(self.words.texts["run"].finditer(signed))
        groups = [group.id for group in self.summary.public.study.groups]
        told: dict[str, tuple[int, int]] = {}
        for group in groups:
            for at in self._places(signed, group):
                run = min(runs, key=lambda each: _apart(each, at), default=None)
                if run is not None and _apart(run, at) <= _BESIDE:
                    numbers = self.words.numbers(run.group(0))
                    told[group] = (int(numbers[0]), int(numbers[-1]))
        return told

    def _resting(self, text: str) -> str:
        """The sentences of a text that say who it rests on."""
        sentences = sentences_of([self.names.signed(text)])
        return " ".join(each for each in sentences if self.words.has("rests", each))

    def _people(
        self, answer: PlainAnswer, asked: Asked, usual: dict[str, tuple[int, int]]
    ) -> Iterator[Wrong]:
        own = self.people(self._resting(answer.size))
        told = usual | self.people(self._resting(asked.words)) | own
        for group, low, high in _together(answer.findings):
            if told.get(group) != (low, high):
                why = f"{group}: read {told.get(group)}, found {(low, high)}"
                yield Wrong("people", f"{answer.sentence} {answer.size}", why)

    def _sizes(self, answer: PlainAnswer) -> Iterator[Wrong]:
        """Sizes as they are read against those that were found."""
        first = answer.findings[0]
        if first.unit.reading in _WITHOUT_SIZE or not answer.size:
            return
        for sentence in _clauses(self.names.signed(answer.size)):
            if self.words.has("rests", sentence):
                continue
            yield from (
                Wrong("size", answer.size, why) for why in self._size(sentence, answer.findings)
            )

    def _size(self, sentence: str, findings: Sequence[Finding]) -> Iterator[str]:
        sizes = [sizes_of(finding) for finding in findings]
        low, high = min(each[1] for each in sizes), max(each[2] for each in sizes)
        unit = findings[0].unit.reading
        read = list(self._read(sentence, unit))
        if self.words.has("any_size", sentence):
            read = [-math.inf, math.inf]
            low, high = (low or -math.inf), high
        elif self.words.has("upwards", sentence):
            read = [*read, math.inf]
        elif self.words.has("up_to", sentence):
            read = [low if math.isinf(low) or low == 0 else math.nan, *read]
        if not read:
            return
        if self.words.has("fits", sentence) or self.words.has("any_size", sentence):
            pairs = list(zip(read, (low, high), strict=False))
            if unit == "points" and low * high > 0:
                pairs = list(
                    zip(sorted(map(abs, read)), sorted(map(abs, (low, high))), strict=False)
                )
            if len(read) != 2:
                yield f"read {read}, found {(low, high)}"
                return
        else:
            known = [each[0] for each in sizes if each[0] is not None]
            if not known or len(read) > 2:
                yield f"read {read}, found {known}"
                return
            pairs = list(zip(sorted(read), (min(known), max(known)), strict=False))
            if unit == "points":  # the part of a difference, whichever group has it
                sides_of = sorted(map(abs, known))
                pairs = list(zip(sorted(map(abs, read)), (sides_of[0], sides_of[-1]), strict=False))
        is_range = self.words.has("fits", sentence) or self.words.has("any_size", sentence)
        for (told, true), out in zip(pairs, (-1, 1) if is_range else (0, 0), strict=False):
            if not near(told, true, unit, out):
                yield f"read {told:.4g}, found {true}"

    def _read(self, sentence: str, unit: str) -> Iterator[float]:
        if unit == "probability":
            name = "pairs_range" if self.words.has("fits", sentence) else "pairs_about"
            match = self.words.texts[name].search(sentence)
            yield from self.words.numbers(match.group(0)) if match else ()
            return
        yield from self.words.read(
            self.words.points if unit == "points" else self.words.sizes, sentence
        )

    def _not_told(self, asked: Iterable[Asked]) -> Iterator[Wrong]:
        """Answers that may be told and are not in the summary, or twice."""
        told = [id_of(f) for each in asked for answer in each.answers for f in answer.findings]
        every = [id_of(each.finding) for each in self.summary.public.answers.told]
        twice = len(told) - len(set(told))
        strangers = set(told) - set(every)
        if twice or strangers:
            yield Wrong("told", "", f"{twice} answers twice, {len(strangers)} of no finding")
        left = [each for each in every if each not in set(told)]
        text = " ".join(self.summary.lines)
        if left and float(len(left)) not in self.words.numbers(self.names.signed(text)):
            yield Wrong("told", "", f"{len(left)} answers are neither told nor counted")

    def _key_messages(self) -> Iterator[Wrong]:
        """The title and the key messages claim only what some answer bears."""
        section = self.summary.section("key")
        lines = [self.summary.article.title, *(section.lines() if section else ())]
        for sentence in sentences_of(lines):
            if self.claims_something(sentence) and not self._borne(sentence):
                yield Wrong("key", sentence, "no answer bears it")

    def claims_something(self, sentence: str) -> bool:
        """Whether a sentence has a claim of its own, with something that was measured."""
        signed = self.words.texts["ignore"].sub("", self.names.signed(sentence))
        study = self.summary.public.study
        ids = [each.id for each in study.analytes]
        ids += [each.id for each in study.scales] + [each.id for each in study.cell_types]
        about = any(self.names.sign(identifier) in signed for identifier in ids)
        claims = (*_UNDOING, "tended", "higher", "lower")
        return about and any(self.words.claims[what].search(signed) for what in claims)

    def _borne(self, sentence: str) -> bool:
        for each in self.summary.public.answers.told:
            finding = each.finding
            if self.claim(sentence, finding) == self._claim(finding) and not list(
                self._analytes(PlainAnswer((finding,), "higher", sentence), "")
            ):
                return True
        return self._counted_together(sentence)

    def _counted_together(self, sentence: str) -> bool:
        """Whether it counts several answers that bear it."""
        numbers = self.words.numbers(self.names.signed(sentence))
        told = [each.finding for each in self.summary.public.answers.told]
        return bool(numbers) and any(
            self.claim(sentence, finding) == self._claim(finding) for finding in told
        )

    def _counts(self) -> Iterator[Wrong]:
        """How many comparisons had an answer, as the key messages count them."""
        section = self.summary.section("key")
        told = [each.finding for each in self.summary.public.answers.told]
        claims = [self._claim(finding).what for finding in told]
        open_, none = claims.count("cannot_tell"), claims.count("no_answer")
        every = len(self.summary.public.answers.every)
        fine = {every, len(told), len(told) - open_ - none, open_, none, open_ + none}
        last = section.points[-1] if section and section.points else ""
        if any(number not in fine for number in self.words.numbers(self.names.signed(last))):
            yield Wrong("count", last, f"found {len(told)}, open {open_}, none {none}")


def _clauses(text: str) -> Iterator[str]:
    """The clauses of sentences that a semicolon parts."""
    for sentence in sentences_of([text]):
        yield from _CLAUSE.split(sentence)


def _apart(run: re.Match[str], at: int) -> int:
    """How many signs stand between a number and a name."""
    return at - run.end() if run.end() <= at else run.start() - at - 1


def _together(findings: Sequence[Finding]) -> Iterator[People]:
    """The people of several answers: the fewest and the most of each group."""
    every: dict[str, list[People]] = {}
    for finding in findings:
        for people in people_of(finding):
            every.setdefault(people[0], []).append(people)
    for group, people_of_group in every.items():
        yield group, min(p[1] for p in people_of_group), max(p[2] for p in people_of_group)


def id_of(finding: Finding) -> tuple[object, ...]:
    """What tells an answer from others."""
    about = (finding.question, finding.assay, finding.analyte, finding.scale)
    return (*about, finding.cell_type, finding.visit)


def near(told: float, true: float, unit: str, out: int = 0) -> bool:
    """Whether a size as told stands for a number, and on the same side of no difference; `out` is
    -1 for the lower end of a range and 1 for the upper one, which may lie farther out, not in.
    """
    if math.isnan(told):
        return False
    if unit in ("fold", "odds"):
        return _near_fold(told, true, out)
    if math.isinf(told) or math.isinf(true):
        return told == true
    return abs(told - true) <= max(1.0, 0.1 * abs(true))


def _near_fold(told: float, true: float, out: int) -> bool:
    if true < SMALL or true > LARGE or told <= 0 or math.isinf(told):
        return _far(told, true)
    same_side = (told - 1) * (true - 1) >= 0 or abs(true - 1) < 0.05
    off = math.log2(told / true) * (out or 1)
    inward, outward = (INWARD, OUTWARD) if out else (NEAR, NEAR)
    return same_side and -inward <= off <= outward


def _far(told: float, true: float) -> bool:
    """Both less than a hundredth, or more than nearly a million."""
    return (told <= SMALL and true <= SMALL) or (told >= LARGE and true >= LARGE)
