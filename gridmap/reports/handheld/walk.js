/* The page of a walk, with a network or without: the next stop first, what came of it with one tap, the others below.
 *
 * What is recorded is kept on the phone before anything else is done with it. `host` is what the page stands on: how it
 * is sent, and what else it can do.
 */
(function () {
  "use strict";

  const FADE_MS = 12000, REST_MS = 350, LATER = "later", OPEN = new Set(["pending", LATER]);

  function make(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }
  function fill(node, ...children) { node.replaceChildren(...children.filter((child) => child !== null && child !== undefined)); }
  function id() { return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join(""); }
  const now = () => new Date().toISOString();

  function sayer(known) {
    const plural = new Intl.PluralRules(known.language);
    return (key, fields) => {
      let text = known.words[key];
      if (typeof text === "object") text = text[plural.select(fields.n)] || text.other;
      return text.replace(/\{(\w+)\}/g, (_, name) => fields[name]);
    };
  }

  async function start(known, host) {
    const say = sayer(known), at = {};
    const shelf = await window.WalkShelf.open(host.owner);
    const state = Object.assign({ acts: {}, issues: [], came: {}, drafts: {}, track: null, tracks: [], shots: [] }, await shelf.state());
    const stops = new Map(known.stops.map((stop) => [stop.id, stop]));
    const words = Object.fromEntries(known.outcomes.map((one) => [one.code, one.text]));
    /* What was sent, and what somebody else has recorded over since, stands as the server tells it. */
    for (const stop of known.stops) if (state.acts[stop.id] && state.acts[stop.id].sent && state.acts[stop.id].client_id !== stop.record) delete state.acts[stop.id];
    /* Photos that are in the office already, by whichever device. */
    for (const stop of known.stops) for (const one of stop.photos) if (host.shotAt && !state.shots.some((shot) => shot.id === one.client_id)) state.shots.push({ id: one.client_id, stop: stop.id, key: stop.key, sha256: one.sha256 });
    if (host.shotAt) state.shots = state.shots.filter((shot) => !shot.sha256 || known.stops.some((stop) => stop.photos.some((one) => one.client_id === shot.id)));
    let current = null, form = null, last = null, fading = null, ground = null;

    /* What is kept -------------------------------------------------------------------------------------------- */
    async function keep() {
      try { await shelf.keep(JSON.parse(JSON.stringify(state))); note("no_room", ""); } catch (fault) { note("no_room", say("no_room"), true); }
    }
    const act = (stop) => state.acts[stop.id];
    const outcome = (stop) => (act(stop) ? act(stop).outcome : stop.outcome);
    const text = (stop, name) => (act(stop) ? act(stop)[name] : stop[name]);
    const open = () => known.stops.filter((stop) => OPEN.has(outcome(stop)));
    /* The next stop: the first that nothing came of, then those that were put off. */
    function next(after) {
      const waiting = open().filter((stop) => outcome(stop) === "pending");
      const from = after ? waiting.filter((stop) => stop.seq > after.seq) : waiting;
      return from[0] || waiting[0] || null;
    }

    /* Recording ------------------------------------------------------------------------------------------------ */
    function written(stop) {
      const draft = state.drafts[stop.id] || {};
      return { note: draft.note === undefined ? text(stop, "note") : draft.note, handling: draft.handling === undefined ? text(stop, "handling") : draft.handling };
    }
    function set(stop, code, said) {
      const before = act(stop), follows = before ? before.follows.concat([before.client_id]) : [stop.record];
      state.acts[stop.id] = Object.assign({ client_id: id(), follows, outcome: code, came_at: state.came[stop.id] || stop.came_at || null, at: now(), sent: false }, said);
      delete state.drafts[stop.id];
      return before;
    }
    async function record(stop, code) {
      const before = set(stop, code, written(stop));
      last = { stops: [[stop, before]], told: say("recorded", { place: stop.place, outcome: words[code] }) };
      await moveOn(stop);
    }
    /* A second tap of the same finger is not meant for the next stop. */
    async function moveOn(stop) {
      form = null;
      current = next(stop);
      show();
      for (const one of at.card.querySelectorAll(".outcomes button")) one.disabled = true;
      setTimeout(() => { for (const one of at.card.querySelectorAll(".outcomes button")) one.disabled = false; }, REST_MS);
      at.card.scrollIntoView({ block: "nearest" });
      await keep();
      host.changed();
    }
    /* One tap for all that is left to do in a building. */
    async function recordAll(stop, code) {
      const same = known.stops.filter((one) => one.building !== null && one.building === stop.building && OPEN.has(outcome(one)));
      last = { stops: same.map((one) => [one, set(one, code, written(one))]), told: say("recorded_all", { n: same.length, outcome: words[code] }) };
      await moveOn(stop);
    }
    /* Back to how it was: a new act where the last one was sent already. */
    async function undo() {
      for (const [stop, before] of last.stops) {
        const done = act(stop);
        const was = before || { outcome: stop.outcome, note: stop.note, handling: stop.handling };
        if (done.sent && was.outcome === "pending") { state.acts[stop.id] = Object.assign({}, done, { client_id: id(), follows: done.follows.concat([done.client_id]), outcome: LATER, at: now(), sent: false }); continue; }
        if (done.sent) { set(stop, was.outcome, { note: was.note, handling: was.handling }); continue; }
        if (before) state.acts[stop.id] = before; else delete state.acts[stop.id];
        state.drafts[stop.id] = { note: done.note, handling: done.handling };
      }
      current = last.stops[0][0];
      last = null;
      show();
      await keep();
      host.changed();
    }
    /* Words that are changed after the outcome are an act of their own. */
    async function reword(stop) {
      const draft = state.drafts[stop.id], done = act(stop);
      if (!draft || !(done || !OPEN.has(outcome(stop)))) return;
      const said = written(stop), code = outcome(stop);
      if (said.note === text(stop, "note") && said.handling === text(stop, "handling")) { delete state.drafts[stop.id]; return; }
      set(stop, code, said);
      await keep();
      host.changed();
      showList();
    }
    async function checkIn(stop) {
      state.came[stop.id] = now();
      show();
      await keep();
      host.came(stop, state.came[stop.id]);
    }

    /* The card of the stop in hand ------------------------------------------------------------------------------ */
    const button = (words, pressed, more) => make("button", Object.assign({ type: "button", onclick: pressed }, more), words);
    const clock = (moment) => new Date(moment).toLocaleTimeString(known.language === "zh" ? "zh-CN" : "en-GB", { hour: "2-digit", minute: "2-digit", hour12: false });
    function words_(stop, name) {
      const draft = written(stop);
      const field = make("textarea", { rows: 2, maxlength: known.longest, placeholder: say(name), "aria-label": say(name), "data-field": name });
      field.value = draft[name];
      field.addEventListener("input", () => { state.drafts[stop.id] = Object.assign(written(stop), { [name]: field.value }); keep(); });
      field.addEventListener("change", () => reword(stop));
      return field;
    }
    function card(stop) {
      const came = state.came[stop.id] || stop.came_at, code = outcome(stop), done = act(stop);
      const rest = known.stops.filter((one) => one.building !== null && one.building === stop.building && OPEN.has(outcome(one)));
      const outcomes = make("div", { class: "outcomes" }, ...known.outcomes.map((one) => button(one.text, () => record(stop, one.code), { "data-outcome": one.code, "aria-pressed": String(code === one.code) })),
        button(say("issue"), () => { form = { stop: stop.id, client_id: id(), category: "", text: "", spot: null, photos: [] }; show(); at.card.scrollIntoView({ block: "start" }); }, { class: "issue" }));
      const all = rest.length > 1 ? make("div", { class: "all" }, make("p", { class: "quiet" }, say("whole_building", { n: rest.length })), make("div", { class: "small outcomes" }, ...known.outcomes.map((one) => button(one.text, () => recordAll(stop, one.code), { "data-all": one.code })))) : null;
      const clash = done && done.clash && !done.choice ? clashed(stop, done) : null;
      return [
        make("div", { class: "top" }, make("span", { class: "seq" }, String(stop.seq)), make("h2", {}, stop.place), stop.when ? make("span", { class: "quiet" }, stop.when) : null),
        clash,
        stop.asks.length ? make("ul", {}, ...stop.asks.map((ask) => make("li", {}, ask))) : null,
        stop.last ? make("p", { class: "quiet" }, stop.last) : null,
        make("div", { class: "row" },
          came ? make("span", { class: "chip came" }, say("came", { time: clock(came) })) : button(say("check_in"), () => checkIn(stop), { class: "came" }),
          picker("stop_photo", (files) => addShots(files, stop), "photo plain"),
          ...state.shots.filter((one) => one.stop === stop.id).map((one) => shot(one, () => dropShot(one)))),
        outcomes,
        words_(stop, "note"),
        words_(stop, "handling"),
        all,
      ];
    }
    /* Somebody else has recorded this stop since: both versions, and a choice. */
    function clashed(stop, done) {
      const one = done.clash, told = (code, said, more) => [words[code] || code, said, more].filter(Boolean).join(" · ");
      return make("div", { class: "note bad", role: "alert" },
        make("p", {}, say("clash", { who: one.here_by || say("somebody"), time: one.here_at ? clock(one.here_at) : "" })),
        make("p", {}, make("strong", {}, say("theirs")), " ", told(one.here, one.here_note, one.here_handling)),
        make("p", {}, make("strong", {}, say("mine")), " ", told(done.outcome, done.note, done.handling)),
        make("div", { class: "row" }, button(say("keep_theirs"), () => choose(stop, "here")), button(say("keep_mine"), () => choose(stop, "device"))));
    }
    async function choose(stop, side) {
      const done = act(stop);
      done.choice = side;
      if (side === "here") Object.assign(stop, { outcome: done.clash.here, note: done.clash.here_note, handling: done.clash.here_handling, record: done.clash.here_record });
      show();
      await keep();
      host.changed();
    }

    /* An issue met on the way ------------------------------------------------------------------------------------ */
    function guess(said) {
      let best = "", length = 1;
      for (const one of known.categories) for (const name of one.names) if (name.length > length && said.includes(name)) { best = one.code; length = name.length; }
      return best;
    }
    /* Keeps photos on the phone, and tells the name of each; those that are too many or empty are told. */
    async function keepPhotos(files, n, most, kept) {
      for (const file of [...files]) {
        if (n >= most) { note("photo", say("photos_many", { n: most }), true); break; }
        if (!file.size) { note("photo", say("photo_empty", { name: file.name }), true); continue; }
        const made = await window.PhonePicture.take(file, known), photo = { id: id(), blob: made.blob, at: new Date(file.lastModified || Date.now()).toISOString() };
        try { await shelf.keepPhoto(photo); } catch (fault) { note("no_room", say("no_room"), true); continue; }
        note("photo", "");
        kept(photo);
        n += 1;
      }
      show();
    }
    function picker(key, take, look) {
      const files = make("input", { type: "file", accept: "image/*,.heic,.heif,.webp", multiple: true, "aria-label": say(key) });
      files.addEventListener("change", () => take(files.files));
      return make("label", { class: look || "photo" }, say(key), files);
    }
    /* A photo that is kept here, or in the office, small, with a sign to take it away. */
    function shot(one, gone) {
      const img = make("img", { alt: say("photo") });
      if (one.sha256) img.src = host.shotAt(one);
      else shelf.photo(one.id).then((photo) => { if (photo) { img.src = URL.createObjectURL(photo.blob); img.addEventListener("load", () => URL.revokeObjectURL(img.src)); } });
      return make("figure", {}, img, button("×", gone, { "aria-label": say("photo_drop") }));
    }
    async function addShots(files, stop) {
      const mine = state.shots.filter((one) => one.stop === stop.id).length;
      await keepPhotos(files, mine, known.stop_photos, (photo) => state.shots.push({ id: photo.id, stop: stop.id, key: stop.key, at: photo.at }));
      await keep();
      host.changed();
    }
    async function dropShot(one) {
      if (!(await host.shotGone(one))) return;
      state.shots = state.shots.filter((other) => other !== one);
      await shelf.dropPhoto(one.id);
      show();
      await keep();
      host.changed();
    }
    function issueForm(stop) {
      const here = form, guessed = guess(here.text);
      const field = make("textarea", { rows: 2, maxlength: known.longest, placeholder: say("issue_text"), "aria-label": say("issue_text"), "data-field": "text" });
      field.value = here.text;
      const codes = [here.category, guessed, ...known.usual].filter((code, i, all) => code && known.categories.some((one) => one.code === code) && all.indexOf(code) === i).slice(0, 6);
      const select = make("select", { "aria-label": say("category") }, make("option", { value: "" }, say("category")), ...known.categories.map((one) => make("option", { value: one.code, selected: one.code === here.category }, one.text)));
      select.addEventListener("change", () => { here.category = select.value; show(); });
      field.addEventListener("input", () => { here.text = field.value; ready(); });
      field.addEventListener("change", () => { if (!here.category && guess(here.text)) { here.category = guess(here.text); show(); } });
      const mine = here.photos.map((one) => shot({ id: one }, async () => { here.photos = here.photos.filter((other) => other !== one); await shelf.dropPhoto(one); show(); }));
      const spot = make("input", { type: "checkbox", id: "spot", checked: here.spot !== null });
      spot.addEventListener("change", () => { here.spot = spot.checked ? "" : null; show(); });
      const how = here.spot === null ? null : make("textarea", { rows: 2, maxlength: known.longest, placeholder: say("spot_how"), "aria-label": say("spot_how"), "data-field": "spot" });
      if (how) { how.value = here.spot; how.addEventListener("input", () => { here.spot = how.value; ready(); }); }
      const save = button(say("issue_save"), () => saveIssue(stop, here), { class: "save" });
      function ready() { save.disabled = !here.text.trim() || !(here.category || guess(here.text)) || (here.spot !== null && !here.spot.trim()); }
      ready();
      return [
        make("div", { class: "top" }, make("h2", {}, say("issue_at", { place: stop.place }))),
        field,
        make("div", { class: "categories" }, ...codes.map((code) => button(known.categories.find((one) => one.code === code).text, () => { here.category = code; show(); }, { "aria-pressed": String(code === here.category), "data-code": code })), select),
        make("div", { class: "row shots" }, picker("photo", (files) => keepPhotos(files, here.photos.length, known.photos, (photo) => here.photos.push(photo.id))), ...mine),
        make("label", { class: "spot", for: "spot" }, spot, " ", say("spot")),
        how,
        make("div", { class: "row" }, button(say("cancel"), async () => { for (const one of here.photos) await shelf.dropPhoto(one); form = null; show(); }), host.tagLink ? make("a", { href: host.tagLink(stop) }, say("tag")) : null, save),
      ];
    }
    async function saveIssue(stop, here) {
      state.issues.push({ client_id: here.client_id, stop: stop.id, key: stop.key, category: here.category || guess(here.text), text: here.text.trim(), spot: (here.spot || "").trim(), at: now(), photos: here.photos, sent: false });
      form = null;
      last = { stops: [], told: say("issue_saved") };
      show();
      await keep();
      host.changed();
    }

    /* The list, and all around it ---------------------------------------------------------------------------------- */
    const notes = new Map();
    function note(kind, told, bad, ...more) {
      if (told) notes.set(kind, make("p", { class: bad ? "note bad" : "note", role: bad ? "alert" : "status" }, told, " ", ...more));
      else notes.delete(kind);
      fill(at.notes, ...notes.values());
    }
    function showList() {
      const met = known.stops.filter((stop) => !OPEN.has(outcome(stop))).length;
      at.progress.textContent = say("progress", { n: met, of: known.stops.length });
      at.bar.style.width = (known.stops.length ? (100 * met) / known.stops.length : 0) + "%";
      fill(at.list, ...known.stops.map((stop) => {
        const code = outcome(stop), found = state.issues.filter((one) => one.stop === stop.id).length;
        return make("li", {}, button([make("span", { class: "seq" }, String(stop.seq)), make("span", { class: "place" }, stop.place), stop.when ? make("small", {}, stop.when) : null, found ? make("span", { class: "chip" }, say("issues", { n: found })) : null, code === "pending" ? null : make("span", { class: "chip " + code }, words[code]), act(stop) && act(stop).clash && !act(stop).choice ? make("span", { class: "chip clash" }, "!") : null].filter(Boolean).reduce((box, child) => { box.append(child); return box; }, document.createDocumentFragment()), () => { current = stop; form = null; show(); at.card.scrollIntoView({ block: "start" }); }, { "aria-current": current === stop ? "step" : null, "data-stop": stop.id }));
      }));
      document.body.dataset.recorded = String(Object.keys(state.acts).length);
    }
    function show() {
      const stop = current;
      if (stop && form) fill(at.card, ...issueForm(stop));
      else if (stop) fill(at.card, ...card(stop));
      else if (!known.stops.length) fill(at.card, make("p", {}, say("no_stops")));
      else fill(at.card, make("h2", {}, say("all_done")), open().length ? make("p", {}, say("put_off", { n: open().length }), " ", button(say("look_again"), () => { current = open()[0]; show(); })) : null, make("p", { class: "quiet" }, say(host.offline ? "all_done_pack" : "all_done_line")));
      showList();
      if (ground) ground.mark(stop ? stop.id : null, Object.fromEntries(known.stops.map((one) => [one.id, outcome(one)])));
      toast();
    }
    function toast() {
      clearTimeout(fading);
      fill(at.toast, last ? make("p", { role: "status" }, last.told) : null, last && last.stops.length ? button(say("undo"), undo) : null);
      if (last) fading = setTimeout(() => { last = null; fill(at.toast); }, FADE_MS);
    }
    function findMe() {
      if (!navigator.geolocation || !window.isSecureContext) { note("here", say("no_position"), true); return; }
      navigator.geolocation.getCurrentPosition((found) => { note("here", ""); ground.here(found.coords.longitude, found.coords.latitude); }, () => note("here", say("no_position"), true), { enableHighAccuracy: true, timeout: 15000, maximumAge: 10000 });
    }

    function build() {
      at.notes = make("div", { class: "notes" });
      at.chip = make("span", { class: "chip", hidden: true, role: "status" });
      at.card = make("section", { class: "card", "aria-live": "polite" });
      at.list = make("ol", { class: "list" });
      at.progress = make("span", {});
      at.bar = make("span", { class: "done" });
      at.toast = make("div", { class: "toast" });
      at.foot = make("div", { class: "foot" });
      at.help = make("div", { class: "help" });
      at.map = make("section", { class: "map" });
      const svg = document.getElementById("ground");
      if (svg && known.map) {
        svg.hidden = false;
        at.map.append(svg, make("div", { class: "tools" }, button("+", () => ground.zoom(1.5), { "aria-label": say("larger") }), button("−", () => ground.zoom(1 / 1.5), { "aria-label": say("smaller") }), button(say("whole"), () => ground.whole()), button(say("where"), findMe)));
      } else fill(at.map, make("p", { class: "quiet" }, say("no_map")));
      document.body.append(
        make("header", {}, make("div", {}, make("h1", {}, known.title), make("p", { class: "quiet" }, known.subtitle)), known.synthetic ? make("span", { class: "chip" }, known.synthetic) : null, at.chip, ...(host.links || [])),
        make("div", { class: "progress" }, at.progress, make("span", { class: "track" }, at.bar)),
        make("main", {}, make("div", {}, at.notes, at.card), make("div", {}, at.map, at.list, at.help)),
        make("footer", {}, at.toast, at.foot));
      if (svg && known.map) ground = window.WalkGround.create(svg, known.map);
    }

    /* After sending: what two recorded is asked about, unless somebody is just writing. */
    function refresh() {
      showList();
      const asked = known.stops.find((stop) => act(stop) && act(stop).clash && !act(stop).choice), writing = document.activeElement && document.activeElement.tagName === "TEXTAREA";
      if (asked && !form && !writing) { current = asked; show(); }
    }

    const page = { refresh, known, state, shelf, say, keep, note, show, make, fill, button, id, at, stops, act, outcome };
    build();
    host.built(page);
    if (!shelf.lasting) note("memory", say("memory_only"), true);
    current = next(null) || open()[0] || null;
    show();
    document.body.dataset.ready = "1";
    return page;
  }

  window.WalkPage = { start };
})();
