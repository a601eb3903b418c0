#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs 'kovar gp ...' as a user does and looks at exit codes, messages and files.
#
#   sh test_gp.sh PROGRAM EXAMPLES [LAUNCHER WORDS...]
set -u
program=$1
examples=$2
shift 2
launcher=$*
. "$(dirname "$0")/run_program.sh"

# fit CODE ARGUMENTS...: a short fit of few rows; the program must end with this code.
fit() {
  wanted=$1
  shift
  kovar "$wanted" gp fit few.csv --steps=6 "$@"
}

refuses() {
  message=$1
  shift
  kovar 2 gp "$@"
  says err "$message"
  [ ! -e refused.h5 ] && [ ! -e refused.h5.part ] || fail "there is a result file"
}

same_numbers() {
  command -v h5diff >/dev/null || fail "there is no h5diff to compare $* (Debian's package hdf5-tools has it)"
  h5diff --exclude-path /provenance "$@" >difference || {
    cat difference
    fail "$* differ"
  }
}

# number FILE NAME: the first number of this name in a JSON record.
number() {
  grep -A1 -F "\"$2\":" "$1" | tr -d ' ,[\n' | sed "s/.*\"$2\"://; s/[]}\"].*//"
}

# near A B TOLERANCE: both are numbers, and near each other.
near() {
  awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN {
    number = "^[-+]?[0-9]+([.][0-9]*)?([eE][-+]?[0-9]+)?$"
    d = a - b
    exit !(a ~ number && b ~ number && d < t && d > -t)
  }' || fail "'$1' is not '$2' within $3"
}
# A comparison that cannot fail would hide everything.
(near "" "" 1) >/dev/null && fail "nothing is near nothing"
(near nan 0 1) >/dev/null && fail "nan is near 0"
(near 1 1.5 0.4) >/dev/null && fail "1 is near 1.5"
near -1 -1.0e+0 1e-9
(PATH=/nowhere; same_numbers model.h5 again.h5) >/dev/null 2>&1 && fail "files are the same without h5diff"

cp "$examples/diabetes.csv" data.csv
head -n 101 data.csv >few.csv

for command in fit predict loo; do
  kovar 0 gp $command --help
  says out "kovar gp $command"
done

# ---- a model of real data, at parameters where GPyTorch 1.15.2 gives these numbers

kovar 0 gp fit data.csv -o fixed.h5 --optimizer=none --json=fixed.json --kernel='scale(matern52(ard)) + linear' \
  --start='mean.constant=0.125,covar.0.outputscale=0.75,lengthscale=(1,2,3,4,5,6,7,8,9,10),variance=0.0625,noise=0.5'
near "$(number fixed.json lml)" -500.559143872946 1e-6
near "$(number fixed.json log_density)" -1.09438451119863 1e-9
kovar 0 gp fit data.csv -o ard.h5 --json=ard.json
near "$(number ard.json lml)" -478.12 0.06
near "$(number ard.json log_density)" -1.052 0.001
for word in "target                           progression" "features                         10" \
  "covar.base.lengthscale, bmi" "(converged)" "leave-one-out log density"; do
  says out "$word"
done

# ---- what a model predicts

fit 0 -o model.h5 --json=model.json
for word in '"train": 100' '"end": "all steps done"' '"covar.outputscale"' '"condition"'; do says model.json "$word"; done
fit 0 --output=again.h5 --quiet
[ ! -s out ] || fail "standard output is not empty"
same_numbers model.h5 again.h5
kovar 0 gp predict data.csv --model=model.h5 -o predictions.csv --json=predictions.json
[ "$(head -n 1 predictions.csv)" = "row,prediction,sd_latent,sd,lower_95,upper_95,progression" ] ||
  fail "$(head -n 1 predictions.csv)"
[ "$(wc -l <predictions.csv)" = 443 ] || fail "not a line for each row"
says out "RMSE"
says predictions.json '"clamped_variances": 0'
kovar 0 gp predict data.csv --model=model.h5 -o predictions.h5 --quiet
[ -s predictions.h5 ] || fail "no predictions"
# Rows without the target are predicted alike.
cut -d, -f1-10 data.csv >features.csv
kovar 0 gp predict features.csv --model=model.h5 -o features_only.csv --quiet
[ "$(cut -d, -f1-6 predictions.csv | cksum)" = "$(cksum <features_only.csv)" ] ||
  fail "the target changes the predictions"

kovar 0 gp loo model.h5 -o loo.csv --json=loo.json
for word in "Each row predicted from all others" "log density, mean" "RMSE" "within 1.96"; do says out "$word"; done
[ "$(head -n 1 loo.csv)" = "row,prediction,sd,log_density,standardised_residual,progression" ] ||
  fail "$(head -n 1 loo.csv)"
