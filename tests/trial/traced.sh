#!/bin/bash
# What a run records of how it came about, the way from its figures to the bytes that made them, and what is marked
# when one of those bytes changes: the sources, the weights, a plugin, the data. To run it by hand: bash traced.sh
# BUILD PLUGINS FOLDER.
. "$(dirname "$0")/common.sh"

TWINS=$(dirname "$PLUGINS")/twins
PLUGINS=$HOME_DIR/plugins
mkdir -p "$PLUGINS/methods"
export XDG_CACHE_HOME=$HOME_DIR/cache
install_twin() { cp "$TWINS/$1/twin.so" "$PLUGINS/methods/new" && mv "$PLUGINS/methods/new" "$PLUGINS/methods/twin.so"; }
said() { grep -qF -e "$1" "$HOME_DIR/out" || fail "it does not say '$1': $(cat "$HOME_DIR/out")"; }
silent() { if grep -qF -e "$1" "$HOME_DIR/out"; then fail "it says '$1': $(cat "$HOME_DIR/out")"; fi; }
run_it() { sslx sweep "$FILE" --threads 1 "$@" || fail "$(cat "$HOME_DIR/out")"; }

# A checkout with a change that is not committed, and a source file that git does not know.
CHECKOUT=$HOME_DIR/checkout FILE=$HOME_DIR/checkout/trial.toml
mkdir "$CHECKOUT"
"$1/bin/make_views" "$HOME_DIR/scenes" 24
sed 's/^seeds = .*/seeds = [0, 1]/; s/^epochs = 2/epochs = 1/; s/^batch_size = 64/batch_size = 8/' "$SOURCE/sweep.toml" |
  python3 -c '
import re, sys
text = sys.stdin.read()
data = "[base.data]\nname = \"folder\"\npath = \"%s\"\n" % sys.argv[1]
text = re.sub(r"\[base\.data\].*?\n\n", data + "\n", text, flags=re.S)
text = text.replace("[base.evaluate]", "[base.evaluate]\nknn = { k = 3 }").replace("\"crop\" }", "\"crop\", size = 16 }")
print(text)' "$HOME_DIR/scenes/image" >"$FILE"
printf '[[variants]]\nname = "twin"\nmethod = { name = "twin" }\n[[variants]]\nname = "random"\nmethod = { name = "random" }\n' >>"$FILE"
git=(git -C "$CHECKOUT" -c user.name=T -c user.email=t@example.org)
"${git[@]}" init -q && "${git[@]}" add . && "${git[@]}" commit -qm begin
echo '# a change' >>"$FILE"
echo 'int fresh;' >"$CHECKOUT/fresh.cpp"
install_twin a
MKL_CBWR=COMPATIBLE SECRET_TOKEN=hush run_it
twin=$(run_of twin)

# The whole chain is as recorded.
sslx show "$twin" || fail "$(cat "$HOME_DIR/out")"
for link in "journal.jsonl [as recorded]" "pretrain: weights.safetensors" "kept in $HOME_DIR/runs/plugins [as recorded]" \
  "[installed]" "in $HOME_DIR/scenes/image [as recorded]" "trial, plan 1: $FILE" "of uncommitted changes" "MKL_CBWR COMPATIBLE" \
  "GCC: "; do
  said "$link"
done
silent hush
"$SSLX" --home "$HOME_DIR" show "$twin" --json | python3 -c '
import json, sys
run = json.load(sys.stdin)
facts, chain = run["facts"], run["chain"]
assert facts["cpu_name"] and facts["memory_bytes"] > 1 << 28, facts
assert facts["environment"]["MKL_CBWR"] == "COMPATIBLE", facts["environment"]
assert facts["determinism"]["cudnn_benchmark"] is False, facts["determinism"]
assert all(plugin["compiler"] for plugin in run["plugins"]), run["plugins"]
assert [link["found"] for link in chain if link["link"] == "weights"] == ["as recorded"], chain
' || fail "the JSON lacks something"

# The difference makes the sources again.
"$SSLX" --home "$HOME_DIR" show "$twin" --difference >"$HOME_DIR/difference"
cp "$FILE" "$HOME_DIR/changed.toml"
"${git[@]}" checkout -q -- . && rm "$CHECKOUT/fresh.cpp"
"${git[@]}" apply "$HOME_DIR/difference"
cmp -s "$FILE" "$HOME_DIR/changed.toml" || fail "the difference is another"
[ "$(cat "$CHECKOUT/fresh.cpp")" = 'int fresh;' ] || fail "the new file is not in it"

