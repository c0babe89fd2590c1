"""YAML on one line: what a value means, and how it is written so that it is read back the same."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from exvivo.errors import Mistake, StudyError
from exvivo.study.files import STUDY_FILE
from exvivo.study.nodes import compose

Tree = str | list["Tree"] | tuple[tuple["Tree", "Tree"], ...]
"""What a node means: a text, a list, or pairs of a mapping in the order of their keys."""
_NAMES = ("id", "ask", "flag")
"""The keys by which a record of a list is known, the first that it has."""
_MOST = 200_000
"""Values of a text: one that repeats itself by aliases is given up there."""
_PLAIN = re.compile(r"[^\W\d_](?:[\w./+-]| (?=[\w(]))*")
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d+)?")
_OTHER_MEANING = frozenset({"true", "false", "yes", "no", "on", "off", "null"})
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
            pairs = [(self.of(key), self.of(value)) for key, value in node.value]
            return tuple(sorted(pairs, key=lambda pair: str(pair[0])))
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


def scalar(text: str) -> str:
    """A text as YAML reads it back, on one line.

    >>> scalar("iMG"), scalar("1 mM"), scalar("no"), scalar("0.5")
    ('iMG', '"1 mM"', '"no"', '"0.5"')
    """
    is_plain = _PLAIN.fullmatch(text) and text.casefold() not in _OTHER_MEANING
    return text if is_plain else quoted(text)


def quoted(text: str) -> str:
    """A text in double quotes."""
    made = json.dumps(text, ensure_ascii=False)
    return _UNSEEN.sub(lambda sign: f"\\u{ord(sign[0]):04x}", made)


def number(value: float) -> str:
    """A number as YAML has it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def flow(tree: Tree) -> str:
    """A value on one line.

    >>> flow((("id", "TNF"), ("limits", ["1", "a, b"])))
    '{id: TNF, limits: [1, "a, b"]}'
    """
    if isinstance(tree, str):
        return tree if _NUMBER.fullmatch(tree) or tree in ("true", "false") else scalar(tree)
    if isinstance(tree, list):
        return f"[{', '.join(map(flow, tree))}]"
    return f"{{{', '.join(f'{key_text(key)}: {flow(value)}' for key, value in _named(tree))}}}"


def _named(pairs: Sequence[tuple[Tree, Tree]]) -> list[tuple[str, Tree]]:
    """Pairs with the name of the record first."""
    listed = [(key if isinstance(key, str) else flow(key), value) for key, value in pairs]
    return sorted(listed, key=lambda pair: pair[0] != _NAMES[0])


def key_text(key: str) -> str:
    """A key as it is written."""
    return scalar(key)


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
