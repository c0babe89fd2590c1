"""What a bead array of a study must agree with: the kit it names, the analytes of the study, and
its own channels.
"""

from __future__ import annotations

from collections.abc import Iterable

from exvivo import catalog
from exvivo.catalog import spelling
from exvivo.study.entry import Entry, Ids, Mistakes
from exvivo.study.records import Beads
from exvivo.words import shortened


def bead_mistakes(assay: Beads, analytes: Ids, entry: Entry) -> Mistakes:
    """Kits that nobody knows, beads that do not fit their kit, analytes that are not declared,
    letters without an axis.
    """
    kit = catalog.kit_named(assay.kit)
    if kit is not None:
        yield from _strange_beads(assay, kit, entry)
        if kit.chosen:
            yield from _choice_mistakes(assay, kit, entry)
            yield from _vial_mistakes(assay, kit, entry)
    elif assay.kit:
        yield from _unknown_kit(assay, entry)
    else:
        yield from _own_beads_mistakes(assay, entry)
    yield from _undeclared_beads(assay, kit, analytes, entry)
    yield from _direction_mistakes(assay, kit, entry)
    if assay.letters == "scatter":
        yield from _size_mistakes(assay, entry)
        yield from _scatter_mistakes(assay, entry)


def _unknown_kit(assay: Beads, entry: Entry) -> Mistakes:
    yield entry.mistake(
        f"kit `{assay.kit}`{spelling.did_you_mean(assay.kit, catalog.kits())}",
        "one of: " + shortened(list(catalog.kits()), separator="; "),
        "correct the name, or leave out `kit` and write the beads under `panel`",
        field="kit",
    )


def _own_beads_mistakes(assay: Beads, entry: Entry) -> Mistakes:
    """What an array without a kit lacks."""
    if assay.analytes:
        yield entry.mistake(
            "`analytes` without `kit`",
            "analytes chosen from a kit",
            "name the `kit`, or write the beads under `panel`",
            field="analytes",
        )
    if not assay.panel:
        expected = "a `kit` of the catalog, or a `panel` with the position of each bead"
        yield entry.mistake("no bead", expected, "add `kit: ...`, or `panel: {TNF: A7, ...}`")


def _undeclared_beads(
    assay: Beads, kit: catalog.Kit | None, analytes: Ids, entry: Entry
) -> Mistakes:
    lacking = [analyte for analyte in assay.panel if analyte not in analytes]
    if not lacking:
        return
    brought = set(kit.beads) if kit else set()
    yield entry.mistake(
        f"beads for {_with_meant(lacking, analytes)}, not among the analytes of the study",
        "every bead of the mixture among the `analytes` of the study: "
        + (shortened(analytes) or "there is none yet"),
        f"declare them: {_as_lines(lacking)} (each on a line), or correct the names",
        field="kit" if set(lacking) <= brought else "panel",
    )


def _with_meant(names: Ids, known: Iterable[str]) -> str:
    """Names, each with the one that may be meant."""
    others = list(known)
    return shortened(
        [name + spelling.did_you_mean(name, others, catalog.known_as) for name in names]
    )


def _as_lines(analytes: Ids) -> str:
    """Analytes as study.yaml declares them."""
    return " ".join(f"- id: {analyte}" for analyte in analytes)


def _strange_beads(assay: Beads, kit: catalog.Kit, entry: Entry) -> Mistakes:
    strange = [analyte for analyte in assay.analytes if analyte not in kit.beads]
    if strange:
        yield entry.mistake(
            f"{_with_meant(strange, kit.beads)}, which {kit.name} does not hold",
            "some of: " + shortened(list(kit.beads)),
            "correct the names; a bead of your own goes under `panel`",
            field="analytes",
        )


def _choice_mistakes(assay: Beads, kit: catalog.Kit, entry: Entry) -> Mistakes:
    if not assay.panel:
        yield entry.mistake(
            f"no bead chosen from {kit.name}",
            "the beads of the mixture under `panel`",
            "write each as its vial has it (`panel: {IL6: A7, TNF: D9}`)",
            field="kit",
        )


def _vial_mistakes(assay: Beads, kit: catalog.Kit, entry: Entry) -> Mistakes:
    """Beads on another position than the one they are sold on."""
    for analyte, position in assay.panel.items():
        sold = kit.beads.get(analyte)
        if sold is not None and position.strip().upper() not in sold:
            yield entry.at("panel").mistake(
                f"{analyte} on bead {position}",
                f"{' or '.join(sold)}, as the catalog has it ({kit.source})",
                "look at the vial; if it says otherwise, leave out `kit` and write "
                f"`letters: {kit.letters}`",
                field=analyte,
            )


def _direction_mistakes(assay: Beads, kit: catalog.Kit | None, entry: Entry) -> Mistakes:
    """Directions that are not one a classifier, or not those of the kit."""
    given = ", ".join(assay.directions)
    if assay.directions and len(assay.directions) != len(assay.classifier):
        yield entry.mistake(
            f"directions [{given}] of {len(assay.classifier)} classifier channels",
            "rising or falling, one a classifier, in their order",
            "write one for each: of the letters, then of the numbers",
            field="directions",
        )
    elif kit is not None and assay.directions not in ((), kit.directions):
        runs = zip(kit.directions, kit.classifier, strict=True)
        yield entry.mistake(
            f"directions [{given}]",
            " and ".join(f"{direction} along {dye}" for direction, dye in runs)
            + f", as the catalog has {kit.name}",
            "write the classifiers and directions in that order; if your lot differs, leave out "
            f"`kit` and write `letters: {kit.letters}`",
            field="directions",
        )


def _size_mistakes(assay: Beads, entry: Entry) -> Mistakes:
    """Letters that are sizes of beads leave one classifier, for the numbers."""
    if len(assay.classifier) != 1:
        yield entry.mistake(
            f"{len(assay.classifier)} classifier channels where letters are sizes of beads",
            "one: the size is told by the scatter",
            "leave the scatter channel out of `classifier`",
            field="classifier",
        )


def _scatter_mistakes(assay: Beads, entry: Entry) -> Mistakes:
    if not assay.scatter:
        yield entry.mistake(
            "letters that are sizes of beads, and no `scatter`",
            "forward and side scatter channels",
            "add `scatter: [FSC-A, SSC-A]`, as the files name them",
        )
