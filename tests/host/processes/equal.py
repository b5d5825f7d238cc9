#!/usr/bin/env python3
"""Every variant of a sweep in two and in four processes against one process with the whole batch, in float64 with
sync_bn wherever there is batch norm: loss and gradient of the first step, and the state after ten steps and more, agree
to 1e-5 of their size. The trials are made by the sweep itself, and then trained by equal_steps.

    equal.py BUILD SWEEP... [--tiny] [--short]
                --tiny: of sweeps/methods.toml, whose networks and data are made small
                --short: four processes for the methods of sweeps/methods.toml alone
"""
import concurrent.futures, copy, glob, json, os, shutil, subprocess, sys, tempfile

TINY = ["--set", 'data={name="shapes", train_size=160, test_size=16}', "--set", "backbone.width=8", "--set", "train.batch_size=16"]
QUICK = ["--set", "train.epochs=1", "--set", "evaluate.linear.epochs=1", "--seeds", "1", "--threads", "1", "--jobs", "2"]
LIMIT = 1e-5
STEPS = 10
BATCH = 16


def requests(build, folder, file, arguments):
    """What sslx-host was given for each variant."""
    command = [f"{build}/bin/sslx", "--home", folder, "sweep", file, *QUICK, *arguments]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if ended.returncode != 0:
        sys.exit(f"the sweep ended with {ended.returncode}: {(ended.stdout + ended.stderr)[-4000:]}")
    out = {}
    for path in glob.glob(folder + "/runs/*/request.json"):
        with open(path) as text:
            request = json.load(text)
        out[request["variant"]] = request
    return out


# A teacher and its student, which no sweep without a teacher's file can have.
DISTILLED = """name = "distilled"
[base]
data = {{ name = "shapes", train_size = 96, test_size = 16 }}
view = [{{ ops = [{{ name = "crop" }}, {{ name = "normalize" }}] }}]
backbone = {{ name = "resnet_small", width = 8, stages = 2 }}
train = {{ batch_size = 16, lr = 0.01 }}
[[variants]]
{}
"""


def distilled(build, folder):
    """What sslx-host was given for CRD."""
    def sweep(variant):
        with open(folder + "/distilled.toml", "w") as file:
            file.write(DISTILLED.format(variant))
        return requests(build, folder, folder + "/distilled.toml", [])

    os.makedirs(folder)
    teacher = sweep('name = "teacher"\nmethod = { name = "supervised" }')["teacher"]
    subprocess.run([f"{build}/bin/sslx", "--home", folder, "export", teacher["run"], folder + "/teacher.safetensors"],
                   check=True, stdout=subprocess.DEVNULL)
    return sweep('name = "CRD"\nmethod = { name = "crd", negatives = 16, output_width = 16 }\n'
                 'backbone = { weights = "teacher.safetensors" }')["CRD"]


def comparable(request):
    """The same trial with what makes it comparable: no norm of a share alone, no draw for each image of a share."""
    config = request["config"]
    for part in ("method", "backbone"):
        parameters = config[part].get("parameters", {})
        for name, value in parameters.items():
            if value == "bn":
                parameters[name] = "sync_bn"
        if "drop_path" in parameters:
            parameters["drop_path"] = 0.0
        if "bn_groups" in parameters:
            parameters["bn_groups"] = 1  # parts of a share are no parts of the batch
    train = config["train"]
    steps = config["data"]["train_size"] // (BATCH * train.get("accumulate", 1))  # of an epoch
    train.update(batch_size=BATCH, drop_last=True, precision="fp32", channels_last="off", epochs=-(-STEPS // steps))
    if train["optimizer"].startswith("adam"):  # which makes whole steps of gradients that are rounding alone
        train.update(optimizer="sgd", momentum=0.9, lr=0.01)
    request["execution"].update(device="cpu", threads=1, view_workers=0, checkpoint=0)
    return request


def shuffled(request, processes):
    """MoCo with batch norm of each share alone and keys that are dealt to other processes, and what it is in one
    process: as many parts of the batch."""
    request, alone = copy.deepcopy(request), copy.deepcopy(request)
    for one, groups in ((request, 1), (alone, processes)):
        one["config"]["backbone"]["parameters"]["norm"] = "bn"
        one["config"]["method"]["parameters"].update(bn_groups=groups, shuffle=True)
    return request, alone


def compared(build, request, processes, alone=None):
    asked = {"request": request, "processes": processes, "alone": alone or request}
    ended = subprocess.run([f"{build}/bin/equal_steps"], input=json.dumps(asked),
                           capture_output=True, text=True, env=dict(os.environ, OMP_NUM_THREADS="1"))
    if ended.returncode != 0:
        return None, ended.stderr.strip() or f"it ended with {ended.returncode}"
    return json.loads(ended.stdout), ""


def faults(variant, processes, found, words):
    who = f"{variant}, {processes} processes"
    if found is None:
        yield f"{who}: {words}"
        return
    if len(found["losses"]) < STEPS:
        yield f"{who}: only {len(found['losses'])} steps"
    if found["losses"][0] > LIMIT:
        yield f"{who}: the first loss, {found['first']:.6g}, is {found['losses'][0]:.1e} apart"
    for what in ("gradient", "state"):
        if found[what]["apart"] > LIMIT:
            yield f"{who}: {what}: {found[what]['tensor']} is {found[what]['apart']:.1e} apart"


def main():
    build = os.path.realpath(sys.argv[1])
    files = [os.path.realpath(one) for one in sys.argv[2:] if not one.startswith("--")]
    wrong, count, most = [], 0, 0.0
    folder = tempfile.mkdtemp(prefix="sslx-equal-")
    try:
        asked = []
        for i, file in enumerate(files):
            methods = file.endswith("methods.toml")
            tiny = TINY if "--tiny" in sys.argv and methods else []
            counts = (2, 4) if methods or "--short" not in sys.argv else (2,)
            for variant, request in requests(build, f"{folder}/{i}", file, tiny).items():
                if request["config"]["method"]["name"] == "random":
                    continue  # it trains nothing
                asked += [(variant, comparable(request), processes, None) for processes in counts]
                if "shuffle" in request["config"]["method"]["parameters"] and variant.startswith("MoCo v"):
                    for processes in (2, 4):
                        apart, alone = shuffled(comparable(request), processes)
                        asked.append((f"{variant}, shuffled batch norm", apart, processes, alone))
        request = comparable(distilled(build, folder + "/distilled"))
        asked += [("CRD", request, processes, None) for processes in (2, 4)]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            results = list(pool.map(lambda one: compared(build, *one[1:]), asked))
        for (variant, _, processes, _), (found, words) in zip(asked, results):
            wrong += faults(variant, processes, found, words)
            count += 1
            if found:
                most = max(most, found["losses"][0], found["gradient"]["apart"])
        print("\n".join(wrong) or f"{count} trainings in several processes are those in one; loss and gradient at most {most:.0e} apart")
        sys.exit(1 if wrong else 0)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
