"""Files that broke off: every reader on prefixes of its files, judged by the whole file's readings.

For each prefix exactly one outcome holds:

- `refused`: the reader's own error;
- `equal`: all readings of the whole file, with all they say;
- `named`: readings are missing and the rest is equal; what is missing is a well of the layout
  without a reading (`planned_and_not_measured`), a channel that other wells have
  (`wells_that_lack_a_channel`), or a whole block, which the study names where it reads it;
- `look`: a reading differs, and the file says that it rests on a cell that may be cut
  (`last_cells_that_may_be_cut`);
- `shorter`: every curve ends at one earlier cycle; refused where the study states `cycles:`, else a
  look below 30 (`curves_that_end_early`);
- `fewer`: a bead-level run, which states no count, holds the first of its beads;
- `renamed`: a dye that names a target only where the file holds several (`missing_targets`);
- `wrong`: a reading or a fact differs, and nothing says so.
"""

from __future__ import annotations

import gzip
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from benchmarks.row import Row
from exvivo.errors import ReadError
from exvivo.read import FileRead, read_plate
from exvivo.study import Assay

Outcome = Literal[
    "refused", "equal", "named", "look", "shorter", "fewer", "renamed", "wrong", "crash"
]
Key = tuple[str, str, str, str, int]
"""Block, well, channel and kind of a reading, and which of several of these it is."""
ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("EXVIVO_SHARED_DATA", ROOT / "shared" / "data"))
RANDOM, LINES = 200, 10_000
REAL_LINES = 60
"""Lines of a real file at which it is cut: an equal share of all of them."""
_KEY = ("block", "well", "channel", "kind")
_WELLS = "wells that rest on it"


@dataclass(frozen=True)
class Case:
    """A file, and how a study reads it."""

    reader: str
    name: str
    raw: bytes
    assay: Assay
    well: str | None = None
    run: str = ""
    analytes: tuple[str, ...] = ()

    def read(self, raw: bytes, folder: Path) -> FileRead:
        """Bytes in the place of the file. Raises `ReadError`."""
        path = folder / self.name
        path.write_bytes(raw)
        return read_plate(
            path,
            source=f"raw/{self.name}",
            plate="P1",
            assay=self.assay,
            well=self.well,
            run=self.run,
            analytes=self.analytes,
        )


Rows = Mapping[Key, Mapping[str, Any]]


def rows_of(file: FileRead) -> Rows:
    """Everything that the readings of a file say, without the file's name and hash."""
    seen: Counter[tuple[str, ...]] = Counter()
    rows: dict[Key, Mapping[str, Any]] = {}
    for row in file.readings.drop("sha256", "source", "plate").iter_rows(named=True):
        block, well, channel, kind = (row.pop(name) for name in _KEY)
        seen[block, well, channel, kind] += 1
        rows[block, well, channel, kind, seen[block, well, channel, kind]] = row
    return rows


def outcome(whole: Rows, case: Case, raw: bytes, folder: Path) -> Outcome:
    """What comes of bytes in the place of a file."""
    try:
        file = case.read(raw, folder)
    except ReadError:
        return "refused"
    except Exception:  # whatever it is: no reader may raise it
        return "crash"
    return judged(whole, rows_of(file), file.header.get(_WELLS, "").splitlines())


def judged(whole: Rows, cut: Rows, open_ends: Sequence[str]) -> Outcome:
    """What readings of a prefix are beside those of the whole file; `open_ends` are the wells that
    the file itself calls doubtful.
    """
    if whole == cut:
        return "equal"
    different = [key for key in cut if whole.get(key) != cut[key]]
    if not different:
        return "named" if _is_named(whole, cut) else "wrong"
    unsaid = [key for key in different if key[1] not in open_ends]
    return _otherwise(whole, cut, unsaid) if unsaid else "look"


def _otherwise(whole: Rows, cut: Rows, different: Sequence[Key]) -> Outcome:
    kinds = {key[3] for key in different}
    known = [key for key in different if key in whole]
    if kinds <= {"amplification", "melt"} and len(known) == len(different):
        whole_to = all(_until_one_cycle(whole, cut, key) for key in known)
        return "shorter" if whole_to else "wrong"
    if kinds == {"bead_events"} and len(known) == len(different):
        return "fewer" if all(_begins(whole[key], cut[key]) for key in known) else "wrong"
    return "renamed" if _are_renamed(whole, cut, different) else "wrong"


def _until_one_cycle(whole: Rows, cut: Rows, key: Key) -> bool:
    """Whether a curve has every point up to the last cycle that any curve of its block has."""
    block = [row["x"] for other, row in cut.items() if (other[0], other[3]) == (key[0], key[3])]
    last = max(points[-1] for points in block if points)
    full, own = whole[key], cut[key]
    points = [(x, y) for x, y in zip(full["x"], full["y"], strict=True) if x <= last]
    same = all(full[name] == own[name] for name in own if name not in "xy")
    return same and points == list(zip(own["x"], own["y"], strict=True))


def _are_renamed(whole: Rows, cut: Rows, keys: Sequence[Key]) -> bool:
    """Whether readings without a channel are those of one channel of the whole file."""
    own = {(key[0], key[1], key[3], repr(row)) for key, row in whole.items() if key[2]}
    return all(not key[2] and (key[0], key[1], key[3], repr(cut[key])) in own for key in keys)


def _begins(whole: Mapping[str, Any], cut: Mapping[str, Any]) -> bool:
    """Whether a list of points is the beginning of another, and all else the same."""
    points = all((whole[name] or [])[: len(cut[name] or [])] == (cut[name] or []) for name in "xy")
    lists = ("x", "y", "beads")
    return points and all(whole[name] == cut[name] for name in cut if name not in lists)


