
/* ---- one domain, or all ---- */

function legend(domain) {
  const unclear = domain.series[2].some((n) => n);
  const kinds = [["pass", "passed"], ["fail", "failed"]].concat(unclear ? [["none", "unclear"]] : []);
  find("time-legend").replaceChildren(...kinds.map(([tone, name]) => {
    const key = draw("svg", {"aria-hidden": "true", viewBox: "0 0 12 12"});
    key.append(draw("rect", {class: tone, width: 12, height: 12, rx: 2}));
    return make("li", {}, key, name);
  }));
  if (PIECES.some((cut, i) => cut && domain.series.some((values) => values[i]))) {
    const key = draw("svg", {"aria-hidden": "true", viewBox: "0 0 12 12"});
    key.append(draw("rect", {class: "pass part", x: 0.5, y: 0.5, width: 11, height: 11}));
    find("time-legend").append(make("li", {}, key, `not a whole ${data.step}`));
  }
}

function show(domain) {
  find("overview-title").replaceChildren(...soft(domain.lead));
  find("tiles").className = "tiles " + domain.size;
  domain.tiles.forEach(([value, note], i) => {
    const id = ["messages", "rate", "failed", "held"][i];
    find(id).replaceChildren(...soft(value));
    find(id + "-note").replaceChildren(...soft(note));
  });
  EMPTY.failing = data.empty[domain.nothing];
  fill("failing", failing(domain));
  fill("sources", [sources(domain)]);
  fill("acts", [acts(domain)]);
  fill("reporters", [reporters(domain)]);
  fill("days", [days(domain)]);
  for (const [id, text] of Object.entries(domain.rest)) find(id + "-rest").textContent = text;
  legend(domain);
  chart.domain = domain;
  chart.at = undefined;
  const some = data.days.map((_, i) => domain.series.some((values) => values[i]));
  chart.rest = some.includes(true) ? some.lastIndexOf(true) : some.length - 1;
  if (chart.box.clientWidth) drawChart(chart.box.clientWidth);
  for (const row of find("domains").tBodies[0].rows)
    row.classList.toggle("is-chosen", domain.name !== "" && row.dataset.name === domain.name);
}

/* The domain stands in the address behind #, so that it can be kept and sent on. */
const BEHIND = "#domain=";

function choose() {
  const name = location.hash.startsWith(BEHIND) ? location.hash.slice(BEHIND.length) : "";
  const domain = data.domains.find((one) => one.name === name) || data.domains[0];
  find("domain").value = domain.name;
  show(domain);
}

function begin() {
  find("domain").append(...data.domains.map((domain) =>
    make("option", {value: domain.name}, domain.name || "All domains")));
  find("domain").addEventListener("change", (event) => {
    history.replaceState(null, "", BEHIND + event.target.value);
    choose();
  });
  window.addEventListener("hashchange", () => {
    if (!location.hash.startsWith(BEHIND)) return;
    choose();
    window.scrollTo({top: 0});
  });
  find("pick").hidden = data.domains.length < 3; /* all, and one */
  find("time").hidden = data.domains[0].messages === 0;
  shorten("domains", find("domains").tBodies[0]);
  keepRoles();
  watchChart();
  choose();
}
begin();
}
