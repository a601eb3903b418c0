// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_BAND_PANELS_HPP
#define KOVAR_DIST_BAND_PANELS_HPP

#include <kovar/dist/panels.hpp>
#include <kovar/linalg/band_reduction.hpp>

/// \file
/// Panels of the reduction to a band: band_width columns from the rows of their reflectors down.

namespace kovar::dist {

/// Sends panels of a matrix to all ranks.
template <class Scalar>
class BandPanels {
 public:
  /// \throws BackendError if there is not the memory: within agree()
  BandPanels(Host const& space, BlockCyclicMatrix<Scalar> const& a);

  /// A panel as it stands in the matrix; collective. \param to  n_rows x band_width, without gaps
  void collect(linalg::ReflectorBlock const& p, Matrix<Scalar, Host> const& to) const;

  /// Each rank keeps what it owns. No communication. \param panel  n_rows x band_width
  void keep(linalg::ReflectorBlock const& p, Matrix<Scalar, Host> const& panel) const;

 private:
  IndexRange owned_rows(linalg::ReflectorBlock const& p) const;
  IndexRange owned_columns(linalg::ReflectorBlock const& p) const;

  Host space_;
  BlockCyclicMatrix<Scalar> a_;
  PanelExchange<Scalar> exchange_;
  PanelMemory<Scalar> of_rows_;  ///< not needed where a rank has all rows
};

}  // namespace kovar::dist

#endif
