#!/bin/bash
# Nothing is done twice: a second call only runs the command, where the caller stands, with its arguments.
. "$(dirname "$0")/checkout.sh"

wrapper 0 --version
said "fetching LibTorch 2.11.0"
said "ran in $PWD with --version"
called 'cmake .*--preset release'
called 'ninja .* cli/all$'

cd "$HOME"
started=$(date +%s%N)
wrapper 0 runs "two words"
took=$((($(date +%s%N) - started) / 1000000))
said "ran in $HOME with runs two words"
[ ! -s "$calls" ] || fail "the second call did more than run the command"
[ "$took" -lt 1000 ] || fail "the second call took $took ms"

ln -s "$root/sslx" "$work/link"
[ "$("$work/link" show x 2>&1)" = "ran in $HOME with show x" ] || fail "not through a symbolic link"

sleep 0.01
touch "$root/cli/new.cpp"
wrapper 0
called 'ninja .* cli/all host/all plugins/all$'
not_called '^cmake|python3.*download'

rm "$root/build/release/bin/sslx-host"
wrapper 0
called ninja

# What reads the record alone needs the command; a report asks for the host, too. A folder may be called like a verb.
rm -r "$root/build/release"
for words in --version "help sweep" "--home sweep runs" "--plugin-dir=x show A"; do
  read -ra words <<<"$words"
  wrapper 0 "${words[@]}"
  not_called 'ninja .*(host|plugins|sslx-host)'
done
wrapper 0 --home runs report
called 'ninja .* cli/all sslx-host$'
wrapper 0 --home runs plugins
called 'ninja .* cli/all host/all plugins/all$'

# A sweep needs only the plugins that it names; what else there is is built when something asks for it.
rm -r "$root/build/release"
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
