// The list of topics, by the numbers that they have in every command.

const SORTS = {
  number: (topic) => -topic,
  share: (topic) => model.topics[topic].share,
  coherence: (topic) => model.topics[topic].npmi ?? -Infinity,
};
const listing = { sort: "number", filter: "", current: undefined };

/** The topics to list, in order. */
function listed() {
  const wanted = folded(listing.filter);
  const some = model.shown.filter((topic) => {
    const { words, flags } = model.topics[topic];
    return !wanted || folded(`${topic} ${nameOf(topic)} ${words.join(" ")} ${flags.join(" ")}`).includes(wanted);
  });
  if (listing.sort === "name") {
    return some.sort((one, other) => nameOf(one).localeCompare(nameOf(other)));
  }
  return largestFirst(some, SORTS[listing.sort]);
}

function topicItem(topic, current, most) {
  const { share, npmi, words, flags } = model.topics[topic];
  const link = h(
    "a",
    { href: addressOf({ topic }), class: "topic-item", "aria-current": topic === current ? "page" : null },
    h("span", { class: "number" }, String(topic)),
    h(
      "span",
      { class: "topic-name" },
      own(nameOf(topic)),
      flags.length ? h("span", { class: "flag", title: flags.join(", ") }, ` ⚑ ${flags[0].replace(/ \(.*/, "")}`) : null,
    ),
    h("span", { class: "topic-share" }, percent(share)),
    h("span", { class: "topic-words" }, own(words.join(" "))),
    bar(share / most),
  );
  link.title = `npmi ${decimals(npmi, 3)}`;
  return h("li", {}, link);
}

function fillList(current) {
  listing.current = current;
  const list = document.getElementById("topics");
  const topics = listed();
  const most = Math.max(...model.topics.map(({ share }) => share));
  const fresh = h(
    "ol",
    { id: "topics", "aria-label": "Topics" },
    topics.map((topic) => topicItem(topic, current, most)),
  );
  list.replaceWith(fresh);
  roving(fresh, "a.topic-item");
  const hidden = model.nTopics - model.shown.length;
  const parts = [`${topics.length} of ${model.nTopics} topics`, hidden ? `${hidden} hidden by labels` : ""];
  document.getElementById("n-topics").textContent = parts.filter(Boolean).join(", ");
}

/** The list with its sorting and its filter, made once. */
function sidebar() {
  const filter = h("input", {
    type: "search",
    placeholder: "name or word",
    oninput: (event) => {
      listing.filter = event.target.value;
      fillList(currentTopic());
      announce(document.getElementById("n-topics").textContent);
    },
  });
  const sort = choice("Sort by", ["number", "share", "coherence", "name"].map((name) => [name, name]), listing.sort, (value) => {
    listing.sort = value;
    fillList(currentTopic());
  });
  const details = document.getElementById("sidebar");
  details.append(
    h("div", { class: "controls" }, sort, h("label", { class: "choice grow" }, h("span", {}, "Filter"), filter)),
    h("p", { id: "n-topics", class: "note" }),
    h("ol", { id: "topics" }),
  );
  details.open = !matchMedia("(max-width: 60rem)").matches;
}
