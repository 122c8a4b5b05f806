"""Proposed entries: what steps stand for, how they join and mix, and what they may never do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smdash.core import evidence
from smdash.core.clock import Span, day_span
from smdash.core.evidence import Act, Deed
from smdash.core.proposals import LEAST, NEAR, WINDOW, Proposal, propose

DAY = day_span(datetime(2026, 11, 23, tzinfo=UTC).date(), ZoneInfo("Asia/Jakarta"))
NOON = DAY.start + timedelta(hours=12)
MINUTE = timedelta(minutes=1)


def at(minutes: float) -> datetime:
    return NOON + minutes * MINUTE


def reply(minutes: float, rows: int = 1) -> Deed:
    return Deed(at(minutes), "conversation", "reply", 8, rows)


def hide(minutes: float) -> Deed:
    return Deed(at(minutes), "updates", "comment", 5)


def article(minutes: float) -> Deed:
    return Deed(at(minutes), "blogging", "article", 10)


def proposed(*deeds: Deed, entries=(), refused=(), now: datetime = DAY.end) -> list[tuple[float, float, str]]:  # type: ignore[no-untyped-def]
    found = propose(sorted(deeds, key=lambda one: one.at), entries, refused, DAY, now)
    return [((one.span.start - NOON) / MINUTE, (one.span.end - NOON) / MINUTE, one.activity) for one in found]


def test_a_step_alone_stands_for_its_own_minutes_before_it() -> None:
    assert proposed(reply(0)) == [(-8, 0, "conversation")]
    assert proposed(hide(0), reply(60)) == [(-5, 0, "updates"), (52, 60, "conversation")]


def test_steps_near_each_other_are_one_entry() -> None:
    assert proposed(reply(0), reply(9), reply(19)) == [(-8, 19, "conversation")]
    assert proposed(reply(0), reply(11)) == [(-8, 0, "conversation"), (3, 11, "conversation")]


def test_a_batch_stands_for_one_step_and_tells_how_many() -> None:
    (one,) = propose([reply(0, rows=1000)], (), (), DAY, DAY.end)
    assert one.span.end - one.span.start == 8 * MINUTE and one.evidence == (("reply", 1000),)
    assert evidence.words(one.evidence) == "1000 replies"


def test_what_mixes_goes_to_the_one_with_most_of_it() -> None:
    mixed = [reply(2 * n) if n % 3 else hide(2 * n) for n in range(60)]
    found = propose(mixed, (), (), DAY, DAY.end)
    assert [one.activity for one in found] == ["conversation"]
    assert dict(found[0].evidence) == {"reply": 40, "comment": 20}


def test_a_real_change_of_work_is_two_entries_without_a_gap() -> None:
    work = [*(reply(n) for n in range(0, 40, 4)), *(article(n) for n in range(40, 100, 5))]
    assert proposed(*work) == [(-8, 36, "conversation"), (36, 95, "blogging")]
    # What was done at the very moment of the change belongs to what lies before it.
    assert [one.evidence for one in propose(work, (), (), DAY, DAY.end)] == [(("reply", 10),), (("article", 12),)]


def test_what_is_short_at_the_end_of_a_stretch_is_no_entry_of_its_own() -> None:
    assert proposed(*(reply(n) for n in range(0, 40, 4)), hide(40), hide(44)) == [(-8, 44, "conversation")]


def test_a_day_of_everything_is_read_in_a_glance() -> None:
    kinds = [reply, hide, article]
    work = [kinds[n * 7 % 3](n * 3) for n in range(160)]
    assert len(proposed(*work)) <= 8 * 60 / (WINDOW / MINUTE)


def test_never_over_what_is_confirmed_or_runs_or_was_refused() -> None:
    work = [reply(n) for n in range(0, 60, 5)]
    assert proposed(*work, entries=[(at(10), at(20))]) == [(-8, 10, "conversation"), (20, 55, "conversation")]
    assert proposed(*work, entries=[(at(10), None)]) == [(-8, 10, "conversation")]
    assert proposed(*work, refused=[Span(at(-60), at(30))]) == [(30, 55, "conversation")]
    # Steps within what was worked by the timer say nothing of the time before it.
    assert proposed(reply(2), reply(4), entries=[(at(0), at(5))]) == []


def test_never_outside_the_day_and_never_in_the_future() -> None:
    first = Deed(DAY.start + 6 * MINUTE, "conversation", "reply", 8)
    late = Deed(DAY.end + MINUTE, "conversation", "reply", 8)
    (one,) = propose([first, late], (), (), DAY, DAY.end + timedelta(days=1))
    assert one.span == Span(DAY.start, DAY.start + 6 * MINUTE)
    assert proposed(reply(0), reply(5), now=at(3)) == [(-8, 0, "conversation")]


KINDS = [("conversation", "reply", 8), ("updates", "comment", 5), ("blogging", "article", 10)]
SECONDS = st.integers(-3 * 3600, 3 * 3600)
DEEDS = st.lists(
    st.builds(lambda second, kind: Deed(NOON + timedelta(seconds=second), *kind), SECONDS, st.sampled_from(KINDS)),
    max_size=40,
).map(lambda found: sorted(found, key=lambda one: one.at))
SPANS = st.lists(
    st.builds(
        lambda second, length: Span(NOON + timedelta(seconds=second), NOON + timedelta(seconds=second + length)),
        SECONDS, st.integers(1, 5000),
    ),
    max_size=4,
)  # fmt: skip


def overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


@settings(max_examples=60)
@given(DEEDS, SPANS, SPANS, SECONDS)
def test_what_holds_for_every_day(deeds: list[Deed], entries: list[Span], refused: list[Span], second: int) -> None:
    now = NOON + timedelta(seconds=second)
    found = propose(deeds, entries, refused, DAY, now)
    spans = [one.span for one in found]
    assert all(DAY.start <= span.start < span.end <= min(DAY.end, now) for span in spans)
    assert all(span.end - span.start >= LEAST for span in spans)
    assert not any(overlap(span, other) for span in spans for other in (*entries, *refused))
    assert spans == sorted(spans) and all(one.end <= two.start for one, two in pairwise(spans))
    seen = sum(1 for one in deeds if one.at <= now)
    assert sum((span.end - span.start for span in spans), timedelta()) <= NEAR * seen
    told = sum(n for one in found for _kind, n in one.evidence)
    assert told <= seen


@settings(max_examples=60)
@given(DEEDS, SPANS, st.randoms())
def test_what_was_accepted_comes_no_second_time(deeds: list[Deed], entries: list[Span], chance) -> None:  # type: ignore[no-untyped-def]
    found = propose(deeds, entries, (), DAY, DAY.end)
    assert propose(deeds, entries, (), DAY, DAY.end) == found
    some = [one for one in found if chance.random() < 0.5]
    rest: tuple[Proposal, ...] = propose(deeds, [*entries, *(one.span for one in some)], (), DAY, DAY.end)
    assert rest == tuple(one for one in found if one not in some)


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (Act(NOON, "delivery", "reply", of="mention"), ("conversation", "reply")),
        (Act(NOON, "delivery", "reply", of="listening"), ("listening", "hit")),
        (Act(NOON, "mention", "done", of="listening"), ("listening", "hit")),
        (Act(NOON, "delivery", "hide", of="comment"), ("updates", "comment")),
        (Act(NOON, "note", "note", of="person"), ("community", "person")),
        (Act(NOON, "author", "merge"), ("community", "person")),
        (Act(NOON, "post", "edit", of="article"), ("blogging", "article")),
        (Act(NOON, "post", "add", of="image"), ("research_planning", "plan")),
        (Act(NOON, "post", "approve", of="article"), ("updates", "approve")),
        (Act(NOON, "team", "freeze"), ("contingency", "freeze")),
        (Act(NOON, "team", "edit", detail="slots"), ("research_planning", "slot")),
        (Act(NOON, "team", "edit", detail="mix, slots"), ("strategy", "setting")),
        (Act(NOON, "milestone", "done"), ("campaigns", "milestone")),
        (Act(NOON, "asset", "ask", of="campaign"), ("campaigns", "asset")),
        (Act(NOON, "feed_item", "save"), ("curation", "item")),
        (Act(NOON, "search", "edit"), ("listening", "search")),
        (Act(NOON, "decision", "add"), ("strategy", "decision")),
        # Told a second time for the mention's own history; the timer's own steps; what nobody did.
        (Act(NOON, "mention", "reply"), None),
        (Act(NOON, "time_entry", "start"), None),
        (Act(NOON, "mention", "undo"), None),
        (Act(NOON, "database", "restore"), None),
    ],
)
def test_a_step_speaks_for_the_activity_that_it_belongs_to(act: Act, told: tuple[str, str] | None) -> None:
    found = evidence.deed(act)
    assert (None if found is None else (found.activity, found.kind)) == told


def test_every_kind_of_evidence_has_words_and_a_bounded_time() -> None:
    from smdash.store.schema import ACTIVITIES

    rules = [*evidence._RULES.values(), *evidence._BY_SUBJECT.values()]
    assert {rule.kind for rule in rules} | {"hit", "article"} == evidence.KINDS
    assert {rule.activity for rule in rules} | {"blogging"} == {key for key, _minutes in ACTIVITIES}
    assert all(5 <= rule.minutes <= 10 for rule in rules)
    assert evidence.words((("reply", 14), ("done", 3))) == "14 replies, 3 set to done"
    assert evidence.words((("reply", 1), ("of-a-newer-smdash", 2))) == "1 reply, 2 steps"
