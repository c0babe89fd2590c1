"""What is known of a qPCR assay: what its study, layouts and instrument files state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from exvivo.study import Qpcr, Study
from exvivo.tell import words
from exvivo.tell.figures.reactions import place_of
from exvivo.tell.fits import Fit, fits_of
from exvivo.tell.provenance import Header, Provenance
from exvivo.tell.reporting import (
    LAYOUTS,
    QUANTITIES_TABLE,
    STUDY,
    Answer,
    cells,
    complete,
    files_of,
    plain_fact,
    raw_files,
    treatment,
)
from exvivo.tell.tables import Tables

_SAMPLE = ["plate", "channel", "donor", "visit", "cell_type", "culture", "stimulus", "dose", "time"]
"""What wells of one sample and target on a plate share."""


@dataclass(frozen=True, slots=True)
class Target:
    """One target of the assay: the report's name of it and its efficiency."""

    name: str
    fit: Fit

    def has(self, figure: str) -> bool:
        """Whether there is such a figure."""
        return figure in self.fit.figures

    def get(self, figure: str) -> float:
        """A figure, 0 where there is none."""
        return self.fit.figure(figure)


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """All that files, study and tables state of one qPCR assay.

    `headers`: plate to the headers of its files; `cq_methods`: how the Cq of its quantities were
    found.
    """

    study: Study
    assay: Qpcr
    targets: tuple[Target, ...]
    reference: Fit | None
    wells: pl.DataFrame
    provenance: Provenance
    headers: Mapping[str, tuple[Header, ...]] = field(default_factory=dict)
    cq_methods: tuple[str, ...] = ()

    def named(self, chosen: Callable[[Target], object]) -> list[str]:
        """The names of the targets that are chosen."""
        return [target.name for target in self.targets if chosen(target)]


def gather(study: Study, assay: Qpcr, tables: Tables, provenance: Provenance) -> Facts:
    """The facts of one assay, from the tables of a run and what its files state."""
    own = tables.of_assay(assay.id)
    methods = own.quantities["method"].unique(maintain_order=True)
    efficiencies = sorted(
        fits_of(own.assays, "efficiency"), key=lambda fit: place_of(fit.analyte, study)
    )
    return Facts(
        study=study,
        assay=assay,
        targets=tuple(Target(study.name_of(fit.analyte), fit) for fit in efficiencies),
        reference=next(iter(fits_of(own.assays, "reference")), None),
        wells=own.wells,
        provenance=provenance,
        headers={
            plate.id: provenance.headers_of((plate.file, plate.curves, plate.melt))
            for plate in study.plates
            if plate.assay == assay.id
        },
        cq_methods=tuple(dict.fromkeys(method.split(", relative to")[0] for method in methods)),
    )


def stated(facts: Facts, *names: str) -> Answer | None:
    """What the instrument files state under one of the names; to be looked at where it is stated
    for some plates only.
    """
    rows = list(_statements(facts, {name.casefold() for name in names}))
    if not rows:
        return None
    plates, files, values = (dict.fromkeys(column) for column in zip(*rows, strict=True))
    silent = [plate for plate in facts.headers if plate not in plates]
    lacking = f" (not stated for plate {words.listed(silent)})" if silent else ""
    return complete("; ".join(values) + lacking, files_of(list(files)), mistakes=silent)


def _statements(facts: Facts, names: set[str]) -> Iterator[tuple[str, str, str]]:
    """Plate, file and value of every statement under one of the names."""
    for plate, headers in facts.headers.items():
        for file, header in headers:
            for name, value in header.items():
                if value and name.casefold() in names:
                    yield plate, file, value


def donors(facts: Facts) -> Answer | None:
    """How many people of each group gave wells of this assay."""
    people = facts.wells.drop_nulls("donor").select("donor", "group").unique(maintain_order=True)
    counts = [(people.filter(group=group.id).height, group.name) for group in facts.study.groups]
    groups = words.listed(f"{count} {name}" for count, name in counts if count)
    if not groups:
        return None
    return plain_fact(
        f"{groups}; the donor is the unit of every analysis", f"donors.csv, {LAYOUTS}"
    )


def conditions(facts: Facts) -> Answer:
    """The stimuli with dose and time."""
    return treatment(facts.study, facts.wells)


def sample(facts: Facts) -> Answer | None:
    """The cells and how they were made."""
    if not facts.study.cell_types:
        return None
    text, whole = cells(facts.study)
    return complete(text, STUDY, mistakes=not whole)


def replicates(facts: Facts) -> Answer | None:
    """Wells of one sample and target on a plate."""
    wells = (
        facts.wells.filter(role="sample")
        .drop_nulls("donor")
        .unique(["plate", "well", "channel"], maintain_order=True)
    )
    if wells.is_empty():
        return None
    counts = wells.group_by(_SAMPLE, maintain_order=True).len()["len"].to_list()
    low, high = min(counts), max(counts)
    count = words.counted(low, "well") if low == high else f"{low} to {high} wells"
    return plain_fact(f"{count} for each sample and target on a plate", LAYOUTS)


def targets(facts: Facts) -> Answer | None:
    """The targets by gene symbol and name."""
    pairs = facts.wells.select("channel", "analyte").unique(maintain_order=True).sort("channel")
    names = [
        f"{channel} ({symbol})" if symbol and symbol != channel else channel
        for channel, symbol in pairs.iter_rows()
    ]
    if not names:
        return None
    return plain_fact(", ".join(dict.fromkeys(names)), "instrument files, study.yaml")


def cycles(facts: Facts) -> Answer | None:
    """The cycles of the run: of the curves, else as the study states them."""
    last = facts.wells.select(pl.col("x").list.max().max()).item()
    if last is not None:
        return plain_fact(f"{last:.0f}", "amplification curves")
    return plain_fact(str(facts.assay.cycles), STUDY) if facts.assay.cycles else None


def cq_method(facts: Facts) -> Answer | None:
    """How Cq was determined: by exvivo from the curves, or as the instrument's files state."""
    if facts.assay.cq == "curve":
        methods = words.listed(facts.cq_methods)
        return plain_fact(methods, QUANTITIES_TABLE) if methods else None
    vendor = stated(facts, "Cq method")
    if vendor is None:
        return None
    return Answer(vendor.status, f"of the instrument: {vendor.what}", vendor.source)


def baseline(facts: Facts) -> Answer | None:
    """How the baseline was taken off."""
    if facts.assay.cq != "curve":
        return stated(facts, "background", "baseline", "threshold")
    if any(target.get("by_threshold") for target in facts.targets):
        return plain_fact("the level of each curve before its growth", "exvivo")
    return plain_fact(
        "none is taken off: a second derivative sees neither a constant nor a straight line",
        "exvivo",
    )


def raw_data(facts: Facts) -> Answer | None:
    """The raw files and their hashes."""
    of_assay = {
        file
        for plate in facts.study.plates
        if plate.assay == facts.assay.id
        for file in (plate.file, plate.curves, plate.melt)
    }
    files = [path for path, _, _ in facts.provenance.inputs if path in of_assay]
    return raw_files(files, stated(facts, "format"), named=files_of(files))
