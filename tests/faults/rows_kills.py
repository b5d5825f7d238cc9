"""Rows 1 to 9, 24 to 26 and 42: processes that are killed, stopped, asked to end, or two at a time."""

import json
import glob
import os
import signal
import subprocess
import time

from workload import Form, send, wait_until

INTERRUPTED = {0, 75}
LONG_TRIAL = Form(["moco"], 1, 1, epochs=20_000)


def wait_for_training(case, process, patience=60):
    """Until some trial has begun; False when the command is over before."""
    def begun():  # what only asks the plugins has no run
        return any(os.path.exists(os.path.join(case.home.path, "runs", run, "journal.jsonl")) for run in case.home.hosts().values())
    return wait_until(lambda: process.poll() is not None or begun(), patience) and process.poll() is None


def kill_hosts(kills):
    def act(case):
        process, done = case.start(), 0
        while done < kills and wait_for_training(case, process):
            time.sleep(case.rng.uniform(0.02, 0.4))
            hosts = list(case.home.hosts())
            if hosts:
                send(case.rng.choice(hosts), signal.SIGKILL)
                done += 1
        case.count = done
        case.settle(case.home.finish(process), codes={0, 1})
    return act


def row_1(campaign):
    """SIGKILL of workers at random moments"""
    for i in range(campaign.scale(25, 2)):
        kills = campaign.scale(4, 2)
        yield f"sweep {i + 1}", campaign.form, kill_hosts(kills)


def killed_at(program="sslx", codes=frozenset({-9}), **what):
    """The command with one fault of the shim's, which must have happened."""
    def act(case):
        ended = case.sweep(env=case.home.fault(program, **what))
        if not case.home.had_fault():
            case.count = 0  # it has fewer such calls; nothing was disturbed
        wait_until(lambda: not case.home.processes(), 15)
        case.settle(ended if ended.code != -9 else None, codes=codes)
    return act


