// watch.mjs - for drive.mjs: a browser that watches what a page does, and what a page
// shows, as figures. Its arguments are drive.mjs's.
import {createRequire} from "node:module";
import fs from "node:fs";
import path from "node:path";
import {pathToFileURL} from "node:url";

const [folder, modules, pictures] = process.argv.slice(2);
const require = createRequire(path.join(modules, "package.json"));
const {chromium} = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

let passed = 0, failed = 0;
function check(good, what, ...more) {
  if (good) passed++;
  else {
    failed++;
    console.log("FAILED " + what, ...more);
  }
}
const same = (a, b, what) => check(JSON.stringify(a) === JSON.stringify(b), what, "\n  shown   ", String(JSON.stringify(a)).slice(0, 600), "\n  expected", JSON.stringify(b).slice(0, 600));

const browser = await chromium.launch({executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: FLAGS});

// ---- a page that is watched: nothing may be loaded, said, or broken ----

async function open(name, settings = {}) {
  const context = await browser.newContext({viewport: {width: 1280, height: 900}, colorScheme: "light", ...settings});
  const page = await context.newPage();
  const file = pathToFileURL(path.join(folder, name)).href;
  const seen = {console: [], requests: [], dialogs: [], violations: []};
  page.on("console", (message) => seen.console.push(message.text()));
  page.on("pageerror", (error) => seen.console.push(error.message));
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("dialog", (dialog) => {
    seen.dialogs.push(dialog.message());
    dialog.dismiss();
  });
  await page.exposeFunction("violated", (what) => seen.violations.push(what));
  await page.addInitScript(() => document.addEventListener("securitypolicyviolation", (event) => window.violated(event.violatedDirective + " " + event.blockedURI)));
  await page.goto(file);
  return {page, seen, file, context};
}

async function close({page, seen, file, context}, what) {
  await page.waitForTimeout(50);
  same(seen.console, [], what + ": nothing on the console");
  same(seen.requests.filter((url) => url.split("#")[0] !== file), [], what + ": nothing is loaded");
  same(seen.dialogs, [], what + ": no dialog");
  same(seen.violations, [], what + ": no violation of the policy");
  await context.close();
}

const digits = (text) => Number(text.replace(/[^0-9]/g, ""));

// What the page shows, as figures: everything of it by its text.
async function shown(page) {
  return page.evaluate(() => {
    const digits = (text) => Number(text.replace(/[^0-9]/g, ""));
    const rows = (id) => [...document.querySelectorAll(`#${id} tbody tr:not(.more)`)]
      .filter((row) => !row.querySelector(".empty"))
      .map((row) => [...row.cells].map((cell) => cell.textContent));
    const text = (id) => document.getElementById(id).textContent;
    return {
      tiles: ["messages", "failed", "held"].map((id) => digits(text(id))),
      rate: text("rate"), passed: digits(text("rate-note")), reports: digits(text("messages-note")), senders: digits(text("failed-note")),
      days: rows("days").map((row) => row.slice(1, 4).map(digits)),
      acts: rows("acts").map((row) => digits(row[1])),
      sources: [...document.querySelectorAll("#sources tbody tr:not(.more)")].filter((row) => row.cells.length > 1)
        .map((row) => [row.cells[0].querySelector("bdi").textContent, ...[...row.cells].slice(1).map((cell) => cell.textContent)])
        .map((row) => [row[0], digits(row[1]), row[2], row[3].replace(/ for [0-9].*/, " for"), row[4].replace(/ for [0-9].*/, " for")]),
      reporters: rows("reporters").map((row) => [row[0], digits(row[1]), digits(row[2])]),
      groups: [...document.querySelectorAll("#failing tr.group .sum")].map((sum) => digits(sum.textContent)),
      failing: [...document.querySelectorAll("#failing tbody tr:not(.group):not(.more)")].filter((row) => row.cells.length > 1)
        .map((row) => [row.cells[0].querySelector("bdi").textContent, digits(row.cells[1].textContent)]),
      rest: ["failing", "sources"].map((id) => (text(id + "-rest").match(/with ([0-9\u202f]+)/) || ["", "0"])[1]).map(digits),
    };
  });
}

function percent(part, whole) {
  if (part === 0 || part === whole) return (part ? 100 : 0) + "\u202f%";
  const tenths = String((BigInt(part) * 1000n) / BigInt(whole)).padStart(2, "0");
  return tenths.slice(0, -1) + "." + tenths.slice(-1) + "\u202f%";
}
const sum = (list) => list.reduce((all, one) => all + one, 0);

function compare(page, want, what) {
  same(page.tiles, [want.messages, want.failed, want.held], what + ": tiles");
  same(page.rate, percent(want.passed, want.passed + want.failed), what + ": pass rate");
  same([page.passed, page.reports, page.senders], [want.passed, want.reports, want.senders], what + ": passed, reports, senders");
  same(page.days, want.days.map(([good, bad, unclear]) => [good + bad + unclear, good, bad]), what + ": days");
  same(page.acts, want.acts[3] ? want.acts : want.acts.slice(0, 3), what + ": what receivers did");
  const sources = Object.entries(want.sources).sort((a, b) => b[1][0] - a[1][0]).slice(0, 20).map(([name, [messages, good, bad]]) => [name, messages, percent(good, good + bad)]);
  same(page.sources.map((row) => row[1]), sources.map((row) => row[1]), what + ": sources, in order");
  for (const [name, , , ...words] of page.sources) same(words, want.words[name], what + ": what SPF and DKIM came to for " + name);
  for (const [name, messages, rate] of page.sources) same([messages, rate], [want.sources[name][0], percent(want.sources[name][1], want.sources[name][1] + want.sources[name][2])], what + ": source " + name);
  same(sum(page.sources.map((row) => row[1])) + page.rest[1], want.messages, what + ": sources and the rest are all");
  const reporters = Object.entries(want.reporters).sort((a, b) => b[1][0] - a[1][0]).map(([name, [messages, reports]]) => [name, reports, messages]);
  same(page.reporters, reporters, what + ": reporters");
  same(sum(page.groups), want.failed, what + ": groups of failing senders are all");
  same(sum(page.failing.map((row) => row[1])) + page.rest[0], want.failed, what + ": failing senders and the rest are all");
  for (const [name, messages] of page.failing) check(messages <= want.failing[name], what + ": failing " + name);
}

export {folder, pictures, axe, passed, failed, check, same, browser, open, close, digits, shown, sum, compare};
