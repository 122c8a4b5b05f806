"""A query finds in the database exactly the mentions that it matches, in every order, by whatever way it takes."""

import random
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core import query
from smdash.core.clock import encode, encode_optional
from smdash.core.errors import InputError, Refused
from smdash.core.query import Facts
from smdash.core.records import Actor
from smdash.store import finding, team_settings, views
from smdash.store.connection import Store
from smdash.store.driver import Connection
from smdash.store.inbox import Order
from tests.store.conftest import NOW

JAKARTA = ZoneInfo("Asia/Jakarta")
ANA = Actor(1, "ana", "Ana", "ana")
LOGINS = (None, "ana", "budi")
ACCOUNTS = (("instagram", "kopi"), ("facebook_page", "Kopi Senja"), ("x", "teh"))
LABELS = ("complaint", "praise")
SHAPES = st.builds(
    Facts,
    text=st.lists(
        st.sampled_from(["Kopi", "susu", "kopisusu", "50%", "500", "a_b", "É", "咖啡", "lucu🤣", "🤣", "pesan-antar"]), max_size=4
    ).map(" ".join),
    author_handle=st.sampled_from(["rina", "Rina", "budi@contoh.id", "🤣"]),
    author_name=st.sampled_from(["Rina", "Budi Kopi"]),
    platform=st.just(""),
    account=st.just(""),
    kind=st.sampled_from(["comment", "dm"]),
    sent_at=st.just(NOW),
    followers=st.sampled_from([None, 10, 5000]),
    state=st.sampled_from(["open", "open", "open", "open", "snoozed", "done", "done", "hidden"]),
    assignee=st.sampled_from(LOGINS),
    priority=st.integers(0, 2),
    labels=st.lists(st.sampled_from(LABELS), unique=True).map(tuple),
    due_at=st.none() | st.integers(-9, 9).map(lambda hours: NOW + timedelta(hours=hours)),
    starred=st.booleans(),
    answered=st.booleans(),
    woke=st.booleans(),
    queued=st.booleans(),
)  # fmt: skip
ROWS = st.lists(st.tuples(SHAPES, st.sampled_from(ACCOUNTS)), max_size=14)
TERMS = [
    "kopi",
    "susu",
    "kop",
    "k",
    "50%",
    "5",
    "a_b",
    "e",
    "é",
    "咖",
    "🤣",
    "lucu",
    "rina",
    "pesan",
    "pesan-antar",
    "insta",
    "senja",
    "from:@rina",
    "from:🤣",
    "from:rina,budi@contoh.id",
    "platform:ig",
    "platform:x,fb",
    "account:kopi",
    "kind:dm",
    "label:complaint",
    "label:complaint,praise",
    "label:none",
    "assignee:me",
    "assignee:none",
    "assignee:budi,none",
    "priority:>=1",
    "priority:urgent",
    "before:3h",
    "after:5h",
    "after:2026-11-23",
    "followers:>=100",
    "followers:<100",
    "is:mine",
    "is:assigned",
    "is:unassigned",
    "is:overdue",
    "is:starred",
    "is:answered",
    "is:urgent",
    "is:woke",
    "is:queued",
    "is:any",
    "is:done",
    "is:open",
    "is:snoozed,hidden",
    "is:done,mine",
    "is:queued,starred",
    '"kopi susu"',
    '"susu 50%"',
]
QUERIES = st.lists(st.tuples(st.sampled_from(["", "", "-"]), st.sampled_from(TERMS)).map("".join), max_size=4).map(
    " ".join
)
LIMITS = st.sampled_from(
    [("GATHER_LIMIT", 2), ("RARE_LIMIT", 1), ("RARE_LIMIT", 0), ("SORT_LIMIT", 0), ("WALK_STEP", 2), ("_GAP", 1)]
)


def write(conn: Connection, rows: Sequence[tuple[Facts, tuple[str, str]]]) -> list[Facts]:
    """Put the rows in, sent in their order, and say what a query may know of each."""
    conn.executemany(
        "INSERT INTO account (id, platform, name, created_at) VALUES (?, ?, ?, '2026')",
        [(number, *account) for number, account in enumerate(ACCOUNTS, start=1)],
    )
    conn.executemany("INSERT INTO label (id, name) VALUES (?, ?)", enumerate(LABELS, start=1))
    found = []
    for number, (shape, account) in enumerate(rows, start=1):
        facts = shape._replace(
            platform=account[0], account=account[1], sent_at=NOW - timedelta(hours=9, minutes=-30 * number)
        )
        found.append(facts)
        conn.execute(
            "INSERT INTO mention (id, account_id, remote_id, kind, author_handle, author_name, body, sent_at, received_at, "
            "state, followers, assignee_id, priority, star, due_at, answered_at, woke) "
            "VALUES (?1, ?2, ?1, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
            (number, ACCOUNTS.index(account) + 1, facts.kind, facts.author_handle, facts.author_name, facts.text,
             encode(facts.sent_at), facts.state, facts.followers, LOGINS.index(facts.assignee) or None, facts.priority,
             int(facts.starred), encode_optional(facts.due_at), "2026" if facts.answered else None,
             "time" if facts.woke else None),
        )  # fmt: skip
        conn.executemany(
            "INSERT INTO mention_label (mention_id, label_id) VALUES (?, ?)",
            [(number, LABELS.index(label) + 1) for label in facts.labels],
        )
        if facts.queued:
            conn.execute(
                "INSERT INTO delivery (kind, account_id, mention_id, state, key, due_at, created_at, updated_at) "
                "VALUES ('reply', 1, ?1, 'queued', ?1, '2026', '2026', '2026')",
                (number,),
            )
    return found


