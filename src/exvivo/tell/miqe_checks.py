"""What can be checked of a qPCR assay: efficiency, range, controls, references."""

from __future__ import annotations

from collections.abc import Iterator

from exvivo.tell import words
from exvivo.tell.miqe_facts import Facts, Target
from exvivo.tell.reference_genes import Shift, between_groups, shifts_of, with_stimuli
from exvivo.tell.reporting import ASSAYS_TABLE, LAYOUTS, STUDY, Answer, checked, plain_fact

LEAST_EFFICIENCY, MOST_EFFICIENCY = 1.8, 2.1
"""Efficiencies a working assay has (80 to 110 percent)."""
LEAST_R2 = 0.98
GAP = 5.0
"""Cycles an amplifying control should lie behind the latest sample (a 32-fold lower amount)."""
_COMMON = {
    "standard": "standards",
    "calibrator": "a calibrator",
    "positive": "a positive control",
    "qc": "a control sample",
}
"""The roles that make plates comparable, in words."""


def _noted(text: str, *notes: tuple[str, list[str]]) -> str:
    """A text with every note that has names to it: `("no standard curve: ", ["TNF"])`."""
    return "; ".join([text, *(start + words.listed(names) for start, names in notes if names)])


def efficiency(facts: Facts) -> Answer | None:
    """E with its standard deviation, held against what working assays have."""
    measured = [target for target in facts.targets if not target.get("defaulted")]
    if not measured:
        return None
    outside = facts.named(lambda target: target in measured and not _works(target))
    assumed = facts.named(lambda target: target.get("defaulted"))
    from_curves = facts.named(lambda target: target in measured and target.get("curves"))
    factors = ", ".join(
        f"{target.name} {target.get('efficiency'):.2f} ± {target.get('sd'):.3f}"
        for target in measured
    )
    how = "; ".join(dict.fromkeys(target.fit.method for target in measured))
    text = _noted(
        f"factor per cycle: {factors} ({how})",
        (f"outside {LEAST_EFFICIENCY} to {MOST_EFFICIENCY}: ", outside),
        ("assumed, not measured: ", assumed),
        ("from the sample curves alone, without standards: ", from_curves),
    )
    return checked(text, ASSAYS_TABLE, mistakes=outside or assumed or from_curves)


def _works(target: Target) -> bool:
    return LEAST_EFFICIENCY <= target.get("efficiency") <= MOST_EFFICIENCY


def linearity(facts: Facts) -> Answer | None:
    """r² of the standard curves."""
    curves = [target for target in facts.targets if target.has("r2")]
    if not curves:
        return None
    low = facts.named(lambda target: target.has("r2") and target.get("r2") < LEAST_R2)
    lacking = facts.named(lambda target: not target.has("r2"))
    least = min(target.get("r2") for target in curves)
    text = _noted(
        f"r² {least:.4f} or more for {words.counted(len(curves), 'target')}",
        (f"below {LEAST_R2}: ", low),
        ("no standard curve: ", lacking),
    )
    return checked(text, ASSAYS_TABLE, mistakes=low or lacking)


def dynamic_range(facts: Facts) -> Answer | None:
    """Decades the standards span, and whether the samples' Cq lie among theirs."""
    curves = [target for target in facts.targets if target.has("decades")]
    if not curves:
        return None
    spans = sorted(target.get("decades") for target in curves)
    ends = list(dict.fromkeys(f"{span:.1f}" for span in (spans[0], spans[-1])))
    text = f"standards span {' to '.join(ends)} decades"
    outside = [target.name for target in curves if not _within_standards(target)]
    if not outside:
        text += "; every sample's Cq lies within them"
    return checked(
        _noted(text, ("samples with a Cq beyond the standards: ", outside)),
        ASSAYS_TABLE,
        mistakes=outside,
    )


def _within_standards(target: Target) -> bool:
    lowest, highest = (
        target.fit.figures.get(name) for name in ("sample_lowest_cq", "sample_highest_cq")
    )
    if lowest is None or highest is None:
        return True
    standards = target.fit.used or (0.0,)
    return min(standards) <= lowest and highest <= max(standards)


def no_template(facts: Facts) -> Answer | None:
    """The controls without template."""
    return _controls(facts, "ntc")


def no_transcriptase(facts: Facts) -> Answer | None:
    """The controls without reverse transcriptase."""
    return _controls(facts, "no_rt")


def _controls(facts: Facts, role: str) -> Answer | None:
    """Whether each target has controls of a role, and how far behind the samples those lie that
    amplify.
    """
    wells = sum(target.get(f"{role}_wells") for target in facts.targets)
    if not wells:
        return None
    amplified = [target for target in facts.targets if target.get(f"{role}_amplified")]
    near = [target.name for target in amplified if _near_samples(target, role)]
    lacking = facts.named(lambda target: not target.get(f"{role}_wells"))
    of_targets = "; ".join(_amplified(target, role) for target in amplified)
    text = _noted(
        f"{words.counted(round(wells), 'well')}: "
        + (f"amplified {of_targets}" if amplified else "none amplified"),
        (f"within {GAP:.0f} cycles of the latest sample or before it: ", near),
        ("none for ", lacking),
    )
    return checked(text, ASSAYS_TABLE, mistakes=near or lacking)


