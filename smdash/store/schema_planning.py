"""What planning needs around posts, as SQL text for the migrations.

``delivery.part`` is which part of a thread it is, from 1; 0 is the first comment below part 1. ``attachment`` is a file
of a part; its content lies in the media folder beside the database, under ``digest`` (``store.media``). ``asset`` is
what somebody still has to make for a post or a campaign. ``approval`` holds who approved a post since it was last
changed. ``slot`` is a time of the week at which something should go out, in the team's zone, ``weekday`` from Monday
(1); without an account it is for any. ``observance`` is a day or some days (``until`` is the last) that matter for
content; on a holiday the team is off. ``link`` is what the service found behind an address of a post. ``post_draft`` is
what a member typed into the composer and did not save yet, of a post or (0) of a new one.
"""

from __future__ import annotations

# Which topic of the change feed each table moves; what a member types moves nobody's screen.
TOPICS = {
    "brand": "team",
    "slot": "team",
    "observance": "team",
    "attachment": "post",
    "asset": "post",
    "approval": "post",
    "link": "post",
}

TABLES = """
CREATE TABLE brand (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE
) STRICT;
ALTER TABLE account ADD COLUMN brand_id INTEGER REFERENCES brand (id);
ALTER TABLE campaign ADD COLUMN brand_id INTEGER REFERENCES brand (id);
ALTER TABLE time_entry ADD COLUMN brand_id INTEGER REFERENCES brand (id);
ALTER TABLE post ADD COLUMN first_comment TEXT;
ALTER TABLE delivery ADD COLUMN part INTEGER NOT NULL DEFAULT 1 CHECK (part >= 0);
CREATE TABLE attachment (
  id INTEGER PRIMARY KEY,
  post_id INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
  part INTEGER NOT NULL DEFAULT 1 CHECK (part >= 1),
  position INTEGER NOT NULL,
  digest TEXT NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  width INTEGER,
  height INTEGER,
  seconds REAL,
  frame_rate REAL,
  alt TEXT NOT NULL DEFAULT '',
  member_id INTEGER REFERENCES member (id),
  at TEXT NOT NULL
) STRICT;
CREATE INDEX attachment_by_post ON attachment (post_id, part, position);
CREATE TABLE asset (
  id INTEGER PRIMARY KEY,
  post_id INTEGER REFERENCES post (id) ON DELETE CASCADE,
  campaign_id INTEGER REFERENCES campaign (id) ON DELETE CASCADE,
  what TEXT NOT NULL,
  owner_id INTEGER REFERENCES member (id),
  asked_by INTEGER NOT NULL REFERENCES member (id),
  asked_at TEXT NOT NULL,
  due_at TEXT,
  due_zone TEXT,
  done_at TEXT,
  done_by INTEGER REFERENCES member (id),
  dropped_at TEXT,
  CHECK (post_id IS NOT NULL OR campaign_id IS NOT NULL)
) STRICT;
CREATE INDEX asset_by_post ON asset (post_id) WHERE post_id IS NOT NULL;
CREATE INDEX asset_open ON asset (due_at, id) WHERE done_at IS NULL AND dropped_at IS NULL;
CREATE TABLE approval (
  post_id INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
  member_id INTEGER NOT NULL REFERENCES member (id),
  at TEXT NOT NULL,
  PRIMARY KEY (post_id, member_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE slot (
  id INTEGER PRIMARY KEY,
  weekday INTEGER NOT NULL CHECK (weekday BETWEEN 1 AND 7),
  at TEXT NOT NULL,
  account_id INTEGER REFERENCES account (id) ON DELETE CASCADE,
  category TEXT CHECK (category IN ('education', 'quote', 'soft_sell', 'hard_sell', 'other'))
) STRICT;
CREATE TABLE observance (
  id INTEGER PRIMARY KEY,
  day TEXT NOT NULL,
  until TEXT NOT NULL CHECK (until >= day),
  name TEXT NOT NULL,
  holiday INTEGER NOT NULL DEFAULT 0 CHECK (holiday IN (0, 1)),
  source TEXT NOT NULL,
  uid TEXT NOT NULL,
  UNIQUE (source, uid, day)
) STRICT;
CREATE INDEX observance_by_day ON observance (day);
CREATE INDEX observance_off ON observance (day, until, name) WHERE holiday = 1;
CREATE TABLE link (
  url TEXT PRIMARY KEY,
  outcome TEXT CHECK (outcome IN ('ok', 'dead', 'unsure')),
  detail TEXT,
  checked_at TEXT,
  next_at TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE post_draft (
  member_id INTEGER NOT NULL REFERENCES member (id) ON DELETE CASCADE,
  post_id INTEGER NOT NULL,
  fields TEXT NOT NULL CHECK (json_valid(fields)),
  at TEXT NOT NULL,
  PRIMARY KEY (member_id, post_id)
) STRICT, WITHOUT ROWID;
DROP VIEW IF EXISTS v_schedule;
CREATE VIEW v_schedule AS -- One row per post and account: what goes out when, and how far its delivery is.
SELECT p.id AS post_id, p.due_at, p.state AS post_state, d.state AS delivery_state, p.category, p.format,
       coalesce(pa.body, p.body) AS body, c.name AS campaign, m.name AS author, a.platform, a.name AS account,
       d.sent_at, d.remote_url, d.error
FROM post p
JOIN member m ON m.id = p.author_id
LEFT JOIN campaign c ON c.id = p.campaign_id
LEFT JOIN post_account pa ON pa.post_id = p.id
LEFT JOIN account a ON a.id = pa.account_id
LEFT JOIN delivery d ON d.id = (
  SELECT x.id FROM delivery x WHERE x.post_id = p.id AND x.account_id = pa.account_id AND x.kind = 'post'
  AND x.replaced = 0 ORDER BY instr('unknown failed held sending queued sent cancelled', x.state), x.part LIMIT 1
);
"""
