#!/bin/bash
# Every variant of sweeps/methods.toml trains and is evaluated, and its method says by SSLX_DIAGNOSTICS every
# figure that its runs record beside the host's own, so that a table may ask for it.
. "$(dirname "$0")/common.sh"

"$SSLX" --home "$HOME_DIR" sweep "$SOURCE/../../sweeps/methods.toml" --jobs 2 --threads 1 --seeds 1 \
  --set 'data={name="shapes", train_size=128, test_size=32}' --set train.epochs=1 --set train.batch_size=32 \
  --set evaluate.linear.epochs=1 >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
count=$("$SSLX" --home "$HOME_DIR" runs --state completed | grep -c '^20')
[ "$count" -ge 15 ] || fail "only $count variants completed: $("$SSLX" --home "$HOME_DIR" runs)"
: >"$HOME_DIR/declared"
for method in $("$SSLX" plugins | awk '/^methods in/ {on=1; next} /^$/ {on=0} on {print $1}'); do
  echo "$method $("$SSLX" plugins show --kind method "$method" | sed -n 's/^ *figures *//p' | tr -d ,)" >>"$HOME_DIR/declared"
done
python3 - "$HOME_DIR" <<'PYTHON' || fail "a method does not declare what it reports"
import fnmatch, sqlite3, sys
home = sys.argv[1]
declared = {line.split()[0]: line.split()[1:] for line in open(home + "/declared")}
own = ["loss", "loss_below_chance", "lr", "images_per_second", "alignment", "uniformity", "feature_deviation", "effective_rank",
       "gradient_norm*", "share_*", "peak_device_memory_bytes"]
rows = sqlite3.connect(home + "/results/sslx.db").execute(
    "SELECT DISTINCT t.method, m.name FROM metric m JOIN run r ON r.id = m.run JOIN trial t ON t.identity = r.trial").fetchall()
methods = {method for method, name in rows}
wrong = [f"{method}: {name}" for method, name in rows
         if not any(fnmatch.fnmatchcase(name, known) for known in own + declared.get(method, []))]
print(len(methods), "methods,", len(rows), "figures")
sys.exit("; ".join(wrong) if wrong or len(methods) < 15 else 0)
PYTHON
