#!/bin/bash
# vectorised.sh LIBRARY: every hot loop of the image operations is made of packed arithmetic on wide registers.
#
# A loop that is compiled once for each generation of vector units (SSLX_MULTIVERSION) must use them: in its
# clone for AVX2 registers of 256 bits, in that for AVX-512 of 256 or 512. A flag or a branch that turns the
# compiler off would cost a factor of four to sixteen and no test of values would see it.
set -euo pipefail
library=$1
if [ "$(uname -m)" != x86_64 ] || ! command -v objdump >/dev/null; then
  echo "skipped: needs an x86-64 machine and objdump"
  exit 77
fi
objdump -d -C --no-show-raw-insn "$library" | awk '
  /^[0-9a-f]+ <.*>:$/ {
    name = $0
    sub(/^[0-9a-f]+ </, "", name)
    sub(/>:$/, "", name)
    hot = name ~ /\[clone \.arch_x86_64_v[34]\]$/
    if (hot && !(name in wide)) { wide[name] = 0; packed[name] = 0 }
    next
  }
  !hot { next }
  /%[yz]mm/ {
    wide[name]++
    if ($2 ~ /^v(mul|add|sub|max|min|sqrt|div|fn?m(add|sub)[0-9]*|cmp|blendm?|cvt[a-z0-9]*2)p?ps?$/) packed[name]++
  }
  END {
    for (name in wide) {
      checked++
      # Mirroring moves values and computes none.
      if (wide[name] >= 4 && (packed[name] >= 1 || name ~ /mirror_rows/)) continue
      bad++
      printf "not vectorised: %s has %d wide instructions, %d of them packed arithmetic\n", name, wide[name], packed[name]
    }
    printf "%d clones of hot loops, %d not vectorised\n", checked, bad
    exit !(checked >= 30 && bad == 0)
  }'
