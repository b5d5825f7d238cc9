#!/bin/bash
# Data that are damaged behind their headers, and data that change under a sweep: named, counted and recorded,
# and the method is not blamed. The host is started by a script that changes the data first, or while it trains.
. "$(dirname "$0")/common.sh"
HOST=$1/bin/sslx-host
"$1/bin/make_views" "$HOME_DIR/scenes" 24
DATA=$HOME_DIR/scenes/image
export XDG_CACHE_HOME=$HOME_DIR/cache
# folder NAME EPOCHS DATA: a sweep file.
folder() {
  cat >"$HOME_DIR/$1.toml" <<END
name = "$1"
seeds = [0]
[base]
data = $3
method = { name = "simclr" }
backbone = { name = "resnet_small", width = 8 }
train = { epochs = $2, batch_size = 8 }
evaluate = { knn = { k = 3 }, linear = { epochs = 2 } }
[[base.view]]
ops = [{ name = "crop", size = 16, scale = [0.9, 1.0] }, { name = "normalize" }]
END
}
# run_it NAME: its code is that of the sweep; what was said is in the file out.
run_it() { timeout 250 "$SSLX" --home "$HOME_DIR" --plugin-dir "$PLUGINS" sweep "$HOME_DIR/$1.toml" "${@:2}" >"$HOME_DIR/out" 2>&1; }
said() { grep -qF -e "$1" "$HOME_DIR/out" || fail "it does not say '$1': $(cat "$HOME_DIR/out")"; }
silent() { if grep -qF -e "$1" "$HOME_DIR/out"; then fail "it says '$1': $(cat "$HOME_DIR/out")"; fi; }
# fails NAME: the sweep ends with 1.
fails() {
  local code=0
  run_it "$@" || code=$?
  [ "$code" = 1 ] || fail "the sweep $* ended with $code: $(cat "$HOME_DIR/out")"
}
name=$(find "$DATA/train" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | sed -n 1p)
image=$(find "$DATA/train/$name" -name '*.png' | sort | sed -n 1p)
whole=$HOME_DIR/whole.png
cp "$image" "$whole"

# One image whose header is whole and whose data are cut.
head -c $(($(stat -c %s "$whole") / 2)) "$whole" >"$image"
for decode in exact scaled; do
  folder "damaged_$decode" 1 "{ name = \"folder\", path = \"$DATA\", decode = \"$decode\" }"
  fails "damaged_$decode"
  said "$image: "
  said "(1 unreadable in all, data.unreadable_limit is 0)"
  silent "method 'simclr'"
  run_it "damaged_$decode" --set data.unreadable_limit=1 || fail "it is not forgiven: $(cat "$HOME_DIR/out")"
  said "$image: "
  said "in training the next image of its class takes its place, in evaluation it is left out"
  silent "method 'simclr'"
  run=$("$SSLX" --home "$HOME_DIR" runs --state completed | awk -v name="damaged_$decode" '$2 == name && !seen++ {print $1}')
  sslx show "$run" || fail "$(cat "$HOME_DIR/out")"
  grep -qE '^ *unreadable +1$' "$HOME_DIR/out" || fail "the record does not count it: $(cat "$HOME_DIR/out")"
done
cp "$whole" "$image"

# What changes after the plan and before the host reads it. Its first line reads the request.
cat >"$HOME_DIR/before.sh" <<'END'
#!/bin/bash
bash -c "$CHANGE"
exec "$HOST"
END
# What changes while it trains, which it does until it sees the change.
cat >"$HOME_DIR/during.sh" <<'END'
#!/bin/bash
request=$(cat)
run=$(grep -o '"directory":"[^"]*"' <<<"$request" | cut -d'"' -f4)
(
  until grep -qs '"event":"metric"' "$run/journal.jsonl"; do sleep 0.05; done
  bash -c "$CHANGE"
) 0<&- &
exec "$HOST" <<<"$request"
END
chmod +x "$HOME_DIR"/*.sh
export HOST CHANGE
CHANGE="cp '$whole' '$image.new' && mv '$image.new' '$image'"
for decode in once exact; do
  folder "before_$decode" 1 "{ name = \"folder\", path = \"$DATA\", decode = \"$decode\" }"
  SSLX_HOST=$HOME_DIR/before.sh fails "before_$decode"
  said "$image: the file changed after the sweep was planned"
  silent "method 'simclr'"
  run_it "before_$decode" || fail "planned anew it fails: $(cat "$HOME_DIR/out")"
done
folder during_folder 100000 "{ name = \"folder\", path = \"$DATA\", decode = \"exact\" }"
SSLX_HOST=$HOME_DIR/during.sh fails during_folder
said "$image: the file changed after the trial began to read it"
silent "method 'simclr'"

"$SSLX" data pack "$DATA" "$HOME_DIR/x.pack" >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
cp "$HOME_DIR/x.pack" "$HOME_DIR/y.pack"
CHANGE="cp '$HOME_DIR/y.pack' '$HOME_DIR/x.pack'"
folder before_pack 1 "{ name = \"pack\", path = \"$HOME_DIR/x.pack\" }"
SSLX_HOST=$HOME_DIR/before.sh fails before_pack
said "x.pack: the file changed after the sweep was planned"
folder during_pack 100000 "{ name = \"pack\", path = \"$HOME_DIR/x.pack\" }"
SSLX_HOST=$HOME_DIR/during.sh fails during_pack
said "x.pack: the file changed after the trial began to read it"
silent "method 'simclr'"

# Sizes that no memory holds are refused in one sentence, before anything is taken.
refused "'image_size' is 1000000000" sweep "$HOME_DIR/before_once.toml" --set data.image_size=1000000000
(
  ulimit -v 4000000
  folder big 1 '{ name = "shapes", train_size = 2000000, size = 64 }'
  sslx data info shapes --set train_size=2000000 --set size=64 && fail "it fits"
  said "data.train_size: 2000000 images of 3 x 64 x 64 bytes take 24.6 GB in memory, and a process here has 4.1 GB"
)
