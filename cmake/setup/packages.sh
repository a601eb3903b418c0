# SPDX-License-Identifier: BSD-3-Clause
# What must be here before anything is built: the distribution's packages, tools, a preset, a compiler.

# missing_packages: the first package of each line of the list of which no package is installed.
missing_packages() {
  sed -e 's/#.*//' "$setup/debian-packages.txt" | while read -r package others; do
    [ -n "$package" ] || continue
    found=no
    for name in $package $others; do
      case $(dpkg-query -W -f '${db:Status-Status}' "$name" 2> /dev/null) in
        installed) found=yes ;;
      esac
    done
    [ $found = yes ] || echo "$package"
  done
}

# as_root: print the words that make a command run as root, or fail if there is no way without a password.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    echo env
  else
    sudo -n true 2> /dev/null && echo sudo -n env
  fi
}

install_packages() {
  # An index that cannot be refreshed is no reason to stop: the installation itself tells.
  $become DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 update || true
  # shellcheck disable=SC2086  # a list of words
  $become DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
    install --no-install-recommends $missing
}

require_packages() {
  if ! command -v dpkg-query > /dev/null || ! command -v apt-get > /dev/null; then
    step "Packages: this is not Debian, so the set-up installs none; going on with what is here. Needed:"
    say "   a C++17 compiler, CMake, Ninja, OpenBLAS, MPI, HDF5, GoogleTest, Google Benchmark, nlohmann-json,"
    say "   Eigen, Python 3 with NumPy, h5py and matplotlib"
  else
    missing=$(missing_packages | tr '\n' ' ')
    missing=${missing% }
    if [ -z "$missing" ]; then
      step "Packages: all are here"
    elif become=$(as_root); then
      step "Packages: installing $missing (1 to 3 minutes)"
      logged "$log_dir/packages.log" "the packages could not be installed" \
        "Check the network and the package sources, or install by hand and add --no-packages:
       apt-get install --no-install-recommends $missing" install_packages
    else
      step "Packages: some are missing, and installing them needs root. Give an administrator this line:"
      say "   apt-get install --no-install-recommends $missing"
      say "   Going on with what is here."
    fi
  fi
}

# require_tools: without these nothing can be built, whoever provides them.
require_tools() {
  for tool in "${CXX:-c++}" cmake ninja; do
    # shellcheck disable=SC2086  # CXX may hold options
    set -- $tool
    command -v "$1" > /dev/null || fail "'$1' is not here (nothing can be built without it)" \
      "Install g++, cmake and ninja-build, or put your own on PATH (the compiler may be named by CXX)."
  done
}

# require_preset: leaves what CMake knows of the preset in $work/preset.
require_preset() {
  cmake --preset "$preset" -N > "$work/preset" 2>&1 ||
    fail "CMake does not take the preset '$preset'" "It says:" "$(grep . "$work/preset")"
}

# require_compiler: a project without packages must be configured.
require_compiler() {
  eval "set -- $cmake_options"
  cmake -G Ninja -S "$setup/probe" -B "$work/probe" "$@" > "$work/compiler.log" 2>&1 ||
    fail "CMake cannot use the compiler '${CXX:-c++}'" "CXX names another one. CMake says:" \
      "$(grep -m 1 -A 5 'CMake Error' "$work/compiler.log")"
}
