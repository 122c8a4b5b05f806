"""Campaigns, hours and the week, as SQL text for the migrations.

``removed_at`` keeps what was taken away, so that undo can bring it back; lists, counts and views pass it over.
``time_entry.evidence`` says what a proposal was made of (kinds of events and how many), ``uid`` names an entry in the
file that it was imported from. ``refused_span`` is a stretch for which a member wants no proposal. ``pulse`` is when a
member last pressed a key in any desk, to the minute; it moves no topic. ``member_target`` are minutes a week of one
member where they differ from the team's. ``campaign_goal`` is a figure (or ``posts``) that a campaign is to reach;
``campaign_scope`` says which mentions belong to it: those with a label, those of a saved search, those with
a link that begins so. ``uid`` and ``calendar`` name a campaign in the calendar that it is kept in step with, and
``calendar_said`` is what that said of it last.
``decision`` is what the team decided in a week (``2026-W47``), with its owner. ``past`` is what state a post or a
delivery had before each change, whoever made it, for looking back (``store.past``); other rows' past stands in the
book of events.
"""

from __future__ import annotations

# Which topic of the change feed each table moves.
TOPICS = {
    "milestone": "campaign",
    "campaign_goal": "campaign",
    "campaign_scope": "campaign",
    "calendar": "campaign",
    "member_target": "hours",
    "refused_span": "hours",
    "decision": "decision",
}

