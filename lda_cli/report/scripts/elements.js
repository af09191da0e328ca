// Elements of HTML and SVG. All text is set as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** An element of HTML: h("p", {class: "note"}, "text", child). */
function h(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** An element of SVG. */
function s(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

/** A text of the corpus, whose direction does not change that of what stands around it. */
function own(text, attributes = {}) {
  const lang = model.facts.language ? { lang: model.facts.language } : {};
  return h("bdi", { ...lang, ...attributes }, text);
}

/** The name of a topic that was typed in this page, else that of the model. */
function nameOf(topic) {
  return labels.get(topic)?.name ?? model.topics[topic].name;
}

/** A link to a topic: its number and its name. */
function topicLink(topic, attributes = {}) {
  return h(
    "a",
    { href: addressOf({ topic }), class: "topic-link", ...attributes },
    h("span", { class: "number" }, String(topic)),
    " ",
    own(nameOf(topic)),
  );
}

function termLink(term) {
  return h("a", { href: addressOf({ term: model.terms[term] }) }, own(model.terms[term]));
}

/** A link to a document; `place` is its place in the page. */
function documentLink(place) {
  return h("a", { href: documentAddress(place), class: "document-link" }, own(model.documents.ids[place]));
}

function button(text, onclick, attributes = {}) {
  return h("button", { type: "button", onclick, ...attributes }, text);
}

/** A part of a view with a heading. */
function card(title, attributes, ...children) {
  const { class: more = "", ...others } = attributes;
  return h("section", { class: `card ${more}`, ...others }, h("h2", {}, title), ...children);
}

/** A bar of a share of the width, 0 to 1. */
function bar(share, kind = "") {
  const inner = h("span", { class: `bar ${kind}` });
  inner.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return h("span", { class: "bar-room", "aria-hidden": "true" }, inner);
}

/** A picture that is drawn for the width that it has, and again when the width changes. */
function fitted(make, most = 1000) {
  const place = h("div", { class: "fitted" });
  let before = 0;
  new ResizeObserver(([{ contentRect }]) => {
    const width = Math.min(most, Math.floor(contentRect.width));
    if (!width || Math.abs(width - before) < 2) return;
    before = width;
    place.replaceChildren(make(width));
  }).observe(place);
  return place;
}

/** Say something to a screen reader. */
function announce(text) {
  document.getElementById("status").textContent = text;
}

/** A select with a label; options are pairs of value and text. */
function choice(label, options, value, onchange) {
  const select = h(
    "select",
    { onchange: (event) => onchange(event.target.value) },
    options.map(([each, text]) => h("option", { value: each, selected: each === value }, text)),
  );
  return h("label", { class: "choice" }, h("span", {}, label), select);
}

/** Make the arrow keys move the focus among elements, of which the Tab key reaches one. */
function roving(container, selector) {
  const all = () => [...container.querySelectorAll(selector)];
  const reach = (element) => {
    for (const each of all()) each.setAttribute("tabindex", each === element ? "0" : "-1");
  };
  if (all().length) reach(container.querySelector(`${selector}[aria-current]`) ?? all()[0]);
  container.addEventListener("focusin", (event) => {
    const element = event.target.closest(selector);
    if (element) reach(element);
  });
  container.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    const place = all().indexOf(document.activeElement);
    if (step === undefined || place < 0) return;
    event.preventDefault();
    all()[Math.max(0, Math.min(all().length - 1, place + step))].focus();
  });
}
