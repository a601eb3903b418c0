#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs 'kovar spectral ...' as a user does and looks at exit codes, messages and files.
#
#   sh test_spectral.sh PROGRAM EXAMPLES [LAUNCHER WORDS...]
set -u
program=$1
examples=$2
shift 2
launcher=$*
. "$(dirname "$0")/run_program.sh"

# train CODE ARGUMENTS...: a short training on the example table; the program must end with this code.
train() {
  wanted=$1
  shift
  # shellcheck disable=SC2046  # a word or none
  kovar "$wanted" spectral train data.csv --order=5 --epochs=8 $(unless_given --validation=88 "$@") "$@"
}

refuses() {
  message=$1
  shift
  kovar 2 spectral "$@"
  says err "$message"
  [ ! -e refused.h5 ] && [ ! -e refused.h5.part ] || fail "there is a result file"
}

same_numbers() {
  command -v h5diff >/dev/null || fail "there is no h5diff to compare results (Debian's package hdf5-tools has it)"
  h5diff --exclude-path /provenance "$@" >difference || {
    cat difference
    fail "$* differ"
  }
}

cp "$examples/diabetes.csv" data.csv

for command in train predict inspect; do
  kovar 0 spectral $command --help
  says out "kovar spectral $command"
done

# ---- a model, and what it predicts

train 0 -o model.h5 --json=model.json
for word in "target                    progression" "features                  10" \
  "training rows             354" "validation rows           88" "8 (all epochs done)"; do
  says out "$word"
done
for word in '"validation_rmse"' '"train": 354' '"end": "all epochs done"'; do says model.json "$word"; done
train 0 --output=again.h5 --quiet
[ ! -s out ] || fail "standard output is not empty"
same_numbers model.h5 again.h5
kovar 0 spectral predict data.csv --model=model.h5 -o model.csv --quiet
kovar 0 spectral predict data.csv --model=again.h5 -o again.csv --quiet
cmp -s model.csv again.csv || fail "the same training gave another model"
train 0 -o other.h5 --seed=1 --quiet
! command -v h5diff >/dev/null || ! h5diff -q model.h5 other.h5 /coefficients /coefficients ||
  fail "two seeds, one model"

kovar 0 spectral predict data.csv --model=model.h5 -o predictions.csv --json=predictions.json
[ "$(head -n 1 predictions.csv)" = "row,prediction,progression" ] || fail "$(head -n 1 predictions.csv)"
[ "$(wc -l <predictions.csv)" = 443 ] || fail "not a line for each row"
says out "RMSE"
kovar 0 spectral predict data.csv --model=model.h5 -o predictions.h5 --quiet
[ -s predictions.h5 ] || fail "no predictions"
# Rows without the target are predicted alike.
cut -d, -f1-10 data.csv >features.csv
kovar 0 spectral predict features.csv --model=model.h5 -o features_only.csv --quiet
[ "$(cut -d, -f1,2 predictions.csv | cksum)" = "$(cksum <features_only.csv)" ] ||
  fail "the target changes the predictions"

kovar 0 spectral inspect model.h5 --json=inspect.json
for word in bmi s5 "spectral norm" "l2" progression; do says out "$word"; done
says inspect.json '"bmi"'
says out "validation RMSE"
kovar 0 spectral train data.csv --epochs=1 --validation=0 -o all_train.h5 --quiet
kovar 0 spectral inspect all_train.h5
! grep -q nan out || fail "an error of no rows is told"

# ---- an interrupted training goes on as if nothing had been

train 3 -o resumed.h5 --checkpoint=run.checkpoint --checkpoint_epochs=1 --time_limit=0
says err "time limit"
[ ! -e resumed.h5 ] || fail "there is a result already"
train 0 -o resumed.h5 --checkpoint=run.checkpoint --checkpoint_epochs=1
says out "Going on from the checkpoint"
[ ! -e run.checkpoint ] || fail "the checkpoint is left"
same_numbers model.h5 resumed.h5
kovar 0 spectral predict data.csv --model=resumed.h5 -o resumed.csv --quiet
cmp -s model.csv resumed.csv || fail "the resumed training gave another model"
train 3 -o resumed.h5 --checkpoint=run.checkpoint --time_limit=0
refuses "seed was '0' and is now '5'" train data.csv --order=5 --epochs=8 --validation=88 \
  -o refused.h5 --checkpoint=run.checkpoint --seed=5
rm run.checkpoint

# ---- several targets: a head for each

heads="--target=progression,bmi --k=middle,first"
# shellcheck disable=SC2086  # two options in one word
train 0 -o heads.h5 --json=heads.json $heads
for word in "targets                   progression, bmi" "features                  9" "Target progression" "Target bmi"; do
  says out "$word"
done
for word in '"target": "bmi"' '"heads": ['; do says heads.json "$word"; done
kovar 0 spectral predict data.csv --model=heads.h5 -o heads.csv --json=heads_error.json
says out "RMSE of bmi"
says heads_error.json '"progression":'
[ "$(head -n 1 heads.csv)" = "row,prediction_progression,prediction_bmi,progression,bmi" ] ||
  fail "$(head -n 1 heads.csv)"
