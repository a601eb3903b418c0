// SPDX-License-Identifier: BSD-3-Clause
#include "fit_case.hpp"
#include "support/spaces.hpp"

#include <kovar/core/error.hpp>
#include <kovar/fit/multi_start.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace kovar::fit {
namespace {

template <class ExecSpace>
class FitMultiStart : public ::testing::Test {
};
TYPED_TEST_SUITE(FitMultiStart, test::ExecSpaces);

template <class ExecSpace>
MultiStart minima_of(std::string const& name, MultiStartOptions const& options)
{
  ExecSpace const space;
  test::OracleFile const file("binned_fit/" + name + ".h5");
  auto const tensor = test::tensor_of(file);
  auto likelihood =
      test::likelihood_of(space, dist::Communicator::world(), file, "nominal", tensor);
  auto const found = find_minima(space, likelihood, MinimumOptions(), options);
  // It stands at the deepest.
  EXPECT_EQ(likelihood.reduced().total(), found.minima.front().minimum.loss.total());
  return found;
}

TYPED_TEST(FitMultiStart, FindsTheListedMinimaOfAsymmetricSystematics)
{
  for (std::string const name : {"asymmetric", "asymmetric_normal", "sparse_2ch", "dense_tiny"}) {
    SCOPED_TRACE(name);
    test::OracleFile const file("binned_fit/" + name + ".h5");
    auto expected = file.array("config/nominal/fit/local_minima_nll").values;
    std::sort(expected.begin(), expected.end());
    MultiStartOptions options;
    options.n_starts = 40;
    auto const found = minima_of<TypeParam>(name, options);
    EXPECT_TRUE(found.failed.empty());
    ASSERT_EQ(found.minima.size(), expected.size());
    std::size_t n = 0;
    for (std::size_t k = 0; k < expected.size(); ++k) {
      EXPECT_NEAR(found.minima[k].minimum.loss.total(), expected[k], 1e-8);
      n += found.minima[k].starts.size();
    }
    EXPECT_EQ(n, 40U);
  }
}

TYPED_TEST(FitMultiStart, IsTheSameForASeedAndAnotherForAnother)
{
  MultiStartOptions options;
  options.n_starts = 12;
  auto const starts_of = [&](std::uint64_t seed) {
    options.seed = seed;
    std::vector<int> n_products;
    for (auto const& minimum : minima_of<TypeParam>("asymmetric", options).minima) {
      n_products.push_back(minimum.minimum.search.n_products);
      n_products.insert(n_products.end(), minimum.starts.begin(), minimum.starts.end());
    }
    return n_products;
  };
  auto const first = starts_of(1);
  EXPECT_EQ(starts_of(1), first);
  EXPECT_NE(starts_of(2), first);
}

TYPED_TEST(FitMultiStart, BeginsWithTheGivenStartAndStaysThereWithoutSpread)
{
  MultiStartOptions options;
  options.n_starts = 3;
  options.spread = 0;
  auto const found = minima_of<TypeParam>("asymmetric", options);
  ASSERT_EQ(found.minima.size(), 1U);
  EXPECT_EQ(found.minima[0].starts, (std::vector<int>{0, 1, 2}));
}

TYPED_TEST(FitMultiStart, RefusesOptionsWithoutSense)
{
  auto const refusal = [](MultiStartOptions const& options) {
    try {
      minima_of<TypeParam>("dense_tiny", options);
    } catch (InputError const& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  MultiStartOptions options;
  options.n_starts = 0;
  EXPECT_EQ(refusal(options), "find_minima: 0 starts (one at least, the given one)");
  options = {};
  options.spread = -1;
  EXPECT_EQ(refusal(options),
            "find_minima: the spread of the starts is -1 (it is a number of uncertainties, 0 or "
            "more)");
  options = {};
  options.same_within = 0;
  EXPECT_EQ(refusal(options),
            "find_minima: minima are one within 0 uncertainties (give a share above 0)");
}

}  // namespace
}  // namespace kovar::fit
