#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Fits whose covariance ranks share are those whose covariance every rank has, but for rounding.
#
#   sh test_fit_matrices.sh PROGRAM ORACLE_TOOL [LAUNCHER WORDS...]
set -u
program=$1
tool=$2
shift 2
launcher=$*
here=$(CDPATH= cd "$(dirname "$0")" && pwd)
. "$here/run_program.sh"

command -v h5diff >/dev/null || {
  echo "there is no h5diff (Debian's package hdf5-tools has it)"
  exit 77
}

# both NAME COMMAND...: the same with each way, to whole.h5 and ranks.h5; their tables go to whole.out and ranks.out.
both() {
  for matrices in whole ranks; do
    kovar 0 fit "$@" -o $matrices.h5 --json=$matrices.json --matrices=$matrices
    # What is 0 but for rounding is another number each time.
    sed '/^Time/,$d; /result /d; s/-*[0-9.]*e-1[0-9]$/0/' out >$matrices.out
    says $matrices.json "\"matrices\": \"$matrices\""
    [ -z "$launcher" ] || says err "Plan: "
  done
  [ -z "$launcher" ] || {
    says err "Plan: one matrix over "
    says err " ranks by kovar's panels and ScaLAPACK (asked for), up to "
    says err "for the covariance of "
  }
  cmp whole.out ranks.out || {
    diff whole.out ranks.out
    fail "the tables of $* differ"
  }
  # Names, shapes, types and numbers; a number near 0 may differ by more than its share.
  h5diff --exclude-path /provenance --delta=1e-7 whole.h5 ranks.h5 >difference || {
    head -20 difference
    fail "the results of $* differ"
  }
  h5dump -A whole.h5 | sed '/provenance/,$d' | grep -v "^HDF5" >whole.attributes
  h5dump -A ranks.h5 | sed '/provenance/,$d' | grep -v "^HDF5" >ranks.attributes
  cmp whole.attributes ranks.attributes || fail "units, descriptions or shapes of $* differ"
}

everything="--impacts=traditional,global,gaussian --yields=covariances --per_process --variations --chi_square --top=5"
for case_name in dense_tiny poi_noi; do
  "$tool" write $case_name $case_name.h5 || fail "no tensor"
  # shellcheck disable=SC2046,SC2086  # several options
  both run $case_name.h5 $everything $("$tool" options $case_name nominal)
done
says out "Strongest correlations of all parameters"
# The reference results are those of ranks too.
# shellcheck disable=SC2046,SC2086
kovar 0 fit run dense_tiny.h5 -o result.h5 --quiet --matrices=ranks --impacts=traditional,global,gaussian --chi_square \
  $("$tool" options dense_tiny nominal)
! grep -q "Plan:" err || fail "a quiet run tells its plan"
"$tool" check dense_tiny nominal result.h5 results >differences || {
  cat differences
  fail "the reference results"
}
# Frozen parameters, several fits, what external Hessians add, profiles.
# shellcheck disable=SC2046
both run dense_tiny.h5 --freeze=tilt --impacts=traditional,global $("$tool" options dense_tiny nominal)
"$tool" write_pseudodata dense_tiny pseudo.h5
# shellcheck disable=SC2046
both run pseudo.h5 --pseudodata=same,double --yields=covariances $("$tool" options dense_tiny nominal)
"$tool" write sparse_external sparse_external.h5
# shellcheck disable=SC2046
both run sparse_external.h5 --impacts=traditional,global $("$tool" options sparse_external nominal)
both impacts dense_tiny.h5 --result=result.h5 --impacts=traditional,global,gaussian
both scan dense_tiny.h5 --result=result.h5 --scan=sig --interval=tilt --scan_points=3
# Small ones stay whole.
kovar 0 fit run dense_tiny.h5 -o auto.h5 --json=auto.json
says auto.json '"matrices": "whole"'
says auto.json '"bytes_per_rank"'

# ---- what is refused

refuses() {
  message=$1
  shift
  kovar 2 fit "$@" --matrices=ranks -o refused.h5
  says err "$message"
  [ ! -e refused.h5 ] && [ ! -e refused.h5.part ] || fail "there is a result file"
}
refuses "fit run: --matrices=ranks is for the covariance of all parameters, and there is none without the Hessian" \
  run dense_tiny.h5 --no-hessian
refuses "and there is none before a fit; leave it away" run dense_tiny.h5 --prefit_only
refuses "fit scan: --matrices=ranks cannot be done: groups of ranks share the points of scans; give --matrices=auto" \
  scan dense_tiny.h5 --scan=sig --groups=2
refuses "has no minimum of this fit: the estimated distance" impacts dense_tiny.h5 --result=result.h5 --asimov
