// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/estimate_checks.hpp>
#include <kovar/gsn/estimate_streamed.hpp>
#include <kovar/gsn/finish_estimate.hpp>
#include <kovar/gsn/finish_over_ranks.hpp>
#include <kovar/gsn/needed_memory.hpp>
#include <kovar/gsn/stages_over_ranks.hpp>
#include <kovar/gsn/streamed_blocks.hpp>
#include <kovar/gsn/streamed_covariances.hpp>
#include <kovar/linalg/triangle.hpp>

#include <algorithm>
#include <string>
#include <type_traits>
#include <vector>

namespace kovar::gsn {
namespace {

using dist::BlockCyclicMatrix;
using dist::Host;

/// All checks that need no response. Collective.
template <class Scalar>
void require_streamable(dist::Communicator const& comm, ConditionSource<Scalar> const& source,
                        std::int64_t conditions_per_block, Options const& options)
{
  std::int64_t const n_conditions = source.n_conditions();
  std::vector<std::int64_t> call =
      call_signature(source.n_units(), n_conditions, source.n_trials(), options);
  call.push_back(conditions_per_block);
  require_same_call(comm, call);
  dist::agree(comm, [&] {
    dist::Blocks const share{n_conditions, comm.size()};
    require_options(comm, source.n_units(), share.size(comm.rank()), n_conditions,
                    source.n_trials(), options);
    require_conditions(n_conditions);
    require_folds(n_conditions, options.n_folds);
    KOVAR_REQUIRE(conditions_per_block >= 1, "estimate_streamed: blocks of "
                                                 << conditions_per_block
                                                 << " conditions (nothing would be read); give 1 "
                                                    "or more");
    KOVAR_REQUIRE(
        options.scoring == Scoring::automatic || options.scoring == Scoring::decomposition,
        "estimate_streamed: scoring=" << name_of(options.scoring)
                                      << " takes the responses of all conditions at once (of which "
                                         "only sums are kept, block by block); take scoring=auto");
  });
}

/// Bytes of a block with all that is made of it.
template <class Scalar>
double block_bytes(ConditionSource<Scalar> const& source, std::int64_t conditions_per_block)
{
  return bytes_per_condition(source.n_units(), source.n_trials(), sizeof(Scalar)) *
         static_cast<double>(std::min(conditions_per_block, source.n_conditions()));
}

/// Flops of all stages.
double total_work(std::int64_t n_units, std::int64_t n_conditions, std::int64_t n_trials,
                  Options const& options)
{
  return 2 * level_work(n_units, static_cast<double>(n_units), levels_of(options).size(),
                        Scoring::automatic) +
         pair_work(Path::even, n_units, n_conditions, n_trials) +
         eigen_flops(n_units) * (1 + (wants_signal_basis(options.returns) ? 1 : 0) +
                                 (wants_difference_basis(options.returns) ? 1 : 0));
}

/// scale * sum over ranks, of the units that vary, in the precision of the result; on rank 0. Collective.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> covariance_of_sum(ExecSpace const& space, SumOfRank<ExecSpace> const& sum,
                                            double scale, std::vector<std::int64_t> const& units,
                                            std::vector<double> const& variance, char const* label)
{
  dist::sum_to_root(space, sum.comm(), sum.lower());
  Matrix<Scalar, ExecSpace> covariance;
  dist::agree(sum.comm(), [&] {
    if (!sum.comm().is_root()) return;
    auto const n = static_cast<std::int64_t>(units.size());
    std::vector<int> varies;
    for (std::int64_t const unit : units)
      varies.push_back(variance[static_cast<std::size_t>(unit)] > 0 ? 1 : 0);
    auto const row = to_space(space, units, "kovar::gsn::active_units");
    auto const keep = to_space(space, varies, "kovar::gsn::units_that_vary");
    auto const from = sum.lower();
    if constexpr (std::is_same_v<Scalar, double>)
      if (n == static_cast<std::int64_t>(from.extent(0))) covariance = from;  // entry by entry
    if (covariance.extent(0) == 0)
      covariance = allocate<Matrix<Scalar, ExecSpace>>(space, label, n, n);
    auto const to = covariance;
    linalg::for_lower_triangle(
        space, label, n, KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
          to(i, j) = keep(i) == 1 && keep(j) == 1
                         ? static_cast<Scalar>(scale * from(row(i), row(j)))
                         : Scalar(0);
        });
    space.fence();  // the lists go away
  });
  return covariance;
}

