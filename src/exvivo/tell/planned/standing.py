"""How far a simulation is, on a line."""

from __future__ import annotations

from typing import Protocol

from exvivo.tell.words import counted

_MINUTE = 60.0
_HOUR = 3600.0


class Standing(Protocol):
    """How far a simulation is, as whoever makes it tells."""

    @property
    def studies(self) -> int:
        """Studies that are made."""

    @property
    def studies_of(self) -> int:
        """Studies that are to be made."""

    @property
    def kept(self) -> int:
        """Those of them that were made before."""

    @property
    def workers(self) -> int:
        """How many work on it, 0 while none has come."""

    @property
    def seconds_left(self) -> float | None:
        """How long it will still take, None where nobody knows."""


def how_far(standing: Standing) -> str:
    """How far a simulation is: `4,000 of 10,000 studies (1,000 from before), about 10 minutes
    left`.
    """
    kept = f" ({standing.kept:,} from before)" if standing.kept else ""
    counts = f"{standing.studies:,} of {standing.studies_of:,} studies{kept}"
    if standing.studies == standing.studies_of:
        return counts
    if not standing.workers:
        return f"{counts}, no worker has come yet"
    left = standing.seconds_left
    return counts if left is None else f"{counts}, about {_lasting(left)} left"


def _lasting(seconds: float) -> str:
    """A time in the largest unit that tells it.

    >>> _lasting(4.2), _lasting(100), _lasting(3 * 3600 + 5)
    ('5 seconds', '2 minutes', '3.0 hours')
    """
    if seconds < _MINUTE:
        return counted(int(seconds) + 1, "second")
    if seconds < 2 * _HOUR:
        return counted(round(seconds / _MINUTE), "minute")
    return f"{seconds / _HOUR:.1f} hours"
