"""Calls to X's API v2, and what its errors mean: ``{title, detail, type, status}``, or ``errors`` with a code each.

https://docs.x.com/x-api/fundamentals/response-codes-and-errors. Sentences of refusals that the documentation does not
give (a duplicate, an answer to who did not name us) are as programs have met them; that they stay so is not verified.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote as percent

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms import answers
from smdash.platforms.answers import Answer, bounded
from smdash.platforms.base import Credentials
from smdash.platforms.items import objects, text_of
from smdash.platforms.oauth_calls import Caller, object_of
from smdash.platforms.oauth_tokens import Endpoint
from smdash.platforms.problems import problem, quote

if TYPE_CHECKING:
    from smdash.platforms.client import Client

BASE = "https://api.x.com"
ID_LIMIT = 200
_DUPLICATE = ("duplicate content", "status is a duplicate")
_NOT_THERE = "deleted or not visible"
# What is said to a program that answers somebody who neither named the account nor quoted it.
_NOT_ASKED = (
    "not permitted to reply",
    "not allowed to reply",
    "not permitted to perform this action",
    "replies are only",
)
# X's older codes, which stand in some bodies beside the status.
_CODES = {
    32: ErrorKind.AUTH,
    64: ErrorKind.PERMISSION,
    89: ErrorKind.AUTH,
    99: ErrorKind.AUTH,
    144: ErrorKind.GONE,
    185: ErrorKind.QUOTA,
    186: ErrorKind.REJECTED,
    187: ErrorKind.DUPLICATE,
    226: ErrorKind.REJECTED,
    261: ErrorKind.PERMISSION,
    326: ErrorKind.AUTH,
    349: ErrorKind.PERMISSION,
    385: ErrorKind.GONE,
    433: ErrorKind.PERMISSION,
}
_NOT_FOUND = "resource-not-found"


def caller(credentials: Credentials, client: Client, now: datetime, *, owner_typed: bool = True) -> Caller:
    """Who calls X for this account."""
    return Caller(
        credentials, client, now, base=BASE, endpoint=endpoint(credentials), judge=failure, owner_typed=owner_typed
    )


def endpoint(credentials: Credentials) -> Endpoint:
    """Where tokens are renewed: docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token."""
    return Endpoint((credentials.url or BASE).rstrip("/") + "/2/oauth2/token", basic=True)


async def own_id(call: Caller) -> str:
    """The id of the account that the token belongs to. Raises PlatformError."""
    return str(identifier(user_of(await call.get("/2/users/me"))["id"]))


def user_of(answer: Answer) -> dict[str, Any]:
    """The user in an answer. Raises PlatformError where it holds none."""
    user = object_of(answer, _("the account page of {host}").format(host=answer.host)).get("data")
    if not isinstance(user, dict) or identifier(user.get("id")) is None or not text_of(user.get("username")):
        raise unexpected(answer)
    return user


def identifier(value: object) -> str | None:
    """An opaque id as text, or nothing when there is none that can be kept."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= ID_LIMIT or not value.isprintable():
        return None
    return None if "\ufffd" in value else value


def post_path(remote_id: str, part: str = "") -> str:
    """Where one post is; ids are opaque, and may hold letters that end a path."""
    return f"/2/tweets/{percent(remote_id, safe='')}{part}"


def faults(answer: Answer) -> tuple[list[int], list[str], str]:
    """The codes, the types' last words and all sentences of an error, in lower case; empty where it holds none."""
    try:
        found = json.loads(answer.body[:20_000].decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return [], [], ""
    if not isinstance(found, dict):
        return [], [], ""
    parts = [found, *objects(found.get("errors"))]
    codes = [one["code"] for one in parts if type(one.get("code")) is int]
    types = [text_of(one.get("type")).rsplit("/", 1)[-1] for one in parts if one.get("type")]
    texts = [text_of(one.get(key)) for one in parts for key in ("title", "detail", "message")]
    return codes, types, " ".join(texts).lower()


def is_duplicate(answer: Answer) -> bool:
    """Whether X refused it because the account has posted the same before, an earlier try of ours perhaps."""
    codes, _types, said = faults(answer)
    return answer.status in (400, 403) and (187 in codes or any(words in said for words in _DUPLICATE))


def is_missing(answer: Answer) -> bool:
    """Whether it says that what was asked for is not there: by its status, or by errors in place of data."""
    if answer.status in (404, 410):
        return True
    return answer.ok and "data" not in object_of(answer) and _NOT_FOUND in faults(answer)[1]


def failure(answer: Answer, now: datetime) -> PlatformError:
    """The error that a status outside 2xx stands for; nothing was done of a write that was refused."""
    codes, types, said = faults(answer)
    found = answers.failure(answer, now)
    kind = next((_CODES[code] for code in codes if code in _CODES), None)
    if is_duplicate(answer):
        sentence = _("X has the same text from this account already, and takes it only once")
        return problem(ErrorKind.DUPLICATE, sentence, arrived=False)
    if answer.status == 402 or (answer.status in (403, 429) and "usage-capped" in types):
        sentence = _("the credits or the monthly cap of the account's X app are used up; see console.x.com")
        return problem(ErrorKind.QUOTA, sentence, retry_at=found.retry_at, arrived=False)
    if answer.status == 429:
        if (daily := _day_limit(answer, now)) is not None:
            sentence = _("X takes no more of this today ({status})").format(status=answer.status)
            return problem(ErrorKind.QUOTA, sentence, retry_at=daily, arrived=False)
        return found
    if answer.status in (400, 403) and _NOT_THERE in said:
        return problem(ErrorKind.GONE, _("what is answered is not there any more"), arrived=False)
    if answer.status == 403 and any(words in said for words in _NOT_ASKED):
        sentence = _("X lets a program answer only those who named the account or quoted a post of it")
        return problem(ErrorKind.PERMISSION, sentence, arrived=False)
    if answer.status == 403 and ("unsupported-authentication" in types or "unsupported authentication" in said):
        sentence = _("X wants a token of an account for this, not one of an app ({status})")
        return problem(ErrorKind.AUTH, sentence.format(status=answer.status), arrived=False)
    if kind is not None and 400 <= answer.status < 500:
        sentence = str(found) if answer.saying() else _("{sentence}: {said}").format(sentence=found, said=quote(said))
        return problem(kind, sentence, retry_at=found.retry_at, arrived=found.arrived)
    return found


def _day_limit(answer: Answer, now: datetime) -> datetime | None:
    """When a limit of 24 hours ends that is used up; the headers are as programs have met them."""
    for whose in ("user", "app"):
        name = f"x-{whose}-limit-24hour-"
        reset = answer.headers.get(f"{name}reset", "")
        if answer.headers.get(f"{name}remaining", "").strip() == "0" and reset.strip().isdecimal():
            try:
                return bounded(datetime.fromtimestamp(int(reset.strip()[:12]), now.tzinfo), now)
            except (OverflowError, ValueError, OSError):
                return None
    return None


def unexpected(answer: Answer) -> PlatformError:
    """What to raise for an answer of another shape; whatever was written may be done."""
    return problem(
        ErrorKind.SERVER, _("{host} answered, but not as X does; check the account's address").format(host=answer.host)
    )
