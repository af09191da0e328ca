// Numbers as text, as the other commands print them, and small tools of arrays.

const NUMBERS = new Intl.NumberFormat("en");

/** A whole number with commas. */
function whole(value) {
  return NUMBERS.format(Math.round(value));
}

/** A share as a percentage with one decimal: 0.0213 is 2.1%. */
function percent(share) {
  return `${(share * 100).toFixed(1)}%`;
}

/** A number with so many decimals; a dash for what is not known. */
function decimals(value, digits) {
  return value === null || Number.isNaN(value) ? "–" : value.toFixed(digits);
}

/** [0, 1, ..., n - 1] */
function range(n) {
  return Array.from({ length: n }, (_, place) => place);
}

/** The sums of all numbers before each place, and of all: one more than there are numbers. */
function offsets(lengths) {
  const found = new Uint32Array(lengths.length + 1);
  for (let place = 0; place < lengths.length; place += 1) found[place + 1] = found[place] + lengths[place];
  return found;
}

/** The items by a number of each, the largest first, equal ones as they are. */
function largestFirst(items, number) {
  return items
    .map((item) => [number(item), item])
    .sort((one, other) => other[0] - one[0])
    .map((pair) => pair[1]);
}

/** A text of at most so many characters, cut after a word. */
function shortened(text, most) {
  const line = text.split(/\s+/u).filter(Boolean).join(" ");
  if (line.length <= most) return line;
  const cut = line.slice(0, most);
  return `${cut.slice(0, cut.lastIndexOf(" ") > 0 ? cut.lastIndexOf(" ") : most)}…`;
}

/** A text as it is compared: without accents and case. */
function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
