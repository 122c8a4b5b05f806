"""Reading one line of ``mention ingest``: JSON of anyone's own job, checked field by field."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from smdash.core.clock import is_plausible
from smdash.core.errors import InputError
from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean, clean_name, safe_link
from smdash.locale import gettext as _

LINE_LIMIT = 262_144  # bytes of one line
_NEEDED = ("platform", "account", "remote_id", "kind", "author_handle", "body", "sent_at")
_OPTIONAL = frozenset({"author_name", "url", "edited_at", "thread_key", "parent_id", "reply_until"})
_RARE = frozenset({"edited_at", "thread_key", "parent_id", "reply_until", "followers"})
MOST_FOLLOWERS = 10**11
_TEXT = {str}
_TEXT_OR_NOTHING = frozenset({str, type(None)})
_MARK = b"\xef\xbb\xbf"
_DECODER = json.JSONDecoder()
_KINDS = {kind.value: kind for kind in MentionKind}


def parse_line(line: str | bytes) -> IncomingMention:
    """Read one mention. Raises InputError with what is wrong and what is expected."""
    return from_fields(read_object(line))


def read_object(line: str | bytes) -> dict[str, Any]:
    """Read one JSON object. Raises InputError with what is wrong and what is expected."""
    if len(line) > LINE_LIMIT:
        raise InputError(_("the line is longer than {limit} bytes").format(limit=LINE_LIMIT))
    try:
        fields = _read(line)
    except UnicodeDecodeError as problem:
        raise InputError(_("not UTF-8 text")) from problem
    except ValueError as problem:
        raise InputError(_("not JSON: {problem}").format(problem=clean_name(str(problem)))) from problem
    except RecursionError as problem:
        raise InputError(_("not usable JSON: nested too deeply")) from problem
    if type(fields) is not dict:
        raise InputError(_("not a JSON object"))
    found: dict[str, Any] = fields
    return found


def _read(line: str | bytes) -> Any:
    """One JSON value. Raises ValueError and RecursionError as ``json`` does."""
    text = line if isinstance(line, str) else line.removeprefix(_MARK).decode("utf-8")
    # Half of the time that ``loads`` takes for a short line goes into what is not needed here.
    fields, end = _DECODER.raw_decode(text) if text[:1] == "{" else (None, 0)
    if fields is None or not (end == len(text) or text[end:].isspace()):
        fields = json.loads(text)
    return fields


def from_fields(fields: dict[str, Any]) -> IncomingMention:
    """Make a record of one object's fields; unknown fields are passed over. Raises InputError."""
    needed = tuple(map(fields.get, _NEEDED))
    if set(map(type, needed)) != _TEXT or not all(needed):
        _complain_of_needed(fields)
    kind = _KINDS.get(fields["kind"])
    if kind is None:
        raise InputError(
            _("“kind” is “{kind}”; expected one of {kinds}").format(
                kind=clean_name(fields["kind"]), kinds=", ".join(_KINDS)
            )
        )
    if not _TEXT_OR_NOTHING.issuperset(map(type, map(fields.get, _OPTIONAL))):
        _complain_of_optional(fields)
    handle = clean_name(fields["author_handle"])
    record = IncomingMention(
        _identifier(fields, "platform"),
        _identifier(fields, "account"),
        _identifier(fields, "remote_id"),
        kind,
        handle,
        clean_name(fields.get("author_name") or "") or handle,
        clean(fields["body"]),
        safe_link(fields.get("url")),
        _time(fields, "sent_at"),
    )
    rare = _RARE.intersection(fields)
    return _with_rare(record, fields) if rare else record


def _with_rare(record: IncomingMention, fields: dict[str, Any]) -> IncomingMention:
    """The record with what few sources tell; empty texts count as nothing."""
    return record._replace(
        edited_at=_time(fields, "edited_at") if fields.get("edited_at") else None,
        thread_key=_identifier(fields, "thread_key") if fields.get("thread_key") else None,
        parent_id=_identifier(fields, "parent_id") if fields.get("parent_id") else None,
        reply_until=_time(fields, "reply_until") if fields.get("reply_until") else None,
        followers=_followers(fields),
    )


def _followers(fields: dict[str, Any]) -> int | None:
    value = fields.get("followers")
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= MOST_FOLLOWERS:
        raise InputError(_("“{field}” must be a whole number, 0 or more").format(field="followers"))
    return value


def _complain_of_needed(fields: dict[str, Any]) -> None:
    for name in _NEEDED:
        value = fields.get(name)
        if type(value) is not str:
            raise _missing(name, value)
        if not value and name not in ("body", "author_handle"):
            raise InputError(_("“{field}” is empty").format(field=name))


def _complain_of_optional(fields: dict[str, Any]) -> None:
    for name in _OPTIONAL:
        if fields.get(name) is not None and type(fields[name]) is not str:
            raise _not_text(name)


def _missing(name: str, value: object) -> InputError:
    if value is None:
        return InputError(_("“{field}” is missing").format(field=name))
    return _not_text(name)


def _not_text(name: str) -> InputError:
    return InputError(_("“{field}” must be text").format(field=name))


def _identifier(fields: dict[str, Any], name: str) -> str:
    value: str = fields[name]
    if value.isascii() and value.isprintable() and len(value) <= 200:
        return value
    # An id that cleaning would change can't be told from another one, so it is refused, not mended.
    if len(value) > 200 or clean_name(value) != value:
        raise InputError(_("“{field}” has characters that can't be kept, or is too long").format(field=name))
    return value


def _time(fields: dict[str, Any], name: str) -> datetime:
    text: str = fields[name]
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None and is_plausible(moment):
            return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InputError(
        _("“{field}” is “{text}”; expected a time with its zone, such as 2026-11-23T07:30:00Z").format(
            field=name, text=clean_name(text)
        )
    )
