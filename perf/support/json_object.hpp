// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_PERF_SUPPORT_JSON_OBJECT_HPP
#define KOVAR_PERF_SUPPORT_JSON_OBJECT_HPP

#include <cstdint>
#include <iomanip>
#include <sstream>
#include <string>
#include <vector>

/// \file
/// One line of JSON.

namespace kovar::perf {

/// An object under construction.
class JsonObject {
 public:
  void add(std::string const& name, std::string const& text) { raw(name, "\"" + text + "\""); }
  void add(std::string const& name, std::int64_t number) { raw(name, std::to_string(number)); }
  void add(std::string const& name, double number) { raw(name, text_of(number)); }
  void add(std::string const& name, std::vector<double> const& numbers)
  {
    std::string list;
    for (double const number : numbers) list += (list.empty() ? "" : ", ") + text_of(number);
    raw(name, "[" + list + "]");
  }
  void add(std::string const& name, JsonObject const& object) { raw(name, object.text()); }
  void add(std::string const& name, std::vector<JsonObject> const& objects)
  {
    std::string list;
    for (JsonObject const& object : objects) list += (list.empty() ? "" : ", ") + object.text();
    raw(name, "[" + list + "]");
  }
  std::string text() const { return "{" + fields_ + "}"; }

 private:
  static std::string text_of(double number)
  {
    std::ostringstream text;
    text << std::setprecision(17) << number;
    return text.str();
  }
  void raw(std::string const& name, std::string const& value)
  {
    fields_ += (fields_.empty() ? "\"" : ", \"") + name + "\": " + value;
  }
  std::string fields_;
};

}  // namespace kovar::perf

#endif
