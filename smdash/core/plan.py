"""Posts as files carry them: a line of CSV or an event of a calendar, and what tells that two are the same."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from smdash.core.clock import EPOCH, encode_optional, parse_when
from smdash.core.errors import InputError
from smdash.core.records import Category, Format, Post, PostState
from smdash.core.text import BODY_LIMIT, clean, clean_name
from smdash.locale import gettext as _

COLUMNS = (
    "id", "due_at", "accounts", "category", "format", "campaign", "offer", "offer_until", "body", "state", "key",
)  # fmt: skip
NEEDED = ("body",)
# A year's plan of a busy team is a fiftieth of it (bytes).
FILE_LIMIT = 20_000_000
# What a file may ask for; what became of a post is not for a file to say.
_WISHES: dict[str, PostState | None] = {
    "": None, "ready": None, "scheduled": None,
    "idea": PostState.IDEA, "draft": PostState.DRAFT, "review": PostState.REVIEW,
}  # fmt: skip
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d[:.]\d\d(?:[:.]\d\d(?:[.,]\d{1,6})?)?\s*(?:Z|[+-]\d\d:?\d\d)?", re.IGNORECASE
)
_OWN_KEY = re.compile(r"([a-z][0-9a-f]{20,40})\.([0-9a-f]{16})")
_PLAIN_NAME = re.compile(r"[\w.@/+-]+")


class Content(NamedTuple):
    """All that a person plans of a post. ``accounts`` are written ``platform/name``; times are UTC."""

    accounts: tuple[str, ...]
    due_at: datetime | None
    category: Category
    format: Format
    campaign: str | None
    offer: str | None
    offer_until: datetime | None
    body: str

    @property
    def digest(self) -> str:
        """The same for what a reader would call the same plan."""
        plain = [
            sorted(self.accounts), _second(self.due_at), self.category, self.format, self.campaign, self.offer,
            _second(self.offer_until), self.body,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:16]


def _second(instant: datetime | None) -> str | None:
    """Calendars know no parts of a second."""
    return encode_optional(instant and instant.replace(microsecond=0))


class Line(NamedTuple):
    """A post of a file: ``number`` is that of its first line there.

    ``key`` names the post, where the file knows a name for it, and ``base`` is the digest that it had when the file was
    written. Accounts are as somebody wrote them. ``wish`` is the state asked for, ``over`` one that only says what
    became of the post. ``zoneless`` tells that a time had no zone.
    """

    number: int
    id: int | None
    key: str | None
    base: str | None
    content: Content
    wish: PostState | None
    over: str | None
    zoneless: bool


class Bad(NamedTuple):
    """A line that can't be taken in, and why."""

    number: int
    reason: str


def of_post(post: Post) -> Content:
    """What a post holds now; texts are as a file would give them back."""
    return Content(
        tuple(f"{platform}/{name}" for platform, name in post.accounts), post.due_at, post.category, post.format,
        clean_name(post.campaign or "") or None, clean(post.offer or "").strip() or None, post.offer_until,
        clean(post.body).strip(),
    )  # fmt: skip


def file_key(post: Post) -> str:
    """The name of a post in a file, with the digest of what stands there; empty where it has no name."""
    return f"{post.key}.{of_post(post).digest}" if post.key else ""


def own_key(text: str) -> tuple[str | None, str | None]:
    """What ``file_key`` wrote, taken apart; nothing for an empty text. Raises InputError."""
    if not text:
        return None, None
    if match := _OWN_KEY.fullmatch(text):
        return match[1], match[2]
    raise InputError(
        _("“{field}” is “{text}”; it is smdash's own: leave it as it was exported, or empty").format(
            field="key", text=clean_name(text)
        )
    )


def foreign_key(mark: str, text: str) -> str:
    """A name for what has none of ours, the same at each reading."""
    return mark + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]


