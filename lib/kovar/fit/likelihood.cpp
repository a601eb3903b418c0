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
  auto const entries = make_entries(space, tensor, options, parameters_, share);
  auto const bin_start = to_list(space, entries.bin_start);
  auto const n_fitted =
      std::max<std::int64_t>(0, std::min(share.end_bin, n_bins_) - share.first_bin);
  sweep_ = VariationSweep<ExecSpace>(space,
                                     rows_of(tensor.variations, share.first_entry, share.end_entry),
                                     bin_start, n_fitted, parameters_.n_strengths);
  for (auto& point : points_) point = make_point(space, tensor, entries);

  std::int64_t const n = parameters_.size();
  std::int64_t const n_strengths = parameters_.n_strengths;
  std::int64_t const n_columns = tensor.variations.n_columns;
  center_ = to_space(space, parameters_.center, "kovar::fit::center");
  weight_ = to_space(space, parameters_.weight, "kovar::fit::weight");
  theta_ = new_vector(space, "theta", n_columns);
  strength_gradient_ = new_vector(space, "strength_gradient", n_strengths);
  theta_change_ = new_vector(space, "theta_change", n_columns);
  strength_change_ = new_vector(space, "strength_change", n_strengths);
  column_product_ = new_vector(space, "column_product", n_columns);
  strength_product_ = new_vector(space, "strength_product", n_strengths);
  external_product_ = new_vector(space, "external_product", n);
  external_step_ = new_vector(space, "external_step", n);
  shares_ = new_vector(space, "shares", n + n_strengths + n_sums);
  external_linear_ = new_vector(space, "external_linear", n);
  external_.add_linear(space, external_linear_);
}

template <class ExecSpace>
typename Likelihood<ExecSpace>::Point Likelihood<ExecSpace>::make_point(
    ExecSpace const& space, TemplateTensor const& tensor,
    EntrySweep<ExecSpace> const& entries) const
{
  Point point;
  point.x = new_vector(space, "x", parameters_.size());
  point.entries = entries;
  point.entries.strength = new_vector(space, "strength", parameters_.n_strengths);
  point.entries.change =
      new_vector(space, "change", static_cast<std::int64_t>(entries.signal.extent(0)));
  point.entries.losses =
      allocate<Vector<BinLoss, ExecSpace>>(space, "kovar::fit::losses", entries.bins.extent(0));
  point.column_gradient = new_vector(space, "column_gradient", tensor.variations.n_columns);
  point.effective_gradient = new_vector(space, "effective_gradient", parameters_.size());
  point.external_gradient = new_vector(space, "external_gradient", parameters_.size());
  return point;
}

template <class ExecSpace>
double Likelihood<ExecSpace>::value_and_gradient(ExecSpace const& space,
                                                 Vector<double const, ExecSpace> const& x,
                                                 Vector<double, ExecSpace> const& gradient)
{
  double const value = try_point(space, x, gradient);
  accept();
  return value;
}

template <class ExecSpace>
void Likelihood<ExecSpace>::accept()
{
  current_ = 1 - current_;
}

template <class ExecSpace>
double Likelihood<ExecSpace>::try_point(ExecSpace const& space,
                                        Vector<double const, ExecSpace> const& x,
                                        Vector<double, ExecSpace> const& gradient,
                                        ExternalProduct external)
{
  require_length(x, "x");
  require_length(gradient, "gradient");
  KOVAR_REQUIRE(external == ExternalProduct::made || point().is_set,
                "try_point: no point was accepted to carry a product from; call "
                "value_and_gradient first");
  Region const region("kovar::fit::value_and_gradient");
  Point& trial = points_[1 - current_];
  std::int64_t const n = parameters_.size();
  std::int64_t const n_strengths = parameters_.n_strengths;
  bool const is_squared = parameters_.strengths_are_squared;
  Kokkos::deep_copy(space, trial.x, x);
  fill_columns(space, x, n_strengths, is_symmetric_, theta_);
  auto const strength = trial.entries.strength;
  Kokkos::parallel_for(
      "kovar::fit::fill_strengths", entries_of(space, n_strengths),
      KOKKOS_LAMBDA(std::int64_t s) { strength(s) = is_squared ? x(s) * x(s) : x(s); });
  BinTotals const totals =
      sweep_.evaluate(space, trial.entries, theta_, trial.column_gradient, strength_gradient_);
  Sums sums{totals.data_loss, totals.constraint_loss, external_share(space, x, external, trial)};
  gather_shares(space, trial, sums);

  auto const shares = shares_;
  auto const effective = trial.effective_gradient;
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
  trial.reduced = {sums[0], constraints, sums[1], sums[2]};
  trial.is_set = true;
  return trial.reduced.total();
}

