/* Names on the sheet: compounds, streets and building numbers, placed so that none covers another. */
(function () {
  "use strict";

  const FONT = '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC","Gridmap Sans",sans-serif';

  /* The box of a text, as wide as it is turned. */
  function boxOf(ctx, text, x, y, angle, size) {
    const width = ctx.measureText(text).width;
    const w = Math.abs(width * Math.cos(angle)) + Math.abs(size * Math.sin(angle));
    const h = Math.abs(width * Math.sin(angle)) + Math.abs(size * Math.cos(angle));
    return [x - w / 2 - 2, y - h / 2 - 1, x + w / 2 + 2, y + h / 2 + 1];
  }
  function overlap(a, b) {
    return Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0])) * Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
  }

  function place(ctx, taken, text, x, y, angle, size) {
    const box = boxOf(ctx, text, x, y, angle, size);
    if (taken.some((b) => overlap(b, box))) return;
    taken.push(box);
    ctx.save();
    ctx.translate(x, y);
    ctx.rotate(angle);
    ctx.strokeText(text, 0, 0);
    ctx.fillText(text, 0, 0);
    ctx.restore();
  }

  function longestStretch(coords, at) {
    let best = null, longest = 0;
    for (let i = 1; i < coords.length; i++) {
      const a = at(coords[i - 1]), b = at(coords[i]);
      const length = Math.hypot(b.x - a.x, b.y - a.y);
      if (length > longest) { longest = length; best = [a, b]; }
    }
    return { best, longest };
  }

  const HOME = 0.4; // a name over a building is less bad than one below a sign

  /* Where a compound's name hides least: in its middle, else towards its walls, else just outside. */
  function clearest(ctx, signs, homes, text, at, walls, size) {
    const middle = (walls[0] + walls[2]) / 2;
    const tries = [
      at, [at[0], walls[1] + size], [at[0], walls[3] - size], [middle, walls[1] - size], [middle, walls[3] + size],
      [at[0], (at[1] + walls[1]) / 2], [at[0], (at[1] + walls[3]) / 2],
    ];
    let best = null, least = Infinity;
    for (const [x, y] of tries) {
      const box = boxOf(ctx, text, x, y, 0, size);
      const hidden = signs.reduce((sum, sign) => sum + overlap(sign, box), 0) + HOME * homes.reduce((sum, home) => sum + overlap(home, box), 0);
      if (hidden < least) { least = hidden; best = [x, y]; }
    }
    return best;
  }

  /* `signs` are the boxes of the markers that lie over the sheet. */
  function draw(sheet, ctx, map, signs) {
    const zoom = map.getZoom();
    const taken = [];
    const at = (c) => map.latLngToLayerPoint([c[1], c[0]]);
    const inView = (p) => sheet._bounds.contains(p);
    ctx.save();
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.lineJoin = "round";
    ctx.lineWidth = 3;
    const write = (size, weight, colour, halo) => {
      ctx.font = weight + " " + size + "px " + FONT;
      ctx.fillStyle = colour;
      ctx.strokeStyle = halo || "rgba(255,255,255,.92)";
    };
    if (sheet.isVisible("compounds") && zoom >= 15) {
      const size = zoom >= 17 ? 15 : 12.5;
      write(size, 600, "#3b3a36");
      const { scale, dx, dy } = sheet._place;
      const pixels = (b) => [b[0] * scale + dx, b[1] * scale + dy, b[2] * scale + dx, b[3] * scale + dy];
      const homes = sheet.isVisible("buildings") ? sheet.items("buildings").map((it) => pixels(it.box)) : [];
      for (const it of sheet.items("compounds")) {
        const p = at(it.properties.label_at), name = it.properties.name;
        if (!inView(p)) continue;
        const walls = pixels(it.box);
        const near = [walls[0], walls[1] - 2 * size, walls[2], walls[3] + 2 * size];
        const [x, y] = clearest(ctx, signs.concat(taken), homes.filter((home) => overlap(home, near)), name, [p.x, p.y], walls, size);
        place(ctx, taken, name, x, y, 0, size);
      }
    }
    if (sheet.isVisible("paths") && zoom >= 15.5) {
      write(12, 400, "#6d675c");
      const named = new Set();
      for (const it of sheet.items("paths")) {
        const name = it.properties.name;
        if (!name) continue;
        const lines = it.geometry.type === "LineString" ? [it.geometry.coordinates] : it.geometry.coordinates;
        for (const line of lines) {
          const { best, longest } = longestStretch(line, at);
          if (!best || longest < ctx.measureText(name).width + 16) continue;
          const x = (best[0].x + best[1].x) / 2, y = (best[0].y + best[1].y) / 2;
          const here = name + Math.round(x / 500) + ":" + Math.round(y / 500);
          if (named.has(here) || !inView(L.point(x, y))) continue;
          named.add(here);
          let angle = Math.atan2(best[1].y - best[0].y, best[1].x - best[0].x);
          if (angle > Math.PI / 2) angle -= Math.PI;
          if (angle < -Math.PI / 2) angle += Math.PI;
          if (!signs.some((sign) => overlap(sign, boxOf(ctx, name, x, y, angle, 12)))) place(ctx, taken, name, x, y, angle, 12);
        }
      }
    }
    if (sheet.isVisible("buildings") && zoom >= 17) {
      const size = zoom >= 18 ? 12 : 10.5;
      write(size, 500, "#23221f", "rgba(255,255,255,.75)");
      const scale = sheet._place.scale;
      for (const it of sheet.items("buildings")) {
        const text = it.properties.number;
        if (!text || (it.box[2] - it.box[0]) * scale < ctx.measureText(text).width * 0.8) continue;
        const middle = sheet.middle(it);
        const p = L.point(middle[0] * scale + sheet._place.dx, middle[1] * scale + sheet._place.dy);
        if (inView(p)) place(ctx, taken, text, p.x, p.y, 0, size);
      }
    }
    ctx.restore();
  }

  window.GridmapLabels = { draw, overlap };
})();
