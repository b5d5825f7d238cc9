// What the runs say of the claims of the survey: a verdict, and the effect against its threshold.

const VERDICTS = { confirmed: "✓", contradicted: "✗", undecided: "?" };

function verdictMark(verdict) {
  const sign = make("span", { "aria-hidden": "true", class: "sign" }, VERDICTS[verdict] ?? "?");
  return make("span", { class: `verdict ${verdict}` }, sign, " ", verdict);
}

/** How many claims have each verdict: {confirmed: 3, ...}. */
function verdictCounts(claims) {
  const out = {};
  for (const claim of claims) out[claim.verdict] = (out[claim.verdict] ?? 0) + 1;
  return out;
}

function countMarks(counts) {
  return Object.keys(VERDICTS).filter((verdict) => counts[verdict] > 0).map((verdict) =>
    make("span", { class: "count" }, `${counts[verdict]} `, verdictMark(verdict)));
}

function isWithin(claim) {
  return claim.is_within ?? claim.form === "equal";
}

function isPercent(unit) {
  return (unit ?? "").startsWith("%");
}

function effectNumber(claim, value) {
  const half = typeof claim.high === "number" ? (claim.high - claim.low) / 2 : 0;
  return isPercent(claim.unit) ? fixed(value, percentDigits(half)) : general(value, 3);
}

/** A difference bears its sign; a share of seeds has none. */
function signed(claim, value) {
  const text = effectNumber(claim, value);
  if (claim.unit === "% of seeds") return text;
  return text.startsWith("-") ? `−${text.slice(1)}` : `+${text}`;
}

function thresholdText(claim) {
  const unit = claim.unit ? ` ${claim.unit}` : "";
  const number = isPercent(claim.unit) ? withoutZeros(fixed(claim.threshold, 2))
    : general(claim.threshold, 3);
  return isWithin(claim) ? `to be within ± ${number}${unit}` : `to be above ${number}${unit}`;
}

/** The ends of what the drawing shows: interval, threshold and 0, with some room. */
function effectRange(claim) {
  const ends = [0, claim.threshold, claim.effect, claim.low, claim.high]
    .filter((end) => typeof end === "number");
  if (isWithin(claim)) ends.push(-claim.threshold);
  const least = Math.min(...ends);
  const room = (Math.max(...ends) - least || 1) * 0.08;
  return [least - room, Math.max(...ends) + room];
}

function upright(x, name) {
  return makeSvg("line", { x1: x, x2: x, y1: 2, y2: 26, class: name });
}

function effectDrawing(claim) {
  const width = 200;
  const [least, greatest] = effectRange(claim);
  const place = (value) => (value - least) / (greatest - least) * width;
  const limits = isWithin(claim) ? [-claim.threshold, claim.threshold] : [claim.threshold];
  const parts = [makeSvg("line", { x1: 0, x2: width, y1: 14, y2: 14, class: "ground" }),
                 upright(place(0), "zero"), limits.map((limit) => upright(place(limit), "limit"))];
  if (typeof claim.low === "number" && typeof claim.high === "number") {
    const span = Math.max(1, place(claim.high) - place(claim.low));
    parts.push(makeSvg("rect", { x: place(claim.low), y: 10, width: span, height: 8, rx: 2,
                                 class: "interval" }));
  }
  parts.push(makeSvg("circle", { cx: place(claim.effect), cy: 14, r: 5, class: "mean" }));
  return makeSvg("svg", { viewBox: `0 0 ${width} 28`, class: "effect", "aria-hidden": "true" },
                 parts.flat());
}

function effectText(claim) {
  const interval = typeof claim.low === "number"
    ? ` [${signed(claim, claim.low)}, ${signed(claim, claim.high)}]` : "";
  return `${signed(claim, claim.effect)}${interval}${claim.unit ? ` ${claim.unit}` : ""}`;
}

function effectCell(claim) {
  if (typeof claim.effect !== "number") return [make("div", {}, "no effect measured")];
  const several = claim.comparisons > 1 ? `, the least clear of ${claim.comparisons}` : "";
  return [effectDrawing(claim), make("div", { class: "value" }, effectText(claim)),
          make("div", { class: "aside" }, thresholdText(claim)),
          claim.of ? make("div", { class: "aside" }, claim.of + several) : null];
}

function pCell(claim) {
  if (typeof claim.p !== "number") return ["–"];
  const least = typeof claim.least_p === "number"
    ? make("div", { class: "aside" }, `least possible ${general(claim.least_p, 2)}`) : null;
  return [make("div", {}, general(claim.p, 2)), least];
}

function seedsCell(claim) {
  const more = `${claim.more_seeds} more would decide if it stays so`;
  return [make("div", {}, String(claim.seeds ?? 0)),
          claim.more_seeds > 0 ? make("div", { class: "aside" }, more) : null];
}

function wordsCell(claim) {
  return [make("div", { class: "words" }, claim.words),
          claim.why ? make("div", {}, `${claim.verdict}: ${claim.why}`) : null,
          make("div", { class: "aside" }, [claim.source, claim.id].filter(Boolean).join(" · "))];
}

/** `first` gives a cell before the others, of which `firstHead` is the header. */
function claimTable(claims, firstHead, first) {
  const header = ["verdict", "claim", "effect against its threshold", "seeds", "p", "p, Holm"];
  const rows = claims.map((claim) => [
    verdictMark(claim.verdict), wordsCell(claim), effectCell(claim), seedsCell(claim),
    pCell(claim), typeof claim.holm === "number" ? general(claim.holm, 2) : "–"]);
  if (firstHead) {
    header.unshift(firstHead);
    rows.forEach((row, i) => row.unshift(first(claims[i])));
  }
  return plainTable({ class: "claims" }, header, rows);
}

function claimSection(claims, firstHead, first) {
  if (!claims || claims.length === 0) return null;
  return section("claims", "Claims", make("p", { class: "counts" },
                                          countMarks(verdictCounts(claims))),
                 scroller("claims", claimTable(claims, firstHead, first)),
                 make("p", { class: "legend" },
                      "Bar: 95 % interval of the effect over seeds, in pairs of the same seed; " +
                      "dot: its mean; dashed: the threshold; thin: 0. p: sign-flip test of the " +
                      "threshold. Holm: corrected for the claims of the sweep."));
}
