"""The kinds of questions in the words of the forms, and the fields of each in the order in which
one fills them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from exvivo.study.question_records import QUESTIONS, Ask

MEASURED = "measured"
"""The one choice that stands for `stimulus` and `condition`: the response to a stimulus, the level
under it, or the level itself.
"""
_KINDS: dict[Ask, tuple[str, str]] = {
    "difference": ("Do two groups differ?", "Patients and healthy people, in a response or level."),
    "association": ("Does a result go with a score?", "Within one group, with a clinical scale."),
    "change": ("Does a result change over visits?", "In one group, from visit to visit."),
    "treatment": ("Do donors with a medication differ?", "Taken or not, within one group."),
    "effect": ("What does an antagonist do?", "In the culture, on cells of the same donors."),
    "specificity": (
        "Is a difference larger here than there?",
        "In one analyte more than in others, or in one kind of cell.",
    ),
    "mediation": ("Does a result carry a difference in scores?", "A hypothesis, never a cause."),
    "identity": ("Which cells do the cells resemble?", "By their expression of genes."),
}
_LABELS = {
    "groups": "Groups: the first minus the second",
    "within": "Group",
    "assays": "Assays",
    "analytes": "Analytes",
    "scales": "Scales",
    "cell_type": "Cells",
    MEASURED: "What is compared",
    "stimulus": "Stimulus alone",
    "blocked": "Stimulus with the antagonist",
    "visits": "Visits, in order",
    "margin": "Smallest difference that matters, in folds",
    "margin_reason": "Why less would not matter",
    "adjust": "Adjusted for",
    "answer": "The answer is",
    "negative_control": "A negative control: no difference is expected",
    "screen": "A screen: findings are leads",
    "method": "Coefficient",
    "symptoms": "What is expected: a higher result with",
    "against": "Held against the mean of these analytes",
    "against_cell_type": "Held against these cells",
    "exposure": "Column of the donors that tells",
    "exposed": "What stands there for donors who take it",
    "not_exposed": "What stands there for donors who do not",
    "like": "The reference they are said to resemble",
    "profiles": "Table of their expression",
    "references": "Table of the reference cells",
    "scale": "The numbers of both tables are",
    "markers": "Marker panel",
    "condition": "What the cells were stimulated with, or cultured in",
    "samples": "Table of the samples",
    "gene_names": "Table of gene names",
    "evidence": "What else speaks of what the cells are",
    "family": "Family",
    "id": "Short name",
}
_HELP = {
    "margin": "2 is two-fold, 1.5 is half as much again. Empty: no smallest difference is declared",
    "margin_reason": "Asked for from 4-fold on",
    "family": "Questions of one family are corrected together. Empty: by itself",
    "not_exposed": "Several words with a comma between them: no, nein",
    "exposed": "As the table has it: yes",
    "profiles": "A file of the study. A column `gene`, then a column for each donor",
    "references": "A file of the study. A column `gene`, then a column for each sample, CELL:NAME",
    "like": "As the columns of the table of references call it: microglia. Where these cells are "
    "there in several conditions: monocyte, LPS",
    "condition": "Only where it may be seen in their genes: ATP, LPS 24 h. Empty: nothing",
    "samples": "A file with the column `sample` (the name of a column of either table), and any "
    "of: cell, donor, batch, condition. Needed where the names of the columns do not say it, or "
    "where references come in batches",
    "gene_names": "A file: the table of all genes of genenames.org, as downloaded. Needed where "
    "one table has symbols and the other ids",
    "evidence": "Protein, function and genotype, each by a question of this study or by a note of "
    "what was seen elsewhere and where it is written. Never summed to a yes",
    "id": "Empty: made of what is asked",
    "screen": "The share of false leads is controlled, in place of any false finding",
    "adjust": "At most one for every ten donors",
}
_FIRST = (
    *("groups", "within", "exposure", "exposed", "not_exposed", "cell_type", MEASURED),
    *("stimulus", "blocked", "visits", "assays", "analytes", "scales"),
    *("against", "against_cell_type", "like", "condition", "profiles", "references", "scale"),
    *("markers", "samples", "gene_names", "evidence"),
    *("margin", "margin_reason", "method", "symptoms", "adjust", "answer"),
    *("negative_control", "screen", "family", "id"),
)
"""The order of fields."""
DECLARED = {
    "groups": "groups",
    "within": "groups",
    "assays": "assays",
    "analytes": "analytes",
    "against": "analytes",
    "scales": "scales",
    "cell_type": "cell_types",
    "against_cell_type": "cell_types",
    "stimulus": "stimuli",
    "blocked": "stimuli",
    "visits": "visits",
}
"""The part of a study that a field chooses from."""
Control = (
    Literal["pair", "one", "several", "text", "check", "fold", "words", "measured"]
    | Literal["file", "panel", "evidence"]
)
_CONTROLS: dict[str, Control] = {
    "groups": "pair",
    "margin": "fold",
    "not_exposed": "words",
    MEASURED: "measured",
    "exposure": "one",
    "adjust": "several",
    "profiles": "file",
    "references": "file",
    "samples": "file",
    "gene_names": "file",
    "markers": "panel",
    "evidence": "evidence",
}


_RARE = frozenset(
    {"adjust", "answer", "negative_control", "screen", "method", "gene_names", "family", "id"}
)
"""Fields that most questions leave as they are."""


@dataclass(frozen=True)
class FieldOfKind:
    """A field of a kind of question: how it is filled, how it is called, the words it may hold
    where they are fixed, and what it is when nothing is chosen.
    """

    name: str
    control: Control
    label: str
    help: str
    words: tuple[str, ...]
    default: str
    required: bool

    @property
    def is_rare(self) -> bool:
        """Whether most questions leave it as it is."""
        return self.name in _RARE


@dataclass(frozen=True)
class Kind:
    """A kind of question: what it asks, in which situation, and its fields."""

    ask: Ask
    question: str
    about: str
    fields: tuple[FieldOfKind, ...]


def kind_of(ask: Ask) -> Kind:
    """The form of a kind of question."""
    question, about = _KINDS[ask]
    record = QUESTIONS[ask]
    hints = get_type_hints(record)
    known = {each.name: each for each in fields(record) if each.name != "ask"}
    names = list(known)
    if {"stimulus", "condition"} <= known.keys():
        names = [*(name for name in known if name not in ("stimulus", "condition")), MEASURED]
    ordered = sorted(names, key=_FIRST.index)
    return Kind(
        ask, question, about, tuple(_field(name, known.get(name), hints) for name in ordered)
    )


def kinds() -> list[Kind]:
    """Every kind, those asked most often first."""
    return [kind_of(ask) for ask in _KINDS]


def _field(name: str, known: Any, hints: dict[str, Any]) -> FieldOfKind:
    wanted = hints.get(name, str)
    words = get_args(wanted) if get_origin(wanted) is Literal else ()
    is_required = known is not None and not _has_default(known) and name != "id"
    default = str(known.default) if known is not None and words and _has_default(known) else ""
    label, about = _LABELS.get(name, name), _HELP.get(name, "")
    return FieldOfKind(name, _control(name, wanted), label, about, words, default, is_required)


def _has_default(known: Any) -> bool:
    from dataclasses import MISSING

    return known.default is not MISSING or known.default_factory is not MISSING


def _control(name: str, wanted: Any) -> Control:
    if name in _CONTROLS:
        return _CONTROLS[name]
    if wanted is bool:
        return "check"
    if get_origin(wanted) is tuple:
        return "several"
    return "one" if get_origin(wanted) is Literal or name in DECLARED else "text"
