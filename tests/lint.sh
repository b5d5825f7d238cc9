# shellcheck shell=bash
# The checks of tests/run that run no test: shell scripts, formatting, clang-tidy. Sourced, $root set.

# The tracked files that match the patterns, those not yet committed included.
own_files() { git -C "${root:?}" ls-files --cached --others --exclude-standard -- "$@"; }

check_scripts() {
  local scripts
  mapfile -t scripts < <(own_files sslx tests/run .ci/run packaging/wheel packaging/deb '*.sh')
  (cd "$root" && shellcheck -x "${scripts[@]}")
}

check_format() {
  local sources
  mapfile -t sources < <(cd "$root" && own_files '*.h' '*.cpp' ':!plugins/templates' | while read -r file; do [ ! -e "$file" ] || echo "$file"; done)
  (cd "$root" && clang-format --dry-run --Werror "${sources[@]}")
}

# tidy_sources all|quick: clang-tidy takes 5 s for a file without torch and a minute for one with it.
# So the everyday run takes the sources without torch, tests left out, several at a time as they are
# compiled (a quarter of the time: headers are read once); `tests/run --tidy` takes all, one by one,
# and so finds unused using-declarations, too.
tidy_sources() {
  python3 - "$root" "$1" <<'PYTHON'
import json, sys
root, mode = sys.argv[1:]
for entry in json.load(open(f"{root}/build/tidy/compile_commands.json")):
    name = entry["file"]
    own = name.startswith(f"{root}/") and (not name.startswith(f"{root}/build/") or "/Unity/" in name)
    if own and (mode == "all" or not ("cmake_pch" in entry["command"] or "/tests/" in name)):
        print(name)
PYTHON
}

# check_tidy all|quick: with the commands of a build that is configured for it and is
# never made: its precompiled headers stay text, as clang-tidy must read them. Flags of GCC's own are left out.
check_tidy() {
  local folder="$root/build/tidy" together=ON
  if [ "$1" = all ]; then together=OFF; fi
  (cd "$root" && cmake --preset release -B "$folder" "-DSSLX_UNITY=$together" "-DLIBTORCH_ROOT=${libtorch:?}") || return 1
  sed -i -E "s# -(-param [a-z=0-9-]+|fpch-preprocess|ftree-loop-distribute-patterns|Winvalid-pch|Wno-restrict)##g" "$folder/compile_commands.json" || return 1
  tidy_sources "$1" | sort -u | xargs -P "$(nproc)" -n 1 clang-tidy -p "$folder" --quiet --checks=-bugprone-suspicious-include
}
