#!/bin/bash
# Each mistake that was planted is told by one sentence, in the line of the check that finds it; a plugin without
# one passes.
. "$(dirname "$0")/../../trial/common.sh"

# passes NAME: nothing is found.
passes() {
  sslx plugins check "$@" || fail "$* does not pass: $(cat "$HOME_DIR/out")"
  grep -q "passes: nothing was found" "$HOME_DIR/out" || fail "$* does not say so: $(cat "$HOME_DIR/out")"
}

# passed CHECK WORDS: of the last plugin that passed, that line says so.
passed() {
  grep -qE "^  $1 +passed$2\$" "$HOME_DIR/out" || fail "the check '$1' does not say that it passed$2: $(cat "$HOME_DIR/out")"
}

# told CHECK SENTENCE NAME SETTING: that check says what is wrong.
told() {
  local check=$1 sentence=$2 code=0
  shift 2
  sslx plugins check "$1" --set "$2" "${@:3}" || code=$?
  [ "$code" = 1 ] || fail "$* ended with $code: $(cat "$HOME_DIR/out")"
  grep -qE "^  $check +WRONG: .*$sentence" "$HOME_DIR/out" || fail "$* does not say '$sentence': $(cat "$HOME_DIR/out")"
}

passes mistaken
for check in made features "first loss" views loss registered gradients "same seed" "save and load"; do passed "$check" ""; done
for check in "finite differences" bf16; do passed "$check" ", [0-9].* apart.*"; done
passed speed ", [0-9][0-9,]* images a second.*"
told registered "the loss has a gradient for a tensor of shape \[16.*no registered parameter" mistaken parts=head
told registered "the loss has a gradient for a tensor of shape .* and [0-9]+ more" mistaken parts=backbone
told registered "(parameter_groups\(\) has a tensor of shape \[16.* is no registered parameter|the loss has a gradient for)" mistaken parts=groups
told registered "the loss has a gradient for head.weight and 1 more, but parameter_groups\(\) leaves it out" mistaken parts=left_out
told gradients "no gradient of the loss reaches backbone" mistaken parts=detached
told gradients "no gradient of the loss reaches copy.weight and 1 more" mistaken parts=copy
told "finite differences" "the gradient differs from finite differences of the loss" mistaken parts=gradient
told "save and load" "after 3 steps.* is a tensor of shape \[16\] \(read by [a-z]+\)" mistaken state=centre
told "save and load" "after 3 steps.* is a tensor of shape \[16\] \(read by [a-z]+\)" mistaken state=reassigned
told "save and load" "after 3 steps.*something that it keeps between steps is neither parameter nor buffer" mistaken state=counter
told "save and load" "before the first step.*something that it is made with is neither.* shape \[16\]" mistaken state=made
told "same seed" "two methods made with the same seed differ at step 0" mistaken state=seed
told loss "the loss has shape \[16\]; it must be a scalar" mistaken output=vector
told loss "the loss is -?nan at its first step" mistaken output=no_number
told loss "the diagnostic 'spread' has shape \[16, 16\]; it must be a scalar" mistaken output=diagnostic
told loss "the diagnostic 'spread' has a gradient" mistaken output=graph
told loss "SSLX_DIAGNOSTICS does not name 'other'" mistaken output=undeclared
told features "embed\(\) of 16 images has shape \[16, [0-9]+, 1\]; it must be \[16, D\]" mistaken output=flat
told features "embed\(\) of an image depends in evaluation mode on the other images" mistaken output=alone
told features "embed\(\) changes seen in evaluation mode" mistaken output=changes
told bf16 "under autocast to bf16.*sslx::wide" mistaken output=bf16
told loss "the loss has shape \[16\] in evaluation mode; it must be a scalar" mistaken output=judged_loss
told loss "the diagnostic 'spread' has shape \[16, 16\]; it must be a scalar in evaluation mode" mistaken output=judged_diagnostic
told features "embed\(\) of 16 images has shape \[16, [0-9]+, 1\]; it must be \[16, D\], in training mode" mistaken output=trained_embed
told features "transfer_features\(\) of 16 images has shape \[16, [0-9]+, 1\]; it must be \[16, D\], in training mode" mistaken output=transfer
told views "view 0 was changed in place by loss\(\)" mistaken batch=view
told views "view 0 was changed in place by embed\(\)" mistaken batch=image
told "two shards" "separable\(\) says that a batch may be split" mistaken batch=separable
told "two shards" "in two processes it is not the loss of the whole batch" mistaken batch=places
told "first loss" "the loss gave up" mistaken batch=throw

passes mistaken_backbone
passes mistaken_backbone --set expected_size=48 --image-size 48
told registered "the loss has a gradient for a tensor of shape \[8" mistaken_backbone mistake=part
told "save and load" "evaluation mode the features differ" mistaken_backbone mistake=mean
told images "view 0 was changed in place by forward\(\)" mistaken_backbone mistake=image
told features "has shape \[8, 8\]; it must be \[8, 16\]" mistaken_backbone mistake=width
told gradients "no gradient of the loss reaches third.weight and 1 more" mistaken_backbone mistake=unused
told features "forward\(\) of an image depends in evaluation mode on the other images" mistaken_backbone mistake=batch
told "same seed" "two networks made with the same seed give other features" mistaken_backbone mistake=seed
told "finite differences" "the gradient differs from finite differences" mistaken_backbone mistake=gradient
told bf16 "under autocast to bf16 are .* of their size apart.*sslx::wide" mistaken_backbone mistake=bf16

passes mistaken_augmentation
told draws "sample\(\) leaves number 1 of 2 as it was" mistaken_augmentation mistake=fewer
told draws "sample\(\) writes more than the 2 numbers" mistaken_augmentation mistake=more
told "same seed" "sample\(\) draws other numbers from the same stream" mistaken_augmentation mistake=device
told "other chance" "it draws from torch's generator" mistaken_augmentation mistake=torch
told images "apply\(\) changes the uint8 images that it is given" mistaken_augmentation mistake=images
told shapes "apply\(\) gives \[8, 3, 8, 64\] of 8 images \[3, 64, 64\]; output_shape\(\) says \[3, 64, 64\]" mistaken_augmentation mistake=shape
told shapes "it must be float32" mistaken_augmentation mistake=type
told shapes "numbers that are none" mistaken_augmentation mistake=no_number
told "each image alone" "an image must not depend on the batch" mistaken_augmentation mistake=batch

# A plugin that takes its process down, or does not come back, is told of with the check that it was in.
died() {
  local sentence=$1 code=0
  sslx plugins check "${@:2}" || code=$?
  [ "$code" = 1 ] || fail "$* ended with $code: $(cat "$HOME_DIR/out")"
  grep -qF "$sentence" "$HOME_DIR/out" || fail "$* does not say '$sentence': $(cat "$HOME_DIR/out")"
}
died "the plugin ended its process by SIGSEGV in this check" mistaken --set batch=crash
died "this check was not over after 2 s; --seconds gives more" mistaken --set batch=hang --seconds 2

# What cannot be checked so, and what is asked wrongly, is refused.
refused "patches are a grid of 1 x 1" plugins check cpc
grep -q -e "--sweep" "$HOME_DIR/out" || fail "it does not say what else there is: $(cat "$HOME_DIR/out")"
refused "there is no plugin 'mistaken_methd'; the nearest is 'mistaken" plugins check mistaken_methd
refused "--sweep goes with a method" plugins check flip --sweep quickstart
