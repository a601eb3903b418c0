# SPDX-License-Identifier: BSD-3-Clause
# The source of Trilinos 13.2, in which Kokkos 3.4.01, Kokkos Kernels 3.4.01, Teuchos and ROL come, from
# Debian 12's archive through apt: apt checks the archive's signature and the file's checksum. It works in
# folders of its own, needs no root, and no package source is added to the system.

trilinos_version=13.2.0
trilinos_remedy="Check the network and the package sources of apt (KOVAR_DEBIAN_MIRROR=URI names another
       Debian archive), or bring your own: Kokkos_ROOT, KokkosKernels_ROOT and Teuchos_ROOT."

# private_apt COMMAND...: apt-get with state below $unfinished/apt.
private_apt() {
  apt-get -q -o Dir::State::Lists="$unfinished/apt/lists" -o Dir::Cache="$unfinished/apt/cache" \
    -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=true \
    -o APT::Update::Error-Mode=any -o Acquire::Retries=2 -o Acquire::http::Timeout=30 "$@"
}

# debian_mirror [APT OPTIONS]: the Debian 12 archive that this machine installs from.
debian_mirror() {
  # shellcheck disable=SC2016  # apt expands these
  apt-get indextargets "$@" --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' |
    sed -n 's/^bookworm //p' | sed -n 1p
}

download_trilinos() {
  mkdir -p "$unfinished/apt/lists/partial" "$unfinished/apt/cache/archives/partial"
  mirror=${KOVAR_DEBIAN_MIRROR:-$(debian_mirror)}
  if [ -z "$mirror" ]; then  # apt knows the names of archives only once their index is here
    private_apt update || true
    mirror=$(debian_mirror -o Dir::State::Lists="$unfinished/apt/lists")
  fi
  if [ -z "$mirror" ]; then
    echo "No Debian 12 (bookworm) archive is among the package sources of apt."
    return 1
  fi
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  {
    printf '%s\n' 'Types: deb-src' "URIs: $mirror" 'Suites: bookworm' 'Components: main'
    [ ! -f $keyring ] || echo "Signed-By: $keyring"
  } > "$unfinished/apt/trilinos.sources"
  set -- -o Dir::Etc::SourceList="$unfinished/apt/trilinos.sources" -o Dir::Etc::SourceParts=/dev/null
  private_apt "$@" update &&
    (cd "$unfinished" && private_apt "$@" source --download-only --tar-only trilinos) &&
    mv "$unfinished/trilinos_$trilinos_version.orig.tar.gz" "$tarball"
}

extract_trilinos() {
  mkdir "$unfinished/trilinos" &&
    tar -xzf "$tarball" -C "$unfinished/trilinos" --strip-components=1 \
      --wildcards --no-wildcards-match-slash '*/CMakeLists.txt' '*/*.cmake' '*/README' '*/LICENSE' '*/Copyright.txt' \
      '*/cmake' '*/commonTools/build_stats' \
      '*/packages/kokkos' '*/packages/kokkos-kernels' '*/packages/teuchos' \
      '*/packages/rol/CMakeLists.txt' '*/packages/rol/cmake' '*/packages/rol/src' '*/packages/rol/adapters/teuchos'
}

# trilinos_source: have the parts we build in $unfinished/trilinos. The tarball stays until all is built.
trilinos_source() {
  [ ! -d "$unfinished/trilinos" ] || return 0
  command -v apt-get > /dev/null ||
    fail "Kokkos or Teuchos is missing, and this set-up can build them only on Debian (apt-get is not here)" \
      "Bring your own: Kokkos_ROOT, KokkosKernels_ROOT and Teuchos_ROOT, or CMAKE_PREFIX_PATH."
  tarball=$cache/trilinos-$trilinos_version.tar.gz
  if [ ! -f "$tarball" ]; then
    step "Source of Kokkos, Teuchos and ROL: downloading Debian's source package trilinos (176 MB)"
    logged "$log_dir/download.log" "the source package could not be fetched" "$trilinos_remedy" download_trilinos
  fi
  extract_trilinos || fail "cannot unpack $tarball" "Remove it and try again (is the disk full?)."
}
