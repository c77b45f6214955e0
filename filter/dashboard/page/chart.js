
/* ---- the chart: bars of messages, and below them the line of the pass rate ---- */

const chart = {box: find("chart"), domain: undefined, at: undefined, rest: 0};
const TOP = 22, BARS = 190, GAP = 44, RATE = 80, BELOW = 26, YEARS = 14;

/* A round number at or above n, and the steps to it. */
function scale(n) {
  const size = 10 ** Math.floor(Math.log10(Math.max(n, 1)));
  const step = [0.25, 0.5, 1, 2, 2.5, 5].map((f) => f * size).find((s) => s * 4 >= n && Number.isInteger(s)) || 1;
  return {top: Math.max(Math.ceil(n / step), 1) * step, step};
}

function plot(width) {
  const n = data.days.length;
  const left = 52, right = 8;
  const slot = (width - left - right) / n;
  return {left, slot, width, n, x: (i) => left + i * slot, bar: Math.max(Math.min(slot * 0.76, 36), 0.75)};
}

function axis(picture, p, y, label) {
  picture.append(draw("line", {class: "grid", x1: p.left, x2: p.width, y1: y, y2: y}),
    draw("text", {x: p.left - 8, y: y + 4, "text-anchor": "end"}, label));
}

function drawBars(picture, p, domain) {
  const [passed, failed, unclear] = domain.series;
  const sums = passed.map((n, i) => n + failed[i] + unclear[i]);
  const {top, step} = scale(Math.max(...sums));
  const height = (value) => value / top * BARS;
  picture.append(draw("text", {class: "caption", x: 0, y: 10}, "Messages a " + data.step));
  for (let value = 0; value <= top; value += step) axis(picture, p, TOP + BARS - height(value), brief(value));
  for (const [tone, values, below] of [["pass", passed, []], ["none", unclear, [passed]], ["fail", failed, [passed, unclear]]]) {
    const paths = ["", ""]; // of whole pieces, and of others
    values.forEach((value, i) => {
      if (!value) return;
      const base = below.reduce((sum, series) => sum + series[i], 0);
      const y = TOP + BARS - height(base + value);
      paths[PIECES[i] ? 1 : 0] += `M${(p.x(i) + (p.slot - p.bar) / 2).toFixed(2)} ${y.toFixed(2)}h${p.bar.toFixed(2)}v${Math.max(height(value), 0.75).toFixed(2)}h-${p.bar.toFixed(2)}z`;
    });
    picture.append(draw("path", {class: "area " + tone, d: paths[0]}));
    if (paths[1]) picture.append(draw("path", {class: "area part " + tone, d: paths[1]}), hatch(tone));
  }
}

