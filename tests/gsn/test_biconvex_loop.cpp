// SPDX-License-Identifier: BSD-3-Clause
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/gsn/biconvex_loop.hpp>
#include <kovar/gsn/psd_projection.hpp>
#include <kovar/linalg/triangle.hpp>

#include <gtest/gtest.h>

#include <cmath>

namespace kovar::gsn {
namespace {

TEST(BiconvexWeights, AddUpOnCompleteData)
{
  for (std::int64_t const c : {2, 30, 1000})
    for (std::int64_t const t : {2, 3, 10}) {
      BiconvexWeights const w = biconvex_weights(c, static_cast<double>(t));
      EXPECT_NEAR(w.noise + w.residual / static_cast<double>(t), 1, 1e-15);
    }
}

/// The loop word by word: projections of cD - cNb o share and wN cN + wD (cD - cSb) until both settle,
/// no shortcut taken.
struct PlainLoop {
  test::HostMatrix signal;
  test::HostMatrix noise;
  int n_iterations = 0;
};

template <class ExecSpace>
test::HostMatrix plain_projection(test::HostMatrix const& m)
{
  auto const a = test::to_space<double, ExecSpace>(m);
  project_psd<double, ExecSpace>(ExecSpace(), a, test::to_space<double, ExecSpace>(m));
  linalg::fill_upper_triangle(ExecSpace(), a);
  return test::to_host(a);
}

double plain_correlation(test::HostMatrix const& x, test::HostMatrix const& y)
{
  double const n = static_cast<double>(x.values.size());
  double mx = 0;
  double my = 0;
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    mx += x.values[i] / n;
    my += y.values[i] / n;
  }
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    xx += (x.values[i] - mx) * (x.values[i] - mx);
    yy += (y.values[i] - my) * (y.values[i] - my);
    xy += (x.values[i] - mx) * (y.values[i] - my);
  }
  return xy / std::sqrt(xx * yy);
}

template <class ExecSpace>
PlainLoop plain_loop(test::HostMatrix const& cs, test::HostMatrix const& cn,
                     test::HostMatrix const& share, BiconvexWeights const& w)
{
  PlainLoop loop;
  test::HostMatrix old_signal = cs;
  test::HostMatrix old_noise = cn;
  test::HostMatrix noise = cn;
  for (int pass = 0; pass < 100; ++pass) {
    test::HostMatrix signal_argument = cs;
    for (std::size_t i = 0; i < cs.values.size(); ++i)
      signal_argument.values[i] += share.values[i] * (cn.values[i] - noise.values[i]);
    loop.signal = plain_projection<ExecSpace>(signal_argument);
    test::HostMatrix noise_argument = cn;
    for (std::size_t i = 0; i < cs.values.size(); ++i) {
      double const data = cs.values[i] + cn.values[i] * share.values[i];
      noise_argument.values[i] =
          w.noise * cn.values[i] + w.residual * (data - loop.signal.values[i]);
    }
    noise = plain_projection<ExecSpace>(noise_argument);
    loop.noise = noise;
    bool const settled = plain_correlation(old_signal, loop.signal) > 0.999 &&
                         plain_correlation(old_noise, noise) > 0.999;
    if (settled) return loop;
    ++loop.n_iterations;
    old_signal = loop.signal;
    old_noise = noise;
  }
  return loop;
}

template <class ExecSpace>
class BiconvexLoop : public ::testing::Test {
};
TYPED_TEST_SUITE(BiconvexLoop, test::ExecSpaces);

struct LoopCase {
  double constant_share;
  bool entrywise;  ///< the share of an entry then lies around the constant
  BiconvexWeights weights;
};

