"""The rooms of `compare` and what may import what."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

COMPARE = Path(__file__).parents[2] / "src" / "exvivo" / "compare"
MODULES = sorted(COMPARE.rglob("*.py"))
ALLOWED = {
    "ground": {"ground", "methods"},
    "methods": {"ground", "methods"},
    "mixed": {"ground", "methods", "mixed"},
    "joint": {"ground", "methods", "joint"},
    "judge": {"ground", "methods", "judge"},
    "likeness": {"ground", "methods", "judge", "likeness"},
    "asks": {"ground", "methods", "mixed", "judge", "likeness", "asks"},
    "calibrated": {"ground", "methods", "mixed", "asks", "calibrated"},
    "many": {"ground", "methods", "judge", "asks", "many"},
    "answers": {"ground", "methods", "joint", "judge", "asks", "calibrated"},
}
"""The rooms that each room may import. `ground`: the modules that stand beside the rooms."""


def imported(path: Path) -> list[tuple[str, list[str]]]:
    """The modules of `compare` that a module imports, with the names taken from each."""
    prefix = "exvivo.compare."
    return [
        (node.module.removeprefix(prefix), [alias.name for alias in node.names])
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(prefix)
    ]


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(COMPARE).with_suffix("").parts).removesuffix(".__init__")


def room_of(module: str) -> str:
    first = module.split(".")[0]
    return first if first in ALLOWED else "ground"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    module = name_of(path)
    if module == "__init__":
        return
    for target, names in imported(path):
        assert room_of(target) in ALLOWED[room_of(module)], f"{module} imports {target}"
        assert not [name for name in names if name.startswith("_")], f"{module} from {target}"


def test_no_module_imports_itself_by_a_detour() -> None:
    arrows: dict[str, set[str]] = {}
    for path in MODULES:
        for target, names in imported(path):
            inner = {f"{target}.{name}" for name in names} & {name_of(p) for p in MODULES}
            arrows.setdefault(name_of(path), set()).update(inner or {target})
    finished: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " -> ".join((*way, module))
        if module in finished:
            return
        for target in sorted(arrows.get(module, ())):
            visit(target, (*way, module))
        finished.add(module)

    for module in arrows:
        visit(module, ())
