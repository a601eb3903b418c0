// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/dist/backend/blacs.hpp>
#include <kovar/dist/backend/elpa.hpp>

#include <mpi.h>

#include <complex>  // before ELPA's header, which takes it for C's in C++
#include <string>

#include <elpa/elpa.h>

namespace kovar::dist::backend {
namespace {

/// The oldest interface of ELPA that has all that is called here.
constexpr int api_version = 20200417;

std::string name_of(int error)
{
#define KOVAR_ELPA_NAME(name, value) \
  if (error == value) return #name;
  ELPA_FOR_ALL_ERRORS(KOVAR_ELPA_NAME)
#undef KOVAR_ELPA_NAME
  return "error " + std::to_string(error);
}

void check(int error, char const* routine)
{
  if (error != ELPA_OK) throw BackendError(std::string(routine) + " failed: " + name_of(error));
}

int end_elpa(MPI_Comm /*comm*/, int /*key*/, void* /*attribute*/, void* /*extra*/)
{
  int error = ELPA_OK;
  elpa_uninit(&error);
  return MPI_SUCCESS;
}

/// Start ELPA once in a process; it ends when MPI does, which deletes the attributes of this process first.
void start_elpa()
{
  static bool const is_started = [] {
    check(elpa_init(api_version), "elpa_init");
    int key = MPI_KEYVAL_INVALID;
    MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, end_elpa, &key, nullptr);
    MPI_Comm_set_attr(MPI_COMM_SELF, key, nullptr);
    MPI_Comm_free_keyval(&key);  // marked: it goes with the attribute
    return true;
  }();
  static_cast<void>(is_started);
}

/// ELPA's description of a problem on a matrix.
class Problem {
 public:
  template <class Scalar>
  Problem(BlockCyclicMatrix<Scalar> const& a, std::int64_t n_wanted)
  {
    start_elpa();
    int error = ELPA_OK;
    handle_ = elpa_allocate(&error);
    check(error, "elpa_allocate");
    set("na", a.n_rows());
    set("nev", n_wanted);
    set("local_nrows", static_cast<std::int64_t>(a.local().extent(0)));
    set("local_ncols", static_cast<std::int64_t>(a.local().extent(1)));
    set("nblk", a.block().rows);
    set("mpi_comm_parent", MPI_Comm_c2f(a.grid().backend()->comm));
    set("process_row", a.grid().row());
    set("process_col", a.grid().column());
    check(elpa_setup(handle_), "elpa_setup");
  }
  ~Problem()
  {
    int error = ELPA_OK;
    elpa_deallocate(handle_, &error);
  }
  Problem(Problem const&) = delete;
  Problem& operator=(Problem const&) = delete;

  elpa_t handle() const { return handle_; }

 private:
  void set(char const* name, std::int64_t value)
  {
    int error = ELPA_OK;
    elpa_set(handle_, name, static_cast<int>(value), &error);
    if (error != ELPA_OK)
      throw BackendError(std::string("elpa_set: ") + name + " = " + std::to_string(value) +
                         " failed: " + name_of(error));
  }

  elpa_t handle_ = nullptr;
};

}  // namespace

bool has_elpa() { return true; }

template <>
bool has_elpa_for<double>()
{
  return true;
}

template <>
bool has_elpa_for<float>()
{
#ifdef KOVAR_ELPA_HAS_FLOAT
  return true;
#else
  return false;
#endif
}

template <class Scalar>
std::vector<Scalar> elpa_eigenpairs(BlockCyclicMatrix<Scalar> const& a, std::int64_t n_wanted,
                                    BlockCyclicMatrix<Scalar> const& q)
{
  std::vector<Scalar> values(static_cast<std::size_t>(a.n_rows()));
  Problem const problem(a, n_wanted);
  int error = ELPA_OK;
  elpa_eigenvectors(problem.handle(), a.local().data(), values.data(), q.local().data(), &error);
  check(error, "elpa_eigenvectors");
  return values;
}

template <class Scalar>
void elpa_tridiagonal_eigenpairs(std::vector<Scalar>& d, std::vector<Scalar>& e,
                                 std::int64_t n_wanted, BlockCyclicMatrix<Scalar> const& q)
{
  Problem const problem(q, n_wanted);
  e.resize(d.size());  // ELPA declares as many
  int error = ELPA_OK;
  elpa_solve_tridiagonal(problem.handle(), d.data(), e.data(), q.local().data(), &error);
  check(error, "elpa_solve_tridiagonal");
}

#define KOVAR_DIST_ELPA(Scalar)                                                                \
  template std::vector<Scalar> elpa_eigenpairs(BlockCyclicMatrix<Scalar> const&, std::int64_t, \
                                               BlockCyclicMatrix<Scalar> const&);              \
  template void elpa_tridiagonal_eigenpairs(std::vector<Scalar>&, std::vector<Scalar>&,        \
                                            std::int64_t, BlockCyclicMatrix<Scalar> const&);
KOVAR_DIST_ELPA(double)
KOVAR_DIST_ELPA(float)
#undef KOVAR_DIST_ELPA

}  // namespace kovar::dist::backend
