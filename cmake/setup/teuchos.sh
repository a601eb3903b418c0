# SPDX-License-Identifier: BSD-3-Clause
# Teuchos (Core, Parser, ParameterList) of Trilinos 13.2, which reads parameter files. Built without Kokkos
# and MPI, so it goes with any of them. Little optimization, and four files compiled as one (five or more
# would put two files with the same local names together): half the time of Trilinos' defaults.

teuchos_options="-DBUILD_SHARED_LIBS=ON -DCMAKE_CXX_STANDARD=17
  -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=4
  -DTrilinos_ENABLE_ALL_PACKAGES=OFF -DTrilinos_ENABLE_ALL_OPTIONAL_PACKAGES=OFF
  -DTrilinos_ENABLE_TeuchosParameterList=ON -DTrilinos_ENABLE_Kokkos=OFF -DTPL_ENABLE_MPI=OFF
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
  step "Teuchos: building $trilinos_version (about a minute on 2 cores)"
  logged "$log_dir/teuchos.log" "Teuchos did not build" \
    "Do without parameter files (-DKOVAR_ENABLE_TEUCHOS=OFF), or bring your own: Teuchos_ROOT." install_teuchos
}

# uses_teuchos: do the preset and the user leave it on?
uses_teuchos() {
  case $cmake_options in
    *"'-DKOVAR_ENABLE_TEUCHOS"[:=]*OFF"'"*) return 1 ;;
    *"'-DKOVAR_ENABLE_TEUCHOS"[:=]*) return 0 ;;
  esac
  ! grep -q 'KOVAR_ENABLE_TEUCHOS="OFF"' "$work/preset"
}

# require_teuchos: set teuchos_root to the user's Teuchos, or else to our own; empty if it is turned off.
require_teuchos() {
  teuchos_root=''
  uses_teuchos || return 0
  probe Teuchos
  if [ -n "$found_root" ] && [ -n "$found_kokkos" ] && [ "$found_kokkos" != "$kokkos_dir" ]; then
    refused="the Teuchos in $found_root is tied to the Kokkos in $found_kokkos"
    found_root=''
  fi
  if [ -n "$found_root" ]; then
    teuchos_root=$found_root
    step "Teuchos: it is here, in $teuchos_root"
    return
  fi
  if named_by_user Teuchos; then
    fail "${refused:-there is no Teuchos where Teuchos_ROOT (or Teuchos_DIR) points}" \
      "Correct it; or unset it: then the set-up builds one; or turn it off: -DKOVAR_ENABLE_TEUCHOS=OFF"
  fi
  [ -z "$refused" ] || say "   Not used: $refused"
  installed teuchos-$trilinos_version "$teuchos_options" build_teuchos
  teuchos_root=$installation
  step "Teuchos: $trilinos_version from the cache, $teuchos_root"
}
