"""Values of study.yaml set, added or taken out where they stand: every other byte stays as it is,
and so do comments, order and ways of writing.

A value is addressed by the keys that lead to it; in a list of records by what names a record (`id`,
`flag`, `ask` or `column`), in a list of words by the word: `("questions", "more_tnf", "margin")`.
After every change the text is read again, and must be the study as it was with this one value
changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from exvivo.errors import Mistake, StudyError
from exvivo.study.files import STUDY_FILE
from exvivo.study.nodes import compose

Where = tuple[str, ...]
_MARK = b"\xef\xbb\xbf"
_PLAIN = re.compile(r"[A-Za-z_][\w./-]*")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_NAMED_BY = ("id", "flag", "ask", "column")
"""What names a record of a list: the first of these that it has."""


def yaml_text(value: object) -> str:
    """A text, a list or a record as YAML in one line, which reads back as the same.

    >>> yaml_text({"id": "FM", "name": "people: with pain", "doses": ["1", "2.5"]})
    '{id: FM, name: "people: with pain", doses: [1, 2.5]}'
    """
    if isinstance(value, Mapping):
        pairs = (f"{yaml_text(key)}: {yaml_text(each)}" for key, each in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(yaml_text, value))}]"
    text = str(value)
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if is_plain or _NUMBER.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def spliced(raw: bytes, where: Where, now: str | None, *, file: str = STUDY_FILE) -> bytes:
    """The bytes of a YAML text with one value set to `now`, a scalar or a flow collection in YAML
    (`yaml_text` writes it); with None, the value is taken out. A record or a key that is not there
    yet is added behind the last one.

    Raises `StudyError`, with what to write by hand, where more than that would change, or where the
    place cannot be told.
    """
    text = raw.removeprefix(_MARK).decode("utf-8")
    root = compose(text, file=file)
    after = _Text(text, file).with_value(root, where, now)
    if after is None or not _is_that_change(root, after, where, now, file):
        raise StudyError(_by_hand(where, now, file))
    return (_MARK if raw.startswith(_MARK) else b"") + after.encode()


def value_at(raw: bytes, where: Where, *, file: str = STUDY_FILE) -> str | None:
    """What stands at a place, as YAML in one line; None where nothing does."""
    node = _at(compose(raw.removeprefix(_MARK).decode("utf-8"), file=file), where)
    return None if node is None else yaml_text(plain(node))


def plain(node: Node) -> Any:
    """The texts, lists and mappings of a node."""
    if isinstance(node, MappingNode):
        return {key.value: plain(value) for key, value in node.value}
    return [plain(each) for each in node.value] if isinstance(node, SequenceNode) else node.value


def _by_hand(where: Where, now: str | None, file: str) -> Mistake:
    place = " > ".join(where)
    cure = f"take {place} out by hand" if now is None else f"write {now} at {place} by hand"
    finding = f"a text in which the place of {place} cannot be told"
    return Mistake(file, finding, "one plain list or mapping a section", cure)


# Finding a place


def _pairs(node: Node | None) -> list[tuple[Node, Node]]:
    return list(node.value) if isinstance(node, MappingNode) else []


def _entries(node: Node | None) -> list[Node]:
    return list(node.value) if isinstance(node, SequenceNode) else []


def name_of(node: Node) -> str | None:
    """What names an entry of a list: its id and the like, or the word itself."""
    if isinstance(node, ScalarNode):
        return str(node.value)
    values = {key.value: value for key, value in _pairs(node)}
    named = next((values[key] for key in _NAMED_BY if key in values), None)
    return str(named.value) if isinstance(named, ScalarNode) else None


def _named(node: Node, step: str) -> list[Node]:
    """What is called so in a mapping or a list."""
    of_keys = [value for key, value in _pairs(node) if key.value == step]
    return of_keys + [each for each in _entries(node) if name_of(each) == step]


def _step(node: Node, step: str) -> Node | None:
    """What a step of a place leads to; None where nothing or more than one thing is called so."""
    named = _named(node, step)
    return named[0] if len(named) == 1 else None


def _is_one(root: Node, where: Where) -> bool:
    """Whether no step of a place leads to two things."""
    node: Node | None = root
    for step in where:
        if node is None or len(_named(node, step)) > 1:
            return node is None
        node = _step(node, step)
    return True


def _at(node: Node, where: Where) -> Node | None:
    """The node of a place."""
    for step in where:
        inner = _step(node, step)
        if inner is None:
            return None
        node = inner
    return node


# Changing the text


@dataclass(frozen=True)
class _Text:
    """A YAML text, and what it takes to change a part of it."""

    text: str
    file: str

    @property
    def end(self) -> str:
        """The line end that the text uses."""
        return "\r\n" if "\r\n" in self.text else "\n"

    def with_value(self, root: Node, where: Where, now: str | None) -> str | None:
        """The text with the value of a place changed; None where the place cannot be told."""
        if not where or not isinstance(root, MappingNode) or not _is_one(root, where):
            return None
        node = _at(root, where)
        if node is not None:
            return self._without(root, where) if now is None else self._replaced(root, where, now)
        return self.text if now is None else self._added(root, where, now)

    def _replaced(self, root: Node, where: Where, now: str) -> str | None:
        """The text with another value in the place of one."""
        node = _at(root, where)
        if node is None:
            return None
        start, stop = node.start_mark.index, self._stop(node)
        if start == stop:
            start = stop = self._behind_colon(root, where)
            now = f" {now}"
        return self.text[:start] + now + self.text[stop:]

    def _behind_colon(self, root: Node, where: Where) -> int:
        """The place behind the colon of a key with nothing behind it: the parser gives the place of
        the next thing.
        """
        *before, name = where
        pairs = _pairs(_at(root, tuple(before)))
        key = next(key for key, _ in pairs if key.value == name)
        return self.text.index(":", key.end_mark.index) + 1

    def _stop(self, node: Node) -> int:
        """Where the text of a node ends, before the comment and the line end behind it."""
        leaf = _leaf(node)
        stop: int = leaf.end_mark.index
        if isinstance(leaf, ScalarNode) and leaf.style in ("|", ">"):
            return len(self.text[:stop].rstrip("\r\n"))
        return stop

    def _line_end(self, at: int) -> int:
        """The end of the line of a place, before its line end."""
        stop = self.text.find("\n", at)
        stop = len(self.text) if stop < 0 else stop
        return stop - 1 if self.text[at:stop].endswith("\r") else stop

    def _added(self, root: Node, where: Where, now: str) -> str | None:
        """The text with a key of a mapping, or an entry of a list, that is not there yet."""
        *before, name = where
        parent = _at(root, tuple(before))
        if parent is None or _is_null(parent):
            return self._begun(root, where, now)
        if isinstance(parent, SequenceNode):
            return self._entry_added(parent, now)
        if isinstance(parent, MappingNode):
            return self._key_added(parent, f"{yaml_text(name)}: {now}")
        return None

    def _begun(self, root: Node, where: Where, now: str) -> str | None:
        """The text with the first entry of a list, or the first key of a mapping, that is empty or
        not there.
        """
        if len(where) < 2:
            return None
        *before, key, name = where
        above = _at(root, tuple(before))
        if not isinstance(above, MappingNode):
            return None
        is_entry = _is_entry(name, now)
        node, pair = _step(above, key), f"{yaml_text(name)}: {now}"
        line = f"{self._indent(above)}  {f'- {now}' if is_entry else pair}"
        if node is not None:
            at = self._line_end(self._behind_colon(root, (*before, key)))
            return self.text[:at] + self.end + line + self.text[at:]
        if above.flow_style:
            return self._key_added(above, f"{key}: {f'[{now}]' if is_entry else f'{{{pair}}}'}")
        return self._key_added(above, f"{key}:{self.end}{line}")

    def _indent(self, node: Node) -> str:
        return " " * int(node.start_mark.column)

    def _key_added(self, parent: MappingNode, pair: str) -> str:
        """The text with a key behind the last one of a mapping."""
        if parent.flow_style:
            return self._flow_added(parent, pair)
        return self._behind(_leaf(parent), self._indent(parent) + pair)

    def _entry_added(self, parent: SequenceNode, now: str) -> str:
        """The text with an entry behind the last one of a list."""
        if parent.flow_style:
            return self._flow_added(parent, now)
        return self._behind(_leaf(parent), f"{self._indent(parent)}- {now}")

    def _flow_added(self, parent: MappingNode | SequenceNode, more: str) -> str:
        """The text with something behind the last thing between brackets."""
        inner = parent.value[-1] if parent.value else None
        last = inner[1] if isinstance(inner, tuple) else inner
        at = parent.end_mark.index - 1 if last is None else self._stop(last)
        return self.text[:at] + (", " if last is not None else "") + more + self.text[at:]

    def _behind(self, leaf: Node, line: str) -> str:
        """The text with a line behind the one that a leaf ends on."""
        at = self._line_end(self._stop(leaf))
        return f"{self.text[:at]}{self.end}{line}{self.text[at:]}"

    def _without(self, root: Node, where: Where) -> str | None:
        """The text without a value: without its key or, of a list, without its entry; the last
        entry of a list goes with the key of the list.
        """
        *before, name = where
        parent = _at(root, tuple(before))
        if not isinstance(parent, MappingNode | SequenceNode):
            return None
        if len(parent.value) == 1 and before and isinstance(parent, SequenceNode):
            return self._without(root, tuple(before))
        place = _place(parent, name)
        if place is None:
            return None
        if parent.flow_style:
            return self._flow_without(parent, place)
        return self._lines_without(parent, place)

    def _flow_without(self, parent: MappingNode | SequenceNode, place: int) -> str:
        """The text without one of the things between brackets, and without its comma."""
        parts = [each if isinstance(each, tuple) else (each, each) for each in parent.value]
        start, stop = parts[place][0].start_mark.index, self._stop(parts[place][1])
        if place + 1 < len(parts):
            stop = parts[place + 1][0].start_mark.index
        elif place:
            start = self._stop(parts[place - 1][1])
        return self.text[:start] + self.text[stop:]

    def _lines_without(self, parent: MappingNode | SequenceNode, place: int) -> str:
        """The text without the lines of a key, or of an entry of a list."""
        part = parent.value[place]
        first, last = part if isinstance(part, tuple) else (part, part)
        start = self.text.rfind("\n", 0, first.start_mark.index) + 1
        stop = self.text.find("\n", self._stop(last))
        return self.text[:start] + (self.text[stop + 1 :] if stop >= 0 else "")


def _is_entry(name: str, now: str) -> bool:
    """Whether a value is the entry of a list that is called so, and no value of a key."""
    return _name(_value_of(now)) == name


def _value_of(now: str) -> Any:
    """What a YAML value of one line is."""
    return plain(compose(f"value: {now}", file="value"))["value"]


def _is_null(node: Node) -> bool:
    """Whether nothing stands there: `key:`, or an empty list."""
    is_empty = isinstance(node, SequenceNode) and not node.value and not node.flow_style
    return is_empty or (isinstance(node, ScalarNode) and node.value == "" and node.style is None)


def _leaf(node: Node) -> Node:
    """The last thing of a node, whose end is where its text ends."""
    while isinstance(node, MappingNode | SequenceNode) and node.value and not node.flow_style:
        node = node.value[-1][1] if isinstance(node, MappingNode) else node.value[-1]
    return node


def _place(parent: Node, name: str) -> int | None:
    """Which of the keys of a mapping, or entries of a list, is called so."""
    parts = [
        key.value if isinstance(parent, MappingNode) else name_of(key)
        for key in ((key for key, _ in _pairs(parent)) if _pairs(parent) else _entries(parent))
    ]
    return parts.index(name) if parts.count(name) == 1 else None


# Holding the change against the text


def _is_that_change(root: Node, after: str, where: Where, now: str | None, file: str) -> bool:
    """Whether a text is the same study with one value changed, in the same order."""
    try:
        made = plain(compose(after, file=file))
        value = None if now is None else _value_of(now)
    except (StudyError, TypeError, KeyError):
        return False
    return bool(canonical(made) == canonical(_changed(plain(root), where, value)))


def canonical(value: Any) -> str:
    """A value as one text, the order of keys included."""
    return json.dumps(value, ensure_ascii=False)


def _changed(tree: Any, where: Where, value: Any) -> Any:
    """The tree of a text with the value of a place changed; `None` takes it out."""
    step, *rest = where
    if isinstance(tree, dict):
        return _in_mapping(tree, step, tuple(rest), value)
    entries = tree if isinstance(tree, list) else []
    names = [_name(each) for each in entries]
    if step not in names:
        return tree if value is None else [*entries, value]
    at = names.index(step)
    inner = _changed(entries[at], tuple(rest), value) if rest else value
    kept = [] if inner is None else [inner]
    return [*entries[:at], *kept, *entries[at + 1 :]]


def _in_mapping(tree: dict[str, Any], step: str, rest: Where, value: Any) -> dict[str, Any]:
    empty: Any = [] if not rest or _name(value) == rest[-1] else {}
    inner = _changed(tree.get(step) or empty, rest, value) if rest else value
    is_gone = inner is None or (rest and inner == [] and value is None)
    if is_gone:
        return {key: each for key, each in tree.items() if key != step}
    return {**tree, step: inner}


def _name(value: Any) -> str | None:
    """What names an entry of a list."""
    if isinstance(value, dict):
        named = next((value[key] for key in _NAMED_BY if key in value), None)
        return named if isinstance(named, str) else None
    return value if isinstance(value, str) else None
