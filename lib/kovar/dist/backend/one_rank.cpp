// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/dist/communicator.hpp>

#include <algorithm>

// Communicator where MPI is off: one rank, for which every collective is the identity.

namespace kovar::dist {

struct Communicator::Backend {};
struct PendingMessages::Backend {};

void PendingMessages::wait() {}

Communicator::Communicator() : backend_(std::make_shared<Backend>()) {}
Communicator Communicator::world() { return {}; }
int Communicator::rank() const { return 0; }
int Communicator::size() const { return 1; }
void Communicator::barrier() const {}
Communicator Communicator::split(int group, int) const
{
  KOVAR_REQUIRE(group >= 0, "split: the group of rank 0 is " << group << " (groups count from 0)");
  return *this;
}
void Communicator::sum_to_all(double*, std::int64_t) const {}
void Communicator::sum_to_all(float*, std::int64_t) const {}
void Communicator::max_to_all(double*, std::int64_t) const {}
void Communicator::max_to_all(std::int64_t*, std::int64_t) const {}
void Communicator::sum_to_root(double*, std::int64_t) const {}
void Communicator::sum_to_root(float*, std::int64_t) const {}
void Communicator::broadcast(double*, std::int64_t, int) const {}
void Communicator::broadcast(float*, std::int64_t, int) const {}
void Communicator::broadcast(char*, std::int64_t, int) const {}
PendingMessages Communicator::start_broadcast(double*, std::int64_t, int) const { return {}; }
PendingMessages Communicator::start_broadcast(float*, std::int64_t, int) const { return {}; }

namespace {

[[noreturn]] void refuse_other_ranks()
{
  throw BackendError(
      "a message to another rank: this kovar was built without MPI "
      "(KOVAR_ENABLE_MPI=OFF) and has one rank");
}

}  // namespace

PendingMessages Communicator::start_sending(double const*, std::int64_t, int) const
{
  refuse_other_ranks();
}
PendingMessages Communicator::start_sending(float const*, std::int64_t, int) const
{
  refuse_other_ranks();
}
void Communicator::receive(double*, std::int64_t, int) const { refuse_other_ranks(); }
void Communicator::receive(float*, std::int64_t, int) const { refuse_other_ranks(); }

void Communicator::gather_to_all(double const* mine, std::vector<std::int64_t> const& counts,
                                 double* received) const
{
  std::copy_n(mine, counts.at(0), received);
}

}  // namespace kovar::dist
