// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/interleaved.hpp>
#include <kovar/spectral/coefficient_gradient.hpp>
#include <kovar/spectral/eigenvalue_model.hpp>
#include <kovar/spectral/feature_blocks.hpp>
#include <kovar/spectral/lane_assembly.hpp>
#include <kovar/spectral/model_shapes.hpp>
#include <kovar/spectral/weighted_sums.hpp>

namespace kovar::spectral {
namespace {

using linalg::LaneArray;
using linalg::LaneGroup;
using linalg::LanePack;

/// dL/dmu_j = sum_b g_b q_bj^2 by threads of a host.
template <class Scalar, class ExecSpace>
void diagonal_gradient_in_lanes(ExecSpace const& space, Rows<Scalar, ExecSpace> const& vectors,
                                Vector<Scalar, ExecSpace> const& upstream,
                                Vector<Scalar, ExecSpace> const& gradient)
{
  using Pack = LanePack<Scalar, ExecSpace>;
  constexpr int width = n_lanes<Pack>;
  auto const n = static_cast<std::int64_t>(upstream.extent(0));
  auto const d = static_cast<std::int64_t>(gradient.extent(0));
  Kokkos::parallel_for(
      "kovar::spectral::diagonal_gradient",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0,
                                                                      (d + width - 1) / width),
      KOKKOS_LAMBDA(std::int64_t chunk) {
        std::int64_t const first = chunk * width;
        Pack sum = {};
        for (std::int64_t b = 0; b < n; ++b) {
          Pack const q = linalg::load_pack<Scalar, ExecSpace>(&vectors(b, first));
          sum += upstream(b) * q * q;
        }
        for (int lane = 0; lane < width && first + lane < d; ++lane)
          gradient(first + lane) = lane_of(sum, lane);
      });
}

/// The same on a device, in parts of the samples.
template <class Scalar, class ExecSpace>
void diagonal_gradient_in_parts(ExecSpace const& space, Rows<Scalar, ExecSpace> const& vectors,
                                Vector<Scalar, ExecSpace> const& upstream,
                                Vector<Scalar, ExecSpace> const& gradient)
{
  weighted_sums(
      space, "kovar::spectral::diagonal_gradient",
      KOKKOS_LAMBDA(std::int64_t b, std::int64_t j) {
        return upstream(b) * vectors(b, j) * vectors(b, j);
      },
      static_cast<std::int64_t>(upstream.extent(0)), gradient);
}

/// Add sum over the lower triangle of A_f o q q^T, off-diagonals twice, for n_features features.
template <int n_features, class Pack, class Scalar, class ExecSpace, class Array>
KOKKOS_FORCEINLINE_FUNCTION void quadratic_forms(Rows<Scalar, ExecSpace> const& coefficients,
                                                 int first_feature, int d, Array const& q,
                                                 Pack (&form)[n_features])
{
  Scalar const* a[n_features];
  KOVAR_UNROLL
  for (int f = 0; f < n_features; ++f) {
    form[f] = Pack{};
    a[f] = &coefficients(first_feature + f, 0);
  }
  std::int64_t entry = 0;
  for (int i = 0; i < d; ++i) {
    Pack const twice = q[i] + q[i];
    for (int j = 0; j < i; ++j, ++entry) {
      Pack const product = twice * q[j];
      KOVAR_UNROLL
      for (int f = 0; f < n_features; ++f) form[f] += product * a[f][entry];
    }
    Pack const square = q[i] * q[i];
    KOVAR_UNROLL
    for (int f = 0; f < n_features; ++f) form[f] += square * a[f][entry];
    ++entry;
  }
}

}  // namespace

template <class Scalar, class ExecSpace>
ModelGradient<Scalar, ExecSpace> make_gradient(ExecSpace const& space,
                                               EigenvalueModel<Scalar, ExecSpace> const& model)
{
  return {allocate<Vector<Scalar, ExecSpace>>(space, "kovar::spectral::diagonal_gradient",
                                              model.diagonal.extent(0)),
          allocate<Rows<Scalar, ExecSpace>>(space, "kovar::spectral::coefficient_gradient",
                                            model.coefficients.extent(0),
                                            model.coefficients.extent(1))};
}

