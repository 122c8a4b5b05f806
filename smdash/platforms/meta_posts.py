"""Posts that go out by containers, on Instagram and Threads alike: made once, found again, looked at.

A container does not tell which post it became: that is the one of the same words and time among the account's newest.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.text import safe_link
from smdash.locale import gettext as _
from smdash.platforms import containers
from smdash.platforms.containers import Asked, Sleep, State
from smdash.platforms.items import text_of
from smdash.platforms.meta_graph import Graph, at, identifier, unexpected
from smdash.platforms.outgoing import Outgoing, Published, before_sending
from smdash.platforms.problems import problem

Among = Callable[[], Awaitable[Published | None]]
# How far the network's clock may be behind ours; its times are whole seconds.
SKEW = timedelta(minutes=2)


async def publish(
    out: Outgoing,
    graph: Graph,
    asked: Asked,
    sleep: Sleep,
    *,
    path: str,
    prepare: Callable[[], Awaitable[str]],
    among: Among,
    title: str,
) -> Published:
    """Prepare a container (or take that of an earlier try) and publish it at *path*, once. Raises PlatformError.

    *prepare* makes one and gives its id; *among* looks for the post among the account's newest; *title* is the
    network's.
    """
    with before_sending():
        container = await _standing(out, graph, asked)
        if container is None:
            container = await prepare()
            await containers.keep(out, container)
        state = await containers.until_ready(graph, container, asked, sleep)
    if state is State.PUBLISHED:
        return await _published(out, among, title)
    post = created(await graph.post(path, {"creation_id": container}), graph)
    return Published(post, await _permalink(graph, post))


async def find(out: Outgoing, graph: Graph, asked: Asked, *, among: Among, title: str) -> Published | None:
    """Whether a delivery's container is out, and as which post. Raises PlatformError where that can't be told.

    One that the network has forgotten, or that nobody knows of, leaves the account's newest posts.
    """
    made = containers.kept(out)
    if made is None:
        return await among()
    try:
        state, _more = await containers.state_of(graph, made.id, asked)
    except PlatformError as error:
        if error.kind is not ErrorKind.GONE:
            raise
        return await among()
    if state is State.PUBLISHED:
        return await _published(out, among, title)
    if state in (State.IN_PROGRESS, State.UNKNOWN):
        # It may be on its way out at this moment.
        raise problem(ErrorKind.UNKNOWN, _("{title} is still at work on the post").format(title=title))
    return None


async def is_there(remote_id: str, graph: Graph) -> bool:
    """Whether a post or comment is there still. Raises PlatformError where that can't be told."""
    found = await look(remote_id, graph, "id")
    if found is not None and identifier(found.get("id")) != remote_id:
        raise unexpected(graph.host)
    return found is not None


async def look(remote_id: str, graph: Graph, fields: str) -> dict[str, Any] | None:
    """These fields of a post or comment, or nothing where it is gone. Raises PlatformError."""
    try:
        return await graph.get(at(remote_id), {"fields": fields})
    except PlatformError as error:
        if error.kind is ErrorKind.GONE:
            return None
        raise


def created(found: dict[str, Any], graph: Graph, name: str = "id") -> str:
    """The id of what a call made. Raises PlatformError where the answer has none."""
    made = identifier(found.get(name))
    if made is None:
        raise unexpected(graph.host)
    return made


def confirmed(found: dict[str, Any], graph: Graph, remote_id: str) -> Published:
    """That a call on *remote_id* was carried out. Raises PlatformError where the answer does not say so."""
    if found.get("success") is not True:
        raise unexpected(graph.host)
    return Published(remote_id)


def nearest(hits: list[tuple[datetime, Published]], begun: datetime) -> Published | None:
    """The earliest hit from the first try on, else the latest one before it."""
    return min(hits, key=lambda hit: (hit[0] < begun, abs(hit[0] - begun)), default=(begun, None))[1]


def not_told(out: Outgoing, title: str) -> PlatformError:
    """That nobody can say whether it is out but a person who looks."""
    sentence = _("it can't be told from {title} whether this of the account {name} is out; look there")
    return problem(ErrorKind.UNKNOWN, sentence.format(title=title, name=out.credentials.name))


async def _standing(out: Outgoing, graph: Graph, asked: Asked) -> str | None:
    """The container of an earlier try that is out, or can still go out with the same words and files."""
    made = containers.kept(out)
    if made is None:
        return None
    try:
        state, _more = await containers.state_of(graph, made.id, asked)
    except PlatformError as error:
        if error.kind is ErrorKind.GONE:
            return None
        raise
    usable = state in (State.IN_PROGRESS, State.FINISHED) and made.digest == containers.digest_of(out)
    return made.id if usable or state is State.PUBLISHED else None


async def _published(out: Outgoing, among: Among, title: str) -> Published:
    """The post that a published container became. Raises PlatformError (unknown) where it is not in sight."""
    found = await among()
    if found is None:
        sentence = _("{title} says that the post is out, but it is not among the newest of the account {name}")
        raise problem(ErrorKind.UNKNOWN, sentence.format(title=title, name=out.credentials.name))
    return found


async def _permalink(graph: Graph, post: str) -> str | None:
    """Where people see a post; it is out, so that an answer that fails costs nothing but the address."""
    try:
        found = await graph.get(at(post), {"fields": "permalink"})
    except PlatformError:
        return None
    return safe_link(text_of(found.get("permalink")))
