"""The histories of studies, kept until their record grows: made from the record alone, each costs a
reading of every study that it keeps.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exvivo.past import History

_MOST = 32
"""Histories that are kept."""


@dataclass
class Histories:
    """The histories of the studies of a door, each as of the last row of its record."""

    _kept: OrderedDict[Path, tuple[str, History]] = field(default_factory=OrderedDict)
    _making: Lock = field(default_factory=Lock)

    def of(self, folder: Path) -> History:
        """The history of a study. Raises `StoreError` where its record cannot be read."""
        from exvivo import store
        from exvivo.record import history_of

        row = store.head(folder)
        head = row.hash if row else ""
        kept = self._kept.get(folder)
        if kept is not None and kept[0] == head:
            return kept[1]
        with self._making:
            kept = self._kept.get(folder)
            if kept is None or kept[0] != head:
                whole = history_of(folder)
                kept = (whole.head, whole)
                self._kept[folder] = kept
                self._kept.move_to_end(folder)
                while len(self._kept) > _MOST:
                    self._kept.popitem(last=False)
            return kept[1]
