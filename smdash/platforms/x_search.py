"""Searches on X: posts of the last seven days, newest first, each read once (``since_id``), as each one is billed.

https://docs.x.com/x-api/posts/search/introduction and /integrate/paginate. Where the account's owner set a budget for
what is read in a month, searches need one of their own (``monthly_search_reads``), which they share evenly.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from smdash.core.clock import encode
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import IncomingMention
from smdash.locale import gettext as _
from smdash.platforms import x_paging as paging
from smdash.platforms.answers import iso_date
from smdash.platforms.base import Credentials, Pull, Pulled
from smdash.platforms.items import Malformed, Skipped
from smdash.platforms.problems import problem
from smdash.platforms.search_walk import hits
from smdash.platforms.x_calls import caller, identifier, own_id
from smdash.platforms.x_lists import page_of, pulled
from smdash.platforms.x_records import MEDIA_FIELDS, POST_FIELDS, USER_FIELDS, count_of, included, read_post

if TYPE_CHECKING:
    from smdash.platforms.client import Client, Params

_PATH = "/2/tweets/search/recent"
_PAGE, _LEAST = 100, 10
# A new search shows the newest hits; all of a week could cost more than anybody meant to spend.
_PAGES_FIRST = 1
# X holds no more than seven days, and refuses to be asked for what lies before.
_MARGIN = paging.FIRST_SYNC / 200
OPTION = "monthly_search_reads"


async def search(pull: Pull, query: str, client: Client) -> Pulled:
    """One page of hits; ``more`` asks for the next one.

    Raises PlatformError: quota, before anything is asked, where the month's budget is used up.
    """
    call = caller(pull.credentials, client, pull.now, owner_typed=pull.owner_typed)
    place, budget = _budget(pull.credentials, paging.load(pull.cursor), pull.now, pull.among)
    budget.check(pull.credentials.name)
    if not place.me:
        place = replace(place, me=await own_id(call))
    oldest = encode(pull.now - paging.FIRST_SYNC + _MARGIN)
    if not place.mark and not place.since:
        # The same for all pages of the walk.
        place = replace(place, since=oldest)
    elif place.mark and place.mark_at < oldest and not place.back:
        # An id that is older than what X holds is refused.
        place = replace(place, mark="", mark_at="", since=oldest)
    try:
        answer = await call.get(_PATH, _params(query, place, budget))
    except PlatformError as error:
        if place.back and error.kind is ErrorKind.REJECTED:
            # X forgot where we were: the next run walks down from the top again.
            return Pulled(cursor=paging.dump(place.again()), notice=str(error))
        raise
    found = page_of(answer)
    items: list[Any] = found.get("data", [])
    skipped = Skipped()
    mentions = _read(items, found, pull, place.me, skipped)
    times = [(one, made) for item in items if isinstance(item, dict) and (one := identifier(item.get("id")))
             and (made := iso_date(item.get("created_at"))) is not None]  # fmt: skip
    meta = found.get("meta", {})
    newest = paging.newest_of(times)
    named = identifier(meta.get("newest_id"))
    if named is not None:
        newest = (named, newest[1] if newest else "")
    most = None if place.started else _PAGES_FIRST
    step = paging.advance(place, newest, meta.get("next_token"), met=False, read=count_of(found), most=most)
    return pulled(answer, pull, hits(mentions), step, skipped, budget)


def _params(query: str, place: paging.Place, budget: paging.Budget) -> Params:
    params: dict[str, str | int | list[str]] = {
        "query": query,
        "max_results": budget.page(_PAGE, _LEAST),
        "sort_order": "recency",
        "tweet.fields": POST_FIELDS,
        "expansions": "author_id,attachments.media_keys",
        "user.fields": USER_FIELDS,
        "media.fields": MEDIA_FIELDS,
    }
    params |= {"since_id": place.mark} if place.mark else {"start_time": f"{place.since[:19]}Z"}
    if place.back:
        params["next_token"] = place.back
    return params


def _read(items: list[Any], found: dict[str, Any], pull: Pull, me: str, skipped: Skipped) -> list[IncomingMention]:
    people, media = included(found)
    kept = []
    # Oldest first, so that of two edits of a post the last one stays.
    for item in reversed(items):
        if not isinstance(item, dict):
            skipped.add("item")
            continue
        try:
            kept.append(read_post(item, people, media, account=pull.credentials.name, me=me))
        except Malformed as lack:
            skipped.add(str(lack))
    return kept


def _budget(
    credentials: Credentials, place: paging.Place, now: datetime, among: int
) -> tuple[paging.Place, paging.Budget]:
    """The place in this month, and what this one of the searches may still read.

    Raises PlatformError for a budget that is no number, and where the searches have none beside the lists' own.
    """
    said = credentials.options.get(OPTION, "").strip()
    if not said and credentials.options.get("monthly_reads", "").strip():
        sentence = _("the account {name} has a budget for X; its searches need one, too: set {key} in sync.toml")
        raise problem(ErrorKind.REJECTED, sentence.format(name=credentials.name, key=OPTION), arrived=False)
    now = now.astimezone(UTC)
    place = place if place.month == now.strftime("%Y-%m") else replace(place, month=now.strftime("%Y-%m"), used=0)
    if not said:
        return place, paging.Budget(None, place.used, now)
    if not said.isascii() or not said.isdecimal() or len(said) > 12:
        sentence = _("{key} of the account {name} is no whole number")
        raise problem(ErrorKind.REJECTED, sentence.format(key=OPTION, name=credentials.name), arrived=False)
    return place, paging.Budget(int(said) // max(among, 1), place.used, now)
