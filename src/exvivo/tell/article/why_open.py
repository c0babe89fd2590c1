"""What stands against an answer beside its numbers, in a sentence.

Codes of caps and the corrected p value go in. Only an answer that points one way and does not stand
up to the correction is open for all that was asked at once.
"""

from __future__ import annotations

from collections.abc import Sequence

from exvivo.findings import Finding
from exvivo.tell.language import Language
from exvivo.tell.share.answers import Cap, cap_of


def caps_of(finding: Finding, held: Sequence[Cap] = ()) -> tuple[Cap, ...]:
    """The caps of a finding: those of its answer, where it is known that some may not be told."""
    return tuple(dict.fromkeys([*held, *map(cap_of, finding.caps)]))


def is_of_many(finding: Finding, alpha: float) -> bool:
    """Whether an answer points one way, but not surely enough for all that was asked at once."""
    return finding.excludes_null and (finding.p_adjusted is None or finding.p_adjusted > alpha)


def why_open(finding: Finding, caps: Sequence[Cap], alpha: float, language: Language) -> str:
    """What stands against an answer beside its numbers; empty where they alone leave it open."""
    if caps:
        return language.joined([_cap(caps[0], language), _no_matter_of_people(language)])
    if is_of_many(finding, alpha):
        return language.tell(
            "The data point one way, but not surely enough for all that was asked at once."
        )
    return ""


def _no_matter_of_people(language: Language) -> str:
    return language.tell("More people alone may not settle it.")


def _cap(cap: Cap, language: Language) -> str:
    """What a cap means."""
    match cap:
        case "few_genes_measured":
            return language.tell("Too few genes were measured to tell what these cells are like.")
        case "gate_not_possible":
            return language.tell(
                "It could not be checked whether these cells are like any reference cells at all."
            )
        case "gate_failed_by_donors":
            return language.tell("The cells of some people seem to be of another kind.")
        case "gate_of_several":
            return language.tell("The cells may be a mixture of several kinds.")
        case "nearer_not_alike":
            return language.tell("To be nearer to one kind than to another is not to be near.")
        case "programme_without_reference" | "shared_programme":
            return language.tell(
                "Cells that are treated the same way can look alike, whatever their kind."
            )
        case "panel_against_all_genes":
            return language.tell("Counting all genes, the data point the other way.")
        case _:
            return language.tell("The reference cells do not allow a clear answer.")
