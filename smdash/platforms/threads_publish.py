"""What goes out on Threads: posts, parts of a thread and answers, each by a container; hiding of answers.

https://developers.facebook.com/docs/threads/posts and /docs/threads/reply-management. Files are fetched by Threads from
the team's public media address. A text alone has a container as well, instead of being published at once: so it can be
asked whether it is out. That fields may be sent as JSON is documented for Instagram; for Threads other tools do so.
There is no like, and only the account's own posts can be deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smdash.core import limits
from smdash.core.errors import ErrorKind
from smdash.locale import gettext as _
from smdash.platforms import containers, meta_posts, public_media
from smdash.platforms.containers import Asked, Sleep
from smdash.platforms.meta_graph import at
from smdash.platforms.outgoing import Medium, Outgoing, OutgoingKind, Published, addressee, before_sending
from smdash.platforms.problems import problem
from smdash.platforms.threads_session import MEANINGS, Session

if TYPE_CHECKING:
    from smdash.platforms.client import Client

TITLE = "Threads"
ASKED = Asked("status", "error_message", MEANINGS)
MOST_FILES = 20
# Different ones (docs/threads/create-posts, since 2025-12-22).
MOST_LINKS = 5


async def publish(out: Outgoing, session: Session, client: Client, sleep: Sleep) -> Published:
    """Send it, once. Raises PlatformError; what goes out carries its container, which does so once."""
    if out.kind is OutgoingKind.LIKE:
        raise problem(ErrorKind.REJECTED, _("Threads lets no program like anything"), arrived=False)
    if out.kind is OutgoingKind.DELETE:
        raise problem(ErrorKind.REJECTED, _("Threads lets no account delete what others wrote"), arrived=False)
    if out.kind is OutgoingKind.HIDE:
        return await _hide(out, session)
    from smdash.platforms.threads_find import among_own

    with before_sending():
        _check(out)
    return await meta_posts.publish(
        out,
        session.graph,
        ASKED,
        sleep,
        path=at("me", "threads_publish"),
        prepare=lambda: _prepare(out, session, client),
        among=lambda: among_own(out, session),
        title=TITLE,
    )


def below(out: Outgoing) -> str | None:
    """The id of what it goes below, if anything. Raises PlatformError where an answer names nobody."""
    if out.above is not None:
        return out.above.remote_id
    return addressee(out).remote_id if out.kind is OutgoingKind.REPLY else None


def _check(out: Outgoing) -> None:
    """Refuse what Threads would refuse, in words that help. Raises PlatformError."""
    room = limits.count("threads", out.text, post=True)
    if room.over:
        sentence = _("the text has {used} characters, and Threads takes {limit}")
        raise problem(ErrorKind.REJECTED, sentence.format(used=room.used, limit=room.limit))
    links = len(set(limits.links(out.text)))
    if links > MOST_LINKS:
        sentence = _("the text has {count} links, and Threads takes {most}")
        raise problem(ErrorKind.REJECTED, sentence.format(count=links, most=MOST_LINKS))
    if len(out.media) > MOST_FILES:
        sentence = _("Threads takes at most {most} files in one post")
        raise problem(ErrorKind.REJECTED, sentence.format(most=MOST_FILES))
    for one in out.media:
        if one.media_type.partition("/")[0] not in ("image", "video"):
            with public_media.naming(one):
                raise problem(ErrorKind.REJECTED, _("Threads takes pictures and videos"))


async def _prepare(out: Outgoing, session: Session, client: Client) -> str:
    """Make the container, children before their album. Raises PlatformError: quota where none may go out now."""
    parent = below(out)
    limit = await publishing_limit(session, answers=parent is not None)
    if limit is not None:
        limit.refuse_when_full(out.now)
    for one in out.media:
        await public_media.look(one, public_media.address(out, one), client)
    fields: dict[str, Any] = {} if parent is None else {"reply_to_id": parent}
    if out.text:
        fields["text"] = out.text
    if not out.media:
        return meta_posts.created(
            await session.graph.post(at("me", "threads"), fields | {"media_type": "TEXT"}), session.graph
        )
    if len(out.media) == 1:
        return await _single(out, out.media[0], session, fields)
    children = [await _single(out, one, session, {"is_carousel_item": True}) for one in out.media]
    fields |= {"media_type": "CAROUSEL", "children": ",".join(children)}
    return meta_posts.created(await session.graph.post(at("me", "threads"), fields), session.graph)


async def _single(out: Outgoing, medium: Medium, session: Session, fields: dict[str, Any]) -> str:
    """The container of one file."""
    kind = medium.media_type.partition("/")[0]
    made = fields | {"media_type": kind.upper(), f"{kind}_url": public_media.address(out, medium)}
    if medium.alt:
        made["alt_text"] = medium.alt
    with public_media.naming(medium):
        return meta_posts.created(await session.graph.post(at("me", "threads"), made), session.graph)


async def publishing_limit(session: Session, *, answers: bool = False) -> containers.Limit | None:
    """How much is used of what the account may publish, or of its *answers*. Raises PlatformError.

    250 posts and 1,000 answers within 24 hours (docs/threads/overview); answers count by themselves.
    """
    usage, config = ("reply_quota_usage", "reply_config") if answers else ("quota_usage", "config")
    found = await session.graph.get(at("me", "threads_publishing_limit"), {"fields": f"{usage},{config}"})
    return containers.limit_of(found, usage, config)


async def _hide(out: Outgoing, session: Session) -> Published:
    """Hide an answer, and all below it; only what stands right below the account's own post can be."""
    to = addressee(out)
    return meta_posts.confirmed(
        await session.graph.post(at(to.remote_id, "manage_reply"), {"hide": True}), session.graph, to.remote_id
    )
