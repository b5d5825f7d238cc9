#!/bin/bash
# Folders of images as they are found: what is in them beside images neither hangs a command nor becomes a
# class or an image, it is told and recorded; what would change the classes unseen is refused.
. "$(dirname "$0")/common.sh"
"$1/bin/make_views" "$HOME_DIR/scenes" 24
DATA=$HOME_DIR/scenes/image
export XDG_CACHE_HOME=$HOME_DIR/cache
cat >"$HOME_DIR/folder.toml" <<END
name = "folder"
seeds = [0]
[base]
data = { name = "folder", path = "$DATA" }
method = { name = "simclr" }
backbone = { name = "resnet_small", width = 8 }
train = { epochs = 1, batch_size = 8 }
evaluate = { knn = { k = 3 }, linear = { epochs = 2 } }
[[base.view]]
ops = [{ name = "crop" }, { name = "flip" }, { name = "normalize" }]
END
class=$(find "$DATA/train" -mindepth 1 -maxdepth 1 | sort | sed -n 1p)
name=$(basename "$class")
image=$(find "$class" -name '*.png' | sort | sed -n 1p)

# ran ARGUMENTS...: the sweep ends with 0 within a minute.
ran() { timeout 60 "$SSLX" --home "$HOME_DIR" --plugin-dir "$PLUGINS" sweep "$HOME_DIR/folder.toml" "$@" >"$HOME_DIR/out" 2>&1 || fail "sweep $* ended with $?: $(cat "$HOME_DIR/out")"; }
# said TEXT: the last command did.
said() { grep -qF -e "$1" "$HOME_DIR/out" || fail "it does not say '$1': $(cat "$HOME_DIR/out")"; }

ran
fingerprint=$("$SSLX" data info "$DATA" | grep fingerprint)

# Litter changes nothing: the trial is the same one, and has its result.
mkdir "$DATA/train/.ipynb_checkpoints" "$DATA/test/@eaDir" "$DATA/train/__MACOSX"
cp "$image" "$DATA/train/.ipynb_checkpoints/"
for file in "$DATA"/*/*/*.png; do printf 'Mac OS X' >"$(dirname "$file")/._$(basename "$file")"; done
printf x >"$class/a.bmp"
mkfifo "$class/pipe.png"
[ "$(timeout 60 "$SSLX" data info "$DATA" | grep fingerprint)" = "$fingerprint" ] || fail "litter changed the fingerprint"
ran
said "all 1 trials have a result"
ran --retry
said "warning: left out of $DATA: .bmp (1, as train/$name/a.bmp)"
said "pipes, devices or sockets (1, as train/$name/pipe.png)"
grep -hq '"left_out":{[^}]*".bmp":1' "$HOME_DIR"/runs/*/journal.jsonl || fail "the journal does not count what was left out"
sslx data pack "$DATA" "$HOME_DIR/x.pack"
said ".bmp (1, as"
sslx data prepare "$DATA" "$HOME_DIR/prepared"
said ".bmp (1, as"
if "$SSLX" data prepare "$DATA" "$HOME_DIR/prepared_too" >/dev/full 2>"$HOME_DIR/out"; then fail "a full standard output is no failure"; fi
said "standard output cannot be written"
rm "$class/pipe.png" "$class/a.bmp"

# Unreadable images are forgiven as far as was said, dangling links among them.
ln -s /nowhere/x.png "$class/zz.png"
refused "$class/zz.png: the file cannot be read (1 unreadable in all, data.unreadable_limit is 0)" sweep "$HOME_DIR/folder.toml"
ran --set data.unreadable_limit=1
said "warning: left out $class/zz.png"
rm "$class/zz.png"

# A class whose disk is not mounted is no class that is not there.
for part in train test; do ln -s /mnt/notmounted/dog "$DATA/$part/dog"; done
refused "$DATA/train/dog: the link leads to /mnt/notmounted/dog, which is not there" sweep "$HOME_DIR/folder.toml"
refused "$DATA/train/dog: the link leads to" data info "$DATA"
rm "$DATA"/*/dog
ln -s .. "$class/up"
refused "$class/up: the link leads back to a folder that it lies in" data info "$DATA"
rm "$class/up"
ln -s self "$HOME_DIR/self"
refused "$HOME_DIR/self: the link leads to no folder and no pack" data info "$HOME_DIR/self"
refused "$HOME_DIR/self/train is not there" sweep "$HOME_DIR/folder.toml" --set "data.path=$HOME_DIR/self"

# One image replaced by another of equal size and time is another data set.
printf 'abc' >"$DATA/test/$name/x.jpg"
printf 'abd' >"$HOME_DIR/other.jpg"
touch -d '2 hours ago' "$DATA/test/$name/x.jpg" "$HOME_DIR/other.jpg"
planned() { sslx sweep "$HOME_DIR/folder.toml" --set data.unreadable_limit=1 --dry-run && head -n 1 "$HOME_DIR/out"; }
before=$(planned)
cp -p "$HOME_DIR/other.jpg" "$DATA/test/$name/x.jpg"
[ "$(planned)" != "$before" ] || fail "a replaced image was not noticed"
