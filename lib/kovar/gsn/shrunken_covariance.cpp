// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/permutation.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/contrasts.hpp>
#include <kovar/gsn/not_finite.hpp>
#include <kovar/gsn/shrinkage_scoring.hpp>
#include <kovar/gsn/shrunken_covariance.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/triangle.hpp>

#include <cmath>
#include <set>

namespace kovar::gsn {
namespace {

template <class ExecSpace>
using Range = Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>;
template <class ExecSpace>
using Range2 = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;

void require_usable(ShrunkenCovarianceOptions const& options, std::int64_t n_units)
{
  KOVAR_REQUIRE(n_units > 0,
                "shrunken_covariance: there is no unit (the observations have an axis "
                "of length 0); give at least one");
  KOVAR_REQUIRE(options.leave_out >= 2,
                "shrunken_covariance: leave_out is "
                    << options.leave_out
                    << " (one of so many observations is held out); give 2 or more");
  Options levels;
  levels.levels = options.levels;
  levels_of(levels);  // throws if one is not usable
}

/// Largest magnitude of each unit over all that is not NaN: m x N x cases.
template <class Scalar, class ExecSpace>
Vector<double, ExecSpace> largest_magnitudes(ExecSpace const& space,
                                             ConstCube<Scalar, ExecSpace> const& observations)
{
  std::int64_t const n_units = observations.extent(1);
  std::int64_t const n_observations = observations.extent(0);
  std::int64_t const n_cases = observations.extent(2);
  auto const largest =
      allocate<Vector<double, ExecSpace>>(space, "kovar::gsn::largest_observation", n_units);
  Kokkos::parallel_for(
      "kovar::gsn::largest_observation", Range<ExecSpace>(space, 0, n_units),
      KOKKOS_LAMBDA(std::int64_t i) {
        double bound = 0;
        for (std::int64_t c = 0; c < n_cases; ++c)
          for (std::int64_t t = 0; t < n_observations; ++t) {
            double const size = math::fabs(static_cast<double>(observations(t, i, c)));
            if (size > bound) bound = size;
          }
        largest(i) = bound;
      });
  return largest;
}

/// Choose the level and make the matrix: shrink(scale * sum of X X^T over parts).
/// \param problem  its training part is one of the parts
template <class ExecSpace>
void shrink_by_best_level(ExecSpace const& space, LevelProblem<ExecSpace> const& problem,
                          std::vector<Matrix<double, ExecSpace>> const& parts, double scale,
                          ShrunkenCovarianceOptions const& options,
                          ShrunkenCovariance<ExecSpace>& result)
{
  std::int64_t const n = problem.training.extent(0);
  LevelRule rule;
  rule.levels = options.levels;
  rule.scoring = options.scoring;
  rule.zero_variance = options.zero_variance;
  std::vector<Warning> warnings;
  LevelChoice const choice =
      choose_level(space, dist::Communicator(), problem, rule, "covariance", warnings);
  result.level = choice.level;
  result.nll = choice.nll;
  for (Warning const& warning : warnings)
    result.warnings.push_back(name_of(warning.code) + ": " + warning.message);
  std::set<double> distinct;
  for (double const nll : choice.nll)
    if (std::isfinite(nll)) distinct.insert(nll);
  if (options.levels.size() > 1 && n > 1 && distinct.size() == 1)
    result.warnings.push_back(
        "W_ONE_LIKELIHOOD: all levels that can be scored score the same; the first of them is "
        "taken");

  auto const covariance = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::shrunken", n, n);
  double beta = 0;
  for (auto const& part : parts) {
    linalg::syrk(space, linalg::Op::none, scale, part, beta, covariance);
    beta = 1;
  }
  double const level = choice.level;
  auto const largest = problem.largest_response;
  auto const is_constant = allocate<Vector<int, ExecSpace>>(space, "kovar::gsn::is_constant", n);
  Kokkos::parallel_for(
      "kovar::gsn::constant_units", Range<ExecSpace>(space, 0, n), KOKKOS_LAMBDA(std::int64_t i) {
        is_constant(i) = is_zero_variance(covariance(i, i), largest(i)) ? 1 : 0;
      });
  linalg::for_lower_triangle(
      space, "kovar::gsn::shrink", n, KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        if (is_constant(i) != 0 || is_constant(j) != 0)
          covariance(i, j) = 0;
        else if (i != j)
          covariance(i, j) *= level;
      });
  linalg::fill_upper_triangle(space, covariance);
  space.fence();  // the result is complete on return
  result.covariance = covariance;
}

/// Observations as columns, in the order of a permutation.
template <class Scalar, class ExecSpace>
Matrix<double, ExecSpace> ordered_columns(ExecSpace const& space,
                                          ConstTable<Scalar, ExecSpace> const& observations,
                                          std::vector<std::int64_t> const& order)
{
  auto const row = to_space(space, order, "kovar::gsn::order");
  std::int64_t const n_units = observations.extent(1);
  std::int64_t const n_observations = observations.extent(0);
  auto const x = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::observations", n_units,
                                                     n_observations);
  Kokkos::parallel_for(
      "kovar::gsn::observations", Range2<ExecSpace>(space, {0, 0}, {n_units, n_observations}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t t) {
        x(i, t) = static_cast<double>(observations(row(t), i));
      });
  return x;
}

