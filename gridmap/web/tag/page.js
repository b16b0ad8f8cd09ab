/* The page of tagging: where, a photo, one line, what it is about. Saved by the tap on what it is about. */
(function () {
  "use strict";

  const known = JSON.parse(document.getElementById("known").textContent);
  const OWNER = known.base + "|" + known.account;
  const UNDO_MS = 15000, DOUBLES_MS = 4000, FIND_MS = 250, MOVED_M = 5, OFFER_M = 40;
  const plural = new Intl.PluralRules(known.language);
  let box, wire, outbox, ground, draft, at = {}, watching = null, last = null, asked = 0, offered = null;

  function say(key, fields) {
    let text = known.words[key];
    if (typeof text === "object") text = text[plural.select(fields.n)] || text.other;
    return text.replace(/\{(\w+)\}/g, (_, name) => fields[name]);
  }
  function make(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null));
    return node;
  }
  function fill(node, ...children) { node.replaceChildren(...children.filter((child) => child !== null)); }
  const icon = (name) => make("img", { src: known.base + "/gridmap/assets/icons/" + name + ".svg", alt: "" });
  function id() { return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join(""); }
  function apart(a, b) {
    const rad = Math.PI / 180, x = (b.lon - a.lon) * rad * Math.cos(((a.lat + b.lat) / 2) * rad), y = (b.lat - a.lat) * rad;
    return Math.hypot(x, y) * 6371000;
  }

  /* The draft ------------------------------------------------------------------------------------------------- */
  function blank() {
    return { id: id(), text: "", category: "", source: (draft && draft.source) || known.source, where: navigator.geolocation && window.isSecureContext ? "here" : "elsewhere", place: null, photos: [] };
  }
  async function keep() {
    try { await box.keepDraft(draft); } catch (fault) { note("no_room", say("no_room"), true); }
  }
  const placed = () => Boolean(draft.place && !draft.place.outside && (draft.place.building || draft.place.lon !== undefined));
  const lacking = () => [placed() ? null : "place", draft.text.trim() ? null : "text", draft.category ? null : "category"].filter(Boolean);

  /* Notes above the form: one of each kind ---------------------------------------------------------------------- */
  const notes = new Map();
  function note(kind, text, bad, ...more) {
    if (text) notes.set(kind, make("p", { class: bad ? "note bad" : "note", role: bad ? "alert" : "status" }, text, ...more));
    else notes.delete(kind);
    fill(at.notes, ...notes.values());
  }

  /* Where ------------------------------------------------------------------------------------------------------- */
  function locate() {
    if (watching !== null) navigator.geolocation.clearWatch(watching);
    watching = null;
    if (draft.where !== "here") return;
    if (!navigator.geolocation || !window.isSecureContext) { draft.where = "elsewhere"; showPlace(); return; }
    say_here(say("locating"));
    watching = navigator.geolocation.watchPosition(found, lost, { enableHighAccuracy: true, maximumAge: 5000, timeout: 20000 });
  }
  function lost(fault) {
    if (draft.where !== "here" || placed()) return;
    say_here(say(fault.code === 1 ? "position_refused" : "position_none"), true);
  }
  function found(position) {
    // Whoever has begun may walk on: the place is the one where it was begun.
    const begun = draft.text.trim() || draft.photos.length;
    if (draft.where !== "here" || (begun && placed() && draft.place.accuracy_m <= known.good_m)) return;
    const c = position.coords, accuracy_m = Math.max(1, Math.round(c.accuracy)), before = draft.place;
    const place = { lon: +c.longitude.toFixed(7), lat: +c.latitude.toFixed(7), accuracy_m };
    if (before && before.accuracy_m && accuracy_m >= before.accuracy_m && apart(before, place) < Math.max(MOVED_M, accuracy_m)) return;
    if (accuracy_m > known.rough_m) {
      draft.place = null;
      say_here(say("position_bad", { m: accuracy_m }), true);
      if (ground) ground.show(place);
      return;
    }
    settle(place);
  }
  /* Take a place, and ask what it belongs to. Without a line that is found when it is sent. */
  async function settle(place) {
    const turn = ++asked;
    draft.place = place;
    showPlace();
    await keep();
    const query = place.building ? { building: place.building } : { lon: place.lon, lat: place.lat };
    if (place.accuracy_m) query.accuracy = place.accuracy_m;
    let spot;
    try { spot = await wire.get("near", query); } catch (fault) { heard(fault); return; }
    if (turn !== asked || draft.place !== place) return;
    Object.assign(place, { spot, outside: spot.outside_m, building: spot.building_id });
    if (place.lon === undefined) Object.assign(place, { lon: spot.lon, lat: spot.lat });
    showPlace();
    await keep();
  }
  function say_here(text, bad) { fill(at.told, make("p", { class: bad ? "bad" : "quiet", role: "status" }, text)); }
  function showPlace() {
    for (const [name, button] of Object.entries(at.where)) button.setAttribute("aria-pressed", String(draft.where === name));
    at.find.hidden = draft.where !== "elsewhere";
    const place = draft.place, spot = place && place.spot;
    if (ground) ground.show(place);
    if (!place) { if (draft.where === "elsewhere") say_here(say("choose_place")); ready(); return; }
    const rough = place.accuracy_m > known.good_m;
    const sure = place.accuracy_m ? make("span", { class: rough ? "sure rough" : "sure" }, say(rough ? "accuracy_rough" : "accuracy", { m: place.accuracy_m })) : null;
    if (place.outside) { fill(at.told, make("p", { class: "bad", role: "alert" }, say("outside", { m: place.outside }))); ready(); return; }
    if (!spot) { fill(at.told, make("p", {}, make("strong", {}, place.title || say("place_unnamed")), " ", sure || ""), make("p", { class: "quiet" }, say("place_later"))); ready(); return; }
    const swatch = spot.colour && known.map.palette[spot.colour];
    const grid = spot.grid ? make("span", { class: "grid" }, spot.grid) : null;
    if (grid && swatch) { grid.style.background = swatch.hex; grid.style.color = swatch.ink; }
    fill(at.told,
      make("p", {}, make("strong", {}, spot.building || spot.compound || say("place_open")), " ", sure || ""),
      make("p", { class: "quiet" }, grid || say("no_grid"), " ", spot.keeper ? say("keeper", { name: spot.keeper }) : ""));
    ready();
  }
  function choose(place) {
    draft.where = "elsewhere";
    if (watching !== null) navigator.geolocation.clearWatch(watching);
    watching = null;
    fill(at.hits);
    settle(place);
  }
  let finding = null;
  function find() {
    clearTimeout(finding);
    const text = at.query.value.trim();
    if (!text) { fill(at.hits); return; }
    finding = setTimeout(async () => {
      let hits;
      try { hits = await wire.get("find", { q: text }); } catch (fault) { heard(fault); fill(at.hits, make("p", { class: "quiet" }, say("find_later"))); return; }
      if (at.query.value.trim() !== text) return;
      if (!hits.length) { fill(at.hits, make("p", { class: "quiet" }, say("find_none", { text }))); return; }
      fill(at.hits, ...hits.map((hit) => make("button", { type: "button", onclick: () => { at.query.value = ""; choose({ building: hit.id, title: hit.title }); } }, make("strong", {}, hit.title), " ", make("small", {}, hit.place))));
    }, FIND_MS);
  }

  /* Photos ------------------------------------------------------------------------------------------------------ */
  async function addPhotos(files) {
    for (const file of [...files]) {
      note("photo", "");
      if (draft.photos.length >= known.photos) { note("photo", say("photos_many", { n: known.photos }), true); break; }
      if (file.size === 0 || file.size > known.largest_mb * 1e6) { note("photo", say(file.size ? "photo_large" : "photo_empty", { name: file.name, mb: Math.ceil(file.size / 1e6), most: known.largest_mb }), true); continue; }
      const made = await window.PhonePicture.take(file, known);
      const photo = { id: id(), blob: made.blob, raw: made.raw, name: file.name, stage: "before", taken_at: null, thumb: null };
      const here = draft;
      try { await box.keepPhoto(photo); } catch (fault) { note("no_room", say("no_room"), true); continue; }
      here.photos.push(photo.id);
      await keep();
      await showPhotos();
      if (!draft.text.trim()) at.text.focus();
      lookAt(here, photo, made);
    }
    at.files.forEach((input) => { input.value = ""; });
  }
  async function lookAt(here, photo, made) {
    let told;
    try { told = await window.PhonePicture.look(wire, made); } catch (fault) {
      if (fault.kind !== "refused") { heard(fault); return; }
      here.photos = here.photos.filter((other) => other !== photo.id);
      await box.dropPhoto(photo.id);
      note("photo", say("titled", { title: photo.name, told: fault.message }), true);
      if (here === draft) { await keep(); await showPhotos(); }
      return;
    }
    if (here !== draft || !here.photos.includes(photo.id)) return;
    await box.keepPhoto(Object.assign(photo, { taken_at: told.taken_at, thumb: told.thumb || null }));
    offered = told.lon === null ? null : { lon: told.lon, lat: told.lat };
    await showPhotos();
  }
  async function showPhotos() {
    const shown = [];
    for (const one of draft.photos) {
      const photo = await box.photo(one);
      if (!photo) continue;
      const img = make("img", { alt: photo.name || "", src: photo.thumb || (photo.raw ? known.base + "/gridmap/assets/icons/camera.svg" : URL.createObjectURL(photo.blob)), class: photo.raw && !photo.thumb ? "raw" : null });
      img.addEventListener("load", () => { if (img.src.startsWith("blob:")) URL.revokeObjectURL(img.src); });
      const turn = async () => { photo.stage = photo.stage === "before" ? "after" : "before"; await box.keepPhoto(photo); await showPhotos(); };
      const drop = async () => { draft.photos = draft.photos.filter((other) => other !== one); await box.dropPhoto(one); await keep(); await showPhotos(); };
      shown.push(make("figure", {}, img, make("button", { type: "button", class: "stage", title: say("stage_help"), onclick: turn }, say("stage_" + photo.stage)), make("button", { type: "button", class: "drop", "aria-label": say("photo_drop"), title: say("photo_drop"), onclick: drop }, "×")));
    }
    fill(at.photos, ...shown);
    const far = offered && draft.photos.length && (!draft.place || draft.place.lon === undefined || apart(draft.place, offered) > OFFER_M);
    const use = () => { const place = offered; offered = null; fill(at.offer); choose(place); };
    fill(at.offer, far ? make("p", { class: "note" }, draft.place && draft.place.lon !== undefined ? say("photo_away", { m: Math.round(apart(draft.place, offered)) }) : say("photo_place"), " ", make("button", { type: "button", onclick: use }, say("photo_use"))) : null);
    ready();
  }

  /* What it is about -------------------------------------------------------------------------------------------- */
  const of = new Map(known.categories.map((one) => [one.code, one]));
  let openGroup = null;
  function guess(text) {
    let best = null, length = 1;
    for (const one of known.categories) for (const name of one.names) if (name.length > length && text.includes(name)) { best = one.code; length = name.length; }
    return best;
  }
  function choice(one, guessed) {
    const attributes = { type: "button", class: one.code === guessed ? "guessed" : null, "data-code": one.code, "aria-pressed": String(draft.category === one.code), title: one.definition || null, onclick: () => { draft.category = one.code; keep(); showCategories(); attempt(); } };
    return make("button", attributes, icon(one.icon), make("span", {}, one.text));
  }
  function showCategories() {
    const guessed = guess(draft.text), first = [draft.category, guessed, ...known.usual].filter((code, i, all) => code && of.has(code) && all.indexOf(code) === i).slice(0, 8);
    fill(at.usual, ...first.map((code) => choice(of.get(code), guessed)));
    fill(at.groups, ...known.groups.map((group) => make("button", { type: "button", "aria-expanded": String(openGroup === group.code), onclick: () => { openGroup = openGroup === group.code ? null : group.code; showCategories(); if (openGroup) at.leaves.scrollIntoView({ block: "nearest" }); } }, icon(group.icon), make("span", {}, group.text))));
    fill(at.leaves, ...known.categories.filter((one) => one.group === openGroup).map((one) => choice(one, guessed)));
    ready();
  }

  /* Saving ------------------------------------------------------------------------------------------------------ */
  function ready() {
    const lacks = lacking();
    at.save.disabled = lacks.length > 0;
    at.lacks.textContent = lacks.length && (draft.text || draft.photos.length || draft.category) ? say("lacks_" + lacks[0]) : "";
  }
  async function attempt() {
    if (lacking().length) { if (lacking()[0] === "text") at.text.focus(); ready(); return; }
    const here = draft, place = draft.place, query = { category: draft.category };
    if (place.building) query.building = place.building;
    if (place.lon !== undefined) Object.assign(query, { lon: place.lon, lat: place.lat });
    let doubles = [];
    if (navigator.onLine) { try { doubles = await wire.get("doubles", query, DOUBLES_MS); } catch (fault) { heard(fault); } }
    if (here !== draft || here.category !== query.category) return;
    if (!doubles.length) { await save(); return; }
    fill(at.doubles,
      make("h2", {}, say("doubles", { n: doubles.length })),
      ...doubles.map((one) => make("article", {}, make("p", {}, make("strong", {}, one.code), " · ", one.category, " · ", one.state), make("p", {}, one.text), make("p", { class: "quiet" }, one.away), make("button", { type: "button", class: "same", onclick: () => save(one) }, say("same")))),
      make("button", { type: "button", class: "other", onclick: () => save() }, say("not_same")),
      make("button", { type: "button", class: "plain", onclick: () => fill(at.doubles) }, say("go_on")));
    at.doubles.scrollIntoView({ block: "center", behavior: "smooth" });
  }
  async function save(double) {
    const place = draft.place;
    const said = double
      ? { issue: double.id, text: draft.text, source: draft.source }
      : { category: draft.category, text: draft.text, source: draft.source, building: place.building || null, lon: place.lon === undefined ? null : place.lon, lat: place.lat === undefined ? null : place.lat, accuracy_m: place.accuracy_m || null };
    const entry = { id: draft.id, at: Date.now(), said, photos: draft.photos, issue: double ? double.id : null, title: draft.text, draft };
    await box.keepEntry(entry);
    fill(at.doubles);
    offered = null;
    const photos = await Promise.all(draft.photos.map((one) => box.photo(one))); // they leave the box once they are sent
    last = { entry, code: null, photos: photos.filter(Boolean) };
    toast();
    await begin(blank());
    outbox.flush();
  }
  async function begin(next) {
    draft = next;
    await keep();
    at.text.value = draft.text;
    for (const [code, button] of Object.entries(at.sources)) button.setAttribute("aria-pressed", String(code === draft.source));
    showCategories();
    await showPhotos();
    showPlace();
    if (draft.where === "here" && !draft.place) locate();
  }
  let fading = null;
  function toast(text) {
    clearTimeout(fading);
    if (!last) { fill(at.toast); return; }
    const words = text || (last.code ? say(last.entry.issue ? "voiced" : "saved", { code: last.code }) : say("saving"));
    fill(at.toast, make("p", { role: "status" }, words), last.entry.issue && last.code ? null : make("button", { type: "button", onclick: undo }, say("undo")));
    fading = setTimeout(() => { last = null; fill(at.toast); }, UNDO_MS);
  }
  /* Take back what was just saved: it stands in the form again, with its photos. */
  async function undo() {
    const entry = last.entry, photos = last.photos;
    if (outbox.sends(entry.id)) await outbox.flush(); // what is on its way may have been taken
    const waits = await box.entry(entry.id);
    if (!waits || waits.taken) {
      try { await wire.post("back", { client_id: entry.id }); } catch (fault) { heard(fault); toast(fault.kind === "refused" ? fault.message : say("undo_later")); return; }
    }
    await box.dropEntry(entry.id);
    const again = Object.assign({}, entry.draft, { id: id(), category: "", photos: [] });
    for (const photo of photos) { photo.id = id(); await box.keepPhoto(photo); again.photos.push(photo.id); }
    last = null;
    toast();
    await begin(again);
    await counted(await box.waiting());
  }

  /* What the line tells ----------------------------------------------------------------------------------------- */
  function heard(fault) {
    if (fault.kind === "over") {
      const to = known.base + "/sign-in?lang=" + known.language + "&to=" + encodeURIComponent("/tag?c=" + known.community + "&lang=" + known.language);
      note("line", say("signed_out"), true, " ", make("a", { href: to }, say("sign_in")));
    } else if (fault.kind === "lost") note("line", say("offline"));
    else if (fault.kind === "busy") note("line", (fault.told && fault.told.error) || say("busy"));
    else if (fault.kind === undefined || fault.kind === "refused") return;
    else note("line", "");
  }
  async function counted(waiting) {
    const refused = waiting.filter((entry) => entry.refused), n = waiting.length - refused.length;
    document.body.dataset.waiting = String(waiting.length);
    at.chip.textContent = n ? say("waiting", { n }) : "";
    at.chip.hidden = !n;
    fill(at.refused, ...refused.map((entry) => make("p", { class: "note bad", role: "alert" }, say("titled", { title: entry.title, told: entry.refused }), " ", make("button", { type: "button", onclick: async () => { await box.dropEntry(entry.id); await begin(Object.assign({}, entry.draft, { id: id(), category: "", photos: entry.photos })); await counted(await box.waiting()); } }, say("mend")))));
  }
  function told(news) {
    if (news.kind === "counted") { counted(news.waiting); if (!news.waiting.some((entry) => !entry.refused)) note("line", ""); return; }
    if (news.kind === "taken" && last && last.entry.id === news.entry.id) { last.code = news.entry.taken.code; toast(); }
    if (news.kind === "photo_refused") note("photo", say("titled", { title: news.entry.title, told: news.sentence }), true);
    if (news.kind === "sent") document.body.dataset.sent = news.entry.id;
    if (news.kind === "lost" && last && !last.code) toast(say("kept_here"));
    heard({ kind: news.kind === "lost" || news.kind === "over" || news.kind === "busy" ? news.kind : undefined });
  }

  /* The page ---------------------------------------------------------------------------------------------------- */
  function button(text, pressed) { return make("button", { type: "button", onclick: pressed }, text); }
  function input(capture) {
    const field = make("input", { type: "file", accept: "image/*,.heic,.heif,.webp", multiple: !capture, capture: capture ? "environment" : false });
    field.addEventListener("change", () => addPhotos(field.files));
    return field;
  }
  function build() {
    const query = "?lang=" + known.language + "&c=" + known.community;
    const other = known.language === "zh" ? "en" : "zh";
    at.chip = make("span", { class: "chip", role: "status", hidden: true });
    at.notes = make("div", { class: "notes" });
    at.refused = make("div", { class: "notes" });
    at.map = make("div", { class: "map", "aria-label": say("map") });
    at.where = { here: button(say("here"), () => { draft.where = "here"; draft.place = null; showPlace(); locate(); }), elsewhere: button(say("elsewhere"), () => { draft.where = "elsewhere"; draft.place = null; showPlace(); keep(); at.query.focus(); }) };
    at.query = make("input", { type: "search", placeholder: say("find"), "aria-label": say("find"), oninput: find, maxlength: 80, autocomplete: "off" });
    at.hits = make("div", { class: "hits" });
    at.find = make("div", { class: "find" }, at.query, at.hits);
    at.told = make("div", { class: "told" });
    at.files = [input(true), input(false)];
    at.photos = make("div", { class: "photos" });
    at.offer = make("div");
    at.text = make("textarea", { rows: 2, placeholder: say("text"), "aria-label": say("text"), maxlength: known.longest, oninput: () => { draft.text = at.text.value; keep(); showCategories(); } });
    at.sources = Object.fromEntries(known.sources.map((one) => [one.code, button(one.text, () => { draft.source = one.code; keep(); for (const [code, b] of Object.entries(at.sources)) b.setAttribute("aria-pressed", String(code === one.code)); })]));
    at.usual = make("div", { class: "icons", id: "usual" });
    at.groups = make("div", { class: "icons groups" });
    at.leaves = make("div", { class: "icons", id: "leaves" });
    at.doubles = make("section", { class: "doubles", "aria-live": "polite" });
    at.save = make("button", { type: "button", class: "save", onclick: attempt }, say("save"));
    at.lacks = make("span", { class: "quiet" });
    at.toast = make("div", { class: "toast" });
    document.body.append(
      make("header", {}, make("a", { href: known.base + "/" + query }, "‹ " + say("back_to_map")), make("h1", {}, say("title")), at.chip, make("a", { href: known.base + "/tag?lang=" + other + "&c=" + known.community, lang: other }, other === "en" ? "English" : "中文")),
      make("main", {},
        make("section", { class: "place" }, make("div", { class: "switch" }, at.where.here, at.where.elsewhere), at.find, at.map, at.told),
        make("section", { class: "what" }, at.notes, at.refused,
          make("div", { class: "shoot" }, make("label", { class: "photo" }, icon("camera"), make("span", {}, say("photo")), at.files[0]), make("label", { class: "photo album" }, icon("album"), make("span", {}, say("album")), at.files[1]), at.photos),
          at.offer, at.text, make("div", { class: "switch small" }, ...Object.values(at.sources)),
          at.usual, at.groups, at.leaves, at.doubles)),
      make("footer", {}, at.toast, make("div", { class: "bar" }, at.lacks, at.save)));
  }

  async function start() {
    build();
    wire = window.TagSend.line(known, () => window.location.reload());
    try { box = await window.TagBox.open(OWNER); await box.tidy(); } catch (fault) { fill(document.querySelector("main"), make("p", { class: "note bad", role: "alert" }, say("no_box"))); return; }
    outbox = window.TagSend.outbox(box, wire, told);
    if (!window.isSecureContext) note("insecure", say("insecure"), true);
    const kept = await box.draft(), query = new URLSearchParams(window.location.search), building = Number(query.get("building"));
    ground = window.TagGround.create(at.map, known, (place) => choose(place));
    await begin(kept && (kept.text || kept.photos.length || kept.category) ? kept : blank());
    if (building && !draft.text && !draft.photos.length) choose({ building });
    else if (kept && (kept.text || kept.photos.length)) note("draft", say("draft"), false, " ", button(say("discard"), async () => { note("draft", ""); await begin(blank()); await box.tidy(); }));
    window.addEventListener("online", () => { note("line", ""); outbox.flush(); if (draft.place && !draft.place.spot) settle(draft.place); });
    window.addEventListener("offline", () => note("line", say("offline")));
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") outbox.flush(); });
    document.body.dataset.ready = "1";
    outbox.flush();
    try { await ground.load(); showPlace(); } catch (fault) { note("map", say("map_later")); }
  }
  start();
})();
