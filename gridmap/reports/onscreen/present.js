/* A presentation: the map flies from step to step, by keys, clicker, buttons or a finger.
 *
 * What is said stands in the page already; this only shows one step after another.
 */
(function () {
  "use strict";

  const RHO = 1.3, LONGEST_MS = 2200, LEAST_SWIPE_PX = 45, REST_MS = 3000, SIGN_PX = 1000, LARGEST_SIZE = 1.35, LEAST_SIZE = 0.5;
  const NEXT = new Set(["ArrowRight", "ArrowDown", "PageDown", " ", "Spacebar", "Enter"]);
  const PREVIOUS = new Set(["ArrowLeft", "ArrowUp", "PageUp", "Backspace"]);
  const BLACK = new Set(["b", "B", "."]);

  const find = (id) => document.getElementById(id);
  const told = (id) => JSON.parse(find(id).textContent);
  const boxes = told("boxes"), words = told("words"), root = document.documentElement;
  const map = find("map"), ground = find("ground"), hatches = [...document.querySelectorAll("pattern.hatch")];
  const steps = boxes.map((_, n) => find("step-" + (n + 1))), layers = boxes.map((_, n) => find("layer-" + (n + 1)));
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  let now = -1, view = null, flight = 0, resting = 0;

  /* The map ------------------------------------------------------------------------------------------------------- */

  /* What shows a box whole, as middle and width in metres, on a map of that many pixels. */
  function fitting(box, width, height) {
    return { x: box[0] + box[2] / 2, y: box[1] + box[3] / 2, w: Math.max(box[2], (box[3] * width) / Math.max(1, height)) };
  }
  /* Metres that a pixel takes, times the size of signs on a map of that width. */
  function signScale(v, width, height) {
    return (v.w / Math.max(1, width)) * Math.min(1.5, Math.max(0.62, Math.min(width, 1.3 * height) / SIGN_PX));
  }
  function boxOf(v, width, height) {
    const h = (v.w * height) / Math.max(1, width);
    return [v.x - v.w / 2, v.y - h / 2, v.w, h].map((one) => one.toFixed(2)).join(" ");
  }
  function look(v) {
    const width = map.clientWidth, height = map.clientHeight, k = signScale(v, width, height);
    view = v;
    ground.setAttribute("viewBox", boxOf(v, width, height));
    ground.style.setProperty("--k", k.toFixed(4));
    for (const one of hatches) one.setAttribute("patternTransform", "scale(" + k.toFixed(4) + ")");
  }
  /* Smooth and efficient zooming and panning: van Wijk & Nuij (2003), doi:10.1109/INFVIS.2003.1249004. */
  function way(from, to) {
    const dx = to.x - from.x, dy = to.y - from.y, d = Math.hypot(dx, dy), r2 = RHO * RHO;
    if (d < 0.5) {
      const s = Math.log(to.w / from.w) / RHO;
      return { length: Math.abs(s), at: (t) => ({ x: from.x + t * dx, y: from.y + t * dy, w: from.w * Math.exp(RHO * t * s) }) };
    }
    const b = (w, sign) => (to.w * to.w - from.w * from.w + sign * r2 * r2 * d * d) / (2 * w * r2 * d);
    const r = (one) => Math.log(Math.sqrt(one * one + 1) - one);
    const r0 = r(b(from.w, 1)), length = (r(b(to.w, -1)) - r0) / RHO;
    return {
      length,
      at: (t) => {
        const s = t * length, u = (from.w / (r2 * d)) * (Math.cosh(r0) * Math.tanh(RHO * s + r0) - Math.sinh(r0));
        return { x: from.x + u * dx, y: from.y + u * dy, w: (from.w * Math.cosh(r0)) / Math.cosh(RHO * s + r0) };
      },
    };
  }
  function fly(to) {
    cancelAnimationFrame(flight);
    map.classList.remove("there");
    if (!view || calm.matches || document.hidden) { look(to); arrived(); return; }
    const path = way(view, to), lasts = Math.min(LONGEST_MS, 350 + 900 * path.length);
    if (path.length < 0.01) { look(to); arrived(); return; }
    let begun = 0;
    const go = (at) => {
      begun = begun || at;
      const t = Math.min(1, (at - begun) / lasts);
      look(t < 1 ? path.at(t * t * (3 - 2 * t)) : to);
      if (t < 1) flight = requestAnimationFrame(go); else arrived();
    };
    flight = requestAnimationFrame(go);
  }
  function arrived() {
    map.classList.add("there");
    map.dataset.step = now + 1;
    uncover();
  }
  /* Names that would lie on a sign or on another name are left out. */
  function uncover() {
    const taken = [...layers[now].querySelectorAll(".k")].map((one) => one.getBoundingClientRect());
    for (const name of ground.querySelectorAll("#names .k")) {
      const mine = name.getBoundingClientRect();
      const covered = taken.some((one) => mine.left < one.right && one.left < mine.right && mine.top < one.bottom && one.top < mine.bottom);
      name.classList.toggle("off", covered);
      if (!covered) taken.push(mine);
    }
  }

  /* The steps ----------------------------------------------------------------------------------------------------- */

  /* A step is written as large as it stands on the screen whole. */
  function fit(step) {
    let size = LARGEST_SIZE;
    step.style.setProperty("--size", size);
    while (size > LEAST_SIZE && step.scrollHeight > step.clientHeight + 1) {
      size -= 0.05;
      step.style.setProperty("--size", size.toFixed(2));
    }
    step.scrollTop = 0;
  }
  function show(n) {
    const to = Math.min(Math.max(n, 0), boxes.length - 1);
    find("black").hidden = true;
    if (to === now) return;
    now = to;
    steps.forEach((one, k) => one.classList.toggle("on", k === now));
    layers.forEach((one, k) => one.classList.toggle("on", k === now));
    find("count").textContent = now + 1 + " / " + boxes.length;
    find("previous").disabled = now === 0;
    find("next").disabled = now === boxes.length - 1;
    history.replaceState(null, "", "#" + (now + 1));
    fit(steps[now]);
    fly(fitting(boxes[now], map.clientWidth, map.clientHeight));
  }
  function asked() {
    const n = Number(location.hash.slice(1));
    return Number.isInteger(n) && n > 0 ? n - 1 : 0;
  }
  function settle() {
    if (now < 0) return;
    fit(steps[now]);
    cancelAnimationFrame(flight);
    look(fitting(boxes[now], map.clientWidth, map.clientHeight));
    arrived();
  }

  /* The whole screen ---------------------------------------------------------------------------------------------- */
  const isFull = () => Boolean(document.fullscreenElement);
  function full() {
    if (isFull()) document.exitFullscreen();
    else root.requestFullscreen().catch(() => { find("full").hidden = true; });
  }
  function leave() {
    if (document.body.dataset.back) location.assign(document.body.dataset.back);
  }
  function stir() {
    root.classList.remove("still");
    clearTimeout(resting);
    resting = setTimeout(() => root.classList.toggle("still", isFull()), REST_MS);
  }

  /* Paper: a step a page ------------------------------------------------------------------------------------------- */
  const NS = "http://www.w3.org/2000/svg", PAPER = [620, 560];
  function print() {
    const sheets = boxes.map((box, n) => {
      const sheet = document.createElement("div"), svg = document.createElementNS(NS, "svg"), base = document.createElementNS(NS, "use");
      const v = fitting(box, PAPER[0], PAPER[1]), names = document.createElementNS(NS, "use"), layer = layers[n].cloneNode(true), said = steps[n].cloneNode(true);
      sheet.className = "sheet";
      svg.setAttribute("viewBox", boxOf(v, PAPER[0], PAPER[1]));
      svg.style.setProperty("--k", signScale(v, PAPER[0], PAPER[1]).toFixed(4));
      base.setAttribute("href", "#base");
      names.setAttribute("href", "#names");
      for (const one of [layer, said]) { one.removeAttribute("id"); one.classList.add("on"); }
      said.style.setProperty("--size", 1);
      // Nothing is left out here, so what a step tells of stands above the names.
      svg.append(base, names, layer);
      sheet.append(document.querySelector("header").cloneNode(true), svg, said, document.querySelector("footer").cloneNode(true));
      return sheet;
    });
    find("paper").replaceChildren(...sheets);
  }

  /* Begin --------------------------------------------------------------------------------------------------------- */
  root.classList.add("js");
  const black = document.createElement("div");
  black.id = "black";
  black.hidden = true;
  black.textContent = words.black;
  document.body.append(black);
  black.addEventListener("click", () => { black.hidden = true; });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const back = PREVIOUS.has(event.key) || (event.key === " " && event.shiftKey);
    if (event.target instanceof HTMLButtonElement && (event.key === " " || event.key === "Enter")) return;
    if (back) show(now - 1);
    else if (NEXT.has(event.key)) show(now + 1);
    else if (event.key === "Home") show(0);
    else if (event.key === "End") show(boxes.length - 1);
    else if (BLACK.has(event.key)) black.hidden = !black.hidden;
    else if (event.key === "f" || event.key === "F") full();
    else if (event.key === "Escape") { if (!black.hidden) black.hidden = true; else if (!isFull()) leave(); else return; }
    else return;
    event.preventDefault();
  });
  const acts = { previous: () => show(now - 1), next: () => show(now + 1), full, print: () => window.print(), leave };
  for (const [id, act] of Object.entries(acts)) {
    // A clicker's keys must not press again what the mouse pressed last.
    find(id).addEventListener("click", (event) => { act(); event.currentTarget.blur(); });
  }
  find("full").hidden = !document.fullscreenEnabled;
  find("leave").hidden = !document.body.dataset.back;

  let began = null;
  document.addEventListener("touchstart", (event) => {
    const one = event.touches[0];
    began = event.touches.length === 1 ? { x: one.clientX, y: one.clientY } : null;
  }, { passive: true });
  document.addEventListener("touchend", (event) => {
    if (!began) return;
    const one = event.changedTouches[0], dx = one.clientX - began.x, dy = one.clientY - began.y;
    began = null;
    if (Math.abs(dx) > LEAST_SWIPE_PX && Math.abs(dx) > 1.5 * Math.abs(dy)) show(now + (dx < 0 ? 1 : -1));
  }, { passive: true });
  for (const name of ["pointermove", "pointerdown", "keydown"]) document.addEventListener(name, stir, { passive: true });
  document.addEventListener("fullscreenchange", () => {
    find("full").textContent = isFull() ? words.small : words.full;
    stir();
  });
  window.addEventListener("hashchange", () => show(asked()));
  window.addEventListener("beforeprint", print);
  new ResizeObserver(settle).observe(map);
  show(asked());
  if (document.fonts) document.fonts.ready.then(settle);
})();
