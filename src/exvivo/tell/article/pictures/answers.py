"""The picture of an answer: which kind, and of what. An answer that could not be given has none."""

from __future__ import annotations

from collections.abc import Sequence

from exvivo.findings import Finding
from exvivo.tell.article.pictures import bars, cloud, dial, part
from exvivo.tell.article.pictures.sides import Behind, rows_named, sides_of
from exvivo.tell.article.records import Certainty, Picture, PlainAnswer


def picture_of(answer: PlainAnswer, behind: Behind, *, people: bool = False) -> Picture | None:
    """The picture of an answer; `people`: a dot for each person where that is possible."""
    findings, certainty = answer.findings, answer.certainty
    if certainty in ("no_answer", "like_none") or not _are_of_one_kind(findings):
        return None
    if findings[0].ask == "mediation":
        return _part(findings, certainty, behind)
    if certainty in ("together", "opposite") and len(findings) == 1:
        return _cloud(findings[0], behind)
    if certainty != "cannot_tell":
        drawn = _bars(findings, certainty, behind, people=people)
        if drawn is not None:
            return drawn
    return _dial(findings, certainty, behind)


def _are_of_one_kind(findings: Sequence[Finding]) -> bool:
    """Whether answers can stand in one picture: of one question, in one unit, all with a score or
    none; those of several questions that are only counted have none.
    """
    return len({(each.question, each.unit.id, each.scale is None) for each in findings}) == 1


def _bars(
    findings: Sequence[Finding], certainty: Certainty, behind: Behind, *, people: bool
) -> Picture | None:
    """Two bars an answer; None where one of them cannot be drawn."""
    names = rows_named(findings, behind)
    pairs = [
        bars.pair_of(sides_of(each, behind), name, certainty)
        for each, name in zip(findings, names, strict=True)
    ]
    known = [pair for pair in pairs if pair is not None]
    if len(known) < len(findings):
        return None
    svg = bars.drawn(known, behind.telling.language, people=people)
    return Picture("bars", svg, bars.alt_of(known, behind.telling.language, people=people))


def _dial(findings: Sequence[Finding], certainty: Certainty, behind: Behind) -> Picture | None:
    """The ranges; None where no answer has one."""
    first, language = findings[0], behind.telling.language
    if all(each.lower is None and each.upper is None for each in findings):
        return None
    sides = sides_of(first, behind, several=len(findings) > 1)
    names = rows_named(findings, behind)
    margin = getattr(behind.question(first), "margin", None)
    svg = dial.drawn(findings, names, sides, certainty, language, margin=margin)
    return Picture("range", svg, dial.alt_of(sides, certainty, first, language))


def _cloud(finding: Finding, behind: Behind) -> Picture:
    """The cloud of a response and a score."""
    language = behind.telling.language
    across = behind.telling.names.scale(finding.scale or "")
    upright = behind.telling.targets([finding])
    colour, _ = behind.style(finding.n[0].group)
    svg = cloud.drawn(finding, across, upright, colour)
    return Picture("cloud", svg, cloud.alt_of(finding, across, upright, language))


def _part(findings: Sequence[Finding], certainty: Certainty, behind: Behind) -> Picture | None:
    """The part of a difference; only of one answer, since each has its own whole."""
    first, language = findings[0], behind.telling.language
    whole = behind.beside(first, "whole_difference")
    if len(findings) > 1 or whole is None or not whole.estimate:
        return None
    names = (behind.telling.names.scale(first.scale or ""), behind.telling.targets([first]))
    svg = part.drawn(first, whole.estimate, names, certainty, language)
    return Picture("part", svg, part.alt_of(names, certainty, language))
