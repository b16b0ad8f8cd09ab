"""What residents read without signing in: when and where receptions are held, and the same for their calendar."""

from __future__ import annotations

import datetime as dt
from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gridmap import errors, i18n, model, palette
from gridmap.services import accounts, calendar_links, reception_feeds, rota_calendars
from gridmap.web import credentials, plain_page, sources

_TITLE = "receptions.title"
_WEEKS = 2


def routes(base: str) -> list[Route]:
    """Return the routes of page and calendar, under the path where the app is served."""
    return [
        Route(base + "/receptions/{code}.ics", calendar, methods=["GET"]),
        Route(base + "/receptions/{code}", page, methods=["GET"]),
    ]


def address(feed: model.ReceptionFeed) -> str:
    """Return where residents find the page."""
    return f"{feed.address}{credentials.base_path()}/receptions/{feed.code}"


async def page(request: Request) -> Response:
    """Answer with this week's receptions and the next's; of a code that is none, only that it is none."""
    return await run_in_threadpool(_answer, request, False)


async def calendar(request: Request) -> Response:
    """Answer with the receptions of the next weeks as iCalendar."""
    return await run_in_threadpool(_answer, request, True)


def _answer(request: Request, as_calendar: bool) -> Response:
    language, now = plain_page.language(request), dt.datetime.now(dt.UTC)
    code = request.path_params["code"]
    here = f"/receptions/{code}"
    try:
        store = sources.store()
        community = reception_feeds.found(store, code, address=plain_page.address(request), now=now)
        if as_calendar:
            body = rota_calendars.receptions(store, community, now=now, language=language)
            headers = {"Content-Disposition": 'inline; filename="receptions.ics"'}
            return Response(body, media_type=calendar_links.MIME, headers=headers)
        return plain_page.page(request, _TITLE, _body(community, now, language, here), here=here)
    except errors.TooManyTries as fault:
        answer = plain_page.page(request, _TITLE, plain_page.told(fault.sentence(language)), here=here, status=429)
        answer.headers["Retry-After"] = str(fault.retry_after_s)
        return answer
    except errors.SignInFailed as fault:
        return plain_page.page(request, _TITLE, plain_page.told(fault.sentence(language)), here=here, status=404)
    except errors.StoreError as fault:
        return plain_page.unreachable(request, fault, _TITLE, here)


def _body(community: model.Community, now: dt.datetime, language: str, here: str) -> str:
    today, rows = accounts.day_of(now), []
    for area, slot, sitting, _rules in rota_calendars.held(sources.store(), community, now=now, weeks=_WEEKS):
        if slot.day < today:
            continue
        colour = palette.grid(area.colour)
        letter = (
            f'<b style="background:{colour.hex};color:{palette.text_on(colour.hex)};padding:1px 8px;border-radius:9px">'
            f"{escape(area.letter)}</b>"
        )
        rows.append(
            f"<li><p>{letter} <strong>{escape(area.name)}</strong> {escape(i18n.weekday(slot.day, language))} "
            f"{escape(sitting.hours)}<br>{escape(sitting.place)}</p></li>"
        )
    name = escape(i18n.text("receptions.of", language, community=community.name))
    none = f'<p class="note">{escape(i18n.text("receptions.nothing", language))}</p>'
    listed = f'<ul style="list-style:none;padding:0">{"".join(rows)}</ul>' if rows else none
    link = f"{escape(credentials.base_path() + here)}.ics?lang={language}"
    into = f'<p class="note"><a href="{link}">{escape(i18n.text("receptions.subscribe", language))}</a></p>'
    return f"<h2>{name}</h2>{listed}{into}"
