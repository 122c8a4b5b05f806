"""What speaks against a post before it goes out: one small function a rule, all pure.

A finding is a remark that a person can overrule with a reason; only what blocks is held by the service. Links are
judged by what the service found behind them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from smdash.core import labels, limits, threads
from smdash.core import media as files
from smdash.core.assets import Asset
from smdash.core.clock import Span, encode
from smdash.core.formats import number, short_day, short_moment
from smdash.core.links import Link
from smdash.core.links import reason as link_reason
from smdash.core.media import Attachment
from smdash.core.records import Category, Format
from smdash.core.team import Holiday
from smdash.locale import gettext as _
from smdash.locale import ngettext

# How far back, and ahead, the same text is a repetition: a month of planning.
RECENT = timedelta(days=30)
# Two posts of an account that are closer than this push each other down.
APART = timedelta(hours=1)
# Where words are written without spaces between them, a banned one is found inside of others too.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


class Rule(StrEnum):
    """The names that people type to overrule a finding."""

    TOO_LONG = "too_long"
    NO_THREADS = "no_threads"
    NO_COMMENT = "no_comment"
    BANNED_WORD = "banned_word"
    IDENTICAL_TEXT = "identical_text"
    SAME_HOUR = "same_hour"
    MISSING_UTM = "missing_utm"
    NO_OFFER = "no_offer"
    HARD_SELLS_IN_A_ROW = "hard_sells_in_a_row"
    OUTSIDE_CAMPAIGN = "outside_campaign"
    HOLIDAY = "holiday"
    MEDIA = "media"
    MISSING_ALT = "missing_alt"
    NO_MEDIA = "no_media"
    ASSET = "asset"
    DEAD_LINK = "dead_link"


BLOCKING = frozenset({Rule.TOO_LONG, Rule.NO_THREADS, Rule.BANNED_WORD, Rule.MEDIA})


class Finding(NamedTuple):
    """What a rule has against a post.

    ``about`` says in short what was found, so that an overruling of it does not cover what an edit brings in later.
    """

    rule: Rule
    sentence: str
    about: str

    @property
    def blocks(self) -> bool:
        return self.rule in BLOCKING


class Neighbour(NamedTuple):
    """Another post of an account: when it went out or is to (UTC)."""

    post_id: int
    at: datetime
    category: Category
    text: str


class Target(NamedTuple):
    """An account that a post is for, with the text that goes there and the account's other posts."""

    account: str
    platform: str
    limits: dict[str, int]
    text: str
    neighbours: tuple[Neighbour, ...] = ()
    first_comment: str | None = None
    # How many parts the thread has where the text is one of them.
    parts: int | None = None

    @property
    def pieces(self) -> list[tuple[int, str]]:
        """The posts of a thread, and the first comment, each with its number."""
        return threads.pieces(self.platform, self.text, self.first_comment)

    @property
    def posts(self) -> int:
        """How many posts the thread has."""
        return self.parts or len(threads.pieces(self.platform, self.text, None))


class Campaign(NamedTuple):
    """The campaign that a post belongs to."""

    name: str
    span: Span