def sort_key(order: Order, facts: Facts, number: int) -> tuple[Any, int]:
    return ((facts.due_at or datetime.max.replace(tzinfo=UTC)) if order is Order.TIME_LEFT else facts.sent_at, number)


@given(ROWS, QUERIES, st.sampled_from(list(Order)), st.sampled_from([None, 1, 3, 1000]), st.lists(LIMITS, max_size=3))
def test_what_a_query_matches_is_what_it_finds(
    memory: Connection,
    within: Any,
    rows: Any,
    text: str,
    order: Order,
    limit: int | None,
    limits: list[tuple[str, int]],
) -> None:
    asked = query.parse(text)
    with within(memory) as conn, pytest.MonkeyPatch.context() as patch:
        for name, value in limits:
            patch.setattr(finding, name, value)
        facts = write(conn, rows)
        window = finding.find(conn, asked, order, now=NOW, me=ANA, zone=JAKARTA, limit=limit)
        counted = finding.count(conn, asked, now=NOW, me=ANA, zone=JAKARTA, limit=limit or 1000)
    answers = {number for number, one in enumerate(facts, start=1) if asked.matches(one, now=NOW, me=ANA, zone=JAKARTA)}
    expected = sorted(answers, key=lambda one: sort_key(order, facts[one - 1], one), reverse=order is Order.NEWEST)
    most = limit or 1000
    found = [row.id for row in window.rows]
    assert (len(found), window.capped) == (min(len(expected), most), len(expected) > most)
    assert counted == (min(len(expected), most), len(expected) > most)
    if order is not Order.TIME_LEFT or asked.states == ("open",) or not window.capped:
        assert found == expected[:most]
    else:
        assert set(found) <= answers


