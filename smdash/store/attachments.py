"""The files of posts, as rows: which file belongs to which part of a post, in which order, with which description.

Their content lies in the media folder (``store.media``) before a row names it. A change of them is one of the post: it
does what an edit of the text does (``post_flow.touched``), and is refused where that is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from smdash.core.clock import encode
from smdash.core.errors import InputError
from smdash.core.media import LONGEST_ALT, Attachment, Probe
from smdash.core.records import Actor, Post
from smdash.core.text import clean, clean_name
from smdash.locale import gettext as _
from smdash.store import media, post_flow, posts
from smdash.store.driver import Connection, new_id

# More than any network takes, so that a loop that runs away is stopped.
MOST_FILES = 100
LAST_PART = 100
_COLUMNS = "id, part, digest, name, media_type, bytes, width, height, seconds, frame_rate, alt"


def of_post(conn: Connection, post_id: int) -> tuple[Attachment, ...]:
    """All files of a post; their places in it, from 1, are their numbers."""
    return of_posts(conn, [post_id]).get(post_id, ())


def of_posts(conn: Connection, post_ids: Sequence[int]) -> dict[int, tuple[Attachment, ...]]:
    """The files of each of these posts that has some."""
    found: dict[int, list[Attachment]] = {}
    for row in conn.execute(
        f"SELECT post_id, {_COLUMNS} FROM attachment WHERE post_id IN (SELECT value FROM json_each(?)) "
        "ORDER BY post_id, part, position, id",
        (json.dumps(list(post_ids)),),
    ).fetchall():
        found.setdefault(row[0], []).append(Attachment(row[1], row[2], row[3], row[4], Probe(*row[5:])))
    return {post_id: tuple(files) for post_id, files in found.items()}


def of_delivery(conn: Connection, post_id: int, part: int) -> tuple[Attachment, ...]:
    """The files that go out with a part of a post, in their order; the first comment (0) has none."""
    return tuple(one for one in of_post(conn, post_id) if one.part == part)


def new(taken: media.Taken, *, alt: str = "", part: int = 1) -> Attachment:
    """A file that is in the media folder, as one to be written. Raises InputError for a part that can't be."""
    if not 1 <= part <= LAST_PART:
        raise InputError(_("there is no part {part}; a thread's parts count from 1").format(part=part))
    return Attachment(0, part, taken.digest, clean_name(taken.name), taken.probe._replace(alt=_alt(alt)))


def add(
    conn: Connection, actor: Actor, post_id: int, taken: media.Taken, now: datetime, *, alt: str = "", part: int = 1
) -> int:
    """Attach a file as the last one of a part; returns its number. The caller holds the write lock.

    Raises InputError for no such post or part, for a file that this part has already, and for too many; StoreMissing
    where its content is gone; Refused as ``write`` does.
    """
    files = of_post(conn, post_id)
    one = new(taken, alt=alt, part=part)
    for number, other in enumerate(files, start=1):
        if (other.part, other.digest) == (part, one.digest):
            raise InputError(_("{name} is attached already, as file {number}").format(name=one.name, number=number))
    write(conn, actor, post_id, (*files, one), now, verb="attach", detail=one.name)
    return 1 + sum(other.part <= part for other in files)


def describe(conn: Connection, actor: Actor, post_id: int, number: int, alt: str, now: datetime) -> bool:
    """Set a file's alternative text; returns whether it was another one. The caller holds the write lock.

    Raises InputError for no such post or file, Refused as ``write`` does.
    """
    files = of_post(conn, post_id)
    one = _numbered(files, post_id, number)
    described = one._replace(probe=one.probe._replace(alt=_alt(alt)))
    return write(
        conn, actor, post_id, [described if other is one else other for other in files], now, verb="describe",
        detail=one.name,
    )  # fmt: skip


