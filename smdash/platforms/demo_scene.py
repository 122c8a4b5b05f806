"""Who writes what in the demo: each record is computed from its number alone.

A record can so be made again later (an edit, an answer to it) without keeping anything, and a million of them need
no more memory than one page.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from smdash.core.networks import code
from smdash.core.records import IncomingMention, MentionKind
from smdash.core.text import clean
from smdash.platforms import demo_texts as texts
from smdash.platforms.demo_networks import NETWORKS

SPAN = timedelta(days=2)
_SPAN_MS = SPAN // timedelta(milliseconds=1)
_MASK = 0xFFFF_FFFF_FFFF_FFFF
# Records come in blocks of ten; in some of them places belong to a thread: place -> (root, answered place, who writes).
BLOCK = 10
_THREADS: tuple[dict[int, tuple[int, int, str]], ...] = (
    {},
    {3: (1, 1, "own"), 4: (1, 3, "again")},
    {5: (2, 2, "own"), 8: (2, 5, "again"), 9: (2, 8, "own")},
    {5: (4, 4, "other"), 6: (4, 4, "own")},
)
_ROOTS = ((), (1,), (2,), (4,))
# A place that no thread uses; in every second block something hostile stands there.
_HOSTILE_PLACE = 7
# How far back strangers edit and answer.
_RECENT = 40


def mix(seed: int, place: int, number: int, salt: int) -> int:
    """64 bits that look random and follow from the four numbers (the finaliser of SplitMix64)."""
    x = (seed * 0x9E3779B97F4A7C15 + place * 0xD1B54A32D192ED03 + number * 0x8CB92BA72F3D8DD7 + salt) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)


class Scene:
    """One network of one play; *share* records end at *base*."""

    def __init__(self, seed: int, place: int, share: int, base: datetime) -> None:
        self.seed = seed
        self.place = place
        self.share = share
        self.base = base
        self.network = NETWORKS[place]
        self._code = code(self.network.key).lower()
        self._dm_only = self.network.kinds == (MentionKind.DM,)

    def record(self, index: int) -> IncomingMention:
        """The record *index* (from 0, oldest first) of the first share."""
        dice = mix(self.seed, self.place, index, 1)
        sent_at = self._sent_at(index, dice)
        block, spot = divmod(index, BLOCK)
        pattern = mix(self.seed, self.place, block, 2) & 3
        part = _THREADS[pattern].get(spot)
        if part is not None:
            root = block * BLOCK + part[0]
            return self._part(str(index), dice, sent_at, root, block * BLOCK + part[1], part[2])
        kind = self._kind(dice)
        thread = self._thread(index) if spot in _ROOTS[pattern] or kind is MentionKind.DM else None
        if spot == _HOSTILE_PLACE and not block & 1:
            body = texts.HOSTILE[(self.place * 3 + block // 2) % len(texts.HOSTILE)]
        else:
            body = self._body(self._topic(index).asks, dice, tail=True)
        edited_at = None
        if dice % 37 == 0:
            edited_at = min(sent_at + timedelta(minutes=4), self.base)
            body += texts.EDITS[(dice >> 50) % len(texts.EDITS)]
        return self._mention(str(index), kind, self._author(index), body, sent_at, thread, edited_at=edited_at)

    def happening(self, slot: int, at: datetime) -> IncomingMention | None:
        """What a five-second slot brings: mostly somebody new, at times an edit, an answer or something hostile."""
        dice = mix(self.seed, self.place, slot, 3)
        roll = dice % 100
        if self.share and roll < 30:
            index = self.share - 1 - (dice >> 8) % min(self.share, _RECENT)
            old = self.record(index)
            if not old.own:
                return self._about(old, index, slot, dice, at, roll)
        if roll > 96:
            return self.newcomer(f"s{slot}", at, body=texts.HOSTILE[(dice >> 8) % len(texts.HOSTILE)])
        return self.newcomer(f"s{slot}", at)

    def newcomer(self, name: str, at: datetime, body: str | None = None) -> IncomingMention:
        """Somebody writes for the first time; *name* makes the id."""
        dice = mix(self.seed, self.place, int(at.timestamp()), 4)
        kind = self._kind(dice)
        author = self._author_of(dice)
        text = body or self._body(self._pick_topic(kind, dice).asks, dice, tail=True)
        thread = f"{self._code}-t{name}" if kind is MentionKind.DM else None
        return self._mention(name, kind, author, text, at, thread)

    def _about(
        self, old: IncomingMention, index: int, slot: int, dice: int, at: datetime, roll: int
    ) -> IncomingMention:
        """An edit of an earlier record, its author again, or our own answer written on the network's site."""
        if roll < 10:
            edit = texts.EDITS[(dice >> 50) % len(texts.EDITS)]
            return old._replace(body=clean(old.body + edit), edited_at=at)
        who = "again" if roll < 24 else "own"
        return self._part(f"s{slot}", dice, at, index, index, who, thread=old.thread_key, root_kind=old.kind)

    def _part(
        self,
        name: str,
        dice: int,
        sent_at: datetime,
        root: int,
        parent: int,
        who: str,
        *,
        thread: str | None = None,
        root_kind: MentionKind | None = None,
    ) -> IncomingMention:
        kind = root_kind or self._kind(mix(self.seed, self.place, root, 1))
        topic = self._topic(root)
        own = who == "own"
        # An answer speaks of the same order and the same beans as the question.
        body = self._body(topic.answers if own else topic.follow_ups, dice, about=mix(self.seed, self.place, root, 1))
        author = (self.network.account, texts.BRAND) if own else self._author(root)
        if who == "other" and not self._dm_only and kind is not MentionKind.DM:
            author = self._author_of(dice)
        return self._mention(
            name,
            MentionKind.DM if kind is MentionKind.DM else MentionKind.REPLY,
            author,
            body,
            sent_at,
            thread or self._thread(root),
            parent_id=self._id(str(parent)),
            own=own,
        )

    def _mention(
        self,
        name: str,
        kind: MentionKind,
        author: tuple[str, str],
        body: str,
        sent_at: datetime,
        thread: str | None,
        *,
        edited_at: datetime | None = None,
        parent_id: str | None = None,
        own: bool = False,
    ) -> IncomingMention:
        network = self.network
        window = network.window_h
        return IncomingMention(
            network.key,
            network.account,
            self._id(name),
            kind,
            author[0],
            author[1],
            clean(body),
            f"https://{network.host}/{network.account}/{name}" if network.host else None,
            sent_at,
            edited_at,
            thread,
            parent_id,
            sent_at + timedelta(hours=window) if window is not None and not own else None,
            own,
        )

    def _id(self, name: str) -> str:
        return f"{self._code}-{name}"

    def _thread(self, root: int) -> str:
        return f"{self._code}-t{root}"

    def _sent_at(self, index: int, dice: int) -> datetime:
        """Sorted by the index, denser towards the base."""
        part = (self.share - index - ((dice >> 20) & 1023) / 1024) / self.share
        return self.base - timedelta(milliseconds=int(_SPAN_MS * (0.15 * part + 0.85 * part**3)))

    def _kind(self, dice: int) -> MentionKind:
        kinds = self.network.kinds
        return kinds[(dice >> 4) % len(kinds)]

    def _topic(self, index: int) -> texts.Topic:
        dice = mix(self.seed, self.place, index, 1)
        return self._pick_topic(self._kind(dice), dice)

    def _pick_topic(self, kind: MentionKind, dice: int) -> texts.Topic:
        if kind is MentionKind.REVIEW:
            return texts.REVIEW
        if kind is MentionKind.LISTENING:
            return texts.LISTENING
        topics = texts.PRIVATE if kind is MentionKind.DM else texts.PUBLIC
        return topics[(dice >> 9) % len(topics)]

    def _body(self, lines: tuple[str, ...], dice: int, *, tail: bool = False, about: int | None = None) -> str:
        line = lines[(dice >> 16) % len(lines)]
        if "{" in line:
            fact = dice if about is None else about
            line = line.format(
                item=texts.ITEMS[(fact >> 24) % len(texts.ITEMS)],
                city=texts.CITIES[(fact >> 30) % len(texts.CITIES)],
                order=f"KS-{(fact >> 36) % 90_000 + 10_000}",
                price=texts.PRICES[(fact >> 40) % len(texts.PRICES)],
                kilos=(fact >> 44) % 28 + 2,
            )
        return line + texts.TAILS[(dice >> 54) % len(texts.TAILS)] if tail else line

    def _author(self, index: int) -> tuple[str, str]:
        """Handle and name of who began the record *index*; a third of them are regulars."""
        return self._author_of(mix(self.seed, self.place, index, 5))

    def _author_of(self, dice: int) -> tuple[str, str]:
        if dice % 3 == 0:
            dice = mix(self.seed, 0, dice % 90, 6)
        first = texts.FIRST[(dice >> 8) % len(texts.FIRST)]
        second = texts.SECOND[(dice >> 16) % len(texts.SECOND)]
        number = (dice >> 24) % 90 + 10
        return f"@{first.lower()}_{second.lower()}{number}", f"{first} {second}"
