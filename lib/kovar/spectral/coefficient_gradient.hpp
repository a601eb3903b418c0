// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_COEFFICIENT_GRADIENT_HPP
#define KOVAR_SPECTRAL_COEFFICIENT_GRADIENT_HPP

#include <kovar/linalg/interleaved.hpp>
#include <kovar/spectral/eigenvalue_model.hpp>
#include <kovar/spectral/feature_blocks.hpp>
#include <kovar/spectral/sample_parts.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cstdint>

/// \file
/// The gradient of a model's coefficients: sums over samples of products of features and eigenvectors.

namespace kovar::spectral {

namespace detail {

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

/// Inputs of the sums, and where they go.
template <class Scalar, class ExecSpace>
struct CoefficientSums {
  ConstRows<Scalar, ExecSpace> x;
  Rows<Scalar, ExecSpace> vectors;
  Vector<Scalar, ExecSpace> upstream;
  Rows<Scalar, ExecSpace> gradient;
};

/// Add sum_b g_b x_bf q_bi q_bj over samples [begin, end) to n_features rows of the gradient from
/// first_row + first_feature on.
template <int n_features, class Pack, class Scalar, class ExecSpace>
KOKKOS_FORCEINLINE_FUNCTION void add_products(CoefficientSums<Scalar, ExecSpace> const& sums,
                                              EntryChunk const& chunk, int first_feature,
                                              std::int64_t begin, std::int64_t end,
                                              std::int64_t first_row)
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
    Scalar* const to = &sums.gradient(first_row + first_feature + f, entry);
    for (int lane = 0; lane < n_lanes<Pack>; ++lane) {
      if (lane >= n_entries) break;
      bool const is_diagonal = chunk.first_column + lane == chunk.row;
      to[lane] += (is_diagonal ? Scalar(1) : Scalar(2)) * lane_of(sum[f], lane);
    }
  }
}

}  // namespace detail

/// gradient(f, ij) := sum_b g_b x_bf q_bi q_bj, off-diagonals twice, in parts of the samples
/// (sample_parts.hpp).
/// \param x         n x p
/// \param vectors   n x rows of vector_row_length()
/// \param upstream  g, n
/// \param gradient  p x d (d + 1) / 2, result
/// Cost: n p d (d + 1) flops.
template <class Scalar, class ExecSpace>
void coefficient_gradient(ExecSpace const& space, ConstRows<Scalar, ExecSpace> const& x,
                          Rows<Scalar, ExecSpace> const& vectors,
                          Vector<Scalar, ExecSpace> const& upstream, std::int64_t n_parts,
                          Rows<Scalar, ExecSpace> const& gradient)
{
  using Pack = linalg::LanePack<Scalar, ExecSpace>;
  constexpr int width = n_lanes<Pack>;
  std::int64_t const d = linalg::order_of_triangle(static_cast<std::int64_t>(gradient.extent(1)));
  std::int64_t const n_all = detail::n_chunks(d, width);
  // A thread goes through its chunks for one block of samples after the other.
  std::int64_t const n_sets =
      is_host_space<ExecSpace> ? std::min<std::int64_t>(n_all, 4 * space.concurrency()) : n_all;
  int const p = static_cast<int>(x.extent(1));
  auto const n = static_cast<std::int64_t>(x.extent(0));
  detail::CoefficientSums<Scalar, ExecSpace> const sums = {
      x, vectors, upstream, rows_for_parts(space, gradient, n_parts)};
  Kokkos::deep_copy(space, sums.gradient, Scalar(0));
  Kokkos::parallel_for(
      "kovar::spectral::coefficient_gradient",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n_sets * n_parts),
      KOKKOS_LAMBDA(std::int64_t index) {
        std::int64_t const set = index % n_sets;
        std::int64_t const part = index / n_sets;
        std::int64_t const first = n_all * set / n_sets;
        std::int64_t const last = n_all * (set + 1) / n_sets;
        std::int64_t const part_end = part_begin(n, part + 1, n_parts);
        for (std::int64_t begin = part_begin(n, part, n_parts); begin < part_end;
             begin += detail::n_block_samples) {
          std::int64_t const end = begin + detail::n_block_samples < part_end
                                       ? begin + detail::n_block_samples
                                       : part_end;
          for (std::int64_t c = first; c < last; ++c) {
            detail::EntryChunk const chunk = detail::chunk_at(c, width);
            for_feature_blocks(p, [&](int first_feature, auto n_features) {
              detail::add_products<decltype(n_features)::value, Pack>(sums, chunk, first_feature,
                                                                      begin, end, part * p);
            });
          }
        }
      });
  add_parts(space, "kovar::spectral::coefficient_gradient", sums.gradient, n_parts, gradient);
}

}  // namespace kovar::spectral

#endif
