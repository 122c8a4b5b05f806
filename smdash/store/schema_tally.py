"""How many open mentions are due in each hour, and how many were sent in each, kept by triggers, as SQL text.

``tally`` named ``open`` is by the hour of the goal (none where there is no goal), ``wait`` by that of the mention, both
UTC. With them a title's counts and the place of a row in a list of a hundred thousand are a sum over hours and a count
within one. (Days were too long: thirty thousand rows may be due on one.)
"""

from __future__ import annotations

from smdash.core.clock import HOUR_LETTERS

_KEYS = {
    # name: (column, the hour of a row, what the triggers are called)
    "open": ("due_at", f"coalesce(substr({{row}}due_at, 1, {HOUR_LETTERS}), '')", "mention_tally"),
    "wait": ("sent_at", f"substr({{row}}sent_at, 1, {HOUR_LETTERS})", "mention_wait"),
}
# An hour without any has no row: otherwise every title would add up the hours of years.
_TRIGGERS = """
CREATE TRIGGER {prefix}_insert AFTER INSERT ON mention WHEN NEW.state = 'open' BEGIN
  {more}
END;
CREATE TRIGGER {prefix}_close AFTER UPDATE OF state, {column} ON mention WHEN OLD.state = 'open' BEGIN
  {less}
END;
CREATE TRIGGER {prefix}_open AFTER UPDATE OF state, {column} ON mention WHEN NEW.state = 'open' BEGIN
  {more}
END;
CREATE TRIGGER {prefix}_delete AFTER DELETE ON mention WHEN OLD.state = 'open' BEGIN
  {less}
END;
"""


def _triggers(name: str) -> str:
    column, hour, prefix = _KEYS[name]
    old, new = hour.format(row="OLD."), hour.format(row="NEW.")
    more = (
        f"INSERT INTO tally (name, bucket, n) VALUES ('{name}', {new}, 1) "
        "ON CONFLICT (name, bucket) DO UPDATE SET n = n + 1;"
    )
    less = (
        f"UPDATE tally SET n = n - 1 WHERE name = '{name}' AND bucket = {old}; "
        f"DELETE FROM tally WHERE name = '{name}' AND bucket = {old} AND n = 0;"
    )
    return _TRIGGERS.format(prefix=prefix, column=column, more=more, less=less)


def _recount(name: str) -> str:
    hour = _KEYS[name][1].format(row="")
    return f"SELECT '{name}' AS name, {hour} AS bucket, count(*) AS n FROM mention WHERE state = 'open' GROUP BY bucket"


# What the triggers' figures must add up to.
RECOUNT = " UNION ALL ".join(_recount(name) for name in _KEYS)
# Takes in the rows that are there already.
COUNT = f"INSERT INTO tally (name, bucket, n) {RECOUNT}"
DROP = "\n".join(
    f"DROP TRIGGER IF EXISTS {prefix}_{when};"
    for _column, _hour, prefix in _KEYS.values()
    for when in ("insert", "close", "open", "delete")
)
TRIGGERS = "".join(_triggers(name) for name in _KEYS)
