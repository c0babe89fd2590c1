"""The key of a part: the same for equal works, another for any other number or text."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from exvivo.errors import Bug
from exvivo.plan.parts.key import key_of


@dataclass(frozen=True)
class Held:
    """All kinds of what a work may hold."""

    number: float = 0.1
    count: int = 3
    text: str = "TNF"
    day: date = date(2026, 1, 1)
    folder: Path = Path("here")
    values: Any = None
    by_name: Any = None
    frame: Any = None
    names: frozenset[str] = frozenset({"a", "b", "c"})


BASE = Held(
    values=np.arange(6.0).reshape(2, 3),
    by_name={"a": (1, 2.0), "b": None},
    frame=pl.DataFrame({"x": [1.0, None], "y": ["a", "b"]}),
)


def key(work: object, name: str = "part", seed: int = 1) -> str:
    return key_of(name, work, seed, {})


def test_equal_works_have_one_key_whatever_their_pickle() -> None:
    copied = pickle.loads(pickle.dumps(BASE))
    assert key(copied) == key(BASE)
    apart = replace(BASE, text="".join(["T", "N", "F"]), names=frozenset(["c", "b", "a"]))
    assert key(apart) == key(BASE)
    assert key(replace(BASE, folder=Path("/elsewhere"))) == key(BASE)


@pytest.mark.parametrize(
    "change",
    [
        {"number": np.nextafter(0.1, 1)},
        {"number": np.float64(0.1)},
        {"count": 4},
        {"count": True},
        {"text": "IL6"},
        {"day": date(2026, 1, 2)},
        {"values": np.arange(6.0).reshape(3, 2)},
        {"values": np.arange(6.0, dtype="f4").reshape(2, 3)},
        {"by_name": {"a": (1, 2.0), "b": 0}},
        {"by_name": {"a": (1, 2.0)}},
        {"frame": pl.DataFrame({"x": [1.0, 0.0], "y": ["a", "b"]})},
        {"frame": pl.DataFrame({"z": [1.0, None], "y": ["a", "b"]})},
        {"names": frozenset({"a", "b"})},
    ],
    ids=lambda change: next(iter(change)),
)
def test_any_other_value_is_another_key(change: dict[str, Any]) -> None:
    assert key(replace(BASE, **change)) != key(BASE)


def test_name_seed_and_code_count(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {key(BASE), key(BASE, "other"), key(BASE, seed=2)}
    monkeypatch.setattr("exvivo.plan.parts.key.made_by", lambda: (("exvivo", "another code"),))
    assert len(keys | {key(BASE)}) == 4


def test_what_is_shared_is_hashed_once_and_alike() -> None:
    seen: dict[int, bytes] = {}
    assert key_of("a", (BASE, BASE), 1, seen) == key((BASE, replace(BASE)), "a")


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(Bug, match="no place in the work"):
        key(Held(values=lambda: None))
