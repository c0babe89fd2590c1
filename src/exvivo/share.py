"""Results handed on: a folder made of the last run for a team, or for anybody, and searched for
what must not leave the study before it is put in its place.

The numbers are those of the last run as they stand; nothing is computed anew.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from exvivo.errors import Mistake, StoreError, command
from exvivo.words import shortened

if TYPE_CHECKING:
    import polars as pl

    from exvivo.store import Run
    from exvivo.study import Study
    from exvivo.tell.share.people import Singled
    from exvivo.tell.share.public import Public
    from exvivo.tell.share.search import Leak
    from exvivo.tell.share.team import Codes

Audience = Literal["team", "public"]
FACTS = "share.json"
"""The file by which a folder that was made here is known."""
_TEAM = (
    "It names every donor by the pseudonym of the study, with every number: for people who may see "
    "them, not for the public."
)
_TABLES = (
    *("wells", "quantities", "assays", "clinic", "responses", "answered", "left_out"),
    *("exclusions", "with_and_without", "flags", "findings"),
)


@dataclass(frozen=True)
class LastRun:
    """The last run of a folder: its study, its tables, and where its results stand."""

    run: Run
    study: Study
    results: Path
    tables: Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Shared:
    """A folder that was handed on: how many files it has, who could be singled out, and what is to
    be known of it.
    """

    folder: Path
    audience: Audience
    files: int
    singled_out: tuple[Singled, ...] = ()
    notes: tuple[str, ...] = ()


def share(
    folder: Path, audience: Audience, *, out: Path | None = None, smallest: int = 5
) -> Shared:
    """Write what may be handed on of the last run of a study folder to `out` (by default a folder
    of the study), in the place of what was written there before.

    Raises `StoreError` where there is no complete run, where a result is not as the run wrote it,
    where something else stands at `out`, and where a name or a day of a person is met in what was
    written: then nothing is left.
    """
    place = out or folder / f"shared-{audience}"
    _refuse_place(place, folder)
    last = last_run(folder)
    return _of_public(last, place, smallest) if audience == "public" else _of_team(last, place)


def _refuse_place(place: Path, folder: Path) -> None:
    """Raise `StoreError` for a place that holds something else, or belongs to a run."""
    from exvivo.store import RESULTS

    cure = "name another folder with --out"
    if place.resolve().is_relative_to((folder / RESULTS).resolve()):
        inside = Mistake(str(place), "a place among the results of a run", "another folder", cure)
        raise StoreError(inside)
    there = place.is_symlink() or place.exists()
    own = place.is_dir() and not place.is_symlink() and (place / FACTS).is_file()
    if there and not own and not (place.is_dir() and not any(place.iterdir())):
        expected = "an empty place, or a folder that `exvivo share` wrote"
        raise StoreError(Mistake(str(place), "something else stands there", expected, cure))


def last_run(folder: Path, *, also_blinded: bool = False) -> LastRun:
    """The last run of a folder, read from its record and its results; one of a blinded study only
    where it may be so, with the study under its codes. Raises `StoreError` where they are not there
    or not as they were written.
    """
    from exvivo import history, store
    from exvivo.plan.blinding import results_name_groups, study_of_results

    store.recover(folder)
    run, results = store.last_run(folder), store.standing(folder)
    if run is None or not (results / "tables").is_dir():
        raise _no_run(folder, "no results of a complete run")
    if run.blinded and not also_blinded:
        raise _under_codes(folder)
    if results_name_groups(folder):
        raise _no_run(folder, "a blinded study whose results are of a run before that")
    _refuse_changed(folder, results, run)
    rows = [entry for entry in store.entries(folder) if entry.is_run][-1:]
    study = study_of_results(folder) if run.blinded else history.past_runs(rows)[0].study.study
    if study is None or "donor" not in study.donors.columns:
        raise _no_run(folder, "a last run whose study or donors the record has not kept")
    tables = {name: store.read_table(name, folder=results / "tables") for name in _TABLES}
    return LastRun(run, study, results, tables)


def _no_run(folder: Path, finding: str) -> StoreError:
    expected, cure = "results of a run, as it wrote them", f"run it: {command('run', folder)}"
    return StoreError(Mistake(str(folder), finding, expected, cure))


def _under_codes(folder: Path) -> StoreError:
    """Results under codes, which nobody could read later."""
    finding, expected = "results under the codes of a blinded study", "results under its names"
    cure = f"`{command('unblind', folder)}`, then `{command('run', folder)}`"
    return StoreError(Mistake(str(folder), finding, expected, cure))


def _refuse_changed(folder: Path, results: Path, run: Run) -> None:
    """Raise `StoreError` for tables that are not as the run wrote them."""
    from exvivo.store import RESULTS, hashed

    made = {file.path: file.sha256 for file in run.outputs}
    paths = [results / "tables" / f"{name}.parquet" for name in _TABLES]
    changed = [
        path.name
        for path in paths
        if not path.is_file()
        or hashed(path, root=results).sha256 != made.get(f"{RESULTS}/tables/{path.name}")
    ]
    if changed:
        raise _no_run(folder, f"tables that are not as the run wrote them: {shortened(changed)}")


def _of_public(last: LastRun, place: Path, smallest: int) -> Shared:
    """What may be handed to anybody."""
    from exvivo.tell import Tables
    from exvivo.tell.article.files import write_handed_on
    from exvivo.tell.share.public import Public
    from exvivo.tell.share.search import leaks, persons_of, unsearchable_words

    tables = Tables.of(last.tables)
    public = Public(last.study, tables, last.run.version, last.run.study_hash, smallest)
    told = {each.id for each in public.people.known if each.kind != "date"} | {"group"}
    persons = persons_of(last.study, last.tables, told=told, days=last.run.days)
    files = _put(place, lambda new: write_handed_on(public, new), lambda new: leaks(new, persons))
    notes = tuple(filter(None, [_too_small(public), unsearchable_words(persons)]))
    return Shared(place, "public", files, public.singled_out, notes)


def _too_small(public: Public) -> str:
    """The groups of which nothing is told; empty where there is none."""
    names = public.people.too_small
    few = f"fewer than {public.smallest} people, so no answer tells of them"
    return f"Nothing is told of {shortened(names)}: {few}." if names else ""


def _of_team(last: LastRun, place: Path) -> Shared:
    """What may be handed to a team."""
    from exvivo.tell.share.search import leaks
    from exvivo.tell.share.team import codes_of, write_team

    codes = codes_of(last.study, last.tables["wells"], [file.path for file in last.run.inputs])
    persons = codes.persons()
    files = _put(
        place,
        lambda new: write_team(last.results, codes, new, simulated=last.study.simulated),
        lambda new: leaks(new, persons),
    )
    return Shared(place, "team", files, (), (_TEAM,))


@dataclass(frozen=True)
class ForTeam:
    """The results of a run as a team may see them: each text with codes in the place of file names
    and of samples.
    """

    results: Path
    codes: Codes

    def text(self, name: str) -> str:
        """A text of the results, searched. Raises `StoreError` where a name of a person stands in
        it all the same.
        """
        from exvivo.tell.share.search import leaks

        text = self.codes.coded((self.results / name).read_text("utf-8", "replace"))
        with TemporaryDirectory() as folder:
            (Path(folder) / Path(name).name).write_text(text, encoding="utf-8")
            if met := leaks(Path(folder), self.codes.persons()):
                raise StoreError(_met(met))
        return text


def for_team(folder: Path) -> ForTeam:
    """What a team may see of the last run of a folder. Raises `StoreError` as `share` does."""
    from exvivo.plan.blinding import shown_files
    from exvivo.tell.share.team import codes_of

    last = last_run(folder, also_blinded=True)
    inputs = shown_files(folder, [file.path for file in last.run.inputs])
    return ForTeam(last.results, codes_of(last.study, last.tables["wells"], inputs))


def _put(place: Path, write: Callable[[Path], None], search: Callable[[Path], list[Leak]]) -> int:
    """Have a folder written beside its place, search it, and put it there; gives how many files it
    has. Raises `StoreError` for what the search meets; then nothing is left.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    new = place.with_name(f".{place.name}.{secrets.token_hex(6)}")
    try:
        new.mkdir()
        write(new)
        if met := search(new):
            raise StoreError(_met(met))
        _exchange(new, place)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    return sum(path.is_file() for path in place.rglob("*"))


def _exchange(new: Path, place: Path) -> None:
    """Put a folder in the place of what was written there before."""
    old = new.with_name(f"{new.name}.old")
    if place.exists():
        place.replace(old)
    new.replace(place)
    shutil.rmtree(old, ignore_errors=True)


def _met(leaks: Iterable[Leak]) -> list[Mistake]:
    """A mistake for each file in which a person was met."""
    by_file: dict[str, list[str]] = {}
    for leak in leaks:
        by_file.setdefault(leak.file, []).append(leak.what)
    return [
        Mistake(
            file,
            f"what leads to a person: {shortened(whats)}",
            "no name and no day of any donor",
            "look where it comes from (a title, a name of a group or scale, a protocol, the reason "
            "of a margin in study.yaml), write it without, and run again",
        )
        for file, whats in by_file.items()
    ]
