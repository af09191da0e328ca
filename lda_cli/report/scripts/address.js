// What the page shows stands in its address: #topic=3&l=.6, #term=harbour, #doc=space/moon.txt.

/** The parts of an address: {topic: "3", l: ".6"}; a part without = is "". */
function parsed(address) {
  const found = {};
  for (const part of address.replace(/^#/, "").split("&").filter(Boolean)) {
    const at = part.indexOf("=");
    const [name, value] = at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
    try {
      found[decodeURIComponent(name)] = decodeURIComponent(value);
    } catch {
      found[name] = value; // a % that encodes nothing
    }
  }
  return found;
}

/** The address of some parts; those that are null are left out. */
function addressOf(parts) {
  const encoded = (text) => encodeURIComponent(text).replaceAll("%2F", "/").replaceAll("%3A", ":");
  return `#${Object.entries(parts)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => (value === "" ? name : `${encoded(name)}=${encoded(String(value))}`))
    .join("&")}`;
}

/** The address of a document; several may have one id, and then the place tells which. */
function documentAddress(place) {
  const id = model.documents.ids[place];
  return addressOf({ doc: id, n: placesOf(id)[0] === place ? null : place });
}

/** The places of the documents with an id. */
function placesOf(id) {
  const { documents } = model;
  if (!documents.places) {
    documents.places = new Map();
    documents.ids.forEach((each, place) => {
      if (documents.places.has(each)) documents.places.get(each).push(place);
      else documents.places.set(each, [place]);
    });
  }
  return documents.places.get(id) ?? [];
}

/** Change the address without a new entry in the history. */
function replaceAddress(parts) {
  history.replaceState(null, "", addressOf(parts));
}
