"""`plan`: before the blood is drawn. A group; each command of it stands in a module of its own."""

from __future__ import annotations

import click

from exvivo.cli.plan_layout import layout
from exvivo.cli.plan_next import next_
from exvivo.cli.plan_power import power
from exvivo.cli.plan_register import register
from exvivo.cli.plan_simulate import simulate

_HELP = """Plan a study before the first donor is asked, in the order of a plan.

\b
What can it find?            exvivo plan power my-study
Where does each donor go?    exvivo plan layout my-study
What would its files be?     exvivo plan simulate my-study --to virtual
Freeze it:                   exvivo lock my-study
What a registry asks for:    exvivo plan register my-study
How many more, half way?     exvivo plan next my-study

Assumptions stand in study.yaml (`assumptions`); what is left out is a prior of the field, and is
marked as one.
"""


class _InOrder(click.Group):
    """Commands in the order of a plan."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands as they were added."""
        return list(self.commands)


@click.group(
    cls=_InOrder,
    help=_HELP,
    short_help="Before the blood is drawn: power, plate maps, registration.",
)
def plan() -> None:
    """The group, and what holds for every command of it."""


for each in (power, layout, simulate, register, next_):
    plan.add_command(each)
