// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_MOVE_TO_HPP
#define KOVAR_FIT_MOVE_TO_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/views.hpp>
#include <kovar/fit/likelihood.hpp>

#include <Kokkos_Core.hpp>

#include <vector>

/// \file
/// Likelihoods at points that stand on the host.

namespace kovar::fit {

/// Let the likelihood stand at x, one number per parameter; collective.
/// \return the reduced negative log likelihood there
/// \throws InputError if x has another length
/// Cost: a value and a gradient.
template <class ExecSpace>
double move_to(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
               std::vector<double> const& x)
{
  auto const gradient =
      allocate<Vector<double, ExecSpace>>(space, "kovar::fit::gradient_of_move", x.size());
  return likelihood.value_and_gradient(space, to_space(space, x, "kovar::fit::x"), gradient);
}

}  // namespace kovar::fit

#endif
