"""What errors of the Graph API mean in our words, by their code and subcode.

https://developers.facebook.com/docs/graph-api/guides/error-handling: with any status, 200 included,
``{"error": {"message", "type", "code", "error_subcode", "error_user_msg", "is_transient", "fbtrace_id"}}``.
The subcodes of the posting family (1366046, 1390008 and others) come from tools that meet them and are not documented
by Meta. ``type`` is "OAuthException" for nearly everything, and tells nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.locale import noop
from smdash.platforms import meta_usage
from smdash.platforms.answers import Answer, failure, retry_at
from smdash.platforms.items import text_of
from smdash.platforms.problems import problem, quote


class Meaning(NamedTuple):
    """A kind, and a sentence (``noop``) that may name the ``{host}``."""

    kind: ErrorKind
    sentence: str


# By (code, subcode); a missing one stands for any.
Meanings = Mapping[tuple[int | None, int | None], Meaning]

_TOKEN = noop("{host} does not accept the token any more; make a new one")
_RIGHT = noop("the token has no right to this on {host}")
_FEWER = noop("{host} asks for fewer calls")
_TROUBLE = noop("{host} is in trouble")
_BLOCKED = noop("{host} has blocked this account for now")
_NOT_THERE = noop("{host} does not have what was asked for, or does not show it to this token")

SHARED: Meanings = {
    (190, None): Meaning(ErrorKind.AUTH, _TOKEN),
    (190, 458): Meaning(ErrorKind.AUTH, noop("the app was removed from the account on {host}; make a new token")),
    (190, 459): Meaning(ErrorKind.AUTH, noop("{host} wants the token's owner to log in and answer a question first")),
    (190, 460): Meaning(ErrorKind.AUTH, noop("the password of the token's owner was changed; make a new token")),
    (190, 463): Meaning(ErrorKind.AUTH, noop("the token has ended; make a new one")),
    (190, 464): Meaning(ErrorKind.AUTH, noop("{host} wants the token's owner to confirm their account first")),
    (190, 467): Meaning(ErrorKind.AUTH, _TOKEN),
    (190, 492): Meaning(ErrorKind.AUTH, noop("the token's owner has no role on the page any more; make a new token")),
    (102, None): Meaning(ErrorKind.AUTH, _TOKEN),
    (3, None): Meaning(ErrorKind.PERMISSION, noop("the app may not make this call on {host}")),
    (10, None): Meaning(ErrorKind.PERMISSION, _RIGHT),
    (4, None): Meaning(ErrorKind.RATE, _FEWER),
    (17, None): Meaning(ErrorKind.RATE, _FEWER),
    (32, None): Meaning(ErrorKind.RATE, _FEWER),
    (341, None): Meaning(ErrorKind.RATE, _FEWER),
    (613, None): Meaning(ErrorKind.RATE, _FEWER),
    (None, 1390008): Meaning(ErrorKind.RATE, noop("{host} says that this account posts too often")),
    (506, None): Meaning(ErrorKind.DUPLICATE, noop("{host} says that this was posted already")),
    (None, 1366051): Meaning(ErrorKind.DUPLICATE, noop("{host} says that these pictures were posted already")),
    (368, None): Meaning(ErrorKind.PERMISSION, _BLOCKED),
    (None, 1346003): Meaning(ErrorKind.PERMISSION, _BLOCKED),
    (None, 1404102): Meaning(ErrorKind.PERMISSION, _BLOCKED),
    (None, 1404112): Meaning(ErrorKind.PERMISSION, _BLOCKED),
    (None, 4854002): Meaning(ErrorKind.PERMISSION, noop("{host} wants the account's owner to prove who they are")),
    (None, 1366046): Meaning(ErrorKind.REJECTED, noop("{host} can't read the picture, or it is too big")),
    (1609005, None): Meaning(ErrorKind.REJECTED, noop("{host} can't read the link")),
    (None, 1609005): Meaning(ErrorKind.REJECTED, noop("{host} can't read the link")),
    (None, 1609008): Meaning(ErrorKind.REJECTED, noop("{host} takes no link to itself here")),
    (100, None): Meaning(ErrorKind.REJECTED, noop("{host} refused the request")),
    (100, 33): Meaning(ErrorKind.GONE, _NOT_THERE),
    (803, None): Meaning(ErrorKind.GONE, _NOT_THERE),
    (1, None): Meaning(ErrorKind.SERVER, _TROUBLE),
    (2, None): Meaning(ErrorKind.SERVER, _TROUBLE),
    (None, 1363047): Meaning(ErrorKind.SERVER, _TROUBLE),
    (None, 1609010): Meaning(ErrorKind.SERVER, _TROUBLE),
}
_STATUSES = {
    401: Meaning(ErrorKind.AUTH, _TOKEN),
    403: Meaning(ErrorKind.PERMISSION, _RIGHT),
    404: Meaning(ErrorKind.GONE, _NOT_THERE),
    410: Meaning(ErrorKind.GONE, _NOT_THERE),
    429: Meaning(ErrorKind.RATE, _FEWER),
}
# Of these, a write may be done all the same. What is there already may be what an earlier try made.
_MAY_BE_DONE = frozenset({ErrorKind.SERVER, ErrorKind.NETWORK, ErrorKind.UNKNOWN, ErrorKind.DUPLICATE})
_LIKE_AUTH = re.compile(r"access token|session (?:has|is)|oauth|log ?in|credential", re.IGNORECASE)
_TRACE = re.compile(r"[A-Za-z0-9_+/=-]{1,60}")


def judge(answer: Answer, now: datetime, meanings: Meanings = SHARED) -> Any:
    """The JSON of an answer that is no error. Raises PlatformError of the kind that the error means.

    *meanings* are looked into first, then those that all networks of Meta share.
    """
    try:
        found = answer.json()
    except PlatformError:
        if answer.ok:
            raise
        raise failure(answer, now) from None
    error = found.get("error") if isinstance(found, dict) else None
    if isinstance(error, dict) and code_of(error) is not None:
        raise _judged(answer, now, error, meanings)
    if not answer.ok:
        raise failure(answer, now)
    if isinstance(found, dict) and "error" in found:
        sentence = _("{host} answered with an error that can't be read").format(host=answer.host)
        raise problem(ErrorKind.UNKNOWN, sentence)
    return found


def meaning_of(
    code: int,
    subcode: int | None,
    meanings: Meanings = SHARED,
    *,
    status: int = 400,
    transient: bool = False,
    said: str = "",
) -> Meaning:
    """What an error means that came with an answer, or in a webhook (WhatsApp's ``statuses[].errors``)."""
    for known in (meanings, SHARED):
        for key in ((code, subcode), (None, subcode), (code, None)):
            if key in known and key != (None, None):
                return known[key]
    if 200 <= code <= 299:
        return Meaning(ErrorKind.PERMISSION, _RIGHT)
    if 80_000 <= code <= 80_014:
        return Meaning(ErrorKind.RATE, _FEWER)
    if transient or status >= 500:
        return Meaning(ErrorKind.SERVER, _TROUBLE)
    if status in _STATUSES:
        return _STATUSES[status]
    if _LIKE_AUTH.search(said):
        return Meaning(ErrorKind.AUTH, _TOKEN)
    if 400 <= status < 500:
        return Meaning(ErrorKind.REJECTED, noop("{host} refused the request"))
    return Meaning(ErrorKind.UNKNOWN, noop("{host} answered with an error that smdash does not know"))


def code_of(error: Mapping[str, Any], name: str = "code") -> int | None:
    """A code of an error object; some come as text."""
    value = error.get(name)
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,9}", value, re.ASCII):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**9 else None


