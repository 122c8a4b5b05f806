"""Reading a query that a person typed.

``word "several words" -without field:value field:value,other`` — all must hold; the fields are in ``FIELDS``.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from smdash.core.clock import EARLIEST, LATEST
from smdash.core.errors import InputError
from smdash.core.networks import CODES
from smdash.core.query.terms import FIELD, PRIORITY_WORDS, STATES, Bound, Moment, Query, Term, Value, needs_quotes
from smdash.core.query.words import lowered
from smdash.core.records import MentionKind
from smdash.core.text import clean
from smdash.locale import gettext as _

# What is longer was pasted by mistake; each term costs the search something.
LONGEST = 1_000
MOST_TERMS = 40
_LONGEST_AGO = timedelta(days=36_525)
_HIGHEST = 2**62

IS = (
    *STATES, "any", "mine", "unassigned", "assigned", "overdue", "starred", "answered", "urgent", "woke", "queued",
)  # fmt: skip
KINDS = tuple(kind.value for kind in MentionKind)
FIELDS = (
    "is", "from", "platform", "account", "kind", "label", "assignee", "priority", "before", "after", "followers",
)  # fmt: skip

_BOUND = re.compile(r"(>=|<=|>|<|=)?(\d{1,18})", re.ASCII)
_AGO = re.compile(r"(\d{1,5})([wdhm])", re.ASCII | re.IGNORECASE)
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}


class QueryError(InputError):
    """What was typed is no query; ``at`` and ``length`` say where in the text it is wrong (characters)."""

    def __init__(self, message: str, at: int, length: int) -> None:
        super().__init__(message)
        self.at = at
        self.length = length


class Names(NamedTuple):
    """The names that a query can mean on this desk; ``finding.names`` reads them."""

    platforms: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    # Accounts written ``platform/name``.
    profiles: tuple[str, ...] = ()


class Piece(NamedTuple):
    """A stretch of the text: its place, what stands there, and whether that stood in quotes."""

    at: int
    text: str
    quoted: bool = False

    @property
    def length(self) -> int:
        return len(self.text) + 2 * self.quoted


def parse(text: str, names: Names | None = None) -> Query:
    """Read a query. Names of accounts and members are checked where *names* are given.

    A label may be one that nobody has used yet. Raises QueryError.
    """
    text = tidy(text)
    if len(text) > LONGEST:
        raise QueryError(_("a query has at most {most} characters").format(most=LONGEST), LONGEST, len(text) - LONGEST)
    terms = tuple(_terms(text, names))
    if len(terms) > MOST_TERMS:
        raise QueryError(_("a query has at most {most} terms").format(most=MOST_TERMS), 0, len(text))
    return Query(terms)


def tidy(text: str) -> str:
    """The text without what a terminal would obey, on one line."""
    return clean(text, limit=2 * LONGEST).replace("\n", " ")


def _terms(text: str, names: Names | None) -> Iterator[Term]:
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        negated = text[at] == "-"
        began, at = at, at + negated
        if at == len(text) or text[at].isspace():
            raise QueryError(_("expected a word or a field right after “-”"), began, 1)
        if text[at] == '"':
            piece, at = _quoted(text, at)
            yield Term("", (_words(piece),), negated)
        elif head := FIELD.match(text, at):
            field = head[1].lower()
            if field not in FIELDS:
                raise QueryError(_unknown_field(head[1]), at, len(head[1]) + 1)
            pieces, at = _values(text, head.end())
            yield Term(field, _meant(field, pieces, names, Piece(head.start(), head[0])), negated)
        else:
            piece, at = _bare(text, at, "")
            yield Term("", (_words(piece),), negated)


def _quoted(text: str, at: int) -> tuple[Piece, int]:
    end = text.find('"', at + 1)
    if end < 0:
        raise QueryError(_('this quote is not closed; end it with “"”'), at, len(text) - at)
    return Piece(at, text[at + 1 : end], quoted=True), end + 1


def _bare(text: str, at: int, stops: str) -> tuple[Piece, int]:
    end = at
    while end < len(text) and not text[end].isspace() and text[end] not in stops:
        end += 1
    return Piece(at, text[at:end]), end


def _values(text: str, at: int) -> tuple[list[Piece], int]:
    """The values after a field, parted by commas."""
    pieces = []
    while True:
        piece, at = _quoted(text, at) if text[at : at + 1] == '"' else _bare(text, at, ",")
        pieces.append(piece)
        if text[at : at + 1] != ",":
            return pieces, at
        at += 1


def _words(piece: Piece) -> str:
    found = _without_at(_trimmed(piece.text))
    if not found:
        raise QueryError(_("expected a word between the quotes"), piece.at, piece.length)
    return _writable(found, piece)


def _writable(text: str, piece: Piece) -> str:
    """The same text, if it can be written again: what holds a quote can't be put into quotes. Raises QueryError."""
    if '"' in text and (text[0] == '"' or needs_quotes(text)):
        raise QueryError(_("a quote is expected at the beginning of a text, not within it"), piece.at, piece.length)
    return text


def _trimmed(text: str) -> str:
    """One line without space or joiners at its ends, which cleaning would drop elsewhere in a text."""
    while (found := " ".join(text.split()).strip("\u200c\u200d")) != text:
        text = found
    return text


def _without_at(text: str) -> str:
    """A word or handle without the @ that screens put before it themselves."""
    rest = _trimmed(text.lstrip("@"))
    # A quote in the midst stays behind a sign, else it could not be written again.
    return rest if rest and '"' not in rest else text


