#!/bin/bash
# The same trial gives the same final weights bit for bit, with one or four view workers; another seed
# does not. What is recorded is not run again, and needs --retry to be.
. "$(dirname "$0")/common.sh"

for workers in 1 4 0; do
  printf '[[variants]]\nname = "SimCLR"\nmethod = { name = "simclr" }\n' |
    sweep --threads 2 --view-workers "$workers" --retry >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
done
[ "$(weights | wc -l)" = 3 ] || fail "three runs were expected: $(weights)"
[ "$(weights | sort -u | wc -l)" = 1 ] || fail "the weights differ: $(weights)"

printf '[[variants]]\nname = "SimCLR"\nmethod = { name = "simclr" }\n' |
  sweep --threads 2 --seeds 2 >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
grep -q "1 of 2 trials to run" "$HOME_DIR/out" || fail "what is recorded was run again: $(cat "$HOME_DIR/out")"
[ "$(weights | sort -u | wc -l)" = 2 ] || fail "another seed gave the same weights"
