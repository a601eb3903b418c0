// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/preconditioner_blocks.hpp>
#include <kovar/linalg/cholesky.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace kovar::fit {

template <class ExecSpace>
BlockPreconditioner<ExecSpace>::BlockPreconditioner(ExecSpace const& space,
                                                    Likelihood<ExecSpace>& likelihood,
                                                    std::vector<std::int64_t> const& free,
                                                    std::vector<std::vector<std::int64_t>> blocks)
    : likelihood_(likelihood),
      free_(free),
      places_(std::move(blocks)),
      factors_(places_.size()),
      unit_(Kokkos::view_alloc(space, "kovar::fit::unit"), likelihood.parameters().size()),
      product_(Kokkos::view_alloc(space, "kovar::fit::product"), likelihood.parameters().size())
{
}

// The Fisher form of each block, scaled to a diagonal of 1.
template <class ExecSpace>
void BlockPreconditioner<ExecSpace>::make_blocks(ExecSpace const& space)
{
  Host const host;
  for (std::size_t b = 0; b < places_.size(); ++b) {
    auto const& places = places_[b];
    auto const n = static_cast<std::int64_t>(places.size());
    factors_[b] = allocate<Matrix<double, Host>>(host, "kovar::fit::block", n, n);
    for (std::int64_t j = 0; j < n; ++j) {
      std::vector<double> unit(unit_.extent(0), 0.0);
      auto const index = [&](std::int64_t k) {
        return static_cast<std::size_t>(
            free_[static_cast<std::size_t>(places[static_cast<std::size_t>(k)])]);
      };
      unit[index(j)] = 1;
      Kokkos::deep_copy(space, unit_, to_space(space, unit, "kovar::fit::unit"));
      likelihood_.hessian_product(space, unit_, product_, HessianForm::fisher);
      auto const column = to_list(space, product_);
      for (std::int64_t i = 0; i < n; ++i) factors_[b](i, j) = column[index(i)];
    }
    factor(b);
  }
}

// A block that is not positive definite gets a larger diagonal.
template <class ExecSpace>
void BlockPreconditioner<ExecSpace>::factor(std::size_t b)
{
  auto const a = factors_[b];
  auto const n = a.extent_int(0);
  std::vector<double> scale;
  for (int i = 0; i < n; ++i) scale.push_back(a(i, i) == 0 ? 1 : 1 / std::sqrt(std::fabs(a(i, i))));
  for (int j = 0; j < n; ++j)
    for (int i = 0; i < n; ++i)
      a(i, j) *= scale[static_cast<std::size_t>(i)] * scale[static_cast<std::size_t>(j)];
  Host const space;
  auto const factor = allocate<Matrix<double, Host>>(space, "kovar::fit::block_factor", n, n);
  constexpr double first_shift = 1e-3;
  for (double shift = 0;; shift = shift == 0 ? first_shift : 10 * shift) {
    Kokkos::deep_copy(space, factor, a);
    for (int i = 0; i < n; ++i) factor(i, i) = 1 + shift;
    space.fence();  // the host's own loops write and read it
    if (!linalg::cholesky(space, factor)) continue;
    shift_ = std::max(shift_, shift);
    break;
  }
  factors_[b] = factor;
  ++n_factors_;
}

template <class ExecSpace>
void BlockPreconditioner<ExecSpace>::update(ExecSpace const& space,
                                            Vector<double const, ExecSpace> const& diagonal)
{
  diagonal_ = diagonal;
  root_ = to_list(space, diagonal);
  for (double& entry : root_) entry = std::sqrt(entry);
  if (!blocks_are_made_) make_blocks(space);
  blocks_are_made_ = true;
}

template <class ExecSpace>
void BlockPreconditioner<ExecSpace>::apply(ExecSpace const& space,
                                           Vector<double const, ExecSpace> const& r,
                                           Vector<double, ExecSpace> const& z)
{
  auto list = to_list(space, r);
  for (std::size_t i = 0; i < list.size(); ++i) list[i] /= root_[i];
  Host const host;
  for (std::size_t b = 0; b < places_.size(); ++b) {
    auto const& places = places_[b];
    auto const x = allocate<Matrix<double, Host>>(host, "kovar::fit::part", places.size(), 1);
    for (std::size_t k = 0; k < places.size(); ++k)
      x(k, 0) = list[static_cast<std::size_t>(places[k])];
    linalg::triangular_solve(host, linalg::Side::factor, factors_[b], x);
    linalg::triangular_solve(host, linalg::Side::transposed, factors_[b], x);
    host.fence();  // the host's own loop reads it
    for (std::size_t k = 0; k < places.size(); ++k)
      list[static_cast<std::size_t>(places[k])] = x(k, 0);
  }
  for (std::size_t i = 0; i < list.size(); ++i) list[i] /= root_[i];
  Kokkos::deep_copy(space, z, HostListView<double const>(list.data(), list.size()));
  space.fence();  // the list goes away
}

template <class ExecSpace>
PreconditionerReport BlockPreconditioner<ExecSpace>::report() const
{
  std::int64_t n_entries = 0;
  for (auto const& places : places_)
    n_entries += static_cast<std::int64_t>(places.size() * (places.size() + 1) / 2);
  return {PreconditionerKind::block_diagonal, shift_, n_factors_, n_entries};
}

#define KOVAR_INSTANTIATE(ExecSpace) template class BlockPreconditioner<ExecSpace>;
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
