"""What a summary is made of: what may be handed to anybody of a study, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from exvivo.findings import Finding
from exvivo.study import Study
from exvivo.tell.article.found import Ends, Found, usual_people
from exvivo.tell.article.hidden import Hidden, hidden_of
from exvivo.tell.article.telling import Telling
from exvivo.tell.language import Language
from exvivo.tell.phrases import clauses
from exvivo.tell.share.answers import CAUTION, Answer
from exvivo.tell.share.public import Public


@dataclass(frozen=True)
class Context:
    """What may be told of a study, with the words to tell it."""

    public: Public
    telling: Telling

    @property
    def study(self) -> Study:
        """The study."""
        return self.public.study

    @property
    def language(self) -> Language:
        """The language of the summary."""
        return self.telling.language

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The answers that may be told."""
        return self.public.answers.told

    @cached_property
    def hidden(self) -> Hidden:
        """How many answers may not be told."""
        return hidden_of(self.public)

    @cached_property
    def usual(self) -> dict[str, Ends]:
        """How many people of each group most answers that compare groups rest on."""
        return usual_people(answer.finding for answer in self.answers)

    @cached_property
    def _tempered(self) -> frozenset[int]:
        """The answers, by their identity, that are worth less than their numbers say."""
        return frozenset(
            id(answer.finding)
            for answer in self.answers
            if CAUTION in answer.cautions
            or clauses(answer.finding.warnings, answer.finding, self.study)
        )

    def is_tempered(self, finding: Finding) -> bool:
        """Whether something makes an answer worth less than its numbers say."""
        return id(finding) in self._tempered

    @cached_property
    def found(self) -> tuple[Found, ...]:
        """The questions that have an answer to be told."""
        made = (
            Found(question, tuple(self.public.answers.of(question)), self.telling, self.usual)
            for question in self.study.questions
        )
        return tuple(each for each in made if each.answers)
