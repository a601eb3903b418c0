// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/interleaved.hpp>
#include <kovar/spectral/eigenvalue_model.hpp>
#include <kovar/spectral/feature_blocks.hpp>
#include <kovar/spectral/lane_assembly.hpp>
#include <kovar/spectral/model_shapes.hpp>

#include <algorithm>

namespace kovar::spectral {
namespace {

using linalg::LaneArray;
using linalg::LaneGroup;
using linalg::LanePack;

/// Samples whose eigenvectors stay in a second-level cache while all entries are summed over them.
constexpr std::int64_t n_block_samples = 256;

/// Neighbouring entries of one row of the lower triangle, one in each lane.
struct EntryChunk {
  int row;
  int first_column;
};

/// Chunks of a triangle of d rows.
inline std::int64_t n_chunks(std::int64_t d, int width)
{
  std::int64_t n = 0;
  for (std::int64_t row = 0; row < d; ++row) n += (row + width) / width;
  return n;
}

KOKKOS_INLINE_FUNCTION EntryChunk chunk_at(std::int64_t index, int width)
{
  int row = 0;
  while (index >= (row + width) / width) {
    index -= (row + width) / width;
    ++row;
  }
  return {row, static_cast<int>(index) * width};
}

/// Inputs of the sums.
template <class Scalar, class ExecSpace>
struct Sums {
  ConstRows<Scalar, ExecSpace> x;
  Rows<Scalar, ExecSpace> vectors;
  Vector<Scalar, ExecSpace> upstream;
  Rows<Scalar, ExecSpace> gradient;
};

/// Add sum_b g_b x_bf q_bi q_bj over samples [begin, end) to n_features rows of the gradient.
template <int n_features, class Pack, class Scalar, class ExecSpace>
KOKKOS_FORCEINLINE_FUNCTION void add_products(Sums<Scalar, ExecSpace> const& sums,
                                              EntryChunk const& chunk, int first_feature,
                                              std::int64_t begin, std::int64_t end)
{
  Pack sum[n_features];
  KOVAR_UNROLL
  for (int f = 0; f < n_features; ++f) sum[f] = Pack{};
  Scalar const* q = &sums.vectors(begin, 0);
  Scalar const* x = &sums.x(begin, first_feature);
  auto const q_stride = static_cast<std::int64_t>(sums.vectors.stride(0));
  auto const x_stride = static_cast<std::int64_t>(sums.x.stride(0));
  for (std::int64_t b = begin; b < end; ++b, q += q_stride, x += x_stride) {
    Pack const product = (sums.upstream(b) * q[chunk.row]) *
                         linalg::load_pack<Scalar, ExecSpace>(q + chunk.first_column);
    KOVAR_UNROLL
    for (int f = 0; f < n_features; ++f) sum[f] += product * x[f];
  }
  std::int64_t const entry = std::int64_t{chunk.row} * (chunk.row + 1) / 2 + chunk.first_column;
  int const n_entries = chunk.row + 1 - chunk.first_column;
  KOVAR_UNROLL
  for (int f = 0; f < n_features; ++f) {
    Scalar* const to = &sums.gradient(first_feature + f, entry);
    for (int lane = 0; lane < n_lanes<Pack>; ++lane) {
      if (lane >= n_entries) break;
      bool const is_diagonal = chunk.first_column + lane == chunk.row;
      to[lane] += (is_diagonal ? Scalar(1) : Scalar(2)) * lane_of(sum[f], lane);
    }
  }
}

template <class Scalar, class ExecSpace>
void coefficient_gradient(ExecSpace const& space, Sums<Scalar, ExecSpace> const& sums)
{
  using Pack = LanePack<Scalar, ExecSpace>;
  constexpr int width = n_lanes<Pack>;
  std::int64_t const d =
      linalg::order_of_triangle(static_cast<std::int64_t>(sums.gradient.extent(1)));
  std::int64_t const n_all = n_chunks(d, width);
  // A thread goes through its chunks for one block of samples after the other.
  std::int64_t const n_sets =
      is_host_space<ExecSpace> ? std::min<std::int64_t>(n_all, 4 * space.concurrency()) : n_all;
  int const p = static_cast<int>(sums.x.extent(1));
  auto const n = static_cast<std::int64_t>(sums.x.extent(0));
  Kokkos::deep_copy(space, sums.gradient, Scalar(0));
  Kokkos::parallel_for(
      "kovar::spectral::coefficient_gradient",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n_sets),
      KOKKOS_LAMBDA(std::int64_t set) {
        std::int64_t const first = n_all * set / n_sets;
        std::int64_t const last = n_all * (set + 1) / n_sets;
        for (std::int64_t begin = 0; begin < n; begin += n_block_samples) {
          std::int64_t const end = begin + n_block_samples < n ? begin + n_block_samples : n;
          for (std::int64_t c = first; c < last; ++c) {
            EntryChunk const chunk = chunk_at(c, width);
            for_feature_blocks(p, [&](int first_feature, auto n_features) {
              add_products<decltype(n_features)::value, Pack>(sums, chunk, first_feature, begin,
                                                              end);
            });
          }
        }
      });
}

/// dL/dmu_j = sum_b g_b q_bj^2.
template <class Scalar, class ExecSpace>
void diagonal_gradient(ExecSpace const& space, Rows<Scalar, ExecSpace> const& vectors,
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
  coefficient_gradient<Scalar, ExecSpace>(space, {x, vectors, upstream, gradient.coefficients});
  diagonal_gradient<Scalar, ExecSpace>(space, vectors, upstream, gradient.diagonal);
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
