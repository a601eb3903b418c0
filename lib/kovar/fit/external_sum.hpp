// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_EXTERNAL_SUM_HPP
#define KOVAR_FIT_EXTERNAL_SUM_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/fit/external_term.hpp>
#include <kovar/fit/parameters.hpp>
#include <kovar/linalg/sparse_product.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// The sum of all external terms as a function of all parameters. Every rank has a share of the rows of
/// each Hessian.

namespace kovar::fit {

/// A rank's share of sum_t g_t^T x_t + x_t^T H_t x_t / 2; shares add up to the sum. X as in
/// linalg::SparseProduct: a number, or on hosts a pack, for products with several vectors at once.
template <class ExecSpace, class X = double>
class ExternalSum {
 public:
  ExternalSum() = default;

  /// \throws InputError naming term and parameter if a term names what is no parameter
  ExternalSum(ExecSpace const& space, dist::Communicator const& comm,
              std::vector<ExternalTerm> const& terms, Parameters const& parameters);

  /// For products with several vectors, with the Hessians of one, which are shared.
  ExternalSum(ExecSpace const& space, ExternalSum<ExecSpace> const& one);

  bool is_empty() const { return terms_.empty(); }

  /// y += H x.
  /// \param x, y  n parameters
  void add_product(ExecSpace const& space, Vector<X const, ExecSpace> const& x,
                   Vector<X, ExecSpace> const& y) const;

  /// y += g.
  void add_linear(ExecSpace const& space, Vector<double, ExecSpace> const& y) const;

  /// y += the diagonal of H.
  void add_diagonal(ExecSpace const& space, Vector<double, ExecSpace> const& y) const;

 private:
  template <class Space, class Y>
  friend class ExternalSum;

  struct Term {
    Vector<std::int64_t, ExecSpace> parameters;
    Vector<double, ExecSpace> gradient;  // of length 0: none here
    Vector<double, ExecSpace> diagonal;  // likewise
    linalg::SymmetricProduct<ExecSpace, X> hessian;
    Vector<X, ExecSpace> x;  // of its parameters
    Vector<X, ExecSpace> product;
  };
  std::vector<Term> terms_;
};

}  // namespace kovar::fit

#endif
