/* The track of a walk: recorded only between its walker's own "begin" and "end", and until then on the phone alone.
 *
 * `changed` is called when one has ended or gone. What was ended lies in `state.tracks` until it is sent.
 */
(function () {
  "use strict";

  const APART_M = 6, OFTEN_S = 20, MOST_PLACES = 15000, DAY_MS = 86400000, DENIED = 1;

  const ago = (moment) => Math.max(0, Math.round((Date.now() - new Date(moment).getTime()) / 1000));
  function apart(a, b) {
    const rad = Math.PI / 180, x = (b[0] - a[0]) * rad * Math.cos(((a[1] + b[1]) / 2) * rad), y = (b[1] - a[1]) * rad;
    return Math.hypot(x, y) * 6371000;
  }

  function create(page, changed, offline) {
    const { state, say, button, make, note } = page, days = page.known.track_days;
    let watching = null;
    // A page that is opened from a message may not ask where it is.
    const can = Boolean(navigator.geolocation && window.isSecureContext);

    function tell() { document.body.dataset.places = String(state.track ? state.track.places.length : 0); }
    function take(found) {
      const track = state.track;
      if (!track || track.places.length >= MOST_PLACES) return;
      note("track", "");
      const place = [+found.coords.longitude.toFixed(6), +found.coords.latitude.toFixed(6), ago(track.begun_at)], last = track.places[track.places.length - 1];
      if (last && apart(last, place) < APART_M && place[2] - last[2] < OFTEN_S) return;
      track.places.push(place);
      tell();
      page.keep();
    }
    async function refused(fault) {
      note("track", say("no_position"), true);
      if (fault.code !== DENIED || state.track.places.length) return;
      navigator.geolocation.clearWatch(watching);
      state.track = null;
      await page.keep();
      changed();
    }
    function follow() { watching = navigator.geolocation.watchPosition(take, refused, { enableHighAccuracy: true, maximumAge: 5000, timeout: 30000 }); tell(); }
    async function begin() {
      state.track = { client_id: page.id(), begun_at: new Date().toISOString(), places: [] };
      note("track", "");
      follow();
      changed();
      await page.keep();
    }
    async function end(kept) {
      navigator.geolocation.clearWatch(watching);
      const track = state.track;
      state.track = null;
      if (!kept) note("track", say("track_gone"));
      else if (track.places.length < 2) note("track", say("track_short"), true);
      else state.tracks.push(track);
      await page.keep();
      changed();
    }
    /* What was ended and is still here is not kept for longer than an office would. */
    function drop(client_id) { state.tracks = state.tracks.filter((one) => one.client_id !== client_id); return page.keep(); }

    state.tracks = (state.tracks || []).filter((one) => Date.now() - new Date(one.begun_at).getTime() < days * DAY_MS);
    if (state.track && state.track.ended) { state.tracks.push(state.track); state.track = null; }
    if (state.track && can) follow();
    return {
      ago,
      drop,
      help: () => make("p", { class: "quiet" }, state.track ? say("track_on") : can ? say(offline ? "track_help_pack" : "track_help", { days }) : say(offline ? "track_cannot_pack" : "track_cannot")),
      controls: () => [
        state.track ? button(say("track_end"), () => end(true), { class: "recording", id: "track-end" }) : can ? button(say("track_begin"), begin, { id: "track-begin" }) : null,
        state.track ? button(say("track_drop"), () => { if (window.confirm(say("track_drop_sure"))) end(false); }) : null,
      ],
    };
  }

  window.WalkTrack = { create };
})();
