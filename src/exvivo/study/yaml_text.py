"""YAML on one line: what a value means, and how it is written so that it is read back the same."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from exvivo.errors import Mistake, StudyError
from exvivo.study.files import STUDY_FILE
from exvivo.study.nodes import compose

Tree = str | list["Tree"] | tuple[tuple["Tree", "Tree"], ...]
"""What a node means: a text, a list, or the pairs of a mapping."""
_NAMES = ("id", "flag", "ask", "column")
"""The keys by which a record of a list is known, the first that it has."""
_MOST = 200_000
"""Values of a text: one that repeats itself by aliases is given up there."""
_PLAIN = re.compile(r"[A-Za-z_][\w./-]*")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_OTHER_MEANING = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_IN_BRACKETS = re.compile(r"[,\[\]{}]")
_UNSEEN = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")


def tree_of(node: Node) -> Tree:
    """What a node means. Raises `StudyError` where it holds itself."""
    return _Trees().of(node)


class _Trees:
    """Makes trees, and gives up where there is no end."""

    made = 0

    def of(self, node: Node) -> Tree:
        """The tree of a node."""
        self.made += 1
        if self.made > _MOST:
            cure = "write each value out where it belongs"
            finding = "aliases that repeat themselves"
            raise StudyError(Mistake(STUDY_FILE, finding, "a study", cure))
        if isinstance(node, MappingNode):
            return tuple((self.of(key), self.of(value)) for key, value in node.value)
        if isinstance(node, SequenceNode):
            return [self.of(each) for each in node.value]
        return str(node.value)


def name_of(tree: Tree | None) -> str:
    """The name of an entry of a list: that of a record, or the word itself; empty without one."""
    if isinstance(tree, str):
        return tree
    pairs = dict(tree) if isinstance(tree, tuple) else {}
    named = (pairs[key] for key in _NAMES if key in pairs)
    name = next(named, "")
    return name if isinstance(name, str) else ""


def in_order(tree: Tree) -> Tree:
    """A tree with the keys of its mappings in order, so that two of one meaning are equal."""
    if isinstance(tree, tuple):
        pairs = [(in_order(key), in_order(value)) for key, value in tree]
        return tuple(sorted(pairs, key=repr))
    return [in_order(each) for each in tree] if isinstance(tree, list) else tree


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
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _OTHER_MEANING
    return text if is_plain or _NUMBER.fullmatch(text) else quoted(text)


def quoted(text: str) -> str:
    """A text in double quotes."""
    made = json.dumps(text, ensure_ascii=False)
    return _UNSEEN.sub(lambda sign: f"\\u{ord(sign[0]):04x}", made)


def flow(tree: Tree) -> str:
    """A value on one line.

    >>> flow((("id", "TNF"), ("limits", ["1", "a, b"])))
    '{id: TNF, limits: [1, "a, b"]}'
    """
    if isinstance(tree, str):
        return tree if tree in ("true", "false") else yaml_text(tree)
    if isinstance(tree, list):
        return f"[{', '.join(map(flow, tree))}]"
    return f"{{{', '.join(f'{flow(key)}: {flow(value)}' for key, value in tree)}}}"


def key_text(key: str) -> str:
    """A key as it is written."""
    return yaml_text(key)


def fitted(value: str, *, in_flow: bool = False) -> str:
    """The YAML of a value on one line, quoted where brackets around it would cut it."""
    node = compose(value or '""', file=STUDY_FILE)
    if isinstance(node, ScalarNode):
        is_one_line = "\n" not in value and "\r" not in value and node.style not in ("|", ">")
        is_cut = in_flow and node.style is None and _IN_BRACKETS.search(value)
        return value.strip() if value.strip() and is_one_line and not is_cut else quoted(node.value)
    in_brackets = isinstance(node, MappingNode | SequenceNode) and node.flow_style
    is_plain = in_brackets and "\n" not in value and "#" not in value
    return value.strip() if is_plain else flow(tree_of(node))
