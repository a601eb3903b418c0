#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs the program kovar as a user does and looks at exit codes, messages and files.
#
#   sh test_kovar.sh CASE PROGRAM EXAMPLES [LAUNCHER WORDS...]
#
# CASE is a function below. Exit code: 0 passed, 1 failed, 77 skipped.
set -u
case_name=$1
program=$2
examples=$3
shift 3
launcher=$*
digits=$examples/digits.h5
. "$(dirname "$0")/run_program.sh"

# refuses TEXT ARGUMENTS...: exit code 2, nothing on standard output, a message with this text.
refuses() {
  message=$1
  shift
  kovar 2 "$@"
  says err "kovar: error: "
  says err "$message"
  [ ! -s out ] || fail "standard output is not empty"
}

estimate() {
  wanted=$1
  shift
  kovar "$wanted" gsn estimate --input="$digits" --output=result.h5 "$@"
}

refuses_estimate() {
  message=$1
  shift
  refuses "$message" gsn estimate --input="$digits" --output=result.h5 "$@"
  [ ! -e result.h5 ] || fail "there is a result file"
}

# ---- help, version, info

help() {
  kovar 0 --help
  for word in "gsn estimate" "gsn simulate" plot info Examples "Exit codes"; do says out "$word"; done
  kovar 0 gsn --help
  says out "gsn simulate"
  kovar 0 gsn estimate --help
  for word in --input=FILE --shrinklevels --zero_variance "(one of fast," \
    --memory_budget=SIZE Examples "mpirun -n 4"; do says out "$word"; done
  kovar 0 gsn simulate --units=3 --help
  says out --signal_decay
  kovar 0 plot -h
  says out "kovar plot RESULT"
}

version() {
  kovar 0 --version
  grep -qE '^kovar [0-9]+\.[0-9]+\.[0-9]+$' out || fail "no version"
}

info() {
  kovar 0 info
  for word in compiler kokkos kokkos_kernels blas_lapack mpi hdf5 teuchos rol "execution spaces" \
    "memory available"; do says out "$word"; done
  [ ! -s err ] || fail "something is on standard error"
  kovar 0 info --json=build.json
  for word in '"kovar": "' '"compiler": "' '"execution_spaces"' '"memory_available_bytes"'; do
    says build.json "$word"
  done
  # A process of its own needs no folder that it would share with others.
  [ -n "$launcher" ] || (export TMPDIR=/dev/null/none && kovar 0 info) || exit 1
}

# ---- bad input

wrong_commands() {
  refuses "no command is given; see kovar --help"
  refuses "no command is given; see kovar gsn --help" gsn
  refuses "unknown command 'gsn estimat'; did you mean 'gsn estimate'?" gsn estimat
  refuses "'--input=x' comes before a command" --input=x
}

wrong_options() {
  refuses "gsn estimate: --input is missing" gsn estimate --output=result.h5
  refuses_estimate "gsn estimate: unknown option '--shrinklevel'; did you mean '--shrinklevels'? see kovar gsn estimate --help for all" \
    --shrinklevel=0
  refuses_estimate "gsn estimate: --uneven is 'fats'; did you mean 'fast'? valid: fast, missing, reference" \
    --uneven=fats
  refuses_estimate "gsn estimate: --returns is 'cN,cXb' ('cXb' is unknown); did you mean" --returns=cN,cXb
  says err "valid: cN, cS, cNb, cSb, eigvals_signal"
  refuses_estimate "gsn estimate: --wantshrinkage is '3'; give true or false" --wantshrinkage=3
  refuses_estimate "gsn estimate: --memory_budget is '2XB'; give an amount of memory" --memory_budget=2XB
  refuses_estimate "gsn estimate: --form is given twice, as 'dense' and as 'factored'" --form=dense --form=factored
  refuses_estimate "gsn estimate: --output is given twice, as 'result.h5' and as 'other.h5'" -o other.h5
  refuses_estimate "shrinklevels: the list is empty" --shrinklevels=
  refuses_estimate "shrinklevels: entry 1 is 2" --shrinklevels=0,2
  refuses_estimate "gsn estimate: --shrinklevels is '0,x'; give a list of numbers" --shrinklevels=0,x
  refuses_estimate "Kokkos does not know '--kokkos-nonsense'" --kokkos-nonsense
  refuses "gsn simulate: --units is '-3'; give an integer, 0 or more" gsn simulate --output=s.h5 --units=-3
}

wrong_input() {
  refuses "'nowhere.h5' does not exist" gsn estimate --input=nowhere.h5 --output=result.h5
  echo "no HDF5" >text.h5
  refuses "'text.h5'" gsn estimate --input=text.h5 --output=result.h5
  refuses_estimate "'/evne'" --dataset=/evne
  says err /even
  refuses "'nowhere/result.h5' cannot be written" gsn estimate --input="$digits" --output=nowhere/result.h5
  refuses "'nowhere/times.json' cannot be written" gsn estimate --input="$digits" --output=result.h5 \
    --json=nowhere/times.json
  refuses "'nowhere/run.checkpoint' cannot be written" gsn estimate --input="$digits" \
    --output=result.h5 --checkpoint=nowhere/run.checkpoint
}

