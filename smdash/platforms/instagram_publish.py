"""What goes out through Instagram's API: posts by way of containers, comments, answers, messages; hiding and deleting.

https://developers.facebook.com/docs/instagram-platform/content-publishing, /comment-moderation, and the messaging
pages. Pictures are fetched by Instagram from the team's public media address, and videos as well with Instagram Login;
with Facebook Login videos are uploaded (/content-publishing/resumable-uploads). There are no posts of text alone and no
likes, and what is out can't be changed. Stories, places, and people in pictures are left to the app.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from smdash.core import limits
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.locale import gettext as _
from smdash.locale import ngettext
from smdash.platforms import containers, meta_posts, public_media
from smdash.platforms.addresses import parse_url, same_owner
from smdash.platforms.containers import Asked, Sleep
from smdash.platforms.instagram_errors import MEANINGS
from smdash.platforms.instagram_records import DM, MEDIA
from smdash.platforms.instagram_session import Session
from smdash.platforms.items import text_of
from smdash.platforms.meta_errors import judge
from smdash.platforms.meta_graph import at, identifier, unexpected
from smdash.platforms.outgoing import Addressee, Medium, Outgoing, OutgoingKind, Published, addressee, before_sending
from smdash.platforms.problems import problem

if TYPE_CHECKING:
    from smdash.platforms.client import Client

TITLE = "Instagram"
ASKED = Asked("status_code", "status", MEANINGS)
UPLOADS = "https://rupload.facebook.com"
MOST_HASHTAGS = 30
MOST_NAMES = 20
MOST_FILES = 10
_HASHTAG = re.compile(r"(?<![\w&/#])#\w*[^\W\d_]\w*")
_NAME = re.compile(r"(?<![\w@./])@[a-z0-9_.]*[a-z0-9_]", re.IGNORECASE)


async def publish(out: Outgoing, session: Session, client: Client, sleep: Sleep) -> Published:
    """Send it, once. Raises PlatformError; a post carries its container, which goes out once whatever happens."""
    if out.kind is OutgoingKind.LIKE:
        raise problem(ErrorKind.REJECTED, _("Instagram lets no program like anything"), arrived=False)
    if out.kind is OutgoingKind.HIDE:
        return await _hide(out, session)
    if out.kind is OutgoingKind.DELETE:
        return await _delete(out, session)
    if out.media and (out.kind is OutgoingKind.REPLY or out.above is not None):
        sentence = _("Instagram takes no files in comments and messages from a program")
        raise problem(ErrorKind.REJECTED, sentence, arrived=False)
    if out.above is not None:
        return await _comment(out, session, at(out.above.root_id, "comments"), out.text)
    if out.kind is OutgoingKind.REPLY:
        return await _answer(out, session)
    return await _post(out, session, client, sleep)


# Posts


async def _post(out: Outgoing, session: Session, client: Client, sleep: Sleep) -> Published:
    from smdash.platforms.instagram_find import among_posts

    with before_sending():
        _check(out)
    return await meta_posts.publish(
        out,
        session.graph,
        ASKED,
        sleep,
        path=at(session.me.id, "media_publish"),
        prepare=lambda: _prepare(out, session, client),
        among=lambda: among_posts(out, session),
        title=TITLE,
    )


def _check(out: Outgoing) -> None:
    """Refuse what Instagram would refuse, in words that help. Raises PlatformError."""
    count = len(out.media)
    if not count:
        raise problem(ErrorKind.REJECTED, _("Instagram takes no post without a picture or video"))
    if count > MOST_FILES:
        sentence = _("Instagram takes at most {most} files in one post")
        raise problem(ErrorKind.REJECTED, sentence.format(most=MOST_FILES))
    room = limits.count("instagram", out.text, post=True)
    if room.over:
        sentence = _("the text has {used} characters, and Instagram takes {limit}")
        raise problem(ErrorKind.REJECTED, sentence.format(used=room.used, limit=room.limit))
    tags, names = len(_HASHTAG.findall(out.text)), len(_NAME.findall(out.text))
    if tags > MOST_HASHTAGS:
        sentence = _("the text has {count} hashtags, and Instagram takes {most}")
        raise problem(ErrorKind.REJECTED, sentence.format(count=tags, most=MOST_HASHTAGS))
    if names > MOST_NAMES:
        sentence = _("the text names {count} people, and Instagram takes {most}")
        raise problem(ErrorKind.REJECTED, sentence.format(count=names, most=MOST_NAMES))
    for one in out.media:
        if one.media_type.partition("/")[0] not in ("image", "video"):
            with public_media.naming(one):
                raise problem(ErrorKind.REJECTED, _("Instagram takes pictures and videos"))


async def _prepare(out: Outgoing, session: Session, client: Client) -> str:
    """Make the container, children before their album. Raises PlatformError: quota where none may go out now."""
    await refuse_over_limit(out, session)
    for one in out.media:
        if not _is_uploaded(one, session):
            await public_media.look(one, public_media.address(out, one), client)
    if len(out.media) == 1:
        return await _single(out, out.media[0], session, client, caption=out.text)
    children = [await _single(out, one, session, client) for one in out.media]
    fields = {"media_type": "CAROUSEL", "children": ",".join(children), "caption": out.text}
    return meta_posts.created(await session.graph.post(at(session.me.id, "media"), fields), session.graph)


async def refuse_over_limit(out: Outgoing, session: Session) -> None:
    """Raise PlatformError (quota) where the account may not publish now; an answer that can't be read allows it."""
    limit = await publishing_limit(session)
    if limit is not None:
        limit.refuse_when_full(out.now)