def _judged(answer: Answer, now: datetime, error: dict[str, Any], meanings: Meanings) -> PlatformError:
    code, subcode = code_of(error) or 0, code_of(error, "error_subcode")
    said = quote(text_of(error.get("error_user_msg")) or text_of(error.get("message")))
    if details := _details(error):
        said = f"{said} ({details})" if said else details
    transient = error.get("is_transient") is True
    found = meaning_of(code, subcode, meanings, status=answer.status, transient=transient, said=said)
    message = _(found.sentence).format(host=answer.host)
    if said:
        message = _("{sentence}: {said}").format(sentence=message, said=said)
    message = f"{message} [{code if subcode is None else f'{code}/{subcode}'}{_trace(error)}]"
    wait = retry_at(answer, now)
    if wait is None and found.kind is ErrorKind.RATE:
        left = meta_usage.read(answer.headers, now)
        wait = left.resets_at if left is not None else None
    done = found.kind in _MAY_BE_DONE or answer.status >= 500 or (transient and found.kind is not ErrorKind.RATE)
    return problem(found.kind, message, retry_at=wait, arrived=done)


def _details(error: Mapping[str, Any]) -> str:
    """What WhatsApp says in ``error_data``."""
    data = error.get("error_data")
    return quote(text_of(data.get("details"))) if isinstance(data, dict) else ""


def _trace(error: Mapping[str, Any]) -> str:
    """What Meta's support asks for."""
    trace = text_of(error.get("fbtrace_id"))
    return f", fbtrace_id {trace}" if _TRACE.fullmatch(trace) else ""
