/* The map's controller: loads layers, draws them, and tells the page what a person did.
 *
 * The page gives two things: a configuration that never changes while the map stands, and a command each time the
 * page runs. A command is complete (it says all there is to show), so that applying it twice is the same as once.
 */
(function () {
  "use strict";

  const ORDER = ["ground", "grids", "paths", "compounds", "buildings", "boundary", "gates", "walks", "shapes"];
  const NEAR_PX = 14;
  const MARKERS = ["points", "issues", "stops"];

  let map, config, sheet, styles, panel;
  let wanted = null; // the newest command
  const loaded = {}; // layer -> stamp of the data on screen
  const loading = {}; // layer -> its request under way: stamp, control, done
  const state = { fill: { mode: "grid" }, grids: null, buildings: null, selected: null, of: null, gridsById: new Map() };
  const groups = {}; // layer -> Leaflet layer of its markers
  const PATIENCE_MS = 300, WATCH_MS = 1500;
  let partly = null; // what has come so far is drawn then
  let viewSet = false, lastFly = null, lastFit = null, seq = Date.now();

  function view() {
    const c = map.getCenter();
    return { lat: +c.lat.toFixed(6), lon: +c.lng.toFixed(6), zoom: +map.getZoom().toFixed(2) };
  }

  /* Streamlit gets one value: the latest event. streamlit-folium would put clicked shapes there itself. */
  let latest = null, moving = null, emitted = 0;
  function takeOverValue() {
    Object.defineProperty(window.__GLOBAL_DATA__, "last_active_drawing", { get: () => latest, set: () => {}, configurable: true });
  }
  function emit(event) {
    clearTimeout(moving); // every event says where the map stands: none may be overtaken by a mere move
    emitted = Date.now();
    latest = Object.assign({ seq: ++seq, view: view() }, event);
    takeOverValue();
    const value = { last_active_drawing: latest };
    window.__GLOBAL_DATA__.previous_data = value;
    window.Streamlit.setComponentValue(value);
  }

  /* Seen from afar, signs are smaller, so that they do not hide what they stand for. */
  function far() { const z = map.getZoom(); return z < 15.6 ? 0.6 : z < 16.4 ? 0.85 : 1; }

  function iconMarker(feature, className, inner, full, title) {
    const size = Math.round(full * far());
    const marker = L.marker([feature.geometry.coordinates[1], feature.geometry.coordinates[0]], {
      icon: L.divIcon({ className: "gm-marker " + className, html: inner, iconSize: [size, size] }),
      keyboard: true, alt: title, title: "",
    });
    if (title) marker.bindTooltip(textNode(title), { direction: "top", offset: [0, -size / 2] });
    return marker;
  }
  function textNode(text) {
    const span = document.createElement("span");
    span.textContent = text;
    return span;
  }
  function chose(target, id) { emit({ kind: "clicked", target, id }); }

  const makeMarkers = {
    points(collection) {
      const only = wanted.points && new Set(wanted.points);
      return L.layerGroup(collection.features.filter((f) => !only || only.has(f.properties.id)).map((f) => {
        const kind = config.kinds[f.properties.kind] || {};
        const img = document.createElement("img");
        img.src = kind.icon || "";
        img.alt = "";
        const size = kind.station ? 38 : 28;
        const picked = state.selected && state.selected.target === "point" && state.selected.id === f.properties.id;
        const marker = iconMarker(f, (kind.station ? "gm-station" : "gm-point") + (picked ? " gm-picked" : ""), img, size, f.properties.name);
        marker.setZIndexOffset(picked ? 1500 : kind.station ? 600 : 400);
        marker.on("click", () => chose("point", f.properties.id));
        return marker;
      }));
    },
    issues(collection) {
      const only = wanted.issues && new Set(wanted.issues);
      cluster = cluster || makeCluster();
      cluster.clearLayers();
      return cluster.addLayers(issueMarkers(collection).filter((marker) => !only || only.has(marker.issue.id)));
    },
    stops(collection) {
      return L.layerGroup(collection.features.map((f) => {
        const marker = iconMarker(f, "gm-stop", textNode(String(f.properties.seq)), 24, f.properties.title);
        marker.setZIndexOffset(800);
        if (f.properties.building_id) marker.on("click", () => chose("building", f.properties.building_id));
        return marker;
      }));
    },
    marks() {
      return L.layerGroup(wanted.shapes.filter(isMark).map((f) => {
        const p = f.properties, look = config.shapes[p.look], span = textNode(p.sign);
        span.style.background = look.fill;
        span.style.borderColor = look.edge;
        const grip = p.between ? "gm-grip gm-movable" : "gm-mark-sign" + (p.movable ? " gm-movable" : "");
        const marker = L.marker([f.geometry.coordinates[1], f.geometry.coordinates[0]], {
          icon: L.divIcon({ className: grip, html: span, iconSize: [34, 34] }),
          draggable: p.movable, keyboard: true, alt: p.title, zIndexOffset: 1800, autoPan: true,
        });
        if (p.title) marker.bindTooltip(textNode(p.title), { direction: "top", offset: [0, -17] });
        if (p.between) window.GridmapGrip.follow(marker, p.between, map, sheet);
        else marker.on("click", () => emit({ kind: "picked", id: p.id }));
        marker.on("dragend", () => emit(Object.assign({ kind: "dragged", id: p.id }, place(marker.let || marker.getLatLng()))));
        return marker;
      }));
    },
    letters() {
      const signs = boxes("points", "stops");
      return L.layerGroup(sheet.items("grids").map((it) => {
        const p = config.palette[it.properties.colour] || { hex: "#6b7280", ink: "#fff" };
        const size = Math.round(30 * Math.max(0.75, far())), at = free(it, size, signs);
        const span = textNode(it.properties.letter);
        span.style.background = p.hex;
        span.style.color = p.ink;
        span.style.fontSize = Math.round(size * 0.55) + "px";
        const away = state.grids && !state.grids.includes(it.properties.id);
        return L.marker(at, {
          icon: L.divIcon({ className: "gm-letter" + (away ? " gm-away" : ""), html: span, iconSize: [size, size] }), interactive: false, keyboard: false,
        });
      }));
    },
  };
  const collections = {};

  /* They may be very many: each is made once for the data on screen, with the icon of its group and what else it needs
   * only when a pointer is over it. */
  let cluster = null;
  function makeCluster() {
    const made = L.markerClusterGroup({
      maxClusterRadius: 44, showCoverageOnHover: false, disableClusteringAtZoom: 19, spiderfyOnMaxZoom: true,
      iconCreateFunction(c) {
        const late = c.getAllChildMarkers().filter((m) => m.issue.group === "overdue").length;
        const n = c.getChildCount(), size = n < 10 ? 28 : n < 50 ? 34 : n < 1000 ? 42 : 50, face = textNode(String(n));
        if (late && late < n) face.append(Object.assign(textNode(String(late)), { className: "gm-late" }));
        return L.divIcon({ className: "gm-cluster" + (late ? " gm-overdue" : ""), html: face, iconSize: [size, size] });
      },
    });
    made.on("click", (e) => chose("issue", e.layer.issue.id));
    made.on("mouseover", (e) => {
      if (!e.layer.getTooltip()) e.layer.bindTooltip(textNode(e.layer.issue.title), { direction: "top", offset: [0, -9] }).openTooltip();
    });
    return made;
  }
  const markersOf = new WeakMap();
  function issueMarkers(collection) {
    if (!markersOf.has(collection)) {
      const icons = {}; // the style says how large they are
      markersOf.set(collection, collection.features.map((f) => {
        const p = f.properties, [lon, lat] = f.geometry.coordinates;
        icons[p.group] = icons[p.group] || L.divIcon({ className: "gm-marker gm-issue gm-" + p.group, html: "", iconSize: null });
        return Object.assign(L.marker([lat, lon], { icon: icons[p.group], keyboard: true }), { issue: p });
      }));
    }
    return markersOf.get(collection);
  }
  const isMark = (f) => Boolean(f.properties.sign) && f.geometry.type === "Point";
  const place = (latlng) => ({ lon: +latlng.lng.toFixed(7), lat: +latlng.lat.toFixed(7) });

  /* The boxes of the signs of some groups, in pixels of the map's layers. */
  function boxes(...names) {
    const found = [];
    for (const name of names) {
      if (groups[name]) groups[name].eachLayer((marker) => {
        const at = map.latLngToLayerPoint(marker.getLatLng()), half = marker.options.icon.options.iconSize[0] / 2;
        found.push([at.x - half, at.y - half, at.x + half, at.y + half]);
      });
    }
    return found;
  }

  /* Where a grid's letter covers no sign: at the grid's own place, else the nearest such place within the grid. */
  function free(grid, size, signs) {
    const own = L.latLng(grid.properties.label_at[1], grid.properties.label_at[0]);
    const middle = map.latLngToLayerPoint(own), half = size / 2;
    for (let away = 0; away <= 10 * size; away += half) {
      const turns = away ? 12 : 1;
      for (let turn = 0; turn < turns; turn++) {
        const angle = (turn * 2 * Math.PI) / turns;
        const at = middle.add([away * Math.cos(angle), away * Math.sin(angle)]);
        const box = [at.x - half, at.y - half, at.x + half, at.y + half];
        const inside = [at, L.point(box[0], box[1]), L.point(box[2], box[1]), L.point(box[0], box[3]), L.point(box[2], box[3])];
        const holds = (p) => { const hit = sheet.hit("grids", map.layerPointToLatLng(p)); return hit && hit.id === grid.id; };
        if (!signs.some((sign) => window.GridmapLabels.overlap(sign, box)) && inside.every(holds)) return map.layerPointToLatLng(at);
      }
    }
    return own;
  }

  /* Issues on screen stay there while they are the same ones. */
  let issuesShown = "";
  function showMarkers(name, visible) {
    const which = name === "issues" && visible ? loaded[name] + JSON.stringify(wanted.issues) : "";
    if (which && groups[name] && which === issuesShown) return;
    if (name === "issues") issuesShown = which;
    if (groups[name]) { map.removeLayer(groups[name]); delete groups[name]; }
    const ready = name === "letters" ? sheet.items("grids").length : name === "marks" ? true : collections[name];
    if (visible && ready) {
      groups[name] = makeMarkers[name](collections[name]);
      map.addLayer(groups[name]);
    }
  }

  /* Fetch a layer; one already on its way with the same stamp is waited for. */
  function load(name, stamp) {
    const before = loading[name];
    if (before && before.stamp === stamp) return before.done;
    if (before) before.control.abort();
    const control = new AbortController();
    const here = (loading[name] = { stamp, control });
    panel.busy(true);
    here.done = fetched(name, stamp, control.signal).finally(() => {
      if (loading[name] === here) delete loading[name];
      panel.busy(Object.keys(loading).length > 0);
    });
    return here.done;
  }

  async function fetched(name, stamp, signal) {
    try {
      const url = config.layers + "/" + name + ".json?r=" + encodeURIComponent(stamp);
      const answer = await fetch(url, { signal, credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      const collection = await answer.json();
      if (ORDER.includes(name)) {
        put(name, collection);
      } else {
        collections[name] = collection;
      }
      loaded[name] = stamp;
      // Drawing all for each layer that comes would keep the next ones waiting.
      if (ORDER.includes(name)) partly = partly || setTimeout(show, PATIENCE_MS);
    } catch (fault) {
      if (fault.name !== "AbortError") panel.failed(() => apply(wanted));
    }
  }

  function put(name, collection) {
    sheet.setFeatures(name, collection, styles[name]);
    if (name === "grids") state.gridsById = new Map(sheet.items("grids").map((it) => [it.properties.id, it]));
  }

  /* Another division than the one that the layer has comes with the command. */
  function divide(division) {
    state.of = division && division.of;
    if (!division) return;
    if (loading.grids) { loading.grids.control.abort(); delete loading.grids; }
    put("grids", division.grids);
    loaded.grids = null; // the valid one is fetched again when it is asked for
  }

  function markers() {
    MARKERS.forEach((name) => showMarkers(name, wanted.layers.includes(name === "stops" ? "walks" : name)));
    showMarkers("marks", wanted.shapes.length > 0);
    showMarkers("letters", wanted.layers.includes("grids")); // they make way for the others
  }

  function show() {
    clearTimeout(partly);
    partly = null;
    state.tinted = wanted.layers.includes("grids");
    state.softened = wanted.fill.mode !== "grid" && wanted.layers.includes("buildings");
    sheet.setVisible(wanted.layers.concat("shapes"));
    sheet.redraw();
  }

  function draw() {
    show();
    markers();
    ringAround(wanted.selected);
    document.body.dataset.drawn = JSON.stringify({ layers: wanted.layers, fill: wanted.fill.mode, revision: wanted.revision });
  }

  async function apply(command) {
    wanted = command;
    state.fill = command.fill;
    state.grids = command.grids;
    state.buildings = command.buildings && new Set(command.buildings);
    state.selected = command.selected;
    divide(command.division);
    window.GridmapGrip.letGo();
    encircle(command.lasso);
    sheet.setFeatures("shapes", { features: command.shapes.filter((f) => !isMark(f)) }, styles.shapes);
    map.getContainer().classList.toggle("gm-pointing", command.pointing);
    panel.show(command);
    if (!viewSet && command.view) map.setView([command.view.lat, command.view.lon], command.view.zoom, { animate: false });
    else if (!viewSet) goHome();
    const needed = command.layers.concat(command.layers.includes("walks") ? ["stops"] : []);
    const missing = needed.filter((name) => loaded[name] !== command.stamp[name] && !(name === "grids" && command.division));
    if (missing.length) {
      await Promise.all(missing.map((name) => load(name, command.stamp[name])));
      if (wanted !== command) return; // a newer command has come meanwhile
    }
    draw();
    if (!viewSet) {
      viewSet = true;
      if (command.moves) emit({ kind: "drawn" }); // what could wait for the map comes now
    }
    if (command.fit && command.fit.seq !== lastFit) {
      lastFit = command.fit.seq;
      const [west, south, east, north] = command.fit.bounds;
      map.fitBounds([[south, west], [north, east]], { paddingTopLeft: [40 + panel.left(), 40], paddingBottomRight: [40, 40], maxZoom: 19, animate: false });
    }
    if (command.fly && command.fly.seq !== lastFly) {
      lastFly = command.fly.seq;
      goTo({ lat: command.fly.lat, lon: command.fly.lon, zoom: Math.max(map.getZoom(), command.fly.zoom) }, { animate: true });
      if (window.frameElement) window.frameElement.scrollIntoView({ block: "nearest", behavior: "smooth" });
    }
  }

  /* Notice what others change, as long as somebody looks: a number is asked for, and a changed one is told once. */
  let noticed = null;
  async function watch() {
    // No event that somebody waits for may be overtaken by this one.
    if (document.visibilityState !== "visible" || !viewSet || !wanted.watch || Date.now() - emitted < WATCH_MS) return;
    const answer = await fetch(config.revision, { credentials: "same-origin" });
    if (!answer.ok) return; // the session is over, or the store out of reach: the next act says so
    const { revision } = await answer.json();
    const told = revision === noticed && Date.now() - emitted < 8 * WATCH_MS; // it may have been lost on its way
    if (revision === wanted.revision || told || Date.now() - emitted < WATCH_MS) return;
    noticed = revision;
    emit({ kind: "stale" });
  }
  function keepWatch() {
    watch().catch(() => {}).finally(() => setTimeout(keepWatch, WATCH_MS)); // without a line there is nothing to notice
  }

  /* The shape at a place: a dot that is near enough for a finger, else the area it lies in. */
  function shapeAt(latlng) {
    const here = map.latLngToLayerPoint(latlng);
    let best = null, least = NEAR_PX;
    for (const it of sheet.items("shapes")) {
      if (it.geometry.type !== "Point") continue;
      const away = here.distanceTo(map.latLngToLayerPoint([it.geometry.coordinates[1], it.geometry.coordinates[0]]));
      if (away < least) { least = away; best = it; }
    }
    return best || sheet.hit("shapes", latlng);
  }

  /* An area drawn round things, corner by corner, until it is closed. */
  let lasso = null;
  function encircle(on) {
    if (on === Boolean(lasso && lasso.enabled())) return;
    if (lasso) lasso.disable();
    lasso = null;
    if (!on) return;
    const words = config.words, tip = L.drawLocal.draw.handlers.polygon.tooltip;
    [tip.start, tip.cont, tip.end] = [words.lasso_begin, words.lasso_on, words.lasso_end];
    const corner = (size) => L.divIcon({ className: "gm-corner", iconSize: [size, size] });
    lasso = new L.Draw.Polygon(map, {
      icon: corner(12), touchIcon: corner(18),
      allowIntersection: false, drawError: { color: "#B5332E", message: words.lasso_crossed, timeout: 1500 },
      shapeOptions: { color: "#111827", weight: 3, fillOpacity: 0.08 }, maxPoints: 500, repeatMode: false,
    });
    lasso.enable();
  }
  function onLassoed(e) {
    emit({ kind: "lassoed", ring: e.layer.getLatLngs()[0].map(place) });
  }

  function onClick(e) {
    if (lasso && lasso.enabled()) return;
    const building = sheet.hit("buildings", e.latlng);
    const shape = wanted.pointing ? null : shapeAt(e.latlng);
    if (wanted.pointing) emit(Object.assign({ kind: "pointed", building: building && building.id }, place(e.latlng)));
    else if (shape && shape.properties.pickable) emit({ kind: "picked", id: shape.id });
    else if (building) chose("building", building.id);
    else if (wanted.selected) emit({ kind: "closed" });
  }

  /* What a building is called under the pointer: compound, number and households, in the language's plural. */
  function buildingTitle(p) {
    const name = [p.compound, p.number].filter(Boolean).join(config.language === "zh" ? "" : " ");
    if (!p.households) return name;
    const words = config.words[p.estimated ? "building_estimated" : "building"];
    const form = typeof words === "string" ? words : words[new Intl.PluralRules(config.language).select(p.households)] || words.other;
    return form.replace("{n}", p.households.toLocaleString(config.language)).replace("{name}", () => name);
  }

  let hoverTip = null;
  function onHover(e) {
    const over = e.originalEvent.target; // a sign has a name of its own, and hides what lies below
    const onSign = over.closest && over.closest(".leaflet-marker-icon");
    const shape = onSign ? null : shapeAt(e.latlng), titled = shape && shape.properties.title;
    const it = onSign ? null : titled ? shape : sheet.hit("buildings", e.latlng);
    map.getContainer().style.cursor = wanted && wanted.pointing ? "" : it ? "pointer" : "";
    if (!it) { if (hoverTip) { map.closeTooltip(hoverTip); hoverTip = null; } return; }
    if (!hoverTip) hoverTip = L.tooltip({ direction: "top", offset: [0, -6], sticky: true });
    hoverTip.setContent(textNode(titled || buildingTitle(it.properties))).setLatLng(e.latlng);
    map.openTooltip(hoverTip);
  }

  /* The whole community; as long as nobody looks elsewhere, it stays whole when the map changes its size. */
  let atHome = null;
  function goHome() {
    const [west, south, east, north] = config.bounds;
    map.fitBounds([[south, west], [north, east]], { padding: [12, 12], animate: false });
    atHome = view();
  }
  function isAtHome() {
    if (!atHome || view().zoom !== atHome.zoom) return false;
    // Whatever told the map of its new size first has moved its middle by parts of a pixel.
    return map.project(map.getCenter()).distanceTo(map.project([atHome.lat, atHome.lon])) < 4;
  }
  /* What is gone to shows in the middle of what the card leaves free, until somebody takes the map in hand: the frame
   * may get its size while the map is already on its way. */
  let aim = null;
  function goTo(place, how) {
    aim = place;
    const middle = map.project([place.lat, place.lon], place.zoom).add([0, panel.covered() / 2]);
    const centre = map.unproject(middle, place.zoom);
    if (how.animate) map.flyTo(centre, place.zoom, { duration: 0.6 });
    else map.setView(centre, place.zoom, { animate: false });
  }
  function resized() {
    if (aim) {
      map.invalidateSize({ animate: false, pan: false });
      goTo(aim, { animate: false });
      return;
    }
    const whole = isAtHome();
    map.invalidateSize({ animate: false, pan: !whole });
    if (!whole) return;
    goHome();
    clearTimeout(moving); // nobody moved it
  }

  /* The community stays within reach: the map cannot be moved or zoomed into emptiness, and one press leads home. */
  function keepNear() {
    const [west, south, east, north] = config.bounds;
    const home = L.latLngBounds([south, west], [north, east]);
    map.setMaxBounds(home.pad(1));
    // Once and for all: clusters of markers count on the least zoom they began with.
    map.setMinZoom(Math.max(3, Math.min(15, Math.floor(map.getBoundsZoom(home)) - 2)));
    map.zoomControl._zoomInButton.title = config.words.zoom_in;
    map.zoomControl._zoomOutButton.title = config.words.zoom_out;
    const button = L.DomUtil.create("a", "gm-home");
    button.href = "#";
    button.title = config.words.home;
    button.setAttribute("role", "button");
    button.setAttribute("aria-label", config.words.home);
    L.DomEvent.on(button, "click", (e) => { L.DomEvent.stop(e); goHome(); });
    map.zoomControl.getContainer().appendChild(button);
  }

  /* Maps that share a name keep the same view: each tells the others where it stands, and follows them without a word. */
  function keepWith(name) {
    const others = new BroadcastChannel("gridmap-" + name);
    let following = false;
    map.on("move", () => { if (!following && viewSet) others.postMessage(view()); });
    others.onmessage = (told) => {
      following = true;
      aim = null;
      map.setView([told.data.lat, told.data.lon], told.data.zoom, { animate: false });
      following = false;
    };
  }

  /* A ring round what is chosen, above whatever lies over it. */
  let ring = null;
  function ringAround(selected) {
    if (ring) { map.removeLayer(ring); ring = null; }
    if (!selected || selected.target === "building" || selected.lat === undefined) return;
    ring = L.marker([selected.lat, selected.lon], {
      icon: L.divIcon({ className: "gm-ring", iconSize: [48, 48] }), interactive: false, keyboard: false, zIndexOffset: 2000,
    }).addTo(map);
  }

  function create(theMap, theConfig) {
    map = theMap;
    config = theConfig;
    map.attributionControl.setPrefix("");
    // Leaflet takes the focus at a press: the page must not scroll to it and carry the place away from the pointer.
    const container = map.getContainer();
    container.focus = () => HTMLElement.prototype.focus.call(container, { preventScroll: true });
    L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
    map.createPane("gm-sheet").style.pointerEvents = "none";
    map.getPane("gm-sheet").style.zIndex = 350;
    styles = window.GridmapStyles.make(state, config);
    sheet = new window.GridmapSheet.Sheet(ORDER, { pane: "gm-sheet" });
    map.addLayer(sheet);
    sheet.on("drawn", () => window.GridmapLabels.draw(sheet, sheet._ctx, map, boxes("points", "stops", "letters", "marks")));
    panel = window.GridmapPanel.create(map, config, emit);
    map.on("click", onClick);
    map.on(L.Draw.Event.CREATED, onLassoed);
    keepNear();
    if (config.twin) keepWith(config.twin);
    if (window.matchMedia("(hover: hover)").matches) map.on("mousemove", L.Util.throttle(onHover, 40));
    let shownFar = far();
    const scale = () => container.style.setProperty("--far", String(far()));
    scale();
    map.on("zoomend", () => {
      if (!wanted) return;
      if (far() === shownFar) { showMarkers("letters", wanted.layers.includes("grids")); return; }
      shownFar = far();
      scale();
      markers();
    });
    map.on("moveend", () => {
      clearTimeout(moving);
      if (viewSet && wanted.moves) moving = setTimeout(() => { emit({ kind: "moved" }); }, 900); // not what nobody did
    });
    for (const act of ["pointerdown", "wheel", "keydown"]) container.addEventListener(act, () => { aim = null; }, { capture: true, passive: true });
    new ResizeObserver(resized).observe(container);
    setTimeout(keepWatch, WATCH_MS);
  }

  window.Gridmap = { create, apply, view: () => view(), sheet: () => sheet, map: () => map };
})();
