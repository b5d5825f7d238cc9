#!/bin/bash
# A run's weights go out and come back: exported, imported and evaluated as `pretrained` they give the
# very figures of the run; features and labels are .npy files; what cannot be done is one clear sentence.
. "$(dirname "$0")/common.sh"

# figures RUN: its results, without where they stand.
figures() { grep -o '"metric":"[a-z_0-9]*"\|"predictions":"[^"]*"\|"value":[0-9.]*' "$HOME_DIR/runs/$1/journal.jsonl"; }
kept() { find weights -name '*.safetensors' | sort; }

printf '[[variants]]\nname = "MoCo"\nmethod = { name = "moco", queue = 128 }\n[[variants]]\nname = "gone"\nmethod = { name = "misbehave", act = "throw" }\n[[variants]]\nname = "removed"\nmethod = { name = "misbehave" }\n' |
  sweep --threads 1 >"$HOME_DIR/out" 2>&1 && fail "one of three was to fail"
run=$(run_of MoCo)
[ -n "$run" ] || fail "MoCo is not recorded: $(cat "$HOME_DIR/out")"
cd "$HOME_DIR"

# The encoder that is evaluated is the query's; its names are torchvision's.
sslx export "$run" net.safetensors --features test.npy --labels labels.npy || fail "$(cat out)"
grep -q "net.safetensors: [0-9]* tensors of 'query.backbone.'" out || fail "$(cat out)"
head -c 4000 net.safetensors | grep -q '"conv1.weight"' || fail "the names are not bare"
head -c 4000 net.safetensors | grep -q "\"run\":\"$run\"" || fail "the file does not say whose it is"
[ "$(head -c 6 test.npy | tail -c 5)" = NUMPY ] || fail "test.npy is no .npy"
head -c 128 test.npy | grep -qa "'<f4', 'fortran_order': False, 'shape': (80, " || fail "$(head -c 128 test.npy)"
head -c 128 labels.npy | grep -qa "'<i8', 'fortran_order': False, 'shape': (80,)" || fail "$(head -c 128 labels.npy)"
[ "$(wc -c <labels.npy)" = $((128 + 80 * 8)) ] || fail "labels.npy has $(wc -c <labels.npy) bytes"
sslx export "$run" --features train.npy --split train || fail "$(cat out)"
head -c 128 train.npy | grep -qa "'shape': (320, " || fail "$(head -c 128 train.npy)"
sslx export "$run" key.safetensors --prefix key.backbone || fail "$(cat out)"
! cmp -s key.safetensors net.safetensors || fail "the key's encoder is the query's"
sslx export "$run" all.safetensors --part all || fail "$(cat out)"

# They come back; whatever they are wrapped in, they are the same weights.
sslx import net.safetensors --backbone resnet_small --set width=8 --as mine || fail "$(cat out)"
grep -q '^weights = "mine"' out || fail "$(cat out)"
sslx import all.safetensors --backbone resnet_small --set width=8 || fail "$(cat out)"
grep -q "of 'query.backbone.'" out || fail "$(cat out)"
grep -q "left out: key" out || fail "$(cat out)"
[ "$(kept | wc -l)" = 1 ] || fail "the same weights are kept twice: $(ls weights)"
printf '[[variants]]\nname = "again"\nmethod = { name = "pretrained" }\nbackbone = { weights = "mine" }\n[[variants]]\nname = "path"\nmethod = { name = "simclr" }\nbackbone = { weights = "./key.safetensors" }\n' |
  sweep --threads 1 >out 2>&1 || fail "$(cat out)"
[ "$(figures "$(run_of again)")" = "$(figures "$run")" ] || fail "other figures: $(figures "$(run_of again)") than $(figures "$run")"
grep -q '"event":"weights"' "runs/$(run_of again)/journal.jsonl" || fail "the run does not record its weights"
[ "$(kept | wc -l)" = 2 ] || fail "the weights of a path are not kept: $(ls weights)"

# A prefix may lack its last '.'; what imports left that were killed is cleared.
mkdir -p weights/.incoming-99999999
sslx import all.safetensors --backbone resnet_small --set width=8 --prefix key.backbone --as key || fail "$(cat out)"
grep -q "of 'key.backbone.'" out || fail "$(cat out)"
[ ! -e weights/.incoming-99999999 ] || fail "what a killed import left is still there"
[ "$(kept | wc -l)" = 3 ] || fail "the key's weights are not kept beside their file: $(ls weights)"

# What the new run exports is what it was given.
sslx export "$(run_of again)" again.safetensors || fail "$(cat out)"
sslx import again.safetensors --backbone resnet_small --set width=8 || fail "$(cat out)"
[ "$(kept | wc -l)" = 3 ] || fail "the weights changed: $(ls weights)"

