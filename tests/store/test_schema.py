"""The file itself: its guards, its change feed, its public views."""

import subprocess
import sys
from pathlib import Path

import pytest

from smdash.core.records import Actor
from smdash.store import (
    changes,
    driver,
    events,
    public,
    schema,
    schema_delivery,
    schema_members,
    schema_metric,
    schema_planning,
    schema_search,
    schema_sync,
    schema_triage,
    schema_week,
)
from smdash.store.connection import Store

STAMP = "2026-11-23T07:05:00.000Z"
# A row for each table that a screen reads, as another program might write it: columns and values.
ROWS = {
    "setting": "(key, value) VALUES ('k', '1')",
    "member": f"(id, login, name, joined_at) VALUES (90, 'z', 'Z', '{STAMP}')",
    "account": f"(id, platform, name, created_at) VALUES (90, 'x', 'kopi', '{STAMP}')",
    "campaign": f"(id, name, kind, starts_at, ends_at, zone, created_at) VALUES (90, 'c', 'event', '{STAMP}', '3', 'Z', '{STAMP}')",
    "phase": "(id, campaign_id, name, starts_at, ends_at) VALUES (90, 90, 'p', '1', '2')",
    "post": "(id, state, category, format, body, author_id, created_at, updated_at) VALUES (90, 'idea', 'other', 'text', 'b', 90, '1', '1')",
    "post_account": "(post_id, account_id) VALUES (90, 90)",
    "delivery": "(id, kind, account_id, post_id, key, due_at, created_at, updated_at) VALUES (90, 'post', 90, 90, 'k', '1', '1', '1')",
    "mention": "(id, account_id, remote_id, kind, author_handle, author_name, body, sent_at, received_at) "
    f"VALUES (90, 90, 'r', 'dm', 'a', 'A', 'b', '{STAMP}', '{STAMP}')",
    "label": "(id, name) VALUES (90, 'l')",
    "mention_label": "(mention_id, label_id) VALUES (90, 90)",
    "activity": "(id, key, target_minutes, position) VALUES (90, 'k', 1, 90)",
    "time_entry": f"(id, member_id, activity_id, started_at, created_at) VALUES (90, 90, 90, '{STAMP}', '{STAMP}')",
    "feed": "(id, url, created_at) VALUES (90, 'u', '1')",
    "feed_item": "(id, feed_id, key, title, body, author, first_seen_at) VALUES (90, 90, 'k', 't', 'b', 'a', '1')",
    "sync_job": "(name, label, platform, interval_s) VALUES ('j', 'l', 'x', 60)",
    "absence": "(id, member_id, first_day, last_day, created_at) VALUES (90, 90, '1', '2', '1')",
    "claim": "(id, kind, member_id, session, since, beat_at) VALUES (90, 'presence', 90, 's', '1', '1')",
    "author": "(id, platform, handle, name, created_at) VALUES (90, 'x', 'a', 'A', '1')",
    "author_label": "(author_id, label_id) VALUES (90, 90)",
    "note": "(id, mention_id, member_id, body, created_at) VALUES (90, 90, 90, 'n', '1')",
    "note_for": "(note_id, member_id) VALUES (90, 90)",
    "saved_reply": "(id, name, body, created_at, updated_at) VALUES (90, 'n', 'b', '1', '1')",
    "view": "(id, name, query, position) VALUES (90, 'v', 'is:open', 90)",
    "rule": "(id, name, position, query, actions) VALUES (90, 'r', 90, 'kind:dm', '{}')",
    "overrule": "(post_id, rule, about, member_id, at, reason) VALUES (90, 'too_long', 'x', 90, '1', 'r')",
    "brand": "(id, name) VALUES (90, 'b')",
    "slot": "(id, weekday, at) VALUES (90, 1, '09:00')",
    "observance": "(id, day, until, name, source, uid) VALUES (90, '2026-12-25', '2026-12-25', 'n', 's', 'u')",
    "attachment": "(id, post_id, position, digest, name, media_type, bytes, at) VALUES (90, 90, 1, 'd', 'n', 'image/png', 1, '1')",
    "asset": "(id, post_id, what, asked_by, asked_at) VALUES (90, 90, 'w', 90, '1')",
    "approval": "(post_id, member_id, at) VALUES (90, 90, '1')",
    "metric": "(account_id, remote_id, name, day, value, at) VALUES (90, 'r', 'likes', '2026-11-23', 1, '1')",
    "account_health": "(account_id) VALUES (90)",
    "link": "(url, outcome) VALUES ('https://example.org', 'ok')",
    "search": "(id, account_id, query, created_at) VALUES (90, 90, 'kopi', '1')",
    "search_hit": "(search_id, mention_id, found_at) VALUES (90, 90, '1')",
    "milestone": "(id, campaign_id, name, due_at, created_at) VALUES (90, 90, 'm', '1', '1')",
    "campaign_goal": "(campaign_id, figure, target) VALUES (90, 'posts', 5)",
    "campaign_scope": "(campaign_id, kind, value) VALUES (90, 'label', 'l')",
    "calendar": "(id, name, kind, campaign_kind, created_at) VALUES (90, 'c', 'ics', 'event', '1')",
    "member_target": "(member_id, activity_id, minutes) VALUES (90, 90, 60)",
    "refused_span": "(id, member_id, started_at, ended_at, at) VALUES (90, 90, '1', '2', '3')",
    "decision": "(id, week, body, member_id, at) VALUES (90, '2026-W47', 'b', 90, '1')",
}
TOPICS = (
    schema.TOPICS
    | schema_members.TOPICS
    | schema_triage.TOPICS
    | schema_delivery.TOPICS
    | schema_planning.TOPICS
    | schema_metric.TOPICS
    | schema_search.TOPICS
    | schema_sync.TOPICS
    | schema_week.TOPICS
)
UPDATES = {
    "claim": "since = '2'",
    "setting": "value = '2'",
    "post_account": "body = 'x'",
    "account_health": "cost = 'x'",
    "mention_label": "label_id = label_id",
}


