"""An account's budget: pulls wait where it is used up, until the network's next day or month; deliveries don't.

What nobody waits for, searches and figures, gets half of it at most: the account's own inbox goes first.
"""

from __future__ import annotations

from dataclasses import dataclass

from smdash.core.budgets import Standing
from smdash.core.errors import SmdashError
from smdash.core.formats import number
from smdash.locale import gettext as _
from smdash.platforms.base import Pulled


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many units a job may use now; ``left`` is None where nothing limits it."""

    left: int | None = None

    @classmethod
    def of(cls, standing: Standing, *, spare: bool) -> Allowance:
        """What is left of a budget; of one half of it where the job is *spare*."""
        if standing.most is None or not spare:
            return cls(standing.left)
        return cls(max(standing.most // 2 - standing.used, 0))


class BudgetOver(SmdashError):
    """Nothing is left of an account's budget (for a *spare* job); ``until`` is when the next one begins (UTC)."""

    def __init__(self, standing: Standing, unit: str, *, spare: bool = False) -> None:
        super().__init__(used_up(standing, unit, spare=spare))
        self.until = standing.resets_at


def used_up(standing: Standing, unit: str, *, spare: bool = False) -> str:
    """That the budget is used up, and until when, in a sentence for the health row."""
    sentence = (
        _("half of the budget of {most} ({unit}) is used up; searches and figures wait until {moment}")
        if spare
        else _("the budget of {most} ({unit}) is used up; pulls wait until {moment}")
    )
    return sentence.format(
        most=number(standing.most or 0), unit=_(unit), moment=f"{standing.resets_at:%Y-%m-%d %H:%M} UTC"
    )


def over(left: int | None, pulled: Pulled) -> bool:
    """Whether a page used up what was *left*."""
    return left is not None and (1 if pulled.spent is None else pulled.spent) >= left
