"""Back up a server while it runs, and bring it back."""

from __future__ import annotations

import fcntl
import io
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from exvivo import __version__
from exvivo.errors import Mistake, StoreError
from exvivo.web.access.audit import note, walked
from exvivo.web.access.server import STATE
from exvivo.web.backup import manifest as manifests
from exvivo.web.backup.manifest import Manifest
from exvivo.web.backup.objects import Objects, sync
from exvivo.web.backup.rows import dumped, load, refuse_used
from exvivo.web.backup.studies import Kept, copied
from exvivo.web.database import Database
from exvivo.web.shelf import Shelf

Progress = Callable[[str], None]
_NEW = ".restored"


@dataclass(frozen=True)
class Backed:
    """What a backup made: its name, how many studies and files, the bytes that were new, links that
    were not followed, and how many backups were dropped.
    """

    name: str
    studies: int
    files: int
    skipped: tuple[str, ...]
    head: str
    dropped: tuple[str, ...]


def back_up(
    shelf: Shelf, database: Database, to: Path, *, keep: int | None = None, progress: Progress
) -> Backed:
    """Add a backup of every study and of the database to a folder; of those before, so many are
    kept. Raises `StoreError`.
    """
    _refuse_inside(to, shelf.root)
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(to):
        objects = Objects(to / "objects")
        made = _made(shelf, database, objects, _last(to), progress)
        manifests.write(to, made.manifest)
        dropped = _drop_old(to, objects, keep)
    files = sum(map(len, made.manifest.studies.values()))
    studies, head = len(made.manifest.studies), made.manifest.head
    return Backed(made.manifest.name, studies, files, made.skipped, head, dropped)


@dataclass(frozen=True)
class _Made:
    manifest: Manifest
    skipped: tuple[str, ...]


def _made(
    shelf: Shelf,
    database: Database,
    objects: Objects,
    last: Mapping[str, tuple[Kept, ...]],
    progress: Progress,
) -> _Made:
    """The studies first: a role of a study that is not in the backup does no harm."""
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    studies: dict[str, tuple[Kept, ...]] = {}
    skipped: list[str] = []
    for study in shelf.studies():
        progress(study)
        known = {each.path: each for each in last.get(study, ()) if each.stamp}
        copy = copied(shelf.folder(study), objects, known)
        studies[study] = copy.files
        skipped += [f"{study}/{each}" for each in copy.skipped]
    progress("the database")
    with database.reading() as transaction:
        lines, head = b"".join(dumped(transaction)), walked(transaction).head
    rows = objects.put(io.BytesIO(lines))
    return _Made(Manifest(now, __version__, studies, rows, head), tuple(skipped))


def _last(to: Path) -> Mapping[str, tuple[Kept, ...]]:
    """The studies of the last backup that can be read."""
    for name in reversed(manifests.names(to)):
        with suppress(StoreError):
            return manifests.read(to, name).studies
    return {}


def _drop_old(to: Path, objects: Objects, keep: int | None) -> tuple[str, ...]:
    """Drop backups beyond those to be kept, and every content that none needs any more."""
    names = manifests.names(to)
    old = names[:-keep] if keep else []
    if not old:
        return ()
    kept = [manifests.read(to, name) for name in names if name not in old]
    for name in old:
        manifests.drop(to, name)
    objects.forget_but(content for each in kept for content in each.contents)
    return tuple(old)


def _refuse_inside(to: Path, root: Path) -> None:
    if to.resolve().is_relative_to(root.resolve()):
        finding, cure = "a place among the studies", "name a folder elsewhere, best on another disk"
        raise StoreError(Mistake(str(to), finding, "a place outside of them", cure))


@contextmanager
def _alone(to: Path) -> Iterator[None]:
    """One backup at a time into a folder."""
    with (to / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            cure = "wait until it is done"
            mistake = Mistake(str(to), "another backup that is being made", "none", cure)
            raise StoreError(mistake) from None
        yield


def bring_back(
    backup: Path, root: Path, database: Database, *, name: str = "", progress: Progress
) -> Manifest:
    """Write the studies of a backup into an empty folder, and its rows into an empty database; the
    last one, or the one with that name. Every content is held against its hash. Raises `StoreError`
    and then leaves nothing.
    """
    there = manifests.names(backup)
    made = manifests.read(backup, name or (there[-1] if there else "of any time"))
    _refuse_full(root)
    refuse_used(database)
    objects = Objects(backup / "objects")
    new = root / _NEW
    try:
        for study, files in made.studies.items():
            progress(study)
            _write(new / study, study, files, objects)
        progress("the database")
        _load(objects, made, database, new)
        for study in made.studies:
            (new / study).rename(root / study)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    sync(root)
    return made


def _refuse_full(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(root / _NEW, ignore_errors=True)
    if any(each.name != STATE for each in root.iterdir()):
        cure = "name an empty folder; move the studies over afterwards"
        raise StoreError(Mistake(str(root), "a folder that is not empty", "an empty one", cure))


def _write(folder: Path, study: str, files: tuple[Kept, ...], objects: Objects) -> None:
    if not Shelf.is_name(study):
        raise StoreError(_strange(study))
    folder.mkdir(parents=True)
    for each in files:
        parts = PurePosixPath(each.path).parts
        if PurePosixPath(each.path).is_absolute() or {"..", ""} & {*parts}:
            raise StoreError(_strange(each.path))
        target = folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        objects.take(each.sha256, target)


def _strange(path: str) -> Mistake:
    cure = "restore another backup (`--of`): nobody but exvivo should write this list"
    return Mistake("the backup", f"the path {path!r}", "a path within a study", cure)


def _load(objects: Objects, made: Manifest, database: Database, room: Path) -> None:
    room.mkdir(exist_ok=True)
    objects.take(made.rows, room / ".rows")
    with (room / ".rows").open("rb") as lines, database.writing() as transaction:
        load(transaction, lines)
        chain = walked(transaction, expect=made.head)
        if chain.broken:
            finding, cure = "an audit that is no whole chain", "restore another backup (`--of`)"
            raise StoreError(Mistake("the backup", finding, "the chain as it was written", cure))
        note(transaction, "restore", {"backup": made.name})
