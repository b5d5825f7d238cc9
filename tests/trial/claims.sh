#!/bin/bash
# Claims of a sweep file: judged under the table and by `sslx claims`, decided by further seeds of their own trials; the
# baseline's differences; the report as a page whose numbers a browser shows as the record has them; and the attention
# of a vision transformer against true masks.
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/trial/latex.sh
. "$(dirname "$0")/latex.sh"

claims='
[[variants]]
name = "trained"
method = { name = "supervised" }
train = { lr = 0.1, epochs = 30 }
view = [{ ops = [{ name = "flip" }, { name = "normalize" }] }]
[[variants]]
name = "short"
method = { name = "supervised" }
train = { lr = 0.1, epochs = 1 }
view = [{ ops = [{ name = "flip" }, { name = "normalize" }] }]
[[claim]]
id = "learns"
words = "short trainings have more loss"
source = "nobody"
metric = "loss"
cells = [{ variant = "short" }, { variant = "trained" }]
[[claim]]
id = "same"
words = "their loss is the same"
form = "equal"
within = 0.1
metric = "loss"
cells = [{ variant = "trained" }, { variant = "short" }]
reason = "they do"
[[claim]]
id = "elsewhere"
words = "this is about what the plan has not"
cells = [{ variant = "trained" }, { variant = "nowhere to be found" }]'
tail='[table]
rows = ["variant"]
baseline = { variant = "short" }
tuning = "nobody chose anything"'
# The table of sweep.toml gives way to this one.
file() { sed '/^\[table\]/,$d' "$SOURCE/sweep.toml"; printf '%s\n%s\n' "$tail" "$claims"; }
mkdir -p "$HOME_DIR/files"
file >"$HOME_DIR/files/claims.toml"
sed -i '1,3s/^name = .*/name = "claims"/' "$HOME_DIR/files/claims.toml"
said() { grep -qE -e "$1" "$HOME_DIR/out" || fail "it does not say '$1': $(cat "$HOME_DIR/out")"; }

sslx sweep "$HOME_DIR/files/claims.toml" --threads 1 --seeds 2 || fail "$(cat "$HOME_DIR/out")"
said "^undecided: short trainings have more loss \[nobody\]: short over trained: .* \(2 seeds; .*2 of the 3 seeds.*1 more seed would"
said "^undecided: this is about .*no trial of this plan is nowhere to be found"
said "^settings: nobody chose anything"
said "^cost: .* of 4 runs"
said "Δ to short"

# Only the trials of open claims, one seed more, and the claims are decided.
sslx claims claims --decide --dry-run || fail "$(cat "$HOME_DIR/out")"
said "2 of 6 trials to run"
sslx claims claims --decide || fail "$(cat "$HOME_DIR/out")"
said "\-\-more-seeds learns=2"
sslx claims || fail "$(cat "$HOME_DIR/out")"
said "confirmed: short trainings have more loss"
said "contradicted: their loss is the same.*; they do"
said "3 claims: 1 confirmed, 1 contradicted, 1 undecided"
sslx claims claims --format json || fail "$(cat "$HOME_DIR/out")"
python3 - "$HOME_DIR/out" <<'PYTHON' || fail "$(cat "$HOME_DIR/out")"
import json, sys
claims = json.load(open(sys.argv[1]))
first = claims[0]
assert first["verdict"] == "confirmed" and first["seeds"] == 3, first
assert first["p"] == first["least_p"] == 0.25 and first["holm"] == 0.5, first
assert first["low"] < first["effect"] < first["high"] and first["low"] > 0, first
PYTHON
for format in markdown csv latex; do
  sslx claims --format $format || fail "$(cat "$HOME_DIR/out")"
  cp "$HOME_DIR/out" "$HOME_DIR/claims.$format"
done
sslx report claims --format latex || fail "$(cat "$HOME_DIR/out")"
cp "$HOME_DIR/out" "$HOME_DIR/report.latex"
compiles "$HOME_DIR/report.latex" "$HOME_DIR/claims.latex" || fail "pdflatex refuses the tables"
sslx claims --decide || fail "$(cat "$HOME_DIR/out")"

# A page, compared with the record by a browser where there is one.
sslx report claims --html "$HOME_DIR/page.html" || fail "$(cat "$HOME_DIR/out")"
sslx report claims --format json || fail "$(cat "$HOME_DIR/out")"
cp "$HOME_DIR/out" "$HOME_DIR/report.json"
[ "$(stat -c %s "$HOME_DIR/page.html")" -lt 1000000 ] || fail "the page has 1 MB or more"
grep -q 'data:image/png;base64,iVBOR' "$HOME_DIR/page.html" || fail "the page has no contact sheet"
page() {
  local code=0
  /usr/bin/python3 "$SOURCE/../page/page.py" "$@" >"$HOME_DIR/said" 2>&1 || code=$?
  [ "$code" = 0 ] || [ "$code" = 77 ] || fail "$(cat "$HOME_DIR/said")"
}
page "$HOME_DIR/page.html" "$HOME_DIR/report.json"
sslx report --html "$HOME_DIR/pages/" --no-pictures || fail "$(cat "$HOME_DIR/out")"
page "$HOME_DIR/pages/index.html"
refused "an HTML page is written; the name must end in .html" report claims --html x.htm
refused "without the name of a sweep it must be a folder" report --html x.html

# What has changed since is not drawn.
echo "# a remark" >>"$HOME_DIR/files/claims.toml"
sslx report claims --html "$HOME_DIR/page.html" || fail "$(cat "$HOME_DIR/out")"
said "no contact sheet of the views: .*claims.toml has changed since the runs of 'claims' were planned"

# Attention against masks.
cat >"$HOME_DIR/files/attention.toml" <<'TOML'
name = "attention"
[base.data]
name = "shapes"
train_size = 64
test_size = 40
views = ["image", "mask"]
[[base.view]]
source = "image"
count = 2
ops = [{ name = "flip" }, { name = "normalize" }]
[base.backbone]
name = "vit"
width = 32
depth = 2
heads = 2
patch_size = 4
image_size = 32
[base.method]
name = "dino"
output_width = 64
hidden_width = 32
bottleneck_width = 16
[base.train]
epochs = 1
batch_size = 32
[base.evaluate]
attention = { mask = "mask" }
linear = { epochs = 1 }
[table]
metrics = ["attention_jaccard", "knn_top1"]
TOML
sslx sweep --threads 1 "$HOME_DIR/files/attention.toml" || fail "$(cat "$HOME_DIR/out")"
said "^dino +[0-9]+\.[0-9]"