template <class Scalar, class ExecSpace>
void parameter_gradient(ExecSpace const& space, EigenvalueModel<Scalar, ExecSpace> const& model,
                        ConstRows<Scalar, ExecSpace> const& x,
                        Rows<Scalar, ExecSpace> const& vectors,
                        Vector<Scalar, ExecSpace> const& upstream,
                        ModelGradient<Scalar, ExecSpace> const& gradient)
{
  require_model(model);
  require_samples(model, x, upstream);
  require_vectors(model, static_cast<std::int64_t>(x.extent(0)), vectors);
  KOVAR_REQUIRE(gradient.diagonal.extent(0) == model.diagonal.extent(0) &&
                    gradient.coefficients.extent(0) == model.coefficients.extent(0) &&
                    gradient.coefficients.extent(1) == model.coefficients.extent(1),
                "the gradient's shape is not that of the model; take make_gradient()");
  Region const region("kovar::spectral::parameter_gradient");
  coefficient_gradient(space, x, vectors, upstream,
                       n_sample_parts<ExecSpace>(static_cast<std::int64_t>(x.extent(0))),
                       gradient.coefficients);
  if constexpr (is_host_space<ExecSpace>)
    diagonal_gradient_in_lanes(space, vectors, upstream, gradient.diagonal);
  else
    diagonal_gradient_in_parts(space, vectors, upstream, gradient.diagonal);
}

template <class Scalar, class ExecSpace>
void feature_gradient(ExecSpace const& space, EigenvalueModel<Scalar, ExecSpace> const& model,
                      Rows<Scalar, ExecSpace> const& vectors,
                      Vector<Scalar, ExecSpace> const& upstream,
                      Rows<Scalar, ExecSpace> const& gradient)
{
  require_model(model);
  require_samples(model, ConstRows<Scalar, ExecSpace>(gradient), upstream);
  require_vectors(model, static_cast<std::int64_t>(upstream.extent(0)), vectors);
  Region const region("kovar::spectral::feature_gradient");
  using Pack = LanePack<Scalar, ExecSpace>;
  using Array = LaneArray<Scalar, ExecSpace>;
  int const d = static_cast<int>(model.order());
  int const p = static_cast<int>(model.n_features());
  linalg::for_lane_groups<Scalar>(
      space, "kovar::spectral::feature_gradient", static_cast<std::int64_t>(upstream.extent(0)), d,
      KOKKOS_LAMBDA(LaneGroup const& group, Array const& q) {
        load_rows<Pack>(vectors, group, d, q);
        for_feature_blocks(p, [&](int first_feature, auto n_features) {
          constexpr int n = decltype(n_features)::value;
          Pack form[n];
          quadratic_forms<n, Pack>(model.coefficients, first_feature, d, q, form);
          store_feature_gradient<n, Pack>(group, first_feature, form, upstream, gradient);
        });
      });
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                       \
  template ModelGradient<Scalar, ExecSpace> make_gradient(                                         \
      ExecSpace const&, EigenvalueModel<Scalar, ExecSpace> const&);                                \
  template void parameter_gradient(                                                                \
      ExecSpace const&, EigenvalueModel<Scalar, ExecSpace> const&,                                 \
      ConstRows<Scalar, ExecSpace> const&, Rows<Scalar, ExecSpace> const&,                         \
      Vector<Scalar, ExecSpace> const&, ModelGradient<Scalar, ExecSpace> const&);                  \
  template void feature_gradient(ExecSpace const&, EigenvalueModel<Scalar, ExecSpace> const&,      \
                                 Rows<Scalar, ExecSpace> const&, Vector<Scalar, ExecSpace> const&, \
                                 Rows<Scalar, ExecSpace> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::spectral
