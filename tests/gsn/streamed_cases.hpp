// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_GSN_STREAMED_CASES_HPP
#define KOVAR_TESTS_GSN_STREAMED_CASES_HPP

#include "gsn/over_ranks.hpp"
#include "gsn/responses.hpp"
#include "support/views.hpp"

#include <kovar/gsn/condition_source.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

/// \file
/// Responses that come in blocks of conditions, and what is expected of their estimates.

namespace kovar::test {

constexpr double lost_response = std::numeric_limits<double>::quiet_NaN();

/// Responses as a source, with what was asked of it.
class BlockSource : public gsn::ConditionSource<double> {
 public:
  explicit BlockSource(Responses const& all, std::int64_t n_together = 1)
      : all_(all), n_together_(n_together)
  {
  }
  std::int64_t n_units() const override { return all_.n_units; }
  std::int64_t n_conditions() const override { return all_.n_conditions; }
  std::int64_t n_trials() const override { return all_.n_trials; }
  std::int64_t n_together() const override { return n_together_; }
  Block read(std::int64_t first, std::int64_t count) override
  {
    if (first <= fails_at && fails_at < first + count) throw BackendError("the disk is gone");
    // The memory of the last block is overwritten, as where a file is read.
    block_.assign(static_cast<std::size_t>(all_.n_units * count * all_.n_trials), lost_response);
    for (std::int64_t i = 0; i < all_.n_units; ++i)
      for (std::int64_t c = 0; c < count; ++c)
        for (std::int64_t t = 0; t < all_.n_trials; ++t)
          block_[static_cast<std::size_t>((i * count + c) * all_.n_trials + t)] =
              all_(i, first + c, t);
    if (first <= changes_at && changes_at < first + count && ++n_changing_read > 1)
      block_[static_cast<std::size_t>((changes_at - first) * all_.n_trials)] = lost_response;
    largest_count = std::max(largest_count, count);
    n_read += count;
    return Block(block_.data(), Kokkos::LayoutStride(all_.n_units, count * all_.n_trials, count,
                                                     all_.n_trials, all_.n_trials, 1));
  }

  std::int64_t fails_at = -1;
  std::int64_t changes_at = -1;  ///< condition whose trial 0 is lost when it is read again
  int n_changing_read = 0;
  std::int64_t largest_count = 0;
  std::int64_t n_read = 0;

