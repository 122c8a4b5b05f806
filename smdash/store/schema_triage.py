"""What triage adds: snoozing, people, notes, saved replies, drafts, views and rules, as SQL text for the migrations.

``mention.snooze`` says how one that waits comes back: ``until`` at its time or earlier when its author writes in the
thread, ``hard`` at its time alone, ``reply`` only when the author writes. ``woke`` says why it came back, until
somebody does something with it.

``author`` holds only people about whom the team knows something (a note, a label, that two accounts are one person);
everybody else is found by their handle in the mentions.

``event.undone`` is moved when a step is put back or done again, so that the last step of a member is found at once
however long the book is.
"""

from __future__ import annotations

TABLES = """
ALTER TABLE mention ADD COLUMN snooze TEXT CHECK (snooze IN ('until', 'hard', 'reply'));
ALTER TABLE mention ADD COLUMN snoozed_until TEXT;
ALTER TABLE mention ADD COLUMN woke TEXT CHECK (woke IN ('time', 'reply', 'edit'));
ALTER TABLE mention ADD COLUMN followers INTEGER;
ALTER TABLE mention ADD COLUMN answered_by INTEGER REFERENCES member (id);
ALTER TABLE mention ADD COLUMN response_s INTEGER;
ALTER TABLE mention ADD COLUMN handling_s INTEGER;
ALTER TABLE mention ADD COLUMN erased_at TEXT;
DROP INDEX mention_open_by_wait;
CREATE INDEX mention_open_by_wait ON mention (
  sent_at, id, account_id, kind, assignee_id, priority, star, due_at, answered_at, followers, woke
) WHERE state = 'open';
CREATE INDEX mention_closed ON mention (state, sent_at, id) WHERE state <> 'open' AND own = 0;
CREATE INDEX mention_snoozed ON mention (coalesce(snoozed_until, '9999'), id) WHERE state = 'snoozed';
CREATE INDEX mention_snoozed_by_author ON mention (author_handle, account_id) WHERE state = 'snoozed';
CREATE INDEX mention_open_by_account ON mention (account_id, sent_at) WHERE state = 'open';
CREATE INDEX mention_open_urgent ON mention (priority, sent_at) WHERE state = 'open' AND priority > 0;
CREATE INDEX mention_open_starred ON mention (sent_at) WHERE state = 'open' AND star = 1;
CREATE INDEX mention_by_author ON mention (author_handle, id);
CREATE INDEX mention_label_by_label ON mention_label (label_id, mention_id);

ALTER TABLE event ADD COLUMN undone INTEGER NOT NULL DEFAULT 0;
CREATE INDEX event_to_undo ON event (member_id, id) WHERE before IS NOT NULL AND undone = 0 AND verb <> 'undo';
CREATE INDEX event_to_redo ON event (member_id, id) WHERE verb = 'undo' AND undone = 0 AND before IS NOT NULL;

ALTER TABLE delivery ADD COLUMN body TEXT;
ALTER TABLE delivery ADD COLUMN member_id INTEGER REFERENCES member (id);
CREATE INDEX delivery_by_mention ON delivery (mention_id) WHERE mention_id IS NOT NULL;

ALTER TABLE claim ADD COLUMN holds_until TEXT;

CREATE TABLE author (
  id INTEGER PRIMARY KEY,
  platform TEXT NOT NULL,
  handle TEXT NOT NULL,
  name TEXT NOT NULL,
  person_id INTEGER REFERENCES author (id),
  created_at TEXT NOT NULL,
  UNIQUE (platform, handle)
) STRICT;
CREATE INDEX author_by_person ON author (person_id) WHERE person_id IS NOT NULL;

CREATE TABLE author_label (
  author_id INTEGER NOT NULL REFERENCES author (id) ON DELETE CASCADE,
  label_id INTEGER NOT NULL REFERENCES label (id) ON DELETE CASCADE,
  PRIMARY KEY (author_id, label_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE note (
  id INTEGER PRIMARY KEY,
  mention_id INTEGER REFERENCES mention (id) ON DELETE CASCADE,
  author_id INTEGER REFERENCES author (id) ON DELETE CASCADE,
  member_id INTEGER NOT NULL REFERENCES member (id),
  body TEXT NOT NULL,
  created_at TEXT NOT NULL,
  deleted INTEGER NOT NULL DEFAULT 0,
  CHECK ((mention_id IS NULL) <> (author_id IS NULL))
) STRICT;
CREATE INDEX note_by_mention ON note (mention_id) WHERE mention_id IS NOT NULL;
CREATE INDEX note_by_author ON note (author_id) WHERE author_id IS NOT NULL;

CREATE TABLE note_for (
  note_id INTEGER NOT NULL REFERENCES note (id) ON DELETE CASCADE,
  member_id INTEGER NOT NULL REFERENCES member (id),
  seen_at TEXT,
  PRIMARY KEY (note_id, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX note_unseen ON note_for (member_id, note_id) WHERE seen_at IS NULL;

CREATE TABLE saved_reply (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL COLLATE NOCASE,
  body TEXT NOT NULL,
  member_id INTEGER REFERENCES member (id),
  uses INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX saved_reply_name ON saved_reply (name, coalesce(member_id, 0));

CREATE TABLE draft (
  mention_id INTEGER NOT NULL REFERENCES mention (id) ON DELETE CASCADE,
  member_id INTEGER NOT NULL REFERENCES member (id) ON DELETE CASCADE,
  body TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (mention_id, member_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE view (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL COLLATE NOCASE,
  query TEXT NOT NULL,
  member_id INTEGER REFERENCES member (id),
  position INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX view_name ON view (name, coalesce(member_id, 0));

CREATE TABLE rule (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  position INTEGER NOT NULL,
  active INTEGER NOT NULL DEFAULT 1,
  query TEXT NOT NULL,
  actions TEXT NOT NULL CHECK (json_valid(actions)),
  stop INTEGER NOT NULL DEFAULT 0
) STRICT;
"""

# The open ones by their goal are filtered as those by their arrival are: without reading a row.
WIDER_GOALS = """
DROP INDEX mention_open_by_goal;
CREATE INDEX mention_open_by_goal ON mention (
  coalesce(due_at, '9999'), id, account_id, kind, assignee_id, priority, star, due_at, sent_at, answered_at, followers,
  woke
) WHERE state = 'open';
"""

# Which topic of the change feed each table moves; a draft moves none, since only its writer sees it.
TOPICS = {
    "author": "person",
    "author_label": "person",
    "note": "note",
    "note_for": "note",
    "saved_reply": "reply",
    "view": "team",
    "rule": "team",
}

FEED = "\n".join(
    f"CREATE TRIGGER {table}_change_{verb.lower()} AFTER {verb} ON {table} BEGIN\n"
    f"  UPDATE change SET seq = seq + 1 WHERE topic = '{topic}';\nEND;"
    for table, topic in TOPICS.items()
    for verb in ("INSERT", "UPDATE", "DELETE")
)

# Takes in the steps that were put back before there was the column.
MARK_UNDONE = "UPDATE event SET undone = 1 WHERE id IN (SELECT undoes FROM event WHERE undoes IS NOT NULL)"
