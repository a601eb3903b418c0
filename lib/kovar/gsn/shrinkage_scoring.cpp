// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/gsn/shrinkage_scoring.hpp>
#include <kovar/gsn/tridiagonal_score.hpp>
#include <kovar/linalg/batched_cholesky.hpp>
#include <kovar/linalg/eigen.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/triangle.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <string>
#include <utility>

namespace kovar::gsn {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double log_two_pi = 1.8378770664093454836;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// A problem on the scale of correlations, without constant units: R = sum over ranks of Y Y^T.
template <class ExecSpace>
struct StandardizedProblem {
  std::int64_t n_units = 0;              ///< units that are not constant
  Matrix<double, ExecSpace> training;    ///< Y
  Matrix<double, ExecSpace> validation;  ///< D^-1/2 Z
  double log_variances = 0;              ///< sum of log D_ii
};

/// Rows `units` of x, each times its factor.
template <class ExecSpace>
Matrix<double, ExecSpace> scaled_rows(ExecSpace const& space, Matrix<double, ExecSpace> const& x,
                                      Vector<std::int64_t, ExecSpace> const& units,
                                      Vector<double, ExecSpace> const& factor)
{
  std::int64_t const n_rows = units.extent(0);
  std::int64_t const n_cols = x.extent(1);
  auto const scaled = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::standardized_columns",
                                                          n_rows, n_cols);
  if (n_rows == 0 || n_cols == 0) return scaled;
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      "kovar::gsn::scaled_rows", Policy(space, static_cast<int>(n_cols), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const j = team.league_rank();
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_rows),
                             [&](std::int64_t i) { scaled(i, j) = factor(i) * x(units(i), j); });
      });
  return scaled;
}

template <class ExecSpace>
StandardizedProblem<ExecSpace> standardize(ExecSpace const& space,
                                           LevelProblem<ExecSpace> const& problem,
                                           std::vector<double> const& variances,
                                           std::vector<std::int64_t> const& units)
{
  StandardizedProblem<ExecSpace> result;
  result.n_units = static_cast<std::int64_t>(units.size());
  auto const rows =
      allocate<Vector<std::int64_t, ExecSpace>>(space, "kovar::gsn::scored_units", result.n_units);
  auto const training_factor =
      allocate<Vector<double, ExecSpace>>(space, "kovar::gsn::training_factors", result.n_units);
  auto const validation_factor =
      allocate<Vector<double, ExecSpace>>(space, "kovar::gsn::validation_factors", result.n_units);
  auto const rows_host = Kokkos::create_mirror_view(rows);
  auto const training_host = Kokkos::create_mirror_view(training_factor);
  auto const validation_host = Kokkos::create_mirror_view(validation_factor);
  for (std::size_t i = 0; i < units.size(); ++i) {
    double const variance = variances[static_cast<std::size_t>(units[i])];
    rows_host(i) = units[i];
    validation_host(i) = 1 / std::sqrt(variance);
    training_host(i) = std::sqrt(problem.scale) * validation_host(i);
    result.log_variances += std::log(variance);
  }
  Kokkos::deep_copy(space, rows, rows_host);
  Kokkos::deep_copy(space, training_factor, training_host);
  Kokkos::deep_copy(space, validation_factor, validation_host);
  result.training = scaled_rows(space, problem.training, rows, training_factor);
  result.validation = scaled_rows(space, problem.validation, rows, validation_factor);
  space.fence();  // the host copies of the factors go away
  return result;
}

/// Rule K3: is the level singular, given the extreme eigenvalues of R?
bool is_singular(double level, double smallest, double largest, std::int64_t n_units)
{
  double const low = level * smallest + 1 - level;
  double const high = level * largest + 1 - level;
  return low <= static_cast<double>(n_units) * epsilon * high;
}

/// Could rule K3 call the level singular for any R of this order? Its eigenvalues lie in [0, n].
bool may_be_singular(double level, std::int64_t n_units)
{
  return is_singular(level, 0, static_cast<double>(n_units), n_units);
}

/// nll from the sums over points of a quadratic form and from the log determinant of a R + (1-a) I.
template <class ExecSpace>
double nll_of(double log_determinant, double quadratic_sum, StandardizedProblem<ExecSpace> const& p,
              std::int64_t n_points)
{
  return 0.5 * (quadratic_sum / static_cast<double>(n_points) + log_determinant + p.log_variances +
                static_cast<double>(p.n_units) * log_two_pi);
}

