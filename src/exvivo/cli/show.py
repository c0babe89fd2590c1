"""What a run found, as a terminal shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from exvivo.cli.door import display, echo, echo_lines, print_json
from exvivo.cli.head import head_of
from exvivo.errors import command
from exvivo.visible import one_line
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
    to_tidy: Sequence[Mapping[str, str]] = (),
) -> None:
    """Print what a run found, where its report is, the files of figures where they were asked for,
    and the head of the record where it has a new one; in JSON also what remains to tidy.
    """
    from exvivo.tell import findings_rows

    if as_json:
        rows = {name: tables[name].to_dicts() for name in SHOWN}
        facts = {"title": study.title, "simulated": study.simulated, "report": str(page)}
        files = {} if figures is None else {"figures": list(map(str, figures))}
        record = {} if head is None else {"record": {"row": head.number, "head": head.hash}}
        tidy = {"to_tidy": list(to_tidy)} if to_tidy else {}
        found = {**rows, "findings": findings_rows(tables["findings"])}
        print_json({**facts, **files, **record, **tidy, **found})
        return
    _print_findings(study, tables, page)
    if figures is not None:
        count = counted(len(figures), "file")
        echo(f"Figures: {count} in {page.parent.parent / FIGURES}")
    if head is not None:
        echo_lines(head_of(head, page.parent.parent))


def _print_findings(study: Study, tables: Mapping[str, pl.DataFrame], page: Path) -> None:
    """The findings as a terminal shows them, and where the report is."""
    from exvivo.tell import PutBacks, Roll, Tables, terminal

    who = Roll(study, tables["answered"], tables["left_out"])
    backs = PutBacks.of(Tables.of(tables), who)
    findings, flags = tables["findings"], tables["flags"]
    display(terminal(study, findings=findings, flags=flags, roll=who, backs=backs))
    echo(f"Report: {one_line(str(page))}")
    echo(f"Open it: {one_line(command('report --open', page.parent.parent))}")
