// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_GSN_RANDOM_PROBLEM_HPP
#define KOVAR_TESTS_GSN_RANDOM_PROBLEM_HPP

#include "gsn/responses.hpp"

#include <kovar/gsn/estimate.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <sstream>
#include <string>

/// \file
/// Small estimation problems drawn at random, awkward ones among them.

namespace kovar::test {

/// A problem that its seed names.
struct RandomProblem {
  Responses responses{0, 0, 0};
  gsn::Options options;
  bool has_duplicates = false;  ///< a unit is a copy of another: level 1 is singular
  bool has_losses = false;
  std::string description;
};

inline RandomProblem random_problem(std::uint64_t seed)
{
  std::mt19937_64 generator(seed);
  auto const whole = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(generator);
  };
  auto const one_in = [&](std::int64_t n) { return whole(1, n) == 1; };
  RandomProblem problem;
  std::int64_t const n = one_in(8) ? 1 : whole(2, 9);
  std::int64_t const c = one_in(10) ? whole(2, 4) : whole(5, 30);
  std::int64_t const t = whole(2, 6);
  std::ostringstream text;
  text << "seed " << seed << ": " << n << " units, " << c << " conditions, " << t << " trials";

  Responses r = random_responses(n, c, t, seed);
  auto const each = [&](auto const& change) {
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t k = 0; k < c; ++k)
        for (std::int64_t s = 0; s < t; ++s) change(i, k, s);
  };
  if (one_in(4) && n > 1) {
    problem.has_duplicates = true;
    text << ", unit 1 a copy of unit 0";
    each([&](std::int64_t i, std::int64_t k, std::int64_t s) {
      if (i == 1) r(i, k, s) = r(0, k, s);
    });
  }
  if (one_in(8)) {
    text << ", a constant unit";
    each([&](std::int64_t i, std::int64_t k, std::int64_t s) {
      if (i == n - 1) r(i, k, s) = 1.0 / 3;
    });
  }
  if (one_in(4)) {
    double const exponent = static_cast<double>(whole(-150, 150));
    text << ", times 1e" << exponent;
    each([&](std::int64_t i, std::int64_t k, std::int64_t s) {
      r(i, k, s) *= std::pow(10.0, exponent);
    });
  } else if (one_in(4)) {
    text << ", a scale per unit";
    std::vector<double> scale;
    for (std::int64_t i = 0; i < n; ++i)
      scale.push_back(std::pow(10.0, static_cast<double>(whole(-70, 70))));
    each([&](std::int64_t i, std::int64_t k, std::int64_t s) {
      r(i, k, s) *= scale[static_cast<std::size_t>(i)];
    });
  }

  constexpr double lost = std::numeric_limits<double>::quiet_NaN();
  switch (whole(0, 4)) {
    case 0:
    case 1:
      break;
    case 2: {
      std::int64_t const rarity = whole(2, 12);
      text << ", one response in " << rarity << " lost";
      each([&](std::int64_t i, std::int64_t k, std::int64_t s) {
        if (one_in(rarity)) r(i, k, s) = lost;
      });
      break;
    }
    case 3:
      text << ", one trial in most conditions";
      each([&](std::int64_t i, std::int64_t k, std::int64_t s) {
        if (s > 0 && k % 4 != 0) r(i, k, s) = lost;
      });
      break;
    case 4:
      text << ", the two halves of the units never seen together";
      each([&](std::int64_t i, std::int64_t k, std::int64_t s) {
        if ((2 * i < n) == (2 * k < c)) r(i, k, s) = lost;
      });
      break;
  }
  for (double const v : r.values) problem.has_losses = problem.has_losses || std::isnan(v);

  for (gsn::Item const item : gsn::all_items()) problem.options.returns.insert(item);
  problem.options.uneven = one_in(3) ? gsn::Uneven::fast : gsn::Uneven::missing;
  text << ", uneven=" << gsn::name_of(problem.options.uneven);
  if (one_in(4)) problem.options.levels = std::vector<double>{0.8};
  if (one_in(4)) problem.options.levels = std::vector<double>{0.9, 0, 0.5, 1, 0.5};
  if (one_in(6)) problem.options.shrinkage = false;
  if (one_in(4)) problem.options.zero_variance = gsn::ZeroVariance::compat;
  if (one_in(4)) problem.options.level_search = gsn::LevelSearch::continuous;
  if (one_in(3)) problem.options.level_data = gsn::LevelData::observed;
  if (one_in(3)) problem.options.projection = gsn::ProjectionMethod::products;
  if (one_in(4) && c >= 6) problem.options.n_folds = static_cast<int>(whole(2, 5));
  text << ", level_search=" << gsn::name_of(problem.options.level_search)
       << ", level_data=" << gsn::name_of(problem.options.level_data)
       << ", folds=" << problem.options.n_folds
       << ", projection=" << gsn::name_of(problem.options.projection)
       << ", zero_variance=" << gsn::name_of(problem.options.zero_variance);
  problem.responses = r;
  problem.description = text.str();
  return problem;
}

}  // namespace kovar::test

#endif
