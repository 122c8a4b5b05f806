"""kill -9 at every point of a delivery's way, with a network that honours keys and with one that ignores them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("network", ["honours", "ignores"])
def test_killed_at_every_point_it_is_out_once_and_truly_said(network: str, tmp_path: Path) -> None:
    env = os.environ | {"SMDASH_STATE_DIR": str(tmp_path), "SMDASH_CONFIG_DIR": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-m", "tests.kill_points", network], capture_output=True, text=True, timeout=300, env=env
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["wrong"] == []
    # Every point was a service's last one, and there is none without a name in POINTS.
    assert found["never"] == [] and found["nameless"] == []
    assert found["runs"] > 250 and "Traceback" not in ran.stderr
