// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/spaces.hpp>
#include <kovar/fit/variation_sweep.hpp>
#include <kovar/linalg/sparse_product.hpp>

namespace kovar::fit {

namespace {

// For each bin how much work comes before it: its variations and, for bins of few, its entries.
std::vector<std::int64_t> work_before(linalg::HostSparseMatrix const& variations,
                                      std::vector<std::int64_t> const& bin_start)
{
  constexpr std::int64_t work_of_an_entry = 16;  // in variations: an exponential and a division
  std::vector<std::int64_t> before;
  for (auto const entry : bin_start)
    before.push_back((variations.n_rows() == 0 ? 0 : variations.row_start(entry)) +
                     work_of_an_entry * entry);
  return before;
}

}  // namespace

template <class ExecSpace, class X>
VariationSweep<ExecSpace, X>::VariationSweep(ExecSpace const& space,
                                             linalg::HostSparseMatrix const& variations,
                                             std::vector<std::int64_t> const& bin_start,
                                             std::int64_t n_fitted_bins, std::int64_t n_signals)
    : n_bins_(static_cast<std::int64_t>(bin_start.size()) - 1),
      n_fitted_bins_(n_fitted_bins),
      n_signals_(n_signals),
      products_(allocate<Vector<X, ExecSpace>>(space, "kovar::fit::products", bin_start.back()))
{
  if constexpr (is_host_space<ExecSpace>) {
    rows_ = linalg::KeptRows(variations);
    int const n_parts = space.concurrency();
    auto const before = work_before(variations, bin_start);
    first_bin_ = linalg::deal_rows(before.data(), n_bins_, n_parts);
    std::vector<linalg::ColumnSpan> spans;
    for (std::size_t p = 0; p + 1 < first_bin_.size(); ++p)
      spans.push_back(rows_.span(bin_start[static_cast<std::size_t>(first_bin_[p])],
                                 bin_start[static_cast<std::size_t>(first_bin_[p + 1])]));
    sums_ = linalg::PartialSums<X, ExecSpace>(space, variations.n_columns, spans);
    constexpr std::int64_t line = 8;  // so that threads do not write to the same line of cache
    strength_sums_ = allocate<decltype(strength_sums_)>(space, "kovar::fit::strength_sums", n_parts,
                                                        (n_signals + line - 1) / line * line);
    totals_ = allocate<decltype(totals_)>(Kokkos::DefaultHostExecutionSpace(), "kovar::fit::totals",
                                          n_parts);
  } else {
    device_ = linalg::DeviceRows<ExecSpace>(space, variations);
    device_transposed_ = linalg::DeviceRows<ExecSpace>(space, linalg::transposed(variations));
    worth_ = allocate<Vector<X, ExecSpace>>(space, "kovar::fit::worth", bin_start.back());
  }
}

template <class ExecSpace, class X>
VariationSweep<ExecSpace, X>::VariationSweep(ExecSpace const& space,
                                             VariationSweep<ExecSpace> const& one)
    : n_bins_(one.n_bins_),
      n_fitted_bins_(one.n_fitted_bins_),
      n_signals_(one.n_signals_),
      products_(
          allocate<Vector<X, ExecSpace>>(space, "kovar::fit::products", one.products_.extent(0))),
      rows_(one.rows_),
      first_bin_(one.first_bin_),
      sums_(space, one.sums_),
      strength_sums_(allocate<decltype(strength_sums_)>(space, "kovar::fit::strength_sums",
                                                        one.strength_sums_.extent(0),
                                                        one.strength_sums_.extent(1))),
      device_(one.device_),
      device_transposed_(one.device_transposed_),
      worth_(allocate<Vector<X, ExecSpace>>(space, "kovar::fit::worth", one.worth_.extent(0)))
{
}

template <class ExecSpace, class X>
BinTotals VariationSweep<ExecSpace, X>::evaluate(ExecSpace const& space,
                                                 EntrySweep<ExecSpace> const& entries,
                                                 Vector<double, ExecSpace> const& theta,
                                                 Vector<double, ExecSpace> const& by_column,
                                                 Vector<double, ExecSpace> const& by_strength) const
{
  static_assert(std::is_same_v<X, double>, "a point is one vector");
  Region const region("kovar::fit::evaluate");
  double* const products = products_.data();
  double const* const from = theta.data();
  double* const to = by_column.data();
  std::int64_t const n_fitted = n_fitted_bins_;
  if constexpr (is_host_space<ExecSpace>) {
    std::int64_t const* const first_bin = first_bin_.data();
    auto const n_parts = static_cast<int>(first_bin_.size()) - 1;
    auto const sums = sums_;
    auto const strength_sums = strength_sums_;
    auto const totals = totals_;
    rows_.visit([&](auto const& rows) {
      Kokkos::parallel_for(
          "kovar::fit::evaluate", linalg::PartPolicy<ExecSpace>(space, 0, n_parts), [=](int part) {
            double* const own = sums.cleared(part);
            double* const own_strengths = cleared_row(strength_sums, part);
            CompensatedSum data;
            CompensatedSum constraint;
            for (std::int64_t bin = first_bin[part]; bin < first_bin[part + 1]; ++bin) {
              std::int64_t const first = entries.bin_start(bin);
              std::int64_t const end = entries.bin_start(bin + 1);
              for (std::int64_t e = first; e < end; ++e) products[e] = rows.dot(e, from);
              entries.evaluate(bin, products);
              if (bin >= n_fitted) continue;
              auto const& loss = entries.losses(bin);
              data.add(loss.data_loss);
              constraint.add(loss.constraint_loss);
              for (std::int64_t e = first; e < end; ++e) {
                rows.add(e, entries.weight(e, loss), own);
                if (entries.signal(e) != entries.no_signal)
                  own_strengths[entries.signal(e)] +=
                      entries.slope(e, loss) * entries.unit_yield(e);
              }
            }
            totals(part) = {data.total(), constraint.total()};
          });
    });
    sums_.for_sums(space, "kovar::fit::sum_columns",
                   [=](std::int64_t i, double sum) { to[i] = sum; });
    sum_strengths<ExecSpace, X>(space, strength_sums_, by_strength);
    space.fence();  // the totals are read
    CompensatedSum data;
    CompensatedSum constraint;
    for (int part = 0; part < n_parts; ++part) {
      data.add(totals_(part).data_loss);
      constraint.add(totals_(part).constraint_loss);
    }
    return {data.total(), constraint.total()};
  } else {
    device_.for_dots(
        space, "kovar::fit::rows", from,
        KOKKOS_LAMBDA(std::int64_t e, double sum) { products[e] = sum; });
    auto const by_entry = entries;
    auto const worth = worth_;
    Kokkos::parallel_for(
        "kovar::fit::evaluate", each_of(space, n_bins_), KOKKOS_LAMBDA(std::int64_t bin) {
          by_entry.evaluate(bin, products);
          bool const is_fitted = bin < n_fitted;
          auto const loss = by_entry.losses(bin);
          for (std::int64_t e = by_entry.bin_start(bin); e < by_entry.bin_start(bin + 1); ++e) {
            products[e] = is_fitted ? by_entry.weight(e, loss) : 0;
            worth(e) = is_fitted ? by_entry.slope(e, loss) * by_entry.unit_yield(e) : 0;
          }
        });
    device_transposed_.for_dots(
        space, "kovar::fit::columns", products,
        KOKKOS_LAMBDA(std::int64_t i, double sum) { to[i] = sum; });
    sum_by_signal(space, entries.signal, worth_, by_strength);
    return bin_totals(space, entries.losses, n_fitted);
  }
}

template <class ExecSpace, class X>
void VariationSweep<ExecSpace, X>::differentiate(
    ExecSpace const& space, EntrySweep<ExecSpace> const& entries, HessianForm form,
    Vector<X, ExecSpace> const& theta_change, Vector<X, ExecSpace> const& strength_change,
    Vector<X, ExecSpace> const& by_column, Vector<X, ExecSpace> const& by_strength) const
{
  Region const region("kovar::fit::differentiate");
  X* const products = products_.data();
  X const* const from = theta_change.data();
  X const* const strengths = strength_change.data();
  X* const to = by_column.data();
  std::int64_t const n_fitted = n_fitted_bins_;
  if constexpr (is_host_space<ExecSpace>) {
    std::int64_t const* const first_bin = first_bin_.data();
    auto const sums = sums_;
    auto const strength_sums = strength_sums_;
    rows_.visit([&](auto const& rows) {
      Kokkos::parallel_for(
          "kovar::fit::differentiate",
          linalg::PartPolicy<ExecSpace>(space, 0, static_cast<int>(first_bin_.size()) - 1),
          [=](int part) {
            X* const own = sums.cleared(part);
            X* const own_strengths = cleared_row(strength_sums, part);
            auto const add_strength = [&](std::int64_t e, X const& worth) {
              if (entries.signal(e) != entries.no_signal) own_strengths[entries.signal(e)] += worth;
            };
            for (std::int64_t bin = first_bin[part]; bin < first_bin[part + 1] && bin < n_fitted;
                 ++bin) {
              std::int64_t const first = entries.bin_start(bin);
              std::int64_t const end = entries.bin_start(bin + 1);
              for (std::int64_t e = first; e < end; ++e) products[e] = rows.dot(e, from);
              entries.differentiate(bin, form, strengths, products, add_strength);
              for (std::int64_t e = first; e < end; ++e) rows.add(e, products[e], own);
            }
          });
    });
    sums_.for_sums(space, "kovar::fit::sum_columns",
                   [=](std::int64_t i, X const& sum) { to[i] = sum; });
    sum_strengths<ExecSpace, X>(space, strength_sums_, by_strength);
  } else {
    device_.for_dots(
        space, "kovar::fit::rows", from,
        KOKKOS_LAMBDA(std::int64_t e, X const& sum) { products[e] = sum; });
    auto const by_entry = entries;
    auto const worth = worth_;
    Kokkos::parallel_for(
        "kovar::fit::differentiate", each_of(space, n_bins_), KOKKOS_LAMBDA(std::int64_t bin) {
          if (bin < n_fitted) {
            by_entry.differentiate(bin, form, strengths, products,
                                   [&](std::int64_t e, X const& x) { worth(e) = x; });
            return;
          }
          for (std::int64_t e = by_entry.bin_start(bin); e < by_entry.bin_start(bin + 1); ++e)
            worth(e) = products[e] = X{};
        });
    device_transposed_.for_dots(
        space, "kovar::fit::columns", products,
        KOKKOS_LAMBDA(std::int64_t i, X const& sum) { to[i] = sum; });
    sum_by_signal(space, entries.signal, worth_, by_strength);
  }
}

#ifdef KOVAR_HAS_VECTOR_TYPES
#define KOVAR_INSTANTIATE_LANES(ExecSpace)                                                  \
  template VariationSweep<ExecSpace, linalg::PackOfVectors<ExecSpace>>::VariationSweep(     \
      ExecSpace const&, VariationSweep<ExecSpace> const&);                                  \
  template void VariationSweep<ExecSpace, linalg::PackOfVectors<ExecSpace>>::differentiate( \
      ExecSpace const&, EntrySweep<ExecSpace> const&, HessianForm,                          \
      Vector<linalg::PackOfVectors<ExecSpace>, ExecSpace> const&,                           \
      Vector<linalg::PackOfVectors<ExecSpace>, ExecSpace> const&,                           \
      Vector<linalg::PackOfVectors<ExecSpace>, ExecSpace> const&,                           \
      Vector<linalg::PackOfVectors<ExecSpace>, ExecSpace> const&) const;
KOVAR_FOR_EACH_HOST_SPACE(KOVAR_INSTANTIATE_LANES)
#undef KOVAR_INSTANTIATE_LANES
#endif

#define KOVAR_INSTANTIATE(ExecSpace) template class VariationSweep<ExecSpace>;
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
