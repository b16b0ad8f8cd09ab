/* The line to the server, and what waits for it: each thing is sent until it was taken, and counts once. */
(function () {
  "use strict";

  const PATIENCE_MS = 20000, PHOTO_PATIENCE_MS = 120000, AGAIN_MS = 4000, LONGEST_MS = 60000;

  /* What went wrong: `lost` the line, `over` the session, `busy` later again, else the server's sentence. */
  class Fault extends Error {
    constructor(kind, told) {
      super((told && told.error) || kind);
      this.kind = kind;
      this.told = told || {};
    }
  }

  function line(known, changedHands) {
    function address(path, query) {
      const all = new URLSearchParams(Object.assign({ lang: known.language, c: known.community }, query));
      return known.base + known.sends + path + "?" + all;
    }

    async function ask(path, query, how, patience) {
      let answer, told;
      const control = new AbortController();
      const late = setTimeout(() => control.abort(), patience || PATIENCE_MS);
      try {
        answer = await fetch(address(path, query), Object.assign({ credentials: "same-origin", signal: control.signal }, how));
        told = answer.status === 401 ? {} : await answer.json();
      } catch (fault) {
        throw new Fault("lost");
      } finally {
        clearTimeout(late);
      }
      if (answer.ok) return told;
      if (answer.status === 401) throw new Fault("over");
      if (answer.status === 429 || answer.status >= 500) throw new Fault("busy", told);
      throw new Fault(told.stale ? "stale" : "refused", told);
    }

    /* The session's sign changes with the session; the draft of one account is never sent by another. */
    async function renewed() {
      const now = await ask("known", {});
      if (now.account !== known.account) changedHands();
      known.sign = now.sign;
      known.stamp = now.stamp;
    }

    async function send(path, query, body, patience, again) {
      const json = !(body instanceof Blob);
      const headers = { "X-Gridmap-Sign": known.sign, "Content-Type": json ? "application/json" : "application/octet-stream" };
      try {
        return await ask(path, query, { method: "POST", headers, body: json ? JSON.stringify(body) : body }, patience);
      } catch (fault) {
        if (fault.kind !== "stale" || again) throw fault;
        await renewed();
        return send(path, query, body, patience, true);
      }
    }

    return {
      get: (path, query, patience) => ask(path, query, {}, patience),
      post: (path, body, query) => send(path, query || {}, body),
      photo: (path, query, blob) => send(path, query, blob, PHOTO_PATIENCE_MS),
      renewed,
    };
  }

  /* `told` is called with what happened: what was taken, refused, or how many wait. */
  function outbox(box, wire, told) {
    let running = null, again = null, wait = AGAIN_MS, sending = null;

    async function one(entry) {
      if (!entry.taken) {
        const ago_s = Math.max(0, Math.round((Date.now() - entry.at) / 1000));
        const path = entry.issue ? "voice" : "issues";
        sending = entry.id;
        try {
          entry.taken = await wire.post(path, Object.assign({}, entry.said, { client_id: entry.id, ago_s }));
        } finally {
          sending = null;
        }
        await box.keepEntry(entry);
        told({ kind: "taken", entry });
      }
      for (const id of [...entry.photos]) {
        const photo = await box.photo(id);
        if (photo) {
          const query = { client_id: id, stage: photo.stage, issue: entry.taken.id };
          if (photo.taken_at) query.taken_at = photo.taken_at;
          try {
            await wire.photo("photos", query, photo.blob);
          } catch (fault) {
            if (fault.kind !== "refused") throw fault;
            told({ kind: "photo_refused", entry, sentence: fault.message });
          }
          await box.dropPhoto(id);
        }
        entry.photos = entry.photos.filter((other) => other !== id);
        await box.keepEntry(entry);
      }
      await box.dropEntry(entry.id);
      told({ kind: "sent", entry });
    }

    async function all() {
      clearTimeout(again);
      for (const entry of await box.waiting()) {
        if (entry.refused) continue;
        try {
          await one(entry);
          wait = AGAIN_MS;
        } catch (fault) {
          if (fault.kind === "refused") {
            entry.refused = fault.message;
            await box.keepEntry(entry);
            told({ kind: "refused", entry });
            continue;
          }
          told({ kind: fault.kind, entry });
          if (fault.kind === "over") break;
          again = setTimeout(flush, fault.told.wait_s ? fault.told.wait_s * 1000 : wait);
          wait = Math.min(wait * 2, LONGEST_MS);
          break;
        }
      }
      told({ kind: "counted", waiting: await box.waiting() });
    }

    /* One at a time; whoever asks meanwhile waits for a round of their own. */
    function flush() {
      running = (running || Promise.resolve()).catch(() => {}).then(all);
      return running;
    }

    return { flush, sends: (id) => sending === id };
  }

  window.TagSend = { line, outbox, Fault };
})();
