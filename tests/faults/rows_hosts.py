"""Rows 27 to 32: trials that crash, run out of memory, hang, diverge, throw or exit, among others that do not."""

import os
import shutil

from workload import ONE, variant

RETRIES = 2  # the default of `sslx sweep`


def with_misbehaving(case, *acts):
    case.home.write_sweep(case.form.text() + "".join(variant("misbehave", act, act=act) for act in acts))


def runs_of(case, name):
    return case.home.record("SELECT state, message, id FROM run WHERE variant = ? ORDER BY id", name)


def column_of(case, name, column):
    return [row[0] for row in case.home.record(f"SELECT {column} FROM run WHERE variant = ?", name)]


def expect_ends(case, name, state, words, runs):
    found = runs_of(case, name)
    case.expect(found and all(row[0] == state for row in found), "wrong", f"{name} is recorded as {found}, not as {state}")
    case.expect(all(words in row[1] for row in found), "unclear", f"{name}'s message does not say '{words}': {found}")
    each = len(found) / case.form.seeds
    case.expect(each in runs, "wrong", f"{name} was run {each:g} times a seed, not {runs}")


def misbehaving(act, state, words, runs, code=1, more=(), column=None):
    """The trial ends so, so often; all others complete, in this command and in the next."""
    def run(case):
        with_misbehaving(case, act)
        case.more = [*case.more, *more]
        ended = case.sweep()
        expect_ends(case, act, state, words, runs)
        case.expect(ended.code == code, "unclear", f"it ended with {ended.code} instead of {code}: {ended.words[-300:]}")
        if column:
            found = column_of(case, act, column[0])
            case.expect(all(one == column[1] for one in found), "unclear", f"{act}: {column[0]} is {found}, not '{column[1]}'")
        case.settle(ended, again_codes={code})
        return ended
    return run


def form_of(campaign):
    return campaign.scale(campaign.form, ONE)


def row_27(campaign):
    """a trial that crashes each time"""
    yield "segv", form_of(campaign), misbehaving("segv", "crashed", "SIGSEGV", {RETRIES + 1})
    yield "abort", form_of(campaign), misbehaving("abort", "crashed", "SIGABRT", {RETRIES + 1})


def row_28(campaign):
    """a trial that needs more memory than there is"""
    for act in ("memory", "memory_torch"):
        yield act, form_of(campaign), misbehaving(act, "failed", "not enough memory", {1, 2}, column=("reason", "oom"))


def row_29(campaign):
    """a trial that hangs, with and without a sign of life: its stack is in the record"""
    def stacks(words, limit):
        def act(case):
            misbehaving("loop", "timeout", words, {1}, more=[limit, str(campaign.scale(15, 8))])(case)
            for (run,) in case.home.record("SELECT id FROM run WHERE variant = 'loop'"):
                log = case.home.run("show", run, "--log").out
                case.expect("Misbehave::loss" in log, "unclear", f"the log does not say where it hung: {log[-300:]}")
        return act

    yield "loop", form_of(campaign), stacks("time limit", "--time-limit")
    yield "stall", form_of(campaign), stacks("no sign of life", "--stall-limit")


def row_30(campaign):
    """a loss that is no number"""
    def act(case):
        misbehaving("nan", "diverged", "nan", {1}, code=0)(case)
        case.expect(len(runs_of(case, "nan")) == case.form.seeds, "wrong", "what diverged was run again")
    yield "nan", form_of(campaign), act


def row_31(campaign):
    """a plugin that throws"""
    for act, words in (("throw", "the loss gave up"), ("throw_torch", "torch gave up"), ("throw_int", "no std::exception")):
        yield act, form_of(campaign), misbehaving(act, "failed", words, {1, 2, 3})


def row_32(campaign):
    """a plugin that exits, or throws while it is loaded"""
    def loaded(case):
        folder = case.home.beside("plugins")
        os.makedirs(folder)
        fixtures = os.path.join(case.tools.build, "tests", "host", "plugins", "fixtures")
        shutil.copy(os.path.join(fixtures, "throwing.so"), folder)
        case.home.write_sweep(case.form.text() + variant("throwing"))
        case.home.tools.plugins, before = folder, case.home.tools.plugins
        try:
            ended = case.sweep()
            found = runs_of(case, "throwing")
            case.expect(found and all(row[0] in ("failed", "crashed") for row in found), "wrong", f"it is recorded as {found}")
            case.expect(all(row[1] for row in found), "unclear", "it is recorded without a message")
            case.settle(ended, codes={1}, again_codes={1})
        finally:
            case.home.tools.plugins = before

    yield "exit", form_of(campaign), misbehaving("exit", "failed", "", {1})
    yield "static initialiser", form_of(campaign), loaded


ROWS = {27: row_27, 28: row_28, 29: row_29, 30: row_30, 31: row_31, 32: row_32}
