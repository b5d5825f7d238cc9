# shellcheck shell=bash
# The checks of tests/run that run no test: shell scripts, formatting, clang-tidy. Sourced, $root set.

# The tracked files that match the patterns, those not yet committed included.
own_files() { git -C "${root:?}" ls-files --cached --others --exclude-standard -- "$@"; }

check_scripts() {
  local scripts
  mapfile -t scripts < <(own_files sslx tests/run .ci/run '*.sh')
  (cd "$root" && shellcheck -x "${scripts[@]}")
}

check_format() {
  local sources
  mapfile -t sources < <(cd "$root" && own_files '*.h' '*.cpp' ':!plugins/templates' | while read -r file; do [ ! -e "$file" ] || echo "$file"; done)
  (cd "$root" && clang-format --dry-run --Werror "${sources[@]}")
}

# tidy_sources all|quick: clang-tidy takes 10 s for a file without torch and a minute for one with it.
# So the everyday run takes the sources without torch, tests left out; `tests/run --tidy` takes all.
tidy_sources() {
  python3 - "$root" "$1" <<'PYTHON'
import json, sys
root, mode = sys.argv[1:]
for entry in json.load(open(f"{root}/build/tidy/compile_commands.json")):
    name = entry["file"]
    own = name.startswith(f"{root}/") and not name.startswith(f"{root}/build/")
    if own and (mode == "all" or not ("torch_pch" in entry["command"] or "/tests/" in name)):
        print(name)
PYTHON
}

# check_tidy all|quick: with the commands of the build, less what only GCC can read: a precompiled header
# is replaced by a copy of its text, which lies apart from GCC's binary.
check_tidy() {
  local folder="$root/build/tidy" header target
  mkdir -p "$folder"
  for header in "$root"/build/release/*/CMakeFiles/*.dir/cmake_pch.hxx; do
    target=$(basename "$(dirname "$header")" .dir)
    cp "$header" "$folder/$target.hxx" || return 1
  done
  sed -E "s# -include [^ ]*/([^/ ]+)\.dir/cmake_pch.hxx# -include $folder/\1.hxx#g; s# -(fpch-preprocess|Winvalid-pch|Wno-restrict)##g" \
    "$root/build/release/compile_commands.json" >"$folder/compile_commands.json" || return 1
  tidy_sources "$1" | sort -u | xargs -P "$(nproc)" -n 1 clang-tidy -p "$folder" --quiet
}
