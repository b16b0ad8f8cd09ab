/* The sheet: one canvas that draws all polygons and lines of the community.
 *
 * Leaflet makes an object of every feature and redraws each through its own path; at 20,000 buildings that takes
 * seconds. The sheet keeps one Path2D per feature in units of about a metre, relative to the data's own corner (so
 * that single precision is enough), and lets the canvas's transform do pan and zoom. Changing a style is one redraw.
 */
(function () {
  "use strict";

  const UNITS = Math.pow(2, 25); // local units around the globe at the equator: about 1.2 m each
  const RAD = Math.PI / 180;
  const NO_DASH = [];
  const SPECK_PX = 3;
  const TRIES = [[0.5, 0.5], [0.5, 0.22], [0.5, 0.78], [0.22, 0.5], [0.78, 0.5]];

  function worldX(lon) { return (lon + 180) / 360; }
  function worldY(lat) {
    const s = Math.sin(lat * RAD);
    return 0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI);
  }

  /* A frame of reference shared by all layers of one sheet. */
  class Frame {
    constructor(lon, lat) {
      this.x0 = worldX(lon);
      this.y0 = worldY(lat);
      this.perMetre = UNITS / (40075016.68 * Math.cos(lat * RAD)); // Mercator's stretch at this latitude
    }
    x(lon) { return (worldX(lon) - this.x0) * UNITS; }
    y(lat) { return (worldY(lat) - this.y0) * UNITS; }
  }

  /* Shapes come as GeoJSON, or packed: rings of whole numbers of 1e-7 degrees, each place by its step from the last. */
  const PACKED_UNIT = 1e-7;

  function corner(feature) {
    if (feature.rings) return [feature.rings[0][0] * PACKED_UNIT, feature.rings[0][1] * PACKED_UNIT];
    const bounds = L.geoJSON(feature).getBounds();
    return bounds.isValid() ? [bounds.getWest(), bounds.getNorth()] : null;
  }

  function packedShape(rings, frame) {
    const path = new Path2D();
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const ring of rings) {
      let lon = 0, lat = 0;
      for (let i = 0; i < ring.length; i += 2) {
        lon += ring[i];
        lat += ring[i + 1];
        const x = frame.x(lon * PACKED_UNIT), y = frame.y(lat * PACKED_UNIT);
        if (x < box[0]) box[0] = x;
        if (y < box[1]) box[1] = y;
        if (x > box[2]) box[2] = x;
        if (y > box[3]) box[3] = y;
        if (i === 0) path.moveTo(x, y); else path.lineTo(x, y);
      }
      path.closePath();
    }
    return { path, box };
  }

  function shapeOf(feature, frame) {
    if (feature.rings) return packedShape(feature.rings, frame);
    const geometry = feature.geometry;
    const path = new Path2D();
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    const line = (coords, close) => {
      for (let i = 0; i < coords.length; i++) {
        const x = frame.x(coords[i][0]), y = frame.y(coords[i][1]);
        if (x < box[0]) box[0] = x;
        if (y < box[1]) box[1] = y;
        if (x > box[2]) box[2] = x;
        if (y > box[3]) box[3] = y;
        if (i === 0) path.moveTo(x, y); else path.lineTo(x, y);
      }
      if (close) path.closePath();
    };
    const c = geometry ? geometry.coordinates : [];
    switch (geometry && geometry.type) {
      case "Polygon": c.forEach((ring) => line(ring, true)); break;
      case "MultiPolygon": c.forEach((p) => p.forEach((ring) => line(ring, true))); break;
      case "LineString": line(c, false); break;
      case "MultiLineString": c.forEach((l) => line(l, false)); break;
      // A canvas draws no line without length: a dot is a line of a centimetre with round ends.
      case "Point": line([c, [c[0] + 1e-7, c[1]]], false); break;
    }
    return { path, box };
  }

  /* Hatch patterns, drawn once per colour; they stay fixed on screen while the map moves. */
  const patterns = new Map();
  function hatch(ctx, name, colour) {
    const key = name + colour;
    if (!patterns.has(key)) {
      const size = 14, tile = document.createElement("canvas");
      tile.width = tile.height = size * 2;
      const t = tile.getContext("2d");
      t.scale(2, 2);
      t.strokeStyle = t.fillStyle = colour;
      t.lineWidth = 1.2;
      const seg = (a, b, c, d) => { t.beginPath(); t.moveTo(a, b); t.lineTo(c, d); t.stroke(); };
      if (name === "diagonal" || name === "cross") { seg(-1, size + 1, size + 1, -1); seg(-2, 2, 2, -2); seg(size - 2, size + 2, size + 2, size - 2); }
      if (name === "back_diagonal" || name === "cross") { seg(-1, -1, size + 1, size + 1); seg(size - 2, -2, size + 2, 2); seg(-2, size - 2, 2, size + 2); }
      if (name === "horizontal") seg(0, size / 2, size, size / 2);
      if (name === "vertical") seg(size / 2, 0, size / 2, size);
      if (name === "dots") { t.beginPath(); t.arc(size / 2, size / 2, 1.5, 0, 7); t.fill(); }
      const pattern = ctx.createPattern(tile, "repeat");
      pattern.setTransform(new DOMMatrix().scale(0.5));
      patterns.set(key, pattern);
    }
    return patterns.get(key);
  }

  const Sheet = L.Canvas.extend({
    initialize: function (order, options) {
      L.Canvas.prototype.initialize.call(this, Object.assign({ padding: 0.3 }, options));
      this._order = order; // names of layers from bottom to top
      this._sheets = {};
      this._visible = new Set();
      this._frame = null;
    },

    /* Replace the features of a layer. `collection` is a GeoJSON FeatureCollection. */
    setFeatures: function (name, collection, style) {
      const features = collection.features || [];
      if (!this._frame && features.length) {
        const first = corner(features[0]);
        if (first) this._frame = new Frame(first[0], first[1]);
      }
      const items = features.map((f, i) => {
        const shape = this._frame ? shapeOf(f, this._frame) : { path: new Path2D(), box: [0, 0, 0, 0] };
        return { id: f.properties.id, index: i, properties: f.properties, geometry: f.geometry, path: shape.path, box: shape.box };
      });
      this._sheets[name] = { items, style, byId: new Map(items.map((it) => [it.id, it])) };
    },
    setStyle: function (name, style) { if (this._sheets[name]) this._sheets[name].style = style; },
    setVisible: function (names) { this._visible = new Set(names); },
    items: function (name) { return this._sheets[name] ? this._sheets[name].items : []; },
    item: function (name, id) { return this._sheets[name] ? this._sheets[name].byId.get(id) : undefined; },
    isVisible: function (name) { return this._visible.has(name); },

    bounds: function (item) {
      const lon = (x) => (x / UNITS + this._frame.x0) * 360 - 180;
      const lat = (y) => Math.atan(Math.sinh(Math.PI * (1 - 2 * (y / UNITS + this._frame.y0)))) / RAD;
      return L.latLngBounds([lat(item.box[3]), lon(item.box[0])], [lat(item.box[1]), lon(item.box[2])]);
    },

    /* Draw at the next frame, however often it is asked for until then. */
    redraw: function () {
      if (this._redrawRequest || !this._map) return;
      this._redrawRequest = L.Util.requestAnimFrame(this._redraw, this);
    },

    /* A place for a feature's number: near the middle of its box, on the feature where one of a few tries finds it. */
    middle: function (item) {
      if (item.middle === undefined) {
        const [west, north, east, south] = item.box, w = east - west, h = south - north;
        const tries = TRIES.map(([u, v]) => [west + u * w, north + v * h]);
        this._ctx.save();
        this._ctx.setTransform(1, 0, 0, 1, 0, 0);
        item.middle = tries.find(([x, y]) => this._ctx.isPointInPath(item.path, x, y, "evenodd")) || tries[0];
        this._ctx.restore();
      }
      return item.middle;
    },

    /* The topmost visible feature of layer `name` at a place, or null. */
    hit: function (name, latlng) {
      if (!this._frame || !this._visible.has(name)) return null;
      const x = this._frame.x(latlng.lng), y = this._frame.y(latlng.lat);
      const items = this.items(name);
      this._ctx.save();
      this._ctx.setTransform(1, 0, 0, 1, 0, 0);
      let found = null;
      for (let i = items.length - 1; i >= 0 && !found; i--) {
        const it = items[i], b = it.box;
        if (x >= b[0] && x <= b[2] && y >= b[1] && y <= b[3] && this._ctx.isPointInPath(it.path, x, y, "evenodd")) found = it;
      }
      this._ctx.restore();
      return found;
    },

    /* Leaflet's own path machinery is not used: drawing goes over our own features. */
    _updatePaths: function () {
      if (this._postponeUpdatePaths) return;
      this._redrawBounds = null;
      this._redraw();
    },
    _redraw: function () {
      this._redrawRequest = null;
      this._clear();
      this._draw();
    },
    _draw: function () {
      if (!this._frame || !this._map || !this._bounds) return;
      const map = this._map, ctx = this._ctx, zoom = map.getZoom();
      const scale = (256 * Math.pow(2, zoom)) / UNITS;
      const origin = map.getPixelOrigin();
      const dx = this._frame.x0 * 256 * Math.pow(2, zoom) - origin.x;
      const dy = this._frame.y0 * 256 * Math.pow(2, zoom) - origin.y;
      const view = this._bounds;
      const seen = [(view.min.x - dx) / scale, (view.min.y - dy) / scale, (view.max.x - dx) / scale, (view.max.y - dy) / scale];
      this._place = { scale, dx, dy, zoom };
      ctx.save();
      ctx.transform(scale, 0, 0, scale, dx, dy);
      ctx.lineJoin = "round";
      for (const name of this._order) {
        const layer = this._sheets[name];
        if (!layer || !this._visible.has(name)) continue;
        const shown = layer.items.filter((it) => it.box[2] >= seen[0] && it.box[0] <= seen[2] && it.box[3] >= seen[1] && it.box[1] <= seen[3]);
        const passes = shown.map((it) => layer.style(it, zoom) || []);
        const depth = passes.reduce((m, p) => Math.max(m, p.length), 0);
        // Pass by pass, so that the casing of one street does not lie on the surface of another.
        for (let pass = 0; pass < depth; pass++) {
          for (let i = 0; i < shown.length; i++) if (passes[i][pass]) this._paint(ctx, shown[i], passes[i][pass], scale);
        }
      }
      ctx.restore();
      this.fire("drawn");
    },

    /* Fill, hatch and stroke a path; widths and dashes are in pixels, whatever the scale. */
    _paint: function (ctx, item, s, scale) {
      const box = item.box;
      if (s.fill && Math.max(box[2] - box[0], box[3] - box[1]) * scale < SPECK_PX) {
        // A speck: nobody sees its shape, edge or hatch.
        ctx.globalAlpha = s.fillAlpha === undefined ? 1 : s.fillAlpha;
        ctx.fillStyle = s.fill;
        ctx.fillRect(box[0], box[1], Math.max(box[2] - box[0], 1 / scale), Math.max(box[3] - box[1], 1 / scale));
        return;
      }
      const path = item.path;
      if (s.fill) {
        ctx.globalAlpha = s.fillAlpha === undefined ? 1 : s.fillAlpha;
        ctx.fillStyle = s.fill;
        ctx.fill(path, "evenodd");
      }
      if (s.hatch) {
        ctx.globalAlpha = s.hatchAlpha === undefined ? 0.6 : s.hatchAlpha;
        const pattern = hatch(ctx, s.hatch, s.hatchColour || s.stroke);
        pattern.setTransform(new DOMMatrix().scale(0.5 / scale));
        ctx.fillStyle = pattern;
        ctx.fill(path, "evenodd");
      }
      if (!s.stroke) return;
      ctx.globalAlpha = s.alpha === undefined ? 1 : s.alpha;
      ctx.strokeStyle = s.stroke;
      // A width in metres grows with the zoom, but never below its width in pixels.
      ctx.lineWidth = Math.max((s.width || 1) / scale, (s.widthM || 0) * this._frame.perMetre + (s.grow || 0) / scale);
      ctx.lineCap = s.cap || "butt";
      ctx.setLineDash(s.dash ? s.dash.map((d) => d / scale) : NO_DASH);
      ctx.stroke(path);
    },
  });

  window.GridmapSheet = { Sheet };
})();
