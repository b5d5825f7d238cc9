"""Rows 15 and 18 to 23, 45: the database full, locked, damaged, gone, of another version, and read while it is written."""

import errno
import glob
import hashlib
import os
import re
import shutil
import sqlite3
import threading
import time

import old_records
from invariants import CODES, acknowledged
from rows_kills import wait_for_training
from workload import LASTING, wait_until

PAGE = 4096


def dump(database):
    """Every row of every table, in order."""
    record = sqlite3.connect(database)
    try:
        tables = [row[0] for row in record.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
        return {table: sorted(map(repr, record.execute(f"SELECT * FROM {table}"))) for table in tables}
    finally:
        record.close()


def rebuild(case, before):
    """`sslx db rebuild`, and whether it gives the tables that were there."""
    ended = case.home.run("db", "rebuild")
    if not case.expect(ended.code == 0, "lost", f"db rebuild ended with {ended.code}: {ended.words[-300:]}"):
        return
    after = dump(case.home.database)
    unlike = [table for table in before if before[table] != after.get(table)]
    case.expect(not unlike, "wrong", f"rebuilt, these tables are others: {', '.join(unlike)}")


def finished_home(case):
    ended = case.sweep()
    case.expect(ended.code == 0, "unclear", f"the sweep before the fault ended with {ended.code}: {ended.words[-300:]}")
    return dump(case.home.database)


def row_15(campaign):
    """no space in the middle of a transaction"""
    def act(at, times, codes):
        def fill(case):
            fault = case.home.fault(calls="pwrite,write,ftruncate,fdatasync", path="*/results/sslx.db*", at=at, times=times,
                                    action=errno.ENOSPC, once=False)
            ended = case.sweep(env=fault)
            case.settle(ended, codes=codes)
        return fill
    moments = [40] if campaign.short else [1, 12, 25, 40, 60, 90]
    for at in moments:
        yield f"for a while from {at}", campaign.form, act(at, 3, {0, 1, 74})
    # A disk that stays full from the middle on takes two minutes of patience, and then the exit code 74.
    for at in [] if campaign.short else [40]:
        yield f"from {at} on", campaign.form, act(at, 0, {74})
    # Nor can anyone claim a trial then.
    for at in [1, 4, 9] if not campaign.short else [4]:
        yield f"for claims from {at} on", campaign.form, no_claims(at)


def no_claims(at):
    def fill(case):
        fault = case.home.fault(calls="pwrite,write,link", path="*/runs/claims/*", at=at, action=errno.ENOSPC, once=False)
        case.settle(case.sweep(env=fault), codes={74})
    return fill


def ends(case):
    return len(glob.glob(os.path.join(case.home.path, "runs", "*", "exit.json")))


def row_18(campaign):
    """another program holds the database's lock"""
    def act(seconds, told):
        def lock(case):
            process = case.start()
            wait_for_training(case, process)
            wait_until(lambda: os.path.exists(case.home.database), 10)
            outsider = sqlite3.connect(case.home.database, timeout=60, isolation_level=None)
            outsider.execute("BEGIN EXCLUSIVE")
            case.expect(process.poll() is None, "unclear", "the sweep was over before the lock was there")
            ended_before = ends(case)
            wait_until(lambda: ends(case) > ended_before, 120)  # from now on one waits for the record
            time.sleep(seconds)
            outsider.execute("ROLLBACK")
            outsider.close()
            ended = case.home.finish(process)
            case.expect("is locked" not in ended.words, "unclear", f"it shows SQLite's words: {ended.words[-300:]}")
            case.expect(not told or "nothing can be recorded" in ended.words, "unclear", "the lock is not told after 10 s")
            case.settle(ended, codes={0})
        return lock
    for seconds in [2] if campaign.short else [2, 5, 15, 62]:
        yield f"for {seconds} s", LASTING, act(seconds, seconds > 12)


def damage_page(file, page, how):
    with open(file, "r+b") as out:
        out.seek(page * PAGE)
        out.write(bytes(PAGE) if how == "zeroed" else hashlib.sha256(str(page).encode()).digest() * (PAGE // 32))


def row_19(campaign):
    """pages of the database are zeroed or overwritten"""
    prepared = campaign.finished_home()
    pages = os.path.getsize(prepared.database) // PAGE

    def act(page, how):
        def damage(case):
            case.borrow(prepared)
            before, had = dump(case.home.database), acknowledged(case.home)
            damage_page(case.home.database, page, how)
            ended = case.home.run("doctor")
            case.expect(ended.code == 1 and "sslx.db" in ended.words, "wrong", f"doctor does not see it: {ended.words[-300:]}")
            rebuild(case, before)
            case.settle(before=had)
        return damage
    for i in range(campaign.scale(12, 2)):
        page = i * (pages - 1) // campaign.scale(11, 1)
        yield f"page {page} of {pages}", campaign.form, act(page, "zeroed" if i % 2 else "overwritten")
    prepared.remove()


def row_20(campaign):
    """the database is deleted while the sweep runs"""
    def act(case):
        process = case.start()
        wait_until(lambda: len(glob.glob(os.path.join(case.home.path, "runs", "*", "exit.json"))) > 0 or process.poll() is not None, 60)
        for file in glob.glob(case.home.database + "*"):
            os.remove(file)
        ended = case.home.finish(process)
        case.expect("sslx.db" in ended.words, "unclear", f"it does not name the file: {ended.words[-300:]}")
        before = acknowledged(case.home)
        for file in [] if campaign.keeps_journals else glob.glob(os.path.join(case.home.path, "runs", "*", "journal.jsonl")):
            os.remove(file)
        case.settle(ended, codes={1, 74}, before=before)
    for i in range(campaign.scale(4, 1)):
        yield f"{i + 1}", campaign.form, act


def row_21(campaign):
    """the rollback journal is removed after a kill in a transaction"""
    def act(at):
        def remove(case):
            case.sweep(env=case.home.fault(calls="pwrite", path="*/results/sslx.db", at=at, action="kill_after"))
            wait_until(lambda: not case.home.processes(), 15)
            for file in glob.glob(case.home.database + "-*"):
                os.remove(file)
            before = acknowledged_on_disk(case.home)
            doctor = case.home.run("doctor")
            if doctor.code == 1 and re.search(r"WRONG .*sslx\.db", doctor.words):
                ended = case.home.run("db", "rebuild")
                case.expect(ended.code == 0, "lost", f"db rebuild ended with {ended.code}: {ended.words[-300:]}")
            case.settle(before=before)
        return remove
    for at in [30] if campaign.short else [5, 20, 28, 31, 34, 37, 60, 90, 120]:
        yield f"at write {at}", campaign.form, act(at)


def acknowledged_on_disk(home):
    return {run for run in acknowledged(home) if os.path.exists(os.path.join(home.path, "runs", run, "exit.json"))}


def row_22(campaign):
    """a database of a newer sslx, or of another program"""
    prepared = campaign.finished_home()

    def act(sql):
        def change(case):
            case.borrow(prepared)
            record = sqlite3.connect(case.home.database)
            record.execute(sql)
            record.close()
            before = digest_of(case.home.database)
            for words in (["runs"], case.home.sweep_words(), ["report"]):
                ended = case.home.run(*words)
                case.expect(ended.code == 2 and "sslx.db" in ended.err, "unclear",
                            f"{words[0]} ended with {ended.code}: {ended.words[-300:]}")
            case.expect(digest_of(case.home.database) == before, "wrong", "it was written to")
        return change
    yield "newer", campaign.form, act("PRAGMA user_version = 99")
    yield "foreign", campaign.form, act("PRAGMA application_id = 1234")
    prepared.remove()


def digest_of(file):
    with open(file, "rb") as at:
        return hashlib.sha256(at.read()).hexdigest()


def row_23(campaign):
    """SIGKILL at each file call of a migration"""
    def act(version, at):
        def kill(case):
            os.makedirs(os.path.dirname(case.home.database))
            rows = old_records.make(case.home.database, version)
            case.home.run("runs", env=case.home.fault(path="*/results/*", at=at, action="kill"))
            case.count = 1 if case.home.had_fault() else 0
            ended = case.home.run("runs")
            case.expect(ended.code == 0, "lost", f"the next command ended with {ended.code}: {ended.words[-300:]}")
            for words in old_records.unlike(case.home.database, rows):
                case.problems.append(("lost", words))
            left = [file for file in glob.glob(os.path.join(case.home.path, "results", "*")) if file.endswith((".tmp", ".part"))]
            case.expect(not left, "left", f"files are left: {left}")
        return kill
    for version in (1, 2):
        calls = calls_of_migration(campaign, version)
        for at in range(1, calls + 1, 1 if not campaign.short else max(1, calls // 3)):
            yield f"from version {version}, call {at} of {calls}", campaign.form, act(version, at)


def calls_of_migration(campaign, version):
    home = campaign.new_home(campaign.form)
    os.makedirs(os.path.dirname(home.database))
    old_records.make(home.database, version)
    home.run("runs", env=home.fault(path="*/results/*", at=0, count=home.beside("count"), action="kill"))
    with open(home.beside("count")) as count:
        out = int(count.read())
    home.remove()
    return out


class Outsider(threading.Thread):
    """Writes to the database as fast as it may while a sweep runs, and keeps the longest wait."""

    def __init__(self, database):
        super().__init__()
        self.database, self.over, self.longest, self.writes = database, False, 0.0, 0

    def run(self):
        record = sqlite3.connect(self.database, timeout=60, isolation_level=None)
        while not self.over:
            begin = time.monotonic()
            record.execute("BEGIN IMMEDIATE")
            record.execute("INSERT INTO protocol VALUES (?, '{}')", (f"outsider {self.writes}",))
            record.execute("COMMIT")
            self.longest = max(self.longest, time.monotonic() - begin)
            self.writes += 1
            time.sleep(0.002)
        record.execute("DELETE FROM protocol WHERE fingerprint LIKE 'outsider%'")
        record.close()


def row_45(campaign):
    """reports and copies while the record is written"""
    def act(case):
        process = case.start()
        wait_until(lambda: glob.glob(os.path.join(case.home.path, "runs", "*", "exit.json")) or process.poll() is not None, 60)
        outsider = Outsider(case.home.database)
        outsider.start()
        while process.poll() is None:
            for words in (["report", "campaign"], ["runs"]):
                ended = case.home.run(*words)
                case.expect(ended.code == 0, "unclear", f"{words[0]} ended with {ended.code}: {ended.words[-300:]}")
            copy = case.home.beside("copy.db")
            source, target = sqlite3.connect(case.home.database, timeout=60), sqlite3.connect(copy)
            source.backup(target)
            sound = target.execute("PRAGMA integrity_check").fetchone()[0] == "ok" and not target.execute("PRAGMA foreign_key_check").fetchone()
            case.expect(sound, "wrong", "a copy is not sound")
            source.close(), target.close()
            os.remove(copy)
            time.sleep(0.05)
        outsider.over = True
        outsider.join()
        case.expect(outsider.longest < 1, "left", f"a writer waited for {outsider.longest:.1f} s ({outsider.writes} writes)")
        case.settle(case.home.finish(process), codes={0})
    for i in range(campaign.scale(3, 1)):
        yield f"{i + 1}", campaign.form, act


ROWS = {15: row_15, 18: row_18, 19: row_19, 20: row_20, 21: row_21, 22: row_22, 23: row_23, 45: row_45}
