// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_TENSOR_FILE_HPP
#define KOVAR_IO_TENSOR_FILE_HPP

#include <kovar/dist/communicator.hpp>
#include <kovar/fit/template_tensor.hpp>
#include <kovar/io/hdf5_filters.hpp>

#include <string>

/// \file
/// Tensors of templates as files: HDF5 without anything else in it, which h5py reads at once.
///
/// Attributes of /: format, format_version (major.minor). In tensor/:
///
/// | name | content |
/// | --- | --- |
/// | attributes systematic_type, symmetric, nbins, nbinsfull | log_normal or normal; 1 or 0; fitted and all bins |
/// | procs, systs, channels, group_names | names |
/// | attribute n_signals of procs | how many of the first processes are signals |
/// | channel_start, channel_stop, channel_masked, channel_flow | of each channel |
/// | axes/CHANNEL/0, 1, ... | attributes name, kind, underflow, overflow; edges or labels |
/// | group_ptr, group_members | systematics of group g: group_ptr[g] to group_ptr[g + 1] - 1 of the list |
/// | noi_idx, constraint_weights | |
/// | data_obs, data_var, data_cov_inv | the latter two where there are any |
/// | pseudodata_names, pseudodata, pseudodata_var | sets x bins; NaN where a set has no variances |
/// | sumw, sumw2 | all bins x processes |
/// | norm/{indptr, indices, values} | yields: bins x processes, sparse by rows (CSR) |
/// | logk/{indptr, indices, values}, attribute shape | variations: entries of norm x columns |
/// | external_names | names of the terms |
///
/// and external/NAME/{params, grad, hess_diagonal, hess_upper/{indptr, indices, values}}, the entries
/// right of the diagonal. Metadata carry checksums, so that HDF5 1.10 or newer is needed to read a file and
/// damage is noticed; the data themselves have none. In names of groups, "/", "%" and a leading "." are written as %2F, %25, %2E.

namespace kovar::io {

/// How the large arrays are stored. Not compressing reads and writes at the speed of the disk.
struct TensorFileOptions {
  Compression of_indices = Compression::none;
  Compression of_values = Compression::none;
};

/// Write a tensor; the file gets its name when it is whole. The large arrays are not copied.
/// \throws InputError if the tensor is not valid (fit::require_tensor), is a rank's part, or a name is no
///         UTF-8, or the filter of the compression is not there
/// \throws BackendError if writing fails
void write_tensor(std::string const& path, fit::TemplateTensor const& tensor,
                  TensorFileOptions const& options = {});

/// Read a tensor, by this process alone. Arrays are read straight to where they stay, and everything is
/// checked once.
/// \throws InputError naming the dataset if there is no such file, it is of another format or of a newer
///         version, or parts are missing, damaged, or do not fit together
fit::TemplateTensor read_tensor(std::string const& path);

/// Read a rank's part: its share of the variations and of the rows of external Hessians, and everything
/// else, 36 bytes for each process of a bin; collective. For a likelihood on the same ranks
/// (TemplateTensor::dealt_bins).
/// \throws InputError as above, on all ranks
fit::TemplateTensor read_tensor(dist::Communicator const& comm, std::string const& path);

}  // namespace kovar::io

#endif
