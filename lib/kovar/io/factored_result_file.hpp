// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_FACTORED_RESULT_FILE_HPP
#define KOVAR_IO_FACTORED_RESULT_FILE_HPP

#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/estimate_factored.hpp>
#include <kovar/gsn/options.hpp>
#include <kovar/io/result_file.hpp>

#include <string>

/// \file
/// Estimates in factored form in HDF5, readable by h5py and MATLAB without further knowledge.

namespace kovar::io {

/// Write the estimate: what write_estimate() writes of means, levels and ratios; `factor` (N x R), and for
/// X = cN, cS, cNb, cSb as far as `returns` asks for them `X_diagonal` (N) and `X_weights` (R):
///     X = diag(X_diagonal) + factor diag(X_weights) factor^T.
/// Leading components as write_estimate() has them. The attribute `form` of the file is "factored"; the group projection says how cSb was made. From rank 0,
/// which holds the whole factor then; collective. Written to "path.part" and renamed when complete.
/// \throws BackendError, on all ranks, if writing fails; the part file is removed
template <class ExecSpace>
void write_factored_estimate(std::string const& path, ExecSpace const& space,
                             dist::Communicator const& comm,
                             gsn::FactoredEstimate<ExecSpace> const& estimate,
                             gsn::Items const& returns, Provenance const& provenance);

}  // namespace kovar::io

#endif
