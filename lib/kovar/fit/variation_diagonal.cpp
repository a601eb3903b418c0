// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/spaces.hpp>
#include <kovar/fit/variation_sweep.hpp>

namespace kovar::fit {

namespace {

// The bin's second derivative along a change of its yields.
KOKKOS_INLINE_FUNCTION double quadratic_form(BinLoss const& loss, double active, double inactive)
{
  return loss.curvature_active * active * active + 2 * loss.curvature_mixed * active * inactive +
         loss.curvature_inactive * inactive * inactive;
}

// The bin's second derivative by the yield of an entry.
KOKKOS_INLINE_FUNCTION double yield_curvature(EntryRole const& own, BinLoss const& loss)
{
  return (own.is_active ? loss.curvature_active : loss.curvature_inactive) * own.share * own.share -
         own.bend;
}

// The second derivative by the strength of an entry's signal.
template <class Entries>
KOKKOS_INLINE_FUNCTION double unit_curvature(Entries const& entries, std::int64_t e,
                                             EntryRole const& own, BinLoss const& loss)
{
  double const unit = entries.unit_yield(e);
  return yield_curvature(own, loss) * unit * unit;
}

// The first entry that two columns still hold, from k on; behind all entries if none.
template <class Columns>
KOKKOS_INLINE_FUNCTION std::int64_t next_entry(Columns const& columns, std::int64_t const* k,
                                               std::int64_t const* end)
{
  std::int64_t next = columns.n_columns;
  for (int c = 0; c < 2; ++c)
    if (k[c] < end[c] && columns.column(k[c]) < next) next = columns.column(k[c]);
  return next;
}

// On a device: the columns of a parameter, at most two, are gone through together, bin by bin.
template <class ExecSpace>
void diagonal_by_columns(ExecSpace const& space, EntrySweep<ExecSpace> const& entries,
                         HessianForm form, linalg::SparseMatrix<ExecSpace> const& columns,
                         Vector<std::int64_t, ExecSpace> const& entry_bin,
                         Vector<BinLoss, ExecSpace> const& responses,
                         Vector<double, ExecSpace> const& column_slope,
                         Vector<double, ExecSpace> const& by_parameter)
{
  auto const n_parameters = static_cast<std::int64_t>(by_parameter.extent(0));
  std::int64_t const n_columns = columns.n_rows();
  Kokkos::parallel_for(
      "kovar::fit::diagonal_by_columns", each_of(space, n_parameters),
      KOKKOS_LAMBDA(std::int64_t j) {
        std::int64_t k[2] = {columns.row_start(j), 0};
        std::int64_t end[2] = {columns.row_start(j + 1), 0};
        if (n_columns > n_parameters) {
          k[1] = columns.row_start(j + n_parameters);
          end[1] = columns.row_start(j + n_parameters + 1);
        }
        double sum = 0;
        while (k[0] < end[0] || k[1] < end[1]) {
          std::int64_t const bin = entry_bin(next_entry(columns, k, end));
          BinLoss const& loss = responses(bin);
          double active = 0;
          double inactive = 0;
          for (std::int64_t e = next_entry(columns, k, end); e < entries.bin_start(bin + 1);
               e = next_entry(columns, k, end)) {
            double slope = 0;
            for (int c = 0; c < 2; ++c)
              if (k[c] < end[c] && columns.column(k[c]) == e)
                slope += entries.yield_slope(e) * column_slope(j + c * n_parameters) *
                         columns.value(k[c]++);
            EntryRole const own = entries.role(e, form, loss);
            (own.is_active ? active : inactive) += own.share * slope;
            sum -= own.bend * slope * slope;
          }
          sum += quadratic_form(loss, active, inactive);
        }
        by_parameter(j) = sum;
      });
}

}  // namespace

template <class ExecSpace, class X>
void VariationSweep<ExecSpace, X>::diagonal(ExecSpace const& space,
                                            EntrySweep<ExecSpace> const& entries, HessianForm form,
                                            Vector<double, ExecSpace> const& column_slope,
                                            Vector<double, ExecSpace> const& by_parameter,
                                            Vector<double, ExecSpace> const& by_strength) const
{
  static_assert(std::is_same_v<X, double>, "a diagonal is one vector");
  Region const region("kovar::fit::diagonal");
  auto const n_parameters = static_cast<std::int64_t>(by_parameter.extent(0));
  std::int64_t const n_fitted = n_fitted_bins_;
  if constexpr (is_host_space<ExecSpace>) {
    std::int64_t const* const first_bin = first_bin_.data();
    auto const n_parts = static_cast<int>(first_bin_.size()) - 1;
    std::vector<linalg::ColumnSpan> const spans(static_cast<std::size_t>(n_parts),
                                                {0, n_parameters});
    using Sums = linalg::PartialSums<double, ExecSpace>;
    Sums const diagonals(space, n_parameters, spans);
    Sums const actives(space, n_parameters, spans);
    Sums const inactives(space, n_parameters, spans);
    auto const strength_sums = strength_sums_;
    auto const slopes = column_slope;
    bool const is_symmetric = rows_.n_columns() == n_parameters;
    rows_.visit([&](auto const& rows) {
      Kokkos::parallel_for(
          "kovar::fit::diagonal", linalg::PartPolicy<ExecSpace>(space, 0, n_parts), [=](int part) {
            double* const own_sums = diagonals.cleared(part);
            double* const active = actives.cleared(part);
            double* const inactive = inactives.cleared(part);
            double* const own_strengths = cleared_row(strength_sums, part);
            auto const parameter = [=](std::int64_t column) {
              return column < n_parameters ? column : column - n_parameters;
            };
            for (std::int64_t bin = first_bin[part]; bin < first_bin[part + 1] && bin < n_fitted;
                 ++bin) {
              std::int64_t const first = entries.bin_start(bin);
              std::int64_t const end = entries.bin_start(bin + 1);
              BinLoss const loss = entries.response(bin, form);
              if (is_symmetric && end == first + 1) {  // nothing of a parameter is to be gathered
                EntryRole const own = entries.role(first, form, loss);
                double const slope = entries.yield_slope(first);
                rows.add_squares(first, yield_curvature(own, loss) * slope * slope, slopes.data(),
                                 own_sums);
                if (entries.signal(first) != entries.no_signal)
                  own_strengths[entries.signal(first)] += unit_curvature(entries, first, own, loss);
                continue;
              }
              for (std::int64_t e = first; e < end; ++e) {
                EntryRole const own = entries.role(e, form, loss);
                double* const slope_of_bin = own.is_active ? active : inactive;
                double const yield_slope = own.share * entries.yield_slope(e);
                rows.for_entries(e, [&](std::int32_t column, double value) {
                  slope_of_bin[parameter(column)] += yield_slope * slopes(column) * value;
                });
                if (entries.signal(e) == entries.no_signal) continue;
                own_strengths[entries.signal(e)] += unit_curvature(entries, e, own, loss);
              }
              for (std::int64_t e = first; e < end; ++e)
                rows.for_entries(e, [&](std::int32_t column, double) {
                  std::int64_t const j = parameter(column);
                  own_sums[j] += quadratic_form(loss, active[j], inactive[j]);
                  active[j] = inactive[j] = 0;  // once for each parameter of the bin
                });
              for (std::int64_t e = first; e < end; ++e) {
                double const bend = entries.role(e, form, loss).bend;
                if (bend == 0) continue;
                double const yield_slope = entries.yield_slope(e);
                rows.for_entries(e, [&](std::int32_t column, double value) {
                  active[parameter(column)] += yield_slope * slopes(column) * value;
                });
                rows.for_entries(e, [&](std::int32_t column, double) {
                  std::int64_t const j = parameter(column);
                  own_sums[j] -= bend * active[j] * active[j];
                  active[j] = 0;
                });
              }
            }
          });
    });
    auto const to = by_parameter;
    diagonals.for_sums(space, "kovar::fit::sum_diagonals",
                       [=](std::int64_t i, double sum) { to(i) = sum; });
    sum_strengths<ExecSpace, double>(space, strength_sums_, by_strength);
  } else {
    auto const worth = worth_;
    auto const entry_bin = allocate<Vector<std::int64_t, ExecSpace>>(space, "kovar::fit::entry_bin",
                                                                     products_.extent(0));
    auto const responses =
        allocate<Vector<BinLoss, ExecSpace>>(space, "kovar::fit::responses", n_bins_);
    auto const by_entry = entries;
    Kokkos::parallel_for(
        "kovar::fit::responses", each_of(space, n_bins_), KOKKOS_LAMBDA(std::int64_t bin) {
          responses(bin) = bin < n_fitted ? by_entry.response(bin, form) : BinLoss{};
          BinLoss const& loss = responses(bin);
          for (std::int64_t e = by_entry.bin_start(bin); e < by_entry.bin_start(bin + 1); ++e) {
            entry_bin(e) = bin;
            worth(e) = unit_curvature(by_entry, e, by_entry.role(e, form, loss), loss);
          }
        });
    sum_by_signal(space, entries.signal, worth_, by_strength);
    diagonal_by_columns(space, entries, form, device_transposed_.matrix(), entry_bin, responses,
                        column_slope, by_parameter);
  }
}

#define KOVAR_INSTANTIATE(ExecSpace)                                      \
  template void VariationSweep<ExecSpace>::diagonal(                      \
      ExecSpace const&, EntrySweep<ExecSpace> const&, HessianForm,        \
      Vector<double, ExecSpace> const&, Vector<double, ExecSpace> const&, \
      Vector<double, ExecSpace> const&) const;
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
