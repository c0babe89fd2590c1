"""Small studies whose files name their wells, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from exvivo.flagged import Flag, coded
from exvivo.reconcile import RULES, Held
from exvivo.study import Analyte, Assay, Group, Immunoassay, Plate, Qpcr, Stimulus, Study
from exvivo.tables import LAYOUT, WELLS

Well = dict[str, object]
"""What a layout says of a well."""
STIMULI = (
    Stimulus(id="none", name="unstimulated", control=True),
    Stimulus(id="LPS", name="LPS", dose="100 ng/mL", time="6 h"),
    Stimulus(id="LPS_tofa", name="LPS with tofacitinib", dose="100 ng/mL + 1 µM", time="6 h"),
)
MRNA = Qpcr(id="mrna", kind="qpcr", references=("UBC",))
ELISA = Immunoassay(id="elisa", kind="immunoassay", analyte="TNF")


def wells(rows: int = 8, columns: int = 12) -> list[str]:
    """The wells of a plate, along its rows."""
    return [
        f"{'ABCDEFGHIJKLMNOP'[row]}{column + 1}" for row in range(rows) for column in range(columns)
    ]


def donors(groups: Mapping[str, int]) -> list[str]:
    """Donors of each group: RA01, RA02, ..."""
    return [
        f"{group}{number:02d}" for group, many in groups.items() for number in range(1, many + 1)
    ]


def samples(
    people: Sequence[str], stimuli: Sequence[str] = ("none", "LPS", "LPS_tofa"), replicates: int = 2
) -> list[Well]:
    """The sample wells of some donors, in the order of donors, replicates and stimuli."""
    return [
        {"role": "sample", "donor": donor, "stimulus": stimulus, "replicate": str(number)}
        for donor in people
        for number in range(1, replicates + 1)
        for stimulus in stimuli
    ]


def laid(contents: Sequence[Well], places: Sequence[str] | None = None) -> dict[str, Well]:
    """Contents in the wells of a plate, along its rows."""
    return dict(zip(places or wells(16, 24), contents, strict=False))


def called(layout: Mapping[str, Well], pattern: str = "{donor} {stimulus}") -> dict[str, str]:
    """The names that a file would have for a right layout."""
    return {
        well: pattern.format(**{"dose": "", **each})
        if each.get("donor")
        else str(each["role"]).upper()
        for well, each in layout.items()
    }


def held(
    layouts: Mapping[str, Mapping[str, Well]],
    names: Mapping[str, Mapping[str, str | None]],
    *,
    people: Sequence[str] | None = None,
    stimuli: Sequence[Stimulus] = STIMULI,
    assays: Sequence[Assay] = (MRNA,),
    assay_of: Mapping[str, str] | None = None,
    reading: Mapping[tuple[str, str], Mapping[str, object]] | None = None,
    files: Mapping[str, str] | None = None,
    layout_files: Mapping[str, str] | None = None,
    headers: Mapping[str, Mapping[str, str]] | None = None,
    cultures: pl.DataFrame | None = None,
    groups: Mapping[str, str] | None = None,
) -> Held:
    """A study of these plates: what the layouts say, and what the files call their wells.

    `reading` are further columns of WELLS by plate and well.
    """
    of = {plate: (assay_of or {}).get(plate, assays[0].id) for plate in layouts}
    file = {plate: (files or {}).get(plate, f"raw/{plate}.txt") for plate in layouts}
    if people is None:
        everyone = (each.get("donor") for layout in layouts.values() for each in layout.values())
        people = [str(donor) for donor in dict.fromkeys(filter(None, everyone))]
    of_donor = {donor: (groups or {}).get(donor, donor[:2]) for donor in people}
    defaults = {each.id: {"dose": each.dose or None, "time": each.time or None} for each in stimuli}
    layout = [
        {"line": f"{plate}.csv:{i}", "plate": plate, "well": well, "nominals": []}
        | ({"visit": "1", "group": of_donor[str(each["donor"])]} if each.get("donor") else {})
        | defaults.get(str(each.get("stimulus")), {})
        | each
        for plate, own in layouts.items()
        for i, (well, each) in enumerate(own.items(), 2)
    ]
    study = Study(
        exvivo=1,
        title="named",
        groups=tuple(Group(id=group, name=group) for group in dict.fromkeys(of_donor.values())),
        stimuli=tuple(stimuli),
        analytes=(Analyte(id="TNF"), Analyte(id="IL6")),
        assays=tuple(assays),
        plates=tuple(
            Plate(
                id=plate,
                assay=of[plate],
                layout=(layout_files or {}).get(plate, f"plates/{plate}.csv"),
                file=file[plate],
            )
            for plate in layouts
        ),
        root=Path(),
        donors=pl.DataFrame({"donor": list(people), "group": list(of_donor.values())}),
        layout=LAYOUT.frame(layout),
        cultures=cultures if cultures is not None else pl.DataFrame(),
    )
    by_well = {(row["plate"], row["well"]): row for row in study.layout.iter_rows(named=True)}
    kept = ("role", "donor", "visit", "group", "stimulus", "dose", "time", "replicate", "nominal")
    rows = [
        {
            "source": file[plate],
            "sha256": "0",
            "block": "b",
            "plate": plate,
            "well": well,
            "sample": name,
            "channel": "TNF",
            "kind": "cq",
            "value": 25.0,
            "censor": "none",
            "unit": "cycles",
            "assay": of[plate],
            "readout": "mRNA",
            "analyte": "TNF",
            "dilution": by_well[plate, well]["dilution"] or 1.0,
            "exclude": by_well[plate, well]["exclude"],
            **{column: by_well[plate, well][column] for column in kept},
            **(reading or {}).get((plate, well), {}),
        }
        for plate, own in names.items()
        for well, name in own.items()
    ]
    return Held(study=study, wells=WELLS.frame(rows), headers=headers or {})


OF_FILES = {
    "names_against_layout",
    "names_out_of_habit",
    "replicates_named_otherwise",
    "donors_named_nowhere",
    "doses_named_otherwise",
    "targets_of_other_plates",
    "roles_marked_otherwise",
    "amounts_that_disagree",
    "dilutions_that_disagree",
    "standards_out_of_place",
    "empty_wells_with_a_signal",
    "files_of_another_analyte",
    "files_of_another_plate",
    "files_numbered_otherwise",
    "runs_before_their_cells",
}
"""The rules that hold instrument files against layouts."""


def raised(study: Held, severity: str | None = None) -> list[Flag]:
    """What those rules raise, of one severity if asked."""
    rules = [rule for rule in RULES if rule.__name__ in OF_FILES]
    assert len(rules) == len(OF_FILES)
    flags = [flag for rule in rules for flag in coded(rule(study), rule.__name__)]
    return [flag for flag in flags if severity in (None, flag.severity)]
