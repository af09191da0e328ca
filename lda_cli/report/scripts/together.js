// Topics that share documents, and the matrix that this view and the overview draw.

/**
 * A square matrix. `value` of two topics is shown as a depth of colour, from the least to the most; null is blank.
 * The arrow keys move a mark, Enter opens the topic of the row.
 */
function matrixPicture(topics, value, words, info, label, width) {
  const edge = 30;
  const n = topics.length;
  const size = Math.min(44, (Math.min(width, 760) - edge) / n);
  const room = edge + n * size;
  const svg = s("svg", { viewBox: `0 0 ${px(room)} ${px(room)}`, class: "matrix", role: "img", tabindex: "0" });
  svg.setAttribute("aria-label", `${label}. The arrow keys move through the cells, Enter opens a topic.`);
  svg.style.maxWidth = `${room}px`;
  const known = topics.flatMap((a) => topics.filter((b) => b !== a).map((b) => value(a, b))).filter((each) => each !== null);
  const depth = scale(Math.min(...known), Math.max(...known), 0.04, 1);
  topics.forEach((a, row) => {
    topics.forEach((b, column) => {
      const found = a === b ? null : value(a, b);
      if (found === null) return;
      const box = { x: px(edge + column * size), y: px(edge + row * size), width: px(size - 0.6), height: px(size - 0.6) };
      svg.append(s("rect", { ...box, class: "cell", "fill-opacity": depth(found).toFixed(3) }));
    });
  });
  const isLabelled = (place, length) => place % Math.ceil(length / size) === 0;
  topics.forEach((topic, place) => {
    const middle = edge + (place + 0.5) * size;
    const label = (x, y, anchor) => s("text", { x: px(x), y: px(y), "text-anchor": anchor, class: "small" }, String(topic));
    if (isLabelled(place, 13)) svg.append(label(edge - 5, middle + 4, "end"));
    if (isLabelled(place, 8 * String(model.nTopics - 1).length + 4)) svg.append(label(middle, edge - 6, "middle"));
  });
  const mark = s("rect", { class: "mark", width: px(size), height: px(size), visibility: "hidden" });
  svg.append(mark);
  let [row, column] = [0, 0];
  const show = () => {
    const [a, b] = [topics[row], topics[column]];
    mark.setAttribute("x", px(edge + column * size));
    mark.setAttribute("y", px(edge + row * size));
    mark.setAttribute("visibility", "visible");
    info.textContent = a === b ? `${a} ${nameOf(a)}` : `${a} ${nameOf(a)} and ${b} ${nameOf(b)}: ${words(a, b)}`;
  };
  const within = (number) => Math.max(0, Math.min(n - 1, number));
  svg.addEventListener("keydown", (event) => {
    const moves = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };
    if (event.key === "Enter") location.hash = addressOf({ topic: topics[row] });
    if (!moves[event.key]) return;
    event.preventDefault();
    [row, column] = [within(row + moves[event.key][0]), within(column + moves[event.key][1])];
    show();
    announce(info.textContent);
  });
  svg.addEventListener("focus", show);
  svg.addEventListener("mousemove", (event) => {
    const box = svg.getBoundingClientRect();
    const cell = (at, begin, length) => Math.floor((((at - begin) / length) * room - edge) / size);
    const [to, across] = [cell(event.clientY, box.top, box.height), cell(event.clientX, box.left, box.width)];
    if (to < 0 || across < 0 || to >= n || across >= n) return;
    [row, column] = [to, across];
    show();
  });
  svg.addEventListener("click", () => (location.hash = addressOf({ topic: topics[row] })));
  return svg;
}

function pairTable(caption, rows) {
  return table(
    caption,
    [
      { title: "Topic", cell: ([a]) => topicLink(a) },
      { title: "Topic", cell: ([, b]) => topicLink(b) },
      { title: "Distance", number: true, cell: ([a, b]) => distance(a, b).toFixed(3) },
      { title: "PMI", number: true, cell: ([a, b]) => decimals(together(a, b), 2) },
    ],
    rows,
  );
}

function togetherView() {
  const heading = h("h1", { tabindex: "-1" }, "Topics together");
  if (!model.arrays.together) return [heading, h("p", { class: "note boxed" }, "The model has no documents, so that nothing is known of topics that share them.")];
  const known = pairs().filter(([a, b]) => together(a, b) !== null);
  const never = pairs().length - known.length;
  const often = largestFirst(known, ([a, b]) => together(a, b));
  const topics = model.facts.order.filter((topic) => !model.topics[topic].hide);
  const info = h("p", { class: "info" }, " ");
  const words = (a, b) => (together(a, b) === null ? "no document has both" : `PMI ${together(a, b).toFixed(2)}`);
  const svg = topics.length <= MATRIX_TOPICS && known.length > 1 ? fitted((width) => matrixPicture(topics, together, words, info, "How often topics share documents", width)) : null;
  return [
    heading,
    h(
      "p",
      { class: "lead" },
      "PMI is the logarithm of how often documents have both topics, compared with chance: above 0 more often, below 0 more rarely. " +
        `A document has a topic with a share of 5% and 3 words or more. ${never ? `${whole(never)} pairs never meet; their squares are blank.` : ""}`,
    ),
    h(
      "div",
      { class: svg ? "pair" : "" },
      svg ? card("All pairs", { id: "together" }, h("div", { class: "controls" }, saveButton(svg, "together")), svg, info) : null,
      h(
        "div",
        {},
        card("Most often together", {}, pairTable("Pairs that share documents most often", often.slice(0, 25))),
        card("Most rarely together", {}, pairTable("Pairs that share documents most rarely", often.slice(-25).reverse())),
      ),
    ),
  ];
}
