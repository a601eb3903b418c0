// SPDX-License-Identifier: BSD-3-Clause
#include "support/views.hpp"

#include <kovar/linalg/backend/host_lapack.hpp>
#include <kovar/linalg/block_reflectors.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace kovar::linalg {
namespace {

template <class Scalar>
class BlockReflectors : public ::testing::Test {
};
using Scalars = ::testing::Types<double, float>;
TYPED_TEST_SUITE(BlockReflectors, Scalars);

// Blocks of 96: one reflector, one block less one, whole, one more, three blocks.
TYPED_TEST(BlockReflectors, OfATridiagonalReductionActLikeLapacks)
{
  using Scalar = TypeParam;
  for (int const n : {0, 1, 2, 3, 96, 97, 98, 200})
    for (int const m : {0, 1, 5, 101})
      for (char const trans : {'N', 'T'}) {
        SCOPED_TRACE("n = " + std::to_string(n) + ", m = " + std::to_string(m) + trans);
        int const lda = n + 3;
        int const ldc = n + 2;
        auto const random = test::random_symmetric(lda, 3, 0.2);
        std::vector<Scalar> a(random.values.begin(), random.values.end());
        std::vector<Scalar> d(static_cast<std::size_t>(n) + 1);
        auto e = d;
        auto tau = d;
        if (n > 0) backend::host::sytrd(n, a.data(), lda, d.data(), e.data(), tau.data());
        auto const start = test::random_matrix(ldc, m, 4);
        std::vector<Scalar> c(start.values.begin(), start.values.end());
        auto expected = c;
        if (n > 0)
          backend::host::ormtr(trans, n, m, a.data(), lda, tau.data(), expected.data(), ldc);
        apply_tridiagonal_reflectors(trans, n, m, a.data(), lda, tau.data(), c.data(), ldc);
        for (std::size_t i = 0; i < c.size(); ++i)  // the padding stays, too
          EXPECT_NEAR(c[i], expected[i], 20 * (n + 1) * std::numeric_limits<Scalar>::epsilon());
      }
}

}  // namespace
}  // namespace kovar::linalg
