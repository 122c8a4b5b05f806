"""A campaign from the first day to the last, by commands alone."""

from tests.conftest import Smdash


def test_a_campaign_is_planned_changed_and_put_back(smdash: Smdash) -> None:
    made = smdash.ok(
        "campaign", "add", "Harbolnas", "--kind", "promotion", "--starts", "2990-12-01", "--ends", "2990-12-10",
        "--template", "--note", "besar", "--json",
    )  # fmt: skip
    assert made.json == {"id": 1, "name": "Harbolnas"}

    def shown() -> dict[str, object]:
        found: dict[str, object] = smdash.ok("campaign", "show", "Harbolnas", "--json").json
        return found

    assert [one["name"] for one in shown()["phases"]] == ["tease", "launch", "last call", "wrap"]  # type: ignore[attr-defined]
    refused = smdash("campaign", "edit", "1", "--ends", "2990-12-08")
    assert refused.code == 1 and "“last call” would be outside these dates" in refused.err
    smdash.ok("campaign", "edit", "1", "--starts", "2990-12-03", "--ends", "2990-12-12", "--shift-phases")
    smdash.ok("campaign", "phase", "edit", "Harbolnas", "wrap", "--name", "selesai")
    smdash.ok("campaign", "goal", "set", "1", "likes=500", "posts=12")
    smdash.ok("campaign", "scope", "add", "1", "--label", "promo", "--link", "https://kopi.example/promo")
    smdash.ok("campaign", "milestone", "add", "1", "Stok", "siap", "--due", "2990-12-05", "--json")
    whole = shown()
    assert whole["phases"][-1] == {  # type: ignore[index]
        "name": "selesai", "starts_at": "2990-12-11T17:00:00.000Z", "ends_at": "2990-12-12T17:00:00.000Z",
    }  # fmt: skip
    assert whole["goals"] == [
        {"figure": "likes", "target": 500, "now": 0, "expected": 0}, {"figure": "posts", "target": 12, "now": 0, "expected": 0},
    ]  # fmt: skip
    (stone,) = whole["milestones"]  # type: ignore[misc]
    assert (stone["name"], stone["due_at"], stone["overdue"]) == ("Stok siap", "2990-12-05T16:59:00.000Z", False)
    assert [one["value"] for one in whole["scope"]] == ["promo", "https://kopi.example/promo"]  # type: ignore[attr-defined]
    text = smdash.ok("campaign", "show", "1").out
    for words in (
        "3–12 Dec 2990\n",
        "selesai: Sun 12 Dec\n",
        "likes: 0 of 500",
        "label: promo",
        "Stok siap: due",
    ):
        assert words in text, words

    for _step in range(4):
        smdash.ok("undo")
    assert shown()["goals"] == [] and shown()["phases"][-1]["name"] == "wrap"  # type: ignore[index]
    assert smdash.ok("campaign", "cancel", "1").out == "campaign 1 “Harbolnas” is called off\n"
    assert smdash.ok("campaign", "list", "--json").json == []
    assert smdash.ok("campaign", "list", "--cancelled", "-q").out == "1\n"
    smdash.ok("campaign", "restore", "Harbolnas")
    assert smdash.ok("campaign", "list", "-q").out == "1\n"
    text = smdash.ok("campaign", "list").out
    # Whole days: its last one, not the midnight after it.
    assert "Sun 12 Dec" in text and "00:00" not in text


def test_the_list_warns_in_time(smdash: Smdash) -> None:
    smdash.ok("campaign", "add", "Lama", "--kind", "discount", "--starts", "2020-01-01", "--ends", "2990-01-01",
              "--phase", "buka=2020-01-01..2990-01-01")  # fmt: skip
    (row,) = smdash.ok("campaign", "list", "--json").json
    assert row["urgent"] == 1
    assert "buka runs, no post in it" in smdash.ok("campaign", "list").out
