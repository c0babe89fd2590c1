"""`plan simulate`: the planned study, done once in advance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from exvivo.cli.door import as_json_option, door, echo_lines, folder_argument, print_json, steps
from exvivo.errors import Mistake, StudyError, command
from exvivo.planned_sizes import MOST_DONORS, SIZES, whole_number
from exvivo.words import counted

if TYPE_CHECKING:
    from exvivo.plan.simulate import Simulated, Sizes
    from exvivo.simulate.files import ProteinFile, QpcrFile
    from exvivo.simulate.population import DataModel

_wells, _cultures, _plates = (click.IntRange(1, most) for most in SIZES.values())


@click.command(short_help="Do the planned study once, with invented results.")
@folder_argument(default=".")
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    required=True,
    help="The folder that the simulated study is written into (new or empty).",
)
@click.option(
    "--qpcr",
    type=click.Choice(["rdml", "quantstudio"]),
    default="rdml",
    show_default=True,
    help="RT-qPCR as RDML with curves, or as QuantStudio's text with Cq and curves.",
)
@click.option(
    "--protein",
    type=click.Choice(["fcs", "xponent"]),
    help="Proteins as FCS tubes of a bead array, or as xPONENT csv of a Luminex; left out: as each "
    "assay of study.yaml has it.",
)
@click.option("--redcap", is_flag=True, help="People and scores as a REDCap project.")
@click.option("--donors", metavar="14v10", help="Donors of each group, in the order of study.yaml.")
@click.option("--wells", type=_wells, help="Wells of each culture and condition.")
@click.option("--cultures", type=_cultures, help="Cultures of each donor and condition.")
@click.option(
    "--plates",
    type=_plates,
    help="Plates of each assay; left out: the fewest that hold all wells.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Another number makes another study.",
)
@as_json_option
def simulate(
    folder: Path,
    to: Path,
    qpcr: str,
    protein: str | None,
    redcap: bool,
    seed: int,
    as_json: bool,
    **sizes: Any,
) -> None:
    """Draw the study that FOLDER plans once, from its assumptions, and write it as a study folder.

    Its raw files are in the layouts of real instruments, so `exvivo run` takes the folder like any
    other: you see the report that such a study would give, before the first donor is asked. What is
    true in it lies in truth/. Every output says that it is simulated.
    """
    with door(folder, as_json), steps(as_json) as progress:
        from exvivo.plan.simulate import planned_study, simulate_study
        from exvivo.simulate.files import Instruments

        progress("drawing the study")
        made = simulate_study(
            folder,
            to,
            sizes=_sizes([group.id for group in planned_study(folder).groups], **sizes),
            instruments=Instruments(
                qpcr=cast("QpcrFile", qpcr), protein=cast("ProteinFile | None", protein)
            ),
            redcap=redcap,
            seed=seed,
        )
    if as_json:
        print_json(_as_json(made))
        return
    echo_lines(_lines(made))


def _sizes(
    groups: list[str],
    donors: str | None,
    wells: int | None,
    cultures: int | None,
    plates: int | None,
) -> Sizes:
    """The sizes that were asked for. Raises `StudyError` where donors and groups do not match."""
    from exvivo.plan.simulate import Sizes

    return Sizes(
        donors=None if donors is None else _of_groups(donors, groups),
        wells=wells,
        cultures=cultures,
        plates=plates,
    )


def _of_groups(text: str, groups: list[str]) -> dict[str, int]:
    """Donors by group of a text such as 14v10."""
    counts = [whole_number(part, MOST_DONORS) for part in text.casefold().split("v")]
    sizes = {group: n for group, n in zip(groups, counts, strict=False) if n is not None}
    if not len(counts) == len(groups) == len(sizes):
        raise StudyError(_not_as_many(text, groups))
    return sizes


def _not_as_many(text: str, groups: list[str]) -> Mistake:
    """Not as many numbers of donors as groups."""
    expected = f"a number for each of {', '.join(groups)}, up to {MOST_DONORS:,}, v between"
    example = "v".join(["12"] * len(groups))
    return Mistake("--donors", text, expected, f"write them as {example}")


def _as_json(made: Simulated) -> dict[str, Any]:
    return {
        "folder": str(made.folder),
        "donors": dict(made.donors),
        "files": list(made.files),
        "drawn_from": [source._asdict() for source in made.model.sources],
    }


def _lines(made: Simulated) -> list[str]:
    """What was made, and what to do with it."""
    sources = made.model.sources
    assumed = sum(source.assumed for source in sources)
    return [
        f"Simulated into {made.folder}: {_people(made)}.",
        f"{_sizes_of(made.model)}; {counted(len(made.files), 'file')}.",
        f"Drawn from {counted(len(sources), 'number')}, of which {assumed} are assumed: "
        "truth/assumptions.csv lists each.",
        "What is true in it: truth/answers.csv.",
        f"Take it all the way: {command('run', made.folder)}",
    ]


def _people(made: Simulated) -> str:
    """The donors of each group, and how many were lost."""
    people = [f"{count} {group}" for group, count in made.donors.items()]
    return ", ".join(people) + _lost(made)


def _lost(made: Simulated) -> str:
    """How many donors were lost, where there are any."""
    lost = made.model.n - sum(made.donors.values())
    return f"; {lost} lost" if lost else ""


def _sizes_of(model: DataModel) -> str:
    """How much there is of every donor and assay."""
    cultures = counted(model.cultures, "culture")
    wells, plates = counted(model.wells, "well"), counted(model.plates, "plate")
    return f"{cultures} a donor and condition, {wells} a culture, {plates} an assay"
