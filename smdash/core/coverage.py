"""What a campaign has and what it lacks: its posts by phase and account, the pieces missing, and what should be gone.

The urgent pieces are those that the Campaigns pane counts too (``core.campaign_warnings``); the others are for whoever
looks at the campaign.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from smdash.core import lint
from smdash.core.assets import Asset
from smdash.core.campaign_warnings import NEAR, SOON, WEEK, empty_words, is_out_of_date
from smdash.core.campaigns import GoalPace
from smdash.core.clock import Span, find_zone
from smdash.core.formats import short_moment
from smdash.core.lint import House, Rule, Subject, Target
from smdash.core.records import Campaign, DeliveryState, Milestone, Post, PostState, Scope
from smdash.locale import gettext as _

ERROR, WARNING = "error", "warning"
AccountKey = tuple[str, str]
_OFF = (PostState.CANCELLED, PostState.EXPIRED)


class Coverage(NamedTuple):
    """How many posts a phase has for an account (network, name), and how many of them are out.

    Without a *phase* it is what lies in none of them, or has no time yet.
    """

    phase: str | None
    account: AccountKey
    planned: int
    out: int


class Missing(NamedTuple):
    """Something that the campaign lacks, in words; ``severity`` is ``error`` where it can't wait, else ``warning``."""

    code: str
    words: str
    phase: str | None
    post_id: int | None
    severity: str


class CampaignView(NamedTuple):
    """Everything about one campaign. ``live_after_end`` are ids of posts; ``seconds`` is the confirmed time of all

    members; of ``missing`` what can't wait comes first.
    """

    campaign: Campaign
    coverage: tuple[Coverage, ...]
    missing: tuple[Missing, ...]
    milestones: tuple[Milestone, ...]
    goals: tuple[GoalPace, ...]
    mentions: int
    answered: int
    seconds: float
    live_after_end: tuple[int, ...]
    scope: tuple[Scope, ...] = ()


def coverage(campaign: Campaign, posts: Sequence[Post], accounts: Sequence[AccountKey]) -> tuple[Coverage, ...]:
    """Posts by phase and account: each phase with each of *accounts* (those of the brand) and each that a post names.

    What lies in no phase is told of those accounts alone that have such a post.
    """
    planned: dict[tuple[str | None, AccountKey], int] = {}
    out: dict[tuple[str | None, AccountKey], int] = {}
    named = set(accounts)
    for post in posts:
        if post.state in _OFF:
            continue
        phase = phase_at(campaign, post.due_at)
        named.update(post.accounts)
        for account in post.accounts:
            key = phase, account
            planned[key] = planned.get(key, 0) + 1
            out[key] = out.get(key, 0) + _is_out(post, account)
    keys: list[tuple[str | None, AccountKey]] = [
        (phase.name, account) for phase in campaign.phases for account in sorted(named)
    ]
    keys += sorted((key for key in planned if key[0] is None), key=lambda key: key[1])
    return tuple(Coverage(*key, planned.get(key, 0), out.get(key, 0)) for key in keys)


def missing(
    campaign: Campaign,
    posts: Sequence[Post],
    assets: Sequence[Asset],
    accounts: Sequence[AccountKey],
    overruled: Mapping[int, Iterable[tuple[str, str]]],
    now: datetime,
    zone: tzinfo,
) -> tuple[Missing, ...]:
    """What the campaign lacks, the urgent first; nothing any more once it is over or called off.

    *accounts* are those of its brand; *overruled* are the findings (rule, about) that somebody let a post off, by its
    id. *zone* is where times are told.
    """
    if campaign.ends_at <= now or campaign.cancelled_at is not None:
        return ()
    found = [
        *_phases(campaign, posts, now),
        *(one for post in posts for one in _post(campaign, post, frozenset(overruled.get(post.id, ())), now, zone)),
        *_assets(campaign, assets, posts, now, zone),
        *_accounts(posts, accounts),
    ]
    return tuple(sorted(found, key=lambda one: one.severity != ERROR))


def live_after_end(campaign: Campaign, posts: Sequence[Post], now: datetime) -> tuple[int, ...]:
    """The posts that offer or sell hard and are out still, though the campaign is over, and their offer is."""
    return tuple(
        post.id
        for post in posts
        if is_out_of_date(post.category, post.offer, post.offer_until, campaign.ends_at, now)
        and any(one.state is DeliveryState.SENT and not one.gone for one in post.deliveries)
    )


def phase_at(campaign: Campaign, moment: datetime | None) -> str | None:
    """The name of the phase that a moment lies in."""
    if moment is None:
        return None
    return next((one.name for one in campaign.phases if one.starts_at <= moment < one.ends_at), None)


