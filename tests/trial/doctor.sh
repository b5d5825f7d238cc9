#!/bin/bash
# `sslx doctor` finds nothing in a sound home, and names what is wrong in one that is not; it changes nothing, but
# mends each of these when it is asked to.
. "$(dirname "$0")/common.sh"

printf '[[variants]]\nname = "A"\nmethod = { name = "random" }\n' | sweep --threads 1 >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
state() { find "$HOME_DIR" -type f ! -name out -exec sha256sum {} + | sort | sha256sum; }
# doctor CODE WORDS: ends so and says so.
doctor() {
  local code=0 before
  before=$(state)
  sslx doctor || code=$?
  [ "$code" = "$1" ] || fail "it ended with $code: $(cat "$HOME_DIR/out")"
  grep -qE "$2" "$HOME_DIR/out" || fail "it does not say '$2': $(cat "$HOME_DIR/out")"
  [ "$(state)" = "$before" ] || fail "it changed something"
}
doctor 0 "^nothing is wrong"
doctor 0 "^ok .* is sound and has 1 runs"

journal=$(echo "$HOME_DIR"/runs/20*/journal.jsonl)
cp "$journal" "$HOME_DIR/kept"
sed -i '3s/.*/garbage/' "$journal"
doctor 1 "^WRONG  line 3 of .*journal.jsonl is corrupt"
mv "$HOME_DIR/kept" "$journal"

cp -r "$(dirname "$journal")" "$HOME_DIR/runs/20260101-000000-aaaaaa"
sed -i 's/"run":"[^"]*"/"run":"20260101-000000-aaaaaa"/' "$HOME_DIR/runs/20260101-000000-aaaaaa/request.json"
doctor 1 "^WRONG  1 runs in .* are not in the record"
rm -r "$HOME_DIR/runs/20260101-000000-aaaaaa"

# A page of the record is lost: the whole check tells.
python3 - "$HOME_DIR/results/sslx.db" <<'PYTHON'
import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(3 * 4096)
    file.write(bytes(4096))
PYTHON
doctor 1 "^WRONG  .*sslx.db"

# mended WORDS: the doctor names it, mends it when it is asked to, and then finds nothing.
mended() {
  doctor 1 "$1"
  sslx doctor --repair || fail "it did not mend '$1': $(cat "$HOME_DIR/out")"
  grep -q "^MENDED" "$HOME_DIR/out" || fail "nothing is said of mending '$1': $(cat "$HOME_DIR/out")"
  doctor 0 "^nothing is wrong"
}
mended "^WRONG  .*sslx.db"
run=$(dirname "$journal")
change() { python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])' "$HOME_DIR/results/sslx.db" "$1"; }

change "INSERT INTO event VALUES ('nobody', 0, 't', 'e', '{}')"
mended "^WRONG  .*a row of event names one of run that is not there"

change "DELETE FROM metric; DELETE FROM result; DELETE FROM event; DELETE FROM loss_trace;
  UPDATE run SET state = 'running', next_line = 0, next_byte = 0"
mended "^WRONG  the record has less of run $(basename "$run") than its folder"
sslx show "$(basename "$run")" || fail "$(cat "$HOME_DIR/out")"
grep -q knn_top1 "$HOME_DIR/out" || fail "the run has no result any more: $(cat "$HOME_DIR/out")"

cp -r "$run" "$HOME_DIR/runs/20260101-000000-aaaaaa"
sed -i 's/"run":"[^"]*"/"run":"20260101-000000-aaaaaa"/' "$HOME_DIR/runs/20260101-000000-aaaaaa/request.json"
mended "^WRONG  1 runs in .* are not in the record"

printf '{"run":"%s","executor":{"id":"1","boot":"%s","pid":2,"start":1}}' "$(basename "$run")" \
  "$(cat /proc/sys/kernel/random/boot_id)" >"$HOME_DIR/runs/claims/abc.1"
doctor 1 "^WRONG  a command that is gone had claimed the trial abc"
sslx doctor --repair || fail "$(cat "$HOME_DIR/out")"
[ -z "$(ls "$HOME_DIR/runs/claims")" ] || fail "the claim is left"

touch "$run/weights.safetensors.part"
touch -d "2 hours ago" "$HOME_DIR/runs/plans/x.json.gz.1.tmp" "$HOME_DIR/results/sslx.db.1.tmp"
mkdir "$HOME_DIR/runs/20260101-000000-bbbbbb"
touch -d "2 hours ago" "$HOME_DIR/runs/20260101-000000-bbbbbb"
mended "^WRONG  .*/runs/20260101-000000-bbbbbb is the folder of a run that never began"
[ ! -e "$run/weights.safetensors.part" ] || fail "a temporary file is left"
