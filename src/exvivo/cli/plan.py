"""`plan`: before the blood is drawn. A group; each command of it stands in a module of its own."""

from __future__ import annotations

import click

from exvivo.cli.plan_power import power
from exvivo.cli.plan_simulate import simulate


@click.group(short_help="Before the blood is drawn: power, plate maps, registration.")
def plan() -> None:
    """Plan a study before the first donor is asked: what its questions can find, where each donor
    goes on the plates, and what a registry asks for.
    """


plan.add_command(power)
plan.add_command(simulate)
