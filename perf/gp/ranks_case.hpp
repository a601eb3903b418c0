// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_PERF_GP_RANKS_CASE_HPP
#define KOVAR_PERF_GP_RANKS_CASE_HPP

#include "bench_model.hpp"
#include "support/peak_memory.hpp"

#include <kovar/core/host_list.hpp>
#include <kovar/dist/rank_spread.hpp>
#include <kovar/gp/likelihood_over_ranks.hpp>
#include <kovar/gp/posterior_over_ranks.hpp>

#include <string>
#include <utility>
#include <vector>

/// \file
/// One process whose matrix the ranks share: value and all derivatives, those by the inputs included, then
/// predictions.

namespace kovar::perf {

/// Seconds of named phases of this rank, each begun on all ranks together.
class RankPhases {
 public:
  explicit RankPhases(dist::Communicator const& comm) : comm_(comm) {}

  template <class Call>
  void time(std::string const& name, Call const& call)
  {
    comm_.barrier();
    names_.push_back(name);
    seconds_.push_back(seconds_of_one(dist::Host(), call));
  }

  /// Of each phase least, mean and largest over the ranks; collective.
  JsonObject fields() const
  {
    JsonObject fields;
    auto const spread = dist::spread_over_ranks(comm_, seconds_);
    for (std::size_t k = 0; k < names_.size(); ++k)
      fields.add(names_[k], std::vector<double>{spread[k].min, spread[k].mean, spread[k].max});
    return fields;
  }

 private:
  dist::Communicator comm_;
  std::vector<std::string> names_;
  std::vector<double> seconds_;
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
  gp::ProcessSize const size = {options.n, options.d, 1, sizeof(Scalar)};
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
  line.add("ranks", static_cast<std::int64_t>(comm.size()));
  line.add("test_points", options.n_test);
  line.add("seconds", phases.fields());
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
