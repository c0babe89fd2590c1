"""What a run found, as a terminal shows it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from exvivo.cli.door import print_json
from exvivo.cli.head import head_of
from exvivo.errors import command
from exvivo.words import counted

if TYPE_CHECKING:
    import polars as pl

    from exvivo.store.chain import Row
    from exvivo.study import Study

FIGURES = "figures"
"""Where the files of figures go, beside the results: they are no part of a run."""

SHOWN = ("findings", "answered", "left_out", "exclusions", "with_and_without", "flags")
"""The tables of a run that are shown."""


def show(
    study: Study,
    tables: Mapping[str, pl.DataFrame],
    page: Path,
    as_json: bool,
    figures: list[Path] | None = None,
    head: Row | None = None,
    past: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Print what a run found, where its report is, the files of figures where they were asked for,
    and the head of the record where it has a new one; for programs also which run it is (`past`).
    """
    from exvivo.tell import findings_rows

    if as_json:
        rows = {name: tables[name].to_dicts() for name in SHOWN}
        facts = {"title": study.title, "simulated": study.simulated, "report": str(page)}
        files = {} if figures is None else {"figures": list(map(str, figures))}
        record = {} if head is None else {"record": {"row": head.number, "head": head.hash, **past}}
        found = {**rows, "findings": findings_rows(tables["findings"])}
        print_json({**facts, **files, **record, **found})
        return
    _print_findings(study, tables, page)
    if figures is not None:
        count = counted(len(figures), "file")
        click.echo(f"Figures: {count} in {page.parent.parent / FIGURES}")
    if head is not None:
        click.echo("\n".join(head_of(head, page.parent.parent)))


def _print_findings(study: Study, tables: Mapping[str, pl.DataFrame], page: Path) -> None:
    """The findings as a terminal shows them, and where the report is."""
    from rich.console import Console

    from exvivo.tell import PutBacks, Roll, Tables, terminal

    console = Console()
    who = Roll(study, tables["answered"], tables["left_out"])
    backs = PutBacks.of(Tables.of(tables), who)
    findings, flags = tables["findings"], tables["flags"]
    console.print(terminal(study, findings=findings, flags=flags, roll=who, backs=backs))
    console.print(f"Report: {page}", soft_wrap=True, highlight=False, markup=False)
    how = command("report --open", page.parent.parent)
    console.print(f"Open it: {how}", soft_wrap=True, highlight=False, markup=False)
