/* The map of the page: the community's own layers on one sheet, a place with its circle, and what was chosen. */
(function () {
  "use strict";

  const ORDER = ["ground", "grids", "paths", "compounds", "buildings", "boundary"];
  const CLOSE = 18, NEAR_PX = 24, FAR = 0.5;

  function create(element, known, onPick) {
    const [west, south, east, north] = known.map.bounds, home = L.latLngBounds([south, west], [north, east]);
    const map = L.map(element, { zoomSnap: 0.25, zoomDelta: 0.5, minZoom: 12, maxZoom: 20, attributionControl: false, maxBounds: home.pad(1.5) });
    const state = { fill: { mode: "grid" }, grids: null, buildings: null, selected: null, gridsById: new Map(), tinted: true, softened: false };
    const styles = window.GridmapStyles.make(state, known.map);
    map.createPane("gm-sheet").style.pointerEvents = "none";
    map.getPane("gm-sheet").style.zIndex = 350;
    map.fitBounds(home, { animate: false });
    const sheet = new window.GridmapSheet.Sheet(ORDER, { pane: "gm-sheet" });
    map.addLayer(sheet);
    sheet.on("drawn", () => window.GridmapLabels.draw(sheet, sheet._ctx, map, []));
    let circle = null, pin = null;

    async function load(name) {
      const url = known.map.layers + "/" + name + ".json?r=" + encodeURIComponent(known.stamp[name]);
      const answer = await fetch(url, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      sheet.setFeatures(name, await answer.json(), styles[name]);
      if (name === "grids") state.gridsById = new Map(sheet.items("grids").map((it) => [it.properties.id, it]));
    }
    async function loadAll() {
      await Promise.all(ORDER.map(load));
      sheet.setVisible(ORDER);
      sheet.redraw();
      element.dataset.drawn = "1";
    }

    map.on("click", (e) => {
      const hit = sheet.hit("buildings", e.latlng);
      onPick({ lon: +e.latlng.lng.toFixed(7), lat: +e.latlng.lat.toFixed(7), building: hit ? hit.id : null });
    });
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(element);

    /* Show a place: a pin, the circle of what the phone is sure of, and its building. */
    function show(place) {
      if (circle) circle.remove();
      if (pin) pin.remove();
      circle = pin = null;
      state.selected = place && place.building ? { target: "building", id: place.building } : null;
      sheet.redraw();
      if (!place || place.lon === undefined || place.lon === null) return;
      const at = [place.lat, place.lon];
      if (place.accuracy_m) {
        circle = L.circle(at, { radius: place.accuracy_m, interactive: false, className: "tag-circle", color: "#1d4ed8", weight: 1.5, fillOpacity: 0.12 }).addTo(map);
      }
      pin = L.marker(at, { icon: L.divIcon({ className: place.accuracy_m ? "tag-here" : "tag-pin", iconSize: [22, 22] }), interactive: false, keyboard: false }).addTo(map);
      if (!home.pad(FAR).contains(at)) { // its own surroundings are empty: what there is stays in view
        map.fitBounds(home, { animate: false });
        return;
      }
      const point = map.latLngToContainerPoint(at), size = map.getSize();
      const away = point.x < NEAR_PX || point.y < NEAR_PX || point.x > size.x - NEAR_PX || point.y > size.y - NEAR_PX;
      if (map.getZoom() < CLOSE - 1 || away) map.setView(at, Math.max(map.getZoom(), CLOSE - 0.5), { animate: false });
    }

    return { show, load: loadAll, map };
  }

  window.TagGround = { create };
})();
