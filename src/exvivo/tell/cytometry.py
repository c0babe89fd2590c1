"""What a reader needs to judge a bead array read on a flow cytometer, item by item: known, checked,
or missing.

The items follow MIFlowCyt (Lee et al. 2008, doi:10.1002/cyto.a.20623) in words of our own:
experiment, samples, instrument, data. A list, and no certificate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from exvivo.figures import figures_named
from exvivo.study import Beads, Measured, Study
from exvivo.tell import words
from exvivo.tell.fits import Fit, fits_of
from exvivo.tell.provenance import Provenance
from exvivo.tell.reporting import (
    ASSAYS_TABLE,
    LAYOUTS,
    LOOK,
    QUANTITIES_TABLE,
    STUDY,
    Answer,
    Asked,
    Check,
    Part,
    ReportingItems,
    answered,
    cells,
    checked,
    complete,
    counts,
    files_of,
    plain_fact,
    raw_files,
    treatment,
)
from exvivo.tell.tables import Tables

TITLE = "Reporting items for flow cytometry (after MIFlowCyt)"
FILES = "instrument files"
FEWEST = 50
"""Beads of a kind a tube should hold."""
LOST = 0.01
"""The share of events an instrument may lose before it matters."""
_LISTED = 3
"""Different values of a fact that are listed one by one; of more only the first, the last and their
number.
"""
_KNOWN_CONTENT = {
    "standard": "standard",
    "blank": "blank",
    "qc": "control",
    "calibrator": "calibrator",
    "spike": "spiked sample",
}
"""The roles of tubes whose content is known, in words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """All that files, study and tables state of one bead array.

    `headers`: file to what it states; `files`: all its files.
    """

    study: Study
    assay: Beads
    wells: pl.DataFrame
    populations: Sequence[Fit]
    files: Sequence[str]
    headers: Mapping[str, Mapping[str, str]]
    provenance: Provenance

    def tubes(self, role: str | None = None) -> pl.DataFrame:
        """One row for each tube, of one role or of all."""
        wells = self.wells if role is None else self.wells.filter(role=role)
        return wells.unique(["plate", "well"], keep="first", maintain_order=True)

    def figures(self, name: str) -> list[float]:
        """A quality figure of every population that has it."""
        return [fit.figure(name) for fit in self.populations if name in fit.figures]


def flow_items(study: Study, tables: Tables, provenance: Provenance) -> list[ReportingItems]:
    """A list for each bead array that was read."""
    assays = [assay for assay in study.assays if isinstance(assay, Beads)]
    lists = []
    for assay in assays:
        facts = gather(study, assay, tables, provenance)
        if facts.wells.height:
            title = TITLE if len(assays) == 1 else f"{TITLE}: {assay.id}"
            parts = answered(_ASKED, facts, {})
            lists.append(ReportingItems(title, _intro(parts), parts))
    return lists


def gather(study: Study, assay: Beads, tables: Tables, provenance: Provenance) -> Facts:
    """The facts of one bead array, from the tables of a run and what its files state."""
    own = tables.of_assay(assay.id)
    files = own.wells["source"].unique().sort().to_list()
    headers: dict[str, Mapping[str, str]] = {}
    for file, header in provenance.headers_of(files):
        headers.setdefault(file, header)
    return Facts(
        study=study,
        assay=assay,
        wells=own.wells,
        populations=fits_of(own.assays, "population"),
        files=files,
        headers=headers,
        provenance=provenance,
    )


def _intro(parts: Sequence[Part]) -> str:
    return (
        "What a reader needs to judge bead arrays read on a flow cytometer, after MIFlowCyt in our "
        f"own words: {counts(parts)}. This list is an aid for authors and reviewers; it does not "
        "say that the standard is met."
    )


def _file(*names: str, same: bool = False) -> Check[Facts]:
    """What the files state under one of `names`."""

    def of_header(header: Mapping[str, str]) -> list[str]:
        return [value.strip() for name, value in header.items() if name in names]

    return lambda facts: _stated(facts, of_header, same=same)


def _setting(setting: str) -> Check[Facts]:
    """What the files state under `setting` and a channel (`voltage PE-A`), alike in every tube."""
    start = f"{setting} "

    def of_header(header: Mapping[str, str]) -> list[str]:
        return [
            f"{name.removeprefix(start)} {value.strip()}"
            for name, value in header.items()
            if name.startswith(start) and value.strip()
        ]

    return lambda facts: _stated(facts, of_header, same=True)


