// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_IN_STEP_HPP
#define KOVAR_APPS_KOVAR_IN_STEP_HPP

#include <kovar/core/error.hpp>

/// \file
/// Work that fails on all ranks together.

namespace kovar::apps {

/// Do work of which all ranks have the same input and options, so that what is wrong with these is found by
/// all of them at the same place, and told once.
template <class Work>
void do_in_step(Work const& work)
{
  try {
    work();
  } catch (InputError const& error) {
    throw InputError(error.what(), true);
  }
}

}  // namespace kovar::apps

#endif
