"""What the campaign runs: small trials on the CPU in a home of their own, by the real command and host."""

import glob
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time

HEAD = """name = "campaign"
seeds = [{seeds}]
[base]
data = {{ name = "shapes", train_size = 128, test_size = 32 }}
view = [{{ ops = [{{ name = "crop" }}, {{ name = "flip" }}, {{ name = "normalize" }}] }}]
backbone = {{ name = "resnet_small", width = 4 }}
[base.train]
epochs = {epochs}
batch_size = 16
[base.evaluate]
linear = {{ epochs = 2 }}
[table]
rows = ["variant"]
metrics = ["knn_top1", "linear_top1"]
"""
METHODS = ["simclr", "moco", "byol", "barlow_twins", "dino", "random"]
PATIENCE = 300  # seconds, of a command


class Form:
    """How large the workload is: 24 trials by 4 at a time, or 4 by 2."""

    def __init__(self, methods, seeds, jobs, epochs=3):
        self.methods, self.seeds, self.jobs, self.epochs = methods, seeds, jobs, epochs

    @property
    def trials(self):
        return len(self.methods) * self.seeds

    def text(self, more=""):
        head = HEAD.format(seeds=", ".join(map(str, range(self.seeds))), epochs=self.epochs)
        return head + more + "".join(variant(name) for name in self.methods)


LONG = Form(METHODS, 4, 4)
SHORT = Form(["simclr", "moco"], 2, 2)
ONE = Form(["moco"], 1, 1, epochs=12)
LASTING = Form(["simclr", "moco"], 4, 2, epochs=60)  # some seconds, on a quick machine


# Heads for so small a network, and a queue of so few images: with the papers' a trial takes gigabytes.
SMALL = {
    "simclr": {"hidden_width": 64, "output_width": 32},
    "moco": {"queue": 64},
    "byol": {"hidden_width": 64, "output_width": 32},
    "barlow_twins": {"hidden_width": 64, "output_width": 32},
    "dino": {"hidden_width": 64, "bottleneck_width": 16, "output_width": 64},
}


def variant(method, name=None, **parameters):
    parameters = {**SMALL.get(method, {}), **parameters}
    more = "".join(f", {key} = {json.dumps(value)}" for key, value in parameters.items())
    return f'[[variants]]\nname = "{name or method}"\nmethod = {{ name = "{method}"{more} }}\n'


class Tools:
    """Where the built things are, and what this build's command can do."""

    def __init__(self, build):
        self.build = os.path.realpath(build)
        self.sslx = os.path.join(self.build, "bin", "sslx")
        self.host = os.path.join(self.build, "bin", "sslx-host")
        self.plugins = os.path.join(self.build, "tests", "trial", "plugins")
        self.twins = os.path.join(self.build, "tests", "trial", "twins")
        self.own_plugins = os.path.join(self.build, "plugins")
        self.help = subprocess.run([self.sslx, "sweep", "--help"], capture_output=True, text=True).stdout

    def shim(self, name):
        return os.path.join(self.build, "lib", f"{name}_shim.so")


class Ended:
    """A command that is over."""

    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds
        self.peak = 0  # bytes, where it was measured

    @property
    def words(self):
        return self.out + self.err


