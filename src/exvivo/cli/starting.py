"""What a door does once, when it starts."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept_for_good() -> Iterator[None]:
    """Whatever is made meanwhile (modules, routes) stays for the life of the process: it is not
    searched for garbage, neither now nor with each later request.
    """
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()