def moved(store: Store, before: dict[str, int]) -> set[str]:
    with store.reading() as conn:
        after = changes.sequences(conn)
    return {topic for topic, seq in after.items() if seq != before.get(topic)}


def test_every_table_that_a_screen_reads_is_covered_here(store: Store) -> None:
    with store.reading() as conn:
        tables = {
            row[0]
            for row in conn.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
                "AND name NOT LIKE '\\_%' ESCAPE '\\'"
            )
            if not row[0].startswith("mention_text")
        }
    # What is typed on a screen is for that screen alone.
    # Each attempt moves its delivery's row, which is watched.
    # What networks pushed is seen when it was understood.
    # What was at an age is written with a figure of the day, which moves the topic.
    # Who is at the keys is asked for when somebody comes back to them.
    # What was is looked at in a copy.
    unwatched = {
        "change", "tally", "event", "draft", "post_draft", "attempt", "received", "received_mention", "pulse", "past",
        "metric_at_age",
    }  # fmt: skip
    assert tables - unwatched <= set(TOPICS)
    assert set(ROWS) <= set(TOPICS)


def test_every_row_that_is_written_changed_or_deleted_moves_its_topic(store: Store) -> None:
    for table, row in ROWS.items():
        for sql in (f"INSERT INTO {table} {row}", f"UPDATE {table} SET {UPDATES.get(table, '')}"):
            if sql.endswith("SET "):
                column = row[1:].split(",")[0]
                sql += f"{column} = {column}"
            with store.reading() as conn:
                before = changes.sequences(conn)
            with store.writing() as conn:
                conn.execute(sql)
            assert TOPICS[table] in moved(store, before), sql
    for table in reversed(ROWS):
        with store.reading() as conn:
            before = changes.sequences(conn)
        with store.writing() as conn:
            conn.execute(f"DELETE FROM {table}")
        assert TOPICS[table] in moved(store, before), table


def test_a_row_that_another_program_writes_is_noticed(store: Store, db: Path) -> None:
    with store.reading() as conn:
        before = changes.sequences(conn)
    version = store.data_version()
    script = (
        "import sqlite3, sys; conn = sqlite3.connect(sys.argv[1]); "
        f"conn.execute(\"INSERT INTO account (platform, name, created_at) VALUES ('x', 'kopi', '{STAMP}')\"); conn.commit()"
    )
    subprocess.run([sys.executable, "-c", script, db], check=True)
    assert store.data_version() != version
    assert moved(store, before) == {"team"}


def test_ones_own_writes_are_no_news(store: Store) -> None:
    version = store.data_version()
    with store.writing() as conn:
        conn.execute("INSERT INTO label (name) VALUES ('x')")
    assert store.data_version() == version


