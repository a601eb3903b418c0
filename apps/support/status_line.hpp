// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_SUPPORT_STATUS_LINE_HPP
#define KOVAR_APPS_SUPPORT_STATUS_LINE_HPP

#include <chrono>
#include <functional>
#include <string>

/// \file
/// One line on standard error that is drawn over: what a run that knows no fraction done has reached.

namespace kovar::apps {

class StatusLine {
 public:
  StatusLine();
  ~StatusLine();  ///< wipes the line
  StatusLine(StatusLine const&) = delete;
  StatusLine& operator=(StatusLine const&) = delete;

  /// Draw a text, ten times a second at most.
  /// \param text  makes it from the seconds since the start
  void show(std::function<std::string(double seconds)> const& text);

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_;
  Clock::time_point last_drawn_;
  bool has_drawn_ = false;
};

}  // namespace kovar::apps

#endif
