"""Whether a delivery is out on X: a look among the account's own newest posts.

https://docs.x.com/x-api/posts/timelines. A like, a hiding and a deletion are the same however often they are done, so
where they can't be seen, nothing is lost by doing them again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote as percent

from smdash.core.clock import EPOCH
from smdash.core.errors import ErrorKind
from smdash.locale import gettext as _
from smdash.platforms import x_messages
from smdash.platforms.answers import iso_date
from smdash.platforms.items import objects
from smdash.platforms.oauth_calls import Caller, object_of
from smdash.platforms.outgoing import Outgoing, OutgoingKind, Published, addressee
from smdash.platforms.problems import problem
from smdash.platforms.x_calls import faults, identifier, is_missing, own_id, post_path, unexpected
from smdash.platforms.x_paging import is_token
from smdash.platforms.x_publish import is_message
from smdash.platforms.x_records import POST_FIELDS, address, full_text, referenced
from smdash.platforms.x_words import is_same

if TYPE_CHECKING:
    from smdash.platforms.client import Params

# By how much the clocks of the two machines may differ; within this no text is twice on an account of X.
SKEW = timedelta(minutes=10)
_PAGE = 20
_PAGES = 5
# The newest likes that are looked through.
_LIKES = 10


async def find(out: Outgoing, call: Caller) -> Published | None:
    """The own post of the same text and as many files, at the same place, since the first try.

    Raises PlatformError where that can't be told. What somebody deleted meanwhile looks as if it had never been out.
    """
    if out.kind is OutgoingKind.HIDE:
        return None  # not to be seen; hiding it again changes nothing
    if out.kind is OutgoingKind.DELETE:
        to = addressee(out).remote_id
        return None if await is_there(to, call) else Published(to)
    if out.first_at <= EPOCH:
        raise problem(ErrorKind.UNKNOWN, _("when its first try began is not known any more; look on X yourself"))
    if out.kind is OutgoingKind.LIKE:
        return await _find_like(out, call)
    if is_message(out):
        return await x_messages.find(out, call)
    me = await own_id(call)
    since = out.first_at - SKEW
    hits: list[tuple[datetime, str]] = []
    back = ""
    for _page in range(_PAGES):
        params: Params = {
            "max_results": _PAGE,
            "start_time": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "exclude": "retweets",
            "tweet.fields": POST_FIELDS,
            **({"pagination_token": back} if back else {}),
        }
        answer = await call.get(f"/2/users/{percent(me, safe='')}/tweets", params)
        found = object_of(answer)
        meta, data = found.get("meta"), found.get("data", [])
        if not isinstance(meta, dict) or not isinstance(data, list):
            raise unexpected(answer)
        hits += [hit for one in objects(data) if (hit := _hit(one, out, since)) is not None]
        following = meta.get("next_token")
        if not data or not is_token(following) or following == back:
            return _best(hits, out.first_at)
        back = str(following)
    if hits:
        return _best(hits, out.first_at)
    sentence = _("it can't be told from the newest posts of the account {name} whether this is out; look there")
    raise problem(ErrorKind.UNKNOWN, sentence.format(name=out.credentials.name))


async def is_there(remote_id: str, call: Caller) -> bool:
    """Whether the post of this id is there still. Raises PlatformError where that can't be told."""
    answer = await call.ask(post_path(remote_id))
    if is_missing(answer):
        return False
    data = object_of(call.judged(answer)).get("data")
    if not isinstance(data, dict) or identifier(data.get("id")) is None:
        raise unexpected(answer)
    return True


def _hit(post: dict[str, Any], out: Outgoing, since: datetime) -> tuple[datetime, str] | None:
    made, found = iso_date(post.get("created_at")), identifier(post.get("id"))
    if made is None or found is None or made < since:
        return None
    above = out.above or out.addressee
    if referenced(post, "replied_to") != (above.remote_id if above is not None else None):
        return None
    held = post.get("attachments")
    keys = held.get("media_keys") if isinstance(held, dict) else None
    if len(keys if isinstance(keys, list) else []) != len(out.media):
        return None
    return (made, found) if is_same(full_text(post), out.text, answer=above is not None) else None


def _best(hits: list[tuple[datetime, str]], begun: datetime) -> Published | None:
    """The first one made after the first try began, else the latest before."""
    best = min(hits, key=lambda hit: (hit[0] < begun, abs(hit[0] - begun)), default=None)
    return None if best is None else Published(best[1], address(best[1]))


async def _find_like(out: Outgoing, call: Caller) -> Published | None:
    to, me = addressee(out).remote_id, await own_id(call)
    answer = await call.ask(f"/2/users/{percent(me, safe='')}/liked_tweets", {"max_results": _LIKES})
    if answer.status == 403 and faults(answer)[1]:
        return None  # a token without the right to see likes; giving it again changes nothing
    data = object_of(call.judged(answer)).get("data", [])
    if not isinstance(data, list):
        raise unexpected(answer)
    liked = any(identifier(one.get("id")) == to for one in objects(data))
    return Published(to, address(to)) if liked else None
