"""Searches on Instagram: public posts with a single hashtag, for accounts that are connected through Facebook.

https://developers.facebook.com/docs/instagram-platform/instagram-api-with-facebook-login/hashtag-search: needs the
feature Instagram Public Content Access, finds what was posted within the last 24 hours, names no author, takes no
answers, and thirty different hashtags an account in seven days. There is no search for words.
"""

from __future__ import annotations

from dataclasses import replace

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention, MentionKind
from smdash.core.searches import tag_of
from smdash.core.text import clean, safe_link
from smdash.locale import gettext as _
from smdash.platforms import meta_usage
from smdash.platforms import search_walk as walk
from smdash.platforms.base import Pull, Pulled
from smdash.platforms.instagram_records import MEDIA
from smdash.platforms.instagram_session import Session
from smdash.platforms.items import Malformed, Skipped, objects, text_of
from smdash.platforms.meta_graph import Values, at, id_of, identifier, moment, unexpected
from smdash.platforms.problems import problem

NAME = "instagram"
_PAGE = 50
_FIELDS = "id,caption,permalink,timestamp,media_type"


async def search(pull: Pull, query: str, session: Session) -> Pulled:
    """One page of hits; ``more`` asks for the next one.

    What can't be searched is for the caller to ``refuse``. Raises PlatformError.
    """
    place, graph, me = walk.load(pull.cursor), session.graph, session.me.id
    if not place.me:
        asked: Values = {"user_id": me, "q": tag_of(query) or ""}
        tag = next((one for item in objects((await graph.get("ig_hashtag_search", asked)).get("data"))
                    if (one := id_of(item)) is not None), None)  # fmt: skip
        if tag is None:
            raise unexpected(graph.host)
        # Here the place's name is that of the hashtag: asking for it again would cost a call each time.
        place = replace(place, me=tag)
    params: Values = {"user_id": me, "fields": _FIELDS, "limit": _PAGE}
    try:
        page = await graph.page(at(place.me, "recent_media"), params | ({"after": place.back} if place.back else {}))
    except PlatformError as error:
        if place.back and error.kind is ErrorKind.REJECTED:
            return Pulled(cursor=walk.dump(place.again()), notice=str(error))
        raise
    skipped = Skipped()
    mentions = []
    for item in page.items:
        try:
            mentions.append(read_hit(item, account=pull.credentials.name))
        except Malformed as lack:
            skipped.add(str(lack))
    own = await _own_ids(session) if mentions else set()
    step = walk.advance(place, [one.sent_at for one in mentions], page.after, pull.now)
    return walk.pulled(
        walk.hits((one._replace(own=one.remote_id in own) for one in mentions), place.floor(pull.now)),
        step,
        skipped,
        quota=graph.quota,
        not_before=meta_usage.not_before(graph.quota, pull.now),
    )


def refuse(query: str, *, by_facebook: bool) -> None:
    """Raise PlatformError (rejected) for what Instagram can't search."""
    if not by_facebook:
        sentence = _("Instagram lets only accounts that are connected through Facebook (page_id) search for hashtags")
        raise problem(ErrorKind.REJECTED, sentence, arrived=False)
    if tag_of(query) is None:
        raise problem(ErrorKind.REJECTED, _("Instagram finds single hashtags alone, such as #kopi"), arrived=False)


async def _own_ids(session: Session) -> set[str]:
    """The account's newest posts: a hit names no author."""
    page = await session.graph.page(at(session.me.id, "media"), {"fields": "id", "limit": _PAGE})
    return {one for item in objects(page.items) if (one := id_of(item)) is not None}


def read_hit(media: object, *, account: str) -> IncomingMention:
    """A post that carries the hashtag. Raises Malformed."""
    if not isinstance(media, dict):
        raise Malformed("media")
    remote_id, sent_at = identifier(media.get("id")), moment(media.get("timestamp"))
    if remote_id is None:
        raise Malformed("id")
    if sent_at is None:
        raise Malformed("timestamp")
    words = {"VIDEO": _("video"), "CAROUSEL_ALBUM": _("album")}
    kind = words.get(text_of(media.get("media_type")), _("image"))
    caption = text_of(media.get("caption"))
    return IncomingMention(
        platform=NAME,
        account=account,
        remote_id=remote_id,
        kind=MentionKind.LISTENING,
        author_handle="?",
        author_name=_("somebody on Instagram"),
        body=clean(f"{caption}\n[{kind}]" if caption else f"[{kind}]"),
        url=safe_link(text_of(media.get("permalink"))),
        sent_at=sent_at,
        thread_key=MEDIA + remote_id,
    )
