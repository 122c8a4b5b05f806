"""A page of a list of X, and what it brings: the same for posts and for messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smdash.core.errors import ErrorKind
from smdash.core.records import IncomingMention
from smdash.locale import gettext as _
from smdash.platforms import x_paging as paging
from smdash.platforms.answers import Answer, quota
from smdash.platforms.base import Pull, Pulled
from smdash.platforms.items import Skipped, refuse_flood
from smdash.platforms.oauth_calls import object_of
from smdash.platforms.problems import problem, quote
from smdash.platforms.x_calls import faults, unexpected


def page_of(answer: Answer) -> dict[str, Any]:
    """A page of a list, with ``meta`` an object and ``data`` a list where there is one. Raises PlatformError."""
    found = object_of(answer)
    data, meta = found.get("data"), found.get("meta")
    if data is None and not isinstance(meta, dict) and found.get("errors"):
        _codes, types, said = faults(answer)
        kind = (
            ErrorKind.PERMISSION
            if any("authorized" in one or "forbidden" in one for one in types)
            else ErrorKind.SERVER
        )
        raise problem(kind, _("{host} refused the list: {said}").format(host=answer.host, said=quote(said)))
    if not isinstance(data, list | None) or not isinstance(meta, dict):
        raise unexpected(answer)
    refuse_flood(data or [], answer.host)
    return found | {"data": data or []}


def pulled(
    answer: Answer,
    pull: Pull,
    mentions: Sequence[IncomingMention],
    step: paging.Step,
    skipped: Skipped,
) -> Pulled:
    """What a page brought and cost."""
    told = quota(answer, pull.now)
    words = [skipped.notice()]
    if step.cut:
        words.append(_("more was waiting than could be fetched; the oldest were left out"))
    return Pulled(
        mentions=mentions,
        cursor=paging.dump(step.place),
        more=step.more,
        quota=told,
        not_before=told.resets_at if told is not None and told.left <= 0 else None,
        notice="; ".join(one for one in words if one) or None,
        spent=step.spent,
    )
