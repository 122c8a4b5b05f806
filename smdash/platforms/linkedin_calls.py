"""Calls to LinkedIn's versioned API, and what its errors mean: ``{status, serviceErrorCode, code, message}``.

Every call names a version of the API by its month, which lives for a year
(https://learn.microsoft.com/en-us/linkedin/marketing/versioning); addresses are Rest.li 2.0, in which the brackets of a
list stand as they are and what is in them is percent-encoded. That a version ends in the middle of its month a year
later is read off the dates of those that ended; the codes in ``_CODES`` are as programs have met them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote as percent

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.locale import noop
from smdash.platforms import answers
from smdash.platforms.answers import Answer
from smdash.platforms.base import Credentials
from smdash.platforms.items import objects, text_of
from smdash.platforms.oauth_calls import Caller, object_of
from smdash.platforms.oauth_tokens import Endpoint
from smdash.platforms.problems import problem

if TYPE_CHECKING:
    from smdash.platforms.client import Client

BASE = "https://api.linkedin.com"
TOKENS = "https://www.linkedin.com/oauth/v2"
VERSION = "202607"
WARN = timedelta(days=60)
URN_LIMIT = 300
_VERSION = re.compile(r"20\d\d(?:0[1-9]|1[0-2])")
_COMMENT = re.compile(r"urn:li:comment:\((.+),([^,()]+)\)")
_DAY_LIMIT = re.compile(r"\bDAY limit\b", re.IGNORECASE)
_DUPLICATE = re.compile(r"duplicate of (urn:li:\w+:\w+)", re.IGNORECASE)
_OF_VERSION = ("VERSION_MISSING", "NONEXISTENT_VERSION")
# A post that went out a moment ago is not everywhere yet.
_TOO_SOON = "unable to obtain activity"
_CODES = {
    65600: noop("the token is none of LinkedIn's"),
    65601: noop("the account's owner took the token back"),
    65602: noop("the token has expired; it lives for sixty days"),
}


def caller(credentials: Credentials, client: Client, now: datetime, *, owner_typed: bool = True) -> Caller:
    """Who calls LinkedIn for this account. Raises PlatformError for a version that is none."""
    headers = {"LinkedIn-Version": version_of(credentials), "X-Restli-Protocol-Version": "2.0.0"}
    end = Endpoint(f"{TOKENS}/accessToken")
    return Caller(
        credentials, client, now, base=BASE, endpoint=end, judge=failure, headers=headers, owner_typed=owner_typed
    )


def version_of(credentials: Credentials) -> str:
    """The version of the API that is asked for: ours, or the one that the account's owner set."""
    said = credentials.options.get("version", "").strip()
    if said and not _VERSION.fullmatch(said):
        sentence = _("the version of the account {name} is none of LinkedIn's; expected a month such as {version}")
        message = sentence.format(name=credentials.name, version=VERSION)
        raise problem(ErrorKind.REJECTED, message, arrived=False)
    return said or VERSION


def sunset(version: str) -> date:
    """About when LinkedIn ends a version: the middle of its month, a year later."""
    return date(int(version[:4]) + 1, int(version[4:]), 15)


def ending(credentials: Credentials, now: datetime) -> str | None:
    """A remark where the version in use ends within two months, or has ended."""
    version = version_of(credentials)
    day = sunset(version)
    if day - now.date() > WARN:
        return None
    sentence = _("LinkedIn ends version {version} of its API about {day}; update smdash, or set a later “version”")
    return sentence.format(version=version, day=day.isoformat())


def encoded(urn: str) -> str:
    """A URN as it stands in an address."""
    return percent(urn, safe="")


def urn_of(value: object) -> str | None:
    """A URN, or another opaque id; nothing when there is none that can be kept."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= URN_LIMIT or not value.isascii() or not value.isprintable():
        return None
    return None if any(letter.isspace() for letter in value) else value


def comment_parts(urn: str) -> tuple[str, str] | None:
    """The post and the id that make up a comment's URN; nothing for any other."""
    found = _COMMENT.fullmatch(urn)
    return (found[1], found[2]) if found else None


def comment_path(urn: str) -> str | None:
    """Where one comment is."""
    parts = comment_parts(urn)
    return None if parts is None else f"{comments_path(parts[0])}/{encoded(parts[1])}"


def comments_path(urn: str) -> str:
    """Where the comments of a post, or the answers of a comment, are."""
    return f"/rest/socialActions/{encoded(urn)}/comments"


def post_path(urn: str) -> str:
    """Where one post is."""
    return f"/rest/posts/{encoded(urn)}"


