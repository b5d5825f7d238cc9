#!/bin/bash
# Paths that are no UTF-8 work everywhere: of the data, of files and classes in it, of the home, the sweep
# file and the current folder. The trials are those of the same data elsewhere, and no library's words come out.
. "$(dirname "$0")/common.sh"
SSLX=$(realpath "$SSLX") PLUGINS=$(realpath "$PLUGINS")
"$1/bin/make_views" "$HOME_DIR/scenes" 24
cd "$HOME_DIR"
mv scenes/image data
cat >plain.toml <<'END'
name = "plain"
seeds = [0]
[base]
data = { name = "folder", path = "data" }
method = { name = "simclr" }
backbone = { name = "resnet_small", width = 8 }
train = { epochs = 1, batch_size = 8 }
evaluate = { knn = { k = 3 }, linear = { epochs = 2 } }
[[base.view]]
ops = [{ name = "crop" }, { name = "flip" }, { name = "normalize" }]
END

# works NAME COMMAND...: it ends with 0, and no exception's name is in its words.
works() {
  local name=$1
  shift
  "$@" >"$HOME_DIR/out" 2>&1 || fail "$name ended with $?: $(cat "$HOME_DIR/out")"
  if grep -aqF exception "$HOME_DIR/out"; then fail "$name: $(cat "$HOME_DIR/out")"; fi
}
# told NAME TEXT: the last command said so.
told() { grep -aqF -e "$2" "$HOME_DIR/out" || fail "$1 does not say '$2': $(cat "$HOME_DIR/out")"; }
# at HOME ARGUMENTS...: the command with that home.
at() {
  local home=$1
  shift
  "$SSLX" --home "$home" --plugin-dir "$PLUGINS" "$@"
}

works plain at h sweep plain.toml

bad=$'ba\xe4d'
cp -r data "$bad"
works data.path at h sweep plain.toml --set "data.path=$bad"
told data.path "all 1 trials have a result"
works home at $'h\xe4' sweep plain.toml
works "report of a home" at $'h\xe4' report plain
run=$(at $'h\xe4' runs | awk '$2 == "plain" && !seen++ {print $1}')
works "show of a home" at $'h\xe4' show "$run"
works export at $'h\xe4' export "$run" $'w\xe4.safetensors' --features $'f\xe4.npy'
for file in $'w\xe4.safetensors' $'f\xe4.npy'; do [ -s "$file" ] || fail "export wrote other files: $(ls)"; done
works views at h views plain.toml --set "data.path=$bad" --out $'v\xe4.png'
[ -s $'v\xe4.png' ] || fail "views wrote another file: $(ls)"

mkdir $'sw\xe4'
sed 's/^name = "plain"//; s#path = "data"#path = "../data"#' plain.toml >$'sw\xe4/na\xe4me.toml'
works "sweep file" at h sweep $'sw\xe4/na\xe4me.toml'
told "sweep file" "all 1 trials have a result"
sed 's#path = "data"#path = '"'"'ba\\xe4d'"'"'#' plain.toml >named.toml
works "path in a sweep file" at h sweep named.toml
told "path in a sweep file" "all 1 trials have a result"
mkdir $'cw\xe4'
(cd $'cw\xe4' && works "current folder" at . sweep ../plain.toml)
[ -d $'cw\xe4/runs' ] || fail "the current folder has no runs"

mkdir copy
cp -r data names
first=$(cd names/train && find . -name '*.png' | sort | sed -n 1p)
mv "names/train/$first" "names/train/$(dirname "$first")/"$'\xff\xfe.png'
class=$(basename "$(dirname "$first")")
for part in train test; do mv "names/$part/$class" "names/$part/"$'d\xf6g'; done
works "data info" "$SSLX" data info names
told "data info" 'd\xf6g'
works names at h sweep plain.toml --set data.path=names
works pack "$SSLX" data pack names $'p\xe4.pack'
works "info of a pack" "$SSLX" data info $'p\xe4.pack'
told "info of a pack" 'd\xf6g'
works "sweep of a pack" at h sweep plain.toml --set 'data={name="pack"}' --set $'data.path=p\xe4.pack'
works prepare "$SSLX" data prepare names $'pr\xe4'

# A broken file is named so that it can be found.
printf x >names/train/$'d\xf6g/br\xf6ken.jpg'
works "unreadable" at h sweep plain.toml --set data.path=names --set data.unreadable_limit=1
told "unreadable" 'd\xf6g/br\xf6ken.jpg'
refused 'd\xf6g/br\xf6ken.jpg' data info names
# What is no path and no UTF-8 is refused in words.
refused 'method' sweep plain.toml --set $'method.name=\xff'
refused 'data' sweep plain.toml --set $'data.\xff=1'
refused 'train' sweep plain.toml --set $'train.\xff=1' --set $'train.lr=\xff'
