"""Rows 10 to 17 and 44: power cuts, damaged checkpoints, full and failing disks."""

import errno
import json
import os
import re
import struct

import kills
from invariants import CODES
from power import Power
from rows_kills import end_in_the_middle
from workload import ONE, wait_until

PARTS = 64  # at how many lengths and places a checkpoint is damaged
RUN_FOLDER = "*/runs/2*-" + "[0-9a-f]" * 6


def told_complete(out):
    """The runs that the command has said to be complete: of those nothing may be lost, whatever happens."""
    runs = dict(re.findall(r"^(.*): started, run (\S+)$", out, re.M))
    return {runs[label] for label in re.findall(r"^\[\d+/\d+\] (.*): completed after", out, re.M) if label in runs}


def cut_power(case, process, power, names):
    power.cut(names)
    ended = case.home.finish(process)
    case.settle(before=told_complete(ended.out), tidies=True)


def cut_at(names, **what):
    """The power goes when a process is at that call."""
    def act(case):
        power = Power(case.home)
        program = what.get("program", "sslx")
        fault = case.home.fault(program, action="stop", **{key: at for key, at in what.items() if key != "program"})
        process = case.start(env=power.env(case.campaign.lies, **fault))
        wait_until(lambda: case.home.had_fault() or process.poll() is not None, 60)
        cut_power(case, process, power, names)
    return act


def cut_somewhen(names):
    def act(case):
        power = Power(case.home)
        process = case.start(env=power.env(case.campaign.lies))
        end_in_the_middle(case, process)
        cut_power(case, process, power, names)
    return act


def row_10(campaign):
    """the power is cut, and what was not synced is lost"""
    for i in range(campaign.scale(10, 2)):
        names = i % 2 == 1
        yield f"moment {i + 1}, {'names and contents' if names else 'contents'}", campaign.form, cut_somewhen(names)
    for at in [8] if campaign.short else range(3, 60, 6):
        for call in ("fdatasync", "fsync"):
            yield f"at {call} {at}", campaign.form, cut_at(at % 4 == 0, calls=call, at=at)


def row_11(campaign):
    """the power is cut after a rename and before its folder is synced"""
    for at in [3] if campaign.short else range(1, 13, 2):
        yield f"the command's {at}", campaign.form, cut_at(True, calls="fsync", path=RUN_FOLDER, at=at)
    for at in [2] if campaign.short else range(1, 9, 2):
        yield f"a host's {at}", ONE, cut_at(True, program="host", calls="fsync", path=RUN_FOLDER, at=at)


def killed_with_checkpoints(campaign):
    """A home whose one trial was killed in its training and left two checkpoints, to be borrowed; or None."""
    home = campaign.new_home(ONE)
    fault = home.fault("host", calls="rename", path="*/checkpoint*.safetensors", at=4, action="kill_after", once=False)
    home.sweep(*campaign.checkpointing, "--retries", "0", env=fault)
    home.keep()
    return home if home.checkpoints() else None


def newest(home):
    return max(home.checkpoints(), key=lambda file: int(re.search(r"-(\d+)\.safetensors$", file)[1]))


def mend_digest(file):
    """As if there were none; a header that is none any more stays so."""
    try:
        kills.write_checkpoint(file, *kills.read_checkpoint(file))
    except (ValueError, KeyError, struct.error):
        pass


def damaged(campaign, prepared, damage):
    def act(case):
        case.borrow(prepared)
        file = newest(case.home)
        with open(file, "rb") as at:
            whole = at.read()
        with open(file, "wb") as out:
            out.write(damage(whole))
        if campaign.mends_digest:
            mend_digest(file)
        again = case.settle()
        told = "a checkpoint is passed over: " + file in again.words
        case.expect(told, "unclear", f"the damaged checkpoint is not told: {again.words[-400:]}")
        resumed = case.home.record("SELECT count(*) FROM run WHERE resumed_step > 0")
        case.expect(resumed == [(1,)], "wrong", "the good checkpoint before it was not used")
    return act


def checkpoint_row(damage_of):
    def row(campaign):
        prepared = killed_with_checkpoints(campaign)
        if prepared is None:
            def act(case):
                case.count = 0
                case.expect(False, "unclear", "no checkpoint within training was left by a killed trial")
            yield "no checkpoint", ONE, act
            return
        for i in range(0, PARTS, campaign.scale(1, 16)):
            yield f"{i}/{PARTS}", ONE, damaged(campaign, prepared, damage_of(i))
        prepared.remove()
    return row


