// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_CORE_DRAWN_NUMBERS_HPP
#define KOVAR_TESTS_CORE_DRAWN_NUMBERS_HPP

#include <kovar/core/each_of.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Random numbers drawn where kernels run, for tests of their distributions.

namespace kovar::test {

/// draw(0) to draw(n - 1).
/// \param draw  callable on the device, with the index of a number
template <class ExecSpace, class Draw>
std::vector<double> drawn_numbers(Draw const& draw, std::int64_t n)
{
  ExecSpace const space;
  Vector<double, ExecSpace> const numbers(Kokkos::view_alloc(space, "kovar::test::numbers"), n);
  Kokkos::parallel_for(
      "kovar::test::draw", each_of(space, n),
      KOKKOS_LAMBDA(std::int64_t i) { numbers(i) = draw(static_cast<std::uint64_t>(i)); });
  return to_list(space, numbers);
}

}  // namespace kovar::test

#endif