/// The same over ranks, of all units.
template <class Scalar, class ExecSpace>
BlockCyclicMatrix<Scalar> covariance_of_sum(SumOverRanks<ExecSpace> const& sum, double scale,
                                            std::vector<double> const& variance)
{
  Host const host;
  auto const& from = sum.lower();
  BlockCyclicMatrix<Scalar> const to(host, "kovar::gsn::covariance", from.grid(), from.n_rows(),
                                     from.n_columns(), from.block());
  auto const of_from = from.local();
  auto const of_to = to.local();
  dist::for_lower_entries(
      host, "kovar::gsn::covariance_of_sum", to, KOKKOS_LAMBDA(dist::OwnedEntry const& e) {
        of_to(e.i, e.j) = static_cast<Scalar>(scale * of_from(e.i, e.j));
      });
  clear_constant_units(host, variance, to);
  return to;
}

template <class Scalar, class ExecSpace>
RawCovariances<Scalar, ExecSpace> streamed_on_root(Task<Scalar, ExecSpace> const& task,
                                                   ConditionSource<Scalar>& source,
                                                   std::int64_t conditions_per_block)
{
  using Sum = SumOfRank<ExecSpace>;
  ExecSpace const& space = task.space;
  std::function<Sum()> const make = [&] { return Sum(space, task.comm, task.n_units()); };
  auto const summed = streamed_covariances<Sum>(task, source, conditions_per_block, make);
  ActiveUnits const& active = summed.active;
  RawCovariances<Scalar, ExecSpace> raw;
  raw.noise = covariance_of_sum<Scalar>(space, summed.noise, summed.noise_scale, active.units,
                                        active.noise_variance, "kovar::gsn::noise_covariance");
  raw.data = covariance_of_sum<Scalar>(space, summed.data, summed.data_scale, active.units,
                                       active.data_variance, "kovar::gsn::data_covariance");
  raw.share.constant = summed.noise_share;
  raw.difference_share = summed.difference_share;
  raw.weights = summed.weights;
  raw.units = active.units;
  return raw;
}

template <class Scalar, class ExecSpace>
RawOverRanks<Scalar> streamed_over_ranks(Task<Scalar, ExecSpace> const& task,
                                         ConditionSource<Scalar>& source,
                                         std::int64_t conditions_per_block)
{
  using Sum = SumOverRanks<ExecSpace>;
  dist::ProcessGrid const grid(task.comm);
  std::function<Sum()> const make = [&] { return Sum(grid, task.n_units()); };
  auto const summed = streamed_covariances<Sum>(task, source, conditions_per_block, make);
  ActiveUnits const& active = summed.active;
  RawOverRanks<Scalar> raw;
  raw.weights = summed.weights;
  raw.noise_share.constant = summed.noise_share;
  raw.difference_share = summed.difference_share;
  raw.variance = larger_variances(active);
  raw.noise = covariance_of_sum<Scalar>(summed.noise, summed.noise_scale, active.noise_variance);
  raw.signal = covariance_of_sum<Scalar>(summed.data, summed.data_scale, active.data_variance);
  shrink_over_ranks(Host(), raw.noise, raw.signal, task.result.noise_level.level,
                    task.result.data_level.level, raw.noise_share);
  return raw;
}

}  // namespace

double needed_bytes_streamed(bool is_root, int n_ranks, std::int64_t n_units,
                             std::size_t scalar_size, Options const& options)
{
  double const share =
      static_cast<double>(n_units) * static_cast<double>(n_units) / static_cast<double>(n_ranks);
  // Two for each group, one more of held-out points where trials were lost; the fold that is scored, its eigenvectors
  // and what makes them.
  double const n_sums = 2 * std::max(2, options.n_folds) + options.n_folds;
  double const n_scored = n_ranks > 1 ? 7.5 : is_root ? 3.5 : 2;
  double const later =
      n_ranks > 1
          ? needed_bytes_over_ranks(Path::whole_trial, n_ranks, n_units, 0, 0, scalar_size, options)
          : needed_bytes(is_root, 1, Path::whole_trial, n_units, 0, 0, scalar_size, options);
  return std::max(8 * share * (n_sums + n_scored) + panel_bytes(n_ranks, n_units, sizeof(double)),
                  later);
}

