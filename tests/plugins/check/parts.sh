#!/bin/bash
# Every backbone and every augmentation that comes with sslx passes its check.
. "$(dirname "$0")/../../trial/common.sh"

checked=0
for kind in backbone augmentation; do
  for file in "$1/plugins/${kind}s"/*.so; do
    name=$(basename "$file" .so)
    # Those of the papers take a minute of a busy core.
    case $name in
      vit) small=(--set size=tiny --set depth=2) ;;
      resnet) small=(--set depth=18 --set width=0.25) ;;
      resnet_v2) small=(--set depth=50 --set width=0.25) ;;
      *) small=() ;;
    esac
    sslx plugins check --kind "$kind" "$name" "${small[@]}" || fail "$name: $(cat "$HOME_DIR/out")"
    grep -q "^$kind '$name' passes" "$HOME_DIR/out" || fail "$name: $(cat "$HOME_DIR/out")"
    checked=$((checked + 1))
  done
done
[ "$checked" -ge 22 ] || fail "only $checked plugins were checked"
