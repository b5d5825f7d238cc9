#!/bin/bash
# example.sh PREFIX WORK: the examples that the READMEs name build as they are, with the installed headers alone. A
# name that is taken is told of, and so is what is hidden and what was compiled without optimisation.
source "$(dirname "$0")/common.sh"
PREFIX=$1 WORK=$2
SOURCE=$(cd "$(dirname "$0")/../.." && pwd)
rm -rf "$WORK"
mkdir -p "$WORK"
use_ccache
export HOME="$WORK/home" SSLX_HOME="$WORK/record"
unset SSLX_PLUGIN_PATH
sslx="$PREFIX/bin/sslx"

named=0
mapfile -t examples < <(grep -oh 'plugins/\(methods\|backbones\|augmentations\)/[a-z_]*\.cpp' "$SOURCE/README.md" "$SOURCE/host/sdk/README.md" | sort -u)
for example in "${examples[@]}"; do
  if grep -nE '#include "' "$SOURCE/$example"; then fail "$example includes what is not installed"; fi
  named=$((named + 1))
done
[ "$named" = 3 ] || fail "the READMEs name $named examples, not one of each kind"

cd "$WORK"
out=$("$sslx" plugins new method barlow_twins 2>&1)
[[ $out == *"there is a method 'barlow_twins' already, $PREFIX/lib/sslx/plugins/methods/barlow_twins.so"* ]] || fail "a taken name is not told of: $out"
cd barlow_twins
# One of each kind, in one project.
targets=()
for example in "${examples[@]}"; do
  kind=$(basename "$(dirname "$example")") name=$(basename "$example" .cpp)
  cp "$SOURCE/$example" .
  [ "$name" = barlow_twins ] || echo "sslx_add_plugin($name ${kind%s} $name.cpp)" >>CMakeLists.txt
  targets+=("plugin_${kind%s}_$name")
done
env -u LIBTORCH_ROOT cmake --preset debug >/dev/null
cmake --build --preset debug --target "${targets[@]}" >/dev/null
for target in "${targets[@]}"; do
  [ -n "$(find build/debug/plugins -name "${target##plugin_*_}.so")" ] || [[ $target == *barlow_twins ]] || fail "$target is not built"
done
plugins=(--plugin-dir build/debug/plugins plugins)
expect "[compiled without optimisation: slow]" "$sslx" "${plugins[@]}"
expect "--plugin-dir hides $PREFIX/lib/sslx/plugins/methods/barlow_twins.so" "$sslx" "${plugins[@]}"
expect "--plugin-dir hides $PREFIX/lib/sslx/plugins/methods/barlow_twins.so" "$sslx" "${plugins[@]}" show barlow_twins
expect "without optimisation" "$sslx" "${plugins[@]}" show barlow_twins
cat >sweep.toml <<'TOML'
name = "slow"
[base]
data = { name = "shapes", train_size = 64, test_size = 16 }
train = { epochs = 1, batch_size = 32 }
backbone = { name = "resnet_small", width = 4 }
method = { name = "barlow_twins", hidden_width = 16, output_width = 16 }
[[base.view]]
ops = [{ name = "crop" }, { name = "normalize" }]
[table]
rows = ["variant"]
metrics = ["knn_top1"]
TOML
mkdir -p "$SSLX_HOME"
expect "slow" "$sslx" --plugin-dir build/debug/plugins sweep sweep.toml
run=$("$sslx" runs | awk '$2 == "slow" && !seen++ {print $1}')
expect ", without optimisation" "$sslx" show "$run"
