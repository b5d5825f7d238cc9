#!/usr/bin/env python3
"""The fault campaign: what sslx must survive, row by row, against the real command and host.

    campaign.py BUILD [--rows 1,2,12] [--seed S] [--short] [--control]

Each fault has a home of its own. A small sweep is disturbed there, the same command is given once more, and the
invariants (invariants.py) are looked up: no result lost, none doubled, the same bits as undisturbed, a sound record,
every trial ended, sentences with documented exit codes, no process and no file left behind. Moments are drawn from the
seed. The last line is `N faults, 0 lost results, 0 wrong results, ...`; the exit code is 0 when nothing was wrong.

With --control each thing that sslx relies on is taken away, one after the other (rows_controls.py), and the campaign
must find something wrong each time, else it proves nothing.
"""

import argparse
import collections
import os
import random
import statistics
import sys
import time
import traceback

import invariants
import rows_controls
import rows_disk
import rows_hosts
import rows_inputs
import rows_kills
import rows_machine
import rows_plugins
import rows_record
from workload import LONG, SHORT, Home, Tools

MODULES = [rows_kills, rows_disk, rows_record, rows_hosts, rows_plugins, rows_inputs, rows_machine]
ROWS = {number: row for module in MODULES for number, row in module.ROWS.items()}
KINDS = ["lost", "wrong", "left", "unclear"]


def both(one, other):
    """The variables of two shims."""
    out = {**(one or {}), **(other or {})}
    shims = [env["LD_PRELOAD"] for env in (one or {}, other or {}) if "LD_PRELOAD" in env]
    return {**out, "LD_PRELOAD": " ".join(shims)} if shims else out


class Case:
    """One fault in a home of its own, and what was wrong with it."""

    def __init__(self, campaign, form, rng, text=None):
        self.campaign, self.form, self.rng, self.text = campaign, form, rng, text
        self.tools, self.short = campaign.tools, campaign.short
        self.home = Home(campaign.tools, form, text)
        self.problems, self.recovery, self.count, self.is_borrowed = [], None, 1, False
        self.more = campaign.checkpointing  # arguments of the sweep beside the file

    def borrow(self, home):
        """Works in a prepared home instead, which is as it was kept."""
        self.home.remove()
        self.home, self.is_borrowed = home, True
        home.restore()

    @property
    def reference(self):
        return self.campaign.reference(self.form, self.text)

    def expect(self, true, kind, words):
        if not true:
            self.problems.append((kind, words))
        return true

    def start(self, env=None, **options):
        return self.home.start(self.home.sweep_words(*self.more), both(env, self.campaign.lies_env), **options)

    def sweep(self, env=None, **options):
        return self.home.finish(self.start(env, **options))

    def settle(self, disturbed=None, codes=invariants.CODES, again_codes=frozenset({0}), before=None, tidies=False):
        """What the disturbed command said, the same command once more, and the invariants. `tidies`: names that a
        power cut brought back are for `sslx doctor --repair`, which leaves what is younger than an hour alone, and for
        `sslx clean`."""
        if disturbed is not None:
            self.problems += invariants.unclear(disturbed, set(codes))
        before = invariants.acknowledged(self.home) if before is None else before
        begin = time.monotonic()
        again = self.home.sweep(*(self.more if self.campaign.goes_on else ["--dry-run"]))
        self.recovery = time.monotonic() - begin
        self.problems += invariants.unclear(again, set(again_codes))
        if tidies:
            self.home.age(2 * 3600)
            for words in (["doctor", "--repair"], ["clean"]):
                ended = self.home.run(*words)
                self.expect(ended.code == 0, "unclear", f"{words[0]} ended with {ended.code}: {ended.words[-300:]}")
        self.problems += invariants.all_faults(self.home, self.reference, before)
        return again


