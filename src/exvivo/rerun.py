"""The last run made again, on this machine, and held against what is on record.

The same bytes are promised on one kind of machine with one set of packages; elsewhere the same
numbers to 1e-9 with the same words and verdicts. Nothing of the study folder is changed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from exvivo import __version__
from exvivo.errors import Mistake, StoreError, command
from exvivo.words import shortened

if TYPE_CHECKING:
    from exvivo.store import Difference, File, Run

Progress = Callable[[str], None]
Verdict = Literal["same bytes", "same numbers", "differs"]


@dataclass(frozen=True)
class Rerun:
    """What came of it: the `last` run, the `machine` and `packages` of today, the files of results
    whose `bytes` are others, and the `differences` of tables beyond 1e-9.
    """

    last: Run
    machine: str
    packages: dict[str, str]
    files: int
    bytes: tuple[str, ...]
    differences: tuple[Difference, ...]

    @property
    def verdict(self) -> Verdict:
        """How near it came."""
        if self.differences:
            return "differs"
        return "same numbers" if self.bytes else "same bytes"

    @property
    def changed(self) -> list[str]:
        """What is not as it was at the run: packages of other versions, and the machine."""
        before, now = {"exvivo": self.last.version, **self.last.packages}, self.packages
        versions = [
            f"{name} {before[name]} -> {now.get(name, 'none')}"
            for name in before
            if before[name] != now.get(name)
        ]
        other = self.last.machine not in ("", self.machine)
        return versions + ([f"{self.last.machine} -> {self.machine}"] if other else [])


def rerun(folder: Path, *, progress: Progress) -> Rerun:
    """Run the study of a folder again elsewhere and compare it with the results on record.

    Raises `StoreError` where there is no complete run, or where the inputs are no longer those of
    the last one; then there is nothing to compare with. Raises what `run` does.
    """
    from exvivo import store
    from exvivo.gather import gather
    from exvivo.run import make_again

    last, gathered = store.complete_run(folder), gather(folder, progress=progress)
    _refuse_other_inputs(folder, last.inputs, gathered.inputs)
    with tempfile.TemporaryDirectory(prefix="exvivo-") as elsewhere:
        results = Path(elsewhere) / store.RESULTS
        results.mkdir()
        make_again(folder, gathered, results, progress=progress)
        progress("comparing with the results on record")
        made = store.all_files(results, root=Path(elsewhere))
        return Rerun(
            last,
            store.machine(),
            {"exvivo": __version__, **store.packages()},
            len(made),
            _other_bytes(last.outputs, made),
            store.differences(folder / store.RESULTS / "tables", results / "tables"),
        )


def _refuse_other_inputs(folder: Path, recorded: tuple[File, ...], now: tuple[File, ...]) -> None:
    """Raise `StoreError` where other files were read than those of the last run."""
    if others := sorted({file.path for file in {*recorded} ^ {*now}}):
        raise StoreError(
            Mistake(
                str(folder),
                f"inputs that are not those of the last run: {shortened(others, 5)}",
                "the files that the last run read, to make its results again",
                f"`{command('verify', folder)}` lists what changed; "
                f"`{command('run', folder)}` makes new results",
            )
        )


def _other_bytes(recorded: tuple[File, ...], made: tuple[File, ...]) -> tuple[str, ...]:
    """The files that are in one of both only, or have other bytes. What is simulated once and kept
    for the next run is no result.
    """
    from exvivo.compare import FILE

    apart = {file.path for file in {*recorded} ^ {*made}}
    return tuple(sorted(path for path in apart if not path.endswith(f"/{FILE}")))