def spread(campaign, long, short):
    """Which of a sweep's trials."""
    count = campaign.scale(long, short)
    return [1 + i * (campaign.form.trials - 1) // max(1, count - 1) for i in range(count)]


def row_2(campaign):
    """SIGKILL between the end of a trial's journal and its place in the record"""
    for at in spread(campaign, 5, 1):
        # Before the first end the plan is recorded, by some calls more.
        for call, more, words in (("rename", 0, {"path": "*/exit.json"}), ("fdatasync", 2, {"path": "*/results/sslx.db*"})):
            yield f"after {call} {at}", campaign.form, killed_at(calls=call, at=at + more, action="kill_after", **words)
    for at in range(campaign.scale(4, 1)):
        act = killed_at("host", {0}, calls="write", text='"event":"finished"', at=1, action="kill_after")
        yield f"the host after its last line {at}", campaign.form, act


def row_3(campaign):
    """SIGKILL between the record and the release of the claim"""
    for at in spread(campaign, 6, 1):
        yield f"claim {at}", campaign.form, killed_at(calls="unlink", path="*/runs/claims/*", at=at, action="kill")


def row_4(campaign):
    """SIGKILL between the claim and the first sign of life"""
    places = [("link", "*/runs/claims/*"), ("pwrite", "*/runs/claims/*"), ("open_to_write", "*/runs/claims/*"),
              ("mkdir", "*/runs/2*"), ("rename", "*/request.json"), ("fsync", "*/runs/2*")]
    for at in spread(campaign, 3, 1):
        for call, path in places[:campaign.scale(6, 2)]:
            what = killed_at(calls=call, path=path, at=at, action="kill_after")
            yield f"after {call} {at} of {path}", campaign.form, what
    for call in ("open_to_write", "write")[:campaign.scale(2, 1)]:
        act = killed_at("host", {0}, calls=call, path="*/journal.jsonl", at=1, action="kill")
        yield f"the host before its first {call}", campaign.form, act


def end_in_the_middle(case, process):
    """Sleeps to a random moment of the sweep; its length is known from the undisturbed one."""
    wait_for_training(case, process)
    time.sleep(case.rng.uniform(0, case.campaign.scale(4.0, 0.9)))


def row_5(campaign):
    """SIGKILL of the command in the middle of the sweep: its hosts end by themselves"""
    def act(waits):
        def kill(case):
            process = case.start()
            end_in_the_middle(case, process)
            process.kill()
            case.home.finish(process)
            if waits:
                alone = wait_until(lambda: not case.home.processes(), 10)
                case.expect(alone, "left", f"hosts go on without their command: {case.home.processes()}")
            case.settle()
        return kill
    def long_trial(case):
        """It would take minutes: it ends with its command."""
        process = case.start()
        wait_until(lambda: '"event":"metric"' in case.home.journals(), 60)
        process.kill()
        case.home.finish(process)
        alone = wait_until(lambda: not case.home.processes(), 15)
        case.expect(alone, "left", f"a host goes on without its command: {case.home.processes()}")

    yield "a long trial", LONG_TRIAL, long_trial
    for i in range(campaign.scale(12, 1)):
        yield f"moment {i + 1}", campaign.form, act(i % 2 == 0)


def row_6(campaign):
    """SIGKILL of the command and all its hosts at once"""
    def act(case):
        process = case.start()
        end_in_the_middle(case, process)
        case.home.kill_all()
        case.home.finish(process)
        case.settle()
    for i in range(campaign.scale(10, 1)):
        yield f"moment {i + 1}", campaign.form, act


def row_7(campaign):
    """SIGSTOP of a command and its hosts, SIGCONT while another works on the same sweep"""
    def both_stop(case):
        first = case.start()
        end_in_the_middle(case, first)
        stopped = list(case.home.processes())
        for pid in stopped:
            send(pid, signal.SIGSTOP)
        second = case.start()
        time.sleep(case.rng.uniform(2, case.campaign.scale(8, 3)))
        for pid in stopped:
            send(pid, signal.SIGCONT)
        for process in (first, second):
            ended = case.home.finish(process)
            case.expect(ended.code == 0, "unclear", f"a command ended with {ended.code}: {ended.words[-300:]}")
        case.settle()

    def host_is_stopped(case):
        """Its command is killed, so that it is asked to end, and cannot; the next one kills it."""
        process = case.start()
        wait_for_training(case, process)
        hosts = list(case.home.hosts())
        for pid in hosts:
            send(pid, signal.SIGSTOP)
        process.kill()
        case.home.finish(process)
        case.settle()
        for pid in hosts:
            send(pid, signal.SIGCONT)

    def other_machine(case):
        """It has no sign of life, is taken over after a minute, and its late results do not count."""
        first = case.start(env={"SSLX_BOOT_ID": "one"})
        wait_until(lambda: '"event":"metric"' in case.home.journals(), 60)
        stopped = list(case.home.processes())
        for pid in stopped:
            send(pid, signal.SIGSTOP)
        begun = set(case.home.hosts().values())
        second = case.home.finish(case.start(env={"SSLX_BOOT_ID": "two"}))
        case.expect(second.code == 0, "lost", f"the second ended with {second.code}: {second.words[-300:]}")
        for pid in stopped:
            send(pid, signal.SIGCONT)
        late = case.home.finish(first)
        case.expect(late.code in (0, 1), "unclear", f"the late one ended with {late.code}: {late.words[-300:]}")
        case.settle()
        states = case.home.record(f"SELECT state FROM run WHERE id IN ({','.join('?' * len(begun))})", *begun)
        case.expect(begun and all(state == ("superseded",) for state in states), "wrong", f"late runs are recorded as {states}")

    for i in range(campaign.scale(2, 0)):
        yield f"another machine {i + 1}", campaign.form, other_machine
    for i in range(campaign.scale(4, 1)):
        yield f"all stopped {i + 1}", campaign.form, both_stop
    for i in range(campaign.scale(3, 0)):
        yield f"the command killed, its hosts stopped {i + 1}", campaign.form, host_is_stopped


def row_8(campaign):
    """two commands with the same sweep at once"""
    def act(count, kills):
        def together(case):
            processes = [case.start() for _ in range(count)]
            if kills:
                end_in_the_middle(case, processes[0])
                processes[0].kill()
            for i, process in enumerate(processes):
                ended = case.home.finish(process)
                fine = ended.code == 0 or (kills and i == 0)
                case.expect(fine, "unclear", f"one ended with {ended.code}: {ended.words[-300:]}")
            case.settle()
        return together
    for i in range(campaign.scale(5, 1)):
        yield f"two {i + 1}", campaign.form, act(2, False)
    for i in range(campaign.scale(4, 0)):
        yield f"four, one killed {i + 1}", campaign.form, act(4, True)


def row_9(campaign):
    """SIGKILL while what an earlier command left is taken up"""
    def act(case):
        process = case.start()
        wait_until(lambda: '"event":"metric"' in case.home.journals() or process.poll() is not None, 60)
        process.kill()
        case.home.finish(process)
        wait_until(lambda: not case.home.processes(), 10)
        at = case.rng.randint(1, 150)
        case.sweep(env=case.home.fault(at=at, action="kill"))
        wait_until(lambda: not case.home.processes(), 10)
        case.settle()
    for i in range(campaign.scale(16, 2)):
        yield f"call {i + 1}", campaign.form, act


def charged(case):
    """Runs that were interrupted count as no failure: but for them only results are recorded."""
    other = case.home.record("SELECT DISTINCT state FROM run WHERE state NOT IN ('completed', 'collapsed', 'interrupted')")
    case.expect(not other, "wrong", f"an interruption is recorded as {other}")


def row_24(campaign):
    """SIGTERM or SIGINT: an orderly end, and the same command goes on"""
    def act(number):
        def end(case):
            process = case.start()
            end_in_the_middle(case, process)
            process.send_signal(number)
            begin = time.monotonic()
            ended = case.home.finish(process, 60)
            case.expect(time.monotonic() - begin < 15, "left", "the command takes more than 15 s to end")
            case.expect(not case.home.hosts(), "left", "hosts are left after an orderly end")
            case.settle(ended, codes=INTERRUPTED)
            charged(case)
        return end
    for i in range(campaign.scale(10, 2)):
        yield f"moment {i + 1}", campaign.form, act(signal.SIGINT if i % 3 == 1 else signal.SIGTERM)


def row_25(campaign):
    """SIGTERM twice, and SIGTERM with SIGKILL after it"""
    def act(pause, number):
        def end(case):
            process = case.start()
            end_in_the_middle(case, process)
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(pause)
            except subprocess.TimeoutExpired:
                process.send_signal(number)
            ended = case.home.finish(process, 60)
            wait_until(lambda: not case.home.processes(), 10)
            # Its hosts are gone within the pause, now and then: then a signal ends it as any command.
            case.settle(ended, codes=INTERRUPTED | {-number})
        return end
    for i in range(campaign.scale(6, 1)):
        yield f"twice {i + 1}", campaign.form, act(case_pause(i), signal.SIGTERM)
        yield f"killed then {i + 1}", campaign.form, act(0.02 + case_pause(i), signal.SIGKILL)


def case_pause(i):
    return 0.01 * (1 + 3 * i)


def row_26(campaign):
    """a job of Slurm that is requeued: SIGTERM to all, the same job again"""
    def act(case):
        process = case.start(env={"SLURM_JOB_ID": "7", "SLURM_RESTART_COUNT": "0"})
        end_in_the_middle(case, process)
        for pid in case.home.processes():  # as scancel and a time limit do: every process of the step
            send(pid, signal.SIGTERM)
        ended = case.home.finish(process, 60)
        os.environ.update(SLURM_JOB_ID="7", SLURM_RESTART_COUNT="1")
        try:
            case.settle(ended, codes=INTERRUPTED)
        finally:
            del os.environ["SLURM_JOB_ID"], os.environ["SLURM_RESTART_COUNT"]
        charged(case)
    for i in range(campaign.scale(4, 1)):
        yield f"moment {i + 1}", campaign.form, act


def row_42(campaign):
    """the numbers of dead processes are those of others by now"""
    def act(case):
        case.sweep(env=case.home.fault(calls="rename", path="*/exit.json", at=2, action="kill"))
        wait_until(lambda: not case.home.processes(), 10)
        other = subprocess.Popen(["sleep", "600"], start_new_session=True)
        claims = glob.glob(os.path.join(case.home.path, "runs", "claims", "*"))
        case.expect(claims, "unclear", "the campaign itself failed: there is no claim to take up")
        for file in claims:
            with open(file) as text:
                claim = json.loads(text.read() or "{}")
            for holder in claim.values():
                if isinstance(holder, dict) and "pid" in holder:
                    holder["pid"] = other.pid
            with open(file, "w") as text:
                text.write(json.dumps(claim) + "\n")
        case.settle()
        case.expect(other.poll() is None, "wrong", "a process that has nothing to do with it was killed")
        other.kill()
        other.wait()
    for i in range(campaign.scale(3, 1)):
        yield f"claims {i + 1}", campaign.form, act


ROWS = {1: row_1, 2: row_2, 3: row_3, 4: row_4, 5: row_5, 6: row_6, 7: row_7, 8: row_8, 9: row_9,
        24: row_24, 25: row_25, 26: row_26, 42: row_42}
