// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/fit/variation_store.hpp>

#include <algorithm>
#include <utility>

namespace kovar::fit {

namespace {
constexpr std::size_t block_size = 1U << 20U;  // entries; 12 MiB
}

void VariationStore::open_block(std::size_t n)
{
  if (!blocks_.empty() && blocks_.back().bin.size() + n <= blocks_.back().bin.capacity()) return;
  blocks_.emplace_back();
  blocks_.back().bin.reserve(std::max(n, block_size));
  blocks_.back().value.reserve(std::max(n, block_size));
}

void VariationStore::add(VariationSlices&& slices, std::vector<std::int32_t> const& systematics,
                         std::int32_t yields, VariationPart part)
{
  std::size_t const n = slices.bin.size();
  if (n == 0) return;
  std::int64_t offset = 0;
  if (n >= block_size && n >= slices.bin.capacity() / 2) {
    blocks_.push_back({std::move(slices.bin), std::move(slices.value)});
  } else {
    open_block(n);
    auto& block = blocks_.back();
    offset = static_cast<std::int64_t>(block.bin.size());
    block.bin.insert(block.bin.end(), slices.bin.begin(), slices.bin.end());
    block.value.insert(block.value.end(), slices.value.begin(), slices.value.end());
  }
  auto const block = static_cast<std::int32_t>(blocks_.size() - 1);
  for (std::size_t s = 0; s + 1 < slices.start.size(); ++s)
    if (slices.start[s] < slices.start[s + 1])
      slices_.push_back({systematics[s], yields, part, block, offset + slices.start[s],
                         offset + slices.start[s + 1]});
}

}  // namespace kovar::fit