# Where no dataset is named: the only one of rank 3, and that is said; of several none.
only_dataset() {
  command -v h5copy >/dev/null || fail "there is no h5copy to make data (Debian's package hdf5-tools has it)"
  h5copy -i "$digits" -o one.h5 -s /even -d /responses
  kovar 0 gsn estimate --input=one.h5 --output=result.h5 --json=times.json
  says err "kovar: '/responses' is taken, the only dataset of rank 3 in 'one.h5'"
  says out "one.h5:/responses"
  says times.json '"dataset": "/responses"'
  h5dump -a /provenance/option.dataset result.h5 >provenance
  says provenance /responses
  kovar 0 gsn noise-ceiling one.h5 --output=ceiling.h5 --mode=1 --nctrials=1 --quiet --ncsims=2
  ! grep -q "is taken" err || fail "it talks"
  rm result.h5
  h5copy -i "$digits" -o one.h5 -s /uneven -d /others
  refuses "gsn estimate: 'one.h5' has no dataset '/even' and 2 of rank 3 (/others, /responses); name the one with the responses, as in --dataset=/others" \
    gsn estimate --input=one.h5 --output=result.h5
  [ "$(grep -c 'kovar: error' err)" = 1 ] || fail "told more than once"
  h5copy -i "$digits" -o one.h5 -s /even -d /even
  kovar 0 gsn estimate --input=one.h5 --output=result.h5
  says out "one.h5:/even"
  ! grep -q "is taken" err || fail "the usual dataset is talked of"
}

# One line of error, whatever is wrong with the file.
unreadable_input() {
  mkdir folder
  head -c 50000 "$digits" >truncated.h5
  : >empty.h5
  head -c 5000 /dev/urandom >noise.h5
  for case in "folder:is a folder" "truncated.h5:is incomplete" "empty.h5:it is empty" \
    "noise.h5:is not an HDF5 file" "nowhere.h5:does not exist" "/dev/null:is no ordinary file"; do
    refuses "'${case%%:*}'" gsn estimate --input="${case%%:*}" --output=result.h5
    says err "${case#*:}"
    [ "$(grep -c 'kovar: error' err)" = 1 ] || fail "told more than once"
    [ ! -e result.h5 ] && [ ! -e result.h5.part ] || fail "a result file is left"
  done
  if [ "$(id -u)" != 0 ]; then
    cp "$digits" locked.h5
    chmod 000 locked.h5
    refuses "'locked.h5' cannot be read (Permission denied)" gsn estimate --input=locked.h5 --output=result.h5
    [ "$(grep -c 'kovar: error' err)" = 1 ] || fail "told more than once"
  fi
}

# Three units with 200 trials would look exchanged if their axes had no labels.
no_false_alarm_of_axes() {
  kovar 0 gsn simulate --output=few.h5 --units=3 --conditions=20 --trials=200 --quiet
  kovar 0 gsn estimate --input=few.h5 --output=result.h5 --quiet
  [ ! -s err ] || fail "a labelled dataset is doubted"
}

contradictions() {
  refuses_estimate "gsn estimate: --backend=serial and --device=cuda contradict each other" \
    --backend=serial --device=cuda
  kovar 0 info
  if ! grep "execution spaces" out | grep -q hip; then
    refuses_estimate "gsn estimate: execution space 'hip' is not in this build of Kokkos, which has" \
      --backend=hip
    refuses_estimate "gsn estimate: execution space 'hip' is not in this build" --device=hip
  fi
  refuses_estimate "gsn estimate: --json and --output are the same file" --json=result.h5
  refuses_estimate "gsn estimate: --checkpoint and --output are the same file" --checkpoint=result.h5
  refuses_estimate "gsn estimate: --time_limit is given without --checkpoint" --time-limit=1:00:00
  refuses_estimate "gsn estimate: --time_limit is '1:00'; give HH:MM:SS or a number of seconds" \
    --time-limit=1:00
  refuses_estimate "gsn estimate: --level_data=observed and --uneven=fast contradict each other" \
    --level-data=observed
  refuses_estimate "gsn estimate: --folds is 0" --folds=0
  refuses_estimate "gsn estimate: --folds=3 has one level to choose from" --folds=3 --shrinklevels=0.5
  refuses_estimate "gsn estimate: --level_search=continuous has one level to start from" \
    --level-search=continuous --no-wantshrinkage
  refuses_estimate "gsn estimate: --level_search=continuous and --scoring=cholesky contradict" \
    --level-search=continuous --scoring=cholesky
  refuses_estimate "gsn estimate: --components=3 without a basis in --returns" --components=3
  refuses_estimate "n_components: 65 components" --components=65 --returns=eigvals_signal
  refuses_estimate "folds: 11 for 10 conditions" --folds=11
}

keeps_input() {
  cp "$digits" data.h5
  refuses "gsn estimate: --output is the input file 'data.h5'" gsn estimate --input=data.h5 --output=./data.h5
  refuses "gsn estimate: --json is the input file" gsn estimate --input=data.h5 --output=r.h5 --json=data.h5
  refuses "gsn estimate: --checkpoint is the input file" gsn estimate --input=data.h5 --output=r.h5 \
    --checkpoint=data.h5
  cmp -s "$digits" data.h5 || fail "the input has changed"
}

no_result_on_error() {
  echo "an older result" >result.h5
  estimate 2 --dataset=/nothing
  [ "$(cat result.h5)" = "an older result" ] || fail "the older result is gone"
  [ ! -e result.h5.part ] || fail "a part file is left"
}

# ---- results

# level_of NAME: a result in times.json.
level_of() {
  sed -n "s/^ *\"$1\": *\([-0-9.e+]*\),*$/\1/p" times.json
}

