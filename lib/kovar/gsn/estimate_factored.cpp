// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/condition_split.hpp>
#include <kovar/gsn/estimate_checks.hpp>
#include <kovar/gsn/estimate_factored.hpp>
#include <kovar/gsn/factored_task.hpp>
#include <kovar/gsn/finish.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace kovar::gsn {
namespace {

/// Refuse what cannot be estimated from; the texts and their order are those of estimate().
void require_factored(FactoredSizes const& sizes, dist::Communicator const& comm,
                      ResponseCensus const& census, Options const& options)
{
  require_shape(sizes.n_units, sizes.n_trials);
  std::int64_t const expected = dist::Blocks{sizes.n_units, comm.size()}.size(comm.rank());
  KOVAR_REQUIRE(sizes.n_local == expected,
                "estimate: rank " << comm.rank() << " holds " << sizes.n_local
                                  << " units (its block of " << sizes.n_units << " over "
                                  << comm.size() << " ranks has " << expected << ")");
  levels_of(options);
  require_components(sizes.n_units, options);
  require_finite(census, sizes.n_conditions, sizes.n_trials, sizes.first_unit, 0);
  require_conditions(sizes.n_conditions);
  require_folds(sizes.n_conditions, options.n_folds);
}

/// The trials that a unit of any rank lost. Collective.
void add_losses_of_others(dist::Communicator const& comm, ResponseCensus& census)
{
  std::vector<std::int64_t> lost(census.lost_trial.begin(), census.lost_trial.end());
  comm.max_to_all(lost.data(), static_cast<std::int64_t>(lost.size()));
  census.lost_trial.assign(lost.begin(), lost.end());
}

/// Bytes of this rank at most, beside the responses, in two passes: in the second one, whose factor has the pairs of
/// the first, both as they were before and after.
double needed_bytes(FactoredSizes const& sizes, std::int64_t n_components)
{
  auto const n = static_cast<double>(sizes.n_local);
  auto const r = static_cast<double>(sizes.n_conditions * sizes.n_trials);
  auto const k = static_cast<double>(sizes.n_contrasts());
  double const factors = 4 * r + 5 * k;
  double const search =
      std::max(3 * k + 192, n_components > 0 ? 12 * static_cast<double>(n_components) + 80 : 0.0);
  double const small = 32 * (r + k) * (r + k);
  return 8 * (n * (factors + search) + small);
}

}  // namespace

template <class Scalar, class ExecSpace>
FactoredEstimate<ExecSpace> estimate_factored(ExecSpace const& space,
                                              dist::Communicator const& comm,
                                              ConstCube<Scalar, ExecSpace> const& responses,
                                              std::int64_t n_units, Options const& options)
{
  Region const region("kovar::gsn::estimate_factored");
  FactoredSizes const sizes = {n_units, static_cast<std::int64_t>(responses.extent(0)),
                               dist::Blocks{n_units, comm.size()}.begin(comm.rank()),
                               static_cast<std::int64_t>(responses.extent(1)),
                               static_cast<std::int64_t>(responses.extent(2))};
  require_same_call(comm, call_signature(n_units, sizes.n_conditions, sizes.n_trials, options));
  ResponseCensus census;
  dist::agree(comm, [&] {
    census = response_census<Scalar, ExecSpace>(space, responses);
    require_factored(sizes, comm, census, options);
    require_memory<ExecSpace>(
        "form=factored: " + std::to_string(n_units) + " units",
        needed_bytes(sizes, options.n_components),
        "use more ranks; with fewer units than conditions x trials take form=dense");
  });

  FactoredEstimate<ExecSpace> result;
  result.n_units = n_units;
  result.path = path_of(comm, census, options.uneven);
  if (result.path == Path::per_unit)
    throw InputError(
        "form=factored: responses are lost (NaN), and uneven=missing counts trials for each pair "
        "of "
        "units (the form has sums of whole trials only); take uneven=fast, or form=dense",
        true);
  add_losses_of_others(comm, census);
  result.levels = levels_of(options);
  auto const n = static_cast<double>(n_units);
  auto const r = static_cast<double>(sizes.n_conditions * sizes.n_trials);
  double const n_bases = (wants_signal_basis(options.returns) ? 1 : 0) +
                         (wants_difference_basis(options.returns) ? 1 : 0);
  PhaseClock<ExecSpace> clock(
      space, comm, options.progress,
      63 * n * r * r + 4 * n * r + n_bases * components_work(n, r, options.n_components));
  FactoredTask<ExecSpace> const task = {space, comm, options, sizes, clock, result};
  auto const parts = factored_parts<Scalar, ExecSpace>(task, responses, census);
  project_factored(task, parts);
  find_leading_components(task, parts.difference_share);
  result.phases = clock.finish();
  return result;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                            \
  template FactoredEstimate<ExecSpace> estimate_factored(                               \
      ExecSpace const&, dist::Communicator const&, ConstCube<Scalar, ExecSpace> const&, \
      std::int64_t, Options const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
