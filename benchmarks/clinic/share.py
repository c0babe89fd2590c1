"""Results handed on: can a reader of the public tables work out a hidden count, and is any donor
met in what is for the public?

The attacker is written apart from what hides (`attacked`): linear programs over the hidden numbers
of a printed table alone. Beside it an attacker who knows the rules: of all columns of counts with
the same total that print alike, a hidden number must have several values.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import numpy as np
from numpy.random import Generator, default_rng
from scipy.optimize import linprog

from benchmarks.row import Row
from exvivo.tell.share.suppress import Counted, Printed, column_printed, printed

TABLES, SMALLEST, PLANTED = 1000, 5, 400
Place = tuple[int, int]
Range = tuple[float, float]


def rows() -> list[Row]:
    """The figures."""
    return [*_tables(), *_aware(), *_folder()]


def random_table(rng: Generator, *, total: bool) -> Counted:
    """2 to 6 levels by 1 to 4 groups of at least `SMALLEST` people (others are not told of), some
    levels rare, with or without a column of all.
    """
    levels, groups = rng.integers(2, 7), rng.integers(1, 5)
    counts = rng.poisson(rng.choice([0.5, 2, 5, 12, 40], size=(levels, groups)))
    counts[0] += np.maximum(SMALLEST - counts.sum(axis=0), 0)
    if total:
        counts = np.column_stack([counts, counts.sum(axis=1)])
    wholes = counts.sum(axis=0)
    return Counted(tuple(map(tuple, counts.tolist())), tuple(wholes.tolist()), total)


def attacked(shown: Printed, table: Counted) -> dict[Place, Range]:
    """What each hidden number can be for a reader who knows the printed ones and the wholes, and
    that no hidden number is zero where zeros are printed.
    """
    places = [(i, j) for i, row in enumerate(shown) for j, cell in enumerate(row) if cell is None]
    left, right = _known(shown, table, places)
    ranges = {}
    for at, place in enumerate(places):
        aim = np.eye(len(places))[at]
        floor = [(_floor(shown, column), None) for _, column in places]
        low, high = (
            linprog(sign * aim, A_eq=left, b_eq=right, bounds=floor, method="highs-ds")
            for sign in (1.0, -1.0)
        )
        ranges[place] = (low.fun, -high.fun)
    return ranges


def _floor(shown: Printed, column: int) -> float:
    """The least that a hidden number of a column can be: none is zero where any level is told."""
    return float(any(row[column] is not None for row in shown))


def _known(
    shown: Printed, table: Counted, places: Sequence[Place]
) -> tuple[list[list[float]], list[float]]:
    """What the printed numbers say of the hidden ones: equations, and their right sides."""
    left, right = [], []
    for j, whole in enumerate(table.wholes):
        left.append([float(column == j) for _, column in places])
        right.append(float(whole - sum(row[j] or 0 for row in shown)))
    for i, row in enumerate(shown if table.total else ()):
        *parts, last = row
        signs = [float(line == i) * (1 if column < len(parts) else -1) for line, column in places]
        left.append(signs)
        right.append(float((last or 0) - sum(cell or 0 for cell in parts)))
    return left, right


def _masked(table: Counted) -> Printed:
    """The table with its small counts masked and nothing else, as is often done."""
    return tuple(
        tuple(None if 0 < count < SMALLEST else count for count in row) for row in table.rows
    )


def _tables() -> Iterator[Row]:
    """Random tables against the attacker, and the same ones with small counts masked alone."""
    rng, start = default_rng(15), time.perf_counter()
    tables = [random_table(rng, total=bool(number % 2)) for number in range(TABLES)]
    shown = [printed(table, SMALLEST) for table in tables]
    seconds = time.perf_counter() - start
    ours = [each for pair in zip(shown, tables, strict=True) for each in _widths(*pair)]
    masked = [each for table in tables for each in _widths(_masked(table), table)]
    hidden = sum(cell is None for each in shown for row in each for cell in row)
    small = sum(0 < c < SMALLEST for table in tables for row in table.rows for c in row)
    leaked = sum(0 < (c or 0) < SMALLEST for each in shown for row in each for c in row)
    cells = sum(len(row) for table in tables for row in table.rows)
    what = f"{TABLES} random tables"
    yield Row(what=f"{what}: small counts printed", value=leaked, unit="counts", bar="<= 0")
    yield Row(
        what=f"{what}: hidden counts worked out (peer: masked alone)",
        value=sum(width < 0.5 for width in ours),
        unit="counts",
        bar="<= 0",
        peer=sum(width < 0.5 for width in masked),
    )
    yield Row(
        what=f"{what}: fewest values a hidden count can have (peer: masked alone)",
        value=min(ours) + 1,
        unit="values",
        bar=f">= {SMALLEST}",
        peer=min(masked) + 1,
    )
    yield Row(what=f"{what}: small counts", value=100 * small / cells, unit="% of counts")
    yield Row(what=f"{what}: hidden", value=100 * hidden / cells, unit="% of counts")
    yield Row(what="a table, hidden", value=1000 * seconds / TABLES, unit="ms", bar="<= 200")


def _widths(shown: Printed, table: Counted) -> list[float]:
    """How wide the range of each hidden number is."""
    return [round(high - low, 6) for low, high in attacked(shown, table).values()]


def _aware() -> Iterator[Row]:
    """All columns of two to four levels of 10 to 16 people, sorted by what they print: an attacker
    who knows the rules tries them all.
    """
    fewest, single, hidden = 99, 0, 0
    for whole, levels in product(range(10, 17), range(2, 5)):
        for shown, columns in _printed_alike(whole, levels).items():
            for place in (i for i, cell in enumerate(shown) if cell is None):
                values = {column[place] for column in columns}
                hidden, fewest = hidden + 1, min(fewest, len(values))
                single += len(values) == 1
    of = f"{hidden} hidden counts, to one who knows the rules"
    yield Row(what=f"{of}: worked out", value=single, unit="counts", bar="<= 0")
    yield Row(what=f"{of}: fewest values", value=fewest, unit="values", bar=">= 4")


def _printed_alike(whole: int, levels: int) -> dict[tuple[int | None, ...], list[tuple[int, ...]]]:
    """Every column of counts with a sum, by what is printed of it."""
    alike: dict[tuple[int | None, ...], list[tuple[int, ...]]] = defaultdict(list)
    for parts in product(range(whole + 1), repeat=levels - 1):
        if sum(parts) <= whole:
            column = (*parts, whole - sum(parts))
            alike[column_printed(column, SMALLEST)].append(column)
    return alike


def _folder() -> Iterator[Row]:
    """The demo handed to anybody: files that name a donor before and after, and names planted in
    what was written.
    """
    from exvivo.run import run
    from exvivo.share import share
    from exvivo.simulate import model_study, write

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "study"
        write(model_study(rng=default_rng(1)), root)
        run(root)
        start = time.perf_counter()
        made = share(root, "public")
        seconds = time.perf_counter() - start
        yield Row(what="the demo made public", value=seconds, unit="s", bar="<= 10")
        yield Row(
            what="files that name FM01 (peer: what a run writes)",
            value=_naming(made.folder),
            unit="files",
            bar="<= 0",
            peer=_naming(root / "results"),
        )
        exact, bands, *_, told = made.singled_out
        yield Row(
            what="donors unique by all that is told (peer: group, sex and age)",
            value=told.only_one,
            unit="donors",
            bar="<= 0",
            peer=exact.only_one,
        )
        yield Row(what="the same in ten-year bands", value=bands.only_one, unit="donors")
        yield Row(what="k of all that is told", value=told.k, unit="donors", bar=f">= {SMALLEST}")
        yield from _planted(root, made.folder)


def _naming(folder: Path) -> int:
    """The text files below a folder in which FM01 stands."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".parquet")
    return sum("FM01" in path.read_text("utf-8", "replace") for path in files)