class Campaign:
    def __init__(self, build, short, seed, verbose=True):
        self.tools, self.short, self.seed, self.verbose = Tools(build), short, seed, verbose
        self.form = SHORT if short else LONG
        # What controls take away: fsync keeps nothing; a shim's lies to each disturbed command; the same command is
        # not given once more; damage comes with a digest that fits; journals go with the database.
        self.lies, self.lies_env, self.goes_on, self.mends_digest, self.keeps_journals = False, {}, True, False, True
        #: A checkpoint within training as often as these small trials allow, where the command can.
        self.checkpointing = ["--checkpoint", "0.02"] if "--checkpoint" in self.tools.help else []
        self.references = {}
        self.faults, self.found = collections.Counter(), collections.Counter()
        self.recoveries, self.seconds = collections.defaultdict(list), {}

    def new_home(self, form, text=None):
        return Home(self.tools, form, text)

    def finished_home(self):
        """One in which the sweep is done, for Case.borrow()."""
        home = self.new_home(self.form)
        ended = home.sweep(*self.checkpointing)
        if ended.code != 0:
            sys.exit(f"the undisturbed sweep ended with {ended.code}: {ended.words}")
        home.keep()
        return home

    def scale(self, long, short):
        return short if self.short else long

    def reference(self, form, text=None):
        key = text or form.text()
        if key not in self.references:
            home = Home(self.tools, form, text)
            ended = home.sweep()
            if ended.code != 0:
                sys.exit(f"the undisturbed sweep ended with {ended.code}: {ended.words}")
            self.references[key] = invariants.bits(home.database)
            home.remove()
        return self.references[key]

    def run_row(self, number, only=""):
        """The problems of the row, as (kind, label, words); `only`: of the faults whose labels have this in them."""
        rng, begin = random.Random(f"{self.seed}, row {number}"), time.monotonic()
        out = []
        for label, form, act in ROWS[number](self):
            if only not in label:
                continue
            case = Case(self, form, random.Random(rng.random()))
            try:
                act(case)
            except Exception:
                case.problems.append(("unclear", "the campaign itself failed: " + traceback.format_exc(limit=-3)))
            if not case.is_borrowed:
                case.home.remove()
            self.faults[number] += case.count
            if case.recovery is not None:
                self.recoveries[number].append(case.recovery)
            out += [(kind, label, words) for kind, words in case.problems]
            for kind, words in case.problems:
                self.found[number, kind] += 1
                if self.verbose:
                    print(f"row {number}, {label}: {kind}: {words}", flush=True)
        self.seconds[number] = time.monotonic() - begin
        return out

    def print_row(self, number):
        times = self.recoveries[number]
        median = f", median recovery {statistics.median(times):.1f} s" if times else ""
        found = ", ".join(f"{self.found[number, kind]} {kind}" for kind in KINDS if self.found[number, kind])
        title = (ROWS[number].__doc__ or "").strip()
        print(f"row {number:2}: {self.faults[number]:3} faults, {found or 'nothing wrong'}{median}, {self.seconds[number]:.0f} s  "
              f"({title})", flush=True)

    def print_end(self):
        total = {kind: sum(self.found[number, kind] for number in ROWS) for kind in KINDS}
        times = [one for row in self.recoveries.values() for one in row]
        median = f", median recovery {statistics.median(times):.1f} s" if times else ""
        print(f"{sum(self.faults.values())} faults, {total['lost']} lost results, {total['wrong']} wrong results, "
              f"{total['left']} left behind, {total['unclear']} unclear{median}", flush=True)
        return not any(total.values())


def rows_of(text):
    out = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        out += range(int(first), int(last or first) + 1)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--rows", default="", help="as 1,2,12 or 1-9; default: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--short", action="store_true", help="fewer and smaller: under three minutes on two cores")
    parser.add_argument("--control", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if options.control:
        return rows_controls.run(Campaign, options, rows_of(options.rows))
    campaign = Campaign(options.build, options.short, options.seed)
    for number in rows_of(options.rows) or sorted(ROWS):
        campaign.run_row(number)
        campaign.print_row(number)
    return 0 if campaign.print_end() else 1


if __name__ == "__main__":
    sys.exit(main())
