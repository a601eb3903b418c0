// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_TOY_DRAWS_HPP
#define KOVAR_FIT_TOY_DRAWS_HPP

#include <kovar/core/gamma_draw.hpp>
#include <kovar/core/poisson_draw.hpp>
#include <kovar/core/random.hpp>

#include <cstddef>
#include <cstdint>

/// \file
/// The random numbers of toys.

namespace kovar::fit {

/// What a stream of random numbers is for.
enum class ToyQuantity : std::uint32_t { centers, beta_centers, parameters, betas, data, start };

/// The random numbers of one quantity of one toy, by index: pure functions.
class ToyDraws {
 public:
  static constexpr std::int64_t n_toys = std::int64_t{1} << 29;

  ToyDraws(std::uint64_t seed, std::int64_t toy, ToyQuantity quantity)
      : seed_(seed),
        stream_(8 * static_cast<std::uint32_t>(toy) + static_cast<std::uint32_t>(quantity))
  {
  }

  double normal(std::size_t i, double mean, double deviation) const
  {
    return mean + deviation * normal_draw(seed_, stream_, i);
  }
  double poisson(std::size_t i, double mean) const { return poisson_draw(seed_, stream_, i, mean); }
  double gamma(std::size_t i, double shape) const { return gamma_draw(seed_, stream_, i, shape); }

 private:
  std::uint64_t seed_;
  std::uint32_t stream_;
};

}  // namespace kovar::fit

#endif
