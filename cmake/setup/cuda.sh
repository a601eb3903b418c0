# SPDX-License-Identifier: BSD-3-Clause
# What a preset for CUDA needs: NVIDIA's toolkit, the architecture of the GPU, and a Kokkos 3.4.01 that knows
# both, although it is older than CUDA 13 and than the Hopper generation.

for_cuda() { [ "$(device_wanted)" = CUDA ]; }

# require_cuda: put nvcc on PATH; set nvcc_version ("13.0") and cuda_arch ("90").
require_cuda() {
  for_cuda || return 0
  for folder in "${CUDAToolkit_ROOT:-${CUDA_HOME:-}}/bin" "$(dirname "${CUDACXX:-.}")"; do
    if [ -x "$folder/nvcc" ]; then PATH=$folder:$PATH; fi
  done
  command -v nvcc > /dev/null || PATH=$PATH:/usr/local/cuda/bin
  command -v nvcc > /dev/null || fail "preset '$preset' needs NVIDIA's compiler nvcc, and it is not here" \
    "Install the CUDA toolkit, or say where it is: CUDAToolkit_ROOT=/usr/local/cuda"
  export PATH
  # nvcc_wrapper compiles the host's part with this one, while building kovar too.
  export NVCC_WRAPPER_DEFAULT_COMPILER="${NVCC_WRAPPER_DEFAULT_COMPILER:-${CXX:-g++}}"
  nvcc_version=$(nvcc --version | sed -n 's/.*release \([0-9.]*\),.*/\1/p')
  cuda_arch=${KOVAR_CUDA_ARCH:-$(gpu_arch)}
  cuda_arch=${cuda_arch:-90}
  step "CUDA: $nvcc_version, for GPUs of compute capability $cuda_arch (KOVAR_CUDA_ARCH names another)"
}

# gpu_arch: the lowest compute capability of the GPUs that are here, without its dot; nothing without a GPU.
gpu_arch() {
  nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2> /dev/null | sed -n 's/^\([0-9]*\)\.\([0-9]\)$/\1\2/p' |
    sort -n | sed -n 1p
}

# cuda_options: print what Kokkos is told. Its name for the architecture is that of the newest it knows:
# teach_kokkos gives the name its meaning.
cuda_options() {
  for_cuda || return 0
  echo "-DKokkos_ENABLE_CUDA=ON -DKokkos_ENABLE_CUDA_LAMBDA=ON -DKokkos_ARCH_AMPERE80=ON"
}

# teach_kokkos SOURCE: let Kokkos 3.4.01 compile for an architecture that it has not heard of, and let its
# wrapper not fall back on one that nvcc has forgotten.
teach_kokkos() {
  for_cuda || return 0
  sed -i "s/^default_arch=.*/default_arch=\"sm_$cuda_arch\"/" "$1/bin/nvcc_wrapper"
  sed -i "s/^CHECK_CUDA_ARCH(AMPERE80 .*/CHECK_CUDA_ARCH(AMPERE80 sm_$cuda_arch)/" "$1/cmake/kokkos_arch.cmake"
}

# with_nvcc WRAPPER COMMAND...: run COMMAND with Kokkos' nvcc_wrapper as compiler where the preset is for CUDA,
# and with what Kokkos 3.4.01 needs to get along with CUDA 13; KovarDependencies.cmake does so for kovar.
with_nvcc() {
  wrapper=$1
  shift
  if for_cuda; then
    CXX=$wrapper CXXFLAGS="${CXXFLAGS:-} -include $setup/kokkos_cuda13_shim.h -DKOKKOS_CUDA_HALF_HPP_" "$@"
  else
    "$@"
  fi
}
