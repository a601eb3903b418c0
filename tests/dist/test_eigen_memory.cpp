// SPDX-License-Identifier: BSD-3-Clause
// A rank without memory for the work of an eigensolver: no other rank is left waiting.
#include "block_matrices.hpp"
#include "support/failing_allocation.hpp"

#include <kovar/dist/eigen.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <new>
#include <string>

namespace {

/// What is asked of this process at once may have fewer bytes than these.
std::size_t too_many_bytes = std::numeric_limits<std::size_t>::max();

}  // namespace

void* operator new(std::size_t bytes)
{
  void* const p = bytes < too_many_bytes ? std::malloc(bytes > 0 ? bytes : 1) : nullptr;
  if (p == nullptr) throw std::bad_alloc();
  return p;
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace kovar::dist {
namespace {

/// The error of all ranks where the last one has fewer bytes at once than these.
std::string error_with(std::size_t bytes)
{
  ProcessGrid const grid(Communicator::world());
  std::int64_t const n = 300;
  auto const a = test::spread<double>(test::random_matrix(n, n, 1), grid);
  bool const is_last = grid.comm().rank() == grid.comm().size() - 1;
  if (is_last) too_many_bytes = bytes;
  auto const error = test::error_of_all_ranks([&] {
    eigenpairs(Host(), a, {SpectrumEnd::smallest, n}, EigenEngine::scalapack);
  });
  too_many_bytes = std::numeric_limits<std::size_t>::max();
  return error;
}

TEST(EigenMemory, OfOneRankIsMissedByAll)
{
  if (Communicator::world().size() == 1) GTEST_SKIP() << "one rank has LAPACK's work";
  EXPECT_EQ(error_with(4000000), "no error");
  EXPECT_EQ(error_with(300000), "out of memory");  // two shares for the tridiagonal form's vectors
}

TEST(EigenMemory, OfTwoStagesToo)
{
  if (Communicator::world().size() == 1) GTEST_SKIP() << "one rank has LAPACK's work";
  ProcessGrid const grid(Communicator::world());
  std::int64_t const n = 300;
  for (char const* label :
       {"kovar::dist::band_factors", "kovar::dist::band_panel", "kovar::dist::first_rows",
        "kovar::dist::chase_reflectors", "kovar::dist::sweep_block"})
    test::expect_all_learn_of_no_memory(grid.comm(), label, [&] {
      eigenpairs(Host(), test::spread<double>(test::random_matrix(n, n, 1), grid),
                 {SpectrumEnd::smallest, n}, EigenEngine::two_stage);
    });
}

}  // namespace
}  // namespace kovar::dist
