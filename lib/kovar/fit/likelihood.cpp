// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/fit/likelihood.hpp>
#include <kovar/fit/parameter_effect.hpp>
#include <kovar/fit/rank_entries.hpp>

#include <algorithm>
#include <type_traits>
#include <utility>

namespace kovar::fit {

namespace {

template <class ExecSpace>
Vector<double, ExecSpace> new_vector(ExecSpace const& space, std::string const& name,
                                     std::int64_t n)
{
  return Vector<double, ExecSpace>(Kokkos::view_alloc(space, "kovar::fit::" + name), n);
}

// Add up what all ranks have, in one message.
template <class ExecSpace, class X>
void sum_packs(ExecSpace const& space, dist::Communicator const& comm,
               Vector<X, ExecSpace> const& packs)
{
  constexpr std::size_t n_lanes = sizeof(X) / sizeof(double);
  dist::sum_to_all(space, comm,
                   Vector<double, ExecSpace>(reinterpret_cast<double*>(packs.data()),
                                             n_lanes * packs.extent(0)));
}

}  // namespace

template <class ExecSpace>
Likelihood<ExecSpace>::Likelihood(ExecSpace const& space, dist::Communicator const& comm,
                                  TemplateTensor const& tensor, LikelihoodOptions const& options)
    : comm_(comm),
      parameters_(make_parameters(tensor, options.parameters)),
      n_bins_(tensor.n_bins),
      n_all_bins_(tensor.n_all_bins()),
      n_processes_(tensor.n_processes())
{
  require_options(tensor, options);
  share_ = rank_share(comm, tensor);
  without_effect_ = parameters_without_effect(comm, tensor, parameters_, share_);
  covariance_ = DataCovariance<ExecSpace>(space, tensor, options, share_);
  auto const entries = rank_entries(space, tensor, options, parameters_, share_);
  n_betas_ = entries.mode == BinStatisticsMode::full ? tensor.n_entries() : n_all_bins_;
  auto const bin_start = to_list(space, entries.bin_start);
  auto const n_fitted =
      std::max<std::int64_t>(0, std::min(share_.end_bin, n_bins_) - share_.first_bin);
  for (auto& point : points_) point = make_point(space, tensor, entries);

  std::int64_t const n = parameters_.size();
  std::int64_t const n_strengths = parameters_.n_strengths;
  std::int64_t const n_columns = tensor.variations.n_columns;
  shape_ = {n, n_strengths, parameters_.strengths_are_squared, tensor.is_symmetric};
  constraints_ = {to_space(space, parameters_.center, "kovar::fit::center"),
                  to_space(space, parameters_.weight, "kovar::fit::weight")};
  theta_ = new_vector(space, "theta", n_columns);
  strength_gradient_ = new_vector(space, "strength_gradient", n_strengths);
  one_ = Directions<ExecSpace, double>(
      space, shape_, n_columns,
      VariationSweep<ExecSpace>(space, rank_variations(tensor, share_), bin_start, n_fitted,
                                n_strengths),
      ExternalSum<ExecSpace>(space, comm, tensor.external_terms, parameters_));
  external_step_ = new_vector(space, "external_step", n);
  shares_ = new_vector(space, "shares", n + n_strengths + n_sums);
  external_linear_ = new_vector(space, "external_linear", n);
  one_.external.add_linear(space, external_linear_);
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
  point.entries.betas =
      new_vector(space, "betas", static_cast<std::int64_t>(entries.statistics.extent(0)));
  point.column_gradient = new_vector(space, "column_gradient", tensor.variations.n_columns);
  point.effective_gradient = new_vector(space, "effective_gradient", parameters_.size());
  point.external_gradient = new_vector(space, "external_gradient", parameters_.size());
  return point;
}

template <class ExecSpace>
bool Likelihood<ExecSpace>::is_quadratic() const
{
  auto const& entries = point().entries;
  bool const is_linear = entries.type == SystematicType::additive && shape_.is_symmetric &&
                         !(shape_.strengths_are_squared && shape_.n_strengths > 0);
  bool const has_linear_bins = entries.constraint == BinConstraint::none ||
                               entries.constraint == BinConstraint::normal_additive;
  return entries.term != DataTerm::poisson && is_linear && has_linear_bins;
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
  BinTotals const totals = evaluate_bins(space, trial);
  Sums sums{totals.data_loss, totals.constraint_loss, external_share(space, x, external, trial)};
  fill_shares<ExecSpace, double>(
      space, shape_, x, {trial.column_gradient, strength_gradient_, trial.external_gradient}, {},
      {}, shares_);
  add_up(space, sums);
  double const constraints =
      finish_gradient(space, shape_, x, shares_, constraints_, trial.effective_gradient, gradient);
  trial.reduced = {sums[0], constraints, sums[1], sums[2]};
  trial.is_set = true;
  return trial.reduced.total();
}

// Fills what a point keeps of its entries; theta_ and the strengths are there.
template <class ExecSpace>
BinTotals Likelihood<ExecSpace>::evaluate_bins(ExecSpace const& space, Point const& to) const
{
  if (!covariance_.is_empty())
    return covariance_.evaluate(space, comm_, one_.sweep, to.entries, theta_, to.column_gradient,
                                strength_gradient_);
  return one_.sweep.evaluate(space, to.entries, theta_, to.column_gradient, strength_gradient_);
}

// The same along directions, whose changes are there, at the accepted point.
template <class ExecSpace>
template <class X>
void Likelihood<ExecSpace>::differentiate_bins(ExecSpace const& space, HessianForm form,
                                               Directions<ExecSpace, X> const& along) const
{
  auto const& entries = point().entries;
  if constexpr (std::is_same_v<X, double>) {
    if (has_data_covariance()) {
      covariance_.differentiate(space, comm_, along.sweep, entries, form, along.theta_change,
                                along.strength_change, along.column_product,
                                along.strength_product);
      return;
    }
  }
  along.sweep.differentiate(space, entries, form, along.theta_change, along.strength_change,
                            along.column_product, along.strength_product);
}

// Fills the external gradient of a point with H x and the linear part; returns the value.
template <class ExecSpace>
double Likelihood<ExecSpace>::external_share(ExecSpace const& space,
                                             Vector<double const, ExecSpace> const& x,
                                             ExternalProduct external, Point const& to) const
{
  if (one_.external.is_empty()) return 0;
  if (external == ExternalProduct::made) {
    Kokkos::deep_copy(space, to.external_gradient, external_linear_);
    one_.external.add_product(space, x, to.external_gradient);
  } else {
    Kokkos::deep_copy(space, to.external_gradient, point().external_gradient);
    add_multiple(space, 1, external_step_, to.external_gradient);
  }
  return external_value(space, x, to.external_gradient, external_linear_);
}

template <class ExecSpace>
void Likelihood<ExecSpace>::advance(ExecSpace const& space, double alpha)
{
  if (!one_.external.is_empty()) add_multiple(space, alpha, one_.external_product, external_step_);
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
  require_hessian(form);
  multiply_hessian<double>(space, form, u, one_, product);
}

template <class ExecSpace>
void Likelihood<ExecSpace>::require_hessian(HessianForm form) const
{
  KOVAR_REQUIRE(point().is_set,
                "hessian_product: no point was accepted (the Hessian is that of a point); call "
                "value_and_gradient first");
  KOVAR_REQUIRE(
      form != HessianForm::fixed_statistics || (!has_full_mode() && !has_data_covariance()),
      "hessian_product: bin statistics cannot be held where each process has its own beta "
      "or data have a covariance; ask for another form");
}

template <class ExecSpace>
template <class X>
void Likelihood<ExecSpace>::multiply_hessian(ExecSpace const& space, HessianForm form,
                                             Vector<X const, ExecSpace> const& u,
                                             Directions<ExecSpace, X> const& along,
                                             Vector<X, ExecSpace> const& product) const
{
  Region const region("kovar::fit::hessian_product");
  Point const& at = point();
  bool const is_exact = has_yield_curvature(form);
  Vector<double, ExecSpace> const none;
  fill_column_changes<ExecSpace, X>(space, shape_, at.x, u, along.theta_change,
                                    along.strength_change);
  differentiate_bins(space, form, along);
  if (!along.external.is_empty()) {
    Kokkos::deep_copy(space, along.external_product, X{});
    along.external.add_product(space, u, along.external_product);
  }
  fill_shares<ExecSpace, X>(
      space, shape_, at.x, {along.column_product, along.strength_product, along.external_product},
      is_exact ? u : Vector<X const, ExecSpace>(), at.column_gradient, along.shares);
  sum_packs(space, comm_, along.shares);
  finish_product<ExecSpace, X>(space, shape_, at.x, u, along.shares, constraints_,
                               is_exact ? at.effective_gradient : none, product);
}

template <class ExecSpace>
void Likelihood<ExecSpace>::hessian_diagonal(ExecSpace const& space, HessianForm form,
                                             Vector<double, ExecSpace> const& diagonal)
{
  require_length(diagonal, "diagonal");
  KOVAR_REQUIRE(!has_yield_curvature(form),
                "hessian_diagonal: only the forms without the curvature of yields have one that is "
                "cheap; ask for gauss_newton or fisher");
  KOVAR_REQUIRE(point().is_set, "hessian_diagonal: no point was accepted; call value_and_gradient");
  Point const& at = point();
  auto const slopes = one_.theta_change;
  fill_column_slopes<ExecSpace>(space, shape_, at.x, slopes);
  Vector<double, ExecSpace> const by_theta =
      Kokkos::subview(one_.column_product, std::make_pair(std::int64_t{0}, shape_.n_systematics()));
  one_.sweep.diagonal(space, at.entries, form, slopes, by_theta, one_.strength_product);
  Kokkos::deep_copy(space, one_.external_product, 0);
  one_.external.add_diagonal(space, one_.external_product);
  fill_diagonal_shares<ExecSpace>(
      space, shape_, at.x, {by_theta, one_.strength_product, one_.external_product}, one_.shares);
  dist::sum_to_all(space, comm_,
                   Kokkos::subview(one_.shares, std::make_pair(std::int64_t{0}, shape_.n)));
  finish_diagonal<ExecSpace>(space, shape_, at.x, one_.shares, constraints_, at.effective_gradient,
                             diagonal);
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

#ifdef KOVAR_HAS_VECTOR_TYPES
#define KOVAR_INSTANTIATE_LANES(ExecSpace)                              \
  template void Likelihood<ExecSpace>::multiply_hessian(                \
      ExecSpace const&, HessianForm,                                    \
      Vector<linalg::PackOfVectors<ExecSpace> const, ExecSpace> const&, \
      Directions<ExecSpace, linalg::PackOfVectors<ExecSpace>> const&,   \
      Vector<linalg::PackOfVectors<ExecSpace>, ExecSpace> const&) const;
KOVAR_FOR_EACH_HOST_SPACE(KOVAR_INSTANTIATE_LANES)
#undef KOVAR_INSTANTIATE_LANES
#endif

}  // namespace kovar::fit
