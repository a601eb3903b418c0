// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_PERF_SUPPORT_OPTION_LIST_HPP
#define KOVAR_PERF_SUPPORT_OPTION_LIST_HPP

#include <kovar/core/error.hpp>

#include <map>
#include <sstream>
#include <string>

/// \file
/// The command line of a bench.

namespace kovar::perf {

/// Options of the form --name=value, each taken out once.
class OptionList {
 public:
  OptionList(int argc, char** argv)
  {
    for (int i = 1; i < argc; ++i) {
      std::string const argument = argv[i];
      std::size_t const equals = argument.find('=');
      KOVAR_REQUIRE(argument.compare(0, 2, "--") == 0 && equals != std::string::npos,
                    "'" << argument << "' is no option (they look so: --d=45); see README.md");
      values_[argument.substr(2, equals - 2)] = argument.substr(equals + 1);
    }
  }

  template <class Value>
  void take(std::string const& name, Value& value)
  {
    auto const found = values_.find(name);
    if (found == values_.end()) return;
    std::istringstream text(found->second);
    KOVAR_REQUIRE((text >> value) && (text >> std::ws).eof(),
                  "--" << name << "=" << found->second << " cannot be read; see README.md");
    values_.erase(found);
  }

  void require_empty() const
  {
    KOVAR_REQUIRE(values_.empty(),
                  "there is no option --" << values_.begin()->first << "; see README.md");
  }

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace kovar::perf

#endif
