// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_GP_PROCESS_HPP
#define KOVAR_APPS_KOVAR_GP_PROCESS_HPP

#include "sample_views.hpp"

#include <kovar/gp/training_set.hpp>
#include <kovar/io/gp_model_file.hpp>

#include <cstdint>
#include <vector>

/// \file
/// The observations of a process as views.

namespace kovar::apps {

/// The observations of a process on a space.
template <class Scalar, class ExecSpace>
struct Observations {
  linalg::Rows<Scalar, ExecSpace> x;
  Matrix<Scalar, ExecSpace> y;
  Vector<Scalar, ExecSpace> noise_variance;

  gp::TrainingSet<Scalar, ExecSpace> set() const { return {x, y, noise_variance}; }
};

template <class Scalar, class ExecSpace>
Observations<Scalar, ExecSpace> observations_of(ExecSpace const& space,
                                                io::SavedProcess const& process)
{
  std::vector<std::vector<double>> targets;
  auto const n = static_cast<std::ptrdiff_t>(process.n_rows());
  for (auto at = process.y.begin(); at != process.y.end(); at += n)
    targets.emplace_back(at, at + n);
  Observations<Scalar, ExecSpace> observations;
  observations.x = to_rows<Scalar>(space, process.x, process.n_features(), "kovar::apps::inputs");
  observations.y = to_columns<Scalar>(space, targets, "kovar::apps::targets");
  if (!process.noise_variance.empty()) {
    auto const column =
        to_columns<Scalar>(space, {process.noise_variance}, "kovar::apps::noise_variance");
    observations.noise_variance = Kokkos::subview(column, Kokkos::ALL(), 0);
  }
  return observations;
}

}  // namespace kovar::apps

#endif
