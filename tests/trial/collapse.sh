#!/bin/bash
# A training that collapses (SimSiam without its stop-gradient) is not a failed one: it is evaluated,
# counts, is not run again, and the report says by what it was seen: outputs at a point, or, where batch
# norm keeps their mean at zero, on a line. Beside them one that does not.
. "$(dirname "$0")/common.sh"

variants() {
  local head='output_width = 64, projector_layers = 2, predictor_width = 16'
  printf '[[variants]]\nname = "%s"\nmethod = { name = "simsiam", %s, %s }\n' \
    "stop true" "$head" 'stop_gradient = true' \
    "stop false" "$head" 'stop_gradient = false, head_norm = "none"' \
    "with norms" "$head" 'stop_gradient = false'
}
settings=(--set train.epochs=40 --set train.lr=0.2)
variants | sweep --threads 1 "${settings[@]}" >"$HOME_DIR/out" 2>&1 || fail "a collapse is no failure: $(cat "$HOME_DIR/out")"

report=$("$SSLX" --home "$HOME_DIR" report trial)
grep -q "^collapsed: stop false, seed 0 (.*): output_deviation is .* below" <<<"$report" ||
  fail "the report does not name the collapsed run: $report"
grep -q "^collapsed: with norms, seed 0 (.*): output_rank is 1.* below" <<<"$report" ||
  fail "the report does not name the run that collapsed to a line: $report"
! grep -q "collapsed: stop true" <<<"$report" || fail "the training with a stop-gradient is called collapsed: $report"
grep -qE "^stop false +[0-9]" <<<"$report" || fail "the collapsed run's figures are missing: $report"
! grep -q "^missing" <<<"$report" || fail "a trial counts as missing: $report"
variants | sweep --threads 1 "${settings[@]}" | grep "all 3 trials have a result" >/dev/null || fail "the collapsed run was run again"

run=$("$SSLX" --home "$HOME_DIR" runs --state collapsed | grep -o '^[0-9]*-[0-9]*-[0-9a-f]*' | sed -n 1p)
shown=$("$SSLX" --home "$HOME_DIR" show "$run")
for figure in alignment uniformity feature_deviation effective_rank output_deviation share_data share_forward \
  share_backward share_update; do
  grep -qE "^  $figure +[-0-9.e]+ \.\.\. " <<<"$shown" || fail "'$figure' is not recorded: $shown"
done