// Fills external_gradient of the point with H x and the linear part; returns the value.
template <class ExecSpace>
double Likelihood<ExecSpace>::external_share(ExecSpace const& space,
                                             Vector<double const, ExecSpace> const& x,
                                             ExternalProduct external, Point const& to) const
{
  if (external_.is_empty()) return 0;
  auto const gradient = to.external_gradient;
  auto const linear = external_linear_;
  if (external == ExternalProduct::made) {
    Kokkos::deep_copy(space, gradient, linear);
    external_.add_product(space, x, gradient);
  } else {
    auto const before = point().external_gradient;
    auto const step = external_step_;
    Kokkos::parallel_for(
        "kovar::fit::carry_external_product", entries_of(space, parameters_.size()),
        KOKKOS_LAMBDA(std::int64_t i) { gradient(i) = before(i) + step(i); });
  }
  double value = 0;
  Kokkos::parallel_reduce(
      "kovar::fit::external_share", entries_of(space, parameters_.size()),
      KOKKOS_LAMBDA(std::int64_t i, double& sum) { sum += x(i) * (gradient(i) + linear(i)) / 2; },
      value);
  return value;
}

template <class ExecSpace>
void Likelihood<ExecSpace>::advance(ExecSpace const& space, double alpha)
{
  if (external_.is_empty()) return;
  auto const step = external_step_;
  auto const product = external_product_;
  Kokkos::parallel_for(
      "kovar::fit::advance", entries_of(space, parameters_.size()),
      KOKKOS_LAMBDA(std::int64_t i) { step(i) += alpha * product(i); });
}

template <class ExecSpace>
void Likelihood<ExecSpace>::forget_step(ExecSpace const& space)
{
  Kokkos::deep_copy(space, external_step_, 0);
}

