"""Issues for other programs, as Open311 GeoReport v2 says (https://wiki.open311.org/GeoReport_v2).

Nobody is named: who an issue is from is never told, nor its text but to the key by which it came, masked; confidential
issues are left out. A request's place is its building.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
import shapely
import sqlalchemy as sa

from gridmap import i18n, model
from gridmap.errors import InputError, NotFound
from gridmap.exchange import xml_text
from gridmap.services import (
    audit,
    community_data,
    issue_limits,
    key_file,
    layers,
    record_checks,
    record_places,
    record_rows,
    records,
)
from gridmap.services.community_data import CommunityData
from gridmap.store import Store

MIME = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
MOST = 1000
"""More requests than these are not told at once."""
_SPAN = dt.timedelta(days=90)
_LONGEST_TEXT = 4000
_LONGEST_ADDRESS = 200
# Names of the elements that stand in a list.
_INNER = {"services": "service", "service_requests": "request", "errors": "error", "attributes": "attribute"}


def demand_jurisdiction(data: CommunityData, said: Mapping[str, str]) -> None:
    """Refuse a jurisdiction that is not the key's; it need not be named.

    Raises
    ------
    NotFound
    """
    named = said.get("jurisdiction_id", "")
    if named not in ("", data.community.code):
        raise NotFound("open311_jurisdiction", named=named[:60], code=data.community.code)


def services(data: CommunityData, language: str) -> list[dict[str, Any]]:
    """Return what can be reported: the categories of issues."""
    return [
        {
            "service_code": one.code,
            "service_name": one.label(language),
            "description": one.definition(language) or one.label(language),
            "metadata": False,
            "type": "realtime",
            "keywords": ", ".join(dict.fromkeys((one.zh, one.en))),
            "group": one.group,
        }
        for one in data.categories.live()
    ]


def definition(data: CommunityData, code: str) -> dict[str, Any]:
    """Return what a service asks besides: nothing.

    Raises
    ------
    NotFound
        If there is no such service.
    """
    return {"service_code": _offered(data, code), "attributes": []}


def requests(
    data: CommunityData, key: model.ApiKey, said: Mapping[str, str], *, language: str, now: dt.datetime
) -> list[dict[str, Any]]:
    """Return the requests that are asked for, the newest first, at most `MOST`.

    Parameters
    ----------
    data
        The community.
    key
        Whose texts may be told.
    said
        ``service_request_id``, which overrides all else; ``service_code``, ``status``, ``start_date``, ``end_date``.
    language
        Language of names.
    now
        This moment.

    Raises
    ------
    InputError
        If a date cannot be read, the span is longer than 90 days, or a status is none.
    NotFound
        If there is no such service.
    """
    issues = data.issues[~data.issues["confidential"]].sort_values("reported_at", ascending=False, kind="stable")
    if wanted := _several(said, "service_request_id"):
        chosen = issues[issues["code"].isin(wanted)]
    else:
        since, until = _span(said, now)
        chosen = issues[(issues["reported_at"] >= since) & (issues["reported_at"] <= until)]
        if codes := _several(said, "service_code"):
            chosen = chosen[chosen["category"].isin([_known(data, code) for code in codes])]
        if states := _several(said, "status"):
            if unknown := [state for state in states if state not in ("open", "closed")]:
                raise InputError("open311_status", status=unknown[0][:30])
            chosen = chosen[_is_open(chosen).map({True: "open", False: "closed"}).isin(states)]
    return _told(data, chosen.head(MOST), key, language)


def request(data: CommunityData, key: model.ApiKey, code: str, language: str) -> list[dict[str, Any]]:
    """Return one request.

    Raises
    ------
    NotFound
        If there is none with this id.
    """
    issues = data.issues[(data.issues["code"] == code) & ~data.issues["confidential"]]
    if issues.empty:
        raise NotFound("open311_request", code=code[:60])
    return _told(data, issues, key, language)


def report(
    store: Store,
    data: CommunityData,
    key: model.ApiKey,
    said: Mapping[str, str],
    *,
    language: str,
    address: str,
    now: dt.datetime,
) -> list[dict[str, Any]]:
    """Keep a request as an issue; the same one sent again on the same day is kept once.

    Parameters
    ----------
    store, data
        Where it is kept.
    key
        By which it came.
    said
        ``service_code``; ``lat`` and ``long``, ``address_id`` or ``address_string``; ``description``; ``first_name``,
        ``last_name`` and ``phone`` are sealed, all else is not kept.
    language
        Language of the notice.
    address
        Network address it came from.
    now
        This moment.

    Raises
    ------
    InputError
        If the service or the place is missing or cannot be read, or the text is too long.
    NotFound
        If there is no such service or address.
    """
    if not said.get("service_code"):
        raise InputError("open311_service_missing")
    category = _offered(data, said["service_code"])
    building_id, place, where = _place(data, said)
    text = record_checks.lines(said.get("description", ""))
    if len(text) > _LONGEST_TEXT:
        raise InputError("open311_text", n=len(text), longest=_LONGEST_TEXT)
    client_id = _client_id(key, said, now)
    community_id = int(data.community.id or 0)
    with store.write() as session:
        # One at a time, on every database: codes are counted.
        session.get_one(model.Community, community_id, with_for_update=True)
        of = sa.inspect(model.Issue).c
        same = sa.select(model.Issue).where(of.community_id == community_id, of.client_id == client_id)
        issue = session.scalars(same).first()
        if issue is None:
            issue = model.Issue(
                community_id=community_id,
                code=records.next_code(session, community_id, now),
                reported_at=now,
                source=model.IssueSource.VISITOR,
                category=category,
                text=text or data.categories.label(category, "zh"),
                building_id=building_id,
                client_id=client_id,
                address=where,
                channel=f"Open311 {key.name}"[:_LONGEST_ADDRESS],
                geom=place,
            )
            name = record_checks.line(f"{said.get('last_name', '')}{said.get('first_name', '')}")[:60]
            phone = record_checks.line(said.get("phone", ""))[:40]
            if name or phone:
                ring = key_file.sealing(session).ring
                issue.contact_name, issue.contact_phone = ring.seal(name), ring.seal(phone)
            record_rows.settle(issue, data, moved=True, housed=building_id is not None)
            issue_limits.start(issue, data.categories)
            session.add(issue)
            session.flush()
            session.add(
                model.IssueEvent(community_id=community_id, issue_id=int(issue.id or 0), at=now, to_state=issue.state)
            )
            audit.record(
                session,
                None,
                "open311_reported",
                target=f"{key.name} · {issue.code}",
                target_id=issue.id,
                community_id=community_id,
                address=address,
                now=now,
            )
        code = issue.code
    notice = i18n.text("open311.notice", language, community=data.community.name)
    return [{"service_request_id": code, "service_notice": notice, "account_id": None}]


def written(name: str, value: Any, form: str) -> bytes:
    """Return an answer as ``xml`` or ``json``.

    Parameters
    ----------
    name
        The root element: ``services``, ``service_definition``, ``service_requests`` or ``errors``.
    value
        A list of records, or one record.
    form
        ``xml`` or ``json``.
    """
    if form == "json":
        return json.dumps(value, ensure_ascii=False).encode()
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_element(name, value)}\n'.encode()


def _element(name: str, value: Any) -> str:
    if value is None or value == []:
        return f"<{name}/>"
    if isinstance(value, list):
        inside = "".join(_element(_INNER[name], one) for one in value)
    elif isinstance(value, dict):
        inside = "".join(_element(key, one) for key, one in value.items())
    else:
        inside = xml_text.text(str(value).lower() if isinstance(value, bool) else str(value))
    return f"<{name}>{inside}</{name}>"


def _told(data: CommunityData, issues: Any, key: model.ApiKey, language: str) -> list[dict[str, Any]]:
    titles = community_data.named(issues["building_id"], layers.building_titles(data.buildings, language))
    compounds = community_data.named(issues["compound_id"], data.compounds["name"])
    moved = data.events.groupby("issue_id")["at"].max() if len(data.events) else pd.Series(dtype="datetime64[ns, UTC]")
    is_open = _is_open(issues)
    own = issues["client_id"].fillna("").astype(str).str.startswith(_prefix(key))
    told = []
    for number, row in zip(issues.index, issues.to_dict("records"), strict=True):
        latest = moved.get(number, row["reported_at"])
        closed = row["closed_at"] if not is_open[number] and pd.notna(row["closed_at"]) else None
        place = row["geom"]
        told.append(
            {
                "service_request_id": row["code"],
                "status": "open" if is_open[number] else "closed",
                "status_notes": i18n.text(f"issue_state.{row['state']}", language),
                "service_name": data.categories.label(row["category"], language),
                "service_code": row["category"],
                "description": row["text"] if own[number] else None,
                "agency_responsible": data.community.name,
                "service_notice": None,
                "requested_datetime": _moment(row["reported_at"]),
                "updated_datetime": _moment(max(latest, row["reported_at"]) if closed is None else closed),
                "expected_datetime": _moment(row["due_at"]),
                "address": titles[number] or compounds[number] or None,
                "address_id": None if pd.isna(row["building_id"]) else int(row["building_id"]),
                "zipcode": None,
                "lat": None if place.is_empty else round(place.y, 7),
                "long": None if place.is_empty else round(place.x, 7),
                "media_url": None,
            }
        )
    return told


def _is_open(issues: Any) -> pd.Series:
    states = {state.value for state in model.IssueState if state.is_open}
    is_open: pd.Series = issues["state"].isin(states)
    return is_open


def _moment(at: Any) -> str | None:
    return None if pd.isna(at) else pd.Timestamp(at).tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%SZ")


def _offered(data: CommunityData, code: str) -> str:
    """Return the code of a service that is still offered."""
    if (found := data.categories.get(code)) is None or not found.live:
        raise NotFound("open311_service", code=code[:60])
    return code


def _known(data: CommunityData, code: str) -> str:
    if data.categories.get(code) is None:
        raise NotFound("open311_service", code=code[:60])
    return code


def _several(said: Mapping[str, str], name: str) -> list[str]:
    return [one.strip() for one in said.get(name, "").split(",") if one.strip()]


def _span(said: Mapping[str, str], now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    start, end = _date(said, "start_date"), _date(said, "end_date")
    if start is None:
        end = now if end is None else end
        start = end - _SPAN
    elif end is None:
        end = start + _SPAN
    if not dt.timedelta(0) <= end - start <= _SPAN:
        raise InputError("open311_span", days=_SPAN.days)
    return start, end


def _date(said: Mapping[str, str], name: str) -> dt.datetime | None:
    # The + of a zone that was not encoded has come as a blank.
    text = said.get(name, "").strip().replace(" ", "+")
    if not text:
        return None
    try:
        read = dt.datetime.fromisoformat(text)
    except ValueError:
        read = dt.datetime.min
    if read.tzinfo is None or not 1900 <= read.year <= 9000:
        raise InputError("open311_date", name=name, value=text[:40])
    return read


def _place(data: CommunityData, said: Mapping[str, str]) -> tuple[int | None, shapely.Point, str]:
    where = record_checks.line(said.get("address_string", ""))[:_LONGEST_ADDRESS]
    if said.get("lat") or said.get("long"):
        return None, _point(data, said), where
    if number := said.get("address_id", ""):
        building_id = int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else 0
        if building_id not in data.buildings.index:
            raise NotFound("open311_address", number=number[:30])
        return building_id, shapely.Point(), where
    if not where:
        raise InputError("open311_place_missing")
    return None, shapely.Point(), where


def _point(data: CommunityData, said: Mapping[str, str]) -> shapely.Point:
    try:
        lat, lon = float(said.get("lat", "")), float(said.get("long", ""))
    except ValueError:
        lat = lon = math.nan
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
        raise InputError("open311_place", lat=said.get("lat", "")[:30], lon=said.get("long", "")[:30])
    place = shapely.Point(lon, lat)
    if record_places.outside_m(place, data) > record_places.REACH_M:
        raise InputError("open311_outside", community=data.community.name)
    return place


def _prefix(key: model.ApiKey) -> str:
    return f"open311-{key.id}-"


def _client_id(key: model.ApiKey, said: Mapping[str, str], now: dt.datetime) -> str:
    ours = ("service_code", "lat", "long", "address_id", "address_string", "description", "device_id", "phone")
    content = json.dumps([now.date().isoformat(), *(said.get(name, "") for name in ours)])
    return _prefix(key) + hashlib.sha256(content.encode()).hexdigest()[:32]
