#!/bin/bash
# python.sh SSLX WORK PYTHON: the blocks of docs/python.md with that Python, or as many as an environment of its own with pandas
# can run. The quick start that the page begins with is made short; the page's own blocks are as they are.
set -euo pipefail
SSLX=$1 WORK=$2 PYTHON=$3
page=$(realpath "$(dirname "$0")/../../docs/python.md")
rm -rf "${WORK:?}/bin" "${WORK:?}/home"
mkdir -p "$WORK/bin" "$WORK/home"
if [ -z "$PYTHON" ]; then
  PYTHON="$WORK/environment/bin/python3"
  if ! "$PYTHON" -c 'import pandas' 2>/dev/null; then
    rm -rf "$WORK/environment"
    python3 -m venv "$WORK/environment"
    "$PYTHON" -m pip install -q pandas || { echo "SKIPPED: pandas cannot be had" && exit 77; }
  fi
fi
cat >"$WORK/bin/sslx" <<WRAPPER
#!/bin/bash
short=()
if [ "\$*" = "sweep quickstart" ]; then
  short=(--seeds 1 --set data.name=shapes --set data.train_size=200 --set data.test_size=100 --set train.epochs=2 --set train.batch_size=50 --set backbone.width=8)
fi
exec "$SSLX" "\$@" "\${short[@]}"
WRAPPER
chmod +x "$WORK/bin/sslx"
cd "$WORK/home"
PATH="$WORK/bin:$PATH" "$PYTHON" "$(dirname "$page")/../tests/docs/page.py" "$page"
