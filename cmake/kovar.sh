#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Sets kovar up, builds it, shows it and tests it. `sh cmake/kovar.sh help` says how.
set -eu

usage() {
  cat << 'USAGE'
sh cmake/kovar.sh WORD [OPTIONS]

  demo    set up, build, estimate from real and from simulated data, draw pictures
  test    set up, build with tests, run them all (what CI runs)
  build   set up, build everything
  setup   set up only, and print the variables that show CMake the way
  help    this text

Setting up installs missing Debian packages (as root, or by sudo without a password), then takes the Kokkos,
Kokkos Kernels, Teuchos and ROL that CMake finds; what is not there is built from Debian's source package and kept
in the cache. All of it is done once.

  --preset=NAME    a preset of CMakePresets.json: openmp (default), serial, cuda, hip ...
  --jobs=N         compile N files at a time
  --no-packages    install no Debian packages
  -DNAME=VALUE     is given to CMake, e.g. -DKOVAR_ENABLE_MPI=OFF
  -- ARGUMENTS     are given to ctest, e.g. -- -L gsn

  Kokkos_ROOT, KokkosKernels_ROOT, Teuchos_ROOT, ROL_ROOT, CMAKE_PREFIX_PATH    where your own ones are
  CXX, CXXFLAGS                                                                 your compiler
  KOVAR_CACHE               the cache (default: $XDG_CACHE_HOME/kovar or ~/.cache/kovar)
  KOVAR_CUDA_ARCH           the GPU to compile for with --preset=cuda, e.g. 80 (default: the one here, or 90)
  KOVAR_DEBIAN_MIRROR       a Debian archive with Debian 12's sources (default: the one apt uses)
USAGE
}

root=$(cd "$(dirname "$0")/.." && pwd)
setup=$root/cmake/setup
. "$setup/messages.sh"
. "$setup/packages.sh"
. "$setup/find.sh"
. "$setup/cache.sh"
. "$setup/trilinos.sh"
. "$setup/cuda.sh"
. "$setup/kokkos.sh"
. "$setup/teuchos.sh"

# The demo: input, and what is asked of the program.
digits=apps/kovar/examples/digits.h5
digits_options="--dataset=/even --returns=cS,cN,cSb,cNb"
simulate_options="--units=1000 --conditions=100 --trials=3 --seed=1"
simulated_options="--returns=cS,cN,cSb,cNb"

# ---- the command line ---------------------------------------------------------------------------------
word=${1:-help}
[ $# = 0 ] || shift
preset=openmp jobs='' use_packages=yes cmake_options=''

misuse() {
  echo "kovar: $1; 'sh cmake/kovar.sh help' lists what there is" >&2
  exit 2
}

case $word in
  demo | test | build | setup) ;;
  help | -h | --help) usage; exit 0 ;;
  *) misuse "unknown word '$word'" ;;
esac
while [ $# -gt 0 ]; do
  case $1 in
    --preset=?*) preset=${1#*=} ;;
    --jobs=*[!0-9]* | --jobs= | --jobs=0) misuse "'$1' is no number of jobs" ;;
    --jobs=*) jobs=${1#*=} ;;
    --no-packages) use_packages=no ;;
    -D?*) cmake_options="$cmake_options '$(printf '%s' "$1" | sed "s/'/'\\\\''/g")'" ;;
    --) shift; break ;;
    *) misuse "unknown option '$1'" ;;
  esac
  shift
