"""A study with everything that was handed in, as the rules hold it against itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from exvivo.flagged import Flag
from exvivo.study import Study
from exvivo.tables import CLINIC, WELLS


@dataclass(frozen=True, kw_only=True)
class Held:
    """What was handed in, read and assigned, before anything is made of it: WELLS, CLINIC, and the
    facts that each instrument file states about itself, by its path.
    """

    study: Study
    wells: pl.DataFrame = field(default_factory=WELLS.frame)
    clinic: pl.DataFrame = field(default_factory=CLINIC.frame)
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


Rule = Callable[[Held], Iterator[Flag]]
"""What looks at a study and yields flags; the name of the rule is the code of its flags."""
