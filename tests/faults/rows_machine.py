"""Rows 41, 43 and 46: clocks that jump, limits of the process, a closed standard output and a terminal that goes."""

import errno
import os
import resource
import signal
import time

from rows_kills import end_in_the_middle

HOUR = 3600


def lies(case, about="", **more):
    out = {"LD_PRELOAD": case.tools.shim("lies"), "LIE_ABOUT": about}
    out.update({f"LIE_{key.upper()}": str(value) for key, value in more.items()})
    return out


def row_41(campaign):
    """the calendar's clock is an hour off for one of two commands, or between two"""
    def together(hours):
        def act(case):
            processes = [case.start()]
            copy = os.path.join(case.home.path, "runs", "plugins", ".copy-byalive")
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            open(copy, "w").close()
            processes.append(case.start(env=lies(case, clock=hours * HOUR)))
            for process in processes:
                ended = case.home.finish(process)
                case.expect(ended.code == 0, "unclear", f"one ended with {ended.code}: {ended.words[-300:]}")
            case.expect(os.path.exists(copy), "lost", "a copy that was being made counted as an hour old")
            os.remove(copy)
            case.settle()
        return act

    def between(hours):
        def act(case):
            process = case.start(env=lies(case, clock=hours * HOUR))
            end_in_the_middle(case, process)
            process.kill()
            case.home.finish(process)
            begin = time.monotonic()
            case.settle()
            case.expect(time.monotonic() - begin < 60, "left", "what was left is not taken up for a minute")
        return act

    for hours in (1, -1):
        yield f"together, {hours:+} h", campaign.form, together(hours)
        for i in range(campaign.scale(2, 0)):
            yield f"between, {hours:+} h, {i + 1}", campaign.form, between(hours)


def row_43(campaign):
    """no more files or threads can be had"""
    def files(limit):
        def act(case):
            ended = case.sweep(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
            case.settle(ended, codes={0, 1, 2, 74})
        return act

    def threads(limit):
        def act(case):
            ended = case.sweep(env=lies(case, "threads", threads=limit))
            case.settle(ended, codes={0, 1, 2, 74})
        return act

    def processes(limit):
        """What fork or open answer when nothing is left, once."""
        def act(case):
            ended = case.sweep(env=case.home.fault(calls="open,open_to_write", at=limit, action=errno.EMFILE))
            case.settle(ended, codes={0, 1, 2, 74})
        return act

    for limit in [20] if campaign.short else [4, 6, 8, 10, 12, 16, 24]:
        yield f"{limit} files", campaign.form, files(limit)
    for limit in [2] if campaign.short else [1, 2, 3, 5]:
        yield f"{limit - 1} threads", campaign.form, threads(limit)
    for limit in [] if campaign.short else [2, 9, 17, 33]:
        yield f"none at open {limit}", campaign.form, processes(limit)


def row_46(campaign):
    """standard output is closed, or the terminal is"""
    def closed(case):
        """As `sslx sweep ... | head -1`."""
        read, write = os.pipe()
        process = case.start(stdout=write)
        os.close(write)
        os.read(read, 10)
        os.close(read)
        ended = case.home.finish(process)
        case.expect(ended.code == 0, "lost", f"a closed standard output ended the sweep with {ended.code}: {ended.err[-300:]}")
        left = case.home.record("SELECT count(*) FROM run WHERE state IN ('completed', 'collapsed')")[0][0]
        case.expect(left == case.form.trials, "lost", f"{left} of {case.form.trials} trials have a result")
        case.settle()

    def hung_up(case):
        process = case.start()
        end_in_the_middle(case, process)
        process.send_signal(signal.SIGHUP)
        case.settle(case.home.finish(process, 60), codes={0, 75})

    def nohup(case):
        process = case.start(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        end_in_the_middle(case, process)
        for pid in case.home.processes():
            os.kill(pid, signal.SIGHUP)
        case.settle(case.home.finish(process), codes={0})

    yield "closed", campaign.form, closed
    for i in range(campaign.scale(3, 1)):
        yield f"SIGHUP {i + 1}", campaign.form, hung_up
    for i in range(campaign.scale(2, 0)):
        yield f"nohup {i + 1}", campaign.form, nohup


ROWS = {41: row_41, 43: row_43, 46: row_46}
