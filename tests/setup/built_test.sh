#!/bin/bash
# Nothing is done twice: a second call only runs the command, where the caller stands, with its arguments.
. "$(dirname "$0")/checkout.sh"

wrapper 0 --version
said "fetching LibTorch 2.11.0"
said "ran in $PWD with --version"
called 'cmake .*--preset release'
called 'ninja .* cli/all host/all plugins/all'

cd "$HOME"
started=$(date +%s%N)
wrapper 0 report "two words"
took=$((($(date +%s%N) - started) / 1000000))
said "ran in $HOME with report two words"
[ ! -s "$calls" ] || fail "the second call did more than run the command"
[ "$took" -lt 1000 ] || fail "the second call took $took ms"

ln -s "$root/sslx" "$work/link"
[ "$("$work/link" x 2>&1)" = "ran in $HOME with x" ] || fail "not through a symbolic link"

sleep 0.01
touch "$root/cli/new.cpp"
wrapper 0
called ninja
not_called '^cmake|python3.*download'

rm "$root/build/release/bin/sslx-host"
wrapper 0
called ninja

# A sweep needs only the plugins that it names; what else there is is built when something asks for it.
mkdir -p "$root/plugins/methods" "$root/sweeps"
touch "$root/plugins/methods/"{simclr,byol}.cpp
printf '[[variants]]\nmethod = { name = "simclr" }\n' >"$root/sweeps/one.toml"
wrapper 0 --home . sweep one
called 'ninja .* cli/all plugin_method_simclr sslx-host$'
wrapper 0 sweep "$root/sweeps/one.toml"
[ ! -s "$calls" ] || fail "what is built is built again"
wrapper 0 sweep "$root/sweeps/one.toml" --set method.name=byol
called 'ninja .* cli/all plugin_method_byol plugin_method_simclr sslx-host$'
wrapper 0 plugins
called 'ninja .* cli/all host/all plugins/all$'
wrapper 0 sweep one
[ ! -s "$calls" ] || fail "a part is built though all is"
