// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_FIT_INSPECT_EFFECTS_HPP
#define KOVAR_APPS_KOVAR_FIT_INSPECT_EFFECTS_HPP

#include <kovar/fit/template_tensor.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// \file
/// What systematics do to yields, and what is odd about a tensor.

namespace kovar::apps {

constexpr double huge_factor = 10;  ///< beyond which a change of a yield is odd

/// Over all yields.
struct SystematicEffect {
  std::int64_t n_variations = 0;  ///< that are not 0
  std::int64_t n_huge = 0;        ///< beyond the factor
  std::int64_t n_floors = 0;      ///< logarithms of 1/1000: the template changes sign or is 0
  double largest_factor = 1;      ///< of a yield, or of its inverse, at one standard deviation
};

/// \param huge  factor beyond which a change of a yield at one standard deviation counts as huge
/// Cost: reads the variations once.
std::vector<SystematicEffect> effects_of(fit::TemplateTensor const& tensor, double huge);

/// Yields of a process in a channel with a parameter at 0 and at one standard deviation either way.
struct VariedYield {
  std::string channel;
  std::string process;
  double nominal = 0;
  double up = 0;
  double down = 0;
};

/// Where the systematic has an effect.
std::vector<VariedYield> varied_yields(fit::TemplateTensor const& tensor, std::int64_t systematic);

/// The same for one process, of all systematics: a systematic and what it does in a channel, by systematic.
/// Cost: reads the variations of the process once.
std::vector<std::pair<std::int64_t, VariedYield>> varied_yields_of_process(
    fit::TemplateTensor const& tensor, std::size_t process);

/// What a fit would stumble over.
struct Oddity {
  std::string what;
  std::int64_t count = 0;
  std::vector<std::string> names;  ///< of bins or systematics: the first ones
};

/// \param effects  effects_of() with the same factor
std::vector<Oddity> oddities_of(fit::TemplateTensor const& tensor,
                                std::vector<SystematicEffect> const& effects, double huge);

}  // namespace kovar::apps

#endif
