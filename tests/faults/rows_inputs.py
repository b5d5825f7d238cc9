"""Rows 38 to 40: sweep files and images that are meant to exhaust, data that change while they are used."""

import os
import re
import shutil
import time

import images
from rows_kills import wait_for_training
from workload import ONE, wait_until

MEGABYTE = 1 << 20


def peak_of(case, words, seconds, megabytes):
    """The command's end; it and what it started may take so long and so much."""
    begin = time.monotonic()
    process = case.home.start(words)
    ended = case.home.finish_measured(process)
    taken = time.monotonic() - begin
    case.expect(taken < seconds, "left", f"it took {taken:.1f} s, more than {seconds}")
    case.expect(ended.peak < megabytes * MEGABYTE, "left", f"it took {ended.peak / MEGABYTE:.0f} MB, more than {megabytes}")
    return ended


def deep(levels):
    return "x = " + "[" * levels + "]" * levels + "\n"


def hostile_files(form):
    text = form.text()
    yield "deep arrays", deep(100_000) + text, None
    yield "deep tables", "a" + ".a" * 200_000 + " = 1\n" + text, None
    yield "4 MB of headers", text + "".join(f"[{'a.' * 60}t{i}]\n" for i in range(33_000)), None
    yield "10^12 trials", text.replace("[table]", "[axes]\n" + "".join(f'"train.o{i}" = [{", ".join(map(str, range(1000)))}]\n' for i in range(4)) + "[table]"), None
    yield "nan", text.replace("epochs = 12", "epochs = nan"), r"toml:\d+"
    yield "a key twice", text.replace("batch_size = 16", "batch_size = 16\nbatch_size = 32"), r"toml:\d+"
    yield "an unknown key", text.replace("batch_size = 16", "batch_sice = 16"), "batch_size"
    yield "bytes that are no text", text + "\udcff\udcfe", None


def row_38(campaign):
    """sweep files that would exhaust the machine, or are wrong"""
    def act(text, words):
        def refuse(case):
            with open(case.home.sweep_file, "w", errors="surrogateescape") as out:
                out.write(text)
            ended = peak_of(case, case.home.sweep_words(), campaign.scale(1.0, 3.0), 50)
            case.expect(ended.code == 2 and "sslx: " in ended.err, "unclear", f"it ended with {ended.code}: {ended.words[-300:]}")
            case.expect(words is None or re.search(words, ended.err), "unclear", f"it does not say '{words}': {ended.err[-300:]}")
            case.expect(not os.path.exists(case.home.path + "/runs"), "left", "it made a run")
        return refuse
    for name, text, words in hostile_files(ONE):
        yield name, ONE, act(text, words)


def data_of(path, more=""):
    return f'data = {{ name = "folder", path = "{path}"{more} }}'


def with_folder(case, more="", epochs=6):
    """The sweep on a folder of images beside the home."""
    case.data = case.home.beside("images")
    case.files = images.folder(case.data)
    write_sweep(case, more, epochs)


def write_sweep(case, more="", epochs=6):
    text = re.sub(r"data = \{.*\}", lambda _: data_of(case.data, more), case.form.text())
    case.home.write_sweep(re.sub("epochs = 12", f"epochs = {epochs}", text).replace("batch_size = 16", "batch_size = 8"))


def row_39(campaign):
    """images that are bombs, cut, empty or none"""
    def act(case):
        with_folder(case)
        bombs = images.bombs()
        for name, bytes_of_file in bombs.items():
            with open(os.path.join(case.data, "train", "class0", name), "wb") as out:
                out.write(bytes_of_file)
        case.count = len(bombs)
        told = peak_of(case, ["data", "info", case.data], 60, 1500)
        case.expect(told.code in (0, 1, 2), "unclear", f"data info ended with {told.code}: {told.words[-300:]}")
        ended = case.home.run(*case.home.sweep_words())
        case.expect(ended.code in (1, 2) and "png" in ended.words, "unclear",
                    f"without a limit the sweep ended with {ended.code}: {ended.words[-400:]}")
        write_sweep(case, f", unreadable_limit = {len(bombs)}")
        ended = peak_of(case, case.home.sweep_words(), 120, 1500)
        case.expect(ended.code == 0, "wrong", f"with a limit it ended with {ended.code}: {ended.words[-400:]}")
        found = case.home.record("SELECT unreadable FROM run WHERE state IN ('completed', 'collapsed')")
        case.expect(found == [(len(bombs),)], "wrong", f"the record counts {found} of {len(bombs)}")
    yield "bombs", ONE, act


def row_40(campaign):
    """a file of the data vanishes or changes while it is used"""
    def act(change, restores):
        def disturb(case):
            with_folder(case, epochs=60)
            ended = case.sweep()
            case.expect(ended.code == 0, "unclear", f"undisturbed it ended with {ended.code}: {ended.words[-300:]}")
            reference = case.home.record("SELECT trial, weights_sha256 FROM run")
            shutil.rmtree(os.path.join(case.home.path, "runs")), shutil.rmtree(os.path.join(case.home.path, "results"))
            file = case.files[case.rng.randrange(len(case.files))]
            whole = open(file, "rb").read()
            process = case.start()
            wait_for_training(case, process)
            if case.rng.random() < 0.5:
                wait_until(lambda: '"event":"metric"' in case.home.journals() or process.poll() is not None, 30)
            change(file)
            ended = case.home.finish(process)
            said = os.path.basename(file) in ended.words or f"{case.data}: files changed, came or went" in ended.words
            named = ended.code == 0 or said
            case.expect(ended.code in (0, 1, 2) and named, "unclear", f"the file is not named ({ended.code}): {ended.words[-300:]}")
            if restores:
                with open(file, "wb") as out:
                    out.write(whole)
            again = case.sweep()
            # A file whose header is whole is found damaged by the trial that reads it, not by the plan.
            told = again.code in (0, 2) or (again.code == 1 and not restores and os.path.basename(file) in again.words)
            case.expect(told, "unclear", f"the next command ended with {again.code}: {again.words[-300:]}")
            runs = case.home.record("SELECT trial, weights_sha256 FROM run WHERE state IN ('completed', 'collapsed')")
            same = [row for row in runs if row[0] == reference[0][0]]
            case.expect(all(row == reference[0] for row in same), "wrong", "a run on changed data counts as one on the whole data")
            case.expect(same if restores else True, "lost", "with the file back the trial has no result")
            case.home.kill_all()
        return disturb
    changes = {"removed": os.remove, "changed": lambda file: open(file, "wb").write(images.drawn("other")),
               "cut": lambda file: os.truncate(file, 40)}
    for name, change in list(changes.items())[:campaign.scale(3, 2)]:
        yield f"{name}, then back", ONE, act(change, True)
        if not campaign.short:
            yield f"{name} for good", ONE, act(change, False)


ROWS = {38: row_38, 39: row_39, 40: row_40}
