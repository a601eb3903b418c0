// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_PHASE_CLOCK_HPP
#define KOVAR_GSN_PHASE_CLOCK_HPP

#include <kovar/core/progress.hpp>
#include <kovar/dist/communicator.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <string>
#include <vector>

/// \file
/// Times the phases of a long run and reports them.

namespace kovar::gsn {

/// Wall times of phases on this rank, and reports to the caller's callback on rank 0. Shares of the
/// work are counts of flops.
template <class ExecSpace>
class PhaseClock {
 public:
  PhaseClock(ExecSpace const& space, dist::Communicator const& comm,
             ProgressCallback const& progress, double total_work)
      : space_(space), comm_(comm), progress_(progress), total_work_(std::max(total_work, 1.0))
  {
  }

  /// A phase begins on all ranks. Collective: what the callback throws is thrown on all of them.
  void begin(std::string const& name, double work)
  {
    start(name, work);
    dist::agree(comm_, [&] { report(name_, 0); });
    timer_.reset();
  }

  /// The running phase has got this far. Not collective.
  void update(double share) const { report(name_, share); }

  /// End of the last phase; the times of all. Collective.
  std::vector<PhaseTime> finish()
  {
    end();
    done_ = total_work_;
    dist::agree(comm_, [&] { report("done", 0); });
    return phases_;
  }

 private:
  void start(std::string const& name, double work)
  {
    end();
    name_ = name;
    work_ = work;
  }
  void end()
  {
    if (name_.empty()) return;
    space_.fence();  // a phase ends when its kernels do
    phases_.push_back({name_, timer_.seconds()});
    done_ += work_;
    name_.clear();
    work_ = 0;
  }
  void report(std::string const& phase, double share) const
  {
    if (progress_ && comm_.is_root())
      progress_({phase, std::min(1.0, (done_ + share * work_) / total_work_)});
  }

  ExecSpace space_;
  dist::Communicator comm_;
  ProgressCallback progress_;
  double total_work_;
  double done_ = 0;
  double work_ = 0;
  std::string name_;
  Kokkos::Timer timer_;
  std::vector<PhaseTime> phases_;
};

}  // namespace kovar::gsn

#endif
