// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_LANE_ASSEMBLY_HPP
#define KOVAR_SPECTRAL_LANE_ASSEMBLY_HPP

#include <kovar/linalg/interleaved.hpp>
#include <kovar/spectral/eigenvalue_model.hpp>
#include <kovar/spectral/feature_blocks.hpp>

/// \file
/// Matrices of samples, one in each lane, from their features.

namespace kovar::spectral {

/// Entry `column` of a group's rows, one in each lane.
template <class Pack, class View>
KOKKOS_FORCEINLINE_FUNCTION Pack load_column(View const& rows, linalg::LaneGroup const& group,
                                             std::int64_t column)
{
  Pack entry = {};
  for (int lane = 0; lane < n_lanes<Pack>; ++lane)
    set_lane(entry, lane, rows(group.problem(lane), column));
  return entry;
}

/// The first n entries of a group's rows, one row in each lane.
template <class Pack, class View, class Array>
KOKKOS_INLINE_FUNCTION void load_rows(View const& rows, linalg::LaneGroup const& group,
                                      std::int64_t n, Array const& to)
{
  for (std::int64_t k = 0; k < n; ++k) to[k] = load_column<Pack>(rows, group, k);
}

/// gradient(b, first + f) := upstream(b) sum_f of the group's samples b.
template <int n_features, class Pack, class Scalar, class ExecSpace>
KOKKOS_FORCEINLINE_FUNCTION void store_feature_gradient(linalg::LaneGroup const& group, int first,
                                                        Pack const (&sum)[n_features],
                                                        Vector<Scalar, ExecSpace> const& upstream,
                                                        Rows<Scalar, ExecSpace> const& gradient)
{
  for (int f = 0; f < n_features; ++f)
    for (int lane = 0; lane < group.n; ++lane)
      gradient(group.first + lane, first + f) =
          upstream(group.first + lane) * lane_of(sum[f], lane);
}

/// matrix += sum over n_features features from `first` on of x_f A_f.
template <int n_features, class Pack, class Scalar, class ExecSpace, class Array>
KOKKOS_FORCEINLINE_FUNCTION void add_feature_matrices(Rows<Scalar, ExecSpace> const& coefficients,
                                                      int first, int d, Array const& features,
                                                      Array const& matrix)
{
  Pack x[n_features];
  Scalar const* a[n_features];
  KOVAR_UNROLL
  for (int f = 0; f < n_features; ++f) {
    x[f] = features[first + f];
    a[f] = &coefficients(first + f, 0);
  }
  std::int64_t entry = 0;
  for (int i = 0; i < d; ++i)
    for (int j = 0; j <= i; ++j, ++entry) {
      Pack sum = matrix[linalg::column_index(d, i, j)];
      KOVAR_UNROLL
      for (int f = 0; f < n_features; ++f) sum += x[f] * a[f][entry];
      matrix[linalg::column_index(d, i, j)] = sum;
    }
}

/// matrix := diag(mu) + sum_f x_f A_f, a sample in each lane, columns of lower triangles.
template <class Pack, class Scalar, class ExecSpace, class Array>
KOKKOS_INLINE_FUNCTION void assemble_matrix(EigenvalueModel<Scalar, ExecSpace> const& model,
                                            Array const& features, Array const& matrix)
{
  int const d = static_cast<int>(model.diagonal.extent(0));
  for (int j = 0; j < d; ++j) {
    std::int64_t const start = linalg::column_index(d, j, j);
    matrix[start] = all_lanes<Pack>(model.diagonal(j));
    for (int i = j + 1; i < d; ++i) matrix[start + i - j] = Pack{};
  }
  int const p = static_cast<int>(model.coefficients.extent(0));
  for_feature_blocks(p, [&](int first, auto n_features) {
    add_feature_matrices<decltype(n_features)::value, Pack>(model.coefficients, first, d, features,
                                                            matrix);
  });
}

/// entries := W x + b, rows of W one after the other, a sample in each lane.
template <class Pack, class Scalar, class ExecSpace, class Array>
KOKKOS_INLINE_FUNCTION void affine_map(Rows<Scalar, ExecSpace> const& weights,
                                       Vector<Scalar, ExecSpace> const& bias, Array const& features,
                                       Array const& entries)
{
  int const n_rows = static_cast<int>(weights.extent(0));
  int const p = static_cast<int>(weights.extent(1));
  for (int j = 0; j < n_rows; ++j) {
    Scalar const* const row = &weights(j, 0);
    Pack sum = all_lanes<Pack>(bias(j));
    for (int f = 0; f < p; ++f) sum += features[f] * row[f];
    entries[j] = sum;
  }
}

}  // namespace kovar::spectral

#endif
