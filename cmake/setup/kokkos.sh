# SPDX-License-Identifier: BSD-3-Clause
# Kokkos and Kokkos Kernels 3.4.01 with Serial and OpenMP, and CUDA for a preset that runs on it (cuda.sh).
# Kernels precompiles nothing (no default ETI): that is seconds in place of minutes; kovar's own files
# instantiate what they call. It is told how BLAS names its routines, since it would look for a Fortran
# compiler to find out.

kokkos_options="-DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON -DKokkos_CXX_STANDARD=17
  -DKokkos_ENABLE_SERIAL=ON -DKokkos_ENABLE_OPENMP=ON"
kernels_options="-DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON -DKokkosKernels_ADD_DEFAULT_ETI=OFF
  -DKokkosKernels_ENABLE_TPL_BLAS=ON -DKokkosKernels_ENABLE_TESTS=OFF -DKokkosKernels_ENABLE_EXAMPLES=OFF"

# devices_built: the devices of the Kokkos that this set-up builds, and how long that takes on 2 cores.
devices_built() { if for_cuda; then echo "Serial, OpenMP and CUDA"; else echo "Serial and OpenMP"; fi; }
time_of_kokkos() { if for_cuda; then echo "a minute or two"; else echo "half a minute"; fi; }

# cmake_install SOURCE FOLDER OPTIONS...: configure and build in FOLDER, install to $unfinished$installation.
cmake_install() {
  source=$1 folder=$2
  shift 2
  cmake -G Ninja -S "$source" -B "$folder" -DCMAKE_INSTALL_PREFIX="$installation" "$@" &&
    cmake --build "$folder" -j "$jobs" &&
    DESTDIR=$unfinished cmake --install "$folder"
}

build_kokkos() {
  trilinos_source
  step "Kokkos: building 3.4.01 with $(devices_built) ($(time_of_kokkos) on 2 cores)"
  kokkos_source=$unfinished/trilinos/packages/kokkos
  teach_kokkos "$kokkos_source"
  # shellcheck disable=SC2046,SC2086  # lists of words
  logged "$log_dir/kokkos.log" "Kokkos did not build" \
    "Try another compiler (CXX=g++-12), or bring your own: Kokkos_ROOT and KokkosKernels_ROOT." \
    with_nvcc "$kokkos_source/bin/nvcc_wrapper" \
    cmake_install "$kokkos_source" "$unfinished/kokkos" $kokkos_options $(cuda_options)
}

build_kernels() {
  trilinos_source
  step "Kokkos Kernels: building 3.4.01 (10 s)"
  # shellcheck disable=SC2086  # a list of words
  logged "$log_dir/kokkos-kernels.log" "Kokkos Kernels did not build" \
    "It needs BLAS and LAPACK (Debian: libopenblas-openmp-dev); or bring your own: Kokkos_ROOT and KokkosKernels_ROOT." \
    with_nvcc "$kokkos_root/bin/nvcc_wrapper" \
    cmake_install "$unfinished/trilinos/packages/kokkos-kernels" "$unfinished/kernels" \
    -DKokkos_ROOT="$kokkos_root" -DF77_BLAS_MANGLE='(name,NAME) name ## _' $kernels_options
}

# own_kokkos: set kokkos_root and kernels_root to Kokkos and Kernels of the cache.
own_kokkos() {
  device_key=''
  if for_cuda; then device_key=" $(cuda_options) sm_$cuda_arch CUDA $nvcc_version"; fi
  installed kokkos-3.4.01 "$kokkos_options$device_key" build_kokkos
  kokkos_root=$installation kokkos_dir=$installation/lib/cmake/Kokkos
  installed kokkos-kernels-3.4.01 "$kernels_options $kokkos_root" build_kernels
  kernels_root=$installation
}

# kokkos_fits: can the preset run on the Kokkos that probe found? If not, say why in refused.
kokkos_fits() {
  wanted=$(device_wanted)
  case $found_version in
    [012].* | 3.[0123].* | 3.[0123]) refused="Kokkos $found_version in $found_root is too old (kovar needs 3.4 or newer)" ;;
    *)
      case $found_devices in
        *";$wanted;"*) return 0 ;;
        *) refused="Kokkos $found_version in $found_root was built without $wanted, which preset '$preset' runs on" ;;
      esac
      ;;
  esac
  return 1
}

# find_kokkos: set kokkos_root and kernels_root to the Kokkos and Kernels that CMake finds, if they will do.
find_kokkos() {
  kokkos_root='' kernels_root=''
  probe Kokkos
  [ -n "$found_root" ] && kokkos_fits || return 0
  kokkos_version=$found_version candidate=$found_root candidate_dir=$found_kokkos
  if named_by_user KokkosKernels; then
    probe KokkosKernels
  else
    probe KokkosKernels -DKokkosKernels_ROOT="$candidate"
  fi
  if [ -n "$found_root" ]; then
    kokkos_root=$candidate kokkos_dir=$candidate_dir kernels_root=$found_root
  else
    refused=${refused:-"Kokkos $kokkos_version in $candidate comes without Kokkos Kernels (set KokkosKernels_ROOT)"}
  fi
}

# require_kokkos: the user's Kokkos, or else our own.
require_kokkos() {
  find_kokkos
  if [ -n "$kokkos_root" ]; then
    step "Kokkos: $kokkos_version is here, in $kokkos_root"
    return
  fi
  if [ -n "$refused" ]; then
    if named_by_user Kokkos || named_by_user KokkosKernels; then
      fail "$refused" "Name another one (Kokkos_ROOT, KokkosKernels_ROOT), take another --preset, or unset both
       variables: then the set-up builds one with $(devices_built)."
    fi
    say "   Not used: $refused"
  elif named_by_user Kokkos; then
    fail "there is no Kokkos where Kokkos_ROOT (or Kokkos_DIR) points" \
      "Correct it, or unset it: then the set-up builds one with $(devices_built)."
  fi
  [ "$(device_wanted)" != HIP ] ||
    fail "preset '$preset' needs a Kokkos built for HIP, and there is none (this set-up builds none)" \
      "Name one by Kokkos_ROOT and KokkosKernels_ROOT; modules and Spack set CMAKE_PREFIX_PATH for you."
  own_kokkos
  step "Kokkos: 3.4.01 with $(devices_built) from the cache, $kokkos_root"
}
