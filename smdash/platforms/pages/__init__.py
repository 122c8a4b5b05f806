"""A page for each network: what it can and can't, how to connect it, what it costs. Shown by ``smdash help NETWORK``.

A module here is named like the network and holds ``PAGE``; what the registry knows is not said again in it. Third
parties' networks have no module here: their page is what the registry knows.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """Our own words of a network, each a paragraph marked for the catalogue.

    ``can`` and ``cannot`` say what it gives and why not more, ``steps`` how to connect it, one after the other;
    ``costs`` what is paid, ``limits`` what it allows and until when things last.
    """

    can: tuple[str, ...] = ()
    cannot: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    costs: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()


def names() -> tuple[str, ...]:
    """The networks that have a page."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def find(name: str) -> Page | None:
    """The page of a network, or nothing where it has none."""
    if name not in names():
        return None
    page: Page = importlib.import_module(f"{__name__}.{name}").PAGE
    return page
