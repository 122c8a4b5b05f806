"""What came while a member was away, against a count by hand."""

from __future__ import annotations

from datetime import timedelta

from smdash.core.clock import FixedClock, find_zone
from smdash.core.records import Actor, CampaignKind, Phase
from smdash.core.since import heading, sentences
from smdash.store import campaigns, freezing, goals, mentions, notes, since, teams, triage
from smdash.store.connection import Store
from tests.store.conftest import incoming

ZONE = find_zone("Asia/Jakarta")


def test_each_thing_is_counted_once_and_what_one_did_oneself_not_at_all(
    store: Store, clock: FixedClock, actor: Actor
) -> None:
    began = clock.now()
    with store.writing() as conn:
        budi = teams.join(conn, "budi", "Budi", "budi", began)
        known = goals.current(conn)
        old = [incoming(str(at), sent_at=began - timedelta(hours=3, minutes=30)) for at in range(3)]
        mentions.apply(conn, old, known, began)
        campaigns.add(
            conn, actor, began, name="Gajian", kind=CampaignKind.DISCOUNT, starts_at=began,
            ends_at=began + timedelta(days=2), zone="Asia/Jakarta",
            phases=[Phase("tease", began, began + timedelta(hours=2)),
                    Phase("launch", began + timedelta(hours=2), began + timedelta(days=2))],
        )  # fmt: skip
        triage.assign(conn, actor, [1], actor.member_id, began)
    left = clock.now()
    with store.reading() as conn:
        assert since.left_at(conn, actor.member_id) == left
        assert since.left_at(conn, 99) is None
        assert since.read(conn, actor.member_id, left, clock.now(), ZONE).is_quiet
    clock.move(timedelta(hours=3))
    now = clock.now()
    with store.writing() as conn:
        mentions.apply(
            conn, [incoming(str(at), sent_at=now - timedelta(minutes=5)) for at in range(10, 15)], known, now
        )
        triage.assign(conn, budi, [1], budi.member_id, now)
        triage.assign(conn, budi, [2], actor.member_id, now)
        triage.finish(conn, budi, [3, 4], now)
        notes.add(conn, budi, now, "@ana tolong lihat", mention_id=2)
        freezing.on(conn, budi, now, "Gempa")
    with store.reading() as conn:
        found = since.read(conn, actor.member_id, left, now, ZONE)
        none = since.read(conn, budi.member_id, left, now, ZONE)
    assert (found.arrived, found.still_open, found.done, found.given, found.taken, found.notes) == (5, 4, 2, 1, 1, 1)
    assert found.overdue == 2 and found.phases == (("Gajian", "tease", False), ("Gajian", "launch", True))
    assert (none.done, none.given, none.taken, none.notes) == (0, 0, 0, 0)
    said = list(sentences(found))
    assert said[0] == "5 mentions came in; 4 of them wait" and "1 of yours has another holder now" in said
    assert said[-3:] == [
        "Mon 23 Nov 17:05 WIB: Budi stopped everything that goes out: Gempa", "Gajian: tease is over",
        "Gajian: launch has begun",
    ]  # fmt: skip
    assert heading(found, now, ZONE) == "since Mon 23 Nov 14:05 WIB, 3 hours"