near "$(number loo.json log_density)" "$(number model.json log_density)" 1e-12
# The closed form is what a process without the row predicts of it.
sed 18d few.csv >without.csv
kovar 0 gp fit without.csv -o without.h5 --optimizer=none --standardize=nothing --quiet --start=noise=2000,outputscale=3000
kovar 0 gp fit few.csv -o with.h5 --optimizer=none --standardize=nothing --quiet --start=noise=2000,outputscale=3000
kovar 0 gp predict few.csv --model=without.h5 -o without_out.csv --quiet
kovar 0 gp loo with.h5 -o with_out.csv --quiet
near "$(sed -n 18p with_out.csv | cut -d, -f2)" "$(sed -n 18p without_out.csv | cut -d, -f2)" 1e-8
near "$(sed -n 18p with_out.csv | cut -d, -f3)" "$(sed -n 18p without_out.csv | cut -d, -f4)" 1e-8

# ---- an interrupted fit goes on as if nothing had been

fit 3 -o resumed.h5 --checkpoint=run.checkpoint --checkpoint_evaluations=1 --time_limit=0
says err "time limit"
[ ! -e resumed.h5 ] || fail "there is a result already"
fit 0 -o resumed.h5 --checkpoint=run.checkpoint --checkpoint_evaluations=1
says out "Going on from the checkpoint"
[ ! -e run.checkpoint ] || fail "the checkpoint is left"
same_numbers model.h5 resumed.h5
fit 3 -o resumed.h5 --checkpoint=run.checkpoint --time_limit=0
refuses "kernel was 'scale(rbf(ard))' and is now 'rbf'" fit few.csv --steps=6 -o refused.h5 \
  --checkpoint=run.checkpoint --kernel=rbf
rm run.checkpoint
# Killed at any moment, and once more.
options="few.csv --kernel=scale(rbf(ard)) --optimizer=adam --steps=300 --restarts=1 --quiet"
# shellcheck disable=SC2086  # several options in one word
kovar 0 gp fit $options -o whole.h5
if [ -z "$launcher" ]; then
  for _ in 1 2; do
    # shellcheck disable=SC2086
    "$program" gp fit $options -o killed.h5 --checkpoint=run.checkpoint --checkpoint_evaluations=1 >/dev/null 2>&1 &
    process=$!
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
      [ -e run.checkpoint ] && break
      sleep 0.05
    done
    sleep 0.1
    kill -9 $process 2>/dev/null || fail "the fit ended before it could be killed"
    wait $process 2>/dev/null
    [ ! -e killed.h5 ] || fail "a killed fit has left a result"
  done
  [ -e run.checkpoint ] || fail "a killed fit has left no checkpoint"
  # shellcheck disable=SC2086
  kovar 0 gp fit $options -o killed.h5 --checkpoint=run.checkpoint
  same_numbers whole.h5 killed.h5
fi

# ---- several targets, known noise, parameters, missing values

fit 0 -o heads.h5 --target=progression,bmi --json=heads.json
for word in "targets" "log marginal likelihood of bmi" "leave-one-out RMSE of progression"; do says out "$word"; done
kovar 0 gp predict few.csv --model=heads.h5 -o heads.csv --quiet
says heads.csv "row,prediction_progression,prediction_bmi,sd_latent_progression,sd_latent_bmi,sd_progression"
awk -F, 'NR == 1 { print $0 ",variance" } NR > 1 { print $0 "," 100 + NR }' few.csv >noisy.csv
fit 0 -o unknown.h5 --quiet
kovar 0 gp fit noisy.csv --steps=6 -o noisy.h5 --target=progression --noise_column=variance --json=noisy.json
says out "learned and known"
kovar 0 gp predict noisy.csv --model=noisy.h5 -o noisy.csv.out.csv --quiet
! grep -q "known noise" err || fail "known noise is said to be missing"
kovar 0 gp predict few.csv --model=noisy.h5 -o quiet.csv --quiet
says err "the table has no column 'variance': sd and bounds leave the known noise out"
# Noise that is known of a row adds to its variance.
near "$(sed -n 2p noisy.csv.out.csv | awk -F, '{ printf "%.9f", $4 * $4 }')" \
  "$(sed -n 2p quiet.csv | awk -F, '{ printf "%.9f", $4 * $4 + 102 }')" 1e-4
fit 0 -o prior.h5 --prior='lengthscale=gamma(3,6), noise=lognormal(-4,1)' --constraint='covar.outputscale=bounds(0.5,2)' \
  --fix=mean.constant --start=mean.constant=0.25 --json=prior.json