// Puts the shares of this rank into shares_ and adds up those of all ranks.
template <class ExecSpace>
void Likelihood<ExecSpace>::gather_shares(ExecSpace const& space, Point const& of, Sums& sums) const
{
  std::int64_t const n = parameters_.size();
  std::int64_t const n_strengths = parameters_.n_strengths;
  std::int64_t const n_theta = n - n_strengths;
  bool const is_symmetric = is_symmetric_;
  auto const by_column = of.column_gradient;
  auto const by_strength = strength_gradient_;
  auto const external = of.external_gradient;
  auto const shares = shares_;
  auto const x = of.x;
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
  KOVAR_REQUIRE(point().is_set,
                "hessian_product: no point was accepted (the Hessian is that of a point); call "
                "value_and_gradient first");
  Region const region("kovar::fit::hessian_product");
  std::int64_t const n = parameters_.size();
  std::int64_t const n_strengths = parameters_.n_strengths;
  std::int64_t const n_theta = n - n_strengths;
  bool const is_symmetric = is_symmetric_;
  bool const is_squared = parameters_.strengths_are_squared;
  bool const is_exact = form == HessianForm::exact;
  Vector<double const, ExecSpace> const x = point().x;
  fill_column_changes(space, x, u, n_strengths, is_symmetric_, theta_change_);
  auto const strength_change = strength_change_;
  Kokkos::parallel_for(
      "kovar::fit::fill_strength_changes", entries_of(space, n_strengths),
      KOKKOS_LAMBDA(std::int64_t s) { strength_change(s) = is_squared ? 2 * x(s) * u(s) : u(s); });
  sweep_.differentiate(space, point().entries, form, theta_change_, strength_change_,
                       column_product_, strength_product_);
  auto const external = external_product_;
  if (!external_.is_empty()) {
    Kokkos::deep_copy(space, external, 0);
    external_.add_product(space, u, external);
  }
  auto const by_column = column_product_;
  auto const by_strength = strength_product_;
  auto const first_by_column = point().column_gradient;
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
  auto const effective = point().effective_gradient;
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
void Likelihood<ExecSpace>::hessian_diagonal(ExecSpace const& space, HessianForm form,
                                             Vector<double, ExecSpace> const& diagonal)
{
  require_length(diagonal, "diagonal");
  KOVAR_REQUIRE(form != HessianForm::exact,
                "hessian_diagonal: only the forms without the curvature of yields have one that is "
                "cheap; ask for gauss_newton or fisher");
  KOVAR_REQUIRE(point().is_set, "hessian_diagonal: no point was accepted; call value_and_gradient");
  std::int64_t const n = parameters_.size();
  std::int64_t const n_strengths = parameters_.n_strengths;
  std::int64_t const n_theta = n - n_strengths;
  bool const is_squared = parameters_.strengths_are_squared;
  Vector<double const, ExecSpace> const x = point().x;
  auto const slopes = theta_change_;
  bool const is_symmetric = is_symmetric_;
  Kokkos::parallel_for(
      "kovar::fit::column_slopes", entries_of(space, n_theta), KOKKOS_LAMBDA(std::int64_t i) {
        slopes(i) = 1;
        if (!is_symmetric) slopes(n_theta + i) = smooth_magnitude(x(n_strengths + i)).slope;
      });
  auto const by_theta = Kokkos::subview(column_product_, std::make_pair(std::int64_t{0}, n_theta));
  sweep_.diagonal(space, point().entries, form, slopes, by_theta, strength_product_);
  auto const shares = shares_;
  auto const external = external_product_;
  auto const by_strength = strength_product_;
  Kokkos::deep_copy(space, external, 0);
  external_.add_diagonal(space, external);
  Kokkos::parallel_for(
      "kovar::fit::share_of_diagonal", entries_of(space, n), KOKKOS_LAMBDA(std::int64_t i) {
        double const by_y = i < n_strengths ? by_strength(i) : by_theta(i - n_strengths);
        double const by_root = is_squared && i < n_strengths ? 2 * x(i) : 1;
        shares(i) = by_y * by_root * by_root + external(i);
      });
  dist::sum_to_all(space, comm_, shares_);
  auto const weight = weight_;
  auto const effective = point().effective_gradient;
  Kokkos::parallel_for(
      "kovar::fit::diagonal", entries_of(space, n), KOKKOS_LAMBDA(std::int64_t i) {
        double const by_root = is_squared && i < n_strengths ? 2 * x(i) : 1;
        diagonal(i) = shares(i) + weight(i) * by_root * by_root;
        // A strength that ends at 0 has no other curvature there than that of its own root.
        if (is_squared && i < n_strengths) diagonal(i) += 2 * math::fabs(effective(i));
      });
}

template <class ExecSpace>
void Likelihood<ExecSpace>::set_bins(ExecSpace const& space, std::vector<BinInput> const& bins)
{
  auto const on_device = to_space(space, bins, "kovar::fit::bins");
  for (auto& point : points_) {
    point.entries.bins = on_device;
    point.is_set = false;
  }
}

template <class ExecSpace>
void Likelihood<ExecSpace>::set_data(ExecSpace const& space, std::vector<double> const& data)
{
  KOVAR_REQUIRE(static_cast<std::int64_t>(data.size()) == n_bins_,
                "set_data: " << data.size() << " numbers for " << n_bins_
                             << " fitted bins (one each is needed)");
  require_counts(data, point().entries.term);
  auto bins = to_list(space, point().entries.bins);
  for (std::size_t k = 0; k < bins.size(); ++k) {
    std::size_t const bin = static_cast<std::size_t>(first_bin_) + k;
    if (bin < data.size()) bins[k].data = data[bin];
  }
  set_bins(space, bins);
}

template <class ExecSpace>
void Likelihood<ExecSpace>::set_centers(ExecSpace const& space, std::vector<double> const& centers)
{
  KOVAR_REQUIRE(static_cast<std::int64_t>(centers.size()) == parameters_.size(),
                "set_centers: " << centers.size() << " numbers for " << parameters_.size()
                                << " parameters (one each is needed)");
  parameters_.center = centers;
  center_ = to_space(space, centers, "kovar::fit::center");
  for (auto& point : points_) point.is_set = false;
}

template <class ExecSpace>
void Likelihood<ExecSpace>::set_beta_centers(ExecSpace const& space,
                                             std::vector<double> const& centers)
{
  KOVAR_REQUIRE(static_cast<std::int64_t>(centers.size()) == n_all_bins_,
                "set_beta_centers: " << centers.size() << " numbers for " << n_all_bins_
                                     << " bins (one each is needed)");
  auto bins = to_list(space, point().entries.bins);
  for (std::size_t k = 0; k < bins.size(); ++k)
    bins[k].beta0 = centers[static_cast<std::size_t>(first_bin_) + k];
  set_bins(space, bins);
}

template <class ExecSpace>
LossParts Likelihood<ExecSpace>::full(ExecSpace const& space) const
{
  auto const bins = to_list(space, point().entries.bins);
  auto const losses = to_list(space, point().entries.losses);
  double const half_log_two_pi = 0.5 * std::log(2 * M_PI);
  CompensatedSum data;
  CompensatedSum statistics;
  for (std::size_t k = 0; k < bins.size(); ++k) {
    if (first_bin_ + static_cast<std::int64_t>(k) >= n_bins_) break;
    auto const& bin = bins[k];
    auto const& loss = losses[k];
    data.add(loss.data_loss);
    if (point().entries.term == DataTerm::poisson)
      data.add(bin.data - (bin.data > 0 ? bin.data * std::log(bin.data) : 0) +
               std::lgamma(bin.data + 1));
    if (!bin.is_constrained || point().entries.constraint == BinConstraint::none) continue;
    statistics.add(loss.constraint_loss);
    double const k_stat = bin.kstat;
    double const events = k_stat * bin.beta0;
    if (point().entries.constraint == BinConstraint::gamma) {
      statistics.add(events + std::lgamma(events + 1) - (events + 1) * std::log(k_stat));
      if (bin.beta0 > 0) statistics.add(-events * std::log(bin.beta0));
    } else if (point().entries.constraint == BinConstraint::normal_multiplicative) {
      statistics.add(half_log_two_pi - std::log(k_stat) / 2);
    } else {
      statistics.add(half_log_two_pi);
    }
  }
  double sums[] = {data.total(), statistics.total()};
  comm_.sum_to_all(sums, 2);
  LossParts parts = reduced();
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
  auto const losses = to_list(space, point().entries.losses);
  for (std::size_t k = 0; k < losses.size(); ++k)
    found[static_cast<std::size_t>(first_bin_) + k] = losses[k].*member;
  comm_.sum_to_all(found.data(), n_all_bins_);
  return found;
}

template <class ExecSpace>
std::vector<double> Likelihood<ExecSpace>::data(ExecSpace const& space) const
{
  std::vector<double> found(static_cast<std::size_t>(n_bins_), 0);
  auto const bins = to_list(space, point().entries.bins);
  for (std::size_t k = 0; k < bins.size(); ++k) {
    auto const bin = static_cast<std::size_t>(first_bin_) + k;
    if (bin < found.size()) found[bin] = bins[k].data;
  }
  comm_.sum_to_all(found.data(), n_bins_);
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
