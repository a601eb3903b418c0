// SPDX-License-Identifier: BSD-3-Clause
#include <support/format.hpp>
#include <support/signals.hpp>
#include <support/stop_rule.hpp>

#include <algorithm>

namespace kovar::apps {

namespace {

/// Seconds that are added to both sides of a ratio: by how much short stages miss tells of disks and start-up.
constexpr double negligible_seconds = 1;

}  // namespace

double StageForecast::after(double seconds, double next_work)
{
  longest_ = std::max(longest_, seconds);
  if (modelled_next_ > 0) {
    modelled_ += modelled_next_;
    seen_ += seconds;
  }
  modelled_next_ = next_work > 0 ? next_work * seconds : 0;
  if (modelled_next_ == 0) return longest_;
  double const slowness = (seen_ + negligible_seconds) / (modelled_ + negligible_seconds);
  return std::max(1.0, slowness) * modelled_next_;
}

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
  double const next_stage = forecast_.after(stage.count(), next_work);
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
