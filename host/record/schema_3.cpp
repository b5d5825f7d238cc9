#include "host/record/schema_3.h"

namespace sslx::record {

/// The table of runs is made anew, since a CHECK cannot be changed; foreign keys are off meanwhile.
const char* const kVersion3 = R"sql(
DROP VIEW v_sweeps;
DROP VIEW v_trials;
DROP VIEW v_runs;
DROP VIEW v_results;
DROP VIEW v_plugins;
DROP VIEW v_metrics;
DROP VIEW v_warnings;
DROP VIEW v_plans;

-- home: the id of this record's home, a random one.
CREATE TABLE about (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- 1: joined by a merge from plans that differ in their seeds alone, and made anew by each.
ALTER TABLE plan ADD COLUMN joined INTEGER NOT NULL DEFAULT 0;

-- What `git diff HEAD` said when a sweep began, zlib's bytes; several runs share one.
CREATE TABLE source_difference (
  sha256 TEXT PRIMARY KEY,
  bytes  INTEGER NOT NULL,
  zlib   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE run_3 (
  id                TEXT PRIMARY KEY,
  trial             TEXT NOT NULL REFERENCES trial (identity),
  -- the run's place among those of its trial, by id; kept up by whoever adds a run
  attempt           INTEGER NOT NULL CHECK (attempt > 0),
  sweep             TEXT NOT NULL,
  variant           TEXT NOT NULL,
  axes              TEXT NOT NULL CHECK (json_valid(axes)),
  state             TEXT NOT NULL CHECK (state IN ('running', 'completed', 'failed', 'diverged',
                      'collapsed', 'interrupted', 'timeout', 'crashed', 'lost', 'superseded')),
  -- why it ended without a result, where that has a name: 'oom', ...
  reason            TEXT NOT NULL DEFAULT '',
  message           TEXT NOT NULL DEFAULT '',
  started           TEXT NOT NULL,
  finished          TEXT,
  seconds           REAL,
  exit_code         INTEGER,
  signal            INTEGER,
  directory         TEXT NOT NULL,
  -- the id of the home that it was made in; '' when that was not recorded yet
  home              TEXT NOT NULL DEFAULT '',
  provenance        TEXT NOT NULL,
  host_sha256       TEXT NOT NULL,
  git_commit        TEXT NOT NULL,
  git_dirty         INTEGER NOT NULL,
  difference        TEXT REFERENCES source_difference (sha256),
  data_path         TEXT NOT NULL,
  -- of the data's files when it was planned (host/data/data_state.h); '' when it was not recorded
  data_state        TEXT NOT NULL DEFAULT '',
  -- the same two, "path" and "state", of evaluate.data; {} where the data are evaluated themselves
  evaluation_data   TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(evaluation_data)),
  execution         TEXT NOT NULL CHECK (json_valid(execution)),
  host              TEXT,
  pid               INTEGER,
  device            TEXT,
  device_name       TEXT,
  cpu_name          TEXT,
  memory_bytes      INTEGER,
  device_memory_bytes INTEGER,
  threads           INTEGER,
  view_workers      INTEGER,
  precision         TEXT,
  channels_last     INTEGER,
  sslx_version      TEXT,
  libtorch_version  TEXT,
  cuda_version      TEXT,
  cudnn_version     TEXT,
  driver_version    TEXT,
  compiler          TEXT,
  determinism       TEXT CHECK (determinism IS NULL OR json_valid(determinism)),
  environment       TEXT CHECK (environment IS NULL OR json_valid(environment)),
  train_images      INTEGER,
  test_images       INTEGER,
  classes           INTEGER,
  unreadable        INTEGER,
  epochs            INTEGER,
  steps             INTEGER,
  images_per_second REAL,
  peak_memory_bytes INTEGER,
  energy_joules     REAL,
  weights_sha256    TEXT,
  earlier_seconds   REAL,
  -- the run whose checkpoint or finished stages it went on from
  resumed_from      TEXT,
  resumed_step      INTEGER,
  -- the end of what the process printed, zlib's bytes
  log               BLOB,
  next_line         INTEGER NOT NULL DEFAULT 0,
  next_byte         INTEGER NOT NULL DEFAULT 0
) STRICT; -- without rows' numbers a row of more than 1 kB would have a page of its own

INSERT INTO run_3 (id, trial, attempt, sweep, variant, axes, state, message, started, finished,
    seconds, exit_code, signal, directory, provenance, host_sha256, git_commit, git_dirty,
    data_path, execution, host, pid, device, device_name, threads, view_workers, precision,
    channels_last, sslx_version, libtorch_version, cuda_version, compiler, train_images,
    test_images, classes, unreadable, epochs, steps, images_per_second, peak_memory_bytes,
    weights_sha256, earlier_seconds, next_line, next_byte)
  SELECT id, trial, attempt, sweep, variant, axes, state, message, started, finished,
    seconds, exit_code, signal, directory, provenance, host_sha256, git_commit, git_dirty,
    data_path, execution, host, pid, device, device_name, threads, view_workers, precision,
    channels_last, sslx_version, libtorch_version, cuda_version, compiler, train_images,
    test_images, classes, unreadable, epochs, steps, images_per_second, peak_memory_bytes,
    weights_sha256, earlier_seconds, next_line, next_byte
  FROM run;
DROP TABLE run;
ALTER TABLE run_3 RENAME TO run;
CREATE INDEX run_by_trial ON run (trial, started);
-- All that a list of runs prints, since its rows are far apart in the table.
CREATE INDEX run_list ON run (started, id, trial, sweep, variant, axes, attempt, state, message,
                              seconds, earlier_seconds, directory);

-- Who compiled it, as its library says.
ALTER TABLE run_plugin ADD COLUMN compiler TEXT NOT NULL DEFAULT '';

-- The loss of every step as float32, little-endian: where two runs part is read off it. `first` is
-- the step of the first of a line's, counted from 1 as a metric's step.
CREATE TABLE loss_trace (
  run    TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  line   INTEGER NOT NULL,
  stage  TEXT NOT NULL,
  first  INTEGER NOT NULL,
  losses BLOB NOT NULL,
  PRIMARY KEY (run, line)
) STRICT, WITHOUT ROWID;

-- A run that was made again, and what came of it.
CREATE TABLE reproduction (
  id        TEXT PRIMARY KEY,
  run       TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  time      TEXT NOT NULL,
  host      TEXT NOT NULL,
  verdict   TEXT NOT NULL CHECK (verdict IN ('same bits', 'within tolerance', 'different',
              'failed', 'impossible')),
  message   TEXT NOT NULL,
  details   TEXT NOT NULL CHECK (json_valid(details))
) STRICT, WITHOUT ROWID;
CREATE INDEX reproduction_by_run ON reproduction (run, time);

CREATE VIEW v_plans AS
  SELECT p.sweep, p.number AS plan, p.title, p.planned AS trials_planned,
         (SELECT count(DISTINCT pt.trial) FROM plan_trial pt JOIN run r ON r.trial = pt.trial
          WHERE pt.plan = p.id AND r.state IN ('completed', 'collapsed')) AS trials_with_result,
         p.options, p.file, p.digest AS file_sha256, p.created, p.updated,
         p.used = (SELECT max(used) FROM plan q WHERE q.sweep = p.sweep) AS is_last
  FROM plan p;

CREATE VIEW v_sweeps AS
  SELECT sweep AS name, title, trials_planned, trials_with_result, file, file_sha256, created,
         updated, plan
  FROM v_plans WHERE is_last;

CREATE VIEW v_trials AS
  SELECT p.sweep, pt.place, pt.variant, pt.axes, t.seed, t.method, t.backbone, t.data,
         t.identity AS trial, t.training, t.data_fingerprint, t.config, p.number AS plan
  FROM plan_trial pt JOIN plan p ON p.id = pt.plan JOIN trial t ON t.identity = pt.trial
  WHERE p.used = (SELECT max(used) FROM plan q WHERE q.sweep = p.sweep);

CREATE VIEW v_runs AS
  SELECT r.id AS run, r.sweep, r.variant, r.axes, t.method, t.backbone, t.data, t.seed, r.attempt,
         r.state, r.reason, r.message, r.started, r.finished, r.seconds, r.earlier_seconds,
         r.resumed_from, r.resumed_step, r.images_per_second, r.peak_memory_bytes,
         r.energy_joules, r.home, r.host, r.device, r.device_name, r.cpu_name, r.memory_bytes,
         r.device_memory_bytes, r.threads, r.view_workers, r.precision, r.channels_last,
         r.determinism, r.environment, r.train_images, r.test_images, r.classes, r.unreadable,
         r.epochs, r.steps, r.sslx_version, r.libtorch_version, r.cuda_version, r.cudnn_version,
         r.driver_version, r.compiler, r.git_commit, r.git_dirty, r.difference, r.host_sha256,
         r.weights_sha256, t.data_fingerprint, r.data_path, r.exit_code, r.signal, r.pid,
         r.directory, r.provenance, r.trial, t.training
  FROM run r JOIN trial t ON t.identity = r.trial;

CREATE VIEW v_results AS
  SELECT r.sweep, r.variant, r.axes, t.method, t.data, t.seed, e.metric, e.value, e.unit,
         substr(e.protocol, 1, 8) AS protocol, r.state, r.id AS run, p.json AS protocol_json
  FROM result e JOIN run r ON r.id = e.run JOIN trial t ON t.identity = r.trial
       JOIN protocol p ON p.fingerprint = e.protocol;

CREATE VIEW v_plugins AS
  SELECT r.sweep, r.variant, p.kind, p.name, p.version, p.sha256, p.compiler, p.file, p.run
  FROM run_plugin p JOIN run r ON r.id = p.run;

CREATE VIEW v_metrics AS
  SELECT r.sweep, r.variant, t.seed, m.epoch, m.step, m.name, m.value, m.run
  FROM metric m JOIN run r ON r.id = m.run JOIN trial t ON t.identity = r.trial;

CREATE VIEW v_warnings AS
  SELECT r.sweep, r.variant, e.time, json_extract(e.json, '$.message') AS message, e.run
  FROM event e JOIN run r ON r.id = e.run WHERE e.event = 'warning';
)sql";

}  // namespace sslx::record