/// Mark singular levels by NaN, all others by 0. `extremes` is asked for the smallest and largest
/// eigenvalue of R only if a level is so near 1 that they matter.
template <class Extremes>
std::vector<double> mark_singular(std::vector<double> const& levels, std::int64_t n_units,
                                  Extremes const& extremes)
{
  std::vector<double> nll(levels.size(), 0.0);
  bool known = false;
  std::pair<double, double> range;
  for (std::size_t s = 0; s < levels.size(); ++s) {
    if (!may_be_singular(levels[s], n_units)) continue;
    if (!known) range = extremes();
    known = true;
    if (is_singular(levels[s], range.first, range.second, n_units)) nll[s] = nan;
  }
  return nll;
}

/// The levels that are not marked, with their places in the list.
struct RegularLevels {
  std::vector<std::size_t> place;
  std::vector<double> level;
};

RegularLevels regular_levels(std::vector<double> const& levels, std::vector<double> const& nll)
{
  RegularLevels regular;
  for (std::size_t s = 0; s < levels.size(); ++s)
    if (!std::isnan(nll[s])) {
      regular.place.push_back(s);
      regular.level.push_back(levels[s]);
    }
  return regular;
}

/// Scores from the Gram matrix Y^T Y (k x k): (a Y Y^T + b I)^-1 = [I - a Y (b I + a Y^T Y)^-1 Y^T] / b
/// with b = 1 - a, and n - k eigenvalues of a Y Y^T + b I are b. Level 1 is singular for k < n.
template <class ExecSpace>
std::vector<double> score_low_rank(ExecSpace const& space, dist::Communicator const& comm,
                                   StandardizedProblem<ExecSpace> const& p,
                                   std::int64_t largest_rank, std::int64_t n_points,
                                   std::vector<double> const& levels)
{
  Region const region("kovar::gsn::score_low_rank");
  auto const y = dist::gather_columns(space, comm, p.training);
  auto const z = dist::gather_columns(space, comm, p.validation);
  std::int64_t const k = y.extent(1);
  std::int64_t const m = z.extent(1);

  // Each rank multiplies a block of units; k x k and k x m numbers are summed.
  dist::Blocks const blocks{p.n_units, comm.size()};
  auto const my_units = std::make_pair(blocks.begin(comm.rank()), blocks.end(comm.rank()));
  auto const y_mine = Kokkos::subview(y, my_units, Kokkos::ALL);
  auto const z_mine = Kokkos::subview(z, my_units, Kokkos::ALL);
  auto const gram = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::gram_matrix", k, k);
  auto const u = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::projected_points", k, m);
  linalg::syrk(space, linalg::Op::transpose, 1.0, y_mine, 0.0, gram);
  linalg::gemm(space, linalg::Op::transpose, linalg::Op::none, 1.0, y_mine, z_mine, 0.0, u);
  dist::sum_to_root(space, comm, gram);
  dist::sum_to_root(space, comm, u);

  double squares = 0;  // sum_j |z_j|^2
  Kokkos::parallel_reduce(
      "kovar::gsn::squared_lengths",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, m),
      KOKKOS_LAMBDA(std::int64_t j, double& sum) {
        double column = 0;
        for (std::int64_t i = 0; i < static_cast<std::int64_t>(z.extent(0)); ++i)
          column += z(i, j) * z(i, j);
        sum += column;
      },
      squares);

  std::vector<double> nll(levels.size(), nan);
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    auto const t = linalg::tridiagonalize(space, gram);
    linalg::apply_q_transposed(space, gram, t, u);
    nll = mark_singular(levels, p.n_units, [&] {
      auto const r = linalg::eigenvalues(space, t);
      bool const full_rank = largest_rank >= p.n_units && k >= p.n_units;
      return std::make_pair(full_rank ? r.front() : 0.0, r.empty() ? 0.0 : r.back());
    });
    RegularLevels const regular = regular_levels(levels, nll);
    auto const scores = score_tridiagonal(space, t, u, regular.level);
    for (std::size_t s = 0; s < scores.size(); ++s) {
      double const a = regular.level[s];
      double const b = 1 - a;
      double const quadratic = (squares - a * scores[s].quadratic_sum) / b;
      double const log_determinant =
          scores[s].log_determinant + static_cast<double>(p.n_units - k) * std::log(b);
      nll[regular.place[s]] = nll_of(log_determinant, quadratic, p, n_points);
    }
  });
  comm.broadcast(nll.data(), static_cast<std::int64_t>(nll.size()));
  return nll;
}

