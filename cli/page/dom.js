// Elements, and the words of the keys of a table.

const SVG = "http://www.w3.org/2000/svg";

function withAttributes(out, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    out.setAttribute(name, value === true ? "" : value);
  }
  out.append(...children.flat(2).filter((child) => child !== null && child !== undefined));
  return out;
}

/** An element; children may be texts, nodes, lists of them and null. */
function make(tag, attributes = {}, ...children) {
  return withAttributes(document.createElement(tag), attributes, children);
}

function makeSvg(tag, attributes = {}, ...children) {
  return withAttributes(document.createElementNS(SVG, tag), attributes, children);
}

/** A titled part of the page; null where there is nothing in it. */
function section(id, title, ...children) {
  const inside = children.flat(2).filter((child) => child !== null && child !== undefined);
  if (inside.length === 0) return null;
  const heading = make("h2", { id: `${id}-title` }, title);
  return make("section", { id, "aria-labelledby": heading.id }, heading, inside);
}

/** Scrolls by itself what is wider than the page, by keyboard, too. */
function scroller(label, ...children) {
  const attributes = { class: "scroll", role: "region", "aria-label": label, tabindex: "0" };
  return make("div", attributes, children);
}

/** A table of plain cells: `header` texts, `rows` lists of texts, nodes or lists of them. */
function plainTable(attributes, header, rows) {
  const heads = header.map((text) => make("th", { scope: "col" }, text));
  const lines = rows.map((cells) =>
    make("tr", {}, cells.map((cell, i) => make("td", { "data-label": header[i] }, cell))));
  return make("table", attributes, make("thead", {}, make("tr", {}, heads)),
              make("tbody", {}, lines));
}

/** Terms and what is said of them; those of which nothing is said are left out. */
function termList(attributes, pairs) {
  const said = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  if (said.length === 0) return null;
  return make("dl", attributes, said.map(([term, value]) =>
    [make("dt", {}, term), make("dd", {}, value)]));
}

function code(text) {
  return make("code", {}, text);
}

function counted(n, word) {
  return `${n} ${word}${n === 1 ? "" : "s"}`;
}

function shortDigest(digest) {
  return digest.slice(0, 8);
}

/** "temperature" of "method.temperature"; all of a path that ends in a number. */
function shortName(path) {
  const last = path.slice(path.lastIndexOf(".") + 1);
  return /^[0-9]*$/.test(last) ? path : last;
}

/** "SimCLR temperature=0.5": names of numbers are said, others tell what they are. */
function keyLabel(names, key) {
  return names.map((name) =>
    /^[0-9.eE+\-, ]*$/.test(key[name]) ? `${shortName(name)}=${key[name]}` : key[name]).join(" ");
}

/** Tells keys apart; the order of names is the table's. */
function keyText(names, key) {
  return JSON.stringify(names.map((name) => key[name]));
}

/** A value of a protocol as one text; operations with their parameters. */
function valueWords(value) {
  if (Array.isArray(value)) {
    const isObjects = value.length > 0 && typeof value[0] === "object";
    return value.map(valueWords).join(isObjects ? "+" : ", ");
  }
  if (value === null || typeof value !== "object") return String(value);
  if (!("name" in value)) return JSON.stringify(value);
  const parts = Object.entries(value.parameters ?? {}).map(([k, v]) => `${k} ${valueWords(v)}`);
  return parts.length === 0 ? String(value.name) : `${value.name}(${parts.join(", ")})`;
}
