"""What a network says of an account's token: whose it is, what it lacks, when it ends, what is left, what it costs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from smdash.cli import output
from smdash.cli.desk import Desk
from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.locale import ngettext

if TYPE_CHECKING:
    from smdash.core.figures import Followers
    from smdash.platforms.base import Credentials, Platform, Verified


async def verify(credentials: Credentials, desk: Desk) -> Verified:
    """Ask the network whose token it is. Raises PlatformError."""
    from smdash.platforms import registry
    from smdash.platforms.client import Client
    from smdash.platforms.echoes import without_echoes

    platform = registry.find_live(credentials.platform)
    if platform.load is None:
        raise PlatformError(
            ErrorKind.PERMISSION, _("{platform} can't be asked for its token").format(platform=platform.title)
        )
    async with Client() as client:
        return without_echoes(await platform.load().verify(credentials, client, desk.clock.now()))


def described(platform: Platform, verified: Verified, now: datetime) -> list[str]:
    """What the network said of a token, a sentence each: what is missing, when it ends, what is left, what it costs."""
    found = []
    if verified.missing_scopes:
        found.append(_("missing scopes: {scopes}").format(scopes=", ".join(verified.missing_scopes)))
    if (days := days_left(verified, now)) is not None and verified.expires_at is not None:
        day = verified.expires_at.date().isoformat()
        if days < 0:
            found.append(_("its token ended on {day}").format(day=day))
        else:
            words = ngettext("its token ends in {n} day, on {day}", "its token ends in {n} days, on {day}", days)
            found.append(words.format(n=days, day=day))
    if (quota := verified.quota) is not None:
        left = str(quota.left) if quota.limit is None else f"{quota.left}/{quota.limit}"
        found.append(_("calls left: {left}").format(left=left))
    if verified.notice:
        found.append(verified.notice)
    if platform.cost:
        found.append(_("cost: {cost}").format(cost=_(platform.cost)))
    return found


def days_left(verified: Verified, now: datetime) -> int | None:
    """Whole days until the token ends, below nothing when it has ended; nothing where the network doesn't say."""
    return None if verified.expires_at is None else (verified.expires_at - now).days


def counted(followers: Followers | None) -> dict[str, Any]:
    """Who follows an account, as ``--json`` gives it; each is null where it is not known."""
    return {
        "followers": followers.value if followers else None,
        "followers_change_7_days": followers.change if followers else None,
        "followers_at": output.time(followers.at) if followers else None,
    }
