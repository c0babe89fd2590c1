"""What a bead array of a study must agree with: the kit it names, the analytes of the study, and
its own channels.
"""

from __future__ import annotations

from collections.abc import Iterator

from exvivo import catalog
from exvivo.errors import Mistake
from exvivo.study.nodes import Where
from exvivo.study.records import Beads

Place = tuple[str | int, ...]


def bead_mistakes(
    assay: Beads, analytes: list[str], place: Place, where: Where
) -> Iterator[Mistake]:
    """Kits that nobody knows, beads that do not fit their kit, analytes that are not declared,
    letters without an axis.
    """
    kit = catalog.kit_named(assay.kit)
    if assay.kit and kit is None:
        yield Mistake(
            where((*place, "kit")),
            f"kit `{assay.kit}`",
            "one of: " + "; ".join(catalog.kits()),
            "correct the name, or leave out `kit` and write the beads under `panel`",
        )
    elif kit is not None:
        yield from _kit_mistakes(assay, kit, place, where)
    elif assay.analytes:
        yield Mistake(
            where((*place, "analytes")),
            "`analytes` without `kit`",
            "analytes chosen from a kit",
            "name the `kit`, or write the beads under `panel`",
        )
    if not assay.panel and not (assay.kit and (kit is None or kit.chosen)):
        yield Mistake(
            where(place),
            "no bead",
            "a `kit` of the catalog, or a `panel` with the position of each bead",
            "add `kit: ...`, or `panel: {TNF: A7, ...}`",
        )
    lacking = [analyte for analyte in assay.panel if analyte not in analytes]
    if lacking:
        yield Mistake(
            where((*place, "panel" if set(lacking) - set(kit.beads if kit else ()) else "kit")),
            f"beads for {', '.join(lacking)}, not among the analytes of the study",
            "every bead of the mixture among the `analytes` of the study: "
            + (", ".join(analytes) or "there is none yet"),
            "declare them: "
            + " ".join(f"- id: {analyte}" for analyte in lacking)
            + " (each on a line), or correct the names",
        )
    yield from _letter_mistakes(assay, place, where)


def _kit_mistakes(assay: Beads, kit: catalog.Kit, place: Place, where: Where) -> Iterator[Mistake]:
    strange = [analyte for analyte in assay.analytes if analyte not in kit.beads]
    if strange:
        yield Mistake(
            where((*place, "analytes")),
            f"{', '.join(strange)}, which {kit.name} does not hold",
            "some of: " + ", ".join(kit.beads),
            "correct the names; a bead of your own goes under `panel`",
        )
    if kit.chosen and not assay.panel:
        yield Mistake(
            where((*place, "kit")),
            f"no bead chosen from {kit.name}",
            "the beads of the mixture under `panel`",
            "write each as its vial has it (`panel: {IL6: A7, TNF: D9}`)",
        )
    if kit.chosen:
        yield from (
            Mistake(
                where((*place, "panel", analyte)),
                f"{analyte} on bead {position}",
                f"{' or '.join(kit.beads[analyte])}, as the catalog has it ({kit.source})",
                "look at the vial; if it says otherwise, leave out `kit` and write `letters: "
                + kit.letters
                + "`",
            )
            for analyte, position in assay.panel.items()
            if analyte in kit.beads and position.strip().upper() not in kit.beads[analyte]
        )


def _letter_mistakes(assay: Beads, place: Place, where: Where) -> Iterator[Mistake]:
    if assay.letters != "scatter":
        return
    if len(assay.classifier) != 1:
        yield Mistake(
            where((*place, "classifier")),
            f"{len(assay.classifier)} classifier channels where letters are sizes of beads",
            "one: the size is told by the scatter",
            "leave the scatter channel out of `classifier`",
        )
    if not assay.scatter:
        yield Mistake(
            where(place),
            "letters that are sizes of beads, and no `scatter`",
            "forward and side scatter channels",
            "add `scatter: [FSC-A, SSC-A]`, as the files name them",
        )
