// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/nearest_name.hpp>
#include <kovar/fit/booking_lookup.hpp>

#include <cstdint>
#include <vector>

namespace kovar::fit {

namespace {

template <class List>
std::string suggestion(List const& list, std::string const& name)
{
  std::vector<std::string> names;
  for (auto const& candidate : list) names.push_back(candidate.name);
  auto const nearest = nearest_name(name, names);
  return nearest.empty() ? "" : ", did you mean '" + nearest + "'?";
}

}  // namespace

std::size_t channel_of(TensorBookings const& booked, std::string const& name,
                       std::string const& what)
{
  auto const c = find_name(booked.channels, name);
  KOVAR_REQUIRE(c < booked.channels.size(), what << ": there is no channel '" << name << "'"
                                                 << suggestion(booked.channels, name)
                                                 << "; add it first");
  return c;
}

std::size_t find_yields(TensorBookings const& booked, std::size_t process, std::size_t channel)
{
  auto const found =
      std::find_if(booked.yields.begin(), booked.yields.end(), [&](BookedYields const& y) {
        return y.process == static_cast<std::int64_t>(process) &&
               y.channel == static_cast<std::int64_t>(channel);
      });
  return static_cast<std::size_t>(found - booked.yields.begin());
}

std::size_t yields_of(TensorBookings const& booked, std::string const& process, std::size_t channel,
                      std::string const& what)
{
  auto const p = find_name(booked.processes, process);
  KOVAR_REQUIRE(p < booked.processes.size(), what << ": there is no process '" << process << "'"
                                                  << suggestion(booked.processes, process)
                                                  << "; add it first");
  auto const y = find_yields(booked, p, channel);
  KOVAR_REQUIRE(y < booked.yields.size(), what << ": channel '" << booked.channels[channel].name
                                               << "' has no process '" << process
                                               << "'; add it there first");
  return y;
}

}  // namespace kovar::fit
