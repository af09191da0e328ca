// A document: its topics as one bar, and its text with the topic of each known word; without one, all documents.

const COLOURS = 8; // the further topics of a document are grey
const marked = { only: null };

function documentView({ doc: given, n }) {
  if (!model.documents) return notFound("The model has no documents.");
  if (given === "") return documentsView();
  const places = placesOf(given);
  const place = n !== undefined && places.includes(Number(n)) ? Number(n) : places[0];
  if (place === undefined) return notFound(`“${given}” is no document of this page.`);
  const rows = topicsOfDocument(place);
  const colourOf = new Map(rows.slice(0, COLOURS).map(({ topic }, colour) => [topic, colour]));
  const { tokens, fields, ids } = model.documents;
  const number = model.documents.numbers[place];
  const metadata = fields.map(({ field, values, which }) => [field, values[which[place]]]).filter(([, value]) => value !== null);
  return [
    h("h1", { tabindex: "-1" }, own(ids[place])),
    h(
      "dl",
      { class: "figures small-figures" },
      h("div", {}, h("dt", {}, "known words"), h("dd", {}, whole(tokens[place]))),
      metadata.map(([field, value]) => h("div", {}, h("dt", {}, own(field)), h("dd", {}, own(String(value))))),
    ),
    tokens[place] ? null : h("p", { class: "note boxed" }, "It has no known word; its topics are the prior."),
    card("Topics", { id: "shares" }, shareBar(rows, colourOf), sharesTable(rows, colourOf), h("p", { class: "note" }, "Topics with a share of 2% or more, eight at most.")),
    textCard(number, colourOf),
  ];
}

/** One bar of the topics of a document, each as wide as its share. */
function shareBar(rows, colourOf) {
  const parts = rows.map(({ topic, share }) => {
    const part = h("span", { class: `part ${classOf(topic, colourOf)}`, title: `${topic} ${nameOf(topic)}: ${percent(share)}` }, share > 0.03 ? String(topic) : "");
    part.style.width = `${share * 100}%`;
    return part;
  });
  return h("div", { class: "share-bar", role: "img", "aria-label": rows.map(({ topic, share }) => `topic ${topic} ${percent(share)}`).join(", ") }, parts);
}

function classOf(topic, colourOf) {
  return colourOf.has(topic) ? `c${colourOf.get(topic)}` : "c-other";
}

function sharesTable(rows, colourOf) {
  const swatch = (topic) => h("span", { class: `swatch ${classOf(topic, colourOf)}`, "aria-hidden": "true" });
  return table(
    "Topics of the document",
    [
      { title: "Topic", cell: ({ topic }) => h("span", {}, swatch(topic), " ", topicLink(topic)) },
      { title: "Share", number: true, cell: ({ share }) => percent(share) },
      { title: "Words", kind: "wide", cell: ({ topic }) => own(model.topics[topic].words.slice(0, 6).join(" ")) },
    ],
    rows,
  );
}

function textCard(number, colourOf) {
  const at = model.texts?.placeOf.get(number);
  if (at === undefined) {
    const why = model.texts ? "The page has the texts of the best documents of each topic, and this is none of them." : `The page has no texts: ${model.facts.left_out.texts ?? "they could not be read"}.`;
    return card("Text", { id: "text" }, h("p", { class: "note" }, own(why)));
  }
  const text = joinedLines(model.texts.texts[at]);
  const words = wordsOfText(at);
  const parts = [];
  let end = 0;
  for (const word of words) {
    parts.push(text.slice(end, word.start));
    const told = `topic ${word.topic} ${nameOf(word.topic)}, ${percent(word.p)}`;
    const attributes = { class: `word ${classOf(word.topic, colourOf)}`, "data-topic": word.topic, title: told };
    parts.push(h("span", attributes, text.slice(word.start, word.end), h("sub", {}, String(word.topic))));
    end = word.end;
  }
  parts.push(text.slice(end), model.texts.isCut[at] ? " …" : "");
  const lang = model.facts.language ? { lang: model.facts.language } : {};
  const body = h("div", { class: "text", dir: "auto", ...lang }, parts);
  const used = largestFirst([...new Set(words.map(({ topic }) => topic))], (topic) => words.filter((word) => word.topic === topic).length);
  const toggle = (topic, own_button) => {
    marked.only = marked.only === topic ? null : topic;
    body.classList.toggle("has-only", marked.only !== null);
    for (const word of body.querySelectorAll(".word")) word.classList.toggle("is-only", Number(word.dataset.topic) === marked.only);
    for (const each of legend.querySelectorAll("button")) each.setAttribute("aria-pressed", String(each === own_button && marked.only !== null));
  };
  marked.only = null;
  const legend = h(
    "div",
    { class: "legend", role: "group", "aria-label": "Mark only one topic" },
    used.map((topic) => {
      const own_button = button("", () => toggle(topic, own_button), { "aria-pressed": "false", class: `legend-item ${classOf(topic, colourOf)}` });
      own_button.append(h("span", { class: "number" }, String(topic)), " ", own(shortened(nameOf(topic), 30)));
      return own_button;
    }),
  );
  const note = "The number after a word is the topic that it most probably has here; words without one are not in the vocabulary.";
  return card("Text", { id: "text" }, h("p", { class: "note" }, note, model.texts.isCut[at] ? " Only the beginning is in the page." : ""), legend, body);
}

/**
 * A text of the same length, in which a line end is a blank if the line only ended at a width: it is long, and the
 * next one goes on with a word. Verse, lists, quotations and the heads of mail stay as they are.
 */
function joinedLines(text) {
  return text.replace(/(?<=[^\n]{45})\n(?=[\p{L}\p{N}"'“‘(])(?!\S+:\s)/gu, " ");
}

function documentsView() {
  const { ids, tokens } = model.documents;
  const place = h("div", {});
  const fill = (filter) => {
    const found = documentsWith(filter);
    const rows = found.slice(0, LISTED);
    place.replaceChildren(
      h("p", { class: "note" }, `${whole(rows.length)} of ${whole(found.length)} documents${found.length > rows.length ? "; type a part of an id to find others" : ""}`),
      table(
        "Documents",
        [
          { title: "Document", cell: documentLink },
          { title: "Words", number: true, cell: (each) => whole(tokens[each]) },
          { title: "Topics", kind: "wide", cell: (each) => h("span", {}, topicsOfDocument(each).slice(0, 3).map(({ topic, share }) => h("span", { class: "share-chip" }, topicLink(topic), ` ${percent(share)}`))) },
        ],
        rows,
      ),
    );
  };
  fill("");
  const input = h("input", { type: "search", oninput: (event) => fill(event.target.value) });
  return [h("h1", { tabindex: "-1" }, "Documents"), h("p", { class: "note" }, `${whole(ids.length)} of ${whole(model.facts.documents)} documents are in the page.`), h("label", { class: "choice" }, h("span", {}, "Id with"), input), place];
}

/** The places of the documents whose id has a text. */
function documentsWith(text) {
  const { documents } = model;
  documents.folded ??= documents.ids.map(folded);
  const wanted = folded(text);
  return range(documents.ids.length).filter((place) => !wanted || documents.folded[place].includes(wanted));
}
