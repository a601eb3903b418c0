// SPDX-License-Identifier: BSD-3-Clause
// main() of every test program: MPI where it is on, Kokkos, GoogleTest. Rank 0 alone prints; a
// failure on any rank fails the program.

#include <kovar/dist/communicator.hpp>
#include <kovar/dist/environment.hpp>

#include <gtest/gtest.h>
#include <Kokkos_Core.hpp>

#include <cstdio>

namespace {

/// Prints the failures of ranks that are otherwise silent.
class FailuresOnly : public ::testing::EmptyTestEventListener {
 public:
  explicit FailuresOnly(int rank) : rank_(rank) {}
  void OnTestPartResult(::testing::TestPartResult const& result) override
  {
    if (result.failed())
      std::fprintf(stderr, "rank %d: %s:%d: %s\n", rank_, result.file_name(), result.line_number(),
                   result.message());
  }

 private:
  int rank_;
};

}  // namespace

int main(int argc, char** argv)
{
  kovar::dist::Environment const environment(argc, argv);
  Kokkos::initialize(argc, argv);
  int result = 0;
  {
    ::testing::InitGoogleTest(&argc, argv);
    auto const comm = kovar::dist::Communicator::world();
    if (!comm.is_root()) {
      auto& listeners = ::testing::UnitTest::GetInstance()->listeners();
      delete listeners.Release(listeners.default_result_printer());
      listeners.Append(new FailuresOnly(comm.rank()));
    }
    std::int64_t failed = RUN_ALL_TESTS();
    comm.max_to_all(&failed, 1);
    result = static_cast<int>(failed);
  }
  Kokkos::finalize();
  return result;
}
