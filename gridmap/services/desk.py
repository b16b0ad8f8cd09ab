"""The all-round desk: which matters it handles, which of them at home, and who sits there."""

from __future__ import annotations

import pandas as pd

from gridmap import catalogues, i18n, model
from gridmap.services import community_data
from gridmap.services.community_data import CommunityData


def posts(data: CommunityData, language: str) -> pd.DataFrame:
    """Return who has an all-round post, with the other half of the pair and other duties."""
    found = data.staff[(data.staff["post"] == model.PostKind.DESK.value) & data.staff["active"]]
    columns = {
        "staff": found["name"],
        "partner": community_data.named(found["partner_id"], data.staff["name"]),
        "duties": found["duties"],
    }
    words = {name: _say(f"column.{name}", language) for name in columns}
    return pd.DataFrame(columns, index=found.index).rename(columns=words)


def matters(data: CommunityData, *, at_home: bool) -> pd.DataFrame:
    """Return the matters by field and name; those alone that are handled at home, if ``at_home``."""
    rows = data.matters[data.matters["at_home"]] if at_home else data.matters
    order = {code: n for n, code in enumerate(catalogues.entries("matter_fields"))}
    keyed = rows.assign(order=rows["field"].map(lambda code: order.get(code, len(order))))
    return keyed.sort_values(["order", "name"], kind="stable").drop(columns="order")


def table(found: pd.DataFrame, language: str) -> pd.DataFrame:
    """Return matters in words, on the index of ``found``."""
    columns = {
        "name": found["name"],
        "field": [catalogues.label("matter_fields", code, language) for code in found["field"]],
        "at_home": [_say("yes", language) if yes else "" for yes in found["at_home"]],
        "days": [days_told(days, language) for days in found["days"]],
        "papers": found["papers"],
        "note": found["note"],
    }
    words = {name: _say(f"column.{name}", language) for name in columns}
    return pd.DataFrame(columns, index=found.index).rename(columns=words)


def days_told(days: float | None, language: str) -> str:
    """Say how long a matter takes; "" where nobody has said so."""
    if days is None or pd.isna(days):
        return ""
    return _say("at_once", language) if days == 0 else _say("days", language, n=int(days))


def _say(key: str, language: str, **fields: object) -> str:
    return i18n.text(f"desk.{key}", language, **fields)
