#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Runs 'kovar fit build' and 'kovar fit inspect' as a user does and looks at exit codes, messages, files.
#
#   sh test_fit_build.sh PROGRAM EXAMPLES [LAUNCHER WORDS...]
set -u
program=$1
examples=$2
shift 2
launcher=$*
. "$(dirname "$0")/run_program.sh"
oracle=$examples/../../../tests/oracle/binned_fit

refuses() {
  message=$1
  shift
  kovar 2 fit "$@"
  says err "$message"
  [ ! -e refused.h5 ] && [ ! -e refused.h5.part ] || fail "there is a file"
}

# tells TEXT: standard output says so, however it is spaced.
tells() {
  tr -s '\n ' ' ' <out >joined
  says joined "$1"
}

same_numbers() {
  command -v h5diff >/dev/null || fail "there is no h5diff to compare $* (Debian's package hdf5-tools has it)"
  h5diff "$@" >difference || {
    cat difference
    fail "$* differ"
  }
}
(PATH=/nowhere; same_numbers a.h5 b.h5) >/dev/null 2>&1 && fail "files are the same without h5diff"

cp "$examples/two_regions.yaml" "$examples/two_regions.h5" .

for command in build inspect; do
  kovar 0 fit $command --help
  tells "kovar fit $command"
done

# ---- the example

kovar 0 fit build two_regions.yaml -o tensor.h5 --json=build.json
for line in "Tensor tensor.h5" "channels 2" "bins 16" \
  "processes 3, 1 of them signals" \
  "systematics 5, 1 of them free, 0 of interest" \
  "type of systematics log-normal, symmetric" \
  "Channel signal_region: 10 bins, mass (10)" "Channel control_region: 6 bins, n_jets (6)" \
  "signal (signal) 39.9988" "jets 1500" \
  "data 2076"; do
  tells "$line"
done
grep -q "kovar: warning" err && fail "there are warnings"
for word in '"program": "kovar fit build"' '"signals": 1' '"free": 1' '"entries": 112' '"warnings": []' '"file_bytes"' \
  '"data": 2076.0'; do
  says build.json "$word"
done
kovar 0 fit build two_regions.yaml --output=again.h5 --quiet
[ ! -s out ] || fail "standard output is not empty"
same_numbers tensor.h5 again.h5
kovar 0 fit build two_regions.yaml -o small.h5 --compression=deflate --quiet
same_numbers tensor.h5 small.h5

# A description is found from anywhere, and its histograms with it.
mkdir elsewhere
(cd elsewhere && kovar 0 fit build ../two_regions.yaml -o ../from.h5 --quiet) || exit 1
same_numbers tensor.h5 from.h5

# ---- one format into the other

kovar 0 fit build tensor.h5 --format=rabbit -o rabbit.hdf5 --quiet
kovar 0 fit build rabbit.hdf5 -o back.h5
tells "Channel signal_region: 10 bins, mass (10)"
kovar 0 fit inspect tensor.h5 --json=own.json --quiet
kovar 0 fit inspect rabbit.hdf5 --json=other.json --quiet
sed -n '/"channels"/,$p' own.json | grep -v seconds >own.part
sed -n '/"channels"/,$p' other.json | grep -v seconds >other.part
[ -s own.part ] && [ "$(cksum <own.part)" = "$(cksum <other.part)" ] || fail "rabbit's tensor is another"
kovar 0 fit build "$oracle/rabbit_layout_asymmetric_nometa.h5" -o nometa.h5
tells "log-normal, not symmetric"
kovar 0 fit build "$oracle/rabbit_layout_dense_tiny.h5" --systematics=normal -o typed.h5
tells "type of systematics normal, symmetric"

# ---- what a tensor holds

kovar 0 fit inspect tensor.h5 --json=inspect.json
tells "Channel control_region: 6 bins, n_jets (6)"
tells "variations that are not 0"
tells "Nothing odd"
says inspect.json '"oddities": []'
kovar 0 fit inspect tensor.h5 --systematic=jets_yield --json=detail.json
for line in "Systematic jets_yield" "constraint none" "groups jets_yield" \
  "control_region, jets 1500 +10 % -9.09 %"; do
  tells "$line"
