#!/bin/bash
# What is missing is installed, or named where it cannot be.
. "$(dirname "$0")/checkout.sh"

echo 'ID=fedora' >"$SSLX_OS_RELEASE"
wrapper 2
said "this is not Debian or Ubuntu"
said "  libsqlitecpp-dev"
said "apt-get install g++ cmake"
not_called 'apt-get|^cmake'
SSLX_SKIP_PACKAGES=1 wrapper 0

rm -rf "$root/build"
printf 'ID=mint\nID_LIKE="ubuntu debian"\n' >"$SSLX_OS_RELEASE"
stand_in dpkg-query 'shift 3; printf "%s installed\n" "$@" | grep -vE "libelf|dataset"'
stand_in apt-get "[ \"\$1\" = update ] || echo 'E: no such luck'; [ \"\$1\" = update ]"
stand_in sudo 'exec "$@"'
wrapper 1
said "installing libelf-dev"
said "E: no such luck"
called 'apt-get install .* libelf-dev$'
not_called 'install.*(libfmt|clang-tidy)|^cmake'

stand_in id 'echo 1000'
wrapper 1
called 'sudo env .*apt-get install .* libelf-dev$'

stand_in dpkg-query 'shift 3; printf "%s installed\n" "$@" | grep -v dataset'
stand_in apt-cache 'exit 1'
wrapper 0
not_called apt-get
