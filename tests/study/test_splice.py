"""Values of a YAML text changed at their places: the text means what was asked for, and every byte
outside of the place stays.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

import exvivo
from exvivo.errors import StudyError
from exvivo.simulate import model_study
from exvivo.simulate.study_file import study_yaml
from exvivo.study.nodes import compose
from exvivo.study.splice import same, spliced, value_at
from exvivo.study.yaml_text import Tree, in_order, tree_of, yaml_text

SCALES = Path(exvivo.__file__).parent / "catalog" / "scales"
NAMES = st.sampled_from(["a", "b", "c", "a b", "n", "0071", "no", "é", "x:y", "#k", "-"])
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\0"), max_size=8
)
VALUES = st.recursive(
    WORDS | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
COMMENTS = st.sampled_from(["", "  # c", "  # c: [d, {e}]", "\n# own line", "\n\n    # deep", "\n"])


def meaning(raw: bytes) -> Tree:
    return in_order(tree_of(compose(raw.decode("utf-8-sig"), file="study.yaml")))


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A YAML text as people write it: blocks and brackets, comments, quotes, indents of all kinds."""
    keys = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    text = "".join(draw(blocks(key, 0)) for key in keys)
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return (text if draw(st.booleans()) else text.rstrip("\n")).replace("\n", end)


@st.composite
def blocks(draw: st.DrawFn, key: str, indent: int) -> str:
    """The lines of a key and its value."""
    pad, comment = " " * indent, draw(COMMENTS)
    head = f"{pad}{yaml_text(key)}:"
    form = draw(st.sampled_from(["flow", "empty", "text", "map", "list", "words"]))
    if form == "flow" or indent > 6:
        return f"{head} {yaml_text(draw(VALUES))}{comment}\n"
    if form == "empty":
        return f"{head}{comment}\n"
    if form == "text":
        style = draw(st.sampled_from(["|", ">", "|-", ">-"]))
        return f"{head} {style}\n{pad}  one\n{pad}  two # no comment\n"
    if form == "map":
        inner = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
        return f"{head}{comment}\n" + "".join(draw(blocks(each, indent + 2)) for each in inner)
    dash = pad + draw(st.sampled_from(["", "  "]))
    if form == "words":
        words = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
        return f"{head}\n" + "".join(f"{dash}- {yaml_text(w)}{draw(COMMENTS)}\n" for w in words)
    return f"{head}{comment}\n" + "".join(
        draw(records(name, len(dash)))
        for name in draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    )


@st.composite
def records(draw: st.DrawFn, name: str, indent: int) -> str:
    """An entry of a list of records."""
    pad = " " * indent
    if draw(st.booleans()):
        record = {"id": name, **draw(st.dictionaries(st.sampled_from(["p", "q"]), VALUES))}
        return f"{pad}- {yaml_text(record)}{draw(COMMENTS)}\n"
    more = draw(st.lists(st.sampled_from(["p", "q", "r"]), max_size=2, unique=True))
    lines = "".join(draw(blocks(key, indent + 2)) for key in more)
    return f"{pad}- id: {yaml_text(name)}\n{lines}"


