"""What goes out on Reddit: posts to one subreddit, comments, answers, messages, deletions, each sent once.

The first line of a post is its title. What is behind it is its text; where that is nothing but an address, the post is
a link, and with a picture it is the picture's. The account's option ``subreddit`` says where it goes.
https://www.reddit.com/dev/api#POST_api_submit, #POST_api_comment, #POST_api_del. Nothing of it carries a key of ours.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.core.text import clean, one_line, safe_link
from smdash.locale import gettext as _
from smdash.platforms import reddit_media
from smdash.platforms.items import objects, refuse_flood, text_of
from smdash.platforms.outgoing import Addressee, Outgoing, OutgoingKind, Published, addressee, before_sending
from smdash.platforms.problems import problem
from smdash.platforms.reddit_calls import Caller, epoch, fullname, listing, myself
from smdash.platforms.reddit_records import SITE

if TYPE_CHECKING:
    from smdash.platforms.client import Params

TITLE, TEXT = 300, 40_000
# How far Reddit's clock may be behind ours.
SKEW = timedelta(minutes=2)
_PAGES = 3
_SUBREDDIT = re.compile(r"(?:u_)?[A-Za-z0-9_-]{2,30}")
_ADDRESS = re.compile(r"https?://\S+")


async def publish(out: Outgoing, caller: Caller, sleep: reddit_media.Sleep) -> Published:
    """Send it, once. Raises PlatformError."""
    if out.kind is OutgoingKind.LIKE:
        raise _refused(_("Reddit wants votes to be cast by people, on its own site"))
    if out.kind is OutgoingKind.HIDE:
        raise _refused(_("on Reddit only moderators take comments away, on its own site"))
    if out.kind is OutgoingKind.DELETE:
        return await _delete(addressee(out), caller)
    if out.kind is OutgoingKind.POST and out.above is None:
        return await _submit(out, caller, sleep)
    if out.media:
        raise _refused(_("Reddit takes no files in a comment"))
    below = addressee(out).remote_id if out.above is None else out.above.root_id
    inner = await caller.post("/api/comment", {"thing_id": below, "text": out.text})
    data = inner.get("data")
    things = objects(data.get("things")) if isinstance(data, dict) else []
    made = things[0].get("data") if things else None
    found = _published(made) if isinstance(made, dict) else None
    if found is None:
        raise _no_answer()
    return found


def subreddit_of(out: Outgoing) -> str:
    """Where posts go, without r/. Raises PlatformError (rejected)."""
    name = out.credentials.options.get("subreddit", "").strip().removeprefix("/").removeprefix("r/").strip("/")
    if not _SUBREDDIT.fullmatch(name):
        raise _refused(_("the account has no option subreddit that says where its posts go, such as r/kopi"))
    return name


def parts_of(text: str) -> tuple[str, str]:
    """The title and text that a post becomes. Raises PlatformError (rejected) where Reddit would refuse it."""
    first, _break, rest = text.strip().partition("\n")
    title, rest = one_line(first), rest.strip()
    if not title:
        raise _refused(_("the first line of a post is its title on Reddit, and there is none"))
    if len(title) > TITLE:
        sentence = _("the first line is the post's title on Reddit, which takes {most} characters, not {count}")
        raise _refused(sentence.format(most=TITLE, count=len(title)))
    if len(rest) > TEXT:
        sentence = _("a post takes {most} characters on Reddit, not {count}")
        raise _refused(sentence.format(most=TEXT, count=len(rest)))
    return title, rest


async def _submit(out: Outgoing, caller: Caller, sleep: reddit_media.Sleep) -> Published:
    title, rest = parts_of(out.text)
    fields = {"sr": subreddit_of(out), "title": title, "resubmit": "true", "sendreplies": "true"}
    if out.media:
        if len(out.media) != 1 or not out.media[0].media_type.startswith("image/"):
            raise _refused(_("smdash sends Reddit one picture in a post, and no videos"))
        with before_sending():
            address = await reddit_media.upload(out.media[0], caller)
        await caller.post("/api/submit", {**fields, "kind": "image", "url": address, "text": rest})
        # Reddit makes the post in a moment of its own, and tells its id elsewhere.
        for pause in reddit_media.PAUSES:
            await sleep(pause)
            try:
                found = await find(out, caller)
            except PlatformError as error:
                error.arrived = True
                raise
            if found is not None:
                return found
        raise problem(ErrorKind.UNKNOWN, _("Reddit took the picture, but does not show the post yet"))
    if _ADDRESS.fullmatch(rest):
        fields |= {"kind": "link", "url": rest}
    else:
        fields |= {"kind": "self", "text": rest}
    inner = await caller.post("/api/submit", fields)
    data = inner.get("data")
    found = _published(data) if isinstance(data, dict) else None
    if found is None:
        raise _no_answer()
    return found


async def _delete(to: Addressee, caller: Caller) -> Published:
    """Delete what the account wrote itself."""
    with before_sending():
        me = str((await myself(caller))["name"])
        one = await _info(to.remote_id, caller)
        if one is None or _is_gone(one):
            return Published(to.remote_id)
        if text_of(one.get("author")).casefold() != me.casefold():
            raise _refused(_("on Reddit an account deletes only what it wrote itself"))
    # Its answer is an empty object, whatever was there.
    await caller.post("/api/del", {"id": to.remote_id})
    return Published(to.remote_id)


async def find(out: Outgoing, caller: Caller) -> Published | None:
    """Look whether it is out, among the account's own newest things. Raises PlatformError where it can't be told."""
    if out.kind in (OutgoingKind.LIKE, OutgoingKind.HIDE):
        return None  # never sent
    if out.kind is OutgoingKind.DELETE:
        remote_id = addressee(out).remote_id
        one = await _info(remote_id, caller)
        return Published(remote_id) if one is None or _is_gone(one) else None
    me = quote(str((await myself(caller))["name"]), safe="")
    if out.kind is OutgoingKind.REPLY and addressee(out).kind is MentionKind.DM:
        path = "/message/sent"
    else:
        submits = out.kind is OutgoingKind.POST and out.above is None
        path = f"/user/{me}/submitted" if submits else f"/user/{me}/comments"
    since, after = out.first_at - SKEW, ""
    for _count in range(_PAGES):
        params: Params = {"limit": 100, "sort": "new", **({"after": after} if after else {})}
        answer = await caller.get(path, params)
        children, after = listing(answer)
        refuse_flood(children, answer.host)
        old = not children
        for child in objects(children):
            data = child.get("data")
            made = epoch(data.get("created_utc")) if isinstance(data, dict) else None
            if not isinstance(data, dict) or made is None:
                continue
            old = made < since
            if not old and _is_same(out, data) and (found := _published(data)) is not None:
                return found
        if old or not after:
            return None
    sentence = _("it can't be told from the newest things of the account {name} whether this is out; look there")
    raise problem(ErrorKind.UNKNOWN, sentence.format(name=out.credentials.name))


def _is_same(out: Outgoing, data: dict[str, Any]) -> bool:
    if out.kind is OutgoingKind.POST and out.above is None:
        title, rest = parts_of(out.text)
        if _folded(text_of(data.get("title"))) != _folded(title):
            return False
        if text_of(data.get("subreddit")).casefold() != subreddit_of(out).casefold():
            return False
        if out.media:
            return data.get("is_self") is not True
        if _ADDRESS.fullmatch(rest):
            return text_of(data.get("url")).rstrip("/") == rest.rstrip("/")
        return _folded(text_of(data.get("selftext"))) == _folded(rest)
    below = out.above.root_id if out.above is not None else addressee(out).remote_id
    return data.get("parent_id") == below and _folded(text_of(data.get("body"))) == _folded(out.text)


def _folded(text: str) -> str:
    return one_line(clean(text))


async def is_there(remote_id: str, caller: Caller) -> bool:
    """Whether a post or a comment is there still, and neither deleted nor taken away by moderators."""
    one = await _info(remote_id, caller)
    return one is not None and not _is_gone(one)


async def _info(remote_id: str, caller: Caller) -> dict[str, Any] | None:
    answer = await caller.get("/api/info", {"id": remote_id})
    children, _after = listing(answer)
    for child in objects(children):
        data = child.get("data")
        if isinstance(data, dict) and data.get("name") == remote_id:
            return data
    return None


def _is_gone(data: dict[str, Any]) -> bool:
    removed = data.get("removed_by_category") is not None
    return removed or text_of(data.get("author")) == "[deleted]"


def _published(data: dict[str, Any]) -> Published | None:
    """What was made, where its id can be read; some answers write it into ``id``."""
    found = fullname(data.get("name")) or fullname(data.get("id"))
    if found is None:
        return None
    path = text_of(data.get("permalink"))
    url = SITE + path if path.startswith("/") else text_of(data.get("url"))
    return Published(found, safe_link(url))


def _no_answer() -> PlatformError:
    return problem(ErrorKind.SERVER, _("Reddit took it, but did not say what it made of it"))


def _refused(sentence: str) -> PlatformError:
    return problem(ErrorKind.REJECTED, sentence, arrived=False)
