"""What the scripts of this folder share: a sweep on the processor or on the stand-in for a GPU, by the host that has it,
and what waited for the device meanwhile."""
import collections, os, sqlite3, struct, subprocess, sys

DEVICE = "standin"
Run = collections.namedtuple("Run", "state message losses figures")


def sweep(build, home, file, device, arguments, waits=None, plugins=None, **more):
    """The command's exit code and what it printed; `device` None: as the arguments say. `more` is its environment's."""
    if waits:
        more["SSLX_STANDIN_WAITS"] = waits
    words = ["--plugin-dir", plugins] if plugins else []
    words += ["sweep", file, *(["--device", device] if device else []), "--threads", "1", *arguments]
    return command(build, home, words, **more)


def command(build, home, words, **more):
    """The exit code of `sslx WORDS`, whose host and tools have the stand-in, and what it printed."""
    env = {key: value for key, value in os.environ.items() if key != "SSLX_STANDIN_WAITS"}
    env.update(more, SSLX_HOST=os.path.join(build, "bin", "sslx-host-standin"), SSLX_TEST_DEVICE=DEVICE,
               SSLX_TOOLS=os.path.join(build, "bin", "sslx-tools-standin"))
    ended = subprocess.run([os.path.join(build, "bin", "sslx"), "--home", home, *words], env=env, cwd=home,
                           stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return ended.returncode, ended.stdout + ended.stderr


def runs(home):
    """Each variant's last run."""
    record = sqlite3.connect(home + "/results/sslx.db")
    out = {}
    for run, variant, state, message in record.execute(
            "SELECT id, variant, state, message FROM run ORDER BY started").fetchall():
        losses = b"".join(row[0] for row in record.execute(
            "SELECT losses FROM loss_trace WHERE run = ? AND stage = 'pretrain' ORDER BY first", [run]))
        figures = dict(record.execute("SELECT metric, value FROM result WHERE run = ?", [run]).fetchall())
        out[variant] = Run(state, message, struct.unpack(f"{len(losses) // 4}f", losses), figures)
    return out


def trained(build, home, file, device, arguments):
    """runs() of a sweep of which all trials must have a result."""
    code, text = sweep(build, home, file, device, arguments)
    if code != 0:
        sys.exit(f"on {device} the sweep ended with {code}: {text[-4000:]}")
    on = {row[0] for row in sqlite3.connect(home + "/results/sslx.db").execute("SELECT DISTINCT device FROM run")}
    if on != {device}:
        sys.exit(f"the trials ran on {on}, not on {device}")
    return runs(home)


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
