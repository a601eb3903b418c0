// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_SPACES_HPP
#define KOVAR_CORE_SPACES_HPP

#include <kovar/core/kokkos_compat.hpp>

#include <Kokkos_Core.hpp>

/// \file
/// The execution spaces that this build of Kokkos has, for instantiation in .cpp files:
/// heavy templates are compiled once per (scalar, space) and never in a user's file.

#ifdef KOKKOS_ENABLE_SERIAL
#define KOVAR_FOR_SERIAL(MACRO) MACRO(Kokkos::Serial)
#else
#define KOVAR_FOR_SERIAL(MACRO)
#endif
#ifdef KOKKOS_ENABLE_OPENMP
#define KOVAR_FOR_OPENMP(MACRO) MACRO(Kokkos::OpenMP)
#else
#define KOVAR_FOR_OPENMP(MACRO)
#endif
#ifdef KOKKOS_ENABLE_THREADS
#define KOVAR_FOR_THREADS(MACRO) MACRO(Kokkos::Threads)
#else
#define KOVAR_FOR_THREADS(MACRO)
#endif
#ifdef KOKKOS_ENABLE_CUDA
#define KOVAR_FOR_CUDA(MACRO) MACRO(Kokkos::Cuda)
#else
#define KOVAR_FOR_CUDA(MACRO)
#endif
#ifdef KOKKOS_ENABLE_HIP
#define KOVAR_FOR_HIP(MACRO) MACRO(kovar::Hip)
#else
#define KOVAR_FOR_HIP(MACRO)
#endif

/// MACRO(ExecSpace) once for every execution space that runs on the host.
#define KOVAR_FOR_EACH_HOST_SPACE(MACRO) \
  KOVAR_FOR_SERIAL(MACRO)                \
  KOVAR_FOR_OPENMP(MACRO)                \
  KOVAR_FOR_THREADS(MACRO)

/// MACRO(ExecSpace) once for every execution space of this build.
#define KOVAR_FOR_EACH_SPACE(MACRO) \
  KOVAR_FOR_EACH_HOST_SPACE(MACRO)  \
  KOVAR_FOR_CUDA(MACRO)             \
  KOVAR_FOR_HIP(MACRO)

#endif
