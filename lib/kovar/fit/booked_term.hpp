// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_BOOKED_TERM_HPP
#define KOVAR_FIT_BOOKED_TERM_HPP

#include <kovar/fit/external_term.hpp>
#include <kovar/fit/histogram.hpp>

#include <string>
#include <vector>

/// \file
/// External terms as they are handed to a TensorBuilder.

namespace kovar::fit {

enum class HessianSymmetry {
  required,  ///< a Hessian that differs from its transpose by more than rounding is refused
  averaged,  ///< (H + H^T) / 2 is taken
};

/// Half of a Hessian that is given in all its entries.
/// \param n     number of parameters
/// \param what  whose Hessian it is, at the start of messages
/// \throws InputError if it is not n x n, lists an element twice, or is not symmetric where that is
///         required: elements differ from those on the other side by more than 1e-10 of the largest
/// Cost: a few passes; rows that are not sorted are copied and sorted, averaging copies all twice.
linalg::HostSymmetricMatrix hessian_half(linalg::HostSparseMatrix const& hessian, std::int64_t n,
                                         HessianSymmetry symmetry, std::string const& what);

/// The entries of a dense matrix that are not 0.
/// \param values  n x n, row after row
linalg::HostSparseMatrix sparse_hessian(std::vector<double> const& values, std::int64_t n,
                                        std::string const& what);

/// The term of a gradient with one category axis and a Hessian with two equal ones, either of them null if
/// there is none. Labels are names of parameters; overflow bins do not count.
/// \throws InputError as section 6 of the specification lists it
ExternalTerm term_of_histograms(std::string const& name, Histogram const* gradient,
                                Histogram const* hessian, HessianSymmetry symmetry);

}  // namespace kovar::fit

#endif
