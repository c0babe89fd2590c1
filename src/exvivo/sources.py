"""The one place where the files of a study are opened: a name gives bytes and their hash.

A name is resolved inside the study folder, or below a folder that study.yaml names under
`raw_roots`, before anything is asked of the file. The handle that is open is then held to be a
plain file of a bounded size, and the hash is that of the very bytes that are parsed. A file that is
read again must give the same bytes: one that does not is refused, never recorded under a hash of
what nobody read.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import BinaryIO, Literal, NamedTuple

from exvivo.bounds import BOUNDS, MIB, Bounds, Excess, too_many_bytes, too_many_cells
from exvivo.errors import Mistake, ReadError

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Without waiting: a pipe that nobody writes to would else be waited for, for ever."""
_UNPRINTED = ("Cc", "Zl", "Zp")
"""Kinds of signs (controls, line ends) that no name of a file may hold."""

Code = Literal["absent", "folder", "rights", "strange", "name", "outside", "large", "changed"]
Stamp = tuple[int, ...]
"""What tells a file on disk from another or a later one: device, number, size and times."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a file cannot be read: a code, the finding in words, and the cure where there is one for
    whoever asks.
    """

    code: Code
    finding: str
    cure: str = ""

    def __str__(self) -> str:
        return self.finding

    @property
    def is_wall(self) -> bool:
        """Whether it is the name that is refused, whatever lies there."""
        return self.code in ("outside", "name")

    def mistake(self, where: str) -> Mistake:
        """As a mistake, for callers that have no words of their own."""
        cure = self.cure or "put the file there, or correct its name in the study"
        return Mistake(where, self.finding, "a file of the study that can be read", cure)


ABSENT = Trouble("absent", "no such file")
_FOLDER = Trouble(
    "folder", "a folder, not a file", "move that folder away and put the file in its place"
)
_RIGHTS = Trouble(
    "rights",
    "a file that may not be read (permission denied)",
    "give yourself the right to read it",
)
_STRANGE = Trouble(
    "strange",
    "something that is not a plain file",
    "put the file itself there: a device, a pipe or a socket is never read",
)
_NAME = Trouble(
    "name",
    "a name with a line end or another sign that cannot be printed",
    "rename the file, and write the new name",
)
_ADMIT = (
    "copy the file into the study folder, or name the folder it is in under `raw_roots` in "
    "study.yaml"
)
_FROM_ROOT = Trouble("outside", "a path from the root of this computer, which no other has", _ADMIT)
_OUT = Trouble("outside", "a path that leads out of the study folder", _ADMIT)
_LINK_OUT = Trouble("outside", "a link that leads out of the study folder", _ADMIT)
CHANGED = Trouble(
    "changed",
    "a file that was changed while it was read",
    "run again when nobody and no instrument writes to it",
)


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a file as they were read, their sha256, and the bounds they keep; what is
    packed in them has to keep the same.
    """

    name: str
    raw: bytes
    sha256: str
    bounds: Bounds = BOUNDS

    @classmethod
    def of(cls, raw: bytes, name: str, bounds: Bounds = BOUNDS) -> Content:
        """Bytes with their hash."""
        return cls(name, raw, hashlib.sha256(raw).hexdigest(), bounds)


class Input(NamedTuple):
    """A file that was read: its name from the study folder, the sha256 of its bytes, their
    number.
    """

    name: str
    sha256: str
    bytes: int


class _Piece(NamedTuple):
    """A part of a file that was read before the whole, by its hash."""

    begin: int
    end: int
    sha256: str


class _Refused(Exception):
    """A file that is not read, and why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.finding)
        self.trouble = trouble


