#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs 'kovar fit run', 'impacts', 'scan' and 'toys' as a user does and looks at exit codes, messages and
# files; results are held against tests/oracle/binned_fit.
#
#   sh test_fit.sh PROGRAM ORACLE_TOOL ORACLE_FOLDER [LAUNCHER WORDS...]
set -u
program=$1
tool=$2
oracle=$3
shift 3
launcher=$*
here=$(CDPATH= cd "$(dirname "$0")" && pwd)
. "$here/run_program.sh"

refuses() {
  message=$1
  shift
  kovar 2 fit "$@"
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
  grep -m 1 -A1 -F "\"$2\":" "$1" | tr -d ' ,[\n' | sed "s/.*\"$2\"://; s/[]}\"].*//"
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
(near 1 1.5 0.4) >/dev/null && fail "1 is near 1.5"

for command in run impacts scan toys; do
  kovar 0 fit $command --help
  says out "kovar fit $command"
done

# ---- the reference results

# all_of CASE CONFIG [OPTIONS...]: everything that a fit can tell, held against the oracle.
all_of() {
  case_name=$1
  config=$2
  shift 2
  [ -e "$case_name.h5" ] || "$tool" write "$case_name" "$case_name.h5" || fail "no tensor"
  # shellcheck disable=SC2046  # several options
  kovar 0 fit run "$case_name.h5" -o result.h5 --quiet --impacts=traditional,global,gaussian --chi_square \
    $("$tool" options "$case_name" "$config") "$@"
  group=results
  case "$*" in *--asimov*) group=results_asimov ;; esac
  "$tool" check "$case_name" "$config" result.h5 $group >differences || {
    cat differences
    fail "$case_name, $config"
  }
}
for config in asimov expect2; do all_of dense_tiny $config --asimov; done
for config in nominal negpoi no_poi chisq frozen; do all_of dense_tiny $config; done
for config in nominal bblite_gamma; do all_of sparse_2ch $config; done
all_of sparse_external nominal
all_of sparse_external nominal --minimizer=newton-cg --preconditioner=sparse-cholesky
all_of poi_noi nominal
all_of bblite normal_additive
all_of asymmetric nominal
all_of normal_additive nominal --newton_steps=many
# What follows a fit is not made of bins with several betas, or that stand together.
for case_name in bbfull covariance_fit; do
  "$tool" write $case_name $case_name.h5
  configs="gamma normal_additive normal_multiplicative"
  [ $case_name = bbfull ] || configs="nominal bblite_additive"
  for config in $configs; do
    # shellcheck disable=SC2046
    kovar 0 fit run $case_name.h5 -o result.h5 --quiet $("$tool" options $case_name "$config")
    "$tool" check_minimum $case_name "$config" result.h5 >differences || {
      cat differences
      fail "$case_name, $config"
    }
  done
done
# Files of rabbit are fitted as they are.
for case_name in dense_tiny sparse_2ch sparse_external; do
  # shellcheck disable=SC2046
  kovar 0 fit run "$oracle/rabbit_layout_$case_name.h5" -o result.h5 --quiet --impacts=traditional,global,gaussian \
    $("$tool" options $case_name nominal)
  "$tool" check $case_name nominal result.h5 >differences || {
    cat differences
    fail "$case_name in the layout of rabbit"
  }
done
# A result that is not the listed one is found out.
"$tool" write dense_tiny dense_tiny.h5
kovar 0 fit run dense_tiny.h5 -o wrong.h5 --quiet --expected_signal=sig=1 --bin_statistics=none --constraint_centers=tilt=0.1
"$tool" check dense_tiny nominal wrong.h5 >/dev/null && fail "a wrong result passes"
# Asimov data are the prediction: nothing is left to fit.
# shellcheck disable=SC2046
kovar 0 fit run dense_tiny.h5 -o asimov.h5 --asimov $("$tool" options dense_tiny asimov) --json=asimov.json
says out "Minimum (results_asimov)"
near "$(number asimov.json nll_reduced)" 0 1e-12

# ---- what a fit leaves behind

nominal=$("$tool" options dense_tiny nominal)
# shellcheck disable=SC2086  # several options in one word
kovar 0 fit run dense_tiny.h5 -o first.h5 --json=first.json --impacts=traditional,global $nominal
for word in "Parameters of interest" "converged" "saturated model" "Pulls and constraints" "Impacts on sig" \
  "Global impacts on sig" "data statistics" "estimated distance to minimum"; do says out "$word"; done
