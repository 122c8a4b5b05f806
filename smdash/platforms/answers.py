"""What a server answered, and what its status and headers mean in our words."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import Quota
from smdash.locale import gettext as _
from smdash.platforms.problems import problem, quote

LONGEST_WAIT = timedelta(hours=24)
# Each value of a JSON text becomes an object of up to a hundred bytes: five megabytes of "[]," would become 150 MB.
MOST_VALUES = 300_000
# Seconds until a reset never reach a year; seconds since 1970 always pass it.
_EPOCH_FROM = 366 * 86_400


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole HTTP answer.

    ``headers`` ignores case; ``url`` is where it came from at last; ``permanent_url`` is that address when only
    permanent redirects (301, 308) led there; ``host`` is how a sentence names the server.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url: str
    host: str
    permanent_url: str | None = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self, where: str | None = None) -> Any:
        """The body read as JSON; bytes that aren't UTF-8 are replaced, never a reason to refuse.

        Raises PlatformError (server), naming *where* it was asked, when it is something else.
        """
        where = quote(where or self.host)
        text = self.body.decode("utf-8-sig", "replace").strip()
        if not text:
            raise problem(ErrorKind.SERVER, _("{where} answered nothing where JSON was expected").format(where=where))
        if sum(map(text.count, ",[{")) > MOST_VALUES:
            raise problem(ErrorKind.SERVER, _("{where} answered JSON of too many parts").format(where=where))
        try:
            return json.loads(text)
        except RecursionError:
            sentence = _("{where} answered JSON that is nested too deep")
        except ValueError:
            if text.startswith("<"):
                sentence = _("{where} answered HTML instead of JSON")
            else:
                sentence = _("{where} answered something that is not JSON")
        raise problem(ErrorKind.SERVER, sentence.format(where=where))

    def saying(self) -> str:
        """The server's own words for an error, one clean line of at most 200 characters, or nothing."""
        text = self.body[:20_000].decode("utf-8", "replace").strip()
        if not text or text.startswith("<"):
            return ""
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            return quote(text) if "json" not in self.headers.get("content-type", "") else ""
        if isinstance(said, dict):
            # Where there is both, "error" is a name for programs and "message" the sentence.
            for key in ("error_description", "message", "error", "detail", "title"):
                if isinstance(said.get(key), str) and said[key].strip():
                    return quote(said[key])
        return quote(said) if isinstance(said, str) else ""


def check(answer: Answer, now: datetime) -> Answer:
    """Return the answer if its status is 2xx. Raises PlatformError of the kind that the status means."""
    if answer.ok:
        return answer
    raise failure(answer, now)


def failure(answer: Answer, now: datetime) -> PlatformError:
    """The error that a status outside 2xx stands for; ``retry_at`` is at most a day away."""
    status = answer.status
    kind, sentence = _meaning(status)
    said = answer.saying()
    message = sentence.format(host=answer.host, status=status)
    if said:
        message = _("{sentence}: {said}").format(sentence=message, said=said)
    return problem(kind, message, retry_at=retry_at(answer, now), arrived=_may_be_done(status))


def _may_be_done(status: int) -> bool:
    """Whether a write that was answered so may have been done all the same (RFC 9110 section 15.5).

    A client error is a refusal, but for those that speak of waiting, and of what is there already.
    """
    return not 400 <= status < 500 or status in (408, 409, 425)


def _meaning(status: int) -> tuple[ErrorKind, str]:
    if status == 401:
        return ErrorKind.AUTH, _("{host} does not accept the token ({status})")
    if status == 402:
        return ErrorKind.QUOTA, _("{host} wants to be paid for this ({status})")
    if status in (403, 451):
        return ErrorKind.PERMISSION, _("{host} does not permit this ({status})")
    if status in (404, 410):
        return ErrorKind.GONE, _("{host} does not have what was asked for ({status})")
    if status in (408, 425):
        return ErrorKind.NETWORK, _("{host} gave up waiting ({status})")
    if status == 429:
        return ErrorKind.RATE, _("{host} asks for fewer calls ({status})")
    if 400 <= status < 500:
        return ErrorKind.REJECTED, _("{host} refused the request ({status})")
    if status >= 500:
        return ErrorKind.SERVER, _("{host} is in trouble ({status})")
    return ErrorKind.SERVER, _("{host} gave an unexpected answer ({status})")


def retry_at(answer: Answer, now: datetime) -> datetime | None:
    """When the server wants to be asked again, between *now* and a day later; nothing if it did not say.

    Reads Retry-After (seconds or HTTP date, RFC 9110 section 10.2.3); after 429 also the reset time of the
    rate limit.
    """
    if answer.status not in (429, 503) and answer.status < 500 and "retry-after" not in answer.headers:
        return None
    moment = _after(answer.headers.get("retry-after", ""), now)
    if moment is None and answer.status == 429:
        moment = _reset(answer.headers, now)
    return bounded(moment, now)


def bounded(moment: datetime | None, now: datetime) -> datetime | None:
    """Keep a time that a server named between *now* and a day later."""
    return None if moment is None else min(max(moment, now), now + LONGEST_WAIT)


def quota(answer: Answer, now: datetime) -> Quota | None:
    """What the rate-limit headers say is left, or nothing when they don't."""
    left = _whole(_first(answer.headers, "x-ratelimit-remaining", "ratelimit-remaining", "x-rate-limit-remaining"))
    if left is None:
        return None
    limit = _whole(_first(answer.headers, "x-ratelimit-limit", "ratelimit-limit", "x-rate-limit-limit"))
    return Quota(left=left, limit=limit, resets_at=bounded(_reset(answer.headers, now), now))


def _first(headers: Mapping[str, str], *names: str) -> str:
    return next((headers[name] for name in names if name in headers), "").strip()


def _whole(text: str) -> int | None:
    match = re.match(r"\d{1,12}(?!\d)", text)
    return int(match[0]) if match else None


def _after(text: str, now: datetime) -> datetime | None:
    text = text.strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return now + timedelta(seconds=min(float(text), LONGEST_WAIT.total_seconds()))
    return http_date(text)


def http_date(text: str) -> datetime | None:
    """Read a date as HTTP headers write it; nothing when it is none."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return _utc(moment)


def iso_date(text: object) -> datetime | None:
    """Read an RFC 3339 time, taken as UTC when it names no offset; nothing when it is none."""
    if not isinstance(text, str):
        return None
    try:
        return _utc(datetime.fromisoformat(text.strip()))
    except ValueError:
        return None


def _utc(moment: datetime) -> datetime | None:
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _reset(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Mastodon writes ISO 8601, Bluesky and others an epoch, the IETF draft seconds from now."""
    text = _first(headers, "x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset")
    try:
        number = float(text)
    except ValueError:
        return iso_date(text)
    if not math.isfinite(number) or number < 0:
        return None
    if number < _EPOCH_FROM:
        return now + timedelta(seconds=number)
    if number > 1e11:  # some count milliseconds
        number /= 1000
    try:
        return datetime.fromtimestamp(number, UTC)
    except (OverflowError, ValueError, OSError):
        return None
