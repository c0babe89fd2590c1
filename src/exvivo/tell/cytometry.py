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
from exvivo.study import Beads, Study
from exvivo.tell import words
from exvivo.tell.miqe import Item, ReportingItems
from exvivo.tell.miqe_facts import FINE, KNOWN, LOOK, MISSING, STUDY, TABLE, Said, files_of
from exvivo.tell.provenance import Provenance

TITLE = "Reporting items for flow cytometry (after MIFlowCyt)"
LAYOUTS = "plate layouts"
FEWEST = 50
"""Beads of a kind a tube should hold."""
LOST = 0.01
"""The share of events an instrument may lose before it matters."""
_SHOWN = 3
"""Different values of a fact that are listed one by one; of more only the first, the last and their
number.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """All that files, study and tables say of one bead array. `headers`: file to what it states;
    `files`: all its files.
    """

    study: Study
    assay: Beads
    wells: pl.DataFrame
    populations: pl.DataFrame
    files: tuple[str, ...]
    headers: Mapping[str, Mapping[str, str]]
    provenance: Provenance

    @property
    def given(self) -> Mapping[str, str]:
        """What people state of the assay, by the item's name, where study.yaml has a place for
        it.
        """
        return getattr(self.assay, "miflowcyt", {})


Ask = Callable[[Facts], Said | None]


def flow_items(
    study: Study, tables: Mapping[str, pl.DataFrame], provenance: Provenance
) -> list[ReportingItems]:
    """A list for each bead array that was read."""
    assays = [assay for assay in study.assays if isinstance(assay, Beads)]
    lists = []
    for assay in assays:
        facts = gather(study, assay, tables, provenance)
        if facts.wells.height:
            title = TITLE if len(assays) == 1 else f"{TITLE}: {assay.id}"
            parts = tuple(
                (part, tuple(_item(name, ask, facts) for name, ask in items))
                for part, items in _ITEMS
            )
            lists.append(ReportingItems(title, _intro(parts, facts), (*parts, *_more(facts))))
    return lists


def gather(
    study: Study, assay: Beads, tables: Mapping[str, pl.DataFrame], provenance: Provenance
) -> Facts:
    """The facts of one bead array, from the tables of a run and what its files state."""
    wells = tables["wells"].filter(assay=assay.id)
    files = tuple(wells["source"].unique(maintain_order=True).sort().to_list())
    headers: dict[str, Mapping[str, str]] = {}
    for file, said in provenance.headers:
        if file in files:
            headers.setdefault(file, said)
    populations = tables["assays"].filter(assay=assay.id, kind="population")
    return Facts(
        study=study,
        assay=assay,
        wells=wells,
        populations=populations,
        files=files,
        headers=headers,
        provenance=provenance,
    )


def _item(name: str, ask: Ask | None, facts: Facts) -> Item:
    """What the files say comes first; what people stated stands beside it, and fills what no file
    says.
    """
    said, given = ask(facts) if ask else None, _given(name, facts)
    if said is None:
        return Item(name, KNOWN, given, STUDY) if given else Item(name, MISSING, "", "")
    if given:
        return Item(name, said.status, f"{given} (stated); {said.what}", f"{STUDY}, {said.source}")
    return Item(name, said.status, said.what, said.source)


def _given(name: str, facts: Facts) -> str:
    return next(
        (what for item, what in facts.given.items() if item.casefold() == name.casefold()), ""
    )


def _more(facts: Facts) -> list[tuple[str, tuple[Item, ...]]]:
    asked = {name.casefold() for _, items in _ITEMS for name, _ in items}
    more = [
        Item(name, KNOWN, what, STUDY)
        for name, what in facts.given.items()
        if name.casefold() not in asked
    ]
    return [("also stated", tuple(more))] if more else []


def _intro(parts: Sequence[tuple[str, tuple[Item, ...]]], facts: Facts) -> str:
    count = dict.fromkeys((KNOWN, FINE, LOOK, MISSING), 0)
    for _, items in parts:
        for item in items:
            count[item.status] += 1
    fill = (
        f" To fill an item, write a line of its name and what was done under miflowcyt of the assay {facts.assay.id} in study.yaml."
        if hasattr(facts.assay, "miflowcyt")
        else ""
    )
    return (
        "What a reader needs to judge bead arrays read on a flow cytometer, after MIFlowCyt in our own words: "
        f"{count[KNOWN]} items known, {count[FINE]} checked and fine, {words.counted(count[LOOK], 'item')} to look at, "
        f"{count[MISSING]} missing. This list is an aid for authors and reviewers; it does not say that the standard is met.{fill}"
    )


def stated(facts: Facts, *names: str, same: bool = False, by_channel: bool = False) -> Said | None:
    """What the files state under one of `names`; `by_channel`: under such a name and a channel's
    (`voltage PE-A`).

    `LOOK` where some files are silent, or where values differ that should be the `same` in every
    tube.
    """
    values: dict[str, list[str]] = {}
    for file, header in facts.headers.items():
        parts = [_part(name, value, names, by_channel=by_channel) for name, value in header.items()]
        said = ", ".join(part for part in parts if part)
        if said:
            values.setdefault(said, []).append(file)
    if not values:
        return None
    spoken = sum(map(len, values.values()))
    what = _listed(list(values))
    differs = same and len(values) > 1
    what += " (differs between tubes)" if differs else ""
    silent = len(facts.files) - spoken
    what += f" (not stated in {silent} of {len(facts.files)} files)" if silent else ""
    return Said(
        LOOK if differs or silent else KNOWN,
        what,
        files_of([file for files in values.values() for file in files]),
    )


def _part(name: str, value: str, names: Sequence[str], *, by_channel: bool) -> str:
    """The value of a header line that is asked for, after the channel its name ends with; else
    empty.
    """
    if not by_channel:
        return value.strip() if name in names else ""
    channel = next(
        (name.removeprefix(f"{wanted} ") for wanted in names if name.startswith(f"{wanted} ")), ""
    )
    return f"{channel} {value.strip()}" if channel and value.strip() else ""


def _listed(values: list[str]) -> str:
    if len(values) <= _SHOWN:
        return "; ".join(values)
    ordered = sorted(values)
    return f"{len(values)} different values, {ordered[0]} to {ordered[-1]}"


def _file(*names: str, same: bool = False) -> Ask:
    return lambda facts: stated(facts, *names, same=same)


def _setting(*names: str) -> Ask:
    return lambda facts: stated(facts, *names, same=True, by_channel=True)


def _purpose(facts: Facts) -> Said | None:
    asked = [
        question.id
        for question in facts.study.questions
        if facts.assay.id in getattr(question, "assays", ())
    ]
    said = facts.study.title + (
        f"; questions declared of this assay: {words.listed(asked)}" if asked else ""
    )
    return Said(KNOWN, said, STUDY)


def _variables(facts: Facts) -> Said | None:
    parts = [words.listed(group.name for group in facts.study.groups)]
    parts += (
        [words.listed(stimulus.name for stimulus in facts.study.stimuli)]
        if facts.study.stimuli
        else []
    )
    return Said(KNOWN, "; ".join(part for part in parts if part), STUDY)


def _controls(facts: Facts) -> Said | None:
    """The tubes of known content that every plate holds."""
    tubes = facts.wells.unique(["plate", "well"], maintain_order=True)
    kinds = {
        "standard": "standard",
        "blank": "blank",
        "qc": "control",
        "calibrator": "calibrator",
        "spike": "spiked sample",
    }
    counts = {said: tubes.filter(role=role).height for role, said in kinds.items()}
    said = words.listed(words.counted(count, name) for name, count in counts.items() if count)
    plates = facts.wells["plate"].n_unique()
    calibrated = tubes.filter(role="standard")["plate"].n_unique()
    if not said:
        return Said(LOOK, "no standard, blank or control", LAYOUTS)
    if calibrated < plates and facts.assay.result == "curve":
        return Said(LOOK, f"{said}; standards on {calibrated} of {plates} plates", LAYOUTS)
    return Said(KNOWN, f"{said} on {words.counted(plates, 'plate')}", LAYOUTS)


def _material(facts: Facts) -> Said | None:
    cells = facts.study.cell_types
    tubes = facts.wells.filter(role="sample").unique(["plate", "well"], maintain_order=True)
    count = f"{words.counted(tubes.height, 'tube')} of {words.counted(tubes['donor'].drop_nulls().n_unique(), 'donor')}"
    if not cells:
        return Said(KNOWN, count, f"donors.csv, {LAYOUTS}") if tubes.height else None
    said = "; ".join(
        f"{cell.name}: {cell.protocol}" if cell.protocol else cell.name for cell in cells
    )
    bare = any(not cell.protocol for cell in cells)
    return Said(
        LOOK if bare else KNOWN,
        f"{count}; {said}" + ("; not stated how they were made" if bare else ""),
        f"{STUDY}, {LAYOUTS}",
    )


def _treatment(facts: Facts) -> Said | None:
    given = [stimulus for stimulus in facts.study.stimuli if not stimulus.control]
    if not given:
        return Said(KNOWN, "no stimulus was given", STUDY)
    said = "; ".join(", ".join(part for part in (s.name, s.dose, s.time) if part) for s in given)
    bare = [s.name for s in given if not (s.dose and s.time)]
    layout = facts.wells.filter(pl.col("stimulus").is_in([s.id for s in given]))
    told = not layout["dose"].null_count() and not layout["time"].null_count()
    if bare and not told:
        return Said(LOOK, f"{said}: dose or time not stated for {words.listed(bare)}", STUDY)
    return Said(KNOWN, said, f"{STUDY}, {LAYOUTS}")


def _dilution(facts: Facts) -> Said | None:
    found = sorted(set(facts.wells.filter(role="sample")["dilution"].to_list()))
    if not found:
        return None
    if found == [1.0]:
        return Said(KNOWN, "samples were not diluted", LAYOUTS)
    return Said(
        KNOWN, f"samples diluted {words.listed(f'{times:g}' for times in found)}-fold", LAYOUTS
    )


def _panel(facts: Facts) -> Said | None:
    """Which bead carries which analyte."""
    kit = str(getattr(facts.assay, "kit", "") or "")
    pairs = [
        f"{facts.study.name_of(analyte)} {position}"
        for analyte, position in facts.assay.panel.items()
    ]
    said = "; ".join(part for part in (kit and f"kit {kit}", words.listed(pairs)) if part)
    return Said(KNOWN, said, STUDY) if said else None


def _channels(facts: Facts) -> Said | None:
    said = f"beads told apart in {words.listed(facts.assay.classifier)}; reporter in {facts.assay.reporter}"
    said += f"; scatter in {words.listed(facts.assay.scatter)}" if facts.assay.scatter else ""
    return Said(KNOWN, said, STUDY)


def _list_mode(facts: Facts) -> Said | None:
    if not facts.files:
        return None
    formats = stated(facts, "format")
    kind = f" ({formats.what})" if formats else ""
    return Said(
        KNOWN,
        f"{words.counted(len(facts.files), 'file')}{kind}, each with its sha256 under Provenance",
        "input files",
    )


def _events(facts: Facts) -> Said | None:
    """Events of a tube, and whether the instrument lost any."""
    counts = (
        facts.wells.filter(kind="bead_events")
        .unique(["plate", "well"], keep="first", maintain_order=True)["y"]
        .list.len()
    )
    if not counts.len():
        return None
    low, high = min(counts.to_list()), max(counts.to_list())
    said = f"{low} to {high} events a tube" if low != high else f"{low} events a tube"
    losses = [_whole(header.get("events lost")) for header in facts.headers.values()]
    known = [count for count in losses if count is not None]
    if not known:
        return Said(
            KNOWN, f"{said}; the files do not say whether any were lost", "instrument files"
        )
    share = sum(known) / max(sum(known) + sum(counts.to_list()), 1)
    return Said(LOOK if share > LOST else FINE, f"{said}; {sum(known)} lost", "instrument files")


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.strip().isdigit() else None


def _compensation(facts: Facts) -> Said | None:
    said = stated(facts, "spillover matrix (not applied)", "compensation matrix (not applied)")
    if said is None:
        return Said(KNOWN, "none: the channels are used as recorded", "exvivo")
    return Said(KNOWN, f"none was applied; the files hold a matrix: {said.what[:160]}", said.source)


def _transform(facts: Facts) -> Said | None:
    """The scales the beads are found on."""
    cofactors = sorted(
        {
            f"{part['of']} {part['value']:.4g}"
            for parts in facts.populations["parameters"].to_list()
            for part in figures_named(parts, "cofactor")
        }
    )
    said = "reporter: none, medians of the readings themselves"
    said += (
        f"; classifiers: asinh(reading / cofactor), cofactors {_listed(cofactors)}"
        if cofactors
        else ""
    )
    return Said(KNOWN, said, TABLE)


def _gates(facts: Facts) -> Said | None:
    """How beads are told from one another, and the share of events inside."""
    methods = facts.populations["method"].unique(maintain_order=True).to_list()
    if not methods:
        return None
    shares = [100 * share for share in _each(facts, "assigned_of_plate")]
    inside = (
        f"; {min(shares):.0f} to {max(shares):.0f} % of the events of a plate lie inside"
        if shares
        else ""
    )
    return Said(KNOWN, f"{'; '.join(methods)}{inside} (drawn above)", TABLE)


def _beads(facts: Facts) -> Said | None:
    least = _each(facts, "beads_least")
    if not least:
        return None
    few = sum(count < FEWEST for count in least)
    said = f"{min(least):.0f} beads or more of every kind in every tube"
    if few:
        return Said(
            LOOK, f"{said}; under {FEWEST} for {few} of {len(least)} analytes and plates", TABLE
        )
    return Said(FINE, said, TABLE)


def _each(facts: Facts, name: str) -> list[float]:
    return [
        figure["value"]
        for figures in facts.populations["figures"].to_list()
        for figure in figures_named(figures, name)
    ]


def _software(facts: Facts) -> Said:
    packages = ", ".join(f"{name} {version}" for name, version in facts.provenance.packages.items())
    return Said(
        KNOWN,
        f"exvivo {facts.provenance.version}" + (f" ({packages})" if packages else ""),
        "this run",
    )


def _told(what: str, source: str) -> Ask:
    return lambda facts: Said(KNOWN, what, source)


_ITEMS: tuple[tuple[str, tuple[tuple[str, Ask | None], ...]], ...] = (
    (
        "experiment",
        (
            ("purpose", _purpose),
            ("variables", _variables),
            ("organisation", _file("institution")),
            ("contact", None),
            ("date of measurement", _file("date")),
            ("controls", _controls),
            ("ethics and consent", None),
        ),
    ),
    (
        "samples",
        (
            ("material", _material),
            ("treatment", _treatment),
            ("dilution", _dilution),
            ("collection and storage", None),
            ("beads and analytes", _panel),
            ("reagents with maker and lot", None),
            ("staining and washing", None),
        ),
    ),
    (
        "instrument",
        (
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
        ),
    ),
    (
        "data",
        (
            ("list-mode files", _list_mode),
            ("events", _events),
            ("compensation", _compensation),
            ("scale of the file", _file("scale", same=True)),
            ("transformation", _transform),
            ("gates", _gates),
            ("beads of a kind", _beads),
            (
                "statistic",
                _told(
                    "the median reporter of each population; its error from order statistics",
                    "table quantities",
                ),
            ),
            ("analysis software", _software),
            ("data deposition", None),
        ),
    ),
)
