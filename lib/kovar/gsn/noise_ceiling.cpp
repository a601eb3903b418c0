// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/noise_ceiling.hpp>
#include <kovar/gsn/not_finite.hpp>
#include <kovar/gsn/phase_clock.hpp>
#include <kovar/gsn/rsa_simulation.hpp>
#include <kovar/gsn/rsa_statistics.hpp>
#include <kovar/gsn/scale_match.hpp>
#include <kovar/gsn/split_reliability.hpp>
#include <kovar/linalg/diagonal.hpp>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace kovar::gsn {
namespace {

void require_usable(NoiseCeilingOptions const& options, std::int64_t n_trials)
{
  KOVAR_REQUIRE(n_trials >= 2, "noise ceiling: there is "
                                   << n_trials
                                   << " trial (noise is what differs between "
                                      "trials); give two or more");
  auto const require_count = [](char const* name, std::int64_t value, std::int64_t least,
                                char const* reason) {
    KOVAR_REQUIRE(value >= least, "noise ceiling: " << name << " is " << value << " (" << reason
                                                    << "); give " << least << " or more");
  };
  require_count("ncsims", options.n_simulations, 1, "the ceiling is their median");
  require_count("ncconds", options.n_conditions, 2, "dissimilarities are between two conditions");
  require_count("nctrials", options.n_trials, 0, "0 stands for the trials of the data");
  require_count("simchunk", options.chunk_size, 2, "the spread of a chunk is looked at");
  require_count("maxsimnum", options.max_simulations, 1, "it bounds the simulations");
  KOVAR_REQUIRE(
      !std::isnan(options.robustness),
      "noise ceiling: simthresh is NaN (the robustness is compared with it); give a number");
  if (options.scale_rule != ScaleRule::matched) return;
  KOVAR_REQUIRE(!options.scales.empty(),
                "noise ceiling: the list of scales scs is empty (mode 0 chooses one of them); give "
                "one or more");
  for (std::size_t k = 0; k < options.scales.size(); ++k)
    KOVAR_REQUIRE(options.scales[k] >= 0 && std::isfinite(options.scales[k]),
                  "noise ceiling: entry " << k << " of scs is " << options.scales[k]
                                          << " (a scale multiplies variances); give numbers >= 0");
}

/// Refuse lost responses where the data's own reliability is needed. Collective.
template <class Scalar, class ExecSpace>
void require_complete(ExecSpace const& space, dist::Communicator const& comm,
                      ConstCube<Scalar, ExecSpace> const& responses, std::int64_t n_conditions)
{
  dist::agree(comm, [&] {
    std::int64_t const bad = find_not_finite<Scalar, ExecSpace>(space, responses);
    if (bad < 0) return;
    std::int64_t const t = bad % static_cast<std::int64_t>(responses.extent(2));
    std::int64_t const cell = bad / static_cast<std::int64_t>(responses.extent(2));
    std::int64_t const c = cell % static_cast<std::int64_t>(responses.extent(1));
    std::ostringstream text;
    text << "noise ceiling: the response of unit "
         << cell / static_cast<std::int64_t>(responses.extent(1)) << " to condition "
         << dist::Blocks{n_conditions, comm.size()}.begin(comm.rank()) + c << " on trial " << t
         << " is NaN or infinite (mode 0 splits complete trials); take mode 1 or 2 for data with "
            "losses";
    throw InputError(text.str());
  });
}

/// Work of the stages at most, in flops that run at the speed of products.
struct Work {
  double estimate;
  double model;
  double data;
  double simulations;  ///< for the scales
  double ceiling;

