"""Rules over what arrives: in their order, in the transaction that writes it, told in the history."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from smdash.core.goals import Goal
from smdash.core.records import Actor, IncomingMention, MentionKind
from smdash.core.rules import Rule
from smdash.store import events, goals, inbox, mentions, rules, team_settings
from smdash.store.connection import Store
from smdash.store.inbox import MentionWhole

# A Monday, 14:05 in Jakarta.
NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
SENT = NOW - timedelta(hours=1)
Incoming = Callable[..., IncomingMention]


def keep(store: Store, *wanted: Rule) -> None:
    with store.writing() as conn:
        rules.replace(conn, wanted)


def arrive(store: Store, one: IncomingMention) -> MentionWhole:
    with store.writing() as conn:
        mentions.apply(conn, [one], goals.current(conn), store.clock.now())
    with store.reading() as conn:
        (found,) = conn.execute("SELECT id FROM mention WHERE remote_id = ?", (one.remote_id,)).fetchone()
        whole = inbox.whole(conn, found)
    assert whole is not None
    return whole


def test_what_a_rule_says_is_done_and_told(store: Store, actor: Actor, mention: Incoming) -> None:
    keep(store, Rule("Keluhan", '"belum sampai"', label=("komplain",), assign="ana", priority=2, star=True))
    row = arrive(store, mention("1", body="Kak, pesanan BELUM sampai")).mention
    assert (row.labels, row.assignee, row.priority, row.star, row.state) == (("komplain",), "Ana", 2, True, "open")
    with store.reading() as conn:
        (told,) = events.history(conn, "mention", row.id)
        login = conn.execute("SELECT login, member_id FROM event WHERE subject_id = ?", (row.id,)).fetchone()
    assert (told.who, told.verb, told.detail) == ("Keluhan", "rule", "Keluhan")
    assert login == ("rule", None)
    other = arrive(store, mention("2", body="Enak!")).mention
    assert (other.labels, other.assignee, other.priority) == ((), None, 0)


def test_they_act_in_their_order_and_the_first_that_stops_is_the_last(
    store: Store, actor: Actor, second: Actor, mention: Incoming
) -> None:
    keep(
        store,
        Rule("satu", "kopi", label=("kopi",), priority=1, assign="ana"),
        Rule("dua", "label:kopi", priority=2, assign="budi"),
        Rule("mati", "kopi", label=("tidak",), active=False),
        Rule("tiga", "kopi", star=True, stop=True),
        Rule("empat", "kopi", done=True),
    )
    row = arrive(store, mention("1", body="kopi")).mention
    assert (row.labels, row.priority, row.assignee, row.star, row.state) == (("kopi",), 2, "Budi", True, "open")


def test_one_that_is_done_asks_for_no_more(store: Store, mention: Incoming) -> None:
    keep(store, Rule("spam", "giveaway", done=True), Rule("semua", "", label=("baru",)))
    row = arrive(store, mention("1", body="giveaway!!!")).mention
    assert (row.state, row.labels) == ("done", ())
    with store.reading() as conn:
        assert conn.execute("SELECT done_at, done_by FROM mention").fetchone() == ("2026-11-23T07:05:00.000Z", None)
        assert inbox.counts(conn, NOW, None).open == 0


def test_only_what_is_new_and_not_ours_is_ruled(store: Store, mention: Incoming) -> None:
    before = arrive(store, mention("1", body="kopi")).mention
    keep(store, Rule("semua", "", label=("baru",)))
    assert arrive(store, mention("1", body="kopi susu")).mention.labels == ()
    assert arrive(store, mention("2", own=True)).mention.labels == ()
    assert arrive(store, mention("3", deleted=True)).mention.labels == ()
    assert arrive(store, mention("4")).mention.labels == ("baru",)
    assert before.labels == ()


@pytest.mark.parametrize(
    ("sent", "labels"),
    [
        ("2026-11-23T02:00", ("jam_kerja",)),  # Monday 09:00
        ("2026-11-23T10:00", ("di_luar",)),  # 17:00
        ("2026-11-22T03:00", ("akhir_pekan", "di_luar")),  # Sunday 10:00
        ("2026-11-21T18:00", ("akhir_pekan", "di_luar")),  # Sunday 01:00, though Saturday in UTC
    ],
)
def test_rules_of_hours_and_days_go_by_when_it_was_written(
    store: Store, mention: Incoming, sent: str, labels: tuple[str, ...]
) -> None:
    keep(
        store,
        Rule("dalam", hours="inside", label=("jam_kerja",)),
        Rule("luar", hours="outside", label=("di_luar",)),
        Rule("minggu", days=(6,), label=("akhir_pekan",)),
    )
    at = datetime.fromisoformat(sent).replace(tzinfo=UTC)
    assert arrive(store, mention("1", sent_at=at)).mention.labels == labels


def test_a_rules_priority_counts_for_the_goal(store: Store, actor: Actor, mention: Incoming) -> None:
    with store.writing() as conn:
        present = team_settings.read(conn)
        after = present._replace(
            closer_goals=(Goal(5, priority=2),), rules=(Rule("besar", "followers:>=1000", priority=2),)
        )
        team_settings.write(conn, actor, NOW, after, verb="edit")
        assert team_settings.read(conn) == after
    assert arrive(store, mention("1", followers=1000)).mention.due_at == SENT + timedelta(minutes=5)
    assert arrive(store, mention("2", followers=999)).mention.due_at == SENT + timedelta(minutes=240)
    assert arrive(store, mention("3")).mention.due_at == SENT + timedelta(minutes=240)


def test_who_left_gets_nothing_and_a_broken_row_breaks_no_other(store: Store, actor: Actor, mention: Incoming) -> None:
    keep(store, Rule("ana", "kopi", assign="ana", star=True), Rule("lain", "kopi", label=("kopi",)))
    with store.writing() as conn:
        conn.execute("UPDATE member SET left_at = '2026-01-01T00:00:00.000Z' WHERE login = 'ana'")
        conn.execute(
            "INSERT INTO rule (name, position, query, actions) VALUES ('rusak', 0, 'colour:red', '[]'), "
            '(\'rusak juga\', 0, \'kopi\', \'{"label": 3, "priority": "x", "days": [9]}\')'
        )
    row = arrive(store, mention("1", body="kopi")).mention
    assert (row.assignee, row.star, row.labels) == (None, True, ("kopi",))


def test_all_accounts_of_a_batch_are_ruled(store: Store, mention: Incoming) -> None:
    keep(store, Rule("ig", "platform:instagram", label=("ig",)), Rule("dm", "kind:dm", label=("dm",)))
    batch = [mention("1"), mention("1", platform="instagram"), mention("2", kind=MentionKind.DM)]
    with store.writing() as conn:
        mentions.apply(conn, batch, {}, NOW)
        found = conn.execute(
            "SELECT a.platform, m.remote_id, l.name FROM mention m JOIN account a ON a.id = m.account_id "
            "LEFT JOIN mention_label x ON x.mention_id = m.id LEFT JOIN label l ON l.id = x.label_id ORDER BY 1, 2"
        ).fetchall()
    assert found == [("instagram", "1", "ig"), ("mastodon", "1", None), ("mastodon", "2", "dm")]
