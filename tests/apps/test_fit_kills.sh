#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Kills 'kovar fit run' in the middle of a fit, as a machine that fails does, and runs it again: it must go
# on from its checkpoint to the minimum of an undisturbed run: bit for bit of one that leaves checkpoints
# behind too, and within rounding of one that does not, which carries sums further than from one
# checkpoint to the next.
#
#   sh test_fit_kills.sh PROGRAM ORACLE_TOOL [LAUNCHER WORDS...]
set -u
program=$1
tool=$2
shift 2
launcher=$*
. "$(dirname "$0")/run_program.sh"

# A launcher takes its time for each of the thousands of products.
n_systematics=3000
[ -z "$launcher" ] || n_systematics=600
"$tool" write_chain $n_systematics chain.h5 || fail "no tensor"
options="chain.h5 --no-hessian --minimizer=newton-cg --preconditioner=none"

# number FILE NAME: the first number of this name in a JSON record.
number() {
  grep -m 1 -F "\"$2\":" "$1" | sed 's/.*: *//; s/,.*//'
}

# The processes of the program: those that the launcher started, or the one there is.
program_processes() {
  if [ -n "$launcher" ]; then pgrep -P "$child" -x "$(basename "$program")"; else echo "$child"; fi
}

is_running() { kill -0 "$child" 2>/dev/null; }

# Kill the first process. The launcher ends the others; one that does not within 20 s is killed with them.
kill_run() {
  victim=$(program_processes | head -n 1)
  [ -z "$victim" ] || kill -KILL "$victim" 2>/dev/null
  for _ in $(seq 200); do
    is_running || break
    sleep 0.1
  done
  # shellcheck disable=SC2046  # several processes
  ! is_running || kill -KILL $(program_processes) "$child" 2>/dev/null
  wait "$child" 2>/dev/null
}

# Start a fit, and kill it as soon as it has left behind another checkpoint than the one there is.
start_and_kill() {
  rm -f before
  [ ! -e run.checkpoint ] || cp run.checkpoint before
  # shellcheck disable=SC2086  # several options and words
  $launcher "$program" fit run $options -o killed.h5 --checkpoint=run.checkpoint \
    --checkpoint_iterations=1 >out 2>err </dev/null &
  child=$!
  while is_running; do
    [ -e run.checkpoint ] && ! cmp -s before run.checkpoint && break
    sleep 0.01
  done
  kill_run
}

# shellcheck disable=SC2086
kovar 0 fit run $options -o plain.h5 --quiet
# shellcheck disable=SC2086
kovar 0 fit run $options -o whole.h5 --json=whole.json --quiet --checkpoint=whole.checkpoint --checkpoint_iterations=1
n_iterations=$(number whole.json iterations)
[ "$n_iterations" -ge 4 ] || fail "a fit of $n_iterations iterations has no middle"

# A kill may come too late, when all iterations are done: then once more from the start.
at=
for _ in 1 2 3 4 5 6; do
  rm -f killed.h5 run.checkpoint
  n_kills=0
  for _ in 1 2; do
    start_and_kill
    [ ! -e killed.h5 ] || break  # it was done between two looks
    [ -s run.checkpoint ] || fail "a killed fit has left no checkpoint"
    n_kills=$((n_kills + 1))
  done
  [ $n_kills -gt 0 ] && [ -e run.checkpoint ] || continue
  rm -f killed.h5
  # shellcheck disable=SC2086
  kovar 0 fit run $options -o killed.h5 --json=killed.json --checkpoint=run.checkpoint --checkpoint_iterations=1
  at=$(sed -n "s/^Going on from the checkpoint 'run.checkpoint' (done: .*, iteration \([0-9]*\)).*/\1/p" out)
  [ -n "$at" ] || fail "it does not go on from the checkpoint"
  [ "$at" -lt "$n_iterations" ] && break
  at=
done
[ -n "$at" ] || exit 77
[ "$at" -ge "$n_kills" ] || fail "it goes on from iteration $at after $n_kills kills"
[ ! -e run.checkpoint ] || fail "the checkpoint is left"
for name in iterations hessian_products; do
  [ "$(number killed.json $name)" = "$(number whole.json $name)" ] || fail "$name differ"
done
command -v h5diff >/dev/null || fail "there is no h5diff to compare results (Debian's package hdf5-tools has it)"
# The losses of the iterations are those since the last start.
h5diff --exclude-path /provenance --exclude-path /results/epoch_loss whole.h5 killed.h5 >difference || {
  cat difference
  fail "the minimum differs from that of an undisturbed run"
}
h5diff --delta=1e-8 plain.h5 killed.h5 /results/parms >difference || {
  cat difference
  fail "the minimum is not that of a run without checkpoints"
}
h5diff --delta=1e-10 plain.h5 killed.h5 /results/nllvalreduced >difference || fail "the loss is another: $(cat difference)"
echo "killed $n_kills times, went on from iteration $at of $n_iterations"
