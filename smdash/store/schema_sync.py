"""What the sync screen shows of an account, as SQL text for the migrations.

``account_health`` holds what the service knows beside the jobs: what calls cost (an English sentence, translated where
it is shown), when the token ends and when that was asked, and how many of the owner's budget (``unit``) were used in
the present ``period`` (a day such as 2026-11-23, or a month such as 2026-11).
"""

from __future__ import annotations

TABLES = """
CREATE TABLE account_health (
  account_id INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
  cost TEXT NOT NULL DEFAULT '',
  token_ends_at TEXT,
  checked_at TEXT,
  budget INTEGER CHECK (budget >= 0),
  unit TEXT NOT NULL DEFAULT '',
  period TEXT NOT NULL DEFAULT '',
  used INTEGER NOT NULL DEFAULT 0,
  resets_at TEXT
) STRICT;
ALTER TABLE sync_job ADD COLUMN quota_limit INTEGER;
CREATE INDEX delivery_sent_to ON delivery (account_id, sent_at) WHERE sent_at IS NOT NULL;
"""
TOPICS = {"account_health": "sync"}
