-- A record of schema 1, written by the sslx of that schema: a sweep of three seeds, one of them diverged, and a run by
-- an older plugin. Later versions open, report and extend it: released_schemas_test.cpp.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
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
INSERT INTO sweep VALUES(1,'demo','A demonstration','demo.toml','name = "demo"','4dae0fd51bde402e4fbf533ed197c8cb5628a12c6885974372d430cbf9918dbc','{"columns":[],"metrics":["knn_top1","seeds","images_per_second","peak_memory"],"rows":["variant"]}',3,'2026-11-29T03:17:29.690Z','2026-11-29T03:17:29.690Z');
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
INSERT INTO trial VALUES('0a3314af15eb145b55b2c0ac50850f182c10d3c1e7d5d40def0210a74d162600','{"axes":{},"backbone":{"name":"resnet_small"},"data":{"fingerprint":"dd","name":"shapes"},"method":{"name":"simclr","parameters":{"temperature":0.5}},"note":"A"}','ff677a691177a3ae8cc97a949b42135cd4b24accdba55613201928f2b05156d3',2,'shapes','dd','simclr','resnet_small','2026-11-29T03:17:29.691Z');
INSERT INTO trial VALUES('183873af4e1370a8054005cc044098452a77ca0b4b3d6befcd604e55e2a1eb34','{"axes":{},"backbone":{"name":"resnet_small"},"data":{"fingerprint":"dd","name":"shapes"},"method":{"name":"simclr","parameters":{"temperature":0.5}},"note":"A"}','ff677a691177a3ae8cc97a949b42135cd4b24accdba55613201928f2b05156d3',0,'shapes','dd','simclr','resnet_small','2026-11-29T03:17:29.691Z');
INSERT INTO trial VALUES('3ec289813422abc8fcaaf898490b2a4c4a1e08cac3cc0331b525287509b1f7b5','{"axes":{},"backbone":{"name":"resnet_small"},"data":{"fingerprint":"dd","name":"shapes"},"method":{"name":"simclr","parameters":{"temperature":0.5}},"note":"A"}','ff677a691177a3ae8cc97a949b42135cd4b24accdba55613201928f2b05156d3',1,'shapes','dd','simclr','resnet_small','2026-11-29T03:17:29.691Z');
CREATE TABLE sweep_trial (
  sweep   INTEGER NOT NULL REFERENCES sweep (id) ON DELETE CASCADE,
  place   INTEGER NOT NULL,
  trial   TEXT NOT NULL REFERENCES trial (identity),
  variant TEXT NOT NULL,
  axes    TEXT NOT NULL CHECK (json_valid(axes)),
  PRIMARY KEY (sweep, place)
) STRICT, WITHOUT ROWID;
INSERT INTO sweep_trial VALUES(1,0,'183873af4e1370a8054005cc044098452a77ca0b4b3d6befcd604e55e2a1eb34','A','{}');
INSERT INTO sweep_trial VALUES(1,1,'3ec289813422abc8fcaaf898490b2a4c4a1e08cac3cc0331b525287509b1f7b5','A','{}');
INSERT INTO sweep_trial VALUES(1,2,'0a3314af15eb145b55b2c0ac50850f182c10d3c1e7d5d40def0210a74d162600','A','{}');
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
INSERT INTO run VALUES('20260101-000001-aaaaaa','183873af4e1370a8054005cc044098452a77ca0b4b3d6befcd604e55e2a1eb34',1,'demo','A','{}','completed','','2026-01-01T00:00:01.500Z','2026-01-01T00:01:00.000Z',13.0,0,0,'/home/someone/sslx/runs/20260101-000001-aaaaaa','42ffba4ce2310beb4f376f99a79501698e023547f2d223de67d3844dba641e2c','hh','1234567890',0,'','{}','box',NULL,'cpu',NULL,2,NULL,'bf16',1,'0.1.0','2.11.0','',NULL,100,50,NULL,NULL,2,10,1000.0,314572800,'ww',7,1082);
INSERT INTO run VALUES('20260101-000002-aaaaaa','3ec289813422abc8fcaaf898490b2a4c4a1e08cac3cc0331b525287509b1f7b5',1,'demo','A','{}','completed','','2026-01-01T00:00:02.500Z','2026-01-01T00:01:00.000Z',13.0,0,0,'/home/someone/sslx/runs/20260101-000002-aaaaaa','42ffba4ce2310beb4f376f99a79501698e023547f2d223de67d3844dba641e2c','hh','1234567890',0,'','{}','box',NULL,'cpu',NULL,2,NULL,'bf16',1,'0.1.0','2.11.0','',NULL,100,50,NULL,NULL,2,10,1000.0,314572800,'ww',7,1082);
INSERT INTO run VALUES('20260101-000003-aaaaaa','0a3314af15eb145b55b2c0ac50850f182c10d3c1e7d5d40def0210a74d162600',1,'demo','A','{}','diverged','the loss is nan at step 10','2026-01-01T00:00:03.500Z','2026-01-01T00:01:00.000Z',13.0,0,0,'/home/someone/sslx/runs/20260101-000003-aaaaaa','42ffba4ce2310beb4f376f99a79501698e023547f2d223de67d3844dba641e2c','hh','1234567890',0,'','{}','box',NULL,'cpu',NULL,2,NULL,'bf16',1,'0.1.0','2.11.0','',NULL,100,50,NULL,NULL,2,10,1000.0,314572800,'ww',7,1107);
INSERT INTO run VALUES('20260101-000004-aaaaaa','183873af4e1370a8054005cc044098452a77ca0b4b3d6befcd604e55e2a1eb34',2,'demo','A','{}','completed','','2026-01-01T00:00:04.500Z','2026-01-01T00:01:00.000Z',13.0,0,0,'/home/someone/sslx/runs/20260101-000004-aaaaaa','68bf785b09a3a24a89eca0e6f317490c7bb65bdd9a6da8d4e3b7e3d9d424e53f','hh','1234567890',0,'','{}','box',NULL,'cpu',NULL,2,NULL,'bf16',1,'0.1.0','2.11.0','',NULL,100,50,NULL,NULL,2,10,1000.0,314572800,'ww',7,1082);
CREATE TABLE run_plugin (
  run     TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  kind    TEXT NOT NULL,
  name    TEXT NOT NULL,
  version TEXT NOT NULL,
  sha256  TEXT NOT NULL,
  file    TEXT NOT NULL,
  PRIMARY KEY (run, kind, name)
) STRICT, WITHOUT ROWID;
INSERT INTO run_plugin VALUES('20260101-000001-aaaaaa','method','simclr','1.0.0','aa','/x.so');
INSERT INTO run_plugin VALUES('20260101-000002-aaaaaa','method','simclr','1.0.0','aa','/x.so');
INSERT INTO run_plugin VALUES('20260101-000003-aaaaaa','method','simclr','1.0.0','aa','/x.so');
INSERT INTO run_plugin VALUES('20260101-000004-aaaaaa','method','simclr','1.0.0','older','/x.so');
CREATE TABLE metric (
  run   TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  line  INTEGER NOT NULL,
  name  TEXT NOT NULL,
  step  INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  value REAL,
  PRIMARY KEY (run, line, name)
) STRICT, WITHOUT ROWID;
INSERT INTO metric VALUES('20260101-000001-aaaaaa',2,'loss',5,1,2.5);
INSERT INTO metric VALUES('20260101-000001-aaaaaa',2,'lr',5,1,0.10000000000000000555);
INSERT INTO metric VALUES('20260101-000001-aaaaaa',3,'loss',10,2,NULL);
INSERT INTO metric VALUES('20260101-000001-aaaaaa',3,'lr',10,2,0.0);
INSERT INTO metric VALUES('20260101-000002-aaaaaa',2,'loss',5,1,2.5);
INSERT INTO metric VALUES('20260101-000002-aaaaaa',2,'lr',5,1,0.10000000000000000555);
INSERT INTO metric VALUES('20260101-000002-aaaaaa',3,'loss',10,2,NULL);
INSERT INTO metric VALUES('20260101-000002-aaaaaa',3,'lr',10,2,0.0);
INSERT INTO metric VALUES('20260101-000003-aaaaaa',2,'loss',5,1,2.5);
INSERT INTO metric VALUES('20260101-000003-aaaaaa',2,'lr',5,1,0.10000000000000000555);
INSERT INTO metric VALUES('20260101-000003-aaaaaa',3,'loss',10,2,NULL);
INSERT INTO metric VALUES('20260101-000003-aaaaaa',3,'lr',10,2,0.0);
INSERT INTO metric VALUES('20260101-000004-aaaaaa',2,'loss',5,1,2.5);
INSERT INTO metric VALUES('20260101-000004-aaaaaa',2,'lr',5,1,0.10000000000000000555);
INSERT INTO metric VALUES('20260101-000004-aaaaaa',3,'loss',10,2,NULL);
INSERT INTO metric VALUES('20260101-000004-aaaaaa',3,'lr',10,2,0.0);
CREATE TABLE protocol (
  fingerprint TEXT PRIMARY KEY,
  json        TEXT NOT NULL CHECK (json_valid(json))
) STRICT, WITHOUT ROWID;
INSERT INTO protocol VALUES('58de46f6688808a838e491ffa44571978cbd7bdb8d504e822198f52dbbfa9799','{"k":20,"probe":"knn"}');
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
INSERT INTO result VALUES('20260101-000001-aaaaaa',5,'knn_top1','58de46f6688808a838e491ffa44571978cbd7bdb8d504e822198f52dbbfa9799',40.0,'%',X'0100020003000400');
INSERT INTO result VALUES('20260101-000002-aaaaaa',5,'knn_top1','58de46f6688808a838e491ffa44571978cbd7bdb8d504e822198f52dbbfa9799',42.0,'%',X'0100020003000400');
INSERT INTO result VALUES('20260101-000003-aaaaaa',5,'knn_top1','58de46f6688808a838e491ffa44571978cbd7bdb8d504e822198f52dbbfa9799',40.0,'%',X'0100020003000400');
INSERT INTO result VALUES('20260101-000004-aaaaaa',5,'knn_top1','58de46f6688808a838e491ffa44571978cbd7bdb8d504e822198f52dbbfa9799',41.0,'%',X'0100020003000400');
CREATE TABLE event (
  run   TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  line  INTEGER NOT NULL,
  time  TEXT NOT NULL,
  event TEXT NOT NULL,
  json  TEXT NOT NULL CHECK (json_valid(json)),
  PRIMARY KEY (run, line)
) STRICT, WITHOUT ROWID;
INSERT INTO event VALUES('20260101-000001-aaaaaa',0,'2026-01-01T00:00:01.500Z','started','{"channels_last":true,"data":{"test":50,"train":100},"device":"cpu","event":"started","host":"box","line":0,"precision":"bf16","threads":2,"time":"2026-01-01T00:00:01.500Z","versions":{"cuda":"","libtorch":"2.11.0","sslx":"0.1.0"}}');
INSERT INTO event VALUES('20260101-000001-aaaaaa',1,'2026-01-01T00:00:01.000Z','plan','{"epochs":2,"event":"plan","line":1,"steps":10,"time":"2026-01-01T00:00:01.000Z"}');
INSERT INTO event VALUES('20260101-000001-aaaaaa',4,'2026-01-01T00:00:04.000Z','warning','{"event":"warning","line":4,"message":"one image was unreadable","time":"2026-01-01T00:00:04.000Z"}');
INSERT INTO event VALUES('20260101-000001-aaaaaa',6,'2026-01-01T00:00:06.000Z','finished','{"event":"finished","images_per_second":1000.0,"line":6,"message":"","peak_memory_bytes":314572800,"seconds":12.5,"state":"completed","time":"2026-01-01T00:00:06.000Z","weights_sha256":"ww"}');
INSERT INTO event VALUES('20260101-000002-aaaaaa',0,'2026-01-01T00:00:02.500Z','started','{"channels_last":true,"data":{"test":50,"train":100},"device":"cpu","event":"started","host":"box","line":0,"precision":"bf16","threads":2,"time":"2026-01-01T00:00:02.500Z","versions":{"cuda":"","libtorch":"2.11.0","sslx":"0.1.0"}}');
INSERT INTO event VALUES('20260101-000002-aaaaaa',1,'2026-01-01T00:00:01.000Z','plan','{"epochs":2,"event":"plan","line":1,"steps":10,"time":"2026-01-01T00:00:01.000Z"}');
INSERT INTO event VALUES('20260101-000002-aaaaaa',4,'2026-01-01T00:00:04.000Z','warning','{"event":"warning","line":4,"message":"one image was unreadable","time":"2026-01-01T00:00:04.000Z"}');
INSERT INTO event VALUES('20260101-000002-aaaaaa',6,'2026-01-01T00:00:06.000Z','finished','{"event":"finished","images_per_second":1000.0,"line":6,"message":"","peak_memory_bytes":314572800,"seconds":12.5,"state":"completed","time":"2026-01-01T00:00:06.000Z","weights_sha256":"ww"}');
INSERT INTO event VALUES('20260101-000003-aaaaaa',0,'2026-01-01T00:00:03.500Z','started','{"channels_last":true,"data":{"test":50,"train":100},"device":"cpu","event":"started","host":"box","line":0,"precision":"bf16","threads":2,"time":"2026-01-01T00:00:03.500Z","versions":{"cuda":"","libtorch":"2.11.0","sslx":"0.1.0"}}');
INSERT INTO event VALUES('20260101-000003-aaaaaa',1,'2026-01-01T00:00:01.000Z','plan','{"epochs":2,"event":"plan","line":1,"steps":10,"time":"2026-01-01T00:00:01.000Z"}');
INSERT INTO event VALUES('20260101-000003-aaaaaa',4,'2026-01-01T00:00:04.000Z','warning','{"event":"warning","line":4,"message":"one image was unreadable","time":"2026-01-01T00:00:04.000Z"}');
INSERT INTO event VALUES('20260101-000003-aaaaaa',6,'2026-01-01T00:00:06.000Z','finished','{"event":"finished","images_per_second":1000.0,"line":6,"message":"the loss is nan at step 10","peak_memory_bytes":314572800,"seconds":12.5,"state":"diverged","time":"2026-01-01T00:00:06.000Z","weights_sha256":"ww"}');
INSERT INTO event VALUES('20260101-000004-aaaaaa',0,'2026-01-01T00:00:04.500Z','started','{"channels_last":true,"data":{"test":50,"train":100},"device":"cpu","event":"started","host":"box","line":0,"precision":"bf16","threads":2,"time":"2026-01-01T00:00:04.500Z","versions":{"cuda":"","libtorch":"2.11.0","sslx":"0.1.0"}}');
INSERT INTO event VALUES('20260101-000004-aaaaaa',1,'2026-01-01T00:00:01.000Z','plan','{"epochs":2,"event":"plan","line":1,"steps":10,"time":"2026-01-01T00:00:01.000Z"}');
INSERT INTO event VALUES('20260101-000004-aaaaaa',4,'2026-01-01T00:00:04.000Z','warning','{"event":"warning","line":4,"message":"one image was unreadable","time":"2026-01-01T00:00:04.000Z"}');
INSERT INTO event VALUES('20260101-000004-aaaaaa',6,'2026-01-01T00:00:06.000Z','finished','{"event":"finished","images_per_second":1000.0,"line":6,"message":"","peak_memory_bytes":314572800,"seconds":12.5,"state":"completed","time":"2026-01-01T00:00:06.000Z","weights_sha256":"ww"}');
CREATE INDEX sweep_trial_by_trial ON sweep_trial (trial);
CREATE INDEX run_by_trial ON run (trial, started);
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
COMMIT;
PRAGMA application_id = 1936944248;
PRAGMA user_version = 1;
