"""The page on which a presentation is shown: for those who make presentations, and for guests of its link.

It is the page that is taken along as a file (`reports.presentation`).
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from gridmap import access, errors
from gridmap.reports import presentation
from gridmap.reports.presentation import Presentation
from gridmap.services import community_settings, story_facts, story_keeping, story_making
from gridmap.services.community_data import CommunityData
from gridmap.services.story_facts import Facts
from gridmap.services.story_keeping import Story
from gridmap.web import credentials, guard, navigation, plain_page, sources

_TITLE = "page.present"


def routes(base: str) -> list[Route]:
    """Return the route of the page, under the path where the app is served."""
    return [Route(base + guard.PRESENT + "{story}", page, methods=["GET"])]


def script() -> bytes:
    """Return the page's script."""
    return presentation.script().encode()


def style() -> bytes:
    """Return the page's style."""
    return presentation.online_style(credentials.base_path()).encode()


async def page(request: Request) -> Response:
    """Show a presentation to somebody who may see it."""
    language = plain_page.language(request)
    here = f"{guard.PRESENT}{request.path_params['story']}"
    try:
        return HTMLResponse(await run_in_threadpool(_page, request, language))
    except errors.StoreError as fault:
        return plain_page.unreachable(request, fault, _TITLE, here)
    except (errors.Forbidden, errors.NotFound, errors.InputError) as fault:
        actor: access.Actor = request.scope[guard.ACTOR]
        back = "" if actor.story is not None else plain_page.back(request)
        status = 403 if isinstance(fault, errors.Forbidden) else 404
        said = plain_page.told(fault.sentence(language))
        return plain_page.page(request, _TITLE, said + back, here=here, status=status)


def _page(request: Request, language: str) -> str:
    actor: access.Actor = request.scope[guard.ACTOR]
    asked = request.path_params["story"]
    if not (asked.isdecimal() and len(asked) < 10):
        raise errors.NotFound("story_missing")
    community, story = story_keeping.shown(sources.store(), actor, int(asked))
    number = community_settings.number(community)
    back = "" if actor.story is not None else navigation.present_link(number, language, story=story.number)
    return presentation.online(
        presented(sources.community(number), story, language), base=credentials.base_path(), back=back
    )


def facts(data: CommunityData, story: Story, language: str) -> Facts:
    """Return what the steps of a presentation tell of."""
    return _facts(data, story, language, sources.hour())


def presented(data: CommunityData, story: Story, language: str) -> Presentation:
    """Return a presentation as it is drawn from the present data."""
    return _presented(data, story, language, sources.hour())


@lru_cache(maxsize=8)
def _facts(data: CommunityData, story: Story, language: str, now: dt.datetime) -> Facts:
    found = sources.briefing(data, story_facts.period(story.content, data.day), language, now)
    return story_facts.of(sources.store(), found, story.content, language=language, now=now)


@lru_cache(maxsize=8)
def _presented(data: CommunityData, story: Story, language: str, now: dt.datetime) -> Presentation:
    return story_making.presented(_facts(data, story, language, now), story)
