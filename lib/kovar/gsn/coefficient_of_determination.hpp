// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_COEFFICIENT_OF_DETERMINATION_HPP
#define KOVAR_GSN_COEFFICIENT_OF_DETERMINATION_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/not_a_number.hpp>
#include <kovar/core/simd.hpp>
#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// How much of the data a model explains.

namespace kovar::gsn {

/// Whether the mean of the data is taken out of data and model first.
enum class MeanRemoval { none, of_data };

/// A factor on the model before it is compared.
enum class Gain {
  none,
  least_squares,  ///< the best factor, x.y / x.x
  not_negative    ///< the best factor that is at least 0
};

struct DeterminationOptions {
  MeanRemoval mean_removal = MeanRemoval::of_data;
  Gain gain = Gain::none;
};

namespace detail {

/// Axes of an array of rank 1 to 3 with the axis of summation in the middle: results are numbered
/// with the last axis fastest.
template <class View>
auto with_middle_axis(View const& view, int axis)
{
  using Value = typename View::const_value_type;
  using Strided = Kokkos::View<Value***, Kokkos::LayoutStride, typename View::device_type,
                               Kokkos::MemoryTraits<Kokkos::Unmanaged>>;
  constexpr int rank = static_cast<int>(View::rank);
  std::size_t extent[3] = {1, view.extent(axis), 1};
  std::size_t stride[3] = {1, view.stride(axis), 1};
  int place = rank == 3 || axis == 1 ? 0 : 2;
  for (int k = 0; k < rank; ++k) {
    if (k == axis) continue;
    extent[place] = view.extent(k);
    stride[place] = view.stride(k);
    place = 2;
  }
  return Strided(view.data(), Kokkos::LayoutStride(extent[0], stride[0], extent[1], stride[1],
                                                   extent[2], stride[2]));
}

}  // namespace detail

/// Coefficient of determination in percent, 100 (1 - sum (y - x)^2 / sum y^2), along one axis. Places
/// where model or data are NaN are left out, from means and gain too. NaN where the denominator is
/// zero or no place is left. First the model is scaled (a model of zeros stays one), then the mean of
/// the data, not of the model, is subtracted from both.
/// \param model  x, of rank 1 to 3 and any layout; not changed
/// \param data   y, of the same shape; not changed
/// \param axis   0 to rank - 1
/// \return       a number for each place on the other axes, the last of them fastest
/// \throws InputError if the shapes differ or there is no such axis
/// Cost: three passes over both; sums have a fixed order.
template <class ExecSpace, class ModelView, class DataView>
Vector<double, ExecSpace> coefficient_of_determination(ExecSpace const& space,
                                                       ModelView const& model, DataView const& data,
                                                       int axis,
                                                       DeterminationOptions const& options = {})
{
  constexpr int rank = static_cast<int>(ModelView::rank);
  static_assert(rank >= 1 && rank <= 3 && rank == static_cast<int>(DataView::rank),
                "model and data have one rank, 1 to 3");
  KOVAR_REQUIRE(axis >= 0 && axis < rank, "coefficient_of_determination: there is no axis "
                                              << axis << " (the arrays have " << rank
                                              << ", counted from 0)");
  for (int k = 0; k < rank; ++k)
    KOVAR_REQUIRE(model.extent(k) == data.extent(k), "coefficient_of_determination: axis "
                                                         << k << " has " << model.extent(k)
                                                         << " places in the model and "
                                                         << data.extent(k) << " in the data");
  auto const x = detail::with_middle_axis(model, axis);
  auto const y = detail::with_middle_axis(data, axis);
  std::int64_t const n = x.extent(1);
  std::int64_t const n_last = x.extent(2);
  std::int64_t const n_results = static_cast<std::int64_t>(x.extent(0)) * n_last;
  auto const result = allocate<Vector<double, ExecSpace>>(
      space, "kovar::gsn::coefficient_of_determination", n_results);
  if (n_results == 0) return result;
  bool const subtracts_mean = options.mean_removal == MeanRemoval::of_data;
  Gain const gain_rule = options.gain;
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      "kovar::gsn::coefficient_of_determination",
      Policy(space, lapack_int(n_results, "coefficient_of_determination"), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const a = team.league_rank() / n_last;
        std::int64_t const b = team.league_rank() % n_last;
        auto const counts = [&](std::int64_t i) {
          return !math::is_nan(x(a, i, b)) && !math::is_nan(y(a, i, b));
        };
        auto const sum = [&](auto const& term) {
          return team_sum<ExecSpace>(team, 0, n,
                                     [&](std::int64_t i) { return counts(i) ? term(i) : 0.0; });
        };
        auto const model_at = [&](std::int64_t i) { return static_cast<double>(x(a, i, b)); };
        auto const data_at = [&](std::int64_t i) { return static_cast<double>(y(a, i, b)); };
        double gain = 1;
        if (gain_rule != Gain::none) {
          double const square = sum([&](std::int64_t i) { return model_at(i) * model_at(i); });
          double const product = sum([&](std::int64_t i) { return model_at(i) * data_at(i); });
          gain = square > 0 ? product / square : 0.0;
          if (gain_rule == Gain::not_negative && gain < 0) gain = 0;
        }
        double mean = 0;
        if (subtracts_mean) mean = sum(data_at) / sum([](std::int64_t) { return 1.0; });
        double const unexplained = sum([&](std::int64_t i) {
          double const difference = data_at(i) - gain * model_at(i);
          return difference * difference;
        });
        double const total = sum([&](std::int64_t i) {
          double const deviation = data_at(i) - mean;
          return deviation * deviation;
        });
        Kokkos::single(Kokkos::PerTeam(team), [&] {
          result(team.league_rank()) =
              total > 0 ? 100 * (1 - unexplained / total) : not_a_number<double>();
        });
      });
  return result;
}

}  // namespace kovar::gsn

#endif
