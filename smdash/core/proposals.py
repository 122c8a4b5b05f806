"""A day's proposed entries: its gaps filled from what the member did, as far as that speaks for time.

A step stands for the stretch before it, back to the step before where that is near, else for its own minutes: together
never more than ``NEAR`` a step, and steps of one moment (a batch) stand for one. Where activities mix, a window goes to
the one with most of it, so that the day is read in a glance. What is taken or refused cuts the stretches and takes the
steps in it along: what was accepted comes again in no other form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from smdash.core.clock import Span
from smdash.core.evidence import MOST_MINUTES, Deed, count

# Two steps within this time are one stretch of work.
NEAR = timedelta(minutes=MOST_MINUTES)
# An activity must fill this much of a stretch to stand beside another one there.
WINDOW = timedelta(minutes=15)
# Anything shorter is no entry.
LEAST = timedelta(minutes=5)
_ENDLESS = timedelta(days=10_000)


class Proposal(NamedTuple):
    """An entry that could be one; ``evidence`` is kinds of steps and how many."""

    span: Span
    activity: str
    evidence: tuple[tuple[str, int], ...]


class _Piece(NamedTuple):
    """A stretch of one step; what was cut off what came before belongs to ``otherwise``."""

    start: datetime
    end: datetime
    activity: str
    otherwise: str


def propose(
    deeds: Sequence[Deed],
    entries: Iterable[tuple[datetime, datetime | None]],
    refused: Iterable[Span],
    day: Span,
    now: datetime,
) -> tuple[Proposal, ...]:
    """The proposed entries of a day, by time; all instants are UTC.

    *deeds* are one member's, by time. *entries* are begin and end of what is confirmed; without an end it runs.
    *refused* are stretches for which nothing is to be proposed.
    """
    taken = _joined([*(Span(start, end or start + _ENDLESS) for start, end in entries), *refused])
    seen = [one for one in deeds if day.start <= one.at < day.end and one.at <= now]
    found: list[Proposal] = []
    for chain in _chains(_free(_pieces(seen, day.start), taken)):
        for block in _blocks(chain):
            span = Span(block.start, block.end)
            evidence = count(_within(seen, span))
            if span.end - span.start >= LEAST and evidence:
                found.append(Proposal(span, block.activity, evidence))
    return tuple(found)


def _joined(spans: Sequence[Span]) -> list[Span]:
    """The same time as stretches that don't touch."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def _pieces(deeds: Sequence[Deed], earliest: datetime) -> Iterator[_Piece]:
    previous: Deed | None = None
    for one in deeds:
        own = max(one.at - timedelta(minutes=one.minutes), earliest)
        if previous is not None and one.at - previous.at <= NEAR:
            own = max(own, previous.at)
            # Between two steps the first one's work goes on until the second one's began.
            yield _Piece(previous.at, own, previous.activity, one.activity)
        yield _Piece(own, one.at, one.activity, one.activity)
        previous = one


def _free(pieces: Iterable[_Piece], taken: Sequence[Span]) -> Iterator[_Piece]:
    """What of the pieces lies in no taken span; both are in order."""
    first = 0
    for piece in pieces:
        while first < len(taken) and taken[first].end <= piece.start:
            first += 1
        start, activity = piece.start, piece.activity
        at = first
        while at < len(taken) and taken[at].start < piece.end:
            if taken[at].start > start:
                yield piece._replace(start=start, end=taken[at].start, activity=activity)
            start, activity = max(start, taken[at].end), piece.otherwise
            at += 1
        if start < piece.end:
            yield piece._replace(start=start, activity=activity)


def _chains(pieces: Iterable[_Piece]) -> Iterator[list[_Piece]]:
    """Pieces that touch."""
    chain: list[_Piece] = []
    for piece in pieces:
        if chain and piece.start != chain[-1].end:
            yield chain
            chain = []
        chain.append(piece)
    if chain:
        yield chain


class _Block:
    """A stretch that grows by the pieces behind it; it is of the activity that has most of it, the first of equals."""

    def __init__(self, start: datetime) -> None:
        self.start = self.end = start
        self._of: dict[str, timedelta] = {}

    @property
    def activity(self) -> str:
        return max(self._of, key=self._of.__getitem__)

    @property
    def stands(self) -> bool:
        """Whether it is long enough to stand beside another one."""
        return self.end - self.start >= WINDOW

    def take(self, piece: _Piece) -> None:
        self._of[piece.activity] = self._of.get(piece.activity, timedelta()) + (piece.end - piece.start)
        self.end = piece.end

    def join(self, other: _Block) -> None:
        for activity, length in other._of.items():
            self._of[activity] = self._of.get(activity, timedelta()) + length
        self.end = other.end


def _blocks(chain: Sequence[_Piece]) -> list[_Block]:
    blocks: list[_Block] = []
    for piece in chain:
        if not blocks or (blocks[-1].stands and blocks[-1].activity != piece.activity):
            blocks.append(_Block(piece.start))
        blocks[-1].take(piece)
    if len(blocks) > 1 and not blocks[-1].stands:
        rest = blocks.pop()
        blocks[-1].join(rest)
    joined: list[_Block] = []
    for block in blocks:
        if joined and joined[-1].activity == block.activity:
            joined[-1].join(block)
        else:
            joined.append(block)
    return joined


def _within(deeds: Sequence[Deed], span: Span) -> list[Deed]:
    """The steps that end something within the span: one at its very beginning ended what lies before."""
    return [one for one in deeds if span.start < one.at <= span.end]
