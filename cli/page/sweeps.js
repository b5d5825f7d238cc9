// The page of several sweeps: what is recorded, and what it says of all claims.

function sweepLink(sweep) {
  return make("a", { href: sweep.file }, sweep.name);
}

function sweepRow(sweep) {
  const isDone = sweep.done === sweep.planned;
  return [[make("div", {}, sweepLink(sweep)), make("div", { class: "aside" }, sweep.title)],
          `${sweep.done} of ${sweep.planned}${isDone ? "" : ", not complete"}`,
          timeText(sweep.last_run), countMarks(sweep.verdicts ?? {})];
}

function sweepSection(sweeps) {
  if (sweeps.length === 0) return section("sweeps", "Sweeps", "No sweep is recorded.");
  const header = ["sweep", "trials done", "last run", "claims"];
  return section("sweeps", "Sweeps",
                 scroller("sweeps", plainTable({ class: "sweeps" }, header, sweeps.map(sweepRow))));
}

function indexPage(data) {
  const byName = new Map(data.sweeps.map((sweep) => [sweep.name, sweep]));
  const sweepOf = (claim) => {
    const sweep = byName.get(claim.sweep);
    return sweep ? sweepLink(sweep) : claim.sweep ?? "";
  };
  return [pageHeader(document.title, `${counted(data.sweeps.length, "sweep")} of the record`,
                     data.made),
          sweepSection(data.sweeps), claimSection(data.claims, "sweep", sweepOf),
          madeSection({}, data.made)];
}
