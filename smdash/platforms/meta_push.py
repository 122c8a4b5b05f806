"""What Meta's webhooks share, whichever of its networks they are for: the challenge, the signature, the entries.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started: a GET with ``hub.mode=subscribe``,
``hub.verify_token`` and ``hub.challenge``, whose challenge is answered; then POSTs of ``{"object", "entry": [...]}``
signed over the bytes of the body with the app's secret: ``X-Hub-Signature-256: sha256=HEX``. Up to a thousand changes
come in one body, in any order, and again for days where they were not taken.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from smdash.core.errors import ErrorKind
from smdash.locale import gettext as _
from smdash.platforms.items import objects
from smdash.platforms.meta_graph import identifier, moment
from smdash.platforms.meta_needs import APP_SECRET, VERIFY_TOKEN
from smdash.platforms.problems import problem
from smdash.platforms.push import Request

LONGEST_CHALLENGE = 1_000
# How far the network's clock may be ahead of ours.
_AHEAD = timedelta(minutes=5)


def challenge(request: Request, secrets: Mapping[str, str]) -> str | None:
    """What to answer when Meta asks whether this address is ours; nothing where it doesn't, or does not know the word.

    Compares in constant time.
    """
    if request.method != "GET" or request.query.get("hub.mode") != "subscribe":
        return None
    word = request.query.get("hub.challenge", "")
    told, known = request.query.get("hub.verify_token", ""), secrets.get(VERIFY_TOKEN, "")
    if not known or not _same(told, known):
        return None
    # It is answered as it came, so nothing may come in that way that a browser would run.
    harmless = word.isascii() and all(one.isalnum() or one in "-_.=" for one in word)
    return word if harmless and 0 < len(word) <= LONGEST_CHALLENGE else None


def is_genuine(request: Request, secrets: Mapping[str, str]) -> bool:
    """Whether the app's secret signed this body. Compares in constant time, and never raises."""
    secret = secrets.get(APP_SECRET, "")
    method, _sign, told = request.headers.get("x-hub-signature-256", "").strip().partition("=")
    if not secret or method != "sha256":
        return False
    made = hmac.new(secret.encode("utf-8", "replace"), request.body, hashlib.sha256).hexdigest()
    return _same(told, made)


def entries(body: bytes, name: str) -> list[dict[str, Any]]:
    """The entries of a genuine body about an object such as ``page``; none where it is about something else.

    Raises PlatformError (server) for a body that is nothing of Meta's.
    """
    try:
        found = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("entry"), list):
        raise problem(ErrorKind.SERVER, _("what was pushed is not what Meta's webhooks send"))
    return objects(found["entry"]) if found.get("object") == name else []


def changes(entry: dict[str, Any], *fields: str) -> list[tuple[str, dict[str, Any]]]:
    """The changes of an entry in these fields, each with its field."""
    found = []
    for change in objects(entry.get("changes")):
        field, value = change.get("field"), change.get("value")
        if isinstance(field, str) and field in fields and isinstance(value, dict):
            found.append((field, value))
    return found


def account_of(entry: dict[str, Any]) -> str | None:
    """The id of the account that an entry is about."""
    return identifier(entry.get("id"))


def when(value: object, received_at: datetime) -> datetime:
    """A time that a push tells, which is not later than when it came; that, where it tells none."""
    told = moment(value)
    return received_at if told is None or told > received_at + _AHEAD else told


def _same(told: str, known: str) -> bool:
    return hmac.compare_digest(told.encode("utf-8", "replace"), known.encode("utf-8", "replace"))


class Signed:
    """The part of ``push.Receiver`` that Meta's networks share: its question, and its signature by the app's secret."""

    def challenge(self, request: Request, secrets: Mapping[str, str]) -> str | None:
        return challenge(request, secrets)

    def is_genuine(self, request: Request, secrets: Mapping[str, str]) -> bool:
        return is_genuine(request, secrets)