@dataclass(frozen=True)
class Sources:
    """The files of one study folder, by name; and what was read of them so far.

    `roots` are the folders beside the study folder that files may lie below, `bounds` how large
    they may be. `texts` are the bytes of files that were read to be kept (study.yaml and the tables
    beside it). Of all others only the hash stays. `drafts` are bytes that stand for a file of that
    name as it may come to be; `derived` are texts made of files that were read, which are kept in
    their place and are no inputs themselves.
    """

    root: Path
    roots: tuple[Path, ...] = ()
    bounds: Bounds = BOUNDS
    drafts: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    derived: dict[str, bytes] = field(default_factory=dict, compare=False, repr=False)
    texts: dict[str, bytes] = field(default_factory=dict, compare=False, repr=False)
    _inputs: dict[str, Input] = field(default_factory=dict, compare=False, repr=False)
    _stamps: dict[str, Stamp] = field(default_factory=dict, compare=False, repr=False)
    _pieces: dict[str, list[_Piece]] = field(default_factory=dict, compare=False, repr=False)

    def below(self, roots: tuple[str, ...], bounds: Bounds = BOUNDS) -> Sources:
        """The same files, and those below further folders, within other bounds."""
        return replace(self, roots=tuple(map(Path, roots)), bounds=bounds)

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Every file that was read, by the hash of the bytes that were parsed; sorted by name."""
        return tuple(self._inputs[name] for name in sorted(self._inputs))

    def trouble(self, name: str) -> Trouble | None:
        """Why a file cannot be read; None where it can."""
        if _key(name) in self.drafts or _key(name) in self.derived:
            return None
        try:
            with self._open(name):
                return None
        except _Refused as refused:
            return refused.trouble

    def _absent(self, path: Path) -> Trouble:
        """A file that is not there, perhaps because its share is not."""
        for root in self.roots:
            if path.is_relative_to(_real(root)) and not root.is_dir():
                finding = f"no such file: the folder {root} of `raw_roots` is not there today"
                return Trouble("absent", finding, "connect the share, or correct `raw_roots`")
        return ABSENT

    def is_there(self, name: str) -> bool:
        """Whether there is anything of that name, readable or not."""
        trouble = self.trouble(name)
        return trouble is None or trouble.code != "absent"

    def read(self, name: str, *, keep: bool = False, largest: int = 0) -> Content:
        """The bytes of a file; of one with a bound of its own `largest` at most.

        Raises `ReadError` where it cannot be read, leads out of the study, is no plain file or too
        large, or gives other bytes than before.
        """
        if (derived := self.derived.get(_key(name))) is not None:
            self.texts[_key(name)] = derived
            return Content.of(derived, name)
        if (draft := self.drafts.get(_key(name))) is not None:
            return self._drafted(Content.of(draft, name))
        try:
            with self._open(name) as handle:
                raw = _all_of(handle, self.bounds, largest)
                stamp = _stamp(os.fstat(handle.fileno()))
            content = Content.of(raw, name, self.bounds)
            self._remember(content, stamp)
        except _Refused as refused:
            raise ReadError(refused.trouble.mistake(printable(name))) from None
        if keep:
            self.texts[_key(name)] = raw
        return content

    def _drafted(self, content: Content) -> Content:
        """What stands for a file, noted as it would be."""
        key = _key(content.name)
        self._inputs[key] = Input(key, content.sha256, len(content.raw))
        self.texts[key] = content.raw
        return content

    def part(self, name: str, begin: int, end: int) -> bytes:
        """The bytes of a file from `begin` to before `end`, ahead of the whole: which must then
        hold the same. Raises `ReadError` as `read` does.
        """
        if _key(name) in self._inputs:
            return self.read(name).raw[begin:end]
        try:
            with self._open(name) as handle:
                raw = _part_of(handle, begin, end)
        except _Refused as refused:
            raise ReadError(refused.trouble.mistake(printable(name))) from None
        piece = _Piece(begin, end, hashlib.sha256(raw).hexdigest())
        self._pieces.setdefault(_key(name), []).append(piece)
        return raw

    def refuse_changed(self) -> None:
        """Raises `ReadError` with every file that no longer holds what was read of it."""
        mistakes: list[Mistake] = []
        for name, stamp in list(self._stamps.items()):
            try:
                if not _is_as_it_was(self.root / name, stamp):
                    self.read(name)
            except ReadError:
                mistakes.append(CHANGED.mistake(name))
        if mistakes:
            raise ReadError(mistakes)

    def _remember(self, content: Content, stamp: Stamp) -> None:
        """Note what was read. Refuses other bytes than those read before."""
        key = _key(content.name)
        now = Input(key, content.sha256, len(content.raw))
        before = self._inputs.setdefault(key, now)
        pieces = self._pieces.pop(key, ())
        if before != now or not all(_holds(content.raw, piece) for piece in pieces):
            raise _Refused(CHANGED)
        self._stamps[key] = stamp

    @contextmanager
    def _open(self, name: str) -> Iterator[BinaryIO]:
        """The open file of a name, which is where the name leads while it is open."""
        path = self._resolved(name)
        try:
            with _opened(path) as handle:
                if self._resolved(name) != path or not _is_file_of(handle, path):
                    raise _Refused(CHANGED)
                yield handle
        except _Refused as refused:
            is_absent = refused.trouble == ABSENT
            raise _Refused(self._absent(path)) if is_absent else refused from None

    def _resolved(self, name: str) -> Path:
        """Where a name leads, behind all links. Refuses one that leads out; nothing is asked of
        what is there.
        """
        if any(unicodedata.category(sign) in _UNPRINTED for sign in name):
            raise _Refused(_NAME)
        path = _real(self.root / name)
        is_absolute = Path(name).is_absolute()
        if not is_absolute and path.is_relative_to(_real(self.root)):
            return path
        if any(path.is_relative_to(_real(root)) for root in self.roots):
            return path
        raise _Refused(self._way_out(name, is_absolute=is_absolute))

    def _way_out(self, name: str, *, is_absolute: bool) -> Trouble:
        """How a name leads out of the study."""
        if is_absolute:
            return _FROM_ROOT
        inside = PurePath(os.path.normpath(name)).parts[:1] != ("..",)
        return _LINK_OUT if inside else _OUT


def content_of(path: Path, name: str) -> Content:
    """The bytes of a file by its path, for callers without a study. Raises `ReadError` as
    `Sources.read` does, but for where the path leads.
    """
    try:
        with _opened(path) as handle:
            return Content.of(_all_of(handle, BOUNDS), name)
    except _Refused as refused:
        raise ReadError(refused.trouble.mistake(printable(name))) from None


def part_of(path: str | Path, begin: int, end: int) -> bytes:
    """The bytes of a file from `begin` to before `end`. Raises `ReadError` as `content_of`."""
    try:
        with _opened(Path(path)) as handle:
            return _part_of(handle, begin, end)
    except _Refused as refused:
        raise ReadError(refused.trouble.mistake(printable(str(path)))) from None


def trouble_of(path: Path) -> Trouble | None:
    """Why a file cannot be read by its path; None where it can."""
    try:
        with _opened(path):
            return None
    except _Refused as refused:
        return refused.trouble


@contextmanager
def plain_file(path: Path) -> Iterator[BinaryIO]:
    """A plain file, open. Raises `OSError` for anything else."""
    try:
        with _plain(path) as handle:
            yield handle
    except _Refused as refused:
        raise FileNotFoundError(errno.ENOENT, refused.trouble.finding, str(path)) from None


@contextmanager
def _plain(path: Path) -> Iterator[BinaryIO]:
    """A plain file, open. It is looked at before it is opened, as a device may act on that, and
    again when it is.
    """
    _refuse_other_kinds(path.stat())
    with open(os.open(path, _FLAGS), "rb") as handle:  # noqa: PTH123
        _refuse_other_kinds(os.fstat(handle.fileno()))
        yield handle


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """A plain file, open; refused where it cannot be."""
    try:
        with _plain(path) as handle:
            yield handle
    except PermissionError:
        raise _Refused(_RIGHTS) from None
    except (FileNotFoundError, NotADirectoryError, ValueError):
        # ValueError: a name that no file can have.
        raise _Refused(ABSENT) from None
    except OSError as error:
        finding = f"a file that cannot be opened ({error.strerror})"
        raise _Refused(Trouble("strange", finding)) from None


def _refuse_other_kinds(status: os.stat_result) -> None:
    """Refuse all but a plain file."""
    if stat.S_ISDIR(status.st_mode):
        raise _Refused(_FOLDER)
    if not stat.S_ISREG(status.st_mode):
        raise _Refused(_STRANGE)


def _all_of(handle: BinaryIO, bounds: Bounds, largest: int = 0) -> bytes:
    """All bytes of an open file, which stays as it is meanwhile. One byte more than it says it has
    is asked for, so that one that grows is noticed.
    """
    before = os.fstat(handle.fileno())
    if largest and before.st_size > largest:
        finding = f"{before.st_size / MIB:.1f} MB, over the limit of {largest // MIB} for this file"
        raise _Refused(Trouble("large", finding, "leave out what is no part of the study"))
    _refuse_excess(too_many_bytes(before.st_size, handle.read(3) or b"", bounds))
    handle.seek(0)
    raw = handle.read(before.st_size + 1) or b""
    if len(raw) != before.st_size or _stamp(os.fstat(handle.fileno())) != _stamp(before):
        raise _Refused(CHANGED)
    if not largest:
        _refuse_excess(too_many_cells(raw, bounds))
    return raw


def refuse_excess(raw: bytes, bounds: Bounds, where: str) -> None:
    """Raises `ReadError` for a text that was packed and is larger than it may be."""
    if excess := too_many_cells(raw, bounds):
        raise ReadError(Trouble("large", str(excess), excess.cure).mistake(where))


def _refuse_excess(excess: Excess | None) -> None:
    if excess:
        raise _Refused(Trouble("large", str(excess), excess.cure))


def _part_of(handle: BinaryIO, begin: int, end: int) -> bytes:
    handle.seek(begin)
    return handle.read(max(0, end - begin))


def _stamp(status: os.stat_result) -> Stamp:
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )


def _is_as_it_was(path: Path, stamp: Stamp) -> bool:
    """Whether a file was not touched; where it was, its bytes have to tell."""
    try:
        return _stamp(path.stat()) == stamp
    except OSError:
        return False


def _is_file_of(handle: BinaryIO, path: Path) -> bool:
    """Whether the open file is the one that a resolved path names, without a link."""
    try:
        return os.path.samestat(os.fstat(handle.fileno()), os.lstat(path))
    except OSError:
        return False


def _holds(raw: bytes, piece: _Piece) -> bool:
    return hashlib.sha256(raw[piece.begin : piece.end]).hexdigest() == piece.sha256


def _real(path: Path) -> Path:
    """A path without links, however many of its parts exist."""
    return Path(os.path.realpath(path))


def _key(name: str) -> str:
    """A name as it is recorded: forward slashes, none twice."""
    return PurePath(name).as_posix()


def printable(name: str) -> str:
    r"""A name for a message, its unprintable signs spelt.

    >>> printable("raw/a\nb.csv")
    'raw/a\\nb.csv'
    """
    return "".join(
        ascii(sign)[1:-1] if unicodedata.category(sign) in _UNPRINTED else sign for sign in name
    )
