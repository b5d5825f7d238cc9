# shellcheck shell=bash
# What ./sslx and tests/run share: Debian packages, LibTorch, configure and build, each only when missing.
#
# Sourced with $root set to the checkout. Whatever is made is made aside and renamed when whole, so an
# interrupted call leaves nothing that the next one takes for complete; calls of one checkout wait for
# each other. What is said goes to standard error: standard output belongs to the command. A failed
# step shows the end of its log and ends with 1; something that only the user can install ends with 2.

# shellcheck source=cmake/libtorch.sh
. "${root:?}/cmake/libtorch.sh"

build="$root/build/release"
stamp="$build/.sslx-built"

# shellcheck source=cmake/own_wheel.sh
. "$root/cmake/own_wheel.sh"

say() { printf 'sslx: %s\n' "$*" >&2; }

# step NAME SENTENCE COMMAND...: runs the command into build/log/NAME.log.
step() {
  local log="$root/build/log/$1.log"
  say "$2"
  shift 2
  mkdir -p "$root/build/log"
  if "$@" </dev/null >"$log" 2>&1 9>&-; then return 0; fi
  say "this step failed; the end of $log:"
  tail -n 25 "$log" >&2
  exit 1
}

# packages KIND...: the names of these kinds, one a line.
packages() {
  local kind
  for kind in "$@"; do sed -n "s/^$kind //p" "$root/cmake/packages.txt"; done
}

# missing_packages KIND...: those of packages KIND... that are not installed.
missing_packages() {
  local wanted
  mapfile -t wanted < <(packages "$@" | LC_ALL=C sort)
  LC_ALL=C comm -23 <(printf '%s\n' "${wanted[@]}") \
    <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/ installed$//p' | LC_ALL=C sort -u)
}

on_debian() {
  local release=${SSLX_OS_RELEASE:-/etc/os-release}
  grep -qsE '^(ID|ID_LIKE)=.*(debian|ubuntu)' "$release" && command -v dpkg-query >/dev/null
}

# The prefix that makes a command root's: nothing, sudo, or failure.
as_root() {
  if [ "$(id -u)" = 0 ]; then echo env; elif command -v sudo >/dev/null; then echo sudo; else return 1; fi
}

# ask_for WHY PACKAGE...: what the user has to install, and the end.
ask_for() {
  say "$1. Install these (the names are Debian's):"
  shift
  printf '  %s\n' "$@" >&2
  say "on Debian or Ubuntu: apt-get install $*"
  say "then run the same command again; SSLX_SKIP_PACKAGES=1 skips this check where the names differ"
  exit 2
}

apt_install() {
  local root_command
  root_command=$(as_root)
  "$root_command" apt-get update || echo "apt-get update failed; going on with the lists that are here"
  "$root_command" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    -o DPkg::Lock::Timeout=600 "$@"
}

# The packages of kind data that are missing and that this system offers.
offered_data() {
  local name
  for name in $(missing_packages data); do
    if apt-cache show "$name" >/dev/null 2>&1; then echo "$name"; fi
  done
}