def _stated(
    facts: Facts, of_header: Callable[[Mapping[str, str]], list[str]], *, same: bool
) -> Answer | None:
    """What files state of an item, to be looked at where some are silent, or where values differ
    that should be the `same` in every tube.
    """
    by_value: dict[str, list[str]] = {}
    for file, header in facts.headers.items():
        value = ", ".join(filter(None, of_header(header)))
        if value:
            by_value.setdefault(value, []).append(file)
    if not by_value:
        return None
    sources = [file for files in by_value.values() for file in files]
    differs, silent = same and len(by_value) > 1, len(facts.files) - len(sources)
    what = _briefly(list(by_value))
    what += " (differs between tubes)" if differs else ""
    what += f" (not stated in {silent} of {len(facts.files)} files)" if silent else ""
    return complete(what, files_of(sources), mistakes=differs or silent)


def _briefly(values: list[str]) -> str:
    if len(values) <= _LISTED:
        return "; ".join(values)
    return f"{len(values)} different values, {min(values)} to {max(values)}"


def _purpose(facts: Facts) -> Answer:
    asked = _asked_of(facts)
    questions = f"; questions declared of this assay: {words.listed(asked)}" if asked else ""
    return plain_fact(f"{facts.study.title}{questions}", STUDY)


def _asked_of(facts: Facts) -> list[str]:
    """The questions that are asked of the assay."""
    return [
        question.id
        for question in facts.study.questions
        if isinstance(question, Measured) and facts.assay.id in question.assays
    ]


def _variables(facts: Facts) -> Answer:
    groups = words.listed(group.name for group in facts.study.groups)
    stimuli = words.listed(stimulus.name for stimulus in facts.study.stimuli)
    return plain_fact("; ".join(filter(None, (groups, stimuli))), STUDY)


def _controls(facts: Facts) -> Answer:
    """The tubes of known content that every plate holds."""
    tubes, plates = facts.tubes(), facts.wells["plate"].n_unique()
    heights = [(name, tubes.filter(role=role).height) for role, name in _KNOWN_CONTENT.items()]
    controls = words.listed(words.counted(height, name) for name, height in heights if height)
    if not controls:
        return Answer(LOOK, "no standard, blank or control", LAYOUTS)
    calibrated = facts.tubes("standard")["plate"].n_unique()
    if calibrated < plates and facts.assay.result == "curve":
        where = f"standards on {calibrated} of {plates} plates"
        return Answer(LOOK, f"{controls}; {where}", LAYOUTS)
    return plain_fact(f"{controls} on {words.counted(plates, 'plate')}", LAYOUTS)


def _material(facts: Facts) -> Answer | None:
    tubes = facts.tubes("sample")
    donors = words.counted(tubes["donor"].drop_nulls().n_unique(), "donor")
    count = f"{words.counted(tubes.height, 'tube')} of {donors}"
    if facts.study.cell_types:
        text, whole = cells(facts.study)
        return complete(f"{count}; {text}", f"{STUDY}, {LAYOUTS}", mistakes=not whole)
    return plain_fact(count, f"donors.csv, {LAYOUTS}") if tubes.height else None


def _treatment(facts: Facts) -> Answer:
    return treatment(facts.study, facts.wells)


def _dilution(facts: Facts) -> Answer | None:
    dilutions = sorted(set(facts.wells.filter(role="sample")["dilution"].to_list()))
    if not dilutions:
        return None
    if dilutions == [1.0]:
        return plain_fact("samples were not diluted", LAYOUTS)
    return plain_fact(
        f"samples diluted {words.listed(f'{times:g}' for times in dilutions)}-fold", LAYOUTS
    )


def _panel(facts: Facts) -> Answer | None:
    """Which bead carries which analyte."""
    pairs = words.listed(
        f"{facts.study.name_of(analyte)} {position}"
        for analyte, position in facts.assay.panel.items()
    )
    kit = f"kit {facts.assay.kit}" if facts.assay.kit else ""
    panel = "; ".join(filter(None, (kit, pairs)))
    return plain_fact(panel, STUDY) if panel else None


def _channels(facts: Facts) -> Answer:
    assay = facts.assay
    scatter = f"; scatter in {words.listed(assay.scatter)}" if assay.scatter else ""
    return plain_fact(
        f"beads told apart in {words.listed(assay.classifier)}; "
        f"reporter in {assay.reporter}{scatter}",
        STUDY,
    )


def _list_mode(facts: Facts) -> Answer | None:
    named = words.counted(len(facts.files), "file")
    return raw_files(facts.files, _file("format")(facts), named=named)