options_change_results() {
  estimate 0 --json=times.json
  [ -s result.h5 ] || fail "no result file"
  says out shrinklevelN
  says out "64"
  [ "$(level_of numiters)" != "" ] || fail "no numiters in the record"
  estimate 0 --json=times.json --shrinklevels 0.25,0.75
  case $(level_of shrinklevelN) in 0.25 | 0.75) ;; *) fail "level is not of the list" ;; esac
  estimate 0 --json=times.json --no-wantshrinkage
  [ "$(level_of shrinklevelN)" = 1.0 ] || fail "level is not 1 without shrinkage"
  estimate 0 --json=times.json --zero-variance=compat
  [ "$(level_of shrinklevelN)" = 0.0 ] || fail "a constant unit does not take the first level"
  says out W_ALL_LEVELS_SINGULAR
  estimate 0 --json=times.json --backend=serial --precision=float
  says times.json '"space": "serial"'
  says times.json '"precision": "float"'
  estimate 0 --json=times.json --scoring=cholesky
  by_cholesky=$(level_of shrinklevelN)
  estimate 0 --json=times.json --scoring=decomposition
  [ "$(level_of shrinklevelN)" = "$by_cholesky" ] || fail "scorings differ"
}

returns() {
  estimate 0 --returns=none
  estimate 0 --returns=
  estimate 0 --returns=cSb,eigvals_signal
  command -v h5ls >/dev/null || return 0
  h5ls result.h5 >list
  grep -q '^cSb ' list && grep -q '^eigvals_signal ' list || fail "an item is missing"
  ! grep -q '^cN ' list || fail "an item that was not asked for is there"
}

quiet() {
  estimate 0 --quiet
  [ ! -s out ] || fail "standard output is not empty"
  says err "kovar: warning: W_ZERO_VARIANCE"
  [ "$(grep -c W_ZERO_VARIANCE err)" = 1 ] || fail "a warning is told twice"
  estimate 0 --wantverbose=false
  [ ! -s out ] || fail "standard output is not empty"
}

json_record() {
  estimate 0 --json=times.json
  for word in '"program": "kovar gsn estimate"' '"kovar_version"' '"ranks": 1' '"threads": 1' \
    '"space"' '"units": 64' '"conditions": 10' '"trials": 174' '"name": "read"' '"name": "write"' \
    '"total_seconds"' '"peak_memory_bytes"' '"levels"' '"code": "W_ZERO_VARIANCE"' \
    '"over_ranks"' '"peak_memory_over_ranks"' '"min"' '"mean"' '"max"'; do
    says times.json "$word"
  done
  ! command -v python3 >/dev/null || python3 -m json.tool times.json >/dev/null || fail "not JSON"
}

simulate() {
  kovar 0 gsn simulate --output=one.h5 --units=30 --conditions=20 --trials=4 --seed=7 \
    --noise-multiplier=2 --json=times.json
  says out 30
  says times.json '"units": 30'
  kovar 0 gsn simulate --output=two.h5 --units=30 --conditions=20 --trials=4 --seed=7 \
    --noise_multiplier=2 --quiet
  [ ! -s out ] || fail "standard output is not empty"
  for file in one two; do
    kovar 0 gsn estimate --input=$file.h5 --output=result.h5 --json=$file.json
  done
  for name in ncsnr_median shrinklevelN; do
    [ "$(grep $name one.json)" = "$(grep $name two.json)" ] || fail "one seed, two data sets"
  done
  kovar 0 gsn simulate --output=small.h5 --units=3
  kovar 2 gsn simulate --output=empty.h5 --units=0
  [ ! -e empty.h5 ] || fail "there is a file"
}

beyond_gsn() {
  estimate 0 --json=times.json --folds=5 --level-search=continuous --returns=eigvals_signal,eigvecs_signal \
    --components=3
  case $(level_of shrinklevelN) in 0.[0-9][0-9] | 0.[0-9] | 1.0) fail "the level is on the grid" ;; esac
  for word in '"folds": 5' '"level_search": "continuous"' '"components": 3'; do says times.json "$word"; done
  for method in one_stage two_stage products; do
    estimate 0 --json=times.json --projection=$method
    says times.json "\"projection\": \"$method\""
  done
  estimate 0 --json=times.json --dataset=/uneven --uneven=missing --level-data=observed
  says times.json '"path": "per_unit"'
  estimate 0 --json=times.json --dataset=/uneven
  says times.json '"path": "whole_trial"'
  command -v h5ls >/dev/null || return 0
  estimate 0 --folds=5 --level-search=continuous --returns=eigvals_signal,eigvecs_signal --components=3
  h5ls result.h5 >list
  for line in 'eigvals_signal  *Dataset {3}' 'eigvecs_signal  *Dataset {64, 3}' 'nll_folds_N  *Dataset {51, 5}' 'nll_folds_D  *Dataset {51, 5}' \
    'nll_best_N  *Dataset {SCALAR}' 'n_components  *Dataset {SCALAR}'; do
    grep -q "^$line" list || fail "$(cat list) lacks $line"
  done
}

# ---- runs that end early

# Without a checkpoint a signal ends the run, and the result that was being written is gone.
stops_on_signal() {
  kovar 0 gsn simulate --output=big.h5 --units=1500 --conditions=20 --quiet
  "$program" gsn estimate --input=big.h5 --output=result.h5 --shrinklevels=0.5 >out 2>err &
  child=$!
  until [ -s result.h5.part ]; do  # an empty one is the check that the folder takes files
    kill -0 $child 2>/dev/null || return 77  # it was written between two looks
  done
  kill -TERM $child 2>/dev/null
  wait $child
  code=$?
  [ ! -e result.h5.part ] || fail "a part file is left"
  [ ! -e result.h5 ] || return 77  # it was whole before the signal came
  [ $code = 143 ] || fail "ended with $code instead of 143"
}