# install_packages KIND...: what is missing of these kinds and of the data.
install_packages() {
  [ -z "${SSLX_SKIP_PACKAGES:-}" ] || return 0
  local missing data
  mapfile -t missing < <(packages "$@")
  on_debian || ask_for "this is not Debian or Ubuntu" "${missing[@]}"
  mapfile -t missing < <(missing_packages "$@")
  mapfile -t data < <(if [ ${#missing[@]} = 0 ]; then offered_data; else missing_packages data; fi)
  [ ${#missing[@]} != 0 ] || [ ${#data[@]} != 0 ] || return 0
  if ! as_root >/dev/null; then
    [ ${#missing[@]} != 0 ] || return 0
    ask_for "not root, and there is no sudo" "${missing[@]}"
  fi
  if [ ${#missing[@]} != 0 ]; then step packages "installing ${missing[*]}" apt_install "${missing[@]}"; fi
  mapfile -t data < <(offered_data)
  if [ ${#data[@]} != 0 ]; then step data "installing ${data[*]}" apt_install "${data[@]}"; fi
}

configure() {
  local choice
  choice=$(libtorch_choice)
  if [ -e "$build/build.ninja" ] && [ "$choice" = "$(cat "$build/.libtorch" 2>/dev/null)" ]; then return 0; fi
  rm -f "$build/.libtorch"
  step configure "configuring on LibTorch in $libtorch" \
    cmake -S "$root" --preset release "-DLIBTORCH_ROOT=$libtorch"
  echo "$choice" >"$build/.libtorch"
}

# compile SENTENCE PARTS TARGET...: the time of the stamp is that of the start, so that an edit made while
# this builds counts as newer. It holds PARTS, what was built when that is not all.
compile() {
  local sentence=$1 parts=$2
  shift 2
  printf '%s' "$parts" >"$root/build/.started"
  step build "$sentence" ninja -C "$build" "$@"
  mv "$root/build/.started" "$stamp"
}

# verb ARGUMENTS...: what is to be done, the options before it left out.
verb() {
  while [ $# != 0 ]; do
    case $1 in
      --home | --plugin-dir) shift ;;
      -h | --help* | --version) echo help && return ;;
      -*) ;;
      *) echo "$1" && return ;;
    esac
    shift || return 0
  done
}

# needed_targets ARGUMENTS...: what this call of `sslx` needs, one a line; nothing when that is all there is.
needed_targets() {
  case $(verb "$@") in
    help | version | runs | show | diff | merge | db | clean) echo cli/all ;;
    report) printf '%s\n' cli/all sslx-host ;; # asks whether the host still is the one that made the results
    sweep | plan) sweep_targets "$@" ;;
  esac
}

# sweep_targets ARGUMENTS...: the command, the host, and each plugin whose name is a word of the sweep's file or of the
# arguments. Nothing when no such file is here.
sweep_targets() {
  local word file files=() words kind
  for word in "$@"; do
    for file in "$word" "$root/sweeps/$word.toml"; do
      if [[ $file == *.toml ]] && [ -f "$file" ]; then files+=("$file"); fi
    done
  done
  [ ${#files[@]} != 0 ] || return 0
  words=" $({ cat "${files[@]}" && echo "$@"; } | tr -cs 'a-z0-9_' ' ') "
  printf '%s\n' cli/all sslx-host
  for file in "$root"/plugins/{method,augmentation,backbone}s/*.cpp; do
    word=${file##*/} kind=${file%s/*}
    if [[ $words == *" ${word%.cpp} "* ]]; then echo "plugin_${kind##*/}_${word%.cpp}"; fi
  done
}

# is_built [TARGET...]: these are there, or all, and nothing that they are made of is newer. Some milliseconds.
is_built() {
  local target built
  [ -x "$build/bin/sslx" ] && [ -e "$stamp" ] && libtorch_unchanged || return 1
  if [ "$*" != cli/all ] && [ ! -x "$build/bin/sslx-host" ]; then return 1; fi
  if [ $# = 0 ] && [ ! -x "$build/bin/sslx-tools" ]; then return 1; fi
  built=$(<"$stamp")
  if [ -n "$built" ]; then
    [ $# != 0 ] || return 1
    for target in "$@"; do [[ " $built " == *" $target "* ]] || return 1; done
  fi
  [ -z "$(cd "$root" && find cli host plugins cmake CMakeLists.txt CMakePresets.json \
    -newer "$stamp" ! -name '*.sh' -print -quit)" ]
}

# alone COMMAND...: runs it while no other call sets up this checkout.
alone() {
  mkdir -p "$root/build"
  (
    flock --nonblock 9 || { say "waiting for another call that is setting up" && flock 9; }
    "$@"
  ) 9>"$root/build/.lock"
}

# build_command [TARGET...]: these alone, with those that were built before, or all that is not for tests.
build_command() {
  local built=()
  if is_built "$@"; then return 0; fi
  install_packages build
  provide_libtorch
  configure
  if [ $# != 0 ]; then
    if [ -e "$stamp" ]; then read -ra built <"$stamp" || true; fi
    mapfile -t built < <(printf '%s\n' "${built[@]}" "$@" | sort -u)
    compile "building what this needs (minutes the first time; build/log/build.log shows how far it is)" "${built[*]}" "${built[@]}"
  else
    compile "building (several minutes the first time; build/log/build.log shows how far it is)" "" cli/all host/all plugins/all
  fi
}

build_everything() {
  install_packages build test package
  provide_libtorch
  configure
  compile "building everything (several minutes the first time; build/log/build.log shows how far it is)" "" all
}
