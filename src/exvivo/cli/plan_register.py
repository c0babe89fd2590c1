"""`plan register`: the answers that a registry of studies asks for, from the locked files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exvivo.cli.door import as_json_option, door, echo, echo_lines, folder_argument, print_json

if TYPE_CHECKING:
    from exvivo.tell.planned.registration import Registry

_REGISTRIES: tuple[Registry, ...] = ("aspredicted", "osf")


@click.command(short_help="Answers for AsPredicted or OSF, from the locked study.")
@folder_argument(default=".")
@click.option(
    "--for",
    "registry",
    type=click.Choice([*_REGISTRIES, "both"]),
    default="both",
    show_default=True,
    help="Which registry asks.",
)
@as_json_option
def register(folder: Path, registry: str, as_json: bool) -> None:
    """Write what a registry asks for (hypotheses, what is measured, conditions, analyses,
    exclusions, sample size) to FOLDER/planned/registration, from the files as they were locked.

    Refused where nothing is locked, or where something changed since. What no file says is marked
    for you to write. No donor is named.
    """
    asked = _REGISTRIES if registry == "both" else [r for r in _REGISTRIES if r == registry]
    with door(folder, as_json):
        from exvivo.plan.register import register as write

        written = write(folder, asked)
    if as_json:
        print_json({each.registry: _plain(each) for each in written})
        return
    from exvivo.tell.planned.registration import YOURS

    for each in written:
        texts = [text for section in each.sections for text in section.paragraphs]
        yours = sum(YOURS in text for text in texts)
        echo_lines([f"{each.page}: {len(each.sections)} answers, {yours} left for you to write"])
    echo(f"Made from the lock with the hash {written[0].lock.hash}.")


def _plain(each: object) -> dict[str, object]:
    from exvivo.plan.register import Registration

    assert isinstance(each, Registration)
    return {
        "page": str(each.page),
        "lock": {"row": each.lock.row, "recorded": each.lock.recorded, "hash": each.lock.hash},
        "sections": [asdict(section) for section in each.sections],
    }
