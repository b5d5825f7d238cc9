#!/bin/bash
# default_in_range.sh COMPILER INCLUDES: a parameter whose default its range does not have is an error of the
# compiler that names its line; one on the edge is none.
set -uo pipefail

compiled() {
  printf '#include <sslx/parameters.h>\nconstexpr auto kOne = sslx::%s;\n' "$1" >"$folder/plugin.cpp"
  "$2" -std=c++20 -fsyntax-only -I "$3" "$folder/plugin.cpp" 2>&1
}

check() {
  local wanted=$1 out code=0
  out=$(compiled "$2" "$compiler" "$includes") || code=$?
  if { [ -z "$wanted" ] && [ "$code" != 0 ]; } || { [ -n "$wanted" ] && ! grep -q "$wanted" <<<"$out"; }; then
    echo "FAILED: $2: $out" >&2
    exit 1
  fi
}

compiler=$1 includes=$2 folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
check "" 'real("momentum", 1, "m").between(0, 1)'
check "" 'choice("head", "linear", "none|linear", "h")'
check "default value lies outside its range" 'real("momentum", 2, "m").between(0, 1)'
check 'plugin.cpp:2:' 'real("momentum", 2, "m").between(0, 1)'
check "default value lies outside its range" 'real("temperature", 0, "t").above(0)'
check "default value lies outside its range" 'integer("width", 0, "w").at_least(1)'
check "default value lies outside its range" 'reals("scale", {0.2, 1.5}, "s").between(0, 1)'
check "default value is none of its choices" 'choice("head", "mlp", "none|linear", "h")'
check "default value is none of its choices" 'choice("head", "", "none|linear", "h")'
