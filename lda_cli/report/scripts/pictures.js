// What the pictures share: scales, small curves, and saving as SVG.

const PAINTED = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-size"];
PAINTED.push("font-family", "font-weight", "text-anchor");

/** A linear map from [low, high] to [first, last]. */
function scale(low, high, first, last) {
  const part = high > low ? (last - first) / (high - low) : 0;
  return (value) => (part ? first + (value - low) * part : (first + last) / 2);
}

/** A number of pixels with one decimal. */
function px(value) {
  return String(Math.round(value * 10) / 10);
}

/** The picture as a file: what the style sheet gives is written into it. */
function svgText(svg) {
  const copy = svg.cloneNode(true);
  const from = [svg, ...svg.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((element, place) => {
    const style = getComputedStyle(from[place]);
    if (element.tagName !== "title") for (const name of PAINTED) element.setAttribute(name, style.getPropertyValue(name));
    for (const name of ["class", "tabindex", "href"]) element.removeAttribute(name);
  });
  const box = svg.viewBox.baseVal;
  const ground = getComputedStyle(document.body).getPropertyValue("--card");
  copy.prepend(s("rect", { x: box.x, y: box.y, width: box.width, height: box.height, fill: ground }));
  copy.setAttribute("width", box.width);
  copy.setAttribute("height", box.height);
  copy.setAttribute("xmlns", SVG);
  return new XMLSerializer().serializeToString(copy);
}

/** A button that saves what `place`, of `fitted`, shows. */
function saveButton(place, name) {
  return button("Save as SVG", () => save(`${name}.svg`, svgText(place.querySelector("svg")), "image/svg+xml"), { class: "quiet" });
}

/** The values of a topic in the groups of a field: [{label, share, low, high, tokens}], missing values left out. */
function profileOf(group, topic) {
  const at = model.groups.indexOf(group);
  const [shares, low, high] = ["shares", "low", "high"].map((name) => model.arrays[`group.${at}.${name}`]);
  return group.values
    .map((value, place) => {
      const cell = place * model.nTopics + topic;
      const edges = low[cell] < 0 ? { low: null, high: null } : { low: low[cell], high: high[cell] };
      const facts = { documents: group.documents[place], tokens: group.tokens[place] };
      return { value, label: labelOf(value), share: shares[cell], ...edges, ...facts };
    })
    .filter(({ value }) => value !== null);
}

function labelOf(value) {
  return value === null ? "(none)" : String(value);
}

/** How much the shares of a topic vary between groups: their deviation, by tokens, over their mean. */
function variation(values) {
  const tokens = values.reduce((sum, each) => sum + each.tokens, 0) || 1;
  const mean = values.reduce((sum, each) => sum + each.tokens * each.share, 0) / tokens;
  const spread = values.reduce((sum, each) => sum + each.tokens * (each.share - mean) ** 2, 0) / tokens;
  return mean > 0 ? Math.sqrt(spread) / mean : 0;
}

/**
 * A small picture of a profile: a curve with its interval for numbers and dates, else bars.
 * `measure` is "share", or "tokens" for share times tokens.
 */
function profilePicture(group, topic, measure, width, height) {
  const values = profileOf(group, topic);
  const of = (each, share) => (measure === "tokens" ? share * each.tokens : share);
  const most = Math.max(...values.map((each) => of(each, each.share)), 1e-9) * 1.08;
  const [left, right, top, bottom] = [4, width - 4, 16, height - 18];
  const down = scale(0, most, bottom, top);
  const across = scale(0, Math.max(1, values.length - 1), left, right);
  const svg = s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", class: "profile" });
  const shown = measure === "tokens" ? whole : percent;
  const ends = values.length ? `, from ${values[0].label} to ${values.at(-1).label}` : "";
  svg.setAttribute("aria-label", `Topic ${topic} by ${group.field}${ends}, at most ${shown(most / 1.08)}`);
  svg.append(s("line", { x1: left, x2: right, y1: bottom, y2: bottom, class: "axis" }));
  if (group.ordered) {
    const known = values.map((each, place) => ({ each, x: across(place) }));
    const between = known.filter(({ each }) => each.low !== null);
    const edge = (name) => between.map(({ each, x }) => `${px(x)},${px(down(Math.min(most, of(each, each[name]))))}`);
    if (between.length > 1) svg.append(s("polygon", { points: [...edge("high"), ...edge("low").reverse()].join(" "), class: "band" }));
    const points = known.map(({ each, x }) => `${px(x)},${px(down(of(each, each.share)))}`);
    svg.append(s("polyline", { points: points.join(" "), class: "curve" }));
  } else {
    const room = (right - left) / values.length;
    values.forEach((each, place) => {
      const y = down(of(each, each.share));
      const box = { x: px(left + place * room + room * 0.1), width: px(room * 0.8), y: px(y), height: px(bottom - y) };
      svg.append(s("rect", { ...box, class: "column" }, s("title", {}, `${each.label}: ${percent(each.share)}`)));
    });
  }
  const label = (x, y, text, anchor) => s("text", { x, y, "text-anchor": anchor, class: "small" }, text);
  svg.append(label(left, 11, shown(most / 1.08), "start"));
  if (values.length && group.ordered) {
    svg.append(label(left, height - 4, shortened(values[0].label, 18), "start"));
    if (values.length > 1) svg.append(label(right, height - 4, shortened(values.at(-1).label, 18), "end"));
  } else if (values.length) {
    const best = largestFirst(range(values.length), (place) => of(values[place], values[place].share))[0];
    const x = left + ((best + 0.5) * (right - left)) / values.length;
    const anchor = x < width / 3 ? "start" : x > (2 * width) / 3 ? "end" : "middle";
    svg.append(label(px(x), height - 4, shortened(values[best].label, 28), anchor));
  }
  return svg;
}
