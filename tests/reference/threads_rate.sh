#!/bin/bash
# Measures, in pairs that alternate, images a second of a training with threads by default against
# --threads 1: alone, beside one busy process, and under a quota of one core (control groups, version 1 or 2;
# left out where none can be made). Also what waiting passively would give. A measurement for people: it
# takes minutes, wants a machine that does nothing else, and is no test.
#   tests/reference/threads_rate.sh [PAIRS] [SSLX]
set -euo pipefail
pairs=${1:-5}
root=$(dirname "$(dirname "$(dirname "$(realpath "$0")")")")
SSLX=$(realpath "${2:-$root/build/release/bin/sslx}")
unset OMP_NUM_THREADS OMP_WAIT_POLICY GOMP_SPINCOUNT
work=$(mktemp -d)
busy=
group=
finish() {
  [ -z "$busy" ] || kill "$busy"
  [ -z "$group" ] || { sleep 1 && rmdir "$group"; }
  rm -rf "$work"
}
trap finish EXIT
cat >"$work/rate.toml" <<'TOML'
name = "rate"
title = "Images a second"
[base]
data = { name = "shapes", train_size = 600, test_size = 60 }
method = { name = "simclr" }
backbone = { name = "resnet_small", width = 8 }
view = [{ ops = [{ name = "crop" }, { name = "flip" }, { name = "normalize" }] }]
train = { epochs = 4, batch_size = 16 }
evaluate = { linear = { epochs = 1 } }
[table]
rows = ["variant"]
metrics = ["images_per_second"]
TOML

# under GROUP COMMAND...: in that control group, or where we are.
under() {
  local place=$1
  shift
  # shellcheck disable=SC2016
  if [ -n "$place" ]; then bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$place" "$@"; else "$@"; fi
}
# rate ENVIRONMENT ARGUMENTS...: images a second, and the threads it had.
rate() {
  local with=$1 run
  shift
  rm -rf "${work:?}/home"
  under "$group" env "$with" "$SSLX" --home "$work/home" sweep "$work/rate.toml" "$@" >"$work/out" 2>&1 || cat "$work/out" >&2
  run=$(basename "$work"/home/runs/*-*-*)
  "$SSLX" --home "$work/home" show "$run" | awk '$1 == "images_per_second" && !n {n = $2} $1 == "threads" {t = $2} END {printf "%.0f %d\n", n, t}'
}
median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
# compare WHAT ENVIRONMENT ARGUMENTS...: pairs of it and --threads 1.
compare() {
  local what=$1 with=$2 i a b
  shift 2
  : >"$work/ratios"
  for ((i = 0; i < pairs; ++i)); do
    a=$(rate "$with" "$@")
    b=$(rate "A=1" --threads 1)
    echo "${a% *} ${b% *}" | awk '{printf "%.2f\n", $1 / $2}' >>"$work/ratios"
    printf '%-44s %5s images/s with %s threads, %5s with 1\n' "$what" "${a% *}" "${a#* }" "${b% *}"
  done
  printf '%-44s ratio: median %s of %s\n' "$what" "$(median <"$work/ratios")" "$(tr '\n' ' ' <"$work/ratios")"
}

echo "load average $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) processors"
compare "alone, default" A=1
compare "alone, all processors, passive waiting" OMP_WAIT_POLICY=PASSIVE --threads "$(nproc)"
sha256sum /dev/zero &
busy=$!
compare "beside one busy process, default" A=1
compare "beside one, all processors" A=1 --threads "$(nproc)"
compare "beside one, all processors, passive" OMP_WAIT_POLICY=PASSIVE --threads "$(nproc)"
kill "$busy"
busy=
for place in /sys/fs/cgroup/cpu /sys/fs/cgroup; do
  [ -n "$group" ] || [ ! -d "$place" ] || ! mkdir "$place/sslx_rate_$$" 2>/dev/null || group=$place/sslx_rate_$$
done
if [ -n "$group" ] && { echo 100000 >"$group/cpu.cfs_quota_us" || echo "100000 100000" >"$group/cpu.max"; } 2>/dev/null; then
  compare "under a quota of one core, default" A=1
  compare "under a quota of one core, all processors" A=1 --threads "$(nproc)"
else
  echo "no quota can be set here (it needs root)"
fi
