"""Reading the schema back: the public views and their columns."""

from __future__ import annotations

from typing import NamedTuple

from smdash.store.driver import Connection


class View(NamedTuple):
    name: str
    comment: str
    columns: tuple[str, ...]


def views(conn: Connection) -> list[View]:
    """The public views, each with the comment that stands in its SQL."""
    from sqlite_utils import Database

    db = Database(conn, recursive_triggers=False, execute_plugins=False)
    return [
        View(view.name, _comment(view.schema), tuple(column.name for column in view.columns))
        for view in sorted(db.views, key=lambda view: view.name)
        if view.name.startswith("v_")
    ]


def _comment(sql: str) -> str:
    return sql.partition("--")[2].partition("\n")[0].strip()


def statements(conn: Connection) -> list[str]:
    """The SQL of everything in the file, tables first; those that the full-text index makes for itself are left out."""
    rows = conn.execute(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' "
        "AND name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow') "
        "ORDER BY CASE type WHEN 'table' THEN 1 WHEN 'index' THEN 2 WHEN 'trigger' THEN 3 ELSE 4 END, name"
    ).fetchall()
    return [row[0] for row in rows]
