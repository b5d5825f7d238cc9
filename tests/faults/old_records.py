"""Databases of the released schemas, made by the statements that made them, with a few runs in them."""

import json
import os
import re
import sqlite3

SCHEMA = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "host", "record", "schema.cpp")
RUNS, METRICS = 40, 25


def statements(version):
    with open(SCHEMA) as file:
        text = file.read()
    return re.search(rf'kVersion{version} = R"sql\((.*?)\)sql"', text, re.S)[1]


def application_id():
    with open(SCHEMA.replace(".cpp", ".h")) as file:
        return int(re.search(r"kApplicationId = (0x[0-9a-fA-F]+|\d+)", file.read())[1], 0)


def values_of(record, table, **values):
    """Inserts a row; columns that must have a value and are not given get one of their type."""
    for _, name, kind, needed, default, key in record.execute(f"PRAGMA table_info({table})"):
        if name not in values and needed and default is None:
            values[name] = {"TEXT": "{}", "INTEGER": 1, "REAL": 0.5}[kind]
    names = ", ".join(values)
    record.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(values))})", list(values.values()))


def fill(record):
    values_of(record, "sweep", id=1, name="old", title="old", digest="d", planned=RUNS)
    values_of(record, "protocol", fingerprint="p", json="{}")
    for i in range(RUNS):
        trial, run = f"trial{i:03}", f"20260101-000000-{i:06x}"
        config = json.dumps({"method": {"name": "simclr"}, "evaluate": {"knn": {"k": i}}})
        values_of(record, "trial", identity=trial, config=config, seed=i)
        values_of(record, "sweep_trial", sweep=1, place=i, trial=trial, variant="a", axes="{}")
        values_of(record, "run", id=run, trial=trial, sweep="old", variant="a", state="completed", axes="{}", execution="{}",
                  started="2026-01-01T00:00:00.000Z", weights_sha256=f"{i:064x}")
        values_of(record, "run_plugin", run=run, kind="method", name="simclr", sha256="s")
        values_of(record, "result", run=run, line=1, metric="knn_top1", protocol="p", value=i / 7, unit="%", predictions=b"\1\0")
        values_of(record, "event", run=run, line=0, event="started", json="{}")
        for step in range(METRICS):
            values_of(record, "metric", run=run, line=step + 2, name="loss", step=step, epoch=1, value=step / 3)


#: What a migration must leave as it was.
KEPT = {"trial": "identity, config, seed", "run": "id, trial, state, weights_sha256, started", "result": "run, metric, value, predictions",
        "metric": "run, line, name, value", "event": "run, line, event", "run_plugin": "run, name, sha256", "protocol": "fingerprint, json"}


def rows_of(record):
    return {table: record.execute(f"SELECT {names} FROM {table} ORDER BY 1, 2").fetchall() for table, names in KEPT.items()}


def make(file, version):
    """Writes one; returns what must come through its migration."""
    record = sqlite3.connect(file, isolation_level=None)
    record.execute("PRAGMA journal_mode = TRUNCATE")
    record.create_function("training_identity", 2, lambda config, seed: f"{seed}", deterministic=True)
    record.execute("BEGIN")
    for statement in filter(None, map(str.strip, complete_statements(statements(1)))):
        record.execute(statement)
    fill(record)
    for later in range(2, version + 1):
        for statement in complete_statements(statements(later)):
            record.execute(statement)
    record.execute(f"PRAGMA user_version = {version}")
    record.execute(f"PRAGMA application_id = {application_id()}")
    record.execute("COMMIT")
    rows = rows_of(record)
    record.close()
    return rows


def complete_statements(text):
    part = ""
    for line in text.splitlines():
        part += line + "\n"
        if sqlite3.complete_statement(part):
            yield part.strip()
            part = ""


def unlike(file, rows):
    """What is wrong with the migrated file, in words."""
    record = sqlite3.connect(file)
    try:
        out = []
        if record.execute("PRAGMA integrity_check").fetchone()[0] != "ok" or record.execute("PRAGMA foreign_key_check").fetchone():
            out.append("the migrated database is not sound")
        now = rows_of(record)
        out += [f"the migration changed the rows of {table}" for table in rows if rows[table] != now[table]]
        return out
    except sqlite3.Error as error:
        return [f"the migrated database cannot be read: {error}"]
    finally:
        record.close()
