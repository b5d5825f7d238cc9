#!/bin/bash
# Two commands, as of two machines that share runs/, train each trial together: the bits of as many processes on one
# machine, also when one machine's processes are killed or told to stop; what cannot be is one clear sentence.
. "$(dirname "$0")/common.sh"

variants='[[variants]]
name = "four"
method = { name = "simclr", head_norm = "sync_bn" }
backbone = { norm = "sync_bn" }
train = { processes = 4, epochs = 16 }
[[variants]]
name = "queue"
method = { name = "moco", queue = 128 }
train = { processes = 2, epochs = 3 }'
digests() { grep -h '"event":"stage"' "$1"/runs/*/journal.jsonl | grep -o '"weights_sha256":"[0-9a-f]*"' | sort -u; }
options=(--checkpoint 0.2 --retries 4) # and one thread for each process
home=$HOME_DIR

HOME_DIR=$home/alone && mkdir "$HOME_DIR"
sweep "${options[@]}" --threads 4 <<<"$variants" >"$home/out" 2>&1 || fail "$(cat "$home/out")"
expected=$(digests "$HOME_DIR")
[ "$(wc -l <<<"$expected")" = 2 ] || fail "the weights of two trials are $expected"

# Each machine has a home of its own, whose runs/ leads to the folder that they share.
mkdir -p "$home/shared" "$home/first" "$home/second"
ln -s "$home/shared" "$home/first/runs"
ln -s "$home/shared" "$home/second/runs"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("", 0)); print(s.getsockname()[1])')
machine() { # NAME RANK: the command on that machine, in the background; its words go to NAME.out
  SSLX_BOOT_ID=$1 RANK=$2 WORLD_SIZE=2 MASTER_ADDR=127.0.0.1 MASTER_PORT=$port "$SSLX" --home "$home/$1" \
    --plugin-dir "$PLUGINS" sweep "$home/alone/sweep.toml" "${options[@]}" --threads 2 --machines >"$home/$1.out" 2>&1 &
}
of_machine() { # WORDS: the hosts' processes of this home whose environment has these
  local pid
  for pid in $(pgrep -f "^$(dirname "$SSLX")/sslx-host" || true); do
    [[ $(readlink "/proc/$pid/fd/2" || true) == "$home/shared/"* ]] || continue
    tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -q -- "$1" && echo "$pid"
  done
  return 0
}
wait_for() { # SECONDS WHY COMMAND...
  in_time "$1" "${@:3}" || fail "not in time: $2; $(cat "$home"/*.out)"
}
ended() { find "$home/shared" -name exit.json | wc -l; }
has_ended() { [ "$(ended)" -gt "$1" ]; } # one run more
is_there() { [ -n "$(of_machine "$1")" ]; }
has_checkpoint() { find "$home/shared" -name 'checkpoint-*.safetensors' -newer "$home/mark" | grep -q .; }

machine first 0
first=$!
machine second 1
second=$!
for victim in '^SSLX_RUN=.*\.machine-1@' '^SSLX_RUN=[0-9a-f-]*@'; do
  touch "$home/mark"
  wait_for 100 "a checkpoint of two machines" has_checkpoint
  wait_for 100 "a process to kill" is_there "$victim"
  before=$(ended)
  kill -9 "$(of_machine "$victim" | tail -1)"
  wait_for 100 "the end of the run that lost a process" has_ended "$before"
done
touch "$home/mark"
wait_for 100 "a checkpoint after two kills" has_checkpoint
kill -TERM $second
wait $second && fail "the second machine was told to stop, and ended with 0"
wait $first && fail "what the second machine stopped has a result on the first"
[ -z "$(of_machine SSLX_RUN=)" ] || fail "hosts are left"
machine second 1
second=$!
machine first 0
first=$!
wait $first || fail "the first machine: $(cat "$home/first.out")"
wait $second || fail "the second machine: $(cat "$home/second.out")"
[ "$(digests "$home/first")" = "$expected" ] || fail "other weights than on one machine"
grep -hq 'a process of another machine ended' "$home"/shared/*/journal.jsonl || fail "nobody tells of the other machine"
grep -q '"event":"resumed".*"step"' "$home"/shared/*/journal.jsonl || fail "it did not go on from a checkpoint"
for one in first second; do # both have the table
  "$SSLX" --home "$home/$one" report trial --format csv | cut -d, -f1-4 >"$home/$one.csv"
done
cmp -s "$home/first.csv" "$home/second.csv" || fail "two tables: $(cat "$home"/*.csv)"

HOME_DIR=$home/alone
refuse() { refused "$1" sweep "$HOME_DIR/sweep.toml" --machines; }
refuse "--machines needs RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT, or a step of Slurm"
export RANK=0 WORLD_SIZE=3 MASTER_ADDR=127.0.0.1
refuse "four, seed 0: train.processes is 4; on 3 machines it must be a multiple of that"
WORLD_SIZE=2 RANK=2 refuse 'RANK is "2"; it must be a number from 0 to 1'
WORLD_SIZE=2 MASTER_ADDR='' refuse "--machines needs MASTER_ADDR, the first one's address"
