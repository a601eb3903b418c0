// SPDX-License-Identifier: BSD-3-Clause
#include <support/format.hpp>
#include <support/summary_table.hpp>
#include <support/text.hpp>

#include <algorithm>
#include <cstdio>

namespace kovar::apps {
namespace {

constexpr std::size_t line_width = 100;

}  // namespace

void SummaryTable::heading(std::string const& title) { lines_.push_back({true, title, ""}); }

void SummaryTable::line(std::string const& name, std::string const& value)
{
  lines_.push_back({false, name, value});
}

void SummaryTable::line(std::string const& name, double value) { line(name, format_number(value)); }

void SummaryTable::line(std::string const& name, std::int64_t value)
{
  line(name, std::to_string(value));
}

void SummaryTable::phases(std::vector<PhaseTime> const& phases, double total_seconds)
{
  auto const add = [&](std::string const& name, double seconds) {
    char text[64];
    double const share = total_seconds > 0 ? 100 * seconds / total_seconds : 0;
    std::snprintf(text, sizeof text, "%8s s %4.0f %%", format_seconds(seconds).c_str(), share);
    line(name, std::string(text));
  };
  for (PhaseTime const& phase : phases) add(phase.name, phase.seconds);
  add("total", total_seconds);
}

std::string SummaryTable::text() const
{
  std::size_t width = 0;
  for (Line const& line : lines_)
    if (!line.is_heading) width = std::max(width, line.name.size());
  std::string result;
  for (Line const& line : lines_) {
    if (line.is_heading) {
      result += (result.empty() ? "" : "\n") + line.name + '\n';
      continue;
    }
    std::string const left = "  " + line.name + std::string(width - line.name.size() + 2, ' ');
    bool const fits = left.size() + line.value.size() <= line_width;
    result += left + (fits ? line.value : wrap(line.value, line_width, left.size())) + '\n';
  }
  return result;
}

}  // namespace kovar::apps
