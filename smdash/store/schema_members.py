"""When members work, when they are away, and who is at the desk now, as SQL text for the migrations.

``member.hours`` are working hours as JSON, ``{"mon": ["09:00-12:00", "13:00-17:00"], …}``, wall time in the member's
zone; without it the team's count. ``absence`` holds local days, both ends included. ``claim`` says who is on what right
now (DESIGN.md section 4): a heartbeat moves ``beat_at`` alone, which no screen needs to hear of.
"""

from __future__ import annotations

TABLES = """
ALTER TABLE member ADD COLUMN hours TEXT CHECK (hours IS NULL OR json_valid(hours));

CREATE TABLE absence (
  id INTEGER PRIMARY KEY,
  member_id INTEGER NOT NULL REFERENCES member (id) ON DELETE CASCADE,
  first_day TEXT NOT NULL,
  last_day TEXT NOT NULL CHECK (last_day >= first_day),
  kind TEXT NOT NULL DEFAULT 'leave' CHECK (kind IN ('leave', 'sick', 'holiday', 'training', 'other')),
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX absence_by_member ON absence (member_id, first_day);

CREATE TABLE claim (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('presence', 'reply')),
  member_id INTEGER NOT NULL REFERENCES member (id) ON DELETE CASCADE,
  mention_id INTEGER REFERENCES mention (id) ON DELETE CASCADE,
  session TEXT NOT NULL,
  since TEXT NOT NULL,
  beat_at TEXT NOT NULL,
  CHECK ((kind = 'reply') = (mention_id IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX claim_presence ON claim (session) WHERE kind = 'presence';
CREATE INDEX claim_by_mention ON claim (mention_id) WHERE mention_id IS NOT NULL;
"""

# Which topic of the change feed each table moves; a heartbeat moves none.
TOPICS = {"absence": "team", "claim": "claim"}

FEED = """
CREATE TRIGGER absence_change_insert AFTER INSERT ON absence BEGIN
  UPDATE change SET seq = seq + 1 WHERE topic = 'team';
END;
CREATE TRIGGER absence_change_update AFTER UPDATE ON absence BEGIN
  UPDATE change SET seq = seq + 1 WHERE topic = 'team';
END;
CREATE TRIGGER absence_change_delete AFTER DELETE ON absence BEGIN
  UPDATE change SET seq = seq + 1 WHERE topic = 'team';
END;
CREATE TRIGGER claim_change_insert AFTER INSERT ON claim BEGIN
  UPDATE change SET seq = seq + 1 WHERE topic = 'claim';
END;
CREATE TRIGGER claim_change_update AFTER UPDATE OF kind, member_id, mention_id, session, since ON claim BEGIN
  UPDATE change SET seq = seq + 1 WHERE topic = 'claim';
END;
CREATE TRIGGER claim_change_delete AFTER DELETE ON claim BEGIN
  UPDATE change SET seq = seq + 1 WHERE topic = 'claim';
END;
"""
