"""Whose change counts where a calendar and a person change the same campaign."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from smdash.core.calendar_merge import Decision, Known, Said, decide
from smdash.core.campaign_ics import Entry, Found
from smdash.core.records import Campaign, CampaignKind, Phase

START = datetime(2026, 12, 1, tzinfo=UTC)
DAY = timedelta(days=1)
# What each field may be: as it was, and two others.
NAMES, NOTES = ("Promo", "Promo besar", "Obral"), ("", "satu", "dua")
KINDS = (CampaignKind.EVENT, CampaignKind.DISCOUNT, CampaignKind.LAUNCH)
DATES = ((START, START + 3 * DAY), (START, START + 4 * DAY), (START + DAY, START + 5 * DAY))
PHASES = ((), (Phase("a", START + DAY, START + 2 * DAY),), (Phase("b", START + DAY, START + 3 * DAY),))
FIELDS = (NAMES, KINDS, DATES, NOTES, PHASES)
CHOICE = st.tuples(*(st.integers(0, 2) for _ in FIELDS))


def look(theirs: tuple[int, ...], ours: tuple[int, ...], off: bool = False) -> Decision:
    """The decision where the calendar said 0 of each field, says *theirs* now, and the campaign is as *ours*."""
    name, kind, dates, note, phases = (values[one] for values, one in zip(FIELDS, theirs, strict=True))
    entry = Entry("u", name, name, kind, *dates, note, phases)  # type: ignore[misc, arg-type]
    mine, its_kind, its_dates, its_note, its_phases = (values[one] for values, one in zip(FIELDS, ours, strict=True))
    campaign = Campaign(
        1, mine, its_kind, *its_dates, its_phases, 0, 0, note=its_note or None, cancelled_at=START if off else None
    )  # type: ignore[misc, arg-type]
    said = Said("Promo", "Promo", CampaignKind.EVENT, *DATES[0])
    return decide(Found("k", (entry,)), [Known(campaign, "u", said)], {}, {str(mine), "Lain"}, since=START - 30 * DAY)


@settings(max_examples=300)
@given(theirs=CHOICE, ours=CHOICE)
def test_of_each_field_the_only_change_counts_and_of_two_the_persons(
    theirs: tuple[int, ...], ours: tuple[int, ...]
) -> None:
    decision = look(theirs, ours)
    changes = dict(decision.edits[0].changes) if decision.edits else {}
    told = decision.told[0] if decision.told else ""
    for field, its, own, values in zip(("name", "kind", "dates", "note", "phases"), theirs, ours, FIELDS, strict=True):
        both = bool(its and own and its != own)
        only_theirs = bool(its and not own)
        if field == "phases" and only_theirs:
            # Where a person's dates stay, phases may not fit any more.
            start, end = DATES[theirs[2]] if theirs[2] and not ours[2] else DATES[ours[2]]
            fits = all(start <= one.starts_at and one.ends_at <= end for one in PHASES[its])
            both, only_theirs = not fits, fits
            assert (field in changes) == fits
        else:
            assert (field in changes) == only_theirs
            if only_theirs:
                assert changes[field] == values[its]
        assert (f"its {field}" in told) == both
    # The next look at the same calendar says and does nothing more.
    if decision.edits:
        edit = decision.edits[0]
        assert edit.said is not None and edit.said.name == NAMES[theirs[0]]


@given(theirs=CHOICE, ours=CHOICE)
def test_what_a_person_called_off_is_left_alone(theirs: tuple[int, ...], ours: tuple[int, ...]) -> None:
    decision = look(theirs, ours, off=True)
    assert decision.is_nothing and decision.off == 1


def test_a_name_that_is_taken_meanwhile_gets_a_number_and_gives_its_own_up() -> None:
    entries = tuple(Entry(uid, name, name, KINDS[0], *DATES[0]) for uid, name in (("u", "Lain"), ("v", "Promo")))
    campaign = Campaign(1, "Promo", KINDS[0], *DATES[0], (), 0, 0)
    known = Known(campaign, "u", Said("Promo", "Promo", KINDS[0], *DATES[0]))
    decision = decide(Found("k", entries), [known], {}, {"Promo", "Lain"}, since=START)
    assert decision.edits[0].changes == {"name": "Lain (2)"} and [new.name for new in decision.new] == ["Promo"]
