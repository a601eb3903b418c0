// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/each_of.hpp>
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/fit/data_covariance.hpp>
#include <kovar/linalg/cholesky.hpp>
#include <kovar/linalg/diagonal.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/triangle.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace kovar::fit {

namespace {

void require_symmetric(std::vector<double> const& a, std::int64_t n)
{
  constexpr double tolerance = 1e-8;  // of an inverse that was computed
  auto const at = [&](std::int64_t i, std::int64_t j) {
    return a[static_cast<std::size_t>(i * n + j)];
  };
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < i; ++j)
      KOVAR_REQUIRE(
          std::fabs(at(i, j) - at(j, i)) <= tolerance * std::sqrt(std::fabs(at(i, i) * at(j, j))),
          "covariance fit: the inverse of the data's covariance is "
              << at(i, j) << " at row " << i << ", column " << j << " and " << at(j, i)
              << " at row " << j << ", column " << i << " (that of a covariance is symmetric)");
}

template <class ExecSpace>
void factor(ExecSpace const& space, Matrix<double, ExecSpace> const& a)
{
  int const bad_minor = linalg::cholesky(space, a).bad_minor;
  KOVAR_REQUIRE(
      bad_minor == 0,
      "covariance fit: the inverse of the data's covariance is not positive definite (its "
      "leading minor of order "
          << bad_minor << " is not above 0; the fit would have no minimum); check the covariance");
}

// (C + s^2)^-1, or C^-1 where no bin has statistics; both triangles.
template <class ExecSpace>
Matrix<double, ExecSpace> inverse_with_statistics(ExecSpace const& space, TemplateTensor const& t,
                                                  LikelihoodOptions const& options)
{
  std::int64_t const n = t.n_bins;
  require_symmetric(t.data_covariance_inverse, n);
  auto const flat =
      to_space(space, t.data_covariance_inverse, "kovar::fit::data_covariance_inverse");
  auto const inverse =
      allocate<Matrix<double, ExecSpace>>(space, "kovar::fit::data_covariance", n, n);
  Kokkos::deep_copy(space, Vector<double, ExecSpace>(inverse.data(), flat.extent(0)), flat);
  auto const c = allocate<Matrix<double, ExecSpace>>(space, "kovar::fit::factor", n, n);
  Kokkos::deep_copy(space, c, inverse);
  factor(space, c);
  if (constraint_of(options) == BinConstraint::none) return inverse;
  std::vector<double> squares;
  for (std::int64_t bin = 0; bin < n; ++bin) {
    auto const statistics = bin_statistics_of(t, options, bin);
    double const s = statistics.is_constrained ? statistics.deviation : 0;
    squares.push_back(s * s);
  }
  linalg::invert_factored(space, c);
  linalg::add_to_diagonal(space, to_space(space, squares, "kovar::fit::squares"), c);
  factor(space, c);
  linalg::invert_factored(space, c);
  linalg::fill_upper_triangle(space, c);
  return c;
}

// What C^-1 is multiplied by: n + s beta0 - data, of this rank's bins.
template <class ExecSpace>
void fill_residuals(ExecSpace const& space, EntrySweep<ExecSpace> const& entries,
                    Vector<double, ExecSpace> const& products, std::int64_t n_fitted,
                    Vector<double, ExecSpace> const& residuals)
{
  auto const n_bins = static_cast<std::int64_t>(entries.bins.extent(0));
  auto const by_entry = entries;
  Kokkos::parallel_for(
      "kovar::fit::residuals", each_of(space, n_bins), KOKKOS_LAMBDA(std::int64_t bin) {
        auto const yields = by_entry.take_products(bin, products.data());
        BinInput const& input = by_entry.bins(bin);
        double const beta = by_entry.constraint == BinConstraint::none ? 1 : input.beta0;
        BinLoss const loss = detail::with_fixed_beta(by_entry.constraint, by_entry.term, input,
                                                     yields.active, yields.inactive, beta);
        by_entry.losses(bin) = loss;
        if (bin < n_fitted) residuals(bin) = loss.yield - input.data;
      });
}

