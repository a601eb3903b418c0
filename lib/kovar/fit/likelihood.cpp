// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/fit/likelihood.hpp>
#include <kovar/fit/loss_constants.hpp>
#include <kovar/fit/rank_entries.hpp>

#include <algorithm>
#include <utility>

namespace kovar::fit {

namespace {

template <class ExecSpace>
Vector<double, ExecSpace> new_vector(ExecSpace const& space, std::string const& name,
                                     std::int64_t n)
{
  return Vector<double, ExecSpace>(Kokkos::view_alloc(space, "kovar::fit::" + name), n);
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

}  // namespace

template <class ExecSpace>
Likelihood<ExecSpace>::Likelihood(ExecSpace const& space, dist::Communicator const& comm,
                                  TemplateTensor const& tensor, LikelihoodOptions const& options)
    : comm_(comm),
      parameters_(make_parameters(tensor, options.parameters)),
      n_bins_(tensor.n_bins),
      n_all_bins_(tensor.n_all_bins()),
      external_(space, comm, tensor.external_terms, parameters_)
{
  require_variances(tensor, options.data_term);
  require_counts(tensor.data, options.data_term);
  auto const share = rank_share(comm, tensor);
  first_bin_ = share.first_bin;
  auto const entries = rank_entries(space, tensor, options, parameters_, share);
  auto const bin_start = to_list(space, entries.bin_start);
  auto const n_fitted =
      std::max<std::int64_t>(0, std::min(share.end_bin, n_bins_) - share.first_bin);
  sweep_ = VariationSweep<ExecSpace>(space, rank_variations(tensor, share), bin_start, n_fitted,
                                     parameters_.n_strengths);
  for (auto& point : points_) point = make_point(space, tensor, entries);

  std::int64_t const n = parameters_.size();
  std::int64_t const n_strengths = parameters_.n_strengths;
  std::int64_t const n_columns = tensor.variations.n_columns;
  shape_ = {n, n_strengths, parameters_.strengths_are_squared, tensor.is_symmetric};
  constraints_ = {to_space(space, parameters_.center, "kovar::fit::center"),
                  to_space(space, parameters_.weight, "kovar::fit::weight")};
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
  Kokkos::deep_copy(space, trial.x, x);
  fill_columns(space, shape_, x, theta_, trial.entries.strength);
  BinTotals const totals =
      sweep_.evaluate(space, trial.entries, theta_, trial.column_gradient, strength_gradient_);
  Sums sums{totals.data_loss, totals.constraint_loss, external_share(space, x, external, trial)};
  fill_shares<ExecSpace>(space, shape_, x,
                         {trial.column_gradient, strength_gradient_, trial.external_gradient}, {},
                         {}, shares_);
  add_up(space, sums);
  double const constraints =
      finish_gradient(space, shape_, x, shares_, constraints_, trial.effective_gradient, gradient);
  trial.reduced = {sums[0], constraints, sums[1], sums[2]};
  trial.is_set = true;
  return trial.reduced.total();
}

// Fills the external gradient of a point with H x and the linear part; returns the value.
template <class ExecSpace>
double Likelihood<ExecSpace>::external_share(ExecSpace const& space,
                                             Vector<double const, ExecSpace> const& x,
                                             ExternalProduct external, Point const& to) const
{
  if (external_.is_empty()) return 0;
  if (external == ExternalProduct::made) {
    Kokkos::deep_copy(space, to.external_gradient, external_linear_);
    external_.add_product(space, x, to.external_gradient);
  } else {
    Kokkos::deep_copy(space, to.external_gradient, point().external_gradient);
    add_multiple(space, 1, external_step_, to.external_gradient);
  }
  return external_value(space, x, to.external_gradient, external_linear_);
}

template <class ExecSpace>
void Likelihood<ExecSpace>::advance(ExecSpace const& space, double alpha)
{
  if (!external_.is_empty()) add_multiple(space, alpha, external_product_, external_step_);
}

template <class ExecSpace>
void Likelihood<ExecSpace>::forget_step(ExecSpace const& space)
{
  Kokkos::deep_copy(space, external_step_, 0);
}

// Add up shares_ and the sums of all ranks, in one message.
template <class ExecSpace>
void Likelihood<ExecSpace>::add_up(ExecSpace const& space, Sums& sums) const
{
  if (comm_.size() == 1) return;
  auto const n = static_cast<std::int64_t>(shares_.extent(0));
  auto const place = Kokkos::subview(shares_, std::make_pair(n - n_sums, n));
  HostListView<double> const on_host(sums.data(), n_sums);
  Kokkos::deep_copy(space, place, on_host);
  sum_shares(space, n);
  Kokkos::deep_copy(space, on_host, place);
  space.fence();  // the caller reads the sums
}

// The first n of shares_, over all ranks.
template <class ExecSpace>
void Likelihood<ExecSpace>::sum_shares(ExecSpace const& space, std::int64_t n) const
{
  dist::sum_to_all(space, comm_, Kokkos::subview(shares_, std::make_pair(std::int64_t{0}, n)));
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
  Point const& at = point();
  bool const is_exact = form == HessianForm::exact;
  Vector<double, ExecSpace> const none;
  fill_column_changes<ExecSpace>(space, shape_, at.x, u, theta_change_, strength_change_);
  sweep_.differentiate(space, at.entries, form, theta_change_, strength_change_, column_product_,
                       strength_product_);
  if (!external_.is_empty()) {
    Kokkos::deep_copy(space, external_product_, 0);
    external_.add_product(space, u, external_product_);
  }
  fill_shares<ExecSpace>(
      space, shape_, at.x, {column_product_, strength_product_, external_product_},
      is_exact ? u : Vector<double const, ExecSpace>(none), at.column_gradient, shares_);
  sum_shares(space, shape_.n + shape_.n_strengths);
  finish_product<ExecSpace>(space, shape_, at.x, u, shares_, constraints_,
                            is_exact ? at.effective_gradient : none, product);
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
  Point const& at = point();
  auto const slopes = theta_change_;
  fill_column_slopes<ExecSpace>(space, shape_, at.x, slopes);
  Vector<double, ExecSpace> const by_theta =
      Kokkos::subview(column_product_, std::make_pair(std::int64_t{0}, shape_.n_systematics()));
  sweep_.diagonal(space, at.entries, form, slopes, by_theta, strength_product_);
  Kokkos::deep_copy(space, external_product_, 0);
  external_.add_diagonal(space, external_product_);
  fill_diagonal_shares<ExecSpace>(space, shape_, at.x,
                                  {by_theta, strength_product_, external_product_}, shares_);
  sum_shares(space, shape_.n);
  finish_diagonal<ExecSpace>(space, shape_, at.x, shares_, constraints_, at.effective_gradient,
                             diagonal);
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
  constraints_.center = to_space(space, centers, "kovar::fit::center");
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
  auto const& entries = point().entries;
  auto bins = to_list(space, entries.bins);
  std::int64_t const n_fitted =
      std::max<std::int64_t>(0, std::min<std::int64_t>(n_bins_ - first_bin_, bins.size()));
  bins.resize(static_cast<std::size_t>(n_fitted));
  auto const constants = loss_constants(bins, entries.term, entries.constraint);
  double sums[] = {constants.data_loss, constants.constraint_loss};
  comm_.sum_to_all(sums, 2);
  LossParts parts = reduced();
  parts.data += sums[0];
  parts.bin_statistics += sums[1];
  parts.constraints += constraint_constants(parameters_.weight);
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
