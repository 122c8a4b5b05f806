"""The change feed: which topics moved."""

from __future__ import annotations

from smdash.store import schema, schema_members, schema_metric, schema_triage, schema_week
from smdash.store.driver import Connection

# All topics; each is moved by the triggers of its tables.
TOPICS = frozenset(
    (schema.TOPICS | schema_members.TOPICS | schema_triage.TOPICS | schema_metric.TOPICS | schema_week.TOPICS).values()
)


def sequences(conn: Connection) -> dict[str, int]:
    """Each topic's number; it grows with every row that any program writes."""
    return dict(conn.execute("SELECT topic, seq FROM change").fetchall())
