// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/interpolation.hpp>
#include <kovar/fit/yield_response.hpp>

#include <algorithm>
#include <string>

namespace kovar::fit {

namespace {

using Host = Kokkos::DefaultHostExecutionSpace;

template <class ExecSpace, class Number>
Vector<Number, Host> on_host(ExecSpace const& space, Vector<Number, ExecSpace> const& v)
{
  auto const copy = allocate<Vector<Number, Host>>(Host(), v.label(), v.extent(0));
  Kokkos::deep_copy(space, copy, v);
  return copy;
}

template <class ExecSpace>
EntrySweep<Host> entries_on_host(ExecSpace const& space, EntrySweep<ExecSpace> const& from)
{
  EntrySweep<Host> to;
  to.bin_start = on_host(space, from.bin_start);
  to.signal = on_host(space, from.signal);
  to.template_yield = on_host(space, from.template_yield);
  to.variation_scale = on_host(space, from.variation_scale);
  to.is_active = on_host(space, from.is_active);
  to.bins = on_host(space, from.bins);
  to.type = from.type;
  to.term = from.term;
  to.constraint = from.constraint;
  to.mode = from.mode;
  to.strength = on_host(space, from.strength);
  to.change = on_host(space, from.change);
  to.losses = on_host(space, from.losses);
  space.fence();  // the host reads the copies
  return to;
}

std::vector<BinResponse> bin_responses(EntrySweep<Host> const& entries, BetaState state)
{
  std::vector<BinResponse> found;
  for (std::size_t bin = 0; bin < entries.bins.extent(0); ++bin) {
    double active = 0;
    double inactive = 0;
    for (std::int64_t e = entries.bin_start(bin); e < entries.bin_start(bin + 1); ++e)
      (entries.is_active(e) ? active : inactive) += entries.yield(e);
    found.push_back(bin_response(entries.constraint, entries.term, entries.bins(bin),
                                 entries.losses(bin), active, inactive, state));
  }
  return found;
}

// Derivatives of entries by parameters.
struct Slopes {
  EntrySweep<Host> entries;
  std::vector<std::int32_t> parameter;  // of each column of the variations
  std::vector<double> by_parameter;     // d column / d parameter
  std::vector<double> strength;         // d strength / d parameter
};

template <class ExecSpace>
Slopes slopes_of(ExecSpace const& space, Likelihood<ExecSpace> const& likelihood)
{
  KOVAR_REQUIRE(likelihood.has_point(),
                "yields: no point was accepted (their derivatives are those at a point); call "
                "value_and_gradient first");
  auto const& shape = likelihood.shape();
  auto const x = to_list(space, likelihood.x());
  Slopes found;
  found.entries = entries_on_host(space, likelihood.entries());
  for (std::int64_t i = 0; i < shape.n_strengths; ++i)
    found.strength.push_back(shape.slope(i, x[static_cast<std::size_t>(i)]));
  for (int copy = 0; copy < (shape.is_symmetric ? 1 : 2); ++copy)
    for (std::int64_t i = shape.n_strengths; i < shape.n; ++i) {
      found.parameter.push_back(static_cast<std::int32_t>(i));
      found.by_parameter.push_back(
          copy == 0 ? 1 : smooth_magnitude(x[static_cast<std::size_t>(i)]).slope);
    }
  return found;
}

// Rows of derivatives in the making: entries are added to the row at hand, whose columns are few.
class DerivativeRows {
 public:
  DerivativeRows(Slopes const& slopes, std::int64_t n_parameters)
      : slopes_(slopes),
        sum_(static_cast<std::size_t>(n_parameters), 0),
        is_touched_(static_cast<std::size_t>(n_parameters), 0)
  {
  }

