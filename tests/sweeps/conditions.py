#!/usr/bin/env python3
"""The conditions that each sweep's `--scale full` states in its file: conditions.py SSLX SWEEPS.

A block "# At --scale full, beside PAPER (ID), of the trial 'LABEL':" has a row a key: the paper's value, ours, and why
where they differ. Ours must be what the trial resolves to, the paper's what papers.toml here has of it, with no key of it
left out. A sweep with a [scale.full] has such blocks, and no paper of papers.toml is in none. And what a line of the top
says of another scale ("night   25,000 images, 60 epochs, 6 seeds") is what the file has there."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

HEAD = re.compile(r"^# At --scale full, beside (.+) \((.+)\), of the trial '(.*)':$")
ROW = re.compile(r"^#     (\S+)  +(\S+)  +(\S+)(?:  +(\S.*?))? *$")
SCALE = re.compile(r"^#     (small|night|\(none\)) +([\d,]+) images,(?:.*?) (\d+) epochs?,(?:.*?) (\d+) seeds?\b", re.M)
CLASSES = 10  # of CIFAR-10


def resolved(sslx, file, trial):
    """A trial's configuration by paths; `crop`, `color` and `patches` are those of its first view."""
    with tempfile.TemporaryDirectory() as home:
        call = [sslx, "--home", home, "sweep", str(file), "--scale", "full", "--dry-run", "--resolved"]
        out = subprocess.run(call + ["--trial", trial] * bool(trial), capture_output=True, text=True)
    if out.returncode:
        return None, out.stderr.strip()
    values = {}
    for line in out.stdout.splitlines():
        found = re.match(r"^\s*(\S+)\s+(\S.*?)\s{2,}(\S.*)$", line)
        try:
            values[found[1]] = json.loads(found[2])
        except (TypeError, ValueError):
            continue
    words = {"color": ("brightness", "contrast", "saturation", "hue"), "patches": ("cell", "stride", "size"), "crop": ("scale",)}
    for key, name in list(values.items()):
        operation = re.match(r"(view\.0\.ops\.\d+\.)name$", key)
        if operation and name in words and name not in values:
            parts = [values[operation[1] + word] for word in words[name]]
            values[name] = parts[0] if len(parts) == 1 else parts
    return values, ""


def blocks(text):
    """Of each block its head's groups and its rows."""
    lines = text.splitlines()
    for at, head in enumerate(map(HEAD.match, lines)):
        if head is None:
            continue
        rows = []
        for row in map(ROW.match, lines[at + 1 :]):
            if row is None:
                break
            if row[1] != "KEY":
                rows.append((row[1], json.loads(row[2]), None if row[3] == "-" else json.loads(row[3]), row[4] or ""))
        yield head.groups(), rows


def scale_faults(text):
    """What the words about a scale say against what it has."""
    sweep = tomllib.loads(text)
    scales = {"(none)": {}, **sweep.get("scale", {})}
    told = {words[1]: words for words in SCALE.finditer(text)}
    if "night" in scales and "night" not in told:
        yield "nothing at its top says what [scale.night] is"
    for scale, words in told.items():
        changed = scales.get(scale)
        if changed is None:
            yield f"its top tells of a scale '{scale}', and it has none"
            continue
        base, over = sweep["base"], changed.get("base", {})
        images = CLASSES * {**base["data"], **over.get("data", {})}["train_per_class"]
        epochs = {**base["train"], **over.get("train", {})}["epochs"]
        has = (images, epochs, len(changed.get("seeds", sweep["seeds"])))
        says = (int(words[2].replace(",", "")), int(words[3]), int(words[4]))
        if has != says:
            yield "{0} has {1} images, {2} epochs, {3} seeds; its top says {4}, {5}, {6}".format(scale, *has, *says)


def faults(sslx, file, papers):
    text = file.read_text()
    yield from scale_faults(text)
    if "[scale.full" not in text:
        return
    found = list(blocks(text))
    if not found:
        yield "it has a [scale.full] and no block of its conditions"
    for (_, paper, trial), rows in found:
        yield from (f"'{trial}': {fault}" for fault in block_faults(sslx, file, papers, paper, trial, rows))


def block_faults(sslx, file, papers, paper, trial, rows):
    facts = papers.get(paper)
    if facts is None:
        yield f"papers.toml has no '{paper}'"
        return
    values, error = resolved(sslx, file, trial)
    if values is None:
        yield error
        return
    for key, theirs, ours, why in rows:
        if values.get(key) != ours:
            yield f"{key} is {values.get(key)}, and its block says {ours}"
        if key in facts and facts[key] != theirs:
            yield f"{key} is {facts[key]} in the paper, and its block says {theirs}"
        if theirs != ours and not why:
            yield f"{key}: the paper has {theirs}, ours is {ours}, and nothing says why"
    for key in sorted(set(facts) - {"name", "where"} - {row[0] for row in rows}):
        yield f"its block leaves out {key}, which the paper states"


def main(sslx, folder):
    papers = tomllib.loads((pathlib.Path(__file__).parent / "papers.toml").read_text())
    files = sorted(pathlib.Path(folder).glob("*.toml"))
    found = [(file.name, fault) for file in files for fault in faults(sslx, file, papers)]
    stated = [paper for file in files for (_, paper, _), _ in blocks(file.read_text())]
    found += [("papers.toml", f"no sweep is held against '{paper}'") for paper in sorted(set(papers) - set(stated))]
    for name, fault in found:
        print(f"{name}: {fault}")
    checked = len(stated)
    print(f"{checked} trials, {len(found)} faults")
    return 1 if found or not checked else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
