// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_GP_OVER_RANKS_ERRORS_HPP
#define KOVAR_TESTS_GP_OVER_RANKS_ERRORS_HPP

#include <kovar/core/error.hpp>
#include <kovar/dist/communicator.hpp>

#include <string>

/// \file
/// Errors of collective calls.

namespace kovar::test {

/// The text of the InputError that a collective action throws; says so where it is not thrown on all ranks.
template <class Action>
std::string collective_error_of(Action const& action)
{
  try {
    action();
  } catch (InputError const& error) {
    std::string const alone = "not on all ranks: ";
    return (error.on_all_ranks() ? "" : alone) + error.what();
  }
  return "no error";
}

/// Whether this rank is the last one, which the tests give what is wrong.
inline bool is_last_rank()
{
  auto const world = dist::Communicator::world();
  return world.rank() == world.size() - 1;
}

}  // namespace kovar::test

#endif
