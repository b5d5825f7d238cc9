#!/bin/bash
# `sslx debug` makes a recorded run again in the foreground, with torch's anomaly mode and, when asked, under gdb; it
# records nothing.
. "$(dirname "$0")/common.sh"

{
  misbehaving act "throw segv behave daemon"
  misbehaving mistake nan_gradient
} | sweep --retries 0 --threads 1 >"$HOME_DIR/out" 2>&1 && fail "nothing failed: $(cat "$HOME_DIR/out")"
before=$("$SSLX" --home "$HOME_DIR" runs)
# debugged CODE VARIANT OPTIONS...
debugged() {
  local wanted=$1 variant=$2 code=0
  shift 2
  sslx debug "$(run_of "$variant")" "$@" </dev/null || code=$?
  [ "$code" = "$wanted" ] || fail "debug of $variant ended with $code: $(cat "$HOME_DIR/out")"
}
said() { grep -qE -e "$1" "$HOME_DIR/out" || fail "it does not say '$1': $(cat "$HOME_DIR/out")"; }

debugged 1 throw
said "^failed: method 'misbehave' in loss at step 2: the loss gave up"
said "#[0-9]+ .*Misbehave::loss"
debugged 1 segv
said "its stacks at SIGSEGV, method 'misbehave' in loss"
said "^crashed: SIGSEGV ended it"

# The NaN is found where it is made, one step before the loss shows it: the operation, and where it was called.
debugged 1 nan_gradient
said "^failed: method 'misbehave' in backward at step 2: Function 'MulBackward[01]' returned nan values"
said "what went wrong in the backward pass of MulBackward[01] was called in"
said "#[0-9]+ .*Misbehave::loss"
debugged 1 nan_gradient --no-anomaly
said "^diverged: the loss is -?nan at step 3"
debugged 0 behave
said "^completed"
# A gdb that says what it was asked; the request reaches the host through the words that gdb is given.
mkdir -p "$HOME_DIR/bin"
cat >"$HOME_DIR/bin/gdb" <<'GDB'
#!/bin/bash
printf 'word: %s\n' "$@"
[ "$1" != --version ] || exit 0
for word in "$@"; do case $word in "set args < "*) request=${word#set args < } ;; esac; done
eval "exec ${!#} < $request"
GDB
chmod +x "$HOME_DIR/bin/gdb"
PATH=$HOME_DIR/bin:$PATH debugged 0 behave --gdb
said "^word: -batch"
said "^word: backtrace"
said "^completed"
code=0 run=$(run_of behave)
PATH=$HOME_DIR/none "$SSLX" --home "$HOME_DIR" --plugin-dir "$PLUGINS" debug "$run" --gdb >"$HOME_DIR/out" 2>&1 || code=$?
[ "$code" = 2 ] || fail "without gdb it ended with $code: $(cat "$HOME_DIR/out")"
said "gdb is not installed"
if command -v gdb >/dev/null; then
  debugged 1 segv --gdb
  said "received signal SIGSEGV"
  said "Misbehave::loss"
fi
# What a run starts and leaves ends with it.
export SSLX_TEST_OF=$HOME_DIR
# left: the command lines of this test's own processes.
left() {
  grep -lz "^SSLX_TEST_OF=$HOME_DIR$" /proc/[0-9]*/environ 2>/dev/null | while read -r one; do
    tr '\0' ' ' 2>/dev/null <"$(dirname "$one")/cmdline" || true
  done
}
debugged 0 daemon
[[ $(left) != *sslx-host* ]] || fail "a process of a debugged run is left: $(left)"
[ "$("$SSLX" --home "$HOME_DIR" runs)" = "$before" ] || fail "a debug run was recorded"
[ ! -e "$HOME_DIR/reproduced" ] || fail "its folder is left"
debugged 0 behave --keep "$HOME_DIR/kept"
compgen -G "$HOME_DIR/kept/*/journal.jsonl" >/dev/null || fail "it was not kept"