/// This rank's part of the lower triangle of R.
template <class ExecSpace>
Matrix<double, ExecSpace> correlation_matrix(ExecSpace const& space,
                                             StandardizedProblem<ExecSpace> const& p)
{
  auto const r = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::training_correlation",
                                                     p.n_units, p.n_units);
  linalg::syrk(space, linalg::Op::none, 1.0, p.training, 0.0, r);
  return r;
}

/// The diagonal of R is 1 exactly, not to rounding: levels that tie must tie in every bit.
template <class ExecSpace>
void set_unit_diagonal(ExecSpace const& space, Matrix<double, ExecSpace> const& r)
{
  Kokkos::parallel_for(
      "kovar::gsn::set_unit_diagonal",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, r.extent(0)),
      KOKKOS_LAMBDA(std::int64_t i) { r(i, i) = 1; });
}

/// Scores from one tridiagonal form Q T Q^T of R.
template <class ExecSpace>
std::vector<double> score_decomposition(ExecSpace const& space, dist::Communicator const& comm,
                                        StandardizedProblem<ExecSpace> const& p,
                                        std::int64_t largest_rank, std::int64_t n_points,
                                        std::vector<double> const& levels)
{
  Region const region("kovar::gsn::score_decomposition");
  auto const r = correlation_matrix(space, p);
  dist::sum_to_root(space, comm, r);
  auto const z = dist::gather_columns(space, comm, p.validation);

  std::vector<double> nll(levels.size(), nan);
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    set_unit_diagonal(space, r);
    auto const t = linalg::tridiagonalize(space, r);
    linalg::apply_q_transposed(space, r, t, z);
    nll = mark_singular(levels, p.n_units, [&] {
      auto const values = linalg::eigenvalues(space, t);
      return std::make_pair(largest_rank < p.n_units ? 0.0 : values.front(), values.back());
    });
    RegularLevels const regular = regular_levels(levels, nll);
    auto const scores = score_tridiagonal(space, t, z, regular.level);
    for (std::size_t s = 0; s < scores.size(); ++s)
      nll[regular.place[s]] =
          nll_of(scores[s].log_determinant, scores[s].quadratic_sum, p, n_points);
  });
  comm.broadcast(nll.data(), static_cast<std::int64_t>(nll.size()));
  return nll;
}

/// Scores of a few levels by Cholesky factors, all at once: a R + (1-a) I above the points z.
template <class ExecSpace>
std::vector<double> score_stack(ExecSpace const& space, Matrix<double, ExecSpace> const& r,
                                Matrix<double, ExecSpace> const& z,
                                std::vector<double> const& levels,
                                StandardizedProblem<ExecSpace> const& p, std::int64_t n_points)
{
  std::int64_t const n = r.extent(0);
  std::int64_t const m = z.extent(1);
  auto const size = static_cast<std::int64_t>(levels.size());
  linalg::BorderedStack<double, ExecSpace> const stack(space, n, m, size);
  auto const values = stack.values();
  std::int64_t const first_border_row = stack.first_border_row();
  auto const level = allocate<Vector<double, ExecSpace>>(space, "kovar::gsn::levels", size);
  auto const level_host = Kokkos::create_mirror_view(level);
  std::copy(levels.begin(), levels.end(), level_host.data());
  Kokkos::deep_copy(space, level, level_host);
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      "kovar::gsn::fill_level_stack",
      Policy(space, lapack_int(n * size, "fill_level_stack"), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const j = team.league_rank() % n;
        std::int64_t const s = team.league_rank() / n;
        double const a = level(s);
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, j, n),
                             [&](std::int64_t i) { values(i, j, s) = i == j ? 1.0 : a * r(i, j); });
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, m), [&](std::int64_t point) {
          values(first_border_row + point, j, s) = z(j, point);
        });
      });
  auto const factors = linalg::batched_cholesky(space, stack);
  auto const log_determinant = Kokkos::create_mirror_view(factors.log_determinant);
  auto const quadratic_sum = Kokkos::create_mirror_view(factors.quadratic_sum);
  Kokkos::deep_copy(space, log_determinant, factors.log_determinant);
  Kokkos::deep_copy(space, quadratic_sum, factors.quadratic_sum);
  space.fence();  // the host reads the scores
  std::vector<double> nll;
  for (std::int64_t s = 0; s < size; ++s)
    nll.push_back(nll_of(log_determinant(s), quadratic_sum(s), p, n_points));
  return nll;
}

