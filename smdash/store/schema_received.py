"""What networks pushed and what became of it, as SQL text for the migrations.

``received`` holds bodies as they came, from before they are understood until some days later; ``digest`` (SHA-256)
tells the same one again, ``body`` is empty once it was removed. ``left_out`` counts the events in it that are for
nobody of the team's. ``received_mention`` says which mentions a body brought, so that erasing one reaches it. Neither
is on any screen, so neither moves the change feed.
"""

from __future__ import annotations

TABLES = """
CREATE TABLE received (
  id INTEGER PRIMARY KEY,
  platform TEXT NOT NULL,
  account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  digest BLOB NOT NULL,
  body BLOB,
  received_at TEXT NOT NULL,
  processed_at TEXT,
  left_out INTEGER NOT NULL DEFAULT 0,
  problem TEXT,
  UNIQUE (account_id, digest)
) STRICT;
CREATE INDEX received_waiting ON received (id) WHERE processed_at IS NULL;
CREATE INDEX received_processed ON received (processed_at) WHERE processed_at IS NOT NULL;
CREATE INDEX received_problem ON received (account_id, id) WHERE problem IS NOT NULL;
CREATE TABLE received_mention (
  account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  remote_id TEXT NOT NULL,
  received_id INTEGER NOT NULL REFERENCES received (id) ON DELETE CASCADE,
  PRIMARY KEY (account_id, remote_id, received_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX received_mention_by_body ON received_mention (received_id);
"""