// Weights of complete data take shortcuts, others do not; noise that is nearly singular makes its own
// projection clip; both must give what the plain loop gives.
TYPED_TEST(BiconvexLoop, EqualsThePlainLoopWithAndWithoutShortcuts)
{
  int n_with_iterations = 0;
  for (double const noise_floor : {0.5, 0.0})
    for (double const signal_shift : {-0.1, -0.6, 0.4})
      for (LoopCase const& loop_case :
           {LoopCase{1.0 / 3, false, biconvex_weights(20, 3)}, LoopCase{0.5, false, {0.9, 0.5}},
            LoopCase{1, false, {0, 1}}, LoopCase{0.4, true, {0.8, 0.3}},
            LoopCase{1.0 / 3, true, biconvex_weights(20, 3)}}) {
        std::int64_t const n = 24;
        auto const signal = test::random_symmetric(n, 5, signal_shift);
        auto noise = test::random_symmetric(n, 6, noise_floor);
        if (noise_floor == 0) {  // rank 6
          auto const x = test::random_matrix(n, 6, 8);
          noise = test::product(x, test::transposed(x));
        }
        test::HostMatrix share(n, n);
        for (std::int64_t i = 0; i < n; ++i)
          for (std::int64_t j = 0; j < n; ++j)
            share(i, j) =
                loop_case.constant_share +
                (loop_case.entrywise ? 0.05 * std::cos(1.0 * static_cast<double>(i + j)) : 0.0);
        NoiseShare<double, TypeParam> argument;
        argument.constant = loop_case.constant_share;
        if (loop_case.entrywise) argument.entrywise = test::to_space<double, TypeParam>(share);
        PlainLoop const expected = plain_loop<TypeParam>(signal, noise, share, loop_case.weights);

        auto const found = biconvex_loop<double, TypeParam>(
            TypeParam(), test::to_space<double, TypeParam>(signal),
            test::to_space<double, TypeParam>(noise), argument, loop_case.weights, n);

        EXPECT_EQ(found.n_iterations, expected.n_iterations);
        EXPECT_EQ(found.converged, expected.n_iterations < 100);
        EXPECT_LE(test::largest_difference(test::to_host(found.signal), expected.signal,
                                           test::Triangle::lower),
                  1e-11);
        EXPECT_LE(test::largest_difference(test::to_host(found.noise), expected.noise,
                                           test::Triangle::lower),
                  1e-11);
        if (expected.n_iterations > 0) ++n_with_iterations;

        auto const overwritten =
            biconvex_loop<double, TypeParam>(TypeParam(), test::to_space<double, TypeParam>(signal),
                                             test::to_space<double, TypeParam>(noise), argument,
                                             loop_case.weights, n, LoopInputs::overwrite);
        EXPECT_EQ(overwritten.n_iterations, found.n_iterations);
        EXPECT_EQ(test::largest_difference(test::to_host(overwritten.signal),
                                           test::to_host(found.signal), test::Triangle::lower),
                  0);
        EXPECT_EQ(test::largest_difference(test::to_host(overwritten.noise),
                                           test::to_host(found.noise), test::Triangle::lower),
                  0);
      }
  EXPECT_GT(n_with_iterations, 3);
}

TYPED_TEST(BiconvexLoop, DoesNotChangeItsInput)
{
  auto const signal = test::random_symmetric(15, 5, -0.5);
  auto const noise = test::random_symmetric(15, 6, 0.1);
  auto const signal_space = test::to_space<double, TypeParam>(signal);
  auto const noise_space = test::to_space<double, TypeParam>(noise);
  biconvex_loop<double, TypeParam>(TypeParam(), signal_space, noise_space, {0.5, {}},
                                   biconvex_weights(9, 2), 15);
  EXPECT_EQ(test::to_host(signal_space).values, signal.values);
  EXPECT_EQ(test::to_host(noise_space).values, noise.values);
}

// One unit: the change is measured against the noise variance, whatever the unit of measurement.
TYPED_TEST(BiconvexLoop, OfOneUnitDoesNotDependOnTheScale)
{
  int n_iterations = -1;
  for (double const scale : {1e-12, 1.0, 1e12}) {
    test::HostMatrix signal(1, 1);
    test::HostMatrix noise(1, 1);
    signal(0, 0) = -0.2 * scale;
    noise(0, 0) = scale;
    auto const found = biconvex_loop<double, TypeParam>(
        TypeParam(), test::to_space<double, TypeParam>(signal),
        test::to_space<double, TypeParam>(noise), {0.5, {}}, {0.3, 0.9}, 1);
    EXPECT_TRUE(found.converged);
    if (n_iterations < 0) n_iterations = found.n_iterations;
    EXPECT_EQ(found.n_iterations, n_iterations) << "at scale " << scale;
  }
}

}  // namespace
}  // namespace kovar::gsn