template <class Scalar, class ExecSpace>
Estimate<Scalar, ExecSpace> estimate_streamed(ExecSpace const& space,
                                              dist::Communicator const& comm,
                                              ConditionSource<Scalar>& source,
                                              std::int64_t conditions_per_block,
                                              Options const& options)
{
  Region const region("kovar::gsn::estimate_streamed");
  require_streamable(comm, source, conditions_per_block, options);
  std::int64_t const n_units = source.n_units();
  std::int64_t const n_conditions = source.n_conditions();
  Estimate<Scalar, ExecSpace> result;
  result.levels = levels_of(options);
  dist::agree(comm, [&] {
    require_memory<ExecSpace>(
        "estimate_streamed: " + std::to_string(n_units) + " units",
        needed_bytes_streamed(comm.is_root(), 1, n_units, sizeof(Scalar), options) +
            block_bytes(source, conditions_per_block),
        matrix_remedy(n_units, n_conditions, source.n_trials(), "smaller blocks, ",
                      "fewer units, single precision, or a machine with more memory"));
  });
  PhaseClock<ExecSpace> clock(space, comm, options.progress,
                              total_work(n_units, n_conditions, source.n_trials(), options));
  auto const nothing = no_conditions<Scalar, ExecSpace>(source);
  Task<Scalar, ExecSpace> const task = {space, comm, nothing, n_conditions, options, clock, result};
  double const work = pair_work(Path::even, n_units, n_conditions, source.n_trials());
  RawCovariances<Scalar, ExecSpace> const raw =
      covariance_stage_of(task, eigen_flops(n_units) / work,
                          [&] { return streamed_on_root(task, source, conditions_per_block); });
  finish_estimate(task, raw, result);
  return result;
}

template <class Scalar, class ExecSpace>
EstimateOverRanks<Scalar> estimate_streamed_over_ranks(ExecSpace const& space,
                                                       dist::Communicator const& comm,
                                                       ConditionSource<Scalar>& source,
                                                       std::int64_t conditions_per_block,
                                                       Options const& options)
{
  Region const region("kovar::gsn::estimate_streamed_over_ranks");
  require_streamable(comm, source, conditions_per_block, options);
  std::int64_t const n_units = source.n_units();
  EstimateOverRanks<Scalar> result;
  result.levels = levels_of(options);
  checkpoint_over_ranks(options);  // refuses another kind
  dist::agree(comm, [&] {
    require_memory<Host>(
        "estimate_streamed_over_ranks: " + std::to_string(n_units) + " units on " +
            std::to_string(comm.size()) + " ranks",
        needed_bytes_streamed(true, comm.size(), n_units, sizeof(Scalar), options) +
            3 * block_bytes(source, conditions_per_block),
        matrix_remedy(n_units, source.n_conditions(), source.n_trials(), "smaller blocks, ",
                      "more ranks on more machines, or single precision"));
  });
  PhaseClock<ExecSpace> clock(
      space, comm, options.progress,
      total_work(n_units, source.n_conditions(), source.n_trials(), options));
  auto const nothing = no_conditions<Scalar, ExecSpace>(source);
  Task<Scalar, ExecSpace> const task = {space,   comm,  nothing, source.n_conditions(),
                                        options, clock, result,  eigen_flops(n_units)};
  RawOverRanks<Scalar> raw = streamed_over_ranks(task, source, conditions_per_block);
  finish_over_ranks(task, raw, result);
  return result;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                               \
  template Estimate<Scalar, ExecSpace> estimate_streamed(                                  \
      ExecSpace const&, dist::Communicator const&, ConditionSource<Scalar>&, std::int64_t, \
      Options const&);                                                                     \
  template EstimateOverRanks<Scalar> estimate_streamed_over_ranks(                         \
      ExecSpace const&, dist::Communicator const&, ConditionSource<Scalar>&, std::int64_t, \
      Options const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
