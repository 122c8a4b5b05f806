"""What each delivery went through, as SQL text for the migrations.

``attempt`` is one call: a sending or a look whether it is out. ``delivery.first_at`` is when the first sending began
and ``next_at`` when it is tried or looked for next; both are missing where there is nothing of the kind. ``replaced``
says of a cancelled one that an edit of its post took its place. ``checked_at`` is when it was looked whether a post
that went out is there still, and ``gone_at`` when it was not.

``overrule`` says who lets a post go out although a rule found something (``core.lint``); ``about`` is what it found.
``post.key`` names a post in exported files, whatever its id becomes elsewhere; ``imported`` is the digest of what an
import last read of it (``core.plan``).
"""

from __future__ import annotations

# Which topic of the change feed each table moves; each attempt moves its delivery's row, which is watched.
TOPICS = {"overrule": "post"}

TABLES = """
ALTER TABLE delivery ADD COLUMN first_at TEXT;
ALTER TABLE delivery ADD COLUMN next_at TEXT;
ALTER TABLE delivery ADD COLUMN checked_at TEXT;
ALTER TABLE delivery ADD COLUMN gone_at TEXT;
CREATE INDEX delivery_to_check ON delivery (sent_at) WHERE state = 'sent' AND kind = 'post' AND checked_at IS NULL;
ALTER TABLE delivery ADD COLUMN held_for TEXT
  CHECK (held_for IN ('freeze', 'member', 'late', 'ledger', 'restored', 'lint'));
ALTER TABLE delivery ADD COLUMN replaced INTEGER NOT NULL DEFAULT 0 CHECK (replaced IN (0, 1));
ALTER TABLE post ADD COLUMN key TEXT;
ALTER TABLE post ADD COLUMN imported TEXT;
UPDATE post SET key = 'p' || lower(hex(randomblob(10)));
CREATE UNIQUE INDEX post_by_key ON post (key) WHERE key IS NOT NULL;
CREATE INDEX post_in_review ON post (due_at, id) WHERE state = 'review';
CREATE TABLE attempt (
  id INTEGER PRIMARY KEY,
  delivery_id INTEGER NOT NULL REFERENCES delivery (id),
  at TEXT NOT NULL,
  what TEXT NOT NULL CHECK (what IN ('send', 'look', 'person')),
  outcome TEXT NOT NULL CHECK (outcome IN ('sent', 'refused', 'later', 'unknown', 'missing')),
  seconds REAL,
  error TEXT
) STRICT;
CREATE INDEX attempt_by_delivery ON attempt (delivery_id, id);
CREATE TABLE overrule (
  post_id INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
  rule TEXT NOT NULL,
  about TEXT NOT NULL,
  member_id INTEGER NOT NULL REFERENCES member (id),
  at TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (post_id, rule, about)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER overrule_change_insert AFTER INSERT ON overrule BEGIN
  UPDATE change SET seq = seq + 1 WHERE topic = 'post';
END;
CREATE TRIGGER overrule_change_update AFTER UPDATE ON overrule BEGIN
  UPDATE change SET seq = seq + 1 WHERE topic = 'post';
END;
CREATE TRIGGER overrule_change_delete AFTER DELETE ON overrule BEGIN
  UPDATE change SET seq = seq + 1 WHERE topic = 'post';
END;
"""
