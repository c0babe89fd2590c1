"""The folder that may be handed to anybody: a page, its figures and tables, made anew of what may
be told. Nothing is taken out of the laboratory's report: what is not asked for here is not there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path

import polars as pl

from exvivo.csv_text import csv_text
from exvivo.findings import Finding
from exvivo.study import Question, Study
from exvivo.tell import words
from exvivo.tell.asks import ASKS
from exvivo.tell.asks.parts import common_notes
from exvivo.tell.drawn import DATA, Drawn, drawn, write_figure
from exvivo.tell.figures import forest
from exvivo.tell.figures.chart import Figure
from exvivo.tell.in_plain_words import InPlainWords
from exvivo.tell.methods import methods
from exvivo.tell.names import briefly_about
from exvivo.tell.page import rendered
from exvivo.tell.phrases.terms import held_words
from exvivo.tell.provenance import Provenance
from exvivo.tell.share.answers import Answer, Answers, NotHere
from exvivo.tell.share.people import HIDDEN, People, Singled, people_table, singled_out
from exvivo.tell.simulated import truth_words
from exvivo.tell.stems import OVERVIEW, question_stems
from exvivo.tell.tables import Shown, Tables, answers_of
from exvivo.tell.terminal import MARKS, tally_words
from exvivo.tell.ways import question_anchor
from exvivo.tell.written import Written

_DIGITS = 4
"""Decimals of a number in a table that is handed on."""
_NUMBERS = ("estimate", "lower", "upper", "p_adjusted")
_PERSONS = "every number there is one person's"
_ALWAYS = (
    NotHere("names and ids of donors, cultures and samples", "they name persons"),
    NotHere(
        "who is in an answer and who is not, and why",
        "a list of persons; their numbers stand beside each answer",
    ),
    NotHere(
        "figures that draw every donor, and associations as points",
        "a score beside a result may be known to others; the estimate with its interval stands in "
        "their place",
    ),
    NotHere("tables of wells, quantities, responses, scores and fits", _PERSONS),
    NotHere("scores of questionnaires by group, and who lacks one", "small numbers of people"),
    NotHere("figures and tables of the quality of assays", "they show wells, each of one person"),
    NotHere(
        "what stands beside an answer, and how firm it is (without each donor, with what people "
        "left out put back)",
        "two numbers that differ by one person tell that person's result",
    ),
    NotHere("flags, exclusions and accepted contradictions", "they name wells, files and persons"),
    NotHere("how many results lie beyond a limit", "small numbers of people"),
    NotHere("medians, quartiles, smallest and largest values of people", "values of persons"),
    NotHere("input files, their hashes and headers, what was not read", "they may name persons"),
    NotHere(
        "days (of blood draws, runs, visits, birth), also that of the declaration and of locks",
        "a day known to others leads to a person",
    ),
    NotHere("the record of runs and decisions, and study.yaml", "they name files and persons"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """An answer as a row of the page and of the table."""

    question: str
    briefly: str
    verdict: str
    mark: str
    estimate: str
    interval: str
    p: str
    p_adjusted: str
    people: str
    sentence: str
    cautions: tuple[str, ...]
    flags: int


@dataclass(frozen=True, slots=True)
class Block:
    """A question with its answers and their figure."""

    anchor: str
    question: str
    notes: list[str]
    rows: list[Row]
    figure: Drawn | None


@dataclass(frozen=True)
class Public:
    """What may be handed to anybody of the results of a study, as they stand in `tables`."""

    study: Study
    tables: Tables
    version: str
    study_hash: str
    smallest: int

    @cached_property
    def people(self) -> People:
        """The donors, as they may be counted."""
        return People(self.study, self.smallest)

    @cached_property
    def answers(self) -> Answers:
        """The answers, as they may be told."""
        return Answers(self._undated, self.people, answers_of(self.tables.findings))

    @property
    def singled_out(self) -> tuple[Singled, ...]:
        """Who could be singled out, in the laboratory's results and in these."""
        return singled_out(self.people)

    @cached_property
    def _undated(self) -> Study:
        """The study without the people of groups that are too small, and without the day on which
        it was declared.
        """
        study, groups = self.study, self.people.groups
        if "group" not in study.donors.columns:
            return study
        return replace(
            study,
            groups=tuple(each for each in study.groups if each.id in groups),
            donors=study.donors.filter(pl.col("group").is_in(groups)),
            plan=replace(study.plan, declared=""),
        )

    @cached_property
    def blocks(self) -> list[Block]:
        """The questions about groups that may be told of."""
        numbered = enumerate(self.answers.questions.values(), 1)
        return [self._block(question, number) for number, question in numbered]

    def _block(self, question: Question, number: int) -> Block:
        answers = self.answers.of(question)
        return Block(
            question_anchor(number),
            f"{number}. {ASKS[question.ask].words(question, self.study)}",
            [*common_notes(question, self.study), *_held(answers)],
            [row_of(each, self.study) for each in answers],
            self._figure(question, [each.finding for each in answers]),
        )

    def _figure(self, question: Question, findings: Sequence[Finding]) -> Drawn | None:
        """The estimates of a question with their intervals, a row each."""
        if not findings:
            return None
        name = f"question_{question_stems(self.study)[question.id]}{OVERVIEW}"
        figure = forest.figure(question, findings, study=self.study, name=name)
        return drawn(_rounded(figure), self.study) if figure else None

    @property
    def not_here(self) -> list[NotHere]:
        """Everything that is left out, each with the reason."""
        return [*_ALWAYS, *self._not_here()]

    def _not_here(self) -> Iterator[NotHere]:
        for name in self.people.too_small:
            yield NotHere(f"the group {name}", f"fewer than {self.smallest} people")
        why = "not declared as a characteristic, so that it may be a name; or a day"
        yield from (NotHere(f"donors.csv, {name}", why) for name in self.people.not_told)
        yield from self.answers.not_told()

    @property
    def shown(self) -> list[Shown]:
        """The answers as the words of a page are made of them."""
        return [
            Shown(each.finding, each.sentence, "", _method(each.finding), "", each.cautions)
            for each in self.answers.told
        ]

    def page(self, plain: InPlainWords | None = None) -> str:
        """The page; `plain` is what it says of the summary in plain language."""
        study = self._undated
        told = replace(self.tables, findings=tuple(self.shown))
        provenance = Provenance(version=self.version, study_hash=self.study_hash)
        return rendered(
            "public.html",
            study=study,
            truth=truth_words(study),
            version=self.version,
            study_hash=self.study_hash,
            smallest=self.smallest,
            hidden_sign=HIDDEN,
            blocks=self.blocks,
            rows=self.shown,
            tally=tally_words(self.shown),
            plain=plain,
            people=people_table(self.people),
            k_words=k_words(self.singled_out[-1]),
            methods=methods(study, told, provenance),
            not_here=self.not_here,
        )


