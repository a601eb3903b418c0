// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_BAND_MATRIX_HPP
#define KOVAR_LINALG_BAND_MATRIX_HPP

#include <kovar/linalg/band_reduction.hpp>

#include <cstddef>
#include <vector>

/// \file
/// Storage of symmetric bands for bulge chasing.

namespace kovar::linalg {

/// The lower half of a symmetric band by columns, with room for the bulges of chase_bulges(): entries
/// (i, j) with j <= i < j + 2 band_width. Columns past the end are zeros.
template <class Scalar>
class BandMatrix {
 public:
  static constexpr std::ptrdiff_t n_rows = 2 * band_width;
  /// Entry (i + 1, j) follows (i, j), and (i, j + 1) stands this much further on.
  static constexpr std::ptrdiff_t stride = n_rows - 1;

  /// All zeros.
  explicit BandMatrix(int n)
      : n_(n), values_(static_cast<std::size_t>(n_rows * (n + band_width)), Scalar(0))
  {
  }

  int order() const { return n_; }
  Scalar* at(int i, int j) { return values_.data() + i + j * stride; }
  std::vector<Scalar>& values() { return values_; }

 private:
  int n_;
  std::vector<Scalar> values_;
};

}  // namespace kovar::linalg

#endif
