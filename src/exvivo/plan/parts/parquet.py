"""The result of a part as the bytes of a Parquet file, which says in its metadata what it is the
result of, and the hash of what it holds.
"""

from __future__ import annotations

import hashlib
import io

import polars as pl

_KEY, _HASH = "exvivo:key", "exvivo:sha256"


def packed(frame: pl.DataFrame, key: str) -> bytes:
    """A frame as a Parquet file; the same bytes for the same frame and key."""
    content = _hash(pl.read_parquet(io.BytesIO(_parquet(frame, {}))))
    return _parquet(frame, {_KEY: key, _HASH: content})


def unpacked(content: bytes, key: str) -> pl.DataFrame | None:
    """The frame of a Parquet file; None where it is not whole, or not the result with this key."""
    try:
        metadata = pl.read_parquet_metadata(io.BytesIO(content))
        if metadata.get(_KEY) != key:
            return None
        frame = pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError):
        return None
    return frame if _hash(frame) == metadata.get(_HASH) else None


def _parquet(frame: pl.DataFrame, metadata: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    frame.rechunk().write_parquet(stream, metadata=metadata)
    return stream.getvalue()


def _hash(frame: pl.DataFrame) -> str:
    """The sha256 of a frame as an Arrow file."""
    stream = io.BytesIO()
    frame.rechunk().write_ipc(stream, compat_level=pl.CompatLevel.oldest())
    return hashlib.sha256(stream.getvalue()).hexdigest()
