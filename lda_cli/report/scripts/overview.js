// The overview: how much there is, the map, the matrix of similar topics, and what is wrong with topics.

const MATRIX_TOPICS = 60; // of more, the cells are too small
const MAP_EDGE = 34;
const STRETCH = 1.7; // of one direction of the map, at most
const coloured = { by: "nothing" };

function overview() {
  const { facts } = model;
  const figures = [
    [facts.documents, "documents"],
    [facts.tokens, "words in them"],
    [facts.terms, "different words"],
    [model.nTopics, "topics"],
  ];
  return [
    h("h1", { tabindex: "-1" }, own(facts.title)),
    h(
      "dl",
      { class: "figures" },
      figures.map(([value, name]) => h("div", {}, h("dt", {}, name), h("dd", {}, value ? whole(value) : "–"))),
    ),
    leftOut(),
    facts.curves ? curvesCard(facts.curves) : null,
    h("div", { class: model.shown.length > MATRIX_TOPICS ? "" : "wide-pair" }, mapCard(), model.shown.length > 1 ? matrixCard() : null),
    flagsCard(),
  ];
}

/** What the page does not have, and why. */
function leftOut() {
  const reasons = Object.entries(model.facts.left_out).filter(([what, why]) => why && !(what === "texts" && why === "--no-texts"));
  if (!reasons.length) return null;
  return h(
    "p",
    { class: "note boxed" },
    reasons.map(([what, why]) => h("span", {}, `${what === "texts" ? "Texts" : "Documents"} are left out: `, own(why), ". ")),
  );
}

function curvesCard({ words, picture }) {
  const src = `data:image/svg+xml;base64,${picture}`;
  return card("How many topics?", { id: "curves" }, h("p", {}, words), h("img", { src, alt: `Curves of the sweep. ${words}` }));
}

function mapCard() {
  const info = h("p", { class: "info" }, " ");
  const picture = fitted((width) => mapPicture(info, width), 1100);
  const trust = model.facts.trustworthiness;
  const known = trust === null ? "" : ` Trustworthiness ${trust.toFixed(2)} of 1: how far neighbours here are neighbours in truth. Circles that overlap are moved apart.`;
  const colours = [
    ["nothing", "nothing"],
    ["npmi", "coherence"],
  ];
  const again = (value) => {
    coloured.by = value;
    paintMap(picture);
  };
  return card(
    "Map of the topics",
    { id: "map" },
    h("p", { class: "note" }, `Topics that use the same words are near each other. An area is a share of the text; distances only hint.${known}`),
    h("div", { class: "controls" }, choice("Colour by", colours, coloured.by, again), saveButton(picture, "map")),
    picture,
    info,
    behindButton("Show as a table", () => nearestTable(model.shown)),
  );
}

/** Places and radii of the circles, moved apart where they overlap. */
function circles(topics, room) {
  const points = topics.map((topic) => model.facts.map[topic]);
  const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
  const [width, height] = [Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)];
  const across = (room.width - 2 * MAP_EDGE) / (width || 1);
  const down = Math.min(across * STRETCH, (room.height - 2 * MAP_EDGE) / (height || 1));
  const factors = [Math.min(across, down * STRETCH), down];
  const middle = (numbers) => (Math.max(...numbers) + Math.min(...numbers)) / 2;
  const total = topics.reduce((sum, topic) => sum + model.topics[topic].share, 0) || 1;
  const area = room.width * room.height * (topics.length > MATRIX_TOPICS ? 0.1 : 0.13);
  const found = topics.map((topic, place) => ({
    topic,
    x: room.width / 2 + (xs[place] - middle(xs)) * factors[0],
    y: room.height / 2 - (ys[place] - middle(ys)) * factors[1],
    r: Math.max(4, Math.min(46, Math.sqrt((area * model.topics[topic].share) / total / Math.PI))),
  }));
  for (let step = 0; step < 80; step += 1) moveApart(found, room);
  return found;
}

function moveApart(found, room) {
  found.forEach((one, place) => {
    for (const other of found.slice(place + 1)) {
      const [dx, dy] = [other.x - one.x, other.y - one.y];
      const apart = Math.hypot(dx, dy) || 1e-6;
      const lacking = (one.r + other.r + 2 - apart) / 2;
      if (lacking > 0) {
        const [x, y] = apart > 1e-5 ? [(dx / apart) * lacking, (dy / apart) * lacking] : [lacking, 0];
        one.x -= x;
        one.y -= y;
        other.x += x;
        other.y += y;
      }
    }
  });
  for (const each of found) {
    each.x = Math.max(each.r + 2, Math.min(room.width - each.r - 2, each.x));
    each.y = Math.max(each.r + 2, Math.min(room.height - each.r - 2, each.y));
  }
}

