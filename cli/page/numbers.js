// Numbers as the text table has them (cli/report_cells.cpp), to the digit.

const MEBI = 1024 * 1024;
const WITHOUT_INTERVAL = ["images_per_second", "peak_memory", "seconds"];

/** Whether a decimal text, exact and 40 digits longer than wanted, lies halfway between two. */
function isTie(exact) {
  return /^50{39}$/.test(exact.slice(-40));
}

/** Like printf's %.*f: a value exactly between two goes to the even one. */
function fixed(value, digits) {
  const exact = value.toFixed(digits + 40);
  const below = exact.slice(0, -40).replace(/\.$/, "");
  return isTie(exact) && "02468".includes(below.at(-1)) ? below : value.toFixed(digits);
}

/** Like %.*e; only its mantissa and exponent are wanted. */
function scientific(value, digits) {
  const [exact, power] = value.toExponential(digits + 40).split("e");
  const below = exact.slice(0, -40).replace(/\.$/, "");
  if (isTie(exact) && "02468".includes(below.at(-1))) return [below, Number(power)];
  const [mantissa, exponent] = value.toExponential(digits).split("e");
  return [mantissa, Number(exponent)];
}

function withoutZeros(text) {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Like %.*g. */
function general(value, digits) {
  if (value === 0) return "0";
  const [mantissa, power] = scientific(value, digits - 1);
  if (power >= -4 && power < digits) return withoutZeros(fixed(value, digits - 1 - power));
  const exponent = String(Math.abs(power)).padStart(2, "0");
  return `${withoutZeros(mantissa)}e${power < 0 ? "-" : "+"}${exponent}`;
}

function bytesText(value) {
  if (value >= 1024 * MEBI) return `${fixed(value / (1024 * MEBI), 1)} GiB`;
  return `${fixed(value / MEBI, 0)} MiB`;
}

/** Digits after the point of percents: two where the interval is that narrow. */
function percentDigits(half) {
  return half > 0 && half < 0.095 ? 2 : 1;
}

/** One value of a metric, without an interval. */
function valueText(metric, unit, value) {
  if (metric === "images_per_second") return fixed(value, 0);
  if (metric === "peak_memory") return bytesText(value);
  if (metric === "seconds") return fixed(value, 1);
  return unit === "%" ? fixed(value, 1) : general(value, 4);
}

/** "38.8 ± 1.5" */
function meanText(metric, unit, mean, half) {
  if (WITHOUT_INTERVAL.includes(metric)) return valueText(metric, unit, mean);
  const isPercent = unit === "%";
  const digits = percentDigits(half ?? 0);
  const text = isPercent ? fixed(mean, digits) : general(mean, 4);
  if (half === null || half === undefined) return text;
  return `${text} ± ${isPercent ? fixed(half, digits) : general(half, 2)}`;
}

/** "+1.2 ± 0.8"; a minus is the sign's, not a hyphen. */
function differenceText(metric, unit, delta) {
  const text = metric === "peak_memory" && delta.mean < 0
    ? `-${bytesText(-delta.mean)}` : meanText(metric, unit, delta.mean, delta.half_width_95);
  return text.startsWith("-") ? `−${text.slice(1)}` : `+${text}`;
}

/** A published number as it was printed. */
function publishedText(value, unit) {
  if (typeof value !== "number") return value;
  return unit === "%" && value * 10 === Math.round(value * 10) ? fixed(value, 1) : String(value);
}

/** "kNN top-1 %" */
function metricLabel(metric, unit) {
  const names = { images_per_second: "images/s", peak_memory: "peak memory", seconds: "seconds" };
  if (metric in names) return names[metric];
  const known = { knn_top1: "kNN top-1", linear_top1: "linear top-1" };
  const name = known[metric] ?? metric;
  return unit ? `${name} ${unit}` : name;
}
