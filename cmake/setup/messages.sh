# SPDX-License-Identifier: BSD-3-Clause
# What the set-up prints, and how it runs a command: quietly, with a log that is shown when it fails.
# Messages go to file descriptor 3, which kovar.sh opens.

say() { printf '%s\n' "$*" >&3; }

# step TEXT: say what happens now, and roughly how long it takes.
step() { say "== $*"; }

# fail PROBLEM [WHAT TO DO...]: one line per argument, then the end.
fail() {
  printf 'kovar: %s\n' "$1" >&2
  shift
  for line in "$@"; do printf '       %s\n' "$line" >&2; done
  exit 1
}

# logged LOG PROBLEM REMEDY COMMAND...: run COMMAND with its output in LOG; if it fails, show the end of
# LOG and stop with PROBLEM and REMEDY. COMMAND may be a function; `set -e` does not reach into it.
logged() {
  log=$1 problem=$2 remedy=$3
  shift 3
  mkdir -p "$(dirname "$log")" || fail "cannot write $log" "make its folder writable"
  began=$(date +%s)
  if "$@" > "$log" 2>&1 < /dev/null; then
    say "   done in $(($(date +%s) - began)) s"
  else
    { echo "   last lines of the log:"; tail -n 25 "$log" | sed 's/^/   | /'; } >&2
    fail "$problem" "$remedy" "The whole log is $log"
  fi
}
