"""Tables kept by the hash of all that they were made from: asked for again, they cost a file and
not the work.

An entry answers one question: what does this code make of these arguments? Its name is the hash of
both, so an entry is never out of date; it is only not asked for any more. Entries lie below
`.exvivo-cache` in the study folder, which anyone may delete at any time. They are sealed (HMAC with
a secret of the user, RFC 2104): a damaged entry, an edited one, one under another name or from
another person is not believed, and is made again. A disk that refuses to be written costs time,
never a result.

What is handed back was always unpacked from an entry's bytes, kept or not, so that a study gives
the same bytes with and without its cache.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import re
import secrets
import stat
import struct
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache as once
from pathlib import Path

import polars as pl

FOLDER = ".exvivo-cache"
LARGEST = 1 << 30
"""Bytes that the entries of a study may have together; beyond it nothing is added."""
_ENTRY = re.compile(r"[0-9a-f]{64}")
_BEGUN = re.compile(r"[0-9a-f]{64}\.[0-9a-f]{16}")
_SEAL = 32
_COUNT, _LENGTH = struct.Struct("<I"), struct.Struct("<Q")
_HOUR = 3600.0
_ROWS = 4096
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# https://bford.info/cachedir/\n"
"""What backups pass over a folder for."""
_OF_CODE = (".py", ".yaml")
_PACKAGES = ("numpy", "scipy", "polars", "flowio", "python_calamine", "defusedxml", "ruamel.yaml")

Frames = tuple[pl.DataFrame, ...]
Argument = str | bytes | pl.DataFrame


@dataclass
class Cache:
    """The entries of one study; without a folder nothing is kept. `used` are the names that were
    asked for; `before` is how many bytes there were, `added` how many were since.
    """

    folder: Path | None = None
    secret: bytes = b""
    used: set[str] = field(default_factory=set)
    before: int | None = None
    added: int = 0

    @classmethod
    def of(cls, root: Path) -> Cache:
        """The cache of a study folder; one that keeps nothing where the user has no place for a
        secret, or the folder is a link.
        """
        secret, folder = _secret(), root / FOLDER
        return cls(folder, secret) if secret and _is_own(folder) else cls()

    def frames(
        self, what: str, arguments: Iterable[Argument], make: Callable[[], Sequence[pl.DataFrame]]
    ) -> Frames:
        """What `make` gives, from an entry where there is one. `what` names the work; `arguments`
        are all that it depends on, but for the code. What `make` raises is never kept.
        """
        if self.folder is None:
            return unpacked(packed(make()))
        name = self._name(what, arguments)
        self.used.add(name)
        content = self._kept(name)
        if content is None:
            content = packed(make())
            self._keep(name, content)
        return unpacked(content)

    def tidy(self) -> None:
        """Remove the oldest entries that were not asked for, until all are half of what they may
        be, where they are more than that; and what a run that was killed had begun.
        """
        if self.folder is None:
            return
        with suppress(OSError):
            files = list(_files(self.folder))
            for path, status in files:
                if _BEGUN.fullmatch(path.name) and time.time() - status.st_mtime > _HOUR:
                    path.unlink()
            self._shrink([each for each in files if _ENTRY.fullmatch(each[0].name)])

    def _shrink(self, entries: list[tuple[Path, os.stat_result]]) -> None:
        surplus = sum(status.st_size for _, status in entries) - LARGEST // 2
        for path, status in sorted(entries, key=lambda each: each[1].st_mtime):
            if surplus > 0 and path.name not in self.used:
                path.unlink()
                surplus -= status.st_size

    def _name(self, what: str, arguments: Iterable[Argument]) -> str:
        whole = hmac.new(self.secret, digestmod="sha256")
        for part in (_made_by(), what, *arguments):
            whole.update(_digest(part))
        return whole.hexdigest()

    def _seal(self, name: str, content: bytes) -> bytes:
        return hmac.digest(self.secret, name.encode() + content, "sha256")

    def _kept(self, name: str) -> bytes | None:
        """The content of an entry; None where there is none that is whole and of this user."""
        assert self.folder is not None
        try:
            raw = _read(self.folder / name)
        except OSError:
            return None
        content = raw[_SEAL:]
        return content if hmac.compare_digest(raw[:_SEAL], self._seal(name, content)) else None

    def _keep(self, name: str, content: bytes) -> None:
        """Write an entry whole, or not at all."""
        assert self.folder is not None
        begun = self.folder / f"{name}.{secrets.token_hex(8)}"
        try:
            if self._size() + len(content) <= LARGEST:
                begun.write_bytes(self._seal(name, content) + content)
                begun.replace(self.folder / name)
                self.added += _SEAL + len(content)
        except OSError:
            with suppress(OSError):
                begun.unlink()

    def _size(self) -> int:
        """Bytes of all entries, counted once; those added since are known."""
        if self.before is None:
            self.before = sum(status.st_size for _, status in _files(self._made()))
        return self.before + self.added

    def _made(self) -> Path:
        """The folder, which says to backups and to git that it need not be kept."""
        assert self.folder is not None
        if not self.folder.is_dir():
            self.folder.mkdir()
            (self.folder / "CACHEDIR.TAG").write_text(_TAG, "utf-8")
            (self.folder / ".gitignore").write_text("*\n", "utf-8")
        return self.folder


def packed(frames: Sequence[pl.DataFrame]) -> bytes:
    """Frames as bytes."""
    parts = [_ipc(frame) for frame in frames]
    lengths = b"".join(_LENGTH.pack(len(part)) for part in parts)
    return b"".join((_COUNT.pack(len(parts)), lengths, *parts))


def unpacked(content: bytes) -> Frames:
    """The frames that `packed` made bytes of."""
    (count,) = _COUNT.unpack_from(content)
    place = _COUNT.size + count * _LENGTH.size
    frames = []
    for i in range(count):
        (length,) = _LENGTH.unpack_from(content, _COUNT.size + i * _LENGTH.size)
        part = io.BytesIO(memoryview(content)[place : place + length])
        frames.append(pl.read_ipc(part))
        place += length
    return tuple(frames)


def _ipc(frame: pl.DataFrame) -> bytes:
    """The Arrow file of a frame. Its older text columns hold the texts of the frame alone, where
    the newer ones may drag along those of the frame it was taken from.
    """
    stream = io.BytesIO()
    frame.rechunk().write_ipc(stream, compat_level=pl.CompatLevel.oldest())
    return stream.getvalue()


def _digest(part: Argument) -> bytes:
    """The sha256 of one argument, which also says of which kind it is."""
    match part:
        case str():
            kind, contents = b"text", iter([part.encode("utf-8", "surrogatepass")])
        case bytes():
            kind, contents = b"bytes", iter([part])
        case _:
            kind, contents = b"frame", _slices(part)
    whole = hashlib.sha256(kind)
    for content in contents:
        whole.update(_LENGTH.pack(len(content)))
        whole.update(content)
    return whole.digest()


def _slices(frame: pl.DataFrame) -> Iterator[bytes]:
    """A frame as bytes, a part after the other: it may be most of the memory."""
    yield _ipc(frame.clear())
    for rows in frame.iter_slices(_ROWS):
        yield _ipc(rows)


def _is_own(folder: Path) -> bool:
    """Whether entries may lie there: a link could lead anywhere."""
    try:
        return bool(_made_by()) and not folder.is_symlink()
    except OSError:
        return False


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Entries, whole or begun, with what the disk says of them; nothing else that lies there."""
    for path in folder.iterdir():
        status = path.lstat()
        named = _ENTRY.fullmatch(path.name) or _BEGUN.fullmatch(path.name)
        if named and stat.S_ISREG(status.st_mode):
            yield path, status


