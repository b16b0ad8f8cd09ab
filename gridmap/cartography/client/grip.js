/* A border taken in hand: while it is dragged, the line it would become is shown, and where it would snap to.
 *
 * Where the border runs in the end is worked out by the page; until its answer comes the line stays.
 */
(function () {
  "use strict";

  const SNAP_M = 12, ROUND_M = 40075016.686;
  let line = null;

  function letGo() {
    if (line) line.remove();
    line = null;
  }

  function lines(geometry) {
    switch (geometry && geometry.type) {
      case "LineString": return [geometry.coordinates];
      case "MultiLineString": case "Polygon": return geometry.coordinates;
      case "MultiPolygon": return geometry.coordinates.flat();
      default: return [];
    }
  }

  /* The nearest place on a street, path or wall, if one is near enough; else the place itself. */
  function snapped(at, map, sheet) {
    const here = map.latLngToLayerPoint(at);
    let best = null, least = SNAP_M * 256 * Math.pow(2, map.getZoom()) / (ROUND_M * Math.cos(at.lat * Math.PI / 180));
    for (const it of sheet.items("paths").concat(sheet.items("compounds").filter((one) => one.properties.walled))) {
      for (const corners of lines(it.geometry)) {
        const points = corners.map(([lon, lat]) => map.latLngToLayerPoint([lat, lon]));
        for (let i = 1; i < points.length; i++) {
          const near = L.LineUtil.closestPointOnSegment(here, points[i - 1], points[i]), away = near.distanceTo(here);
          if (away < least) { least = away; best = near; }
        }
      }
    }
    return best ? map.layerPointToLatLng(best) : at;
  }

  /* Let a line go with a marker from the one end of its stretch to the other; let go, the marker stands where it was. */
  function follow(marker, [begin, end], map, sheet) {
    const home = marker.getLatLng(), turned = ([lon, lat]) => [lat, lon];
    const draw = () => {
      const at = snapped(marker.getLatLng(), map, sheet);
      if (line) line.setLatLngs([turned(begin), at, turned(end)]);
    };
    marker.on("dragstart", () => {
      letGo();
      marker.let = null;
      line = L.polyline([turned(begin), turned(end)], {
        color: "#111827", weight: 4, dashArray: "8 6", interactive: false, renderer: L.svg(),
      }).addTo(map);
    });
    marker.on("drag", L.Util.throttle(draw, 30));
    marker.on("dragend", () => {
      draw();
      marker.let = marker.getLatLng();
      marker.setLatLng(home);
    });
  }

  window.GridmapGrip = { follow, letGo };
})();