async def publishing_limit(session: Session) -> containers.Limit | None:
    """How much of the account's publishing limit is used. Raises PlatformError.

    Meta's pages name 50 and 100 posts within 24 hours; what the network itself tells is what counts.
    """
    found = await session.graph.get(at(session.me.id, "content_publishing_limit"), {"fields": "quota_usage,config"})
    return containers.limit_of(found, "quota_usage", "config")


def _is_uploaded(medium: Medium, session: Session) -> bool:
    """Whether Instagram takes the file itself; else it fetches it."""
    return session.by_facebook and medium.media_type.startswith("video/")


async def _single(
    out: Outgoing, medium: Medium, session: Session, client: Client, *, caption: str | None = None
) -> str:
    """The container of one file: a post with *caption*, or a part of an album without."""
    video, album = medium.media_type.startswith("video/"), caption is None
    fields: dict[str, Any] = {"is_carousel_item": True} if album else {"caption": caption}
    if video:
        fields["media_type"] = "VIDEO" if album else "REELS"
    elif medium.alt:
        # Videos have no alternative text at Instagram.
        fields["alt_text"] = medium.alt
    with public_media.naming(medium):
        if _is_uploaded(medium, session):
            made = await session.graph.post(at(session.me.id, "media"), fields | {"upload_type": "resumable"})
            await _upload(made, medium, session, client)
        else:
            fields["video_url" if video else "image_url"] = public_media.address(out, medium)
            made = await session.graph.post(at(session.me.id, "media"), fields)
        return meta_posts.created(made, session.graph)


async def _upload(made: dict[str, Any], medium: Medium, session: Session, client: Client) -> None:
    """Send a video to the address that the container named, if that is a place where the token may go."""
    url = text_of(made.get("uri"))
    base = session.graph.credentials.url
    try:
        target = parse_url(url)
    except PlatformError:
        raise unexpected(session.graph.host) from None
    if not any(same_owner(target, parse_url(known)) for known in (UPLOADS, base)):
        raise unexpected(session.graph.host)
    headers = {"Authorization": f"OAuth {session.graph.token}", "offset": "0", "file_size": str(medium.bytes)}
    answer = await client.upload(
        url,
        medium.path,
        medium.media_type,
        owner_typed=same_owner(target, parse_url(base)),
        name=medium.shown,
        digest=medium.digest,
        headers=headers,
    )
    found = judge(answer, session.graph.now)
    if not isinstance(found, dict) or found.get("success") is not True:
        raise unexpected(answer.host)