def _is_named(whole: Rows, cut: Rows) -> bool:
    """Whether all that is missing is named by a rule: wells, channels of wells, whole blocks."""
    wells = {key[1] for key in cut}
    blocks = {(key[0], key[3]) for key in cut}
    lost = [key for key in whole if key not in cut and key[1] in wells]
    return all((key[0], key[3]) not in blocks or _lacks(key, cut) for key in lost)


def _lacks(key: Key, cut: Rows) -> bool:
    """Whether the rule on channels names what a well lost: its own rule, on the readings left."""
    from exvivo.reconcile.channels_lacking import lacking

    channels: dict[str, set[str]] = {}
    for _, well, channel, _, _ in cut:
        channels.setdefault(well, set()).add(channel)
    lack = lacking({well: frozenset(own) for well, own in channels.items()})
    others = {channel for own in channels.values() for channel in own}
    kinds = {(other[1], other[2]) for other in cut}
    return key[2] in lack.get(key[1], ()) or key[2] not in others or (key[1], key[2]) in kinds


def places(raw: bytes, *, lines: int, count: int, seed: int) -> list[int]:
    """Where a file is cut: behind and before line ends, and at random bytes."""
    rng = random.Random(seed)
    ends = [place + 1 for place, byte in enumerate(raw) if byte == 10]
    some = sorted(rng.sample(ends, lines)) if len(ends) > lines else ends
    before = [end - 1 - (raw[end - 2 : end] == b"\r\n") for end in some]
    by_chance = [rng.randrange(1, len(raw)) for _ in range(count)]
    return sorted({at for at in chain(some, before, by_chance) if 0 < at < len(raw)})


def outcomes(case: Case, folder: Path, *, lines: int, count: int, seed: int) -> Counter[Outcome]:
    """How often what came of the prefixes of a file."""
    whole = rows_of(case.read(case.raw, folder))
    cuts = places(case.raw, lines=lines, count=count, seed=seed)
    return Counter(outcome(whole, case, case.raw[:cut], folder) for cut in cuts)


def examples() -> Iterator[Case]:
    """The example of every reader of the registry, as the tests have them."""
    folder = str(ROOT / "tests" / "read")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    for example in import_module("examples").EXAMPLES.values():
        yield Case(
            example.reader,
            example.name,
            example.content,
            example.assay,
            example.well,
            example.run,
            example.analytes,
        )


def real() -> Iterator[Case]:
    """Real exports of the shared data; packed ones unpacked, as they were before."""
    from exvivo.study import Beads, Immunoassay, Qpcr

    qpcr = Qpcr(id="mrna", kind="qpcr", references=("ACTB",), cycles=None)
    plates = Immunoassay(id="elisa", kind="immunoassay", unit="pg/mL")
    elisa = Immunoassay(id="elisa", kind="immunoassay", unit="pg/mL", analyte="TNF")
    listed: list[tuple[str, str, Assay, str | None, str]] = [
        ("xponent", "luminex/xponent31_stimulated_30plex.csv", plates, None, ""),
        ("xponent", "luminex/xponent_2014_missing_value.csv", plates, None, ""),
        ("xponent", "luminex/multiplate/IGG_CO_2.csv", plates, None, ""),
        ("gen5", "plate_reader/gen5_stdcurve.txt", elisa, None, ""),
        ("softmax", "plate_reader/softmax_absorbance.txt", elisa, None, "Plate01"),
        ("msd", "plate_reader/msd_workbench.csv", plates, None, ""),
        ("cfx", "qpcr/cfx/cq_results.csv", qpcr, None, ""),
        ("applied_biosystems", "qpcr/quantstudio_txt/example02.txt", qpcr, None, ""),
        ("applied_biosystems", "qpcr/quantstudio_txt/example03.txt", qpcr, None, ""),
        ("bead_level", "luminex/bead_level/plate1/Run073.csv.gz", plates, "A10", ""),
    ]
    beads = Beads(
        id="protein",
        kind="beads",
        classifier=("FL6-H",),
        reporter="FL2-H",
        panel={"TNF": "1"},
    )
    listed.append(("fcs", "beads/legendplex/K2-C07-A7.fcs", beads, "A7", ""))
    for reader, name, assay, well, run in listed:
        raw = (SHARED / name).read_bytes()
        packed = name.endswith(".gz")
        short = Path(name).name.removesuffix(".gz")
        yield Case(reader, short, gzip.decompress(raw) if packed else raw, assay, well, run)


def rows() -> list[Row]:
    """A row a file: prefixes that gave a wrong reading without a word, of all that were tried."""
    return list(measured())


def measured() -> Iterator[Row]:
    """The rows, one after the other: it takes minutes."""
    cases = [*examples(), *(real() if SHARED.is_dir() else ())]
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(cases):
            yield _row(number, case, Path(folder))


def _row(number: int, case: Case, folder: Path) -> Row:
    is_real = len(case.raw) > 20_000
    counts = outcomes(
        case,
        folder,
        lines=REAL_LINES if is_real else LINES,
        count=RANDOM,
        seed=number,
    )
    listed = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    return Row(
        what=f"{case.reader}, {case.name}: of {counts.total()} prefixes ({listed}), wrong",
        value=counts["wrong"] + counts["crash"],
        unit="prefixes",
        bar="<= 0",
    )


if __name__ == "__main__":
    for row in measured():
        print(row, flush=True)