  double total() const { return estimate + model + data + simulations + ceiling; }
};

Work work_of(NoiseCeilingOptions const& options, std::int64_t n_units, std::int64_t n_conditions,
             std::int64_t n_trials, std::size_t n_sizes)
{
  auto const n = static_cast<double>(n_units);
  auto const c = static_cast<double>(n_conditions);
  auto const k = static_cast<double>(options.n_conditions);
  bool const matched = options.scale_rule == ScaleRule::matched;
  auto const sizes = static_cast<double>(n_sizes);
  auto const most = static_cast<double>(options.max_simulations);
  double const per_simulation = 2 * n * n * k + 7 * n * k * k + 300 * n * k;
  double const mixes = matched ? sizes * static_cast<double>(options.scales.size()) : 0;
  Work work{};
  work.estimate = 20 * n * n * n + n * n * c * static_cast<double>(n_trials) * 3;
  work.model = 25 * n * n * n;
  work.data = matched ? most * sizes * 2 * n * c * c : 0;
  work.simulations = matched ? most * (per_simulation + mixes * 50 * k * k) : 0;
  work.ceiling = static_cast<double>(options.n_simulations) * per_simulation;
  return work;
}

/// What is done of the draws that there may be. The last chunk may end past them.
double share_done(std::int64_t n_done, NoiseCeilingOptions const& options)
{
  return std::min(1.0, static_cast<double>(n_done) / static_cast<double>(options.max_simulations));
}

/// Reliability of the data for each split size, by all splits or by chunks of random ones.
template <class Scalar, class ExecSpace>
void measure_data(ExecSpace const& space, dist::Communicator const& comm,
                  ConstCube<Scalar, ExecSpace> const& responses, NoiseCeilingOptions const& options,
                  RsaFunctions<ExecSpace> const& functions, PhaseClock<ExecSpace> const& clock,
                  NoiseCeiling<Scalar, ExecSpace>& result)
{
  std::int64_t const n_trials = responses.extent(2);
  auto const all = gather_responses<Scalar>(space, comm, responses);
  std::vector<std::int64_t> const& sizes = result.split_sizes;
  result.took_all_splits = takes_all_splits(sizes, n_trials, options.chunk_size);
  std::vector<std::vector<double>> values(sizes.size());
  std::int64_t n_done = 0;
  do {
    result.data_reliability.clear();
    result.n_splits.clear();
    result.data_robustness = 0;
    for (std::size_t k = 0; k < sizes.size(); ++k) {
      std::vector<TrialSplit> splits;
      if (result.took_all_splits)
        splits = all_splits(n_trials, sizes[k]);
      else
        for (std::int64_t i = 0; i < options.chunk_size; ++i)
          splits.push_back(random_split(n_trials, sizes[k], options.seed, n_done + i));
      auto const more = split_reliabilities(space, comm, all, n_trials, splits, functions);
      values[k].insert(values[k].end(), more.begin(), more.end());
      MedianSummary const summary = summarize(values[k]);
      result.data_reliability.push_back(summary.median);
      result.n_splits.push_back(static_cast<std::int64_t>(values[k].size()));
      result.data_robustness += summary.robustness / static_cast<double>(sizes.size());
    }
    n_done += options.chunk_size;
    clock.update(share_done(n_done, options));
  } while (!result.took_all_splits && !(result.data_robustness > options.robustness) &&
           n_done < options.max_simulations);
}

/// Reliability of the model for each scale and split size, in chunks of simulations.
template <class Scalar, class ExecSpace>
void simulate_model(ExecSpace const& space, dist::Communicator const& comm,
                    RsaModel<ExecSpace> const& model, NoiseCeilingOptions const& options,
                    RsaFunctions<ExecSpace> const& functions, PhaseClock<ExecSpace> const& clock,
                    NoiseCeiling<Scalar, ExecSpace>& result)
{
  std::vector<PatternMix> mixes;
  for (double const scale : options.scales)
    for (std::int64_t const size : result.split_sizes) {
      double const noise = 1 / std::sqrt(static_cast<double>(size));
      mixes.push_back({std::sqrt(scale), {noise, noise}});
    }
  std::vector<std::vector<double>> values(mixes.size());
  RsaDraws draws;
  draws.n_patterns = options.n_conditions;
  draws.count = options.chunk_size;
  draws.seed = options.seed;
  draws.streams = model_streams;
  do {
    auto const more = simulate_reliabilities(space, comm, model, mixes, draws, functions);
    draws.first += draws.count;
    result.model_reliability.clear();
    result.model_robustness = 0;
    for (std::size_t m = 0; m < mixes.size(); ++m) {
      for (std::size_t k = m; k < more.size(); k += mixes.size()) values[m].push_back(more[k]);
      MedianSummary const summary = summarize(values[m]);
      result.model_reliability.push_back(summary.median);
      result.model_robustness += summary.robustness / static_cast<double>(mixes.size());
    }
    clock.update(share_done(draws.first, options));
  } while (!(result.model_robustness > options.robustness) &&
           draws.first < options.max_simulations);
  result.n_model_simulations = draws.first;
}

/// Sum of a diagonal, on all ranks, from the matrix on rank 0.
template <class Scalar, class ExecSpace>
double root_trace(ExecSpace const& space, dist::Communicator const& comm,
                  Matrix<Scalar, ExecSpace> const& a)
{
  double sum = 0;
  dist::agree(comm, [&] {
    if (comm.is_root()) sum = linalg::trace(space, a);
  });
  comm.broadcast(&sum, 1);
  return sum;
}

/// factor * a in double.
template <class Scalar, class ExecSpace>
Matrix<double, ExecSpace> scaled(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                                 double factor)
{
  std::int64_t const n = a.extent(0);
  auto const result =
      allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::scaled_covariance", n, n);
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  if (n > 0)
    Kokkos::parallel_for(
        "kovar::gsn::scaled_covariance", Policy(space, {0, 0}, {n, n}),
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
          result(i, j) = factor * static_cast<double>(a(i, j));
        });
  return result;
}

}  // namespace

std::vector<double> default_signal_scales()
{
  std::vector<double> scales;
  for (int k = 0; k <= 20; ++k) scales.push_back(0.1 * k);
  return scales;
}

