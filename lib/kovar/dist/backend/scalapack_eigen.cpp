// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/dist/backend/descriptor.hpp>
#include <kovar/dist/backend/scalapack_eigen.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>

// Fortran symbols of ScaLAPACK with 32-bit integers; a length follows for each character.
extern "C" {
#define KOVAR_SCALAPACK_ROUTINES(Scalar, p)                                                     \
  void p##sytrd_(char const*, int const*, Scalar*, int const*, int const*, int const*, Scalar*, \
                 Scalar*, Scalar*, Scalar*, int const*, int*, std::size_t);                     \
  void p##stedc_(char const*, int const*, Scalar*, Scalar*, Scalar*, int const*, int const*,    \
                 int const*, Scalar*, int const*, int*, int const*, int*, std::size_t);         \
  void p##ormtr_(char const*, char const*, char const*, int const*, int const*, Scalar const*,  \
                 int const*, int const*, int const*, Scalar const*, Scalar*, int const*,        \
                 int const*, int const*, Scalar*, int const*, int*, std::size_t, std::size_t,   \
                 std::size_t);
KOVAR_SCALAPACK_ROUTINES(double, pd)
KOVAR_SCALAPACK_ROUTINES(float, ps)
#undef KOVAR_SCALAPACK_ROUTINES
}