def _events(facts: Facts) -> Answer | None:
    """Events of a tube, and whether the instrument lost any."""
    read = facts.wells.filter(kind="bead_events")
    events = read.unique(["plate", "well"], keep="first", maintain_order=True)["y"].list.len()
    if events.is_empty():
        return None
    ends = list(dict.fromkeys([min(events.to_list()), max(events.to_list())]))
    text = f"{' to '.join(map(str, ends))} events a tube"
    stated = [header.get("events lost", "").strip() for header in facts.headers.values()]
    losses = [int(count) for count in stated if count.isdigit()]
    if not losses:
        return plain_fact(f"{text}; the files do not say whether any were lost", FILES)
    lost = sum(losses)
    share = lost / max(lost + sum(events.to_list()), 1)
    return checked(f"{text}; {lost} lost", FILES, mistakes=share > LOST)


_matrix = _file("spillover matrix (not applied)", "compensation matrix (not applied)")


def _compensation(facts: Facts) -> Answer:
    matrix = _matrix(facts)
    if matrix is None:
        return plain_fact("none: the channels are used as recorded", "exvivo")
    return plain_fact(
        f"none was applied; the files hold a matrix: {matrix.what[:160]}", matrix.source
    )


def _transform(facts: Facts) -> Answer:
    """The scales the beads are separated on."""
    cofactors = set()
    for fit in facts.populations:
        for parameter in figures_named(fit.parameters, "cofactor"):
            cofactors.add(f"{parameter['of']} {parameter['value']:.4g}")
    text = "reporter: none, medians of the readings themselves"
    if cofactors:
        scale = f"asinh(reading / cofactor), cofactors {_briefly(sorted(cofactors))}"
        text += f"; classifiers: {scale}"
    return plain_fact(text, ASSAYS_TABLE)


def _gates(facts: Facts) -> Answer | None:
    """How beads are told from one another, and the share of events inside."""
    methods = "; ".join(dict.fromkeys(fit.method for fit in facts.populations))
    if not methods:
        return None
    shares = [100 * share for share in facts.figures("assigned_of_plate")]
    inside = (
        f"; {min(shares):.0f} to {max(shares):.0f} % of the events of a plate lie inside"
        if shares
        else ""
    )
    return plain_fact(f"{methods}{inside} (drawn above)", ASSAYS_TABLE)


def _beads(facts: Facts) -> Answer | None:
    least = facts.figures("beads_least")
    if not least:
        return None
    few = sum(count < FEWEST for count in least)
    text = f"{min(least):.0f} beads or more of every kind in every tube"
    if few:
        text += f"; under {FEWEST} for {few} of {len(least)} analytes and plates"
    return checked(text, ASSAYS_TABLE, mistakes=few)


def _statistic(facts: Facts) -> Answer:
    return plain_fact(
        "the median reporter of each population; its error from order statistics",
        QUANTITIES_TABLE,
    )


def _software(facts: Facts) -> Answer:
    return plain_fact(facts.provenance.software, "this run")


_EXPERIMENT = (
    ("purpose", _purpose),
    ("variables", _variables),
    ("organisation", _file("institution")),
    ("contact", None),
    ("date of measurement", _file("date")),
    ("controls", _controls),
    ("ethics and consent", None),
)
_SAMPLES = (
    ("material", _material),
    ("treatment", _treatment),
    ("dilution", _dilution),
    ("collection and storage", None),
    ("beads and analytes", _panel),
    ("reagents with maker and lot", None),
    ("staining and washing", None),
)
_INSTRUMENT = (
    ("cytometer", _file("instrument", same=True)),
    ("serial number", _file("instrument serial number", same=True)),
    ("acquisition software", _file("software", same=True)),
    ("light sources", _setting("laser wavelength")),
    ("laser power", _setting("laser power")),
    ("filters", _setting("filter")),
    ("detectors", _setting("detector")),
    ("voltages", _setting("voltage")),
    ("gains", _setting("gain")),
    ("detector gains", _setting("detector gain")),
    ("amplification", _setting("amplification")),
    ("range", _setting("range")),
    ("trigger", _file("trigger", same=True)),
    ("channels used", _channels),
)
_DATA = (
    ("list-mode files", _list_mode),
    ("events", _events),
    ("compensation", _compensation),
    ("scale of the file", _file("scale", same=True)),
    ("transformation", _transform),
    ("gates", _gates),
    ("beads of a kind", _beads),
    ("statistic", _statistic),
    ("analysis software", _software),
    ("data deposition", None),
)
_ASKED: Asked[Facts] = (
    ("experiment", _EXPERIMENT),
    ("samples", _SAMPLES),
    ("instrument", _INSTRUMENT),
    ("data", _DATA),
)
