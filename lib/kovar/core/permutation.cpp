// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/permutation.hpp>

#include <algorithm>
#include <numeric>
#include <random>

namespace kovar {

std::vector<double> uniform_stream(std::int64_t n, std::uint32_t seed)
{
  std::mt19937 generator(seed);
  std::vector<double> uniforms(static_cast<std::size_t>(n));
  for (double& u : uniforms) {
    // 27 + 26 bits make a double of 53; every operation is exact.
    auto const high = static_cast<double>(generator() >> 5U);
    auto const low = static_cast<double>(generator() >> 6U);
    u = (high * 67108864.0 + low) / 9007199254740992.0;
  }
  return uniforms;
}

std::vector<std::int64_t> ascending_order(std::vector<double> const& keys)
{
  std::vector<std::int64_t> order(keys.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&keys](std::int64_t a, std::int64_t b) {
    return keys[static_cast<std::size_t>(a)] < keys[static_cast<std::size_t>(b)];
  });
  return order;
}

std::vector<std::int64_t> permutation(std::int64_t n, std::uint32_t seed)
{
  return ascending_order(uniform_stream(n, seed));
}

}  // namespace kovar
