"""A walk through the small town: three stops, a walker, and a result file as the page of a walk writes it."""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
from collections.abc import Mapping
from typing import Any

import shapely
from PIL import Image
from record_town import NOW, Town, at

from gridmap import model
from gridmap.access import Actor
from gridmap.model import Role
from gridmap.services import walk_facts, walk_recording, walk_result_file
from gridmap.store import Store

LATER = NOW + dt.timedelta(hours=3)


def walk(town: Town, buildings: tuple[int | None, ...] | None = None, *, grid: int | None = None) -> int:
    """Plan a walk of today with a stop at each building."""
    stops = town.buildings if buildings is None else buildings
    with town.store.write() as session:
        made = model.Walk(
            community_id=town.community,
            grid_id=town.west if grid is None else grid,
            day=NOW.date(),
            walk_m=420.0,
            geom=shapely.LineString([at(0, 0), at(120, 40), at(310, 310)]),
        )
        session.add(made)
        session.flush()
        for seq, building in enumerate(stops, start=1):
            place = shapely.Point(at(35 + 60 * seq, 35)) if building is not None else shapely.Point()
            session.add(
                model.Stop(
                    community_id=town.community,
                    walk_id=made.id or 0,
                    seq=seq,
                    building_id=building,
                    reason="回访",
                    arrive_at=NOW + dt.timedelta(minutes=10 * seq),
                    geom=place,
                )
            )
    return made.id or 0


def stops(town: Town, walk_id: int) -> list[model.Stop]:
    with town.store.read() as session:
        return session.query(model.Stop).filter_by(walk_id=walk_id).order_by(model.Stop.seq).all()  # type: ignore[arg-type]


def walker(town: Town, walk_id: int, role: Role = Role.DESK) -> Actor:
    """Somebody of the staff who goes on the walk, in no grid of their own."""
    actor = town.actor(role)
    with town.store.write() as session:
        member = model.Staff(community_id=town.community, name="模拟走访员", post=model.PostKind.DESK)
        session.add(member)
        session.flush()
        session.get_one(model.Account, actor.account_id).staff_id = member.id
        session.add(model.Walker(community_id=town.community, walk_id=walk_id, staff_id=member.id or 0))
    return actor


def act(stop: model.Stop, outcome: str, *, client_id: str, note: str = "", follows: tuple[str, ...] = ("",)) -> Any:
    return {
        "stop": stop.id,
        "key": walk_recording.key(stop),
        "seq": stop.seq,
        "client_id": client_id,
        "follows": list(follows),
        "outcome": outcome,
        "note": note,
        "handling": "",
        "came_at": None,
        "at": "2026-11-24T02:30:00.000Z",
    }


def issue(stop: model.Stop, *, client_id: str, spot: str = "", photos: tuple[bytes, ...] = ()) -> Any:
    shots = [
        {
            "client_id": f"{client_id}-photo-{n}",
            "stage": "before",
            "taken_at": None,
            "jpeg": base64.b64encode(photo).decode(),
        }
        for n, photo in enumerate(photos)
    ]
    told = {
        "client_id": client_id,
        "key": walk_recording.key(stop),
        "category": "lighting",
        "text": "楼道灯不亮",
        "spot": spot,
    }
    return told | {"at": "2026-11-24T02:31:00.000Z", "photos": shots}


def shot(stop: model.Stop, client_id: str, picture: bytes) -> Any:
    """A photo of a stop that shows no issue."""
    content = base64.b64encode(picture).decode()
    at = {"stop": stop.id, "key": walk_recording.key(stop), "taken_at": "2026-11-24T02:32:00.000Z"}
    return {"client_id": client_id, **at, "jpeg": content}


def track(client_id: str) -> Any:
    return {
        "client_id": client_id, "begun_at": "2026-11-24T02:00:00.000Z",
        "places": [[108.92, 34.23, 0], [108.921, 34.23, 60]],
    }  # fmt: skip


def jpeg(colour: str = "red") -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(kept, "JPEG")
    return kept.getvalue()


def body(town: Town, walk_id: int, acts: list[Any], issues: list[Any] | None = None) -> dict[str, Any]:
    of = stops(town, walk_id)
    return {
        "pack": "pack-0001",
        "community": "1",
        "walk": walk_id,
        "day": NOW.date().isoformat(),
        "half": "morning",
        "plan": walk_facts.plan_stamp((stop.id or 0, walk_recording.key(stop)) for stop in of),
        "made_at": "2026-11-24T04:00:00.000Z",
        "stops": acts,
        "issues": issues or [],
    }


def written(told: Mapping[str, Any], **more: Any) -> bytes:
    """The file as the page writes it."""
    whole = {walk_result_file.MARK: 1, "sum": walk_result_file.checksum(told), "body": told} | more
    return json.dumps(whole, ensure_ascii=False).encode()


def outcomes(store: Store, walk_id: int) -> list[str]:
    with store.read() as session:
        rows = session.query(model.Stop).filter_by(walk_id=walk_id).all()
        return [row.outcome.value for row in sorted(rows, key=lambda row: row.seq)]