// The losses of the bins from w, and what entries send back.
template <class ExecSpace>
void finish_bins(ExecSpace const& space, EntrySweep<ExecSpace> const& entries,
                 Vector<double, ExecSpace> const& w, Matrix<double, ExecSpace> const& columns,
                 std::int64_t first_bin, Vector<double, ExecSpace> const& weights,
                 Vector<double, ExecSpace> const& worth)
{
  auto const n_bins = static_cast<std::int64_t>(entries.bins.extent(0));
  auto const n_fitted = static_cast<std::int64_t>(w.extent(0));
  auto const by_entry = entries;
  Kokkos::parallel_for(
      "kovar::fit::finish_bins", each_of(space, n_bins), KOKKOS_LAMBDA(std::int64_t bin) {
        BinInput const& input = by_entry.bins(bin);
        BinLoss loss = by_entry.losses(bin);
        bool const is_fitted = bin < n_fitted;
        if (is_fitted) {
          double const slope = w(bin);
          bool const is_profiled =
              by_entry.constraint != BinConstraint::none && input.is_constrained;
          double const pull = is_profiled ? input.deviation * slope : 0;
          loss.beta -= pull;
          loss.yield -= is_profiled ? input.deviation * pull : 0;
          loss.data_loss = slope * (loss.yield - input.data) / 2;
          loss.constraint_loss = pull * pull / 2;
          loss.slope_active = loss.slope_inactive = slope;
          loss.curvature_active = loss.curvature_mixed = loss.curvature_inactive =
              columns(first_bin + bin, bin);
          by_entry.losses(bin) = loss;
        }
        for (std::int64_t e = by_entry.bin_start(bin); e < by_entry.bin_start(bin + 1); ++e) {
          weights(e) = is_fitted ? by_entry.weight(e, loss) : 0;
          worth(e) = is_fitted ? by_entry.slope(e, loss) * by_entry.unit_yield(e) : 0;
        }
      });
}

// The changes of the yields of this rank's bins along a direction.
template <class ExecSpace>
void fill_yield_changes(ExecSpace const& space, EntrySweep<ExecSpace> const& entries,
                        Vector<double, ExecSpace> const& products,
                        Vector<double, ExecSpace> const& strength_change,
                        Vector<double, ExecSpace> const& changes)
{
  auto const by_entry = entries;
  Kokkos::parallel_for(
      "kovar::fit::yield_changes", each_of(space, static_cast<std::int64_t>(changes.extent(0))),
      KOKKOS_LAMBDA(std::int64_t bin) {
        double sum = 0;
        for (std::int64_t e = by_entry.bin_start(bin); e < by_entry.bin_start(bin + 1); ++e)
          sum += by_entry.entry_change(e, products(e), strength_change.data()).yield;
        changes(bin) = sum;
      });
}

// What entries send back along a direction, in place of their products with it.
template <class ExecSpace>
void finish_direction(ExecSpace const& space, EntrySweep<ExecSpace> const& entries,
                      HessianForm form, Vector<double, ExecSpace> const& slope_changes,
                      Vector<double, ExecSpace> const& strength_change,
                      Vector<double, ExecSpace> const& products,
                      Vector<double, ExecSpace> const& worth)
{
  auto const n_bins = static_cast<std::int64_t>(entries.bins.extent(0));
  auto const n_fitted = static_cast<std::int64_t>(slope_changes.extent(0));
  auto const by_entry = entries;
  Kokkos::parallel_for(
      "kovar::fit::finish_direction", each_of(space, n_bins), KOKKOS_LAMBDA(std::int64_t bin) {
        BinLoss const& loss = by_entry.losses(bin);
        for (std::int64_t e = by_entry.bin_start(bin); e < by_entry.bin_start(bin + 1); ++e) {
          if (bin >= n_fitted) {
            products(e) = worth(e) = 0;
            continue;
          }
          double const kept = has_yield_curvature(form) ? by_entry.slope(e, loss) : 0;
          auto const along = by_entry.entry_change(e, products(e), strength_change.data());
          worth(e) = slope_changes(bin) * by_entry.unit_yield(e) + kept * along.unit;
          products(e) = by_entry.weight_change(e, slope_changes(bin), kept, along);
        }
      });
}

}  // namespace

