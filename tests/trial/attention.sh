#!/bin/bash
# `sslx attention` draws the image and a map for each head of a run's vision transformer, the same
# picture each time; what cannot be drawn is one clear sentence.
. "$(dirname "$0")/common.sh"

sweep --threads 1 >"$HOME_DIR/out" 2>&1 <<'TOML' || fail "$(cat "$HOME_DIR/out")"
[[variants]]
name = "ViT"
method = { name = "dino", output_width = 64, hidden_width = 32, bottleneck_width = 16 }
backbone = { name = "vit", width = 24, depth = 2, heads = 3, patch_size = 4, image_size = 32 }
[[variants]]
name = "ResNet"
method = { name = "random" }
TOML
cd "$HOME_DIR"
vit=$(run_of ViT)
[ -n "$vit" ] || fail "there is no run: $(cat out)"

# An image that sslx itself can make: the sheet of the sweep's views, of no square shape.
sslx views sweep.toml --trial ViT --images 2 --epochs 1 --out photo.png || fail "$(cat out)"
sslx attention "$vit" photo.png --out map.png || fail "$(cat out)"
grep -qF "map.png: 3 heads over 8 x 8 patches" out || fail "$(cat out)"
# A gap, then four panels of eight times 32 pixels, each with its gap and a line of text.
[ "$(side map.png)" = $((4 + 4 * 260))x$((4 + 260 + 12)) ] || fail "size $(side map.png)"
sslx attention "$vit" photo.png --out again.png || fail "$(cat out)"
cmp -s map.png again.png || fail "the same map was drawn differently"

# A larger square has more patches; the student looks elsewhere than the teacher, which is evaluated.
sslx attention "$vit" photo.png --out large.png --side 64 || fail "$(cat out)"
grep -qF "3 heads over 16 x 16 patches" out || fail "$(cat out)"
sslx attention "$vit" photo.png --out teacher.png --prefix teacher.backbone || fail "$(cat out)"
cmp -s map.png teacher.png || fail "the teacher is not what is evaluated"
sslx attention "$vit" photo.png --out student.png --prefix student.backbone. || fail "$(cat out)"
cmp -s map.png student.png && fail "the student's map is the teacher's"

code=0
"$SSLX" --home "$HOME_DIR" --plugin-dir "$PLUGINS" attention "$vit" photo.png --out full.png >/dev/full 2>out || code=$?
[ "$code" = 1 ] || fail "with a full standard output it ended with $code: $(cat out)"
grep -q "cannot be written" out || fail "a full standard output is not told of: $(cat out)"

refused "has no attention to show" attention "$(run_of ResNet)" photo.png --out x.png
refused "there is no run 'nosuch'" attention nosuch photo.png --out x.png
refused "no/such.jpg: " attention "$vit" no/such.jpg --out x.png
refused "sweep.toml: the file is no JPEG, PNG or WebP" attention "$vit" sweep.toml --out x.png
# What would take minutes, or more memory than there is, is refused at once.
began=$SECONDS
refused "the maps of 4096 x 4096 pixels (--side) take about " attention "$vit" photo.png --side 4096 --time-limit 10 --out x.png
[ $((SECONDS - began)) -lt 60 ] || fail "it took $((SECONDS - began)) s to refuse"
refused "30 x 30 pixels are no whole number of patches" attention "$vit" photo.png --side 30 --out x.png
refused "it has no encoder 'head.'; --prefix must be one of 'student.backbone.', 'teacher.backbone.'" \
  attention "$vit" photo.png --prefix head --out x.png
refused "./photo.png, the image itself" attention "$vit" photo.png --out ./photo.png
refused "cannot be written; --out must name a file" attention "$vit" photo.png --out no/where.png
[ ! -e x.png ] || fail "what was refused was drawn"
