// What made a number: shown beside its cell while that is pointed at or has the keyboard's focus,
// and until Escape once it is pressed.

const shown = { button: null, isPinned: false, timer: 0 };

function seedTable(figure) {
  const marks = (value) => [value.stale ? `stale: ${value.stale.join(", ")}` : "",
                            value.disturbed ? "disturbed" : ""].filter(Boolean).join("; ");
  const hasMarks = figure.values.some((value) => marks(value) !== "");
  const header = ["seed", "value", "run", ...(hasMarks ? ["mark"] : [])];
  return plainTable({ class: "small" }, header, figure.values.map((value) =>
    [String(value.seed), String(value.value), code(value.run),
     ...(hasMarks ? [marks(value)] : [])]));
}

function stateWords(figure) {
  const parts = Object.entries(figure.states ?? {}).map(([state, n]) => `${n} ${state}`);
  return parts.length === 0 ? null : parts.join(", ");
}

function intervalWords(figure) {
  if (figure.mean === null) return "no figure";
  const unit = figure.unit ? ` ${figure.unit}` : "";
  const half = figure.half_width_95;
  return `${figure.mean}${half === null ? "" : ` ± ${half}`}${unit}`;
}

function deltaWords(figure) {
  if (!figure.delta) return null;
  const { mean, half_width_95: half, seeds } = figure.delta;
  const interval = half === null || half === undefined ? "" : ` ± ${half}`;
  return `${mean}${interval}, ${counted(seeds, "paired seed")}`;
}

function publishedWords(figure) {
  if (!figure.published) return null;
  return `${figure.published.value} (${figure.published.verified})`;
}

function protocolWords(report, figure) {
  if (!figure.protocol) return null;
  const protocol = report.protocols?.[figure.protocol] ?? {};
  const parts = Object.entries(protocol).map(([key, value]) =>
    make("li", {}, `${key}: ${valueWords(value)}`));
  return [code(shortDigest(figure.protocol)), make("ul", {}, parts)];
}

function pluginList(plugins) {
  const names = Object.keys(plugins ?? {});
  if (names.length === 0) return null;
  return make("ul", { class: "digests" }, names.map((name) =>
    make("li", {}, `${name} `, code(shortDigest(plugins[name])))));
}

function figureDetails(report, figure) {
  const keys = [keyLabel(report.row_names, figure.row),
                keyLabel(report.column_names, figure.column)].filter((text) => text !== "");
  const title = `${keys.join(", ")}: ${metricLabel(figure.metric, figure.unit)}`;
  // Those of the figure; else the table's, unless they are of many methods.
  const few = Object.keys(report.plugins ?? {}).length <= 8 ? report.plugins : null;
  return [make("h3", {}, title), termList({}, [
    ["mean", intervalWords(figure)],
    ["seeds", `${figure.seeds} of ${figure.seeds_planned}`],
    ["not completed", stateWords(figure)],
    ["difference to the baseline", deltaWords(figure)],
    ["published", publishedWords(figure)]]),
    figure.values.length > 0 ? seedTable(figure) : null,
    termList({}, [["protocol", protocolWords(report, figure)],
                  ["plugins", pluginList(figure.plugins ?? few)]])];
}

function detailsPanel() {
  const known = document.getElementById("details");
  if (known) return known;
  const out = make("aside", { id: "details", hidden: true, "aria-live": "polite",
                              "aria-label": "what made the number" });
  out.addEventListener("mouseenter", () => clearTimeout(shown.timer));
  out.addEventListener("mouseleave", hideSoon);
  document.body.append(out);
  return out;
}

/** Below the cell, or above it where there is more room; within the window's width. */
function placePanel(panel, button) {
  const gap = 4;
  const cell = button.getBoundingClientRect();
  const width = document.documentElement.clientWidth;
  const left = Math.max(8, Math.min(cell.left, width - panel.offsetWidth - 8));
  const isBelow = cell.bottom + panel.offsetHeight + gap <= window.innerHeight ||
    cell.top < panel.offsetHeight + gap;
  const top = isBelow ? cell.bottom + gap : cell.top - panel.offsetHeight - gap;
  panel.style.left = `${left + window.scrollX}px`;
  panel.style.top = `${top + window.scrollY}px`;
}

function showDetails(button, makeContent, isPinned) {
  clearTimeout(shown.timer);
  if (shown.button !== button) {
    hideDetails();
    const panel = detailsPanel();
    panel.replaceChildren(...makeContent().filter((part) => part !== null));
    panel.hidden = false;
    placePanel(panel, button);
    button.setAttribute("aria-expanded", "true");
    shown.button = button;
  }
  shown.isPinned = shown.isPinned || isPinned;
  detailsPanel().classList.toggle("pinned", shown.isPinned);
}

function hideDetails() {
  clearTimeout(shown.timer);
  if (shown.button === null) return;
  shown.button.setAttribute("aria-expanded", "false");
  detailsPanel().hidden = true;
  Object.assign(shown, { button: null, isPinned: false });
}

/** Leaves time to move the pointer into the panel. */
function hideSoon() {
  clearTimeout(shown.timer);
  if (!shown.isPinned) shown.timer = setTimeout(hideDetails, 200);
}

/** A second press of the same button closes. */
function toggleDetails(button, makeContent) {
  if (shown.button === button && shown.isPinned) hideDetails();
  else showDetails(button, makeContent, true);
}

function showsDetails(button, makeContent) {
  button.addEventListener("click", () => toggleDetails(button, makeContent));
  // Not mouseenter: that comes, too, when the page scrolls below a pointer at rest.
  button.addEventListener("mousemove", () => {
    if (!shown.isPinned) showDetails(button, makeContent, false);
  });
  button.addEventListener("mouseleave", hideSoon);
  button.addEventListener("focus", () => {
    if (button.matches(":focus-visible")) showDetails(button, makeContent, false);
  });
  button.addEventListener("blur", () => {
    if (shown.button === button && !shown.isPinned) hideDetails();
  });
}

function closesDetails() {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hideDetails();
  });
  document.addEventListener("pointerdown", (event) => {
    const isInside = detailsPanel().contains(event.target) || shown.button?.contains(event.target);
    if (!isInside) hideDetails();
  });
  document.addEventListener("scroll", () => {
    if (shown.button !== null) placePanel(detailsPanel(), shown.button);
  }, true);
}

/** The button of the cell that lies that many rows and columns away. */
function neighbour(button, down, right) {
  const cell = button.closest("td, th");
  const row = cell.parentElement;
  const line = row.parentElement.rows[row.sectionRowIndex + down];
  for (let i = cell.cellIndex + right; line && i >= 0 && i < line.cells.length; i += right || 1) {
    const found = line.cells[i].querySelector("button");
    if (found) return found;
    if (right === 0) return null;
  }
  return null;
}

function movesByArrows(table) {
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  table.addEventListener("keydown", (event) => {
    const button = event.target.closest("button");
    if (!button || !(event.key in steps)) return;
    const next = neighbour(button, ...steps[event.key]);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}
