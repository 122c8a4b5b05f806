"""What goes out to LinkedIn in the name of a page: posts, comments, reactions, deletions of comments; each sent once.

LinkedIn knows no idempotency key, but refuses the same content again and names the post that has it.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api, /comments-api and
/reactions-api
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.locale import gettext as _
from smdash.platforms.answers import Answer
from smdash.platforms.items import text_of
from smdash.platforms.linkedin_calls import (
    comment_parts,
    comment_path,
    comments_path,
    duplicate_of,
    encoded,
    organization,
    restli_id,
    unexpected,
    urn_of,
)  # fmt: skip
from smdash.platforms.linkedin_media import content, refuse_unfit
from smdash.platforms.linkedin_records import address, comment_urn
from smdash.platforms.linkedin_text import little
from smdash.platforms.oauth_calls import Caller, object_of
from smdash.platforms.outgoing import Addressee, Outgoing, OutgoingKind, Published, addressee, before_sending
from smdash.platforms.problems import problem

if TYPE_CHECKING:
    from smdash.platforms.linkedin_media import Sleep


async def publish(out: Outgoing, call: Caller, sleep: Sleep) -> Published:
    """Send it, once. Raises PlatformError. Files go up before; without a post nobody sees them."""
    if out.kind is OutgoingKind.HIDE:
        raise problem(ErrorKind.REJECTED, _("LinkedIn lets no program hide a comment; delete it"), arrived=False)
    with before_sending():
        page = await organization(call)
    if out.kind is OutgoingKind.LIKE:
        return await _like(addressee(out), call, page)
    if out.kind is OutgoingKind.DELETE:
        return await _delete(addressee(out), call, page)
    if out.kind is OutgoingKind.REPLY or out.above is not None:
        return await _comment(out, call, page)
    with before_sending():
        refuse_unfit(out)
        post: dict[str, Any] = {
            "author": page,
            "commentary": little(out.text),
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }
        if (held := await content(out, call, page, sleep)) is not None:
            post["content"] = held
    answer = await call.send("POST", "/rest/posts", post)
    if (other := duplicate_of(answer)) is not None:
        return await _duplicated(out, call, answer, other)
    call.judged(answer)
    urn = restli_id(answer)
    if urn is None:
        raise unexpected(answer)
    return Published(urn, address(urn))


def target(out: Outgoing) -> tuple[str, str, str | None]:
    """What a comment goes below: where it is sent to, the post, and the comment that it answers.

    LinkedIn's threads have two levels: an answer to an answer goes below the comment that began it.
    """
    if out.above is not None:
        return out.above.remote_id, out.above.remote_id, None
    to = addressee(out)
    if to.kind is MentionKind.DM:
        sentence = _("LinkedIn lets no program send messages for a page")
        raise problem(ErrorKind.REJECTED, sentence, arrived=False)
    for urn in (to.thread_key, to.remote_id):
        if urn and (parts := comment_parts(urn)):
            return urn, parts[0], urn
    return to.remote_id, to.remote_id, None


async def _comment(out: Outgoing, call: Caller, page: str) -> Published:
    with before_sending():
        where, post, parent = target(out)
        if out.media:
            raise problem(ErrorKind.REJECTED, _("smdash sends no files with comments on LinkedIn"))
    body: dict[str, Any] = {"actor": page, "object": post, "message": {"text": out.text}}
    if parent is not None:
        body["parentComment"] = parent
    answer = await call.send("POST", comments_path(where), body)
    if (other := duplicate_of(answer)) is not None:
        return await _duplicated(out, call, answer, other)
    if answer.status in (404, 410) and call.failure(answer).kind is ErrorKind.GONE:
        gone = _("the post is not there any more") if out.above else _("what is answered is not there any more")
        raise problem(ErrorKind.GONE, gone, arrived=False)
    made = object_of(call.judged(answer)) if answer.body.strip() else {}
    urn = comment_urn(made)
    own = restli_id(answer)
    if urn is None and own is not None:
        urn = own if comment_parts(own) else f"urn:li:comment:({post},{own})"
    if urn is None or not (own or text_of(made.get("actor"))):
        raise unexpected(answer)
    return published_comment(urn)


def published_comment(urn: str) -> Published:
    """The record of a comment that is out."""
    parts = comment_parts(urn)
    return Published(urn, address(parts[0], urn) if parts else None)


async def _duplicated(out: Outgoing, call: Caller, answer: Answer, other: str) -> Published:
    """What is there already may be what an earlier try made. Raises PlatformError.

    For a day or two LinkedIn also names posts that were deleted.
    """
    from smdash.platforms.linkedin_find import find, made_since

    try:
        found = await made_since(out, call, other) if other else await find(out, call)
    except PlatformError as error:
        error.arrived = True
        raise
    if found is None:
        raise call.failure(answer)
    return found


async def _like(to: Addressee, call: Caller, page: str) -> Published:
    body = {"root": to.remote_id, "reactionType": "LIKE"}
    answer = await call.send("POST", f"/rest/reactions?actor={encoded(page)}", body)
    if answer.status in (404, 410):
        raise problem(ErrorKind.GONE, _("what is liked is not there any more"), arrived=False)
    made = object_of(call.judged(answer)) if answer.body.strip() else {}
    if restli_id(answer) is None and text_of(made.get("reactionType")) != "LIKE":
        raise unexpected(answer)
    return Published(to.remote_id, to.url)


async def _delete(to: Addressee, call: Caller, page: str) -> Published:
    path = comment_path(to.remote_id)
    if path is None:
        sentence = _("on LinkedIn only comments below the page's own posts can be deleted")
        raise problem(ErrorKind.REJECTED, sentence, arrived=False)
    answer = await call.send("DELETE", f"{path}?actor={encoded(page)}", headers={"X-RestLi-Method": "DELETE"})
    if answer.status in (404, 410):
        raise problem(ErrorKind.GONE, _("what is to be deleted is not there any more"), arrived=False)
    call.judged(answer)
    if answer.status != 204:
        raise unexpected(answer)
    return Published(to.remote_id)


def own(value: object, page: str) -> bool:
    """Whether the page itself is meant."""
    return urn_of(value) == page
