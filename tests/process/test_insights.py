"""``smdash insights``: the figures as text and as JSON, and names that there are not."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from smdash.core.records import Category, Format
from smdash.store import metrics, outbox, posts, teams
from smdash.store.connection import open_store
from smdash.store.metrics import Reading
from tests.conftest import Smdash, member

DAY = timedelta(days=1)


def test_the_figures_as_text_and_as_json(smdash: Smdash, db: Path) -> None:
    with open_store(db) as store:
        ana, now = member(store, "ana", "Ana"), store.clock.now()
        sent_at = now - 3 * DAY
        with store.writing() as conn:
            account_id = teams.put_account(conn, "instagram", "kopi", now)
            post_id = posts.add(
                conn, ana, now, accounts=[posts.find_account(conn, "kopi")], category=Category.QUOTE,
                format=Format.TEXT, body="Senja", due_at=sent_at, zone="Asia/Jakarta",
            )  # fmt: skip
            one = outbox.get(conn, posts.get(conn, post_id).deliveries[0].id)
            outbox.begin(conn, one, sent_at)
            outbox.sent(conn, one, sent_at, "p1", None, what="send", seconds=None)
            figures = [Reading("p1", name, value, sent_at + DAY) for name, value in (("likes", 30), ("views", 600))]
            metrics.write(conn, account_id, figures, ZoneInfo("Asia/Jakarta"))
    text = smdash.ok("insights", "--weeks", "4").out
    assert "1 post went out: 1 known at 24 hours" in text
    assert "within 24 hours that is 5.0 % of views" in text
    found = json.loads(smdash.ok("insights", "--account", "instagram/kopi", "--json").out)
    assert len(found["weeks"]) == 12
    (group,) = found["categories"]
    assert group["category"] == "quote"
    assert group["at_24h"] == {"known": 1, "reach": 600, "engagement": 30, "rate": 0.05, "rate_of": "views"}
    assert group["at_7d"]["known"] == 0 and group["at_7d"]["engagement"] is None
    assert found["trust"]["complaints"] is None
    refused = smdash("insights", "--brand", "Senja")
    assert refused.code == 1 and "there is no brand “Senja”" in refused.err
    assert smdash("insights", "--weeks", "0").code == 2
