// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_SUPPORT_TYPED_HPP
#define KOVAR_TESTS_SUPPORT_TYPED_HPP

#include "support/spaces.hpp"

#include <gtest/gtest.h>

#include <limits>

/// \file
/// Tests in double and float on every execution space.

namespace kovar::test {

/// One scalar on one space.
template <class S, class E>
struct On {
  using Scalar = S;
  using ExecSpace = E;
  static constexpr double epsilon = std::numeric_limits<S>::epsilon();
};

template <class List>
struct BothScalars;
template <class... Spaces>
struct BothScalars<::testing::Types<Spaces...>> {
  using Type = ::testing::Types<On<double, Spaces>..., On<float, Spaces>...>;
};

using ScalarsAndSpaces = BothScalars<ExecSpaces>::Type;

}  // namespace kovar::test

#endif
