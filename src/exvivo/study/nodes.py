"""study.yaml as nodes: text and line of every value kept, cast by the records and by nothing else.

A YAML loader that guesses types turns donor `0071` into 71 and group `NO` into false. Here a value
is text until the record that receives it says what it should be, and every mistake knows its file
and line.
"""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from collections.abc import Callable, Iterable
from typing import Any, Literal, Union, get_args, get_origin

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from exvivo.errors import Mistake, StudyError

Where = Callable[[Iterable[str | int]], str]
"""File and line of a place in the document."""

_DEEPEST = 20


def compose(text: str, *, file: str) -> Node:
    """The root node of a YAML text. Raises `StudyError` with file and line for a slip in its
    form.
    """
    try:
        root = YAML(typ="rt", pure=True).compose(text)
    except YAMLError as slip:
        raise StudyError(_slip(slip, file)) from None
    except RecursionError:
        deep = Mistake(
            file,
            "lists inside lists, hundreds of them",
            "a study",
            "look for a line of many brackets",
        )
        raise StudyError(deep) from None
    if root is None:
        raise StudyError(
            Mistake(file, "an empty file", "a study", "run `exvivo new FOLDER` for a template")
        )
    return typing.cast(Node, root)


def _slip(slip: YAMLError, file: str) -> Mistake:
    mark = getattr(slip, "problem_mark", None) or getattr(slip, "context_mark", None)
    if "quoted scalar" in str(getattr(slip, "context", "")):
        mark = getattr(
            slip, "context_mark", mark
        )  # the quote that opens; the problem is met at the end of the file
    where = f"{file}:{mark.line + 1}" if mark else file
    problem = str(getattr(slip, "problem", None) or slip).strip()
    return Mistake(
        where,
        f"a slip in the YAML: {problem}",
        "`name: value` lines, indented with spaces, lists with `- `",
        "look at this line and the one above it: a missing colon, quote or bracket, or a tab",
    )