/// Levels that are factored at once: as many as the budget holds while a team takes a matrix; one
/// where each goes to the library anyway (section 14 of the specification: never all of them).
template <class ExecSpace>
std::int64_t levels_at_once(std::int64_t n, std::int64_t m, std::int64_t memory_budget)
{
  if (n > linalg::largest_team_cholesky<ExecSpace>()) return 1;
  double const budget = memory_budget > 0
                            ? static_cast<double>(memory_budget)
                            : 0.25 * static_cast<double>(available_bytes<ExecSpace>());
  double const fitting = budget / linalg::BorderedStack<double, ExecSpace>::bytes(n, m, 1);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::min(fitting, 1e6)));
}

/// Scores by a Cholesky factor per level; each rank takes a block of the levels.
template <class ExecSpace>
std::vector<double> score_cholesky(ExecSpace const& space, dist::Communicator const& comm,
                                   StandardizedProblem<ExecSpace> const& p,
                                   std::int64_t largest_rank, std::int64_t n_points,
                                   LevelRule const& rule)
{
  Region const region("kovar::gsn::score_cholesky");
  auto const r = correlation_matrix(space, p);
  dist::sum_to_all(space, comm, r);
  set_unit_diagonal(space, r);
  auto const z = dist::gather_columns(space, comm, p.validation);
  std::int64_t const n = p.n_units;

  // Rank 0 decides which levels are singular: all ranks must see the same list.
  std::vector<double> nll(rule.levels.size(), 0.0);
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    nll = mark_singular(rule.levels, n, [&] {
      if (largest_rank < n) return std::make_pair(0.0, 0.0);
      auto const work =
          allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::correlation_work", n, n);
      Kokkos::deep_copy(space, work, r);
      auto const values = linalg::eigenvalues(space, linalg::tridiagonalize(space, work));
      return std::make_pair(values.front(), values.back());
    });
  });
  comm.broadcast(nll.data(), static_cast<std::int64_t>(nll.size()));
  RegularLevels const regular = regular_levels(rule.levels, nll);
  auto const n_levels = static_cast<std::int64_t>(regular.level.size());
  dist::Blocks const blocks{n_levels, comm.size()};
  std::vector<double> scores(regular.level.size(), 0.0);

  dist::agree(comm, [&] {
    std::int64_t const begin = blocks.begin(comm.rank());
    std::int64_t const end = blocks.end(comm.rank());
    std::int64_t const chunk = levels_at_once<ExecSpace>(n, z.extent(1), rule.memory_budget);
    for (std::int64_t first = begin; first < end; first += chunk) {
      std::int64_t const last = std::min(first + chunk, end);
      std::vector<double> const levels(regular.level.begin() + first, regular.level.begin() + last);
      std::vector<double> const mine = score_stack(space, r, z, levels, p, n_points);
      std::copy(mine.begin(), mine.end(), scores.begin() + first);
      if (rule.progress)
        rule.progress(static_cast<double>(last - begin) / static_cast<double>(end - begin));
    }
  });
  comm.sum_to_all(scores.data(), n_levels);
  for (std::size_t s = 0; s < scores.size(); ++s) nll[regular.place[s]] = scores[s];
  comm.broadcast(nll.data(), static_cast<std::int64_t>(nll.size()));
  return nll;
}

/// The first of the smallest scores; the first level of all where no score is a number.
double best_level(std::vector<double> const& levels, std::vector<double> const& nll)
{
  std::size_t best = 0;
  for (std::size_t s = 1; s < levels.size(); ++s)
    if (nll[s] < nll[best] || (std::isnan(nll[best]) && !std::isnan(nll[s]))) best = s;
  return levels[best];
}

/// Message of a warning about constant units, or "" if there is none.
std::string describe_constant(std::vector<std::int64_t> const& units, std::string const& what,
                              ZeroVariance rule)
{
  std::ostringstream text;
  text << units.size() << (units.size() == 1 ? " unit has" : " units have")
       << " zero variance in the training part of the " << what << " (";
  for (std::size_t i = 0; i < units.size() && i < 5; ++i)
    text << (i == 0 ? "unit " : ", ") << units[i];
  text << (units.size() > 5 ? ", ...)" : ")");
  text << (rule == ZeroVariance::exclude
               ? "; its level is chosen on the other units"
               : "; with zero_variance=compat every level is then singular");
  return text.str();
}

}  // namespace