TABLES = """
ALTER TABLE time_entry ADD COLUMN campaign_id INTEGER REFERENCES campaign (id);
ALTER TABLE time_entry ADD COLUMN evidence TEXT CHECK (evidence IS NULL OR json_valid(evidence));
ALTER TABLE time_entry ADD COLUMN uid TEXT;
ALTER TABLE time_entry ADD COLUMN removed_at TEXT;
DROP INDEX time_entry_running;
CREATE UNIQUE INDEX time_entry_running ON time_entry (member_id) WHERE ended_at IS NULL AND removed_at IS NULL;
CREATE UNIQUE INDEX time_entry_by_uid ON time_entry (member_id, uid) WHERE uid IS NOT NULL;
CREATE INDEX time_entry_by_campaign ON time_entry (campaign_id, started_at) WHERE campaign_id IS NOT NULL;
CREATE TABLE refused_span (
  id INTEGER PRIMARY KEY,
  member_id INTEGER NOT NULL REFERENCES member (id) ON DELETE CASCADE,
  started_at TEXT NOT NULL,
  ended_at TEXT NOT NULL CHECK (ended_at > started_at),
  at TEXT NOT NULL,
  removed_at TEXT
) STRICT;
CREATE INDEX refused_span_by_member ON refused_span (member_id, started_at);
CREATE TABLE pulse (
  member_id INTEGER PRIMARY KEY REFERENCES member (id) ON DELETE CASCADE,
  at TEXT NOT NULL
) STRICT;
CREATE TABLE member_target (
  member_id INTEGER NOT NULL REFERENCES member (id) ON DELETE CASCADE,
  activity_id INTEGER NOT NULL REFERENCES activity (id) ON DELETE CASCADE,
  minutes INTEGER NOT NULL CHECK (minutes >= 0),
  PRIMARY KEY (member_id, activity_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_by_time ON event (at);
CREATE TABLE calendar (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  kind TEXT NOT NULL CHECK (kind IN ('file', 'ics', 'caldav')),
  url TEXT,
  campaign_kind TEXT NOT NULL CHECK (campaign_kind IN ('contest', 'promotion', 'discount', 'launch', 'event')),
  created_at TEXT NOT NULL,
  removed_at TEXT
) STRICT;
ALTER TABLE campaign ADD COLUMN calendar_id INTEGER REFERENCES calendar (id);
ALTER TABLE campaign ADD COLUMN uid TEXT;
ALTER TABLE campaign ADD COLUMN calendar_said TEXT CHECK (calendar_said IS NULL OR json_valid(calendar_said));
ALTER TABLE campaign ADD COLUMN note TEXT;
ALTER TABLE campaign ADD COLUMN removed_at TEXT;
CREATE UNIQUE INDEX campaign_by_uid ON campaign (calendar_id, uid) WHERE uid IS NOT NULL;
ALTER TABLE phase ADD COLUMN removed_at TEXT;
CREATE INDEX asset_by_campaign ON asset (campaign_id) WHERE campaign_id IS NOT NULL;
DROP INDEX post_by_campaign;
CREATE INDEX post_by_campaign ON post (campaign_id, state, due_at) WHERE campaign_id IS NOT NULL;
CREATE INDEX post_offering ON post (campaign_id, offer_until)
  WHERE category = 'hard_sell' OR offer IS NOT NULL OR offer_until IS NOT NULL;
DROP INDEX delivery_by_post;
CREATE INDEX delivery_by_post ON delivery (post_id, state) WHERE post_id IS NOT NULL;
CREATE TABLE milestone (
  id INTEGER PRIMARY KEY,
  campaign_id INTEGER NOT NULL REFERENCES campaign (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  due_at TEXT NOT NULL,
  owner_id INTEGER REFERENCES member (id),
  created_at TEXT NOT NULL,
  done_at TEXT,
  done_by INTEGER REFERENCES member (id),
  removed_at TEXT
) STRICT;
CREATE INDEX milestone_by_campaign ON milestone (campaign_id, due_at);
CREATE INDEX milestone_open ON milestone (due_at) WHERE done_at IS NULL AND removed_at IS NULL;
CREATE TABLE campaign_goal (
  campaign_id INTEGER NOT NULL REFERENCES campaign (id) ON DELETE CASCADE,
  figure TEXT NOT NULL,
  target INTEGER NOT NULL CHECK (target > 0),
  PRIMARY KEY (campaign_id, figure)
) STRICT, WITHOUT ROWID;
CREATE TABLE campaign_scope (
  campaign_id INTEGER NOT NULL REFERENCES campaign (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('label', 'search', 'link')),
  value TEXT NOT NULL CHECK (value <> ''),
  PRIMARY KEY (campaign_id, kind, value)
) STRICT, WITHOUT ROWID;
CREATE TABLE decision (
  id INTEGER PRIMARY KEY,
  week TEXT NOT NULL,
  body TEXT NOT NULL CHECK (body <> ''),
  owner_id INTEGER REFERENCES member (id),
  member_id INTEGER NOT NULL REFERENCES member (id),
  campaign_id INTEGER REFERENCES campaign (id),
  at TEXT NOT NULL,
  done_at TEXT,
  removed_at TEXT
) STRICT;
CREATE INDEX decision_by_week ON decision (week);
CREATE TABLE past (
  id INTEGER PRIMARY KEY,
  subject TEXT NOT NULL CHECK (subject IN ('post', 'delivery')),
  subject_id INTEGER NOT NULL,
  at TEXT NOT NULL,
  state TEXT NOT NULL
) STRICT;
CREATE INDEX past_by_time ON past (at);
CREATE TRIGGER post_past AFTER UPDATE OF state ON post WHEN NEW.state <> OLD.state BEGIN
  INSERT INTO past (subject, subject_id, at, state) VALUES ('post', NEW.id, NEW.updated_at, OLD.state);
END;
CREATE TRIGGER delivery_past AFTER UPDATE OF state ON delivery WHEN NEW.state <> OLD.state BEGIN
  INSERT INTO past (subject, subject_id, at, state) VALUES ('delivery', NEW.id, NEW.updated_at, OLD.state);
END;
CREATE INDEX delivery_by_sent ON delivery (sent_at) WHERE sent_at IS NOT NULL;
DROP VIEW v_campaigns;
CREATE VIEW v_campaigns AS -- One row per campaign, with its posts that are out and those that are planned.
SELECT c.id, c.name, c.kind, c.starts_at, c.ends_at,
       (SELECT count(*) FROM post p WHERE p.campaign_id = c.id AND p.state NOT IN ('cancelled', 'expired')
        AND EXISTS (SELECT 1 FROM delivery d WHERE d.post_id = p.id AND d.state = 'sent')
        AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.post_id = p.id AND d.state NOT IN ('sent', 'cancelled'))
       ) AS posts_done,
       (SELECT count(*) FROM post p WHERE p.campaign_id = c.id AND p.state NOT IN ('cancelled', 'expired')
       ) AS posts_planned
FROM campaign c
WHERE c.removed_at IS NULL;
DROP VIEW v_hours;
CREATE VIEW v_hours AS -- One row per time entry; a running one has no end.
SELECT t.id, m.login AS member, a.key AS activity, t.started_at, t.ended_at, t.state, t.note
FROM time_entry t
JOIN member m ON m.id = t.member_id
JOIN activity a ON a.id = t.activity_id
WHERE t.removed_at IS NULL;
"""