class Caster:
    """Casts nodes to records and gathers every mistake on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.mistakes: list[Mistake] = []
        self.lines: dict[tuple[str | int, ...], int] = {}

    def where(self, path: Iterable[str | int]) -> str:
        """File and line of a place in the document, named by its keys and positions."""
        place = tuple(path)
        while place and place not in self.lines:
            place = place[:-1]
        return f"{self.file}:{self.lines.get(place, 1)}"

    def cast(self, node: Node, wanted: Any, path: tuple[str | int, ...] = ()) -> Any:
        """The value of a node as the wanted type; `None` after a mistake, which is noted."""
        empty = (
            isinstance(node, ScalarNode) and not node.value
        )  # its mark is that of whatever comes next
        if not (empty and path in self.lines):
            self.lines[path] = node.start_mark.line + 1
        if len(path) > _DEEPEST:
            return self._wrong(
                path, "lists inside lists inside lists", "a study", "flatten this part"
            )
        if wanted is Any:
            return node.value
        if dataclasses.is_dataclass(wanted):
            return self._record(node, typing.cast(type, wanted), path)
        origin = get_origin(wanted)
        if origin in (Union, types.UnionType):
            return self._union(node, get_args(wanted), path)
        if origin is tuple:
            return self._list(node, get_args(wanted)[0], path)
        if origin is dict:
            return self._dict(node, get_args(wanted)[1], path)
        return self._scalar(node, wanted, path)

    def _wrong(self, path: tuple[str | int, ...], found: str, expected: str, cure: str) -> Any:
        """Note a mistake; the value of what is wrong is None."""
        self.mistakes.append(Mistake(f"{self.where(path)} ({_spell(path)})", found, expected, cure))
        return None

    def _scalar(self, node: Node, wanted: Any, path: tuple[str | int, ...]) -> Any:
        if not isinstance(node, ScalarNode):
            kind = "a list" if isinstance(node, SequenceNode) else "a block of `name: value` lines"
            return self._wrong(path, kind, _expected(wanted), "write a single value here")
        text = str(node.value).strip()
        if not text and node.style is None:
            return self._wrong(
                path, "nothing", _expected(wanted), "give a value, or remove the line"
            )
        if get_origin(wanted) is Literal:
            if text in get_args(wanted):
                return text
            return self._wrong(
                path, repr(text), _expected(wanted), _nearest(text, get_args(wanted))
            )
        try:
            return _PARSERS[wanted](text)
        except ValueError:
            return self._wrong(path, repr(text), _expected(wanted), _SCALAR_CURES[wanted])

    def _list(self, node: Node, wanted: Any, path: tuple[str | int, ...]) -> Any:
        if not isinstance(node, SequenceNode):
            return self._wrong(
                path, "a single value or block", "a list", "write [a, b], or one `- ` line an entry"
            )
        return tuple(self.cast(child, wanted, (*path, i)) for i, child in enumerate(node.value))

    def _pairs(self, node: Node, path: tuple[str | int, ...]) -> dict[str, Node] | None:
        if not isinstance(node, MappingNode):
            self._wrong(
                path,
                "a list or a single value",
                "`name: value` lines",
                "write one `name: value` a line",
            )
            return None
        pairs: dict[str, Node] = {}
        for key, value in node.value:
            name = str(key.value)
            self.lines[(*path, name)] = key.start_mark.line + 1
            if name in pairs:
                self._wrong(
                    (*path, name),
                    f"`{name}` a second time",
                    "each name once",
                    "remove one of the two",
                )
            pairs[name] = value
        return pairs

    def _dict(self, node: Node, wanted: Any, path: tuple[str | int, ...]) -> Any:
        pairs = self._pairs(node, path)
        return pairs and {
            name: self.cast(child, wanted, (*path, name)) for name, child in pairs.items()
        }

    def _union(self, node: Node, members: tuple[Any, ...], path: tuple[str | int, ...]) -> Any:
        records = [member for member in members if dataclasses.is_dataclass(member)]
        if not records:
            return self.cast(
                node, next(member for member in members if member is not type(None)), path
            )
        tag, choices = _tagged(records)
        pairs = self._pairs(node, path)
        if pairs is None:
            return None
        if tag not in pairs:
            return self._wrong(
                path, f"no `{tag}`", f"`{tag}:` {_any_of(choices)}", f"add a line `{tag}: ...`"
            )
        said = str(pairs[tag].value)
        if said not in choices:
            return self._wrong((*path, tag), repr(said), _any_of(choices), _nearest(said, choices))
        return self.cast(node, choices[said], path)

    def _record(self, node: Node, wanted: type, path: tuple[str | int, ...]) -> Any:
        pairs = self._pairs(node, path)
        if pairs is None:
            return None
        fields = record_fields(wanted)
        for name in pairs.keys() - fields.keys():
            self._wrong(
                (*path, name), f"`{name}`", "one of: " + ", ".join(fields), _nearest(name, fields)
            )
        values = {
            n: self.cast(pairs[n], kind, (*path, n))
            for n, (kind, _) in fields.items()
            if n in pairs
        }
        before = len(self.mistakes)
        for name, (_, item) in fields.items():
            if name not in pairs and _required(item):
                self._wrong(
                    path, f"no `{name}`", item.metadata["meaning"], f"add a line `{name}: ...`"
                )
        if len(self.mistakes) > before or any(value is None for value in values.values()):
            return None
        return wanted(**values)


def record_fields(record: type) -> dict[str, tuple[Any, dataclasses.Field[Any]]]:
    """The fields a study file may give for a record: name to (type, field)."""
    kinds = typing.get_type_hints(record)
    return {
        f.name: (kinds[f.name], f)
        for f in dataclasses.fields(record)
        if not f.metadata.get("internal")
    }


def _required(item: dataclasses.Field[Any]) -> bool:
    return item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING


def _tagged(records: Iterable[Any]) -> tuple[str, dict[str, Any]]:
    """The field that tells the members of a union apart, and the record each of its words stands
    for.
    """
    choices = {}
    tag = ""
    for record in records:
        for name, (kind, _) in record_fields(record).items():
            if get_origin(kind) is Literal and len(get_args(kind)) == 1:
                tag = name
                choices[get_args(kind)[0]] = record
    return tag, choices


def _truth(text: str) -> bool:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    raise ValueError(text)


def _finite(text: str) -> float:
    number = float(text)
    if number - number != 0:
        raise ValueError(text)
    return number


_PARSERS: dict[Any, Callable[[str], Any]] = {str: str, int: int, float: _finite, bool: _truth}
_SCALAR_CURES = {
    str: "write some text",
    int: "write a whole number, without a unit",
    float: "write a number with a decimal point, without a unit",
    bool: "write true or false",
}
_SCALAR_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def _expected(wanted: Any) -> str:
    return _any_of(get_args(wanted)) if get_origin(wanted) is Literal else _SCALAR_NAMES[wanted]


def _any_of(words: Iterable[Any]) -> str:
    return "one of: " + ", ".join(str(word) for word in words)


def _nearest(found: str, allowed: Iterable[Any]) -> str:
    near = difflib.get_close_matches(found, [str(word) for word in allowed], n=1)
    return f"did you mean `{near[0]}`?" if near else "choose one of them, or remove the line"


def _spell(path: tuple[str | int, ...]) -> str:
    spelt = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return spelt.lstrip(".") or "the study"
