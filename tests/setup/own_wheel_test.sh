#!/bin/bash
# A checkout that was never built runs from the wheel that was made of the very same sources, until they change.
. "$(dirname "$0")/checkout.sh"

make_libtorch "$work/torch" 2.11.0
export LIBTORCH_ROOT="$work/torch"
kept() { (. "$root/cmake/setup.sh" && kept_wheel); }
mkdir -p "$(dirname "$(kept)")"
echo wheel >"$(kept)"
stand_in unzip 'mkdir -p "${@: -1}/sslx/bin"
printf "#!/bin/bash\necho from the wheel with \$*\n" >"${@: -1}/sslx/bin/sslx"
chmod +x "${@: -1}/sslx/bin/sslx"'

wrapper 0 report tiny
said "taken from the wheel of these sources"
said "from the wheel with report tiny"
not_called '^(cmake|ninja)|python3.*download|apt-get'
[ "$(readlink "$root/build/from-wheel/torch")" = "$work/torch" ] || fail "it is not led to the LibTorch that was chosen"
wrapper 0 report tiny
said "from the wheel"
[ ! -s "$calls" ] || fail "it is unpacked again"

sleep 0.01
echo edited >"$root/cli/new.cpp"
wrapper 0 report tiny
said "ran in $PWD with report tiny"
called ninja
