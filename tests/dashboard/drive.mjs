// drive.mjs FOLDER MODULES PICTURES - drives the pages that run.sh made in FOLDER
// in headless Chromium: figures, keyboard, phone, dark, print, accessibility,
// hostile values. Screenshots go to PICTURES.
import fs from "node:fs";
import path from "node:path";
import {folder, pictures, axe, passed, failed, check, same, browser, open, close, digits, shown, sum, compare} from "./watch.mjs";

// ---- the figures, and choosing by mouse and keyboard ----

const expected = JSON.parse(fs.readFileSync(path.join(folder, "expected.json"), "utf8"));
const names = Object.keys(expected).filter((name) => name);
{
  const opened = await open("page.html");
  const {page} = opened;
  compare(await shown(page), expected[""], "all");
  const notes = await page.$$eval("#sources tbody tr", (rows) => rows.map((row) => row.cells[0].textContent));
  check(notes.includes("192.0.2.10Meadow Hosting GmbH \u00b7 DE"), "a source has name and country", notes[0]);
  same(await page.$$eval("#domains tbody tr", (rows) => rows.map((row) => row.dataset.name).sort()), [...names].sort(), "every domain has a line");
  const followers = await page.$$eval("#failing tr.group", (rows) => rows.map((row) => row.nextElementSibling && row.nextElementSibling.textContent));
  check(followers.every((text) => text), "no group stands without a row", followers);
  check(followers.some((text) => (text || "").includes("smaller ones")), "or says where they are", followers);
  check(!(await page.textContent("#failing")).includes("keeps out"), "nothing is said to be kept out where the policy is none");
  check((await page.textContent("#held-note")).includes("rejected\u00a0"), "a figure stays with its word");
  same(await page.$$eval("table", (tables) => tables.filter((table) => !document.getElementById(table.getAttribute("aria-labelledby"))).map((table) => table.id)), [], "each table has a name");
  for (const name of names) {
    await page.selectOption("#domain", name);
    compare(await shown(page), expected[name], name + ", chosen");
    same(await page.$$eval("tr.is-chosen", (rows) => rows.map((row) => row.dataset.name)), [name], name + " is marked");
  }
  await page.click(`#domains a[href="#domain=${names[0]}"]`);
  compare(await shown(page), expected[names[0]], names[0] + ", by its link");
  same(await page.inputValue("#domain"), names[0], "the choice follows the link");
  await page.reload();
  compare(await shown(page), expected[names[0]], names[0] + ", by the address");
  await page.evaluate(() => { location.hash = "#domain=%E0%A4%A"; });
  await page.waitForFunction(() => document.getElementById("domain").value === "");
  compare(await shown(page), expected[""], "an address that names no domain shows all");
  await close(opened, "mouse");
}
{
  const opened = await open("page.html");
  const {page} = opened;
  const order = [];
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press("Tab");
    const [name, box] = await page.evaluate(() => {
      const e = document.activeElement, style = getComputedStyle(e);
      return [e.id || e.className || e.tagName.toLowerCase() + ":" + e.textContent.slice(0, 20), style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2];
    });
    if (name.startsWith("body")) break;
    check(box, "a ring shows the focus on " + name);
    order.push(name);
  }
  same(order.slice(0, 4), ["skip", "domain", "chart", "summary:The same as a table"], "the order of the Tab key");
  same(order.filter((name) => name.startsWith("a:")).map((name) => name.slice(2)).sort(), [...names].sort(), "each domain's link is reached");
  check(order.some((name) => name.startsWith("button:Show")), "the button for more rows is reached");

  await page.focus("#chart");
  const read = async () => [await page.getAttribute("#chart", "aria-valuenow"), await page.getAttribute("#chart", "aria-valuetext"), await page.textContent("#readout")];
  await page.keyboard.press("Home");
  const [now, said, readout] = await read();
  same(now, "0", "Home goes to the first day");
  same(said, readout, "what is said is what is shown");
  same(said.split(":")[1].match(/[0-9\u202f]+(?= (messages|passed|failed))/g).map(digits), [sum(expected[""].days[0]), expected[""].days[0][0], expected[""].days[0][1]], "the figures of the first day");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("PageUp");
  same((await read())[0], "8", "arrow and page keys move by one and by seven");
  check(await page.$eval("#chart .cursor", (cursor) => cursor.getAttribute("visibility") === "visible"), "the cursor is seen");

  await page.focus("#domain");
  await page.keyboard.press("ArrowDown");
  compare(await shown(page), expected[await page.inputValue("#domain")], "chosen by keyboard");
  check((await page.inputValue("#domain")) !== "", "the arrow key chooses a domain");
  await page.focus(`#domains tbody tr:nth-child(2) a`);
  await page.keyboard.press("Enter");
  check(await page.$eval("#domains tbody tr:nth-child(2)", (row) => row.classList.contains("is-chosen")), "Enter on a link chooses");
  await page.selectOption("#domain", "");
  const before = await page.$$eval("#sources tbody tr:not([hidden])", (rows) => rows.length);
  await page.focus("#sources button");
  await page.keyboard.press("Enter");
  check((await page.$$eval("#sources tbody tr:not([hidden])", (rows) => rows.length)) > before, "Enter shows the further rows");
  check(await page.evaluate(() => document.activeElement.closest("#sources") !== null), "the focus is on the first of them");
  await close(opened, "keyboard");
}
{
  const opened = await open("page.html");
  const {page} = opened;
  const box = await (await page.$("#chart svg")).boundingBox();
  await page.mouse.move(box.x + box.width - 12, box.y + 100);
  same(await page.getAttribute("#chart", "aria-valuenow"), String(expected[""].days.length - 1), "the mouse at the right end is at the last day");
  await page.mouse.move(box.x + 60, box.y + 100);
  same(await page.getAttribute("#chart", "aria-valuenow"), "0", "and at the left end at the first");
  const heights = await page.$eval("#chart path.area.pass", (bars) => [...bars.getAttribute("d").matchAll(/v([0-9.]+)/g)].map((match) => Number(match[1])));
  const good = expected[""].days.map((day) => day[0]);
  check(heights.every((height, i) => Math.abs(height / heights[0] - good[i] / good[0]) < 0.02), "bars are as high as their figures");
  await close(opened, "chart");
}

