"""The rota of a week as it is kept, what people wish, and where residents read of receptions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gridmap.model.base import Owned
from gridmap.model.choices import Duty, Half


@dataclass(kw_only=True, eq=False)
class WeekRota(Owned):
    """排班: the rota of one ISO ``week``, such as ``2026-W48``.

    ``status`` says what the solver knew of the draft. ``acts`` counts what was done to it, so that nobody overwrites
    what somebody else did meanwhile. ``published_at`` is None while nobody but the planners sees it.
    """

    week: str
    status: str = ""
    acts: int = 0
    published_at: dt.datetime | None = None
    published_by: str = ""


@dataclass(kw_only=True, eq=False)
class RotaDuty(Owned):
    """What one person does in a half day, in the draft or as ``published``; ``grid_id`` is None at the desk."""

    rota_id: int
    day: dt.date
    half: Half
    duty: Duty
    staff_id: int
    grid_id: int | None = None
    published: bool = False


@dataclass(kw_only=True, eq=False)
class RotaStep(Owned):
    """One act that changed a rota, with draft and published duties after it as JSON; ``undone`` once taken back."""

    rota_id: int
    at: dt.datetime
    act: str
    account_id: int | None = None
    account_name: str = ""
    undone: bool = False
    content: str = ""


@dataclass(kw_only=True, eq=False)
class RotaWish(Owned):
    """What is settled for one person before a rota is made: a ``duty``, or, without one, that they are away.

    It is for one ``day`` or for a ``weekday`` of every week (Monday is 1); ``half`` is None for the whole day.
    """

    staff_id: int
    day: dt.date | None = None
    weekday: int | None = None
    half: Half | None = None
    duty: Duty | None = None
    grid_id: int | None = None
    note: str = ""


@dataclass(kw_only=True, eq=False)
class ReceptionFeed(Owned):
    """Where residents read when receptions are held; the ``code`` in its address is no secret, it stands on posters.

    ``address`` is how this server is reached from outside, such as ``https://office.example``.
    """

    code: str
    address: str
    made_by: str
    made_at: dt.datetime
    revoked_at: dt.datetime | None = None
