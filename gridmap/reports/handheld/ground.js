/* The map of a walk: drawn already, it is moved and made larger here, and shows where the phone is when it is asked. */
(function () {
  "use strict";

  const CLOSEST_M = 90, STEP = 1.5, NEAR_M = 240;

  function create(element, at) {
    const svg = element.querySelector("svg");
    const [left, top, width, height] = at.box;
    let view = { x: left, y: top, w: width, h: height };
    const fingers = new Map();

    function show() {
      view.w = Math.min(Math.max(view.w, CLOSEST_M), width * 1.2);
      view.h = (view.w * element.clientHeight) / Math.max(1, element.clientWidth);
      view.x = Math.min(Math.max(view.x, left - view.w / 2), left + width - view.w / 2);
      view.y = Math.min(Math.max(view.y, top - view.h / 2), top + height - view.h / 2);
      svg.setAttribute("viewBox", [view.x, view.y, view.w, view.h].map((v) => v.toFixed(2)).join(" "));
      // Signs keep their size on the glass.
      const k = Math.min(1.6, Math.max(0.25, view.w / 330));
      for (const sign of svg.querySelectorAll("[data-stop] circle, [data-stop] text, [data-here] circle")) sign.setAttribute("transform", "scale(" + k.toFixed(3) + ")");
    }
    function zoom(by, x, y) {
      const cx = x === undefined ? view.x + view.w / 2 : x, cy = y === undefined ? view.y + view.h / 2 : y;
      const w = Math.min(Math.max(view.w / by, CLOSEST_M), width * 1.2), k = w / view.w;
      view = { x: cx - (cx - view.x) * k, y: cy - (cy - view.y) * k, w, h: view.h * k };
      show();
    }
    function whole() { view = { x: left, y: top, w: Math.max(width, (height * element.clientWidth) / Math.max(1, element.clientHeight)), h: height }; view.x = left + width / 2 - view.w / 2; show(); }
    const metres = () => view.w / Math.max(1, element.clientWidth);

    element.addEventListener("pointerdown", (e) => { fingers.set(e.pointerId, e); element.setPointerCapture(e.pointerId); });
    for (const name of ["pointerup", "pointercancel"]) element.addEventListener(name, (e) => fingers.delete(e.pointerId));
    element.addEventListener("pointermove", (e) => {
      const before = fingers.get(e.pointerId);
      if (!before) return;
      if (fingers.size === 2) {
        const other = [...fingers.values()].find((one) => one.pointerId !== e.pointerId);
        const was = Math.hypot(before.clientX - other.clientX, before.clientY - other.clientY), is = Math.hypot(e.clientX - other.clientX, e.clientY - other.clientY);
        const box = element.getBoundingClientRect(), x = (e.clientX + other.clientX) / 2 - box.left, y = (e.clientY + other.clientY) / 2 - box.top;
        if (was > 0) zoom(is / was, view.x + x * metres(), view.y + y * metres());
      } else {
        view.x -= (e.clientX - before.clientX) * metres();
        view.y -= (e.clientY - before.clientY) * metres();
        show();
      }
      fingers.set(e.pointerId, e);
    });
    element.addEventListener("wheel", (e) => { e.preventDefault(); zoom(e.deltaY < 0 ? STEP : 1 / STEP); }, { passive: false });
    new ResizeObserver(show).observe(element);

    return {
      zoom,
      whole,
      /* Bring a stop into the middle, and mark it. `outcomes` are what came of stops, by id. */
      mark: (id, outcomes) => {
        for (const sign of svg.querySelectorAll("[data-stop]")) {
          const stop = Number(sign.dataset.stop);
          sign.setAttribute("class", (stop === id ? "now " : "") + (outcomes[stop] && outcomes[stop] !== "pending" ? "was" : ""));
        }
        const sign = svg.querySelector('[data-stop="' + id + '"]');
        if (!sign) return;
        sign.parentNode.append(sign);
        const [x, y] = sign.getAttribute("transform").match(/-?[\d.]+/g).map(Number);
        if (view.w > NEAR_M * 1.5) { view.w = Math.min(width, NEAR_M * 1.4); }
        view.h = (view.w * element.clientHeight) / Math.max(1, element.clientWidth);
        view.x = x - view.w / 2;
        view.y = y - view.h / 2;
        show();
      },
      here: (lon, lat) => {
        const sign = svg.querySelector("[data-here]"), x = (lon - at.lon) * at.lon_m, y = (at.lat - lat) * at.lat_m;
        sign.setAttribute("transform", "translate(" + x.toFixed(1) + " " + y.toFixed(1) + ")");
        sign.setAttribute("visibility", "visible");
        view.x = x - view.w / 2;
        view.y = y - view.h / 2;
        show();
      },
    };
  }

  window.WalkGround = { create };
})();
