"""The tables, indexes, triggers and public views, as SQL text for the migrations.

Every table that a screen reads has triggers that move ``change``, so that rows written by any program
refresh the screens.
"""

from __future__ import annotations

from collections.abc import Mapping

APPLICATION_ID = 0x736D6473  # "smds"

TABLES = """
CREATE TABLE setting (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;

CREATE TABLE change (
  topic TEXT PRIMARY KEY,
  seq INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE tally (
  name TEXT NOT NULL,
  bucket TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (name, bucket)
) STRICT, WITHOUT ROWID;

CREATE TABLE member (
  id INTEGER PRIMARY KEY,
  login TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL DEFAULT 'specialist' CHECK (role IN ('lead', 'specialist', 'designer', 'analyst')),
  zone TEXT,
  joined_at TEXT NOT NULL,
  left_at TEXT
) STRICT;

CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  platform TEXT NOT NULL,
  name TEXT NOT NULL,
  handle TEXT,
  remote_id TEXT,
  url TEXT,
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'external', 'archived')),
  limits TEXT CHECK (limits IS NULL OR json_valid(limits)),
  created_at TEXT NOT NULL,
  UNIQUE (platform, name)
) STRICT;

CREATE TABLE campaign (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('contest', 'promotion', 'discount', 'launch', 'event')),
  starts_at TEXT NOT NULL,
  ends_at TEXT NOT NULL CHECK (ends_at > starts_at),
  zone TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX campaign_by_end ON campaign (ends_at);

CREATE TABLE phase (
  id INTEGER PRIMARY KEY,
  campaign_id INTEGER NOT NULL REFERENCES campaign (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  starts_at TEXT NOT NULL,
  ends_at TEXT NOT NULL CHECK (ends_at > starts_at),
  UNIQUE (campaign_id, name)
) STRICT;

CREATE TABLE post (
  id INTEGER PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('idea', 'draft', 'review', 'ready', 'expired', 'cancelled')),
  category TEXT NOT NULL CHECK (category IN ('education', 'quote', 'soft_sell', 'hard_sell', 'other')),
  format TEXT NOT NULL CHECK (format IN ('text', 'image', 'video', 'audio', 'article')),
  body TEXT NOT NULL,
  campaign_id INTEGER REFERENCES campaign (id),
  author_id INTEGER NOT NULL REFERENCES member (id),
  due_at TEXT,
  due_zone TEXT,
  offer TEXT,
  offer_until TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX post_by_due ON post (due_at);
CREATE INDEX post_by_campaign ON post (campaign_id, state) WHERE campaign_id IS NOT NULL;

CREATE TABLE post_account (
  post_id INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
  account_id INTEGER NOT NULL REFERENCES account (id),
  body TEXT,
  PRIMARY KEY (post_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE mention (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES account (id),
  remote_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('mention', 'comment', 'reply', 'dm', 'review', 'listening')),
  author_handle TEXT NOT NULL,
  author_name TEXT NOT NULL,
  body TEXT NOT NULL,
  url TEXT,
  sent_at TEXT NOT NULL,
  received_at TEXT NOT NULL,
  edited_at TEXT,
  thread_key TEXT,
  parent_id TEXT,
  own INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'snoozed', 'done', 'hidden')),
  due_at TEXT,
  reply_until TEXT,
  assignee_id INTEGER REFERENCES member (id),
  priority INTEGER NOT NULL DEFAULT 0,
  star INTEGER NOT NULL DEFAULT 0,
  answered_at TEXT,
  done_at TEXT,
  done_by INTEGER REFERENCES member (id),
  UNIQUE (account_id, remote_id)
) STRICT;
CREATE INDEX mention_open_by_wait ON mention (sent_at, id) WHERE state = 'open';
CREATE INDEX mention_open_by_goal ON mention (coalesce(due_at, '9999'), id) WHERE state = 'open';
CREATE INDEX mention_open_by_assignee ON mention (assignee_id) WHERE state = 'open' AND assignee_id IS NOT NULL;
CREATE INDEX mention_by_thread ON mention (account_id, thread_key) WHERE thread_key IS NOT NULL;

CREATE TABLE label (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE
) STRICT;

CREATE TABLE mention_label (
  mention_id INTEGER NOT NULL REFERENCES mention (id) ON DELETE CASCADE,
  label_id INTEGER NOT NULL REFERENCES label (id) ON DELETE CASCADE,
  PRIMARY KEY (mention_id, label_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE delivery (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('post', 'reply', 'like', 'hide', 'delete')),
  account_id INTEGER NOT NULL REFERENCES account (id),
  post_id INTEGER REFERENCES post (id),
  mention_id INTEGER REFERENCES mention (id),
  state TEXT NOT NULL DEFAULT 'queued'
    CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown', 'held', 'cancelled')),
  key TEXT NOT NULL UNIQUE,
  due_at TEXT NOT NULL,
  sent_at TEXT,
  remote_id TEXT,
  remote_url TEXT,
  error TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX delivery_by_post ON delivery (post_id) WHERE post_id IS NOT NULL;
CREATE INDEX delivery_open ON delivery (due_at, state)
  WHERE state IN ('queued', 'sending', 'failed', 'unknown', 'held');

CREATE TABLE activity (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  target_minutes INTEGER NOT NULL CHECK (target_minutes >= 0),
  position INTEGER NOT NULL
) STRICT;

CREATE TABLE time_entry (
  id INTEGER PRIMARY KEY,
  member_id INTEGER NOT NULL REFERENCES member (id),
  activity_id INTEGER NOT NULL REFERENCES activity (id),
  started_at TEXT NOT NULL,
  ended_at TEXT CHECK (ended_at IS NULL OR ended_at > started_at),
  state TEXT NOT NULL DEFAULT 'confirmed' CHECK (state IN ('confirmed', 'proposed')),
  note TEXT,
  created_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX time_entry_running ON time_entry (member_id) WHERE ended_at IS NULL;
CREATE INDEX time_entry_by_start ON time_entry (started_at, ended_at);
CREATE INDEX time_entry_by_member ON time_entry (member_id, started_at);

CREATE TABLE feed (
  id INTEGER PRIMARY KEY,
  url TEXT NOT NULL UNIQUE,
  title TEXT,
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'gone')),
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE feed_item (
  id INTEGER PRIMARY KEY,
  feed_id INTEGER NOT NULL REFERENCES feed (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  url TEXT,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  author TEXT NOT NULL,
  published_at TEXT,
  updated_at TEXT,
  first_seen_at TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'unread' CHECK (state IN ('unread', 'seen', 'saved', 'dismissed')),
  UNIQUE (feed_id, key)
) STRICT;
CREATE INDEX feed_item_unread ON feed_item (feed_id) WHERE state = 'unread';

CREATE TABLE sync_job (
  name TEXT PRIMARY KEY,
  label TEXT NOT NULL,
  platform TEXT NOT NULL,
  account_id INTEGER REFERENCES account (id) ON DELETE CASCADE,
  feed_id INTEGER REFERENCES feed (id) ON DELETE CASCADE,
  interval_s INTEGER NOT NULL CHECK (interval_s > 0),
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'gone')),
  cursor TEXT,
  next_at TEXT,
  last_started_at TEXT,
  last_ok_at TEXT,
  last_new INTEGER NOT NULL DEFAULT 0,
  last_changed INTEGER NOT NULL DEFAULT 0,
  last_seconds REAL,
  failures INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  error_kind TEXT,
  quota_left INTEGER,
  quota_resets_at TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  member_id INTEGER REFERENCES member (id),
  login TEXT NOT NULL,
  verb TEXT NOT NULL,
  subject TEXT NOT NULL,
  subject_id INTEGER,
  detail TEXT,
  before TEXT CHECK (before IS NULL OR json_valid(before)),
  after TEXT CHECK (after IS NULL OR json_valid(after)),
  step INTEGER,
  undoes INTEGER REFERENCES event (id)
) STRICT;
CREATE INDEX event_by_subject ON event (subject, subject_id);
CREATE INDEX event_by_member ON event (member_id, id);
CREATE INDEX event_by_step ON event (step) WHERE step IS NOT NULL;
CREATE UNIQUE INDEX event_undone_once ON event (undoes) WHERE undoes IS NOT NULL;
"""

