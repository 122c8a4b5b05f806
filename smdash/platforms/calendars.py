"""Calendars at an address of their own (ICS): fetched where they changed, within the limits of the shared client.

An address may be a secret (Google's are), so no sentence and no cursor holds more of it than the host.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms import redact
from smdash.platforms.answers import Answer, failure, retry_at
from smdash.platforms.base import Credentials
from smdash.platforms.conditional import Known
from smdash.platforms.problems import problem

if TYPE_CHECKING:
    from smdash.platforms.client import Client

_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*BEGIN:VCALENDAR", re.IGNORECASE)
ACCEPT = "text/calendar, text/plain;q=0.5, */*;q=0.1"


class Fetched(NamedTuple):
    """What a calendar is now: its ``data``, or nothing where it has not changed; ``known`` is for the next time."""

    data: bytes | None
    known: str


async def fetch(credentials: Credentials, known: str, client: Client, now: datetime) -> Fetched:
    """The calendar at the ICS address of *credentials*, if it changed since *known*. Raises PlatformError."""
    key = _key(credentials.url)
    before = Known.load(known)
    if before.asked != key:
        before = Known()
    secret = authorization(credentials)
    answer = await client.request(
        "GET",
        credentials.url,
        owner_typed=False,
        headers=before.headers(ACCEPT) | secret,
        # Something that is sent, so that the password goes through no stranger's hands without TLS.
        content=b"" if secret else None,
    )
    if before.is_same(answer):
        return Fetched(None, known)
    if not answer.ok:
        raise refusal(answer, now)
    if not _BEGINS.match(answer.body):
        sentence = _("{host} answered something that is no calendar (ICS); check the calendar's address")
        raise problem(ErrorKind.SERVER, sentence.format(host=answer.host))
    after = replace(Known.of("", answer), asked=key, final="")
    # A server may put what it was told into anything.
    if redact.hide(after.etag + after.modified) != after.etag + after.modified:
        after = replace(after, etag="", modified="")
    return Fetched(without_secrets(answer.body), after.dump())


def authorization(credentials: Credentials) -> dict[str, str]:
    """The header that says who asks (RFC 7617), where there is a password; it is hidden from logs from then on."""
    if not credentials.token:
        return {}
    pair = base64.b64encode(f"{credentials.handle}:{credentials.token}".encode()).decode("ascii")
    redact.remember(pair)
    return {"Authorization": f"Basic {pair}"}


def without_secrets(data: bytes) -> bytes:
    """*data* with every secret that was ever sent replaced, should a server repeat one."""
    text = data.decode("utf-8", "surrogateescape")
    return redact.hide(text).encode("utf-8", "surrogateescape")


def refusal(answer: Answer, now: datetime) -> PlatformError:
    """What a status outside 2xx means for a calendar: waiting may mend a 404."""
    sentences = {
        401: (ErrorKind.AUTH, _("{host} does not accept the user name and the password (401)")),
        403: (ErrorKind.PERMISSION, _("{host} does not let this user read the calendar (403)")),
        404: (ErrorKind.SERVER, _("{host} has no calendar at that address (404); it is tried again later")),
        410: (ErrorKind.GONE, _("the calendar at {host} is gone for good (410)")),
    }
    if answer.status not in sentences:
        return failure(answer, now)
    kind, sentence = sentences[answer.status]
    return problem(kind, sentence.format(host=answer.host), retry_at=retry_at(answer, now))


def _key(url: str) -> str:
    """What tells an address from others and says nothing of it."""
    return hashlib.sha256(url.encode()).hexdigest()[:32]