// ---- dates: the year stands where they would be ambiguous ----

for (const [name, want] of [["page.html", []], ["one.html", []], ["years.html", ["2025", "2026"]]]) {
  const opened = await open(name);
  const labels = await opened.page.$$eval("#chart text", (all) => all.map((one) => [one.getAttribute("class"), one.getAttribute("x"), one.textContent]));
  const years = labels.filter((label) => label[0] === "year");
  same(years.map((label) => label[2]), want, name + ": the years on the axis");
  for (const [, x] of years) check(labels.some((label) => label[0] === null && label[1] === x), name + ": a year stands below a date");
  check(await opened.page.$eval("#chart svg", (svg) => [...svg.querySelectorAll("text")].every((one) => one.getBoundingClientRect().bottom <= svg.getBoundingClientRect().bottom + 1)), name + ": no label is cut off");
  await opened.page.screenshot({path: path.join(pictures, "axis-" + name.replace("html", "png"))});
  await close(opened, name + ", its axis");
}

// ---- weeks and months: what the period cuts off ----

for (const [name, cut] of [["weeks.html", "Week from 24 Nov 2026 (6 of 7 days)"], ["months.html", "Nov 2026 (20 of 30 days)"]]) {
  const opened = await open(name);
  const {page} = opened;
  check((await page.textContent("#readout")).startsWith(cut + ": "), name + ": a piece that is cut off says so", await page.textContent("#readout"));
  check(cut.endsWith(await page.$eval("#days tbody tr:last-child th", (cell) => cell.textContent)), name + ": in the table as well");
  check(await page.$$eval("#chart path.part.pass", ([bar]) => bar && getComputedStyle(bar).fill.includes("#part-pass") && document.getElementById("part-pass") !== null), name + ": its bar is hatched");
  same(await page.$$eval("#chart path.part.pass", ([bar]) => bar && bar.getAttribute("d").match(/M/g).length), 1, name + ": and no other");
  check((await page.textContent("#time-legend")).includes("not a whole"), name + ": the legend tells what that is");
  await page.screenshot({path: path.join(pictures, name.replace("html", "png"))});
  await close(opened, name);
}
{
  const opened = await open("ahead.html");
  const {page} = opened;
  check((await page.textContent("#readout")).startsWith("Mon 30 Nov 2026: "), "the chart begins with the last day that has messages", await page.textContent("#readout"));
  await page.focus("#chart");
  await page.keyboard.press("ArrowLeft");
  check((await page.textContent("#readout")).startsWith("Sun 29 Nov 2026: "), "and so does the keyboard", await page.textContent("#readout"));
  await close(opened, "ahead");
}