says out "mean.constant                    0.25  (fixed)"
says out "log prior"
fit 0 -o logged.h5 --log=progression,bmi --validation=0.2
says out "validation RMSE"
kovar 0 gp predict few.csv --model=logged.h5 -o logged.csv --quiet
awk -F, 'NR > 1 && !($5 > 0 && $5 < $2 && $2 < $6 && $3 <= $4) { exit 1 }' logged.csv || fail "a logged target leaves its range"
sed '5s/^\([^,]*,[^,]*\),[^,]*/\1,/' few.csv >lost.csv
kovar 0 gp fit lost.csv --steps=2 -o lost.h5 --missing=drop
says out "rows left out"
if [ -n "$launcher" ] || [ "${OMP_NUM_THREADS:-}" = 1 ]; then
  fit 0 -o restarts.h5 --restarts=3 --seed=5 --quiet
  kovar 0 gp loo restarts.h5 --quiet
fi

# ---- a whole matrix on each rank, or one that all ranks share: the same but for rounding

fit 0 -o whole.h5 --matrices=whole --json=whole.json --validation=7 --restarts=1
plan=$(cat err)
[ -z "$launcher" ] || {
  fit 0 -o auto.h5
  says err "Plan: a whole matrix on each rank by LAPACK (faster), up to "
}
fit 0 -o shared.h5 --matrices=ranks --json=shared.json --validation=7 --restarts=1
if [ -n "$launcher" ]; then
  case $plan in *"Plan: a whole matrix on each rank by "*"(asked for), up to "*"per rank, about a second an evaluation of all starts"*) ;;
    *) fail "no plan of whole matrices: $plan" ;; esac
  says err "Plan: one matrix over "
  says err " ranks by kovar's panels and ScaLAPACK (asked for), up to "
fi
says whole.json '"matrices": "whole"'
says shared.json '"matrices": "ranks"'
says shared.json '"start": '"$(number whole.json start)"
for name in lml log_determinant condition log_density rmse; do
  near "$(number shared.json $name)" "$(number whole.json $name)" 1e-6
done
h5diff --exclude-path /provenance --delta=1e-5 whole.h5 shared.h5 >difference || {
  cat difference
  fail "the two fits differ"
}
for matrices in whole ranks; do
  kovar 0 gp predict data.csv --model=whole.h5 --matrices=$matrices -o $matrices.csv --json=$matrices.json
  says $matrices.json "\"matrices\": \"$matrices\""
done
[ -z "$launcher" ] || says err "Plan: one matrix over "
paste -d, whole.csv ranks.csv | awk -F, 'NR > 1 {
  for (k = 1; k <= NF / 2; ++k) if (($k - $(k + NF / 2)) ^ 2 > 1e-12) exit 1 }
  END { if (NR != 443) exit 1 }' || fail "the two predictions differ"
fit 3 -o resumed.h5 --matrices=ranks --checkpoint=run.checkpoint --checkpoint_evaluations=1 --time_limit=0
says err "time limit"
fit 0 -o resumed.h5 --matrices=ranks --checkpoint=run.checkpoint --checkpoint_evaluations=1
says out "Going on from the checkpoint"
[ ! -e run.checkpoint ] || fail "the checkpoint is left"
fit 0 -o unbroken.h5 --matrices=ranks --quiet
! grep -q "Plan:" err || fail "a quiet run tells its plan"
same_numbers unbroken.h5 resumed.h5
refuses "gp fit: the covariance matrix has 3221 entries that are NaN or infinite" fit few.csv --matrices=ranks -o refused.h5 \
  --kernel='scale(rbf)' --start='lengthscale=1e-160'

# A matrix that no machine holds is refused before the work.
awk 'BEGIN { print "a,y"; for (i = 0; i < 3000000; ++i) print i "," i % 7 }' >large.csv
refuses "gp fit: whole matrices on each rank need 72 TB per rank and " \
  fit large.csv --target=y --kernel=rbf --matrices=whole -o refused.h5
says err "are available; "
says err "or single precision (--precision=float) or fewer rows"
rm large.csv

fit 0 -o columns.h5 --kernel='scale(rbf(columns age bmi, ard)) * periodic(columns bp) + linear(columns 4-6)'
says out "linear(columns 4 5 6)"
says out "covar.0.0.base.lengthscale, bmi"

# ---- pictures, where there is a Python that can draw

if for python in ${KOVAR_PYTHON:-python3 /usr/bin/python3}; do
  "$python" -c 'import h5py, matplotlib, numpy' 2>/dev/null && break
done; then
  kovar 0 plot model.h5 --output=pictures
  for name in training slices predicted residuals overview; do
    [ -s pictures/$name.png ] || fail "no picture $name"
  done
  kovar 0 plot heads.h5 --output=several
  for head in 1_progression 2_bmi; do
    [ -s several/slices_$head.svg ] || fail "no picture of $head"
  done
fi

# ---- what is refused

