"""How adapters keep their place between two calls: the fields of a small record, as JSON text in the job's row."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def fields_of(text: str | None) -> dict[str, Any]:
    """What a cursor holds; one that can't be read holds nothing, so the job starts anew.

    What comes twice then changes nothing. The values may be of any type.
    """
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def dump(place: DataclassInstance) -> str:
    """The cursor of a place, without what is empty."""
    return json.dumps({name: value for name, value in asdict(place).items() if value})


def is_number(value: object) -> bool:
    """Whether it is a time in seconds since 1970, or 0."""
    return type(value) in (int, float) and 0 <= float(str(value)) < 1e11


def whole(value: object) -> int:
    """A count, or 0."""
    return value if type(value) is int and 0 <= value < 10**9 else 0


def texts(value: object) -> tuple[str, ...]:
    """The texts of a list; none of what is no list."""
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
