/* The page of a walk without a network: what was recorded is sent back as one file, as often as one likes. */
(function () {
  "use strict";

  const known = JSON.parse(document.getElementById("known").textContent);
  const TABLE = Array.from({ length: 256 }, (_, n) => { for (let k = 0; k < 8; k += 1) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1; return n >>> 0; });
  const LARGEST = 50e6;
  let page, track;

  function checksum(text) {
    let sum = 0xffffffff;
    for (const byte of new TextEncoder().encode(text)) sum = TABLE[(sum ^ byte) & 0xff] ^ (sum >>> 8);
    return ((sum ^ 0xffffffff) >>> 0).toString(16).padStart(8, "0");
  }
  function base64(blob) {
    return new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(blob);
    });
  }

  async function photo(one) {
    const kept = await page.shelf.photo(one);
    return kept ? [{ client_id: kept.id, stage: "before", taken_at: kept.at, jpeg: await base64(kept.blob) }] : [];
  }
  async function result() {
    const { state, stops } = page;
    const acts = Object.entries(state.acts).map(([stop, act]) => ({ stop: Number(stop), key: stops.get(Number(stop)).key, seq: stops.get(Number(stop)).seq, client_id: act.client_id, follows: act.follows, outcome: act.outcome, note: act.note, handling: act.handling, came_at: act.came_at, at: act.at }));
    const issues = [];
    for (const one of state.issues) issues.push({ client_id: one.client_id, key: one.key, category: one.category, text: one.text, spot: one.spot, at: one.at, photos: (await Promise.all(one.photos.map(photo))).flat() });
    const shots = [];
    for (const one of state.shots) {
      const kept = await page.shelf.photo(one.id);
      if (kept) shots.push({ client_id: one.id, stop: one.stop, key: one.key, taken_at: one.at, jpeg: await base64(kept.blob) });
    }
    const tracks = state.tracks.map((one) => ({ client_id: one.client_id, begun_at: one.begun_at, places: one.places }));
    const body = { pack: known.pack, community: known.community, walk: known.walk, day: known.day, half: known.half, plan: known.plan, made_at: new Date().toISOString(), stops: acts, issues, photos: shots, tracks };
    const text = JSON.stringify(body);
    return '{"' + known.mark + '":' + known.format + ',"sum":"' + checksum(text) + '","body":' + text + "}";
  }

  async function sendBack() {
    const { say, state } = page;
    if (!Object.keys(state.acts).length && !state.issues.length && !state.shots.length && !state.tracks.length) { page.note("back", say("back_nothing"), true); return; }
    const file = new Blob([await result()], { type: "application/json" });
    if (file.size > LARGEST) { page.note("back", say("back_large", { mb: Math.ceil(file.size / 1e6) }), true); return; }
    const name = "gridmap-walk-" + known.day + "-" + known.half + "-" + known.walk + ".json";
    const link = page.make("a", { href: URL.createObjectURL(file), download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    page.note("back", say("back_done", { name }) + (state.track ? " " + say("back_recording") : ""));
  }

  /* Sending back, and the track: what was ended goes along in the file, unless it is deleted first. */
  function foot() {
    const { say, button, make, state } = page;
    page.note("back", "");
    page.fill(page.at.help,
      make("p", { class: "quiet" }, say("back_help")),
      track.help(),
      ...state.tracks.map((one) => make("span", { class: "row" }, say("track_in_file", { n: one.places.length }), button(say("track_forget"), async () => { await track.drop(one.client_id); page.note("track", say("track_gone")); foot(); }))));
    page.fill(page.at.foot, button(say("back"), sendBack, { class: "save", id: "back" }), ...track.controls());
  }

  window.WalkPage.start(known, {
    owner: known.pack,
    offline: true,
    changed: () => page.note("back", ""),
    came: () => {},
    shotGone: async () => true,
    built: (made) => {
      page = made;
      track = window.WalkTrack.create(page, foot, true);
      foot();
    },
  });
})();