# Targets that a table lacks are predicted alike.
cut -d, -f1,2,4- data.csv >without_bmi.csv
kovar 0 spectral predict without_bmi.csv --model=heads.h5 -o without_bmi_out.csv --quiet
[ "$(head -n 1 without_bmi_out.csv)" = "row,prediction_progression,prediction_bmi,progression" ] ||
  fail "$(head -n 1 without_bmi_out.csv)"
[ "$(tail -n +2 heads.csv | cut -d, -f1-4 | cksum)" = "$(tail -n +2 without_bmi_out.csv | cksum)" ] ||
  fail "a target that is not there changes the predictions"
kovar 0 spectral predict data.csv --model=heads.h5 -o heads_out.h5 --quiet
if command -v h5dump >/dev/null; then
  h5dump -H heads.h5 >structure
  for word in "( 2, 9, 15 )" "( 2, 5 )" "( 2, 8 )"; do says structure "$word"; done
  h5dump -H heads_out.h5 >structure
  says structure "( 442, 2 )"
fi
kovar 0 spectral inspect heads.h5 --json=inspect_heads.json
for word in "head 1 of 2" "head 2 of 2" concave; do says out "$word"; done
says inspect_heads.json '"target": "bmi"'
# shellcheck disable=SC2086
train 3 -o resumed.h5 $heads --checkpoint=run.checkpoint --checkpoint_epochs=1 --time_limit=0
# shellcheck disable=SC2086
train 0 -o resumed.h5 $heads --checkpoint=run.checkpoint --checkpoint_epochs=1 --quiet
same_numbers heads.h5 resumed.h5
# A row without one of the targets trains none of the heads.
sed '5s/^\([^,]*,[^,]*\),[^,]*/\1,/' data.csv >lost.csv
kovar 0 spectral train lost.csv --order=3 --epochs=2 -o lost.h5 --target=progression,bmi --missing=drop
says out "rows left out"
refuses "'lost.csv', line 5, column 'bmi'" train lost.csv -o refused.h5 --target=progression,bmi
# Logarithms of targets, each by its own head.
train 0 -o logged.h5 --target=progression,bmi --log=bmi,bp
says out "(of the logarithm)"
refuses "--k has 3 entries for 2 targets; give one for all, or one for each" \
  train data.csv -o refused.h5 --target=progression,bmi --k=0,1,2
refuses "column 'bmi' of 'data.csv' is listed twice as the target" \
  train data.csv -o refused.h5 --target=bmi,3
refuses "column 'bmi' of 'data.csv' is a target and a feature; it can be one of them" \
  train data.csv -o refused.h5 --target=progression,bmi --features=age,bmi

# ---- pictures, where there is a Python that can draw

if for python in ${KOVAR_PYTHON:-python3 /usr/bin/python3}; do
  "$python" -c 'import h5py, matplotlib, numpy' 2>/dev/null && break
done; then
  kovar 0 plot model.h5 --output=one
  for name in training importances responses overview; do
    [ -s one/$name.png ] || fail "no picture $name"
  done
  kovar 0 plot heads.h5 --output=several
  for name in training importances responses overview; do
    for head in 1_progression 2_bmi; do
      [ -s several/${name}_$head.svg ] || fail "no picture $name of $head"
    done
  done
fi

# ---- what is refused

refuses "--k is 'centre'; give first, middle, last, or an integer from -15 to 14" \
  train data.csv -o refused.h5 --k=centre
refuses "k is 15 for matrices of order 15" train data.csv -o refused.h5 --k=15
refuses "has no column 'progress' (the target); did you mean 'progression'?" train data.csv -o refused.h5 --target=progress
refuses "--time_limit needs a --checkpoint" train data.csv -o refused.h5 --time-limit=5
refuses "the data file is missing" train -o refused.h5
refuses "'nowhere.csv'" train nowhere.csv -o refused.h5
sed '17s/^[^,]*/abc/' data.csv >broken.csv
refuses "'broken.csv', line 17, column 'age'" train broken.csv -o refused.h5
refuses "'data.csv' is not an HDF5 file" predict data.csv --model=data.csv -o refused.h5
cut -d, -f1-5 data.csv >narrow.csv
refuses "narrow.csv" predict narrow.csv --model=model.h5 -o refused.h5
says err "s2"
refuses "holds no model" inspect predictions.h5
cp model.h5 kept.h5
kovar 2 spectral predict data.csv --model=kept.h5 -o kept.h5
says err "kept.h5"
kovar 2 spectral inspect kept.h5 --json=kept.h5
cmp -s model.h5 kept.h5 || fail "the model was overwritten"

# ---- other ways to train

for option in --precision=float --storage=full --shuffle_batches "--validation=0" "--norm_penalty=0.01" \
  "--optimizer=adamw --weight_decay=0.1"; do
  # shellcheck disable=SC2086  # two options in one word
  train 0 -o way.h5 --quiet $option
  kovar 0 spectral predict data.csv --model=way.h5 -o way.csv --quiet
  ! cmp -s way.csv predictions.csv || fail "$option changed nothing"
done