def read_body(text: str) -> str:
    """The text of a post. Raises InputError for none and for one that is longer than any that is kept."""
    body = clean(text, limit=BODY_LIMIT * 2).strip()
    if not body:
        raise InputError(_("“{field}” is empty").format(field="body"))
    if len(body) > BODY_LIMIT:
        raise InputError(
            _("“{field}” has {n} characters; expected {most} at most").format(
                field="body", n=len(body), most=BODY_LIMIT
            )
        )
    return body


def read_time(text: str, field: str, zone: tzinfo) -> tuple[datetime | None, bool]:
    """A time of a file, and whether it had no zone and so is wall time in *zone*; nothing for an empty text.

    Day and month in another order are refused: nobody can tell 3/4 from 4/3. Raises InputError.
    """
    typed = " ".join(text.split())
    if not typed:
        return None, False
    refusal = InputError(
        _("“{field}” is “{text}”; expected a time such as 2026-11-23 14:30 or 2026-11-23T14:30:00+07:00").format(
            field=field, text=clean_name(typed)
        )
    )
    if not _ISO.fullmatch(typed):
        raise refusal
    day, clock = typed[:10], typed[11:]
    if clock[2] == ".":
        clock = clock.replace(".", ":", 2) if clock[5:6] == "." else clock.replace(".", ":", 1)
    clock = clock.replace(" ", "").replace(",", ".").upper()
    moment = f"{day}T{clock}"
    try:
        datetime.fromisoformat(moment)
    except ValueError:
        raise refusal from None
    at = parse_when(moment, zone, EPOCH)
    return at, re.search(r"Z|[+-]\d\d:?\d\d$", clock) is None


def read_choice(text: str, field: str, kind: type[Category] | type[Format], default: str) -> str:
    """One of the words that *kind* knows, however it is spelt. Raises InputError."""
    word = re.sub(r"[\s-]+", "_", text.strip().casefold()) or default
    known = [one.value for one in kind]
    if word not in known:
        raise InputError(
            _("“{field}” is “{text}”; expected one of {known}").format(
                field=field, text=clean_name(text), known=", ".join(known)
            )
        )
    return word


def read_state(text: str) -> tuple[PostState | None, str | None]:
    """What a file asks for, or the word that only tells what became of the post. Raises InputError."""
    from smdash.core.posts import SHOWN

    word = text.strip().casefold()
    if word in _WISHES:
        return _WISHES[word], None
    if word in (*PostState, *SHOWN):
        return None, word
    known = ", ".join(one for one in _WISHES if one)
    raise InputError(
        _("“{field}” is “{text}”; expected one of {known}").format(field="state", text=clean_name(text), known=known)
    )


def write_accounts(names: Sequence[str]) -> str:
    """``platform/name``, parted by spaces; a name with other characters than letters and digits stands in quotes."""
    # shlex.quote leaves commas bare, which part names here.
    return " ".join(one if _PLAIN_NAME.fullmatch(one) else _quoted(one) for one in names)


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "'\"'\"'") + "'"


def read_accounts(text: str) -> tuple[str, ...]:
    """What ``write_accounts`` wrote, or a person: parted by spaces, commas or semicolons. Raises InputError."""
    import shlex

    parts = shlex.shlex(text, posix=True)
    parts.whitespace += ",;"
    parts.whitespace_split = True
    parts.commenters = ""
    try:
        return tuple(dict.fromkeys(parts))
    except ValueError as problem:
        raise InputError(
            _("“{field}” is “{text}”: a quotation mark is not closed").format(field="accounts", text=clean_name(text))
        ) from problem


def checked(lines: Sequence[Line]) -> dict[int, str]:
    """Reasons against lines that share a key with another, by line: a copied line is no second post of that name.

    The one that is as it was exported is the original.
    """
    by_key: dict[str, list[Line]] = {}
    for line in lines:
        if line.key is not None:
            by_key.setdefault(line.key, []).append(line)
    found = {}
    for same in by_key.values():
        if len({one.content.digest for one in same}) > 1:
            for one in same:
                if one.content.digest != one.base:
                    other = next(each.number for each in same if each.number != one.number)
                    found[one.number] = _(
                        "its “key” is that of line {other} too; empty its cells “id” and “key” to add it as a new post"
                    ).format(other=other)
    return found
