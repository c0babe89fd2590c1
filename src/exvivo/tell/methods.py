"""The methods section: how each number was made, from the methods the tables carry."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from exvivo.study import Beads, Immunoassay, Qpcr, Study
from exvivo.tables import SIGNAL
from exvivo.tell import words
from exvivo.tell.provenance import Provenance


def methods(study: Study, tables: Mapping[str, pl.DataFrame], provenance: Provenance) -> list[str]:
    """The paragraphs of the methods section, in the order of the work."""
    told = [_design(study, tables)]
    told += [_cells(study)] if study.cell_types else []
    told += [_assay(study, tables, assay.id) for assay in study.assays]
    told += [_responses(study), *_questions(study, tables["findings"]), _software(provenance)]
    return [paragraph for paragraph in told if paragraph]


def _design(study: Study, tables: Mapping[str, pl.DataFrame]) -> str:
    donors = dict(study.donors["group"].value_counts().iter_rows())
    people = words.listed(f"{donors.get(group.id, 0)} {group.name}" for group in study.groups)
    wells = tables["wells"].select("plate", "well").n_unique()
    return (
        f"Donors: {people}. {words.capital(words.counted(wells, 'well'))} on "
        f"{words.counted(len(study.plates), 'plate')} were read. The donor is the unit of every analysis: wells are averaged "
        "within a donor before groups are compared."
    )


def _cells(study: Study) -> str:
    said = []
    for cell in study.cell_types:
        said.append(
            f"{words.capital(cell.name)}: {cell.protocol}."
            if cell.protocol
            else f"{words.capital(cell.name)}."
        )
    for stimulus in study.stimuli:
        details = ", ".join(part for part in (stimulus.dose, stimulus.time) if part)
        role = "the condition the others are compared with" if stimulus.control else "stimulus"
        said.append(f"{words.capital(stimulus.name)}{f' ({details})' if details else ''}: {role}.")
    return " ".join(said)


def _assay(study: Study, tables: Mapping[str, pl.DataFrame], name: str) -> str:
    assay = study.assay(name)
    if isinstance(assay, Qpcr):
        start = f"{assay.readout} (assay {name}): real-time PCR relative to {words.listed(assay.references)}."
    elif isinstance(assay, Beads):
        start = f"{assay.readout} (assay {name}): bead array read on a flow cytometer, reporter channel {assay.reporter}."
    elif isinstance(assay, Immunoassay):
        start = f"{assay.readout} (assay {name}): {_RESULTS[assay.result]}."
    else:
        start = f"{assay.readout} (assay {name}): results as delivered by the laboratory."
    frames = (tables["quantities"], tables["assays"])
    used = [
        method
        for frame in frames
        for method in frame.filter(assay=name)["method"].unique(maintain_order=True)
    ]
    how = " ".join(f"{words.capital(method)}." for method in dict.fromkeys(used))
    beside = tables["quantities"].filter(assay=name + SIGNAL).height
    also = (
        " The signal without a curve is kept beside every answer: it shows what the answer owes to the curve."
        if beside
        else ""
    )
    return f"{words.capital(start)} {how}{also}".strip()


_RESULTS = {
    "curve": "immunoassay, concentrations read off the standards of each plate",
    "vendor": "immunoassay, concentrations of the instrument's own software with its marks for results below and above its range",
    "signal": "immunoassay, the signal itself without a curve",
}
"""An immunoassay in the words of the methods section, by what its result is."""


def _responses(study: Study) -> str:
    control = study.control_stimulus()
    curves = any(isinstance(assay, Beads | Immunoassay) for assay in study.assays)
    beyond = (
        " A well is called undetected where it is known only by bounds: below the limit of detection, between it and the limit of quantification, or above the highest amount its curve can report."
        if curves
        else ""
    )
    if control is None:
        return (
            "Levels are means over a donor's wells on log2 scale. An undetected well bounds the mean; it is never replaced by a "
            f"number.{beyond}"
        )
    return (
        f"Responses are log2 folds: a donor's stimulated wells minus the same donor's {study.name_of(control)} wells, paired "
        "within a plate wherever a plate holds both. An undetected well bounds the result; it is never replaced by a number."
        f"{beyond} "
        "Errors that wells share (an efficiency, a calibration curve) are carried as shared and cancel where both sides share them."
    )


_KINDS = {
    "difference": "Differences between groups",
    "association": "Relations with clinical scores",
    "specificity": "Contrasts of differences",
    "change": "Changes over visits",
    "effect": "Arms within donors",
    "treatment": "Exposures that nobody assigned",
    "mediation": "Parts of a difference that go along with a result (hypotheses)",
    "identity": "Resemblance of cells",
}
"""The words for each kind of question in the methods section."""


def _questions(study: Study, findings: pl.DataFrame) -> list[str]:
    told = []
    for kind, name in _KINDS.items():
        ids = [question.id for question in study.questions if question.ask == kind]
        mine = findings.filter(
            pl.col("question").is_in(ids),
            pl.col("reason").is_null(),
            pl.col("part") != "robustness",
        )
        used = mine["method"].unique(maintain_order=True)
        if len(used):
            told.append(f"{name}: {'; '.join(used)}.")
    if told and findings.filter(part="robustness").height:
        told.append(
            "Every estimate was made again without each donor, and differences by every other choice that was computed; none of "
            "these is an answer."
        )
    if told:
        permuted = (
            f" Permutation p values stand beside them: all rearrangements of up to 32 donors, else {study.plan.permutations} "
            f"random ones (seed {study.plan.seed})."
            if study.plan.permutations
            else ""
        )
        told.append(
            f"Intervals have level {words.percent(1 - study.plan.alpha)}. The p values of each declared family are corrected "
            "together: differences whose donors are all detected by rearranging whole donors (max T, doi 10.1007/BF02595811), other "
            "families by Holm's method, declared screens by Benjamini and Hochberg's. An answer is supported when its interval leaves "
            "out equality and its corrected p value is at most "
            f"{study.plan.alpha:g}. Equivalence is judged by each interval alone, without correction.{permuted}"
        )
    return told


def _software(provenance: Provenance) -> str:
    packages = ", ".join(f"{name} {version}" for name, version in provenance.packages.items())
    return f"Made with exvivo {provenance.version} ({packages})."
