// SPDX-License-Identifier: BSD-3-Clause
#include <support/option_table.hpp>

namespace kovar::apps {

Option const* OptionTable::find(std::string const& name) const
{
  for (OptionGroup const& group : groups)
    for (Option const& option : group.options)
      if (option.name == name) return &option;
  return nullptr;
}

std::vector<std::string> OptionTable::names() const
{
  std::vector<std::string> result;
  for (OptionGroup const& group : groups)
    for (Option const& option : group.options) result.push_back(option.name);
  return result;
}

}  // namespace kovar::apps
