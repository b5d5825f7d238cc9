#!/bin/bash
# Further probes of the same weights: a paper's protocol, the outputs of the head, other data; a classifier that
# learns while the method does. And what of them is refused before anything is trained.
. "$(dirname "$0")/common.sh"

simclr='[[variants]]
name = "simclr"
method = { name = "simclr" }'
probes() { cat <<'T'
[[base.evaluate.probe]]
name = "instdisc"
knn = { k = 200, temperature = 0.07 }

[[base.evaluate.probe]]
name = "z"
of = "outputs"

[[base.evaluate.probe]]
name = "fair"
linear = { features = "raw", lr = [30.0], epochs = 6, schedule = "step", milestones = [3, 5], train_ops = [{ name = "crop" }, { name = "flip" }, { name = "normalize" }] }

[[base.evaluate.probe]]
name = "elsewhere"
data = { name = "shapes", train_size = 200, test_size = 60, shape_seed = 7 }
ops = [{ name = "centre_crop", size = 28 }, { name = "normalize" }]

T
}
all='"knn_top1", "instdisc_knn_top1", "z_knn_top1", "z_linear_top1", "fair_linear_top1", "elsewhere_knn_top1", "elsewhere_linear_top1", "online_top1", "online_accuracy"'
# with METRICS TEXT: a sweep file with these columns and this text; its name is in $file.
file=$HOME_DIR/probes.toml
with() { { sed "s/^metrics = .*/metrics = [$1]/" "$SOURCE/sweep.toml"; printf '%b\n' "$2"; echo "$simclr"; } >"$file"; }
run() { "$SSLX" --home "$HOME_DIR" --plugin-dir "$PLUGINS" sweep "$file" --threads 1 "$@"; }

with "$all" "$(probes)"
run --set train.online_probe=true >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
row=$(grep '^simclr ' "$HOME_DIR/out") || fail "there is no table: $(cat "$HOME_DIR/out")"
[ "$(grep -oE '[0-9]+\.[0-9]+' <<<"$row" | wc -l)" = 9 ] || fail "a figure is missing: $row"
journal=$(echo "$HOME_DIR"/runs/*/journal.jsonl)
# protocol METRIC: what the journal says made it.
protocol() { grep "\"metric\":\"$1\"" "$journal" | grep -o '"protocol":{.*}' || fail "there is no $1: $(cat "$journal")"; }
has() { protocol "$1" | grep -F -e "$2" >/dev/null || fail "the protocol of $1 does not say $2: $(protocol "$1")"; }
has instdisc_knn_top1 '"k":200'
has instdisc_knn_top1 '"temperature":0.07'
has z_knn_top1 'outputs() of the head'
has fair_linear_top1 '"normalisation":"none, raw features"'
has fair_linear_top1 '"milestones":[3,5]'
has fair_linear_top1 '"augmentation":[{"name":"crop"'
has elsewhere_knn_top1 '"data":"shapes '
has elsewhere_knn_top1 '"test_images":60'
has elsewhere_knn_top1 '"name":"centre_crop"'
has online_top1 '"probe":"linear, online"'
! protocol knn_top1 | grep '"data"' >/dev/null || fail "the trial's own data are named"
# What was not said is as in [evaluate]: z is judged by the same neighbours as h, and not the same.
has z_knn_top1 '"k":20'
predictions() { grep "\"metric\":\"$1\"" "$journal" | grep -o '"predictions":"[^"]*"'; }
[ "$(predictions knn_top1)" != "$(predictions z_knn_top1)" ] || fail "z is h"
# The way back to the other data, and all of it again to the bit.
run=$(basename "$(dirname "$journal")")
"$SSLX" --home "$HOME_DIR" show "$run" | grep "probed on *shapes" >/dev/null || fail "show does not name the probe's data"
"$SSLX" --home "$HOME_DIR" --plugin-dir "$PLUGINS" reproduce "$run" >"$HOME_DIR/again" 2>&1 || fail "it is not reproduced: $(cat "$HOME_DIR/again")"
# Another protocol of a finished run trains nothing, and keeps what was learnt beside it.
weights_before=$(weights)
with "$all" "$(probes | sed 's/k = 200/k = 5/')"
run --set train.online_probe=true >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
grep -q "from weights that are trained" "$HOME_DIR/out" || fail "it was trained again: $(cat "$HOME_DIR/out")"
[ "$(weights | sort -u)" = "$weights_before" ] || fail "other weights"
[ "$(grep -h '"event":"result".*"metric":"online_top1"' "$HOME_DIR"/runs/*/journal.jsonl | grep -o '"predictions":"[^"]*"' | sort | uniq -c | awk '{print $1}')" = 2 ] ||
  fail "what was learnt beside the training was not taken over"
# The method sees nothing of the classifier beside it.
echo "$simclr" | sweep --threads 1 >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
[ "$(weights | sort -u)" = "$weights_before" ] || fail "the classifier changed the method's weights"

usual='"knn_top1"'
bad() { with "$usual" "$1" && refused "$2" sweep "$file"; }
bad '[[base.evaluate.probe]]\nname = "a b"' "evaluate.probe: its name is 'a b'; it must be letters, digits and _, and no other's"
bad '[[base.evaluate.probe]]\nname = "a"\n[[base.evaluate.probe]]\nname = "a"' "its name is 'a'"
bad '[[base.evaluate.probe]]\nname = "a"\nlinear = { schedule = "step" }' "'milestones' is []; it must be the epochs of the step schedule, as [60, 80]"
bad '[[base.evaluate.probe]]\nname = "a"\nof = "output"' "'of' is \"output\"; it must be one of features, outputs"
with '"a_linear_top1"' '[[base.evaluate.probe]]\nname = "a"\nknn = {}'
refused "no run of this sweep has a figure 'a_linear_top1'" sweep "$file"
# A method without a head is told before its training.
{ printf '[[base.evaluate.probe]]\nname = "z"\nof = "outputs"\n'; printf '[[variants]]\nname = "supervised"\nmethod = { name = "supervised" }\n'; } |
  sweep >"$HOME_DIR/out" 2>&1 && fail "outputs of a method without a head were read"
grep -q "it has no head whose outputs a probe could read; of must be features" "$HOME_DIR/out" || fail "$(cat "$HOME_DIR/out")"
! grep -q "epoch 1/2" "$HOME_DIR/out" || fail "it was trained first"