def _unknown_field(name: str) -> str:
    if near := difflib.get_close_matches(name.lower(), FIELDS, 1):
        return _("there is no field “{name}”; did you mean {near}?").format(name=name, near=near[0] + ":")
    return _("there is no field “{name}”; expected one of {known}, or the text in quotes").format(
        name=name, known=", ".join(FIELDS)
    )


def _meant(field: str, pieces: list[Piece], names: Names | None, head: Piece) -> tuple[Value, ...]:
    """The values by their own names. Raises QueryError."""
    found: dict[str, Value] = {}
    for piece in pieces:
        typed = _trimmed(piece.text)
        if not typed:
            raise QueryError(
                _("expected a value after “{field}:”, such as {example}").format(field=field, example=_EXAMPLES[field]),
                head.at, max(piece.at + piece.length - head.at, 1),
            )  # fmt: skip
        if typed[0] == '"':
            _writable(typed, piece)
        try:
            value = _READERS[field](typed, names)
        except InputError as problem:
            raise QueryError(str(problem), piece.at, piece.length) from problem
        found.setdefault(str(value), value)
    return tuple(found.values())


_EXAMPLES = {
    "is": "is:mine",
    "from": "from:@rina",
    "platform": "platform:instagram",
    "account": "account:kopi",
    "kind": "kind:comment",
    "label": "label:complaint",
    "assignee": "assignee:none",
    "priority": "priority:urgent",
    "before": "before:2d",
    "after": "after:2026-11-23",
    "followers": "followers:>=1000",
}


def _one_of(typed: str, known: Iterable[str], field: str) -> str:
    names = list(known)
    for name in names:
        if lowered(name) == lowered(typed):
            return name
    raise InputError(_not_known(typed, names, field))


def _not_known(typed: str, names: list[str], field: str) -> str:
    close = {lowered(name): name for name in names}
    if near := difflib.get_close_matches(lowered(typed), close, 2):
        return _("“{typed}” is nothing that {field} knows; did you mean {near}?").format(
            typed=typed, field=f"{field}:", near=", ".join(close[one] for one in near)
        )
    shown = ", ".join(sorted(names)[:20]) + ("…" if len(names) > 20 else "")
    return _("“{typed}” is nothing that {field} knows; expected one of {known}").format(
        typed=typed, field=f"{field}:", known=shown or "–"
    )


def _is(typed: str, _names: Names | None) -> Value:
    return _one_of(typed, IS, "is")


def _kind(typed: str, _names: Names | None) -> Value:
    return _one_of(typed, KINDS, "kind")


def _from(typed: str, _names: Names | None) -> Value:
    return _without_at(typed)


def _label(typed: str, _names: Names | None) -> Value:
    return typed


def platforms(names: Names | None) -> list[str]:
    """The networks that can be named: those that smdash knows, and those of the accounts."""
    return list(dict.fromkeys((*CODES, *(names.platforms if names else ()))))


def _platform(typed: str, names: Names | None) -> Value:
    known = platforms(names)
    small = lowered(typed)
    for name in known:
        if small in (lowered(name), CODES.get(name, name).lower()):
            return name
    # "facebook" is enough for facebook_page.
    begun = [name for name in known if len(small) > 2 and lowered(name).startswith(small)]
    if len(begun) == 1:
        return begun[0]
    raise InputError(_not_known(typed, known, "platform"))


def _account(typed: str, names: Names | None) -> Value:
    return typed if names is None else _one_of(typed, names.accounts, "account")


def _assignee(typed: str, names: Names | None) -> Value:
    typed = _without_at(typed)
    if lowered(typed) in ("me", "none"):
        return lowered(typed)
    return typed if names is None else _one_of(typed, (*names.logins, "me", "none"), "assignee")


def _priority(typed: str, _names: Names | None) -> Value:
    if lowered(typed) in PRIORITY_WORDS:
        return Bound("=", PRIORITY_WORDS.index(lowered(typed)))
    if (match := _BOUND.fullmatch(typed)) and int(match[2]) < _HIGHEST:
        return Bound(match[1] or "=", int(match[2]))
    raise InputError(
        _("“{typed}” is no priority; expected {words}, a number or such as >=1").format(
            typed=typed, words=", ".join(PRIORITY_WORDS)
        )
    )


def _followers(typed: str, _names: Names | None) -> Value:
    if (match := _BOUND.fullmatch(typed)) and int(match[2]) < _HIGHEST:
        return Bound(match[1] or "=", int(match[2]))
    raise InputError(_("“{typed}” is no number of followers; expected such as >=1000").format(typed=typed))


def _moment(typed: str, _names: Names | None) -> Value:
    if match := _AGO.fullmatch(typed):
        ago = timedelta(**{_UNITS[match[2].lower()]: int(match[1])})
        if ago <= _LONGEST_AGO:
            return Moment(f"{int(match[1])}{match[2].lower()}", ago=ago)
    try:
        wall = datetime.fromisoformat(typed)
    except ValueError:
        wall = None
    if wall is None or not EARLIEST.year < wall.year < LATEST.year:
        raise InputError(
            _('“{typed}” is no time; expected such as 2d, 3h, 1w, 2026-11-23 or "2026-11-23 14:30"').format(typed=typed)
        )
    whole_day = len(typed) <= 10
    wall = wall.replace(microsecond=0)
    shown = wall.date().isoformat() if whole_day else wall.isoformat(" ", "seconds" if wall.second else "minutes")
    return Moment(shown, wall=wall, whole_day=whole_day)


_READERS: dict[str, Callable[[str, Names | None], Value]] = {
    "is": _is,
    "from": _from,
    "platform": _platform,
    "account": _account,
    "kind": _kind,
    "label": _label,
    "assignee": _assignee,
    "priority": _priority,
    "before": _moment,
    "after": _moment,
    "followers": _followers,
}
