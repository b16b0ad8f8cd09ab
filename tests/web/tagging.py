"""People who record issues at once: each a websocket that speaks Streamlit's own language, without a browser."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

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
            answer.ParseFromString(socket.recv(_PATIENCE_S))  # type: ignore[arg-type]
            kind = answer.WhichOneof("type")
            if kind == "new_session":
                self.shown = {}
            elif kind == "delta" and answer.delta.WhichOneof("type") == "new_element":
                element = answer.delta.new_element
                what = element.WhichOneof("type")
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
