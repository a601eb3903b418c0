// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_RABBIT_FILE_HPP
#define KOVAR_IO_RABBIT_FILE_HPP

#include <kovar/dist/communicator.hpp>
#include <kovar/fit/template_tensor.hpp>

#include <optional>
#include <string>

/// \file
/// Tensors of templates in the layout of the program rabbit (github.com/WMass/rabbit, commit 948a94a).
///
/// Names are texts of any length there, whose lengths HDF5 1.10 believes without asking: a file made to do
/// harm can make HDF5 itself crash. Take such files from people you trust; convert them to tensor_file.hpp.

namespace kovar::io {

/// True for an HDF5 file with the datasets that each of rabbit's has.
/// \throws InputError if there is no such file, or it is no HDF5
bool is_rabbit_file(std::string const& path);

/// Read a tensor that rabbit wrote, by this process alone. Dense and sparse files, also without the
/// pickle 'meta': names of channels and axes come from there as far as it can be read, else the fitted
/// bins are one channel "ch0" and the masked ones "ch0_masked".
/// \param type  of systematics; none: what the file says, log-normal where it says nothing
/// \throws InputError naming the dataset if parts are missing, damaged or do not fit together, or are
///         compressed with a filter that is not there (Blosc2: 32026, Blosc: 32001)
fit::TemplateTensor read_rabbit_file(std::string const& path,
                                     std::optional<fit::SystematicType> type = {});

/// The same on all ranks, each of which holds all; collective.
/// \throws InputError as above, on all ranks
fit::TemplateTensor read_rabbit_file(dist::Communicator const& comm, std::string const& path,
                                     std::optional<fit::SystematicType> type = {});

/// What tells rabbit about channels and systematics.
enum class RabbitPickle {
  written,  ///< as rabbit writes it, with calls that Python makes when it reads them
  none,     ///< nothing: rabbit takes log-normal systematics that are not symmetric, one channel
};

/// Write a tensor for rabbit, sparse, not compressed; the file gets its name when it is whole.
/// \throws InputError if the tensor is not valid or is a rank's part, or its systematics are additive and
///         nothing can say so
/// \throws BackendError if writing fails
void write_rabbit_file(std::string const& path, fit::TemplateTensor const& tensor,
                       RabbitPickle pickle = RabbitPickle::written);

}  // namespace kovar::io

#endif
