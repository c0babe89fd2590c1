"""Text of a branching logic or a calculation -> its steps.

Operators wait on a stack until one that binds less follows (Dijkstra's shunting yard), so that
neither depth nor length of a text costs more than its reading.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from exvivo.read.redcap.logic.grammar import (
    DATE_FORMATS,
    DATES,
    FUNCTIONS,
    RANK,
    UNITS,
    takes,
)
from exvivo.read.redcap.logic.steps import (
    Apply,
    Gives,
    Logic,
    NotEvaluated,
    Number,
    Step,
    Text,
)
from exvivo.read.redcap.logic.tokens import NotReadable, Token, field_of, tokens

_LONGEST, _DEEPEST = 65_535, 250
_DAYS_OF_READING = frozenset({"today", "now"})


def parse(text: str) -> Logic | NotEvaluated:
    """The steps of a logic, or what of it is not evaluated. Never raises."""
    try:
        if len(text) > _LONGEST:
            raise NotReadable("length", "")
        yard = _Yard()
        for token in tokens(text):
            yard.take(token)
        return Logic(text, *yard.closed())
    except NotReadable as reason:
        return reason.of(text)


@dataclass(slots=True)
class _Open:
    """An open bracket; of a function with its name and how many arguments are behind it."""

    function: str = ""
    arguments: int = 0


@dataclass(slots=True)
class _Yard:
    """What is read so far: steps, what each part of them gives, and what still waits."""

    steps: list[Step] = field(default_factory=list)
    parts: list[tuple[Gives, int]] = field(default_factory=list)
    """Of each finished part: what it gives and the place of its first step."""
    waiting: list[str | _Open] = field(default_factory=list)
    depth: int = 0
    function: str = ""
    operand_next: bool = True

    def take(self, token: Token) -> None:
        """One token more."""
        if self.function and token.text != "(":
            raise NotReadable("order", token.text)
        match token.kind:
            case "number":
                self._operand(token, Number(float(token.text)))
            case "text":
                self._operand(token, Text(token.text[1:-1]))
            case "fields":
                self._operand(token, field_of(token.text))
            case "word":
                self._word(token)
            case _:
                self._sign(token)

    def _operand(self, token: Token, step: Step, gives: Gives = "value") -> None:
        self._expect(token, operand=True)
        self.parts.append((gives, len(self.steps)))
        self.steps.append(step)
        self.operand_next = False

    def _expect(self, token: Token, *, operand: bool) -> None:
        if self.operand_next != operand:
            raise NotReadable("order", token.text)

    def _word(self, token: Token) -> None:
        word = token.text.lower()
        if word in ("and", "or"):
            self._operator(token, word)
        elif word in ("true", "false"):
            self._operand(token, Text(word), "flag")
        elif token.text in FUNCTIONS:
            self._expect(token, operand=True)
            self.function = token.text
        else:
            raise NotReadable("function", token.text)

    def _sign(self, token: Token) -> None:
        match token.text:
            case "(":
                self._open(token)
            case ")":
                self._close(token)
            case ",":
                self._comma(token)
            case "-" if self.operand_next:
                self.waiting.append("minus")
            case "+" if self.operand_next:
                raise NotReadable("sign", token.text)
            case _:
                self._operator(token, "<>" if token.text == "!=" else token.text)

    def _open(self, token: Token) -> None:
        self._expect(token, operand=True)
        self.depth += 1
        if self.depth > _DEEPEST:
            raise NotReadable("brackets", "(" * 5)
        self.waiting.append(_Open(self.function))
        self.function = ""

    def _operator(self, token: Token, name: str) -> None:
        self._expect(token, operand=False)
        if name == "^" and self.waiting and self.waiting[-1] in ("^", "minus"):
            raise NotReadable("power", "^")
        self._apply_until(RANK[name])
        self.waiting.append(name)
        self.operand_next = True

    def _apply_until(self, rank: int) -> None:
        """Applies what waits and binds at least as close, back to the last open bracket."""
        while self.waiting:
            name = self.waiting[-1]
            if isinstance(name, _Open) or RANK[name] < rank:
                return
            self.waiting.pop()
            self._apply(name)

    def _apply(self, name: str) -> None:
        needed, gives = takes(name)
        arity = 1 if name == "minus" else 2
        if any(part != needed for part, _ in self.parts[-arity:]):
            raise NotReadable("kind", "-" if name == "minus" else name)
        self._join(Apply("-" if name == "minus" else name, arity), gives)

    def _join(self, step: Apply, gives: Gives) -> None:
        start = self.parts[-step.arity][1]
        del self.parts[-step.arity :]
        self.parts.append((gives, start))
        self.steps.append(step)

    def _comma(self, token: Token) -> None:
        self._expect(token, operand=False)
        bracket = self._inside(token)
        if not bracket.function:
            raise NotReadable("order", ",")
        bracket.arguments += 1
        self.operand_next = True

    def _inside(self, token: Token) -> _Open:
        """The bracket that is open, with all behind it applied."""
        self._apply_until(0)
        if not self.waiting:
            raise NotReadable("brackets", token.text)
        bracket = self.waiting[-1]
        assert isinstance(bracket, _Open)
        return bracket

    def _close(self, token: Token) -> None:
        self._expect(token, operand=False)
        bracket = self._inside(token)
        self.waiting.pop()
        self.depth -= 1
        if bracket.function:
            self._call(bracket.function, bracket.arguments + 1)

    def _call(self, name: str, arity: int) -> None:
        function = FUNCTIONS[name]
        if not function.least <= arity <= function.most:
            raise NotReadable("arguments", name)
        arguments = self.parts[-arity:]
        if name in DATES:
            self._check_dates(name, arguments)
        elif any(kind != function.kind(at) for at, (kind, _) in enumerate(arguments)):
            raise NotReadable("kind", name)
        self._join(Apply(name, arity), function.gives)

    def _check_dates(self, name: str, arguments: list[tuple[Gives, int]]) -> None:
        """What follows the dates must stand there in words: a unit, a format, true or false."""
        starts = [start for _, start in arguments] + [len(self.steps)]
        alone = [self.steps[start] if end - start == 1 else None for start, end in pairwise(starts)]
        words = [step.value if isinstance(step, Text) else "" for step in alone]
        if _DAYS_OF_READING & set(words):
            raise NotReadable("today", name)
        dates = 1 if name in ("year", "month", "day") else 2
        if any(kind != "value" for kind, _ in arguments[:dates]):
            raise NotReadable("kind", name)
        if tuple(words[dates:]) not in _OPTIONS[name]:
            raise NotReadable("arguments", name)

    def closed(self) -> tuple[tuple[Step, ...], Gives]:
        """The steps when all is read, and what they give."""
        if not self.steps and not self.waiting and not self.function:
            raise NotReadable("blank", "")
        if self.operand_next or self.function:
            raise NotReadable("order", "")
        self._apply_until(0)
        if self.waiting:
            raise NotReadable("brackets", "(")
        gives = self.parts[-1][0]
        if gives == "flag":
            raise NotReadable("kind", "")
        return tuple(self.steps), gives


_FLAGS: tuple[tuple[str, ...], ...] = ((), ("true",), ("false",))
_OPTIONS: dict[str, frozenset[tuple[str, ...]]] = {
    **dict.fromkeys(("year", "month", "day"), frozenset({()})),
    "age_at_date": frozenset({(), ("false",)}),
    "datediff": frozenset(
        (unit, *order, *flag)
        for unit in UNITS
        for order in ((), *((order,) for order in DATE_FORMATS))
        for flag in _FLAGS
    ),
}
"""What may follow the dates of a function. A decimal age is not documented to the last digit."""
