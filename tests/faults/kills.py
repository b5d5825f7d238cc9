#!/usr/bin/env python3
"""Kills trials (SIGKILL) at random moments, gives the same command again until they end, and compares each
with one that nobody disturbed: weights, results, predictions, recorded metrics (but times) and the loss of
every step must be the same bits, and no checkpoint nor temporary file may be left.

    kills.py BUILD [--kills N] [--seed S] [--short] [--control]

The trials are the variants of sweeps/methods.toml at a tiny scale, and those of kills.toml beside this file.
--short takes a few of them. With --control each time something else is taken out of a checkpoint before the
trial goes on from it, and the comparison must see that, else it proves nothing.
"""
import argparse, collections, glob, hashlib, json, os, random, shutil, signal, sqlite3, struct, subprocess, sys
import tempfile, time

HERE = os.path.dirname(os.path.realpath(__file__))
TIMES = "m.name NOT LIKE 'share_%' AND m.name NOT IN ('images_per_second', 'peak_device_memory_bytes')"
TINY = ["--set", 'data={name="shapes", train_size=330, test_size=80}', "--set", "train.epochs=16",
        "--set", "train.batch_size=32", "--set", "backbone.width=8", "--set", "evaluate.linear.epochs=1", "--seeds", "1"]
LEFT_OUT = {  # from a checkpoint: tensors by prefix, or a fact and its wrong value
    "momentum": "optimiser.", "torch's generator": "random.", "queue": "network.queue", "gradient norms": "gradients.",
    "pending losses": "losses", "place in the epoch": ("loop", "batches")}
LONG_EPOCH = ["--set", 'data={name="shapes", train_size=5000, test_size=80}', "--set", "train.epochs=1"]
DEADLINE = 600  # seconds of one sweep without any end


class Home:
    def __init__(self, build):
        self.build = build
        self.path = tempfile.mkdtemp(prefix="sslx-kills-")

    def start(self, file, more):
        command = [os.path.join(self.build, "bin", "sslx"), "--home", self.path, "sweep", file, "--threads", "1",
                   "--retries", "100", "--checkpoint", "0.1", *more]
        self.log = open(self.path + "/log", "ab")
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                start_new_session=True)

    def run(self, file, more):
        code = self.start(file, more).wait(DEADLINE)
        if code != 0:
            sys.exit("the undisturbed sweep ended with %d: %s" % (code, open(self.path + "/log").read()))

    def running(self):
        """(run, process, trial) of what runs, or nothing."""
        for file in glob.glob(self.path + "/runs/claims/*"):
            try:
                claim = json.load(open(file))
                os.kill(claim["host"]["pid"], 0)
                return claim["run"], claim["host"]["pid"], os.path.basename(file).split(".")[0]
            except (OSError, ValueError, KeyError):
                continue
        return None

    def trains(self, run):
        try:
            journal = open("%s/runs/%s/journal.jsonl" % (self.path, run)).read()
        except OSError:
            return False
        return '"event":"plan"' in journal and '"event":"finished"' not in journal

    def checkpoints(self):
        return glob.glob(self.path + "/runs/*/checkpoint-*.safetensors")

    def left_over(self):
        return self.checkpoints() + glob.glob(self.path + "/runs/*/*.part") + glob.glob(self.path + "/runs/*/*.tmp")

    def record(self):
        return sqlite3.connect(self.path + "/results/sslx.db")

    def results(self):
        """All that must be the same of each trial, by variant."""
        record = self.record()
        out = {}
        runs = record.execute("SELECT id, sweep || ': ' || variant, weights_sha256 FROM run "
                              "WHERE state IN ('completed', 'collapsed', 'diverged')")
        for run, variant, weights in runs.fetchall():
            rows = lambda sql: sorted(record.execute(sql, [run]).fetchall())
            out[variant] = {
                "weights": weights,
                "stages": rows("SELECT json_extract(json, '$.stage'), json_extract(json, '$.weights_sha256') "
                               "FROM event WHERE event = 'stage' AND run = ?"),
                "results": rows("SELECT metric, protocol, value, predictions FROM result WHERE run = ?"),
                "metrics": rows("SELECT step, epoch, name, value FROM metric m WHERE %s AND run = ?" % TIMES),
                "losses": rows("SELECT stage, first, losses FROM loss_trace WHERE run = ?")}
        return out

    def remove(self):
        shutil.rmtree(self.path)


