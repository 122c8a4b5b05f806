"""Figures of accounts and of what went out, as SQL text for the migrations.

``metric`` keeps one value a figure and local ``day``, the newest; ``remote_id`` is the network's id of a delivery, or
empty for the account's own figures. It has a topic of its own, so that no list is read again for a figure.
"""

from __future__ import annotations

# Which topic of the change feed the table moves.
TOPICS = {"metric": "metric"}

TABLES = """
CREATE TABLE metric (
  account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  remote_id TEXT NOT NULL DEFAULT '',
  name TEXT NOT NULL,
  day TEXT NOT NULL,
  value INTEGER NOT NULL CHECK (value >= 0),
  at TEXT NOT NULL,
  PRIMARY KEY (account_id, remote_id, name, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX metric_by_day ON metric (account_id, day);
CREATE INDEX delivery_to_measure ON delivery (account_id, sent_at)
  WHERE state = 'sent' AND kind = 'post' AND remote_id IS NOT NULL;
"""
