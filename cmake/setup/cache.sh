# SPDX-License-Identifier: BSD-3-Clause
# Installations kept outside the source tree, one folder per version, options and compiler. A folder of
# that name is complete: it is made elsewhere and renamed when it is done.

# open_cache: make the folder, wait for another set-up that works in it, and sweep up what a killed one left.
open_cache() {
  [ -z "${cache_is_open:-}" ] || return 0
  mkdir -p "$cache" 2> /dev/null && [ -w "$cache" ] || fail "cannot write the cache folder $cache" \
    "Name another one: KOVAR_CACHE=/some/folder sh cmake/kovar.sh $word"
  if command -v flock > /dev/null; then
    exec 9> "$cache/lock"
    if ! flock -n 9; then
      step "Cache: another set-up is building in $cache; waiting for it"
      flock 9 || true
    fi
    rm -rf "$cache"/unfinished.*
  fi
  unfinished=$(mktemp -d "$cache/unfinished.XXXXXX")
  cache_is_open=yes
}

close_cache() {
  [ -n "${cache_is_open:-}" ] || return 0
  rm -rf "$unfinished"
  exec 9>&-
  cache_is_open=''
}

# compiler_id: what makes installations of different compilers and flags differ.
compiler_id() {
  # shellcheck disable=SC2086  # CXX may hold options
  echo "${CXX:-c++} ${CXXFLAGS:-} ${LDFLAGS:-} $(uname -m)" && ${CXX:-c++} --version | sed -n 1p
}

# installed NAME OPTIONS COMMAND...: set installation to the folder of NAME built with OPTIONS; if it is not
# in the cache, COMMAND... makes it. COMMAND finds the final folder in installation and installs with
# DESTDIR=$unfinished, so that what is recorded in the files is right after the move.
installed() {
  name=$1
  key=$(printf '%s\n' "$2" "$(compiler_id)" | cksum | cut -d ' ' -f 1)
  shift 2
  installation=$cache/$name-$key
  [ -d "$installation" ] && return
  open_cache
  [ -d "$installation" ] && return  # the set-up that was waited for made it
  "$@"
  mv -T "$unfinished$installation" "$installation" 2> /dev/null || [ -d "$installation" ] ||
    fail "cannot move the new $name to $installation" "Look into the cache folder $cache"
}