namespace kovar::dist::backend {
namespace {

/// Both precisions of a routine under one name.
template <class Scalar>
struct Routines;
#define KOVAR_SCALAPACK_TABLE(Scalar, p)     \
  template <>                                \
  struct Routines<Scalar> {                  \
    static constexpr auto sytrd = p##sytrd_; \
    static constexpr auto stedc = p##stedc_; \
    static constexpr auto ormtr = p##ormtr_; \
  };
KOVAR_SCALAPACK_TABLE(double, pd)
KOVAR_SCALAPACK_TABLE(float, ps)
#undef KOVAR_SCALAPACK_TABLE

int const ask_for_size = -1;

/// Numbers of this rank's columns, which all rows of the grid have alike, on all ranks.
template <class Scalar>
std::vector<Scalar> of_all_columns(BlockCyclicMatrix<Scalar> const& a,
                                   std::vector<Scalar> const& mine, std::int64_t n)
{
  std::vector<Scalar> all;
  agree(a.grid().comm(), [&] {
    all.assign(static_cast<std::size_t>(n), Scalar(0));
    auto const columns = a.owned_columns();
    for (std::size_t k = 0; k < columns.size(); ++k)
      if (a.grid().row() == 0 && columns[k] < n)
        all[static_cast<std::size_t>(columns[k])] = mine[k];
  });
  a.grid().comm().sum_to_all(all.data(), n);
  return all;
}

/// Of a matrix within one block rank 0 alone has the eigenvalues, and knows of a failure.
template <class Scalar>
int shared_result(Communicator const& comm, int info, std::vector<Scalar>& values)
{
  std::vector<double> of_root(values.begin(), values.end());
  of_root.push_back(info);
  comm.broadcast(of_root.data(), static_cast<std::int64_t>(of_root.size()));
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = static_cast<Scalar>(of_root[k]);
  std::int64_t worst = std::max(info, static_cast<int>(of_root.back()));
  comm.max_to_all(&worst, 1);
  return static_cast<int>(worst);
}

/// call(work, size) with as much as it asks for. Where a rank has no room, all are told.
template <class Scalar, class Call>
void call_with_workspace(Communicator const& comm, Call const& call)
{
  Scalar size = 0;
  call(&size, ask_for_size);
  std::vector<Scalar> work;
  agree(comm, [&] { work.resize(std::max<std::size_t>(1, static_cast<std::size_t>(size))); });
  call(work.data(), static_cast<int>(work.size()));
}

}  // namespace

template <class Scalar>
ReducedMatrix<Scalar> sytrd(BlockCyclicMatrix<Scalar> const& a)
{
  int const n = as_int(a.n_rows());
  auto const n_mine = std::max<std::size_t>(1, a.local().extent(1));
  std::vector<Scalar> d, e;
  ReducedMatrix<Scalar> t;
  agree(a.grid().comm(), [&] {
    d.resize(n_mine);
    e.resize(n_mine);
    t.tau.resize(n_mine);
  });
  auto const a_descriptor = descriptor(a);
  auto const call = [&](Scalar* work, int n_work) {
    int info = 0;
    Routines<Scalar>::sytrd("L", &n, a.local().data(), &one, &one, a_descriptor.data(), d.data(),
                            e.data(), t.tau.data(), work, &n_work, &info, 1);
    require_legal(info, "sytrd");
  };
  call_with_workspace<Scalar>(a.grid().comm(), call);
  t.diagonal = of_all_columns(a, d, n);
  t.off_diagonal = of_all_columns(a, e, n - 1);
  return t;
}

template <class Scalar>
int stedc(std::vector<Scalar>& d, std::vector<Scalar>& e, BlockCyclicMatrix<Scalar> const& q)
{
  std::int64_t const n = q.n_rows();
  std::int64_t const share = q.rows().size(0) * q.columns().size(0);  // place (0, 0) has most
  std::int64_t const n_work = 6 * n + 2 * share;
  agree(q.grid().comm(), [&] {
    KOVAR_REQUIRE(n_work <= std::numeric_limits<int>::max(),
                  "eigenpairs: a rank's share of a matrix of order "
                      << n << " has " << share
                      << " numbers, and ScaLAPACK can count a workspace for half as many as "
                      << std::numeric_limits<int>::max() << "; take more ranks, or ELPA");
  });
  int const order = as_int(n);
  int const n_work_int = as_int(n_work);
  int const n_iwork = as_int(2 + 7 * n + 8 * q.grid().n_columns());
  std::vector<Scalar> work;
  std::vector<int> iwork;
  agree(q.grid().comm(), [&] {
    work.resize(static_cast<std::size_t>(n_work));
    iwork.resize(static_cast<std::size_t>(n_iwork));
    e.resize(d.size());  // an address even for order 1
  });
  // It fills the blocks that it solves and takes the rest of q for zero, as pdsyevd() makes it.
  Scalar* const numbers = q.local().data();
  std::fill(numbers, numbers + q.local().size(), Scalar(0));
  auto const q_descriptor = descriptor(q);
  int info = 0;
  Routines<Scalar>::stedc("I", &order, d.data(), e.data(), q.local().data(), &one, &one,
                          q_descriptor.data(), work.data(), &n_work_int, iwork.data(), &n_iwork,
                          &info, 1);
  require_legal(info, "stedc");
  return shared_result(q.grid().comm(), info, d);
}

template <class Scalar>
void ormtr(BlockCyclicMatrix<Scalar> const& a, std::vector<Scalar> const& tau,
           BlockCyclicMatrix<Scalar> const& c)
{
  int const m = as_int(c.n_rows());
  int const n = as_int(c.n_columns());
  auto const a_descriptor = descriptor(a);
  auto const c_descriptor = descriptor(c);
  auto const call = [&](Scalar* work, int n_work) {
    int info = 0;
    Routines<Scalar>::ormtr("L", "L", "N", &m, &n, a.local().data(), &one, &one,
                            a_descriptor.data(), tau.data(), c.local().data(), &one, &one,
                            c_descriptor.data(), work, &n_work, &info, 1, 1, 1);
    require_legal(info, "ormtr");
  };
  call_with_workspace<Scalar>(a.grid().comm(), call);
}

#define KOVAR_DIST_SCALAPACK_EIGEN(Scalar)                                          \
  template ReducedMatrix<Scalar> sytrd(BlockCyclicMatrix<Scalar> const&);           \
  template int stedc(std::vector<Scalar>&, std::vector<Scalar>&,                    \
                     BlockCyclicMatrix<Scalar> const&);                             \
  template void ormtr(BlockCyclicMatrix<Scalar> const&, std::vector<Scalar> const&, \
                      BlockCyclicMatrix<Scalar> const&);
KOVAR_DIST_SCALAPACK_EIGEN(double)
KOVAR_DIST_SCALAPACK_EIGEN(float)
#undef KOVAR_DIST_SCALAPACK_EIGEN

}  // namespace kovar::dist::backend
