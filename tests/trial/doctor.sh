#!/bin/bash
# `sslx doctor` finds nothing in a sound home, and names what is wrong in one that is not; it changes nothing.
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
