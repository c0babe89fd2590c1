"""study.yaml as nodes: text and line of every value kept, cast by the records and by nothing else.

A YAML loader that guesses types turns donor `0071` into 71 and group `NO` into false. Here a value
is text until the record that receives it says what it should be, and every mistake knows its file
and line.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.scanner import Scanner

from exvivo.bounds import LONGEST_VALUE
from exvivo.catalog import spelling
from exvivo.errors import Mistake, StudyError
from exvivo.study.entry import Entry, Place
from exvivo.study.typed_numbers import SCALES, cure_of, without_cut_numbers

_DEEPEST = 20
"""Levels of a study; the grammar has six."""
_NESTED = 30
"""Levels at which a text is given up unread: each bracket more makes the scanner slower."""
_MOST_WORDS = 100
"""Words that a field may hold, and names of a record; a message has room for all of them."""


@lru_cache(maxsize=16)
def compose(text: str, *, file: str) -> Node:
    """The root node of a YAML text. Raises `StudyError` with file and line for a slip in its form.
    The nodes of a text are kept for whoever asks for it again, and nobody changes them.

    The loader is ruamel's `safe` one: the round-trip loader marks folds inside the values, and
    reads all brackets of a line, in quadratic time, before the composer sees the first.
    """
    loader = YAML(typ="safe", pure=True)
    loader.Composer = _ShallowComposer
    loader.Scanner = _ShallowScanner
    try:
        root = loader.compose(text)
    except _TooDeep as deep:
        finding = f"lists inside lists, more than {_NESTED} of them"
        cure = "look for a line of many brackets"
        raise StudyError(Mistake(f"{file}:{deep.line}", finding, "a study", cure)) from None
    except YAMLError as slip:
        raise StudyError(_slip(slip, file)) from None
    if root is None:
        cure = "run `exvivo new FOLDER` for a template"
        raise StudyError(Mistake(file, "an empty file", "a study", cure))
    return typing.cast(Node, root)


class _TooDeep(Exception):
    """The line at which a text was given up."""

    def __init__(self, line: int) -> None:
        self.line = line


class _ShallowComposer(Composer):
    """A composer that gives up at `_NESTED` levels instead of at Python's limit of recursion."""

    level = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.level += 1
        if self.level > _NESTED:
            raise _TooDeep(self.parser.peek_event().start_mark.line + 1)
        node = super().compose_node(parent, index)
        self.level -= 1
        return node


class _ShallowScanner(Scanner):
    """A scanner that gives up at `_NESTED` brackets: it reads all that stand on a line, each more
    slowly than the one before, ahead of the composer.
    """

    def fetch_flow_collection_start(self, TokenClass: Any, to_push: Any) -> None:
        if len(self.flow_context) > _NESTED:
            raise _TooDeep(self.reader.line + 1)
        super().fetch_flow_collection_start(TokenClass, to_push)


def _slip(slip: YAMLError, file: str) -> Mistake:
    """A slip in the form of the YAML, with its line."""
    mark = _mark(slip)
    problem = str(getattr(slip, "problem", None) or slip).strip()
    return Mistake(
        f"{file}:{mark.line + 1}" if mark else file,
        f"a slip in the YAML: {problem}",
        "`name: value` lines, indented with spaces, lists with `- `",
        "look at this line and the one above it: a missing colon, quote or bracket, or a tab",
    )


def _mark(slip: YAMLError) -> Any:
    marks = [getattr(slip, name, None) for name in ("problem_mark", "context_mark")]
    if "quoted scalar" in str(getattr(slip, "context", "")):
        # The line of the quote that opens: the problem is met at the end of the file only.
        marks.reverse()
    return marks[0] or marks[1]


class _Scalar(NamedTuple):
    """A kind of single value: how it is parsed, what it is called, and the cure where it is not."""

    parse: Callable[[str], Any]
    name: str
    cure: str


