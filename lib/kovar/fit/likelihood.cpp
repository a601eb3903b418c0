// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/fit/interpolation.hpp>
#include <kovar/fit/likelihood.hpp>

#include <cmath>
#include <limits>

namespace kovar::fit {

namespace {

template <class ExecSpace>
Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>> entries_of(ExecSpace const& space,
                                                                           std::int64_t n)
{
  return {space, 0, n};
}

template <class ExecSpace>
Vector<double, ExecSpace> new_vector(ExecSpace const& space, std::string const& name,
                                     std::int64_t n)
{
  return Vector<double, ExecSpace>(Kokkos::view_alloc(space, "kovar::fit::" + name), n);
}

// What the statistics of a bin are (bin_statistics.hpp), from the processes that have any.
BinInput bin_input(TemplateTensor const& t, LikelihoodOptions const& options, std::int64_t bin)
{
  BinInput found;
  auto const b = static_cast<std::size_t>(bin);
  bool const is_fitted = bin < t.n_bins;
  if (is_fitted) {
    found.data = t.data[b];
    found.variance = t.data_variances.empty() ? t.data[b] : t.data_variances[b];
  }
  double weights = 0;
  double squares = 0;
  for (std::int64_t p = 0; p < t.n_processes(); ++p) {
    auto const cell = static_cast<std::size_t>(bin * t.n_processes() + p);
    if (!(t.sum_of_squared_weights[cell] > 0)) continue;
    weights += t.sum_of_weights[cell];
    squares += t.sum_of_squared_weights[cell];
  }
  bool const is_additive = options.bin_statistics.constraint == BinConstraint::normal_additive;
  found.beta0 = is_additive ? 0 : 1;
  if (squares == 0 || weights == 0) return found;
  found.kstat = weights * weights / squares;
  found.deviation = std::sqrt(squares);
  found.is_constrained = is_fitted && found.kstat >= options.bin_statistics.min_kstat;
  return found;
}

struct RankShare {
  std::int64_t first_bin;
  std::int64_t end_bin;
  std::int64_t first_entry;
  std::int64_t end_entry;
};

// Bins of a rank: about as many variations and entries as any other's.
RankShare share_of(dist::Communicator const& comm, TemplateTensor const& t)
{
  std::vector<std::int64_t> before;
  for (auto const entry : t.bin_start)
    before.push_back(entry + (t.n_entries() == 0 ? 0 : t.variations.row_start(entry)));
  auto const first_bins = linalg::deal_rows(before.data(), t.n_all_bins(), comm.size());
  auto const rank = static_cast<std::size_t>(comm.rank());
  auto const entry = [&](std::int64_t bin) { return t.bin_start[static_cast<std::size_t>(bin)]; };
  return {first_bins[rank], first_bins[rank + 1], entry(first_bins[rank]),
          entry(first_bins[rank + 1])};
}

// Rows first to end - 1; entries are not copied.
linalg::HostSparseMatrix rows_of(linalg::HostSparseMatrix const& a, std::int64_t first,
                                 std::int64_t end)
{
  if (first == 0 && end == a.n_rows()) return a;
  using Host = Kokkos::DefaultHostExecutionSpace;
  Host const space;
  linalg::HostSparseMatrix rows;
  rows.n_columns = a.n_columns;
  rows.row_start =
      allocate<Vector<std::int64_t, Host>>(space, "kovar::fit::row_start", end - first + 1);
  for (std::int64_t row = first; row <= end; ++row)
    rows.row_start(row - first) = a.row_start(row) - a.row_start(first);
  auto const mine = std::make_pair(a.row_start(first), a.row_start(end));
  rows.column = Kokkos::subview(a.column, mine);
  rows.value = Kokkos::subview(a.value, mine);
  return rows;
}

template <class ExecSpace>
EntrySweep<ExecSpace> make_entries(ExecSpace const& space, TemplateTensor const& t,
                                   LikelihoodOptions const& options, Parameters const& parameters,
                                   RankShare const& share)
{
  std::vector<std::int64_t> bin_start;
  std::vector<std::int32_t> signal;
  std::vector<double> yield;
  std::vector<double> scale;
  std::vector<std::uint8_t> is_active;
  std::vector<BinInput> bins;
  bool const is_additive = t.type == SystematicType::additive;
  for (std::int64_t bin = share.first_bin; bin < share.end_bin; ++bin) {
    auto const b = static_cast<std::size_t>(bin);
    bin_start.push_back(t.bin_start[b] - share.first_entry);
    bins.push_back(bin_input(t, options, bin));
    for (auto e = static_cast<std::size_t>(t.bin_start[b]);
         e < static_cast<std::size_t>(t.bin_start[b + 1]); ++e) {
      auto const process = t.entry_process[e];
      bool const is_signal = process < parameters.n_strengths;
      signal.push_back(is_signal ? process : EntrySweep<ExecSpace>::no_signal);
      yield.push_back(t.entry_yield[e]);
      // Additive variations keep their size relative to a signal that is not expected at 1.
      double const start = is_signal ? parameters.start[static_cast<std::size_t>(process)] : 1;
      double const strength = is_signal && parameters.strengths_are_squared ? start * start : start;
      scale.push_back(is_additive ? strength : 1);
      auto const cell = static_cast<std::size_t>(bin * t.n_processes() + process);
      is_active.push_back(t.sum_of_squared_weights[cell] > 0 ? 1 : 0);
    }
  }
  bin_start.push_back(share.end_entry - share.first_entry);

  EntrySweep<ExecSpace> found;
  found.bin_start = to_space(space, bin_start, "kovar::fit::bin_start");
  found.signal = to_space(space, signal, "kovar::fit::signal");
  found.template_yield = to_space(space, yield, "kovar::fit::template_yield");
  found.variation_scale = to_space(space, scale, "kovar::fit::variation_scale");
  found.is_active = to_space(space, is_active, "kovar::fit::is_active");
  found.bins = to_space(space, bins, "kovar::fit::bins");
  found.type = t.type;
  found.term = options.data_term;
  found.constraint = options.bin_statistics.constraint;
  found.strength = new_vector(space, "strength", parameters.n_strengths);
  found.change = new_vector(space, "change", share.end_entry - share.first_entry);
  found.losses = allocate<Vector<BinLoss, ExecSpace>>(space, "kovar::fit::losses", bins.size());
  return found;
}

void require_variances(TemplateTensor const& t, DataTerm term)
{
  if (term != DataTerm::chi_square) return;
  auto const& variances = t.data_variances.empty() ? t.data : t.data_variances;
  for (std::size_t bin = 0; bin < variances.size(); ++bin)
    KOVAR_REQUIRE(variances[bin] > 0,
                  "chi square: the variance of the data in bin "
                      << bin << " is " << variances[bin]
                      << " (it divides); give variances above 0 or fit with the Poisson term");
}

void require_counts(std::vector<double> const& data, DataTerm term)
{
  if (term != DataTerm::poisson) return;
  for (std::size_t bin = 0; bin < data.size(); ++bin)
    KOVAR_REQUIRE(data[bin] >= 0, "data: bin "
                                      << bin << " has " << data[bin]
                                      << " (counts are not negative); fit with chi square");
}

// Columns of the variations for theta: theta itself, behind it smoothed |theta| where up and down differ.
template <class ExecSpace>
void fill_columns(ExecSpace const& space, Vector<double const, ExecSpace> const& x,
                  std::int64_t n_strengths, bool is_symmetric,
                  Vector<double, ExecSpace> const& columns)
{
  std::int64_t const n = static_cast<std::int64_t>(x.extent(0)) - n_strengths;
  Kokkos::parallel_for(
      "kovar::fit::fill_columns", entries_of(space, n), KOKKOS_LAMBDA(std::int64_t i) {
        double const theta = x(n_strengths + i);
        columns(i) = theta;
        if (!is_symmetric) columns(n + i) = smooth_magnitude(theta).value;
      });
}

// The same for a direction u at the point x.
template <class ExecSpace>
void fill_column_changes(ExecSpace const& space, Vector<double const, ExecSpace> const& x,
                         Vector<double const, ExecSpace> const& u, std::int64_t n_strengths,
                         bool is_symmetric, Vector<double, ExecSpace> const& columns)
{
  std::int64_t const n = static_cast<std::int64_t>(x.extent(0)) - n_strengths;
  Kokkos::parallel_for(
      "kovar::fit::fill_column_changes", entries_of(space, n), KOKKOS_LAMBDA(std::int64_t i) {
        double const change = u(n_strengths + i);
        columns(i) = change;
        if (!is_symmetric) columns(n + i) = smooth_magnitude(x(n_strengths + i)).slope * change;
      });
}

}  // namespace

template <class ExecSpace>
Likelihood<ExecSpace>::Likelihood(ExecSpace const& space, dist::Communicator const& comm,
                                  TemplateTensor const& tensor, LikelihoodOptions const& options)
    : comm_(comm),
      parameters_(make_parameters(tensor, options.parameters)),
      n_bins_(tensor.n_bins),
      n_all_bins_(tensor.n_all_bins()),
      is_symmetric_(tensor.is_symmetric),
      external_(space, comm, tensor.external_terms, parameters_)
{
  require_variances(tensor, options.data_term);
  require_counts(tensor.data, options.data_term);
  auto const share = share_of(comm, tensor);
  first_bin_ = share.first_bin;
  entries_ = make_entries(space, tensor, options, parameters_, share);
  auto const bin_start = to_list(space, entries_.bin_start);
  auto const n_fitted =
      std::max<std::int64_t>(0, std::min(share.end_bin, n_bins_) - share.first_bin);
  sweep_ = VariationSweep<ExecSpace>(space,
                                     rows_of(tensor.variations, share.first_entry, share.end_entry),
                                     bin_start, n_fitted, parameters_.n_strengths);

  std::int64_t const n = parameters_.size();
  center_ = to_space(space, parameters_.center, "kovar::fit::center");
  weight_ = to_space(space, parameters_.weight, "kovar::fit::weight");
  x_ = new_vector(space, "x", n);
  theta_ = new_vector(space, "theta", tensor.variations.n_columns);
  theta_change_ = new_vector(space, "theta_change", tensor.variations.n_columns);
  column_gradient_ = new_vector(space, "column_gradient", tensor.variations.n_columns);
  column_product_ = new_vector(space, "column_product", tensor.variations.n_columns);
  strength_product_ = new_vector(space, "strength_product", parameters_.n_strengths);
  strength_change_ = new_vector(space, "strength_change", parameters_.n_strengths);
  strength_gradient_ = new_vector(space, "strength_gradient", parameters_.n_strengths);
  effective_gradient_ = new_vector(space, "effective_gradient", n);
  shares_ = new_vector(space, "shares", n + parameters_.n_strengths + n_sums);
  external_linear_ = new_vector(space, "external_linear", n);
  external_product_ = new_vector(space, "external_product", n);
  external_product_change_ = new_vector(space, "external_product_change", n);
  external_.add_linear(space, external_linear_);
}

template <class ExecSpace>
double Likelihood<ExecSpace>::value_and_gradient(ExecSpace const& space,
                                                 Vector<double const, ExecSpace> const& x,
                                                 Vector<double, ExecSpace> const& gradient)
{
  require_length(x, "x");
  require_length(gradient, "gradient");
  Region const region("kovar::fit::value_and_gradient");
  std::int64_t const n = parameters_.size();
  std::int64_t const n_strengths = parameters_.n_strengths;
  bool const is_squared = parameters_.strengths_are_squared;
  Kokkos::deep_copy(space, x_, x);
  fill_columns(space, x, n_strengths, is_symmetric_, theta_);
  auto const strength = entries_.strength;
  Kokkos::parallel_for(
      "kovar::fit::fill_strengths", entries_of(space, n_strengths),
      KOKKOS_LAMBDA(std::int64_t s) { strength(s) = is_squared ? x(s) * x(s) : x(s); });
  BinTotals const totals =
      sweep_.evaluate(space, entries_, theta_, column_gradient_, strength_gradient_);

  Sums sums{totals.data_loss, totals.constraint_loss, 0};
  sums[2] = external_share(space, x);
  gather_shares(space, sums);

  auto const shares = shares_;
  auto const effective = effective_gradient_;
  auto const center = center_;
  auto const weight = weight_;
  double constraints = 0;
  Kokkos::parallel_reduce(
      "kovar::fit::gradient", entries_of(space, n),
      KOKKOS_LAMBDA(std::int64_t i, double& sum) {
        bool const is_root = is_squared && i < n_strengths;
        double const y = is_root ? x(i) * x(i) : x(i);
        double const difference = y - center(i);
        sum += weight(i) * difference * difference / 2;
        effective(i) = shares(i) + weight(i) * difference;
        gradient(i) = effective(i) * (is_root ? 2 * x(i) : 1);
        if (i < n_strengths) gradient(i) += shares(n + i);
      },
      constraints);
  reduced_ = {sums[0], constraints, sums[1], sums[2]};
  has_point_ = true;
  return reduced_.total();
}

template <class ExecSpace>
double Likelihood<ExecSpace>::external_share(ExecSpace const& space,
                                             Vector<double const, ExecSpace> const& x)
{
  if (external_.is_empty()) return 0;
  auto const product = external_product_;
  auto const linear = external_linear_;
  Kokkos::deep_copy(space, product, 0);
  external_.add_product(space, x, product);
  double value = 0;
  Kokkos::parallel_reduce(
      "kovar::fit::external_share", entries_of(space, parameters_.size()),
      KOKKOS_LAMBDA(std::int64_t i, double& sum) {
        sum += x(i) * (product(i) / 2 + linear(i));
        product(i) += linear(i);
      },
      value);
  return value;
}

template <class ExecSpace>
void Likelihood<ExecSpace>::gather_shares(ExecSpace const& space, Sums& sums)
{
  std::int64_t const n = parameters_.size();
  std::int64_t const n_strengths = parameters_.n_strengths;
  std::int64_t const n_theta = n - n_strengths;
  bool const is_symmetric = is_symmetric_;
  auto const by_column = column_gradient_;
  auto const by_strength = strength_gradient_;
  auto const external = external_product_;
  auto const shares = shares_;
  auto const x = x_;
  Kokkos::parallel_for(
      "kovar::fit::share_of_gradient", entries_of(space, n), KOKKOS_LAMBDA(std::int64_t i) {
        if (i < n_strengths) {
          shares(i) = by_strength(i);
          shares(n + i) = external(i);
          return;
        }
        std::int64_t const k = i - n_strengths;
        shares(i) = by_column(k) + external(i);
        if (!is_symmetric) shares(i) += smooth_magnitude(x(i)).slope * by_column(n_theta + k);
      });
  if (comm_.size() == 1) return;
  // With the gradient in one message.
  auto const place = Kokkos::subview(
      shares_, std::make_pair(n + n_strengths, n + n_strengths + std::int64_t{n_sums}));
  HostListView<double> const on_host(sums.data(), n_sums);
  Kokkos::deep_copy(space, place, on_host);
  dist::sum_to_all(space, comm_, shares_);
  Kokkos::deep_copy(space, on_host, place);
  space.fence();  // the caller reads the sums
}

template <class ExecSpace>
void Likelihood<ExecSpace>::hessian_product(ExecSpace const& space,
                                            Vector<double const, ExecSpace> const& u,
                                            Vector<double, ExecSpace> const& product,
                                            HessianForm form)
{
  require_length(u, "u");
  require_length(product, "product");
  KOVAR_REQUIRE(has_point_,
                "hessian_product: no point was set (the Hessian is that of a point); "
                "call value_and_gradient first");
  Region const region("kovar::fit::hessian_product");
  std::int64_t const n = parameters_.size();
  std::int64_t const n_strengths = parameters_.n_strengths;
  std::int64_t const n_theta = n - n_strengths;
  bool const is_symmetric = is_symmetric_;
  bool const is_squared = parameters_.strengths_are_squared;
  bool const is_exact = form == HessianForm::exact;
  Vector<double const, ExecSpace> const x = x_;
  fill_column_changes(space, x, u, n_strengths, is_symmetric_, theta_change_);
  auto const strength_change = strength_change_;
  Kokkos::parallel_for(
      "kovar::fit::fill_strength_changes", entries_of(space, n_strengths),
      KOKKOS_LAMBDA(std::int64_t s) { strength_change(s) = is_squared ? 2 * x(s) * u(s) : u(s); });
  sweep_.differentiate(space, entries_, form, theta_change_, strength_change_, column_product_,
                       strength_product_);
  auto const external = external_product_change_;
  if (!external_.is_empty()) {
    Kokkos::deep_copy(space, external, 0);
    external_.add_product(space, u, external);
  }
  auto const by_column = column_product_;
  auto const by_strength = strength_product_;
  auto const first_by_column = column_gradient_;
  auto const shares = shares_;
  Kokkos::parallel_for(
      "kovar::fit::share_of_product", entries_of(space, n), KOKKOS_LAMBDA(std::int64_t i) {
        if (i < n_strengths) {
          shares(i) = by_strength(i);
          shares(n + i) = external(i);
          return;
        }
        std::int64_t const k = i - n_strengths;
        shares(i) = by_column(k) + external(i);
        if (is_symmetric) return;
        auto const magnitude = smooth_magnitude(x(i));
        shares(i) += magnitude.slope * by_column(n_theta + k);
        if (is_exact) shares(i) += magnitude.curvature * u(i) * first_by_column(n_theta + k);
      });
  dist::sum_to_all(space, comm_, shares_);
  auto const effective = effective_gradient_;
  auto const weight = weight_;
  Kokkos::parallel_for(
      "kovar::fit::hessian_product", entries_of(space, n), KOKKOS_LAMBDA(std::int64_t i) {
        bool const is_root = is_squared && i < n_strengths;
        double const change = is_root ? 2 * x(i) * u(i) : u(i);
        product(i) = (shares(i) + weight(i) * change) * (is_root ? 2 * x(i) : 1);
        if (is_root && is_exact) product(i) += 2 * u(i) * effective(i);
        if (i < n_strengths) product(i) += shares(n + i);
      });
}

template <class ExecSpace>
void Likelihood<ExecSpace>::set_data(ExecSpace const& space, std::vector<double> const& data)
{
  KOVAR_REQUIRE(static_cast<std::int64_t>(data.size()) == n_bins_,
                "set_data: " << data.size() << " numbers for " << n_bins_
                             << " fitted bins (one each is needed)");
  require_counts(data, entries_.term);
  auto bins = to_list(space, entries_.bins);
  for (std::size_t k = 0; k < bins.size(); ++k) {
    std::size_t const bin = static_cast<std::size_t>(first_bin_) + k;
    if (bin < data.size()) bins[k].data = data[bin];
  }
  entries_.bins = to_space(space, bins, "kovar::fit::bins");
  has_point_ = false;
}

template <class ExecSpace>
void Likelihood<ExecSpace>::set_centers(ExecSpace const& space, std::vector<double> const& centers)
{
  KOVAR_REQUIRE(static_cast<std::int64_t>(centers.size()) == parameters_.size(),
                "set_centers: " << centers.size() << " numbers for " << parameters_.size()
                                << " parameters (one each is needed)");
  parameters_.center = centers;
  center_ = to_space(space, centers, "kovar::fit::center");
  has_point_ = false;
}

template <class ExecSpace>
void Likelihood<ExecSpace>::set_beta_centers(ExecSpace const& space,
                                             std::vector<double> const& centers)
{
  KOVAR_REQUIRE(static_cast<std::int64_t>(centers.size()) == n_all_bins_,
                "set_beta_centers: " << centers.size() << " numbers for " << n_all_bins_
                                     << " bins (one each is needed)");
  auto bins = to_list(space, entries_.bins);
  for (std::size_t k = 0; k < bins.size(); ++k)
    bins[k].beta0 = centers[static_cast<std::size_t>(first_bin_) + k];
  entries_.bins = to_space(space, bins, "kovar::fit::bins");
  has_point_ = false;
}

template <class ExecSpace>
LossParts Likelihood<ExecSpace>::full(ExecSpace const& space) const
{
  auto const bins = to_list(space, entries_.bins);
  auto const losses = to_list(space, entries_.losses);
  double const half_log_two_pi = 0.5 * std::log(2 * M_PI);
  CompensatedSum data;
  CompensatedSum statistics;
  for (std::size_t k = 0; k < bins.size(); ++k) {
    if (first_bin_ + static_cast<std::int64_t>(k) >= n_bins_) break;
    auto const& bin = bins[k];
    auto const& loss = losses[k];
    data.add(loss.data_loss);
    if (entries_.term == DataTerm::poisson)
      data.add(bin.data - (bin.data > 0 ? bin.data * std::log(bin.data) : 0) +
               std::lgamma(bin.data + 1));
    if (!bin.is_constrained || entries_.constraint == BinConstraint::none) continue;
    statistics.add(loss.constraint_loss);
    double const k_stat = bin.kstat;
    double const events = k_stat * bin.beta0;
    if (entries_.constraint == BinConstraint::gamma) {
      statistics.add(events + std::lgamma(events + 1) - (events + 1) * std::log(k_stat));
      if (bin.beta0 > 0) statistics.add(-events * std::log(bin.beta0));
    } else if (entries_.constraint == BinConstraint::normal_multiplicative) {
      statistics.add(half_log_two_pi - std::log(k_stat) / 2);
    } else {
      statistics.add(half_log_two_pi);
    }
  }
  double sums[] = {data.total(), statistics.total()};
  comm_.sum_to_all(sums, 2);
  LossParts parts = reduced_;
  parts.data = sums[0];
  parts.bin_statistics = sums[1];
  for (double const weight : parameters_.weight)
    if (weight > 0) parts.constraints += half_log_two_pi - std::log(weight) / 2;
  return parts;
}

template <class ExecSpace>
std::vector<double> Likelihood<ExecSpace>::of_all_bins(ExecSpace const& space,
                                                       double BinLoss::*member) const
{
  std::vector<double> found(static_cast<std::size_t>(n_all_bins_), 0);
  auto const losses = to_list(space, entries_.losses);
  for (std::size_t k = 0; k < losses.size(); ++k)
    found[static_cast<std::size_t>(first_bin_) + k] = losses[k].*member;
  comm_.sum_to_all(found.data(), n_all_bins_);
  return found;
}

template <class ExecSpace>
std::vector<double> Likelihood<ExecSpace>::yields(ExecSpace const& space) const
{
  return of_all_bins(space, &BinLoss::yield);
}

template <class ExecSpace>
std::vector<double> Likelihood<ExecSpace>::betas(ExecSpace const& space) const
{
  return of_all_bins(space, &BinLoss::beta);
}

template <class ExecSpace>
void Likelihood<ExecSpace>::require_length(Vector<double const, ExecSpace> const& v,
                                           char const* name) const
{
  KOVAR_REQUIRE(static_cast<std::int64_t>(v.extent(0)) == parameters_.size(),
                "likelihood: " << name << " has " << v.extent(0) << " entries for "
                               << parameters_.size() << " parameters (one each is needed)");
}

#define KOVAR_INSTANTIATE(ExecSpace) template class Likelihood<ExecSpace>;
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