// ---- sums at their ceiling ----

{
  const opened = await open("odd.html");
  const {page} = opened;
  for (const [name, lead] of [["", "Of at least 9\u202f007\u202f199\u202f254\u202f740\u202f991 messages in the name of 3 domains, 99.9\u202f% passed DMARC. 123\u202f465 failed"],
    ["example.com", "Of at least 9\u202f007\u202f199\u202f254\u202f740\u202f991 messages in the name of example.com, 99.9\u202f% passed DMARC. 9 failed"],
    ["example.net", "Of at least 9\u202f007\u202f199\u202f254\u202f740\u202f991 messages in the name of example.net, 100\u202f% passed DMARC. None failed."]]) {
    await page.selectOption("#domain", name);
    const said = await page.textContent("#overview-title");
    check(said.startsWith(lead), `odd ${name}: the sentence`, said);
    same(await page.textContent("#messages"), "at least 9\u202f007\u202f199\u202f254\u202f740\u202f991", `odd ${name}: the tile`);
    same((await page.textContent("#rate")).startsWith("100"), name === "example.net", `odd ${name}: 100 % only where nothing failed`);
  }
  await page.selectOption("#domain", "");
  const text = await page.textContent("main");
  check(text.includes("Mail\ufffd\ufffd 0") && !/[\u{e0000}-\u{e0fff}]/u.test(text), "characters that nobody sees are shown as such");
  check(/as news\.a-label[^ ]*\u2026/.test(text), "a text that is cut says so");
  await close(opened, "odd");
}
for (const [name, advice] of [["empty.html", true], ["all.html", false]]) {
  const opened = await open(name, {viewport: {width: 320, height: 700}});
  same((await opened.page.textContent("#overview-title")).includes("--since all"), advice, name + ": advises --since all where that was not asked for");
  same(await opened.page.$$eval(".whole", (all) => all.map((one) => one.getClientRects().length)), advice ? [1] : [], name + ": an option stays whole");
  await close(opened, name);
}

// ---- without JavaScript: what C wrote is what the script writes ----

{
  const cells = (page) => page.$$eval("#failing, #sources, #acts, #reporters, #domains", (tables) => tables.map((table) => [...table.rows].filter((row) => !row.matches(".more")).map((row) => [...row.cells].map((one) => {
    const cell = one.cloneNode(true);
    for (const chance of cell.querySelectorAll("wbr")) chance.replaceWith("|"); // and lines may end at the same places
    return cell.textContent.trim();
  }))));
  for (const name of ["page.html", "hostile.html", "empty.html", "odd.html"]) {
    const plain = await open(name, {javaScriptEnabled: false}), full = await open(name);
    same(await cells(plain.page), await cells(full.page), name + ": the same tables with and without JavaScript");
    same(await plain.page.$$eval("#overview", (all) => all.map((one) => one.textContent)), await full.page.$$eval("#overview", (all) => all.map((one) => one.textContent)), name + ": the same overview");
    check(await plain.page.isVisible("noscript p") && !(await plain.page.isVisible("#time")), name + ": says what needs JavaScript");
    await plain.context.close();
    await close(full, name);
  }
}

