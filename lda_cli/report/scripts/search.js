// Search: words by their beginning, ids and texts by a part, topics by name or word.

const MOST_FOUND = 20;

/** Fold words, ids and texts once: when the field gets the focus, so that the first letter need not wait. */
function prepareSearch() {
  model.foldedTerms ??= model.terms.map(folded);
  if (model.documents) model.documents.folded ??= model.documents.ids.map(folded);
  if (model.texts) model.texts.folded ??= model.texts.texts.map(folded);
}

/** What is found: {topics, terms, documents, texts}; all have numbers, best first. */
function found(text) {
  const wanted = folded(text.trim());
  if (!wanted) return { topics: [], terms: [], documents: [], texts: [] };
  prepareSearch();
  const terms = range(model.terms.length).filter((term) => model.foldedTerms[term].startsWith(wanted));
  const topics = range(model.nTopics).filter((topic) => folded(`${topic} ${nameOf(topic)} ${model.topics[topic].words.join(" ")}`).includes(wanted));
  return {
    topics,
    terms: largestFirst(terms, (term) => model.arrays["term.count"][term]),
    documents: model.documents ? documentsWith(wanted) : [],
    texts: model.texts ? range(model.texts.texts.length).filter((place) => model.texts.folded[place].includes(wanted)) : [],
  };
}

/** A text with what was searched for; a text that has it only without accents is quoted from its beginning. */
function quotationOf(place, wanted) {
  const at = Math.max(0, model.texts.texts[place].toLowerCase().indexOf(wanted.trim().toLowerCase()));
  return quotation(place, at, at + wanted.trim().length);
}

function searchView({ search: text }) {
  const { topics, terms, documents, texts } = found(text);
  const kinds = [
    ["Topics", topics, (topic) => topicLink(topic)],
    ["Words", terms, termLink],
    ["Documents", documents, documentLink],
    ["Texts", texts, (place) => quotationOf(place, text)],
  ];
  const said = kinds.filter(([, items]) => items.length).map(([title, items]) => `${title.toLowerCase()} ${whole(items.length)}`);
  const summary = text.trim() ? said.join(", ") || "nothing" : "Type a word, a part of an id, or a name.";
  announce(`Found: ${summary}`);
  return [
    h("h1", { tabindex: "-1" }, "Search"),
    h("p", { class: "lead" }, own(text.trim() ? `“${text.trim()}”: ` : ""), summary),
    ...kinds
      .filter(([, items]) => items.length)
      .map(([title, items, make]) => card(`${title} (${whole(items.length)})`, {}, h("div", { class: "results" }, inParts(items, (item) => h("div", { class: "result" }, make(item)), MOST_FOUND)))),
  ];
}

/** Make the field of the search work: / goes to it, Escape empties it, Enter goes to the first result. */
function searchField() {
  const field = document.getElementById("search");
  let before = "#";
  field.addEventListener("focus", prepareSearch);
  field.addEventListener("input", () => {
    const isSearching = parsed(location.hash).search !== undefined;
    if (!isSearching) before = location.hash || "#";
    if (isSearching || !field.value) replaceAddress(field.value ? { search: field.value } : parsed(before));
    else history.pushState(null, "", addressOf({ search: field.value }));
    render(false);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && field.value) {
      field.value = "";
      replaceAddress(parsed(before));
      render(false);
    }
    if (event.key === "Enter") document.querySelector("#main .results a")?.focus();
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, select, textarea");
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      field.focus();
      field.select();
    }
  });
}
