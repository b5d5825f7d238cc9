#include "host/record/schema.h"

#include "host/record/schema_3.h"

namespace sslx::record {
namespace {

constexpr const char* kVersion1 = R"sql(
CREATE TABLE sweep (
  id       INTEGER PRIMARY KEY,
  name     TEXT NOT NULL UNIQUE,
  title    TEXT NOT NULL,
  file     TEXT NOT NULL,
  text     TEXT NOT NULL,
  digest   TEXT NOT NULL,
  layout   TEXT NOT NULL CHECK (json_valid(layout)),
  planned  INTEGER NOT NULL,
  created  TEXT NOT NULL,
  updated  TEXT NOT NULL
) STRICT;

CREATE TABLE trial (
  identity         TEXT PRIMARY KEY,
  config           TEXT NOT NULL CHECK (json_valid(config)),
  config_digest    TEXT NOT NULL,
  seed             INTEGER NOT NULL,
  data             TEXT NOT NULL,
  data_fingerprint TEXT NOT NULL,
  method           TEXT NOT NULL,
  backbone         TEXT NOT NULL,
  created          TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sweep_trial (
  sweep   INTEGER NOT NULL REFERENCES sweep (id) ON DELETE CASCADE,
  place   INTEGER NOT NULL,
  trial   TEXT NOT NULL REFERENCES trial (identity),
  variant TEXT NOT NULL,
  axes    TEXT NOT NULL CHECK (json_valid(axes)),
  PRIMARY KEY (sweep, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX sweep_trial_by_trial ON sweep_trial (trial);

CREATE TABLE run (
  id                TEXT PRIMARY KEY,
  trial             TEXT NOT NULL REFERENCES trial (identity),
  attempt           INTEGER NOT NULL CHECK (attempt > 0),
  sweep             TEXT NOT NULL,
  variant           TEXT NOT NULL,
  axes              TEXT NOT NULL CHECK (json_valid(axes)),
  state             TEXT NOT NULL CHECK (state IN ('running', 'completed', 'failed', 'diverged',
                      'collapsed', 'interrupted', 'timeout', 'crashed', 'lost')),
  message           TEXT NOT NULL DEFAULT '',
  started           TEXT NOT NULL,
  finished          TEXT,
  seconds           REAL,
  exit_code         INTEGER,
  signal            INTEGER,
  directory         TEXT NOT NULL,
  provenance        TEXT NOT NULL,
  host_sha256       TEXT NOT NULL,
  git_commit        TEXT NOT NULL,
  git_dirty         INTEGER NOT NULL,
  data_path         TEXT NOT NULL,
  execution         TEXT NOT NULL CHECK (json_valid(execution)),
  host              TEXT,
  pid               INTEGER,
  device            TEXT,
  device_name       TEXT,
  threads           INTEGER,
  view_workers      INTEGER,
  precision         TEXT,
  channels_last     INTEGER,
  sslx_version      TEXT,
  libtorch_version  TEXT,
  cuda_version      TEXT,
  compiler          TEXT,
  train_images      INTEGER,
  test_images       INTEGER,
  classes           INTEGER,
  unreadable        INTEGER,
  epochs            INTEGER,
  steps             INTEGER,
  images_per_second REAL,
  peak_memory_bytes INTEGER,
  weights_sha256    TEXT,
  next_line         INTEGER NOT NULL DEFAULT 0,
  next_byte         INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX run_by_trial ON run (trial, started);

CREATE TABLE run_plugin (
  run     TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  kind    TEXT NOT NULL,
  name    TEXT NOT NULL,
  version TEXT NOT NULL,
  sha256  TEXT NOT NULL,
  file    TEXT NOT NULL,
  PRIMARY KEY (run, kind, name)
) STRICT, WITHOUT ROWID;

-- A value that is not a number is NULL; the infinities are kept.
CREATE TABLE metric (
  run   TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  line  INTEGER NOT NULL,
  name  TEXT NOT NULL,
  step  INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  value REAL,
  PRIMARY KEY (run, line, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE protocol (
  fingerprint TEXT PRIMARY KEY,
  json        TEXT NOT NULL CHECK (json_valid(json))
) STRICT, WITHOUT ROWID;

CREATE TABLE result (
  run         TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  line        INTEGER NOT NULL,
  metric      TEXT NOT NULL,
  protocol    TEXT NOT NULL REFERENCES protocol (fingerprint),
  value       REAL,
  unit        TEXT NOT NULL,
  predictions BLOB,
  PRIMARY KEY (run, line)
) STRICT;

-- Every line of the journal that is neither a metric nor a result.
CREATE TABLE event (
  run   TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  line  INTEGER NOT NULL,
  time  TEXT NOT NULL,
  event TEXT NOT NULL,
  json  TEXT NOT NULL CHECK (json_valid(json)),
  PRIMARY KEY (run, line)
) STRICT, WITHOUT ROWID;

CREATE VIEW v_sweeps AS
  SELECT s.name, s.title, s.planned AS trials_planned,
         (SELECT count(DISTINCT st.trial) FROM sweep_trial st JOIN run r ON r.trial = st.trial
          WHERE st.sweep = s.id AND r.state IN ('completed', 'collapsed')) AS trials_with_result,
         s.file, s.digest AS file_sha256, s.created, s.updated
  FROM sweep s;

CREATE VIEW v_trials AS
  SELECT s.name AS sweep, st.place, st.variant, st.axes, t.seed, t.method, t.backbone, t.data,
         t.identity AS trial, t.data_fingerprint, t.config
  FROM sweep_trial st JOIN sweep s ON s.id = st.sweep JOIN trial t ON t.identity = st.trial;

CREATE VIEW v_runs AS
  SELECT r.id AS run, r.sweep, r.variant, r.axes, t.method, t.backbone, t.data, t.seed, r.attempt,
         r.state, r.message, r.started, r.finished, r.seconds, r.images_per_second,
         r.peak_memory_bytes, r.host, r.device, r.device_name, r.threads, r.view_workers,
         r.precision, r.channels_last, r.train_images, r.test_images, r.classes, r.unreadable,
         r.epochs, r.steps, r.sslx_version, r.libtorch_version, r.cuda_version, r.compiler,
         r.git_commit, r.git_dirty, r.host_sha256, r.weights_sha256, t.data_fingerprint,
         r.data_path, r.exit_code, r.signal, r.pid, r.directory, r.provenance, r.trial
  FROM run r JOIN trial t ON t.identity = r.trial;

CREATE VIEW v_results AS
  SELECT r.sweep, r.variant, r.axes, t.method, t.data, t.seed, e.metric, e.value, e.unit,
         substr(e.protocol, 1, 8) AS protocol, r.state, r.id AS run, p.json AS protocol_json
  FROM result e JOIN run r ON r.id = e.run JOIN trial t ON t.identity = r.trial
       JOIN protocol p ON p.fingerprint = e.protocol;

CREATE VIEW v_plugins AS
  SELECT r.sweep, r.variant, p.kind, p.name, p.version, p.sha256, p.file, p.run
  FROM run_plugin p JOIN run r ON r.id = p.run;

CREATE VIEW v_metrics AS
  SELECT r.sweep, r.variant, t.seed, m.epoch, m.step, m.name, m.value, m.run
  FROM metric m JOIN run r ON r.id = m.run JOIN trial t ON t.identity = r.trial;

CREATE VIEW v_warnings AS
  SELECT r.sweep, r.variant, e.time, json_extract(e.json, '$.message') AS message, e.run
  FROM event e JOIN run r ON r.id = e.run WHERE e.event = 'warning';
)sql";

/// A sweep's name may have several plans: what was given with --set, and the file as it was then,
/// tell them apart. Trials know what they are trained by, apart from how they are evaluated.
constexpr const char* kVersion2 = R"sql(
DROP VIEW v_sweeps;
DROP VIEW v_trials;
DROP VIEW v_runs;

CREATE TABLE plan (
  id       INTEGER PRIMARY KEY,
  sweep    TEXT NOT NULL,
  number   INTEGER NOT NULL CHECK (number > 0),
  title    TEXT NOT NULL,
  file     TEXT NOT NULL,
  text     TEXT NOT NULL,
  digest   TEXT NOT NULL,
  -- NULL: made before they were recorded
  options  TEXT CHECK (options IS NULL OR json_valid(options)),
  command  TEXT NOT NULL,
  folder   TEXT NOT NULL,
  layout   TEXT NOT NULL CHECK (json_valid(layout)),
  planned  INTEGER NOT NULL,
  used     INTEGER NOT NULL,
  created  TEXT NOT NULL,
  updated  TEXT NOT NULL,
  UNIQUE (sweep, number)
) STRICT;
CREATE INDEX plan_by_use ON plan (sweep, used);

CREATE TABLE plan_trial (
  plan    INTEGER NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
  place   INTEGER NOT NULL,
  trial   TEXT NOT NULL REFERENCES trial (identity),
  variant TEXT NOT NULL,
  axes    TEXT NOT NULL CHECK (json_valid(axes)),
  PRIMARY KEY (plan, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX plan_trial_by_trial ON plan_trial (trial);

INSERT INTO plan (id, sweep, number, title, file, text, digest, command, folder, layout, planned,
                  used, created, updated)
  SELECT id, name, 1, title, file, text, digest, '', '', layout, planned, id, created, updated
  FROM sweep;
INSERT INTO plan_trial SELECT sweep, place, trial, variant, axes FROM sweep_trial;
DROP TABLE sweep_trial;
DROP TABLE sweep;

ALTER TABLE trial ADD COLUMN training TEXT NOT NULL DEFAULT '';
UPDATE trial SET training = training_identity(config, seed);
CREATE INDEX trial_by_training ON trial (training);
-- A list of runs reads the seeds alone, not every configuration.
CREATE INDEX trial_seed ON trial (identity, seed);

-- What an earlier run, from which this one went on, had spent on the stages taken over.
ALTER TABLE run ADD COLUMN earlier_seconds REAL;

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
         r.state, r.message, r.started, r.finished, r.seconds, r.earlier_seconds,
         r.images_per_second, r.peak_memory_bytes, r.host, r.device, r.device_name, r.threads,
         r.view_workers, r.precision, r.channels_last, r.train_images, r.test_images, r.classes,
         r.unreadable, r.epochs, r.steps, r.sslx_version, r.libtorch_version, r.cuda_version,
         r.compiler, r.git_commit, r.git_dirty, r.host_sha256, r.weights_sha256,
         t.data_fingerprint, r.data_path, r.exit_code, r.signal, r.pid, r.directory, r.provenance,
         r.trial, t.training
  FROM run r JOIN trial t ON t.identity = r.trial;
)sql";

}  // namespace

const std::array<const char*, 3> kMigrations{kVersion1, kVersion2, kVersion3};
static_assert(std::size(decltype(kMigrations){}) == kSchemaVersion);

}  // namespace sslx::record
