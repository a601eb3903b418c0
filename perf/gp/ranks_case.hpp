// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_PERF_GP_RANKS_CASE_HPP
#define KOVAR_PERF_GP_RANKS_CASE_HPP

#include "bench_model.hpp"
#include "support/peak_memory.hpp"
#include "support/rank_phases.hpp"

#include <kovar/core/host_list.hpp>
#include <kovar/gp/likelihood_over_ranks.hpp>
#include <kovar/gp/posterior_over_ranks.hpp>

#include <string>
#include <vector>

/// \file
/// One process whose matrix the ranks share: value and all derivatives, those by the inputs included, then
/// predictions.

namespace kovar::perf {

/// Phases of this rank, each begun on all ranks together.
class RankPhases {
 public:
  explicit RankPhases(dist::Communicator const& comm) : comm_(comm) {}

  template <class Call>
  void time(std::string const& name, Call const& call)
  {
    comm_.barrier();
    list_.push_back({name, seconds_of_one(dist::Host(), call)});
  }

  std::vector<PhaseTime> const& list() const { return list_; }

 private:
  dist::Communicator comm_;
  std::vector<PhaseTime> list_;
};

/// The rank that took most; collective.
inline std::int64_t most_bytes(dist::Communicator const& comm, PeakMemory const& peak)
{
  std::int64_t bytes = peak.bytes();
  comm.max_to_all(&bytes, 1);
  return bytes;
}

/// One call each: they take long.
template <class Scalar>
JsonObject bench_ranks(GpOptions const& options)
{
  dist::Host const space;
  auto const comm = dist::Communicator::world();
  gp::Model const model = bench_model(options.d);
  auto const data = training_data<Scalar>(space, options);
  auto const x_test = rows_of<Scalar>(
      space, normal_draws<double>(options.seed, test_inputs, options.n_test * options.d),
      options.d);
  gp::ProcessSize const size = {options.n, options.d, 1, sizeof(Scalar), options.n_test};
  auto const planned = [&](gp::TaskOverRanks task) {
    return static_cast<std::int64_t>(gp::needed_bytes_over_ranks(comm.size(), size, task));
  };
  RankPhases phases(comm);
  gp::LikelihoodValue value;
  gp::LikelihoodGradient gradient;
  gradient.wants_inputs = true;
  std::int64_t likelihood_bytes = 0;
  {
    PeakMemory const peak;
    gp::LikelihoodOverRanks<Scalar> likelihood(space, comm, data, model);
    phases.time("value", [&] { value = likelihood.evaluate(space, model); });
    phases.time("gradient", [&] { likelihood.evaluate(space, model, gradient); });
    phases.time("parameter_sums", [&] { likelihood.covariance().parameter_sums(space); });
    phases.time("input_sums", [&] { likelihood.covariance().input_sums(space); });
    likelihood_bytes = most_bytes(comm, peak);
  }
  PeakMemory const peak;
  gp::PosteriorOverRanks<Scalar> const posterior(space, comm, data, model);
  gp::Prediction<Scalar, dist::Host> prediction;
  phases.time("predict", [&] { prediction = posterior.predict(space, x_test); });

  JsonObject line = gp_fields<dist::Host>(options);
  line.add("test_points", options.n_test);
  add_phases(line, comm, phases.list());
  line.add("peak_bytes", likelihood_bytes);
  line.add("planned_bytes", planned(gp::TaskOverRanks::likelihood));
  line.add("predict_peak_bytes", most_bytes(comm, peak));
  line.add("predict_planned_bytes", planned(gp::TaskOverRanks::prediction));
  JsonObject check;
  check.add("value", value.total());
  check.add("gradient", gp::raw_gradient(model, gp::raw_values_of(model), gradient.values));
  check.add("by_inputs", head_and_rms(gradient.x));
  check.add("mean", head_and_rms(to_list(space, Kokkos::subview(prediction.mean, Kokkos::ALL, 0))));
  check.add("variance", head_and_rms(to_list(space, prediction.variance)));
  line.add("check", check);
  return line;
}

}  // namespace kovar::perf

#endif
