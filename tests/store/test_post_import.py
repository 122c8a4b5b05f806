"""What an import does with a line: three versions, the file's, the exported one and the one here, tell what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdash.core import plan, plan_csv, plan_ics
from smdash.core.errors import InputError, Refused
from smdash.core.plan import Line, of_post
from smdash.core.records import Actor, Category, Format, Post, PostState
from smdash.core.text import clean
from smdash.store import driver, events, migrations, post_flow, post_import, posts, resolving, teams
from smdash.store.connection import Store
from smdash.store.driver import Connection
from smdash.store.post_flow import Edit
from smdash.store.post_import import What
from tests.store.conftest import NOW, scratch

ZONE = ZoneInfo("Asia/Jakarta")
HOUR = timedelta(hours=1)
HEAD = "due_at,accounts,category,body,state\n"


@pytest.fixture
def conn_ready(store: Store) -> Store:
    with store.writing() as conn:
        for platform in ("instagram", "mastodon"):
            teams.put_account(conn, platform, "kopi", NOW)
    return store


def add(conn: Connection, who: Actor, body: str = "Cara seduh", **more: object) -> int:
    fields = {"category": Category.OTHER, "format": Format.TEXT, "due_at": NOW + HOUR, "accounts": teams.accounts(conn)}
    return posts.add(conn, who, NOW, body=body, zone="Asia/Jakarta", **(fields | more))  # type: ignore[arg-type]


def take(conn: Connection, who: Actor, text: str | bytes) -> list[What | str]:
    """Import a file; what became of each line, or why it was refused."""
    data = text if isinstance(text, bytes) else text.encode()
    found = plan_ics.read(data, ZONE) if data.startswith(b"BEGIN:") else iter(plan_csv.Reader(data, ZONE))
    done: list[What | str] = []
    for line in found:
        assert isinstance(line, Line), line
        try:
            decision = post_import.decide(conn, line, NOW)
            post_import.write(conn, who, NOW, decision, "Asia/Jakarta")
            done.append(decision.what)
        except (InputError, Refused) as problem:
            done.append(str(problem))
    return done


def csv_of(conn: Connection) -> str:
    return plan_csv.write(posts.select(conn), ZONE)


def only(conn: Connection) -> Post:
    (post,) = posts.select(conn)
    return post


def test_an_export_that_nobody_touched_changes_nothing_however_often(conn_ready: Store, actor: Actor) -> None:
    with conn_ready.writing() as conn:
        for body in ("=1+1", "'tis", "dua\nbaris"):
            add(conn, actor, body, due_at=NOW + timedelta(hours=1, milliseconds=123))
        before, seen = posts.select(conn), conn.execute("SELECT max(id) FROM event").fetchone()
        text = csv_of(conn)
        calendar = plan_ics.write(before, ZONE, NOW, name="Kopi")
        for file in (text, text, calendar, calendar):
            assert take(conn, actor, file) == [What.UNCHANGED] * 3
        assert posts.select(conn) == before
        assert conn.execute("SELECT max(id) FROM event").fetchone() == seen


def test_a_file_of_somebody_elses_adds_its_lines_once(conn_ready: Store, actor: Actor) -> None:
    text = HEAD + (
        "2026-12-01 10:00,instagram/kopi,other,satu,\n2026-12-01 10:00,instagram/kopi,other,dua,draft\n"
        "2026-12-01 10:00,instagram/kopi,other,satu,\n"
    )
    with conn_ready.writing() as conn:
        assert take(conn, actor, text) == [What.NEW, What.NEW, What.UNCHANGED]
        assert [(post.body, post.state) for post in posts.select(conn)] == [("satu", "ready"), ("dua", "draft")]
        assert [len(post.deliveries) for post in posts.select(conn)] == [1, 0]
        post_flow.edit(conn, actor, posts.select(conn)[0].id, NOW, Edit(body="diubah di sini"), "Asia/Jakarta")
        assert take(conn, actor, text) == [What.UNCHANGED] * 3
        assert [post.body for post in posts.select(conn)] == ["diubah di sini", "dua"]
        assert events.history(conn, "post", posts.select(conn)[1].id)[0].verb == "import"


def test_what_was_edited_in_the_file_is_taken_over_once(conn_ready: Store, actor: Actor) -> None:
    with conn_ready.writing() as conn:
        post_id = add(conn, actor, offer="Diskon")
        old = csv_of(conn)
        edited = old.replace("Cara seduh", "Cara seduh V60").replace("Diskon", "")
        assert take(conn, actor, edited) == [What.CHANGED]
        assert (only(conn).body, only(conn).offer, only(conn).id) == ("Cara seduh V60", None, post_id)
        assert {one.due_at for one in only(conn).deliveries} == {NOW + HOUR}
        assert take(conn, actor, edited) == [What.UNCHANGED]
        assert take(conn, actor, old) == [What.UNCHANGED]  # an older file does not put it back
        assert only(conn).body == "Cara seduh V60"


def test_what_was_edited_here_is_not_written_over(conn_ready: Store, actor: Actor) -> None:
    with conn_ready.writing() as conn:
        post_id = add(conn, actor)
        old = csv_of(conn)
        post_flow.edit(conn, actor, post_id, NOW, Edit(body="Teks Budi"), "Asia/Jakarta")
        assert take(conn, actor, old) == [What.UNCHANGED]
        (refusal,) = take(conn, actor, old.replace("Cara seduh", "Teks Ana"))
        assert "changed here since" in refusal
        assert only(conn).body == "Teks Budi"


def test_an_edit_by_file_asks_for_approval_again_and_its_writer_may_not_give_it(
    conn_ready: Store, actor: Actor, second: Actor
) -> None:
    with conn_ready.writing() as conn:
        teams.put(conn, "approval", "required")
        post_id = add(conn, actor)
        post_flow.approve(conn, second, post_id, NOW)
        assert take(conn, second, csv_of(conn).replace("Cara", "Kiat")) == [What.CHANGED]
        assert (only(conn).state, only(conn).deliveries) == (PostState.REVIEW, ())
        with pytest.raises(Refused):
            post_flow.approve(conn, second, post_id, NOW)


@pytest.mark.parametrize("state", ["", "ready", "scheduled", "review"])
def test_where_approval_is_required_no_word_in_a_file_gets_around_it(
    conn_ready: Store, actor: Actor, state: str
) -> None:
    with conn_ready.writing() as conn:
        teams.put(conn, "approval", "required")
        assert take(conn, actor, HEAD + f"2026-12-01 10:00,instagram/kopi,other,satu,{state}\n") == [What.NEW]
        assert (only(conn).state, only(conn).deliveries) == (PostState.REVIEW, ())


def test_who_asks_for_review_in_a_file_gets_it_where_that_is_optional(conn_ready: Store, actor: Actor) -> None:
    with conn_ready.writing() as conn:
        teams.put(conn, "approval", "optional")
        text = HEAD + "2026-12-01 10:00,instagram/kopi,other,satu,review\n2026-12-01 10:00,instagram/kopi,other,dua,\n"
        assert take(conn, actor, text) == [What.NEW, What.NEW]
        assert [(post.state, len(post.deliveries)) for post in posts.select(conn)] == [("review", 0), ("ready", 1)]


@pytest.mark.parametrize(("line", "says"), [
    ("2020-01-01 10:00,instagram/kopi,other,x,", "passed"),
    ("2026-12-01 10:00,instagram/teh,other,x,", "no account"),
    ("2026-12-01 10:00,kopi,other,x,", "several networks"),
    ("2026-12-01 10:00,,other,x,", "accounts"),
    (",instagram/kopi,other,x,review", "needs a time"),
    ("2026-12-01 10:00,instagram/kopi,other,x,review", "approval is off"),
    ("2026-12-01 10:00,instagram/kopi,other,x,sent", "still to come"),
    ("2026-12-01 10:00,instagram/kopi,other,x,cancelled", "still to come"),
])  # fmt: skip
def test_what_can_t_be_planned_is_refused_and_nothing_of_it_written(
    conn_ready: Store, actor: Actor, line: str, says: str
) -> None:
    with conn_ready.writing() as conn:
        (refusal,) = take(conn, actor, HEAD + line + "\n")
        assert says in refusal
        assert posts.select(conn) == ()


def test_what_is_out_is_unchanged_by_its_own_export_and_refuses_an_edit(conn_ready: Store, actor: Actor) -> None:
    with conn_ready.writing() as conn:
        add(conn, actor)
        conn.execute("UPDATE delivery SET state = 'sent'")
        text = csv_of(conn)
        assert ",sent," in text
        assert take(conn, actor, text) == [What.UNCHANGED]
        (refusal,) = take(conn, actor, text.replace("Cara", "Kiat"))
        assert "can't be changed" in refusal
        assert only(conn).body == "Cara seduh"


def test_an_empty_time_in_a_file_calls_nothing_off(conn_ready: Store, actor: Actor) -> None:
    with conn_ready.writing() as conn:
        add(conn, actor)
        (refusal,) = take(conn, actor, csv_of(conn).replace("2026-11-23T15:05:00+07:00", ""))
        assert "smdash post cancel" in refusal
        assert only(conn).due_at == NOW + HOUR


def test_what_was_called_off_is_not_brought_back_by_an_older_file(conn_ready: Store, actor: Actor) -> None:
    with conn_ready.writing() as conn:
        post_id = add(conn, actor)
        old = csv_of(conn)
        resolving.cancel_post(conn, actor, post_id, NOW)
        assert take(conn, actor, old) == [What.UNCHANGED]
        assert "called off" in str(take(conn, actor, old.replace("Cara", "Kiat"))[0])
        assert only(conn).state is PostState.CANCELLED


def test_an_id_without_its_key_is_another_post_unless_all_is_the_same(conn_ready: Store, actor: Actor) -> None:
    with conn_ready.writing() as conn:
        post_id = add(conn, actor)
        head = "id,due_at,accounts,category,body\n"
        same = f"{head}{post_id},2026-11-23T15:05:00+07:00,instagram/kopi mastodon/kopi,other,Cara seduh\n"
        assert take(conn, actor, same) == [What.UNCHANGED]
        assert "another one" in str(take(conn, actor, same.replace("Cara", "Kiat"))[0])
        assert take(conn, actor, f"{head}77,2026-11-23T15:05:00+07:00,instagram/kopi,other,x\n") == [What.NEW]


def test_an_event_that_was_moved_in_its_calendar_moves_its_post(conn_ready: Store, actor: Actor) -> None:
    event = (
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1@lain\r\nDTSTART:20261201T030000Z\r\nSUMMARY:Promo\r\n"
        "CATEGORIES:quote\r\nX-SMDASH-ACCOUNTS:instagram/kopi\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    with conn_ready.writing() as conn:
        assert take(conn, actor, event) == [What.NEW]
        assert take(conn, actor, event) == [What.UNCHANGED]
        assert take(conn, actor, event.replace("T03", "T05")) == [What.CHANGED]
        assert only(conn).due_at is not None and only(conn).due_at.hour == 5  # type: ignore[union-attr]
        post_flow.edit(conn, actor, only(conn).id, NOW, Edit(body="Promo!"), "Asia/Jakarta")
        assert take(conn, actor, event.replace("T03", "T05")) == [What.UNCHANGED]
        assert "changed here" in str(take(conn, actor, event.replace("T03", "T06"))[0])


TEXTS = st.text(st.one_of(st.characters(), st.sampled_from("=+-@'\";,\t\r\n")), min_size=1, max_size=40)


@given(st.lists(TEXTS.filter(lambda text: bool(clean(text).strip())), min_size=1, max_size=4), st.sampled_from(",;"))
def test_a_plan_that_moves_to_another_database_is_the_same_there(
    memory: Connection, bodies: list[str], separator: str
) -> None:
    with scratch(memory) as conn:
        for name in ("kopi", "kopi senja"):
            teams.put_account(conn, "mastodon", name, NOW)
        who = teams.join(conn, "ana", "Ana", "ana", NOW)
        for body in bodies:
            add(conn, who, clean(body).strip())
        before = posts.select(conn)
        text = plan_csv.write(before, ZONE, separator=separator)
        for table in ("delivery", "post_account", "post"):
            conn.execute(f"DELETE FROM {table}")
        assert set(take(conn, who, text)) == {What.NEW}
        after = posts.select(conn)
        assert [of_post(post) for post in after] == [of_post(post) for post in before]
        assert [post.key for post in after] == [post.key for post in before]
        assert all({one.state for one in post.deliveries} == {"queued"} for post in after)
        assert set(take(conn, who, text)) == {What.UNCHANGED}
        assert [plan.of_post(post).body for post in after] == [clean(body).strip() for body in bodies]


def test_posts_of_an_older_database_get_names_and_keep_their_deliveries(tmp_path: Path) -> None:
    from sqlite_utils import Database, Migrations

    path = tmp_path / "older.db"
    conn = driver.connect(path, isolation_level=None)
    conn.execute("BEGIN IMMEDIATE")
    history = Migrations("smdash")
    steps = (
        "m001_the_desk",
        "m002_members_and_words",
        "m003_triage",
        "m004_counts_by_the_hour_and_filters_by_time_left",
    )
    for name, work in zip(
        steps, (migrations._first, migrations._second, migrations._third, migrations._fourth), strict=True
    ):

        def step(db: Database, work: Callable[[Connection], None] = work) -> None:
            work(db.conn)

        step.__name__ = name
        history()(step)
    history.apply(Database(conn, recursive_triggers=False, execute_plugins=False))
    conn.execute("PRAGMA user_version = 4")
    teams.start(conn, "Kopi Senja", "Asia/Jakarta")
    who = teams.join(conn, "ana", "Ana", "ana", NOW)
    account = teams.put_account(conn, "mastodon", "kopi", NOW)
    for number in (1, 2):
        conn.execute(
            "INSERT INTO post (id, state, category, format, body, author_id, due_at, created_at, updated_at) "
            "VALUES (?, 'ready', 'other', 'text', 'lama', ?, '2026-12-01T03:00:00.000Z', '1', '1')",
            (number, who.member_id),
        )
        conn.execute("INSERT INTO post_account (post_id, account_id) VALUES (?, ?)", (number, account))
        conn.execute(
            "INSERT INTO delivery (kind, account_id, post_id, key, due_at, created_at, updated_at) "
            "VALUES ('post', ?, ?, ?, '2026-12-01T03:00:00.000Z', '1', '1')",
            (account, number, f"k{number}"),
        )
    migrations.apply(conn)
    found = posts.select(conn)
    assert [(post.state, len(post.deliveries)) for post in found] == [("ready", 1)] * 2
    assert len({post.key for post in found}) == 2 and all(post.key for post in found)
    assert take(conn, who, csv_of(conn)) == [What.UNCHANGED] * 2
    assert conn.execute("SELECT count(*) FROM v_schedule").fetchone() == (2,)
    conn.execute("COMMIT")
    conn.close()