def cut_to(i):
    return lambda whole: whole[:len(whole) * i // PARTS]


def flip(i):
    def damage(whole):
        at = (len(whole) - 1) * i // (PARTS - 1)
        return whole[:at] + bytes([whole[at] ^ (1 << i % 8)]) + whole[at + 1:]
    return damage


row_12 = checkpoint_row(cut_to)
row_12.__doc__ = "a checkpoint cut at each 64th of its length"
row_13 = checkpoint_row(flip)
row_13.__doc__ = "one bit of a checkpoint is another"


def row_14(campaign):
    """a full disk while a checkpoint is written"""
    def act(**what):
        def fill(case):
            case.more = campaign.checkpointing
            fault = case.home.fault("host", path="*/*checkpoint*", once=False, action=errno.ENOSPC, **what)
            ended = case.sweep(env=fault)
            case.settle(ended, codes={0})
            warned = case.home.record("SELECT count(*) FROM event WHERE event = 'warning' AND json LIKE '%checkpoint%'")
            case.expect(warned[0][0] > 0, "unclear", "no warning says that checkpoints could not be written")
        return fill
    for call in ("write,writev", "rename", "fsync")[:campaign.scale(3, 1)]:
        yield f"each {call}", ONE, act(calls=call, at=1, times=0)
        if not campaign.short:
            yield f"one {call}", ONE, act(calls=call, at=2, times=1)


def row_16(campaign):
    """EIO of fsync: a write that failed, never one that is saved"""
    def act(program, call, at):
        def fail(case):
            power = Power(case.home)
            fault = case.home.fault(program, calls=call, at=at, action=errno.EIO)
            process = case.start(env=power.env(case.campaign.lies, **fault))
            ended = case.home.finish(process)
            power.cut(names=False)  # what was said to have failed is not there
            case.settle(ended, codes={0, 1, 74}, before=told_complete(ended.out), tidies=True)
        return fail
    for at in [5] if campaign.short else range(1, 40, 4):
        yield f"the command's fdatasync {at}", campaign.form, act("sslx", "fdatasync", at)
        yield f"the command's fsync {at}", campaign.form, act("sslx", "fsync", at)
    for at in [1] if campaign.short else range(1, 6):
        yield f"a host's fsync {at}", campaign.form, act("host", "fsync", at)


def row_17(campaign):
    """writes and reads that are done in part, or interrupted"""
    def act(program, call, at, action):
        def interrupt(case):
            ended = case.sweep(env=case.home.fault(program, calls=call, at=at, action=action))
            case.count = 1 if case.home.had_fault() else 0
            case.settle(ended, codes={0})
        return interrupt
    moments = [7] if campaign.short else [1, 2, 3, 5, 8, 13, 21]
    for at in moments:
        for program, call in (("sslx", "write"), ("sslx", "pwrite"), ("host", "write"), ("host", "read"), ("sslx", "read")):
            action = errno.EINTR if (at + len(call)) % 2 else "half"
            yield f"{program}'s {call} {at}: {action}", campaign.form, act(program, call, at, action)


def row_44(campaign):
    """a folder that cannot be written, a quota that is used up"""
    def act(path, action, **what):
        def refuse(case):
            fault = case.home.fault(path=path, once=False, calls="open_to_write,mkdir", at=1, times=0, action=action)
            ended = case.sweep(env=fault)
            case.expect(ended.code in (1, 2, 74), "unclear", f"it ended with {ended.code}: {ended.words[-300:]}")
            case.expect(not case.home.journals(), "left", "a trial was run whose result could not be recorded")
            case.settle(ended, codes=CODES - {0})
        return refuse
    for name in ("EROFS", "EDQUOT", "EACCES")[:campaign.scale(3, 2)]:
        for place in ("results", "runs")[:campaign.scale(2, 1)]:
            yield f"{place}: {name}", ONE, act(f"*/{place}*", getattr(errno, name))


ROWS = {10: row_10, 11: row_11, 12: row_12, 13: row_13, 14: row_14, 16: row_16, 17: row_17, 44: row_44}
