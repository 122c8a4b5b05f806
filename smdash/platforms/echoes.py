"""A server that repeats a token in what it sends must not get it into the shared database.

Only the exact values that were sent count here: what merely looks like a secret is somebody's text, and is kept.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from smdash.platforms import redact

T = TypeVar("T")


def without_echoes(found: T) -> T:
    """The same records with every secret that was ever sent taken out of their texts."""
    if not redact.knows_any():
        return found
    cleaned: T = _clean(found)
    return cleaned


def _clean(one: Any) -> Any:
    if isinstance(one, str):
        # A word of an enumeration is ours.
        return redact.hide(one) if type(one) is str else one
    if isinstance(one, tuple):
        parts = [_clean(part) for part in one]
        if all(new is old for new, old in zip(parts, one, strict=True)):
            return one
        return type(one)(*parts) if hasattr(one, "_fields") else tuple(parts)
    if isinstance(one, list):
        return [_clean(part) for part in one]
    if is_dataclass(one) and not isinstance(one, type):
        named = {field.name: _clean(getattr(one, field.name)) for field in fields(one)}
        changed = {name: part for name, part in named.items() if part is not getattr(one, name)}
        return replace(one, **changed) if changed else one
    return one