# Which topic of the change feed each table moves.
TOPICS = {
    "setting": "team",
    "member": "team",
    "account": "team",
    "campaign": "campaign",
    "phase": "campaign",
    "post": "post",
    "post_account": "post",
    "delivery": "post",
    "mention": "mention",
    "mention_label": "mention",
    "label": "mention",
    "activity": "hours",
    "time_entry": "hours",
    "feed": "feed",
    "feed_item": "feed",
    "sync_job": "sync",
}

GUARDS = """
CREATE TRIGGER event_is_kept BEFORE DELETE ON event BEGIN
  SELECT raise(ABORT, 'events are never deleted');
END;
CREATE TRIGGER event_stays BEFORE UPDATE OF at, member_id, login, verb, subject, subject_id, step, undoes ON event BEGIN
  SELECT raise(ABORT, 'events never change; only their texts may be blanked');
END;
"""

# name -> (comment, SELECT); v_schedule came to be what it is in ``schema_planning``.
VIEWS: dict[str, tuple[str, str]] = {
    "v_inbox": (
        "One row per incoming mention, with its account, holder and labels.",
        """
SELECT i.id, a.platform, a.name AS account, i.kind, i.author_handle, i.author_name, i.body, i.url, i.sent_at,
       i.due_at, i.state, h.login AS assignee, i.priority,
       (SELECT group_concat(l.name, ',') FROM mention_label ml JOIN label l ON l.id = ml.label_id
        WHERE ml.mention_id = i.id) AS labels
FROM mention i
JOIN account a ON a.id = i.account_id
LEFT JOIN member h ON h.id = i.assignee_id
WHERE i.own = 0
""",
    ),
    "v_campaigns": (
        "One row per campaign, with its posts that are out and those that are planned.",
        """
SELECT c.id, c.name, c.kind, c.starts_at, c.ends_at,
       (SELECT count(*) FROM post p WHERE p.campaign_id = c.id AND p.state NOT IN ('cancelled', 'expired')
        AND EXISTS (SELECT 1 FROM delivery d WHERE d.post_id = p.id AND d.state = 'sent')
        AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.post_id = p.id AND d.state NOT IN ('sent', 'cancelled'))
       ) AS posts_done,
       (SELECT count(*) FROM post p WHERE p.campaign_id = c.id AND p.state NOT IN ('cancelled', 'expired')
       ) AS posts_planned
FROM campaign c
""",
    ),
    "v_hours": (
        "One row per time entry; a running one has no end.",
        """
SELECT t.id, m.login AS member, a.key AS activity, t.started_at, t.ended_at, t.state, t.note
FROM time_entry t
JOIN member m ON m.id = t.member_id
JOIN activity a ON a.id = t.activity_id
""",
    ),
    "v_sync_health": (
        "One row per sync job: when it last went well, when it runs next, and what is wrong.",
        """
SELECT name AS job, label, platform, state, interval_s, last_ok_at, next_at, failures, error_kind, error, quota_left
FROM sync_job
""",
    ),
}

# Key, planned minutes a week; the team's source gives these hours, whose sum is 39.5.
ACTIVITIES = (
    ("updates", 240),
    ("research_planning", 240),
    ("blogging", 450),
    ("curation", 150),
    ("conversation", 240),
    ("listening", 150),
    ("contingency", 300),
    ("community", 150),
    ("campaigns", 150),
    ("strategy", 150),
    ("analytics", 150),
)


def feed_triggers(topics: Mapping[str, str] = TOPICS) -> list[str]:
    """The triggers that move the change feed with each row of these tables, three a table."""
    return [
        f"CREATE TRIGGER {table}_change_{verb.lower()} AFTER {verb} ON {table} BEGIN "
        f"UPDATE change SET seq = seq + 1 WHERE topic = '{topic}'; END"
        for table, topic in topics.items()
        for verb in ("INSERT", "UPDATE", "DELETE")
    ]


def view_statements() -> list[str]:
    """The public views; the comment stays in the stored SQL, where ``smdash schema`` reads it."""
    return [f"CREATE VIEW {name} AS -- {comment}{select}" for name, (comment, select) in VIEWS.items()]
