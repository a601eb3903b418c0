// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_SUPPORT_SPACE_CHOICE_HPP
#define KOVAR_APPS_SUPPORT_SPACE_CHOICE_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <string>
#include <vector>

/// \file
/// From the names of a backend and a device to an execution space.

namespace kovar::apps {

/// "serial", "openmp", "threads", "cuda", "hip".
template <class ExecSpace>
std::string space_name()
{
  std::string name = ExecSpace::name();
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return name;
}

/// Names of the spaces in this build of Kokkos.
std::vector<std::string> built_in_spaces();

/// The space that the options `backend` and `device` ask for together.
/// \throws InputError if they contradict each other or the space is not built in: never another one
std::string choose_space(std::string const& command, std::string const& backend,
                         std::string const& device);

/// Call work(ExecSpace()) with the space of this name, one of built_in_spaces().
template <class Work>
void with_space(std::string const& name, Work const& work)
{
#define KOVAR_TRY_SPACE(ExecSpace) \
  if (name == space_name<ExecSpace>()) return work(ExecSpace());
  KOVAR_FOR_EACH_SPACE(KOVAR_TRY_SPACE)
#undef KOVAR_TRY_SPACE
  throw Error("execution space '" + name + "' is not in this build of Kokkos");
}

/// Threads of this process where the space runs on the host; where it does not, those beside it.
template <class ExecSpace>
int host_threads()
{
  if constexpr (is_host_space<ExecSpace>)
    return static_cast<int>(ExecSpace().concurrency());
  else
    return static_cast<int>(Kokkos::DefaultHostExecutionSpace().concurrency());
}

}  // namespace kovar::apps

#endif
