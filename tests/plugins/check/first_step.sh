#!/bin/bash
# The first step of a training tells what of the check costs nothing: parts that are not registered, parameters without a
# gradient, views that are changed. A sound method is told nothing of.
. "$(dirname "$0")/../../trial/common.sh"

told() {
  local parts=$1 sentence=$2
  printf '[[variants]]\nname = "v"\nmethod = { name = "mistaken", %s }\n' "$parts" |
    sweep --set train.epochs=1 --set data.train_size=64 --set data.test_size=16 --set train.batch_size=16 >"$HOME_DIR/out" 2>&1 ||
    fail "$parts: $(cat "$HOME_DIR/out")"
  if [ -n "$sentence" ]; then
    grep -qE "warning: method 'mistaken': .*$sentence.*sslx plugins check" "$HOME_DIR/out" || fail "$parts does not tell '$sentence': $(cat "$HOME_DIR/out")"
    sslx show "$(run_of v)" || fail "$(cat "$HOME_DIR/out")"
    grep -qE "$sentence" "$HOME_DIR/out" || fail "the record of $parts does not have '$sentence': $(cat "$HOME_DIR/out")"
  else
    ! grep -q "plugins check" "$HOME_DIR/out" || fail "a sound method is told of: $(cat "$HOME_DIR/out")"
  fi
}
told 'parts = "right"' ""
told 'parts = "head"' "the loss has a gradient for a tensor of shape \[16"
told 'parts = "left_out"' "parameter_groups\(\) leaves it out"
told 'parts = "copy"' "no gradient of the loss reaches copy.weight"
told 'batch = "view"' "view 0 was changed in place"

# A backbone is told of the images that it will see: as the first view's recipe makes them, also when the run is
# taken up again, and when its cost is counted.
{
  sed '/^width = 8$/d; s/"resnet_small"/"mistaken_backbone"/' "$SOURCE/sweep.toml"
  printf '[[variants]]\nname = "v"\nmethod = { name = "random" }\nbackbone = { expected_size = 24 }\n'
  printf 'view = [{ ops = [{ name = "crop", size = 24 }, { name = "normalize" }] }]\n'
} >"$HOME_DIR/sized.toml"
sslx sweep "$HOME_DIR/sized.toml" --set data.train_size=64 --set data.test_size=16 --set train.batch_size=16 || fail "$(cat "$HOME_DIR/out")"
sslx export "$(run_of v)" "$HOME_DIR/net.safetensors" || fail "$(cat "$HOME_DIR/out")"
sslx plugins show mistaken_backbone --set expected_size=40 --image-size 40 || fail "$(cat "$HOME_DIR/out")"
grep -q "multiply-adds" "$HOME_DIR/out" || fail "its cost is not counted: $(cat "$HOME_DIR/out")"

# What cannot be made is told with who it is, in the record too.
made() {
  printf '[[variants]]\nname = "made"\nmethod = { name = "random" }\n%s\n' "$1" >>"$HOME_DIR/making.toml"
  if sslx sweep "$HOME_DIR/making.toml"; then fail "$2 was made: $(cat "$HOME_DIR/out")"; fi
  grep -qF "$2 in making: it cannot be made" "$HOME_DIR/out" || fail "it is not told that $2 cannot be made: $(cat "$HOME_DIR/out")"
}
sed '/^width = 8$/d; s/"resnet_small"/"mistaken_backbone"/' "$SOURCE/sweep.toml" >"$HOME_DIR/making.toml"
made 'backbone = { mistake = "making" }' "backbone 'mistaken_backbone'"
cp "$SOURCE/sweep.toml" "$HOME_DIR/making.toml"
made 'view = [{ ops = [{ name = "mistaken_augmentation", mistake = "making" }] }]' "augmentation 'mistaken_augmentation'"