refused "is failed; only a completed run has final weights" export "$(run_of gone)" x.safetensors
refused "there is no run 'nosuch'" export nosuch x.safetensors
refused "there is nothing to export" export "$run"
refused "--split goes with --features" export "$run" x.safetensors --split test
refused "--part and --prefix go with a file for the weights" export "$run" --features x.npy --prefix key
refused "--part and --prefix go with a file for the weights" export "$run" --features x.npy --part all
refused "lies in the run's own folder" export "$run" "runs/../runs/$run/weights.safetensors"
refused "./x.npy is named for two outputs" export "$run" --features x.npy --labels ./x.npy
cp "runs/$run/request.json" request.json
sed -i 's/"shape_seed": *0/"shape_seed":1/' "runs/$run/request.json"
cmp -s request.json "runs/$run/request.json" && fail "the request has no shape_seed"
refused "the data set 'shapes' changed since the run" export "$run" --features x.npy
cp request.json "runs/$run/request.json"
if [ -e x.npy ] || [ -e x.safetensors ]; then fail "what was refused left something: $(ls)"; fi
refused "the run has no weights under 'head.'; it has some under 'key.backbone.', 'query.backbone.'" \
  export "$run" x.safetensors --prefix head
refused "does not fit backbone 'resnet_small'" import net.safetensors --backbone resnet_small --as other
refused "the weights called 'mine' are others" import key.safetensors --backbone resnet_small --set width=8 --as mine
printf 'PK\003\004 and more' >moco.pth
refused "safetensors.torch import save_file" import moco.pth --backbone resnet_small
refused "has no parameter 'witdh'; the nearest is 'width'" import net.safetensors --backbone resnet_small --set witdh=8
# planned SENTENCE BACKBONE: a sweep with it is refused before anything runs.
planned() {
  local code=0
  sweep --dry-run >out 2>&1 <<<"[[variants]]
name = \"bad\"
method = { name = \"pretrained\" }
backbone = { $2 }" || code=$?
  [ "$code" = 2 ] || fail "the sweep with $2 ended with $code: $(cat out)"
  grep -qF -e "$1" out || fail "the sweep with $2 does not say '$1': $(cat out)"
}
planned "moco.pth: this is a pickle of torch.save" 'weights = "./moco.pth"'
grep -qF "safetensors.torch import save_file" out || fail "no hint how it is converted: $(cat out)"
planned "width is 8 there and 16 here" 'weights = "mine", width = 16'
head -c 1000 net.safetensors >cut.safetensors
refused "cut.safetensors: " import cut.safetensors --backbone resnet_small --set width=8
[ -z "$(find weights -name '.incoming*')" ] || fail "what was refused left something: $(ls -A weights)"

for file in $(kept); do printf x >>"$file"; done
sweep --dry-run >out 2>&1 <<<'[[variants]]
name = "changed"
method = { name = "pretrained" }
backbone = { weights = "mine" }' && fail "changed weights were not noticed"
grep -q "was changed" out || fail "$(cat out)"
rm -r runs/plugins
sslx export "$run" x.safetensors || fail "the plugins of the tree are those that made the run: $(cat out)"
PLUGINS=$HOME_DIR
refused "the method 'misbehave' was removed since run $(run_of removed)" export "$(run_of removed)" x.safetensors
sslx export "$(run_of removed)" x.safetensors --prefix backbone || fail "$(cat out)"
printf x >>"runs/$run/weights.safetensors"
refused "bytes follow its last tensor" export "$run" x.safetensors
rm "runs/$run/weights.safetensors"
refused "the weights of run $run are gone" export "$run" x.safetensors

# `sslx plugins show` counts what a backbone costs, and stays useful when that fails.
sslx plugins show resnet_small --set width=8 --image-size 32 || fail "$(cat out)"
grep -q "multiply-adds  [0-9.]* [kMG] for an image of 3 x 32 x 32" out || fail "$(cat out)"
sslx plugins show vit --set patch_size=4 --image-size 4096 || fail "$(cat out)"
grep -qF "the activations for 3 x 4096 x 4096 take about" out || fail "what it would cost is not foreseen: $(cat out)"
refused "--image-size goes with a backbone; 'moco' is of kind method" plugins show moco --image-size 32
refused "--channels goes with a backbone; 'moco' is of kind method" plugins show moco --channels 3
SSLX_TOOLS=/nowhere sslx plugins show resnet_small || fail "$(cat out)"
grep -q "stem_stride" out || fail "$(cat out)"
grep -q "could not be counted" out || fail "$(cat out)"
