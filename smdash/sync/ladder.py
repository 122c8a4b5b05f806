"""When something is tried again, looked for, or left to a person. All pure; times are UTC."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from smdash.core.errors import SmdashError
from smdash.core.labels import delivery_kind
from smdash.locale import gettext as _
from smdash.platforms.base import Platform
from smdash.store.outbox import Order

# Between two deliveries of one account: eighty a minute are a flood on any network.
GAP = timedelta(seconds=0.75)
# How long an account rests after the database or the ledger could not be written.
REST = timedelta(seconds=30)
# What was due longer ago, and was never tried, waits for a person: after a sleep, a repaired service, a set clock.
GRACE = timedelta(hours=1)
# Until how long after its time something that never arrived is tried again.
GIVE_UP = timedelta(hours=2)
# What may have arrived is looked for twice: soon, since people wait, and again when slow servers have caught up.
FIRST_LOOK = timedelta(seconds=20)
SECOND_LOOK = timedelta(seconds=70)
LOOKS = 2
# How often something that might have arrived and was not found is sent before a person decides.
SENDINGS = 5
# How long it is tried to look for something, where looking fails.
LOOK_FOR = timedelta(hours=24)

# How long after a post went out it is looked whether it is there, and until when that is tried.
CHECK_AFTER = timedelta(minutes=5)
CHECK_UNTIL = timedelta(days=1)
CHECK_AGAIN = timedelta(minutes=15)

_FIRST_WAIT = timedelta(seconds=15)
_LONGEST_WAIT = timedelta(minutes=15)


def next_try(now: datetime, tried: int, retry_at: datetime | None) -> datetime:
    """When something that did not arrive at the *tried*th try is tried again, not before the network allows it."""
    wait = min(_FIRST_WAIT * (1 << min(max(tried - 1, 0), 10)), _LONGEST_WAIT)
    return max(now + wait, retry_at or now)


def first_look(now: datetime, retry_at: datetime | None) -> datetime:
    """When what may have arrived is looked for, not before the network wants to be asked anything again."""
    return max(now + FIRST_LOOK, min(retry_at or now, now + GIVE_UP))


def next_look(now: datetime, first_at: datetime, retry_at: datetime | None = None) -> datetime | None:
    """When it is looked for again after a look that failed, not before *retry_at*; nothing where a person must."""
    since = now - first_at
    if since > LOOK_FOR:
        return None
    return max(now + min(max(since / 2, SECOND_LOOK), _LONGEST_WAIT), retry_at or now)


def refusal(one: Order, platform: Platform, files: int = 0) -> str:
    """Why this can't be sent at all, or nothing; *files* is how many go along."""
    can = platform.abilities.publish if one.kind == "post" else platform.abilities.reply
    if not can:
        return _("smdash does not send this to {network} yet: {kind}").format(
            network=platform.title, kind=delivery_kind(one.kind)
        )
    if one.kind != "post" and one.addressed is None:
        return _("what it answers is not known any more")
    if one.addressed is not None and one.addressed.erased:
        return _("what it answers was erased")
    if one.part != 1 and not (platform.abilities.threads or platform.abilities.first_comment):
        return _("smdash sends no threads and no first comments to {network} yet").format(network=platform.title)
    if one.part != 1 and (one.above is None or not one.above.remote_id or not one.above.root_id):
        return _("smdash does not know where on the network the part before it is")
    if files and not platform.abilities.media:
        return _("smdash sends no files to {network} yet").format(network=platform.title)
    if one.kind in ("post", "reply") and not one.text.strip() and not files:
        return _("it has no text")
    return ""


def not_told(problem: SmdashError, at: datetime | None) -> str:
    """What to say of a look that failed; *at* is when the next one is."""
    if at is not None:
        return _("whether it is out could not be found out yet: {problem}").format(problem=problem)
    return _("whether it is out could not be found out: {problem}; look yourself").format(problem=problem)


def digest(one: Order, files: Sequence[str] = ()) -> str:
    """Of what is sent to whom, so that the ledger tells what a key stood for; *files* are the digests of those."""
    about = one.addressed.remote_id if one.addressed else one.above.remote_id if one.above else ""
    parts = "\0".join((one.kind, one.platform, one.account, about, one.text, *files))
    return hashlib.sha256(parts.encode("utf-8", "replace")).hexdigest()
