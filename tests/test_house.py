"""The rules of the house that a machine can keep."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "exvivo"
COMMON = {"tables", "arrays", "words", "errors", "study", "catalog", "__version__"}
DOORS = {"run", "gather", "cli", "plan", "web", "__init__", "__main__"}


def imports_of(path: Path) -> set[str]:
    """The parts of exvivo a module imports, by their first name (`read`, `tables`, ...)."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "exvivo":
            parts = (node.module or "").split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("exvivo.")}
    return found


MODULES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_room_imports_no_other_room(path: Path) -> None:
    parts = path.relative_to(SOURCE).parts
    room = parts[0].removesuffix(".py")
    if room in DOORS:
        return
    assert imports_of(path) <= COMMON | {room}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_modules_stay_readable(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 600
    assert path.stem not in {"utils", "helpers", "manager", "core"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_groups_keep_the_order_of_their_rows(path: Path) -> None:
    """Sums of floating point numbers depend on their order: without it the same inputs give other
    bytes.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "group_by"
        ):
            assert any(keyword.arg == "maintain_order" for keyword in node.keywords), (
                f"line {node.lineno}"
            )
