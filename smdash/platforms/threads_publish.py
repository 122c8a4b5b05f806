"""What goes out on Threads: posts, parts of a thread and answers, each by a container; hiding of answers.

https://developers.facebook.com/docs/threads/posts and /docs/threads/reply-management. Files are fetched by Threads from
the team's public media address. A text alone has a container as well, instead of being published at once: so it can be
asked whether it is out. That fields may be sent as JSON is documented for Instagram; for Threads other tools do so.
There is no like, and only the account's own posts can be deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smdash.core import limits
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.text import safe_link
from smdash.locale import gettext as _
from smdash.platforms import containers, public_media
from smdash.platforms.containers import Asked, Sleep, State
from smdash.platforms.items import text_of
from smdash.platforms.meta_graph import at, identifier, unexpected
from smdash.platforms.outgoing import Addressee, Medium, Outgoing, OutgoingKind, Published, before_sending
from smdash.platforms.problems import problem
from smdash.platforms.threads_session import MEANINGS, Session

if TYPE_CHECKING:
    from smdash.platforms.client import Client

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
    with before_sending():
        _check(out)
        container = await _standing(out, session)
        if container is None:
            container = await _prepare(out, session, client)
            await containers.keep(out, container)
        state = await containers.until_ready(session.graph, container, ASKED, sleep)
    if state is State.PUBLISHED:
        from smdash.platforms.threads_find import published_post

        return await published_post(out, session)
    done = await session.graph.post(at("me", "threads_publish"), {"creation_id": container})
    post = identifier(done.get("id"))
    if post is None:
        raise unexpected(session.graph.host)
    return Published(post, await _permalink(session, post))


def below(out: Outgoing) -> str | None:
    """The id of what it goes below, if anything. Raises PlatformError where an answer names nobody."""
    if out.above is not None:
        return out.above.remote_id
    return addressee(out).remote_id if out.kind is OutgoingKind.REPLY else None


def addressee(out: Outgoing) -> Addressee:
    """Whom an answer is for, or what is hidden. Raises PlatformError where the delivery names nobody."""
    if out.addressee is None:
        raise problem(ErrorKind.REJECTED, _("the delivery does not say what it answers"), arrived=False)
    return out.addressee


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


async def _standing(out: Outgoing, session: Session) -> str | None:
    """The container of an earlier try that is out, or can still go out with the same words and files."""
    made = containers.kept(out)
    if made is None:
        return None
    try:
        state, _more = await containers.state_of(session.graph, made.id, ASKED)
    except PlatformError as error:
        if error.kind is ErrorKind.GONE:
            return None
        raise
    usable = state in (State.IN_PROGRESS, State.FINISHED) and made.digest == containers.digest_of(out)
    return made.id if usable or state is State.PUBLISHED else None


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
        return _made(await session.graph.post(at("me", "threads"), fields | {"media_type": "TEXT"}), session)
    if len(out.media) == 1:
        return await _single(out, out.media[0], session, fields)
    children = [await _single(out, one, session, {"is_carousel_item": True}) for one in out.media]
    fields |= {"media_type": "CAROUSEL", "children": ",".join(children)}
    return _made(await session.graph.post(at("me", "threads"), fields), session)


async def _single(out: Outgoing, medium: Medium, session: Session, fields: dict[str, Any]) -> str:
    """The container of one file."""
    kind = medium.media_type.partition("/")[0]
    made = fields | {"media_type": kind.upper(), f"{kind}_url": public_media.address(out, medium)}
    if medium.alt:
        made["alt_text"] = medium.alt
    with public_media.naming(medium):
        return _made(await session.graph.post(at("me", "threads"), made), session)


def _made(found: dict[str, Any], session: Session) -> str:
    container = identifier(found.get("id"))
    if container is None:
        raise unexpected(session.graph.host)
    return container


async def publishing_limit(session: Session, *, answers: bool = False) -> containers.Limit | None:
    """How much is used of what the account may publish, or of its *answers*. Raises PlatformError.

    250 posts and 1,000 answers within 24 hours (docs/threads/overview); answers count by themselves.
    """
    usage, config = ("reply_quota_usage", "reply_config") if answers else ("quota_usage", "config")
    found = await session.graph.get(at("me", "threads_publishing_limit"), {"fields": f"{usage},{config}"})
    return containers.limit_of(found, usage, config)


async def _permalink(session: Session, post: str) -> str | None:
    """Where people see a post; it is out, so that an answer that fails costs nothing but the address."""
    try:
        found = await session.graph.get(at(post), {"fields": "permalink"})
    except PlatformError:
        return None
    return safe_link(text_of(found.get("permalink")))


async def _hide(out: Outgoing, session: Session) -> Published:
    """Hide an answer, and all below it; only what stands right below the account's own post can be."""
    to = addressee(out)
    done = await session.graph.post(at(to.remote_id, "manage_reply"), {"hide": True})
    if done.get("success") is not True:
        raise unexpected(session.graph.host)
    return Published(to.remote_id)