/// Which observations of which case are complete; row c lists those of case c, ascending.
/// \throws InputError at an infinite value
template <class Scalar, class ExecSpace>
std::vector<std::vector<std::int64_t>> complete_observations(
    ExecSpace const& space, ConstCube<Scalar, ExecSpace> const& observations)
{
  std::int64_t const n_units = observations.extent(1);
  std::int64_t const n_observations = observations.extent(0);
  std::int64_t const n_cases = observations.extent(2);
  // 0: complete, 1: a NaN, 2: an infinite value.
  auto const state = allocate<Vector<int, ExecSpace>>(space, "kovar::gsn::observation_states",
                                                      n_observations * n_cases);
  Kokkos::parallel_for(
      "kovar::gsn::observation_states", Range<ExecSpace>(space, 0, n_observations * n_cases),
      KOKKOS_LAMBDA(std::int64_t k) {
        int worst = 0;
        for (std::int64_t i = 0; i < n_units; ++i) {
          Scalar const x = observations(k % n_observations, i, k / n_observations);
          int const found = math::is_finite(x) ? 0 : math::is_nan(x) ? 1 : 2;
          if (found > worst) worst = found;
        }
        state(k) = worst;
      });
  std::vector<int> const states = to_list(space, state);
  std::vector<std::vector<std::int64_t>> complete(static_cast<std::size_t>(n_cases));
  for (std::int64_t k = 0; k < n_observations * n_cases; ++k) {
    int const found = states[static_cast<std::size_t>(k)];
    KOVAR_REQUIRE(found < 2, "shrunken_covariance: observation "
                                 << k % n_observations << " of case " << k / n_observations
                                 << " has an infinite value (no covariance is finite then); mark "
                                    "what is missing by NaN");
    if (found == 0)
      complete[static_cast<std::size_t>(k / n_observations)].push_back(k % n_observations);
  }
  return complete;
}

/// Some cases and where their contrasts go.
struct CaseList {
  std::vector<std::int64_t> cases;         ///< with two complete observations or more
  std::vector<std::int64_t> first_column;  ///< of each
  std::int64_t n_columns = 0;
  std::int64_t n_observations = 0;  ///< complete ones

  std::int64_t size() const { return static_cast<std::int64_t>(cases.size()); }
  void add(std::int64_t c, std::int64_t n_complete)
  {
    if (n_complete < 2) return;
    cases.push_back(c);
    first_column.push_back(n_columns);
    n_columns += n_complete - 1;
    n_observations += n_complete;
  }
};

enum class Weight { plain, unbiased };

