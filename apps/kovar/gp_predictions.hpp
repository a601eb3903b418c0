// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_GP_PREDICTIONS_HPP
#define KOVAR_APPS_KOVAR_GP_PREDICTIONS_HPP

#include "gp_process.hpp"
#include "gp_slices.hpp"
#include "gp_units.hpp"
#include "headed_samples.hpp"

#include <kovar/core/error.hpp>
#include <kovar/gp/leave_one_out.hpp>
#include <kovar/gp/posterior.hpp>

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

/// \file
/// Predictions of a process, in units of the model and of the targets.

namespace kovar::apps {

inline gp::TrainingOptions training_options(io::SavedProcess const& process)
{
  gp::TrainingOptions options;
  options.jitter = process.jitter;
  return options;
}

/// The posterior of a process that was read or has just been fitted.
/// \throws InputError if its covariance cannot be factored
template <class Scalar, class ExecSpace>
gp::Posterior<Scalar, ExecSpace> posterior_of(ExecSpace const& space,
                                              io::SavedProcess const& process)
{
  auto const observations = observations_of<Scalar>(space, process);
  gp::Posterior<Scalar, ExecSpace> posterior(space, observations.set(), process.model,
                                             training_options(process));
  KOVAR_REQUIRE(posterior.report(), "gp: " << gp::text_of(posterior.report()));
  return posterior;
}

/// \param posterior  a gp::Posterior, or a gp::PosteriorOverRanks: then this is collective
/// \param x         rows of features in units of the model
/// \param variance  known noise variances of these rows in units of the model, or empty
template <class Scalar, class ExecSpace, class Posterior>
RowPredictions predict_rows(ExecSpace const& space, Posterior const& posterior,
                            std::vector<double> const& x, std::vector<double> const& variance)
{
  RowPredictions result;
  std::int64_t const q = posterior.n_targets();
  result.mean.resize(static_cast<std::size_t>(q));
  if (x.empty()) return result;
  auto const rows = to_rows<Scalar>(space, x, posterior.n_columns(), "kovar::apps::x_new");
  auto const found = posterior.predict(space, rows);
  Vector<Scalar, ExecSpace> known;
  if (!variance.empty())
    known = Kokkos::subview(to_columns<Scalar>(space, {variance}, "kovar::apps::known_variance"),
                            Kokkos::ALL(), 0);
  auto const observed = posterior.observed_variance(space, found.variance, known);
  auto const roots = [&](auto const& variances) {
    std::vector<double> deviations;
    for (Scalar const v : to_list(space, variances))
      deviations.push_back(std::sqrt(static_cast<double>(v)));
    return deviations;
  };
  result.latent_deviation = roots(found.variance);
  result.observed_deviation = roots(observed);
  result.n_clamped = found.n_clamped;
  for (std::int64_t t = 0; t < q; ++t) {
    auto const column =
        to_list(space, Vector<Scalar, ExecSpace>(Kokkos::subview(found.mean, Kokkos::ALL(), t)));
    result.mean[static_cast<std::size_t>(t)].assign(column.begin(), column.end());
  }
  return result;
}

/// Observations predicted from all others, as the model's file has them.
/// \throws InputError if the covariance could not be factored
inline io::SavedPredictions saved_leave_one_out(io::SavedProcess const& process,
                                                gp::LeaveOneOutValue const& value)
{
  KOVAR_REQUIRE(value.factor, "gp: " << gp::text_of(value.factor));
  std::vector<double> deviation;
  for (double const variance : value.variance) deviation.push_back(std::sqrt(variance));
  io::SavedPredictions part;
  part.rows = process.rows;
  auto const n = static_cast<std::ptrdiff_t>(process.rows.size());
  auto const of_target = [&](std::vector<double> const& list, std::size_t t) {
    auto const begin = list.begin() + static_cast<std::ptrdiff_t>(t) * n;
    return std::vector<double>(begin, begin + n);
  };
  for (std::size_t t = 0; t < process.targets.size(); ++t)
    add_predictions(process.targets[t], of_target(process.y, t), of_target(value.mean, t),
                    deviation, part);
  return part;
}

/// Each observation predicted from all others.
/// \throws InputError if the covariance cannot be factored
/// Cost: n^3 flops.
template <class Scalar, class ExecSpace>
io::SavedPredictions leave_one_out_of(ExecSpace const& space, io::SavedProcess const& process)
{
  auto const observations = observations_of<Scalar>(space, process);
  gp::LeaveOneOut<Scalar, ExecSpace> predictor(space, observations.set(), process.model,
                                               training_options(process));
  return saved_leave_one_out(process, predictor.evaluate(space, process.model));
}

/// Predictions of validation rows and slices along the features, into the process.
/// \param posterior  see predict_rows()
template <class Scalar, class ExecSpace, class Posterior>
void add_predictions_of(ExecSpace const& space, Posterior const& posterior,
                        HeadedSamples const& validation, io::SavedProcess& process)
{
  if (!validation.rows.empty()) {
    auto const variance = model_variances(process, validation.carried);
    RowPredictions const found = predict_rows<Scalar>(space, posterior, validation.x, variance);
    process.validation.rows = validation.rows;
    for (std::size_t t = 0; t < process.targets.size(); ++t)
      add_predictions(process.targets[t], validation.y[t], found.mean[t], found.observed_deviation,
                      process.validation);
  }
  SliceInputs const inputs = slice_inputs(process);
  process.slices = slices_of(process, inputs, predict_rows<Scalar>(space, posterior, inputs.x, {}));
}

}  // namespace kovar::apps

#endif
