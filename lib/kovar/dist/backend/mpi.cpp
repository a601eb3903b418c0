// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/dist/backend/mpi.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace kovar::dist {

struct PendingMessages::Backend {
  std::vector<MPI_Request> requests;

  Backend() = default;
  Backend(Backend const&) = delete;
  Backend& operator=(Backend const&) = delete;
  ~Backend()
  {
    // After an error on the way: MPI may still write the numbers, which go away.
    if (!requests.empty())
      MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE);
  }
};

namespace {

/// Entries of one MPI call; longer messages go in pieces, since MPI's counts are 32-bit.
constexpr std::int64_t piece = std::int64_t{1} << 28;

void check(int code, char const* routine)
{
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw BackendError(std::string(routine) +
                     " failed: " + std::string(text.data(), static_cast<std::size_t>(length)));
}

template <class T>
MPI_Datatype type_of();
template <>
MPI_Datatype type_of<double>()
{
  return MPI_DOUBLE;
}
template <>
MPI_Datatype type_of<float>()
{
  return MPI_FLOAT;
}
template <>
MPI_Datatype type_of<std::int64_t>()
{
  return MPI_INT64_T;
}
template <>
MPI_Datatype type_of<char>()
{
  return MPI_CHAR;
}

template <class Call>
void in_pieces(std::int64_t n, Call const& call)
{
  for (std::int64_t first = 0; first < n; first += piece)
    call(first, static_cast<int>(std::min(piece, n - first)));
}

template <class T>
void all_reduce(Communicator::Backend const& group, T* values, std::int64_t n, MPI_Op operation)
{
  if (group.alone) return;
  in_pieces(n, [&](std::int64_t first, int count) {
    check(MPI_Allreduce(MPI_IN_PLACE, values + first, count, type_of<T>(), operation, group.comm),
          "MPI_Allreduce");
  });
}

template <class T>
void reduce_to_root(Communicator::Backend const& group, T* values, std::int64_t n)
{
  if (group.alone) return;
  int rank = 0;
  check(MPI_Comm_rank(group.comm, &rank), "MPI_Comm_rank");
  in_pieces(n, [&](std::int64_t first, int count) {
    void const* const send = rank == 0 ? MPI_IN_PLACE : static_cast<void const*>(values + first);
    check(MPI_Reduce(send, values + first, count, type_of<T>(), MPI_SUM, 0, group.comm),
          "MPI_Reduce");
  });
}

template <class T>
void broadcast_from(Communicator::Backend const& group, T* values, std::int64_t n, int root)
{
  if (group.alone) return;
  in_pieces(n, [&](std::int64_t first, int count) {
    check(MPI_Bcast(values + first, count, type_of<T>(), root, group.comm), "MPI_Bcast");
  });
}

template <class T>
PendingMessages start_broadcast_from(Communicator::Backend const& group, T* values, std::int64_t n,
                                     int root)
{
  if (group.alone) return {};
  auto const pending = std::make_shared<PendingMessages::Backend>();
  in_pieces(n, [&](std::int64_t first, int count) {
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Ibcast(values + first, count, type_of<T>(), root, group.comm, &request),
          "MPI_Ibcast");
    pending->requests.push_back(request);
  });
  return PendingMessages(pending);
}

}  // namespace

void PendingMessages::wait()
{
  if (!backend_) return;
  auto requests = std::move(backend_->requests);
  backend_->requests.clear();
  check(MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE),
        "MPI_Waitall");
}

Communicator::Communicator() : backend_(std::make_shared<Backend>(Backend{MPI_COMM_NULL, true})) {}

Communicator Communicator::world()
{
  int initialized = 0;
  check(MPI_Initialized(&initialized), "MPI_Initialized");
  if (initialized == 0)
    throw BackendError("Communicator::world: MPI is not initialized; call MPI_Init before it");
  return from_mpi(MPI_COMM_WORLD);
}

namespace {

/// Wrap a communicator that goes away with its last copy, if MPI has not ended before.
Communicator owned(MPI_Comm comm)
{
  auto const free_it = [](Communicator::Backend* backend) {
    int is_over = 0;
    MPI_Finalized(&is_over);
    if (is_over == 0) MPI_Comm_free(&backend->comm);
    delete backend;
  };
  std::shared_ptr<Communicator::Backend> const backend(new Communicator::Backend{comm, false},
                                                       free_it);
  int size = 0;
  check(MPI_Comm_size(comm, &size), "MPI_Comm_size");
  backend->alone = size == 1;
  return Communicator(backend);
}

}  // namespace

Communicator from_mpi(MPI_Comm comm)
{
  int size = 0;
  check(MPI_Comm_size(comm, &size), "MPI_Comm_size");
  return Communicator(
      std::make_shared<Communicator::Backend>(Communicator::Backend{comm, size == 1}));
}

