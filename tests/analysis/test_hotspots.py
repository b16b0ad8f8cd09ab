"""Hot spots and shrunk rates are those of esda; what cannot be told is not told."""

from __future__ import annotations

import warnings

import geopandas as gpd
import libpysal
import numpy as np
import pandas as pd
import pytest
import shapely
from esda import smoothing
from esda.getisord import G_Local
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.analysis import hotspots, rates
from gridmap.errors import InputError

RADIUS_M = 130.0


def town(n: int, seed: int = 1) -> tuple[gpd.GeoSeries, np.random.Generator]:
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, np.sqrt(n) * 40, (n, 2)) + np.array([500_000, 3_789_000])
    return gpd.GeoSeries(shapely.points(places), crs="EPSG:4545", index=range(100, 100 + n)), rng


def theirs(places: gpd.GeoSeries, radius_m: float = RADIUS_M) -> libpysal.weights.W:
    xy = shapely.get_coordinates(places.to_numpy())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = libpysal.weights.DistanceBand(xy, radius_m, binary=True, silence_warnings=True)
        made.id_order = list(range(len(xy)))
    return made


@pytest.mark.parametrize("seed", [1, 2])
def test_gi_star_is_that_of_esda(seed: int) -> None:
    places, rng = town(400, seed)
    values = pd.Series(rng.gamma(0.7, 3, len(places)), index=places.index)
    found = hotspots.gi_star(values, hotspots.neighbourhoods(places, radius_m=RADIUS_M, least=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = G_Local(values.to_numpy(), theirs(places), star=True, transform="B", permutations=0)
    np.testing.assert_allclose(found.z, peer.Zs, atol=1e-12)
    np.testing.assert_allclose(found.p, 2 * peer.p_norm, atol=1e-12)
    assert (found.q >= found.p - 1e-15).all()


def test_weights_that_are_not_all_one_follow_the_paper() -> None:
    places, rng = town(60)
    x = rng.normal(size=60)
    near = hotspots.neighbourhoods(places, radius_m=RADIUS_M)
    near.data = rng.uniform(0.1, 1, len(near.data))
    w, n = near.toarray(), 60
    top = w @ x - x.mean() * w.sum(axis=1)
    bottom = x.std() * np.sqrt((n * (w**2).sum(axis=1) - w.sum(axis=1) ** 2) / (n - 1))
    np.testing.assert_allclose(hotspots.gi_star(pd.Series(x), near).z, top / bottom, atol=1e-12)


def test_empirical_bayes_is_that_of_esda() -> None:
    places, rng = town(300)
    events = pd.Series(rng.poisson(rng.gamma(1, 3, 300)), index=places.index)
    base = pd.Series(rng.integers(1, 200, 300), index=places.index)
    e, b = events.to_numpy(float), base.to_numpy(float)
    found = rates.empirical_bayes(events, base)
    np.testing.assert_allclose(found["shrunk"], smoothing.Empirical_Bayes(e, b).r.ravel(), rtol=1e-12)
    near = hotspots.neighbourhoods(places, radius_m=400, least=0)
    local = rates.empirical_bayes_near(events, base, near)
    peer = smoothing.Spatial_Empirical_Bayes(e, b, theirs(places, 400)).r.ravel()
    np.testing.assert_allclose(local["shrunk"], peer, rtol=1e-10)


counts = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 300)), min_size=1, max_size=30)


@settings(max_examples=60)
@given(counts)
def test_shrunk_rates_lie_between_their_own_and_that_of_all(rows: list[tuple[int, int]]) -> None:
    events, base = (pd.Series(column) for column in zip(*rows, strict=True))
    found = rates.empirical_bayes(events, base)
    assert (found["shrunk"].isna() == (base == 0)).all(), "no households, no rate"
    told = found.dropna()
    if len(told):
        mean = events[base > 0].sum() / base.sum()
        low, high = np.minimum(told["rate"], mean), np.maximum(told["rate"], mean)
        assert told["shrunk"].between(low - 1e-12, high + 1e-12).all()
        limits = rates.interval(events, base).loc[told.index]
        assert (limits["low"] <= told["rate"]).all()
        assert (limits["high"] > told["rate"]).all()
    assert (rates.beside_chance(events, base)[base == 0] == rates.CHANCE).all()


