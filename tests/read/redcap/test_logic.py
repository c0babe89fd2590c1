"""REDCap's branching logic and calculations, against its documentation and Python's arithmetic."""

from __future__ import annotations

import math
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exvivo.read.redcap.logic import Calculated, Logic, NotEvaluated, calculated, parse, visible
from exvivo.read.redcap.logic.grammar import COMPARISONS, FUNCTIONS
from exvivo.read.redcap.logic.steps import WHY, Apply, Field, Number, Step, Text


def understood(text: str) -> Logic:
    logic = parse(text)
    assert isinstance(logic, Logic), logic
    return logic


def shown(text: str, **values: str | None) -> bool | None:
    """Whether a field is shown, one row; `meds__2` is the box 2 of meds."""
    logic = understood(text)
    columns = {field_of(name): [value] for name, value in values.items()}
    return visible(logic, columns, 1)[0]


def field_of(name: str) -> Field:
    plain, _, code = name.partition("__")
    return Field(plain, code=code)


def gives(text: str, **values: str | None) -> float | str | None:
    """The number of a calculation, None of a blank, "not known"."""
    columns = {field_of(name): [value] for name, value in values.items()}
    result = calculated(understood(text), columns, 1)[0]
    return result.number if result.known else "not known"


DOCUMENTED: list[tuple[str, dict[str, str | None], bool | None]] = [
    # REDCap, Help & FAQ, "What is branching logic?"
    ('[sex] = "0"', {"sex": "0"}, True),
    ('[sex] = "0"', {"sex": "1"}, False),
    ('[sex] = "0"', {"sex": ""}, False),
    ('[sex] = "0" and [given_birth] = "1"', {"sex": "0", "given_birth": "1"}, True),
    ('[sex] = "0" and [given_birth] = "1"', {"sex": "0", "given_birth": ""}, False),
    ('[sex] = "0" and [given_birth] = "1"', {"sex": "1", "given_birth": "1"}, False),
    (
        '([height] >= 170 or [weight] < 65) and [sex] = "1"',
        {"height": "170", "weight": "80", "sex": "1"},
        True,
    ),
    (
        '([height] >= 170 or [weight] < 65) and [sex] = "1"',
        {"height": "169.9", "weight": "64.9", "sex": "1"},
        True,
    ),
    (
        '([height] >= 170 or [weight] < 65) and [sex] = "1"',
        {"height": "180", "weight": "60", "sex": "0"},
        False,
    ),
    ('[last_name] <> ""', {"last_name": "Smith"}, True),
    ('[last_name] <> ""', {"last_name": ""}, False),
    ('[last_name] = ""', {"last_name": ""}, True),
    ('[last_name] <> "NaN"', {"last_name": ""}, False),
    # "Is branching logic for checkboxes different?"
    ("[race(2)] = '1'", {"race__2": "1"}, True),
    ("[race(2)] = '1'", {"race__2": "0"}, False),
    ("[race(2)] = '0'", {"race__2": "0"}, True),
    ("[race(2)] = '0'", {"race__2": ""}, True),
    ("[race(2)] = '1' or [race(4)] = '1'", {"race__2": "0", "race__4": "1"}, True),
    # numbers are compared as numbers, in quotes or not
    ("[age] > 9", {"age": "10"}, True),
    ("[age] >= '9'", {"age": "10"}, True),
    ("[x] = 1.0", {"x": "1"}, True),
    ("[x] != 2", {"x": "1"}, True),
    ("[x] <> '2'", {"x": ""}, True),
    # raw dates are Y-M-D
    ("[seen] > '2026-01-31'", {"seen": "2026-02-01"}, True),
    ("[seen] > '2026-01-31'", {"seen": "2025-12-31"}, False),
    ("[seen] = [drawn]", {"seen": "2026-02-01", "drawn": "2026-02-01"}, True),
    # `and` binds closer than `or`, capitals do not count there
    ("[a] = 1 OR [b] = 1 AND [c] = 1", {"a": "1", "b": "0", "c": "0"}, True),
    ("([a] = 1 or [b] = 1) and [c] = 1", {"a": "1", "b": "0", "c": "0"}, False),
    # arithmetic within a condition
    ("[a] + 2 * 3 = 7", {"a": "1"}, True),
    ("-[a] + 2 > 0", {"a": "1"}, True),
    ("sum([a], [b]) >= 3", {"a": "3", "b": ""}, True),
    ("contains([name], 'TAYLOR')", {"name": "Mr Taylor"}, True),
    ("not_contain([name], 'taylor')", {"name": "Mr Taylor"}, False),
    ("starts_with([name], 'mr')", {"name": "Mr Taylor"}, True),
    ("ends_with([name], 'mr')", {"name": "Mr Taylor"}, False),
    ("isnumber([x])", {"x": "1.5"}, True),
    ("isinteger([x])", {"x": "1.5"}, False),
    ("isnumber([x])", {"x": ""}, False),
    ("# only women\n[sex] = '0'", {"sex": "0"}, True),
]
NOT_SETTLED: list[tuple[str, dict[str, str | None]]] = [
    ("[x] < 5", {"x": ""}),  # as 0 it is smaller, as nothing it is not
    ("[x] > -1", {"x": ""}),
    ("[x] = 0", {"x": ""}),
    ("[x] >= 0", {"x": ""}),
    ("[a] < [b]", {"a": "", "b": ""}),
    ("[x] = '1'", {"x": "01"}),
    ("[x] = 'yes'", {"x": "Yes"}),
    ("[x] > 'm'", {"x": "n"}),
    ("[x] = 'no'", {"x": "0"}),
    ("[x] > 5", {"x": "some"}),
    ("[seen] > '01-31-2026'", {"seen": "2026-02-01"}),
    ("[seen] < '2026-02-01 10:00'", {"seen": "2026-02-01"}),
    ("[x] = '1'", {"x": None}),
    ("[elsewhere] = '1'", {}),
    ("0.1 * [x] = 0.3", {"x": "3"}),  # 0.30000000000000004
    ("contains([x], 'a')", {"x": ""}),
]
SETTLED_WITHOUT: list[tuple[str, dict[str, str | None], bool]] = [
    ("[a] = '1' or [b] = '1'", {"a": None, "b": "1"}, True),
    ("[a] = '1' and [b] = '1'", {"a": None, "b": "0"}, False),
    ("[x] > 5", {"x": ""}, False),
    ("[x] > 0", {"x": ""}, False),
    ("[x] = 3", {"x": ""}, False),
    ("[x] <> 3", {"x": ""}, True),
]


