"""Comments below a channel's videos: what is new, edited, answered or taken away, one call of YouTube's a time.

The list of threads (commentThreads, ``order=time``) is newest first and knows no "since". Each run reads it down to the
newest thread of the run before; every few hours one goes back two weeks, for edits, and for answers to old threads,
which lift no thread (unverified). A thread holds some of its answers only; the others are asked for where their number
changed. What was there and is not any more is asked for by its id before it counts as deleted.
https://developers.google.com/youtube/v3/docs/commentThreads/list, comments/list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention
from smdash.platforms import youtube_units
from smdash.platforms.base import Pull, Pulled
from smdash.platforms.cursors import dump, fields_of, is_number, texts, whole
from smdash.platforms.items import Malformed, Skipped, objects, refuse_flood, text_of
from smdash.platforms.youtube_calls import Caller, identifier, items_of, own_channel
from smdash.platforms.youtube_records import read_comment, read_thread, taken_away

if TYPE_CHECKING:
    from smdash.platforms.client import Client, Params

FIRST_SYNC = timedelta(days=7)
SWEEP_EVERY = timedelta(hours=6)
SWEEP_BACK = timedelta(days=14)
# YouTube's own order may be off by a little.
OVERLAP = timedelta(minutes=10)
PAGE = 100
PAGES_MOST = 120
_AT_ONCE = 50
_THREADS_MOST = 500
_REPLIES_MOST = 100
_ANSWERS_MOST = 5_000
_WAITING_MOST = 200
# So many in a row must be old before the list counts as read: a single odd date ends nothing.
_OLD = 3


@dataclass(frozen=True, slots=True)
class Thread:
    """What is remembered of a thread: when it began (seconds), its answers, its video, and the run that saw it last."""

    began: float
    total: int = 0
    replies: tuple[str, ...] = ()
    run: int = 0
    video: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """The cursor. Times are seconds since 1970; ``back`` is the page that a run reads next.

    ``since`` is from when on comments count at all; a run reads down to ``floor`` and has come to ``reached``.
    ``waiting`` are threads whose answers are asked for, ``answers`` the page of the first of them and ``found`` its
    answers so far; ``missing`` are ids that are to be looked for.
    """

    me: str = ""
    since: float = 0
    mark: float = 0
    newest: float = 0
    floor: float = 0
    reached: float = 0
    back: str = ""
    pages: int = 0
    run: int = 0
    swept: float = 0
    sweeping: bool = False
    waiting: tuple[str, ...] = ()
    answers: str = ""
    found: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    known: dict[str, Thread] = field(default_factory=dict)


def load(text: str | None) -> Place:
    """The place that a cursor holds; of what can't be read as ours nothing."""
    held = fields_of(text)
    known = held.get("known")
    threads: dict[str, Thread] = {}
    for key, one in known.items() if isinstance(known, dict) else ():
        if isinstance(one, dict) and is_number(one.get("began")):
            total, run, video = whole(one.get("total")), whole(one.get("run")), text_of(one.get("video"))
            threads[key] = Thread(one["began"], total, texts(one.get("replies")), run, video)

    def number(name: str) -> float:
        value: float = held[name] if is_number(held.get(name)) else 0
        return value

    return Place(
        me=text_of(held.get("me")),
        since=number("since"),
        mark=number("mark"),
        newest=number("newest"),
        floor=number("floor"),
        reached=number("reached"),
        back=text_of(held.get("back")),
        pages=whole(held.get("pages")),
        run=whole(held.get("run")),
        swept=number("swept"),
        sweeping=held.get("sweeping") is True,
        waiting=texts(held.get("waiting")),
        answers=text_of(held.get("answers")),
        found=texts(held.get("found")),
        missing=texts(held.get("missing")),
        known=threads,
    )