/// Contrasts between the complete observations of each case: columns h with
/// sum h h^T = sum (x - mean)(x - mean)^T, divided by the number of columns of the case for
/// Weight::unbiased. Differences are taken from the first observation: exact for constants.
template <class Scalar, class ExecSpace>
Matrix<double, ExecSpace> case_contrasts(ExecSpace const& space,
                                         ConstCube<Scalar, ExecSpace> const& observations,
                                         std::vector<std::vector<std::int64_t>> const& complete,
                                         CaseList const& list, Weight weight)
{
  std::int64_t const n_units = observations.extent(1);
  // The complete observations of all listed cases, one after the other.
  std::vector<std::int64_t> rows;
  std::vector<std::int64_t> first_row = {0};
  for (std::int64_t const c : list.cases) {
    auto const& of_case = complete[static_cast<std::size_t>(c)];
    rows.insert(rows.end(), of_case.begin(), of_case.end());
    first_row.push_back(static_cast<std::int64_t>(rows.size()));
  }
  auto const row = to_space(space, rows, "kovar::gsn::complete_observations");
  auto const begin = to_space(space, first_row, "kovar::gsn::first_observations");
  auto const column = to_space(space, list.first_column, "kovar::gsn::first_columns");
  auto const which = to_space(space, list.cases, "kovar::gsn::cases");
  auto const contrasts = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::case_contrasts",
                                                             n_units, list.n_columns);
  if (list.size() == 0) return contrasts;
  bool const unbiased = weight == Weight::unbiased;
  Kokkos::parallel_for(
      "kovar::gsn::case_contrasts", Range2<ExecSpace>(space, {0, 0}, {n_units, list.size()}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t k) {
        std::int64_t const c = which(k);
        std::int64_t const n = begin(k + 1) - begin(k);
        double const divisor = unbiased ? static_cast<double>(n - 1) : 1.0;
        double const reference = observations(row(begin(k)), i, c);
        double sum = 0;  // of the deviations so far
        for (std::int64_t t = 1; t < n; ++t) {
          double const deviation = observations(row(begin(k) + t), i, c) - reference;
          double const order = static_cast<double>(t);
          contrasts(i, column(k) + t - 1) =
              (sum - order * deviation) / math::sqrt(divisor * order * (order + 1));
          sum += deviation;
        }
      });
  return contrasts;
}

}  // namespace

std::int64_t held_out_count(std::int64_t n, std::int64_t leave_out)
{
  std::int64_t const quotient = n / leave_out;
  std::int64_t const rest = 2 * (n % leave_out);
  if (rest == leave_out) return quotient + quotient % 2;
  return rest > leave_out ? quotient + 1 : quotient;
}

template <class Scalar, class ExecSpace>
ShrunkenCovariance<ExecSpace> shrunken_covariance(ExecSpace const& space,
                                                  ConstTable<Scalar, ExecSpace> const& observations,
                                                  ShrunkenCovarianceOptions const& options)
{
  Region const region("kovar::gsn::shrunken_covariance");
  std::int64_t const n_units = observations.extent(1);
  std::int64_t const n = observations.extent(0);
  require_usable(options, n_units);
  std::int64_t const n_held_out = held_out_count(n, options.leave_out);
  KOVAR_REQUIRE(n - n_held_out >= 2, "shrunken_covariance: of "
                                         << n << " observations " << n - n_held_out
                                         << " are left for training (a covariance needs two); "
                                            "give more, or a larger leave_out");
  ConstCube<Scalar, ExecSpace> const cube(
      observations.data(),
      Kokkos::LayoutStride(n, observations.stride(0), n_units, observations.stride(1), 1, 1));
  std::int64_t const bad = find_not_finite<Scalar, ExecSpace>(space, cube);
  KOVAR_REQUIRE(bad < 0, "shrunken_covariance: observation "
                             << bad / n_units << " of unit " << bad % n_units
                             << " is NaN or infinite; leave the observation out, or give cases, in "
                                "which observations may be missing");

  auto const x = ordered_columns<Scalar>(space, observations, permutation(n));
  auto const training_mean = mean_of_columns(space, x, n_held_out, n);
  LevelProblem<ExecSpace> problem;
  problem.training = centered_columns(space, x, n_held_out, n, training_mean);
  problem.scale = 1 / static_cast<double>(n - n_held_out - 1);
  problem.n_training_columns = n - n_held_out;
  problem.largest_rank = n - n_held_out - 1;
  problem.validation = centered_columns(space, x, 0, n_held_out, training_mean);
  problem.n_points = n_held_out;
  problem.largest_response = largest_magnitudes<Scalar>(space, cube);

  bool const full = options.covariance_of == CovarianceOf::all;
  auto const mean = full ? mean_of_columns(space, x, 0, n) : training_mean;
  ShrunkenCovariance<ExecSpace> result;
  shrink_by_best_level(space, problem,
                       {full ? centered_columns(space, x, 0, n, mean) : problem.training},
                       full ? 1 / static_cast<double>(n - 1) : problem.scale, options, result);
  result.mean = to_list(space, mean);
  return result;
}

