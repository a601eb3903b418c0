// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_COMMUNICATOR_HPP
#define KOVAR_DIST_COMMUNICATOR_HPP

#include <kovar/core/error.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <vector>

/// \file
/// A group of processes that work together: MPI ranks, or one process where MPI is off.

namespace kovar::dist {

/// Messages under way, of which copies are handles. They end in wait(), or with the last handle: until then the
/// numbers stay where they are, and nobody writes them.
class PendingMessages {
 public:
  struct Backend;
  PendingMessages() = default;
  explicit PendingMessages(std::shared_ptr<Backend> backend) : backend_(std::move(backend)) {}

  /// \throws BackendError if MPI reports an error
  void wait();

 private:
  std::shared_ptr<Backend> backend_;
};

/// Handle to a group of ranks; copies share the group. Every member function but rank(), size() and those
/// between two ranks is collective. Counts are 64-bit: longer messages than MPI's are sent in pieces.
/// \throws BackendError from any of them if MPI reports an error, where the MPI communicator returns
///         errors (Environment asks for that on the world); otherwise MPI ends the run
class Communicator {
 public:
  /// This process alone.
  Communicator();

  /// All ranks of the run. MPI must be initialized; where MPI is off, this process alone.
  static Communicator world();

  int rank() const;
  int size() const;
  bool is_root() const { return rank() == 0; }

  void barrier() const;

  /// The ranks that give the same group, in the order of `order`, then of rank: a part of this group that
  /// works on its own. The parts' last copies go away together.
  /// \throws InputError, on all ranks, if a rank gives a negative group
  Communicator split(int group, int order) const;

  /// Sum or maximum over ranks, entry by entry and in place; the order of the sum depends on the
  /// number of ranks only.
  void sum_to_all(double* values, std::int64_t n) const;
  void sum_to_all(float* values, std::int64_t n) const;
  void max_to_all(double* values, std::int64_t n) const;
  void max_to_all(std::int64_t* values, std::int64_t n) const;

  /// Sum over ranks in place on rank 0; what the other ranks hold afterwards is not specified.
  void sum_to_root(double* values, std::int64_t n) const;
  void sum_to_root(float* values, std::int64_t n) const;

  /// Copy from one rank to all.
  void broadcast(double* values, std::int64_t n, int root = 0) const;
  void broadcast(float* values, std::int64_t n, int root = 0) const;
  void broadcast(char* values, std::int64_t n, int root = 0) const;

  /// The same, begun: ranks go on with other work, also with other collectives, before they wait for it.
  PendingMessages start_broadcast(double* values, std::int64_t n, int root = 0) const;
  PendingMessages start_broadcast(float* values, std::int64_t n, int root = 0) const;

  /// Concatenate in order of ranks: received has the sum of counts entries, counts[r] from rank r.
  void gather_to_all(double const* mine, std::vector<std::int64_t> const& counts,
                     double* received) const;

  /// Send to one other rank, which calls receive() with as many; not collective. Messages between two ranks keep
  /// their order. \throws BackendError where MPI is off: there is no other rank
  PendingMessages start_sending(double const* values, std::int64_t n, int to) const;
  PendingMessages start_sending(float const* values, std::int64_t n, int to) const;
  void receive(double* values, std::int64_t n, int from) const;
  void receive(float* values, std::int64_t n, int from) const;

  /// The parts that only dist and io may look into.
  struct Backend;
  Backend const& backend() const { return *backend_; }

  /// Wraps what dist/backend made; users call Communicator() or world().
  explicit Communicator(std::shared_ptr<Backend const> backend) : backend_(std::move(backend)) {}

 private:
  std::shared_ptr<Backend const> backend_;
};

/// Contiguous blocks of n things over parts: block r is [begin(r), end(r)). Sizes differ by at most
/// one; with more parts than things some blocks are empty.
struct Blocks {
  std::int64_t n = 0;
  std::int64_t parts = 1;

  std::int64_t begin(std::int64_t r) const
  {
    return r * (n / parts) + (r < n % parts ? r : n % parts);
  }
  std::int64_t end(std::int64_t r) const { return begin(r + 1); }
  std::int64_t size(std::int64_t r) const { return end(r) - begin(r); }
};

/// A text of one rank on all of them; collective. What the other ranks give does not matter.
std::string broadcast_text(Communicator const& comm, std::string text, int root = 0);

/// What went wrong on a rank, if anything.
struct Failure {
  enum class Kind : int { none = 0, backend = 1, input = 2 };
  Kind kind = Kind::none;
  std::string message;
};

/// If any rank failed, throw on all ranks the error of the lowest rank that did; collective.
/// \throws InputError or BackendError, with on_all_ranks() set
void throw_together(Communicator const& comm, Failure const& mine);

/// Run work on every rank and, if it throws on any of them, throw the same error on all of them:
/// no rank is left waiting. The work itself must not communicate.
template <class Work>
void agree(Communicator const& comm, Work&& work)
{
  Failure failure;
  try {
    work();
  } catch (InputError const& e) {
    failure = {Failure::Kind::input, e.what()};
  } catch (std::bad_alloc const&) {
    failure = {Failure::Kind::backend, "out of memory"};
  } catch (std::exception const& e) {
    failure = {Failure::Kind::backend, e.what()};
  }
  throw_together(comm, failure);
}

}  // namespace kovar::dist

#endif