def _read(path: Path) -> bytes:
    """The bytes of a plain file. Raises `OSError` for anything else."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    flags |= getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags), "rb") as handle:  # noqa: PTH123
        status = os.fstat(handle.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            raise OSError(f"{path}: no entry")
        return handle.read()


@once
def _made_by() -> bytes:
    """What makes entries: the code and data of the package, the packages that numbers depend on,
    and the processor, whose sums may differ in their last digit.
    """
    from importlib.util import find_spec

    specs = map(find_spec, _PACKAGES)
    origins = [Path(spec.origin) for spec in specs if spec is not None and spec.origin]
    parts = (_processor(), code_of(Path(__file__).parent), *map(_stamp, origins))
    return b"".join(map(_digest, parts))


def code_of(package: Path) -> str:
    """The files of a package by their stamps. Raises `OSError` where there is none, as in an
    archive.

    A stamp holds when a file was last changed in any way (ctime), which no program can set back:
    files of the same content that were written at another time are other code, never the same.
    """
    paths = (Path(where) / name for where, _, names in os.walk(package) for name in names)
    stamps = sorted(_stamp(path) for path in paths if path.suffix in _OF_CODE)
    if not stamps:
        raise OSError(f"{package}: no code")
    return "\n".join(stamps)


def _stamp(path: Path) -> str:
    """What changes with a file: its place, size and times."""
    status = path.stat()
    times = status.st_mtime_ns, status.st_ctime_ns, status.st_ino
    return repr((str(path), status.st_size, *times))


def _processor() -> str:
    """The processor and what it can do, as NumPy found it, and Python."""
    import platform
    import sys
    from importlib import import_module

    features = getattr(import_module("numpy._core._multiarray_umath"), "__cpu_features__", {})
    can = sorted(name for name, has in features.items() if has)
    chosen = os.environ.get("OPENBLAS_CORETYPE", "")
    return "\n".join((sys.version, platform.system(), platform.machine(), chosen, *can))


def _secret() -> bytes:
    """The secret that seals entries of this user; made when it is first asked for. Empty where it
    cannot be kept, or where others may read it.
    """
    try:
        path = _home() / "exvivo" / "cache-key"
        if not path.exists():
            _make_secret(path)
        status = path.stat()
        own = os.name == "nt" or (status.st_uid == os.getuid() and not status.st_mode & 0o077)
        secret = path.read_bytes()
    except (OSError, RuntimeError):
        return b""
    return secret if own and len(secret) == _SEAL else b""


def _home() -> Path:
    """Where programs of this user keep what can be made again. Raises `RuntimeError` for none."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    return Path(named) if Path(named).is_absolute() else Path.home() / ".cache"


def _make_secret(path: Path) -> None:
    """Write a secret whole: of two processes that make one, the later one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    begun = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, secrets.token_bytes(_SEAL))
    finally:
        os.close(handle)
    begun.replace(path)
