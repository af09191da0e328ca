// The beginning: unpack the data, show what the address says, and follow it.

const VIEWS = {
  topic: topicView,
  term: termView,
  doc: documentView,
  by: groupsView,
  together: togetherView,
  search: searchView,
  download: downloadView,
};

function currentTopic() {
  const { topic } = parsed(location.hash);
  return topic === undefined ? null : Number(topic);
}

/** Show what the address says; `isMove` if the reader went there, who then reads from the heading. */
function render(isMove) {
  const parts = parsed(location.hash);
  const name = Object.keys(VIEWS).find((each) => parts[each] !== undefined);
  const main = document.getElementById("main");
  main.replaceChildren(...(name ? VIEWS[name](parts) : overview()).flat().filter(Boolean));
  const heading = main.querySelector("h1");
  document.title = name ? `${heading.textContent} – ${model.facts.title}` : model.facts.title;
  for (const link of document.querySelectorAll("#views a")) {
    const isHere = (link.dataset.view || undefined) === name;
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const current = name === "topic" ? currentTopic() : null;
  if (listing.current !== current) fillList(current);
  if (name !== "search") document.getElementById("search").value = "";
  else if (document.activeElement.id !== "search") document.getElementById("search").value = parts.search;
  if (!isMove) return;
  heading.focus({ preventScroll: true });
  scrollTo(0, 0);
}

async function part(name) {
  const element = document.getElementById(`data-${name}`);
  if (!element) return null;
  const packed = element.textContent;
  element.remove();
  return unpack(packed);
}

async function begin() {
  if (typeof DecompressionStream === "undefined") {
    document.getElementById("main").replaceChildren(h("p", {}, "This browser is too old for the page: it needs Chrome 80, Firefox 113, Safari 16.4 or newer."));
    return;
  }
  takeCore(await part("core"));
  takeLabels();
  sidebar();
  searchField();
  addEventListener("hashchange", () => render(true));
  addEventListener("beforeprint", () => (document.getElementById("sidebar").open = true));
  if (location.hash.length < 2) render(false); // the overview needs no more
  const documents = await part("documents");
  takeDocuments(documents);
  const texts = await part("texts");
  if (texts) takeTexts(texts);
  if (location.hash.length > 1) render(false);
  document.body.dataset.ready = "yes";
}

begin();