# Data on which every stage computes something.
all_items=cN,cS,cNb,cSb,eigvals_signal,eigvecs_signal,eigvals_difference,eigvecs_difference
simulate_responses() {
  kovar 0 gsn simulate --output=data.h5 --units="$1" --conditions=30 --trials=3 --quiet
}

# What else runs with a checkpoint are given, and by how much their numbers may differ from those of another run.
place=
tolerance=

# run ARGUMENTS...: an estimate with a checkpoint; its exit code goes to code.
run() {
  # shellcheck disable=SC2086,SC2046  # the launcher is several words
  $launcher "$program" gsn estimate $(unless_given --input=data.h5 "$@") --output=result.h5 \
    $(unless_given --returns=$all_items "$@") --checkpoint=run.checkpoint $place "$@" >out 2>err </dev/null
  code=$?
}

# The result is that of reference.h5.
same_content() {
  command -v h5diff >/dev/null || fail "there is no h5diff to compare results (Debian's package hdf5-tools has it)"
  # shellcheck disable=SC2086  # two words or none
  h5diff ${tolerance:+-d $tolerance} --exclude-path /provenance reference.h5 result.h5 >difference || {
    cat difference
    fail "the result differs from that of an uninterrupted run"
  }
}

# The run is whole, its result that of reference.h5, and nothing else is left.
same_as_reference() {
  [ -s result.h5 ] || fail "no result file"
  [ ! -e run.checkpoint ] || fail "the checkpoint is left"
  [ ! -e run.checkpoint.part ] && [ ! -e result.h5.part ] || fail "a part file is left"
  same_content
}

# stage_by_stage ARGUMENTS...: every run ends after one stage; the last one writes the result.
stage_by_stage() {
  run "$@"
  [ $code = 0 ] || fail "ended with $code"
  mv result.h5 reference.h5
  n_stages=0
  while :; do
    run --time-limit=0 "$@"
    [ $code != 0 ] || break
    [ $code = 3 ] || fail "ended with $code instead of 3"
    n_stages=$((n_stages + 1))
    [ "$(grep -c 'time limit of 0 s' err)" = 1 ] || fail "the reason is not told once"
    says err "run the same command again to go on"
    [ $n_stages = 1 ] || says out "Going on from the checkpoint 'run.checkpoint' (done: "
    [ ! -e result.h5 ] || fail "there is a result already"
    [ $n_stages -lt 200 ] || fail "it does not come to an end"
  done
  [ $n_stages -ge 4 ] || fail "$n_stages stages only"
  same_as_reference
}

goes_on_at_every_stage() {
  simulate_responses 60
  stage_by_stage --returns=cSb,eigvecs_signal,eigvecs_difference
  # A launcher takes its time to start: the variants without one are enough.
  [ -n "$launcher" ] || stage_by_stage --folds=3 --level-search=continuous --components=5 --precision=float
  cp "$digits" data.h5
  stage_by_stage --dataset=/uneven --uneven=missing
  [ -n "$launcher" ] || stage_by_stage --dataset=/uneven --zero-variance=compat
}

checkpoint_is_refused() {
  simulate_responses 20
  kovar 0 gsn simulate --output=other.h5 --units=20 --conditions=30 --trials=3 --seed=8 --quiet
  run --time-limit=0
  [ $code = 3 ] || fail "ended with $code instead of 3"
  cp run.checkpoint before
  run --shrinklevels=0,0.5 --zero-variance=compat
  [ $code = 2 ] || fail "ended with $code instead of 2"
  says err "kovar: error: the checkpoint 'run.checkpoint' is of another computation (shrinklevels was '51 levels from 0 to 1"
  says err "and is now '0,0.5', zero_variance was 'exclude' and is now 'compat')"
  run --input=other.h5
  [ $code = 2 ] || fail "ended with $code instead of 2"
  says err "hash of the responses was '"
  head -c 2000 before >run.checkpoint
  run
  [ $code = 2 ] || fail "ended with $code instead of 2"
  says err "'run.checkpoint' is incomplete"
  says err "; remove it to start anew"
  cp data.h5 run.checkpoint
  run
  [ $code = 2 ] || fail "ended with $code instead of 2"
  says err "'run.checkpoint' is no checkpoint of kovar"
  cmp -s data.h5 run.checkpoint || fail "a file of another kind was changed"
  cp before run.checkpoint
  OMP_NUM_THREADS=2 run --memory-budget=1GB
  [ $code = 0 ] || fail "ended with $code: other threads are no other computation"
}

# A checkpoint goes on under another number of ranks.
goes_on_with_other_ranks() {
  simulate_responses 40
  run --time-limit=0
  [ $code = 3 ] || fail "ended with $code instead of 3"
  launcher=
  run
  [ $code = 0 ] || fail "ended with $code"
  says out "Going on from the checkpoint"
}

# in_background ARGUMENTS...: start a run; its process is $child.
in_background() {
  # shellcheck disable=SC2086
  $launcher "$program" gsn estimate --input=data.h5 --output=result.h5 --returns=$all_items \
    --checkpoint=run.checkpoint $place "$@" >out 2>err </dev/null &
  child=$!
}

