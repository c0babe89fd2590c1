"""Values of study.yaml set, added and taken away at their places in the text: every other byte
stays, and with it each comment, each order and each way of writing.

A place is named by keys, and in a list by the name of the record (its `id`; `ask` or `flag` where
it has none) or by the word that stands there: `("questions", "more_tnf", "margin")`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from exvivo.errors import Mistake, StudyError
from exvivo.study.files import STUDY_FILE
from exvivo.study.nodes import compose
from exvivo.study.yaml_text import (
    Tree,
    fitted,
    flow,
    in_order,
    key_text,
    name_of,
    tree_of,
    yaml_text,
)

__all__ = ["same", "spliced", "value_at", "yaml_text"]

Where = tuple[str, ...]
_MARK = b"\xef\xbb\xbf"
_END = re.compile(r"^(?:---|\.\.\.)", re.MULTILINE)
"""Where a document begins or ends."""
_BLOCK_TEXT = ("|", ">")


class _Unclear(Exception):
    """A place whose name means several things."""


def spliced(raw: bytes, where: Where, now: str | None, *, file: str = STUDY_FILE) -> bytes:
    """The bytes of a YAML text with one value set to `now`, YAML that `yaml_text` writes; with
    None, the value is taken out, and what holds nothing else goes with it. A record or a key that
    is not there yet is added behind the last one.

    Raises `StudyError`, with what to write by hand, where more than that would change, or where the
    place cannot be told.
    """
    text = text_of(raw, file)
    root = compose(text, file=file)
    wanted = _changed(tree_of(root), where, _meaning(now))
    try:
        after = _Text(text, root, file).put(where, now)
    except _Unclear:
        after = ""
    if not after or wanted is None or not _means(after, wanted, file):
        raise StudyError(_by_hand(where, now, file))
    return (_MARK if raw.startswith(_MARK) else b"") + after.encode()


def value_at(raw: bytes, where: Where, *, file: str = STUDY_FILE) -> str | None:
    """What stands at a place, as YAML on one line; None where nothing does."""
    node: Node | None = compose(text_of(raw, file), file=file)
    for name in where:
        try:
            at = _position(node, name)
        except _Unclear:
            return None
        if node is None or at is None:
            return None
        node = _child(node, at)
    return None if node is None or _is_empty(node) else flow(tree_of(node))


def same(first: str | None, second: str | None) -> bool:
    """Whether two values mean the same, however they are written; what is no YAML means itself."""
    if first is None or second is None or first == second:
        return first == second
    try:
        return in_order(_meaning(first) or "") == in_order(_meaning(second) or "")
    except StudyError:
        return False


def text_of(raw: bytes, file: str) -> str:
    """The text of some bytes. Raises `StudyError` where they are no UTF-8."""
    try:
        return raw.removeprefix(_MARK).decode("utf-8")
    except UnicodeDecodeError:
        cure = "save the file as UTF-8"
        raise StudyError(Mistake(file, "letters that are not UTF-8", "UTF-8", cure)) from None


def _meaning(value: str | None) -> Tree | None:
    return None if value is None else tree_of(compose(value or '""', file="the new value"))


def _means(text: str, wanted: Tree, file: str) -> bool:
    """Whether a text means a tree, the order of keys aside."""
    try:
        return in_order(tree_of(compose(text, file=file))) == in_order(wanted)
    except StudyError:
        return False


def _by_hand(where: Where, now: str | None, file: str) -> Mistake:
    """A place whose text cannot be told from the rest (an alias, a key of several lines)."""
    place = " > ".join(where)
    cure = f"take {place} out by hand" if now is None else f"write {now} at {place} by hand"
    finding = f"a text in which the place of {place} cannot be told"
    return Mistake(file, finding, "one plain list or mapping a section", cure)


def _nowhere(where: Where, name: str, file: str) -> Mistake:
    finding = f"no `{name}` on the way to {' > '.join(where)}"
    cure = "look at the file as it is now: somebody may have taken it away"
    return Mistake(file, finding, "a record that is there", cure)


# What the text shall mean.


def _changed(tree: Tree | None, where: Where, now: Tree | None) -> Tree | None:
    if not where:
        return now
    if isinstance(tree, list) or (not tree and len(where) == 1 and name_of(now) == where[0]):
        return _changed_list(tree if isinstance(tree, list) else [], where, now)
    pairs = dict(tree) if isinstance(tree, tuple) else {}
    below = _changed(pairs.get(where[0]), where[1:], now)
    kept = {key: value for key, value in pairs.items() if key != where[0]}
    if below is not None:
        kept[where[0]] = below
    return tuple(kept.items()) or None


def _changed_list(entries: list[Tree], where: Where, now: Tree | None) -> Tree | None:
    at = next((i for i, each in enumerate(entries) if name_of(each) == where[0]), len(entries))
    below = _changed(entries[at] if at < len(entries) else None, where[1:], now)
    return [*entries[:at], *([] if below is None else [below]), *entries[at + 1 :]] or None


# Where it stands in the text.


def _position(node: Node | None, name: str) -> int | None:
    """Which child of a node a name means. Raises `_Unclear` where several have it."""
    if isinstance(node, MappingNode):
        at = [i for i, (key, _) in enumerate(node.value) if key.value == name]
    elif isinstance(node, SequenceNode):
        at = [i for i, entry in enumerate(node.value) if name_of(tree_of(entry)) == name]
    else:
        return None
    if len(at) > 1:
        raise _Unclear
    return at[0] if at else None


def _child(node: Node, at: int) -> Node:
    child: Node = node.value[at][1] if isinstance(node, MappingNode) else node.value[at]
    return child


def _is_empty(node: Node) -> bool:
    """Whether nothing is written where a value belongs; such a node has the mark of what follows
    it.
    """
    return isinstance(node, ScalarNode) and not node.value and node.style is None


def _is_block(node: Node) -> bool:
    return isinstance(node, MappingNode | SequenceNode) and not node.flow_style


Steps = list[tuple[Node, int]]
"""The nodes on the way to a place, each with the position of its child."""


@dataclass(frozen=True)
class _Text:
    """A text with its root node, of which one value is changed."""

    text: str
    root: Node
    file: str

    @property
    def end(self) -> str:
        """How its lines end."""
        return "\r\n" if "\r\n" in self.text else "\n"

    def put(self, where: Where, now: str | None) -> str:
        """The text with a value at a place, or without it."""
        steps, node = self._walk(where)
        if len(steps) < len(where):
            rest = where[len(steps) :]
            return self.text if now is None else self._added(steps, node, where, rest, now)
        if now is None:
            return self._without(steps)
        inside = list(_inside(node, now))
        if inside:
            after = self.text
            for key, value in inside:
                root = compose(after, file=self.file)
                after = _Text(after, root, self.file).put((*where, key), value)
            return after
        return self._replaced(steps, node, now)

    def _walk(self, where: Where) -> tuple[Steps, Node]:
        """The way to a place as far as it is there, and the node at its end."""
        steps: Steps = []
        node = self.root
        for name in where:
            at = _position(node, name)
            if at is None:
                break
            steps.append((node, at))
            node = _child(node, at)
        return steps, node

    # A value more.

    def _added(self, steps: Steps, node: Node, where: Where, rest: Where, now: str) -> str:
        """The text with a value where none was, and with what leads to it."""
        if isinstance(node, SequenceNode):
            if len(rest) > 1 or name_of(_meaning(now)) != rest[0]:
                raise StudyError(_nowhere(where, rest[0], self.file))
            return self._entry_added(node, now)
        if isinstance(node, MappingNode):
            return self._pair_added(node, rest, now)
        if not _is_empty(node):
            raise StudyError(_nowhere(where, rest[0], self.file))
        parent, at = steps[-1]
        if not isinstance(parent, MappingNode):
            raise StudyError(_nowhere(where, rest[0], self.file))
        if _is_block(parent) and _begins_list(rest, now):
            key = parent.value[at][0]
            line = f"{' ' * (key.start_mark.column + 2)}- {fitted(now)}"
            return self._inserted(self._line_end(key.end_mark.index), f"{self.end}{line}")
        value = _wrapped(rest, now)
        return self._replaced(steps, node, value)

    def _pair_added(self, node: MappingNode, rest: Where, now: str) -> str:
        key, value = key_text(rest[0]), _wrapped(rest[1:], now)
        if node.flow_style:
            return self._flow_added(node, f"{key}: {fitted(value, in_flow=True)}")
        column = node.value[0][0].start_mark.column if node.value else 0
        indent, is_list = " " * column, _begins_list(rest[1:], now)
        line = f"{indent}{key}: {fitted(value)}"
        if is_list:
            line = f"{indent}{key}:{self.end}{indent}  - {fitted(now)}"
        if node is self.root and not _END.search(self.text):
            gap = "" if not self.text or self.text.endswith("\n") else self.end
            return f"{self.text}{gap}{self.end if is_list else ''}{line}{self.end}"
        return self._behind(node, line)

    def _entry_added(self, node: SequenceNode, now: str) -> str:
        if not node.flow_style:
            return self._behind(node, f"{' ' * node.start_mark.column}- {fitted(now)}")
        return self._flow_added(node, fitted(now, in_flow=True))

    def _flow_added(self, node: MappingNode | SequenceNode, entry: str) -> str:
        if not node.value:
            return self._inserted(node.end_mark.index - 1, entry)
        return self._inserted(_end_of_child(node, len(node.value) - 1), f", {entry}")

    def _behind(self, node: Node, line: str) -> str:
        """The text with a line behind the last one of a node."""
        stop = self._line_end(self._stop(node))
        return self._inserted(stop, f"{self.end}{line}")

    def _inserted(self, at: int, more: str) -> str:
        return self.text[:at] + more + self.text[at:]

    def _line_end(self, at: int) -> int:
        return _line_end(self.text, at)

    # Another value.

    def _replaced(self, steps: Steps, node: Node, now: str) -> str:
        """The text with another value in the place of one."""
        parent, at = steps[-1]
        in_flow = not _is_block(parent)
        value = fitted(now, in_flow=in_flow)
        start, stop = node.start_mark.index, self._stop(node)
        if isinstance(parent, MappingNode) and (_is_empty(node) or _is_block(node)):
            colon = self._colon(parent.value[at][0])
            between = "" if _is_empty(node) else self.text[colon:start].rstrip()
            stop = colon if _is_empty(node) else stop
            return f"{self.text[:colon]} {value}{between}{self.text[stop:]}"
        return self.text[:start] + value + self.text[stop:]

    def _colon(self, key: Node) -> int:
        """Where the value of a key may begin: behind its colon."""
        return self.text.index(":", key.end_mark.index) + 1

    def _stop(self, node: Node) -> int:
        """Where the text of a node ends: that of its last part, without the lines below it."""
        while isinstance(node, MappingNode | SequenceNode) and node.value and not node.flow_style:
            if isinstance(node, MappingNode):
                key, value = node.value[-1]
                if _is_empty(value):
                    return self._colon(key)
                node = value
            else:
                node = node.value[-1]
        if isinstance(node, ScalarNode) and node.style in _BLOCK_TEXT:
            start, stop = node.start_mark.index, node.end_mark.index
            return int(start + len(self.text[start:stop].rstrip()))
        return int(node.end_mark.index)

    # A value less.

    def _without(self, steps: Steps) -> str:
        """The text without a value, its key, and what holds nothing else."""
        while len(steps) > 1 and len(steps[-1][0].value) == 1:
            steps = steps[:-1]
        node, at = steps[-1]
        if not _is_block(node):
            return self._flow_without(node, at)
        start, stop = _start_of_child(node, at), self._stop_of_child(node, at)
        line = self.text.rfind("\n", 0, start) + 1
        ahead = self.text[line:start]
        if isinstance(node, MappingNode) and ahead.strip() and at + 1 < len(node.value):
            return self.text[:start] + self.text[_start_of_child(node, at + 1) :]
        after = self.text.find("\n", self._line_end(stop))
        return self.text[:line] + (self.text[after + 1 :] if after >= 0 else "")

    def _stop_of_child(self, node: Node, at: int) -> int:
        if isinstance(node, MappingNode) and _is_empty(node.value[at][1]):
            return self._colon(node.value[at][0])
        return self._stop(_child(node, at))

    def _flow_without(self, node: Node, at: int) -> str:
        """The text without an entry of a list or mapping in brackets, and without a comma."""
        start, stop = _start_of_child(node, at), _end_of_child(node, at)
        if at + 1 < len(node.value) and at == 0:
            return self.text[:start] + self.text[_start_of_child(node, 1) :]
        if at == 0:
            comma = self._comma(stop)
            return self.text[:start] + self.text[stop if comma is None else comma + 1 :]
        before = _end_of_child(node, at - 1)
        comma = self._comma(before)
        if comma is None or self.text[before:start].strip() == ",":
            return self.text[:before] + self.text[stop:]
        return self.text[:comma] + self.text[comma + 1 : start] + self.text[stop:]

    def _comma(self, at: int) -> int | None:
        """The comma that follows a place; comments are passed over."""
        while at < len(self.text):
            if self.text[at] == "#":
                at = self._line_end(at)
            elif self.text[at] == ",":
                return at
            elif not self.text[at].isspace():
                return None
            at += 1
        return None


def _start_of_child(node: Node, at: int) -> int:
    child = node.value[at][0] if isinstance(node, MappingNode) else node.value[at]
    return int(child.start_mark.index)


def _end_of_child(node: Node, at: int) -> int:
    """Where a child in brackets ends; one with an empty value ends with its key."""
    if isinstance(node, MappingNode) and _is_empty(node.value[at][1]):
        return int(node.value[at][0].end_mark.index)
    return int(_child(node, at).end_mark.index)


def _line_end(text: str, at: int) -> int:
    """The end of the line of a place, before its line end."""
    stop = text.find("\n", at)
    stop = len(text) if stop < 0 else stop
    return stop - 1 if text[at:stop].endswith("\r") else stop


def _begins_list(rest: Where, now: str) -> bool:
    """Whether a value is the first record of a list that is not there yet."""
    return len(rest) == 1 and name_of(_meaning(now)) == rest[0]


def _wrapped(rest: Where, now: str) -> str:
    """A value in what leads to it: `{alpha: 0.1}`, or a list with a record in it."""
    if not rest:
        return now
    if _begins_list(rest, now):
        return f"[{fitted(now, in_flow=True)}]"
    return f"{{{key_text(rest[0])}: {fitted(_wrapped(rest[1:], now), in_flow=True)}}}"


def _inside(node: Node, now: str) -> Iterator[tuple[str, str | None]]:
    """The keys in which a mapping is not as it shall be, its name last; nothing where the whole
    takes the place of the whole.
    """
    then, wanted = tree_of(node), _meaning(now)
    if not isinstance(then, tuple) or not isinstance(wanted, tuple) or not wanted:
        return
    before, after = dict(then), dict(wanted)
    if len(before) < len(then) or len(after) < len(wanted):
        return
    keys = [key for key in {**after, **before} if isinstance(key, str)]
    if len(keys) < len({**after, **before}) or not set(before) & set(after):
        return
    for key in sorted(keys, key=lambda key: (key == "id", list(keys).index(key))):
        if before.get(key) != after.get(key):
            yield key, None if key not in after else flow(after[key])