done
says detail.json '"up": 1650.0'
kovar 0 fit inspect tensor.h5 --process=top --json=detail.json
for line in "Process top" "signal_region 300, from 1500 effective events" "luminosity" "top_model"; do tells "$line"; done
says detail.json '"effective_events"'

# ---- what is odd

cat >odd.yaml <<'EOF'
odd:
  file: two_regions.h5
  data: $channel/data
  yields: $channel/$process
  signals: [signal]
  processes: [signal, top]
  channels:
    signal_region:
    control_region:
      data: control_region/jets
  systematics:
    nothing:
      template: $channel/top
      processes: top
    useless:
      template: $channel/top
      processes: top
      constraint: none
    huge:
      rate: 40.0
      processes: {signal_region: top}
    flipped:
      template: "flipped.h5:flipped"
      processes: {signal_region: top}
    swapped:
      rate: [0.975, 1.025]
EOF
command -v h5import >/dev/null || fail "there is no h5import (Debian's package hdf5-tools has it)"
echo "-1 -1 -1 -1 -1 -1 -1 -1 -1 -1" >flipped.txt
h5import flipped.txt -dims 10 -path flipped -type TEXTFP -size 64 -outfile flipped.h5 >/dev/null || fail "no template"
kovar 0 fit build odd.yaml -o odd.h5 --json=odd_build.json
says err "warning: systematic 'flipped': 10 variations have not the sign of the yield"
says err "warning: systematic 'swapped': the upper factor is below 1 and the lower one above"
tells "huge (40)"
says odd_build.json '"oddities"'
kovar 0 fit inspect odd.h5 --json=odd.json
for line in "systematics without effect" "1: nothing" "free systematics without any effect: a fit is singular" "1: useless" \
  "systematics that change a yield by more than a factor of 10" "huge (40)" "(the floor of 1/1000 is taken)" "flipped (10)"; do
  tells "$line"
done
says odd.json '"count": 1'
kovar 0 fit inspect odd.h5 --huge=50
grep -q "huge (40)" out && fail "a factor of 40 is more than one of 50"
kovar 0 fit inspect "$oracle/rabbit_layout_sparse_2ch.h5"
tells "masked"

# ---- what is refused

refuses "there is no systematic 'lumi'; did you mean" inspect tensor.h5 --systematic=lumi
refuses "there is no process 'tip'; did you mean 'top'?" inspect tensor.h5 --process=tip
refuses "--huge is 1 (a factor); give a number above 1" inspect tensor.h5 --huge=1
refuses "is no tensor of kovar" inspect two_regions.h5
refuses "does not exist" inspect missing.h5
refuses "--systematics away (it is for files of rabbit)" inspect tensor.h5 --systematics=normal
refuses "does not exist" build missing.yaml -o refused.h5
refuses "does not exist" build missing.h5 -o refused.h5
refuses "leave it away with --format=rabbit" build tensor.h5 -o refused.h5 --format=rabbit --compression=deflate
refuses "--systematics is for files of rabbit; write 'systematic_type' in the description" \
  build two_regions.yaml -o refused.h5 --systematics=normal
refuses "--output" build tensor.h5 -o tensor.h5
sed 's/top_model:/top_model:\n      kfaktor: 2/' two_regions.yaml >wrong.yaml
refuses "'wrong.yaml': systematics/top_model: 'kfaktor' is not known; did you mean 'kfactor'?" build wrong.yaml -o refused.h5
sed 's/rate: 1.02 /rate: -1.02 /' two_regions.yaml >wrong.yaml
refuses "an uncertainty is -1.02 (yields are multiplied by it, it is above 0); give 1.02 for 2 % up" build wrong.yaml -o refused.h5
sed 's/two_regions.h5/missing.h5/' two_regions.yaml >wrong.yaml
refuses "'wrong.yaml': channels/signal_region: 'missing.h5' does not exist" build wrong.yaml -o refused.h5
sed 's,top_top_model,top_top_modl,' two_regions.yaml >wrong.yaml
refuses "did you mean 'signal_region/top_top_model'?" build wrong.yaml -o refused.h5
sed 's/constraint: none/destination: data_covariance/' two_regions.yaml >wrong.yaml
kovar 0 fit build wrong.yaml -o folded.h5
tells "covariance of the data"
echo "all is well"
