// SPDX-License-Identifier: BSD-3-Clause
#include <support/status_line.hpp>

#include <iostream>

namespace kovar::apps {

StatusLine::StatusLine() : start_(Clock::now()), last_drawn_(start_) {}

StatusLine::~StatusLine()
{
  if (has_drawn_) std::cerr << "\r\033[K" << std::flush;
}

void StatusLine::show(std::function<std::string(double seconds)> const& text)
{
  Clock::time_point const now = Clock::now();
  if (has_drawn_ && now - last_drawn_ < std::chrono::milliseconds(100)) return;
  last_drawn_ = now;
  has_drawn_ = true;
  std::chrono::duration<double> const elapsed = now - start_;
  std::cerr << '\r' << text(elapsed.count()) << "\033[K" << std::flush;
}

}  // namespace kovar::apps
