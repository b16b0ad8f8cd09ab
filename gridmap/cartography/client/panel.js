/* What lies over the map: search, the card of the chosen thing, the legend, and word of loading or failure.
 * All text is set as text, never as HTML.
 */
(function () {
  "use strict";

  function el(tag, className, text) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined && text !== null) node.textContent = text;
    return node;
  }

  function create(map, config, emit) {
    const words = config.words;
    const root = el("div", "gm-panel");
    map.getContainer().prepend(root); // before the markers, for those who go by the keyboard
    L.DomEvent.disableClickPropagation(root);
    L.DomEvent.disableScrollPropagation(root);

    // Search
    const search = el("div", "gm-search");
    const input = el("input");
    input.type = "search";
    input.placeholder = words.search;
    input.setAttribute("aria-label", words.search);
    input.autocomplete = "off";
    const hits = el("ul", "gm-hits");
    hits.setAttribute("role", "listbox");
    search.append(input, hits);
    let timer = null, asked = "", shown = "", atOnce = false;
    function ask() {
      clearTimeout(timer);
      asked = input.value.trim();
      emit({ kind: "searched", text: asked.slice(0, 80) });
    }
    function forget() {
      clearTimeout(timer);
      asked = shown = "";
      atOnce = false;
      hits.replaceChildren();
    }
    input.addEventListener("input", () => {
      clearTimeout(timer);
      atOnce = false;
      if (!input.value.trim()) { forget(); return; }
      timer = setTimeout(ask, 250);
    });
    input.addEventListener("keydown", (e) => {
      if (e.isComposing) return; // the key belongs to the Chinese input method
      if (e.key === "Escape") { input.value = ""; forget(); }
      if (e.key === "ArrowDown" && hits.querySelector("button")) { e.preventDefault(); hits.querySelector("button").focus(); }
      if (e.key !== "Enter" || !input.value.trim()) return;
      if (shown === input.value.trim()) { if (hits.querySelector("button")) hits.querySelector("button").click(); }
      else { atOnce = true; ask(); } // the answers on screen are to what was typed before
    });
    function showHits(answer) {
      if (!answer || answer.text !== asked.slice(0, 80) || !asked) { if (!asked) hits.replaceChildren(); return; }
      shown = asked;
      hits.replaceChildren();
      answer.found.forEach((hit) => {
        const item = el("li"), button = el("button");
        button.type = "button";
        button.append(el("b", "", hit.title), el("small", "", hit.place));
        button.addEventListener("click", (e) => {
          e.stopPropagation(); // the button is gone before the map could see whose click it was
          input.value = "";
          forget();
          input.blur();
          emit({ kind: "found", target: hit.target, id: hit.id });
        });
        item.append(button);
        hits.append(item);
      });
      if (!answer.found.length) hits.append(el("li", "gm-none", words.nothing_found));
      else if (atOnce) hits.querySelector("button").click();
    }

    hits.addEventListener("keydown", (e) => {
      e.stopPropagation(); // the map would move
      const all = [...hits.querySelectorAll("button")], next = all[all.indexOf(document.activeElement) + (e.key === "ArrowDown" ? 1 : -1)];
      if (e.key === "Escape") { input.value = ""; forget(); input.focus(); }
      if (e.key === "ArrowDown" || e.key === "ArrowUp") { e.preventDefault(); (next || input).focus(); }
    });
    search.addEventListener("keydown", (e) => e.stopPropagation());

    // Card
    const card = el("section", "gm-card");
    card.hidden = true;
    card.setAttribute("aria-live", "polite");
    function showCard(content, selected) {
      card.hidden = !content;
      card.replaceChildren();
      if (!content) return;
      const head = el("header");
      const close = el("button", "gm-close", "×");
      close.type = "button";
      close.setAttribute("aria-label", words.close);
      close.addEventListener("click", () => { card.hidden = true; emit({ kind: "closed" }); });
      const title = el("h2", "", content.title);
      head.append(title, close);
      card.append(head);
      if (content.subtitle) card.append(el("p", "gm-sub", content.subtitle));
      const list = el("dl");
      content.rows.forEach((row) => {
        const value = el("dd", row.tone ? "gm-" + row.tone : "", row.value);
        if (row.ask) {
          const ask = el("button", "gm-ask", row.ask.label);
          ask.type = "button";
          ask.addEventListener("click", () => emit({ kind: "asked", subject: row.ask.subject, id: row.ask.id }));
          value.append(" ", ask);
        }
        list.append(el("dt", "", row.label), value);
      });
      card.append(list);
      if (!selected || !(content.acts || []).length) return;
      const acts = el("footer");
      content.acts.forEach((one) => {
        if (one.href) {
          // Beside the map, which stays as it is.
          const link = el("a", "", one.text);
          link.href = one.href;
          link.target = "_blank";
          acts.append(link);
          return;
        }
        const button = el("button", "", one.text);
        button.type = "button";
        button.addEventListener("click", () => emit({ kind: "wanted", act: one.act, target: selected.target, id: selected.id }));
        acts.append(button);
      });
      card.append(acts);
    }

    // Legend
    const legend = el("details", "gm-legend");
    legend.open = map.getContainer().clientWidth > 640;
    const summary = el("summary", "", words.legend);
    const entries = el("ul");
    legend.append(summary, entries);
    function showLegend(rows) {
      entries.replaceChildren();
      legend.hidden = !rows.length;
      rows.forEach((row) => {
        const item = el("li", row.type === "heading" ? "gm-heading" : "");
        if (row.type !== "heading") {
          const mark = el("i", "gm-mark gm-mark-" + row.type + (row.hatch ? " gm-hatch-" + row.hatch : "") + (row.light ? " gm-light" : ""));
          if (row.letter) mark.append(el("b", "", row.letter));
          if (row.colour) mark.style.setProperty("--c", row.colour);
          if (row.ink) mark.style.color = row.ink;
          if (row.icon) { const img = el("img"); img.src = row.icon; img.alt = ""; mark.append(img); }
          item.append(mark);
        }
        item.append(el("span", "", row.text));
        entries.append(item);
      });
    }

    // Loading, failure, empty
    const busy = el("div", "gm-busy", words.loading);
    busy.hidden = true;
    const failure = el("div", "gm-failure");
    failure.hidden = true;
    const again = el("button", "", words.again);
    again.type = "button";
    failure.append(el("span", "", words.layer_failed), again);

    const order = window.GridmapOrder.create(map, words, emit);

    // The phone's chrome hides the lower edge last, so what matters hangs from the top.
    root.append(search, order.root, card, legend, busy, failure);
    return {
      /* Height of what the card takes from the map's lower edge: on a phone it hangs there. */
      covered() {
        const wide = card.offsetWidth >= map.getContainer().clientWidth;
        return card.hidden || !wide ? 0 : card.offsetHeight;
      },
      left: order.covered,
      busy(on) { busy.hidden = !on; },
      failed(retry) { failure.hidden = false; again.onclick = () => { failure.hidden = true; retry(); }; },
      show(command) { search.hidden = !command.search; showHits(command.hits); showCard(command.card, command.selected); showLegend(command.legend); order.show(command.order); },
    };
  }

  window.GridmapPanel = { create };
})();