template <class ExecSpace>
DataCovariance<ExecSpace>::DataCovariance(ExecSpace const& space, TemplateTensor const& tensor,
                                          LikelihoodOptions const& options, RankShare const& share)
{
  if (data_term_of(tensor, options) != DataTerm::covariance) return;
  n_bins_ = tensor.n_bins;
  first_bin_ = share.first_bin;
  n_own_bins_ = std::max<std::int64_t>(0, std::min(share.end_bin, n_bins_) - share.first_bin);
  auto const inverse = inverse_with_statistics(space, tensor, options);
  columns_ =
      allocate<Matrix<double, ExecSpace>>(space, "kovar::fit::own_columns", n_bins_, n_own_bins_);
  if (n_own_bins_ > 0)
    Kokkos::deep_copy(space, columns_,
                      Kokkos::subview(inverse, Kokkos::ALL,
                                      std::make_pair(first_bin_, first_bin_ + n_own_bins_)));
  of_bins_ = allocate<Matrix<double, ExecSpace>>(space, "kovar::fit::of_bins", n_bins_, 1);
  answer_ = allocate<Matrix<double, ExecSpace>>(space, "kovar::fit::answer", n_own_bins_, 1);
  worth_ = allocate<Vector<double, ExecSpace>>(space, "kovar::fit::worth_of_entries",
                                               share.end_entry - share.first_entry);
}

// answer_ = the inverse times of_bins_, of which each rank has filled its own.
template <class ExecSpace>
void DataCovariance<ExecSpace>::multiply(ExecSpace const& space,
                                         dist::Communicator const& comm) const
{
  dist::sum_to_all(space, comm, of_bins_);
  if (n_own_bins_ > 0)
    linalg::gemm(space, linalg::Op::transpose, linalg::Op::none, 1.0, columns_, of_bins_, 0.0,
                 answer_);
}

template <class ExecSpace>
BinTotals DataCovariance<ExecSpace>::evaluate(
    ExecSpace const& space, dist::Communicator const& comm, VariationSweep<ExecSpace> const& sweep,
    EntrySweep<ExecSpace> const& entries, Vector<double, ExecSpace> const& theta,
    Vector<double, ExecSpace> const& by_column, Vector<double, ExecSpace> const& by_strength) const
{
  Region const region("kovar::fit::evaluate");
  sweep.forward(space, theta);
  Kokkos::deep_copy(space, of_bins_, 0);
  Vector<double, ExecSpace> const own(of_bins_.data() + (n_own_bins_ > 0 ? first_bin_ : 0),
                                      n_own_bins_);
  Vector<double, ExecSpace> const answer(answer_.data(), n_own_bins_);
  fill_residuals(space, entries, sweep.products(), n_own_bins_, own);
  multiply(space, comm);
  finish_bins(space, entries, answer, columns_, first_bin_, sweep.products(), worth_);
  sweep.backward(space, entries, worth_, by_column, by_strength);
  return bin_totals(space, entries.losses, n_own_bins_);
}

template <class ExecSpace>
void DataCovariance<ExecSpace>::differentiate(
    ExecSpace const& space, dist::Communicator const& comm, VariationSweep<ExecSpace> const& sweep,
    EntrySweep<ExecSpace> const& entries, HessianForm form,
    Vector<double, ExecSpace> const& theta_change, Vector<double, ExecSpace> const& strength_change,
    Vector<double, ExecSpace> const& by_column, Vector<double, ExecSpace> const& by_strength) const
{
  Region const region("kovar::fit::differentiate");
  sweep.forward(space, theta_change);
  Kokkos::deep_copy(space, of_bins_, 0);
  Vector<double, ExecSpace> const own(of_bins_.data() + (n_own_bins_ > 0 ? first_bin_ : 0),
                                      n_own_bins_);
  Vector<double, ExecSpace> const answer(answer_.data(), n_own_bins_);
  fill_yield_changes(space, entries, sweep.products(), strength_change, own);
  multiply(space, comm);
  finish_direction(space, entries, form, answer, strength_change, sweep.products(), worth_);
  sweep.backward(space, entries, worth_, by_column, by_strength);
}

#define KOVAR_INSTANTIATE(ExecSpace) template class DataCovariance<ExecSpace>;
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
