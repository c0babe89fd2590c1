"""The kind of machine that made the numbers of a run.

The last digits of a number hang on the processor: the linear algebra and numpy choose other
instructions on another one, which add up in another order. Equal bytes are promised for one kind
of machine and one set of packages; on others, numbers equal to 1e-9 (`exvivo.rerun`).
"""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

_UNKNOWN = "unknown"
_FOLDERS = ("../numpy.libs", ".dylibs")
"""Where a wheel of numpy keeps its libraries, from its own folder."""
_CORE_NAMES = (
    "scipy_openblas_get_corename64_",
    "openblas_get_corename64_",
    "openblas_get_corename",
)
"""The function of OpenBLAS that names its kernels, as its builds call it."""


def machine() -> str:
    """The system, the processor, the kernels of the linear algebra, and the widest instructions
    that numpy uses: `Linux x86_64, linear algebra Haswell, numpy X86_V3`.
    """
    kind = f"{platform.system() or _UNKNOWN} {platform.machine() or _UNKNOWN}"
    return f"{kind}, linear algebra {_kernels()}, numpy {_instructions()}"


def _kernels() -> str:
    """The kernels that OpenBLAS chose here; without it, the library that numpy was built with."""
    import numpy as np

    for core in map(_core_of, _libraries()):
        if core:
            return core
    built = np.show_config(mode="dicts") or {}
    return str(built.get("Build Dependencies", {}).get("blas", {}).get("name", _UNKNOWN))


def _libraries() -> Iterator[Path]:
    """The OpenBLAS that a wheel of numpy brings along."""
    import numpy as np

    for folder in _FOLDERS:
        yield from sorted((Path(np.__file__).parent / folder).glob("*openblas*"))


def _core_of(library: Path) -> str:
    """What a library calls its kernels; empty where it does not say."""
    try:
        functions = ctypes.CDLL(str(library))
    except OSError:
        return ""
    for name in _CORE_NAMES:
        if hasattr(functions, name):
            function = getattr(functions, name)
            function.restype = ctypes.c_char_p
            return bytes(function() or b"").decode("ascii", "replace")
    return ""


def _instructions() -> str:
    """The last of numpy's sets of instructions that this processor has."""
    try:
        core = import_module("numpy._core._multiarray_umath")
    except ImportError:
        return _UNKNOWN
    known = getattr(core, "__cpu_features__", {})
    offered = [*getattr(core, "__cpu_baseline__", ()), *getattr(core, "__cpu_dispatch__", ())]
    return next((name for name in reversed(offered) if known.get(name)), _UNKNOWN)