# random_pauses N: as many lines, each a pause of 0.05 to 1 s. KOVAR_TEST_SEED gives those of an earlier run.
random_pauses() {
  seed=${KOVAR_TEST_SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
  echo "pauses of KOVAR_TEST_SEED=$seed" >&2
  awk -v seed="$seed" -v n="$1" 'BEGIN { srand(seed); while (n-- > 0) print 0.05 + 0.95 * rand() }'
}

# The processes of the program: those that the launcher started, or the one there is. What the launcher
# has forked and not yet made the program has another name.
program_processes() {
  if [ -n "$launcher" ]; then pgrep -P "$child" -x "$(basename "$program")"; else echo "$child"; fi
}

# Kill the first process. The launcher ends the others; one that does not within 20 s, as happens where a
# rank dies while it starts, is killed with them.
kill_run() {
  victim=$(program_processes | head -n 1)
  [ -z "$victim" ] || kill -KILL "$victim" 2>/dev/null
  for _ in $(seq 200); do
    kill -0 "$child" 2>/dev/null || break
    sleep 0.1
  done
  # shellcheck disable=SC2046  # several processes
  ! kill -0 "$child" 2>/dev/null || kill -KILL $(program_processes) "$child" 2>/dev/null
  wait "$child"
  code=$?
}

survives_kills() {
  simulate_responses 500
  run
  [ $code = 0 ] || fail "ended with $code"
  mv result.h5 reference.h5
  # A launcher takes its time to start and to end.
  kills=${launcher:+4}
  n_between_stages=0
  for pause in $(random_pauses "${kills:-12}"); do
    in_background
    sleep "$pause"
    kill_run
    [ "$(grep -c 'kovar: error' err)" -le 1 ] || fail "told more than once"
    [ $code != 0 ] || [ -e result.h5 ] || fail "a killed run ended with 0"
    [ ! -e run.checkpoint ] || n_between_stages=$((n_between_stages + 1))
    [ -e result.h5 ] || continue
    same_content
    rm result.h5
  done
  run
  [ $code = 0 ] || fail "ended with $code"
  rm -f run.checkpoint.part  # what a killed run may leave
  same_as_reference
  echo "$n_between_stages kills left stages that were done"
  [ $n_between_stages -gt 0 ] || return 77  # all came before the first stage or after the end
}

# A run that has gone on from its first stage, so that it notes signals and has stages to come.
in_background_after_a_stage() {
  run --time-limit=0
  [ $code = 3 ] || fail "ended with $code instead of 3"
  in_background
  until grep -q "Going on" out; do
    kill -0 $child 2>/dev/null || fail "it does not go on"
  done
}

stops_after_a_stage_on_a_signal() {
  simulate_responses 500
  run
  [ $code = 0 ] || fail "ended with $code"
  mv result.h5 reference.h5
  for signal in TERM USR1; do
    in_background_after_a_stage
    kill -$signal "$(program_processes | tail -n 1)"  # one rank alone is told
    wait $child
    code=$?
    [ $code = 3 ] || fail "ended with $code instead of 3 after SIG$signal"
    [ "$(grep -c "(SIG$signal)" err)" = 1 ] || fail "the reason is not told once"
    [ ! -e result.h5 ] || fail "there is a result already"
    run
    [ $code = 0 ] || fail "ended with $code"
    same_as_reference
    rm result.h5
  done
}

launcher_hands_on_signal() {
  simulate_responses 500
  in_background_after_a_stage
  kill -USR1 $child
  wait $child
  code=$?
  [ $code = 3 ] || fail "ended with $code instead of 3"
  says err "(SIGUSR1)"
}

# limited BLOCKS ARGUMENTS...: an estimate whose files may have so many blocks of 512 bytes. The launcher must not be
# limited, nor its ranks talk through shared memory, which are files.
limited() {
  blocks=$1
  shift
  # shellcheck disable=SC2086,SC2016
  OMPI_MCA_btl=self,tcp OMPI_MCA_btl_tcp_if_include=lo $launcher \
    sh -c 'ulimit -f "$0" && exec "$@"' "$blocks" "$program" gsn estimate --input=data.h5 \
    --output=result.h5 --returns=$all_items $place "$@" >out 2>err </dev/null
  code=$?
  [ $code = 1 ] || fail "ended with $code instead of 1"
  [ "$(grep -c 'kovar: error' err)" = 1 ] || fail "told more or less than once"
  says err "File too large"
  [ ! -e result.h5.part ] && [ ! -e run.checkpoint.part ] || fail "a part file is left"
}

full_disk() {
  simulate_responses 300
  echo "an older result" >result.h5
  limited 2000
  says err "'result.h5' cannot be written"
  [ "$(cat result.h5)" = "an older result" ] || fail "the older result is gone"
  limited 1000 --checkpoint=run.checkpoint
  [ ! -e run.checkpoint ] || fail "there is a checkpoint"
  run --time-limit=0
  [ $code = 3 ] || fail "ended with $code instead of 3"
  limited 3000 --checkpoint=run.checkpoint  # too little for the covariances
  says err "the one of stage 'data level' is still there"
  [ "$(cat result.h5)" = "an older result" ] || fail "the older result is gone"
  run
  [ $code = 0 ] || fail "ended with $code when there was room again"
  says out "(done: noise level, data level)"
}

# ---- parameter files

parameter_files() {
  cp "$examples"/estimate.yaml "$examples"/estimate.xml "$digits" .
  for ending in yaml xml; do
    kovar 0 gsn estimate --params=estimate.$ending
    [ -s digits_result.h5 ] || fail "no result file"
    rm digits_result.h5
    kovar 0 gsn estimate --params=estimate.$ending --output=other.h5 --json=times.json --shrinklevels=0.5
    [ -s other.h5 ] && [ ! -e digits_result.h5 ] || fail "the command line does not win"
    [ "$(level_of shrinklevelN)" = 0.5 ] || fail "the command line does not win"
  done
  printf 'gsn:\n  shrinklevels: [0.25, 0.5]\n  returns: [cSb]\n  memory_budget: 1GB\n' >list.yaml
  estimate 0 --params=list.yaml --json=times.json
  says times.json 0.25
}

wrong_parameter_files() {
  refuses_estimate "'nowhere.yaml'" --params=nowhere.yaml
  printf 'gsn:\n  shrinklevel: [0.5]\n' >wrong.yaml
  refuses_estimate "gsn estimate: unknown option 'shrinklevel' in 'wrong.yaml'; did you mean 'shrinklevels'? see kovar gsn estimate --help for all" \
    --params=wrong.yaml
  printf 'gsn:\n  wantshrinkage: 3\n' >wrong.yaml
  refuses_estimate "gsn estimate: 'wantshrinkage' in 'wrong.yaml' is an integer (3); give true or false" \
    --params=wrong.yaml
  printf 'gsn:\n  uneven: fats\n' >wrong.yaml
  refuses_estimate "gsn estimate: 'uneven' in 'wrong.yaml' is 'fats'; did you mean 'fast'?" --params=wrong.yaml
  printf 'gsn:\n  params: other.yaml\n' >wrong.yaml
  refuses_estimate "gsn estimate: unknown option 'params' in 'wrong.yaml'" --params=wrong.yaml
}

parameter_files_are_off() {
  refuses_estimate "gsn estimate: --params needs Teuchos" --params="$examples"/estimate.yaml
}

# ---- pictures

plot_needs_result() {
  refuses "plot: the result file is missing" plot
  refuses "plot: there is no file 'nowhere.h5'" plot nowhere.h5
}

plot_needs_packages() {
  echo >result.h5
  # A python3 that has nothing, and none at all.
  mkdir none lost
  printf '#!/bin/sh\nexit 71\n' >lost/python3
  chmod +x lost/python3
  launcher="env KOVAR_PYTHON=$scratch/lost/python3"
  kovar 1 plot result.h5
  says err "plot: $scratch/lost/python3 lacks numpy, h5py, matplotlib"
  says err "apt install python3-h5py python3-matplotlib"
  launcher="env KOVAR_PYTHON=$scratch/none/python3"
  kovar 1 plot result.h5
  says err "plot: $scratch/none/python3 was not found"
}

# ---- ranks

# From here on runs share their matrices; messages of ranks come in another order each time.
over_ranks() {
  place=--matrices=ranks
  tolerance=1e-9
}

# ranks N: the launcher for another number of ranks.
ranks() {
  echo "$launcher" | awk -v n="$1" '{ for (i = 1; i <= NF; ++i) if ($i ~ /^[0-9]+$/) { $i = n; break } print }'
}

# Levels, counts and all matrices are those of --matrices=root.
matrices_over_ranks() {
  simulate_responses 150
  cp "$digits" digits.h5
  tolerance=1e-9
  for data in data.h5 "digits.h5 --dataset=/uneven --shrinklevels=1"; do
    for precision in double float; do
      [ $precision = double ] || tolerance=1e-3
      # shellcheck disable=SC2086  # several words
      set -- --input=$data --precision=$precision --quiet --returns=cN,cS,cNb,cSb,eigvals_signal,eigvals_difference
      kovar 0 gsn estimate "$@" --matrices=root --output=reference.h5
      kovar 0 gsn estimate "$@" --matrices=ranks --output=result.h5 --json=times.json
      says times.json '"matrices": "ranks"'
      same_content
    done
    tolerance=1e-9
  done
  refuses "--form=factored and another option contradict each other (--matrices=ranks is given" gsn estimate \
    --input=data.h5 --output=no.h5 --form=factored --matrices=ranks
}

# Responses that pass by in blocks of conditions: the results of all at once, whoever holds the matrices.
by_blocks() {
  simulate_responses 60
  cp "$digits" digits.h5
  few=--memory_for_data=50kB
  for data in data.h5 "digits.h5 --dataset=/uneven --shrinklevels=1"; do
    for precision in double float; do
      tolerance=1e-9
      if [ $precision = float ]; then
        # A launcher takes its time to start.
        [ -z "$launcher" ] || continue
        tolerance=1e-3
      fi
      # shellcheck disable=SC2086  # several words
      set -- --input=$data --precision=$precision --returns=cN,cS,cNb,cSb,eigvals_signal,eigvals_difference
      kovar 0 gsn estimate "$@" --form=dense --quiet --output=reference.h5
      kovar 0 gsn estimate "$@" $few --matrices=root --output=result.h5 --json=times.json
      says times.json '"reading": "blocks"'
      says err "Plan: responses and what is made of them, "
      same_content
    done
  done
  [ $(grep -o '"blocks": [0-9]*' times.json | tr -dc 0-9) -ge 2 ] || fail "there is one block"
  export KOKKOS_DISABLE_WARNINGS=1  # of more ranks than cores
  kovar 0 gsn estimate --input=data.h5 $few --quiet --output=result.h5
  [ ! -s out ] && [ ! -s err ] || fail "it talks"
  kovar 0 gsn estimate --input=data.h5 --memory_for_data=1GB --output=result.h5 --json=times.json
  says times.json '"reading": "whole"'
  rm result.h5
  refuses "scoring=low_rank takes the responses of all conditions at once" gsn estimate --quiet \
    --input=data.h5 --output=result.h5 --scoring=low_rank $few
  refuses "uneven=missing counts trials for each pair of units" gsn estimate --quiet \
    --input=digits.h5 --dataset=/uneven --uneven=missing --output=result.h5 $few
  refuses "(--memory_for_data is given, which takes whole matrices)" gsn estimate \
    --input=data.h5 --output=result.h5 --form=factored $few
  [ ! -e result.h5 ] || fail "there is a result"
  [ -z "$launcher" ] || return 0
  tolerance=
  place="$few --matrices=root"
  stage_by_stage --returns=cSb,eigvecs_signal,eigvecs_difference
}

# The same with matrices over ranks.
blocks_over_ranks() {
  simulate_responses 60
  cp "$digits" digits.h5
  for data in data.h5 "digits.h5 --dataset=/uneven"; do
    tolerance=1e-9
    # shellcheck disable=SC2086  # several words
    set -- --input=$data --quiet --returns=cN,cS,cNb,cSb,eigvals_signal
    kovar 0 gsn estimate "$@" --matrices=root --output=reference.h5
    kovar 0 gsn estimate "$@" --matrices=ranks --memory_for_data=30kB --output=result.h5 --json=times.json
    for word in '"reading": "blocks"' '"matrices": "ranks"'; do says times.json "$word"; done
    same_content
  done
  over_ranks
  place="$place --memory_for_data=30kB"
  run --returns=cSb
  mv result.h5 reference.h5
  run --returns=cSb --time-limit=0
  [ $code = 3 ] || fail "ended with $code instead of 3"
  run --returns=cSb
  says out "Going on from the checkpoint"
  same_as_reference
}

ranks_go_on_at_every_stage() {
  over_ranks
  simulate_responses 60
  stage_by_stage
  stage_by_stage --folds=3 --components=5 --returns=cNb,eigvals_signal,eigvecs_difference
}

ranks_refuse_checkpoint() {
  over_ranks
  checkpoint_is_refused
  run --time-limit=0
  place=--matrices=root
  run
  [ $code = 2 ] || fail "ended with $code instead of 2"
  [ "$(grep -c 'kovar: error' err)" = 1 ] || fail "told more or less than once"
  says err "(matrices was 'ranks' and is now 'root')"
  place=--matrices=auto
  run
  [ $code = 0 ] || fail "ended with $code: auto takes what the checkpoint has"
}

# Each stage on another number of ranks.
ranks_go_on_with_other_ranks() {
  over_ranks
  simulate_responses 70
  run
  [ $code = 0 ] || fail "ended with $code"
  mv result.h5 reference.h5
  first=$launcher
  for n in 0 4 0 3 1; do
    launcher=$first
    [ $n = 0 ] || launcher=$(ranks $n)
    run --time-limit=0
    [ $code = 3 ] || fail "ended with $code instead of 3"
    says err "time limit of 0 s"
  done
  launcher=
  place=--matrices=auto
  run
  [ $code = 0 ] || fail "ended with $code"
  says out "difference eigenbasis)"
  same_as_reference
}

ranks_survive_kills() {
  over_ranks
  survives_kills
}

# After a kill of one rank, others than those go on.
others_go_on_after_a_kill() {
  over_ranks
  simulate_responses 500
  run
  [ $code = 0 ] || fail "ended with $code"
  mv result.h5 reference.h5
  in_background
  until [ -e run.checkpoint ]; do
    kill -0 "$child" 2>/dev/null || fail "it ended without a checkpoint"
    sleep 0.01
  done
  kill_run
  [ ! -e result.h5 ] || return 77  # it was done between two looks
  [ $code != 0 ] || fail "a killed run ended with 0"
  launcher=$(ranks 3)
  run
  [ $code = 0 ] || fail "ended with $code"
  says out "Going on from the checkpoint"
  rm -f run.checkpoint.part  # what a killed run may leave
  same_as_reference
}

ranks_stop_after_a_stage_on_a_signal() {
  over_ranks
  stops_after_a_stage_on_a_signal
}

ranks_full_disk() {
  over_ranks
  full_disk
}

# Factors, and whole matrices made of them, against the dense form; on any number of ranks.
factored_form() {
  command -v h5diff >/dev/null || fail "there is no h5diff to compare results (Debian's package hdf5-tools has it)"
  "$program" gsn simulate --units=90 --conditions=10 --trials=3 --output=drawn.h5 --quiet || fail "no data"
  by_form() { kovar 0 gsn estimate --input=drawn.h5 --quiet "$@"; }
  by_form --form=dense --output=dense.h5
  by_form --form=factored --output=factors.h5 --json=factors.json
  for word in '"name": "factored"' '"stored": "factors"' '"is_complete": true'; do says factors.json "$word"; done
  for name in factor cN_diagonal cSb_weights projection/error_bound mnS ncsnr; do
    h5dump -H -d "/$name" factors.h5 >out || fail "there is no $name among the factors"
  done
  by_form --form=factored --store=dense --output=whole.h5
  for name in cN cS cNb cSb mnS ncsnr nllN shrinklevelN shrinklevelD numiters; do
    h5diff -d 1e-10 dense.h5 whole.h5 "/$name" >out || fail "the forms differ in $name"
  done
  # Left to itself, it takes the form where units are many, and then stores whole matrices that fit.
  by_form --output=auto.h5 --json=auto.json
  grep -q '"form"' auto.json && fail "the factored form was taken for few units"
  "$program" gsn simulate --units=700 --conditions=5 --trials=3 --output=wide.h5 --quiet || fail "no data"
  kovar 0 gsn estimate --input=wide.h5 --quiet --output=wide_result.h5 --json=wide.json
  for word in '"name": "factored"' '"reason": "less work"' '"stored": "dense"'; do says wide.json "$word"; done
  # Where another option keeps it away, that is told.
  kovar 0 gsn estimate --input=wide.h5 --output=wide_result.h5 --returns=cSb,eigvals_signal
  says err "Hint: for 700 units, 5 conditions and 3 trials without losses --form=factored is expected to be "
  says err " times less work than whole matrices, which are taken because --returns asks for bases"
  kovar 0 gsn estimate --input=wide.h5 --output=wide_result.h5 --returns=cSb --form=dense
  ! grep -q Hint err || fail "what was asked for is doubted"
  kovar 0 gsn estimate --input=drawn.h5 --output=wide_result.h5 --returns=eigvals_signal
  ! grep -q Hint err || fail "few units are told to take factors"
  # Factors that turn out not to be exact are not taken, and that is told.
  "$program" gsn simulate --units=600 --conditions=10 --trials=3 --noise_decay=0 --noise_multiplier=1000 \
    --output=noise.h5 --quiet || fail "no data"
  kovar 0 gsn estimate --input=noise.h5 --output=noise_result.h5
  says err "Form: factors were tried and are not exact here (error of up to "
  # Leading components, of factors and of whole matrices.
  for way in "--form=dense" "--form=factored --store=dense" "--form=factored"; do
    # shellcheck disable=SC2086  # several words
    by_form $way --returns=cSb,eigvals_signal,eigvecs_signal --components=2 --output="leading.h5"
    [ "$way" != "--form=dense" ] || mv leading.h5 few.h5
    [ "$way" = "--form=dense" ] || for name in eigvals_signal eigvecs_signal; do
      h5diff -d 1e-7 few.h5 leading.h5 "/$name" >out || fail "$way gives other $name"
    done
  done
  by_form --form=factored --returns=cSb --output=one.h5
  h5dump -H -d /cN_diagonal one.h5 >out 2>&1 && fail "cN is there unasked"
  refuses "form=factored: responses are lost (NaN), and uneven=missing counts trials for each pair of units" gsn \
    estimate --input="$digits" --dataset=/uneven --uneven=missing --output=no.h5 --form=factored --quiet
  refuses "--form=dense has no factors to store" gsn estimate --input=drawn.h5 --output=no.h5 \
    --form=dense --store=factors
  refuses "--form=factored and another option contradict each other (--returns asks for bases" gsn \
    estimate --input=drawn.h5 --output=no.h5 --form=factored --returns=eigvals_signal
  [ ! -e no.h5 ] || fail "there is a result file"
}

same_on_any_rank_count() {
  estimate 0 --json=times.json
  mv result.h5 many.h5
  for name in shrinklevelN shrinklevelD numiters; do level_of $name; done >many
  # The record rounds nothing; the median of ncsnr may differ in its last digits.
  level_of ncsnr_median | cut -c 1-10 >>many
  launcher=
  estimate 0 --json=times.json
  for name in shrinklevelN shrinklevelD numiters; do level_of $name; done >one
  level_of ncsnr_median | cut -c 1-10 >>one
  cmp -s one many || fail "ranks change the result: $(tr '\n' ' ' <one) and $(tr '\n' ' ' <many)"
  command -v h5diff >/dev/null || fail "there is no h5diff to compare results (Debian's package hdf5-tools has it)"
  for name in cN cS cNb cSb; do
    h5diff -d 1e-9 result.h5 many.h5 /$name >out || fail "ranks change $name"
  done
}

# With losses per unit; needs ScaLAPACK on several ranks.
losses_over_ranks() {
  command -v h5diff >/dev/null || fail "there is no h5diff to compare results (Debian's package hdf5-tools has it)"
  for level_data in complete observed; do
    per_unit() { estimate 0 --dataset=/uneven --uneven=missing --level_data=$level_data "$@"; }
    per_unit --matrices=root
    mv result.h5 root.h5
    per_unit --matrices=ranks --json=times.json
    for word in '"path": "per_unit"' '"matrices": "ranks"'; do says times.json "$word"; done
    for name in cN cS cNb cSb mnS ncsnr shrinklevelN shrinklevelD numiters; do
      h5diff -d 1e-9 root.h5 result.h5 /$name >out || fail "ranks change $name"
    done
  done
}

error_is_told_once() {
  refuses_estimate "'/evne'" --dataset=/evne
  [ "$(grep -c 'kovar: error' err)" = 1 ] || fail "told more than once"
  refuses_estimate "gsn estimate: unknown option '--nonsense'" --nonsense
  [ "$(grep -c 'kovar: error' err)" = 1 ] || fail "told more than once"
  refuses_estimate "folds: 11 for 10 conditions" --folds=11
  [ "$(grep -c 'kovar: error' err)" = 1 ] || fail "told more than once"
}

# The program is lone_error.cpp.
lone_error_ends_all_ranks() {
  refuses "fails alone" fail
  [ "$(grep -c 'kovar: error' err)" = 1 ] || fail "told more than once"
}

"$case_name" || exit $?
echo "passed: $case_name"
