// SPDX-License-Identifier: BSD-3-Clause
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/gsn/rsa_simulation.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>

namespace kovar::gsn {
namespace {

template <class ExecSpace>
class RsaSimulation : public ::testing::Test {
};
TYPED_TEST_SUITE(RsaSimulation, test::ExecSpaces);

/// Signal and noise of n units, the signal of low rank where asked.
struct Truth {
  std::vector<double> mean;
  test::HostMatrix signal;
  test::HostMatrix noise;
};

Truth truth_of(std::int64_t n, std::int64_t signal_rank)
{
  Truth truth;
  truth.mean = test::random_matrix(n, 1, 40).values;
  auto const factor = test::random_matrix(n, signal_rank, 41);
  truth.signal = test::product(factor, test::transposed(factor));
  truth.noise = test::random_symmetric(n, 42, 0.5);
  return truth;
}

template <class ExecSpace>
RsaModel<ExecSpace> model_of(dist::Communicator const& comm, Truth const& truth, PatternBasis basis)
{
  // Only rank 0 knows the truth.
  Truth const mine = comm.is_root() ? truth : Truth();
  return make_rsa_model(ExecSpace(), comm, mine.mean,
                        test::to_space<double, ExecSpace>(mine.signal),
                        test::to_space<double, ExecSpace>(mine.noise), basis);
}

RsaDraws draws_of(std::int64_t n_patterns, std::int64_t count)
{
  RsaDraws draws;
  draws.n_patterns = n_patterns;
  draws.count = count;
  draws.seed = 9;
  return draws;
}

double column_correlation(test::HostMatrix const& x, std::int64_t i, std::int64_t j)
{
  auto const n = static_cast<double>(x.n_rows);
  double mean_i = 0;
  double mean_j = 0;
  for (std::int64_t u = 0; u < x.n_rows; ++u) {
    mean_i += x(u, i) / n;
    mean_j += x(u, j) / n;
  }
  double ij = 0;
  double ii = 0;
  double jj = 0;
  for (std::int64_t u = 0; u < x.n_rows; ++u) {
    ij += (x(u, i) - mean_i) * (x(u, j) - mean_j);
    ii += (x(u, i) - mean_i) * (x(u, i) - mean_i);
    jj += (x(u, j) - mean_j) * (x(u, j) - mean_j);
  }
  return ij / std::sqrt(ii * jj);
}

/// Correlation distance as a function of a caller.
template <class ExecSpace>
RsaFunctions<ExecSpace> plain_functions()
{
  RsaFunctions<ExecSpace> functions;
  functions.rdm = [](ExecSpace const&, Matrix<double, ExecSpace> const& patterns,
                     Vector<double, ExecSpace> const& rdm) {
    auto const x = test::to_host(patterns);
    auto const host = Kokkos::create_mirror_view(rdm);
    std::int64_t next = 0;
    for (std::int64_t i = 0; i < x.n_cols; ++i)
      for (std::int64_t j = i + 1; j < x.n_cols; ++j)
        host(next++) = 1 - column_correlation(x, i, j);
    Kokkos::deep_copy(rdm, host);
  };
  return functions;
}

std::vector<PatternMix> const some_mixes = {
    {1, {1, 1}}, {0.5, {0.7, 0.7}}, {1.2, {0, 0.6}}, {0, {1, 1}}, {2, {0.3, 0.2}}};

// The two ways share their draws: patterns in the basis of the noise are those of the units, rotated.
TYPED_TEST(RsaSimulation, CorrelationDistanceIsTheSameInEitherBasis)
{
  auto const world = dist::Communicator::world();
  for (std::int64_t const n : {3, 8, 33}) {
    SCOPED_TRACE(n);
    Truth const truth = truth_of(n, n > 5 ? n / 2 : n);
    auto const draws = draws_of(6, 7);
    auto const rotated = simulate_reliabilities(
        TypeParam(), world, model_of<TypeParam>(world, truth, PatternBasis::noise_eigenvectors),
        some_mixes, draws, RsaFunctions<TypeParam>());
    auto const in_units = simulate_reliabilities(
        TypeParam(), world, model_of<TypeParam>(world, truth, PatternBasis::units), some_mixes,
        draws, plain_functions<TypeParam>());
    ASSERT_EQ(rotated.size(), 35U);
    for (std::size_t k = 0; k < rotated.size(); ++k) EXPECT_NEAR(rotated[k], in_units[k], 1e-10);
  }
}

TYPED_TEST(RsaSimulation, GivesTheSameBitsOnAnyRanksAndThreads)
{
  auto const world = dist::Communicator::world();
  Truth const truth = truth_of(21, 9);
  // More and fewer groups than ranks; 90 patterns make groups of two.
  for (std::int64_t const n_patterns : {5, 90})
    for (std::int64_t const count : {1, 7, 53}) {
      auto const draws = draws_of(n_patterns, count);
      auto const together = simulate_reliabilities(
          TypeParam(), world, model_of<TypeParam>(world, truth, PatternBasis::noise_eigenvectors),
          some_mixes, draws, RsaFunctions<TypeParam>());
      using Host = Kokkos::DefaultHostExecutionSpace;
      dist::Communicator const alone;
      auto const expected = simulate_reliabilities(
          Host(), alone, model_of<Host>(alone, truth, PatternBasis::noise_eigenvectors), some_mixes,
          draws, RsaFunctions<Host>());
      if (is_host_space<TypeParam>) {
        EXPECT_EQ(together, expected);
      } else {
        for (std::size_t k = 0; k < expected.size(); ++k)
          EXPECT_NEAR(together[k], expected[k], 1e-9);
      }
    }
}

TYPED_TEST(RsaSimulation, NumbersOfSimulationsAreTheirDraws)
{
  dist::Communicator const alone;
  auto const model = model_of<TypeParam>(alone, truth_of(6, 4), PatternBasis::noise_eigenvectors);
  auto draws = draws_of(8, 40);
  auto const all = simulate_reliabilities(TypeParam(), alone, model, {{1, {1, 1}}}, draws,
                                          RsaFunctions<TypeParam>());
  draws.first = 25;
  draws.count = 15;
  auto const last = simulate_reliabilities(TypeParam(), alone, model, {{1, {1, 1}}}, draws,
                                           RsaFunctions<TypeParam>());
  for (std::size_t k = 0; k < 15; ++k) EXPECT_NEAR(last[k], all[25 + k], 1e-11);
  for (std::size_t k = 1; k < 40; ++k) EXPECT_NE(all[k], all[0]);
  draws.seed = 10;
  auto const other = simulate_reliabilities(TypeParam(), alone, model, {{1, {1, 1}}}, draws,
                                            RsaFunctions<TypeParam>());
  EXPECT_GT(std::fabs(other[0] - last[0]), 1e-6);
  draws.seed = 9;
  draws.streams = ceiling_streams;
  auto const ceiling = simulate_reliabilities(TypeParam(), alone, model, {{1, {1, 1}}}, draws,
                                              RsaFunctions<TypeParam>());
  EXPECT_GT(std::fabs(ceiling[0] - last[0]), 1e-6);
}

/// Mean and its standard error.
struct Mean {
  double value = 0;
  double error = 0;
};

Mean mean_of(std::vector<double> const& values)
{
  auto const n = static_cast<double>(values.size());
  Mean mean;
  for (double const value : values) mean.value += value / n;
  double square = 0;
  for (double const value : values) square += (value - mean.value) * (value - mean.value);
  mean.error = std::sqrt(square / (n - 1) / n);
  return mean;
}

/// The same experiment with the generator of the standard library and plain loops.
Mean slow_reliability(Truth const& truth, PatternMix const& mix, std::int64_t n_patterns, int count)
{
  std::mt19937_64 generator(3);
  std::normal_distribution<double> normal;
  std::int64_t const n = truth.signal.n_rows;
  auto const signal_root = test::slow_cholesky(truth.signal);
  auto const noise_root = test::slow_cholesky(truth.noise);
  auto const draw = [&](test::HostMatrix const& root) {
    test::HostMatrix z(n, n_patterns);
    for (double& value : z.values) value = normal(generator);
    return test::product(root, z);
  };
  std::vector<double> values;
  for (int s = 0; s < count; ++s) {
    auto const signal = draw(signal_root);
    test::HostMatrix rdms(n_patterns * (n_patterns - 1) / 2, 2);
    for (int set = 0; set < 2; ++set) {
      auto patterns = draw(noise_root);
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < n_patterns; ++j)
          patterns(i, j) = truth.mean[static_cast<std::size_t>(i)] + mix.signal * signal(i, j) +
                           mix.noise[set] * patterns(i, j);
      std::int64_t next = 0;
      for (std::int64_t i = 0; i < n_patterns; ++i)
        for (std::int64_t j = i + 1; j < n_patterns; ++j)
          rdms(next++, set) = 1 - column_correlation(patterns, i, j);
    }
    double const r = column_correlation(rdms, 0, 1);
    values.push_back(std::isnan(r) ? 0 : r);
  }
  return mean_of(values);
}

// Two units: correlations are 1 or -1, and the RDM tells which unit responds more. Five units: all of
// the covariance counts.
TYPED_TEST(RsaSimulation, HasTheMeanReliabilityOfAnIndependentMonteCarlo)
{
  auto const world = dist::Communicator::world();
  for (std::int64_t const n : {2, 5}) {
    SCOPED_TRACE(n);
    Truth const truth = truth_of(n, n);
    auto const draws = draws_of(10, 3000);
    std::vector<PatternMix> const mixes = {{1, {1, 1}}, {0.6, {0, 0.5}}};
    auto const values = simulate_reliabilities(
        TypeParam(), world, model_of<TypeParam>(world, truth, PatternBasis::noise_eigenvectors),
        mixes, draws, RsaFunctions<TypeParam>());
    for (std::size_t m = 0; m < mixes.size(); ++m) {
      std::vector<double> of_mix;
      for (std::size_t k = m; k < values.size(); k += mixes.size()) of_mix.push_back(values[k]);
      Mean const found = mean_of(of_mix);
      Mean const expected = slow_reliability(truth, mixes[m], 10, 3000);
      EXPECT_NEAR(found.value, expected.value, 4.5 * std::hypot(found.error, expected.error));
      EXPECT_GT(found.value, 10 * found.error) << "nothing is reliable: the test tells nothing";
    }
  }
}

TYPED_TEST(RsaSimulation, WithoutNoiseIsPerfectAndWithoutSignalIsNothing)
{
  dist::Communicator const alone;
  auto const model = model_of<TypeParam>(alone, truth_of(9, 9), PatternBasis::noise_eigenvectors);
  auto const perfect = simulate_reliabilities(TypeParam(), alone, model, {{1, {0, 0}}},
                                              draws_of(12, 3), RsaFunctions<TypeParam>());
  for (double const r : perfect) EXPECT_NEAR(r, 1, 1e-14);
  // Neither signal nor noise: all patterns are the mean, no RDM varies.
  auto const nothing = simulate_reliabilities(TypeParam(), alone, model, {{0, {0, 0}}},
                                              draws_of(12, 3), RsaFunctions<TypeParam>());
  EXPECT_EQ(nothing, (std::vector<double>{0, 0, 0}));
}

TYPED_TEST(RsaSimulation, OfOneUnitIsZero)
{
  dist::Communicator const alone;
  auto const model = model_of<TypeParam>(alone, truth_of(1, 1), PatternBasis::noise_eigenvectors);
  auto const values = simulate_reliabilities(TypeParam(), alone, model, {{1, {1, 1}}},
                                             draws_of(12, 3), RsaFunctions<TypeParam>());
  EXPECT_EQ(values, (std::vector<double>{0, 0, 0}));
}

TYPED_TEST(RsaSimulation, TakesTheCallersComparison)
{
  dist::Communicator const alone;
  auto const model = model_of<TypeParam>(alone, truth_of(9, 9), PatternBasis::noise_eigenvectors);
  RsaFunctions<TypeParam> functions;
  int n_calls = 0;
  functions.compare = [&](TypeParam const&, Vector<double, TypeParam> const& a,
                          Vector<double, TypeParam> const& b) {
    EXPECT_EQ(a.extent(0), 66U);
    EXPECT_EQ(b.extent(0), 66U);
    return ++n_calls == 2 ? NAN : 0.25;
  };
  EXPECT_EQ(
      simulate_reliabilities(TypeParam(), alone, model, {{1, {1, 1}}}, draws_of(12, 3), functions),
      (std::vector<double>{0.25, 0, 0.25}));
}

// A function that throws on the one rank with work ends all of them with its message.
TYPED_TEST(RsaSimulation, AnErrorOfTheCallersFunctionReachesAllRanks)
{
  auto const world = dist::Communicator::world();
  auto const model = model_of<TypeParam>(world, truth_of(4, 4), PatternBasis::noise_eigenvectors);
  RsaFunctions<TypeParam> functions;
  functions.compare = [](TypeParam const&, Vector<double, TypeParam> const&,
                         Vector<double, TypeParam> const&) -> double {
    throw InputError("my own reason");
  };
  try {
    simulate_reliabilities(TypeParam(), world, model, {{1, {1, 1}}}, draws_of(12, 1), functions);
    FAIL() << "no error";
  } catch (InputError const& e) {
    EXPECT_STREQ(e.what(), "my own reason");
  }
}

TYPED_TEST(RsaSimulation, RefusesCovariancesOfOtherUnits)
{
  dist::Communicator const alone;
  Truth truth = truth_of(4, 4);
  truth.mean.pop_back();
  try {
    model_of<TypeParam>(alone, truth, PatternBasis::units);
    FAIL() << "no error";
  } catch (InputError const& e) {
    EXPECT_STREQ(e.what(),
                 "make_rsa_model: 'test::matrix' is 4 x 4 and the mean has 3 units; both need the "
                 "same");
  }
}

}  // namespace
}  // namespace kovar::gsn
