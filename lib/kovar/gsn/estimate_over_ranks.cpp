// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/memory.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/dist/entries.hpp>
#include <kovar/dist/product.hpp>
#include <kovar/gsn/covariances_over_ranks.hpp>
#include <kovar/gsn/eigenbasis_over_ranks.hpp>
#include <kovar/gsn/estimate_checks.hpp>
#include <kovar/gsn/estimate_over_ranks.hpp>
#include <kovar/gsn/needed_memory.hpp>
#include <kovar/gsn/task.hpp>

#include <algorithm>
#include <string>

namespace kovar::gsn {
namespace {

using dist::BlockCyclicMatrix;
using dist::Host;

/// Columns in the host's memory, where those of a host space lie already.
template <class ExecSpace>
Matrix<double, Host> host_columns(ExecSpace const& space, Matrix<double, ExecSpace> const& x)
{
  if constexpr (is_host_space<ExecSpace>) {
    space.fence();  // another instance reads them
    return x;
  } else {
    auto const host = allocate<Matrix<double, Host>>(Host(), "kovar::gsn::host_columns",
                                                     x.extent(0), x.extent(1));
    Kokkos::deep_copy(space, host, x);
    space.fence();  // another instance reads them
    return host;
  }
}

void require_possible(Path path, Options const& options)
{
  if (path == Path::per_unit)
    throw InputError(
        "estimate_over_ranks: responses are lost and uneven=missing (losses per unit need matrices "
        "that only one rank makes); use uneven=fast, or estimate()",
        true);
  if (options.checkpoint != nullptr)
    throw InputError(
        "estimate_over_ranks: a checkpoint was given (it holds matrices of one rank); leave it "
        "out, or use estimate()",
        true);
}

/// Raw covariances and what goes with them; lower triangles.
template <class Scalar>
struct RawOverRanks {
  BlockCyclicMatrix<Scalar> noise;
  BlockCyclicMatrix<Scalar> signal;
  std::vector<double> variance;  ///< per unit: 0 where neither noise nor data vary
  BiconvexWeights weights = {1, 0};
  double noise_share = 1;
  double difference_share = 1;
};

template <class Scalar, class ExecSpace>
RawOverRanks<Scalar> raw_covariances(Task<Scalar, ExecSpace> const& task, Host const& host,
                                     ResponseCensus const& census)
{
  CovarianceColumns<ExecSpace> const columns = whole_trial_columns(task, census);
  ActiveUnits const& active = columns.active;
  dist::ProcessGrid const grid(task.comm);
  auto const n = static_cast<double>(task.n_units());
  RawOverRanks<Scalar> raw;
  raw.weights = columns.weights;
  raw.noise_share = columns.noise_share;
  raw.difference_share = columns.difference_share;
  for (std::size_t i = 0; i < active.noise_variance.size(); ++i)
    raw.variance.push_back(std::max(active.noise_variance[i], active.data_variance[i]));

  task.clock.begin("noise covariance", n * n * static_cast<double>(columns.n_noise_columns));
  raw.noise = covariance_over_ranks<Scalar>(host, grid, host_columns(task.space, columns.noise),
                                            active.noise_variance, columns.noise_scale);
  task.clock.begin("data covariance", n * n * static_cast<double>(task.n_conditions));
  raw.signal = covariance_over_ranks<Scalar>(host, grid, host_columns(task.space, columns.data),
                                             active.data_variance, columns.data_scale);
  shrink_over_ranks(host, raw.noise, raw.signal, task.result.noise_level.level,
                    task.result.data_level.level, columns.noise_share);
  return raw;
}

/// cSb - share * cNb, lower triangle; with share 0 a copy of cSb.
template <class Scalar>
BlockCyclicMatrix<Scalar> signal_less_noise(Host const& space,
                                            BlockCyclicMatrix<Scalar> const& signal,
                                            BlockCyclicMatrix<Scalar> const& noise, double share)
{
  BlockCyclicMatrix<Scalar> const difference(space, "kovar::gsn::eigenbasis_work", signal.grid(),
                                             signal.n_rows(), signal.n_columns(), signal.block());
  auto const to = difference.local();
  auto const signal_local = signal.local();
  auto const noise_local = noise.local();
  auto const factor = static_cast<Scalar>(share);
  dist::for_lower_entries(
      space, "kovar::gsn::signal_less_noise_over_ranks", difference,
      KOKKOS_LAMBDA(dist::OwnedEntry const& e) {
        Scalar const less = factor == 0 ? Scalar(0) : factor * noise_local(e.i, e.j);
        to(e.i, e.j) = signal_local(e.i, e.j) - less;
      });
  return difference;
}

template <class Scalar>
void store_matrices(Host const& space, Items const& returns, RawOverRanks<Scalar>& raw,
                    BiconvexResultOverRanks<Scalar> const& psd, EstimateOverRanks<Scalar>& result)
{
  auto const store = [&](Item item, BlockCyclicMatrix<Scalar> const& from,
                         BlockCyclicMatrix<Scalar>& to) {
    if (!returns.contains(item)) return;
    dist::fill_upper_triangle(space, from);
    to = from;
  };
  store(Item::noise_covariance, raw.noise, result.noise_covariance);
  store(Item::signal_covariance, raw.signal, result.signal_covariance);
  store(Item::noise_covariance_psd, psd.noise, result.noise_covariance_psd);
  store(Item::signal_covariance_psd, psd.signal, result.signal_covariance_psd);
  raw.noise = {};
  raw.signal = {};
}

template <class Scalar, class Clock>
void store_bases(Host const& space, Clock& clock, Options const& options, double difference_share,
                 BiconvexResultOverRanks<Scalar> const& psd, EstimateOverRanks<Scalar>& result)
{
  Items const& returns = options.returns;
  auto const basis_of = [&](Item vectors, double share) {
    return eigenbasis_over_ranks(space, signal_less_noise(space, psd.signal, psd.noise, share),
                                 {returns.contains(vectors), options.n_components}, psd.noise);
  };
  double const work = eigen_flops(psd.signal.n_rows());
  if (wants_signal_basis(returns) || wants_difference_basis(returns))
    dist::fill_upper_triangle(space, psd.noise);
  if (wants_signal_basis(returns)) {
    clock.begin("signal eigenbasis", work);
    auto const basis = basis_of(Item::eigenvectors_signal, 0);
    if (returns.contains(Item::eigenvalues_signal)) result.eigenvalues_signal = basis.values;
    result.eigenvectors_signal = basis.vectors;
  }
  if (wants_difference_basis(returns)) {
    clock.begin("difference eigenbasis", work);
    auto const basis = basis_of(Item::eigenvectors_difference, difference_share);
    if (returns.contains(Item::eigenvalues_difference))
      result.eigenvalues_difference = basis.values;
    result.eigenvectors_difference = basis.vectors;
  }
}

}  // namespace

double needed_bytes_over_ranks(int n_ranks, std::int64_t n_units, std::int64_t n_conditions,
                               std::int64_t n_trials, std::size_t scalar_size,
                               Options const& options)
{
  auto const n = static_cast<double>(n_units);
  auto const ranks = static_cast<double>(n_ranks);
  double const thin = 3.0 * 8.0 * n * static_cast<double>(n_conditions * n_trials);
  double const share = static_cast<double>(scalar_size) * n * n / ranks;
  // Both raw covariances, both projected ones or one of them and what its projection takes; bases beside.
  bool const wants_basis =
      wants_signal_basis(options.returns) || wants_difference_basis(options.returns);
  return thin + std::max(scoring_bytes(n_units, n_conditions, n_trials, options),
                         share * (wants_basis ? 10 : 7));
}

template <class Scalar, class ExecSpace>
EstimateOverRanks<Scalar> estimate_over_ranks(ExecSpace const& space,
                                              dist::Communicator const& comm,
                                              ConstCube<Scalar, ExecSpace> const& responses,
                                              std::int64_t n_conditions, Options const& options)
{
  Region const region("kovar::gsn::estimate_over_ranks");
  std::int64_t const n_units = responses.extent(0);
  std::int64_t const n_trials = responses.extent(2);
  ResponseCensus const census =
      census_of_estimable<Scalar, ExecSpace>(space, comm, responses, n_conditions, options);
  EstimateOverRanks<Scalar> result;
  result.levels = levels_of(options);
  result.path = path_of(comm, census, options.uneven);
  require_possible(result.path, options);
  dist::agree(comm, [&] {
    require_memory<Host>("estimate_over_ranks: " + std::to_string(n_units) + " units on " +
                             std::to_string(comm.size()) + " ranks",
                         needed_bytes_over_ranks(comm.size(), n_units, n_conditions, n_trials,
                                                 sizeof(Scalar), options),
                         "take more ranks on more machines, or single precision");
  });

  double const eigen_work = eigen_flops(n_units);
  PhaseClock<ExecSpace> clock(
      space, comm, options.progress,
      covariance_work(result.path, n_units, n_conditions, n_trials, options) +
          eigen_work * (1 + (wants_signal_basis(options.returns) ? 1 : 0) +
                        (wants_difference_basis(options.returns) ? 1 : 0)));
  RawOverRanks<Scalar> raw = raw_covariances(
      Task<Scalar, ExecSpace>{space, comm, responses, n_conditions, options, clock, result}, Host(),
      census);
  clock.begin("projection", eigen_work);
  auto const psd = biconvex_loop_over_ranks(Host(), raw.signal, raw.noise, raw.noise_share,
                                            raw.weights, raw.variance);
  result.n_iterations = psd.n_iterations;
  if (!psd.converged) result.warnings.push_back(not_converged_warning());
  clock.begin("results", result_work(n_units));
  store_matrices(Host(), options.returns, raw, psd, result);
  store_bases(Host(), clock, options, raw.difference_share, psd, result);
  result.phases = clock.finish();
  return result;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                            \
  template EstimateOverRanks<Scalar> estimate_over_ranks(                               \
      ExecSpace const&, dist::Communicator const&, ConstCube<Scalar, ExecSpace> const&, \
      std::int64_t, Options const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
