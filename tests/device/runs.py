"""What the scripts of this folder share: sweeps on one device, by the host and the tools that have it; what became of
them; and what waited for the device meanwhile."""
import collections, glob, json, os, sqlite3, struct, subprocess, sys

Run = collections.namedtuple("Run", "state message losses figures metrics weights")


class Device:
    """A device, and the `sslx` that reaches it. `environment` is the commands'."""

    def __init__(self, name, sslx, **environment):
        self.name, self.sslx, self.environment = name, sslx, environment

    def command(self, home, words, **more):
        """The exit code of `sslx WORDS`, and what it printed."""
        env = {key: value for key, value in os.environ.items() if key != "SSLX_STANDIN_WAITS"}
        env.update(self.environment, **more)
        ended = subprocess.run([self.sslx, "--home", home, *words], env=env, cwd=home, stdin=subprocess.DEVNULL,
                               capture_output=True, text=True)
        return ended.returncode, ended.stdout + ended.stderr

    def sweep(self, home, file, arguments, dealt=False, plugins=None, **more):
        """The same of a sweep; `dealt`: the arguments say to which devices."""
        words = ["--plugin-dir", plugins] if plugins else []
        words += ["sweep", file, *([] if dealt else ["--device", self.name]), "--threads", "1", *arguments]
        return self.command(home, words, **more)

    def trained(self, home, file, arguments, **more):
        """runs() of a sweep of which all trials must have a result."""
        os.makedirs(home, exist_ok=True)
        code, text = self.sweep(home, file, arguments, **more)
        if code != 0:
            sys.exit(f"on {self.name} the sweep ended with {code}: {text[-4000:]}")
        on = {row[0] for row in record(home).execute("SELECT DISTINCT device FROM run")}
        if on != {self.name}:
            sys.exit(f"the trials ran on {on}, not on {self.name}")
        return runs(home)


def standin(build, name="standin"):
    """The stand-in for a GPU of a build folder; or its processor, by the same host."""
    program = lambda file: os.path.join(os.path.realpath(build), "bin", file)
    return Device(name, program("sslx"), SSLX_HOST=program("sslx-host-standin"), SSLX_TEST_DEVICE="standin",
                  SSLX_TOOLS=program("sslx-tools-standin"))


def record(home):
    return sqlite3.connect(home + "/results/sslx.db")


def runs(home):
    """Each variant's last run; metrics: {name: [values, the first step first]}."""
    database = record(home)
    out = {}
    for run, variant, state, message, weights in database.execute(
            "SELECT id, variant, state, message, weights_sha256 FROM run ORDER BY started").fetchall():
        losses = b"".join(row[0] for row in database.execute(
            "SELECT losses FROM loss_trace WHERE run = ? AND stage = 'pretrain' ORDER BY first", [run]))
        figures = dict(database.execute("SELECT metric, value FROM result WHERE run = ?", [run]).fetchall())
        metrics = collections.defaultdict(list)
        for name, value in database.execute("SELECT name, value FROM metric WHERE run = ? ORDER BY step", [run]):
            metrics[name].append(value)
        out[variant] = Run(state, message, struct.unpack(f"{len(losses) // 4}f", losses), figures, metrics, weights)
    return out


def environment_of(home, run):
    """What of the environment a run recorded."""
    with open(f"{home}/runs/{run}/journal.jsonl") as lines:
        return json.loads(next(lines))["environment"]


def weights_of(home, variant):
    """The final weights of a variant's run, {name: bytes of float32}."""
    [run] = record(home).execute("SELECT id FROM run WHERE variant = ? AND state = 'completed'", [variant]).fetchone()
    [file] = glob.glob(f"{home}/runs/{run}/weights.safetensors")
    with open(file, "rb") as content:
        size = int.from_bytes(content.read(8), "little")
        header = json.loads(content.read(size))
        data = content.read()
    return {name: data[slice(*one["data_offsets"])] for name, one in header.items()
            if name != "__metadata__" and one["dtype"] == "F32"}


def function_at(call):
    """"sslx::train::numbers" of "FILE+0xOFFSET", or that itself where no name is known."""
    file, offset = call.rsplit("+", 1)
    out = subprocess.run(["addr2line", "-fCe", file, offset], capture_output=True, text=True).stdout.splitlines()
    name = out[0].replace("(anonymous namespace)::", "") if out else "??"
    return call if name == "??" else name.split("(")[0].split("[abi")[0]


def waits(file):
    """How often each chain of calls waited for the device: {(what, call, call, ...): count}."""
    if not os.path.exists(file):
        return collections.Counter()
    with open(file) as lines:
        return collections.Counter(tuple(line.split()) for line in lines)


def told(chain):
    """A chain of calls in words, the innermost that has a name first."""
    names = [function_at(call) for call in chain[1:6]]
    return f"{chain[0]} in {' <- '.join(names[:4])}"
