#!/bin/bash
# A trial's threads by default are no more than the process may use (affinity, quota, OMP_NUM_THREADS) and
# than others leave; more than that is told; a run beside busy processes is marked.
. "$(dirname "$0")/common.sh"
unset OMP_NUM_THREADS

busy=()
stop_busy() { [ "${#busy[@]}" = 0 ] || kill "${busy[@]}" 2>/dev/null || true; }
trap stop_busy EXIT
# once COMMAND...: one trial under that command, with what ARGUMENTS has.
printf '[[variants]]\nname = "a"\nmethod = { name = "simclr" }\n' | { cat "$SOURCE/sweep.toml" -; } >"$HOME_DIR/sweep.toml"
sed -i 's/^metrics = .*/metrics = ["knn_top1", "images_per_second"]/' "$HOME_DIR/sweep.toml"
once() {
  "$@" "$SSLX" --home "$HOME_DIR" --plugin-dir "$PLUGINS" sweep "$HOME_DIR/sweep.toml" "${trial[@]}" >"$HOME_DIR/out" 2>&1 ||
    fail "$(cat "$HOME_DIR/out")"
}
shown() { "$SSLX" --home "$HOME_DIR" show "$(run_of a)"; }
# threads COUNT WHEN: what the last trial ran with.
threads() { [ "$(shown | awk '$1 == "threads" {print $2}')" = "$1" ] || fail "$2: $1 threads were expected: $(shown)"; }

trial=(--dry-run --threads 4096)
once
cores=$(grep -o 'may use [0-9]*' "$HOME_DIR/out" | grep -o '[0-9]*$')
trial=(--set train.epochs=1 --retry)
first=$(taskset -pc $$ | grep -o '[0-9]*' | sed -n 2p)
once taskset -c "$first"
threads 1 "on one processor of the affinity mask"
once env OMP_NUM_THREADS=1
threads 1 "with OMP_NUM_THREADS=1"
grep -qE '^  load +[0-9.]+ at the start, [0-9.]+ at the end' <<<"$(shown)" || fail "the load is not recorded: $(shown)"

group=/sys/fs/cgroup/cpu/sslx_threads_$$
if mkdir "$group" 2>/dev/null && echo 50000 >"$group/cpu.cfs_quota_us"; then
  # shellcheck disable=SC2016
  once bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group"
  threads 1 "under a quota of half a core"
  rmdir "$group" 2>/dev/null || { sleep 1 && rmdir "$group"; }
else
  echo "no control group can be made here: a quota is tried in machine_test alone"
fi

# More than may be used is done, and told.
many=$((cores + 1))
trial=(--dry-run --threads "$many")
once
grep -q "^warning: 1 trial at a time with $many threads and 1 view worker each are $((many + 1)) threads, but this process may use $cores core" "$HOME_DIR/out" ||
  fail "too many threads are not told: $(cat "$HOME_DIR/out")"
trial=(--dry-run --jobs "$many")
once
grep -q "^warning: $many trials at a time with 1 thread " "$HOME_DIR/out" || fail "too many jobs are not told: $(cat "$HOME_DIR/out")"
trial=(--dry-run)
once
! grep -q "^warning" "$HOME_DIR/out" || fail "the default is told to be too much: $(cat "$HOME_DIR/out")"

# As many busy processes as there are cores: one thread is left, and it has to share.
for ((i = 0; i < cores; ++i)); do
  sha256sum /dev/zero &
  busy+=("$!")
done
trial=(--set train.epochs=4 --retry)
once
threads 1 "beside as many busy processes as there are cores"
[ "$cores" = 1 ] || grep -q "^other processes are busy: 1 thread a trial instead of $cores" "$HOME_DIR/out" || fail "$(cat "$HOME_DIR/out")"
grep -qE '^  load .*others used [0-9.]+ of [0-9]+ cores \(disturbed\)' <<<"$(shown)" || fail "the run does not say that it was disturbed: $(shown)"
grep -qE '^a .* [0-9]+ \(disturbed\)$' "$HOME_DIR/out" || fail "images/s are not marked: $(cat "$HOME_DIR/out")"
grep -q '^disturbed: 1 of 1 run had fewer cores' "$HOME_DIR/out" || fail "the mark is not explained: $(cat "$HOME_DIR/out")"
sslx bench views --seconds 0.05 || fail "$(cat "$HOME_DIR/out")"
grep -qE '^other processes used [0-9.]+ of [0-9]+ cores meanwhile' "$HOME_DIR/out" || fail "a disturbed measurement does not say so: $(cat "$HOME_DIR/out")"
