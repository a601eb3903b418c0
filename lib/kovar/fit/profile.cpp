// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/frozen_parameters.hpp>
#include <kovar/fit/profile.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace kovar::fit {

template <class ExecSpace>
std::vector<double> covariance_column(ExecSpace const& space,
                                      Likelihood<ExecSpace> const& likelihood,
                                      Covariance<ExecSpace> const& covariance,
                                      Minimum const& minimum, std::int64_t parameter)
{
  KOVAR_REQUIRE(covariance.bad_minor == 0,
                "covariance: there is none (the Hessian at the minimum is not positive definite)");
  auto const place = std::find(minimum.free.begin(), minimum.free.end(), parameter);
  auto const& names = likelihood.parameters().names;
  KOVAR_REQUIRE(place != minimum.free.end(),
                "covariance: parameter "
                    << parameter
                    << (parameter >= 0 && parameter < static_cast<std::int64_t>(names.size())
                            ? " ('" + names[static_cast<std::size_t>(parameter)] + "')"
                            : std::string())
                    << " is not free (frozen ones have no variance)");
  auto const free_column =
      to_list(space, Kokkos::subview(covariance.matrix, Kokkos::ALL, place - minimum.free.begin()));
  std::vector<double> column(minimum.x.size(), 0);
  for (std::size_t k = 0; k < free_column.size(); ++k)
    column[static_cast<std::size_t>(minimum.free[k])] = free_column[k];
  return column;
}

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
  Vector<double, ExecSpace> const gradient(Kokkos::view_alloc(space_, "kovar::fit::gradient"),
                                           start.size());
  double const first =
      likelihood_.value_and_gradient(space_, to_space(space_, start, "kovar::fit::x"), gradient);
  ProfilePoint point;
  if (!std::isfinite(first)) {
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

#define KOVAR_INSTANTIATE(ExecSpace)                                                             \
  template std::vector<double> covariance_column(ExecSpace const&, Likelihood<ExecSpace> const&, \
                                                 Covariance<ExecSpace> const&, Minimum const&,   \
                                                 std::int64_t);                                  \
  template class Profile<ExecSpace>;
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
