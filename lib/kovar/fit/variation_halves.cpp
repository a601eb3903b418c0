// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/spaces.hpp>
#include <kovar/fit/variation_sweep.hpp>

namespace kovar::fit {

template <class ExecSpace, class X>
void VariationSweep<ExecSpace, X>::forward(ExecSpace const& space,
                                           Vector<X, ExecSpace> const& theta) const
{
  Region const region("kovar::fit::forward");
  X* const products = products_.data();
  X const* const from = theta.data();
  if constexpr (is_host_space<ExecSpace>) {
    auto const n_entries = static_cast<std::int64_t>(products_.extent(0));
    rows_.visit([&](auto const& rows) {
      Kokkos::parallel_for("kovar::fit::forward", each_of(space, n_entries),
                           [=](std::int64_t e) { products[e] = rows.dot(e, from); });
    });
  } else {
    device_.for_dots(
        space, "kovar::fit::rows", from,
        KOKKOS_LAMBDA(std::int64_t e, X const& sum) { products[e] = sum; });
  }
}

template <class ExecSpace, class X>
void VariationSweep<ExecSpace, X>::backward(ExecSpace const& space,
                                            EntrySweep<ExecSpace> const& entries,
                                            Vector<X, ExecSpace> const& worth,
                                            Vector<X, ExecSpace> const& by_column,
                                            Vector<X, ExecSpace> const& by_strength) const
{
  Region const region("kovar::fit::backward");
  X const* const products = products_.data();
  X* const to = by_column.data();
  if constexpr (is_host_space<ExecSpace>) {
    std::int64_t const* const first_bin = first_bin_.data();
    auto const sums = sums_;
    auto const strength_sums = strength_sums_;
    auto const of_entries = entries;
    auto const worths = worth;
    rows_.visit([&](auto const& rows) {
      Kokkos::parallel_for(
          "kovar::fit::backward",
          linalg::PartPolicy<ExecSpace>(space, 0, static_cast<int>(first_bin_.size()) - 1),
          [=](int part) {
            X* const own = sums.cleared(part);
            X* const own_strengths = cleared_row(strength_sums, part);
            std::int64_t const first = of_entries.bin_start(first_bin[part]);
            std::int64_t const end = of_entries.bin_start(first_bin[part + 1]);
            for (std::int64_t e = first; e < end; ++e) {
              rows.add(e, products[e], own);
              if (of_entries.signal(e) != of_entries.no_signal)
                own_strengths[of_entries.signal(e)] += worths(e);
            }
          });
    });
    sums_.for_sums(space, "kovar::fit::sum_columns",
                   [=](std::int64_t i, X const& sum) { to[i] = sum; });
    sum_strengths<ExecSpace, X>(space, strength_sums_, by_strength);
  } else {
    device_transposed_.for_dots(
        space, "kovar::fit::columns", products,
        KOKKOS_LAMBDA(std::int64_t i, X const& sum) { to[i] = sum; });
    sum_by_signal(space, entries.signal, worth, by_strength);
  }
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                        \
  template void VariationSweep<ExecSpace>::forward(ExecSpace const&,                        \
                                                   Vector<double, ExecSpace> const&) const; \
  template void VariationSweep<ExecSpace>::backward(                                        \
      ExecSpace const&, EntrySweep<ExecSpace> const&, Vector<double, ExecSpace> const&,     \
      Vector<double, ExecSpace> const&, Vector<double, ExecSpace> const&) const;
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
