"""How many open mentions were sent on each day (UTC), kept by triggers, as SQL text for the migrations.

``schema.TALLIES`` keeps the same by the day of the goal. With both, the place of a row in a list of a hundred thousand
is a sum over days and a count within one, in either order.
"""

from __future__ import annotations

_ADD = (
    "INSERT INTO tally (name, bucket, n) VALUES ('wait', substr({row}.sent_at, 1, 10), {by}) "
    "ON CONFLICT (name, bucket) DO UPDATE SET n = n + {by};"
)

TRIGGERS = f"""
CREATE TRIGGER mention_wait_insert AFTER INSERT ON mention WHEN NEW.state = 'open' BEGIN
  {_ADD.format(row="NEW", by="1")}
END;
CREATE TRIGGER mention_wait_close AFTER UPDATE OF state, sent_at ON mention WHEN OLD.state = 'open' BEGIN
  {_ADD.format(row="OLD", by="-1")}
END;
CREATE TRIGGER mention_wait_open AFTER UPDATE OF state, sent_at ON mention WHEN NEW.state = 'open' BEGIN
  {_ADD.format(row="NEW", by="1")}
END;
CREATE TRIGGER mention_wait_delete AFTER DELETE ON mention WHEN OLD.state = 'open' BEGIN
  {_ADD.format(row="OLD", by="-1")}
END;
"""

# What the triggers' figures must add up to.
RECOUNT = "SELECT 'wait', substr(sent_at, 1, 10), count(*) FROM mention WHERE state = 'open' GROUP BY 2"
# Takes in the rows that are there already.
COUNT = f"INSERT INTO tally (name, bucket, n) {RECOUNT}"
