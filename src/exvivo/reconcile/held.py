"""A study with everything that was handed in, as the rules hold it against itself."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import polars as pl

from exvivo.flagged import Flag
from exvivo.study import Study
from exvivo.tables import ANSWERS, CLINIC, WELLS

Made = TypeVar("Made")
UnreadOfQuestion = tuple[str, str, str, str, str]
"""A question of identity, one of its files, what of it was not read, why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """What was handed in, read and assigned, before anything is made of it: WELLS, CLINIC, ANSWERS,
    the facts that each instrument file states about itself, by its path, the bytes of the study's
    own tables, by their names, and what of its tables of expression was not read.
    """

    study: Study
    wells: pl.DataFrame = field(default_factory=WELLS.frame)
    clinic: pl.DataFrame = field(default_factory=CLINIC.frame)
    answers: pl.DataFrame = field(default_factory=ANSWERS.frame)
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    texts: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    unread: tuple[UnreadOfQuestion, ...] = ()
    _made: dict[Hashable, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What several rules ask for, made once. `key` says what it is, and of what."""
        if key not in self._made:
            self._made[key] = make()
        made: Made = self._made[key]
        return made

    def wells_of(self, plate: str) -> pl.DataFrame:
        """The WELLS of one plate."""
        return self.once("wells of plates", self._by_plate).get(plate, self.wells.clear())

    def _by_plate(self) -> dict[str, pl.DataFrame]:
        parts = self.wells.partition_by("plate", as_dict=True, maintain_order=True)
        return {str(plate): wells for (plate,), wells in parts.items()}


Rule = Callable[[Held], Iterator[Flag]]
"""What looks at a study and yields flags; the name of the rule is the code of its flags."""
