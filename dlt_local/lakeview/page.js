"use strict";
(() => {
  const board = JSON.parse(document.getElementById("board").textContent);
  const shown = new Map(); // drawn charts by widget
  const choices = new Map(); // what is chosen, by filter
  document.documentElement.classList.add("js");

  // Values as dlt_local/lakeview/values.py writes them.
  const asText = (value, column) => {
    if (value === null) return "–";
    if (column.kind === "number") return new Intl.NumberFormat("en-US", column.format).format(value);
    if (column.kind === "boolean") return value ? "yes" : "no";
    if (column.kind === "time") return value.replace("T", " ").replace(/Z$/, "").replace(/:00$/, "");
    return value;
  };

  const isChosen = (row, widget) => Object.entries(widget.filters).every(([id, position]) => {
    const choice = choices.get(id);
    if (!choice) return true;
    const value = row[position];
    if (value === null) return false;
    if (choice.values) return choice.values.has(String(value));
    const day = String(value).slice(0, 10);
    return (!choice.from || day >= choice.from) && (!choice.to || day <= choice.to);
  });

  const present = (values) => values.filter((value) => value !== null);
  const total = (values) => (values.length ? values.reduce((sum, value) => sum + value, 0) : null);
  const extreme = (values, isBetter) => values.reduce((best, value) => (best === null || isBetter(value, best) ? value : best), null);
  const mean = (pairs) => {
    const count = total(pairs.map((pair) => pair[1]));
    return count ? total(present(pairs.map((pair) => pair[0]))) / count : null;
  };
  const MERGES = {
    sum: (values) => total(present(values)),
    count: (values) => total(present(values)) ?? 0,
    min: (values) => extreme(present(values), (one, other) => one < other),
    max: (values) => extreme(present(values), (one, other) => one > other),
    avg: mean,
  };

  // The rows of a widget: those that are chosen, put together again to one for each group.
  const rowsOf = (widget) => {
    const width = widget.columns.length;
    if (!widget.in_parts) return widget.rows;
    const chosen = widget.rows.filter((row) => isChosen(row, widget));
    if (!widget.grouped) return chosen.map((row) => row.slice(0, width));
    const groups = new Map();
    const isKey = (column) => column.merge === "group";
    for (const row of chosen) {
      const key = JSON.stringify(row.filter((_, position) => position < width && isKey(widget.columns[position])));
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(row);
    }
    if (!groups.size && !widget.columns.some(isKey)) groups.set("[]", []);
    return [...groups.values()].map((rows) => widget.columns.map((column, position) =>
      isKey(column) ? rows[0][position] : MERGES[column.merge](rows.map((row) => row[position]))));
  };

  const toVega = (widget, rows) => rows.map((row) => Object.fromEntries(row.map((value, position) => {
    const isMoment = value !== null && ["date", "time"].includes(widget.columns[position].kind);
    return [`c${position}`, isMoment ? Date.parse(value) : value];
  })));

  const element = (name, attributes, text) => {
    const made = Object.assign(document.createElement(name), attributes);
    if (text !== undefined) made.textContent = text;
    return made;
  };

  const fillTable = (place, widget, rows) => {
    const body = place.querySelector("tbody");
    body.replaceChildren(...rows.map((row) => {
      const line = document.createElement("tr");
      for (const position of widget.shown) {
        const column = widget.columns[position];
        line.append(element("td", { className: `${column.kind}-cell` }, asText(row[position], column)));
      }
      return line;
    }));
    const empty = place.querySelector(".empty");
    if (empty) empty.hidden = rows.length > 0;
  };

  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const palette = () => [0, 1, 2, 3, 4, 5, 6, 7].map((shade) => style(`--c${shade}`));
  const theme = () => {
    const [text, soft, grid, line] = ["--text", "--soft", "--grid", "--line"].map(style);
    const words = { labelColor: soft, titleColor: soft, labelFontSize: 11.5, titleFontSize: 12, titleFontWeight: "normal" };
    return {
      background: null, font: getComputedStyle(document.body).fontFamily,
      axis: { ...words, gridColor: grid, domainColor: line, tickColor: line },
      legend: { ...words, labelColor: text, orient: "bottom", direction: "horizontal",  symbolLimit: 12, labelLimit: 190 },
      view: { stroke: null }, range: { category: palette() }, mark: { color: palette()[0] },
    };
  };

  const nothingToDraw = (widget, rows) => {
    if (!rows.length) return widget.rows.length ? "No rows for this choice." : "There are no rows yet.";
    const drawn = widget.measures.filter((position) => rows.some((row) => row[position] !== null));
    const names = widget.measures.map((position) => widget.columns[position].title).join(", ");
    return drawn.length || !widget.measures.length ? "" : `No value to draw: ${names} is empty in all rows.`;
  };

  const DAY = 24 * 60 * 60 * 1000;
  const daysOf = (rows, position) => {
    const days = present(rows.map((row) => row[position])).map((day) => Date.parse(day));
    const first = Math.min(...days);
    return Array.from({ length: (Math.max(...days) - first) / DAY + 1 }, (_, day) => first + day * DAY);
  };

  const legendColumns = (labels, width) => Math.max(1, Math.floor(width / (40 + 7 * Math.max(0, ...labels.map((label) => label.length)))));

  const specOf = (widget, rows, place) => {
    const spec = structuredClone(widget.spec);
    const scale = spec.encoding.color?.scale;
    for (const channel of Object.values(spec.encoding)) {
      const isDay = channel.type === "ordinal" && widget.columns[Number(channel.field.slice(1))].kind === "date";
      if (isDay && ["x", "y"].some((axis) => spec.encoding[axis] === channel) && spec.mark.type === "bar") channel.scale.domain = daysOf(rows, Number(channel.field.slice(1)));
    }
    const flat = spec.encoding.y?.type === "quantitative" && rows.every((row) => !row[Number(spec.encoding.y.field.slice(1))]);
    if (flat) spec.encoding.y.scale = { domain: [0, 1] };
    if (scale?.domain) spec.encoding.color.legend.columns = legendColumns(scale.domain, place.clientWidth);
    if (scale?.range) scale.range = [...scale.range, ...palette()].slice(0, Math.max(scale.domain.length, scale.range.length));
    if (spec.encoding.color?.type === "quantitative") spec.encoding.color.legend = { ...spec.encoding.color.legend, orient: "right", direction: "vertical", columns: 1 };
    return {
      ...spec, data: { name: "rows", values: toVega(widget, rows) }, config: theme(),
      width: place.clientWidth, height: place.clientHeight, autosize: { type: "fit", contains: "padding" },
    };
  };

  const draw = async (widget) => {
    const figure = document.getElementById(widget.id);
    const place = figure.querySelector(".drawing");
    if (!place.clientWidth || !place.clientHeight) return;
    const rows = rowsOf(widget);
    const turn = Symbol(widget.id);
    shown.get(widget.id)?.result?.finalize();
    shown.set(widget.id, { turn });
    const message = nothingToDraw(widget, rows);
    if (message) {
      place.replaceChildren(element("p", { className: "nothing" }, message));
      return;
    }
    const inside = document.createElement("div");
    place.replaceChildren(inside);
    const options = { mode: "vega-lite", renderer: "svg", actions: false, ast: true, tooltip: { theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light" } };
    try {
      const result = await vegaEmbed(inside, specOf(widget, rows, place), options);
      if (shown.get(widget.id).turn === turn) shown.set(widget.id, { turn, result });
      else result.finalize();
    } catch (error) {
      place.replaceChildren(element("p", { className: "problem" }, `This chart cannot be drawn: ${error.message}`));
    }
  };

  const refresh = (widget) => {
    const place = document.getElementById(widget.id);
    const rows = rowsOf(widget);
    if (widget.kind === "counter") place.querySelector(".number").textContent = asText(rows.length ? rows[0][widget.shown[0]] : null, widget.columns[widget.shown[0]]);
    else fillTable(place, widget, rows);
    return widget.kind === "chart" ? draw(widget) : undefined;
  };

  const isVisible = (widget) => !document.getElementById(widget.id).closest(".page")?.hidden;
  const drawVisible = () => Promise.all(board.widgets.filter((widget) => widget.kind === "chart" && isVisible(widget)).map(draw));

  // Filters
  const follow = (id) => Promise.all(board.widgets.filter((widget) => id in widget.filters).map(refresh));
  const choose = (id, choice) => { choice ? choices.set(id, choice) : choices.delete(id); return follow(id); };
  for (const filter of document.querySelectorAll(".filter[data-kind]")) {
    const inputs = [...filter.querySelectorAll("input, select")];
    const read = {
      one: () => (inputs[0].value === "" ? null : { values: new Set([JSON.parse(inputs[0].value)].map(String)) }),
      many: () => {
        const chosen = inputs.filter((input) => input.checked);
        const summary = filter.querySelector("summary");
        summary.textContent = chosen.length ? chosen.map((input) => input.parentElement.textContent.trim()).join(", ") : "All";
        summary.setAttribute("aria-label", `${summary.dataset.title}: ${summary.textContent}`);
        return chosen.length ? { values: new Set(chosen.map((input) => String(JSON.parse(input.value)))) } : null;
      },
      dates: () => (inputs.some((input) => input.value) ? { from: inputs[0].value, to: inputs[1].value } : null),
    }[filter.dataset.kind];
    filter.addEventListener("change", () => choose(filter.id, read()));
    if (read()) choose(filter.id, read()); // what a browser kept from before a reload
  }
  const menus = [...document.querySelectorAll(".choices")];
  document.addEventListener("click", (event) => menus.forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
  menus.forEach((menu) => menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { menu.open = false; menu.querySelector("summary").focus(); }
  }));

  // Pages as tabs
  const panels = [...document.querySelectorAll(".page")];
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const select = (chosen, { focus = false } = {}) => {
    tabs.forEach((tab, position) => {
      const isThis = position === chosen;
      tab.setAttribute("aria-selected", String(isThis));
      tab.tabIndex = isThis ? 0 : -1;
      panels[position].hidden = !isThis;
    });
    if (focus) tabs[chosen].focus();
    return drawVisible();
  };
  if (tabs.length) {
    document.querySelector("[role=tablist]").hidden = false;
    panels.forEach((panel) => { panel.setAttribute("role", "tabpanel"); panel.setAttribute("aria-labelledby", `tab-${panel.id}`); });
  }
  const STEPS = { ArrowRight: 1, ArrowLeft: -1 };
  tabs.forEach((tab, position) => {
    tab.addEventListener("click", () => { window.drawnBoard.ready = select(position); });
    tab.addEventListener("keydown", (event) => {
      const next = event.key === "Home" ? 0 : event.key === "End" ? tabs.length - 1 : event.key in STEPS ? (position + STEPS[event.key] + tabs.length) % tabs.length : null;
      if (next !== null) { event.preventDefault(); select(next, { focus: true }); }
    });
  });

  for (const numbers of document.querySelectorAll(".numbers")) {
    numbers.addEventListener("toggle", () => {
      numbers.closest(".chart").classList.toggle("open", numbers.open);
      if (!numbers.open) drawVisible();
    });
  }
  let width = innerWidth;
  let waiting;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(drawVisible, 120);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawVisible);

  window.drawnBoard = { view: (id) => shown.get(id)?.result?.view, rows: (id) => rowsOf(board.widgets.find((widget) => widget.id === id)), ready: null };
  window.drawnBoard.ready = tabs.length ? select(0) : drawVisible();
})();
