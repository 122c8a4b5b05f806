"""An account's budget: pulls wait where it is used up, until the network's next day or month; deliveries don't."""

from __future__ import annotations

from smdash.core.budgets import Standing
from smdash.core.errors import SmdashError
from smdash.core.formats import number
from smdash.locale import gettext as _
from smdash.platforms.base import Pulled


class BudgetOver(SmdashError):
    """Nothing is left of an account's budget; ``until`` is when the next one begins (UTC)."""

    def __init__(self, standing: Standing, unit: str) -> None:
        super().__init__(used_up(standing, unit))
        self.until = standing.resets_at


def used_up(standing: Standing, unit: str) -> str:
    """That the budget is used up, and until when, in a sentence for the health row."""
    sentence = _("the budget of {most} ({unit}) is used up; pulls wait until {moment}")
    return sentence.format(
        most=number(standing.most or 0), unit=_(unit), moment=f"{standing.resets_at:%Y-%m-%d %H:%M} UTC"
    )


def over(left: int | None, pulled: Pulled) -> bool:
    """Whether a page used up what was *left*."""
    return left is not None and (1 if pulled.spent is None else pulled.spent) >= left
