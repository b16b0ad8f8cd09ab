"""How a community reads its 12345 orders: weights of the three rates, limits of what is soon, near or repeated."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gridmap import model
from gridmap.services import community_settings
from gridmap.store import Store


@dataclass(frozen=True, kw_only=True)
class HotlineRules:
    """A community's rules, over ``data/defaults.toml``.

    Parameters
    ----------
    weight_contacted, weight_solved, weight_satisfied
        Weights of the rates in their one number; a rate of weight 0 is left out.
    contact_h
        Within how many hours after it was dispatched an order counts as contacted in time.
    soon_days
        How many days before its limit an order is due soon.
    found_before_m, found_before_days
        How near, and how long before an order came, something of ours may be what it is about.
    repeat_days
        Within how many days one caller about one place is a repeat.
    """

    weight_contacted: float
    weight_solved: float
    weight_satisfied: float
    contact_h: float
    soon_days: float
    found_before_m: float
    found_before_days: float
    repeat_days: float

    @property
    def contact(self) -> dt.timedelta:
        """``contact_h`` as a span of time."""
        return dt.timedelta(hours=self.contact_h)


KEYS = tuple(HotlineRules.__dataclass_fields__)


def of(store: Store, community: model.Community) -> HotlineRules:
    """Return the rules of a community."""
    with store.read() as session:
        chosen = community_settings.values(session, community_settings.number(community))
    return HotlineRules(**{name: float(chosen[f"hotline.{name}"]) for name in KEYS})
