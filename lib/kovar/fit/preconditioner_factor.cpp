// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/preconditioner_factor.hpp>

#include <algorithm>
#include <utility>

namespace kovar::fit {

template <class ExecSpace>
FactorPreconditioner<ExecSpace>::FactorPreconditioner(linalg::HostSymmetricMatrix const& external,
                                                      linalg::SparseFactor factor)
    : kind_(factor), factor_(external, factor)
{
}

template <class ExecSpace>
void FactorPreconditioner<ExecSpace>::update(ExecSpace const& space,
                                             Vector<double const, ExecSpace> const& diagonal)
{
  shift_ = std::max(shift_, factor_.factor(to_list(space, diagonal)));
  ++n_factors_;
}

template <class ExecSpace>
void FactorPreconditioner<ExecSpace>::apply(ExecSpace const& space,
                                            Vector<double const, ExecSpace> const& r,
                                            Vector<double, ExecSpace> const& z)
{
  auto list = to_list(space, r);
  factor_.solve(list.data(), list.data());
  Kokkos::deep_copy(space, z, HostListView<double const>(list.data(), list.size()));
  space.fence();  // the list goes away
}

template <class ExecSpace>
PreconditionerReport FactorPreconditioner<ExecSpace>::report() const
{
  return {kind_ == linalg::SparseFactor::complete ? PreconditionerKind::sparse_cholesky
                                                  : PreconditionerKind::incomplete_cholesky,
          shift_, n_factors_, factor_.n_entries()};
}

template <class ExecSpace>
AutomaticPreconditioner<ExecSpace>::AutomaticPreconditioner(linalg::HostSymmetricMatrix external)
    : external_(std::move(external))
{
}

template <class ExecSpace>
bool AutomaticPreconditioner<ExecSpace>::is_worth_a_factor()
{
  // To order the matrix takes about as long as so many products with it; of very large ones the copies
  // that are made for that would be felt.
  constexpr double products_of_order = 50;
  if (n_products_ < products_of_order || external_.upper.n_entries() > largest) return false;
  if (!factor_) {
    factor_.emplace(external_, linalg::SparseFactor::complete);
    // A factor's flops wait for memory about as often as those of a product, two an entry.
    auto const n_entries = external_.upper.n_entries() + external_.upper.n_rows();
    price_ = factor_->cost().n_flops / (2 * static_cast<double>(n_entries));
  }
  return n_products_ >= price_;
}

template <class ExecSpace>
void AutomaticPreconditioner<ExecSpace>::update(ExecSpace const& space,
                                                Vector<double const, ExecSpace> const& diagonal)
{
  diagonal_.update(space, diagonal);
  if (is_due_ && !factor_) factor_.emplace(external_, linalg::SparseFactor::complete);
  if (!is_due_ && !is_worth_a_factor()) return;
  factor_->update(space, diagonal);
  has_factor_ = true;
  is_due_ = false;
  n_products_ = 0;
}

template <class ExecSpace>
void AutomaticPreconditioner<ExecSpace>::apply(ExecSpace const& space,
                                               Vector<double const, ExecSpace> const& r,
                                               Vector<double, ExecSpace> const& z)
{
  ++n_products_;
  if (has_factor_)
    factor_->apply(space, r, z);
  else
    diagonal_.apply(space, r, z);
}

template <class ExecSpace>
void AutomaticPreconditioner<ExecSpace>::forget()
{
  is_due_ = has_factor_;
}

template <class ExecSpace>
std::vector<double> AutomaticPreconditioner<ExecSpace>::kept() const
{
  return {n_products_, has_factor_ ? 1.0 : 0.0};
}

template <class ExecSpace>
void AutomaticPreconditioner<ExecSpace>::resume(std::vector<double> const& kept)
{
  n_products_ = kept.at(0);
  is_due_ = kept.at(1) != 0;
}

template <class ExecSpace>
PreconditionerReport AutomaticPreconditioner<ExecSpace>::report() const
{
  return has_factor_ ? factor_->report() : diagonal_.report();
}

#define KOVAR_INSTANTIATE(ExecSpace)              \
  template class FactorPreconditioner<ExecSpace>; \
  template class AutomaticPreconditioner<ExecSpace>;
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
