"""A flag more under `accept` of study.yaml, and nothing else of the text changed: no comment, no
order, no way of writing.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from exvivo.errors import Mistake, StudyError
from exvivo.study.files import STUDY_FILE
from exvivo.study.nodes import compose

_KEY = "accept"
_MARK = b"\xef\xbb\xbf"
_PLAIN = re.compile(r"[A-Za-z_][\w./-]*")


def with_accepted(raw: bytes, flag: str, reason: str) -> bytes:
    """The bytes of study.yaml with a flag accepted for a reason.

    Raises `StudyError`, with the lines to paste, where more than that would change.
    """
    text = raw.removeprefix(_MARK).decode("utf-8")
    entry = f"{{flag: {_scalar(flag)}, reason: {json.dumps(reason, ensure_ascii=False)}}}"
    root = compose(text, file=STUDY_FILE)
    after = _inserted(text, root, entry)
    if not _only_accepts(root, after, {"flag": flag, "reason": reason}):
        raise StudyError(
            Mistake(
                STUDY_FILE,
                "a text in which the place of `accept` cannot be told",
                "a list `accept` of its own",
                f"write this under `accept:` by hand: - {entry}",
            )
        )
    return (_MARK if raw.startswith(_MARK) else b"") + after.encode()


def _scalar(text: str) -> str:
    """A text as YAML reads it back."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _pair(root: Node) -> tuple[Node, Node] | None:
    """The key `accept` and what stands under it; None where it does not stand there."""
    pairs = root.value if isinstance(root, MappingNode) else []
    return next((pair for pair in pairs if pair[0].value == _KEY), None)


def _inserted(text: str, root: Node, entry: str) -> str:
    """The text with an entry behind the last one."""
    end = "\r\n" if "\r\n" in text else "\n"
    pair = _pair(root)
    if pair is None:
        gap = "" if not text or text.endswith("\n") else end
        return f"{text}{gap}{end}{_KEY}:{end}  - {entry}{end}"
    key, node = pair
    if isinstance(node, SequenceNode) and node.flow_style:
        at = _last(node).end_mark.index if node.value else node.end_mark.index - 1
        return text[:at] + (", " if node.value else "") + entry + text[at:]
    if not isinstance(node, SequenceNode) or not node.value:
        at = _line_end(text, key.end_mark.index)
        return f"{text[:at]}{end}  - {entry}{text[at:]}"
    return _behind(text, _leaf(node), f"{' ' * node.start_mark.column}- {entry}", end)


def _behind(text: str, leaf: Node, line: str, end: str) -> str:
    """The text with a line behind the last thing of a list. A text in lines of its own (`|`, `>`)
    ends where the next line begins.
    """
    at = leaf.end_mark.index
    if isinstance(leaf, ScalarNode) and leaf.style in ("|", ">"):
        return f"{text[:at]}{line}{end}{text[at:]}"
    at = _line_end(text, at)
    return f"{text[:at]}{end}{line}{text[at:]}"


def _last(node: SequenceNode) -> Node:
    last: Node = node.value[-1]
    return last


def _leaf(node: Node) -> Node:
    """The last thing of a node whose end is where its text ends."""
    while isinstance(node, MappingNode | SequenceNode) and node.value and not node.flow_style:
        node = node.value[-1][1] if isinstance(node, MappingNode) else node.value[-1]
    return node


def _line_end(text: str, at: int) -> int:
    """The end of the line of a place, before its line end."""
    stop = text.find("\n", at)
    stop = len(text) if stop < 0 else stop
    return stop - 1 if text[at:stop].endswith("\r") else stop


def _only_accepts(root: Node, after: str, entry: dict[str, str]) -> bool:
    """Whether a text is the same study with one entry of `accept` more."""
    try:
        now = _plain(compose(after, file=STUDY_FILE))
    except StudyError:
        return False
    then = _plain(root)
    if not isinstance(now, dict) or not isinstance(then, dict):
        return False
    accepted = then.pop(_KEY, []) or []
    if now.pop(_KEY, None) != [*accepted, entry]:
        return False
    return list(now.items()) == list(then.items())


def _plain(node: Node) -> Any:
    """Texts, lists and mappings of a node."""
    if isinstance(node, MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    return [_plain(each) for each in node.value] if isinstance(node, SequenceNode) else node.value