@pytest.mark.parametrize(("text", "values", "expected"), DOCUMENTED)
def test_what_the_documentation_says(
    text: str, values: dict[str, str | None], expected: bool | None
) -> None:
    assert shown(text, **values) is expected


@pytest.mark.parametrize(("text", "values"), NOT_SETTLED)
def test_what_is_not_settled_is_not_known(text: str, values: dict[str, str | None]) -> None:
    assert shown(text, **values) is None


@pytest.mark.parametrize(("text", "values", "expected"), SETTLED_WITHOUT)
def test_an_unknown_value_that_does_not_decide(
    text: str, values: dict[str, str | None], expected: bool
) -> None:
    assert shown(text, **values) is expected


CALCULATIONS: list[tuple[str, dict[str, str | None], float | str | None]] = [
    # REDCap, Help & FAQ, "Can REDCap perform advanced functions in calculated fields?"
    ("if([weight] > 100, 44, 11)", {"weight": "101"}, 44),
    ("if([weight] > 100, 44, 11)", {"weight": "100"}, 11),
    ("round(14.384, 1)", {}, 14.4),
    ("roundup(14.384, 1)", {}, 14.4),
    ("rounddown(14.384, 1)", {}, 14.3),
    ("round(14.384)", {}, 14),
    ("roundup(14)", {}, 14),
    ("(4)^(3)", {}, 64),
    ("abs(-7.1)", {}, 7.1),
    ("abs(45)", {}, 45),
    ("sqrt([x])", {"x": "16"}, 4),
    ("min([a], [b], [c])", {"a": "3", "b": "", "c": "2"}, 2),
    ("max([a], [b], [c])", {"a": "3", "b": "", "c": "2"}, 3),
    ("mean([a], [b], [c])", {"a": "3", "b": "", "c": "2"}, 2.5),
    ("median([a], [b], [c], 9)", {"a": "3", "b": "", "c": "2"}, 3),
    ("sum([a], [b], [c])", {"a": "3", "b": "", "c": "2"}, 5),
    ("sum([wpi(1)], [wpi(2)])", {"wpi__1": "1", "wpi__2": ""}, 1),
    # "if any variable is blank the entire expression returns blank"
    ("[a] + [b]", {"a": "3", "b": ""}, None),
    ("[a] * 0", {"a": ""}, None),
    ("round([a] / [b], 1)", {"a": "", "b": "2"}, None),
    ("if([a] = '', '', [a] + 1)", {"a": ""}, None),
    ('if([a] > 100, 44, "NaN")', {"a": "3"}, None),
    ("[a] + [b]", {"a": "3", "b": None}, "not known"),
    ("[a] + [b]", {"a": "3", "b": "a lot"}, "not known"),
    ("[a] / [b]", {"a": "3", "b": "0"}, "not known"),
    ("sqrt([a])", {"a": "-1"}, "not known"),
    ("sum([a], [b])", {"a": "", "b": ""}, "not known"),
    ("sum([a], [b])", {"a": "1", "b": None}, "not known"),
    ("if([a] = 1, 2, 3)", {"a": None}, "not known"),
    # where the two languages of REDCap round differently
    ("round(31.25, 1)", {}, 31.3),
    ("round(2.5)", {}, 3),
    ("round(-2.5)", {}, "not known"),
    ("round(2.675, 2)", {}, "not known"),
    ("rounddown(-2.5)", {}, "not known"),
    ("round([a], [b])", {"a": "2.44", "b": "1"}, 2.4),
    # dates: 1 year = 365.2425 days, 1 month = 30.44 days
    ("datediff([a], [b], 'd')", {"a": "2026-01-01", "b": "2026-03-01"}, 59),
    ("datediff([b], [a], 'd')", {"a": "2026-01-01", "b": "2026-03-01"}, 59),
    ("datediff([b], [a], 'd', true)", {"a": "2026-01-01", "b": "2026-03-01"}, -59),
    ("datediff([a], [b], 'M')", {"a": "2026-01-01", "b": "2026-03-01"}, 59 / 30.44),
    ("datediff([a], [b], 'y', 'ymd')", {"a": "2000-01-01", "b": "2026-01-01"}, 9497 / 365.2425),
    ("datediff([a], [b], 'h')", {"a": "2026-01-01", "b": "2026-01-02"}, 24),
    ("datediff([a], [b], 'm')", {"a": "2026-01-01", "b": "2026-01-02"}, 1440),
    ("datediff([a], [b], 's', 'mdy', true)", {"a": "2026-01-01", "b": "2026-01-02"}, 86400),
    ("datediff([a], [b], 'd')", {"a": "2026-01-01", "b": ""}, None),
    ("datediff([a], [b], 'd')", {"a": "2026-01-01", "b": "03/04/2026"}, "not known"),
    ("datediff([a], [b], 'd')", {"a": "2026-01-01 10:00", "b": "2026-01-02"}, "not known"),
    ("age_at_date([a], [b])", {"a": "1980-06-15", "b": "2026-06-14"}, 45),
    ("age_at_date([a], [b])", {"a": "1980-06-15", "b": "2026-06-15"}, 46),
    ("age_at_date([a], [b])", {"a": "1980-02-29", "b": "2026-03-15"}, "not known"),
    ("year([a]) * 100 + month([a])", {"a": "2026-03-15"}, 202603),
    ("mod(10, 4)", {}, 2),
    ("mod(-10, 4)", {}, "not known"),
    ("log(100, 10)", {}, 2),
    ("log(exponential(3))", {}, 3),
]