Communicator Communicator::split(int group, int order) const
{
  agree(*this, [&] {
    KOVAR_REQUIRE(group >= 0, "split: the group of rank " << rank() << " is " << group
                                                          << " (groups count from 0)");
  });
  if (backend_->alone) return *this;
  MPI_Comm part = MPI_COMM_NULL;
  check(MPI_Comm_split(backend_->comm, group, order, &part), "MPI_Comm_split");
  auto const found = owned(part);
  MPI_Errhandler handler = MPI_ERRHANDLER_NULL;
  check(MPI_Comm_get_errhandler(backend_->comm, &handler), "MPI_Comm_get_errhandler");
  check(MPI_Comm_set_errhandler(part, handler), "MPI_Comm_set_errhandler");
  check(MPI_Errhandler_free(&handler), "MPI_Errhandler_free");
  return found;
}

int Communicator::rank() const
{
  if (backend_->alone) return 0;
  int rank = 0;
  check(MPI_Comm_rank(backend_->comm, &rank), "MPI_Comm_rank");
  return rank;
}

int Communicator::size() const
{
  if (backend_->alone) return 1;
  int size = 1;
  check(MPI_Comm_size(backend_->comm, &size), "MPI_Comm_size");
  return size;
}

void Communicator::barrier() const
{
  if (!backend_->alone) check(MPI_Barrier(backend_->comm), "MPI_Barrier");
}

void Communicator::sum_to_all(double* values, std::int64_t n) const
{
  all_reduce(*backend_, values, n, MPI_SUM);
}
void Communicator::sum_to_all(float* values, std::int64_t n) const
{
  all_reduce(*backend_, values, n, MPI_SUM);
}
void Communicator::max_to_all(double* values, std::int64_t n) const
{
  all_reduce(*backend_, values, n, MPI_MAX);
}
void Communicator::max_to_all(std::int64_t* values, std::int64_t n) const
{
  all_reduce(*backend_, values, n, MPI_MAX);
}
void Communicator::sum_to_root(double* values, std::int64_t n) const
{
  reduce_to_root(*backend_, values, n);
}
void Communicator::sum_to_root(float* values, std::int64_t n) const
{
  reduce_to_root(*backend_, values, n);
}
void Communicator::broadcast(double* values, std::int64_t n, int root) const
{
  broadcast_from(*backend_, values, n, root);
}
void Communicator::broadcast(float* values, std::int64_t n, int root) const
{
  broadcast_from(*backend_, values, n, root);
}
void Communicator::broadcast(char* values, std::int64_t n, int root) const
{
  broadcast_from(*backend_, values, n, root);
}

namespace {

template <class T>
PendingMessages start_sending_to(MPI_Comm comm, T const* values, std::int64_t n, int to)
{
  auto const pending = std::make_shared<PendingMessages::Backend>();
  in_pieces(n, [&](std::int64_t first, int count) {
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Isend(values + first, count, type_of<T>(), to, 0, comm, &request), "MPI_Isend");
    pending->requests.push_back(request);
  });
  return PendingMessages(pending);
}

template <class T>
void receive_from(MPI_Comm comm, T* values, std::int64_t n, int from)
{
  in_pieces(n, [&](std::int64_t first, int count) {
    check(MPI_Recv(values + first, count, type_of<T>(), from, 0, comm, MPI_STATUS_IGNORE),
          "MPI_Recv");
  });
}

}  // namespace

PendingMessages Communicator::start_sending(double const* values, std::int64_t n, int to) const
{
  return start_sending_to(backend_->comm, values, n, to);
}
PendingMessages Communicator::start_sending(float const* values, std::int64_t n, int to) const
{
  return start_sending_to(backend_->comm, values, n, to);
}
void Communicator::receive(double* values, std::int64_t n, int from) const
{
  receive_from(backend_->comm, values, n, from);
}
void Communicator::receive(float* values, std::int64_t n, int from) const
{
  receive_from(backend_->comm, values, n, from);
}

PendingMessages Communicator::start_broadcast(double* values, std::int64_t n, int root) const
{
  return start_broadcast_from(*backend_, values, n, root);
}
PendingMessages Communicator::start_broadcast(float* values, std::int64_t n, int root) const
{
  return start_broadcast_from(*backend_, values, n, root);
}

void Communicator::gather_to_all(double const* mine, std::vector<std::int64_t> const& counts,
                                 double* received) const
{
  // One broadcast per rank: no 32-bit displacements, any length.
  int const me = rank();
  double* block = received;
  for (int r = 0; r < size(); ++r) {
    std::int64_t const n = counts.at(static_cast<std::size_t>(r));
    if (r == me) std::copy_n(mine, n, block);
    broadcast(block, n, r);
    block += n;
  }
}

}  // namespace kovar::dist
