# SPDX-License-Identifier: BSD-3-Clause
# Teuchos of Trilinos 13.2, which reads parameter files, and ROL, which minimizes. Built without Kokkos and
# MPI, so they go with any of them. Little optimization, and four files compiled as one (five or more would
# put two files with the same local names together): half the time of Trilinos' defaults. What kovar
# calls of ROL are templates in its headers, compiled with kovar's own options.

teuchos_options="-DBUILD_SHARED_LIBS=ON -DCMAKE_CXX_STANDARD=17
  -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=4
  -DTrilinos_ENABLE_ALL_PACKAGES=OFF -DTrilinos_ENABLE_ALL_OPTIONAL_PACKAGES=OFF
  -DTrilinos_ENABLE_TeuchosParameterList=ON -DTrilinos_ENABLE_ROL=ON -DTrilinos_ENABLE_Kokkos=OFF -DTPL_ENABLE_MPI=OFF
  -DTrilinos_ENABLE_Fortran=OFF -DTrilinos_ENABLE_TESTS=OFF -DTrilinos_ENABLE_EXAMPLES=OFF
  -DTrilinos_ENABLE_INSTALL_CMAKE_CONFIG_FILES=ON"

install_teuchos() {
  # shellcheck disable=SC2086  # a list of words
  cmake_install "$unfinished/trilinos" "$unfinished/teuchos" $teuchos_options \
    -DCMAKE_CXX_FLAGS_RELEASE_OVERRIDE='-O1 -DNDEBUG' &&
    rm -rf "$unfinished$installation/lib/cmake/tribits"  # Trilinos' build system, 5 MB
}

build_teuchos() {
  trilinos_source
  step "Teuchos and ROL: building $trilinos_version (about a minute on 2 cores)"
  logged "$log_dir/teuchos.log" "Teuchos and ROL did not build" \
    "Do without parameter files and L-BFGS (-DKOVAR_ENABLE_TEUCHOS=OFF), or bring your own: Teuchos_ROOT." install_teuchos
}

# uses TEUCHOS|ROL: do the preset and the user leave it on? ROL is off where Teuchos is, unless it is asked for.
uses() {
  case $cmake_options in
    *"'-DKOVAR_ENABLE_$1"[:=]*OFF"'"*) return 1 ;;
    *"'-DKOVAR_ENABLE_$1"[:=]*) return 0 ;;
  esac
  if grep -q "KOVAR_ENABLE_$1=\"OFF\"" "$work/preset"; then return 1; fi
  [ "$1" = TEUCHOS ] || uses TEUCHOS
}

# find_teuchos: set teuchos_root to the user's Teuchos, if it will do; with ROL beside it, if that is wanted.
find_teuchos() {
  probe Teuchos
  [ -n "$found_root" ] || return 0
  candidate=$found_root
  if [ -n "$found_kokkos" ] && [ "$found_kokkos" != "$kokkos_dir" ]; then
    refused="the Teuchos in $candidate is tied to the Kokkos in $found_kokkos"
    return
  fi
  if uses ROL; then
    if named_by_user ROL; then
      probe ROL
    else
      probe ROL -DROL_ROOT="$candidate"
    fi
    if [ -z "$found_root" ]; then
      refused="the Teuchos in $candidate comes without ROL (build Trilinos with Trilinos_ENABLE_ROL=ON, or do without L-BFGS: -DKOVAR_ENABLE_ROL=OFF)"
      return
    fi
    rol_root=$found_root
  fi
  teuchos_root=$candidate
}

# require_teuchos: the user's Teuchos and ROL, or else our own; teuchos_root and rol_root are empty where they are off.
require_teuchos() {
  teuchos_root='' rol_root='' refused=''
  if ! uses TEUCHOS && ! uses ROL; then return; fi
  find_teuchos
  if [ -n "$teuchos_root" ]; then
    step "Teuchos: it is here, in $teuchos_root"
    [ -z "$rol_root" ] || step "ROL: it is here, in $rol_root"
    return
  fi
  if named_by_user Teuchos; then
    fail "${refused:-there is no Teuchos where Teuchos_ROOT (or Teuchos_DIR) points}" \
      "Correct it; or unset it: then the set-up builds one; or turn it off: -DKOVAR_ENABLE_TEUCHOS=OFF"
  fi
  [ -z "$refused" ] || say "   Not used: $refused"
  installed teuchos-$trilinos_version "$teuchos_options" build_teuchos
  teuchos_root=$installation
  if uses ROL; then rol_root=$installation; fi
  step "Teuchos and ROL: $trilinos_version from the cache, $teuchos_root"
}
