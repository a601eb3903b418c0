# SPDX-License-Identifier: BSD-3-Clause
# Kokkos, Kokkos Kernels, Teuchos and ROL that are already on this machine.

# probe PACKAGE [CMAKE OPTIONS]: look for it where CMake looks, the user's options included. Sets found_root (empty if there is none),
# found_version, found_devices (";OPENMP;SERIAL;"), found_kokkos and, where it was refused, refused.
probe() {
  package=$1
  shift
  eval "set -- \"\$@\" $cmake_options"
  found_root='' found_version='' found_devices='' found_kokkos='' refused=''
  report=$work/$package.report
  rm -f "$report"
  if ! cmake -G Ninja -S "$setup/probe" -B "$work/probe" -DPACKAGE="$package" -DREPORT="$report" \
    "$@" > "$work/$package.log" 2>&1; then
    refused="the $package that CMake finds is broken: $(grep -m 1 -A 3 'CMake Error' "$work/$package.log" | tr -s '\n ' '  ')"
    return
  fi
  [ -f "$report" ] || return 0
  found_dir=$(sed -n 's/^dir=//p' "$report")
  found_version=$(sed -n 's/^version=//p' "$report")
  found_devices=";$(sed -n 's/^devices=//p' "$report");"
  found_kokkos=$(sed -n 's/^kokkos_dir=//p' "$report")
  # Debian 12's own Kokkos and Trilinos packages are Serial only, and their CMake files do not work.
  if dpkg-query -S "$found_dir/${package}Config.cmake" 2> /dev/null | grep -q '^libtrilinos'; then
    refused="the $package of Debian's libtrilinos packages (they stand on a Kokkos without OpenMP and with broken CMake files)"
    return
  fi
  case $found_dir in
    */lib/cmake/*) found_root=${found_dir%/lib/cmake/*} ;;
    */lib64/cmake/*) found_root=${found_dir%/lib64/cmake/*} ;;
    *) found_root=$found_dir ;;
  esac
}

# named_by_user PACKAGE: did the user say which one to take?
named_by_user() {
  eval "[ -n \"\${$1_ROOT:-}\${$1_DIR:-}\" ]" && return
  case $cmake_options in
    *"'-D$1_ROOT"[:=]* | *"'-D$1_DIR"[:=]*) return 0 ;;
  esac
  return 1
}

# device_wanted: the Kokkos device that the preset runs on.
device_wanted() {
  case $preset in
    *cuda*) echo CUDA ;;
    *hip*) echo HIP ;;
    *serial*) echo SERIAL ;;
    *) echo OPENMP ;;
  esac
}
