/* What a walk's page keeps on the phone: what was recorded, and photos, for one walk of one account.
 *
 * Where the browser keeps nothing (some do not for a file that is opened from a message) it stays in memory, and the
 * page says so.
 */
(function () {
  "use strict";

  const NAME = "gridmap-walk", VERSION = 1, STATES = "states", PHOTOS = "photos";

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
        request.result.createObjectStore(STATES, { keyPath: "owner" });
        request.result.createObjectStore(PHOTOS, { keyPath: "id" }).createIndex("owner", "owner");
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
      request.onblocked = () => reject(new Error("blocked"));
    });
  }

  function inMemory() {
    let state = null;
    const photos = new Map();
    return {
      lasting: false,
      state: async () => state,
      keep: async (next) => { state = next; },
      photo: async (id) => photos.get(id),
      keepPhoto: async (photo) => { photos.set(photo.id, photo); },
      dropPhoto: async (id) => { photos.delete(id); },
    };
  }

  async function open(owner) {
    let db;
    try { db = await opened(); } catch (fault) { return inMemory(); }
    const store = (name, mode) => db.transaction(name, mode).objectStore(name);
    return {
      lasting: true,
      state: async () => ((await done(store(STATES).get(owner))) || { state: null }).state,
      keep: (state) => done(store(STATES, "readwrite").put({ owner, state })),
      photo: (id) => done(store(PHOTOS).get(id)),
      keepPhoto: (photo) => done(store(PHOTOS, "readwrite").put(Object.assign({}, photo, { owner }))),
      dropPhoto: (id) => done(store(PHOTOS, "readwrite").delete(id)),
    };
  }

  window.WalkShelf = { open };
})();
