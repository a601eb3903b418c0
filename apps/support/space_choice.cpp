// SPDX-License-Identifier: BSD-3-Clause
#include <support/space_choice.hpp>
#include <support/text.hpp>

#include <algorithm>

namespace kovar::apps {
namespace {

bool is_device(std::string const& name) { return name == "cuda" || name == "hip"; }

}  // namespace

std::vector<std::string> built_in_spaces()
{
  std::vector<std::string> names;
#define KOVAR_ADD_SPACE(ExecSpace) names.push_back(space_name<ExecSpace>());
  KOVAR_FOR_EACH_SPACE(KOVAR_ADD_SPACE)
#undef KOVAR_ADD_SPACE
  return names;
}

std::string choose_space(std::string const& command, std::string const& backend,
                         std::string const& device)
{
  std::string name = backend;
  if (backend == "auto" && device == "auto")
    name = space_name<Kokkos::DefaultExecutionSpace>();
  else if (backend == "auto")
    name = device == "cpu" ? space_name<Kokkos::DefaultHostExecutionSpace>() : device;
  std::string const device_of_name = is_device(name) ? name : "cpu";
  KOVAR_REQUIRE(device == "auto" || device == device_of_name,
                command << ": --backend=" << backend << " and --device=" << device
                        << " contradict each other (" << backend << " runs on " << device_of_name
                        << "); leave one of them away");

  std::vector<std::string> const built_in = built_in_spaces();
  KOVAR_REQUIRE(std::count(built_in.begin(), built_in.end(), name) != 0,
                command << ": execution space '" << name
                        << "' is not in this build of Kokkos, which has " << join(built_in)
                        << "; take one of these, or build kovar with a Kokkos that has it");
  return name;
}

}  // namespace kovar::apps
