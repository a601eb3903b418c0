// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_PERF_GP_FIT_CASE_HPP
#define KOVAR_PERF_GP_FIT_CASE_HPP

#include "bench_model.hpp"
#include "support/peak_memory.hpp"

#include <kovar/core/host_list.hpp>
#include <kovar/gp/log_marginal_likelihood.hpp>
#include <kovar/gp/posterior.hpp>
#include <kovar/optim/adam.hpp>

#include <vector>

/// \file
/// Steps of Adam from GPyTorch's recipe, then means and variances at test points.

namespace kovar::perf {

/// Losses before each step; the model gets the values after the last.
template <class Scalar, class ExecSpace>
std::vector<double> train(ExecSpace const& space, gp::TrainingSet<Scalar, ExecSpace> const& data,
                          gp::Model& model, std::int64_t n_steps)
{
  gp::LogMarginalLikelihood<Scalar, ExecSpace> likelihood(space, data, model);
  gp::LikelihoodGradient gradient;
  std::vector<double> raw = gp::raw_values_of(model);
  optim::Adam adam({}, raw.size());
  std::vector<double> losses;
  for (std::int64_t step = 0; step < n_steps; ++step) {
    losses.push_back(-likelihood.evaluate(space, model, gradient).total());
    std::vector<double> by_raw = gp::raw_gradient(model, raw, gradient.values);
    for (double& derivative : by_raw) derivative = -derivative;
    adam.step(raw, by_raw);
    gp::set_raw_values(model, raw);
  }
  return losses;
}

/// Steps and predictions of one process, not repeated: they take long.
template <class Scalar, class ExecSpace>
JsonObject bench_fit(ExecSpace const& space, GpOptions const& options)
{
  PeakMemory const peak;
  gp::Model model = bench_model(options.d);
  auto const data = training_data<Scalar>(space, options);
  auto const x_test = rows_of<Scalar>(
      space, normal_draws<double>(options.seed, test_inputs, options.n_test * options.d),
      options.d);
  std::vector<double> losses;
  double const fitting =
      seconds_of_one(space, [&] { losses = train(space, data, model, options.steps); });
  std::vector<Scalar> mean;
  std::vector<Scalar> variance;
  double const predicting = seconds_of_one(space, [&] {
    gp::Posterior<Scalar, ExecSpace> const posterior(space, data, model);
    auto const prediction = posterior.predict(space, x_test);
    mean = to_list(space, Kokkos::subview(prediction.mean, Kokkos::ALL, 0));
    variance = to_list(space, prediction.variance);
  });

  JsonObject line = gp_fields<ExecSpace>(options);
  line.add("seconds", std::vector<double>{fitting + predicting});
  line.add("fit_seconds", fitting);
  line.add("predict_seconds", predicting);
  line.add("peak_bytes", peak.bytes());
  JsonObject check;
  check.add("loss", losses);
  check.add("mean", head_and_rms(mean));
  check.add("variance", head_and_rms(variance));
  line.add("check", check);
  return line;
}

}  // namespace kovar::perf

#endif
