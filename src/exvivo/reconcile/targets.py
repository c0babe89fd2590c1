"""Analytes and reference genes that the study names and no instrument file holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

import polars as pl

from exvivo.catalog import known_as, spelling
from exvivo.reconcile.look_alikes import look_alikes, stated_otherwise
from exvivo.study import Beads, Identity, Immunoassay, Qpcr, Results, Study
from exvivo.study.entry import Entry, Ids, Mistakes
from exvivo.words import shortened


@dataclass(frozen=True)
class _Contents:
    """What the files of an assay hold: `names` as files and layouts write them, the `analytes`
    they stand for, and the `field` of the assay that maps one to the other.
    """

    names: Ids
    analytes: set[str]
    field: str

    @property
    def listed(self) -> str:
        """The end of a message: the names there are."""
        return f"the {self.field} found are: {shortened(self.names) or 'none'}"

    def meant(self, name: str) -> str:
        """What a message adds behind a name that no file holds; nothing where none is near."""
        return spelling.did_you_mean(name, self.names, known_as)


def missing_targets(readings: pl.DataFrame, study: Study, entry: Entry) -> Mistakes:
    """Reference genes and analytes asked about that no file of their assay holds.

    `readings` are those of all files, `entry` is study.yaml. An assay is passed over where a plate
    of it has no reading: its file could not be read. Names that files write in another way than the
    study come first: where donors would lose their results by it, nothing else is said.
    """
    for i, assay in enumerate(study.assays):
        plates = [plate.id for plate in study.plates if plate.assay == assay.id]
        own = readings.filter(pl.col("plate").is_in(plates))
        if not plates or set(own["plate"]) != set(plates):
            continue
        names = _names(own, study, plates)
        lost = [one for one in look_alikes(own, study, assay) if one.samples.height]
        if lost and isinstance(assay, Qpcr | Immunoassay):
            yield from (one.mistake(assay) for one in lost)
            continue
        match assay:
            case Qpcr():
                contents = _Contents(
                    names, {assay.targets.get(name, name) for name in names}, "targets"
                )
                yield from _missing_analytes(assay.id, contents, study, entry)
                yield from _missing_references(assay, contents, entry.at("assays", i))
                yield from stated_otherwise(assay, names, entry.at("assays", i))
            case Immunoassay():
                contents = _Contents(names, _analytes_of_channels(assay, names), "channels")
                yield from _missing_analytes(assay.id, contents, study, entry)
            case Beads() | Results():
                pass
            case _:
                assert_never(assay)


def _names(readings: pl.DataFrame, study: Study, plates: Ids) -> Ids:
    """The targets or channels of some plates, as their files and layouts name them."""
    planned = study.layout.filter(pl.col("plate").is_in(plates))["target"].drop_nulls()
    return sorted({*readings["channel"], *planned} - {""})


def _analytes_of_channels(assay: Immunoassay, channels: Ids) -> set[str]:
    """The analytes that channels may stand for: as mapped, as the catalog knows them, as named."""
    mapped = (assay.channels.get(channel, channel) for channel in channels)
    return {assay.analyte, *mapped, *(known_as(name) or name for name in channels), *channels}


def _missing_analytes(assay: str, contents: _Contents, study: Study, entry: Entry) -> Mistakes:
    """Analytes that questions ask of an assay and that none of its files holds."""
    declared = {analyte.id for analyte in study.analytes}
    for i, question in enumerate(study.questions):
        if isinstance(question, Identity) or assay not in question.assays:
            continue
        for analyte in question.analytes:
            if analyte in declared - contents.analytes:
                yield entry.at("questions", i).mistake(
                    f"analyte {analyte}{contents.meant(analyte)}: no well of it in any file of "
                    f"{assay}; {contents.listed}",
                    "every analyte a question asks of an assay, as the instrument file names it or "
                    f"under `{contents.field}`",
                    f"write `{contents.field}: {{NAME IN THE FILE: {analyte}}}` in the assay, or "
                    f"take "
                    "it out of the question",
                    field="analytes",
                )


def _missing_references(assay: Qpcr, contents: _Contents, entry: Entry) -> Mistakes:
    for name in assay.references:
        if name not in contents.names:
            yield entry.mistake(
                f"reference {name}{contents.meant(name)}: no well with this target in any file of "
                f"{assay.id}; "
                f"{contents.listed}",
                "every reference of study.yaml as the instrument file names it",
                "correct the name under `references`, add the file that holds it, or name targets "
                "in the layout (column `target`) where the file names none",
                field="references",
            )