def same(a, b):
    """Which of the things differ; a NaN, which SQLite keeps as NULL, is like another."""
    return [what for what in a if a[what] != b.get(what)]


def kill(home, sweep, found, randomly):
    """One of: the trial, the command with it, the command alone, whose trial then ends by itself."""
    how = randomly.choice(["trial", "trial", "both", "command"])
    try:
        if how != "command":
            os.kill(found[1], signal.SIGKILL)
        if how != "trial":
            sweep.kill()
            sweep.wait()
    except ProcessLookupError:
        return False
    return True


def disturb(home, file, more, kills, each, randomly):
    """Kills, at most so many of each trial; how often each trial was."""
    done = collections.Counter()
    deadline = time.time() + DEADLINE
    sweep = home.start(file, more)
    while time.time() < deadline:
        aims = randomly.random() < 0.85  # at a training, else anywhere
        pause = randomly.uniform(0, 1.2)
        found = None
        while sweep.poll() is None and time.time() < deadline:
            found = home.running()
            wanted = found and done[found[2]] < each and sum(done.values()) < kills
            if wanted and (not aims or home.trains(found[0])):
                break
            time.sleep(0.01)
        until = time.time() + pause
        while sweep.poll() is None and time.time() < until:
            time.sleep(0.005)
        if sweep.poll() == 0:
            return done
        if sweep.poll() is not None:
            sys.exit("a disturbed sweep ended with %d: %s" % (sweep.returncode, open(home.path + "/log").read()[-3000:]))
        if home.running() == found and kill(home, sweep, found, randomly):
            done[found[2]] += 1
        if sweep.poll() is not None:
            sweep = home.start(file, more)
    sys.exit("a disturbed sweep does not end: %s" % open(home.path + "/log").read()[-3000:])


def read_checkpoint(file):
    data = open(file, "rb").read()
    size = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8:8 + size]), bytearray(data[8 + size:])


def write_checkpoint(file, header, data):
    """As the host would: with a digest that fits."""
    digest = hashlib.sha256()
    for name in sorted(name for name in header if name != "__metadata__"):
        tensor = header[name]
        digest.update(("%s\n%s\n%s\n" % (name, tensor["dtype"], ",".join(map(str, tensor["shape"])))).encode())
        digest.update(data[tensor["data_offsets"][0]:tensor["data_offsets"][1]])
    facts = header["__metadata__"]["facts"]
    header["__metadata__"]["sha256"] = hashlib.sha256((digest.hexdigest() + "\n" + facts).encode()).hexdigest()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    open(file, "wb").write(struct.pack("<Q", len(text)) + text + data)


def leave_out(file, what):
    """Tensors become zeros (a generator's another valid state), a fact another one."""
    header, data = read_checkpoint(file)
    if isinstance(what, tuple):
        facts = json.loads(header["__metadata__"]["facts"])
        facts[what[0]][what[1]] -= 1
        header["__metadata__"]["facts"] = json.dumps(facts, separators=(",", ":"), sort_keys=True)
    for name, tensor in header.items():
        if isinstance(what, str) and name.startswith(what):
            begin, end = tensor["data_offsets"]
            if what == "random.":
                for number in range(624):  # the twister's, uint64 each, behind three fields
                    data[begin + 24 + 8 * number] ^= 1
            else:
                data[begin:end] = bytes(end - begin)
    write_checkpoint(file, header, data)