# Comments and messages


async def _answer(out: Outgoing, session: Session) -> Published:
    to = addressee(out)
    if to.kind is MentionKind.DM:
        return await _message(out, to, session)
    if to.kind is MentionKind.MENTION:
        return await _below_another(out, to, session)
    return await _comment(out, session, at(to.thread_key or to.remote_id, "replies"), answer_text(out, to))


def answer_text(out: Outgoing, to: Addressee) -> str:
    """What an answer to an answer says: it stands below the first comment, so its author is named, as the app does."""
    handle = to.author_handle
    if to.kind is not MentionKind.REPLY or not handle:
        return out.text
    if re.search(rf"(?<![\w@./])@{re.escape(handle)}(?![\w.]*\w)", out.text, re.IGNORECASE):
        return out.text
    return f"@{handle} {out.text}"


async def _comment(out: Outgoing, session: Session, path: str, text: str) -> Published:
    done = await session.graph.post(path, {"message": text})
    return Published(meta_posts.created(done, session.graph))


async def _below_another(out: Outgoing, to: Addressee, session: Session) -> Published:
    """Comment where somebody named the account: below their post, or below their comment."""
    media = (to.thread_key or "").removeprefix(MEDIA)
    if not session.by_facebook:
        sentence = _("Instagram takes answers to mentions only from accounts that are connected through Facebook")
        raise problem(ErrorKind.REJECTED, sentence, arrived=False)
    fields = {"media_id": media or to.remote_id, "message": out.text}
    if media and media != to.remote_id:
        fields["comment_id"] = to.remote_id
    done = await session.graph.post(at(session.me.id, "mentions"), fields)
    return Published(meta_posts.created(done, session.graph))


async def _message(out: Outgoing, to: Addressee, session: Session) -> Published:
    with before_sending():
        person = other_of(to)
        size = limits.count("instagram", out.text, kind=MentionKind.DM)
        if size.over:
            sentence = ngettext(
                "the message has {used} byte, and Instagram takes {limit}",
                "the message has {used} bytes, and Instagram takes {limit}",
                size.used,
            )
            raise problem(ErrorKind.REJECTED, sentence.format(used=size.used, limit=size.limit))
    fields = {"recipient": {"id": person}, "message": {"text": out.text}}
    if session.by_facebook:
        fields["messaging_type"] = "RESPONSE"  # type: ignore[assignment]
    done = await session.graph.post(at(session.inbox, "messages"), fields)
    return Published(meta_posts.created(done, session.graph, "message_id"))


def other_of(to: Addressee) -> str:
    """Whom a conversation is with. Raises PlatformError where the mention does not say so."""
    person = identifier((to.thread_key or "").removeprefix(DM)) if (to.thread_key or "").startswith(DM) else None
    if person is None:
        raise problem(ErrorKind.REJECTED, _("the message does not say which conversation it is of"), arrived=False)
    return person


# Moderation


def _below_ours(out: Outgoing) -> Addressee:
    to = addressee(out)
    if to.kind not in (MentionKind.COMMENT, MentionKind.REPLY):
        sentence = _("on Instagram only comments below the account's own posts can be hidden or deleted")
        raise problem(ErrorKind.REJECTED, sentence, arrived=False)
    return to


async def _hide(out: Outgoing, session: Session) -> Published:
    to = _below_ours(out)
    return meta_posts.confirmed(await session.graph.post(at(to.remote_id), {"hide": True}), session.graph, to.remote_id)


async def _delete(out: Outgoing, session: Session) -> Published:
    to = _below_ours(out)
    return meta_posts.confirmed(await session.graph.delete(at(to.remote_id)), session.graph, to.remote_id)
