// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_FINGERPRINT_HPP
#define KOVAR_IO_FINGERPRINT_HPP

#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/condition_source.hpp>
#include <kovar/gsn/options.hpp>
#include <kovar/io/response_file.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// \file
/// What tells one computation from another: a checkpoint belongs to the run with the same data and
/// the same options.

namespace kovar::io {

/// Names and values, in the words of the user's options.
using Fingerprint = std::vector<std::pair<std::string, std::string>>;

/// Hash of responses by value: the same for any number of ranks, either order of axes and float or
/// double holding the same values; collective.
/// \param responses     N x C_local x T: the conditions Blocks{n_conditions, comm.size()} of this rank
/// \param n_conditions  C, over all ranks
template <class Scalar>
std::uint64_t hash_of_responses(dist::Communicator const& comm,
                                HostResponses<Scalar> const& responses, std::int64_t n_conditions);

/// Everything that changes the result of gsn::estimate() beyond rounding: kovar's version, shape and
/// hash of the data, precision, and the options by their names in GSN and on the command line.
/// Ranks, threads and execution space are left out: another machine may go on. Collective.
/// \throws InputError if the level list is empty or out of range
template <class Scalar>
Fingerprint fingerprint_of(dist::Communicator const& comm, HostResponses<Scalar> const& responses,
                           std::int64_t n_conditions, gsn::Options const& options);

/// The same of responses that are read block by block, all of them once.
/// \throws InputError as above, and on all ranks what the source throws on one
template <class Scalar>
Fingerprint fingerprint_of(dist::Communicator const& comm, gsn::ConditionSource<Scalar>& source,
                           std::int64_t conditions_per_block, gsn::Options const& options);

/// How a fingerprint differs from that of an earlier run, entry by entry: "returns was 'cN' and is
/// now 'cSb'; ...". Empty if it does not.
std::string difference_of(Fingerprint const& earlier, Fingerprint const& now);

}  // namespace kovar::io

#endif
