// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/not_a_number.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gp/leave_one_out.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/triangle.hpp>

#include <cmath>
#include <utility>

namespace kovar::gp {
namespace {

LeaveOneOutValue no_value(TrainingLists const& lists, Model const& model)
{
  auto const n = static_cast<std::size_t>(lists.n_given);
  auto const q = static_cast<std::size_t>(lists.n_targets);
  LeaveOneOutValue value;
  value.log_prior = log_prior(model);
  value.mean.assign(n * q, not_a_number<double>());
  value.variance.assign(n, not_a_number<double>());
  value.log_density.assign(n * q, not_a_number<double>());
  value.pseudo_likelihood.assign(q, not_a_number<double>());
  return value;
}

/// to(i, j) = a(i, j) factor(j)
template <class Scalar, class ExecSpace>
void scale_columns(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                   Vector<Scalar, ExecSpace> const& factor, Matrix<Scalar, ExecSpace> const& to)
{
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  auto const n = static_cast<std::int64_t>(a.extent(0));
  Kokkos::parallel_for(
      "kovar::gp::scale_columns", Policy(space, {0, 0}, {n, n}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) { to(i, j) = a(i, j) * factor(j); });
}

}  // namespace

LeaveOneOutValue leave_one_out_value(TrainingLists const& lists, std::vector<double> const& alpha,
                                     std::vector<double> const& kappa, Model const& model,
                                     FactorReport const& report)
{
  LeaveOneOutValue value = no_value(lists, model);
  value.factor = report;
  if (!report) return value;
  auto const n = static_cast<std::size_t>(lists.n());
  auto const n_given = static_cast<std::size_t>(lists.n_given);
  auto const q = static_cast<std::size_t>(lists.n_targets);
  constexpr auto nan = not_a_number<double>();
  std::vector<double> variance(n);
  std::vector<double> mean(n * q);
  std::vector<double> log_density(n * q);
  for (std::size_t i = 0; i < n; ++i) variance[i] = 1 / kappa[i];
  for (std::size_t t = 0; t < q; ++t) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) {
      std::size_t const k = t * n + i;
      mean[k] = lists.y[k] - alpha[k] / kappa[i];
      log_density[k] = 0.5 * (std::log(kappa[i]) - alpha[k] * alpha[k] / kappa[i] - log_2_pi);
      sum += log_density[k];
    }
    value.pseudo_likelihood[t] = (sum + value.log_prior) / static_cast<double>(n_given);
  }
  value.mean = spread(mean, lists.rows, n_given, q, false, 1, nan);
  value.variance = spread(variance, lists.rows, n_given, 1, false, 1, nan);
  value.log_density = spread(log_density, lists.rows, n_given, q, false, 1, nan);
  return value;
}

double LeaveOneOutValue::total() const
{
  double sum = 0;
  for (double const one : pseudo_likelihood) sum += one;
  return sum;
}

template <class Scalar, class ExecSpace>
LeaveOneOut<Scalar, ExecSpace>::LeaveOneOut(ExecSpace const& space,
                                            TrainingSet<Scalar, ExecSpace> const& data,
                                            Model const& model, TrainingOptions const& options)
    : covariance_(space, data, model, options),
      kernel_gradient_(space, covariance_.n(), covariance_.kernel_program().n_sums()),
      kappa_(static_cast<std::size_t>(covariance_.n()))
{
}

template <class Scalar, class ExecSpace>
LeaveOneOutValue LeaveOneOut<Scalar, ExecSpace>::evaluate(ExecSpace const& space,
                                                          Model const& model)
{
  Region const region("kovar::gp::leave_one_out");
  FactorReport const report = covariance_.factor(space, model);
  if (report) {
    covariance_.invert(space);
    auto const diagonal = covariance_.diagonal(space);
    for (std::size_t i = 0; i < kappa_.size(); ++i) kappa_[i] = diagonal(i);
  }
  return leave_one_out_value(covariance_.lists(), covariance_.alpha_list(), kappa_, model, report);
}