async def pull(pull: Pull, client: Client) -> Pulled:
    """The next call of the job ``comments``; ``more`` asks for another one. Raises PlatformError."""
    place = load(pull.cursor)
    caller = Caller(pull.credentials, client, pull.now, owner_typed=pull.owner_typed, keep=youtube_units.RESERVE)
    if not place.me:
        me = str((await own_channel(caller))["id"])
        place = replace(place, me=me, since=(pull.now - FIRST_SYNC).timestamp())
    skipped, stuck = Skipped(), None
    mentions: list[IncomingMention] = []
    try:
        if place.waiting:
            place, mentions = await _answers(place, pull, caller, skipped)
        elif place.missing:
            place, mentions = await _look_for(place, pull, caller)
        else:
            place, mentions = await _page(place, pull, caller, skipped)
    except PlatformError as error:
        # A page or a thread that is not there any more must not hold up the others.
        past = _past(place) if error.kind in (ErrorKind.REJECTED, ErrorKind.GONE) else None
        if past is None:
            raise
        place, stuck = past, str(error)
    left = youtube_units.quota(pull.credentials, pull.now)
    over = left.left <= youtube_units.RESERVE
    return Pulled(
        mentions=mentions,
        cursor=dump(place),
        more=bool(place.back or place.waiting or place.missing) and not over,
        quota=left,
        not_before=left.resets_at if over else None,
        notice=stuck or skipped.notice(),
    )


def _past(place: Place) -> Place | None:
    """The place without the page or the thread that was asked for; nothing where the whole list was."""
    if place.waiting:
        gone = tuple(dict.fromkeys((*place.missing, place.waiting[0])))
        return replace(place, waiting=place.waiting[1:], answers="", found=(), missing=gone)
    return replace(place, back="", pages=0) if place.back else None


async def _page(place: Place, pull: Pull, caller: Caller, skipped: Skipped) -> tuple[Place, list[IncomingMention]]:
    """A page of threads, newest first."""
    if not place.back:
        place = _begun(place, pull.now)
    params: dict[str, str | int | list[str]] = {
        "part": "id,snippet,replies",
        "allThreadsRelatedToChannelId": place.me,
        "order": "time",
        "maxResults": PAGE,
        "textFormat": "plainText",
    }
    if place.back:
        params["pageToken"] = place.back
    found = await caller.get("commentThreads", params)
    items = items_of(found, caller)
    refuse_flood(items, caller.host)
    mentions: list[IncomingMention] = []
    waiting, missing = list(place.waiting), list(place.missing)
    known = dict(place.known)
    oldest = place.reached
    times: list[float] = []
    for item in items:
        try:
            thread_id, total, video, comments = read_thread(item, pull.credentials.name, place.me)
        except Malformed as lack:
            skipped.add(str(lack))
            continue
        began = comments[0].sent_at.timestamp()
        oldest = min(oldest, began)
        times.append(began)
        place = replace(place, newest=max(place.newest, began))
        before = known.get(thread_id)
        ids = tuple(_short(one.remote_id) for one in comments[1:])
        whole = total <= len(ids)
        kept = before.replies if before is not None else ()
        counted = before.total if before is not None else 0
        if whole:
            missing += [_long(thread_id, one) for one in kept if one not in ids]
            counted = total
        elif (counted != total or place.sweeping) and len(waiting) < _WAITING_MOST:
            waiting.append(thread_id)
            counted = total
        replies = ids if whole else tuple(dict.fromkeys((*kept, *ids)))[:_REPLIES_MOST]
        known[thread_id] = Thread(began, counted, replies, place.run, video or "")
        mentions += [one for one in _in_turn(comments) if one.sent_at.timestamp() >= place.since]
    following = text_of(found.get("nextPageToken"))
    pages = place.pages + 1
    at_end = not following or following == place.back or not items
    place = replace(
        place,
        known=_newest(known),
        waiting=tuple(dict.fromkeys(waiting)),
        missing=tuple(dict.fromkeys(missing)),
        reached=oldest,
        pages=pages,
    )
    old = bool(times) and all(began < place.floor for began in times[-_OLD:])
    if not at_end and not old and pages < PAGES_MOST:
        return replace(place, back=following), mentions
    return _ended(replace(place, reached=0) if at_end else place, pull.now), mentions


def _begun(place: Place, now: datetime) -> Place:
    at = now.timestamp()
    sweeping = at - place.swept >= SWEEP_EVERY.total_seconds()
    floor = at - SWEEP_BACK.total_seconds() if sweeping and place.mark else place.mark - OVERLAP.total_seconds()
    floor = max(min(floor, at), place.since)
    return replace(place, sweeping=sweeping, floor=floor, reached=at, pages=0, run=place.run + 1)


