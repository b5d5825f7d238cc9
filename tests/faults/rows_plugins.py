"""Rows 33 to 37: libraries that are cut, made for another host, rebuilt, twice there, or where others may write."""

import os
import shutil

from rows_kills import wait_for_training
from workload import ONE, Form, variant

PARTS = 64
#: Of the descriptor: where a field lies behind its magic, how long it is, and what no host takes.
FIELDS = {"SDK": (12, b"\x63\0\0\0"), "LibTorch": (24, b"1.13.0\0"), "compiler ABI": (40, b"cxxabi1 glibcxx11=0\0")}
KIND = (80, b"sorcery\0")
MAGIC = b"SSLXPLUG"


def one_of(method):
    return Form([method], 1, 1, epochs=12).text()


def simclr(case):
    with open(os.path.join(case.tools.own_plugins, "methods", "simclr.so"), "rb") as file:
        return file.read()


def folder_with(case, bytes_of_library, name="simclr.so"):
    folder = case.home.beside("plugins")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as out:
        out.write(bytes_of_library)
    return folder


def refused(case, folder, *words):
    """The list says why, and a sweep that asks for it runs nothing, in spite of an older one of its name."""
    listed = case.home.run("plugins", plugins=folder)
    case.expect(listed.code in (0, 1), "unclear", f"the list ended with {listed.code}: {listed.words[-300:]}")
    for word in words:
        case.expect(word in listed.words, "unclear", f"the list does not say '{word}': {listed.words[-600:]}")
    ended = case.home.run(*case.home.sweep_words(), plugins=folder)
    case.expect(ended.code in (1, 2) and "simclr.so" in ended.err, "wrong", f"the sweep ended with {ended.code}: {ended.words[-300:]}")
    case.expect(not case.home.journals(), "wrong", "a trial was run with it")


def row_33(campaign):
    """a library that is cut, empty or text"""
    def cut(i):
        def act(case):
            case.home.write_sweep(one_of("simclr"))
            whole = simclr(case)
            refused(case, folder_with(case, whole[:len(whole) * i // PARTS]), "simclr.so")
        return act

    def text(case):
        case.home.write_sweep(one_of("simclr"))
        refused(case, folder_with(case, b"#!/bin/sh\necho no library\n"), "simclr.so")

    for i in range(0, PARTS, campaign.scale(1, 16)):
        yield f"{i}/{PARTS}", ONE, cut(i)
    yield "text", ONE, text


def row_34(campaign):
    """a library for another host: every mismatch is told"""
    def patched(*names):
        def act(case):
            case.home.write_sweep(one_of("simclr"))
            whole = bytearray(simclr(case))
            at = whole.index(MAGIC)
            for name in names:
                place, bytes_there = FIELDS[name]
                whole[at + place:at + place + len(bytes_there)] = bytes_there
            refused(case, folder_with(case, bytes(whole)), *names)
        return act

    def undefined(case):
        case.home.write_sweep(ONE.text() + variant("undefined"))
        source = os.path.join(case.tools.build, "tests", "host", "plugins", "fixtures", "undefined.so")
        with open(source, "rb") as file:
            folder = folder_with(case, file.read(), "undefined.so")
        ended = case.home.run(*case.home.sweep_words(), plugins=folder)
        found = case.home.record("SELECT state, message FROM run WHERE variant = 'undefined'")
        case.expect(ended.code == 1 and found and all("sslx_test_function_that_nobody_has" in row[1] for row in found), "unclear",
                    f"the missing symbol is not named: {found}")

    def kind(case):
        """It is nobody's then, and in nobody's way."""
        whole, (place, bytes_there) = bytearray(simclr(case)), KIND
        at = whole.index(MAGIC) + place
        whole[at:at + len(bytes_there)] = bytes_there
        listed = case.home.run("plugins", plugins=folder_with(case, bytes(whole)))
        case.expect("sorcery" in listed.words and "refused" in listed.words, "unclear", "the kind is not told")

    for name in FIELDS:
        yield name, ONE, patched(name)
    yield "kind", ONE, kind
    yield "all at once", ONE, patched(*FIELDS)
    yield "a missing symbol", ONE, undefined


def row_35(campaign):
    """a library is rebuilt in place while the sweep runs"""
    def act(case):
        folder = case.home.beside("plugins")
        os.makedirs(folder)
        install(case, folder, "a")
        case.home.write_sweep(case.form.text() + variant("twin"))
        digests = {}
        process = case.home.start(case.home.sweep_words(*case.more), plugins=folder)
        wait_for_training(case, process)
        install(case, folder, "b")
        ended = case.home.finish(process)
        case.expect(ended.code == 0, "wrong", f"it ended with {ended.code}: {ended.words[-300:]}")
        for run, sha256 in case.home.record("SELECT run, sha256 FROM run_plugin WHERE name = 'twin'"):
            digests.setdefault(sha256, []).append(run)
        case.expect(len(digests) == 1, "wrong", f"one sweep used two builds: {digests}")
        again = case.home.run(*case.home.sweep_words(*case.more), plugins=folder)
        case.expect(again.code == 0, "unclear", f"the next ended with {again.code}: {again.words[-300:]}")
        now = case.home.record("SELECT count(DISTINCT p.sha256), count(*) FROM run_plugin p JOIN run r ON r.id = p.run "
                               "WHERE p.name = 'twin' AND r.state IN ('completed', 'collapsed')")
        case.expect(now[0] == (2, 2 * case.form.seeds), "wrong", f"the other build's trials were not run anew: {now}")
    yield "twins", campaign.form, act


def install(case, folder, twin):
    """As a compiler would: another file under its name."""
    new = os.path.join(folder, "new")
    shutil.copy(os.path.join(case.tools.twins, twin, "twin.so"), new)
    os.rename(new, os.path.join(folder, "twin.so"))


def row_36(campaign):
    """one name in two folders, one file through a link"""
    def two(case):
        case.home.write_sweep(one_of("twin"))
        folder = case.home.beside("plugins")
        os.makedirs(folder)
        for twin in "ab":
            shutil.copy(os.path.join(case.tools.twins, twin, "twin.so"), os.path.join(folder, f"{twin}.so"))
        ended = case.home.run(*case.home.sweep_words(), plugins=folder)
        both = "a.so" in ended.err and "b.so" in ended.err
        case.expect(ended.code == 2 and both, "wrong", f"it ended with {ended.code}: {ended.words[-300:]}")

    def link(case):
        folder = folder_with(case, simclr(case))
        os.symlink("simclr.so", os.path.join(folder, "other.so"))
        case.home.write_sweep(one_of("simclr"))
        ended = case.home.run(*case.home.sweep_words(), plugins=folder)
        case.expect(ended.code == 0, "wrong", f"it ended with {ended.code}: {ended.words[-300:]}")

    yield "two files of one name", ONE, two
    yield "a link", ONE, link


def row_37(campaign):
    """a library where others may write, or of another user"""
    def act(change):
        def refuse(case):
            case.home.write_sweep(one_of("simclr"))
            folder = folder_with(case, simclr(case))
            change(folder, os.path.join(folder, "simclr.so"))
            refused(case, folder, "refused")
        return refuse
    yield "folder", ONE, act(lambda folder, file: os.chmod(folder, 0o777))
    yield "file", ONE, act(lambda folder, file: os.chmod(file, 0o666))
    if os.geteuid() == 0:  # nobody else can give a file away
        yield "owner", ONE, act(lambda folder, file: os.chown(file, 65534, 65534))


ROWS = {33: row_33, 34: row_34, 35: row_35, 36: row_36, 37: row_37}
