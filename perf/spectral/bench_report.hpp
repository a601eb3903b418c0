// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_PERF_SPECTRAL_BENCH_REPORT_HPP
#define KOVAR_PERF_SPECTRAL_BENCH_REPORT_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
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

/// First eight, mean and root mean square.
template <class Number>
JsonObject check_of(std::vector<Number> const& values)
{
  double sum = 0;
  double squares = 0;
  for (Number const value : values) {
    sum += static_cast<double>(value);
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  auto const n = static_cast<double>(values.size());
  JsonObject check;
  check.add("head", std::vector<double>(
                        values.begin(),
                        values.begin() +
                            static_cast<std::ptrdiff_t>(std::min<std::size_t>(8, values.size()))));
  check.add("mean", sum / n);
  check.add("rms", std::sqrt(squares / n));
  return check;
}

}  // namespace kovar::perf

#endif
