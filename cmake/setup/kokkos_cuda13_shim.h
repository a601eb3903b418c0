/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kokkos before 4.7.1 calls three functions of the CUDA runtime with the arguments they had in CUDA 12. CUDA 13
 * gave their names to variants with other arguments. The overloads below take the old arguments and call the
 * new functions, so that such a Kokkos compiles unchanged. To be included before anything else:
 *
 *     -include kokkos_cuda13_shim.h
 *
 * in the build of Kokkos, of Kokkos Kernels, and of every file that includes Kokkos. Whoever links to kovar::kovar
 * gets the option by that. For other compilers and toolkits the header is empty.
 */
#ifndef KOVAR_KOKKOS_CUDA13_SHIM_H
#define KOVAR_KOKKOS_CUDA13_SHIM_H
#if defined(__cplusplus) && defined(__CUDACC__)

#include <cuda_runtime_api.h>

#if CUDART_VERSION >= 13000

/* A device's number, or cudaCpuDeviceId, as the place that CUDA 13 asks for. */
inline cudaMemLocation kovar_cuda13_place(int device)
{
  cudaMemLocation place{};
  if (device == cudaCpuDeviceId) {
    place.type = cudaMemLocationTypeHost;
  } else {
    place.type = cudaMemLocationTypeDevice;
    place.id = device;
  }
  return place;
}

inline cudaError_t cudaMemAdvise(void const* memory, size_t n_bytes, cudaMemoryAdvise advice, int device)
{
  return cudaMemAdvise(memory, n_bytes, advice, kovar_cuda13_place(device));
}

inline cudaError_t cudaMemPrefetchAsync(void const* memory, size_t n_bytes, int device, cudaStream_t stream)
{
  unsigned int const no_flags = 0;
  return cudaMemPrefetchAsync(memory, n_bytes, kovar_cuda13_place(device), no_flags, stream);
}

inline cudaError_t cudaGraphAddDependencies(cudaGraph_t graph, cudaGraphNode_t const* from,
                                            cudaGraphNode_t const* to, size_t n_edges)
{
  cudaGraphEdgeData const* const default_edges = nullptr;
  return cudaGraphAddDependencies(graph, from, to, default_edges, n_edges);
}

#endif
#endif
#endif
