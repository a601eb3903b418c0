// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_DEVICE_MEAN_HPP
#define KOVAR_GP_DEVICE_MEAN_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/views.hpp>
#include <kovar/gp/model.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// The mean function where kernels run.

namespace kovar::gp {

/// constant + weights^T x. Zero and constant means have no weights.
template <class ExecSpace>
struct DeviceMean {
  Vector<double, ExecSpace> weights;
  double constant = 0;

  template <class Inputs>
  KOKKOS_FORCEINLINE_FUNCTION double at(Inputs const& x, std::int64_t i) const
  {
    double sum = constant;
    for (int c = 0; c < weights.extent_int(0); ++c)
      sum += weights(c) * static_cast<double>(x(i, c));
    return sum;
  }
  KOKKOS_FORCEINLINE_FUNCTION double slope(int column) const
  {
    return column < weights.extent_int(0) ? weights(column) : 0.0;
  }
};

template <class ExecSpace>
DeviceMean<ExecSpace> make_device_mean(ExecSpace const& space, Mean const& mean,
                                       std::int64_t n_columns)
{
  auto const d = static_cast<std::size_t>(n_columns);
  bool const is_linear = mean.kind == MeanKind::linear;
  return {to_space(space, is_linear ? mean.parameters.at(0).value : std::vector<double>(),
                   "kovar::gp::mean_weights"),
          mean_at(mean, std::vector<double>(d, 0.0).data(), d)};
}

/// m(x) of each row of x, into every column of a matrix.
template <class ExecSpace, class Inputs, class Columns>
void prior_mean(ExecSpace const& space, DeviceMean<ExecSpace> const& mean, Inputs const& x,
                Columns const& to)
{
  using Scalar = typename Columns::non_const_value_type;
  if (to.extent(0) == 0) return;
  Kokkos::parallel_for(
      "kovar::gp::prior_mean",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(
          space, 0, static_cast<std::int64_t>(to.extent(0))),
      KOKKOS_LAMBDA(std::int64_t i) {
        auto const m = static_cast<Scalar>(mean.at(x, i));
        for (int t = 0; t < to.extent_int(1); ++t) to(i, t) = m;
      });
}

}  // namespace kovar::gp

#endif
