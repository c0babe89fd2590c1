"""A text held against the answers of a study: from its sentences to what is said of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

from exvivo.claim_records import CheckedText, Judgement, Sentence, Spin
from exvivo.claims.document import Written, sentences_of
from exvivo.claims.figures import people_spins, whole_group_spins
from exvivo.claims.judge import Judged, Told, judge
from exvivo.claims.numbers import numbers_of
from exvivo.claims.readings import Clause, clauses_of
from exvivo.claims.rules import word_lists
from exvivo.claims.subjects import Subjects
from exvivo.claims.tokens import Mark, Phrases, Token, tokens_of
from exvivo.claims.whole import all_read, in_order
from exvivo.findings import Finding
from exvivo.study import Study

_FIRST = (
    "use",
    "cause",
    "beyond_cells",
    "everyone",
    "not_asked",
    "no_difference",
    "direction",
    "numbers",
)
"""The kinds in the order in which a sentence's spins are told."""


def check(text: str, study: Study, findings: Sequence[Finding], *, name: str) -> CheckedText:
    """Every sentence of an English text (Markdown, plain or HTML, by the ending of `name`) held
    against the findings of the last run.
    """
    reader = _Reader(study, [each for each in findings if each.part == "answer"])
    return CheckedText(name, tuple(reader.read(sentences_of(text, name=name))))


@cache
def _listed() -> Phrases:
    """The phrases of the lists of words."""
    return Phrases((kind, "", phrase) for kind, words in word_lists().items() for phrase in words)


class _Reader:
    """Reads sentence after sentence; what one leaves out it takes from the one before."""

    def __init__(self, study: Study, answers: list[Finding]) -> None:
        self._study, self._answers = study, answers
        self._before: tuple[Finding, ...] = ()
        self._sizes = Counter(study.donors["group"].to_list())
        self._subjects = Phrases(Subjects(study).phrases())

    def read(self, written: Iterable[Written]) -> Iterable[Sentence]:
        """What is said of each sentence."""
        inherited: tuple[Mark, ...] = ()
        paragraph = -1
        for each in written:
            if each.paragraph != paragraph:
                inherited, paragraph, self._before = (), each.paragraph, ()
            sentence, clauses = self._judged(each, inherited)
            inherited = _carried(clauses) or inherited
            if sentence.answers:
                self._before = sentence.answers
            yield sentence

    def _judged(
        self, written: Written, inherited: tuple[Mark, ...]
    ) -> tuple[Sentence, list[Clause]]:
        tokens = tokens_of(written.text)
        if not tokens or len(tokens) > _LONGEST:
            judgement: Judgement = "not_judged" if tokens else "nothing"
            return Sentence(written.text, written.place, judgement), []
        marks = [*_listed().marks(tokens), *self._subjects.marks(tokens)]
        elliptic = _leaves_out(marks) and _in_study(marks, tokens)
        before = inherited if elliptic else ()
        clauses = clauses_of(tokens, marks, before)
        told = Told(self._answers, self._before)
        numbers = numbers_of(written.text)
        judged = [judge(each, numbers, self._study, told) for each in clauses]
        spins = [spin for each in judged for spin in each.spins]
        if not any(clause.has("background", "plan", "hypothesis") for clause in clauses):
            spins += whole_group_spins(written.text, clauses)
            spins += people_spins(written.text, clauses, self._sizes, self._answers)
        answers = [answer for each in judged for answer in each.answers]
        whole = all_read(written.text, tokens, marks, numbers, answers)
        pairs = zip(clauses, judged, strict=True)
        whole = whole and all(in_order(clause, numbers, each.answers) for clause, each in pairs)
        return _sentence(written, judged, spins, whole), clauses


_OWN = frozenset({"group", "scale", "cells", "response", "cell_type", "stimulus", "people"})


_LONGEST = 300
"""Words of a sentence that is read; a longer one is none that a person wrote."""
_NAMED = frozenset({"analyte", "other_analyte", "blocked", "exposure"})


def _leaves_out(marks: list[Mark]) -> bool:
    """Whether a sentence has a pronoun in the place of what was measured."""
    kinds = {mark.kind for mark in marks}
    return "pronoun" in kinds and not kinds & _NAMED


def _in_study(marks: list[Mark], tokens: list[Token]) -> bool:
    """Whether a sentence with a pronoun speaks of people, cells, scales or numbers itself."""
    return any(m.kind in _OWN for m in marks) or any(t.word[:1].isdigit() for t in tokens)


def _carried(clauses: list[Clause]) -> tuple[Mark, ...]:
    return tuple(mark for clause in clauses for mark in clause.of("analyte", "scale", "group"))


def _sentence(written: Written, judged: list[Judged], spins: list[Spin], whole: bool) -> Sentence:
    """The sentence with what is said of it; borne out only where all of it was read."""
    ordered = sorted(spins, key=lambda spin: _FIRST.index(spin.kind))
    answers = dict.fromkeys(id(a) for each in judged for a in each.answers)
    by_id = {id(a): a for each in judged for a in each.answers}
    judgement: Judgement = "nothing"
    if ordered:
        judgement = "stronger"
    elif any(each.claims for each in judged):
        read = whole and answers and not any(each.unread for each in judged)
        judgement = "borne_out" if read else "not_judged"
    told = tuple(by_id[key] for key in answers) if judgement != "nothing" else ()
    return Sentence(written.text, written.place, judgement, told, tuple(ordered))
