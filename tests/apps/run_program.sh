# SPDX-License-Identifier: BSD-3-Clause
# For the scripts that run the program: a scratch folder to work in, and what they say of a run.
# Sourced with $program and $launcher (no word or several) set.

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

# unless_given OPTION=VALUE ARGUMENTS...: writes OPTION=VALUE if the arguments have no OPTION=...
unless_given() {
  default=$1
  shift
  for argument in "$@"; do
    case $argument in "${default%%=*}="*) return ;; esac
  done
  echo "$default"
}