template <class Scalar, class ExecSpace>
LeaveOneOutValue LeaveOneOut<Scalar, ExecSpace>::evaluate(ExecSpace const& space,
                                                          Model const& model,
                                                          LikelihoodGradient& gradient)
{
  Region const region("kovar::gp::leave_one_out");
  LeaveOneOutValue value = evaluate(space, model);
  if (!value.factor) {
    set_not_a_number(covariance_.lists(), model, gradient);
    return value;
  }
  allocate_for_gradient(space);
  find_gradient(space, covariance_, kernel_gradient_, model, slopes(space), gradient);
  return value;
}

template <class Scalar, class ExecSpace>
void LeaveOneOut<Scalar, ExecSpace>::allocate_for_gradient(ExecSpace const& space)
{
  std::int64_t const n = covariance_.n();
  std::int64_t const q = covariance_.n_targets();
  if (scaled_inverse_.extent(0) > 0) return;
  scaled_inverse_ = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gp::scaled_inverse", n, n);
  scaled_alpha_ = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gp::scaled_alpha", n, q + 1);
  beta_ =
      Matrix<Scalar, ExecSpace>(Kokkos::view_alloc(space, "kovar::gp::beta"), padded_points(n), q);
  scaled_alpha_host_ = Kokkos::create_mirror_view(scaled_alpha_);
  beta_host_ = Kokkos::create_mirror_view(beta_);
}

/// With u_i = (1/kappa_i + alpha_i^2/kappa_i^2) / 2 summed over the targets, v = alpha/kappa and
/// beta = K^^-1 v, the derivatives by K^ are G = (beta alpha^T + alpha beta^T)/2 - K^^-1 diag(u) K^^-1,
/// and by m(x) they are beta. The product takes the place of the inverse.
template <class Scalar, class ExecSpace>
LikelihoodSlopes<Scalar, ExecSpace> LeaveOneOut<Scalar, ExecSpace>::slopes(ExecSpace const& space)
{
  auto const n = static_cast<std::size_t>(covariance_.n());
  auto const q = static_cast<std::size_t>(covariance_.n_targets());
  std::vector<double> const& alpha = covariance_.alpha_list();
  for (std::size_t i = 0; i < n; ++i) {
    double u = 0;
    for (std::size_t t = 0; t < q; ++t) {
      double const v = alpha[t * n + i] / kappa_[i];
      scaled_alpha_host_(i, t) = static_cast<Scalar>(v);
      u += 0.5 * (1 / kappa_[i] + v * v);
    }
    scaled_alpha_host_(i, q) = static_cast<Scalar>(std::sqrt(u));
  }
  if (!is_host_space<ExecSpace>) Kokkos::deep_copy(space, scaled_alpha_, scaled_alpha_host_);
  Matrix<Scalar, ExecSpace> const v =
      Kokkos::subview(scaled_alpha_, Kokkos::ALL, std::make_pair(std::size_t{0}, q));
  Vector<Scalar, ExecSpace> const root_u = Kokkos::subview(scaled_alpha_, Kokkos::ALL, q);
  Matrix<Scalar, ExecSpace> const beta =
      Kokkos::subview(beta_, std::make_pair(std::size_t{0}, n), Kokkos::ALL);

  auto const& square = covariance_.square();
  linalg::fill_upper_triangle(space, square);
  linalg::gemm(space, linalg::Op::none, linalg::Op::none, Scalar(1), square, v, Scalar(0), beta);
  scale_columns(space, square, root_u, scaled_inverse_);
  linalg::syrk(space, linalg::Op::none, Scalar(1), scaled_inverse_, Scalar(0), square);

  if (!is_host_space<ExecSpace>) Kokkos::deep_copy(space, beta_host_, beta_);
  auto const product_diagonal = covariance_.diagonal(space);  // waits: beta is there, too
  LikelihoodSlopes<Scalar, ExecSpace> result = {
      {beta_, covariance_.alpha(), Scalar(1), square, Scalar(-1)}, {}, {}};
  for (std::size_t i = 0; i < n; ++i) result.by_variance.push_back(-product_diagonal(i));
  for (std::size_t t = 0; t < q; ++t)
    for (std::size_t i = 0; i < n; ++i) {
      result.by_mean.push_back(static_cast<double>(beta_host_(i, t)));
      result.by_variance[i] += result.by_mean.back() * alpha[t * n + i];
    }
  return result;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace) template class LeaveOneOut<Scalar, ExecSpace>;
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gp