for word in '"status": "converged"' '"of_interest"' '"global_impacts"' '"saturated"'; do says first.json "$word"; done
# shellcheck disable=SC2086
kovar 0 fit run dense_tiny.h5 -o again.h5 --quiet --impacts=traditional,global $nominal
[ ! -s out ] || fail "standard output is not empty"
same_numbers first.h5 again.h5
# Correlations: of one parameter of interest there are none, of all parameters there are.
# shellcheck disable=SC2086
kovar 0 fit run dense_tiny.h5 -o again.h5 --top=1 $nominal
says out "Strongest correlations of all parameters"
says out "sig, bkg_free                  -0.811" # cov of the reference: -0.8112
[ "$(grep -c "^  sig, " out)" = 1 ] || fail "--top=1 shows several correlations"
grep -q "Correlations of the parameters of interest" out && fail "one parameter has a correlation"
poi_noi=$("$tool" options poi_noi nominal)
for hessian in --hessian --no-hessian; do
  # shellcheck disable=SC2086
  kovar 0 fit run poi_noi.h5 -o again.h5 $hessian $poi_noi
  says out "Correlations of the parameters of interest"
  says out "sig_a, sig_b                   -0.677"
done
grep -q "Strongest correlations" out && fail "there are correlations without a covariance"
# From the minimum a fit goes nowhere: a few iterations until nothing changes but rounding, of 5 before.
# shellcheck disable=SC2086
kovar 0 fit run dense_tiny.h5 -o again.h5 --start=first.h5 --json=again.json $nominal
near "$(number again.json nll_reduced)" "$(number first.json nll_reduced)" 1e-12
near "$(number again.json iterations)" 2 2
# Without the Hessian the parameters of interest have the same uncertainties.
# shellcheck disable=SC2086
kovar 0 fit run dense_tiny.h5 -o rows.h5 --no-hessian --json=rows.json $nominal
near "$(number rows.json uncertainty)" "$(number first.json uncertainty)" 1e-9
# shellcheck disable=SC2086
kovar 0 fit run dense_tiny.h5 -o prefit.h5 --prefit_only --chi_square --json=prefit.json $nominal
near "$(number prefit.json chi_square)" 3.3140977172015305 1e-9
# Named pseudodata are fitted in place of the data, each in a group of its own.
"$tool" write_pseudodata dense_tiny pseudo.h5
# shellcheck disable=SC2086
kovar 0 fit run pseudo.h5 -o pseudo_result.h5 --pseudodata=same,double --json=pseudo.json $nominal
says out "Minimum (results_same)"
near "$(number pseudo.json nll_reduced)" "$(number first.json nll_reduced)" 1e-12

# ---- impacts and profiles at a minimum that is there

kovar 0 fit impacts dense_tiny.h5 --result=first.h5 --impacts=traditional,global -o impacts.h5 --top=2
says out "Impacts on sig"
for name in impacts impacts_grouped global_impacts global_impacts_grouped; do
  h5diff --delta=1e-9 first.h5 impacts.h5 /results/$name >difference || fail "impacts differ: $(cat difference)"
done
kovar 0 fit scan dense_tiny.h5 --result=first.h5 --scan=sig,tilt --interval=sig,tilt --scan_points=5 --scan_range=2 \
  -o scan.h5 --json=scan.json
says out "Scan of sig"
says out "Intervals"
"$tool" check_scan dense_tiny nominal scan.h5 >differences || {
  cat differences
  fail "scans"
}
# shellcheck disable=SC2086
kovar 0 fit scan dense_tiny.h5 --scan_2d=sig:tilt --scan_points=3 -o plane.h5 --groups=2 $nominal
# shellcheck disable=SC2086
kovar 0 fit scan dense_tiny.h5 --scan=sig --scan_points=3 --no-hessian $nominal

# A result of other data has no minimum of these: nothing is told of it as if it were one.
"$tool" write_pseudodata dense_tiny double.h5
for hessian in --hessian --no-hessian; do
  refuses "fit scan: 'first.h5' has no minimum of this fit: the estimated distance from there to one is 1.37 (it was made \
with other templates, data or options, or its fit did not converge); give those of the result, or fit again: kovar fit run \
dense_tiny.h5 --start=first.h5" scan dense_tiny.h5 --result=first.h5 --asimov --scan=sig -o refused.h5 $hessian
  refuses "no minimum of this fit: the Hessian is not positive definite there" \
    scan double.h5 --result=first.h5 --pseudodata=double --scan=sig -o refused.h5 $hessian
done
refuses "fit impacts: 'first.h5' has no minimum of this fit: the estimated distance" \
  impacts dense_tiny.h5 --result=first.h5 --asimov -o refused.h5
refuses "fit toys: 'first.h5' has no minimum of this fit: the Hessian is not positive definite there (" \
  toys double.h5 --result=first.h5 --pseudodata=double --toys=1 -o refused.h5
# One that is near is taken, with the distance as it is from there.
# shellcheck disable=SC2086
kovar 0 fit run sparse_external.h5 -o near.h5 --minimizer=newton-cg --tolerance=1e-5 --end=tolerance \
  $("$tool" options sparse_external nominal)
