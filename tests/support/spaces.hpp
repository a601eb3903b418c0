// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_SUPPORT_SPACES_HPP
#define KOVAR_TESTS_SUPPORT_SPACES_HPP

#include <kovar/core/kokkos_compat.hpp>

#include <gtest/gtest.h>
#include <Kokkos_Core.hpp>

/// \file
/// The execution spaces that typed tests run on: all that this Kokkos has.

namespace kovar::test {

/// Joins a Kokkos space that may be missing.
template <class... Types>
struct TypeList {
  using Gtest = ::testing::Types<Types...>;
  template <class T>
  using Add = TypeList<Types..., T>;
};

using Spaces0 = TypeList<>;
#ifdef KOKKOS_ENABLE_SERIAL
using Spaces1 = Spaces0::Add<Kokkos::Serial>;
#else
using Spaces1 = Spaces0;
#endif
#ifdef KOKKOS_ENABLE_OPENMP
using Spaces2 = Spaces1::Add<Kokkos::OpenMP>;
#else
using Spaces2 = Spaces1;
#endif
#ifdef KOKKOS_ENABLE_CUDA
using Spaces3 = Spaces2::Add<Kokkos::Cuda>;
#else
using Spaces3 = Spaces2;
#endif
#ifdef KOKKOS_ENABLE_HIP
using Spaces4 = Spaces3::Add<Hip>;
#else
using Spaces4 = Spaces3;
#endif

using ExecSpaces = Spaces4::Gtest;

}  // namespace kovar::test

#endif
