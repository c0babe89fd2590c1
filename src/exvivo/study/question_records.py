"""What a study may ask: one record a kind of question, field by field; part of the grammar of
study.yaml (`records`).

Fields that several kinds share stand in the private records at the top. A kind names those it has
from last to first: dataclasses take fields of the last base first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal, assert_never

from exvivo import catalog
from exvivo.study.say import say


@dataclass(frozen=True, kw_only=True)
class _Asked:
    id: str = say("short name (more_tnf)")
    ask: str
    family: str = say(
        "questions with the same family are corrected together; its own id by default", default=""
    )


@dataclass(frozen=True, kw_only=True)
class _BetweenGroups(_Asked):
    groups: tuple[str, ...] = say("the two groups: the first minus the second")


@dataclass(frozen=True, kw_only=True)
class _WithinGroup(_Asked):
    within: str = say("the group the answer is about")


@dataclass(frozen=True, kw_only=True)
class _OfResults(_Asked):
    assays: tuple[str, ...] = say("the assays asked")
    analytes: tuple[str, ...] = say(
        "the analytes asked: each assay and analyte is one test of the family"
    )


@dataclass(frozen=True, kw_only=True)
class _OfScales(_Asked):
    scales: tuple[str, ...] = say(
        "the scales asked: each assay, analyte and scale is one test of the family"
    )


@dataclass(frozen=True, kw_only=True)
class _InCells(_Asked):
    cell_type: str = say("the cell type asked; may be left out where there is one", default="")
    stimulus: str = say(
        "response to this stimulus against the control condition; left out: the level itself",
        default="",
    )


@dataclass(frozen=True, kw_only=True)
class _AtCondition(_InCells):
    condition: str = say(
        "the level under this stimulus, in place of the response to it: the right question where "
        "the unstimulated wells are below a limit",
        default="",
    )


@dataclass(frozen=True, kw_only=True)
class Difference(_AtCondition, _OfResults, _BetweenGroups):
    """Do two groups differ in their response to a stimulus (or in their level, where no stimulus is
    named)?
    """

    ask: Literal["difference"] = say("difference")
    margin: float | None = say(
        "log2 fold below which a difference would not matter, if equivalence is claimed",
        scale="log2",
        default=None,
    )
    margin_reason: str = say(
        "why differences up to the margin do not matter; asked for from 4-fold on (margin: 2)",
        default="",
    )
    adjust: tuple[str, ...] = say(
        "columns of donors.csv adjusted for beside the answer (age, bmi); at most one for every "
        "ten donors",
        default=(),
    )
    answer: Literal["unadjusted", "adjusted"] = say(
        "which of both answers: the difference with the columns of `adjust` held, or without; the "
        "other stands beside it",
        default="unadjusted",
    )
    negative_control: bool = say(
        "true where no difference is expected, whatever the disease does: one that is found speaks "
        "against the others",
        default=False,
    )
    screen: bool = say(
        "true for a screen: the false discovery rate is controlled (Benjamini and Hochberg), and "
        "findings are leads",
        default=False,
    )


@dataclass(frozen=True, kw_only=True)
class Association(_AtCondition, _OfScales, _OfResults, _WithinGroup):
    """Is the response (or level) related to a clinical scale within a group?"""

    ask: Literal["association"] = say("association")
    method: Literal["spearman", "pearson"] = say("the coefficient that answers", default="spearman")
    adjust: tuple[str, ...] = say(
        "columns of donors.csv adjusted for beside the answer (age, bmi); at most one for every "
        "ten donors",
        default=(),
    )
    answer: Literal["within", "adjusted", "across groups"] = say(
        "which coefficient answers: that within the group, that with the columns of `adjust` held, "
        "or that of all groups with the group held; the others stand beside it",
        default="within",
    )
    symptoms: Literal["worse", "better", "either"] = say(
        "what was expected: a higher response with worse symptoms, with better ones, or no "
        "expectation",
        default="either",
    )


@dataclass(frozen=True, kw_only=True)
class Specificity(_AtCondition, _OfResults, _BetweenGroups):
    """Is the groups' difference larger in one analyte than in others, or in these cells than in
    others of the same donors?

    The answer is a contrast. That one difference was found and another was not says nothing of the
    kind.
    """

    ask: Literal["specificity"] = say("specificity")
    against: tuple[str, ...] = say("the analytes whose mean it is held against", default=())
    against_cell_type: str = say(
        "the other cells of the same donors that it is held against", default=""
    )


@dataclass(frozen=True, kw_only=True)
class Change(_AtCondition, _OfResults, _WithinGroup):
    """Does the response (or level) of a group change from visit to visit, and does a scale change
    with it?
    """

    ask: Literal["change"] = say("change")
    visits: tuple[str, ...] = say("the visits in order; the last minus the first is the change")
    scales: tuple[str, ...] = say(
        "scales whose change is related to that of the response: change on change with two visits, "
        "repeated measures within donors with more; left out: the change itself is asked",
        default=(),
    )
    margin: float | None = say(
        "log2 fold below which a change would not matter", scale="log2", default=None
    )
    margin_reason: str = say(
        "why differences up to the margin do not matter; asked for from 4-fold on (margin: 2)",
        default="",
    )


@dataclass(frozen=True, kw_only=True)
class Effect(_InCells, _OfResults, _WithinGroup):
    """What does an antagonist, inhibitor or knock-down do to the response of the same donors'
    cells? Causal in the culture only.
    """

    ask: Literal["effect"] = say("effect")
    stimulus: str = say("the stimulus alone (ATP)")
    blocked: str = say(
        "the stimulus with the antagonist or knock-down, as the layouts name it (ATP_A438079)"
    )
    margin: float | None = say(
        "log2 fold below which an effect would not matter", scale="log2", default=None
    )
    margin_reason: str = say(
        "why differences up to the margin do not matter; asked for from 4-fold on (margin: 2)",
        default="",
    )


@dataclass(frozen=True, kw_only=True)
class Treatment(_AtCondition, _OfResults, _WithinGroup):
    """Do donors who take a medication (or are otherwise exposed) respond otherwise? Never
    randomised, so never a cause.
    """

    ask: Literal["treatment"] = say("treatment")
    exposure: str = say("the column of donors.csv that tells (pregabalin)")
    exposed: str = say(
        "what stands there for an exposed donor (yes); an empty cell, and a word of `missing`, is "
        "not known"
    )
    not_exposed: tuple[str, ...] = say(
        "what stands there for donors who are not exposed (no, nein); needed where several other "
        "words stand beside yes, or one that may be another spelling",
        default=(),
    )
    adjust: tuple[str, ...] = say(
        "columns of donors.csv adjusted for (age, bmi); at most one for every ten donors",
        default=(),
    )


@dataclass(frozen=True, kw_only=True)
class Mediation(_AtCondition, _OfScales, _OfResults, _BetweenGroups):
    """How much of a scale's difference between groups goes along with the response? A hypothesis in
    cross-sectional data.
    """

    ask: Literal["mediation"] = say("mediation")
    adjust: tuple[str, ...] = say(
        "columns of donors.csv adjusted for (age, bmi); at most one for every ten donors",
        default=(),
    )


_TABLES = ("profiles", "references")
"""The tables without which no question of identity can be asked."""


@dataclass(frozen=True, kw_only=True)
class EvidenceItem:
    """An item of the checklist of a kind of cell, and what in this study speaks of it."""

    item: str = say("the item, as the catalog calls it (phagocytosis)")
    question: str = say("the id of the question of this study that asks it", default="")
    note: str = say("what was seen outside this study, and where it is written", default="")

    def __str__(self) -> str:
        return f"{self.item} ({'; '.join(filter(None, (self.question, self.note)))})"


@dataclass(frozen=True, kw_only=True)
class Identity(_Asked):
    """Which cells do the cultured cells resemble? Similarity to each reference with its interval,
    never a yes or no.
    """

    ask: Literal["identity"] = say("identity")
    cell_type: str = say("the cultured cells asked about")
    like: str = say(
        "the reference they are said to resemble, as the columns of `references` name it "
        "(microglia)"
    )
    profiles: str = say(
        "a table of their expression: a column `gene`, then a column a sample (donor, or "
        "donor:name)"
    )
    references: str = say(
        "a table of the cells compared with: a column `gene`, then a column a sample, named "
        "CELL:NAME; where NAME is a donor of donors.csv, that donor gave both"
    )
    scale: Literal["log2", "counts"] = say(
        "what the numbers of both tables are: log2 expression, or counts of reads"
    )
    markers: str = say(
        "a marker panel of the catalog, or a file with a column `gene`; left out: all genes in "
        "both",
        default="",
    )
    condition: str = say(
        "what the cultured cells were stimulated with or cultured in, where that may be seen in "
        "their genes (ATP, LPS 24 h); left out: nothing",
        default="",
    )
    samples: str = say(
        "a table that says of columns of both tables, by `sample`, any of: cell, donor, batch, "
        "condition; needed where their names do not say it, or references come in batches",
        default="",
    )
    gene_names: str = say(
        "the table of gene names of HGNC, as downloaded, where one table has symbols and the other "
        "ids; the catalog knows the names of its own genes only",
        default="",
    )
    evidence: tuple[EvidenceItem, ...] = say(
        "what else speaks of what the cells are, by the checklist of these cells: protein, "
        "function, genotype; left out: what the study's own assays and questions show by their "
        "names",
        default=(),
    )

    @property
    def named_files(self) -> Mapping[str, str]:
        """The files it is answered from, by the field that names each; markers where they are a
        file, which has a suffix, and no panel of the catalog.
        """
        is_panel = catalog.panel_named(self.markers) or not PurePath(self.markers).suffix
        own = "" if is_panel else self.markers
        files = {
            "profiles": self.profiles,
            "references": self.references,
            "markers": own,
            "samples": self.samples,
            "gene_names": self.gene_names,
        }
        return {field: name for field, name in files.items() if name or field in _TABLES}

    @property
    def data_files(self) -> tuple[str, ...]:
        """The files that hold what was measured, or say of what: all but genes and their names."""
        named = (self.profiles, self.references, self.samples)
        return tuple(name for name in named if name)

    @property
    def files(self) -> tuple[str, ...]:
        """The files it is answered from."""
        return tuple(self.named_files.values())


Measured = Difference | Association | Specificity | Change | Effect | Treatment | Mediation
"""Questions about what was measured; they name assays and analytes."""
Compared = Difference | Specificity | Mediation
"""Questions that compare two groups."""
Question = Measured | Identity

Ask = Literal[
    "difference",
    "association",
    "specificity",
    "change",
    "effect",
    "treatment",
    "mediation",
    "identity",
]
"""The words of `ask`."""
QUESTIONS: Mapping[Ask, type[Question]] = {
    "difference": Difference,
    "association": Association,
    "specificity": Specificity,
    "change": Change,
    "effect": Effect,
    "treatment": Treatment,
    "mediation": Mediation,
    "identity": Identity,
}
"""The record of each kind of question."""


LARGE_MARGIN = 2.0
"""The margin (log2 fold) from which its reason is asked for: four-fold is what serology takes for a
rise that is real.
"""


def margin_of(question: Question) -> float | None:
    """The declared margin of a question that can have one."""
    return question.margin if isinstance(question, Difference | Change | Effect) else None


def margin_wants_reason(question: Question) -> bool:
    """Whether a question's margin is so large that it needs a reason, and has none."""
    if not isinstance(question, Difference | Change | Effect) or question.margin is None:
        return False
    return question.margin >= LARGE_MARGIN and not question.margin_reason.strip()


def condition_of(question: Question) -> str:
    """The stimulus under which a question asks for the level; empty where it asks for none."""
    return question.condition if isinstance(question, _AtCondition) else ""


def groups_of(question: Question) -> tuple[str, ...]:
    """The groups a question is about; none where it is about cells only."""
    match question:
        case Difference() | Specificity() | Mediation():
            return question.groups
        case Association() | Change() | Effect() | Treatment():
            return (question.within,)
        case Identity():
            return ()
        case _:
            assert_never(question)
