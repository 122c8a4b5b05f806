"""Helpers for driving the dashboard: wait until the screen shows something, and read it as text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from textual.pilot import Pilot


def screen_text(pilot: Pilot[None]) -> str:
    """What the screen shows, line by line."""
    screen = pilot.app.screen
    lines = []
    for strip in screen._compositor.render_strips():
        lines.append("".join(segment.text for segment in strip))
    return "\n".join(lines)


async def until(pilot: Pilot[None], holds: Callable[[str], bool], timeout: float = 15.0) -> str:
    """The screen's text as soon as the condition holds for it; fails with the last text otherwise."""
    end = asyncio.get_running_loop().time() + timeout
    while True:
        await pilot.pause(0.02)
        text = screen_text(pilot)
        if holds(text):
            return text
        if asyncio.get_running_loop().time() > end:
            pytest.fail(f"not shown in {timeout} s; the screen was:\n{text}")
