"""A store in whose every free text stands what would run if anything took it for more than text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import sqlalchemy as sa

from gridmap import model
from gridmap.store import Store, tables, types

NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
#: Each calls ``tripped``, or asks an outside host, where it is taken for HTML, a template, a script, Markdown, a link.
TEXTS = (
    "<img src=x onerror=\"tripped('img')\"><script>tripped('script')</script>",
    "${tripped('dollar')}{{tripped('jinja')}}`+tripped('tick')+`{%x%}",
    "'+tripped('single')+'\"+tripped(\"double\")+\"\\u003cimg src=x onerror=tripped('escape')>",
    "</script><svg onload=\"tripped('svg')\"><iframe srcdoc=\"<script>parent.tripped('frame')</script>\">",
    "[link](javascript:tripped('link'))![pic](https://tripwire.invalid/p.png)<javascript:tripped('auto')>",
    "<a href=\"javascript:tripped('href')\" onmouseover=\"tripped('over')\">x</a> https://tripwire.invalid/a",
    "=cmd|' /C calc'!A0 $$\\href{javascript:tripped('tex')}{x}$$ :material/bolt: :red[r]",
    "@SUM(1+1)*cmd|' /C calc'!A0 **b** <style>@import 'https://tripwire.invalid/c.css';</style>",
    '+1+1<base href="https://tripwire.invalid/"><meta http-equiv=refresh content="0;url=https://tripwire.invalid/">',
    '-2+3<form action="https://tripwire.invalid"><input autofocus onfocus="tripped(\'focus\')">',
    "\t=1+1 \"><img src=//tripwire.invalid/i.png onload=tripped('load')>",
)
# Texts that are codes, keys or digests to the program, or that it has made itself.
_CODES = {
    "street": {"code"}, "community": {"code"}, "grid": {"code", "official_code", "colour", "letter"},
    "service_point": {"kind"}, "resident_group": {"kind"},
    "issue": {"category", "client_id", "department", "caller_digest"},
    "team_member": {"role"}, "photo": {"sha256", "media_type", "client_id"}, "gate": {"open_hours"}, "staff": {"ab"},
    "care_household": {"need", "identity_digest"}, "account": {"name", "password_hash"},
    "bin_entry": {"kind", "content"}, "view_link": {"token_hash"}, "api_key": {"token_hash"},
    "import_run": {"kind", "content"}, "import_profile": {"kind", "content", "datum", "crs"},
    "scenario": {"kind", "objective", "content"}, "story": {"content"},
    "issue_event": {"action", "department", "client_id"},
    "issue_voice": {"client_id"}, "issue_call": {"department"}, "catalogue_entry": {"catalogue", "code", "content"},
    "calendar_link": {"token_hash"}, "walk": {"plan", "asked"}, "stop": {"why"}, "visit_wish": {"hours"},
    "stop_photo": {"sha256", "media_type", "client_id"},
    "stop_record": {"client_id"}, "walk_track": {"client_id", "content"}, "community_split": {"content"},
    "project_photo": {"sha256", "media_type"},
    "week_rota": {"week", "status"}, "rota_step": {"act", "content"}, "reception_feed": {"code", "address"},
}  # fmt: skip
_NOT_TEXT = {"session", "setting", "audit_entry", "sign_in_try", "draft", "grid_draft"}


def free_texts() -> Iterator[tuple[sa.Table, sa.Column[str]]]:
    """Every column that holds what a person has written."""
    for table in tables.of().values():
        for column in table.c if table.name not in _NOT_TEXT else ():
            sealed = isinstance(column.type, types.SealedWords)
            if isinstance(column.type, types.Words) and not sealed and column.name not in _CODES.get(table.name, ()):
                yield table, column


def spread(store: Store) -> int:
    """Write the texts into every free text of every row, and into the audit; return into how many columns."""
    columns = list(free_texts())
    with store.write() as session:
        for n, (table, column) in enumerate(columns):
            for row in session.scalars(sa.select(table.c.id).order_by(table.c.id)).all():
                # A number keeps apart what must be unique, and each column begins with another text.
                length = min(column.type.length, 190)  # type: ignore[attr-defined]
                text = f"{TEXTS[(n + row) % len(TEXTS)]} {row}"
                text = text if len(text) <= length else f"{text[: length - 8]} {row}"
                session.execute(sa.update(table).where(table.c.id == row).values({column.name: text}))
        for entry, text in enumerate(TEXTS):
            at = model.AuditEntry(at=NOON, action="sign_in", account_name=text, target=text, reason=text, address=text)
            at.at = at.at.replace(minute=entry)
            session.add(at)
    return len(columns)
