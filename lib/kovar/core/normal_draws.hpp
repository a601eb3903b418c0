// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_NORMAL_DRAWS_HPP
#define KOVAR_CORE_NORMAL_DRAWS_HPP

#include <kovar/core/random.hpp>

#include <cstdint>

/// \file
/// Random numbers one after the other, for code on the host that takes as many as it needs.

namespace kovar {

/// The normal numbers of a stream one after the other, on the host.
class NormalDraws {
 public:
  NormalDraws(std::uint64_t seed, std::uint32_t stream) : seed_(seed), stream_(stream) {}

  double next() { return normal_draw(seed_, stream_, i_++); }

 private:
  std::uint64_t seed_;
  std::uint32_t stream_;
  std::uint64_t i_ = 0;
};

}  // namespace kovar

#endif
