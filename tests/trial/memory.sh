#!/bin/bash
# A training that would not fit is refused before it begins, with what would; --dry-run foretells what it holds and computes.
. "$(dirname "$0")/common.sh"

# Batches of 4,096 images of 96 pixels, through a ResNet whose first stage keeps them so large: hundreds of gigabytes.
large() { cat <<'T'
[[variants]]
name = "large"
method = { name = "moco", queue = 64 }
T
}
settings=(--set data.train_size=4096 --set data.size=96 --set train.batch_size=4096 --set 'backbone={name="resnet", depth=18, stem="cifar"}')
code=0
large | sweep "${settings[@]}" --seeds 1 >"$HOME_DIR/out" 2>&1 || code=$?
[ "$code" = 2 ] || fail "it ended with $code: $(cat "$HOME_DIR/out")"
grep -qE "^sslx: large, seed 0: its training would hold about [0-9.]+ (GB|TB), and a trial here has" "$HOME_DIR/out" || fail "$(cat "$HOME_DIR/out")"
grep -qE "what would fit: .*train.batch_size = [0-9]+ with train.accumulate = [0-9]+; train.processes = [0-9]+ on as many machines; --any-memory" "$HOME_DIR/out" ||
  fail "nothing says what would fit: $(cat "$HOME_DIR/out")"
! ls "$HOME_DIR"/runs/2* >/dev/null 2>&1 || fail "it was begun"
# Of several, by the server that begins them.
code=0
large | sweep "${settings[@]}" --seeds 2 >"$HOME_DIR/out" 2>&1 || code=$?
if [ "$code" != 2 ] || ! grep -q "its training would hold about" "$HOME_DIR/out"; then fail "two of them: $code, $(cat "$HOME_DIR/out")"; fi
large | sweep "${settings[@]}" --seeds 2 --dry-run >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
grep -qE "^memory: about [0-9.]+ (GB|TB) at most \(large, seed 0\)" "$HOME_DIR/out" || fail "no memory is foretold: $(cat "$HOME_DIR/out")"
# A query forward and backward, a key forward: four passes of 0.56 G multiply-adds (32 pixels), nine times for 96, of 2 x 2 x 4,096 images.
work=$(sed -n 's/^training: \([0-9.e+]*\) multiply-adds, about .* hours of a V100.*/\1/p' "$HOME_DIR/out")
python3 -c "import sys; sys.exit(not 0.95 < float('$work') / (4 * 9 * 0.556e9 * 2 * 2 * 4096) < 1.05)" || fail "$work multiply-adds: $(cat "$HOME_DIR/out")"
# What is small is not asked about, and runs.
printf '[[variants]]\nname = "small"\nmethod = { name = "simclr" }\n' | sweep --dry-run >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
! grep -q "^memory:" "$HOME_DIR/out" || fail "a small sweep waits for an estimate: $(cat "$HOME_DIR/out")"
