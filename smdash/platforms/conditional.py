"""Asking for what has changed since the last time (RFC 9110 section 13), and when servers want to be asked again."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from smdash.platforms.answers import Answer, http_date

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=24)
_VALIDATOR = re.compile(r"[\x20-\x7e]{1,1000}")


@dataclass(frozen=True, slots=True)
class Known:
    """The validators of the last good answer, whose they are, and what its body was."""

    asked: str = ""
    final: str = ""
    etag: str = ""
    modified: str = ""
    digest: str = ""

    @classmethod
    def load(cls, text: str | None) -> Known:
        """What ``dump`` wrote; nothing known where it is something else."""
        try:
            found = json.loads(text or "{}")
        except (ValueError, RecursionError):
            return cls()
        if not isinstance(found, dict):
            return cls()
        return cls(**{key: value for key, value in found.items() if key in cls.__slots__ and isinstance(value, str)})

    @classmethod
    def of(cls, url: str, answer: Answer) -> Known:
        """What is known after a good answer to *url*."""
        digest = digest_of(answer)
        if answer.headers.get("expires", "").strip() == "0":
            return cls(asked=url, final=answer.url, digest=digest)
        return cls(url, answer.url, _kept(answer, "etag"), _kept(answer, "last-modified"), digest)

    def dump(self) -> str:
        """As a cursor keeps it."""
        pairs = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps({name: value for name, value in pairs.items() if value})

    def headers(self, accept: str) -> dict[str, str]:
        """Of a request that wants an answer only where something changed."""
        headers = {"Accept": accept}
        # Both: some servers honour only one.
        if self.etag:
            headers["If-None-Match"] = self.etag
        if self.modified:
            headers["If-Modified-Since"] = self.modified
        return headers

    def is_same(self, answer: Answer) -> bool:
        """Whether nothing changed, though some servers send everything again."""
        if answer.status == 304:
            return bool(self.etag or self.modified)
        etag = answer.headers.get("etag", "")
        return answer.ok and ((bool(etag) and etag == self.etag) or digest_of(answer) == self.digest)


def digest_of(answer: Answer) -> str:
    """What tells its body from others."""
    return hashlib.sha256(answer.body).hexdigest()


def _kept(answer: Answer, name: str) -> str:
    """A validator to send back unchanged, unless it could not be sent."""
    value = answer.headers.get(name, "")
    return value if _VALIDATOR.fullmatch(value) else ""


def interval(answer: Answer, minutes: float | None, now: datetime) -> timedelta | None:
    """The longest wait that the document or its server asks for, between 5 minutes and a day; nothing if none did."""
    wishes = [minutes * 60] if minutes is not None else []
    age = re.search(r"max-age=\"?(\d{1,9})", answer.headers.get("cache-control", ""), re.IGNORECASE)
    if age:
        wishes.append(float(age[1]))
    elif expires := http_date(answer.headers.get("expires", "")):
        wishes.append((expires - now).total_seconds())
    longest = max(wishes, default=0.0)
    return min(max(timedelta(seconds=min(longest, 1e9)), SHORTEST), LONGEST) if longest > 0 else None
