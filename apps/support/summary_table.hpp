// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_SUPPORT_SUMMARY_TABLE_HPP
#define KOVAR_APPS_SUPPORT_SUMMARY_TABLE_HPP

#include <kovar/core/progress.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// What a command prints at its end: names on the left, values on the right.

namespace kovar::apps {

class SummaryTable {
 public:
  /// A heading over the lines that follow.
  void heading(std::string const& title);
  void line(std::string const& name, std::string const& value);
  void line(std::string const& name, double value);
  void line(std::string const& name, std::int64_t value);

  /// A line per phase with its seconds and share of the total, then the total.
  void phases(std::vector<PhaseTime> const& phases, double total_seconds);

  std::string text() const;

 private:
  struct Line {
    bool is_heading;
    std::string name;
    std::string value;
  };
  std::vector<Line> lines_;
};

}  // namespace kovar::apps

#endif