// ---- hostile values ----

{
  const opened = await open("hostile.html");
  const {page} = opened;
  const hostile = JSON.parse(fs.readFileSync(path.join(folder, "hostile.json"), "utf8"));
  for (const name of ["", ...(await page.$$eval("#domain option", (all) => all.map((one) => one.value)))]) {
    await page.selectOption("#domain", name);
    same(await page.evaluate(() => [window.hit, document.images.length, document.querySelectorAll("iframe, object, embed, link, base, form, a:not([href^='#'])").length, document.scripts.length, document.querySelectorAll("*").length === [...document.querySelectorAll("*")].filter((one) => ![...one.attributes].some((a) => /^on|^style$|^src$/.test(a.name))).length]), [undefined, 0, 0, 2, true], `hostile ${name}: nothing of it became markup`);
    check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `hostile ${name}: nothing sticks out`);
  }
  await page.selectOption("#domain", "");
  const text = await page.evaluate(() => document.body.innerText + [...document.querySelectorAll("#failing, #sources, #reporters")].map((one) => one.textContent).join());
  for (const value of hostile.shown) check(text.includes(value), "hostile value is shown as text: " + value);
  await page.screenshot({path: path.join(pictures, "hostile.png"), fullPage: true});
  await close(opened, "hostile");
}
{
  // the policy is at work: a script and a style that somebody brings in do not run
  const {page, seen, context} = await open("page.html");
  await page.evaluate(() => {
    for (const [name, text] of [["script", "window.hit = 1"], ["style", "body { opacity: 0.5 }"]]) {
      const element = document.createElement(name);
      element.textContent = text;
      document.body.append(element);
    }
    const image = new Image();
    image.src = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";
    document.body.append(image);
    document.querySelector("h1").setAttribute("onclick", "window.hit = 2");
  });
  await page.click("h1");
  await page.waitForTimeout(200);
  same(await page.evaluate(() => [window.hit, getComputedStyle(document.body).opacity]), [undefined, "1"], "neither script nor style runs that is not ours");
  check(seen.violations.length >= 4, "and the policy says so", seen.violations);
  await context.close();
}

// ---- accessibility, and how it looks ----

async function inspect(page, what) {
  await page.evaluate(axe); // over the protocol: the policy does not stop it
  const found = await page.evaluate(() => window.axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}));
  same(found.violations.map((one) => one.id + ": " + one.nodes.map((node) => node.html.slice(0, 100) + " " + node.failureSummary).join("; ")), [], what + ": axe-core finds nothing");
  check(found.passes.length > 15, what + ": axe-core looked");
}

const LOOKS = {
  light: {}, dark: {colorScheme: "dark"}, phone: {viewport: {width: 360, height: 740}, hasTouch: true, isMobile: true, deviceScaleFactor: 2},
  "phone-dark": {viewport: {width: 360, height: 740}, colorScheme: "dark"}, tablet: {viewport: {width: 800, height: 1000}},
  forced: {forcedColors: "active"}, still: {reducedMotion: "reduce"},
};
for (const [look, settings] of Object.entries(LOOKS)) {
  const opened = await open("page.html", settings);
  const {page} = opened;
  check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), look + ": nothing sticks out");
  check(await page.$$eval("button", (all) => {
    const light = (color) => color.match(/[0-9.]+/g).slice(0, 3).map((n) => n / 255).map((n) => n <= 0.04045 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4).reduce((sum, n, i) => sum + n * [0.2126, 0.7152, 0.0722][i], 0.05);
    return all.every((one) => {
      const pair = [light(getComputedStyle(one).borderTopColor), light(getComputedStyle(one.closest(".card")).backgroundColor)];
      return Math.max(...pair) / Math.min(...pair) >= 3;
    });
  }), look + ": buttons are seen");
  check(await page.$$eval("select, button, summary", (all) => all.every((one) => one.getBoundingClientRect().height >= 24)), look + ": large enough to touch");
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number));
  const dark = sum(ground.slice(0, 3)) < 200;
  if (look !== "forced") same(dark, look.includes("dark"), look + ": the ground is dark only where it was asked for");
  await inspect(page, look);
  await page.screenshot({path: path.join(pictures, look + ".png"), fullPage: true});
  await close(opened, look);
}

