"""The full-text index over mentions, as SQL text for the migrations.

An FTS5 table without a copy of the texts: it reads them from a view when it must, and triggers keep it true, also for
rows that other programs write. Words are folded (case, accents), so that "kopi" finds "KOPI" and "café" "cafe".
Source: sqlite.org/fts5.html, "External Content Tables".
"""

from __future__ import annotations

# A filter is typed letter by letter, so beginnings of one to four letters are words of the index too: otherwise "k"
# would gather every word with k, 100 ms at a million rows. Sizes of columns serve ranking alone, which nothing here
# asks for; leaving them out spares a row's write.
TABLES = """
CREATE INDEX mention_open_by_id ON mention (id) WHERE state = 'open';
CREATE VIEW mention_words AS
SELECT i.id, i.body, i.author_name || ' ' || i.author_handle AS author, a.platform || ' ' || a.name AS place
FROM mention i JOIN account a ON a.id = i.account_id;
CREATE VIRTUAL TABLE mention_text USING fts5(
  body, author, place, content = 'mention_words', content_rowid = 'id', columnsize = 0,
  tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3 4'
);
"""

_PLACE = "(SELECT platform || ' ' || name FROM account WHERE id = {row}.account_id)"
_VALUES = "{row}.id, {row}.body, {row}.author_name || ' ' || {row}.author_handle, " + _PLACE
_PUT = f"INSERT INTO mention_text (rowid, body, author, place) VALUES ({_VALUES.format(row='NEW')});"
_DROP = (
    "INSERT INTO mention_text (mention_text, rowid, body, author, place) "
    f"VALUES ('delete', {_VALUES.format(row='OLD')});"
)
# An update that leaves the words alone (done, assigned) must not touch the index.
TRIGGERS = f"""
CREATE TRIGGER mention_text_insert AFTER INSERT ON mention BEGIN
  {_PUT}
END;
CREATE TRIGGER mention_text_delete BEFORE DELETE ON mention BEGIN
  {_DROP}
END;
CREATE TRIGGER mention_text_update AFTER UPDATE OF body, author_name, author_handle, account_id ON mention
WHEN OLD.body <> NEW.body OR OLD.author_name <> NEW.author_name OR OLD.author_handle <> NEW.author_handle
OR OLD.account_id <> NEW.account_id BEGIN
  {_DROP}
  {_PUT}
END;
CREATE TRIGGER mention_text_renamed AFTER UPDATE OF platform, name ON account
WHEN OLD.platform <> NEW.platform OR OLD.name <> NEW.name BEGIN
  INSERT INTO mention_text (mention_text) VALUES ('rebuild');
END;
"""

# Takes in the rows that are there already.
REBUILD = "INSERT INTO mention_text (mention_text) VALUES ('rebuild')"
