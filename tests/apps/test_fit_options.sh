#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Other ways to one minimum, other kinds of toys, and fits without a covariance, through 'kovar fit'.
#
#   sh test_fit_options.sh PROGRAM ORACLE_TOOL [LAUNCHER WORDS...]
set -u
program=$1
tool=$2
shift 2
launcher=$*
. "$(dirname "$0")/run_program.sh"

# number FILE NAME: the first number of this name in what a JSON record says of the result.
number() {
  sed '1,/"input":/d' "$1" | grep -m 1 -F "\"$2\":" | sed 's/.*: *//; s/,.*//'
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

# minimum_of CASE [OPTIONS...]: a fit that must end in the listed minimum.
minimum_of() {
  case_name=$1
  shift
  [ -e "$case_name.h5" ] || "$tool" write "$case_name" "$case_name.h5" || fail "no tensor"
  # shellcheck disable=SC2046  # several options
  kovar 0 fit run "$case_name.h5" -o result.h5 $("$tool" options "$case_name" nominal) "$@"
  "$tool" check_minimum "$case_name" nominal result.h5 >differences || {
    cat differences
    fail "$case_name $*"
  }
}

# ---- several starts

minimum_of dense_tiny --json=one.json
for case_name in dense_tiny sparse_external poi_noi; do
  minimum_of $case_name --starts=3 --json=several.json
  says out "3 starts ended in"
done
minimum_of dense_tiny --starts=3 --start_spread=0.5 --seed=7 --json=several.json
says out "3 starts ended in 1 minimum"
near "$(number several.json nll_reduced)" "$(number one.json nll_reduced)" 1e-10

# ---- a strength that ends at 0, its boundary

"$tool" write negative_norm_clipped zero.h5 || fail "no tensor"
zero=$("$tool" options negative_norm_clipped nominal)
for hessian in "--hessian --impacts=traditional,global" --no-hessian; do
  # shellcheck disable=SC2086
  kovar 0 fit run zero.h5 -o zero_result.h5 --json=zero.json $hessian $zero
  says out "interf                         0 (boundary)"
  says err "kovar: warning: interf ended at 0, the boundary of strengths that may not be negative (there are no uncertainty \
and no impacts there); find an upper end with 'kovar fit scan zero.h5 --interval=interf', or let strengths be negative with \
--allow_negative_signal"
  says zero.json '"uncertainty": null'
  grep "e-[12345][0-9]" out | grep -qv "distance to minimum" && fail "roundings are told"
  [ "$hessian" = --no-hessian ] && continue
  says out "Impacts on interf"
  says out "none                           it is 0 (boundary)"
  says zero.json '"interf": null'
done
kovar 0 fit scan zero.h5 --result=zero_result.h5 --scan=interf --scan_points=3 --interval=interf
says out "Scan of interf: value, nll above the minimum"
says out "0 (boundary) to "
# Each strength comes once.
sed -n '/Scan of interf/,/^$/p' out | awk 'NR > 1 && NF { if (NR > 2 && $1 <= last) exit 1; last = $1; n++ } END { exit n != 3 }' ||
  fail "strengths of a scan do not rise from 0"
kovar 0 fit impacts zero.h5 --result=zero_result.h5
says out "it is 0 (boundary)"
says err "interf ended at 0"
# shellcheck disable=SC2086
kovar 0 fit run zero.h5 -o zero_result.h5 --allow_negative_signal $zero
grep -q "boundary" out err && fail "a strength that may be negative is at a boundary"

# ---- a factor that is not complete

minimum_of sparse_external --minimizer=newton-cg --preconditioner=incomplete-cholesky
# Of a chain it is the factor itself: a few products make a fit of hundreds.
"$tool" write_chain 200 chain.h5 || fail "no tensor"
for kind in none incomplete-cholesky; do
  kovar 0 fit run chain.h5 -o chain_$kind.h5 --minimizer=newton-cg --preconditioner=$kind --json=$kind.json --quiet
done
near "$(number incomplete-cholesky.json nll_reduced)" "$(number none.json nll_reduced)" 1e-8
n_plain=$(number none.json hessian_products)
n_factor=$(number incomplete-cholesky.json hessian_products)
[ $((4 * n_factor)) -lt "$n_plain" ] || fail "$n_factor products with the factor, $n_plain without"

# ---- an end at the tolerance

for end in roundings tolerance; do
  kovar 0 fit run chain.h5 -o end.h5 --minimizer=newton-cg --tolerance=1e-4 --end=$end --json=$end.json --quiet
done
near "$(number tolerance.json nll_reduced)" "$(number roundings.json nll_reduced)" 1e-4
n_tolerance=$(number tolerance.json hessian_products)
n_roundings=$(number roundings.json hessian_products)
[ "$n_tolerance" -lt "$n_roundings" ] || fail "$n_tolerance products to the tolerance, $n_roundings to roundings"

# ---- more parameters than bins: no degrees of freedom, and no probability

"$tool" write_chain 30 wide.h5 || fail "no tensor"
kovar 0 fit run wide.h5 -o wide_result.h5 --json=wide.json
says out "/ -11, no degrees of freedom"
says wide.json '"p": null'
kovar 0 fit toys wide.h5 --result=wide_result.h5 --toys=2 -o wide_toys.h5
says out "/ -11"
says out "no degrees of freedom"

# ---- toys

# toys [OPTIONS...]: 200 of them, all of which converge.
toys() {
  # shellcheck disable=SC2046
  kovar 0 fit toys dense_tiny.h5 --toys=200 -o toys.h5 --json=toys.json $("$tool" options dense_tiny nominal) "$@"
  near "$(number toys.json converged)" 200 0.5
}
# Where the truth is drawn too, its pulls are normal: mean and width within four of their deviations.
toys --draw_systematics=bayesian
near "$(number toys.json pull_mean)" 0 0.28
near "$(number toys.json pull_width)" 1 0.2
# Around the observed data fits are where that to the data is, and that fit itself where nothing is drawn.
best=$(number one.json value)
toys --data_mean=observed
near "$(number toys.json mean)" "$best" 0.09
toys --data_mean=observed --draw_systematics=none --draw_data=none
near "$(number toys.json mean)" "$best" 1e-6
near "$(number toys.json deviation)" 0 1e-9
toys --draw_systematics=none --draw_data=none
near "$(number toys.json mean)" 1 1e-9

# ---- no value where the fit starts, no covariance: told, and what there is is kept

kovar 1 fit run dense_tiny.h5 -o no_value.h5 --quiet --constraint_centers=tilt=1e200
says err "the fit did not converge (no value at the start after 0 iterations)"
[ -s no_value.h5 ] || fail "there is no result"
"$tool" write_saddle saddle.h5 || fail "no tensor"
kovar 1 fit run saddle.h5 -o saddle_result.h5 --quiet --max_iterations=1
says err "the Hessian is not positive definite (its leading minor of order 3, at parameter 's1', is not): there are no uncertainties"
[ -s saddle_result.h5 ] || fail "there is no result"
kovar 1 fit run saddle.h5 -o saddle_rows.h5 --quiet --max_iterations=1 --no-hessian
says err "conjugate gradients for the covariance did not converge ("
says err "what there is is kept in 'saddle_rows.h5'"
[ -s saddle_rows.h5 ] || fail "there is no result"

# ---- what cannot be made after the fit is refused before it

kovar 2 fit run dense_tiny.h5 -o refused.h5 --checkpoint=refused.checkpoint --bin_statistics_mode=full --impacts=traditional
says err "traditional impacts: not available with a beta for each process of a bin"
[ ! -e refused.checkpoint ] || fail "the fit was done"
echo "all is well"
