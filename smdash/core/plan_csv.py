"""The plan as CSV (RFC 4180): what a spreadsheet would run is neutralised on the way out, and put back on the way in.

Spreadsheets differ in how they save: with commas, semicolons (where a comma parts decimals) or tabs, with a byte order
mark or in UTF-16. All of these are read; what is not Unicode is a bad line, since guessing would publish wrong letters.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo

from smdash.core import plan
from smdash.core.clock import find_zone
from smdash.core.csv_cells import neutral, restored
from smdash.core.errors import InputError
from smdash.core.plan import COLUMNS, NEEDED, Bad, Content, Line
from smdash.core.records import Category, Format, Post
from smdash.core.text import clean, clean_name
from smdash.locale import gettext as _

_SEPARATORS = (",", ";", "\t")
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
_MOST_CELL = 100_000


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
        text = _decode(data)
        self._rows = _Rows(text, *_separator(text))
        header = next(self._rows, None)
        if header is None or isinstance(header, Bad):
            raise InputError(_("there is no line of headings; expected: {columns}").format(columns=", ".join(COLUMNS)))
        self._names = [_name(cell) for cell in header[1]]
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
        if any(_NOT_UTF8.search(cell) for cell in cells):
            raise InputError(_("it has letters that are not UTF-8; save the file as “CSV UTF-8” and import it again"))
        # Even where the last ones are empty: a text that was cut at its comma must not go out.
        if len(cells) > len(self._names):
            raise InputError(
                _("it has {n} cells; expected {most}: is a text with a comma or semicolon without quotes?").format(
                    n=len(cells), most=len(self._names)
                )
            )
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


def _name(cell: str) -> str:
    return clean_name(restored(cell)).casefold().replace(" ", "_")


def _decode(data: bytes) -> str:
    """The text; bytes that are no UTF-8 stay as lone surrogates, so that their line can be named."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")


def _separator(text: str) -> tuple[str, int]:
    """What parts the cells, and how many lines to pass over: a first line such as ``sep=;`` says it outright."""
    first, _break, rest = text.partition("\n")
    if said := re.fullmatch(r'"?sep=(.)"?\r?', first):
        return said[1], 1
    heading = first if first.strip() else rest.lstrip().partition("\n")[0]
    return max(_SEPARATORS, key=lambda one: sum(_name(cell.strip('"')) in COLUMNS for cell in heading.split(one))), 0


class _Rows(Iterator["tuple[int, list[str]] | Bad"]):
    """Numbered rows; the number is that of the row's first line. Empty lines are passed over."""

    def __init__(self, text: str, separator: str, skip: int) -> None:
        self._source = io.StringIO(text, newline="")
        for _line in range(skip):
            self._source.readline()
        self._skipped = skip
        self._reader = csv.reader(self._source, delimiter=separator, strict=True)
        self._over = False

    def __next__(self) -> tuple[int, list[str]] | Bad:
        while not self._over:
            number = self._reader.line_num + self._skipped + 1
            # The limit is the whole process's, and nothing else here reads CSV.
            before = csv.field_size_limit(_MOST_CELL)
            try:
                cells = next(self._reader)
            except csv.Error as problem:
                return self._bad(number, str(problem))
            finally:
                csv.field_size_limit(before)
            if any(cell.strip() for cell in cells):
                return number, cells
        raise StopIteration

    def _bad(self, number: int, problem: str) -> Bad:
        if "field larger" in problem or "end of data" in problem:
            # Where the cell ends is anybody's guess; lines of a text must not be taken for posts.
            self._over = True
            return Bad(number, _("a quotation mark is opened and not closed; nothing from here on was read"))
        return Bad(number, _("a quotation mark stands inside a cell; write it twice, and the cell in quotes"))
