#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The set-up without network, packages or builds: what it takes, what it refuses, what it says.
#   sh tests/setup/test_setup.sh [SOURCE FOLDER]
set -u
source=${1:-$(cd "$(dirname "$0")/../.." && pwd)}
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
unset Kokkos_ROOT Kokkos_DIR KokkosKernels_ROOT KokkosKernels_DIR Teuchos_ROOT Teuchos_DIR ROL_ROOT ROL_DIR CMAKE_PREFIX_PATH
export KOVAR_CACHE="$place/cache"
failures=0

# kovar EXPECTED_CODE ARGUMENTS...: run the script, keep what it says in $place/said.
kovar() {
  expected=$1
  shift
  case=$*
  sh "$source/cmake/kovar.sh" "$@" > "$place/said" 2>&1
  code=$?
  [ $code = "$expected" ] || complain "ended with $code, not $expected"
}

# says TEXT: the last run said it.
says() { grep -qF -- "$1" "$place/said" || complain "does not say: $1"; }

complain() {
  echo "FAILED  kovar.sh $case: $1"
  sed 's/^/        | /' "$place/said"
  failures=$((failures + 1))
}

# package PREFIX NAME VERSION [DEVICES]: something that CMake takes for an installed package.
package() {
  mkdir -p "$1/lib/cmake/$2"
  printf 'set(%s_VERSION "%s")\nset(%s_DEVICES "%s")\n' "$2" "$3" "$2" "${4:-}" > "$1/lib/cmake/$2/$2Config.cmake"
}

# set_up EXPECTED_CODE ARGUMENTS...: no Debian packages; nothing of this sort may reach for the network.
set_up() {
  expected=$1
  shift
  kovar "$expected" setup --no-packages "$@"
}
mkdir "$place/bin"
printf '#!/bin/sh\nexit 1\n' > "$place/bin/apt-get"
printf '#!/bin/sh\necho "Cuda compilation tools, release 13.0, V13.0.88"\n' > "$place/bin/nvcc"
chmod +x "$place/bin/apt-get" "$place/bin/nvcc"
export PATH="$place/bin:$PATH"

for prefix in both "odd it's"; do
  package "$place/$prefix" Kokkos 4.6.01 'OPENMP;SERIAL'
  package "$place/$prefix" KokkosKernels 4.6.01
  package "$place/$prefix" Teuchos 16.1
  package "$place/$prefix" ROL 16.1
done
package "$place/serial" Kokkos 4.6.01 SERIAL
package "$place/serial" KokkosKernels 4.6.01
package "$place/serial" Teuchos 16.1
package "$place/cuda" Kokkos 4.6.01 'OPENMP;CUDA;SERIAL'
package "$place/cuda" KokkosKernels 4.6.01
package "$place/cuda" Teuchos 16.1
package "$place/cuda" ROL 16.1
package "$place/no-rol" Teuchos 16.1
package "$place/old" Kokkos 3.3.01 'OPENMP;SERIAL'
package "$place/alone" Kokkos 4.6.01 'OPENMP;SERIAL'
mkdir -p "$place/broken/lib/cmake/Kokkos"
echo 'message(FATAL_ERROR "torn")' > "$place/broken/lib/cmake/Kokkos/KokkosConfig.cmake"

# ---- the command line ----
kovar 0 help;               says "sh cmake/kovar.sh WORD"
kovar 2 dance;              says "unknown word 'dance'"
kovar 2 setup --colour;     says "unknown option '--colour'"
kovar 2 setup --jobs=many;  says "'--jobs=many' is no number of jobs"
kovar 2 demo -- -L gsn;     says "'demo' does not run it"

# ---- what the user has ----
export CMAKE_PREFIX_PATH="$place/both"
set_up 0;                   says "export Kokkos_ROOT='$place/both'"; says "export Teuchos_ROOT='$place/both'"
                            says "export ROL_ROOT='$place/both'"
unset CMAKE_PREFIX_PATH
set_up 0 -DKokkos_ROOT="$place/both" -DTeuchos_ROOT="$place/both"
says "export KokkosKernels_ROOT='$place/both'"
set_up 0 -DCMAKE_PREFIX_PATH="$place/odd it's"
says "Kokkos: 4.6.01 is here, in $place/odd it's"
set_up 0 -DKokkos_ROOT="$place/both" -DKOVAR_ENABLE_TEUCHOS=OFF
if grep -q Teuchos_ROOT "$place/said"; then complain "names a Teuchos that is turned off"; fi
if grep -q ROL_ROOT "$place/said"; then complain "names a ROL although Teuchos is turned off"; fi
set_up 0 -DKokkos_ROOT="$place/both" -DTeuchos_ROOT="$place/no-rol" -DKOVAR_ENABLE_ROL=OFF
says "export Teuchos_ROOT='$place/no-rol'"
if grep -q ROL_ROOT "$place/said"; then complain "names a ROL that is turned off"; fi
set_up 0 -DKokkos_ROOT="$place/both" -DTeuchos_ROOT="$place/no-rol" -DROL_ROOT="$place/both"
says "export ROL_ROOT='$place/both'"

