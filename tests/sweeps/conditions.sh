#!/bin/bash
# conditions.sh BUILD SOURCE FOLDER: the conditions hold; and of a changed sweep, an unexplained difference, a fact that
# is left out and words that are not its values the check says so.
set -euo pipefail
SSLX=$1/bin/sslx SWEEPS=$2/sweeps FOLDER=$3
check=$(dirname "$(realpath "$0")")/conditions.py
python3 "$check" "$SSLX" "$SWEEPS"
# changed SENTENCE SED-COMMAND: a copy of a sweep with that change is refused so.
changed() {
  rm -rf "$FOLDER" && mkdir -p "$FOLDER"
  sed "$2" "$SWEEPS/simsiam.toml" >"$FOLDER/simsiam.toml"
  ! cmp -s "$SWEEPS/simsiam.toml" "$FOLDER/simsiam.toml" || { echo "FAILED: '$2' changes nothing" >&2; exit 1; }
  ! python3 "$check" "$SSLX" "$FOLDER" >"$FOLDER/out" || { echo "FAILED: '$2' passed" >&2; exit 1; }
  grep -qF -e "$1" "$FOLDER/out" || { echo "FAILED: '$2' is not told of as '$1': $(cat "$FOLDER/out")" >&2; exit 1; }
}
changed "train.lr is 0.04, and its block says 0.05" 's/^lr = 0.05$/lr = 0.04/'
changed "train.lr is 0.05 in the paper, and its block says 0.04" 's/^\(#     train.lr  *\)0.05/\10.04/'
changed "nothing says why" "s/FAIR's SGD probe.*$//"
changed "its block leaves out train.batch_size" '/^#     train.batch_size/d'
changed "night has 25000 images, 40 epochs, 6 seeds; its top says 25000, 60, 6" 's/^\(#     night .*\) 40 epochs/\1 60 epochs/'
changed "nothing at its top says what [scale.night] is" '/^#     night/d'
changed "it has a [scale.full] and no block of its conditions" '/^# At --scale full/d'
