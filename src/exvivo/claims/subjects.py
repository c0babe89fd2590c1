"""What the sentences of a text can be about: the names of a study's analytes, groups, scales,
cells, stimuli and readouts, in every spelling that the study and the catalog know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exvivo import catalog
from exvivo.catalog.lay import LayKind, lay_term, lay_terms
from exvivo.claims.tokens import tokens_of
from exvivo.study import Effect, Identity, Study, Treatment

Named = tuple[str, str, str]
"""The kind of what a phrase names, its id, and the phrase."""

_CONDITION = re.compile(
    r"\b(?:with|who have|having|suffering from|affected by|living with) (?P<condition>[^,;()]+)",
    re.I,
)
_HEALTHY = (
    "healthy|unaffected people|persons|volunteers|donors|controls|participants|individuals|adults",
    "healthy|unaffected subjects|group|women|men|person|volunteer|donor|control|cells|ones",
    "control|comparison|reference group|donors|people|participants|subjects|cells|volunteers",
    "controls",
    "control",
    "the healthy",
    "those|people|volunteers|donors|persons without",
    "those|people|donors who do not|don't",
    "well people",
    "volunteers",
    "normal donors|people|controls|subjects|volunteers",
)
_PATIENTS = (
    "patient|patients|sufferer|sufferers",
    "those affected",
    "those with",
    "people|those|person affected",
    "the affected",
    "patient group|cells|donors",
    "those|people living with",
    "with the condition|disease|illness|disorder|syndrome",
    "diseased|ill|sick people|donors|persons|volunteers|ones",
    "cases",
)
_READOUTS = {
    "mrna": (
        *("mrna", "mrnas", "transcript|transcripts|transcriptional|transcription", "messenger rna"),
        *("gene expression", "gene message|messages", "rna", "message|messages", "messenger"),
        *("qpcr", "rt qpcr", "gene activity", "transcript level"),
    ),
    "protein": (
        *("protein|proteins", "secretion", "secreted|secretes|secrete|released", "supernatant*"),
        *("bead array", "concentration|concentrations"),
    ),
}
_OF_SCALES = {
    "pain": (
        "pain",
        "painful",
        "vas",
        "pain intensity|score|scores|rating|ratings",
        "hurt*",
        "sore*",
    ),
    "anxiety": ("anxiety", "anxious", "hads a", "worry|worried", "anxieties"),
    "depression": ("depression", "depress*", "hads d", "low mood", "mood", "despond*"),
    "quality of life": ("quality of life", "qol", "life quality", "daily life", "well being"),
}
"""Words for what scales ask, where the study's name of a scale holds the first of them."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """What a study names, and what its questions ask for beside it."""

    study: Study

    def phrases(self) -> list[Named]:
        """Every phrase that names something, with the kind and id of what it names."""
        return [*self._analytes(), *self._people(), *self._things(), *self._asked()]

    def _analytes(self) -> Iterator[Named]:
        """The study's analytes as `analyte`, the catalog's other ones as `other_analyte`."""
        own = {each.id: each.name for each in self.study.analytes}
        known = {catalog.known_as(key) or key: key for key in own}
        for entry in catalog.analytes().values():
            here = known.get(entry.id)
            for phrase in (entry.id, entry.name, *entry.also, *_FURTHER.get(entry.id, ())):
                yield ("analyte", here, phrase) if here else ("other_analyte", entry.id, phrase)
        for key, name in own.items():
            yield from (("analyte", key, phrase) for phrase in _ALL_OF_THEM)
            yield "analyte", key, key
            if name:
                yield "analyte", key, name

    def _people(self) -> Iterator[Named]:
        """The groups by their names; which of them are patients and which controls is told by
        their order in the questions and by their names.
        """
        for group in self.study.groups:
            yield "group", group.id, group.name
            if not group.id.isdigit() and len(group.id) > 1:
                yield "group", group.id, group.id
            for phrase in self._own("", group.id):
                yield "group", group.id, phrase
        if patients := self.patients:
            yield from (("group", patients, phrase) for phrase in _PATIENTS)
            yield from self._conditions(patients)
        if controls := self.controls:
            yield from (("group", controls, phrase) for phrase in _HEALTHY)

    def _conditions(self, patients: str) -> Iterator[Named]:
        """The disease of the patients, alone and as people are called by it."""
        for condition in self.conditions:
            for name in (condition, *_SHORT.get(condition, ())):
                yield "condition", condition, name
            for phrase in _OF_CONDITION:
                yield "group", patients, phrase.format(condition=condition)
                yield "named_group", patients, phrase.format(condition=condition)

    @property
    def conditions(self) -> tuple[str, ...]:
        """What the patients have, by the name of their group (people with fibromyalgia)."""
        names = [group.name for group in self.study.groups if group.id == self.patients]
        matches = filter(None, map(_CONDITION.search, names))
        return tuple(match["condition"].strip().lower() for match in matches)

    @property
    def controls(self) -> str | None:
        """The group that its name calls healthy or controls."""
        words = ("health", "control", "without", "unaffected", "comparison", "volunteer")
        named = [g.id for g in self.study.groups if any(word in g.name.lower() for word in words)]
        return named[0] if len(named) == 1 else None

    @property
    def patients(self) -> str | None:
        """The one other group than the controls."""
        others = [group.id for group in self.study.groups if group.id != self.controls]
        return others[0] if len(others) == 1 and len(self.study.groups) < 3 else None

    def _things(self) -> Iterator[Named]:
        """Cells, stimuli, scales and readouts."""
        for cells in self.study.cell_types:
            for phrase in (cells.id, cells.name, *self._own("cells", cells.id, cells.name)):
                yield "cell_type", cells.id, phrase
                yield "cell_type", cells.id, phrase.removesuffix("s")
        for cells_id, phrase in self._made_like():
            yield "cell_type", cells_id, phrase
        for kind in self._body_cells():
            yield "body_cells", kind, kind
        for stimulus in self.study.stimuli:
            kind = "control_stimulus" if stimulus.control else "stimulus"
            ids = () if stimulus.control else (stimulus.id,)
            for phrase in (stimulus.name, *ids, *self._own("stimuli", stimulus.id, stimulus.name)):
                yield kind, stimulus.id, phrase
        yield from self._other_stimuli()
        yield from self._scales()
        yield from self._readouts()

    def _made_like(self) -> Iterator[tuple[str, str]]:
        """Cells made to be like others (microglia-like cells), by the part of their name that says
        so, and macrophages by theirs.
        """
        for cells in self.study.cell_types:
            name = cells.name.lower()
            if like := re.search(r"(\w+)[- ]like", name):
                yield cells.id, f"{like[1]} like"
                yield cells.id, f"{like[1]} like cells"
                yield cells.id, f"induced {like[1]}"
            if "macrophage" in name:
                yield cells.id, "macrophage|macrophages"

    def _other_stimuli(self) -> Iterator[Named]:
        """What the catalog knows as a stimulus and this study did not give."""
        names = [each.id for each in self.study.stimuli] + [s.name for s in self.study.stimuli]
        given = {term.id for name in names if (term := lay_term("stimuli", name))}
        words = {token.word for name in names for token in tokens_of(name)}
        for term in lay_terms("stimuli").values():
            if (
                term.id not in given
                and not catalog.known_as(term.id)
                and not words & {t.word for t in tokens_of(term.id)}
            ):
                yield from (("other_stimulus", term.id, w) for w in (term.id, *term.also))

    def _body_cells(self) -> set[str]:
        """The cells of the body that cultured cells were made to be like (microglia)."""
        named = (re.search(r"(\w+)[- ]like", cells.name.lower()) for cells in self.study.cell_types)
        return {found[1] for found in named if found}

    def _scales(self) -> Iterator[Named]:
        for scale in self.study.scales:
            for phrase in (scale.id, scale.name, *self._own("scales", scale.name, scale.id)):
                yield "scale", scale.id, phrase.replace("_", " ")
            for about, phrases in _OF_SCALES.items():
                if about in scale.name.partition(",")[0].lower():
                    yield from (("scale", scale.id, phrase) for phrase in phrases)
            yield "scale", scale.id, scale.name.partition(",")[0]

    def _readouts(self) -> Iterator[Named]:
        for readout in {assay.readout for assay in self.study.assays}:
            yield "readout", readout, readout
            for phrase in self._own("readouts", readout):
                yield "readout", readout, phrase
        for kind, phrases in _READOUTS.items():
            readouts = {a.readout for a in self.study.assays if a.readout.lower() == kind}
            for phrase in phrases:
                yield "readout", next(iter(readouts), kind), phrase

    def _own(self, kind: LayKind | str, *spellings: str) -> Iterator[str]:
        """Plain words: the study's own, and those of the catalog."""
        for word in self.study.summary.words:
            if word.id in spellings and (name := word.name.get("en")):
                yield name
        for spelling in spellings if kind else ():
            if term := lay_term(kind, spelling):  # type: ignore[arg-type]
                yield from (term.name, *term.also)

    def _asked(self) -> Iterator[Named]:
        """What single kinds of questions ask for: blocked stimuli, exposures, references."""
        for question in self.study.questions:
            match question:
                case Effect():
                    yield from self._blocked(question)
                case Treatment():
                    yield "exposure", question.exposure, question.exposure.replace("_", " ")
                case Identity():
                    yield "reference", question.like, question.like

    def _blocked(self, question: Effect) -> Iterator[Named]:
        """The antagonist of a blocked stimulus: what its names have beyond the stimulus alone."""
        names = {question.blocked.replace("_", " "), self.study.name_of(question.blocked)}
        alone = {token.word for token in tokens_of(question.stimulus)}
        yield "blocked", question.blocked, _BLOCKING
        for name in names:
            words = [token.word for token in tokens_of(name) if token.word not in alone | _LINKS]
            if words:
                yield "blocked", question.blocked, " ".join(words)
            if len(words) > 1 and any(word[:1].isdigit() for word in words[-1:]):
                yield "blocked", question.blocked, " ".join(words[-2:])


