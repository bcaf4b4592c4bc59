// Trends: each figure draws the same columns of figures, fetched once for all. Colours are the page's own; every point opens its orders; the table says the same.
(() => {
  "use strict";
  const REFRESH_S = 60, HEIGHT = 190, AXIS_WIDTH = 52;
  const root = document.querySelector("[data-trends]");
  if (!root) return;
  const language = document.documentElement.lang || "en";
  const zone = root.dataset.zone || undefined;
  const drawn = new Map();
  let range = "24h", told = null, fetched = 0;

  const tone = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const faint = (name) => `color-mix(in srgb, ${tone(name)} 22%, transparent)`;
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const short = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });
  const span = (s) => (s < 90 ? `${Math.round(s)} s` : s < 5400 ? `${Math.round(s / 60)} min` : s < 172800 ? `${(s / 3600).toFixed(1)} h` : `${(s / 86400).toFixed(1)} d`);
  const isoDay = () => told.grain === "day";
  const at = (seconds, long) => new Intl.DateTimeFormat(language, {
    timeZone: isoDay() ? "UTC" : zone, hourCycle: "h23",
    ...(isoDay() ? { day: "numeric", month: "short", ...(long ? { weekday: "short" } : {}) }
      : { hour: "2-digit", minute: "2-digit", ...(long ? { day: "numeric", month: "short" } : {}) }),
  }).format(new Date(seconds * 1000));

  // Minor units become major ones by the currency's own digits.
  const major = (value, currency) => value / 10 ** new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
  const shown = (value, unit, brief) => {
    if (value === null || value === undefined) return "–";
    if (unit === "%") return `${value} %`;
    if (unit === "s") return span(value);
    return (brief ? short : whole).format(value);
  };

  const seriesOf = (figure) => {
    const tones = figure.dataset.tones.split(",");
    if (figure.dataset.series === "at_risk") {
      return Object.keys(told.at_risk).map((currency, n) => ({ name: currency, tone: tones[n % tones.length], values: told.at_risk[currency].map((v) => (v === null ? null : major(v, currency))) }));
    }
    const names = figure.dataset.names.split("|");
    return figure.dataset.series.split(",").map((key, n) => ({ name: names[n], tone: tones[n], values: told[key] }));
  };

  const opens = (figure, index) => {
    const base = figure.dataset.opens;
    if (!base || index === null || index === undefined) return "";
    const from = new Date(told.at[index] * 1000).toISOString(), to = new Date((told.at[index] + told.step_s) * 1000).toISOString();
    return `${base}${base.includes("?") ? "&" : "?"}from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`;
  };

  const read = (figure, series, index) => {
    const place = figure.querySelector("[data-reading]");
    const n = index ?? told.at.length - 1;
    place.textContent = `${at(told.at[n], true)}: ${series.map((s) => `${s.name} ${shown(s.values[n], figure.dataset.unit)}`).join(" · ")}`;
  };

  const table = (figure, series) => {
    const head = figure.querySelector("thead tr"), body = figure.querySelector("tbody");
    head.replaceChildren(head.firstElementChild, ...series.map((s) => Object.assign(document.createElement("th"), { scope: "col", className: "num", textContent: s.name })));
    body.replaceChildren(...told.at.map((seconds, n) => {
      const row = document.createElement("tr"), first = Object.assign(document.createElement("th"), { scope: "row" });
      const address = opens(figure, n);
      if (address && series[0].values[n]) first.append(Object.assign(document.createElement("a"), { href: address, textContent: at(seconds, true) }));
      else first.textContent = at(seconds, true);
      row.append(first, ...series.map((s) => Object.assign(document.createElement("td"), { className: "num", textContent: shown(s.values[n], figure.dataset.unit) })));
      return row;
    }).reverse());
  };

  const options = (figure, series, width) => {
    const bars = figure.dataset.chart === "bars", unit = figure.dataset.unit;
    const paths = bars ? uPlot.paths.bars({ size: [0.75, 28], align: 1 }) : uPlot.paths.linear();
    const axis = { stroke: tone("ink-3"), grid: { stroke: tone("line"), width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif" };
    return {
      width, height: HEIGHT, legend: { show: false }, padding: [8, 22, 0, 0],
      cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
      scales: { x: { time: true, range: [told.at[0], told.at[told.at.length - 1] + (bars ? told.step_s : 0)] }, y: { range: (u, low, high) => (unit === "%" ? [Math.max(0, Math.min(90, Math.floor(low / 10) * 10)), 100] : [0, high > 0 ? high * 1.08 : 1]) } },
      axes: [
        { ...axis, grid: { show: false }, space: 64, size: 28, values: (u, ticks) => ticks.map((t) => at(t, false)) },
        { ...axis, size: AXIS_WIDTH, values: (u, ticks) => ticks.map((t) => shown(t, unit, true)) },
      ],
      series: [{}, ...series.map((s) => ({ label: s.name, stroke: tone(s.tone), width: bars ? 0 : 2, fill: bars ? tone(s.tone) : series.length === 1 ? faint(s.tone) : undefined, paths, points: { show: !bars && told.at.length <= 100, size: 5, fill: tone(s.tone) }, spanGaps: false }))],
      hooks: { setCursor: [(u) => read(figure, series, u.cursor.idx)] },
    };
  };

  const draw = (figure) => {
    const place = figure.querySelector("[data-plot]"), series = seriesOf(figure);
    const some = series.some((s) => s.values.some((v) => v));
    figure.querySelector("[data-nothing]").hidden = some;
    place.hidden = !some;
    figure.querySelector("[data-reading]").hidden = !some;
    figure.querySelector("details").hidden = !series.length;
    drawn.get(figure)?.destroy();
    drawn.delete(figure);
    if (series.length) table(figure, series);
    if (!some) return;
    const plot = new uPlot(options(figure, series, place.clientWidth), [told.at, ...series.map((s) => s.values)], place);
    drawn.set(figure, plot);
    plot.over.addEventListener("click", () => { const address = opens(figure, plot.cursor.idx); if (address) location.href = address; });
    figure.classList.toggle("opens", Boolean(figure.dataset.opens));
    read(figure, series, null);
  };
  const drawAll = () => { if (told) root.querySelectorAll("[data-chart]").forEach(draw); };

  const fetchAll = async () => {
    const asked = range;
    fetched = Date.now();
    try {
      const answer = await fetch(`${root.dataset.trends}?range=${asked}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const columns = await answer.json();
      if (asked !== range) return;
      told = columns;
      root.querySelector("[data-failed]").hidden = true;
      root.querySelector("[data-range-note]").hidden = told.grain !== "day";
      drawAll();
    } catch { root.querySelector("[data-failed]").hidden = false; }
  };

  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-range]");
    if (!button) return;
    range = button.dataset.range;
    root.querySelectorAll("[data-range]").forEach((b) => b.setAttribute("aria-pressed", String(b === button)));
    fetchAll();
  });
  document.body.addEventListener("tick", () => { if (Date.now() - fetched > 1000 * REFRESH_S) fetchAll(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  new MutationObserver(drawAll).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  let width = root.clientWidth;
  new ResizeObserver(() => { if (root.clientWidth !== width) { width = root.clientWidth; requestAnimationFrame(drawAll); } }).observe(root);
  fetchAll();
})();