template <class ExecSpace>
std::vector<double> unit_variances(ExecSpace const& space, dist::Communicator const& comm,
                                   Matrix<double, ExecSpace> const& x, double scale)
{
  std::int64_t const n_units = x.extent(0);
  std::int64_t const n_cols = x.extent(1);
  auto const variance =
      allocate<Vector<double, ExecSpace>>(space, "kovar::gsn::unit_variances", n_units);
  Kokkos::parallel_for(
      "kovar::gsn::unit_variances",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n_units),
      KOKKOS_LAMBDA(std::int64_t i) {
        double sum = 0;
        for (std::int64_t c = 0; c < n_cols; ++c) sum += x(i, c) * x(i, c);
        variance(i) = scale * sum;
      });
  dist::sum_to_all(space, comm, variance);
  auto const host = Kokkos::create_mirror_view(variance);
  Kokkos::deep_copy(space, host, variance);
  space.fence();  // the host reads the variances
  std::vector<double> variances(host.data(), host.data() + n_units);
  // Ranks take decisions from these numbers: they must be the same in every bit.
  comm.broadcast(variances.data(), n_units);
  return variances;
}

template <class ExecSpace>
LevelChoice choose_level(ExecSpace const& space, dist::Communicator const& comm,
                         LevelProblem<ExecSpace> const& problem, LevelRule const& rule,
                         std::string const& what, std::vector<Warning>& warnings)
{
  Region const region("kovar::gsn::choose_level");
  std::vector<double> const variances =
      unit_variances(space, comm, problem.training, problem.scale);
  auto const largest = Kokkos::create_mirror_view(problem.largest_response);
  Kokkos::deep_copy(space, largest, problem.largest_response);
  space.fence();  // the host tells constant units from the others

  std::vector<std::int64_t> units;
  std::vector<std::int64_t> constant;
  for (std::size_t i = 0; i < variances.size(); ++i)
    (is_zero_variance(variances[i], largest(i)) ? constant : units)
        .push_back(static_cast<std::int64_t>(i));
  bool const finite =
      std::all_of(variances.begin(), variances.end(), [](double v) { return std::isfinite(v); });
  if (!constant.empty() && problem.n_training_columns > 0)
    warnings.push_back(
        {Warning::Code::zero_variance, describe_constant(constant, what, rule.zero_variance)});

  LevelChoice choice;
  choice.nll.assign(rule.levels.size(), nan);
  bool const compat_singular = rule.zero_variance == ZeroVariance::compat && !constant.empty();
  if (!units.empty() && finite && !compat_singular && problem.n_points > 0) {
    auto const n_units = static_cast<std::int64_t>(units.size());
    bool const thin = problem.n_training_columns <= n_units && problem.largest_rank < n_units;
    if (rule.scoring == Scoring::low_rank && !thin) {
      std::ostringstream text;
      text << "scoring=low_rank: the training part of the " << what << " has "
           << problem.n_training_columns << " columns for " << n_units
           << " units (the form pays, and is defined, below that); take scoring=auto";
      throw InputError(text.str(), true);  // every rank counts the same units and columns
    }
    auto const p = standardize(space, problem, variances, units);
    Scoring const scoring = rule.scoring != Scoring::automatic ? rule.scoring
                            : thin                             ? Scoring::low_rank
                                                               : Scoring::decomposition;
    if (scoring == Scoring::low_rank)
      choice.nll =
          score_low_rank(space, comm, p, problem.largest_rank, problem.n_points, rule.levels);
    else if (scoring == Scoring::decomposition)
      choice.nll =
          score_decomposition(space, comm, p, problem.largest_rank, problem.n_points, rule.levels);
    else
      choice.nll = score_cholesky(space, comm, p, problem.largest_rank, problem.n_points, rule);
  }

  if (std::all_of(choice.nll.begin(), choice.nll.end(), [](double v) { return std::isnan(v); })) {
    std::ostringstream text;
    text << "no shrinkage level of the " << what << " can be scored ("
         << (problem.n_points == 0 ? "no condition is held out" : "every one is singular")
         << "); the first of the list, " << rule.levels.front() << ", is taken";
    warnings.push_back({Warning::Code::all_levels_singular, text.str()});
  }
  choice.level = best_level(rule.levels, choice.nll);
  return choice;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                       \
  template std::vector<double> unit_variances(ExecSpace const&, dist::Communicator const&, \
                                              Matrix<double, ExecSpace> const&, double);   \
  template LevelChoice choose_level(ExecSpace const&, dist::Communicator const&,           \
                                    LevelProblem<ExecSpace> const&, LevelRule const&,      \
                                    std::string const&, std::vector<Warning>&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