def places(tree: Tree, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every place of a tree that has a name of its own."""
    if isinstance(tree, str) or len(above) > 5:
        return []
    if isinstance(tree, tuple):
        named = [(str(key), value) for key, value in tree if isinstance(key, str)]
    else:
        named = [(entry_name(each), each) for each in tree]
    names = [name for name, _ in named]
    own = [(name, value) for name, value in named if name and names.count(name) == 1]
    return [
        place for name, value in own for place in ((*above, name), *places(value, (*above, name)))
    ]


def entry_name(entry: Tree) -> str:
    """The name of an entry of a list."""
    if isinstance(entry, str):
        return entry
    name = dict(entry).get("id", "") if isinstance(entry, tuple) else ""
    return name if isinstance(name, str) else ""


def outside(before: str, after: str) -> tuple[str, str]:
    """What a change took out, and what it put in."""
    start = next(
        (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
        min(len(before), len(after)),
    )
    stop = 0
    while stop < min(len(before), len(after)) - start and before[-1 - stop] == after[-1 - stop]:
        stop += 1
    return before[start : len(before) - stop], after[start : len(after) - stop]


@settings(max_examples=10, deadline=None)
@given(texts(), st.data())
def test_a_change_means_what_was_asked_or_changes_nothing(text: str, data: st.DataObject) -> None:
    """A random change of a random text: it is made exactly, or refused."""
    raw = text.encode()
    try:
        tree = tree_of(compose(text, file="study.yaml"))
    except StudyError:
        return
    where = data.draw(st.sampled_from([*places(tree), ("new",), ("new", "deep")]))
    now = data.draw(st.none() | VALUES.map(yaml_text))
    try:
        after = spliced(raw, where, now)
    except StudyError:
        return
    if now is not None:
        there = value_at(after, where)
        assert there is None or same(there, now) or not now.strip('"')
    gone, come = outside(text, after.decode())
    kept = [line for line in gone.splitlines() if line.lstrip().startswith("#")]
    assert all(line in come for line in kept if now is not None and not where_holds(tree, where))


def where_holds(tree: Tree, where: tuple[str, ...]) -> bool:
    """Whether a place held a list or a mapping, whose comments may go with it."""
    node: Any = tree
    for name in where:
        if isinstance(node, tuple):
            node = dict(node).get(name)
        else:
            node = next((e for e in node or [] if entry_name(e) == name), None)
    return not isinstance(node, str)


@cache
def real_texts() -> tuple[tuple[bytes, tuple[tuple[str, ...], ...]], ...]:
    """Texts that people read and write, each with its places."""
    study = model_study(rng=default_rng(1)).study
    raws = [study_yaml(study, heading="# ours\n").encode(), (SCALES / "acr2011.yaml").read_bytes()]
    return tuple((raw, tuple(places(meaning(raw)))) for raw in raws)


@settings(max_examples=6, deadline=None)
@given(st.data())
def test_every_value_of_a_real_text_can_be_changed_and_changed_back(data: st.DataObject) -> None:
    """And nothing but the value is another one meanwhile."""
    raw, every = data.draw(st.sampled_from(real_texts()))
    where = data.draw(st.sampled_from(every))
    then = value_at(raw, where)
    if then is None or then[:1] in "[{" or where[-1] in ("id", then.strip('"')):
        return
    after = spliced(raw, where, '"another: #1, {so}"')
    gone, come = outside(raw.decode(), after.decode())
    assert len(come.splitlines()) == 1
    assert len(after) - len(raw) == len(come.encode()) - len(gone.encode())
    assert meaning(spliced(after, where, then)) == meaning(raw)


TEXT = """\
# top
groups:  # who
  - {id: FM, name: patients}  # first
  # between
  - id: HC
    name: 'healthy'   # second
    note: |
      two
      lines

plan: {alpha: 0.1, seed: 2}
missing: [NA, -99] # words
"""


@pytest.mark.parametrize(
    ("where", "now", "before", "after"),
    [
        (("groups", "HC", "name"), "well", "'healthy'", "well"),
        (("groups", "HC", "note"), "short", "|\n      two\n      lines", "short"),
        (("groups", "FM", "n"), "3", "patients}", 'patients, "n": 3}'),
        (("groups", "FM", "name"), "a, b", "patients", '"a, b"'),
        (("groups", "HC", "n"), "3", "      lines\n", '      lines\n    "n": 3\n'),
        (("groups", "FM"), None, "  - {id: FM, name: patients}  # first\n", ""),
        (("groups", "X"), "{id: X}", "      lines\n", "      lines\n  - {id: X}\n"),
        (("plan", "alpha"), None, "alpha: 0.1, ", ""),
        (("plan", "seed"), None, ", seed: 2", ""),
        (("missing", "NA"), None, "NA, ", ""),
        (("missing", "UNK"), "UNK", "-99]", "-99, UNK]"),
        (("title",), "Ours", "# words\n", "# words\ntitle: Ours\n"),
        (("scales", "V"), "{id: V}", "# words\n", "# words\n\nscales:\n  - {id: V}\n"),
    ],
)
def test_only_the_place_changes(
    where: tuple[str, ...], now: str | None, before: str, after: str
) -> None:
    assert spliced(TEXT.encode(), where, now).decode() == TEXT.replace(before, after)


def test_what_holds_nothing_else_goes_with_it() -> None:
    raw = spliced(TEXT.encode(), ("plan", "alpha"), None)
    assert b"plan" not in spliced(raw, ("plan", "seed"), None)


@pytest.mark.parametrize(
    "text", ["a: &x [1]\nb: *x\n", "groups: [{id: A}, {id: A}]\n", "- 1\n", "a: 1\na: 2\n"]
)
def test_a_place_that_cannot_be_told_is_refused(text: str) -> None:
    with pytest.raises(StudyError):
        for where in (("b", "2"), ("groups", "A", "n"), ("a",), ("x", "y")):
            spliced(text.encode(), where, "2")


def test_a_text_of_aliases_without_end_is_refused() -> None:
    lines = ["a0: &a0 [x, x]"] + [
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)
    ]
    with pytest.raises(StudyError, match="aliases"):
        spliced("\n".join(lines).encode(), ("t",), "1")
