// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_GSN_LOST_TRIALS_HPP
#define KOVAR_TESTS_GSN_LOST_TRIALS_HPP

#include "gsn/responses.hpp"

#include <kovar/core/random.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

/// \file
/// Responses of units that lost trials, in several patterns.

namespace kovar::test {

/// Ways of losing trials, from none to units that never meet.
inline std::vector<std::string> const loss_patterns = {
    "none",           "random",         "heavy",         "whole units",     "whole conditions",
    "never together", "one trial left", "common trials", "blocks of units", "last trials"};

/// Whether `pattern` takes trial t of condition c from unit i.
inline bool is_lost(std::string const& pattern, std::int64_t i, std::int64_t c, std::int64_t t,
                    std::int64_t n_trials)
{
  auto const draw = [&](std::uint32_t stream, std::int64_t index) {
    return normal_pair(77, stream, static_cast<std::uint64_t>(index)).first;
  };
  std::int64_t const cell = (i * 1000 + c) * 1000 + t;
  bool const random = draw(0, cell) < -0.84;  // one in five
  if (pattern == "random") return random;
  if (pattern == "heavy") return draw(1, cell) < 0.5;
  if (pattern == "whole units") return random || i % 3 == 1;
  if (pattern == "whole conditions") return random || c % 2 == 0;
  if (pattern == "never together") return i % 2 == t % 2;
  if (pattern == "one trial left") return i % 4 == 0 ? t != c % n_trials : random;
  if (pattern == "common trials") return draw(2, c * 1000 + t) < -0.3 || draw(3, i * 1000 + c) < -1;
  if (pattern == "blocks of units") return i % 2 == 0 ? t + 1 == n_trials : false;
  if (pattern == "last trials") return t > (i + c) % (n_trials + 1);
  return false;
}

/// The responses with NaN where the pattern takes them.
inline Responses with_losses(Responses responses, std::string const& pattern)
{
  for (std::int64_t i = 0; i < responses.n_units; ++i)
    for (std::int64_t c = 0; c < responses.n_conditions; ++c)
      for (std::int64_t t = 0; t < responses.n_trials; ++t)
        if (is_lost(pattern, i, c, t, responses.n_trials))
          responses(i, c, t) = std::numeric_limits<double>::quiet_NaN();
  return responses;
}

}  // namespace kovar::test

#endif
