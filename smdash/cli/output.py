"""Printing: tables for people, JSON for programs, one sentence for errors."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import click

from smdash.core.clock import encode_optional
from smdash.core.text import clean, one_line

# JSON itself escapes C0 only: DEL, C1, line separators, bidi controls and lone surrogates are left.
_OBEYED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def error(message: str) -> None:
    """One plain sentence (or one a line) on stderr; whatever it quotes can't reach the terminal as a command."""
    click.echo(f"smdash: {clean(message)}", err=True)


def say(message: str) -> None:
    """A line for people, on stdout."""
    click.echo(clean(message))


def note(message: str) -> None:
    """A remark for people that must not mix with the output."""
    click.echo(clean(message), err=True)


def dump(value: Any) -> None:
    """JSON for programs; text stays readable, and what a terminal would obey is written as escapes."""
    sys.stdout.write(text_of(value, ascii_only=not _utf8()))
    sys.stdout.write("\n")


def text_of(value: Any, *, ascii_only: bool = False) -> str:
    """What ``dump`` prints, without the line break."""
    text = json.dumps(value, ensure_ascii=ascii_only, indent=None)
    if text.isascii() and text.isprintable():
        return text
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _utf8() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def time(instant: datetime | None) -> str | None:
    """An instant as JSON carries it (UTC)."""
    return encode_optional(instant)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Aligned columns; the last one is cut at the terminal's width."""
    import shutil

    from wcwidth import wcswidth, wcwidth

    def width(text: str) -> int:
        found = wcswidth(text)
        return found if found >= 0 else len(text)

    def cut(text: str, room: int) -> str:
        if width(text) <= room:
            return text
        used, kept = 0, []
        for character in text:
            used += max(wcwidth(character), 0)
            if used > room - 1:
                break
            kept.append(character)
        return "".join(kept) + "…"

    lines = [[one_line(clean("" if cell is None else str(cell))) for cell in row] for row in rows]
    if not lines:
        return
    widths = [max(width(line[column]) for line in [list(headings), *lines]) for column in range(len(headings))]
    room = shutil.get_terminal_size((10_000, 24)).columns if sys.stdout.isatty() else 10_000
    last_room = max(room - sum(widths[:-1]) - 2 * (len(widths) - 1), 10)
    for line in [list(headings), *lines]:
        cells = [text + " " * (wide - width(text)) for text, wide in zip(line[:-1], widths, strict=False)]
        click.echo("  ".join([*cells, cut(line[-1], last_room)]).rstrip())


def ids(found: Iterable[int]) -> None:
    """One id a line (``-q``)."""
    for one in found:
        click.echo(one)
