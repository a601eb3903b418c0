// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/frozen_parameters.hpp>
#include <kovar/fit/move_to.hpp>
#include <kovar/fit/profile.hpp>

#include <cmath>
#include <limits>
#include <utility>

namespace kovar::fit {

template <class ExecSpace>
Profile<ExecSpace>::Profile(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                            Minimum const& minimum, std::vector<std::int64_t> const& held,
                            MinimumOptions const& options)
    : space_(space),
      likelihood_(likelihood),
      lowest_(minimum.loss.total()),
      held_(held),
      options_(options)
{
  auto const& names = likelihood.parameters().names;
  options_.checkpoint = nullptr;  // it is of one search
  for (auto const i : held) {
    KOVAR_REQUIRE(i >= 0 && i < static_cast<std::int64_t>(names.size()),
                  "profile: there is no parameter " << i << " among " << names.size());
    options_.frozen.push_back(exact_pattern(names[static_cast<std::size_t>(i)]));
  }
}

template <class ExecSpace>
ProfilePoint Profile<ExecSpace>::at(std::vector<double> const& values, std::vector<double> start)
{
  for (std::size_t k = 0; k < held_.size(); ++k)
    start[static_cast<std::size_t>(held_[k])] = values[k];
  ProfilePoint point;
  if (!std::isfinite(move_to(space_, likelihood_, start))) {
    point.loss = std::numeric_limits<double>::infinity();
    point.x = std::move(start);
    return point;
  }
  options_.start = std::move(start);
  auto const found = find_minimum(space_, likelihood_, options_);
  point.status = found.search.status;
  point.loss = found.loss.total() - lowest_;
  point.x = found.x;
  point.gradient = found.gradient;
  return point;
}

#define KOVAR_INSTANTIATE(ExecSpace) template class Profile<ExecSpace>;
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