def control(build, name):
    """Whether the comparison sees that this is left out."""
    variants = {"torch's generator": "stochastic depth, AdamW"}
    text = open(HERE + "/kills.toml").read()
    head, *blocks = text.split("[[variants]]\n")
    table = "\n[table]\n" + text.split("\n[table]\n")[1]
    wanted = variants.get(name, "accumulated, left over")
    block = next(block for block in blocks if 'name = "%s"' % wanted in block)
    homes = Home(build), Home(build)
    file = homes[0].path + "/control.toml"
    open(file, "w").write(head + "[[variants]]\n" + block.split("\n[table]\n")[0] + table)
    homes[0].run(file, LONG_EPOCH)
    sweep = homes[1].start(file, LONG_EPOCH)
    while not homes[1].checkpoints() and sweep.poll() is None:
        time.sleep(0.005)
    found = homes[1].running()
    sweep.kill()
    if found:
        os.kill(found[1], signal.SIGKILL)
    sweep.wait()
    changed = 0
    for checkpoint in homes[1].checkpoints():
        leave_out(checkpoint, LEFT_OUT[name])
        changed += 1
    homes[1].run(file, LONG_EPOCH)
    a, b = homes[0].results(), homes[1].results()
    differs = sorted(set(sum((same(a[variant], b[variant]) for variant in a), [])))
    resumed = homes[1].record().execute("SELECT count(*) FROM run WHERE resumed_step > 0").fetchone()[0]
    print("without %s (%d checkpoint%s changed, %d taken up): %s" %
          (name, changed, "" if changed == 1 else "s", resumed, "differs in " + ", ".join(differs) if differs else "SEEN BY NOTHING"))
    for home in homes:
        home.remove()
    return bool(differs) and changed > 0 and resumed > 0


def campaign(options, randomly):
    """Rounds over all trials, each in a home of its own, until there were so many kills."""
    methods = os.path.join(HERE, "..", "..", "sweeps", "methods.toml")
    sweeps = [(HERE + "/kills.toml", [])] + ([] if options.short else [(methods, TINY)])
    whole = Home(options.build)
    for file, more in sweeps:
        whole.run(file, more)
    trials, kills, equal, good = set(), 0, 0, True
    while good and kills < options.kills:
        killed = Home(options.build)
        done = one_round(killed, sweeps, options.kills - kills, len(whole.results()), randomly)
        alike = judge(whole, killed, done)
        good = alike == sum(done.values()) > 0
        kills, equal, trials = kills + sum(done.values()), equal + alike, trials | set(done)
        if not good:
            print("kept: %s, %s" % (whole.path, killed.path))
            break
        killed.remove()
    print("%d kills of %d of %d trials, %d bit-equal" % (kills, len(trials), len(whole.results()), equal))
    if good:
        whole.remove()
    return good


def one_round(killed, sweeps, kills, trials, randomly):
    """As many of each trial, so that none is left out."""
    done = collections.Counter()
    for file, more in sweeps:
        done += disturb(killed, file, more, kills - sum(done.values()), -(-kills // trials), randomly)
    return done


def judge(whole, killed, kills):
    """How many of the kills left no trace; -1 when something else is wrong."""
    a, b = whole.results(), killed.results()
    record = killed.record()
    trials = dict(record.execute("SELECT sweep || ': ' || variant, trial FROM run").fetchall())
    equal = 0
    sound = len(a) == len(b)
    for variant in sorted(a):
        differs = same(a[variant], b[variant]) if variant in b else ["it has no result"]
        count = kills[trials.get(variant)]
        equal += 0 if differs else count
        sound = sound and not differs
        print("%-40s %2d kills  %s" % (variant, count, "differs in " + ", ".join(differs) if differs else "same bits"))
    taken_up = record.execute("SELECT count(*) FROM run WHERE resumed_step > 0").fetchone()[0]
    left = killed.left_over()
    print("%d runs went on from within a training; %d files left over %s" % (taken_up, len(left), left or ""))
    return equal if sound and not left and taken_up > 0 else -1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("build")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--control", action="store_true")
    options = parser.parse_args()
    randomly = random.Random(options.seed)
    options.build = os.path.realpath(options.build)
    if options.control:
        names = ["momentum", "gradient norms", "place in the epoch"] if options.short else LEFT_OUT
        sys.exit(0 if all([control(options.build, name) for name in names]) else 1)
    sys.exit(0 if campaign(options, randomly) else 1)


if __name__ == "__main__":
    main()