class Home:
    """A home with a sweep file, and the processes that work on it, which carry its name."""

    def __init__(self, tools, form, text=None, parent=None):
        self.tools, self.form = tools, form
        self.path = os.path.realpath(tempfile.mkdtemp(prefix="sslx-campaign-", dir=parent))
        self.side = self.path + ".side"  # what is no part of the home: the sweep file, tokens, shadows
        os.mkdir(self.side)
        self.sweep_file = os.path.join(self.side, "sweep.toml")
        self.write_sweep(text or form.text())

    def write_sweep(self, text):
        with open(self.sweep_file, "w") as out:
            out.write(text)

    def keep(self):
        """As it is now, for restore(): at its own path, since the record has the paths of its runs."""
        shutil.copytree(self.path, self.beside("kept"), symlinks=True)

    def restore(self):
        self.kill_all()
        shutil.rmtree(self.path)
        shutil.copytree(self.beside("kept"), self.path, symlinks=True)

    def remove(self):
        self.kill_all()
        shutil.rmtree(self.path, ignore_errors=True)
        shutil.rmtree(self.side, ignore_errors=True)

    @property
    def database(self):
        return os.path.join(self.path, "results", "sslx.db")

    def beside(self, name):
        return os.path.join(self.side, name)

    # Commands

    def sweep_words(self, *more):
        return ["sweep", self.sweep_file, "--jobs", str(self.form.jobs), "--threads", "1", *more]

    def start(self, words, env=None, **options):
        """`env`: of shims, as fault() below gives it."""
        environment = dict(os.environ, SSLX_TEST_OF=self.path, OMP_NUM_THREADS="1", **(env or {}))
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        plugins = options.pop("plugins", self.tools.plugins)
        program = [self.tools.sslx, "--home", self.path, "--plugin-dir", plugins]
        return subprocess.Popen(program + list(words), env=environment, text=True, stdin=subprocess.DEVNULL,
                                start_new_session=True, errors="replace", **options)

    def finish(self, process, patience=PATIENCE):
        begin = time.monotonic()
        try:
            out, err = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            self.kill_all()
            process.communicate()
            return Ended("no end", "", f"it did not end within {patience} s", patience)
        return Ended(process.returncode, out or "", err or "", time.monotonic() - begin)

    def finish_measured(self, process):
        """Its end, with the largest memory of it and of what it started and waited for, in bytes."""
        texts = {}
        readers = [threading.Thread(target=lambda name=name, pipe=pipe: texts.update({name: pipe.read()}))
                   for name, pipe in (("out", process.stdout), ("err", process.stderr))]
        for reader in readers:
            reader.start()
        begin = time.monotonic()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        for reader in readers:
            reader.join()
        ended = Ended(process.returncode, texts["out"], texts["err"], time.monotonic() - begin)
        ended.peak = usage.ru_maxrss * 1024
        return ended

    def run(self, *words, env=None, patience=PATIENCE, **options):
        return self.finish(self.start(words, env, **options), patience)

    def sweep(self, *more, env=None, **options):
        return self.run(*self.sweep_words(*more), env=env, **options)

    def fault(self, program="sslx", once=True, **what):
        """The shim's variables: fault(program="host", calls="write", path="*/journal.jsonl", at=3, action="kill")."""
        executable = {"sslx": self.tools.sslx, "host": self.tools.host}[program]
        out = {"LD_PRELOAD": self.tools.shim("fault"), "FAULT_PROGRAM": executable, "FAULT_HOME": self.path}
        if once:
            out["FAULT_ONCE"] = self.beside("token")
        out.update({f"FAULT_{key.upper()}": str(value) for key, value in what.items()})
        return out

    def had_fault(self):
        return os.path.exists(self.beside("token"))

    def age(self, seconds):
        """As if nothing had been touched for so long."""
        then = time.time() - seconds
        for folder, _, files in os.walk(os.path.join(self.path, "runs")):
            for path in [os.path.join(folder, file) for file in files] + [folder]:
                os.utime(path, (then, then), follow_symlinks=False)

    # Processes

    def processes(self):
        """pid -> run (SSLX_RUN), of every living process that a command of this home started, itself included."""
        mark = f"SSLX_TEST_OF={self.path}".encode()
        out = {}
        for folder in glob.glob("/proc/[0-9]*"):
            try:
                with open(folder + "/environ", "rb") as file:
                    words = file.read().split(b"\0")
                if mark in words and not is_zombie(folder):
                    run = [word[9:].decode().split("@")[0] for word in words if word.startswith(b"SSLX_RUN=")]
                    out[int(folder[6:])] = run[0] if run else ""
            except OSError:
                pass
        return out

    def hosts(self):
        """pid -> run, of those that run a trial."""
        return {pid: run for pid, run in self.processes().items() if re.match(r"\d{8}-\d{6}-", run or "")}

    def kill_all(self):
        """As a power cut does: all stop, then none goes on."""
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in self.processes():
                send(pid, number)
        wait_until(lambda: not self.processes(), 10)

    # The record, and the runs' folders

    def record(self, sql, *values):
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=60)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def runs(self):
        return sorted(glob.glob(os.path.join(self.path, "runs", "2*-*-*")))

    def journal(self, run_folder):
        try:
            with open(os.path.join(run_folder, "journal.jsonl"), errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def journals(self):
        return "".join(map(self.journal, self.runs()))

    def checkpoints(self):
        return sorted(glob.glob(os.path.join(self.path, "runs", "*", "checkpoint*.safetensors")))


def is_zombie(folder):
    with open(folder + "/stat") as file:
        return re.search(r"\) (\w)", file.read())[1] == "Z"


def send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def wait_until(done, patience, pause=0.004):
    """Whether it was so within the time."""
    end = time.monotonic() + patience
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True
