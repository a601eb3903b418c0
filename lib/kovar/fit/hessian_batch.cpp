// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/each_of.hpp>
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/hessian_batch.hpp>

#include <algorithm>
#include <cstdint>

namespace kovar::fit {

namespace {

// Columns first to first + n - 1 of a, side by side; lanes beyond are 0.
template <class ExecSpace, class Pack>
void pack_columns(ExecSpace const& space, Matrix<double const, ExecSpace> const& a,
                  std::int64_t first, int n, Vector<Pack, ExecSpace> const& packs)
{
  Kokkos::parallel_for(
      "kovar::fit::pack_columns", each_of(space, static_cast<std::int64_t>(packs.extent(0))),
      KOKKOS_LAMBDA(std::int64_t i) {
        Pack pack{};
        for (int lane = 0; lane < n; ++lane) pack[lane] = a(i, first + lane);
        packs(i) = pack;
      });
}

template <class ExecSpace, class Pack>
void unpack_columns(ExecSpace const& space, Vector<Pack, ExecSpace> const& packs,
                    std::int64_t first, int n, Matrix<double, ExecSpace> const& a)
{
  Kokkos::parallel_for(
      "kovar::fit::unpack_columns", each_of(space, static_cast<std::int64_t>(packs.extent(0))),
      KOKKOS_LAMBDA(std::int64_t i) {
        Pack const pack = packs(i);
        for (int lane = 0; lane < n; ++lane) a(i, first + lane) = pack[lane];
      });
}

}  // namespace

template <class ExecSpace>
HessianBatch<ExecSpace>::HessianBatch(ExecSpace const& space, Likelihood<ExecSpace>& likelihood)
    : likelihood_(&likelihood), has_packs_(n_at_once > 1 && !likelihood.has_data_covariance())
{
  if constexpr (n_at_once > 1) {
    if (!has_packs_) return;
    auto const& one = likelihood.one_;
    auto const& shape = likelihood.shape();
    directions_ = Directions<ExecSpace, Pack>(space, shape,
                                              static_cast<std::int64_t>(one.theta_change.extent(0)),
                                              VariationSweep<ExecSpace, Pack>(space, one.sweep),
                                              ExternalSum<ExecSpace, Pack>(space, one.external));
    u_ = allocate<Vector<Pack, ExecSpace>>(space, "kovar::fit::u", shape.n);
    product_ = allocate<Vector<Pack, ExecSpace>>(space, "kovar::fit::product", shape.n);
  }
}

template <class ExecSpace>
void HessianBatch<ExecSpace>::multiply(ExecSpace const& space,
                                       Matrix<double const, ExecSpace> const& u,
                                       Matrix<double, ExecSpace> const& products, HessianForm form)
{
  auto const n = likelihood_->shape().n;
  auto const n_directions = static_cast<std::int64_t>(u.extent(1));
  KOVAR_REQUIRE(static_cast<std::int64_t>(u.extent(0)) == n && products.extent(0) == u.extent(0) &&
                    products.extent(1) == u.extent(1),
                "HessianBatch: '" << u.label() << "' is " << u.extent(0) << " x " << n_directions
                                  << ", '" << products.label() << "' is " << products.extent(0)
                                  << " x " << products.extent(1) << " (both need a row for each of "
                                  << n << " parameters and a column for each direction)");
  Region const region("kovar::fit::hessian_products");
  if constexpr (n_at_once > 1)
    if (has_packs_) {
      likelihood_->require_hessian(form);
      for (std::int64_t first = 0; first < n_directions; first += n_at_once) {
        auto const n_lanes =
            static_cast<int>(std::min<std::int64_t>(n_at_once, n_directions - first));
        pack_columns(space, u, first, n_lanes, u_);
        likelihood_->template multiply_hessian<Pack>(space, form, u_, directions_, product_);
        unpack_columns(space, product_, first, n_lanes, products);
      }
      return;
    }
  for (std::int64_t k = 0; k < n_directions; ++k)
    likelihood_->hessian_product(space, Kokkos::subview(u, Kokkos::ALL, k),
                                 Kokkos::subview(products, Kokkos::ALL, k), form);
}

#define KOVAR_INSTANTIATE(ExecSpace) template class HessianBatch<ExecSpace>;
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
