#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs 'kovar gsn noise-ceiling' as a user does and looks at exit codes, messages and files.
#
#   sh test_noise_ceiling.sh PROGRAM [LAUNCHER WORDS...]
set -u
program=$1
shift
launcher=$*
. "$(dirname "$0")/run_program.sh"

# ceiling CODE ARGUMENTS...: the program must end with this code.
ceiling() {
  wanted=$1
  shift
  kovar "$wanted" gsn noise-ceiling "$@"
}

refuses() {
  message=$1
  shift
  ceiling 2 sim.h5 --output=refused.h5 "$@"
  says err "$message"
  [ ! -e refused.h5 ] || fail "there is a result file"
}

# On one rank: the data do not depend on the launcher.
"$program" gsn simulate --output=sim.h5 --units=20 --conditions=30 --trials=5 --seed=7 --quiet ||
  fail "no data"

ceiling 0 --help
for word in "noise-ceiling INPUT" --splitmode --simthresh "mpirun -n 4"; do says out "$word"; done

ceiling 0 sim.h5 --output=one.h5 --json=one.json --splitmode=1 --ncsims=20 --ncconds=15
for word in "noise ceiling, median of 20 simulations" "splits of size 2" "scale of the signal"; do
  says out "$word"
done
says one.json '"data_reliability"'
[ -s one.h5 ] || fail "no result file"

# The seed decides; the input may be named, too.
ceiling 0 --input=sim.h5 --output=two.h5 --json=two.json --splitmode=1 --ncsims=20 --ncconds=15 --quiet
[ ! -s out ] || fail "standard output is not empty"
for name in '"noise_ceiling"' '"scale"'; do
  [ "$(grep "$name" one.json)" = "$(grep "$name" two.json)" ] || fail "one seed, two results: $name"
done
ceiling 0 sim.h5 --output=two.h5 --json=two.json --splitmode=1 --ncsims=20 --ncconds=15 --seed=8
[ "$(grep '"noise_ceiling"' one.json)" != "$(grep '"noise_ceiling"' two.json)" ] ||
  fail "two seeds, one result"

# Levels are chosen as estimate does; what contradicts itself is refused.
# Other levels give another ceiling from the same draws.
found=
for rule in --folds=1 --folds=3 --level-search=continuous; do
  ceiling 0 sim.h5 --output=levels.h5 --json=levels.json --mode=1 --ncsims=2 $rule
  value=$(grep '"noise_ceiling"' levels.json)
  case $found in *"$value"*) fail "$rule changed nothing" ;; esac
  found="$found $value"
done
refuses "gsn noise-ceiling: --level_data=observed and --uneven=fast contradict each other" \
  --mode=1 --level-data=observed
refuses "gsn noise-ceiling: --folds is 0" --mode=1 --folds=0

# There is no picture of it: exit code 2, or 1 where Python's packages are not installed.
"$program" plot one.h5 --output=pictures >out 2>err
code=$?
{ [ $code = 2 ] && says err "holds a noise ceiling of RSA, which is not drawn"; } ||
  { [ $code = 1 ] && says err "lacks"; } || fail "plot ended with $code"

# The record tells the threads of the space that did the work, not those of the default one.
export OMP_NUM_THREADS=2
ceiling 0 sim.h5 --output=serial.h5 --json=serial.json --mode=1 --ncsims=2 --backend=serial
says serial.json '"space": "serial"'
says serial.json '"threads": 1'
export OMP_NUM_THREADS=1

for mode in 1 2; do
  ceiling 0 sim.h5 --output=mode.h5 --json=mode.json --mode=$mode --returns=cSb_rsa,cSb,cNb
done
refuses "looks neither at scs nor at splitmode" --mode=1 --scs=1,2
refuses "entry 1 of scs is -1" --scs=1,-1
refuses "simchunk is 1" --simchunk=1
refuses "shrinklevels: entry 0 is 3" --shrinklevels=3
refuses "are the same file" --json=refused.h5
ceiling 2 sim.h5 --output=sim.h5
says err "it would be overwritten"
echo "passed: noise_ceiling"
