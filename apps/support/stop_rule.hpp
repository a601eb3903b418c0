// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_SUPPORT_STOP_RULE_HPP
#define KOVAR_APPS_SUPPORT_STOP_RULE_HPP

#include <kovar/dist/communicator.hpp>

#include <chrono>
#include <optional>
#include <string>

/// \file
/// When a run with a checkpoint ends early.

namespace kovar::apps {

/// How long the next stage of a computation lasts: `next_work` times as long as the one that just ended, or where
/// that is unknown as long as the longest one so far. Where stages of known work lasted longer than expected, as
/// on a machine that others use too, the next one is expected to do so by the same factor.
class StageForecast {
 public:
  /// \param seconds    of the stage that just ended
  /// \param next_work  work of the next stage over that of this one; 0: unknown
  /// \return           seconds of the next stage
  double after(double seconds, double next_work);

 private:
  double longest_ = 0;
  double modelled_next_ = 0;  ///< seconds by work alone; 0: unknown
  double modelled_ = 0;       ///< sum over the stages that were modelled
  double seen_ = 0;           ///< what these took
};

/// Asked at the end of every stage of a computation. A run ends there
///  - if a signal was noted on any rank (NoteSignals), or
///  - if the time since the program's start and the time of the next stage (StageForecast) exceed the limit.
class StopRule {
 public:
  using Clock = std::chrono::steady_clock;

  /// \param start    of the program: the limit counts from here
  /// \param seconds  the limit; none: no limit
  StopRule(dist::Communicator const& comm, Clock::time_point start, std::optional<double> seconds);

  /// Why the run ends here, the same on all ranks; empty: it goes on. Collective.
  std::string operator()(std::string const& stage, double next_work);

 private:
  bool is_out_of_time(double next_work);

  dist::Communicator comm_;
  Clock::time_point start_;
  std::optional<double> limit_;
  Clock::time_point stage_begin_;
  StageForecast forecast_;
};

/// Why work that asks after each of its many short steps ends here: a signal that this process noted
/// (NoteSignals), or a time since the program's start beyond the limit; empty: it goes on.
std::string early_end(StopRule::Clock::time_point start, std::optional<double> seconds);

}  // namespace kovar::apps

#endif
