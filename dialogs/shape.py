"""A file's value as typed values, or sentences saying what does not fit where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from dialogs.source import Problem, Source, did_you_mean

_Kind = TypeVar("_Kind")

_SAID = {
    "string_type": "should be text; put it in quotes",
    "int_type": "should be a whole number",
    "int_parsing": "should be a whole number",
    "int_from_float": "should be a whole number",
    "bool_type": "should be true or false",
    "bool_parsing": "should be true or false",
    "dict_type": "should hold names with a value each",
    "mapping_type": "should hold names with a value each",
    "dataclass_type": "should hold names with a value each",
    "tuple_type": "should be a list, one per line, each after a dash",
}


class Misshapen(Exception):
    """A value does not fit. `problems` holds everything that does not."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def shape(value: Any, kind: type[_Kind], source: Source, *place: str | int) -> _Kind:
    """`value`, found at `place` of `source`, as `kind`: dataclasses, mappings, tuples and text."""
    try:
        wanted: Any = kind  # mypy does not hold a type to be hashable
        shaped: _Kind = _adapter(wanted).validate_python(value)
        return shaped
    except ValidationError as error:
        problems = []
        for one in error.errors(include_url=False):
            where = tuple(key for key in one["loc"] if key != "[key]")
            sentence = _sentence(one["type"], one["msg"], one["input"], where, kind)
            problems.append(source.problem(sentence, *place, *where))
        raise Misshapen(problems) from None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # building one costs more than using it
    return TypeAdapter(kind)


def _sentence(found: str, said: str, value: Any, where: tuple[str | int, ...], kind: Any) -> str:
    key = next((str(part) for part in reversed(where) if isinstance(part, str)), "")
    if found in ("missing", "missing_argument"):
        return f'"{key}" is missing'
    if found in ("unexpected_keyword_argument", "extra_forbidden"):
        return f'there is no "{key}" here{did_you_mean(key, _names(kind, where[:-1]))}'
    if value is None:
        return f'"{key}" is empty' if key else "this file is empty"
    if found.startswith("date"):
        return f'"{key}" should be a date such as 2026-11-22'
    if found.startswith("time"):
        return f'"{key}" should be a time such as 08:30'
    return f'"{key}" {_SAID.get(found, said[:1].lower() + said[1:])}'.removeprefix('"" ')


def _names(kind: Any, where: tuple[str | int, ...]) -> Iterator[str]:
    """The names that the dataclass at `where` knows."""
    for part in where:
        if is_dataclass(kind):
            kind = get_type_hints(kind).get(str(part))
        else:  # a mapping or a tuple of one kind: any key leads to its values
            kind = next((one for one in reversed(get_args(kind)) if one is not Ellipsis), None)
    if is_dataclass(kind):
        yield from (one.name for one in fields(kind))