  // Add factor times the derivative of the yield of an entry.
  template <class Rows>
  void add(Rows const& rows, std::int64_t e, double factor)
  {
    if (factor == 0) return;
    auto const& entries = slopes_.entries;
    double const by_product = factor * entries.yield_slope(e);
    rows.for_entries(e, [&](std::int32_t column, double value) {
      auto const c = static_cast<std::size_t>(column);
      add_to(slopes_.parameter[c], by_product * value * slopes_.by_parameter[c]);
    });
    auto const signal = entries.signal(e);
    if (signal != entries.no_signal)
      add_to(signal,
             factor * entries.unit_yield(e) * slopes_.strength[static_cast<std::size_t>(signal)]);
  }

  void finish_row()
  {
    std::sort(touched_.begin(), touched_.end());
    for (auto const i : touched_) {
      auto const place = static_cast<std::size_t>(i);
      column_.push_back(i);
      value_.push_back(sum_[place]);
      sum_[place] = 0;
      is_touched_[place] = 0;
    }
    touched_.clear();
    row_start_.push_back(static_cast<std::int64_t>(column_.size()));
  }

  linalg::HostSparseMatrix matrix() const
  {
    Host const space;
    linalg::HostSparseMatrix a;
    a.n_columns = static_cast<std::int64_t>(sum_.size());
    a.row_start = to_space(space, row_start_, "kovar::fit::row_start");
    a.column = to_space(space, column_, "kovar::fit::column");
    a.value = to_space(space, value_, "kovar::fit::value");
    return a;
  }

 private:
  void add_to(std::int32_t parameter, double value)
  {
    auto const place = static_cast<std::size_t>(parameter);
    if (is_touched_[place] == 0) {
      is_touched_[place] = 1;
      touched_.push_back(parameter);
    }
    sum_[place] += value;
  }