def test_few_households_do_not_make_a_conspicuous_place() -> None:
    events, base = pd.Series([1, 40, 300, 12]), pd.Series([2, 400, 400, 400])
    assert rates.beside_chance(events, base).tolist() == ["chance", "below", "above", "below"]
    shrunk = rates.empirical_bayes(events, base)["shrunk"]
    assert shrunk[0] < 0.4, "one issue of two households is not half of them"


def test_places_of_one_rate_differ_by_chance_alone() -> None:
    rng = np.random.default_rng(3)
    named = 0
    for _ in range(50):
        base = pd.Series(rng.integers(5, 400, 40))
        named += int((rates.beside_chance(pd.Series(rng.poisson(base * 0.02)), base) != rates.CHANCE).sum())
    assert named <= 10, "of 2,000 places"


def test_hot_corner_is_found_and_noise_is_not() -> None:
    places, rng = town(900)
    near = hotspots.neighbourhoods(places, radius_m=RADIUS_M)
    noise = pd.Series(rng.normal(10, 2, len(places)), index=places.index)
    assert (hotspots.gi_star(noise, near).state == hotspots.NEITHER).mean() > 0.99
    corner = (places.x < 500_300) & (places.y < 3_789_300)
    hot = hotspots.gi_star(noise + 3 * corner, near).state == hotspots.HOT
    assert hot[corner].mean() > 0.9
    assert hot[~corner].mean() < 0.05


class TestEdges:
    def test_nothing(self) -> None:
        places = gpd.GeoSeries([], crs="EPSG:4545")
        found = hotspots.gi_star(pd.Series([], dtype=float), hotspots.neighbourhoods(places, radius_m=100))
        assert found.state.empty

    @pytest.mark.parametrize("n", [1, 2, 5])
    def test_fewer_than_eight_neighbours(self, n: int) -> None:
        places, _ = town(n)
        near = hotspots.neighbourhoods(places, radius_m=1)
        assert near.sum(axis=1).tolist() == [n] * n, "all there are"
        found = hotspots.gi_star(pd.Series(np.arange(n, dtype=float), index=places.index), near)
        assert found.p.tolist() == [1.0] * n
        assert set(found.state) == {hotspots.NEITHER}

    def test_lonely_place_has_its_nearest_eight(self) -> None:
        places, _ = town(50)
        places.iloc[0] = shapely.Point(520_000, 3_789_000)
        near = hotspots.neighbourhoods(places, radius_m=RADIUS_M)
        assert near.sum(axis=1)[0] == 9

    def test_all_alike(self) -> None:
        places, _ = town(50)
        near = hotspots.neighbourhoods(places, radius_m=RADIUS_M)
        found = hotspots.gi_star(pd.Series(0.1, index=places.index), near)
        assert (found.z == 0).all()

    def test_place_without_a_value_counts_nowhere(self) -> None:
        places, rng = town(80)
        values = pd.Series(rng.normal(size=80), index=places.index)
        near = hotspots.neighbourhoods(places, radius_m=RADIUS_M, least=0)
        without = values.copy()
        without.iloc[3] = np.nan
        kept = np.delete(np.arange(80), 3)
        alone = hotspots.gi_star(values.iloc[kept], near[kept][:, kept])
        found = hotspots.gi_star(without, near)
        np.testing.assert_allclose(found.z.iloc[kept], alone.z, atol=1e-12)
        assert np.isnan(found.z.iloc[3])
        assert found.state.iloc[3] == hotspots.NEITHER

    def test_degrees_are_refused(self) -> None:
        with pytest.raises(InputError):
            hotspots.neighbourhoods(gpd.GeoSeries([shapely.Point(108.9, 34.2)], crs="EPSG:4326"), radius_m=100)

    def test_numbers_that_do_not_fit_are_refused(self) -> None:
        places, _ = town(10)
        near = hotspots.neighbourhoods(places, radius_m=RADIUS_M)
        with pytest.raises(InputError):
            hotspots.neighbourhoods(places, radius_m=-1)
        with pytest.raises(InputError):
            hotspots.gi_star(pd.Series([1.0]), near)
        with pytest.raises(InputError):
            hotspots.gi_star(pd.Series([np.inf] * 10), near)

    def test_no_events_at_all(self) -> None:
        found = rates.empirical_bayes(pd.Series([0, 0]), pd.Series([10, 0]))
        assert found["shrunk"].iloc[0] == 0
        local = rates.empirical_bayes_near(
            pd.Series([0, 0]), pd.Series([10, 0]), hotspots.neighbourhoods(town(2)[0], radius_m=9)
        )
        assert local["shrunk"].iloc[0] == 0