def move(
    conn: Connection, actor: Actor, post_id: int, number: int, to: int, now: datetime, *, part: int | None = None
) -> bool:
    """Put a file before another place (*to*, from 1) of its part or of another *part*; returns whether it moved.

    The caller holds the write lock. Raises InputError for no such post, file or part, Refused as ``write`` does.
    """
    files = of_post(conn, post_id)
    one = _numbered(files, post_id, number)
    part = one.part if part is None else part
    if not 1 <= part <= LAST_PART:
        raise InputError(_("there is no part {part}; a thread's parts count from 1").format(part=part))
    rest = [other for other in files if other is not one]
    beside = [other for other in rest if other.part == part]
    beside.insert(max(to, 1) - 1, one._replace(part=part))
    return write(
        conn, actor, post_id, [*(other for other in rest if other.part != part), *beside], now, verb="rearrange",
        detail=one.name,
    )  # fmt: skip


def remove(conn: Connection, actor: Actor, post_id: int, number: int, now: datetime) -> Attachment:
    """Take a file away from a post, and return it; its content stays where it is. The caller holds the write lock.

    Raises InputError for no such post or file, Refused as ``write`` does.
    """
    files = of_post(conn, post_id)
    one = _numbered(files, post_id, number)
    write(conn, actor, post_id, [other for other in files if other is not one], now, verb="detach", detail=one.name)
    return one


def write(
    conn: Connection,
    actor: Actor,
    post_id: int,
    files: Sequence[Attachment],
    now: datetime,
    *,
    verb: str = "attach",
    detail: str = "",
    fresh: bool = False,
) -> bool:
    """Make these the files of a post, in this order; returns whether they are others than before.

    Those with an id are kept or changed, those without are new, and what is not among them goes. Where approval is
    required a ready post needs it again. *fresh*: the post was made in this transaction, so its deliveries stand. The
    caller holds the write lock. Raises InputError for no such post and for too many files, StoreMissing where the
    content of a new one is gone, Refused where something of the post is out or on its way, and where approval would
    come too late.
    """
    post = posts.get(conn, post_id)
    before = of_post(conn, post_id)
    files = sorted(files, key=lambda one: one.part)
    if len(files) > MOST_FILES:
        raise InputError(_("a post holds {most} files at most").format(most=MOST_FILES))
    if tuple(files) == before:
        return False
    for one in files:
        if not one.id:
            media.refuse_missing(conn, one.digest)
    if not fresh:
        _tell(conn, actor, post, before, files, now, verb, detail)
    kept = [one.id for one in files if one.id]
    conn.execute(
        "DELETE FROM attachment WHERE post_id = ? AND id NOT IN (SELECT value FROM json_each(?))",
        (post_id, json.dumps(kept)),
    )
    for position, one in enumerate(files):
        _put(conn, actor, post_id, position, one, now)
    return True


def _tell(
    conn: Connection, actor: Actor, post: Post, before: Sequence[Attachment], after: Sequence[Attachment],
    now: datetime, verb: str, detail: str,
) -> None:  # fmt: skip
    post_flow.touched(
        conn, actor, post, now, verb, detail=detail,
        before={"attachments": [_plain(one) for one in before]}, after={"attachments": [_plain(one) for one in after]},
    )  # fmt: skip


def _put(conn: Connection, actor: Actor, post_id: int, position: int, one: Attachment, now: datetime) -> int:
    if one.id:
        conn.execute(
            "UPDATE attachment SET part = ?, position = ?, alt = ? WHERE id = ? AND post_id = ?",
            (one.part, position, one.probe.alt, one.id, post_id),
        )
        return one.id
    cursor = conn.execute(
        "INSERT INTO attachment (post_id, part, position, digest, name, media_type, bytes, width, height, seconds, "
        "frame_rate, alt, member_id, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (post_id, one.part, position, one.digest, one.name, *one.probe, actor.member_id, encode(now)),
    )
    return new_id(cursor)


def _plain(one: Attachment) -> list[object]:
    return [one.part, one.digest, one.name, one.probe.alt]


def _numbered(files: Sequence[Attachment], post_id: int, number: int) -> Attachment:
    if not 1 <= number <= len(files):
        raise InputError(
            _("post {id} has no file {number}; see: smdash post show {id}").format(id=post_id, number=number)
        )
    return files[number - 1]


def _alt(text: str) -> str:
    return clean(text, limit=LONGEST_ALT).strip()
