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
