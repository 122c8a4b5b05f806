"""What insights are counted from, as SQL text for the migrations.

``metric_at_age`` keeps, for each age that posts are compared at (``hours`` after they went out), the last capture up to
it and the first from there on, with the post's age then in seconds: ``metric`` keeps the newest of a day alone, which
may be fourteen hours away. What was measured before there was this table is taken over from there. It moves no topic:
each of its rows is written with one of ``metric``.

The indexes hold all that counting mentions and hours by day and week reads, so that no row is looked up.
"""

from __future__ import annotations

from smdash.core.equal_age import AGES

_AGES = " UNION ALL ".join(f"SELECT {one.hours} AS hours, {one.seconds} AS target, {one.gap_s} AS gap" for one in AGES)
_SIDE = """
SELECT account_id, remote_id, name, hours, {columns} FROM (
  SELECT m.account_id, m.remote_id, m.name, a.hours, a.target, a.gap, m.value,
         cast(round((julianday(m.at) - julianday(d.sent)) * 86400) AS INTEGER) AS old
  FROM metric m
  JOIN (SELECT account_id, remote_id, min(sent_at) AS sent FROM delivery
        WHERE state = 'sent' AND kind = 'post' AND remote_id IS NOT NULL AND sent_at IS NOT NULL
        GROUP BY account_id, remote_id) d
    ON d.account_id = m.account_id AND d.remote_id = m.remote_id
  JOIN ({ages}) a
  WHERE m.remote_id <> ''
) WHERE old >= 0 AND abs(old - target) <= gap AND old {side} target
GROUP BY account_id, remote_id, name, hours
"""
_BEFORE = _SIDE.format(columns="value, max(old), NULL, NULL", side="<=", ages=_AGES).strip()
_AFTER = _SIDE.format(columns="NULL, NULL, value, min(old)", side=">", ages=_AGES).strip()

TABLES = f"""
CREATE TABLE metric_at_age (
  account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  remote_id TEXT NOT NULL,
  name TEXT NOT NULL,
  hours INTEGER NOT NULL,
  before INTEGER,
  before_s INTEGER,
  after INTEGER,
  after_s INTEGER,
  PRIMARY KEY (account_id, remote_id, hours, name)
) STRICT, WITHOUT ROWID;
INSERT INTO metric_at_age (account_id, remote_id, name, hours, before, before_s, after, after_s)
{_BEFORE};
INSERT INTO metric_at_age (account_id, remote_id, name, hours, before, before_s, after, after_s)
{_AFTER}
ON CONFLICT DO UPDATE SET after = excluded.after, after_s = excluded.after_s;
CREATE INDEX mention_by_sent ON mention (sent_at, account_id, kind) WHERE own = 0;
CREATE INDEX mention_answered ON mention (answered_at, account_id, kind, sent_at, response_s)
  WHERE own = 0 AND answered_at IS NOT NULL;
CREATE INDEX mention_hidden ON mention (sent_at, account_id, kind) WHERE own = 0 AND state = 'hidden';
CREATE INDEX mention_urgent ON mention (sent_at, account_id, kind, priority) WHERE own = 0 AND priority > 0;
CREATE INDEX time_entry_confirmed ON time_entry (started_at, ended_at, activity_id, brand_id, removed_at)
  WHERE state = 'confirmed';
"""