kovar 0 fit scan sparse_external.h5 --result=near.h5 --scan=sig --scan_points=1 --json=near.json
says out "converged"
near "$(number near.json edm)" 0 1e-5

# ---- toys

# shellcheck disable=SC2086
kovar 0 fit toys dense_tiny.h5 --toys=1-6 -o toys.h5 --json=toys.json $nominal
for word in "converged" "p by the toys" "sig"; do says out "$word"; done
says toys.json '"pull_width"'
says out "pull from the truth"
# Of a result they take the likelihood and the fit to the data.
kovar 0 fit toys dense_tiny.h5 --result=first.h5 --toys=6 -o of_result.h5 --json=of_result.json
same_numbers toys.h5 of_result.h5
near "$(number of_result.json chi_square)" "$(number toys.json chi_square)" 1e-9
near "$(number of_result.json p_by_toys)" "$(number toys.json p_by_toys)" 1e-9
# Strengths as squares that end at 0 have no uncertainty, and no pull.
kovar 0 fit toys dense_tiny.h5 --toys=20 -o zero.h5 --json=zero.json --expected_signal=sig=0.001
says out "toys that ended at 0"
near "$(number zero.json pull_mean)" 0 5
near "$(number zero.json pull_width)" 0 5
near "$(awk "BEGIN { print $(number zero.json pulls) + $(number zero.json pulls_left_out) }")" 20 0.1
kovar 0 fit toys dense_tiny.h5 --toys=3 -o zero.h5 --data_mean=observed
says out "pull from the fit to the data"
# Toys are the same alone, in parts, and after an interruption.
# shellcheck disable=SC2086
kovar 0 fit toys dense_tiny.h5 --toys=6-6 -o last.h5 --json=last.json --quiet $nominal
# shellcheck disable=SC2086
kovar 3 fit toys dense_tiny.h5 --toys=6 -o parts.h5 --checkpoint=toys.checkpoint --checkpoint_toys=2 --time_limit=0 $nominal
says err "time limit"
[ ! -e parts.h5 ] || fail "there is a result already"
# shellcheck disable=SC2086
kovar 0 fit toys dense_tiny.h5 --toys=6 -o parts.h5 --checkpoint=toys.checkpoint --checkpoint_toys=2 $nominal
says out "Going on from the checkpoint"
[ ! -e toys.checkpoint ] || fail "the checkpoint is left"
same_numbers toys.h5 parts.h5

# ---- an interrupted fit goes on to the same minimum

long="sparse_external.h5 --impacts=traditional,global,gaussian --minimizer=newton-cg --preconditioner=none $("$tool" options sparse_external nominal)"
# shellcheck disable=SC2086
kovar 0 fit run $long -o whole.h5 --quiet
# shellcheck disable=SC2086
kovar 3 fit run $long -o resumed.h5 --checkpoint=run.checkpoint --checkpoint_iterations=1 --time_limit=0
says err "time limit"
[ ! -e resumed.h5 ] || fail "there is a result already"
# shellcheck disable=SC2086
refuses "tolerance was '1e-10' and is now '1e-9'" run $long -o refused.h5 --checkpoint=run.checkpoint --tolerance=1e-9
# shellcheck disable=SC2086
kovar 0 fit run $long -o resumed.h5 --checkpoint=run.checkpoint --checkpoint_iterations=1
says out "Going on from the checkpoint"
[ ! -e run.checkpoint ] || fail "the checkpoint is left"
"$tool" check sparse_external nominal resumed.h5 >differences || {
  cat differences
  fail "the resumed fit"
}

# ---- what is refused

t=dense_tiny.h5
refuses "'first.h5' is a result of kovar, of the content 'binned fit': it is no tensor of kovar" run first.h5 -o refused.h5
refuses "unknown option '-t' (of another program; here it is --asimov)" run $t -o refused.h5 -t -1
refuses "unknown option '--doImpacts' (of another program; here it is --impacts)" run $t -o refused.h5 --doImpacts
refuses "let signals be negative (--allow-negative-signal)" run $t -o refused.h5 --asimov --expected-signal=sig=0
refuses "'nowhere.h5' does not exist" run nowhere.h5 -o refused.h5
refuses "fit run: the tensor file is missing" run -o refused.h5
refuses "'some/a.yaml' is a description, by its name (a tensor is needed); make one with kovar fit build some/a.yaml" \
  run some/a.yaml -o refused.h5
refuses "--result is missing (result of 'kovar fit run', or an HDF5 file with x and parms); see kovar fit impacts" \
  impacts $t -o refused.h5
