/* The stops of a walk in their order, over the map: dragged to another place by mouse or finger, or moved by the keys.
 * All text is set as text, never as HTML.
 */
(function () {
  "use strict";

  const EDGE_PX = 28, STEP_PX = 8, ROOM_PX = 900;

  function el(tag, className, text) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text) node.textContent = text;
    return node;
  }

  function create(map, words, emit) {
    const root = el("details", "gm-order");
    // It would hide most of a small map.
    root.open = map.getContainer().clientWidth > ROOM_PX;
    const title = el("summary"), list = el("ol"), help = el("small", "", words.order_help);
    root.append(title, help, list);
    let shown = null, dragged = null;

    function ids() { return [...list.children].map((item) => Number(item.dataset.id)); }
    function changed(before) {
      const now = ids();
      if (now.some((id, at) => id !== before[at])) emit({ kind: "ordered", ids: now });
    }

    function grip(item, name) {
      const handle = el("button", "gm-grip", "⠿");
      handle.type = "button";
      handle.setAttribute("aria-label", `${words.order_grip} ${name}`);
      handle.addEventListener("pointerdown", (e) => {
        if (e.button) return;
        e.preventDefault();
        handle.setPointerCapture(e.pointerId);
        dragged = { before: ids(), item };
        item.classList.add("gm-dragged");
      });
      handle.addEventListener("pointermove", (e) => {
        if (!dragged || dragged.item !== item) return;
        const box = list.getBoundingClientRect();
        if (e.clientY < box.top + EDGE_PX) list.scrollTop -= STEP_PX;
        if (e.clientY > box.bottom - EDGE_PX) list.scrollTop += STEP_PX;
        // The others change their places: moved itself, it would lose the pointer.
        const middle = (one) => { const at = one.getBoundingClientRect(); return at.top + at.height / 2; };
        while (item.nextSibling && e.clientY > middle(item.nextSibling)) list.insertBefore(item.nextSibling, item);
        while (item.previousSibling && e.clientY < middle(item.previousSibling)) list.insertBefore(item.previousSibling, item.nextSibling);
      });
      function end(keep) {
        if (!dragged || dragged.item !== item) return;
        const { before } = dragged;
        dragged = null;
        item.classList.remove("gm-dragged");
        if (keep) changed(before);
        else { shown = null; fill(wanted); }
      }
      handle.addEventListener("pointerup", () => end(true));
      handle.addEventListener("pointercancel", () => end(false));
      handle.addEventListener("lostpointercapture", () => end(false));
      handle.addEventListener("keydown", (e) => {
        e.stopPropagation(); // the map would move
        const other = e.key === "ArrowUp" ? item.previousSibling : e.key === "ArrowDown" ? item.nextSibling : null;
        if (!other) return;
        e.preventDefault();
        const before = ids();
        list.insertBefore(item, e.key === "ArrowUp" ? other : other.nextSibling);
        handle.focus();
        changed(before);
      });
      return handle;
    }

    let wanted = null;
    function fill(order) {
      list.replaceChildren();
      order.stops.forEach((stop) => {
        const item = el("li", stop.chosen ? "gm-chosen" : ""), name = el("button", "gm-name");
        item.dataset.id = stop.id;
        name.type = "button";
        name.append(el("b", "", stop.sign), el("span", "", stop.title));
        if (stop.mark) name.append(el("i", "", stop.mark));
        name.addEventListener("click", () => emit({ kind: "picked", id: stop.id }));
        item.append(grip(item, stop.title), name);
        list.append(item);
      });
    }

    return {
      root,
      /* Width that it takes from the map's left edge. */
      covered() {
        const wide = map.getContainer().clientWidth > ROOM_PX;
        return root.hidden || !root.open || !wide ? 0 : root.offsetWidth + root.offsetLeft;
      },
      show(order) {
        root.hidden = !order;
        wanted = order;
        if (!order || dragged) return;
        const told = JSON.stringify(order);
        const standing = ids();
        if (told === shown && order.stops.every((stop, at) => stop.id === standing[at])) return;
        shown = told;
        title.textContent = order.title;
        fill(order);
      },
    };
  }

  window.GridmapOrder = { create };
})();