/* What the bars of a piece that is not whole are filled with, by the style sheet. */
function hatch(tone) {
  const pattern = draw("pattern", {id: "part-" + tone, class: tone, width: 4, height: 4, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)"});
  pattern.append(draw("rect", {class: "stripe", width: 1.5, height: 4}));
  return pattern;
}

function drawRate(picture, p, domain) {
  const base = TOP + BARS + GAP;
  const [passed, failed] = domain.series;
  const rates = passed.map((n, i) => n + failed[i] ? n / (n + failed[i]) * 100 : undefined);
  const least = Math.min(100, ...rates.filter((rate) => rate !== undefined));
  const floor = [98, 95, 90, 80, 50, 0].find((f) => least >= f);
  const y = (rate) => base + RATE - (rate - floor) / (100 - floor) * RATE;
  picture.append(draw("text", {class: "caption", x: 0, y: base - 14}, "Pass rate"));
  for (const rate of [floor, (floor + 100) / 2, 100]) axis(picture, p, y(rate), rate + THIN + "%");
  let path = "", pen = false;
  rates.forEach((rate, i) => {
    const x = p.x(i) + p.slot / 2;
    const alone = rate !== undefined && rates[i - 1] === undefined && rates[i + 1] === undefined;
    if (rate !== undefined) path += `${pen ? "L" : "M"}${x.toFixed(2)} ${y(rate).toFixed(2)}`;
    if (alone) picture.append(draw("circle", {class: "pass", cx: x, cy: y(rate), r: 2.5}));
    pen = rate !== undefined;
  });
  picture.append(draw("path", {class: "line", d: path}));
  chart.rateY = rates.map((rate) => rate === undefined ? undefined : y(rate));
}

/* Whether days alone would be ambiguous: a chart of months names its years itself. */
const acrossYears = () => data.step !== "month" && year(data.days[0]) !== year(data.days[data.days.length - 1]);

/* The year stands below its first date. */
function drawDates(picture, p) {
  const y = TOP + BARS + GAP + RATE + 20;
  let named = acrossYears() ? undefined : year(data.days[0]);
  const every = [1, 2, 3, 7, 14, 28, 56].find((n) => n * p.slot >= 58) || p.n;
  for (let i = 0; i < p.n; i += every) {
    const middle = p.x(i) + p.slot / 2;
    const anchor = middle > p.width - 22 ? "end" : "middle";
    if (anchor === "end" && i && every * p.slot < 76) break; // it would touch the one before
    picture.append(draw("text", {x: middle, y, "text-anchor": anchor}, short(data.days[i])));
    if (data.step === "month" || year(data.days[i]) === named) continue;
    named = year(data.days[i]);
    picture.append(draw("text", {class: "year", x: middle, y: y + YEARS, "text-anchor": anchor}, named));
  }
}

function drawChart(width) {
  const p = plot(width);
  const height = TOP + BARS + GAP + RATE + BELOW + (acrossYears() ? YEARS : 0);
  const picture = draw("svg", {viewBox: `0 0 ${width} ${height}`, width: "100%", "aria-hidden": "true"});
  chart.plot = p;
  chart.cursor = draw("rect", {class: "cursor", y: TOP, height: BARS + GAP + RATE, width: Math.max(p.slot, 2), visibility: "hidden"});
  chart.dot = draw("circle", {class: "dot", r: 4.5, visibility: "hidden"});
  drawBars(picture, p, chart.domain);
  drawRate(picture, p, chart.domain);
  drawDates(picture, p);
  picture.append(chart.cursor, chart.dot);
  chart.box.replaceChildren(picture);
  look(chart.at);
}

/* What is said of a day. */
function words(i) {
  const [pass, fail, none] = chart.domain.series.map((values) => values[i]);
  const messages = pass + fail + none;
  const from = (data.step === "week" ? "Week from " : "") + piece(i);
  if (!messages) return [from, ": no messages"];
  return [from, `: ${number(messages)} messages, ${number(pass)} passed, ${number(fail)} failed` +
    (none ? `, ${number(none)} unclear` : "") + ` (${percent(pass, pass + fail)} passed)`];
}

/* Moves the cursor to a day, or with undefined takes it away: then the last day
   that has messages is told. */
function look(i) {
  const p = chart.plot, shown = i === undefined ? "hidden" : "visible";
  chart.at = i;
  chart.cursor.setAttribute("visibility", shown);
  chart.dot.setAttribute("visibility", i === undefined || chart.rateY[i] === undefined ? "hidden" : "visible");
  const [from, rest] = words(i === undefined ? chart.rest : i);
  chart.box.setAttribute("aria-valuenow", i === undefined ? chart.rest : i);
  chart.box.setAttribute("aria-valuetext", from + rest);
  find("readout").replaceChildren(make("strong", {}, from), ...soft(rest));
  if (i === undefined) return;
  chart.cursor.setAttribute("x", p.x(i));
  if (chart.rateY[i] === undefined) return;
  chart.dot.setAttribute("cx", p.x(i) + p.slot / 2);
  chart.dot.setAttribute("cy", chart.rateY[i]);
}

function watchChart() {
  const last = data.days.length - 1;
  const steps = {ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -7, PageUp: 7, Home: -Infinity, End: Infinity};
  const what = {tabindex: 0, role: "slider", "aria-labelledby": "time-title", "aria-describedby": "chart-help",
    "aria-valuemin": 0, "aria-valuemax": last};
  for (const [key, value] of Object.entries(what)) chart.box.setAttribute(key, value);
  chart.box.addEventListener("keydown", (event) => {
    if (!(event.key in steps)) return;
    const at = chart.at === undefined ? chart.rest : chart.at;
    look(Math.min(Math.max(at + steps[event.key], 0), last));
    event.preventDefault();
  });
  const point = (event) => {
    const box = chart.box.getBoundingClientRect();
    const x = (event.clientX - box.left) * chart.plot.width / box.width;
    look(Math.min(Math.max(Math.floor((x - chart.plot.left) / chart.plot.slot), 0), last));
  };
  chart.box.addEventListener("pointermove", point);
  chart.box.addEventListener("pointerdown", point);
  chart.box.addEventListener("pointerleave", () => look(undefined));
  chart.box.addEventListener("blur", () => look(undefined));
  new ResizeObserver(() => {
    if (chart.box.clientWidth) drawChart(chart.box.clientWidth);
  }).observe(chart.box);
  window.addEventListener("beforeprint", () => drawChart(680));
  window.addEventListener("afterprint", () => drawChart(chart.box.clientWidth));
}