refuses "there is no kernel 'rbff'; did you mean 'rbf'?" fit few.csv -o refused.h5 --kernel='scale(rbff)'
refuses "there is no column 'bmj' among 10; did you mean 'bmi'?" fit few.csv -o refused.h5 --kernel='rbf(columns bmj)'
refuses "the model has no parameter 'lenscale'; it has: mean.constant, covar.outputscale, covar.base.lengthscale, likelihood.noise" \
  fit few.csv -o refused.h5 --prior='lenscale=gamma(3,6)'
refuses "the prior 'gama(3,6)' is unknown; did you mean 'gamma'? valid: gamma(concentration, rate)" \
  fit few.csv -o refused.h5 --prior='lengthscale=gama(3,6)'
refuses "parameter 'likelihood.noise' starts at 1e-09 (its constraint is greater_than(0.0001))" \
  fit few.csv -o refused.h5 --start=noise=1e-9
refuses "a constraint from 2 to 1 (the lower bound must be the smaller)" \
  fit few.csv -o refused.h5 --constraint='noise=interval(2,1)'
refuses "is neither a number nor a list (a, b ...) of 10" fit few.csv -o refused.h5 --start='lengthscale=(1,2)'
refuses "without a value; give it as in NAME=VALUE" fit few.csv -o refused.h5 --start=noise
refuses "'lost.csv', line 5, column 'bmi'" fit lost.csv -o refused.h5
sed '3s/^[^,]*/inf/' few.csv >infinite.csv
refuses "'infinite.csv', line 3, column 'age'" fit infinite.csv -o refused.h5
head -n 1 few.csv >empty.csv
head -n 2 few.csv >one.csv
refuses "is 151 in all 1 training rows (there is nothing to predict)" fit one.csv -o refused.h5
refuses "'empty.csv'" fit empty.csv -o refused.h5
sed '1s/.*/&,variance/; 2,$s/$/,1/; 7s/,1$/,-1/' few.csv >negative.csv
refuses "'variance' is -1 in row 6 (a variance is not negative)" \
  fit negative.csv -o refused.h5 --target=progression --noise_column=variance
refuses "have different standard deviations); give --standardize=features, or one target" \
  fit noisy.csv -o refused.h5 --target=progression,bmi --noise_column=variance
refuses "--time_limit needs a --checkpoint" fit few.csv -o refused.h5 --time-limit=5
# Factors without a likelihood are no result.
refuses "the log marginal likelihood is not finite (progression " fit few.csv -o refused.h5 \
  --prior='noise=normal(0,1e-200)'
says err "log prior -inf)"
awk -F, 'NR == 1 { print } NR > 1 { print substr($0, 1, length($0) - length($NF)) NR "e153" }' few.csv >huge.csv
refuses "the log marginal likelihood is not finite (progression -inf; log prior 0)" fit huge.csv \
  -o refused.h5 --standardize=features
# A warning says what is known: here only the mean moves, to where the squares of residuals overflow.
fit 0 -o far.h5 --optimizer=adam --learning_rate=1e160 --fix=covar.outputscale,lengthscale,noise
says err "1 of 2 evaluations had no finite loss: the covariance could not be factored, or numbers overflowed"
# The covariance of a linear kernel has the rank of its features, and the ladder of jitter ends.
refuses "the covariance matrix is not positive definite" fit few.csv -o refused.h5 --kernel=linear --noise=none \
  --mean=zero --jitter_tries=0
fit 0 -o jitter.h5 --kernel=linear --noise=none --mean=zero --optimizer=none
says err "was added to its diagonal; predictions do the same"
cut -d, -f1-5 data.csv >narrow.csv
refuses "narrow.csv" predict narrow.csv --model=model.h5 -o refused.h5
refuses "'data.csv' is not an HDF5 file" loo data.csv
refuses "holds no Gaussian process but: predictions" predict data.csv --model=predictions.h5 -o refused.h5
kovar 2 spectral predict data.csv --model=model.h5 -o refused.h5
says err "holds no model but: Gaussian process"
cp model.h5 kept.h5
kovar 2 gp predict data.csv --model=kept.h5 -o kept.h5
kovar 2 gp loo kept.h5 -o kept.h5
cmp -s model.h5 kept.h5 || fail "the model was overwritten"

# ---- other ways to fit

for option in --precision=float --mean=linear --mean=zero --kernel=linear "--optimizer=adam --learning_rate=0.3" \
  "--kernel=scale(rq)*periodic[ard]" --jitter=0.1 --noise=none; do
  # shellcheck disable=SC2086  # two options in one word
  fit 0 -o way.h5 --quiet $option
  kovar 0 gp predict data.csv --model=way.h5 -o way.csv --quiet
  ! cmp -s way.csv predictions.csv || fail "$option changed nothing"
done
