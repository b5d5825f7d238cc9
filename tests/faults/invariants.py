"""The invariants I1 to I7 of what sslx must survive, looked up in a home after the fault and after the same
command was given once more. What is wrong is a list of (kind, words); kinds are `lost` (I1), `wrong` (I2, I3, I5),
`left` (I4, I7) and `unclear` (I6)."""

import glob
import json
import os
import re
import sqlite3

from workload import wait_until

#: Figures that are times or of the machine: no run has those of another.
TIMES = re.compile(r"images_per_second|share_|peak_memory|seconds")
FINAL = ("completed", "collapsed", "diverged")
CODES = {0, 1, 2, 74, 75}
#: What no message may have: text of a library that nobody made a sentence of. A crashed trial's own last words are
#: quoted as such.
RAW = re.compile(r"terminate called|what\(\)|basic_string|Traceback|frame #\d|\[json\.exception|Segmentation fault")
QUOTED = re.compile(r"its last words: .*")


def table_exists(record, name):
    return record.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone() is not None


def bits_of_run(record, run):
    """All that must be the same bit for bit: weights, results with their predictions, figures and losses."""
    weights = record.execute("SELECT weights_sha256 FROM run WHERE id = ?", (run,)).fetchone()[0]
    results = record.execute("SELECT metric, protocol, value, predictions FROM result WHERE run = ? ORDER BY 1, 2", (run,))
    metrics = record.execute("SELECT name, step, epoch, value FROM metric WHERE run = ? ORDER BY 1, 2, 3", (run,))
    losses = {}
    if table_exists(record, "loss_trace"):
        for stage, first, part in record.execute("SELECT stage, first, losses FROM loss_trace WHERE run = ? ORDER BY stage, first", (run,)):
            losses[stage] = losses.get(stage, b"") + part
    return {"weights": weights, "results": results.fetchall(),
            "metrics": [row for row in metrics if not TIMES.match(row[0])], "losses": losses}


def connect(database):
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=60)


def bits(database):
    """trial -> bits, of the trials that have a result."""
    record = connect(database)
    try:
        rows = record.execute("SELECT trial, id FROM run WHERE state IN ('completed', 'collapsed')").fetchall()
        return {trial: bits_of_run(record, run) for trial, run in rows}
    finally:
        record.close()


def has_result_on_disk(folder):
    """Whether the run has ended with a result, by what is in its folder: recorded or not, it counts."""
    try:
        with open(os.path.join(folder, "exit.json")) as file:
            return json.load(file).get("state") in ("completed", "collapsed")
    except (OSError, ValueError, AttributeError):
        return False


def acknowledged(home):
    """The runs with a result, by the record and by the folders, at this moment."""
    out = {os.path.basename(folder) for folder in home.runs() if has_result_on_disk(folder)}
    try:
        out |= {row[0] for row in home.record("SELECT id FROM run WHERE state IN ('completed', 'collapsed')")}
    except sqlite3.Error:
        pass  # being read is the next command's affair
    return out


def faults_of_record(home, reference, before):
    out = []
    record = connect(home.database)
    one = lambda sql: record.execute(sql).fetchone()[0]
    if one("PRAGMA integrity_check") != "ok" or record.execute("PRAGMA foreign_key_check").fetchone():
        out.append(("wrong", "the database is not sound"))
    done = {}
    for run, trial in record.execute("SELECT id, trial FROM run WHERE state IN ('completed', 'collapsed')").fetchall():
        done.setdefault(trial, []).append(run)
    for run in sorted(before - {run for runs in done.values() for run in runs}):
        out.append(("lost", f"run {run} had a result and has none any more"))
    missing = set(reference) - set(done)
    if missing:
        out.append(("lost", f"{len(missing)} of {len(reference)} trials have no result"))
    doubled = [trial for trial, runs in done.items() if len(runs) > 1]
    if doubled:
        out.append(("wrong", f"{len(doubled)} trials have two results: {done[doubled[0]]}"))
    for trial in sorted(set(reference) & set(done)):
        for run in done[trial]:
            now = bits_of_run(record, run)
            unlike = [part for part in now if now[part] != reference[trial][part]]
            if unlike:
                out.append(("wrong", f"run {run} has other {', '.join(unlike)} than undisturbed"))
    running = one("SELECT count(*) FROM run WHERE state = 'running'")
    if running:
        out.append(("left", f"{running} runs are still running by the record"))
    known = {row[0] for row in record.execute("SELECT id FROM run")}
    unknown = {os.path.basename(folder) for folder in home.runs() if os.path.exists(folder + "/request.json")} - known
    if unknown:
        out.append(("lost", f"run {min(unknown)} is not in the record"))
    record.close()
    return out


def leftovers(home):
    out = []
    if not wait_until(lambda: not home.processes(), 5):
        out.append(("left", f"processes are left: {home.processes()}"))
    for pattern in ("runs/*/*.tmp", "runs/*/*.part", "runs/*.tmp", "results/*.tmp", "results/*-journal", "results/*-wal"):
        for file in glob.glob(os.path.join(home.path, pattern)):
            if os.path.getsize(file) > 0 or not file.endswith("-journal"):
                out.append(("left", f"the file {os.path.relpath(file, home.path)} is left"))
    for place in ("claims", "executors"):
        for file in glob.glob(os.path.join(home.path, "runs", place, "*")):
            out.append(("left", f"runs/{place}/{os.path.basename(file)} is left"))
    for file in home.checkpoints():
        if has_result_on_disk(os.path.dirname(file)):
            out.append(("left", f"{os.path.relpath(file, home.path)} of a finished run is left"))
    return out


def unclear(ended, codes):
    """I6 of one command: its exit code is one of these, and what it says are sentences."""
    out = []
    if ended.code not in codes:
        out.append(("unclear", f"exit code {ended.code} where {sorted(codes)} was right: {ended.words[-400:]}"))
    told = [line for line in ended.err.splitlines() if line.startswith("sslx: ")]
    if ended.code in (1, 2, 74) and not told:
        out.append(("unclear", f"exit code {ended.code} without a sentence: {ended.words[-200:]!r}"))
    words = QUOTED.sub("its last words", ended.words)
    raw = RAW.search(words)
    if raw:
        out.append(("unclear", f"it says {raw[0]!r}: {words[max(0, raw.start() - 80):raw.end() + 80]!r}"))
    return out


def all_faults(home, reference, before):
    try:
        found = faults_of_record(home, reference, before)
    except sqlite3.Error as error:
        found = [("wrong", f"the database cannot be read: {error}")]
    return found + leftovers(home)
