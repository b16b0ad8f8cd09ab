/* How each layer is drawn: functions from a feature and the map's state to a list of strokes and fills. */
(function () {
  "use strict";

  // Widths of paths, in metres on the ground and never below so many pixels.
  const PATHS = {
    street: { widthM: 14, width: 2.2, cased: true },
    inner_road: { widthM: 5, width: 1.2, cased: true },
    footpath: { widthM: 1.5, width: 0.8, dash: [4, 3] },
    stairs: { widthM: 1.5, width: 1, dash: [2, 2] },
  };

  function make(state, config) {
    const gridOf = (id) => state.gridsById.get(id);
    const palette = (grid) => (grid && config.palette[grid.properties.colour]) || { hex: "#8a8f98", hatch: "" };
    const faded = (gridId) => state.grids && !state.grids.includes(gridId);
    return {
      ground: (it) => {
        const look = config.ground[it.properties.kind];
        // Under the grids' tint the ground steps back, so that the five colours stay five.
        const alpha = state.tinted && it.properties.kind !== "water" ? 0.35 : 1;
        return look ? [{ fill: look.fill, fillAlpha: alpha, stroke: look.edge, width: 1, alpha }] : [];
      },
      grids: (it) => {
        const p = palette(it), away = faded(it.properties.id);
        return [
          { fill: p.hex, fillAlpha: away ? 0.05 : state.softened ? 0.1 : 0.22, hatch: away ? "" : p.hatch, hatchColour: p.hex, hatchAlpha: state.softened ? 0.16 : 0.3 },
          { stroke: "#ffffff", width: 5.5, alpha: away ? 0.3 : 0.9 },
          { stroke: p.hex, width: 3, alpha: away ? 0.3 : 1 },
        ];
      },
      boundary: () => [{ stroke: config.ink.text, width: 2.4, dash: [10, 4, 2, 4], alpha: 0.75 }],
      paths: (it, zoom) => {
        const p = PATHS[it.properties.kind] || PATHS.footpath, look = config.paths[it.properties.kind] || config.paths.footpath;
        if (zoom < 15 && it.properties.kind !== "street") return [];
        const dash = p.dash ? { dash: p.dash } : {};
        return [
          p.cased ? { stroke: look.edge, width: p.width + 1.4, widthM: p.widthM, grow: 1.6, cap: "round" } : null,
          Object.assign({ stroke: look.fill, width: p.width, widthM: p.widthM, cap: p.dash ? "butt" : "round" }, dash),
        ];
      },
      compounds: (it, zoom) => it.properties.walled
        ? [{ fill: "#fbf7ee", fillAlpha: 0.35 }, { stroke: config.ink.wall, width: zoom >= 16 ? 2.6 : 1.6 }]
        : [{ fill: "#fbf7ee", fillAlpha: 0.35 }, { stroke: config.ink.wall, width: 1.2, dash: [5, 4] }],
      gates: (it, zoom) => zoom < 15 ? [] : [
        { stroke: "#ffffff", width: zoom >= 17 ? 13 : 9, cap: "round" },
        { stroke: config.ink.wall, width: zoom >= 17 ? 9 : 6, cap: "round" },
      ],
      buildings: (it, zoom) => {
        const p = it.properties, own = state.of ? state.of[it.index] : p.grid_id;
        const grid = gridOf(own), away = faded(own) || (state.buildings && !state.buildings.has(it.id));
        const line = zoom >= 16 ? 1 : 0.5;
        let s;
        if (config.signs[state.fill.mode] && state.fill.states) {
          const look = config.signs[state.fill.mode][state.fill.states[it.index]] || config.coverage.unknown;
          s = { fill: look.fill, stroke: look.edge, width: line };
          if (look.hatch) Object.assign(s, { width: line + 1, hatch: look.hatch, hatchColour: look.edge, hatchAlpha: 0.85 });
        } else if (state.fill.mode === "households" && state.fill.classes) {
          const k = state.fill.classes.findIndex((top) => p.households <= top);
          s = { fill: p.households > 0 ? config.households[k < 0 ? config.households.length - 1 : k] : config.coverage.unknown.fill, stroke: config.ink.text, width: line * 0.8 };
        } else if (grid && (state.of || p.households > 0)) {
          s = { fill: palette(grid).hex, fillAlpha: 0.8, stroke: config.ink.text, width: line * 0.8 };
        } else {
          const look = config.uses[p.use] || config.uses.other;
          s = { fill: look.fill, stroke: look.edge, width: line };
        }
        if (away) Object.assign(s, { fillAlpha: 0.18, alpha: 0.3, hatch: "" });
        const passes = [s];
        if (state.selected && state.selected.target === "building" && state.selected.id === p.id) {
          passes.push({ stroke: "#ffffff", width: 7 }, { stroke: "#111827", width: 3.5 });
        }
        return passes;
      },
      shapes: (it) => {
        const look = config.shapes[it.properties.look], dash = look.dash ? { dash: look.dash } : {};
        switch (it.geometry.type) {
          case "Point":
            return [{ stroke: "#ffffff", width: 15, cap: "round" }, { stroke: look.edge, width: 11, cap: "round" }, { stroke: look.fill, width: 7, cap: "round" }];
          case "LineString":
          case "MultiLineString":
            return [{ stroke: "#ffffff", width: 7, cap: "round", alpha: 0.9 }, Object.assign({ stroke: look.edge, width: 3.6, cap: look.dash ? "butt" : "round" }, dash)];
          default:
            return [
              { fill: look.fill, fillAlpha: look.alpha, hatch: look.hatch, hatchColour: look.edge, hatchAlpha: 0.6 },
              { stroke: "#ffffff", width: 4.5, alpha: 0.8 },
              Object.assign({ stroke: look.edge, width: 2.4 }, dash),
            ];
        }
      },
      walks: (it) => it.properties.planned
        ? [{ stroke: "#ffffff", width: 7, cap: "round" }, { stroke: config.ink.route, width: 3.6, cap: "round" }]
        : [{ stroke: "#ffffff", width: 4, cap: "round", alpha: 0.7 }, { stroke: "#6b7280", width: 2, cap: "round", dash: [6, 5] }],
    };
  }

  window.GridmapStyles = { make };
})();