class Subject(NamedTuple):
    """A post, as far as the rules look at it. ``due_at`` (UTC) is missing where it has no time yet.

    ``files`` are in the order of their numbers; ``assets`` are those that are still to be made; ``dead_links`` are
    addresses behind which the service found nothing.
    """

    id: int
    category: Category
    due_at: datetime | None
    offer: str | None
    offer_until: datetime | None
    campaign: Campaign | None
    targets: tuple[Target, ...]
    format: Format = Format.TEXT
    files: tuple[Attachment, ...] = ()
    assets: tuple[Asset, ...] = ()
    dead_links: tuple[Link, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """Those that differ."""
        said = (text for one in self.targets for text in (one.text, one.first_comment) if text)
        return tuple(dict.fromkeys(said))


class House(NamedTuple):
    """What the team has set. ``utm``: links have to say where their visitors come from."""

    zone: ZoneInfo
    holidays: tuple[Holiday, ...] = ()
    banned_words: tuple[str, ...] = ()
    utm: bool = False


def find(post: Subject, house: House, now: datetime) -> list[Finding]:
    """All that speaks against a post; what blocks comes first."""
    found = [one for rule in _RULES for one in rule(post, house, now)]
    return sorted(found, key=lambda one: not one.blocks)


def too_long(post: Subject, _house: House, _now: datetime) -> Iterator[Finding]:
    """Longer than the network takes, by the network's own counting."""
    holding = {file.part for file in post.files}
    for one, part, text in [(target, *piece) for target in post.targets for piece in target.pieces]:
        room = limits.count(one.platform, text, post=True, files=part in holding, limits=one.limits)
        if room.over and room.limit is not None and room.left is not None:
            said = ngettext(
                "{n} character too long for {account}, which takes {limit}",
                "{n} characters too long for {account}, which takes {limit}",
                -room.left,
            )
            sentence = said.format(n=number(-room.left), account=one.account, limit=number(room.limit))
            yield Finding(Rule.TOO_LONG, sentence, f"{one.account} {room.used}/{room.limit}")


def no_threads(post: Subject, _house: House, _now: datetime) -> Iterator[Finding]:
    """A thread, or a first comment, for a network that has none."""
    for one in post.targets:
        if not limits.threads(one.platform) and len(threads.parts(one.text)) > 1:
            sentence = _("{account} has no threads; give it a version in one part").format(account=one.account)
            yield Finding(Rule.NO_THREADS, sentence, one.account)
        if one.first_comment and not limits.first_comment(one.platform):
            sentence = _("{account} takes no first comment; it would go out without").format(account=one.account)
            yield Finding(Rule.NO_COMMENT, sentence, one.account)


def banned_word(post: Subject, house: House, _now: datetime) -> Iterator[Finding]:
    """Words that the team never uses, whatever their letters' case."""
    for text in post.texts:
        folded = _folded(text)
        words = [word for word in house.banned_words if _pattern(word).search(folded)]
        if words:
            said = ngettext("banned word: {words}", "banned words: {words}", len(words))
            sentence = said.format(words=", ".join(f"“{word}”" for word in words))
            yield Finding(Rule.BANNED_WORD, sentence, ", ".join(sorted(map(_folded, words))))


def identical_text(post: Subject, house: House, now: datetime) -> Iterator[Finding]:
    """The same text at the same account within a month."""
    at = post.due_at or now
    for one in post.targets:
        text = _folded(one.text)
        same = [other for other in one.neighbours if abs(other.at - at) <= RECENT and _folded(other.text) == text]
        if same:
            nearest = min(same, key=lambda other: (abs(other.at - at), other.post_id))
            sentence = _("{account} has the same text on {moment} (post {id})").format(
                account=one.account, moment=short_moment(nearest.at, house.zone), id=nearest.post_id
            )
            yield Finding(Rule.IDENTICAL_TEXT, sentence, f"{one.account} {nearest.post_id}")


def same_hour(post: Subject, house: House, _now: datetime) -> Iterator[Finding]:
    """Another post of the same account less than an hour away."""
    due_at = post.due_at
    if due_at is None:
        return
    for one in post.targets:
        near = [other for other in one.neighbours if abs(other.at - due_at) < APART]
        if near:
            nearest = min(near, key=lambda other: (abs(other.at - due_at), other.post_id))
            sentence = _("{account} has another post within the hour, on {moment} (post {id})").format(
                account=one.account, moment=short_moment(nearest.at, house.zone), id=nearest.post_id
            )
            yield Finding(Rule.SAME_HOUR, sentence, f"{one.account} {nearest.post_id}")


def missing_utm(post: Subject, house: House, _now: datetime) -> Iterator[Finding]:
    """A link that does not say where its visitors come from, where the team wants that."""
    if not house.utm:
        return
    links = dict.fromkeys(link for text in post.texts for link in limits.links(text))
    bare = [link for link in links if not _has_source(link)]
    if bare:
        said = ngettext("this link has no utm_source: {links}", "these links have no utm_source: {links}", len(bare))
        yield Finding(Rule.MISSING_UTM, said.format(links=", ".join(bare)), " ".join(bare))


def dead_link(post: Subject, _house: House, _now: datetime) -> Iterator[Finding]:
    """A link behind which the service found nothing at its last look."""
    for one in post.dead_links:
        sentence = _("the link to {host} leads nowhere: {reason} ({url})")
        said = sentence.format(host=_host(one.url), reason=link_reason(one.detail), url=one.url)
        yield Finding(Rule.DEAD_LINK, said, one.url)


def no_offer(post: Subject, _house: House, _now: datetime) -> Iterator[Finding]:
    """A hard sell that does not say what it offers and until when."""
    if post.category is not Category.HARD_SELL:
        return
    if not post.offer and post.offer_until is None:
        yield Finding(Rule.NO_OFFER, _("a hard sell should name its offer and until when"), "offer, until")
    elif not post.offer:
        yield Finding(Rule.NO_OFFER, _("a hard sell should name its offer"), "offer")
    elif post.offer_until is None:
        yield Finding(Rule.NO_OFFER, _("a hard sell should say until when its offer holds"), "until")


def hard_sells_in_a_row(post: Subject, house: House, _now: datetime) -> Iterator[Finding]:
    """A hard sell right before or after another one of the same account."""
    if post.category is not Category.HARD_SELL or post.due_at is None:
        return
    place = (post.due_at, post.id)
    for one in post.targets:
        before = max((other for other in one.neighbours if (other.at, other.post_id) < place), key=_order, default=None)
        after = min((other for other in one.neighbours if (other.at, other.post_id) > place), key=_order, default=None)
        for other in (before, after):
            if other is not None and other.category is Category.HARD_SELL:
                sentence = _("two hard sells in a row at {account}: the other one is on {moment} (post {id})").format(
                    account=one.account, moment=short_moment(other.at, house.zone), id=other.post_id
                )
                yield Finding(Rule.HARD_SELLS_IN_A_ROW, sentence, f"{one.account} {other.post_id}")
                break


def outside_campaign(post: Subject, house: House, _now: datetime) -> Iterator[Finding]:
    """A time before its campaign starts or after it ends."""
    if post.due_at is None or post.campaign is None:
        return
    start, end = post.campaign.span
    about = f"{post.campaign.name} {encode(post.due_at)}"
    if post.due_at < start:
        sentence = _("“{campaign}” starts only on {moment}")
        yield Finding(Rule.OUTSIDE_CAMPAIGN, _with_campaign(sentence, post.campaign, start, house), about)
    elif post.due_at >= end:
        sentence = _("“{campaign}” is over by then: it ends on {moment}")
        yield Finding(Rule.OUTSIDE_CAMPAIGN, _with_campaign(sentence, post.campaign, end, house), about)


def holiday(post: Subject, house: House, _now: datetime) -> Iterator[Finding]:
    """A day on which the team is off, so that nobody answers."""
    if post.due_at is None:
        return
    day = post.due_at.astimezone(house.zone).date()
    for one in house.holidays:
        if one.day == day:
            sentence = _("{day} is a holiday: {name}").format(day=short_day(post.due_at, house.zone), name=one.name)
            yield Finding(Rule.HOLIDAY, sentence, day.isoformat())


def media(post: Subject, _house: House, _now: datetime) -> Iterator[Finding]:
    """Files that a network would refuse, or none where it takes no text alone."""
    for one in post.targets:
        count = one.posts
        first = 1
        for part in range(1, count + 1):
            probes = [file.probe for file in post.files if file.part == part]
            for problem in files.find(one.platform, one.limits, probes, first=first, begins=part == 1):
                yield Finding(Rule.MEDIA, f"{one.account}: {problem.sentence}", f"{one.account} {part} {problem.about}")
            first += len(probes)
        for place, file in enumerate(post.files, start=1):
            if file.part > count:
                said = _("{account}: file {number} belongs to part {part}, and the text has {n}")
                sentence = said.format(account=one.account, number=place, part=file.part, n=count)
                yield Finding(Rule.MEDIA, sentence, f"{one.account} part {file.part}/{count}")


def missing_alt(post: Subject, _house: House, _now: datetime) -> Iterator[Finding]:
    """Pictures and videos that say nothing to those who can't see them."""
    bare = [
        (place, one)
        for place, one in enumerate(post.files, start=1)
        if one.probe.kind in ("image", "video") and not one.probe.alt
    ]
    if bare:
        said = ngettext("no alternative text for file {numbers}", "no alternative text for files {numbers}", len(bare))
        sentence = said.format(numbers=", ".join(str(place) for place, _one in bare))
        yield Finding(Rule.MISSING_ALT, sentence, " ".join(sorted(one.digest[:16] for _place, one in bare)))


def no_media(post: Subject, _house: House, _now: datetime) -> Iterator[Finding]:
    """A format that promises a file of its kind, and none is attached."""
    if post.format in (Format.IMAGE, Format.VIDEO, Format.AUDIO) and not any(
        one.probe.kind == post.format for one in post.files
    ):
        sentence = _("its format is “{format}”, and no such file is attached")
        yield Finding(Rule.NO_MEDIA, sentence.format(format=labels.post_format(post.format)), post.format.value)


def asset(post: Subject, house: House, now: datetime) -> Iterator[Finding]:
    """What somebody still has to make for a post that has a time."""
    for one in post.assets if post.due_at is not None else ():
        if one.due_at is None:
            sentence = _("{owner} has not made “{what}” yet").format(owner=one.owner, what=one.what)
        else:
            said = _("{owner} has not made “{what}” yet, due {moment}")
            if one.due_at < now:
                said = _("{owner} has not made “{what}”, which was due {moment}")
            sentence = said.format(owner=one.owner, what=one.what, moment=short_moment(one.due_at, house.zone))
        yield Finding(Rule.ASSET, sentence, str(one.id))


_RULES: tuple[Callable[[Subject, House, datetime], Iterator[Finding]], ...] = (
    too_long, no_threads, banned_word, identical_text, same_hour, missing_utm, no_offer, hard_sells_in_a_row,
    outside_campaign, holiday, media, missing_alt, no_media, asset, dead_link,
)  # fmt: skip


def _with_campaign(sentence: str, campaign: Campaign, edge: datetime, house: House) -> str:
    return sentence.format(campaign=campaign.name, moment=short_moment(edge, house.zone))


def _order(one: Neighbour) -> tuple[datetime, int]:
    return one.at, one.post_id


def _folded(text: str) -> str:
    """Text for comparing: no case, single spaces, and letters that only look wider are the plain ones."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


@lru_cache(maxsize=1_000)
def _pattern(word: str) -> re.Pattern[str]:
    """A banned word in folded text, as a word of its own."""
    folded = _folded(word)
    if not folded:
        return re.compile("(?!)")

    def edge(letter: str, guard: str) -> str:
        return guard if re.match(r"\w", letter) and not _UNSPACED.match(letter) else ""

    return re.compile(edge(folded[0], r"(?<!\w)") + re.escape(folded) + edge(folded[-1], r"(?!\w)"))


def _host(link: str) -> str:
    try:
        return urlsplit(link).hostname or link
    except ValueError:
        return link


def _has_source(link: str) -> bool:
    try:
        query = urlsplit(link).query
    except ValueError:
        return False
    return any(name == "utm_source" for name, _value in parse_qsl(query))