def _near_samples(target: Target, role: str) -> bool:
    return target.get(f"{role}_lowest_cq") < target.get("sample_highest_cq") + GAP


def _amplified(target: Target, role: str) -> str:
    count, wells = target.get(f"{role}_amplified"), target.get(f"{role}_wells")
    return (
        f"{target.name} {count:.0f} of {wells:.0f}, from Cq {target.get(f'{role}_lowest_cq'):.1f}"
    )


def melted(facts: Facts) -> Answer | None:
    """What melting curves show of the product, where files hold them."""
    melting = [target for target in facts.targets if target.get("melt_wells")]
    if not melting:
        return None
    several = [
        target.name for target in melting if target.get("melt_several") or target.get("melt_other")
    ]
    text = ", ".join(
        f"{target.name} melts at {target.get('melt_temperature'):.1f} °C in "
        f"{words.counted(round(target.get('melt_wells')), 'well')}"
        for target in melting
    )
    return checked(
        _noted(text, ("more than one product: ", several)), ASSAYS_TABLE, mistakes=several
    )


def inhibition(facts: Facts) -> Answer | None:
    """What samples at several dilutions show, where there are any."""
    text = ", ".join(
        f"{target.name} {2 ** target.get('dilution_shift'):.2f} times as much when diluted most, "
        f"{words.counted(round(target.get('dilution_samples')), 'sample')}"
        for target in facts.targets
        if target.get("dilution_samples")
    )
    return plain_fact(text, ASSAYS_TABLE) if text else None


def repeatability(facts: Facts) -> Answer | None:
    """The standard deviation of replicate wells, where it could be estimated."""
    text = ", ".join(
        f"{target.name} {target.get('replicate_sd'):.2f}"
        for target in facts.targets
        if target.has("replicate_sd") and not target.get("replicate_sd_assumed")
    )
    return plain_fact(f"SD of replicate wells in cycles: {text}", ASSAYS_TABLE) if text else None


def between_plates(facts: Facts) -> Answer | None:
    """Whether something is measured on every plate, so that plates can be compared."""
    plates = facts.wells["plate"].n_unique()
    if plates < 2:
        return plain_fact("one plate", LAYOUTS) if plates else None
    measured = facts.wells.select("plate", "channel").n_unique()
    common = [
        name
        for role, name in _COMMON.items()
        if facts.wells.filter(role=role).select("plate", "channel").n_unique() == measured
    ]
    text = (
        f"every target has {words.listed(common)} on each of its plates"
        if common
        else "nothing is measured for every target on all of them"
    )
    return checked(f"{plates} plates; {text}", LAYOUTS, mistakes=not common)


def references(facts: Facts) -> Answer | None:
    """How many reference genes there are."""
    genes = facts.assay.references
    if not genes:
        return None
    text = f"{words.listed(genes)}: the mean of their log amounts in the same sample"
    if len(genes) < 2:
        text += "; with one gene its own movement cannot be seen"
    return checked(text, STUDY, mistakes=len(genes) < 2)


def stability(facts: Facts) -> Answer | None:
    """Whether references hold still with each stimulus and between groups, as far as that was
    tested.
    """
    shifts = list(_tested(facts))
    if not shifts:
        return None
    largest, of = max(shifts, key=lambda shift: abs(shift[0].value))
    moved = [name for shift, name in shifts if shift.moves]
    unclear = [name for shift, name in shifts if not shift.moves and not shift.within]
    text = _noted(
        f"{words.counted(len(shifts), 'shift')} tested, log2 against the other references; "
        f"the largest: {largest.text} of {of}",
        ("moves: ", moved),
        ("not shown to hold still: ", unclear),
    )
    return checked(text, ASSAYS_TABLE, mistakes=moved or unclear)


def _tested(facts: Facts) -> Iterator[tuple[Shift, str]]:
    """Every shift of a reference gene that was estimated, with the gene and what it may move
    with.
    """
    figures = facts.reference.quality if facts.reference else []
    for comparison in (*with_stimuli(facts.study), *between_groups(facts.study)):
        for gene in facts.assay.references:
            for _, shift in shifts_of(figures, gene, [comparison]):
                yield shift, f"{gene} {comparison.words}"


def undetected(facts: Facts) -> Answer | None:
    """Sample wells without a Cq, and what becomes of them."""
    if not facts.targets:
        return None
    text = ", ".join(
        f"{target.name} {target.get('undetected'):.0f} of {target.get('wells'):.0f}"
        for target in facts.targets
        if target.get("undetected")
    )
    unreadable = sum(target.get("unreadable") for target in facts.targets)
    could_not = f"; could not be read: {unreadable:.0f}" if unreadable else ""
    kept = "kept as bounds, never replaced by a number"
    return plain_fact(f"{text or 'none'}{could_not}; {kept}", ASSAYS_TABLE)


def normalisation(facts: Facts) -> Answer | None:
    """How amounts are related to the references."""
    if facts.reference is None:
        return None
    return plain_fact(facts.reference.method.split("; ")[0], ASSAYS_TABLE)