def test_the_wrong_type_is_refused_in_every_table(store: Store) -> None:
    with store.reading() as conn:
        tables = [row[0] for row in conn.execute("SELECT name FROM pragma_table_list WHERE type = 'table' AND strict")]
    assert set(tables) >= set(TOPICS) | {"event", "change", "tally"}
    with pytest.raises(driver.IntegrityError), store.writing() as conn:
        conn.execute("INSERT INTO activity (key, target_minutes, position) VALUES ('x', 'many', 1)")


@pytest.mark.parametrize(
    ("table", "column"),
    [("mention", "state"), ("mention", "kind"), ("post", "state"), ("post", "category"), ("post", "format"), ("delivery", "state"),
     ("campaign", "kind"), ("campaign_scope", "kind"), ("calendar", "kind"), ("member", "role"), ("account", "status"), ("feed", "status"), ("sync_job", "state")],
)  # fmt: skip
def test_a_word_that_smdash_does_not_know_is_refused(store: Store, table: str, column: str) -> None:
    with store.writing() as conn:
        for name, row in ROWS.items():
            conn.execute(f"INSERT INTO {name} {row}")
    with pytest.raises(driver.IntegrityError), store.writing() as conn:
        conn.execute(f"UPDATE {table} SET {column} = 'nonsense'")


def test_a_row_cannot_point_at_nothing(store: Store) -> None:
    with pytest.raises(driver.IntegrityError), store.writing() as conn:
        conn.execute("INSERT INTO mention_label (mention_id, label_id) VALUES (1, 1)")


def test_events_are_never_deleted_or_changed(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        events.record(conn, actor, store.clock.now(), "add", "post", 1, detail="secret")
    for sql in ("DELETE FROM event", "UPDATE event SET verb = 'x'", "UPDATE event SET member_id = NULL"):
        with pytest.raises(driver.IntegrityError, match="events"), store.writing() as conn:
            conn.execute(sql)


def test_the_texts_of_events_may_be_blanked(store: Store, actor: Actor) -> None:
    with store.writing() as conn:
        events.record(
            conn, actor, store.clock.now(), "add", "post", 1, detail="secret", before={"a": 1}, after={"a": 2}
        )
        conn.execute("UPDATE event SET detail = NULL, before = NULL, after = NULL")
    with store.reading() as conn:
        assert [one.detail for one in events.history(conn, "post", 1)] == [""]


def test_the_public_views_are_documented(store: Store) -> None:
    with store.reading() as conn:
        views = {view.name: view for view in public.views(conn)}
    assert set(views) == {"v_schedule", "v_inbox", "v_campaigns", "v_hours", "v_sync_health"}
    for view in views.values():
        assert view.comment.endswith(".") and len(view.comment) > 20
        assert all(column.isidentifier() and column == column.lower() for column in view.columns)
    assert views["v_inbox"].columns == (
        "id", "platform", "account", "kind", "author_handle", "author_name", "body", "url", "sent_at", "due_at", "state",
        "assignee", "priority", "labels",
    )  # fmt: skip
    assert views["v_hours"].columns == ("id", "member", "activity", "started_at", "ended_at", "state", "note")


def test_the_public_views_can_be_read_by_any_sqlite(store: Store, db: Path) -> None:
    with store.writing() as conn:
        for name, row in ROWS.items():
            conn.execute(f"INSERT INTO {name} {row}")
    script = (
        "import sqlite3, sys; conn = sqlite3.connect(sys.argv[1]); "
        "print(*[len(conn.execute(f'SELECT * FROM {v}').fetchall()) for v in sys.argv[2:]])"
    )
    names = ["v_schedule", "v_inbox", "v_campaigns", "v_hours", "v_sync_health"]
    found = subprocess.run([sys.executable, "-c", script, db, *names], check=True, capture_output=True, text=True)
    assert found.stdout.split() == ["1"] * 5


def test_the_whole_schema_can_be_made_anew_from_its_sql(store: Store) -> None:
    with store.reading() as conn:
        statements = public.statements(conn)
    fresh = driver.connect(":memory:")
    for statement in statements:
        fresh.execute(statement)
    assert public.statements(fresh) == statements


def test_the_plan_of_the_week_is_the_teams_source(store: Store) -> None:
    with store.reading() as conn:
        rows = conn.execute("SELECT key, target_minutes FROM activity ORDER BY position").fetchall()
    assert len(rows) == 11 and rows[0] == ("updates", 240) and rows[-1] == ("analytics", 150)
    assert sum(minutes for _key, minutes in rows) == 39.5 * 60
