"""The events of one tube as an FCS 3.1 file."""

from __future__ import annotations

from array import array
from pathlib import Path

import numpy as np
import numpy.typing as npt

from exvivo.simulate.rdml_file import MARK


def write_fcs(
    path: Path,
    events: npt.NDArray[np.float32],
    *,
    channels: tuple[str, ...],
    well: str,
    sample: str,
) -> None:
    """Write list-mode events (events x channels, float32) with their channel names, the well and
    the sample's name.

    The keyword $COM says that the data are simulated; $CYT names no instrument.
    """
    from flowio import create_fcs

    flat = array("f")
    flat.frombytes(np.ascontiguousarray(events, dtype=np.float32).tobytes())
    keywords = {"com": MARK, "cyt": "simulated", "fil": path.name, "smno": sample, "wellid": well}
    with path.open("wb") as handle:
        create_fcs(handle, flat, list(channels), metadata_dict=keywords)
