"""A browser without a screen: HTTP and websockets against the real app, with cookies."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect


@dataclass(frozen=True)
class Answer:
    """What the app answered."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def header(self, name: str) -> str:
        return self.headers.get(name, "")

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


@dataclass
class Told:
    """What the app sent for one run of a page: all of it as text, and which kinds of elements were among it."""

    text: str = ""
    kinds: set[str] = field(default_factory=set)

    def says(self, text: str) -> bool:
        """Whether a text is there, as it stands or inside JSON."""
        return text in self.text or json.dumps(text)[1:-1] in self.text


@dataclass
class Client:
    """One browser."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers={**self._cookie(), **(headers or {})})
            got = connection.getresponse()
            answer = Answer(got.status, got.headers, got.read())
        finally:
            connection.close()
        for line in answer.headers.get_all("set-cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            if "Max-Age=0" in line:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", path, urlencode(fields).encode(), {**kind, **named})

    def form(self, path: str = "/sign-in") -> dict[str, str]:
        """Fields that a form brings by itself."""
        page = self.get(path).text
        found = re.search(r'name="sign" value="([^"]*)"', page)
        assert found, page
        return {"sign": found[1]}

    def enter(self, name: str, password: str, **more: str) -> Answer:
        return self.post("/sign-in", {**self.form(), "name": name, "password": password, **more})

    def socket(self) -> int:
        """Open the page's websocket; returns 101 where it was opened, else the status of the refusal."""
        try:
            with connect(
                self.url.replace("http", "ws") + "/_stcore/stream",
                additional_headers=self._cookie(),
                subprotocols=["streamlit"],  # type: ignore[list-item]
                proxy=None,
            ):
                return 101
        except InvalidStatus as fault:
            return fault.response.status_code

    def _cookie(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if self.cookies else {}

    @contextmanager
    def tab(self) -> Iterator[Callable[..., Told]]:
        """Open a tab; what it gives runs a page, as the browser's script does, and returns all that the app sends."""
        with connect(
            self.url.replace("http", "ws") + "/_stcore/stream",
            additional_headers=self._cookie(),
            subprotocols=["streamlit"],  # type: ignore[list-item]
            proxy=None,
            max_size=None,
        ) as socket:

            def run(page: str = "", query: str = "lang=en") -> Told:
                wish = BackMsg(rerun_script=ClientState(query_string=query, page_name=page))
                socket.send(wish.SerializeToString())
                told = Told()
                while True:
                    data = socket.recv(timeout=60)
                    assert isinstance(data, bytes)
                    told.text += data.decode("utf-8", "replace") + "\n"
                    message = ForwardMsg.FromString(data)
                    told.kinds.add(message.delta.new_element.WhichOneof("type") or "")
                    if message.WhichOneof("type") == "script_finished":
                        return told

            yield run

    def run(self, page: str = "", query: str = "lang=en") -> Told:
        """Run a page in a tab of its own."""
        with self.tab() as run:
            return run(page, query)
