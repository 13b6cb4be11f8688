/** What the page does by itself: values under the pointer, and the choice of theme. Reads the charts' JSON of the page. */
export const SCRIPT = `
(() => {
  const charts = new Map(JSON.parse(document.getElementById("charts").textContent).map((chart) => [chart.id, chart]));
  const W = WIDTH, L = LEFT, R = RIGHT;
  const short = (v) => String(Number(v.toPrecision(3)));
  const count = (v) => v >= 1e6 ? short(v / 1e6) + " M" : v >= 100 ? Math.round(v).toLocaleString("en-US") : short(v);
  const time = (v) => v === 0 ? "0 ms" : v < 1 ? short(v * 1e3) + " \\u00b5s" : v < 1e3 ? short(v) + " ms" : v < 12e4 ? short(v / 1e3) + " s" : v < 72e5 ? short(v / 6e4) + " min" : short(v / 36e5) + " h";
  const two = (v) => String(v).padStart(2, "0");
  const clock = (ms) => { const s = ms / 1e3; const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60; const sec = s % 60; const t = Number.isInteger(sec) ? two(sec) : sec.toFixed(1).padStart(4, "0"); return h > 0 ? h + ":" + two(m) + ":" + t : m + ":" + t; };
  const nines = (p) => -Math.log10(Math.max(1e-9, 1 - p / 100));
  for (const svg of document.querySelectorAll("svg[data-chart]")) {
    const chart = charts.get(svg.dataset.chart), figure = svg.closest("figure"), cursor = svg.querySelector(".cursor");
    const tip = figure.appendChild(document.createElement("div"));
    tip.className = "tip";
    const length = Math.max(1, ...chart.series.map((s) => s.values.length));
    const places = chart.percentiles && (() => { const most = Math.max(1, ...chart.percentiles.map(nines)); return chart.percentiles.map((p) => L + (W - L - R) * nines(p) / most); })();
    const hide = () => { tip.style.visibility = "hidden"; cursor.setAttribute("visibility", "hidden"); };
    svg.addEventListener("pointerleave", hide);
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect(), x = (event.clientX - box.left) * W / box.width;
      let index = Math.floor((x - L) / (W - L - R) * length);
      if (places) index = places.reduce((best, at, each) => Math.abs(at - x) < Math.abs(places[best] - x) ? each : best, 0);
      if (index < 0 || index >= length) return hide();
      const at = places ? places[index] : L + (index + 0.5) * (W - L - R) / length;
      cursor.setAttribute("x1", at); cursor.setAttribute("x2", at); cursor.setAttribute("visibility", "visible");
      tip.textContent = "";
      tip.appendChild(document.createElement("b")).textContent = places ? "p" + chart.percentiles[index] : clock(index * chart.intervalMs);
      for (const series of chart.series) {
        const value = series.values[index];
        if (value === null || value === undefined) continue;
        const row = tip.appendChild(document.createElement("div"));
        row.appendChild(document.createElement("span")).textContent = series.name;
        row.appendChild(document.createElement("span")).textContent = chart.unit === "ms" ? time(value) : count(value);
      }
      tip.style.visibility = "visible";
      const outer = figure.getBoundingClientRect(), left = at * box.width / W + box.left - outer.left;
      const wide = tip.offsetWidth;
      tip.style.left = (left + wide + 18 > outer.width ? Math.max(4, left - wide - 14) : left + 14) + "px";
      tip.style.top = (box.top - outer.top + 10) + "px";
    });
  }
  const dark = matchMedia("(prefers-color-scheme:dark)").matches;
  document.getElementById("theme").addEventListener("click", () => {
    const root = document.documentElement, now = root.dataset.theme || (dark ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
  });
})();
`;
