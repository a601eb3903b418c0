// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/interleaved.hpp>
#include <kovar/spectral/feature_blocks.hpp>
#include <kovar/spectral/lane_assembly.hpp>
#include <kovar/spectral/lane_smoothed.hpp>
#include <kovar/spectral/model_shapes.hpp>
#include <kovar/spectral/smoothed_model.hpp>
#include <kovar/spectral/weighted_sums.hpp>

namespace kovar::spectral {
namespace {

using linalg::LaneArray;
using linalg::LaneGroup;
using linalg::LanePack;

template <class Scalar, class ExecSpace>
void require_slopes(SmoothedModel<Scalar, ExecSpace> const& model, std::size_t n,
                    Rows<Scalar, ExecSpace> const& slopes)
{
  KOVAR_REQUIRE(slopes.extent(0) >= n && slopes.extent(1) == model.matrix.coefficients.extent(1),
                "'" << slopes.label() << "' is " << slopes.extent(0) << " x " << slopes.extent(1)
                    << " for " << n << " samples and order " << model.matrix.order()
                    << " (d (d + 1) / 2 numbers for each sample are needed: "
                    << model.matrix.coefficients.extent(1) << ")");
}

/// What slopes of sample b are multiplied by for feature f.
template <class Scalar, class ExecSpace>
struct FeatureWeight {
  ConstRows<Scalar, ExecSpace> x;
  Vector<Scalar, ExecSpace> upstream;
  KOKKOS_FORCEINLINE_FUNCTION Scalar operator()(std::int64_t b, std::int64_t f) const
  {
    return upstream(b) * x(b, f);
  }
};

/// Derivative of L by diagonal entry j of sample b.
template <class Scalar, class ExecSpace>
struct DiagonalSlope {
  Rows<Scalar, ExecSpace> slopes;
  Vector<Scalar, ExecSpace> upstream;
  KOKKOS_FORCEINLINE_FUNCTION Scalar operator()(std::int64_t b, std::int64_t j) const
  {
    return upstream(b) * slopes(b, j * (j + 3) / 2);
  }
};

}  // namespace

template <class Scalar, class ExecSpace>
void evaluate(ExecSpace const& space, SmoothedModel<Scalar, ExecSpace> const& model,
              ConstRows<Scalar, ExecSpace> const& x, Vector<Scalar, ExecSpace> const& values)
{
  int const k = require_model(model.matrix);
  require_alpha(model.alpha);
  require_samples(model.matrix, x, values);
  Region const region("kovar::spectral::evaluate");
  using Pack = LanePack<Scalar, ExecSpace>;
  using Array = LaneArray<Scalar, ExecSpace>;
  int const d = static_cast<int>(model.matrix.order());
  auto const p = static_cast<std::int64_t>(x.extent(1));
  std::int64_t const n_matrix = linalg::triangle_size(d);
  std::int64_t const n_work = n_matrix + smoothed_value_work_size(d);
  linalg::for_lane_groups<Scalar>(
      space, "kovar::spectral::smoothed_model_values", static_cast<std::int64_t>(x.extent(0)),
      n_work + p, KOKKOS_LAMBDA(LaneGroup const& group, Array const& work) {
        load_rows<Pack>(x, group, p, work + n_work);
        assemble_matrix<Pack>(model.matrix, work + n_work, work);
        SmoothedWork<Array> const parts(work + n_matrix, d, 0);
        Pack const value = lane_smoothed_value<Pack>(work, d, k, model.alpha, parts);
        for (int lane = 0; lane < group.n; ++lane)
          values(group.first + lane) = lane_of(value, lane);
      });
}

template <class Scalar, class ExecSpace>
void evaluate(ExecSpace const& space, SmoothedModel<Scalar, ExecSpace> const& model,
              ConstRows<Scalar, ExecSpace> const& x, Vector<Scalar, ExecSpace> const& values,
              Rows<Scalar, ExecSpace> const& slopes)
{
  int const k = require_model(model.matrix);
  require_alpha(model.alpha);
  require_samples(model.matrix, x, values);
  require_slopes(model, x.extent(0), slopes);
  Region const region("kovar::spectral::evaluate");
  using Pack = LanePack<Scalar, ExecSpace>;
  using Array = LaneArray<Scalar, ExecSpace>;
  int const d = static_cast<int>(model.matrix.order());
  auto const p = static_cast<std::int64_t>(x.extent(1));
  std::int64_t const n_matrix = linalg::triangle_size(d);
  std::int64_t const n_work = n_matrix + smoothed_slope_work_size(d);
  linalg::for_lane_groups<Scalar>(
      space, "kovar::spectral::smoothed_model_slopes", static_cast<std::int64_t>(x.extent(0)),
      n_work + p, KOKKOS_LAMBDA(LaneGroup const& group, Array const& work) {
        load_rows<Pack>(x, group, p, work + n_work);
        assemble_matrix<Pack>(model.matrix, work + n_work, work);
        SmoothedWork<Array> const parts(work + n_matrix, d, d);
        Pack const value = lane_smoothed_slope<Pack>(work, d, k, model.alpha, parts);
        for (int lane = 0; lane < group.n; ++lane) {
          std::int64_t const b = group.first + lane;
          values(b) = lane_of(value, lane);
          for (std::int64_t t = 0; t < n_matrix; ++t) slopes(b, t) = lane_of(work[t], lane);
        }
      });
}

template <class Scalar, class ExecSpace>
void parameter_gradient(ExecSpace const& space, SmoothedModel<Scalar, ExecSpace> const& model,
                        ConstRows<Scalar, ExecSpace> const& x,
                        Rows<Scalar, ExecSpace> const& slopes,
                        Vector<Scalar, ExecSpace> const& upstream,
                        ModelGradient<Scalar, ExecSpace> const& gradient)
{
  require_model(model.matrix);
  require_samples(model.matrix, x, upstream);
  require_slopes(model, x.extent(0), slopes);
  KOVAR_REQUIRE(gradient.diagonal.extent(0) == model.matrix.diagonal.extent(0) &&
                    gradient.coefficients.extent(0) == model.matrix.coefficients.extent(0) &&
                    gradient.coefficients.extent(1) == model.matrix.coefficients.extent(1),
                "the gradient's shape is not that of the model; take make_gradient()");
  Region const region("kovar::spectral::parameter_gradient");
  auto const n = static_cast<std::int64_t>(x.extent(0));
  auto const used = Kokkos::subview(slopes, std::make_pair(std::int64_t{0}, n), Kokkos::ALL);
  weighted_row_sums(space, "kovar::spectral::smoothed_coefficient_gradient",
                    FeatureWeight<Scalar, ExecSpace>{x, upstream},
                    ConstRows<Scalar, ExecSpace>(used), gradient.coefficients);
  weighted_sums(space, "kovar::spectral::smoothed_diagonal_gradient",
                DiagonalSlope<Scalar, ExecSpace>{slopes, upstream}, n, gradient.diagonal);
}

template <class Scalar, class ExecSpace>
void feature_gradient(ExecSpace const& space, SmoothedModel<Scalar, ExecSpace> const& model,
                      Rows<Scalar, ExecSpace> const& slopes,
                      Vector<Scalar, ExecSpace> const& upstream,
                      Rows<Scalar, ExecSpace> const& gradient)
{
  require_model(model.matrix);
  require_samples(model.matrix, ConstRows<Scalar, ExecSpace>(gradient), upstream);
  require_slopes(model, upstream.extent(0), slopes);
  Region const region("kovar::spectral::feature_gradient");
  using Pack = LanePack<Scalar, ExecSpace>;
  using Array = LaneArray<Scalar, ExecSpace>;
  auto const n_entries = static_cast<std::int64_t>(slopes.extent(1));
  int const p = static_cast<int>(model.matrix.n_features());
  linalg::for_lane_groups<Scalar>(
      space, "kovar::spectral::smoothed_feature_gradient",
      static_cast<std::int64_t>(upstream.extent(0)), n_entries,
      KOKKOS_LAMBDA(LaneGroup const& group, Array const& slope) {
        load_rows<Pack>(slopes, group, n_entries, slope);
        for_feature_blocks(p, [&](int first, auto n_features) {
          constexpr int n = decltype(n_features)::value;
          Pack sum[n] = {};
          for (std::int64_t t = 0; t < n_entries; ++t)
            for (int f = 0; f < n; ++f)
              sum[f] += slope[t] * model.matrix.coefficients(first + f, t);
          store_feature_gradient<n, Pack>(group, first, sum, upstream, gradient);
        });
      });
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                       \
  template void evaluate(ExecSpace const&, SmoothedModel<Scalar, ExecSpace> const&,                \
                         ConstRows<Scalar, ExecSpace> const&, Vector<Scalar, ExecSpace> const&);   \
  template void evaluate(ExecSpace const&, SmoothedModel<Scalar, ExecSpace> const&,                \
                         ConstRows<Scalar, ExecSpace> const&, Vector<Scalar, ExecSpace> const&,    \
                         Rows<Scalar, ExecSpace> const&);                                          \
  template void parameter_gradient(                                                                \
      ExecSpace const&, SmoothedModel<Scalar, ExecSpace> const&,                                   \
      ConstRows<Scalar, ExecSpace> const&, Rows<Scalar, ExecSpace> const&,                         \
      Vector<Scalar, ExecSpace> const&, ModelGradient<Scalar, ExecSpace> const&);                  \
  template void feature_gradient(ExecSpace const&, SmoothedModel<Scalar, ExecSpace> const&,        \
                                 Rows<Scalar, ExecSpace> const&, Vector<Scalar, ExecSpace> const&, \
                                 Rows<Scalar, ExecSpace> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::spectral