refuses "--likelihood is 'chi-square,covariance'" run $t -o refused.h5 --likelihood=chi-square,covariance
refuses "--expected_signal has 'sig'; give NAME=VALUE" run $t -o refused.h5 --expected_signal=sig
refuses "names 'sig' twice" run $t -o refused.h5 --expected_signal=sig=1,sig=2
refuses "nosuch" run $t -o refused.h5 --expected_signal=nosuch=1
refuses "nosuch" run $t -o refused.h5 --constraint_centers=nosuch=1
refuses "no parameter matches 'nosuch'" run $t -o refused.h5 --freeze=nosuch
refuses "nosuch" run $t -o refused.h5 --scan=nosuch
refuses "give two names joined by a colon, A:B" run $t -o refused.h5 --scan_2d=sig
refuses "nosuch" run $t -o refused.h5 --pseudodata=nosuch
refuses "--asimov and --pseudodata contradict each other" run $t -o refused.h5 --asimov --pseudodata=a
for option in impacts=global variations chi_square yields=variances; do
  refuses "--${option%%=*}" run $t -o refused.h5 --no-hessian --$option
done
refuses "--prefit_only leaves nothing for" run $t -o refused.h5 --prefit_only --impacts=global
refuses "--time_limit needs a --checkpoint" run $t -o refused.h5 --time_limit=1
refuses "--tolerance is 0; give a positive number" run $t -o refused.h5 --tolerance=0
refuses "--min_kstat is -1; give a number that is not negative" run $t -o refused.h5 --min_kstat=-1
refuses "--starts is 0; give 1 or more" run $t -o refused.h5 --starts=0
refuses "leave --systematics away" run $t -o refused.h5 --systematics=normal
refuses "fit scan: there is nothing to scan" scan $t -o refused.h5
refuses "--toys is '5-2'; give FIRST-LAST" toys $t -o refused.h5 --toys=5-2
refuses "has no parameter" impacts sparse_2ch.h5 --result=first.h5 -o refused.h5 --expected_signal=sigA=1
refuses "has no parameter" toys sparse_2ch.h5 --result=first.h5 -o refused.h5 --toys=1 --expected_signal=sigA=1
refuses "'nowhere.h5' does not exist" toys $t --result=nowhere.h5 -o refused.h5 --toys=1
refuses "first.h5" toys $t --result=first.h5 -o first.h5 --toys=1
refuses "gamma" run $t -o refused.h5 --likelihood=covariance --bin_statistics=gamma
# Where the fit does not converge what there is is kept, and the exit code tells.
# shellcheck disable=SC2086
kovar 1 fit run $long -o stopped.h5 --quiet --max_iterations=1
says err "the fit did not converge (iteration limit after 1 iterations)"
[ -s stopped.h5 ] || fail "there is no result"

# ---- pictures

for python in "${KOVAR_PYTHON:-python3}" /usr/bin/python3; do
  "$python" -c 'import h5py, matplotlib, numpy' 2>/dev/null || continue
  [ -n "$launcher" ] && break
  KOVAR_PYTHON=$python
  export KOVAR_PYTHON
  # Others read the files with h5py: everything has a unit, a description and names of its dimensions.
  "$python" - first.h5 scan.h5 plane.h5 toys.h5 >problems <<'EOF' || fail "$(cat problems)"
import sys
import h5py

def look(name, item):
    if not isinstance(item, h5py.Dataset) or name.startswith("provenance"):
        return
    known = item.attrs.get("units") and item.attrs.get("description")
    if not known or not all(dim.label for dim in item.dims):
        problems.append(name)

for path in sys.argv[1:]:
    problems = []
    with h5py.File(path) as file:
        file.visititems(look)
        if len(file) < 2:
            problems.append("all of it")
    if problems:
        print(path, "does not say what these are:", *problems)
        sys.exit(1)
EOF
  kovar 0 plot first.h5 --output=pictures
  for name in pulls impacts_sig global_impacts_sig correlations; do
    [ -s pictures/$name.png ] && [ -s pictures/$name.svg ] || fail "no picture $name"
  done
  ls pictures/channel_*.png >/dev/null || fail "no picture of a channel"
  kovar 0 plot scan.h5 --output=scan
  [ -s scan/scans.png ] || fail "no picture of scans"
  kovar 0 plot plane.h5 --output=plane
  [ -s plane/scans_2d.png ] || fail "no picture of a plane"
  kovar 2 plot dense_tiny.h5
  says err "'dense_tiny.h5' is a tensor, which is not drawn; give the result that 'kovar fit run' makes of it"
  kovar 0 plot toys.h5 --output=toys
  [ -s toys/p_values.png ] || fail "no picture of toys"
  "$python" "$here/look_at_pictures.py" "$here/../../apps/plot" scan.h5 || fail "wrong pictures"
  break
done
