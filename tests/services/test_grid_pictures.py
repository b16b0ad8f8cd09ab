"""A proposal beside the valid grids, as a picture for slides and for the documents."""

from __future__ import annotations

import datetime as dt
import io
import os
from pathlib import Path

import numpy as np
import prepared
import pytest
from PIL import Image

from gridmap import settings
from gridmap.services import community_data, grid_divisions, grid_pictures, grid_proposals
from gridmap.store import open_store

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
WORDS = {
    "zh": ("现行网格", "方案：户数均衡，小区尽量完整"),
    "en": ("Valid grids", "Proposal: even households, compounds kept whole"),
}
PICTURES = bool(os.environ.get("GRIDMAP_SCREENSHOTS"))


def side_by_side(data: community_data.CommunityData, proposal: grid_proposals.Proposal, language: str) -> Image.Image:
    """Draw the valid grids on the left and a proposal on the right."""
    drawn = (grid_divisions.present(data), grid_divisions.of_proposal(data, proposal))
    halves = [
        Image.open(
            io.BytesIO(grid_pictures.png(data, shown, title=title, note="", proposed=bool(at), language=language))
        ).convert("RGB")
        for at, (shown, title) in enumerate(zip(drawn, WORDS[language], strict=True))
    ]
    whole = Image.new("RGB", (sum(one.width for one in halves), max(one.height for one in halves)), "white")
    whole.paste(halves[0], (0, 0))
    whole.paste(halves[1], (halves[0].width, 0))
    return whole


@pytest.mark.skipif(not PICTURES, reason="pictures for the documents are drawn where GRIDMAP_SCREENSHOTS is set")
def test_a_proposal_is_drawn_beside_the_valid_grids(tmp_path: Path) -> None:
    store = open_store(str(prepared.with_demo(tmp_path / "demo.gpkg", NOW)))
    data = community_data.read(store, 1, day=NOW.date())
    store.close()
    wish = grid_proposals.Wish(k=5, stay=False, seconds=0.5, most=1)
    proposal = grid_proposals.propose(data, wish).proposals[0]
    folder = settings.data_dir().parent / "docs" / "screenshots"
    for language in WORDS:
        picture = side_by_side(data, proposal, language)
        middle = picture.width // 2
        left, right = np.asarray(picture)[:, :middle], np.asarray(picture)[:, middle:]
        share = (left != right).any(axis=2).mean()
        assert 0.02 < share < 0.9, "the same town, divided otherwise"
        small = picture.resize((1600, round(1600 * picture.height / picture.width)))
        small.save(folder / f"grids-beside-{language}.png", optimize=True)
