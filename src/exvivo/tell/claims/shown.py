"""A checked text with its words: sentences in their order, the noticed words, and the answers
beside them.

In: `CheckedText`, the study and the findings of its run with their words. Out: records that the
page, the terminal and the JSON print as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from exvivo.claim_records import CheckedText, Judgement, Sentence, Spin, SpinKind
from exvivo.errors import Bug
from exvivo.findings import Finding
from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.claims.words import JUDGEMENTS, KINDS
from exvivo.tell.tables import Shown, answers_of

_SPACE = re.compile(r"\s")
"""Ends of lines and tabs of a text, each a space where it is shown."""


@dataclass(frozen=True, slots=True)
class ShownSpin:
    """A way in which a sentence says more: the noticed words as they stand there, what they say
    more, and the answers they were held against.
    """

    kind: SpinKind
    name: str
    rules: tuple[str, ...]
    noticed: str
    says: str
    places: tuple[tuple[int, int], ...]
    against: tuple[Shown, ...] = ()
    spins: tuple[Spin, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownSentence:
    """A sentence with its words: its text in pieces, of which some are noticed, how it says more,
    and the answers to hold it against, the nearest first.
    """

    number: int
    sentence: Sentence
    pieces: tuple[tuple[str, bool], ...]
    spins: tuple[ShownSpin, ...]
    answers: tuple[Shown, ...]

    @property
    def judgement(self) -> Judgement:
        """What was judged of it."""
        return self.sentence.judgement

    @property
    def text(self) -> str:
        """The sentence on one line."""
        return "".join(piece for piece, _ in self.pieces)

    @property
    def line(self) -> int:
        """The line of the text on which it begins."""
        return self.sentence.place.line


@dataclass(frozen=True, slots=True)
class ShownText:
    """A checked text with its words, and the answers of the study that it does not speak of."""

    name: str
    title: str
    simulated: bool
    sentences: tuple[ShownSentence, ...]
    answers: int
    unmentioned: tuple[Shown, ...]

    def of(self, judgement: Judgement) -> tuple[ShownSentence, ...]:
        """The sentences of one judgement."""
        return tuple(each for each in self.sentences if each.judgement == judgement)

    @property
    def tally(self) -> str:
        """How many sentences have each judgement: `12 sentences: 2 stronger, 4 borne out, ...`."""
        if not self.sentences:
            return "No sentence was met."
        counts = {judgement: len(self.of(judgement)) for judgement in JUDGEMENTS}
        parts = [f"{n} {JUDGEMENTS[each].name}" for each, n in counts.items() if n]
        return f"{words.counted(len(self.sentences), 'sentence')}: {', '.join(parts)}."

    @property
    def spoken_of(self) -> str:
        """How many of the study's answers the text speaks of."""
        spoken = self.answers - len(self.unmentioned)
        return (
            f"The text speaks of {spoken} of the study's {words.counted(self.answers, 'answer')}."
        )


def shown_text(checked: CheckedText, study: Study, findings: Sequence[Shown]) -> ShownText:
    """A checked text with its words. Raises `Bug` where it names a finding that is not among
    `findings`.
    """
    numbered = enumerate(checked.sentences, start=1)
    sentences = tuple(_sentence(number, each, findings) for number, each in numbered)
    spoken = [shown.finding for each in sentences for shown in each.answers]
    answers = answers_of(tuple(findings))
    return ShownText(
        name=checked.name,
        title=study.title,
        simulated=study.simulated,
        sentences=sentences,
        answers=len(answers),
        unmentioned=tuple(each for each in answers if each.finding not in spoken),
    )


def _sentence(number: int, sentence: Sentence, findings: Sequence[Shown]) -> ShownSentence:
    spins = tuple(_merged(_spin(spin, sentence, findings) for spin in sentence.spins))
    against = [shown for spin in spins for shown in spin.against]
    answers = _once([*against, *(_words_of(finding, findings) for finding in sentence.answers)])
    places = [place for spin in spins for place in spin.places]
    pieces = tuple(_pieces(_SPACE.sub(" ", sentence.text), places))
    return ShownSentence(number, sentence, pieces, spins, answers)


def _spin(spin: Spin, sentence: Sentence, findings: Sequence[Shown]) -> ShownSpin:
    start, end = spin.words
    return ShownSpin(
        kind=spin.kind,
        name=KINDS[spin.kind].name,
        rules=(spin.rule,),
        noticed=" ".join(sentence.text[start:end].split()),
        says=KINDS[spin.kind].says(spin),
        places=(spin.words,),
        against=(_words_of(spin.against, findings),) if spin.against else (),
        spins=(spin,),
    )


def _merged(spins: Iterable[ShownSpin]) -> Iterator[ShownSpin]:
    """Spins that read the same as one, with the answers of all of them."""
    groups: dict[tuple[str, str, str], list[ShownSpin]] = {}
    for spin in spins:
        groups.setdefault((spin.kind, spin.noticed, spin.says), []).append(spin)
    for first, *others in groups.values():
        alike = [first, *others]
        yield replace(
            first,
            rules=tuple(dict.fromkeys(rule for each in alike for rule in each.rules)),
            places=tuple(dict.fromkeys(place for each in alike for place in each.places)),
            against=_once(shown for each in alike for shown in each.against),
            spins=tuple(spin for each in alike for spin in each.spins),
        )


def _words_of(finding: Finding, findings: Sequence[Shown]) -> Shown:
    """A finding with its words."""
    for shown in findings:
        if shown.finding is finding or shown.finding == finding:
            return shown
    raise Bug(f"claims: a sentence names a finding of {finding.question} that the run has not")


def _once(findings: Iterable[Shown]) -> tuple[Shown, ...]:
    """Each finding once, in their order."""
    kept: list[Shown] = []
    for shown in findings:
        if shown not in kept:
            kept.append(shown)
    return tuple(kept)


def _pieces(text: str, places: Iterable[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    """A text cut where noticed words begin and end.

    >>> list(_pieces("TNF causes pain", [(4, 10)]))
    [('TNF ', False), ('causes', True), (' pain', False)]
    """
    noticed = {at for start, end in places for at in range(start, end)}
    begin = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or (at in noticed) != (begin in noticed):
            yield text[begin:at], begin in noticed
            begin = at
