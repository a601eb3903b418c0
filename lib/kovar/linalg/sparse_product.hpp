// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_SPARSE_PRODUCT_HPP
#define KOVAR_LINALG_SPARSE_PRODUCT_HPP

#include <kovar/core/lanes.hpp>
#include <kovar/core/views.hpp>
#include <kovar/linalg/device_rows.hpp>
#include <kovar/linalg/kept_rows.hpp>
#include <kovar/linalg/partial_sums.hpp>
#include <kovar/linalg/tiled_rows.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Products of a sparse matrix with vectors: A x, A^T x, and those of a symmetric one of which half is
/// kept. Results are the same bits whenever the number of threads is.
///
/// X is double for one vector; a pack of doubles for as many vectors at once, entry i of which stand
/// together: the matrix is read once for all of them.

namespace kovar::linalg {

/// X for as many vectors as a vector register of the host has doubles; a device has none but double.
template <class ExecSpace>
using PackOfVectors = typename Lanes<double, ExecSpace>::aligned_type;

/// Products with A and with A^T. On a host every thread takes a stretch of rows and, for A^T, adds to
/// a copy of y; on a device a second matrix, A^T, is kept. Nothing is allocated by a product.
template <class ExecSpace, class X = double>
class SparseProduct {
 public:
  /// \param a  valid; read, and on a host kept without copying values
  SparseProduct(ExecSpace const& space, HostSparseMatrix const& a,
                SparseFormat format = SparseFormat::automatic);

  std::int64_t n_rows() const { return n_rows_; }
  std::int64_t n_columns() const { return n_columns_; }

  /// y = A x.
  /// \param x  n_columns
  /// \param y  n_rows
  /// \throws InputError if the lengths do not fit
  /// Cost: 2 flops an entry and vector; the matrix is read once (kept_rows.hpp: 8 to 12 bytes an entry).
  void multiply(ExecSpace const& space, Vector<X const, ExecSpace> const& x,
                Vector<X, ExecSpace> const& y) const;

  /// y = A^T x.
  /// \param x  n_rows
  /// \param y  n_columns
  /// \throws InputError if the lengths do not fit
  void multiply_transposed(ExecSpace const& space, Vector<X const, ExecSpace> const& x,
                           Vector<X, ExecSpace> const& y) const;

 private:
  std::int64_t n_rows_;
  std::int64_t n_columns_;
  KeptRows rows_;                        // on a host
  std::vector<std::int64_t> first_row_;  // of each part
  PartialSums<X, ExecSpace> sums_;
  DeviceRows<ExecSpace> device_;  // on a device
  DeviceRows<ExecSpace> device_transposed_;
};

/// Products with a symmetric matrix. A host keeps and reads the diagonal and what stands right of it,
/// copied in tiles where runs are long; a device keeps all of it.
template <class ExecSpace, class X = double>
class SymmetricProduct {
 public:
  /// \param a  valid
  SymmetricProduct(ExecSpace const& space, HostSymmetricMatrix const& a,
                   SparseFormat format = SparseFormat::automatic);

  /// For several vectors with the matrix of one, which is shared.
  SymmetricProduct(ExecSpace const& space, SymmetricProduct<ExecSpace> const& one);

  std::int64_t n_rows() const { return n_rows_; }

  /// y = A x.
  /// \param x, y  n_rows each; not the same memory
  /// \throws InputError if the lengths do not fit
  /// Cost: 4 flops for each entry right of the diagonal.
  void multiply(ExecSpace const& space, Vector<X const, ExecSpace> const& x,
                Vector<X, ExecSpace> const& y) const;

 private:
  template <class Space, class Y>
  friend class SymmetricProduct;

  std::int64_t n_rows_;
  Vector<double, ExecSpace> diagonal_;
  KeptRows upper_;  // where runs are short
  bool has_tiles_ = false;
  TiledRows<ExecSpace> tiles_;  // where they are long
  std::vector<std::int64_t> first_row_;
  PartialSums<X, ExecSpace> sums_;
  DeviceRows<ExecSpace> device_;
};

}  // namespace kovar::linalg

#endif
