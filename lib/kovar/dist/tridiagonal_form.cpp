// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/dist/backend/scalapack_eigen.hpp>
#include <kovar/dist/tridiagonal_form.hpp>
#include <kovar/dist/two_stage.hpp>

#include <algorithm>
#include <memory>

namespace kovar::dist {
namespace {

/// Two stages are faster from the first order on, measured on two ranks; they send n^2 numbers to every rank some
/// five times, so that many ranks want a larger one: by the cost model of perf/scaling, for a cluster's network.
constexpr std::int64_t two_stage_order = 1000;
constexpr std::int64_t two_stage_order_of_a_rank = 500;

template <class Scalar>
backend::ReducedMatrix<Scalar> reduce_by_scalapack(Host const& space,
                                                   BlockCyclicMatrix<Scalar> const& a)
{
  Region const region("kovar::dist::tridiagonalize[ScaLAPACK]");
  space.fence();  // ScaLAPACK reads a on the host
  return backend::sytrd(a);
}

}  // namespace

bool are_two_stages_faster(std::int64_t n, int n_ranks)
{
  return n >= std::max(two_stage_order, two_stage_order_of_a_rank * n_ranks);
}

template <class Scalar>
TridiagonalForm<Scalar> tridiagonalize(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                                       bool by_two_stages)
{
  if (by_two_stages) {
    auto const form = std::make_shared<TwoStageForm<Scalar>>(space, a);
    return {form->take_tridiagonal(), [space, form](auto const& c) { form->apply_q(space, c); }};
  }
  auto const reduced = reduce_by_scalapack(space, a);
  return {{reduced.diagonal, reduced.off_diagonal}, [space, a, reduced](auto const& c) {
            Region const region("kovar::dist::apply_q[ScaLAPACK]");
            space.fence();  // ScaLAPACK reads c on the host
            backend::ormtr(a, reduced.tau, c);
          }};
}

template TridiagonalForm<double> tridiagonalize(Host const&, BlockCyclicMatrix<double> const&,
                                                bool);
template TridiagonalForm<float> tridiagonalize(Host const&, BlockCyclicMatrix<float> const&, bool);

}  // namespace kovar::dist
