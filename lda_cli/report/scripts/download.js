// Downloads: every table as CSV, with the columns of `lda-cli export`, and the names as labels.yaml.

/** The tables: [file, what it is, function that returns its rows]. */
function downloads() {
  const files = [
    ["topics.csv", "the topics with their first words", topicRows],
    ["terms.csv", `the ${N_TERMS} most probable words of each topic`, termRows],
    ["similar-topics.csv", "all pairs of topics; distances with three decimals", pairRows],
  ];
  if (model.documents) {
    files.push(["top-documents.csv", "the documents that show each topic best", bestRows]);
    files.push(["documents.csv", "the topics of the documents of this page: shares of 2% or more, at most eight, with three decimals", documentRows]);
  }
  for (const group of model.groups) files.push([`${fileName(`by-${group.field}`)}.csv`, `the topics by ${group.field}`, () => groupRows(group)]);
  return files;
}

function topicRows() {
  const rows = model.topics.map(({ share, alpha, tokens, documents, npmi, words }, topic) => [topic, nameOf(topic), share, alpha, tokens, documents, npmi, words.join(" ")]);
  return [["topic", "name", "share", "alpha", "tokens", "documents", "npmi", "words"], ...rows];
}

function termRows() {
  const rows = range(model.nTopics).flatMap((topic) =>
    termsOfTopic(topic, 1, N_TERMS).map(({ term, p, count, share }, rank) => {
      const relevance = Math.log(p) - 0.4 * Math.log(count / model.facts.tokens);
      return [topic, rank + 1, model.terms[term], p, relevance, share, count];
    }),
  );
  return [["topic", "rank", "term", "p", "relevance", "p_topic", "count"], ...rows];
}

function pairRows() {
  const all = range(model.nTopics).flatMap((a) => range(model.nTopics).filter((b) => b > a).map((b) => [a, b]));
  const rows = largestFirst(all, ([a, b]) => -distance(a, b)).map(([a, b]) => [a, b, distance(a, b), together(a, b)]);
  return [["a", "b", "distance", "pmi"], ...rows];
}

function bestRows() {
  const { best, ids, tokens, placeOf } = model.documents;
  let [last, rank] = [null, 0];
  const rows = best.map(({ topic, number, share, low }) => {
    rank = topic === last ? rank + 1 : 1;
    last = topic;
    return [topic, rank, ids[placeOf.get(number)], share, low, tokens[placeOf.get(number)]];
  });
  return [["topic", "rank", "id", "share", "low", "tokens"], ...rows];
}

function documentRows() {
  const { ids, tokens } = model.documents;
  const rows = ids.flatMap((id, place) => topicsOfDocument(place).map(({ topic, share }) => [id, tokens[place], topic, share]));
  return [["id", "tokens", "topic", "share"], ...rows];
}

function groupRows(group) {
  const at = model.groups.indexOf(group);
  const [shares, low, high] = ["shares", "low", "high"].map((name) => model.arrays[`group.${at}.${name}`]);
  const rows = group.values.flatMap((value, place) =>
    range(model.nTopics).map((topic) => {
      const cell = place * model.nTopics + topic;
      const edges = low[cell] < 0 ? [null, null] : [low[cell], high[cell]];
      return [value, group.documents[place], group.tokens[place], topic, shares[cell], ...edges];
    }),
  );
  return [["value", "documents", "tokens", "topic", "share", "low", "high"], ...rows];
}

function downloadView() {
  const item = ([name, what, rows]) =>
    h("li", {}, button(name, () => save(name, csvText(rows()), "text/csv"), { class: "file" }), h("span", {}, what));
  const given = button("labels.yaml", () => save("labels.yaml", yamlText(labels), "application/yaml"), { class: "file" });
  return [
    h("h1", { tabindex: "-1" }, "Download"),
    card("Tables", {}, h("p", { class: "note" }, "CSV in UTF-8, with the columns of lda-cli export, which has all digits and all rows."), h("ul", { class: "plain files" }, downloads().map(item))),
    card(
      "Names",
      {},
      h("ul", { class: "plain files" }, h("li", {}, given, h("span", {}, labels.size ? `what ${labels.size} of the topics are called, also what you typed on their pages; for lda-cli label` : "no topic has a name; you can type names on the pages of topics"))),
    ),
    h("p", { class: "note" }, "Every picture has a button that saves it as SVG."),
  ];
}
