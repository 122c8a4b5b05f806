"""What the service keeps of what went out: nothing of it is lost by a full disk, a death or a second service."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from smdash.core.errors import StoreError
from smdash.sync import ledger as ledgers
from smdash.sync.ledger import Entry, Ledger, Step
from tests.conftest import NOW

INTENT = Entry(Step.INTENT, NOW, "digest", first_at=NOW)


@pytest.mark.parametrize("kept", [0, 1, 30])
def test_a_line_that_a_full_disk_cut_off_does_not_spoil_the_next_one(
    kept: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(tmp_path, NOW)
    write = os.write
    with monkeypatch.context() as patched:
        patched.setattr(ledgers.os, "write", lambda handle, line: write(handle, line[:kept]))
        with pytest.raises(StoreError, match="nothing is sent until that is possible"):
            ledger.note("post-1", INTENT)
    assert ledger.last("post-1") is None
    for key in ("post-2", "post-3"):
        ledger.note(key, INTENT)
    ledger.close()
    again = Ledger(tmp_path, NOW)
    assert [again.last(key) for key in ("post-1", "post-2", "post-3")] == [None, INTENT, INTENT]


def test_one_service_holds_it_even_where_it_is_shortened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Ledger(tmp_path, NOW)
    monkeypatch.setattr(ledgers, "LONG", 0)
    with pytest.raises(StoreError, match="another service writes down what goes out"):
        Ledger(tmp_path, NOW)
    first.note("post-1", INTENT)
    first.close()
    for _time in range(3):
        one = Ledger(tmp_path, NOW)
        assert one.last("post-1") == INTENT and not one.is_new
        with pytest.raises(StoreError):
            Ledger(tmp_path, NOW)
        one.close()


def test_what_comes_after_its_end_is_written_nowhere(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "service", NOW)
    ledger.close()
    # The number of the closed file is given to the next one that is opened.
    with (tmp_path / "other").open("wb") as other:
        with pytest.raises(StoreError):
            ledger.note("post-1", INTENT)
        assert other.tell() == 0
    assert (tmp_path / "other").read_bytes() == b""
