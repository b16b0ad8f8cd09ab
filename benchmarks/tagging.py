"""How long people wait who record issues at the same moment, in one process of the app.

    python -m benchmarks.tagging [--people N] [--rounds N]

Each is a websocket that speaks Streamlit's own language, without a browser: it opens the form, fills it in, waits for
all others, and saves. The time is from saving to the server's last answer.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import secrets
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

from benchmarks import app_in_browser
from gridmap import model
from gridmap.services import demo
from gridmap.store import Store, open_store

_PATIENCE_S = 120.0


@dataclass
class Tagger:
    """One person at the page of records.

    Parameters
    ----------
    url, token
        Address of the app, and the token of the person's session.
    """

    url: str
    token: str
    took_s: list[float] = field(default_factory=list)
    shown: dict[str, list[Any]] = field(default_factory=dict)
    states: dict[str, WidgetState] = field(default_factory=dict)

    def tag(self, building: int, text: str, together: threading.Barrier) -> list[str]:
        """Record an issue at a building; wait for all others before it is sent. Returns the errors on the page."""
        query = urlencode({"lang": "zh", "c": 1, "kind": "issues", "new": 1, "building": building})
        with connect(
            self.url.replace("http", "ws") + "/_stcore/stream",
            additional_headers={"Cookie": f"gridmap_session={self.token}"},
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None,
            proxy=None,
        ) as socket:
            self._run(socket, query)
            words = self._one("text_area", "情况 *")
            self.states[words.id] = WidgetState(id=words.id, string_value=text)
            self._run(socket, query)
            category = self._one("selectbox", "类别 *")
            self.states[category.id] = WidgetState(id=category.id, string_value="路灯照明")
            self._run(socket, query)
            save = self._one("button", "保存")
            together.wait(_PATIENCE_S)
            began = time.perf_counter()
            self._run(socket, query, WidgetState(id=save.id, trigger_value=True))
            self.took_s.append(time.perf_counter() - began)
        alerts = self.shown.get("alert", [])
        said = [one.body for one in alerts if one.format in (Alert.ERROR, Alert.WARNING)]
        said += [one.message for one in self.shown.get("exception", [])]
        saved = any(one.format == Alert.SUCCESS for one in alerts)
        return said if saved else [*said, "nothing says that it was saved"]

    def _run(self, socket: ClientConnection, query: str, *pressed: WidgetState) -> None:
        asked = BackMsg()
        asked.rerun_script.query_string = query
        asked.rerun_script.page_name = "records"
        asked.rerun_script.widget_states.widgets.extend([*self.states.values(), *pressed])
        socket.send(asked.SerializeToString())
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(socket.recv(_PATIENCE_S))
            kind = answer.WhichOneof("type")
            if kind == "new_session":
                self.shown = {}
            elif kind == "delta" and answer.delta.WhichOneof("type") == "new_element":
                element = answer.delta.new_element
                what = str(element.WhichOneof("type"))
                self.shown.setdefault(what, []).append(getattr(element, what))
            elif kind == "script_finished" and answer.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return

    def _one(self, kind: str, label: str) -> Any:
        return next(one for one in self.shown[kind] if one.label == label)


def at_once(url: str, tokens: list[str], buildings: list[int]) -> tuple[list[str], list[float]]:
    """Let everybody record an issue at the same moment; return all errors, and the seconds that saving took each."""
    people = [Tagger(url, token) for token in tokens]
    together = threading.Barrier(len(people))
    with ThreadPoolExecutor(len(people)) as pool:
        begun = [
            pool.submit(one.tag, buildings[n % len(buildings)], f"同时登记 {n}", together)
            for n, one in enumerate(people)
        ]
        errors = [error for one in begun for error in one.result()]
    return errors, [second for one in people for second in one.took_s]


def p95_s(seconds: list[float]) -> float:
    """Return what 95 of 100 stay below."""
    return sorted(seconds)[max(0, -(-len(seconds) * 95 // 100) - 1)]


def sessions(store: Store, people: int) -> list[str]:
    """Make accounts of the desk in the first community, each with a session; return the sessions' tokens."""
    now, tokens = dt.datetime.now(dt.UTC), [secrets.token_urlsafe(16) for _ in range(people)]
    with store.write() as session:
        for token in tokens:
            name = f"tagger-{token.casefold()}"
            account = model.Account(name=name, display="", role=model.Role.DESK, password_hash="-", community_id=1)
            session.add(account)
            session.flush()
            begun = model.Session(
                account_id=account.id or 0,
                token_hash=hashlib.sha256(token.encode()).hexdigest(),
                created_at=now,
                seen_at=now,
                expires_at=now + dt.timedelta(hours=1),
            )
            session.add(begun)
    return tokens


def main(arguments: list[str] | None = None) -> None:
    """Print the figures as a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "demo.gpkg"
        store = open_store(str(file))
        demo.fill(store, dt.datetime.now(dt.UTC))
        buildings = [int(number) for number in store.frame(model.Building, 1).index]
        rounds = [sessions(store, chosen.people) for _ in range(chosen.rounds)]
        before = len(store.frame(model.Issue, 1))
        print(f"{'round':>5}  {'people':>6}  {'errors':>6}  {'median s':>8}  {'p95 s':>6}")
        with app_in_browser.served(app_in_browser.ROOT / "app.py", {"GRIDMAP_STORE": str(file)}) as (url, _):
            for number, tokens in enumerate(rounds, 1):
                errors, seconds = at_once(url, tokens, buildings)
                median = sorted(seconds)[len(seconds) // 2]
                print(f"{number:>5}  {len(tokens):>6}  {len(errors):>6}  {median:>8.2f}  {p95_s(seconds):>6.2f}")
        kept = len(store.frame(model.Issue, 1)) - before
        print(f"{kept} of {chosen.people * chosen.rounds} issues kept")
        store.close()


if __name__ == "__main__":
    main()