def _truth(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


def _finite(text: str) -> float:
    number = float(text)
    if number - number != 0:
        raise ValueError(text)
    return number


_SCALARS: dict[Any, _Scalar] = {
    str: _Scalar(str, "text", "write some text"),
    int: _Scalar(int, "a whole number", "write a whole number, without a unit"),
    float: _Scalar(_finite, "a number", "write a number with a decimal point, without a unit"),
    bool: _Scalar(_truth, "true or false", "write true or false"),
}


_ByName = dict[str, Any]


class Caster:
    """Casts nodes to records and gathers every mistake on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.mistakes: list[Mistake] = []
        self.lines: dict[Place, int] = {}
        self.unsound: set[str] = set()
        self.scales: dict[Place, str] = {}

    def where(self, path: Place) -> str:
        """File and line of a place in the document, named by its keys and positions."""
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.file}:{self.lines.get(path, 1)}"

    @property
    def entry(self) -> Entry:
        """The whole document as an entry, for checks that go on from here."""
        return Entry(self.where, unsound=frozenset(self.unsound))

    def cast(self, node: Node, wanted: Any, path: Place = ()) -> Any:
        """The value of a node as the wanted type; `None` after a mistake, which is noted."""
        self._note_line(node, path)
        if len(path) > _DEEPEST:
            # An alias inside its own anchor never ends.
            cure = "flatten this part"
            return self._wrong(path, "lists inside lists inside lists", "a study", cure)
        if dataclasses.is_dataclass(wanted):
            return self._record(node, typing.cast(type, wanted), path)
        origin = get_origin(wanted)
        if origin in (Union, types.UnionType):
            return self._union(node, get_args(wanted), path)
        if origin is tuple:
            return self._list(node, get_args(wanted)[0], path)
        if origin is dict:
            return self._dict(node, get_args(wanted), path)
        return self._scalar(node, wanted, path)

    def _note_line(self, node: Node, path: Place) -> None:
        """Keep the line of a node; an empty value has the mark of what comes next, not its own."""
        empty = isinstance(node, ScalarNode) and not node.value
        if not (empty and path in self.lines):
            self.lines[path] = node.start_mark.line + 1

    def _wrong(self, path: Place, finding: str, expected: str, cure: str) -> Any:
        """Note a mistake, and give None in place of the value."""
        self.mistakes.append(
            Mistake(f"{self.where(path)} ({_spell(path)})", finding, expected, cure)
        )
        return None

    def _scalar(self, node: Node, wanted: Any, path: Place) -> Any:
        if not isinstance(node, ScalarNode):
            kind = "a list" if isinstance(node, SequenceNode) else "a block of `name: value` lines"
            return self._wrong(path, kind, _expected(wanted), "write a single value here")
        text = str(node.value).strip()
        if len(text) > LONGEST_VALUE:
            finding = f"a value of {len(text):,} signs"
            return self._wrong(path, finding, f"at most {LONGEST_VALUE:,}", "shorten it")
        if not text and node.style is None:
            cure = "give a value (in quotes where it begins with #), or remove the line"
            return self._wrong(path, "nothing", _expected(wanted), cure)
        if get_origin(wanted) is Literal:
            return self._word(text, get_args(wanted), path)
        try:
            return _SCALARS[wanted].parse(text)
        except (ValueError, KeyError):
            return self._no_scalar(text, wanted, path)

    def _no_scalar(self, text: str, wanted: Any, path: Place) -> Any:
        """Note a text that is no value of its kind; of a number, what it is on its scale."""
        scale = self.scales.get(path) or self.scales.get(path[:-1], "")
        expected = f"{_expected(wanted)}, {SCALES[scale]}" if scale else _expected(wanted)
        cure = cure_of(text, scale) if wanted is float else ""
        return self._wrong(path, repr(text), expected, cure or _SCALARS[wanted].cure)

    def _word(self, text: str, choices: Iterable[str], path: Place) -> Any:
        """One of the words a field may hold; of a slip, which is noted, the one that is meant."""
        if text in choices:
            return text
        self._wrong(path, repr(text), _any_of(choices, text), _nearest(text, choices))
        return spelling.meant(text, choices)

    def _list(self, node: Node, wanted: Any, path: Place) -> Any:
        if isinstance(node, SequenceNode):
            values = [self.cast(child, wanted, (*path, i)) for i, child in enumerate(node.value)]
            return self._sound(node, values, path) if _is_part(path) else _whole(values)
        return self._wrong(
            path, "a single value or block", "a list", "write [a, b], or one `- ` line an entry"
        )

    def _sound(self, node: SequenceNode, values: list[Any], path: Place) -> tuple[Any, ...]:
        """The records of a part of the study that could be cast; the others are unsound, and the
        check goes on without them.
        """
        sound: list[Any] = []
        for i, value in enumerate(values):
            if value is None:
                self.unsound |= {str(path[0]), _id_of(node.value[i])}
                continue
            self._move_lines((*path, i), (*path, len(sound)))
            sound.append(value)
        return tuple(sound)

    def _move_lines(self, old: Place, new: Place) -> None:
        """Keep the lines of a record under the place it has now."""
        if old == new:
            return
        depth = len(old)
        self.lines = {at: line for at, line in self.lines.items() if at[:depth] != new}
        of_record = [at for at in self.lines if at[:depth] == old]
        self.lines |= {(*new, *at[depth:]): self.lines[at] for at in of_record}

    def _pairs(self, node: Node, path: Place) -> dict[str, Node] | None:
        """The `name: value` lines of a block; None where it is no block."""
        if not isinstance(node, MappingNode):
            expected, cure = "`name: value` lines", "write one `name: value` a line"
            self._wrong(path, "a list or a single value", expected, cure)
            return None
        pairs: dict[str, Node] = {}
        lines, cut = without_cut_numbers(node.value)
        for key, value in lines:
            name = str(key.value)
            place = (*path, name)
            self.lines[place] = key.start_mark.line + 1
            if name in pairs:
                finding = f"`{name}` a second time"
                self._wrong(place, finding, "each name once", "remove one of the two")
            pairs[name] = value
        for name, number in cut.items():
            cure = f"write {name}: {number.replace(',', '.')}"
            self._wrong((*path, name), f"`{number}`", "a number with a decimal point", cure)
        return pairs

    def _dict(self, node: Node, kinds: tuple[Any, ...], path: Place) -> Any:
        names, wanted = kinds
        allowed = get_args(names) if get_origin(names) is Literal else ()
        if allowed and isinstance(node, ScalarNode):
            return self._unnamed(node, allowed, path)
        pairs = self._pairs(node, path)
        if pairs and allowed:
            self._strange_keys(pairs, allowed, path)
        values = pairs and self._values(pairs, dict.fromkeys(pairs, wanted), path)
        return None if values and None in values.values() else values

    def _unnamed(self, node: ScalarNode, allowed: Iterable[str], path: Place) -> Any:
        """Note a single value where values stand by one of a few names."""
        text = " ".join(str(node.value).split())
        finding = f"the text {text!r}" if text else "nothing"
        value = json.dumps(text or "...", ensure_ascii=False)
        cure = f"write {path[-1]}: {{{next(iter(allowed))}: {value}}}"
        return self._wrong(
            path, finding, f"`name: value` lines, each name {_any_of(allowed)}", cure
        )

    def _strange_keys(self, pairs: dict[str, Node], allowed: Iterable[str], path: Place) -> None:
        """Note the names that are none of those allowed, and take them out; one without a value
        may be the rest of a text that a comma cut in two.
        """
        for name in [name for name in pairs if name not in allowed]:
            rest = _is_empty(pairs.pop(name))
            quotes = "put the whole text in quotes: a comma or a colon cuts it where it has none"
            cure = quotes if rest else _nearest(name, allowed)
            self._wrong((*path, name), f"`{name}`", _any_of(allowed, name), cure)

    def _values(self, pairs: _ByName, kinds: _ByName, path: Place) -> _ByName:
        """The values of a block, each cast to its kind, in the order of the kinds."""
        return {
            name: self.cast(pairs[name], kind, (*path, name))
            for name, kind in kinds.items()
            if name in pairs
        }

    def _union(self, node: Node, members: tuple[Any, ...], path: Place) -> Any:
        """One of several records, told apart by a word (`kind`, `ask`); or an optional value."""
        records = [member for member in members if dataclasses.is_dataclass(member)]
        if not records:
            (value,) = (member for member in members if member is not type(None))
            return self.cast(node, value, path)
        if len(records) == 1:
            return self.cast(node, records[0], path)
        tag, choices = _tagged(records)
        pairs = self._pairs(node, path)
        if pairs is None:
            return None
        if tag not in pairs:
            expected = f"`{tag}:` {_any_of(choices)}"
            return self._wrong(path, f"no `{tag}`", expected, f"add a line `{tag}: ...`")
        word = str(pairs[tag].value)
        if word in choices:
            return self.cast(node, choices[word], path)
        self._word(word, choices, (*path, tag))
        return None

    def _record(self, node: Node, wanted: type, path: Place) -> Any:
        pairs = self._pairs(node, path)
        if pairs is None:
            return None
        fields = record_fields(wanted)
        self._strange_names(pairs, fields, path)
        self.scales |= {(*path, name): _scale_of(f) for name, (_, f) in fields.items()}
        values = self._values(pairs, {name: kind for name, (kind, _) in fields.items()}, path)
        lacking = [name for name, (_, f) in fields.items() if required(f) and name not in pairs]
        for name in lacking:
            meaning = fields[name][1].metadata["meaning"]
            self._wrong(path, f"no `{name}`", meaning, f"add a line `{name}: ...`")
        if path in _APART:
            values = _without_extras(values, fields)
        return None if lacking or None in values.values() else wanted(**values)

    def _strange_names(self, pairs: _ByName, fields: Fields, path: Place) -> None:
        """Note the names that a record has not. The check goes on with what is meant by them, so
        that nothing is said to be lacking by a slip of its name.
        """
        for name in [name for name in pairs if name not in fields]:
            expected = _any_of(fields, name)
            self._wrong((*path, name), f"`{name}`", expected, _nearest(name, fields))
            near = spelling.meant(name, fields)
            if near and near not in pairs:
                pairs[near] = pairs[name]


Fields = Mapping[str, tuple[Any, dataclasses.Field[Any]]]
"""The fields of a record by name: type, and dataclass field."""


@cache
def record_fields(record: type) -> Fields:
    """The fields a study file may give for a record: name to (type, field)."""
    kinds = typing.get_type_hints(record)
    return {
        f.name: (kinds[f.name], f)
        for f in dataclasses.fields(record)
        if not f.metadata.get("internal")
    }


def required(field: dataclasses.Field[Any]) -> bool:
    """Whether a field has no default."""
    return field.default is field.default_factory is dataclasses.MISSING


def _tagged(records: Iterable[Any]) -> tuple[str, dict[str, Any]]:
    """The field that tells the members of a union apart, and the record of each of its words."""
    choices = {}
    tag = ""
    for record in records:
        for name, word in _only_words(record):
            tag = name
            choices[word] = record
    return tag, choices


def _only_words(record: Any) -> Iterator[tuple[str, str]]:
    """The fields of a record that allow one word alone, with that word."""
    for name, (kind, _) in record_fields(record).items():
        origin: Any = get_origin(kind)
        words = get_args(kind)
        if origin is Literal and len(words) == 1:
            yield name, words[0]


_APART: tuple[Place, ...] = ((), ("assumptions",), ("summary",))
"""Records whose parts are checked apart: what cannot be cast in one hides nothing in another."""


def _is_part(path: Place) -> bool:
    """Whether a list is a part of a record whose parts are checked apart."""
    return path[:-1] in _APART


_NAMED = (
    "exvivo",
    "title",
    "groups",
    "cell_types",
    "stimuli",
    "analytes",
    "assays",
    "plates",
    "scales",
)
"""Parts without which nothing else of a study can be checked."""


def _without_extras(values: _ByName, fields: Fields) -> _ByName:
    """The values of a study without those that could not be cast and that nothing else names."""
    return {
        name: each
        for name, each in values.items()
        if each is not None or name in _NAMED or required(fields[name][1])
    }


def _whole(values: list[Any]) -> tuple[Any, ...] | None:
    """The values of a list; None where one of them could not be cast."""
    return None if None in values else tuple(values)


def _id_of(node: Node) -> str:
    """The id that a record states; empty where it states none."""
    pairs = node.value if isinstance(node, MappingNode) else ()
    stated = (str(value.value) for key, value in pairs if str(key.value) == "id")
    return next(stated, "")


def _expected(wanted: Any) -> str:
    return _any_of(get_args(wanted)) if get_origin(wanted) is Literal else _SCALARS[wanted].name


def _scale_of(field: dataclasses.Field[Any]) -> str:
    """The scale of a number of a record; empty where none is said."""
    return str(field.metadata.get("scale", ""))


def _is_empty(node: Node) -> bool:
    """Whether a name stands without a value."""
    return isinstance(node, ScalarNode) and not node.value


def _any_of(words: Iterable[str], text: str = "") -> str:
    """All the words of a field: whoever looks for one has to see it."""
    return spelling.one_of(words, text, most=_MOST_WORDS)


def _nearest(text: str, allowed: Iterable[str]) -> str:
    """The cure for a word that is none of those allowed."""
    near = spelling.meant(text, allowed)
    return f"did you mean `{near}`?" if near else "choose one of them, or remove the line"


def _spell(path: Place) -> str:
    spelt = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return spelt.lstrip(".") or "the study"
