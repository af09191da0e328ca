// A word: its topics and its documents; without one, all words.

const LISTED = 200;
const AROUND = 110; // characters of a text before and after a word

function termView({ term: given }) {
  if (given === "") return termsView();
  const wanted = given.normalize("NFC");
  let term = model.terms.indexOf(wanted);
  if (term < 0) term = model.terms.findIndex((each) => folded(each) === folded(wanted));
  if (term < 0) return notFound(`“${given}” is no word of the model.`);
  const { arrays } = model;
  const documents = arrays["term.documents"][term];
  const rows = topicsOfTerm(term);
  return [
    h("h1", { tabindex: "-1" }, own(model.terms[term])),
    h(
      "dl",
      { class: "figures small-figures" },
      h("div", {}, h("dt", {}, "times in the corpus"), h("dd", {}, whole(arrays["term.count"][term]))),
      h("div", {}, h("dt", {}, "documents"), h("dd", {}, documents ? whole(documents) : "–")),
    ),
    card(
      "Topics",
      { id: "term-topics" },
      table(
        `Topics of ${model.terms[term]}`,
        [
          { title: "Topic", cell: ({ topic }) => topicLink(topic) },
          { title: "p(topic | word)", kind: "bars", cell: ({ share }) => bar(share, "second") },
          { title: "", number: true, cell: ({ share }) => percent(share) },
          { title: "p(word | topic)", number: true, cell: ({ p }) => p.toFixed(6) },
        ],
        rows,
      ),
      h("p", { class: "note" }, "Topics that have at least 2% of the word, five at most."),
    ),
    textsWith(term),
  ];
}

/** The texts of the page that have a word, with what stands around it. */
function textsWith(term) {
  if (!model.texts) return null;
  const { terms, of, texts } = model.texts;
  const found = [];
  for (let place = 0; place < texts.length; place += 1) {
    const at = terms.subarray(of[place], of[place + 1]).indexOf(term);
    if (at >= 0) found.push([place, wordsOfText(place)[at]]);
  }
  if (!found.length) return null;
  const item = ([place, { start, end, topic }]) => quotation(place, start, end, h("sub", {}, String(topic)));
  return card("In the texts of this page", {}, h("p", { class: "note" }, `${whole(found.length)} of ${whole(texts.length)} texts; the number is the topic of the word there.`), inParts(found, item, 10));
}

/** A document of the page with what stands around a place of its text. */
function quotation(place, start, end, mark = null) {
  const text = model.texts.texts[place];
  const [begin, stop] = [Math.max(0, start - AROUND), Math.min(text.length, end + AROUND)];
  const before = text.slice(begin, start).replace(begin ? /^\S*/u : "", begin ? "…" : "");
  const after = text.slice(end, stop).replace(stop < text.length ? /\S*$/u : "", stop < text.length ? "…" : "");
  return h(
    "article",
    { class: "best" },
    h("p", { class: "best-head" }, documentLink(model.documents.placeOf.get(model.texts.numbers[place]))),
    h("p", { class: "excerpt" }, own(before), h("mark", {}, text.slice(start, end), mark), own(after)),
  );
}

function termsView() {
  const counts = model.arrays["term.count"];
  const place = h("div", {});
  const fill = (filter) => {
    const wanted = folded(filter);
    const found = range(model.terms.length).filter((term) => !wanted || folded(model.terms[term]).startsWith(wanted));
    const rows = largestFirst(found, (term) => counts[term]).slice(0, LISTED);
    place.replaceChildren(
      h("p", { class: "note" }, `${whole(rows.length)} of ${whole(found.length)} words, the most frequent first`),
      table(
        "Words",
        [
          { title: "Word", cell: termLink },
          { title: "Times", number: true, cell: (term) => whole(counts[term]) },
          { title: "Main topic", cell: (term) => topicLink(topicsOfTerm(term)[0].topic) },
          { title: "Its share", number: true, cell: (term) => percent(topicsOfTerm(term)[0].share) },
        ],
        rows,
      ),
    );
  };
  fill("");
  const input = h("input", { type: "search", oninput: (event) => fill(event.target.value) });
  return [h("h1", { tabindex: "-1" }, "Words"), h("label", { class: "choice" }, h("span", {}, "Beginning with"), input), place];
}