def some_rows(count: int) -> list[tuple[Facts, tuple[str, str]]]:
    dice = random.Random(7)
    texts = ["kopi susu", "Susu 50%", "pesan-antar", "É a_b", "咖啡 lucu🤣", ""]
    return [
        (
            Facts(
                dice.choice(texts), dice.choice(["rina", "Rina", "budi@contoh.id"]), "Rina", "", "", dice.choice(["dm", "review"]),
                NOW, dice.choice([None, 10, 5000]), dice.choice(["open", "open", "open", "done", "snoozed"]),
                dice.choice(LOGINS), dice.randrange(3), tuple(dice.sample(LABELS, dice.randrange(3))),
                NOW + timedelta(minutes=dice.randrange(-300, 300)), *(dice.random() < 0.5 for _flag in range(4)),
            ),
            dice.choice(ACCOUNTS[1:]),
        )
        for _row in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize("few", [1, 5, 1000])
def test_each_term_alone_left_out_and_beside_a_word_finds_what_it_matches(
    memory: Connection, within: Any, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    for name in ("GATHER_LIMIT", "RARE_LIMIT", "SORT_LIMIT", "WALK_STEP"):
        monkeypatch.setattr(finding, name, few)
    with within(memory) as conn:
        facts = write(conn, some_rows(60))
        for text in (shape.format(term) for term in TERMS for shape in ("{}", "-{}", "susu {}", "-pesan {}")):
            asked = query.parse(text)
            answers = [at for at, one in enumerate(facts, 1) if asked.matches(one, now=NOW, me=ANA, zone=JAKARTA)]
            for order, limit in ((Order.WAITING, None), (Order.NEWEST, 4), (Order.TIME_LEFT, 4)):
                answers.sort(key=lambda one: sort_key(order, facts[one - 1], one), reverse=order is Order.NEWEST)
                window = finding.find(conn, asked, order, now=NOW, me=ANA, zone=JAKARTA, limit=limit)
                assert window.capped is (limit is not None and len(answers) > limit), (text, order)
                if limit is None or order is not Order.TIME_LEFT or asked.states == ("open",):
                    assert [row.id for row in window.rows] == answers[:limit], (text, order)


def test_of_what_is_closed_a_bound_is_looked_through_and_said(
    memory: Connection, within: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "CLOSED_LIMIT", 5)
    monkeypatch.setattr(finding, "CLOSED_WORDS_LIMIT", 5)
    shape = Facts("kopi", "rina", "Rina", "", "", "dm", NOW, state="done")
    with within(memory) as conn:
        write(conn, [(shape._replace(priority=2 if number == 0 else 0), ACCOUNTS[0]) for number in range(9)])

        def found(text: str, order: Order, limit: int | None = 1000) -> tuple[list[int], bool]:
            window = finding.find(conn, query.parse(text), order, now=NOW, me=ANA, zone=JAKARTA, limit=limit)
            return [row.id for row in window.rows], window.capped

        for text in ("is:done is:urgent", "is:done is:urgent kopi"):
            assert found(text, Order.WAITING) == ([1], True)
            assert found(text, Order.NEWEST) == ([], True)
            assert found(text, Order.NEWEST, limit=None) == ([1], False)
        assert found("is:done", Order.NEWEST) == ([9, 8, 7, 6, 5, 4, 3, 2, 1], False)


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize(
    "text",
    ["", "is:mine", "platform:ig kind:dm before:1h", "kopi", "kopi kind:dm", "from:@rina", "label:complaint", "is:urgent",
     "is:queued", "is:done", "is:done is:urgent", "is:any kopi", "-kopi", "-from:@rina"],
)  # fmt: skip
def test_nothing_is_read_row_by_row_where_an_index_knows(store: Store, text: str, order: Order) -> None:
    asked: list[str] = []
    with store.reading() as conn:
        conn.set_trace_callback(asked.append)
        finding.find(conn, query.parse(text), order, now=NOW, me=ANA, zone=JAKARTA)
        finding.count(conn, query.parse(text), now=NOW, me=ANA, zone=JAKARTA)
        conn.set_trace_callback(None)
        plans = [
            row[3]
            for sql in asked
            if sql.upper().startswith("SELECT")
            for row in conn.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
        ]
    assert plans
    whole = [one for one in plans if re.match(r"SCAN (i|mention)\b", one) and "INDEX mention_open_by_" not in one]
    assert not whole, whole


def test_names_are_those_of_the_desk(memory: Connection, within: Any) -> None:
    with within(memory) as conn:
        write(conn, [(Facts("", "rina", "Rina", "", "", "dm", NOW), ACCOUNTS[0])])
        names = finding.names(conn)
    assert names.accounts == ("Kopi Senja", "kopi", "teh") and names.logins == ("ana", "budi")
    assert set(names.platforms) == {"instagram", "facebook_page", "x"} and names.labels == LABELS
    assert names.handles == ("rina",)


def test_a_new_desk_has_views_and_members_keep_their_own(store: Store) -> None:
    with store.writing() as conn:
        from smdash.store import teams

        ana, budi = (teams.join(conn, login, login.title(), login, NOW) for login in ("ana", "budi"))
        before = [one.name for one in views.select(conn, ana.member_id)]
        assert before == ["mine", "unassigned", "overdue", "complaints", "urgent", "waiting"]
        made = views.add(conn, ana, NOW, "Pagi", "IS:open  kopi")
        other = views.add(conn, ana, NOW, "mine", "is:mine is:urgent")
        assert made.query == "is:open kopi" and views.named(conn, ana.member_id, "pagi") == made
        assert [one.name for one in views.select(conn, budi.member_id)] == before
        assert views.named(conn, ana.member_id, "mine").own and not views.named(conn, budi.member_id, "mine").own
        views.move(conn, ana, NOW, other.id, 1)
        assert [one.name for one in views.select(conn, ana.member_id)][6:] == ["mine", "Pagi"]
        assert views.edit(conn, ana, NOW, made.id, name="sore").name == "sore"
        for refused in (
            lambda: views.add(conn, ana, NOW, "SORE", "kopi"),
            lambda: views.edit(conn, ana, NOW, other.id, name="sore"),
        ):
            with pytest.raises(Refused, match="already"):
                refused()
        for bad in (lambda: views.add(conn, ana, NOW, "", "kopi"), lambda: views.add(conn, ana, NOW, "x", "is:opn"),
                    lambda: views.remove(conn, budi, NOW, made.id), lambda: views.named(conn, None, "sor")):  # fmt: skip
            with pytest.raises(InputError):
                bad()
        views.remove(conn, ana, NOW, made.id)
        assert [one.name for one in views.select(conn, ana.member_id)] == [*before, "mine"]
        done = conn.execute("SELECT verb, detail FROM event WHERE subject = 'view' ORDER BY id").fetchall()
    assert [verb for verb, _detail in done] == ["add", "add", "move", "edit", "remove"]
    assert done[-1][1] == "sore: is:open kopi"


def test_the_teams_views_are_its_settings_and_keep_their_rows(store: Store) -> None:
    with store.writing() as conn:
        from smdash.core.views import NamedQuery
        from smdash.store import teams

        ana = teams.join(conn, "ana", "Ana", "ana", NOW)
        own = views.add(conn, ana, NOW, "pagi", "kopi")
        present = team_settings.read(conn)
        ids = {one.name: one.id for one in views.select(conn, None)}
        after = present._replace(views=(NamedQuery("vip", "followers:>=1000"), NamedQuery("mine", "is:mine is:open")))
        assert team_settings.write(conn, ana, NOW, after, verb="edit") == ["view"]
        found = views.select(conn, ana.member_id)
        assert [(one.name, one.query) for one in found] == [
            ("vip", "followers:>=1000"),
            ("mine", "is:mine is:open"),
            ("pagi", "kopi"),
        ]
        assert found[1].id == ids["mine"] and found[2] == own
        assert team_settings.read(conn) == after