 private:
  Responses const& all_;
  std::int64_t n_together_;
  std::vector<double> block_;
};

struct StreamedCase {
  std::string name;
  Responses responses;
  gsn::Options options = everything();
};

inline void make_constant(Responses& r, std::int64_t unit, double value)
{
  for (std::int64_t c = 0; c < r.n_conditions; ++c)
    for (std::int64_t t = 0; t < r.n_trials; ++t) r(unit, c, t) = value;
}

/// More and fewer conditions than units; units without variance; means far from zero; lost trials, of one number
/// and of many; folds, both searches, few levels.
inline std::vector<StreamedCase> streamed_cases()
{
  std::vector<StreamedCase> cases;
  struct Shape {
    std::int64_t n, c, t;
  };
  for (auto const [n, c, t] : {Shape{1, 12, 3}, Shape{2, 15, 2}, Shape{7, 41, 3}, Shape{17, 12, 3},
                               Shape{40, 100, 3}, Shape{65, 20, 2}})
    cases.push_back({std::to_string(n) + " x " + std::to_string(c) + " x " + std::to_string(t),
                     random_responses(n, c, t, static_cast<std::uint64_t>(n + c))});
  cases.push_back({"nothing held out", random_responses(3, 2, 4, 3)});
  StreamedCase constant = {"constant units", random_responses(20, 31, 3, 5)};
  for (std::int64_t const unit : {0, 9, 19}) make_constant(constant.responses, unit, 0.1);
  cases.push_back(constant);
  StreamedCase compat = constant;
  compat.name = "constant units that make every level singular";
  compat.options.zero_variance = gsn::ZeroVariance::compat;
  cases.push_back(compat);
  StreamedCase dead = {"nothing varies", random_responses(3, 10, 2, 6)};
  for (std::int64_t unit = 0; unit < 3; ++unit) make_constant(dead.responses, unit, 1.0 / 3);
  cases.push_back(dead);
  StreamedCase far = {"means a million times the noise", random_responses(9, 60, 3, 15)};
  for (double& value : far.responses.values) value += 1e6;
  cases.push_back(far);
  StreamedCase copies = {"a unit is a copy of another", random_responses(6, 50, 3, 16)};
  for (std::int64_t c = 0; c < 50; ++c)
    for (std::int64_t t = 0; t < 3; ++t) copies.responses(1, c, t) = copies.responses(0, c, t);
  cases.push_back(copies);
  StreamedCase lost = {"lost trials", random_responses(13, 44, 4, 7)};
  lose_trials(lost.responses);
  cases.push_back(lost);
  StreamedCase few = {"one trial in most conditions", random_responses(12, 20, 2, 8)};
  for (std::int64_t c = 0; c < 20; ++c)
    if (c % 3 != 0) few.responses(0, c, 1) = lost_response;
  cases.push_back(few);
  StreamedCase one_level = {"one level", random_responses(5, 20, 3, 15)};
  one_level.options.levels = std::vector<double>{0.7};
  cases.push_back(one_level);
  for (bool const losses : {false, true}) {
    StreamedCase folds = {losses ? "folds, lost trials" : "folds", random_responses(8, 43, 4, 19)};
    if (losses) lose_trials(folds.responses);
    folds.options.n_folds = 4;
    cases.push_back(folds);
    StreamedCase search = {losses ? "continuous search, lost trials" : "continuous search",
                           random_responses(8, 43, 4, 20)};
    if (losses) lose_trials(search.responses);
    search.options.level_search = gsn::LevelSearch::continuous;
    cases.push_back(search);
  }
  return cases;
}

inline double largest_magnitude(HostMatrix const& m)
{
  double largest = 0;
  for (double const x : m.values) largest = std::max(largest, std::fabs(x));
  return largest;
}

inline double tolerance_of(HostMatrix const& expected)
{
  return 1e-11 * largest_magnitude(expected);
}

/// Curves: singular at the same levels, and 1e-9 of their size, which is 1 or more.
inline void expect_curves(gsn::LevelChoice const& found, gsn::LevelChoice const& expected)
{
  ASSERT_EQ(found.nll.size(), expected.nll.size());
  for (std::size_t s = 0; s < expected.nll.size(); ++s) {
    ASSERT_EQ(std::isnan(found.nll[s]), std::isnan(expected.nll[s])) << "level " << s;
    if (!std::isnan(expected.nll[s])) {
      EXPECT_NEAR(found.nll[s], expected.nll[s], 1e-9 * std::max(1.0, std::fabs(expected.nll[s])));
    }
  }
  EXPECT_EQ(found.nll_of_folds.size(), expected.nll_of_folds.size());
}

inline void expect_summary(gsn::EstimateSummary const& found, gsn::EstimateSummary const& expected,
                           bool is_searched)
{
  EXPECT_EQ(found.path, expected.path);
  // A minimum of second order is found to the root of the rounding.
  double const tolerance = is_searched ? 1e-6 : 0;
  EXPECT_NEAR(found.noise_level.level, expected.noise_level.level, tolerance);
  EXPECT_NEAR(found.data_level.level, expected.data_level.level, tolerance);
  expect_curves(found.noise_level, expected.noise_level);
  expect_curves(found.data_level, expected.data_level);
  EXPECT_EQ(found.n_iterations, expected.n_iterations);
  ASSERT_EQ(found.warnings.size(), expected.warnings.size());
  for (std::size_t k = 0; k < expected.warnings.size(); ++k)
    EXPECT_EQ(found.warnings[k].message, expected.warnings[k].message);
  ASSERT_EQ(found.mean_signal.size(), expected.mean_signal.size());
  for (std::size_t i = 0; i < expected.mean_signal.size(); ++i) {
    EXPECT_NEAR(found.mean_signal[i], expected.mean_signal[i],
                1e-13 * (1 + std::fabs(expected.mean_signal[i])));
    EXPECT_NEAR(found.noise_ceiling_snr[i], expected.noise_ceiling_snr[i], 1e-7);
  }
}

/// How much larger the tolerance of matrices is: levels may differ by the root of the rounding, and means far from
/// zero have lost their last bits.
inline double leeway(StreamedCase const& one)
{
  if (one.options.level_search == gsn::LevelSearch::continuous) return 1e5;
  return one.name.find("million") != std::string::npos ? 1e4 : 1;
}

/// One condition at a time; blocks that leave one over, or do not divide; all at once, and more.
inline std::vector<std::int64_t> block_sizes(std::int64_t n) { return {1, 7, n - 1, n, n + 5}; }

}  // namespace kovar::test

#endif
