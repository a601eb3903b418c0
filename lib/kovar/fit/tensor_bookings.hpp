// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_TENSOR_BOOKINGS_HPP
#define KOVAR_FIT_TENSOR_BOOKINGS_HPP

#include <kovar/fit/channel_layout.hpp>
#include <kovar/fit/process_kind.hpp>
#include <kovar/fit/systematic_table.hpp>
#include <kovar/fit/template_tensor.hpp>
#include <kovar/fit/variation_store.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// What a TensorBuilder has booked, and the tensor of it.

namespace kovar::fit {

/// Numbers of the bins of a channel and their variances.
struct BookedData {
  std::int64_t channel = 0;
  std::vector<double> values;
  std::vector<double> variances;
};

struct BookedPseudodata {
  std::string name;
  std::vector<BookedData> parts;  ///< of fitted channels
};

/// Of a process in a channel, by bin.
struct BookedYields {
  std::int64_t channel = 0;
  std::int64_t process = 0;
  std::vector<double> values;
  std::vector<double> squared_weights;
};

struct BookedProcess {
  std::string name;
  ProcessKind kind = ProcessKind::background;
};

struct BookedSystematics {
  SystematicTable table;
  VariationStore store;
};

struct TensorBookings {
  SystematicType type = SystematicType::log_normal;
  std::vector<ChannelLayout> channels;
  std::vector<BookedProcess> processes;
  std::vector<BookedYields> yields;
  std::vector<BookedData> data;
  std::vector<BookedPseudodata> pseudodata;
  std::vector<double> data_covariance;  ///< row after row; or none
  BookedSystematics parameters;         ///< of the fit
  BookedSystematics folded;             ///< into the covariance of the data
  bool is_symmetric = true;
  std::vector<ExternalTerm> external_terms;
};

/// The tensor of what was booked.
/// \throws InputError as TensorBuilder::finish says
/// Cost: two passes over the variations (a counting sort). Memory beside bookings and tensor: 8 bytes
/// for each bin and process.
TemplateTensor tensor_of(TensorBookings bookings);

}  // namespace kovar::fit

#endif
