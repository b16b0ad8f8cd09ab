/* The page of a walk with a line: what was recorded is sent until it was taken, and the track by its walker's own act. */
(function () {
  "use strict";

  const known = JSON.parse(document.getElementById("known").textContent);
  const AGAIN_MS = 4000, LONGEST_MS = 60000;
  let page, wire, track, running = null, again = null, wait = AGAIN_MS;

  const ago = (moment) => Math.max(0, Math.round((Date.now() - new Date(moment).getTime()) / 1000));
  /* Sending ------------------------------------------------------------------------------------------------------ */
  const unsent = () => Object.entries(page.state.acts).filter(([, act]) => !act.sent && !act.refused && !(act.clash && !act.choice));
  const waiting = () => unsent().length + page.state.issues.filter((one) => !one.refused && (!one.sent || one.photos.length)).length + Object.keys(page.state.calls || {}).length + page.state.tracks.length + page.state.shots.filter((one) => !one.sha256).length;
  function count() {
    const n = waiting();
    document.body.dataset.waiting = String(n);
    page.at.chip.textContent = n ? page.say("waiting", { n }) : "";
    page.at.chip.hidden = !n;
  }

  async function sendActs() {
    const mine = unsent();
    if (!mine.length) return;
    const acts = mine.map(([stop, act]) => ({ stop: Number(stop), key: page.stops.get(Number(stop)) ? page.stops.get(Number(stop)).key : "", client_id: act.client_id, follows: act.follows, outcome: act.outcome, note: act.note, handling: act.handling, came_ago_s: act.came_at ? ago(act.came_at) : null, ago_s: ago(act.at) }));
    const choices = Object.fromEntries(mine.filter(([, act]) => act.choice).map(([, act]) => [act.client_id, act.choice]));
    let told;
    try { told = await wire.post("stops", { walk: known.walk, acts, choices }); } catch (fault) {
      if (fault.kind !== "refused") throw fault;
      // One that is refused must not hold up the others.
      if (mine.length === 1) { page.state.acts[mine[0][0]].refused = fault.message; page.note("refused", fault.message, true); return; }
      for (const one of mine) await sendOne(one, fault);
      return;
    }
    settle(mine, told);
  }
  async function sendOne([stop, act], fault) {
    const entry = { stop: Number(stop), key: page.stops.get(Number(stop)).key, client_id: act.client_id, follows: act.follows, outcome: act.outcome, note: act.note, handling: act.handling, came_ago_s: act.came_at ? ago(act.came_at) : null, ago_s: ago(act.at) };
    try { settle([[stop, act]], await wire.post("stops", { walk: known.walk, acts: [entry], choices: act.choice ? { [act.client_id]: act.choice } : {} })); } catch (other) {
      if (other.kind !== "refused") throw other;
      act.refused = (other.message || fault.message);
      page.note("refused", act.refused, true);
    }
  }
  function settle(mine, told) {
    for (const [stop, act] of mine) {
      const now = page.state.acts[stop];
      if (!now || now.client_id !== act.client_id) continue; // changed meanwhile: the newer one is sent next
      const clash = told.clashes.find((one) => one.client_id === act.client_id);
      if (clash) { now.clash = clash; delete now.choice; continue; }
      if (told.gone.includes(act.client_id)) { now.refused = page.say("gone"); page.note("refused", page.say("gone"), true); continue; }
      const theirs = now.choice === "here";
      now.sent = true;
      if (theirs) delete page.state.acts[stop];
      else { delete now.clash; delete now.choice; }
    }
  }
  async function sendCalls() {
    for (const [stop, at] of Object.entries(page.state.calls || {})) {
      try { await wire.post("came", { walk: known.walk, stop: Number(stop), ago_s: ago(at) }); } catch (fault) { if (fault.kind !== "refused") throw fault; }
      delete page.state.calls[stop];
    }
  }
  async function sendIssues() {
    for (const one of page.state.issues) {
      if (one.refused) continue;
      try {
        if (!one.sent) {
          const told = await wire.post("issues", { walk: known.walk, client_id: one.client_id, key: one.key, category: one.category, text: one.text, spot: one.spot, ago_s: ago(one.at) });
          one.sent = true;
          one.code = told.code;
        }
        for (const photo of [...one.photos]) {
          const kept = await page.shelf.photo(photo);
          try { if (kept) await wire.photo("photos", { of: one.client_id, client_id: photo, stage: "before", taken_at: kept.at }, kept.blob); } catch (fault) { if (fault.kind !== "refused") throw fault; page.note("photo", fault.message, true); }
          one.photos = one.photos.filter((other) => other !== photo);
          await page.shelf.dropPhoto(photo);
        }
      } catch (fault) {
        if (fault.kind !== "refused") throw fault;
        one.refused = fault.message;
        page.note("refused", one.text + ": " + fault.message, true);
      }
    }
  }
  async function sendTracks() {
    for (const one of [...page.state.tracks]) {
      try {
        const told = await wire.post("track", { walk: known.walk, client_id: one.client_id, ago_s: ago(one.begun_at), places: one.places });
        page.note("track", page.say("track_kept", { m: told.walk_m, days: known.track_days }), false, page.button(page.say("track_forget"), async () => { await wire.post("forget", { walk: known.walk, client_id: one.client_id }); page.note("track", page.say("track_gone")); }));
      } catch (fault) {
        if (fault.kind !== "refused") throw fault;
        page.note("track", fault.message, true);
      }
      await track.drop(one.client_id);
    }
  }
  /* Photos of stops: the phone's own goes when the office has it. */
  async function sendShots() {
    for (const one of page.state.shots.filter((shot) => !shot.sha256 && !shot.refused)) {
      const kept = await page.shelf.photo(one.id);
      try {
        if (kept) one.sha256 = (await wire.photo("shots", { walk: known.walk, stop: one.stop, key: one.key, client_id: one.id, taken_at: one.at }, kept.blob)).sha256;
        else one.refused = true;
      } catch (fault) {
        if (fault.kind !== "refused") throw fault;
        one.refused = true;
        page.note("photo", fault.message, true);
      }
      if (one.sha256) await page.shelf.dropPhoto(one.id);
    }
    page.state.shots = page.state.shots.filter((one) => !one.refused);
  }

  async function all() {
    clearTimeout(again);
    try {
      await sendActs();
      await sendCalls();
      await sendIssues();
      await sendShots();
      await sendTracks();
      wait = AGAIN_MS;
      page.note("line", "");
    } catch (fault) {
      heard(fault);
      if (fault.kind !== "over") { again = setTimeout(flush, fault.told && fault.told.wait_s ? fault.told.wait_s * 1000 : wait); wait = Math.min(wait * 2, LONGEST_MS); }
    }
    await page.keep();
    page.refresh();
    count();
  }
  /* One at a time; whoever asks meanwhile waits for a round of their own. */
  function flush() {
    running = (running || Promise.resolve()).catch(() => {}).then(all);
    return running;
  }
  function heard(fault) {
    if (fault.kind === "over") {
      const to = known.base + "/sign-in?lang=" + known.language + "&to=" + encodeURIComponent("/walk?c=" + known.community + "&w=" + known.walk + "&lang=" + known.language);
      page.note("line", page.say("signed_out"), true, page.make("a", { href: to }, page.say("sign_in")));
    } else if (fault.kind === "lost") page.note("line", page.say("offline"));
    else if (fault.kind === "busy") page.note("line", (fault.told && fault.told.error) || page.say("busy"));
    else if (fault.kind === undefined) throw fault;
  }

  async function finish() {
    const open = known.stops.filter((stop) => page.outcome(stop) === "pending").length;
    if (!window.confirm(open ? page.say("finish_open", { n: open }) : page.say("finish_sure"))) return;
    await flush();
    try { await wire.post("finish", { walk: known.walk }); known.state = "done"; page.note("finish", page.say("finished")); } catch (fault) { if (fault.kind === "refused") page.note("finish", fault.message, true); else heard(fault); }
    foot();
  }
  function foot() {
    const { say, button, make } = page;
    page.fill(page.at.help, track.help());
    page.fill(page.at.foot, ...track.controls(), known.state === "done" ? make("span", { class: "chip seen" }, say("finished_chip")) : button(say("finish"), finish, { id: "finish" }));
  }

  const query = "?lang=" + known.language + "&c=" + known.community, other = known.language === "zh" ? "en" : "zh";
  function link(words, href, lang) { const made = document.createElement("a"); made.href = href; made.textContent = words; if (lang) made.lang = lang; return made; }
  window.WalkPage.start(known, {
    owner: known.base + "|" + known.account + "|" + known.walk,
    offline: false,
    changed: () => { count(); flush(); },
    came: (stop, at) => { page.state.calls = Object.assign({}, page.state.calls, { [stop.id]: at }); page.keep(); count(); flush(); },
    /* What is in the office is taken back there, too. */
    shotGone: async (one) => {
      if (!one.sha256) return true;
      if (!window.confirm(page.say("shot_gone_sure"))) return false;
      try { await wire.post("unshot", { walk: known.walk, client_id: one.id }); return true; } catch (fault) { page.note("photo", fault.message || page.say("offline"), true); return false; }
    },
    shotAt: (one) => known.base + "/gridmap/photos/" + one.sha256 + "/thumb",
    tagLink: (stop) => known.base + "/tag" + query + (stop.building ? "&building=" + stop.building : ""),
    links: [link(known.words.back_to_map, known.base + "/" + query), link(other === "en" ? "English" : "中文", known.base + "/walk?lang=" + other + "&c=" + known.community + "&w=" + known.walk, other)],
    built: (made) => {
      page = made;
      wire = window.TagSend.line(known, () => window.location.reload());
      track = window.WalkTrack.create(page, () => { foot(); count(); flush(); }, false);
      foot();
      if (known.walks.length) page.at.list.after(page.make("div", { class: "others" }, page.make("p", { class: "quiet" }, page.say("other_walks")), ...known.walks.map((one) => page.make("a", { href: one.link }, one.title))));
    },
  }).then(() => {
    count();
    window.addEventListener("online", flush);
    window.addEventListener("offline", () => page.note("line", page.say("offline")));
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") flush(); });
    flush();
  });
})();
