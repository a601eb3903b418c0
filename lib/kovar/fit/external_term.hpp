// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_EXTERNAL_TERM_HPP
#define KOVAR_FIT_EXTERNAL_TERM_HPP

#include <kovar/linalg/sparse_matrix.hpp>

#include <string>
#include <vector>

/// \file
/// What another measurement says about some of the parameters.

namespace kovar::fit {

/// g^T x + x^T H x / 2, where x are the named parameters, as the fit holds them (a signal strength kept
/// as its square root enters as that root).
struct ExternalTerm {
  std::string name;
  std::vector<std::string> parameters;
  std::vector<double> gradient;         ///< of each parameter, or none
  linalg::HostSymmetricMatrix hessian;  ///< of order of the parameters, or of order 0: none
  /// None: every rank holds the whole Hessian. Else rank r of as many ranks as it was dealt to holds the
  /// rows dealt_rows[r] to dealt_rows[r + 1] - 1; its others are empty, also on the diagonal.
  std::vector<std::int64_t> dealt_rows = {};

  bool has_hessian() const { return hessian.upper.n_rows() > 0; }
};

}  // namespace kovar::fit

#endif