@pytest.mark.parametrize(("text", "values", "expected"), CALCULATIONS)
def test_calculations(
    text: str, values: dict[str, str | None], expected: float | str | None
) -> None:
    result = gives(text, **values)
    if isinstance(expected, (int, float)):
        assert result == pytest.approx(expected, rel=1e-12)
    else:
        assert result == expected


def test_a_stored_value_may_lack_the_last_digits_only() -> None:
    bmi = Calculated(True, 24.691358024691358)
    assert bmi.agrees("24.691358024691")  # 14 digits, as PHP writes them
    assert not bmi.agrees("24.7")
    assert not bmi.agrees("24,691358024691")
    assert not bmi.agrees("high")
    assert bmi.agrees("") is None  # calculated when the form is saved next
    assert Calculated(True, None).agrees("") is True
    assert Calculated(True, None).agrees("24.7") is False
    assert Calculated(False, None).agrees("24.7") is None


NOT_EVALUATED = [
    ("stdev([a], [b])", "function", "stdev"),
    ("Sum([a], [b])", "function", "Sum"),  # names of functions are case sensitive
    ("Math.log([a])", "function", "Math"),
    ("if([a] = 1, 2)", "arguments", "if"),
    ("round()", "order", ")"),
    ("datediff([a], 'today', 'd') > 3", "today", "datediff"),
    ("datediff([a], [b], 'weeks')", "arguments", "datediff"),
    ("datediff([a], [b], [c])", "arguments", "datediff"),
    ("[event-name] = 'enrolment_arm_1'", "smart variable", "[event-name]"),
    ("[previous-event-name][a] = 1", "smart variable", "[previous-event-name][a]"),
    ("[a:label] = 'x'", "smart variable", "[a:label]"),
    ("[a][current-instance] = 1", "smart variable", "[a][current-instance]"),
    ("[a][2] = 1", "instance", "[a][2]"),
    ("[e_arm_1][a][2] = 1", "instance", "[e_arm_1][a][2]"),
    ("[a] == 1", "order", "="),
    ("[a] = \u20181\u2019", "sign", "\u2018"),
    ("[a] = '1", "quote", "'"),
    ("[a = 1", "brackets", "["),
    ("([a] = 1", "brackets", "("),
    ("[a] = 1)", "brackets", ")"),
    ("[a] =", "order", ""),
    ("[a] [b]", "order", "[b]"),
    ("[a] = 1 and", "order", ""),
    ("1 < [a] < 3", "kind", "<"),
    ("[a] and [b] = 1", "kind", "and"),
    ("([a] = 1) + 1", "kind", "+"),
    ("[a] = true", "kind", "="),
    ("-[a]^2", "power", "^"),
    ("2^3^2", "power", "^"),
    ("+[a] = 1", "sign", "+"),
    ("[a], 1", "brackets", ","),
    ("([a], 1)", "order", ","),
    ("sum", "order", ""),
    ("sum [a]", "order", "[a]"),
    ("", "blank", ""),
    ("(" * 10_000, "brackets", "((((("),
    ("1" * 70_000, "length", ""),
]