done
[ $# = 0 ] || [ "$word" = test ] || misuse "arguments after -- go to ctest, and '$word' does not run it"

# ---- where things are ---------------------------------------------------------------------------------
if [ -n "${KOVAR_CACHE:-}" ]; then
  cache=$KOVAR_CACHE
else
  cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/kovar
fi
case $cache in /*) ;; *) cache=$PWD/$cache ;; esac
build=$root/build/$preset
log_dir=$build/log
work=$(mktemp -d)
cd "$root"
trap 'close_cache; rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# `setup` prints shell lines on standard output, and its messages beside it.
if [ "$word" = setup ]; then
  exec 3>&2
else
  exec 3>&1
fi

# memory_jobs: how many compilers fit into the memory that is free, at 1.5 GB each.
memory_jobs() { awk '/^MemAvailable/ { n = int($2 / 1500000) } END { print (n > 0 ? n : 1) }' /proc/meminfo; }

if [ -z "$jobs" ]; then
  jobs=$(getconf _NPROCESSORS_ONLN 2> /dev/null || echo 1)
  if [ -r /proc/meminfo ] && [ "$(memory_jobs)" -lt "$jobs" ]; then jobs=$(memory_jobs); fi
fi

# ---- the steps ----------------------------------------------------------------------------------------
set_up() {
  [ $use_packages = no ] || require_packages
  require_tools
  require_preset
  # shellcheck disable=SC2119  # it takes no arguments
  require_compiler
  require_cuda
  require_kokkos
  require_teuchos
  [ -z "${cache_is_open:-}" ] || rm -f "$cache/trilinos-$trilinos_version.tar.gz"
  close_cache
}

# configure OPTIONS...: what a former run found must not outlive a change of mind, hence -U.
configure() {
  [ -z "$teuchos_root" ] || set -- -DTeuchos_ROOT="$teuchos_root" "$@"
  [ -z "$rol_root" ] || set -- -DROL_ROOT="$rol_root" "$@"
  eval "set -- \"\$@\" $cmake_options"
  export Kokkos_ROOT="$kokkos_root"  # some presets take their compiler from there
  step "Configuring: preset $preset in build/$preset (10 s)"
  logged "$log_dir/configure.log" "kovar could not be configured" \
    "The lines above name the package to install or the option to turn off (add it to this command)." \
    cmake --preset "$preset" -U Kokkos_DIR -U KokkosKernels_DIR -U Teuchos_DIR -U ROL_DIR \
    -DKokkos_ROOT="$kokkos_root" -DKokkosKernels_ROOT="$kernels_root" "$@"
}

# compile HOW_LONG TARGETS...
compile() {
  step "Building: $jobs at a time ($1 the first time)"
  shift
  [ $# = 0 ] || set -- --target "$@"
  logged "$log_dir/build.log" "kovar did not build" \
    "If the compiler was killed, memory ran out: try --jobs=1." \
    cmake --build "$build" -j "$jobs" "$@"
}

# Threads are not tied to cores, since several ranks and other programs share them.
run_environment() {
  export OMP_PROC_BIND="${OMP_PROC_BIND:-false}"
  export OMPI_MCA_rmaps_base_oversubscribe=1
  if [ "$(id -u)" = 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
}

# drawing_python: the first Python that can draw.
drawing_python() {
  for python in /usr/bin/python3 python3; do
    if "$python" -c 'import h5py, matplotlib' 2> /dev/null; then
      echo "$python"
      return
    fi
  done
}

# estimate NAME INPUT OPTIONS...: run the program, then draw its result.
estimate() {
  name=$1
  say ""
  step "Estimating: kovar gsn estimate --input=$2"
  # shellcheck disable=SC2086  # a list of words
  "$program" gsn estimate --input="$2" --output="$demo/$name.h5" $3 ||
    fail "the estimate from $2 failed with code $?" "The program's message is above."
  if [ -n "$python" ]; then
    step "Drawing: apps/plot/kovar_plot.py $demo/$name.h5"
    logged "$log_dir/plot-$name.log" "the pictures could not be drawn" \
      "The results are in $demo all the same." \
      "$python" apps/plot/kovar_plot.py "$demo/$name.h5" --output="$demo/$name"
  fi
}

demo() {
  configure
  compile "2 minutes" apps/kovar/kovar
  run_environment
  export PYTHONDONTWRITEBYTECODE=1 MPLBACKEND=Agg MPLCONFIGDIR="$work"
  program=build/$preset/apps/kovar/kovar
  demo=build/$preset/demo
  mkdir -p "$demo"
  python=$(drawing_python)

  estimate digits "$digits" "$digits_options"
  say ""
  step "Simulating: kovar gsn simulate $simulate_options"
  # shellcheck disable=SC2086  # a list of words
  "$program" gsn simulate $simulate_options --output="$demo/simulated_input.h5" ||
    fail "the simulation failed with code $?" "The program's message is above."
  estimate simulated "$demo/simulated_input.h5" "$simulated_options"

  say ""
  step "Done. Results and pictures are in $demo:"
  (cd "$demo" && find . -type f | sed 's|^\./|   |' | sort) >&3
  [ -n "$python" ] || say "   No pictures: no python3 can import h5py and matplotlib (Debian: python3-h5py python3-matplotlib)."
  say "   Next: sh cmake/kovar.sh test"
}

run_tests() {
  warnings=OFF
  case ${CI:-} in '' | 0 | false) ;; *) warnings=ON ;; esac
  configure -DKOVAR_ENABLE_TESTS=ON -DKOVAR_WARNINGS_AS_ERRORS=$warnings
  compile "20 minutes"
  run_environment
  step "Testing: ctest --test-dir build/$preset"
  # Threads of one test that wait without sleeping would keep the cores from another.
  export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-passive}"
  OMP_NUM_THREADS=${OMP_NUM_THREADS:-2} ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j "$jobs" "$@"
}

set_up
case $word in
  setup)
    printf "export Kokkos_ROOT='%s'\nexport KokkosKernels_ROOT='%s'\n" "$kokkos_root" "$kernels_root"
    [ -z "$teuchos_root" ] || printf "export Teuchos_ROOT='%s'\n" "$teuchos_root"
    [ -z "$rol_root" ] || printf "export ROL_ROOT='%s'\n" "$rol_root"
    ;;
  build)
    configure
    compile "5 to 8 minutes"
    ;;
  demo) demo ;;
  test) run_tests "$@" ;;
esac