def write_public(public: Public, folder: Path, plain: InPlainWords | None = None) -> None:
    """Write the page, the data behind its figures and its tables into an empty folder; `plain` is
    what the page says of the summary in plain language.
    """
    study = public.study
    (folder / DATA).mkdir(parents=True)
    (folder / "tables").mkdir()
    written = Written(folder)
    for block in public.blocks:
        if block.figure:
            write_figure(block.figure, written, simulated=study.simulated)
    for name, frame in _frames(public).items():
        written.text(f"tables/{name}.csv", csv_text(frame, simulated=study.simulated))
    written.text("report.html", public.page(plain))
    written.text("share.json", json.dumps(_facts(public), ensure_ascii=False, indent=1) + "\n")


def _frames(public: Public) -> dict[str, pl.DataFrame]:
    """The tables: answers as they are printed, people, and what is left out."""
    rows = [asdict(row) | {"cautions": " ".join(row.cautions)} for row in _rows(public)]
    table = people_table(public.people)
    people = pl.DataFrame(table.rows, schema=list(table.heads), orient="row")
    not_here = [asdict(each) for each in public.not_here]
    frames = {"people": people, "not_here": pl.DataFrame(not_here)}
    return ({"answers": pl.DataFrame(rows).drop("mark")} if rows else {}) | frames


def _rows(public: Public) -> list[Row]:
    return list(chain.from_iterable(block.rows for block in public.blocks))


def _facts(public: Public) -> dict[str, object]:
    """What a program wants to know of the folder."""
    last = public.singled_out[-1]
    return {
        "for": "public",
        "exvivo": public.version,
        "study": public.study_hash,
        "simulated": public.study.simulated,
        "smallest": public.smallest,
        "k": last.k,
        "people": last.people,
    }


def row_of(answer: Answer, study: Study) -> Row:
    """An answer as it is printed."""
    finding = answer.finding
    return Row(
        question=finding.question,
        briefly=briefly_about(finding, study),
        verdict=finding.verdict or "",
        mark=MARKS[finding.verdict] if finding.verdict else "",
        estimate=words.sized(finding.estimate, finding.unit),
        interval=words.ends_of(finding.lower, finding.upper, finding.unit),
        p=words.p_value(finding.p),
        p_adjusted=words.p_value(finding.p_adjusted),
        people=words.group_counts(finding.n),
        sentence=answer.sentence,
        cautions=answer.cautions,
        flags=answer.flags,
    )


def k_words(printed: Singled) -> str:
    """How many people share the rarest combination of what is printed."""
    if not printed.people:
        return "No group has enough people for this page to tell of one."
    alone = "nobody is" if not printed.only_one else f"{printed.only_one} would be"
    return (
        f"With everything in this table taken together, at least {printed.k} people look alike "
        f"(k = {printed.k}): {alone} the only one of a kind."
    )


def _held(answers: Sequence[Answer]) -> list[str]:
    """What the answers of a question hold of the design, as a sentence."""
    terms = chain.from_iterable(each.finding.held for each in answers)
    held = held_words(dict.fromkeys(terms))
    return [f"In the answers, {held.removesuffix(' held')} is held constant."] if held else []


def _method(finding: Finding) -> str:
    """The method with its source, without the facts of how it ran."""
    sources = ", ".join(f"doi {doi}" for doi in finding.method.doi)
    return finding.method.name + (f" ({sources})" if sources else "")


def _rounded(figure: Figure) -> Figure:
    """A figure whose data have as many digits as anybody reads."""
    numbers = [name for name in _NUMBERS if figure.data.schema[name].is_numeric()]
    return replace(figure, data=figure.data.with_columns(pl.col(numbers).round(_DIGITS)))
