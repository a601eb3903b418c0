// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_RSA_STREAMS_HPP
#define KOVAR_GSN_RSA_STREAMS_HPP

#include <cstdint>

/// \file
/// The streams of random numbers of a noise ceiling, one beside the other so that no two are equal.

namespace kovar::gsn {

/// Streams of the draws of one set of simulations. Far from those of simulate(): the same seed may serve
/// both.
struct RsaStreams {
  std::uint32_t signal;
  std::uint32_t noise[2];
};
constexpr RsaStreams model_streams = {0x52534101U, {0x52534102U, 0x52534103U}};
constexpr RsaStreams ceiling_streams = {0x52534104U, {0x52534105U, 0x52534106U}};
/// Random splits of the trials.
constexpr std::uint32_t split_stream = 0x52534107U;

}  // namespace kovar::gsn

#endif