# Each link that breaks is named.
folder=$HOME_DIR/runs/$twin
sha256=$(sha256sum "$TWINS/a/twin.so" | cut -d' ' -f1)
cp -r "$HOME_DIR/runs" "$HOME_DIR/kept"
printf '\1' | dd of="$folder/weights.safetensors" bs=1 seek=$(($(stat -c %s "$folder/weights.safetensors") - 3)) conv=notrunc 2>/dev/null
sed -i '/"metric":"knn_top1"/s/"value":[0-9.]*/"value":99.5/' "$folder/journal.jsonl"
rm -f "$HOME_DIR/runs/plugins/$sha256.so"
echo '# another' >>"$FILE"
sslx show "$twin" || fail "$(cat "$HOME_DIR/out")"
for break in "[other tensors]" "says something else]" "method twin ${sha256:0:8} [no kept copy, but installed]" \
  "[another file now; the record has its text]"; do
  said "$break"
done
rm -r "$HOME_DIR/runs" && mv "$HOME_DIR/kept" "$HOME_DIR/runs"
cp "$HOME_DIR/changed.toml" "$FILE"

# Two seeds: what differs, down to the losses.
other=$("$SSLX" --home "$HOME_DIR" runs | awk '$3 == "twin" {print $1}' | sed -n 2p)
python3 - "$HOME_DIR/results/sslx.db" "$twin" "$other" <<'PYTHON'
import sqlite3, struct, sys
record = sqlite3.connect(sys.argv[1])
for run, third in zip(sys.argv[2:], (1.5, 1.25)):
    record.execute("DELETE FROM loss_trace WHERE run = ?", (run,))
    record.execute("INSERT INTO loss_trace VALUES (?, 1000, 'pretrain', 1, ?)", (run, struct.pack("<3f", 3, 2, third)))
record.commit()
PYTHON
sslx diff "$twin" "$other" || fail "$(cat "$HOME_DIR/out")"
said "seed: 1 -> 0"
said "losses part at step 3 of pretrain: 1.5 -> 1.25 (after 2 steps alike)"
sslx diff "$twin" "$twin"
said "nothing differs"
said "losses never part: 3 steps alike"

# A plugin that changed: its figures are marked, and just those are made again.
sslx report trial
silent "†"
install_twin b
sslx report trial
said "† stale: 2 of 4 runs were made by what has changed since: method twin"
grep -qE '^twin .*†' "$HOME_DIR/out" || fail "no mark: $(cat "$HOME_DIR/out")"
if grep -qE '^random .*†' "$HOME_DIR/out"; then fail "a mark too many: $(cat "$HOME_DIR/out")"; fi
sslx sweep "$FILE" --threads 1 --dry-run
said "2 of 4 trials to run, 2 of them stale"
run_it --stale keep
said "all 4 trials have a result, 2 of them stale"
said "† stale: 2 of 4 runs"
run_it --stale rerun
said "2 of 4 trials to run, 2 of them stale"
silent "†"
[ "$("$SSLX" --home "$HOME_DIR" runs | grep -c ' twin ')" = 4 ] || fail "the old runs are not in the history"
[ "$("$SSLX" --home "$HOME_DIR" runs | grep -c ' random ')" = 2 ] || fail "a trial that is not stale ran again"

# Data: files that only moved are the same, one that says something else is not.
image=$(find "$HOME_DIR/scenes/image/train" -name '*.png' | sort | sed -n 1p)
cp -r "$HOME_DIR/scenes" "$HOME_DIR/moved" && rm -r "$HOME_DIR/scenes" && mv "$HOME_DIR/moved" "$HOME_DIR/scenes"
sslx report trial
silent "†"
cp "$(find "$HOME_DIR/scenes/image/test" -name '*.png' | sort | sed -n 1p)" "$image"
sslx report trial
said "† stale: 4 of 4 runs were made by what has changed since: data"
said "the data in $HOME_DIR/scenes/image are others now"
rm -r "$HOME_DIR/scenes"
sslx report trial
silent "†"

# What a run printed stays when its folder is gone; this host prints before it runs its trial.
cat >"$HOME_DIR/host.sh" <<'END'
#!/bin/bash
echo "words of the host" >&2
exec "$HOST"
END
chmod +x "$HOME_DIR/host.sh"
printf '[[variants]]\nname = "loud"\nmethod = { name = "random" }\n' | HOST=$1/bin/sslx-host SSLX_HOST=$HOME_DIR/host.sh \
  sweep --threads 1 >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
loud=$(run_of loud)
rm -r "${HOME_DIR:?}/runs/$loud"
[ "$("$SSLX" --home "$HOME_DIR" show "$loud" --log)" = "words of the host" ] || fail "the log is another"
echo "every figure leads to its bytes, and what changed is marked"
