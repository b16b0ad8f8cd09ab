/* What is not sent yet, kept in the browser: the draft, its photos, and what waits to be sent, for one account.
 *
 * It outlives a reload, a lost line and the end of a session. Everything is kept under the account that wrote it:
 * whoever signs in on the same phone next is shown none of it.
 */
(function () {
  "use strict";

  const NAME = "gridmap-tag", VERSION = 1;
  const DRAFTS = "drafts", PHOTOS = "photos", OUTBOX = "outbox";

  function done(request) {
    return new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }

  function opened() {
    return new Promise((resolve, reject) => {
      const request = window.indexedDB.open(NAME, VERSION);
      request.onupgradeneeded = () => {
        request.result.createObjectStore(DRAFTS, { keyPath: "owner" });
        for (const name of [PHOTOS, OUTBOX]) request.result.createObjectStore(name, { keyPath: "id" }).createIndex("owner", "owner");
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
      request.onblocked = () => reject(new Error("blocked"));
    });
  }

  async function open(owner) {
    const db = await opened();
    const store = (name, mode) => db.transaction(name, mode).objectStore(name);
    const mine = (name) => done(store(name).index("owner").getAll(owner));
    const own = (value) => Object.assign({}, value, { owner });
    const box = {
      draft: () => done(store(DRAFTS).get(owner)),
      keepDraft: (draft) => done(store(DRAFTS, "readwrite").put(own(draft))),
      dropDraft: () => done(store(DRAFTS, "readwrite").delete(owner)),
      photo: (id) => done(store(PHOTOS).get(id)),
      keepPhoto: (photo) => done(store(PHOTOS, "readwrite").put(own(photo))),
      dropPhoto: (id) => done(store(PHOTOS, "readwrite").delete(id)),
      waiting: async () => (await mine(OUTBOX)).sort((a, b) => a.at - b.at),
      entry: (id) => done(store(OUTBOX).get(id)),
      keepEntry: (entry) => done(store(OUTBOX, "readwrite").put(own(entry))),
      dropEntry: (id) => done(store(OUTBOX, "readwrite").delete(id)),
      /* Photos that neither the draft nor anything that waits needs any longer. */
      tidy: async () => {
        const needed = new Set([(await box.draft()) || { photos: [] }, ...(await box.waiting())].flatMap((one) => one.photos));
        for (const photo of await mine(PHOTOS)) if (!needed.has(photo.id)) await box.dropPhoto(photo.id);
      },
    };
    return box;
  }

  window.TagBox = { open };
})();
