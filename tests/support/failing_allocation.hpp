// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_SUPPORT_FAILING_ALLOCATION_HPP
#define KOVAR_TESTS_SUPPORT_FAILING_ALLOCATION_HPP

#include <kovar/core/error.hpp>
#include <kovar/dist/communicator.hpp>

#include <gtest/gtest.h>
#include <Kokkos_Core.hpp>

#include <cstdint>
#include <new>
#include <string>

/// \file
/// A rank that has no memory for a view.

namespace kovar::test {

/// While it lives, this process has no memory for views of a label.
class FailingAllocation {
 public:
  explicit FailingAllocation(std::string const& label)
      : before_(Kokkos::Tools::Experimental::get_callbacks())
  {
    failing_label() = label;
    Kokkos::Tools::Experimental::set_allocate_data_callback(fail);
  }
  ~FailingAllocation() { Kokkos::Tools::Experimental::set_callbacks(before_); }
  FailingAllocation(FailingAllocation const&) = delete;
  FailingAllocation& operator=(FailingAllocation const&) = delete;

 private:
  static std::string& failing_label()
  {
    static std::string label;
    return label;
  }
  static void fail(Kokkos::Tools::SpaceHandle, char const* label, void const*, std::uint64_t)
  {
    if (label == failing_label()) throw std::bad_alloc();
  }

  Kokkos::Tools::Experimental::EventSet before_;
};

/// All ranks do the work, of which the last one has no memory for views of a label: all must be told.
template <class Work>
void expect_all_learn_of_no_memory(dist::Communicator const& comm, std::string const& label,
                                   Work const& work)
{
  bool const is_last = comm.rank() == comm.size() - 1;
  FailingAllocation const failing(is_last ? label : "none");
  try {
    work();
    ADD_FAILURE() << "nobody lacks memory for " << label;
  } catch (BackendError const& error) {
    EXPECT_EQ(std::string(error.what()), "out of memory") << label;
    EXPECT_TRUE(error.on_all_ranks()) << label;
  } catch (std::bad_alloc const&) {
    ADD_FAILURE() << "this rank alone lacks memory for " << label;
  }
}

}  // namespace kovar::test

#endif
