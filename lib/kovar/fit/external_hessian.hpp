// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_EXTERNAL_HESSIAN_HPP
#define KOVAR_FIT_EXTERNAL_HESSIAN_HPP

#include <kovar/dist/communicator.hpp>
#include <kovar/fit/external_term.hpp>
#include <kovar/fit/parameters.hpp>

#include <cstdint>
#include <vector>

/// \file
/// The Hessians of all external terms as one matrix.

namespace kovar::fit {

/// Sum of the terms' Hessians over the parameters that move, in their order. Where that is the matrix of
/// one term as it stands, its entries are shared, not copied. Where ranks have parts of a term they are put
/// together on all of them; collective then.
/// \param free  indices of the parameters that move, ascending
/// \throws InputError naming term and parameter if a term names what is no parameter, and if terms were dealt
///         to other ranks than these
/// Time: entries, and the sorting of rows.
linalg::HostSymmetricMatrix external_hessian(dist::Communicator const& comm,
                                             std::vector<ExternalTerm> const& terms,
                                             Parameters const& parameters,
                                             std::vector<std::int64_t> const& free);

}  // namespace kovar::fit

#endif