  Slopes const& slopes_;
  std::vector<double> sum_;
  std::vector<char> is_touched_;
  std::vector<std::int32_t> touched_;
  std::vector<std::int64_t> row_start_ = {0};
  std::vector<std::int32_t> column_;
  std::vector<double> value_;
};

// By what bin statistics multiply the yield of an entry, and the derivatives of that.
struct EntryFactor {
  double value = 1;
  double by_active = 0;
  double by_inactive = 0;
  double by_beta = 0;
};

// Additive statistics change a bin as a whole: processes share in it as they do in the yield.
EntryFactor factor_of(BinConstraint constraint, BinResponse const& bin, bool is_active)
{
  if (constraint == BinConstraint::none) return {};
  if (constraint != BinConstraint::normal_additive) {
    if (!is_active) return {};
    return {bin.beta, bin.beta_by_active, bin.beta_by_inactive, 1};
  }
  double const n = bin.active + bin.inactive;
  if (n == 0) return {};
  double const deviation = bin.yield_by_beta;
  double const by_yield = deviation * (bin.beta_by_active - bin.beta / n) / n;
  return {bin.yield / n, by_yield, by_yield, deviation / n};
}

template <class Rows>
void add_bins(Rows const& rows, Slopes const& slopes, DerivativeRows& derivative,
              YieldResponse& found)
{
  auto const& entries = slopes.entries;
  for (std::size_t bin = 0; bin < found.bins.size(); ++bin) {
    auto const& response = found.bins[bin];
    for (std::int64_t e = entries.bin_start(bin); e < entries.bin_start(bin + 1); ++e)
      derivative.add(rows, e,
                     entries.is_active(e) ? response.yield_by_active : response.yield_by_inactive);
    derivative.finish_row();
    found.value.push_back(response.yield);
    found.bin.push_back(static_cast<std::int64_t>(bin));
    found.by_beta.push_back(response.yield_by_beta);
  }
}

template <class Rows>
void add_entries(Rows const& rows, Slopes const& slopes, DerivativeRows& derivative,
                 YieldResponse& found)
{
  auto const& entries = slopes.entries;
  for (std::size_t bin = 0; bin < found.bins.size(); ++bin)
    for (std::int64_t e = entries.bin_start(bin); e < entries.bin_start(bin + 1); ++e) {
      auto const factor = factor_of(entries.constraint, found.bins[bin], entries.is_active(e));
      double const yield = entries.yield(e);
      for (std::int64_t of = entries.bin_start(bin); of < entries.bin_start(bin + 1); ++of) {
        double const by_entry =
            yield * (entries.is_active(of) ? factor.by_active : factor.by_inactive);
        derivative.add(rows, of, of == e ? factor.value + by_entry : by_entry);
      }
      derivative.finish_row();
      found.value.push_back(factor.value * yield);
      found.bin.push_back(static_cast<std::int64_t>(bin));
      found.by_beta.push_back(found.bins[bin].yield_by_beta == 0 ? 0 : factor.by_beta * yield);
    }
}

}  // namespace

template <class ExecSpace>
void require_bin_response(Likelihood<ExecSpace> const& likelihood, char const* what)
{
  auto const& entries = likelihood.entries();
  KOVAR_REQUIRE(entries.mode == BinStatisticsMode::lite,
                what << ": not available with a beta for each process of a bin; fit with one for "
                        "each bin (lite mode) or without bin statistics");
  KOVAR_REQUIRE(
      entries.term != DataTerm::covariance || entries.constraint == BinConstraint::none,
      what << ": not available for bin statistics together with a covariance of the data; "
              "fit without bin statistics");
}

template <class ExecSpace>
void require_separate_bins(Likelihood<ExecSpace> const& likelihood, char const* what)
{
  require_bin_response(likelihood, what);
  KOVAR_REQUIRE(likelihood.entries().term != DataTerm::covariance,
                what << ": not available with a covariance of the data; fit with chi square or the "
                        "Poisson term");
}

template <class ExecSpace>
YieldResponse yield_response(ExecSpace const& space, Likelihood<ExecSpace> const& likelihood,
                             BetaState state, YieldDetail detail)
{
  Region const region("kovar::fit::yield_response");
  YieldResponse found;
  dist::agree(likelihood.communicator(), [&] {
    require_bin_response(likelihood, "yields");
    auto const slopes = slopes_of(space, likelihood);
    found.bins = bin_responses(slopes.entries, state);
    DerivativeRows derivative(slopes, likelihood.shape().n);
    likelihood.variations().visit_on_host(space, [&](auto const& rows) {
      if (detail == YieldDetail::bins)
        add_bins(rows, slopes, derivative, found);
      else
        add_entries(rows, slopes, derivative, found);
    });
    found.derivative = derivative.matrix();
  });
  return found;
}

template <class ExecSpace>
linalg::HostSparseMatrix beta_response(ExecSpace const& space,
                                       Likelihood<ExecSpace> const& likelihood)
{
  Region const region("kovar::fit::beta_response");
  linalg::HostSparseMatrix found;
  dist::agree(likelihood.communicator(), [&] {
    require_bin_response(likelihood, "bin statistics");
    auto const slopes = slopes_of(space, likelihood);
    auto const& entries = slopes.entries;
    auto const bins = bin_responses(entries, BetaState::profiled);
    DerivativeRows derivative(slopes, likelihood.shape().n);
    likelihood.variations().visit_on_host(space, [&](auto const& rows) {
      for (std::size_t bin = 0; bin < bins.size(); ++bin) {
        for (std::int64_t e = entries.bin_start(bin); e < entries.bin_start(bin + 1); ++e)
          derivative.add(
              rows, e,
              entries.is_active(e) ? bins[bin].beta_by_active : bins[bin].beta_by_inactive);
        derivative.finish_row();
      }
    });
    found = derivative.matrix();
  });
  return found;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                               \
  template void require_bin_response(Likelihood<ExecSpace> const&, char const*);                   \
  template void require_separate_bins(Likelihood<ExecSpace> const&, char const*);                  \
  template YieldResponse yield_response(ExecSpace const&, Likelihood<ExecSpace> const&, BetaState, \
                                        YieldDetail);                                              \
  template linalg::HostSparseMatrix beta_response(ExecSpace const&, Likelihood<ExecSpace> const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