def _is_out(post: Post, account: AccountKey) -> bool:
    """Whether all of a post is out at an account."""
    there = [one.state for one in post.deliveries if (one.platform, one.account) == account]
    left = [state for state in there if state is not DeliveryState.CANCELLED]
    return bool(left) and all(state is DeliveryState.SENT for state in left)


def _phases(campaign: Campaign, posts: Sequence[Post], now: datetime) -> Iterator[Missing]:
    """Phases without a post: those that run, and those to come once the campaign runs or they begin soon."""
    moments = [post.due_at for post in posts if post.state not in _OFF and post.due_at is not None]
    for phase in campaign.phases:
        if phase.starts_at < campaign.starts_at or phase.ends_at > campaign.ends_at:
            words = _("“{phase}” is outside the campaign's dates").format(phase=phase.name)
            yield Missing("phase_outside", words, phase.name, None, WARNING)
        if phase.ends_at <= now or any(phase.starts_at <= one < phase.ends_at for one in moments):
            continue
        if campaign.starts_at > now and phase.starts_at - now > WEEK:
            continue
        severity = ERROR if phase.starts_at - now <= SOON else WARNING
        yield Missing("phase_empty", empty_words(phase, now), phase.name, None, severity)
    if not campaign.phases and all(post.state in _OFF for post in posts) and campaign.starts_at - now <= WEEK:
        severity = ERROR if campaign.starts_at - now <= SOON else WARNING
        yield Missing("no_posts", empty_words(None, now), None, None, severity)


def _post(
    campaign: Campaign, post: Post, overruled: frozenset[tuple[str, str]], now: datetime, zone: tzinfo
) -> Iterator[Missing]:
    def found(code: str, words: str, severity: str = WARNING) -> Missing:
        return Missing(code, words, phase_at(campaign, post.due_at), post.id, severity)

    if post.state is PostState.EXPIRED:
        yield found("expired", _("post {id} was not approved in time").format(id=post.id), ERROR)
        return
    if post.state is PostState.CANCELLED:
        return
    if post.due_at is not None and post.state in (PostState.REVIEW, PostState.DRAFT):
        said = _("post {id} is a draft still, for {moment}")
        if post.state is PostState.REVIEW:
            said = _("post {id} waits for approval, for {moment}")
        code = "unapproved" if post.state is PostState.REVIEW else "draft"
        severity = ERROR if post.due_at - now <= NEAR else WARNING
        yield found(code, said.format(id=post.id, moment=short_moment(post.due_at, zone)), severity)
    # What is out, or on its way, is no more ours to change.
    if any(one.state in (DeliveryState.SENT, DeliveryState.SENDING) for one in post.deliveries):
        return
    subject = _subject(campaign, post)
    house = House(find_zone(campaign.zone), utm=True)
    for rule in (lint.outside_campaign, lint.missing_utm):
        for one in rule(subject, house, now):
            if (one.rule.value, one.about) not in overruled:
                code = "utm" if one.rule is Rule.MISSING_UTM else "outside"
                yield found(code, _("post {id}: {problem}").format(id=post.id, problem=one.sentence))


def _subject(campaign: Campaign, post: Post) -> Subject:
    texts = dict.fromkeys(post.text_for(account) for account in post.accounts) or {post.body: None}
    targets = tuple(Target("", "", {}, text, (), post.first_comment) for text in texts)
    span = Span(campaign.starts_at, campaign.ends_at)
    return Subject(
        post.id, post.category, post.due_at, post.offer, post.offer_until, lint.Campaign(campaign.name, span), targets
    )


def _assets(
    campaign: Campaign, assets: Sequence[Asset], posts: Sequence[Post], now: datetime, zone: tzinfo
) -> Iterator[Missing]:
    off = {post.id for post in posts if post.state in _OFF}
    for one in assets:
        if not one.open or one.post_id in off:
            continue
        said = _("{owner} has not made “{what}” yet")
        if one.due_at is not None:
            said = _("{owner} has not made “{what}” yet, due {moment}")
            if one.due_at < now:
                said = _("{owner} has not made “{what}”, which was due {moment}")
        moment = short_moment(one.due_at, zone) if one.due_at is not None else ""
        words = said.format(owner=one.owner, what=one.what, moment=moment)
        severity = ERROR if one.due_at is not None and one.due_at - now <= NEAR else WARNING
        yield Missing("asset", words, phase_at(campaign, one.due_at), one.post_id, severity)


def _accounts(posts: Sequence[Post], accounts: Sequence[AccountKey]) -> Iterator[Missing]:
    used = {account for post in posts if post.state not in _OFF for account in post.accounts}
    for platform, name in accounts:
        if (platform, name) not in used:
            words = _("no post for {account}").format(account=f"{platform}/{name}")
            yield Missing("account", words, None, None, WARNING)
