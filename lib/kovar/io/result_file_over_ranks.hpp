// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_RESULT_FILE_OVER_RANKS_HPP
#define KOVAR_IO_RESULT_FILE_OVER_RANKS_HPP

#include <kovar/gsn/estimate_over_ranks.hpp>
#include <kovar/io/result_file.hpp>

#include <string>

/// \file
/// Results whose matrices are spread over ranks, in HDF5.

namespace kovar::io {

/// The same file as that of a gsn::Estimate, of matrices that no rank holds: rank 0 makes it and writes all that is
/// small, then all ranks write rows of the matrices. Collective. \see the other write_estimate()
/// \throws InputError or BackendError, on all ranks; the part file is removed
template <class Scalar>
void write_estimate(std::string const& path, dist::Communicator const& comm,
                    gsn::EstimateOverRanks<Scalar> const& estimate, Provenance const& provenance);

}  // namespace kovar::io

#endif
