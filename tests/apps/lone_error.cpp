// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <support/program.hpp>

// A program whose last rank fails while the others wait for it.

namespace {

int fail_on_last_rank(kovar::apps::Context const& context, kovar::apps::OptionValues const& values)
{
  static_cast<void>(values);
  int const last = context.comm.size() - 1;
  KOVAR_REQUIRE(context.comm.rank() != last, "rank " << last << " fails alone");
  context.comm.barrier();
  return 0;
}

}  // namespace

int main(int argc, char** argv)
{
  using namespace kovar::apps;
  Command const command{"fail", "fails",       "The last rank fails.", {},
                        {},     Needs::kokkos, fail_on_last_rank};
  return run_program(argc, argv, {"kovar", "a test", {command}});
}
