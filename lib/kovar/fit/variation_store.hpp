// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_VARIATION_STORE_HPP
#define KOVAR_FIT_VARIATION_STORE_HPP

#include <kovar/fit/variation_slices.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

/// \file
/// Booked variations of all systematics.

namespace kovar::fit {

enum class VariationPart {
  first,            ///< the variation, or the mean of up and down
  half_difference,  ///< of up and down, of a systematic that is not symmetric
};

/// Variations of one process of one channel by one systematic.
struct StoredSlice {
  std::int32_t systematic = 0;
  std::int32_t yields = 0;  ///< which yields it varies
  VariationPart part = VariationPart::first;
  std::int32_t block = 0;
  std::int64_t first = 0;  ///< entry of the block
  std::int64_t end = 0;
};

/// Slices one behind the other in few large blocks: 12 bytes for an entry, 32 for a slice.
class VariationStore {
 public:
  /// Take slices over; empty ones leave no trace.
  /// \param systematics  of each slice
  void add(VariationSlices&& slices, std::vector<std::int32_t> const& systematics,
           std::int32_t yields, VariationPart part);

  std::vector<StoredSlice> const& slices() const { return slices_; }

  /// Call f(bin, value) for the entries of a slice, bins ascending.
  template <class Function>
  void for_entries(StoredSlice const& slice, Function const& f) const
  {
    auto const& block = blocks_[static_cast<std::size_t>(slice.block)];
    for (auto k = static_cast<std::size_t>(slice.first); k < static_cast<std::size_t>(slice.end);
         ++k)
      f(static_cast<std::size_t>(block.bin[k]), block.value[k]);
  }

 private:
  struct Block {
    std::vector<std::int32_t> bin;
    std::vector<double> value;
  };
  // Make room for n entries in the last block.
  void open_block(std::size_t n);

  std::vector<Block> blocks_;
  std::vector<StoredSlice> slices_;
};

}  // namespace kovar::fit

#endif
