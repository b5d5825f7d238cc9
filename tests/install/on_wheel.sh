#!/bin/bash
# on_wheel.sh WORK SCRIPT ARGUMENTS...: a script of this folder, with the wheel's package in $WORK/env for a prefix.
set -euo pipefail
prefix=$(echo "$1"/env/lib/python3*/site-packages/sslx)
exec bash "$(dirname "$0")/$2" "$prefix" "${@:3}"
