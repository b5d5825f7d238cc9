#!/usr/bin/env python3
"""Kills `sslx sweep` at file-system calls, or lets one fail with EIO or ENOSPC, then gives the same
command again: no result may be lost or doubled, no run stay running, no claim or temporary file be left.

    every_call.py BUILD SHIM FAKE_HOST [--sample N] [--control]

Without --sample every call and action is tried. The hosts only pretend to train. With --control the next
command is left out, and the check must find something wrong, else it proves nothing.
"""
import argparse, collections, errno, glob, os, random, shutil, sqlite3, subprocess, sys, tempfile

SWEEP = """name = "demo"
seeds = [0, 1]
[base]
data = { name = "shapes", train_size = 64, test_size = 32 }
view = [{ ops = [{ name = "flip" }] }]
method = { name = "simclr" }
backbone = { name = "resnet_small" }
[base.train]
epochs = 2
batch_size = 16
[table]
rows = ["variant"]
metrics = ["knn_top1", "seeds"]
"""
TRIALS = 2
ACTIONS = {"kill": "kill", "EIO": str(errno.EIO), "ENOSPC": str(errno.ENOSPC)}


class Home:
    def __init__(self, options):
        self.options = options
        self.path = os.path.realpath(tempfile.mkdtemp(prefix="sslx-faults-"))
        self.sweep_file = self.path + ".toml"
        with open(self.sweep_file, "w") as out:
            out.write(SWEEP)

    def clean(self):
        shutil.rmtree(self.path)
        os.mkdir(self.path)

    def remove(self):
        shutil.rmtree(self.path)
        for file in glob.glob(self.path + ".*"):
            os.remove(file)

    def sweep(self, at=None, action="kill"):
        sslx = os.path.realpath(os.path.join(self.options.build, "bin", "sslx"))
        environment = dict(os.environ, SSLX_HOST=self.options.fake_host, FAKE_HOST_ACT="succeed",
                           FAKE_HOST_LOG=self.path + ".log")
        if at is not None:
            environment.update(LD_PRELOAD=self.options.shim, FAULT_PROGRAM=sslx, FAULT_HOME=self.path,
                               FAULT_AT=str(at), FAULT_ACTION=action, FAULT_COUNT=self.path + ".count")
        done = subprocess.run([sslx, "--home", self.path, "sweep", self.sweep_file, "--jobs", "2"],
                              env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=200, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout

    def count_calls(self):
        self.clean()
        code, text = self.sweep(at=0)
        if code != 0:
            sys.exit("the undisturbed sweep ended with %d: %s" % (code, text))
        with open(self.path + ".count") as count:
            return int(count.read())

    def faults(self):
        """What is wrong with the home after all, in words."""
        try:
            return self.faults_of_record()
        except sqlite3.Error as error:
            return ["the database cannot be read: %s" % error]

    def faults_of_record(self):
        database = os.path.join(self.path, "results", "sslx.db")
        if not os.path.exists(database):
            return ["there is no database"]
        record = sqlite3.connect(database)
        one = lambda sql: record.execute(sql).fetchone()[0]
        out = []
        if one("PRAGMA integrity_check") != "ok":
            out.append("the database is not sound")
        done = one("SELECT count(DISTINCT trial) FROM run WHERE state = 'completed'")
        if done != TRIALS:
            out.append("%d of %d trials have a result" % (done, TRIALS))
        if one("SELECT count(*) FROM run WHERE state = 'completed'") > TRIALS:
            out.append("a trial has two results")
        if one("SELECT count(*) FROM run WHERE state = 'running'"):
            out.append("a run is still running")
        rows = {row[0] for row in record.execute("SELECT id FROM run")}
        folders = {os.path.basename(os.path.dirname(file))
                   for file in glob.glob(os.path.join(self.path, "runs", "*", "request.json"))}
        if folders - rows:
            out.append("a run's folder is not in the record")
        if glob.glob(os.path.join(self.path, "runs", "claims", "*")):
            out.append("a claim is left")
        for pattern in ("*.tmp", "*.part", "*.damaged*"):
            if glob.glob(os.path.join(self.path, "runs", "*", pattern)):
                out.append("a file %s is left" % pattern)
        return out


def main():
    parser = argparse.ArgumentParser()
    for name in ("build", "shim", "fake_host"):
        parser.add_argument(name)
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--control", action="store_true")
    options = parser.parse_args()
    home = Home(options)
    calls = home.count_calls()
    faults = [(at, name) for at in range(1, calls + 1) for name in ACTIONS]
    if options.sample:
        faults = random.Random(0).sample(faults, min(options.sample, len(faults)))
    wrong = collections.Counter()
    for at, name in sorted(faults):
        home.clean()
        code, text = home.sweep(at, ACTIONS[name])
        if code not in (0, 1, 74, -9):
            wrong["exit code %d at the fault" % code] += 1
            print("%s at call %d: exit code %d: %s" % (name, at, code, text))
        again, more = (0, "") if options.control else home.sweep()
        found = home.faults() + ([] if again == 0 else ["the next command ended with %d" % again])
        for one in found:
            wrong[one] += 1
        if found and not options.control:
            print("%s at call %d of %d: %s\n%s%s" % (name, at, calls, "; ".join(found), text, more))
    home.remove()
    print("%d faults at %d calls: %s" % (len(faults), calls, dict(wrong) or "nothing lost, doubled or left"))
    return 0 if bool(wrong) == options.control else 1


sys.exit(main())
