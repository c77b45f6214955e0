
"use strict";
/* Every value goes into the page as text (textContent, setAttribute of numbers);
   nothing here reads it as markup. */
{
const data = JSON.parse(document.getElementById("data").textContent);
const SVG = "http://www.w3.org/2000/svg";
const THIN = "\u202f";
const find = (id) => document.getElementById(id);

/* ---- making things ---- */

function make(name, attributes, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {}))
    if (value !== undefined) element.setAttribute(key, value);
  element.append(...inside.filter((part) => part !== undefined));
  return element;
}

function draw(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

/* The program's sums stop at what is counted exactly; so do ours. */
const MOST = Number.MAX_SAFE_INTEGER;
const number = (n) => (n >= MOST ? "at least " : "") + String(Math.min(n, MOST)).replace(/\B(?=(\d{3})+$)/g, THIN);

/* As the program does it: cut, not rounded, so that 100 % means all. */
function percent(part, whole) {
  if (!whole) return "\u2013";
  if (part === 0 || part === whole) return (part ? 100 : 0) + THIN + "%";
  const tenths = Number(BigInt(part) * 1000n / BigInt(whole));
  return (tenths / 10).toFixed(1) + THIN + "%";
}

function brief(n) {
  for (const [size, unit] of [[1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]])
    if (n >= size) return String(+(n / size).toPrecision(3)) + THIN + unit;
  return String(n);
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const year = (seconds) => new Date(seconds * 1000).getUTCFullYear();

/* "3 Nov", or of a chart of months "Nov 2026": of seconds since 1970 */
function short(seconds) {
  const date = new Date(seconds * 1000);
  const month = MONTHS[date.getUTCMonth()];
  return data.step === "month" ? month + " " + year(seconds) : date.getUTCDate() + " " + month;
}

/* "Tue 3 Nov 2026" */
function day(seconds) {
  const date = new Date(seconds * 1000);
  if (data.step === "month") return short(seconds);
  return (data.step === "day" ? WEEKDAYS[date.getUTCDay()] + " " : "") + short(seconds) + " " + year(seconds);
}

/* Of a week or month that the period cuts off, what is left of it: "2 of 7 days". */
const PIECES = data.days.map((from, i) => {
  const date = new Date(from * 1000);
  const month = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  const whole = data.step === "month" ? month : data.step === "week" ? 7 : 1;
  const there = ((i + 1 < data.days.length ? data.days[i + 1] : data.until) - from) / 86400;
  return there < whole ? `${there} of ${whole} days` : "";
});
const piece = (i) => day(data.days[i]) + (PIECES[i] && ` (${PIECES[i]})`);

/* A bar of parts of `whole`: [part, class]... */
function bar(whole, ...parts) {
  const picture = draw("svg", {class: "bar", "aria-hidden": "true"});
  picture.append(draw("rect", {class: "track", width: "100%", height: 6, rx: 2}));
  let x = 0;
  for (const [part, tone] of parts) {
    const width = whole ? part / whole * 100 : 0;
    if (part) picture.append(draw("rect", {class: tone, x: x + "%", width: Math.max(width, 0.7) + "%", height: 6, rx: 2}));
    x += width;
  }
  return picture;
}

/* ---- text, and where it may be broken ---- */

/* Behind the dots of a name, the colons of an address, and the spaces of a figure
   of more than nine digits, when it does not fit on a line of its own; an option
   such as --since stays whole. The program does the same. */
const JOINTS = /\D\.(?=[0-9A-Za-z])|\d\.(?=[A-Za-z])|:(?=[0-9A-Za-z:])|\u00a0(?=[0-9])/g;
function soft(text) {
  return text.split(" ").flatMap((word, i) => {
    const long = word.split(THIN).length > 3;
    const pieces = word.replace(JOINTS, "$&\n").replace(/\u202f(?=[0-9])/g, long ? "$&\n" : "$&").split("\n");
    const kind = pieces.length > 1 ? "name" : /^--[a-z]{1,13}$/.test(word) ? "whole" : undefined;
    const parts = pieces.flatMap((piece, j) => j ? [make("wbr"), piece] : [piece]);
    return (i ? [" "] : []).concat(kind ? make("span", {class: kind}, ...parts) : parts);
  });
}

const count = (n) => soft(number(n));

/* ---- tables ---- */

const foreign = (text) => make("bdi", {}, ...soft(text));
const under = (text) => text ? make("span", {class: "soft"}, foreign(text)) : undefined;
const cell = (label, kind, ...inside) => make("td", {class: kind, role: "cell", "data-label": label || undefined}, ...inside);
const check = (label, [kind, text]) => cell(label, "check " + kind, make("span", {}, foreign(text)));
const line = (cells, kind) => make("tr", {role: "row", class: kind}, ...cells);
const head = (name, note) => make("th", {scope: "row", role: "rowheader"}, foreign(name), under(note));

/* What stands where there is no row. */
const nothing = (width, sentence) => line([make("td", {class: "empty", role: "cell", colspan: width}, ...soft(sentence))]);

/* A body for each meaning: what it is and what to do, then who. */
function failing(domain) {
  const most = Math.max(...domain.failing.flatMap((group) => group[2].map((row) => row[2])));
  return domain.failing.map(([meaning, messages, rows]) => {
    const [title, advice] = data.meanings[meaning];
    const group = make("th", {scope: "rowgroup", colspan: 5, role: "rowheader"},
      make("span", {class: "title"}, title), " ", make("span", {class: "sum"}, ...count(messages)), under(advice));
    if (!rows.length) return [line([group], "group"), nothing(5, data.empty[5])];
    return [line([group], "group"), ...rows.map(([name, note, failed, spf, dkim, acts]) => line([
      head(name, note),
      cell("Failed", "n", make("span", {}, ...count(failed), bar(most, [failed, "fail"]))),
      check("SPF", spf),
      check("DKIM", dkim),
      cell("Receivers", "act", make("span", {}, ...soft(acts)))]))];
  });
}

function sources(domain) {
  const most = Math.max(...domain.sources.map((row) => row[2]));
  return domain.sources.map(([name, note, messages, passed, failed, spf, dkim]) => line([
    head(name, note),
    cell("Messages", "n", make("span", {}, ...count(messages), bar(most, [passed, "pass"], [failed, "fail"]))),
    cell("Pass rate", "n", make("span", {}, percent(passed, passed + failed))),
    check("SPF", spf),
    check("DKIM", dkim)]));
}

const TONES = ["pass", "warn", "fail", "none"]; /* of what receivers did */

function acts(domain) {
  const whole = domain.acts.reduce((sum, n) => sum + n, 0);
  return domain.acts.flatMap((messages, i) => i === 3 && !messages ? [] : [line([
    make("th", {scope: "row", role: "rowheader"}, data.acts[i], bar(whole, [messages, TONES[i]])),
    cell("Messages", "n", ...count(messages)),
    cell("Share", "n", percent(messages, whole))])]);
}

function reporters(domain) {
  const most = Math.max(...domain.reporters.map((row) => row[2]));
  return domain.reporters.map(([name, note, messages, reports]) => line([
    make("th", {scope: "row", role: "rowheader"}, foreign(name), under(note), bar(most, [messages, "pass"])),
    cell("Reports", "n", ...count(reports)),
    cell("Messages", "n", ...count(messages))]));
}

function days(domain) {
  const [passed, failed, unclear] = domain.series;
  return data.days.map((from, i) => line([
    make("th", {scope: "row"}, piece(i)),
    cell("", "n", ...count(passed[i] + failed[i] + unclear[i])),
    cell("", "n", ...count(passed[i])),
    cell("", "n", ...count(failed[i])),
    cell("", "n", percent(passed[i], passed[i] + failed[i]))]));
}

/* ---- into the page ---- */

const EMPTY = {failing: data.empty[0], sources: data.empty[1], reporters: data.empty[2]};

/* Puts bodies, each a list of lines, in the place of those of a table. */
function fill(id, bodies) {
  const table = find(id);
  const lines = bodies.flat();
  if (!lines.length) bodies = [[nothing(table.tHead.rows[0].cells.length, EMPTY[id])]];
  for (const body of [...table.tBodies]) body.remove();
  table.append(...bodies.map((body) => make("tbody", {role: "rowgroup"}, ...body)));
  for (const body of table.tBodies) shorten(id, body);
}

const ROWS = {failing: 6, sources: 8, reporters: 8, domains: 8}; /* seen at first */

/* Hides the further rows of a body behind a button. */
function shorten(id, body) {
  const further = [...body.rows].slice(ROWS[id] || Infinity);
  if (further.length < 2) return;
  const button = make("button", {type: "button"}, `Show ${further.length} more`);
  const last = line([make("td", {colspan: 5, role: "cell"}, button)], "more");
  for (const row of further) row.hidden = true;
  body.append(last);
  button.addEventListener("click", () => {
    for (const row of further) row.hidden = false;
    further[0].cells[0].tabIndex = -1;
    further[0].cells[0].focus();
    last.remove();
  });
}

/* On a phone the tables are drawn as cards; these roles keep them tables for
   whoever does not see them. */
function keepRoles() {
  for (const table of document.querySelectorAll("table")) {
    table.setAttribute("role", "table");
    for (const part of [table.tHead, ...table.tBodies]) part.setAttribute("role", "rowgroup");
    for (const row of table.rows) {
      row.setAttribute("role", "row");
      for (const one of row.cells)
        one.setAttribute("role", one.tagName === "TD" ? "cell" : one.scope === "col" ? "columnheader" : "rowheader");
    }
  }
}