def _ended(place: Place, now: datetime) -> Place:
    """The run is over: what it should have seen and did not is looked for."""
    gone = [key for key, one in place.known.items() if one.began > place.reached and one.run != place.run]
    return replace(
        place,
        back="",
        pages=0,
        mark=max(place.mark, min(place.newest, now.timestamp())),
        swept=now.timestamp() if place.sweeping else place.swept,
        sweeping=False,
        missing=tuple(dict.fromkeys((*place.missing, *gone))),
    )


def _newest(known: dict[str, Thread]) -> dict[str, Thread]:
    return dict(sorted(known.items(), key=lambda pair: -pair[1].began)[:_THREADS_MOST])


async def _answers(place: Place, pull: Pull, caller: Caller, skipped: Skipped) -> tuple[Place, list[IncomingMention]]:
    """A page of all the answers in the first waiting thread."""
    thread_id = place.waiting[0]
    params: Params = {
        "part": "id,snippet",
        "parentId": thread_id,
        "maxResults": PAGE,
        "textFormat": "plainText",
        **({"pageToken": place.answers} if place.answers else {}),
    }
    found = await caller.get("comments", params)
    items = items_of(found, caller)
    refuse_flood(items, caller.host)
    comments: list[IncomingMention] = []
    before = place.known.get(thread_id)
    video = before.video if before is not None else None
    account = pull.credentials.name
    for item in items:
        try:
            comments.append(read_comment(item, account=account, me=place.me, thread_id=thread_id, video_id=video))
        except Malformed as lack:
            skipped.add(str(lack))
    ids = tuple(dict.fromkeys((*place.found, *(_short(one.remote_id) for one in comments))))
    following = text_of(found.get("nextPageToken"))
    mentions = [one for one in _in_turn(comments) if one.sent_at.timestamp() >= place.since]
    if following and following != place.answers and items and len(ids) < _ANSWERS_MOST:
        return replace(place, answers=following, found=ids), mentions
    gone = [_long(thread_id, one) for one in before.replies if one not in ids] if before is not None else []
    known = dict(place.known)
    if before is not None:
        known[thread_id] = replace(before, replies=ids[:_REPLIES_MOST])
    return replace(
        place,
        waiting=place.waiting[1:],
        answers="",
        found=(),
        missing=tuple(dict.fromkeys((*place.missing, *gone))),
        known=known,
    ), mentions


async def _look_for(place: Place, pull: Pull, caller: Caller) -> tuple[Place, list[IncomingMention]]:
    """Ask for comments that were not where they should be: what is not found by its id is gone."""
    asked, rest = place.missing[:_AT_ONCE], place.missing[_AT_ONCE:]
    found = await caller.get("comments", {"part": "id", "id": ",".join(asked), "maxResults": PAGE})
    there = {identifier(one.get("id")) for one in objects(items_of(found, caller))}
    gone = [one for one in asked if one not in there]
    # What is there but not in the list is held back, and not looked for at every run.
    known = {key: one for key, one in place.known.items() if key not in asked}
    mentions = []
    for one in gone:
        thread_id = one.partition(".")[0]
        held = place.known.get(thread_id)
        began = datetime.fromtimestamp(held.began, UTC) if held is not None else None
        below = [_long(one, reply) for reply in held.replies] if held is not None and one == thread_id else []
        for each in (one, *below):
            mentions.append(taken_away(each, account=pull.credentials.name, thread_id=thread_id, sent_at=began))
        if one != thread_id and thread_id in known:
            replies = tuple(reply for reply in known[thread_id].replies if reply != _short(one))
            known[thread_id] = replace(known[thread_id], replies=replies)
    return replace(place, missing=rest, known=known), mentions


def _in_turn(comments: Iterable[IncomingMention]) -> list[IncomingMention]:
    """The comments by their time, each of ours as the answer to the last one before it that somebody else wrote."""
    found, asked = [], None
    for one in sorted(comments, key=lambda one: one.sent_at):
        if not one.own:
            asked = one.remote_id
        found.append(one._replace(parent_id=asked) if one.own and asked is not None else one)
    return found


def _short(remote_id: str) -> str:
    """An answer's id begins with its thread's and a dot; what comes behind is enough to know it by."""
    return remote_id.partition(".")[2] or remote_id


def _long(thread_id: str, short: str) -> str:
    return f"{thread_id}.{short}"
