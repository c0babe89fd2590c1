"""What is known of a qPCR assay, and what each check of it says: the ground of the list of
reporting items.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import polars as pl

from exvivo.figures import Figure, comparison, values_of
from exvivo.study import Qpcr, Study
from exvivo.tell import words
from exvivo.tell.figures.reactions import place_of
from exvivo.tell.provenance import Provenance

KNOWN, FINE, LOOK, MISSING = "known", "checked: fine", "checked: look", "missing"

EFFICIENCY = (1.8, 2.1)
"""Efficiencies a working assay has (80 to 110 percent)."""
LEAST_R2 = 0.98
GAP = 5.0
"""Cycles an amplifying control should lie behind the latest sample (a 32-fold lower amount)."""
TABLE, TABLE_OF_QUANTITIES, STUDY = "table assays", "table quantities", "study.yaml"


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of an item: one of the four status words, what is known, where it comes from."""

    status: str
    what: str
    source: str


@dataclass(frozen=True, slots=True)
class Target:
    """One target of the assay: the report's name of it and the figures of its efficiency row."""

    name: str
    figures: Mapping[str, float]
    method: str

    def get(self, name: str) -> float:
        """A figure, 0 where there is none."""
        return self.figures.get(name, 0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """All that files, study and tables say of one qPCR assay.

    `headers`: plate to the (file, facts) that belong to it; `ways`: how the Cq of its quantities
    were found.
    """

    study: Study
    assay: Qpcr
    targets: tuple[Target, ...]
    reference: list[Figure]
    wells: pl.DataFrame
    provenance: Provenance
    headers: Mapping[str, tuple[tuple[str, Mapping[str, str]], ...]] = field(default_factory=dict)
    normalisation: str = ""
    ways: tuple[str, ...] = ()


def gather(
    study: Study, assay: Qpcr, tables: Mapping[str, pl.DataFrame], provenance: Provenance
) -> Facts:
    """The facts of one assay, from the tables of a run and what its files state."""
    rows = tables["assays"].filter(assay=assay.id)
    targets = tuple(
        Target(
            study.name_of(row["analyte"]),
            values_of(row["figures"]) | _standards(row["points"]),
            row["method"],
        )
        for row in sorted(
            rows.filter(kind="efficiency").rows(named=True),
            key=lambda row: place_of(row["analyte"], study),
        )
    )
    reference = rows.filter(kind="reference").rows(named=True)
    methods = tables["quantities"].filter(assay=assay.id)["method"].unique(maintain_order=True)
    headers = {
        plate.id: tuple(
            (file, facts)
            for file, facts in provenance.headers
            if file in (plate.file, plate.curves)
        )
        for plate in study.plates
        if plate.assay == assay.id
    }
    return Facts(
        study=study,
        assay=assay,
        targets=targets,
        reference=reference[0]["figures"] if reference else [],
        wells=tables["wells"].filter(assay=assay.id),
        provenance=provenance,
        headers=headers,
        normalisation=reference[0]["method"].split("; ")[0] if reference else "",
        ways=tuple(dict.fromkeys(method.split(", relative to")[0] for method in methods)),
    )


def _standards(points: list[dict[str, Any]]) -> dict[str, float]:
    cq = [point["y"] for point in points if point["used"] and point["y"] is not None]
    return {"standard_lowest_cq": min(cq), "standard_highest_cq": max(cq)} if cq else {}


def stated(facts: Facts, *names: str) -> Said | None:
    """What the instrument files state under one of the names; `LOOK` where it is stated for some
    plates only.
    """
    wanted = {name.casefold() for name in names}
    answers: dict[str, None] = {}
    sources: dict[str, None] = {}
    silent = []
    for plate, files in facts.headers.items():
        found = [
            (file, fact)
            for file, said in files
            for name, fact in said.items()
            if name.casefold() in wanted and fact
        ]
        answers |= dict.fromkeys(fact for _, fact in found)
        sources |= dict.fromkeys(file for file, _ in found)
        silent += [] if found else [plate]
    if not answers:
        return None
    what = "; ".join(answers) + (
        f" (not stated for plate {words.listed(silent)})" if silent else ""
    )
    return Said(LOOK if silent else KNOWN, what, files_of(list(sources)))


def files_of(files: list[str]) -> str:
    """File names, or their number where they are many."""
    return ", ".join(files) if len(files) <= 3 else f"{len(files)} instrument files"


def donors(facts: Facts) -> Said | None:
    """How many people of each group gave wells of this assay."""
    known = facts.wells.drop_nulls("donor").select("donor", "group").unique(maintain_order=True)
    counts = {group.name: known.filter(group=group.id).height for group in facts.study.groups}
    said = words.listed(f"{count} {name}" for name, count in counts.items() if count)
    return (
        Said(KNOWN, f"{said}; the donor is the unit of every analysis", "donors.csv, plate layouts")
        if said
        else None
    )


def conditions(facts: Facts) -> Said | None:
    """The stimuli with dose and time, from study.yaml or the layouts."""
    given = [stimulus for stimulus in facts.study.stimuli if not stimulus.control]
    if not given:
        return Said(KNOWN, "no stimulus was given", STUDY)
    layout = facts.wells.filter(pl.col("stimulus").is_in([s.id for s in given]))
    bare = [
        s.name
        for s in given
        if (not s.dose and layout.filter(stimulus=s.id)["dose"].null_count())
        or (not s.time and layout.filter(stimulus=s.id)["time"].null_count())
    ]
    said = "; ".join(
        f"{s.name} {', '.join(part for part in (s.dose, s.time) if part)}".strip() for s in given
    )
    if bare:
        return Said(LOOK, f"{said}: dose or time not stated for {words.listed(bare)}", STUDY)
    return Said(KNOWN, said, f"{STUDY}, plate layouts")


def sample(facts: Facts) -> Said | None:
    """The cells and how they were made."""
    cells = facts.study.cell_types
    if not cells:
        return None
    said = "; ".join(
        f"{cell.name}: {cell.protocol}" if cell.protocol else cell.name for cell in cells
    )
    if any(not cell.protocol for cell in cells):
        return Said(LOOK, f"{said}; not stated how they were made", STUDY)
    return Said(KNOWN, said, STUDY)


def replicates(facts: Facts) -> Said | None:
    """Wells of one sample and target on a plate."""
    own = ["plate", "channel", "donor", "visit", "cell_type", "culture", "stimulus", "dose", "time"]
    mine = facts.wells.filter((pl.col("role") == "sample") & pl.col("donor").is_not_null()).unique(
        ["plate", "well", "channel"], maintain_order=True
    )
    if mine.is_empty():
        return None
    counts = mine.group_by(own, maintain_order=True).agg(pl.len())["len"].to_list()
    low, high = min(counts), max(counts)
    said = words.counted(low, "well") if low == high else f"{low} to {high} wells"
    return Said(KNOWN, f"{said} for each sample and target on a plate", "plate layouts")


def targets(facts: Facts) -> Said | None:
    """The targets by gene symbol and name."""
    pairs = (
        facts.wells.select("channel", "analyte")
        .unique(maintain_order=True)
        .sort("channel")
        .iter_rows()
    )
    said = [
        f"{channel} ({symbol})" if symbol and symbol != channel else channel
        for channel, symbol in pairs
    ]
    return (
        Said(KNOWN, ", ".join(dict.fromkeys(said)), "instrument files, study.yaml")
        if said
        else None
    )


def efficiency(facts: Facts) -> Said | None:
    """E with its standard deviation, held against what working assays have."""
    measured = [target for target in facts.targets if not target.get("defaulted")]
    if not measured:
        return None
    parts = [f"{t.name} {t.get('efficiency'):.2f} ± {t.get('sd'):.3f}" for t in measured]
    wrong = [t.name for t in measured if not EFFICIENCY[0] <= t.get("efficiency") <= EFFICIENCY[1]]
    assumed = [t.name for t in facts.targets if t.get("defaulted")]
    grown = [t.name for t in measured if t.get("curves")]
    how = "; ".join(dict.fromkeys(target.method for target in measured))
    notes = [f"outside {EFFICIENCY[0]} to {EFFICIENCY[1]}: {words.listed(wrong)}"] if wrong else []
    notes += [f"assumed, not measured: {words.listed(assumed)}"] if assumed else []
    notes += (
        [f"from the sample curves alone, without standards: {words.listed(grown)}"] if grown else []
    )
    said = f"factor per cycle: {', '.join(parts)} ({how})"
    return Said(LOOK if notes else FINE, "; ".join([said, *notes]), TABLE)


def linearity(facts: Facts) -> Said | None:
    """r² of the standard curves."""
    curves = [target for target in facts.targets if "r2" in target.figures]
    if not curves:
        return None
    low = [t.name for t in curves if t.get("r2") < LEAST_R2]
    lacking = [t.name for t in facts.targets if "r2" not in t.figures]
    worst = min(t.get("r2") for t in curves)
    said = f"r² {worst:.4f} or more for {words.counted(len(curves), 'target')}"
    said += f"; below {LEAST_R2}: {words.listed(low)}" if low else ""
    said += f"; no standard curve: {words.listed(lacking)}" if lacking else ""
    return Said(LOOK if low or lacking else FINE, said, TABLE)


def dynamic_range(facts: Facts) -> Said | None:
    """Decades the standards span, and whether the samples' Cq lie among theirs."""
    curves = [target for target in facts.targets if "decades" in target.figures]
    if not curves:
        return None
    spans = sorted(t.get("decades") for t in curves)
    said = (
        f"standards span {spans[0]:.1f}"
        + (f" to {spans[-1]:.1f}" if f"{spans[0]:.1f}" != f"{spans[-1]:.1f}" else "")
        + " decades"
    )
    outside = [t.name for t in curves if not _within(t)]
    if outside:
        return Said(
            LOOK, f"{said}; samples with a Cq beyond the standards: {words.listed(outside)}", TABLE
        )
    return Said(FINE, f"{said}; every sample's Cq lies within them", TABLE)


def _within(target: Target) -> bool:
    lowest, highest = (
        target.figures.get("sample_lowest_cq"),
        target.figures.get("sample_highest_cq"),
    )
    if lowest is None or highest is None:
        return True
    return target.get("standard_lowest_cq") <= lowest and highest <= target.get(
        "standard_highest_cq"
    )


def controls(facts: Facts, role: str) -> Said | None:
    """Whether each target has controls of a role, and how far behind the samples those lie that
    amplify.
    """
    wells = sum(target.get(f"{role}_wells") for target in facts.targets)
    if not wells:
        return None
    amplified = [t for t in facts.targets if t.get(f"{role}_amplified")]
    near = [
        t.name for t in amplified if t.get(f"{role}_lowest_cq") < t.get("sample_highest_cq") + GAP
    ]
    lacking = [t.name for t in facts.targets if not t.get(f"{role}_wells")]
    parts = [
        f"{t.name} {t.get(f'{role}_amplified'):.0f} of {t.get(f'{role}_wells'):.0f}, from Cq {t.get(f'{role}_lowest_cq'):.1f}"
        for t in amplified
    ]
    said = f"{words.counted(round(wells), 'well')}: " + (
        f"amplified {'; '.join(parts)}" if parts else "none amplified"
    )
    said += (
        f"; within {GAP:.0f} cycles of the latest sample or before it: {words.listed(near)}"
        if near
        else ""
    )
    said += f"; none for {words.listed(lacking)}" if lacking else ""
    return Said(LOOK if near or lacking else FINE, said, TABLE)


def repeatability(facts: Facts) -> Said | None:
    """The standard deviation of replicate wells, where it could be estimated."""
    measured = [
        t
        for t in facts.targets
        if "replicate_sd" in t.figures and not t.get("replicate_sd_assumed")
    ]
    if not measured:
        return None
    said = ", ".join(f"{t.name} {t.get('replicate_sd'):.2f}" for t in measured)
    return Said(KNOWN, f"SD of replicate wells in cycles: {said}", TABLE)


def between_plates(facts: Facts) -> Said | None:
    """Whether something is measured on every plate, so that plates can be compared."""
    plates = facts.wells["plate"].n_unique()
    if plates < 2:
        return Said(KNOWN, "one plate", "plate layouts") if plates else None
    common = [
        word
        for role, word in (
            ("standard", "standards"),
            ("calibrator", "a calibrator"),
            ("positive", "a positive control"),
            ("qc", "a control sample"),
        )
        if facts.wells.filter(role=role).select("plate", "channel").n_unique()
        == facts.wells.select("plate", "channel").n_unique()
    ]
    if common:
        return Said(
            FINE,
            f"{plates} plates; every target has {words.listed(common)} on each of its plates",
            "plate layouts",
        )
    return Said(
        LOOK,
        f"{plates} plates; nothing is measured for every target on all of them",
        "plate layouts",
    )


def references(facts: Facts) -> Said | None:
    """How many reference genes there are."""
    genes = facts.assay.references
    if not genes:
        return None
    said = f"{words.listed(genes)}: the mean of their log amounts in the same sample"
    if len(genes) < 2:
        return Said(LOOK, f"{said}; with one gene its own movement cannot be seen", STUDY)
    return Said(FINE, said, STUDY)


def stability(facts: Facts) -> Said | None:
    """Whether references hold still with each stimulus and between groups, as far as that was
    tested.
    """
    tested, largest, moved, open_ones = 0, (0.0, ""), [], []
    for compared, when in _movements(facts.study):
        shifts = comparison(facts.reference, *compared)
        for gene in facts.assay.references:
            shift = shifts.get(("shift", gene))
            if shift is None:
                continue
            tested += 1
            ends = [shifts.get((f"shift_{end}", gene)) for end in ("lower", "upper")]
            said = (
                f"{words.number(shift)} ({words.interval(*ends)})"
                if None not in ends
                else words.number(shift)
            )
            largest = max(largest, (abs(shift), f"{said} of {gene} {when}"))
            if shifts.get(("shift_moves", gene)):
                moved.append(f"{gene} {when}")
            elif not shifts.get(("shift_within", gene)):
                open_ones.append(f"{gene} {when}")
    if not tested:
        return None
    said = f"{words.counted(tested, 'shift')} tested, log2 against the other references; the largest: {largest[1]}"
    said += f"; moves: {words.listed(moved)}" if moved else ""
    said += f"; not shown to hold still: {words.listed(open_ones)}" if open_ones else ""
    return Said(LOOK if moved or open_ones else FINE, said, TABLE)


def _movements(study: Study) -> list[tuple[tuple[str, str | None], str]]:
    """The shifts of reference genes that are tested: what is compared (a stimulus and None, or two
    groups), and in words.
    """
    stimuli: list[tuple[tuple[str, str | None], str]] = [
        ((s.id, None), f"with {s.name}") for s in study.stimuli if not s.control
    ]
    pairs = combinations(study.groups, 2)
    return stimuli + [
        ((one.id, other.id), f"between {one.name} and {other.name}") for one, other in pairs
    ]


def cycles(facts: Facts) -> Said | None:
    """The cycles of the run: of the curves, else as the study states them."""
    last = facts.wells.select(pl.col("x").list.max().max()).item()
    if last is not None:
        return Said(KNOWN, f"{last:.0f}", "amplification curves")
    if facts.assay.cycles:
        return Said(KNOWN, str(facts.assay.cycles), STUDY)
    return None


def cq_method(facts: Facts) -> Said | None:
    """How Cq was found: by exvivo from the curves, or as the instrument's files say."""
    if facts.assay.cq == "curve":
        return Said(KNOWN, words.listed(facts.ways), TABLE_OF_QUANTITIES) if facts.ways else None
    said = stated(facts, "Cq method")
    return said and Said(said.status, f"of the instrument: {said.what}", said.source)


def baseline(facts: Facts) -> Said | None:
    """How the baseline was taken off."""
    if facts.assay.cq != "curve":
        return stated(facts, "background", "baseline", "threshold")
    if any("threshold" in way for way in facts.ways):
        return Said(KNOWN, "the level of each curve before its growth", "exvivo")
    return Said(
        KNOWN,
        "none is taken off: a second derivative sees neither a constant nor a straight line",
        "exvivo",
    )


def undetected(facts: Facts) -> Said | None:
    """Sample wells without a Cq, and what becomes of them."""
    if not facts.targets:
        return None
    parts = [
        f"{t.name} {t.get('undetected'):.0f} of {t.get('wells'):.0f}"
        for t in facts.targets
        if t.get("undetected")
    ]
    unread = sum(t.get("unreadable") for t in facts.targets)
    said = ", ".join(parts) or "none"
    said += f"; could not be read: {unread:.0f}" if unread else ""
    return Said(KNOWN, f"{said}; kept as bounds, never replaced by a number", TABLE)


def raw_data(facts: Facts) -> Said | None:
    """The raw files and their hashes."""
    mine = {
        name
        for plate in facts.study.plates
        if plate.assay == facts.assay.id
        for name in (plate.file, plate.curves)
        if name
    }
    files = [path for path, _, _ in facts.provenance.inputs if path in mine]
    formats = stated(facts, "format")
    if not files:
        return None
    kind = f" ({formats.what})" if formats else ""
    return Said(
        KNOWN, f"{files_of(files)}{kind}, each with its sha256 under Provenance", "input files"
    )
