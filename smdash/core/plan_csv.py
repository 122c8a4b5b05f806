"""The plan as CSV (RFC 4180): posts as lines, with an apostrophe before what a spreadsheet would run.

What is not Unicode is a bad line, since guessing would publish wrong letters.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo

from smdash.core import csv_text, plan
from smdash.core.clock import find_zone
from smdash.core.csv_text import neutral as neutral
from smdash.core.csv_text import restored as restored
from smdash.core.errors import InputError
from smdash.core.plan import COLUMNS, NEEDED, Bad, Content, Line
from smdash.core.records import Category, Format, Post
from smdash.core.text import clean, clean_name
from smdash.locale import gettext as _


def write(posts: Sequence[Post], zone: tzinfo, *, separator: str = ",") -> str:
    """A header and a line a post. Times are wall times with their offset, in the post's zone, else in *zone*."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for post in posts:
        content = plan.of_post(post)
        where = _zone_of(post, zone)
        cells = (
            str(post.id), time_text(post.due_at, where), plan.write_accounts(content.accounts), post.category.value,
            post.format.value, post.campaign or "", post.offer or "", time_text(post.offer_until, where), post.body,
            post.shown, plan.file_key(post),
        )  # fmt: skip
        writer.writerow([neutral(clean(cell)) for cell in cells])
    return out.getvalue()


def time_text(instant: datetime | None, zone: tzinfo) -> str:
    """ISO 8601 with the offset of the zone; empty for nothing."""
    if instant is None:
        return ""
    return instant.astimezone(zone).isoformat(timespec="milliseconds" if instant.microsecond else "seconds")


def _zone_of(post: Post, zone: tzinfo) -> tzinfo:
    try:
        return find_zone(post.due_zone) if post.due_zone else zone
    except InputError:
        return zone


class Reader:
    """The lines of a CSV file. ``passed_over`` are columns that mean nothing here.

    *accounts* and *category* are for lines that name none. Raises InputError for what is no such file at all.
    """

    def __init__(self, data: bytes, zone: tzinfo, *, accounts: tuple[str, ...] = (), category: str = "") -> None:
        self._zone = zone
        self._accounts = accounts
        self._category = category
        text = csv_text.decode(data)
        self._rows = csv_text.Rows(text, *csv_text.separator(text, COLUMNS))
        header = next(self._rows, None)
        if header is None or isinstance(header, Bad):
            raise InputError(_("there is no line of headings; expected: {columns}").format(columns=", ".join(COLUMNS)))
        self._names = [csv_text.heading(cell) for cell in header[1]]
        missing = [name for name in NEEDED if name not in self._names]
        twice = sorted({name for name in self._names if name in COLUMNS and self._names.count(name) > 1})
        if missing or twice:
            what = _("the column “{name}” is missing") if missing else _("the column “{name}” is there twice")
            raise InputError(
                _("line {line}: {reason}").format(
                    line=header[0],
                    reason=_("{what}; expected headings such as {columns}").format(
                        what=what.format(name=(missing or twice)[0]), columns=", ".join(COLUMNS)
                    ),
                )
            )
        self.passed_over = [name for name in self._names if name and name not in COLUMNS]
        # Only our own files have that column, and only there an apostrophe in front is ours.
        self._own = "key" in self._names

    def __iter__(self) -> Iterator[Line | Bad]:
        for row in self._rows:
            if isinstance(row, Bad):
                yield row
                continue
            number, cells = row
            try:
                yield self._line(number, cells)
            except InputError as problem:
                yield Bad(number, str(problem))

    def _line(self, number: int, cells: list[str]) -> Line:
        csv_text.refuse_odd(cells, len(self._names))
        found = {name: cell for name, cell in zip(self._names, cells, strict=False) if name in COLUMNS}
        if self._own:
            found = {name: restored(cell) for name, cell in found.items()}
        return read_line(number, found, self._zone, accounts=self._accounts, category=self._category)


def read_line(
    number: int, cells: Mapping[str, str], zone: tzinfo, *, accounts: tuple[str, ...] = (), category: str = ""
) -> Line:
    """One post of its cells by column; what is missing counts as empty. Raises InputError."""

    def cell(name: str) -> str:
        return cells.get(name, "")

    key, base = plan.own_key(cell("key").strip())
    due_at, due_bare = plan.read_time(cell("due_at"), "due_at", zone)
    until, until_bare = plan.read_time(cell("offer_until"), "offer_until", zone)
    wish, over = plan.read_state(cell("state"))
    content = Content(
        accounts=plan.read_accounts(cell("accounts")) or accounts,
        due_at=due_at,
        category=Category(plan.read_choice(cell("category"), "category", Category, category)),
        format=Format(plan.read_choice(cell("format"), "format", Format, Format.TEXT)),
        campaign=clean_name(cell("campaign")) or None,
        offer=clean(cell("offer")).strip() or None,
        offer_until=until,
        body=plan.read_body(cell("body")),
    )
    return Line(number, _id(cell("id")), key, base, content, wish, over, due_bare or until_bare)


def _id(text: str) -> int | None:
    word = text.strip()
    if not word:
        return None
    if not (word.isascii() and word.isdigit()) or len(word) > 18:
        raise InputError(
            _("“{field}” is “{text}”; expected a number, or nothing").format(field="id", text=clean_name(word))
        )
    return int(word)
