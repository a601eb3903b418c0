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

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

fail() {
  echo "FAILED: $*"
  echo "-- standard output"
  cat out 2>/dev/null
  echo "-- standard error"
  cat err 2>/dev/null
  exit 1
}

# kovar CODE ARGUMENTS...: the program must end with this code; its output goes to out and err.
kovar() {
  wanted=$1
  shift
  # shellcheck disable=SC2086  # the launcher is several words
  $launcher "$program" "$@" >out 2>err </dev/null
  code=$?
  [ "$code" = "$wanted" ] || fail "kovar $* ended with $code instead of $wanted"
}

# says FILE TEXT: the file contains the text.
says() {
  grep -qF -e "$2" "$1" || fail "$1 does not say: $2"
}

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
  for word in compiler kokkos kokkos_kernels blas_lapack mpi hdf5 teuchos "execution spaces" \
    "memory available"; do says out "$word"; done
  [ ! -s err ] || fail "something is on standard error"
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
  refuses_estimate "gsn estimate: unknown option '--shrinklevel'; did you mean '--shrinklevels'? valid: --input, " \
    --shrinklevel=0
  refuses_estimate "gsn estimate: --uneven is 'fats'; did you mean 'fast'? valid: fast, missing, reference" \
    --uneven=fats
  refuses_estimate "gsn estimate: --returns is 'cN,cXb' ('cXb' is unknown); did you mean" --returns=cN,cXb
  says err "valid: cN, cS, cNb, cSb, eigvals_signal"
  refuses_estimate "gsn estimate: --wantshrinkage is '3'; give true or false" --wantshrinkage=3
  refuses_estimate "gsn estimate: --memory_budget is '2XB'; give an amount of memory" --memory_budget=2XB
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
  refuses_estimate "estimate: the response is NaN" --dataset=/uneven
  refuses "'nowhere/result.h5' cannot be written" gsn estimate --input="$digits" --output=nowhere/result.h5
  refuses "'nowhere/times.json' cannot be written" gsn estimate --input="$digits" --output=result.h5 \
    --json=nowhere/times.json
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
}

keeps_input() {
  cp "$digits" data.h5
  refuses "gsn estimate: --output is the input file 'data.h5'" gsn estimate --input=data.h5 --output=./data.h5
  refuses "gsn estimate: --json is the input file" gsn estimate --input=data.h5 --output=r.h5 --json=data.h5
  cmp -s "$digits" data.h5 || fail "the input has changed"
}

no_result_on_error() {
  echo "an older result" >result.h5
  estimate 2 --dataset=/uneven
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
  estimate 0 --wantverbose=false
  [ ! -s out ] || fail "standard output is not empty"
}

json_record() {
  estimate 0 --json=times.json
  for word in '"program": "kovar gsn estimate"' '"kovar_version"' '"ranks": 1' '"threads": 1' \
    '"space"' '"units": 64' '"conditions": 10' '"trials": 174' '"name": "read"' '"name": "write"' \
    '"total_seconds"' '"peak_memory_bytes"' '"levels"' '"code": "W_ZERO_VARIANCE"'; do
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

stops_on_signal() {
  kovar 0 gsn simulate --output=big.h5 --units=1500 --conditions=1000 --quiet
  "$program" gsn estimate --input=big.h5 --output=result.h5 --scoring=cholesky >out 2>err &
  child=$!
  sleep 0.7
  kill -TERM $child 2>/dev/null || return 77  # this machine was done before
  wait $child
  code=$?
  [ $code = 143 ] || fail "ended with $code instead of 143"
  [ ! -e result.h5 ] && [ ! -e result.h5.part ] || fail "a result file is left"
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
  refuses_estimate "gsn estimate: unknown option 'shrinklevel' in 'wrong.yaml'; did you mean 'shrinklevels'? valid: input, " \
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
  command -v h5diff >/dev/null || return 0
  for name in cN cS cNb cSb; do
    h5diff -d 1e-9 result.h5 many.h5 /$name >out || fail "ranks change $name"
  done
}

error_is_told_once() {
  refuses_estimate "'/evne'" --dataset=/evne
  [ "$(grep -c 'kovar: error' err)" = 1 ] || fail "told more than once"
  refuses_estimate "gsn estimate: unknown option '--nonsense'" --nonsense
  [ "$(grep -c 'kovar: error' err)" = 1 ] || fail "told more than once"
  refuses_estimate "estimate: the response is NaN" --dataset=/uneven
  [ "$(grep -c 'kovar: error' err)" = 1 ] || fail "told more than once"
}

# The program is lone_error.cpp.
lone_error_ends_all_ranks() {
  refuses "fails alone" fail
  [ "$(grep -c 'kovar: error' err)" = 1 ] || fail "told more than once"
}

"$case_name" || exit $?
echo "passed: $case_name"
