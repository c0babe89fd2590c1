"""The rules of the house that a machine can keep."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "exvivo"
COMMON = {
    "cache",
    "tables",
    "clinic_tables",
    "table",
    "flagged",
    "figures",
    "csv_text",
    "findings",
    "claim_records",
    "looks",
    "past",
    "methods",
    "units",
    "words",
    "visible",
    "sources",
    "bounds",
    "planned_sizes",
    "arrays",
    "cells",
    "errors",
    "study",
    "catalog",
    "__version__",
}
DOORS = {
    *("run", "gather", "plate_files", "people_files", "record", "rerun", "share", "decide"),
    *("draft", "checking", "claimed"),
    *("cli", "plan", "web", "__init__", "__main__"),
}


@cache
def tree_of(path: Path) -> ast.Module:
    """A module as a tree, parsed once for all tests."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(path: Path) -> set[str]:
    """The parts of exvivo a module imports, by their first name (`read`, `tables`, ...)."""
    found = set()
    for node in ast.walk(tree_of(path)):
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
    for node in ast.walk(tree_of(path)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "group_by"
        ):
            assert any(keyword.arg == "maintain_order" for keyword in node.keywords), (
                f"line {node.lineno}"
            )


def relative(path: Path) -> tuple[str, ...]:
    """A module's place in the package, without its ending; a folder's `__init__` is the folder."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


PLACES = {relative(module) for module in MODULES}


@cache
def imported(path: Path) -> set[tuple[str, ...]]:
    """The modules of exvivo that a module imports, by their place in the package."""
    targets: set[tuple[str, ...]] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("exvivo."):
            base = tuple((node.module or "").split(".")[1:])
            names = {(*base, alias.name) for alias in node.names} & PLACES
            targets |= names or {base}
    return targets - {relative(path)}


def room_graph(room: str) -> dict[str, set[str]]:
    """The arrows between the parts of a room: its folders and its own modules."""
    arrows: dict[str, set[str]] = {}
    for path in MODULES:
        place = relative(path)
        if len(place) < 2 or place[0] != room:
            continue
        inside = {target[1] for target in imported(path) if target[0] == room and len(target) > 1}
        arrows.setdefault(place[1], set()).update(inside - {place[1]})
    return arrows


def circle(arrows: dict[str, set[str]]) -> set[str]:
    """What is left when every part that needs nothing any more is taken away: empty or a circle."""
    arrows = {part: set(needs) for part, needs in arrows.items()}
    while free := {part for part, needs in arrows.items() if not needs & set(arrows)}:
        arrows = {part: needs for part, needs in arrows.items() if part not in free}
    return set(arrows)


ROOMS = sorted({relative(path)[0] for path in MODULES if len(relative(path)) > 1})


@pytest.mark.parametrize("room", ROOMS)
def test_the_parts_of_a_room_have_no_circle(room: str) -> None:
    assert circle(room_graph(room)) == set()


def test_a_circle_would_be_seen() -> None:
    assert circle({"a": {"b"}, "b": {"a"}, "c": {"a"}, "d": set()}) == {"a", "b", "c"}


def test_families_of_readers_know_nothing_of_one_another() -> None:
    families = {"qpcr", "luminex", "plate_reader", "cytometer", "tables"}
    for family, needs in room_graph("read").items():
        if family in families:
            assert not needs & families, family


COMPARE_FLOORS = (
    {"sample", "terms", "estimate", "responses", "blocks", "unseen"},
    {"methods", "mixed"},
    {"design", "sides"},
    {"evidence", "judge", "joint"},
    {"likeness"},
    {"asks"},
    {"calibrated", "many"},
    {"answers"},
)
"""What may be imported by what comes later in `compare`, never the other way."""


def test_compare_is_built_floor_upon_floor() -> None:
    graph = room_graph("compare")
    assert set(graph) == set().union(*COMPARE_FLOORS)
    for floor, parts in enumerate(COMPARE_FLOORS):
        below = set().union(*COMPARE_FLOORS[: floor + 1])
        for part in parts:
            assert graph[part] <= below, part


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_private_names_stay_in_their_module(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("exvivo"):
            hidden = [a.name for a in node.names if a.name.startswith("_") and a.name[:2] != "__"]
            assert not hidden, f"line {node.lineno}"


def nodes(tree: ast.AST) -> int:
    """The expressions and statements of a piece of code: how much a reader has to follow."""
    return sum(isinstance(node, (ast.expr, ast.stmt)) for node in ast.walk(tree))


def test_functions_can_be_followed() -> None:
    """Syntax nodes count, not lines: a packed line is no shorter for its reader."""
    trees = [tree_of(path) for path in MODULES]
    functions = [n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    sizes = sorted(nodes(function) for function in functions)
    assert sizes[len(sizes) // 2] <= 40
    assert sizes[int(0.9 * len(sizes))] <= 150


COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def test_comprehensions_are_seldom_nested() -> None:
    nested = lines = 0
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        lines += sum(bool(line.strip()) for line in text.splitlines())
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, COMPREHENSIONS):
                inner = [n for n in ast.walk(node) if isinstance(n, COMPREHENSIONS)]
                nested += len(node.generators) > 1 or len(inner) > 1
    assert nested <= 3 * lines / 1000


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_line_is_packed_by_hand(path: Path) -> None:
    assert "fmt: skip" not in path.read_text(encoding="utf-8")
