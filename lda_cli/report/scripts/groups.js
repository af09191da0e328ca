// The topics by a field of the metadata: a small picture of each topic, those first that vary most.

const AT_A_TIME = 24;
const grouping = { measure: "share", sort: "variation" };

function groupsView({ by: given }) {
  const heading = h("h1", { tabindex: "-1" }, "Time and groups");
  if (!model.groups.length) {
    return [heading, h("p", { class: "note boxed" }, "The model has no metadata that make groups. Name fields by corpus.metadata_fields when you train, or a field with bins by --by, such as --by year:5.")];
  }
  const group = given === "" ? model.groups[0] : model.groups.find(({ field }) => field === given);
  if (!group) return notFound(`The page has no groups by “${given}”, but by ${model.groups.map(({ field }) => field).join(", ")}.`);
  const fields = model.groups.map(({ field }) => [field, field]);
  const again = (name) => (value) => {
    grouping[name] = value;
    render(false);
  };
  const profiles = new Map(model.shown.map((topic) => [topic, profileOf(group, topic)]));
  const sorts = { variation: (topic) => variation(profiles.get(topic)), share: (topic) => model.topics[topic].share, number: (topic) => -topic };
  const topics = largestFirst(model.shown, sorts[grouping.sort]);
  const item = (topic) => h("figure", { class: "multiple" }, h("figcaption", {}, topicLink(topic)), fitted((width) => profilePicture(group, topic, grouping.measure, width, 100)));
  return [
    heading,
    h(
      "div",
      { class: "controls" },
      choice("Field", fields, group.field, (field) => (location.hash = addressOf({ by: field }))),
      choice("Show", [["share", "share of the words"], ["tokens", "number of words"]], grouping.measure, again("measure")),
      choice("First", [["variation", "those that vary most"], ["share", "the largest"], ["number", "by number"]], grouping.sort, again("sort")),
    ),
    h(
      "p",
      { class: "lead" },
      group.ordered ? "A curve is the share of a topic in all words of a group; between the edges of its band it lies with probability 95%. " : "A column is the share of a topic in all words of a group. ",
      "Each picture has its own scale, whose top is printed.",
    ),
    h("div", { class: "multiples" }, inParts(topics, item, AT_A_TIME)),
    card("Groups", { id: "groups" }, groupTable(group)),
  ];
}

function groupTable(group) {
  const places = range(group.values.length);
  const cells = model.arrays[`group.${model.groups.indexOf(group)}.shares`];
  const firsts = (place) => largestFirst(model.shown, (topic) => cells[place * model.nTopics + topic]).slice(0, 3);
  return table(
    `Groups by ${group.field}`,
    [
      { title: group.field, cell: (place) => own(labelOf(group.values[place])) },
      { title: "Documents", number: true, cell: (place) => whole(group.documents[place]) },
      { title: "Words", number: true, cell: (place) => whole(group.tokens[place]) },
      { title: "Largest topics", kind: "wide", cell: (place) => h("span", {}, firsts(place).map((topic) => h("span", { class: "share-chip" }, topicLink(topic), ` ${percent(cells[place * model.nTopics + topic])}`))) },
    ],
    places,
  );
}

function profileTable(group, topic) {
  const interval = ({ low, high }) => (low === null ? "–" : `${percent(low)} to ${percent(high)}`);
  return table(
    `Topic ${topic} by ${group.field}`,
    [
      { title: group.field, cell: ({ label }) => own(label) },
      { title: "Share", number: true, cell: ({ share }) => percent(share) },
      { title: "95%", number: true, cell: interval },
      { title: "Documents", number: true, cell: ({ documents }) => whole(documents) },
    ],
    profileOf(group, topic),
  );
}
