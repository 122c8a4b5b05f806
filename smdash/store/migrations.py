"""The schema's history. Each step runs once a database, under one ``BEGIN IMMEDIATE`` of the caller.

sqlite-utils keeps the book of applied steps; ``PRAGMA user_version`` repeats their number so that the common
start needs neither the import nor a query of that book.
"""

from __future__ import annotations

from smdash.core.views import FIRST
from smdash.store import (
    schema,
    schema_delivery,
    schema_insights,
    schema_members,
    schema_metric,
    schema_planning,
    schema_received,
    schema_search,
    schema_sync,
    schema_tally,
    schema_text,
    schema_triage,
    schema_week,
)
from smdash.store.driver import Connection

VERSION = 11


def is_current(conn: Connection) -> bool:
    """Whether nothing needs to be applied."""
    return version(conn) == VERSION


def version(conn: Connection) -> int:
    """The number of steps that the file has seen."""
    return int(conn.execute("PRAGMA user_version").fetchone()[0])


def statements(script: str) -> list[str]:
    """Split a script into statements; a trigger's inner semicolons stay inside it."""
    found: list[str] = []
    pending = ""
    for line in script.splitlines():
        pending += line + "\n"
        inside_trigger = "CREATE TRIGGER" in pending and "END;" not in pending
        if line.rstrip().endswith(";") and not inside_trigger:
            found.append(pending.strip())
            pending = ""
    return found


def apply(conn: Connection) -> None:
    """Bring the schema up to date. The caller holds the write lock (``BEGIN IMMEDIATE``).

    ``Migrations.apply`` alone is not safe among processes; inside the write lock it is.
    """
    if is_current(conn):
        return
    from sqlite_utils import Database, Migrations

    migrations = Migrations("smdash")

    @migrations()
    def m001_the_desk(db: Database) -> None:
        _first(db.conn)

    @migrations()
    def m002_members_and_words(db: Database) -> None:
        _second(db.conn)

    @migrations()
    def m003_triage(db: Database) -> None:
        _third(db.conn)

    @migrations()
    def m004_counts_by_the_hour_and_filters_by_time_left(db: Database) -> None:
        _fourth(db.conn)

    @migrations()
    def m005_deliveries(db: Database) -> None:
        for statement in statements(schema_delivery.TABLES):
            db.conn.execute(statement)

    @migrations()
    def m006_planning(db: Database) -> None:
        for statement in statements(schema_planning.TABLES) + schema.feed_triggers(schema_planning.TOPICS):
            db.conn.execute(statement)

    @migrations()
    def m007_received(db: Database) -> None:
        for statement in statements(schema_received.TABLES):
            db.conn.execute(statement)

    @migrations()
    def m008_saved_searches(db: Database) -> None:
        for statement in statements(schema_search.TABLES) + schema.feed_triggers(schema_search.TOPICS):
            db.conn.execute(statement)
        db.conn.execute("INSERT INTO change (topic) VALUES ('search')")

    @migrations()
    def m009_metric(db: Database) -> None:
        db.conn.execute("INSERT INTO change (topic) VALUES ('metric')")
        for statement in statements(schema_metric.TABLES) + schema.feed_triggers(schema_metric.TOPICS):
            db.conn.execute(statement)

    @migrations()
    def m010_health_of_accounts(db: Database) -> None:
        for statement in statements(schema_sync.TABLES) + schema.feed_triggers(schema_sync.TOPICS):
            db.conn.execute(statement)

    @migrations()
    def m011_campaigns_hours_and_the_week(db: Database) -> None:
        for statement in statements(schema_week.TABLES) + schema.feed_triggers(schema_week.TOPICS):
            db.conn.execute(statement)
        db.conn.execute("INSERT INTO change (topic) VALUES ('decision')")
        for statement in statements(schema_insights.TABLES):
            db.conn.execute(statement)

    # recursive_triggers would make every later connection pay for a pragma that nothing needs.
    migrations.apply(Database(conn, recursive_triggers=False, execute_plugins=False))
    conn.execute(f"PRAGMA user_version = {VERSION}")


def _first(conn: Connection) -> None:
    for statement in statements(schema.TABLES):
        conn.execute(statement)
    conn.executemany(
        "INSERT INTO change (topic) VALUES (?)", [(topic,) for topic in sorted(set(schema.TOPICS.values()))]
    )
    for statement in statements(schema.GUARDS) + schema.feed_triggers():
        conn.execute(statement)
    for statement in schema.view_statements():
        conn.execute(statement)
    conn.executemany(
        "INSERT INTO activity (key, target_minutes, position) VALUES (?, ?, ?)",
        [(key, minutes, position) for position, (key, minutes) in enumerate(schema.ACTIVITIES, start=1)],
    )
    conn.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")


def _second(conn: Connection) -> None:
    for statement in statements(schema_members.TABLES):
        conn.execute(statement)
    conn.execute("INSERT INTO change (topic) VALUES ('claim')")
    for script in (schema_members.FEED, schema_text.TABLES, schema_text.TRIGGERS):
        for statement in statements(script):
            conn.execute(statement)
    conn.execute(schema_text.REBUILD)


def _third(conn: Connection) -> None:
    for statement in statements(schema_triage.TABLES):
        conn.execute(statement)
    conn.executemany(
        "INSERT INTO change (topic) VALUES (?)",
        [(topic,) for topic in sorted(set(schema_triage.TOPICS.values()) - {"team"})],
    )
    for statement in statements(schema_triage.FEED):
        conn.execute(statement)
    conn.execute(schema_triage.MARK_UNDONE)
    conn.executemany(
        "INSERT INTO view (name, query, position) VALUES (?, ?, ?)",
        [(one.name, one.query, position) for position, one in enumerate(FIRST, start=1)],
    )


def _fourth(conn: Connection) -> None:
    for statement in statements(schema_tally.DROP) + statements(schema_tally.TRIGGERS):
        conn.execute(statement)
    conn.execute("DELETE FROM tally")
    conn.execute(schema_tally.COUNT)
    for statement in statements(schema_triage.WIDER_GOALS):
        conn.execute(statement)