# ---- what will not do ----
set_up 1 -DKokkos_ROOT="$place/serial";  says "was built without OPENMP, which preset 'openmp' runs on"
set_up 0 -DCMAKE_PREFIX_PATH="$place/serial" --preset=serial
if grep -q Teuchos_ROOT "$place/said"; then complain "names a Teuchos that the preset turns off"; fi
set_up 1 --preset=parallel;              says "CMake does not take the preset 'parallel'"
set_up 1 -DKokkos_ROOT="$place/both" --preset=cuda;  says "was built without CUDA"
export KOVAR_CUDA_ARCH=86
set_up 0 -DCMAKE_PREFIX_PATH="$place/cuda" --preset=cuda
says "CUDA: 13.0, for GPUs of compute capability 86"
says "export Kokkos_ROOT='$place/cuda'"
unset KOVAR_CUDA_ARCH
set_up 1 -DCMAKE_DISABLE_FIND_PACKAGE_Kokkos=ON --preset=hip;  says "needs a Kokkos built for HIP, and there is none"
set_up 1 -DKokkos_ROOT="$place/old";     says "Kokkos 3.3.01 in $place/old is too old"
set_up 1 -DKokkos_ROOT="$place/alone" -DCMAKE_DISABLE_FIND_PACKAGE_KokkosKernels=ON
says "comes without Kokkos Kernels"
set_up 1 -DKokkos_ROOT="$place/broken";  says "the Kokkos that CMake finds is broken"
set_up 1 -DKokkos_ROOT="$place/nowhere" -DCMAKE_DISABLE_FIND_PACKAGE_Kokkos=ON
says "there is no Kokkos where Kokkos_ROOT (or Kokkos_DIR) points"
set_up 1 -DCMAKE_PREFIX_PATH="$place/both" -DTeuchos_DIR="$place/nowhere" \
  -DCMAKE_DISABLE_FIND_PACKAGE_Teuchos=ON
says "there is no Teuchos where"
set_up 1 -DKokkos_ROOT="$place/both" -DTeuchos_ROOT="$place/no-rol"
says "the Teuchos in $place/no-rol comes without ROL"
KOVAR_CACHE=/dev/null/cache set_up 1 -DCMAKE_DISABLE_FIND_PACKAGE_Kokkos=ON
says "cannot write the cache folder /dev/null/cache"
set_up 1 -DCMAKE_DISABLE_FIND_PACKAGE_Kokkos=ON
says "the source package could not be fetched"
CXX=$place/no-compiler set_up 1
says "'$place/no-compiler' is not here"
CXX=false set_up 1
says "CMake cannot use the compiler"

# ---- the cache: a folder is there when it is complete, and is then not built again ----
# cached OPTIONS HOW: install 'thing' in a shell of its own; HOW is what happens after half of it.
# shellcheck disable=SC1091,SC2034,SC2154,SC2317  # names and functions meet in the sourced files
cached() {
  case="(cache: $2)"
  (
    set -e
    exec 3> /dev/null
    cache=$place/things word=setup
    . "$source/cmake/setup/messages.sh"
    . "$source/cmake/setup/cache.sh"
    build_thing() {
      echo built >> "$place/builds"
      mkdir -p "$unfinished$installation"
      echo half > "$unfinished$installation/first"
      $1
      echo half > "$unfinished$installation/second"
    }
    installed thing-1.0 "$1" build_thing "$2"
    close_cache
  ) > "$place/said" 2>&1
}
# holds BUILDS FOLDERS: so often was it built, so many folders are in the cache.
holds() {
  builds=$(wc -l < "$place/builds")
  folders=$(find "$place/things" -maxdepth 1 -name 'thing-1.0-*' | wc -l)
  [ "$builds $folders" = "$1 $2" ] || complain "$builds builds and $folders folders, not $1 and $2"
}
cached '-DA=1' 'exit 1';  holds 1 0
cached '-DA=1' :;         holds 2 1
cached '-DA=1' :;         holds 2 1
cached '-DA=2' :;         holds 3 2
if [ -n "$(find "$place/things" -maxdepth 1 -name 'unfinished.*')" ]; then complain "leaves unfinished folders"; fi

if [ $failures = 0 ]; then echo "all passed"; else echo "$failures failed"; exit 1; fi
