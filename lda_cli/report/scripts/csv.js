// Tables and labels as files.

/** Rows of cells as CSV (RFC 4180, lines end in \n); null is an empty cell. */
function csvText(rows) {
  const cell = (value) => {
    const text = value === null || value === undefined ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(cell).join(",")}\n`).join("");
}

/** Labels as YAML, which `lda-cli label` reads: a text in JSON's quotes is one in YAML's. */
function yamlText(given) {
  const text = (value) => JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, escapedUnit);
  const lines = [...given]
    .sort(([one], [other]) => one - other)
    .map(([topic, { name, note, hide }]) => {
      const parts = [name ? `name: ${text(name)}` : "", note ? `note: ${text(note)}` : "", hide ? "hide: true" : ""];
      return `${topic}: {${parts.filter(Boolean).join(", ")}}\n`;
    });
  return lines.join("") || "{}\n";
}

function escapedUnit(character) {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Let the browser save a file. */
function save(name, text, type) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = h("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

/** A part of a file's name. */
function fileName(text) {
  return text.replace(/[^\p{L}\p{N}_.-]+/gu, "-").slice(0, 80) || "report";
}
