// SPDX-License-Identifier: BSD-3-Clause
#include <support/format.hpp>
#include <support/signals.hpp>
#include <support/stop_rule.hpp>

#include <algorithm>

namespace kovar::apps {

StopRule::StopRule(dist::Communicator const& comm, Clock::time_point start,
                   std::optional<double> seconds)
    : comm_(comm), start_(start), limit_(seconds), stage_begin_(Clock::now())
{
}

bool StopRule::is_out_of_time(double next_work)
{
  Clock::time_point const now = Clock::now();
  std::chrono::duration<double> const used = now - start_;
  std::chrono::duration<double> const stage = now - stage_begin_;
  stage_begin_ = now;
  longest_stage_ = std::max(longest_stage_, stage.count());
  double const next_stage = next_work > 0 ? next_work * stage.count() : longest_stage_;
  return limit_ && used.count() + next_stage > *limit_;
}

std::string StopRule::operator()(std::string const& /*stage*/, double next_work)
{
  bool const out_of_time = is_out_of_time(next_work);
  // A signal may reach one rank only; the clock is that of rank 0.
  std::int64_t shared[2] = {NoteSignals::noted(), comm_.is_root() && out_of_time ? 1 : 0};
  comm_.max_to_all(shared, 2);
  if (shared[0] != 0) return signal_name(static_cast<int>(shared[0]));
  if (shared[1] != 0) return "time limit of " + format_duration(*limit_);
  return "";
}

std::string early_end(StopRule::Clock::time_point start, std::optional<double> seconds)
{
  if (int const number = NoteSignals::noted(); number != 0) return signal_name(number);
  std::chrono::duration<double> const used = StopRule::Clock::now() - start;
  return seconds && used.count() > *seconds ? "time limit" : "";
}

}  // namespace kovar::apps