async def organization(call: Caller, held: Sequence[tuple[str, str]] | None = None) -> str:
    """The URN of the page: the one that the account's owner named, else the only one that the token may manage.

    *held* are its ``roles`` where they were asked already. Raises PlatformError: rejected where a page is to be named.
    """
    said = call.credentials.options.get("organization", "").strip()
    if said:
        urn = f"urn:li:organization:{said}" if said.isascii() and said.isdecimal() else urn_of(said)
        if urn is None or not urn.startswith("urn:li:organization:"):
            sentence = _("organization of the account {name} is no page of LinkedIn; expected its number")
            raise problem(ErrorKind.REJECTED, sentence.format(name=call.credentials.name), arrived=False)
        return urn
    pages = sorted({urn for urn, _role in (await roles(call) if held is None else held)})
    if len(pages) != 1:
        sentence = _("the token manages {count} pages; set “organization” to the number of one: {pages}")
        if not pages:
            sentence = _("the token manages no page of LinkedIn; its owner has to be an administrator of one")
        shown = ", ".join(urn.rsplit(":", 1)[-1] for urn in pages[:10])
        raise problem(ErrorKind.REJECTED, sentence.format(count=len(pages), pages=shown), arrived=False)
    return pages[0]


async def roles(call: Caller) -> list[tuple[str, str]]:
    """The pages that the token's owner has a role for, each with the role. Raises PlatformError."""
    answer = await call.get("/rest/organizationAcls?q=roleAssignee&state=APPROVED&count=100")
    found = elements(answer)
    listed = [
        (urn_of(one.get("organization", one.get("organizationTarget"))), one.get("role")) for one in objects(found)
    ]
    return [(urn, text_of(role)) for urn, role in listed if urn is not None]


def elements(answer: Answer) -> list[Any]:
    """What a list holds. Raises PlatformError where the answer is none."""
    found = object_of(answer).get("elements")
    if not isinstance(found, list):
        raise unexpected(answer)
    return found


def has_more(answer: Answer, start: int, count: int, asked: int) -> bool:
    """Whether a list goes on behind these *count* elements from *start* on, of which *asked* were wanted."""
    paging = object_of(answer).get("paging")
    paging = paging if isinstance(paging, dict) else {}
    if any(link.get("rel") == "next" for link in objects(paging.get("links"))):
        return count > 0
    total = paging.get("total")
    if type(total) is int and total > 0:
        return count > 0 and start + count < total
    return count >= asked


def fault(answer: Answer) -> tuple[int | None, str, str, str]:
    """The service's error code, the code's name, the message, and the names of wrong inputs; empty where not told."""
    try:
        found = json.loads(answer.body[:20_000].decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None, "", "", ""
    if not isinstance(found, dict):
        return None, "", "", ""
    number, details = found.get("serviceErrorCode"), found.get("errorDetails")
    inputs = objects(details.get("inputErrors")) if isinstance(details, dict) else []
    names = " ".join(text_of(one.get("code")) for one in inputs)
    return number if type(number) is int else None, text_of(found.get("code")), text_of(found.get("message")), names


def duplicate_of(answer: Answer) -> str | None:
    """The post that another one of the same content is refused for; empty where LinkedIn doesn't name it."""
    _number, code, message, names = fault(answer)
    if answer.status not in (400, 409, 422) or "DUPLICATE" not in f"{code} {names} {message}".upper():
        return None
    named = _DUPLICATE.search(message)
    return named[1] if named else ""


def failure(answer: Answer, now: datetime) -> PlatformError:
    """The error that a status outside 2xx stands for; nothing was done of a write that was refused."""
    number, code, message, _names = fault(answer)
    found = answers.failure(answer, now)
    if answer.status == 401 and number in _CODES:
        return problem(ErrorKind.AUTH, _(_CODES[number]), arrived=False)
    if answer.status == 426 or code in _OF_VERSION:
        sentence = _("LinkedIn does not know this version of its API any more; update smdash, or set a later “version”")
        return problem(ErrorKind.REJECTED, sentence, arrived=False)
    if answer.status == 429 and _DAY_LIMIT.search(message):
        # Counts of a day begin anew at midnight UTC.
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        sentence = _("LinkedIn's limit of calls for a day is used up")
        return problem(ErrorKind.QUOTA, sentence, retry_at=midnight, arrived=False)
    if duplicate_of(answer) is not None:
        sentence = _("LinkedIn has the same content from this page already, and takes it only once")
        return problem(ErrorKind.DUPLICATE, sentence, arrived=False)
    if answer.status in (400, 404) and _TOO_SOON in message.lower():
        sentence = _("LinkedIn does not have the post ready for comments yet")
        return problem(ErrorKind.SERVER, sentence, arrived=False)
    return found


def restli_id(answer: Answer) -> str | None:
    """The id of what was made, which stands in a header; nothing where it does not."""
    return urn_of(answer.headers.get("x-restli-id", answer.headers.get("x-linkedin-id", "")).strip())


def unexpected(answer: Answer) -> PlatformError:
    """What to raise for an answer of another shape; whatever was written may be done."""
    return problem(
        ErrorKind.SERVER,
        _("{host} answered, but not as LinkedIn does; check the account's address").format(host=answer.host),
    )