function mapPicture(info, width) {
  const isLine = model.nTopics < 5; // as engine/layout.py has it
  const room = { width, height: isLine ? 160 : Math.round(Math.min(640, Math.max(300, width * 0.62))) };
  const found = circles(model.shown, room);
  const svg = s("svg", { viewBox: `0 0 ${room.width} ${room.height}`, class: "map", role: "group", "aria-label": "Map of the topics" });
  const taken = found.map(({ x, y, r }) => [x - r, y - r, x + r, y + r]);
  for (const { topic, x, y, r } of largestFirst(found, (each) => each.r)) {
    const tell = () => (info.textContent = `${topic} ${nameOf(topic)} · ${percent(model.topics[topic].share)} · ${model.topics[topic].words.join(" ")}`);
    const number = String(topic);
    const fits = r >= 3.3 * number.length + 2.6;
    const link = s(
      "a",
      { href: addressOf({ topic }), "aria-label": `Topic ${topic}, ${nameOf(topic)}, ${percent(model.topics[topic].share)}`, onmouseenter: tell, onfocus: tell },
      s("circle", { cx: px(x), cy: px(y), r: px(Math.max(r, 12)), class: "touch" }),
      s("circle", { cx: px(x), cy: px(y), r: px(r), class: "dot", "data-topic": topic }),
      fits ? s("text", { x: px(x), y: px(y + 4), "text-anchor": "middle", class: "dot-number" }, number) : null,
    );
    svg.append(link);
    const text = fits ? shortened(nameOf(topic), 26) : number;
    const place = labelPlace({ x, y, r }, text, taken, room);
    if (place) link.append(s("text", { x: px(place[0]), y: px(place[1]), class: "dot-name" }, text));
  }
  paintMap(svg);
  const around = h("div", {}, svg); // an svg that listens for the focus would take it
  roving(around, "a");
  return around;
}

/** Where a name beside a circle overlaps nothing: [x, y], or null. */
function labelPlace({ x, y, r }, text, taken, room) {
  const [width, height] = [text.length * 7.4, 13];
  const corners = [
    [x + r + 4, y + 4],
    [x - r - 4 - width, y + 4],
    [x - width / 2, y + r + 13],
    [x - width / 2, y - r - 5],
  ];
  for (const [left, base] of corners) {
    const box = [left, base - 10, left + width, base - 10 + height];
    const isInside = box[0] > 0 && box[1] > 0 && box[2] < room.width && box[3] < room.height;
    if (isInside && taken.every((other) => box[0] > other[2] || box[2] < other[0] || box[1] > other[3] || box[3] < other[1])) {
      taken.push(box);
      return [left, base];
    }
  }
  return null;
}

/** Colour the circles by coherence, or all the same; light is low. */
function paintMap(svg) {
  const values = model.topics.map(({ npmi }) => npmi).filter((npmi) => npmi !== null);
  const part = scale(Math.min(...values), Math.max(...values), 0.1, 1);
  const deep = Number(getComputedStyle(document.documentElement).getPropertyValue("--deep"));
  for (const dot of svg.querySelectorAll(".dot")) {
    const { npmi } = model.topics[dot.dataset.topic];
    dot.style.fillOpacity = coloured.by === "npmi" ? (npmi === null ? 0 : part(npmi)) : "";
    dot.parentNode.classList.toggle("is-deep", coloured.by === "npmi" && npmi !== null && part(npmi) > deep);
  }
}

function nearestTable(topics) {
  const nearest = (topic) => largestFirst(topics.filter((other) => other !== topic), (other) => -distance(topic, other)).slice(0, 3);
  return table(
    "Topics and the three nearest of each",
    [
      { title: "Topic", cell: (topic) => topicLink(topic) },
      { title: "Share", number: true, cell: (topic) => percent(model.topics[topic].share) },
      { title: "npmi", number: true, cell: (topic) => decimals(model.topics[topic].npmi, 3) },
      { title: "Nearest", cell: (topic) => h("span", {}, nearest(topic).map((other) => `${other} (${distance(topic, other).toFixed(2)}) `)) },
    ],
    topics,
  );
}

function matrixCard() {
  const topics = model.facts.order.filter((topic) => !model.topics[topic].hide);
  const note = h("p", { class: "note" }, "The stronger the colour of a square, the more words two topics share (root of the Jensen-Shannon divergence: 0 equal, 1 nothing in common). Similar topics stand beside each other.");
  const rows = () => pairTable("Pairs of topics, the most similar first", largestFirst(pairs(), ([a, b]) => -distance(a, b)).slice(0, 200));
  if (topics.length > MATRIX_TOPICS) return card("Similar topics", { id: "matrix" }, rows());
  const info = h("p", { class: "info" }, " ");
  const words = (a, b) => `distance ${distance(a, b).toFixed(2)}`;
  const svg = fitted((width) => matrixPicture(topics, (a, b) => 1 - distance(a, b), words, info, "Similarity of topics", width));
  return card("Similar topics", { id: "matrix" }, note, h("div", { class: "controls" }, saveButton(svg, "similar-topics")), svg, info, behindButton("Show as a table", rows));
}

/** All pairs of topics that are shown, a < b. */
function pairs() {
  return model.shown.flatMap((a, place) => model.shown.slice(place + 1).map((b) => [a, b]));
}

function flagsCard() {
  const flagged = model.shown.filter((topic) => model.topics[topic].flags.length);
  if (!flagged.length) return null;
  const items = flagged.map((topic) => h("li", {}, topicLink(topic), `: ${model.topics[topic].flags.join(", ")}`));
  return card("Topics to look at", { id: "flags" }, h("ul", { class: "plain" }, items));
}
