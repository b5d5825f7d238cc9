#!/bin/bash
# Every method that comes with sslx passes its check, those that want views or weights of their own on a sweep that
# has them.
. "$(dirname "$0")/../../trial/common.sh"

# What two of them start from: here a network that was never trained.
printf '[[variants]]\nname = "teacher"\nmethod = { name = "random" }\nbackbone = { name = "resnet_small", width = 8 }\n' |
  sweep --set data.train_size=64 --set data.test_size=16 >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
sslx export "$(run_of teacher)" "$HOME_DIR/teacher.safetensors" || fail "$(cat "$HOME_DIR/out")"
sslx import "$HOME_DIR/teacher.safetensors" --backbone resnet_small --set width=8 || fail "$(cat "$HOME_DIR/out")"

checked=0
for file in "$1"/plugins/methods/*.so; do
  name=$(basename "$file" .so)
  sweep=()
  ! grep -q "name = \"$name\"" "$(dirname "$0")/special.toml" || sweep=(--sweep "$(dirname "$(realpath "$0")")/special.toml")
  sslx plugins check --kind method "$name" "${sweep[@]}" || fail "$name: $(cat "$HOME_DIR/out")"
  grep -q "^method '$name' passes" "$HOME_DIR/out" || fail "$name: $(cat "$HOME_DIR/out")"
  checked=$((checked + 1))
done
[ "$checked" -ge 19 ] || fail "only $checked methods were checked"
