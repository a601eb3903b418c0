// SPDX-License-Identifier: BSD-3-Clause
#include <support/format.hpp>
#include <support/progress_bar.hpp>

#include <unistd.h>
#include <algorithm>
#include <iomanip>
#include <iostream>
#include <sstream>

namespace kovar::apps {
namespace {

constexpr char const* wipe_line = "\r\033[K";

}  // namespace

std::string progress_line(Progress const& progress, double seconds)
{
  constexpr int width = 24;
  double const fraction = std::clamp(progress.fraction_done, 0.0, 1.0);
  auto const filled = static_cast<std::size_t>(fraction * width);
  std::ostringstream line;
  line << std::left << std::setw(28) << progress.phase.substr(0, 28) << " ["
       << std::string(filled, '#') << std::string(width - filled, '-') << "] " << std::right
       << std::setw(3) << static_cast<int>(fraction * 100) << " %";
  if (seconds >= 1 && fraction > 0.02)
    line << "  " << format_duration(seconds * (1 - fraction) / fraction) << " left";
  return line.str();
}

ProgressBar::ProgressBar() : start_(Clock::now()), last_drawn_(start_) {}

ProgressBar::~ProgressBar()
{
  if (!last_phase_.empty()) std::cerr << wipe_line << std::flush;
}

void ProgressBar::show(Progress const& progress)
{
  Clock::time_point const now = Clock::now();
  bool const is_new = progress.phase != last_phase_;
  if (!is_new && now - last_drawn_ < std::chrono::milliseconds(100)) return;
  std::chrono::duration<double> const elapsed = now - start_;
  std::cerr << wipe_line << progress_line(progress, elapsed.count()) << std::flush;
  last_drawn_ = now;
  last_phase_ = progress.phase;
}

bool ProgressBar::has_terminal() { return isatty(STDERR_FILENO) != 0; }

}  // namespace kovar::apps