template <class Scalar, class ExecSpace>
NoiseCeiling<Scalar, ExecSpace> rsa_noise_ceiling(ExecSpace const& space,
                                                  dist::Communicator const& comm,
                                                  ConstCube<Scalar, ExecSpace> const& responses,
                                                  std::int64_t n_conditions,
                                                  NoiseCeilingOptions const& options,
                                                  RsaFunctions<ExecSpace> const& functions)
{
  Region const region("kovar::gsn::rsa_noise_ceiling");
  std::int64_t const n_units = responses.extent(0);
  std::int64_t const n_trials = responses.extent(2);
  bool const matched = options.scale_rule == ScaleRule::matched;
  auto const n = static_cast<double>(n_units);
  dist::agree(comm, [&] {
    require_usable(options, n_trials);
    require_memory<ExecSpace>(
        "noise ceiling: " + std::to_string(n_units) + " units",
        8 * n *
            (8 * n + 3.0 * static_cast<double>(std::max<std::int64_t>(options.n_conditions, 256)) +
             (matched ? 2.0 * static_cast<double>(n_conditions * n_trials) : 0.0)),
        "use fewer units, or a machine with more memory");
  });
  if (matched) require_complete<Scalar>(space, comm, responses, n_conditions);

  NoiseCeiling<Scalar, ExecSpace> result;
  result.n_trials = options.n_trials > 0 ? options.n_trials : n_trials;
  if (matched) {
    result.split_sizes = split_sizes(options.split_sizes, n_trials);
    result.scales = options.scales;
  }
  Work const work = work_of(options, n_units, n_conditions, n_trials, result.split_sizes.size());
  PhaseClock<ExecSpace> clock(space, comm, options.progress, work.total());

  clock.begin("covariances", work.estimate);
  Options estimate_options = options.estimate;
  estimate_options.returns.insert(Item::signal_covariance_psd);
  estimate_options.returns.insert(Item::noise_covariance_psd);
  if (options.scale_rule == ScaleRule::variance)
    estimate_options.returns.insert(Item::signal_covariance);
  if (options.progress)
    estimate_options.progress = [&](Progress const& p) { clock.update(p.fraction_done); };
  result.estimate =
      estimate<Scalar, ExecSpace>(space, comm, responses, n_conditions, estimate_options);
  Estimate<Scalar, ExecSpace> const& found = result.estimate;

  clock.begin("factors of the covariances", work.model);
  Matrix<double, ExecSpace> signal;
  Matrix<double, ExecSpace> noise;
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    signal = scaled(space, found.signal_covariance_psd, 1);
    noise = scaled(space, found.noise_covariance_psd, 1);
  });
  std::vector<double> mean = found.mean_signal;
  for (double& value : mean)
    if (std::isnan(value)) value = 0;  // a unit without data does not vary
  RsaModel<ExecSpace> const model =
      make_rsa_model(space, comm, mean, signal, noise,
                     functions.rdm ? PatternBasis::units : PatternBasis::noise_eigenvectors);
  signal = noise = {};

  if (matched) {
    clock.begin("reliability of the data", work.data);
    measure_data<Scalar>(space, comm, responses, options, functions, clock, result);
    clock.begin("reliability of the model", work.simulations);
    simulate_model(space, comm, model, options, functions, clock, result);
    ScaleMatch const match = match_scale(result.scales, result.split_sizes,
                                         result.model_reliability, result.data_reliability);
    result.scale = match.scale;
    result.fits = match.fits;
    result.warnings = match.warnings;
  } else if (options.scale_rule == ScaleRule::variance) {
    double const raw = std::max(root_trace(space, comm, found.signal_covariance), 0.0);
    double const semidefinite = root_trace(space, comm, found.signal_covariance_psd);
    result.scale = semidefinite > 0 ? raw / semidefinite : 0;
  }

  clock.begin("noise ceiling", work.ceiling);
  RsaDraws draws;
  draws.n_patterns = options.n_conditions;
  draws.count = options.n_simulations;
  draws.seed = options.seed;
  draws.streams = ceiling_streams;
  PatternMix const without_and_with_noise = {
      std::sqrt(result.scale), {0, 1 / std::sqrt(static_cast<double>(result.n_trials))}};
  result.values =
      simulate_reliabilities(space, comm, model, {without_and_with_noise}, draws, functions);
  result.noise_ceiling = summarize(result.values).median;
  dist::agree(comm, [&] {
    if (comm.is_root() && options.returns_signal_covariance)
      result.signal_covariance = scaled(space, found.signal_covariance_psd, result.scale);
    space.fence();  // results are complete on return
  });
  result.phases = clock.finish();
  return result;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                            \
  template NoiseCeiling<Scalar, ExecSpace> rsa_noise_ceiling(                           \
      ExecSpace const&, dist::Communicator const&, ConstCube<Scalar, ExecSpace> const&, \
      std::int64_t, NoiseCeilingOptions const&, RsaFunctions<ExecSpace> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
