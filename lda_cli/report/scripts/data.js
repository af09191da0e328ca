// What Python packed (report/packing.py), unpacked.

const KINDS = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, f4: Float32Array, f8: Float64Array };

/** The bytes of a text in base64. */
function bytesOf(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let place = 0; place < bytes.length; place += 1) bytes[place] = characters.charCodeAt(place);
  return bytes;
}

/** An array of numbers from its first bytes, then its second ones, and so on. */
function numbers(kind, n, bytes) {
  const size = KINDS[kind].BYTES_PER_ELEMENT;
  if (size === 1) return bytes;
  const joined = new Uint8Array(n * size);
  for (let plane = 0; plane < size; plane += 1) {
    const own = bytes.subarray(plane * n, (plane + 1) * n);
    for (let place = 0, at = plane; place < n; place += 1, at += size) joined[at] = own[place];
  }
  return new KINDS[kind](joined.buffer);
}

/** Facts and arrays of a pack: `facts` are JSON; `arrays.name` is a typed array, or bytes of text. */
async function unpack(packed) {
  const stream = new Blob([bytesOf(packed)]).stream().pipeThrough(new DecompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const end = bytes.indexOf(10);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  const arrays = {};
  let at = end + 1;
  for (const { name, type, n } of header.arrays) {
    const length = type === "text" ? n : n * KINDS[type].BYTES_PER_ELEMENT;
    const own = bytes.subarray(at, at + length);
    arrays[name] = type === "text" ? own : numbers(type, n, own);
    at += length;
  }
  return { facts: header.facts, arrays };
}

/** The texts that were packed under a name. */
function lines(arrays, name) {
  const decoder = new TextDecoder();
  const lengths = arrays[`${name}.lengths`];
  const whole = decoder.decode(arrays[name]);
  const isAscii = whole.length === arrays[name].length;
  const found = Array.from({ length: lengths.length });
  let at = 0;
  for (let place = 0; place < lengths.length; place += 1) {
    const end = at + lengths[place];
    found[place] = isAscii ? whole.slice(at, end) : decoder.decode(arrays[name].subarray(at, end));
    at = end;
  }
  return found;
}

/** The model that the page shows; `documents` and `texts` are null until they are unpacked. */
const model = { documents: null, texts: null };

function takeCore({ facts, arrays }) {
  Object.assign(model, {
    facts,
    arrays,
    topics: facts.topics,
    nTopics: facts.topics.length,
    terms: lines(arrays, "vocabulary"),
    ofTopic: offsets(arrays["topic.lengths"]),
    ofTerm: offsets(arrays["term.lengths"]),
    shown: range(facts.topics.length).filter((topic) => !facts.topics[topic].hide),
    groups: facts.groups,
  });
}

function takeDocuments({ facts, arrays }) {
  if (!arrays.ids) return;
  const numberOf = arrays["document.numbers"];
  model.documents = {
    ids: lines(arrays, "ids"),
    numbers: numberOf,
    placeOf: new Map(Array.from(numberOf, (number, place) => [number, place])),
    topics: arrays["document.topics"],
    shares: arrays["document.shares"],
    tokens: arrays["document.tokens"],
    of: offsets(arrays["document.lengths"]),
    fields: facts.fields.map(({ field, values }) => ({ field, values, which: arrays[`field.${field}`] })),
    best: range(arrays["best.topic"].length).map((at) => ({
      topic: arrays["best.topic"][at],
      number: arrays["best.number"][at],
      share: arrays["best.share"][at],
      low: arrays["best.low"][at],
    })),
  };
}

function takeTexts({ arrays }) {
  const numberOf = Array.from(arrays["text.numbers"]);
  model.texts = {
    texts: lines(arrays, "text"),
    isCut: arrays["text.cut"],
    numbers: numberOf,
    placeOf: new Map(numberOf.map((number, place) => [number, place])),
    of: offsets(arrays["text.words"]),
    gaps: arrays["word.gaps"],
    lengths: arrays["word.lengths"],
    terms: arrays["word.terms"],
    topics: arrays["word.topics"],
    p: arrays["word.p"],
  };
}

/** The stored terms of a topic by relevance: l log p + (1 - l) log(p / p(term)); all are exact. */
function termsOfTopic(topic, weight, most) {
  const { arrays, ofTopic, facts } = model;
  const rows = [];
  for (let at = ofTopic[topic]; at < ofTopic[topic + 1]; at += 1) {
    const term = arrays["topic.terms"][at];
    const p = arrays["topic.p"][at];
    const count = arrays["term.count"][term];
    const relevance = Math.log(p) - (1 - weight) * Math.log(count / facts.tokens);
    rows.push({ term, p, relevance, count, share: arrays["topic.shares"][at] });
  }
  return largestFirst(rows, (row) => row.relevance).slice(0, most);
}

/** The topics of a term, the largest share first: share in thousandths, p in millionths. */
function topicsOfTerm(term) {
  const { arrays, ofTerm } = model;
  return range(ofTerm[term + 1] - ofTerm[term]).map((place) => {
    const at = ofTerm[term] + place;
    return {
      topic: arrays["term.topics"][at],
      share: arrays["term.shares"][at] / 1000,
      p: arrays["term.p"][at] / 1e6,
    };
  });
}

/** The topics of a document, the largest share first. */
function topicsOfDocument(place) {
  const { of, topics, shares } = model.documents;
  return range(of[place + 1] - of[place]).map((each) => ({
    topic: topics[of[place] + each],
    share: shares[of[place] + each] / 1000,
  }));
}

/** The words of a text with their topics: {start, end, term, topic, p}. */
function wordsOfText(place) {
  const { of, gaps, lengths, terms, topics, p } = model.texts;
  let end = 0;
  return range(of[place + 1] - of[place]).map((each) => {
    const at = of[place] + each;
    const start = end + gaps[at];
    end = start + lengths[at];
    return { start, end, term: terms[at], topic: topics[at], p: p[at] / 1000 };
  });
}

/** Root of the Jensen-Shannon divergence of the words of two topics. */
function distance(one, other) {
  return model.arrays.distances[one * model.nTopics + other] / 1000;
}

/** Log of how often documents have both topics, compared with chance; null if none has, or none is known. */
function together(one, other) {
  const stored = model.arrays.together?.[one * model.nTopics + other] ?? 65535;
  return stored === 65535 ? null : (stored - 20000) / 1000;
}
