#!/bin/bash
# `sslx views` writes the sheet that a sweep's recipes ask for, the same one each time; what cannot be
# drawn is one clear sentence.
. "$(dirname "$0")/common.sh"

cp "$SOURCE/sweep.toml" "$HOME_DIR/sweep.toml"
printf '[[variants]]\nname = "a"\nmethod = { name = "simclr" }\n[[variants]]\nname = "b"\nmethod = { name = "simclr" }\nview = [{ ops = [{ name = "blur", probability = 1 }, { name = "normalize" }] }]\n' >>"$HOME_DIR/sweep.toml"
views() { "$SSLX" --home "$HOME_DIR" --plugin-dir "$PLUGINS" views "$HOME_DIR/sweep.toml" "$@" >"$HOME_DIR/out" 2>&1; }

views --out "$HOME_DIR/all.png" || fail "$(cat "$HOME_DIR/out")"
grep -q "2 recipes" "$HOME_DIR/out" || fail "two recipes were expected: $(cat "$HOME_DIR/out")"
views --out "$HOME_DIR/one.png" --trial b --images 3 --epochs 1 || fail "$(cat "$HOME_DIR/out")"
# A gap and a block: gaps, two lines of text, three rows of 96 pixels and a gap.
[ "$(side "$HOME_DIR/one.png" | cut -dx -f2)" = $((4 + 8 + 24 + 3 * 100)) ] || fail "size $(side "$HOME_DIR/one.png")"
views --out "$HOME_DIR/again.png" --trial b --images 3 --epochs 1 || fail "$(cat "$HOME_DIR/out")"
cmp -s "$HOME_DIR/one.png" "$HOME_DIR/again.png" || fail "the same sheet was drawn differently"

! views --out "$HOME_DIR/none.png" --images 300 --epochs 1000 || fail "a sheet of 600 megapixels was drawn"
grep -qE "the views of 300 images have [0-9]+ megapixels, more than the 100 that a sheet may have" "$HOME_DIR/out" || fail "$(cat "$HOME_DIR/out")"
! views --out "$HOME_DIR/none.png" --trial c || fail "there is no trial c"
grep -q "no trial of .* is called 'c'" "$HOME_DIR/out" || fail "$(cat "$HOME_DIR/out")"
! views --out "$HOME_DIR/no/where.png" || fail "there is no such folder"
grep -q "cannot be written; --out must name a file" "$HOME_DIR/out" || fail "$(cat "$HOME_DIR/out")"
[ ! -e "$HOME_DIR/runs" ] || fail "looking made runs"
