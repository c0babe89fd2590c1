"""Finished results whose own numbers betray how they were made."""

from __future__ import annotations

from collections.abc import Iterator

from exvivo.flag.look import Flag, Look, flag, place

_COARSE = 2.0
"""A group whose numbers repeat this many times as often as another's was written or measured differently."""
_FEWEST = 10
"""Results a group must have before its numbers are compared with another's."""


def probable_limits(look: Look) -> Iterator[Flag]:
    """Zeros and repeated smallest values, taken for undetected; a question to whoever knows the assay."""
    for row, figures in look.fitted("population"):
        limit = figures.get("probable_limit")
        if limit is None:
            continue
        seen = [f"{figures['zeros']:.0f} zeros"] if figures.get("zeros") else []
        if figures.get("repeated_smallest", 0) > 1:
            seen.append(f"{figures['repeated_smallest']:.0f} times the smallest value {figures['smallest']:g}")
        yield flag(
            "quantities", place(row),
            what=f"{' and '.join(seen)} among {figures['n']:.0f} results: taken as undetected below {limit:g} {row['unit']}",
            why="laboratories write undetected samples as zero or as the limit itself; as measurements they would mislead",
            cure=f"is {limit:g} {row['unit']} the detection limit? Ask the laboratory and declare it under `limits`",
        )  # fmt: skip


def groups_written_differently(look: Look) -> Iterator[Flag]:
    """Groups whose numbers repeat unequally: measured in other runs, rounded or scaled otherwise."""
    for row, figures in look.fitted("population"):
        repeats = {
            group: figures[f"n:{group}"] / figures[f"distinct:{group}"]
            for group in (record.id for record in look.study.groups)
            if figures.get(f"n:{group}", 0) >= _FEWEST and figures.get(f"distinct:{group}")
        }
        if len(repeats) < 2 or max(repeats.values()) < _COARSE * min(repeats.values()):
            continue
        said = "; ".join(
            f"{look.study.name_of(g)}: {figures[f'distinct:{g}']:.0f} different values in {figures[f'n:{g}']:.0f} results"
            for g in repeats
        )
        yield flag(
            "quantities", place(row), what=said,
            why="numbers of one assay repeat alike in every group; these suggest other runs, rounding or limits",
            cure="ask whether the groups were measured together; if not, group and run cannot be told apart",
        )  # fmt: skip