_ALL_OF_THEM = (
    "all cytokines|mediators",
    "all #|one|two|three|four|five|six|seven|eight|nine|ten cytokines|mediators",
    "all the|of|measured cytokines|mediators",
    "every|each cytokine",
)
_BLOCKING = (
    "antagonist|antagonists|inhibitor|inhibitors|blocker|blockers|blockade|blocking|inhibition"
    "|inhibiting|antagonism|knockdown"
)
_LINKS = frozenset({"with", "and", "the", "plus", "an", "a", "of", "in", "antagonist", "inhibitor"})
_FURTHER: Mapping[str, tuple[str, ...]] = {
    "TNF": (
        *("tumor necrosis factor", "tumor necrosis factor alpha", "tnfalpha"),
        *("tnf blocker|blockers|inhibitor", "cachectin"),
    ),
    "IL1B": ("il 1 b", "il1beta"),
    "CXCL8": ("il 8", "cxcl 8"),
    "IFNG": ("ifn g", "ifngamma"),
    "CRP": ("c reactive protein",),
    "BDNF": ("brain derived neurotrophic factor",),
    "NGF": ("nerve growth factor",),
    "CCL2": ("monocyte chemoattractant protein 1",),
    "VEGFA": ("vascular endothelial growth factor",),
    "TGFB1": ("tgf b", "tgf beta", "transforming growth factor beta"),
    "IL17A": ("il 17",),
    "IL1A": ("il 1 a",),
}
"""Names written out, beyond the catalog's."""
_SHORT: Mapping[str, tuple[str, ...]] = {"fibromyalgia": ("fibro", "fms")}
"""What people also call a disease."""
_OF_CONDITION = (
    "{condition} patient",
    "{condition} patients",
    "{condition} sufferers",
    "{condition} sufferer",
    "{condition} group",
    "{condition} donors",
    "{condition} cells",
    "people|person|persons|those|patients|donors|participants with {condition}",
    "individuals|individual|subjects|ones with {condition}",
    "volunteers|women|men|adults|anybody|everyone|sufferers|controls|cases with {condition}",
    "people|person|persons|those|donors|volunteers|women|men|adults who have|had {condition}",
    "people|persons|those|donors|volunteers|women|men|adults affected by {condition}",
    "living with {condition}",
    "has {condition}",
    "have {condition}",
    "cells in {condition}",
)
