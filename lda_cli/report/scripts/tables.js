// Tables: columns say what their cells are; a picture has one behind a button.

/**
 * A table. Columns: {title, cell: (row) => text or element, number: whether to align right, kind: class}.
 */
function table(caption, columns, rows) {
  const kinds = columns.map(({ number, kind }) => [number ? "figure" : "", kind ?? ""].join(" ").trim() || null);
  const head = columns.map(({ title }, place) => h("th", { scope: "col", class: kinds[place] }, title || h("span", { class: "unseen" }, "number")));
  const body = rows.map((row) =>
    h(
      "tr",
      {},
      columns.map(({ cell }, place) => h("td", { class: kinds[place] }, cell(row))),
    ),
  );
  const room = h(
    "div",
    { class: "table-room", role: "region", "aria-label": caption },
    h("table", {}, h("caption", { class: "unseen" }, caption), h("thead", {}, h("tr", {}, head)), h("tbody", {}, body)),
  );
  new ResizeObserver(() => {
    if (room.scrollWidth > room.clientWidth) room.setAttribute("tabindex", "0"); // so that keys can scroll it
    else room.removeAttribute("tabindex");
  }).observe(room);
  return room;
}

/** A button that shows what `make` returns, or hides it. */
function behindButton(text, make) {
  const place = h("div", { class: "behind", hidden: true });
  const opener = button(
    text,
    () => {
      if (!place.firstChild) place.append(make());
      place.hidden = !place.hidden;
      opener.setAttribute("aria-expanded", String(!place.hidden));
    },
    { "aria-expanded": "false", class: "quiet" },
  );
  return [opener, place];
}

/** A list that shows its first items, and more with each press of a button. */
function inParts(items, make, step) {
  const list = h("div", { class: "parts" });
  let shown = 0;
  const more = button("", () => show(), { class: "quiet" });
  const show = () => {
    const some = items.slice(shown, shown + step);
    list.append(...some.map(make));
    shown += some.length;
    more.textContent = `Show ${Math.min(step, items.length - shown)} more of ${whole(items.length - shown)}`;
    more.hidden = shown >= items.length;
  };
  show();
  return [list, more];
}