@pytest.mark.parametrize(("text", "why", "piece"), NOT_EVALUATED)
def test_what_is_not_evaluated_is_named(text: str, why: str, piece: str) -> None:
    logic = parse(text)
    assert isinstance(logic, NotEvaluated)
    assert (logic.why, logic.piece, logic.text) == (why, piece, text)


def test_every_reason_has_words_and_a_case() -> None:
    assert {why for _, why, _ in NOT_EVALUATED} == set(WHY)


@pytest.mark.parametrize(
    "text", ["(" * 60_000, "-" * 60_000 + "1", "1" + "+1" * 30_000, "'" * 60_001, "[a](" * 15_000]
)
def test_hostile_texts_are_read_in_no_time(text: str) -> None:
    start = time.process_time()
    parse(text)
    assert time.process_time() - start < 2


@given(st.text(alphabet="[]()'\"abif,=<>+-*/^ 01and\n#", max_size=60))
def test_no_text_breaks_the_parser(text: str) -> None:
    assert isinstance(parse(text), (Logic, NotEvaluated))


def test_a_box_another_event_and_each_field_once() -> None:
    logic = understood("[meds(2)] = '1' and [enrolment_arm_1][sex(-9)] = 1 or [meds(2)] = 0")
    assert logic.fields == (Field("meds", code="2"), Field("sex", "enrolment_arm_1", "-9"))
    assert logic.gives == "condition"
    assert understood("[a] + 1").gives == "value"


def test_no_rows() -> None:
    assert visible(understood("[a] = 1"), {Field("a"): []}, 0) == []
    assert calculated(understood("[a] + 1"), {Field("a"): []}, 0) == []