template <class Scalar, class ExecSpace>
ShrunkenCovariance<ExecSpace> shrunken_covariance(ExecSpace const& space,
                                                  ConstCube<Scalar, ExecSpace> const& observations,
                                                  ShrunkenCovarianceOptions const& options)
{
  Region const region("kovar::gsn::shrunken_covariance");
  std::int64_t const n_units = observations.extent(1);
  std::int64_t const n_observations = observations.extent(0);
  std::int64_t const n_cases = observations.extent(2);
  require_usable(options, n_units);
  KOVAR_REQUIRE(n_cases >= 2,
                "shrunken_covariance: there are "
                    << n_cases
                    << " cases (some train and some validate); give two or more, or a "
                       "table of observations without cases");
  auto const complete = complete_observations<Scalar>(space, observations);
  std::int64_t const n_held_out = held_out_count(n_cases, options.leave_out);
  CaseList training;
  CaseList held_out;
  std::int64_t n_complete = 0;
  std::int64_t position = 0;
  for (std::int64_t const c : permutation(n_cases)) {
    auto const n_of_case = static_cast<std::int64_t>(complete[static_cast<std::size_t>(c)].size());
    (position++ < n_held_out ? held_out : training).add(c, n_of_case);
    n_complete += n_of_case;
  }
  KOVAR_REQUIRE(training.size() > 0,
                "shrunken_covariance: no training case has two complete observations (there is no "
                "covariance then); give more observations");
  KOVAR_REQUIRE(held_out.size() > 0 || n_complete == n_cases * n_observations,
                "shrunken_covariance: no held-out case has two complete observations (nothing "
                "validates a level); give more observations");

  LevelProblem<ExecSpace> problem;
  problem.training =
      case_contrasts<Scalar>(space, observations, complete, training, Weight::unbiased);
  problem.scale = 1 / static_cast<double>(training.size());
  problem.n_training_columns = training.n_columns;
  problem.largest_rank = training.n_columns;
  problem.validation =
      case_contrasts<Scalar>(space, observations, complete, held_out, Weight::plain);
  problem.n_points = held_out.n_observations;
  problem.largest_response = largest_magnitudes<Scalar>(space, observations);

  bool const full = options.covariance_of == CovarianceOf::all;
  std::vector<Matrix<double, ExecSpace>> parts = {problem.training};
  if (full)
    parts.push_back(
        case_contrasts<Scalar>(space, observations, complete, held_out, Weight::unbiased));
  ShrunkenCovariance<ExecSpace> result;
  shrink_by_best_level(
      space, problem, parts,
      full ? 1 / static_cast<double>(training.size() + held_out.size()) : problem.scale, options,
      result);
  result.mean.assign(static_cast<std::size_t>(n_units), 0.0);
  return result;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                     \
  template ShrunkenCovariance<ExecSpace> shrunken_covariance(                                    \
      ExecSpace const&, ConstTable<Scalar, ExecSpace> const&, ShrunkenCovarianceOptions const&); \
  template ShrunkenCovariance<ExecSpace> shrunken_covariance(                                    \
      ExecSpace const&, ConstCube<Scalar, ExecSpace> const&, ShrunkenCovarianceOptions const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