def _planted(root: Path, folder: Path) -> Iterator[Row]:
    """Names of donors and a day of a draw, each put into a file in one of several ways."""
    from exvivo.share import last_run
    from exvivo.tell.share.search import leaks, persons_of

    last, rng = last_run(root), default_rng(4)
    told = ("group", "age", "sex")
    persons = persons_of(last.study, last.tables, told=told, days=("2026-03-01",))
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    donors, met = last.study.donors["donor"].to_list(), 0
    clean = len(leaks(folder, persons))
    for _ in range(PLANTED):
        path = files[int(rng.integers(len(files)))]
        before = path.read_text("utf-8")
        path.write_text(_with(before, donors[int(rng.integers(len(donors)))], rng), "utf-8")
        met += bool(leaks(folder, persons))
        path.write_text(before, "utf-8")
    yield Row(what="false alarms of the last look", value=clean, unit="files", bar="<= 0")
    what = f"{PLANTED} names and days planted, met"
    yield Row(what=what, value=100 * met / PLANTED, unit="%", bar=">= 100")


def _with(text: str, donor: str, rng: Generator) -> str:
    """A text with a donor or a day put in between two of its lines."""
    ways = [
        donor,
        donor.lower(),
        f"&#{ord(donor[0])};{donor[1:]}",
        f"{donor}_ATP",
        f"%46{donor[1:]}",
    ]
    ways = [*ways[:4], *ways[4:] * (donor[0] == "F"), json.dumps(f"é{chr(32)}{donor}")]
    ways += ["2026-03-01", "1.3.2026", "01/03/2026", "1 March 2026", "Mar 1, 2026", "20260301"]
    lines = text.split("\n")
    place = int(rng.integers(len(lines)))
    return "\n".join([*lines[:place], ways[int(rng.integers(len(ways)))], *lines[place:]])