def test_a_logic_of_the_wrong_kind_is_not_known() -> None:
    columns = {Field("a"): ["1", "2"]}
    assert visible(understood("[a]"), columns, 2) == [None, None]
    assert calculated(understood("[a] = 1"), columns, 2) == [Calculated(False, None)] * 2


# A tree is written as text in many ways and read back as the same steps.

NAMES = st.sampled_from(["a", "b1", "fiqr_total"])
FIELDS = st.builds(Field, NAMES, st.sampled_from(["", "visit_1_arm_1"]), st.sampled_from(["", "2"]))
LEAVES = st.one_of(
    FIELDS,
    st.builds(Number, st.integers(0, 10_000).map(lambda n: n / 100)),
    st.builds(Text, st.sampled_from(["", "1", "don't", 'say "x"'])),
)
Tree = tuple[Step, ...]


def applied(name: str, *arguments: Tree) -> Tree:
    return (*(step for each in arguments for step in each), Apply(name, len(arguments)))


def grown(values: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    operators = st.sampled_from(["+", "-", "*", "/", "^"])
    return st.one_of(
        st.builds(applied, operators, values, values),
        st.builds(applied, st.just("-"), values),
        st.builds(applied, st.sampled_from(["sum", "mean"]), values, values, values),
        st.builds(
            lambda test, yes, no: applied("if", test, yes, no), comparison(values), values, values
        ),
    )


def comparison(values: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.builds(applied, st.sampled_from(sorted(COMPARISONS)), values, values)


VALUES = st.recursive(LEAVES.map(lambda leaf: (leaf,)), grown, max_leaves=12)
CONDITIONS = st.recursive(
    comparison(VALUES),
    lambda inner: st.builds(applied, st.sampled_from(["and", "or"]), inner, inner),
    max_leaves=6,
)


def written(steps: Tree, spaces: random.Random) -> str:
    """The steps as text, every operator in brackets of its own."""
    parts: list[str] = []
    for step in steps:
        parts.append(written_step(step, parts, spaces))
    (text,) = parts
    return text


def written_step(step: Step, parts: list[str], spaces: random.Random) -> str:
    gap = spaces.choice(["", " ", "\n"])
    match step:
        case Number(value):
            return repr(value)
        case Text(value):
            return f'"{value}"' if "'" in value or spaces.random() < 0.5 else f"'{value}'"
        case Field(name, event, code):
            event = f"[{event}]" if event else ""
            return f"{event}[{name}({code})]" if code else f"{event}[{name}]"
        case Apply(name, arity):
            arguments = parts[-arity:]
            del parts[-arity:]
    if name in ("and", "or"):
        word = spaces.choice([name, name.upper()])
        return f"({arguments[0]} {word} {arguments[1]})"
    if name.isalpha():
        return f"{name}({gap}{f'{gap},'.join(arguments)})"
    if arity == 1:
        return f"({gap}-{arguments[0]})"
    return f"({arguments[0]}{gap}{name}{gap}{arguments[1]})"


@given(st.one_of(VALUES, CONDITIONS), st.integers(0, 2**16))
@settings(max_examples=80)
def test_a_tree_is_written_and_read_back(steps: Tree, seed: int) -> None:
    text = written(steps, random.Random(seed))
    logic = parse(text)
    if 'say "x"' in text and "'" not in text:
        return
    if '"say "x""' in text:
        assert isinstance(logic, NotEvaluated)
    else:
        assert isinstance(logic, Logic)
        assert logic.steps == steps


# Python's own arithmetic is the oracle: the same expression, with Python's operators and brackets
# left out at random, evaluated by `eval`.

NUMBERS = {"a": 3.0, "b": 0.5, "c": -7.25, "d": 12.0}


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> tuple[str, str]:
    """The same expression for REDCap and for Python, without superfluous brackets."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        name = draw(st.sampled_from(sorted(NUMBERS)))
        number = str(draw(st.integers(0, 400)) / 8)
        return draw(st.sampled_from([(f"[{name}]", name), (number, number)]))
    (x, x_python), (y, y_python) = (draw(expressions(depth - 1)) for _ in range(2))
    match draw(st.sampled_from(["+", "-", "*", "/", "()", "neg", "sum", "if", "^"])):
        case "()":
            return f"({x})", f"({x_python})"
        case "neg":
            return f"-({x})", f"-({x_python})"
        case "sum":
            return f"sum({x}, {y})", f"sum(({x_python}, {y_python}))"
        case "if":
            return f"if({x} >= {y}, {x}, 2)", f"(({x_python}) if {x_python} >= {y_python} else 2)"
        case "^":
            return f"({x})^(2)", f"({x_python})**(2)"
        case operator:
            return f"{x} {operator} {y}", f"{x_python} {operator} {y_python}"


def by_python(expression: str) -> float | None:
    try:
        return float(eval(expression, {"__builtins__": {"sum": sum}}, dict(NUMBERS)))
    except (ZeroDivisionError, OverflowError):
        return None


@given(expressions())
@settings(max_examples=80)
def test_numbers_are_those_of_python(pair: tuple[str, str]) -> None:
    text, python = pair
    values = {name: repr(number) for name, number in NUMBERS.items()}
    result, expected = gives(text, **values), by_python(python)
    if expected is None or not math.isfinite(expected):
        assert result == "not known"
    elif result != "not known":
        assert result == pytest.approx(expected, rel=1e-9, abs=1e-9)
    else:
        assert "if(" in text or "/" in text  # noise at the edge of a condition, or a division by 0


@given(expressions(), expressions(), st.sampled_from(sorted(COMPARISONS)))
@settings(max_examples=80)
def test_comparisons_are_those_of_python(
    left: tuple[str, str], right: tuple[str, str], name: str
) -> None:
    values = {name: repr(number) for name, number in NUMBERS.items()}
    result = shown(f"{left[0]} {name} {right[0]}", **values)
    x, y = by_python(left[1]), by_python(right[1])
    operator = {"=": "==", "<>": "!="}.get(name, name)
    if result is not None:
        assert x is not None
        assert y is not None
        assert result is bool(eval(f"x {operator} y", {}, {"x": x, "y": y}))


@given(
    st.lists(st.sampled_from(["", "0", "1", "2.5", None]), min_size=1, max_size=30),
    st.lists(st.sampled_from(["", "0", "1", "2.5", None]), min_size=30, max_size=30),
)
@settings(max_examples=30)
def test_a_row_knows_nothing_of_the_others(x: list[str | None], y: list[str | None]) -> None:
    logic = understood("if([x] = '', 0, [x]) + sum([y], 1) > 2 or [y] <> '1'")
    columns = {Field("x"): x, Field("y"): y[: len(x)]}
    together = visible(logic, columns, len(x))
    alone = [
        visible(logic, {Field("x"): [a], Field("y"): [b]}, 1)[0] for a, b in zip(x, y, strict=False)
    ]
    assert together == alone


PAGE = Path(__file__).parents[3] / "docs" / "howto" / "redcap-logic.md"
ROW = re.compile(r"\| `(.*)` \| (.*) \| (.*) \|")


def test_the_examples_of_the_page() -> None:
    """Each line of its two tables: a logic, the values, and what comes out."""
    lines = PAGE.read_text("utf-8").splitlines()
    rows = [match.groups() for line in lines if (match := ROW.match(line))]
    assert len(rows) == 26
    for text, values, outcome in rows:
        columns = dict(_columns(values))
        logic = understood(text)
        if logic.gives == "condition":
            named = {True: "shown", False: "hidden", None: "not known"}
            assert named[visible(logic, columns, 1)[0]] == outcome, text
        else:
            result = calculated(logic, columns, 1)[0]
            number = "blank" if result.number is None else f"{result.number:g}"
            assert (number if result.known else "not known") == outcome, text


def _columns(values: str) -> Iterator[tuple[Field, list[str | None]]]:
    """The columns of `a 3, b blank`."""
    for part in values.split(", "):
        name, _, value = part.partition(" ")
        plain, _, code = name.rstrip(")").partition("(")
        known: dict[str, str | None] = {"blank": "", "?": None}
        yield Field(plain, code=code), [known.get(value, value)]


def test_the_page_names_every_function() -> None:
    text = PAGE.read_text("utf-8")
    assert [name for name in FUNCTIONS if f"`{name}`" not in text] == []
