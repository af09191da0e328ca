// A topic: its words by relevance, its documents, its neighbours, its profile in groups, and a name for it.

const N_TERMS = 30;
const DEFAULT_WEIGHT = 0.6;
const labels = new Map(); // of topics: {name, note, hide}; those of the model, and what is typed in the page

function takeLabels() {
  model.topics.forEach(({ name, note, hide }, topic) => {
    if (!name.startsWith("~") || note || hide) labels.set(topic, { name: name.startsWith("~") ? null : name, note, hide });
  });
}

/** Why a name cannot be given to a topic, or null. */
function wrongName(topic, name) {
  if (name.startsWith("~")) return "A name may not begin with ~, which marks automatic names.";
  if (name.length > 100) return "A name has at most 100 characters.";
  const other = range(model.nTopics).find((each) => each !== topic && nameOf(each) === name);
  return other === undefined ? null : `Topic ${other} has this name.`;
}

function topicView({ topic: given, l }) {
  const topic = Number(given);
  if (!/^\d+$/.test(given) || topic >= model.nTopics) return notFound(`There is no topic ${given}; the topics are 0 to ${model.nTopics - 1}.`);
  const facts = model.topics[topic];
  const weight = l === undefined || l === "" || Number.isNaN(Number(l)) ? DEFAULT_WEIGHT : Math.max(0, Math.min(1, Number(l)));
  const figures = [
    ["share", percent(facts.share)],
    ["alpha", facts.alpha.toFixed(4)],
    ["npmi", decimals(facts.npmi, 3)],
    ["words", whole(facts.tokens)],
    ["documents that have it most", model.facts.documents ? whole(facts.documents) : "–"],
  ];
  return [
    h("h1", { tabindex: "-1" }, h("span", { class: "number" }, String(topic)), " ", own(nameOf(topic), { id: "name" })),
    h("p", { class: "lead" }, own(facts.words.join(" "))),
    facts.note ? h("p", { class: "note boxed" }, own(facts.note)) : null,
    facts.flags.length ? h("p", { class: "flag" }, `⚑ ${facts.flags.join(", ")}`) : null,
    h("dl", { class: "figures small-figures" }, figures.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    h(
      "div",
      { class: "pair" },
      h("div", {}, wordsCard(topic, weight), namesCard(topic)),
      h("div", {}, bestCard(topic), neighboursCard(topic), groupsCards(topic), histogramCard(topic)),
    ),
  ];
}

function wordsCard(topic, weight) {
  const place = h("div", {});
  const shown = h("output", {}, weight.toFixed(1));
  const fill = (l) => {
    shown.textContent = l.toFixed(1);
    place.replaceChildren(wordsTable(topic, l));
  };
  const slider = h("input", {
    type: "range",
    min: "0",
    max: "1",
    step: "0.1",
    value: String(weight),
    "aria-label": "Weight of frequent words",
    oninput: (event) => {
      fill(Number(event.target.value));
      replaceAddress({ topic, l: event.target.value });
    },
  });
  fill(weight);
  return card(
    "Words",
    { id: "words" },
    h("div", { class: "slider" }, h("span", {}, "its own words"), slider, h("span", {}, "frequent words"), shown),
    place,
    h("p", { class: "note" }, "Ordered by relevance, l log p + (1 − l) log(p / p(word)); with l = 1 as inspect lists them. The last column says how much of the word is this topic's."),
  );
}

function wordsTable(topic, weight) {
  const rows = termsOfTopic(topic, weight, N_TERMS);
  const most = Math.max(...rows.map(({ p }) => p), 0);
  return table(
    `Words of topic ${topic}`,
    [
      { title: "Word", cell: ({ term }) => termLink(term) },
      { title: "p(word | topic)", kind: "bars", cell: ({ p }) => bar(p / most) },
      { title: "", number: true, cell: ({ p }) => p.toFixed(6) },
      { title: "p(topic | word)", kind: "bars narrow", cell: ({ share }) => bar(share, "second") },
      { title: "", number: true, cell: ({ share }) => percent(share) },
    ],
    rows,
  );
}

/** A field for a name; names go into labels.yaml of the downloads. */
function namesCard(topic) {
  const input = h("input", { type: "text", id: "new-name", value: labels.get(topic)?.name ?? "", maxlength: "100", placeholder: model.topics[topic].name });
  const said = h("p", { class: "note", role: "status" });
  const give = (event) => {
    event.preventDefault();
    const name = input.value.trim();
    const wrong = wrongName(topic, name);
    if (wrong) {
      said.textContent = wrong;
      return;
    }
    const { note = null, hide = false } = labels.get(topic) ?? {};
    if (name || note || hide) labels.set(topic, { name: name || null, note, hide });
    else labels.delete(topic);
    document.getElementById("name").textContent = nameOf(topic);
    fillList(topic);
    said.textContent = "Kept while this page is open. Download labels.yaml, and give it to lda-cli label.";
  };
  const form = h("form", { class: "row", onsubmit: give }, input, h("button", { type: "submit" }, "Name"));
  return card("Name", { id: "naming" }, h("label", { for: "new-name", class: "note" }, "What do you call this topic?"), form, said);
}

function bestCard(topic) {
  const best = (model.documents?.best ?? []).filter((each) => each.topic === topic);
  if (!best.length) {
    const why = model.facts.documents ? "No document has this topic." : "The model has no documents.";
    return card("Documents", { id: "best" }, h("p", { class: "note" }, why));
  }
  const item = ({ number, share }) => {
    const place = model.documents.placeOf.get(number);
    const at = model.texts?.placeOf.get(number);
    return h(
      "article",
      { class: "best" },
      h("p", { class: "best-head" }, documentLink(place), h("span", { class: "figure" }, `${percent(share)} of ${whole(model.documents.tokens[place])} words`)),
      bar(share),
      at === undefined ? null : h("p", { class: "excerpt" }, own(shortened(model.texts.texts[at], 240))),
    );
  };
  return card("Documents that show it best", { id: "best" }, inParts(best, item, 5));
}

function neighboursCard(topic) {
  const others = model.shown.filter((other) => other !== topic);
  if (!others.length) return null;
  const rows = largestFirst(others, (other) => -distance(topic, other)).slice(0, 5);
  return card(
    "Similar topics",
    { id: "neighbours" },
    table(
      `Topics similar to topic ${topic}`,
      [
        { title: "Topic", cell: (other) => topicLink(other) },
        { title: "Distance", number: true, cell: (other) => distance(topic, other).toFixed(3) },
        { title: "PMI", number: true, cell: (other) => decimals(together(topic, other), 2) },
      ],
      rows,
    ),
  );
}

function groupsCards(topic) {
  return model.groups.slice(0, 3).map((group) => {
    const svg = fitted((width) => profilePicture(group, topic, "share", width, 130));
    return card(
      `By ${group.field}`,
      {},
      h("div", { class: "controls" }, h("a", { href: addressOf({ by: group.field }) }, "All topics"), saveButton(svg, fileName(`topic-${topic}-by-${group.field}`))),
      svg,
      behindButton("Show as a table", () => profileTable(group, topic)),
    );
  });
}

function histogramCard(topic) {
  const bins = model.arrays.histogram.length / model.nTopics;
  const counts = Array.from(model.arrays.histogram.subarray(topic * bins, (topic + 1) * bins));
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (!total) return null;
  const note = `${whole(counts[0])} of ${whole(total)} documents have less than 5% of it.`;
  return card("How much of a document", { id: "histogram" }, fitted((width) => histogram(topic, counts, width)), h("p", { class: "note" }, note));
}

/** How many documents have 5% to 10%, ..., 95% to 100% of a topic. */
function histogram(topic, counts, width) {
  const most = Math.max(...counts.slice(1), 1);
  const height = 110;
  const room = (width - 8) / (counts.length - 1);
  const svg = s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", class: "profile" });
  svg.setAttribute("aria-label", `How many documents have which share of topic ${topic}, from 5% to 100%`);
  counts.slice(1).forEach((count, place) => {
    const tall = (count / most) * (height - 36);
    const box = { x: px(4 + place * room), width: px(room - 1.5), y: px(height - 18 - tall), height: px(tall) };
    svg.append(s("rect", { ...box, class: "column" }, s("title", {}, `${(place + 1) * 5}% to ${(place + 2) * 5}%: ${whole(count)} documents`)));
  });
  svg.append(s("line", { x1: 4, x2: width - 4, y1: height - 18, y2: height - 18, class: "axis" }));
  svg.append(s("text", { x: 4, y: 12, class: "small" }, `${whole(most)} documents`));
  svg.append(s("text", { x: 4, y: height - 4, class: "small" }, "5%"), s("text", { x: width - 4, y: height - 4, class: "small", "text-anchor": "end" }, "100% of a document"));
  return svg;
}

function notFound(text) {
  return [h("h1", { tabindex: "-1" }, "Not found"), h("p", {}, own(text))];
}