// ---- words and figures are not broken, at any width and on paper ----

// Words on more than one line, but for those that are longer than a line.
const broken = (page, most) => page.evaluate((most) => {
  const found = [], walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    for (const word of walker.currentNode.data.matchAll(/[\p{L}\p{N}]+/gu)) {
      const range = document.createRange();
      range.setStart(walker.currentNode, word.index);
      range.setEnd(walker.currentNode, word.index + word[0].length);
      const lines = new Set([...range.getClientRects()].filter((box) => box.width).map((box) => Math.round(box.top)));
      if (lines.size > 1 && word[0].length < most) found.push(word[0]);
    }
  }
  return found.slice(0, 5);
}, most);
for (const name of ["page.html", "odd.html"]) {
  const opened = await open(name);
  const {page} = opened;
  for (const width of [320, 360, 720, 768, 800, 900, 960, 1024, 1280]) {
    await page.setViewportSize({width, height: 900});
    await page.waitForTimeout(50);
    same(await broken(page, 30), [], `${name}, ${width} wide: no word is broken`);
    check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name}, ${width} wide: nothing sticks out`);
    if (width === 1280) {
      const lines = await page.$$eval("#failing tr:not(.group) th > bdi, #sources th > bdi", (all) => all.map((one) => [one.textContent, one.getBoundingClientRect().height / parseFloat(getComputedStyle(one).lineHeight)]).filter(([, n]) => n > 1.5));
      same(lines, [], name + ": an address is on one line");
    }
    await page.screenshot({path: path.join(pictures, `${name.replace(".html", "")}-${width}.png`), fullPage: true});
  }
  const hidden = (await page.$$("tr[hidden]")).length;
  await page.setViewportSize({width: 688, height: 900}); // A4 within its margins
  await page.emulateMedia({media: "print"});
  same(await broken(page, 30), [], name + ", on paper: no word is broken");
  check(name === "odd.html" || hidden > 0, name + ": some rows are not seen at first");
  same(await page.$$eval("tbody tr:not(.more)", (rows) => rows.filter((row) => !row.closest("details") && !row.getClientRects().length).length), 0, name + ": on paper all are");
  await page.$eval("details", (one) => { one.open = true; });
  check(await page.isVisible("#days tbody tr:last-child"), name + ": so is the table of the chart when it was opened");
  await close(opened, name + ", its words");
}
{
  const opened = await open("page.html", {colorScheme: "dark"});
  const {page} = opened;
  await page.pdf({path: path.join(pictures, "print.pdf"), format: "A4"});
  await page.emulateMedia({media: "print"});
  check(!(await page.isVisible("#pick")) && !(await page.isVisible("#chart-help")) && (await page.isVisible("#chart svg")), "print: the charts, without what is to be pressed");
  same(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)", "print: white, though the screen is dark");
  await close(opened, "print");
}
{
  const opened = await open("page.html");
  const below = await opened.page.$eval("#domains", (table) => table.parentElement.getBoundingClientRect().bottom);
  await opened.page.screenshot({path: path.join(pictures, "dashboard.png"), fullPage: true, clip: {x: 0, y: 0, width: 1280, height: Math.ceil(below) + 24}});
  await close(opened, "picture");
}
for (const name of ["empty.html", "later.html", "one.html"]) {
  const opened = await open(name);
  await inspect(opened.page, name);
  await opened.page.screenshot({path: path.join(pictures, name.replace("html", "png")), fullPage: true});
  await close(opened, name);
}

await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
