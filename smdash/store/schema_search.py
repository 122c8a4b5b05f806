"""Saved searches, as SQL text for the migrations.

``search`` holds the queries that the service asks for in an account's name; one that was removed stays, with
``removed_at``, so that undo can bring it back and what it found is still told. ``search_hit`` says which mention was
found by which search, also where the mention came in by another way as well. A search's job follows it: another query
is read from the beginning, and a paused one pauses it, whoever wrote the row.
"""

from __future__ import annotations

TOPICS = {"search": "search", "search_hit": "search"}

TABLES = """
CREATE TABLE search (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  query TEXT NOT NULL CHECK (query <> ''),
  interval_s INTEGER CHECK (interval_s > 0),
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused')),
  member_id INTEGER REFERENCES member (id),
  created_at TEXT NOT NULL,
  removed_at TEXT
) STRICT;
CREATE INDEX search_by_account ON search (account_id) WHERE removed_at IS NULL;
CREATE TABLE search_hit (
  search_id INTEGER NOT NULL REFERENCES search (id) ON DELETE CASCADE,
  mention_id INTEGER NOT NULL REFERENCES mention (id) ON DELETE CASCADE,
  found_at TEXT NOT NULL,
  PRIMARY KEY (search_id, mention_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX search_hit_by_mention ON search_hit (mention_id);
CREATE TRIGGER search_anew AFTER UPDATE OF query ON search WHEN NEW.query <> OLD.query BEGIN
  UPDATE sync_job SET cursor = NULL, next_at = NULL, failures = 0, error = NULL, error_kind = NULL
  WHERE name = 'search/' || NEW.id;
END;
CREATE TRIGGER search_paused AFTER UPDATE OF status ON search WHEN NEW.status <> OLD.status BEGIN
  UPDATE sync_job SET state = NEW.status WHERE name = 'search/' || NEW.id;
END;
"""
