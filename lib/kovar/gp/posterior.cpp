// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gp/covariance.hpp>
#include <kovar/gp/posterior.hpp>
#include <kovar/gp/prediction_passes.hpp>
#include <kovar/linalg/cholesky.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/triangle.hpp>

#include <vector>

namespace kovar::gp {
namespace {

/// A list of q columns of n as a matrix.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> matrix_of(ExecSpace const& space, std::vector<double> const& list,
                                    std::int64_t n, std::int64_t q)
{
  auto const numbers = to_space(space, list, "kovar::gp::residual");
  auto const columns = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gp::residual", n, q);
  Kokkos::parallel_for(
      "kovar::gp::residual",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n * q),
      KOKKOS_LAMBDA(std::int64_t k) { columns(k % n, k / n) = static_cast<Scalar>(numbers(k)); });
  return columns;
}

/// Points of a, then those of b.
template <class Scalar, class ExecSpace>
Points<Scalar, ExecSpace> joined(ExecSpace const& space, Points<Scalar, ExecSpace> const& a,
                                 Points<Scalar, ExecSpace> const& b)
{
  auto const result = make_points<Scalar>(space, a.n + b.n, b.n_columns());
  if (a.n > 0)
    copy_points(space, a.coordinates, 0, Points<Scalar, ExecSpace>{a.n, result.coordinates});
  Matrix<Scalar, ExecSpace> const rest =
      Kokkos::subview(result.coordinates, std::make_pair(a.n, a.n + b.n), Kokkos::ALL);
  copy_points(space, b.coordinates, 0, Points<Scalar, ExecSpace>{b.n, rest});
  return result;
}

/// Rows of a, then those of b.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> joined_rows(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                                      Matrix<Scalar, ExecSpace> const& b)
{
  auto const n = static_cast<std::int64_t>(a.extent(0));
  auto const m = static_cast<std::int64_t>(b.extent(0));
  auto const result = allocate<Matrix<Scalar, ExecSpace>>(space, a.label(), n + m, b.extent(1));
  auto const q = static_cast<std::int64_t>(b.extent(1));
  Kokkos::parallel_for(
      "kovar::gp::joined_rows",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, (n + m) * q),
      KOKKOS_LAMBDA(std::int64_t k) {
        std::int64_t const i = k % (n + m);
        std::int64_t const t = k / (n + m);
        result(i, t) = i < n ? a(i, t) : b(i - n, t);
      });
  return result;
}

/// K^^-1 r, with zeros below.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> solve(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& factor,
                                Matrix<Scalar, ExecSpace> const& residual)
{
  auto const n = static_cast<std::int64_t>(residual.extent(0));
  Matrix<Scalar, ExecSpace> const alpha(Kokkos::view_alloc(space, "kovar::gp::alpha"),
                                        padded_points(n), residual.extent(1));
  Kokkos::deep_copy(space, Kokkos::subview(alpha, std::make_pair(std::int64_t{0}, n), Kokkos::ALL),
                    residual);
  linalg::triangular_solve(space, linalg::Side::factor, factor, alpha);
  linalg::triangular_solve(space, linalg::Side::transposed, factor, alpha);
  return alpha;
}

/// \throws InputError unless a posterior without observations can be made
void require_prior(Model const& model, std::int64_t n_columns, std::int64_t n_targets)
{
  KOVAR_REQUIRE(n_columns > 0 && n_targets > 0,
                "posterior: " << n_columns << " input columns and " << n_targets
                              << " targets (one of each is needed at least)");
  require_model_fits(model, n_columns);
}

}  // namespace

template <class Scalar, class ExecSpace>
Posterior<Scalar, ExecSpace>::Posterior(ExecSpace const& space,
                                        TrainingSet<Scalar, ExecSpace> const& data,
                                        Model const& model, TrainingOptions const& options)
    : Posterior(space, FactoredCovariance<Scalar, ExecSpace>(space, data, model, options), model,
                options)
{
}

template <class Scalar, class ExecSpace>
Posterior<Scalar, ExecSpace>::Posterior(ExecSpace const& space,
                                        FactoredCovariance<Scalar, ExecSpace>&& covariance,
                                        Model const& model, TrainingOptions const& options)
    : model_(model),
      options_(options),
      report_(covariance.factor(space, model)),
      program_(covariance.program()),
      mean_(make_device_mean(space, model.mean, covariance.n_columns())),
      points_(covariance.points()),
      factor_(covariance.square()),
      residual_(
          matrix_of<Scalar>(space, covariance.residual(), covariance.n(), covariance.n_targets())),
      alpha_(covariance.alpha()),
      block_(space, covariance.n(), covariance.n_columns())
{
}

template <class Scalar, class ExecSpace>
Posterior<Scalar, ExecSpace>::Posterior(ExecSpace const& space, Model const& model,
                                        std::int64_t n_columns, std::int64_t n_targets,
                                        TrainingOptions const& options)
    : model_((require_prior(model, n_columns, n_targets), model)),
      options_((require_jitter(options.jitter), options)),
      mean_(make_device_mean(space, model.mean, n_columns)),
      points_(make_points<Scalar>(space, 0, n_columns)),
      factor_(allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gp::covariance", 0, 0)),
      residual_(allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gp::residual", 0, n_targets)),
      alpha_(allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gp::alpha", 0, n_targets)),
      block_(space, 0, n_columns)
{
  KernelProgram const program(model.kernel, n_columns);
  program_ = make_device_program<Scalar>(space, program);
  put_coefficients(space, program, model.kernel, program_);
  report_.jitter = options.jitter.always;
}

template <class Scalar, class ExecSpace>
void Posterior<Scalar, ExecSpace>::require_predictable(Inputs<Scalar, ExecSpace> const& x) const
{
  KOVAR_REQUIRE(report_, "posterior: " << text_of(report_));
  KOVAR_REQUIRE(static_cast<std::int64_t>(x.extent(1)) == n_columns(),
                "posterior: the test inputs are "
                    << x.extent(0) << " x " << x.extent(1) << " and the training inputs " << n()
                    << " x " << n_columns() << " (as many columns are needed)");
}

template <class Scalar, class ExecSpace>
Prediction<Scalar, ExecSpace> Posterior<Scalar, ExecSpace>::predict(
    ExecSpace const& space, Inputs<Scalar, ExecSpace> const& x, Uncertainty uncertainty) const
{
  Region const region("kovar::gp::predict");
  require_predictable(x);
  auto const m = static_cast<std::int64_t>(x.extent(0));
  bool const wants_covariance = uncertainty == Uncertainty::covariance;
  Prediction<Scalar, ExecSpace> result;
  result.mean = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gp::mean", m, n_targets());
  if (uncertainty != Uncertainty::none)
    result.variance = allocate<Vector<Scalar, ExecSpace>>(space, "kovar::gp::variance", m);
  Matrix<Scalar, ExecSpace> whitened;  // L^-1 K_*^T of all points
  if (wants_covariance)
    whitened = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gp::whitened", n(), m);

  prior_mean(space, mean_, x, result.mean);
  for (std::int64_t first = 0; first < m; first += n_block_points) {
    auto const points = take_block(space, block_, x, first);
    auto const v = wants_covariance ? columns_of(whitened, first, points.n)
                                    : columns_of(block_.covariance, 0, points.n);
    cross_covariance(space, program_, points_, points, v);
    if (n() > 0) add_mean(space, v, n(), alpha_, result.mean, first);
    if (uncertainty == Uncertainty::none) continue;
    Vector<Scalar, ExecSpace> const variance =
        Kokkos::subview(result.variance, std::make_pair(first, first + points.n));
    prior_variance(space, program_, points, variance);
    linalg::triangular_solve(space, linalg::Side::factor, factor_, v);
    if (n() > 0) subtract_squares(space, v, n(), variance);
  }
  if (wants_covariance) add_covariance(space, x, whitened, result);
  if (uncertainty != Uncertainty::none) result.n_clamped = clamp_variance(space, result.variance);
  return result;
}

template <class Scalar, class ExecSpace>
void Posterior<Scalar, ExecSpace>::add_covariance(ExecSpace const& space,
                                                  Inputs<Scalar, ExecSpace> const& x,
                                                  Matrix<Scalar, ExecSpace> const& whitened,
                                                  Prediction<Scalar, ExecSpace>& result) const
{
  auto const m = x.extent(0);
  result.covariance =
      allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gp::posterior_covariance", m, m);
  if (m == 0) return;
  covariance(space, program_, make_points_of<Scalar>(space, x), result.covariance);
  if (n() > 0)
    linalg::syrk(space, linalg::Op::transpose, Scalar(-1), whitened, Scalar(1), result.covariance);
  linalg::fill_upper_triangle(space, result.covariance);
}

template <class Scalar, class ExecSpace>
Vector<Scalar, ExecSpace> Posterior<Scalar, ExecSpace>::observed_variance(
    ExecSpace const& space, Vector<Scalar, ExecSpace> const& latent_variance,
    Vector<Scalar const, ExecSpace> const& noise_variance) const
{
  return with_noise(space, model_.noise, latent_variance, noise_variance);
}

template <class Scalar, class ExecSpace>
Posterior<Scalar, ExecSpace> Posterior<Scalar, ExecSpace>::with_observations(
    ExecSpace const& space, TrainingSet<Scalar, ExecSpace> const& more) const
{
  Region const region("kovar::gp::with_observations");
  KOVAR_REQUIRE(report_, "posterior: " << text_of(report_));
  KOVAR_REQUIRE(static_cast<std::int64_t>(more.x.extent(1)) == n_columns() &&
                    static_cast<std::int64_t>(more.y.extent(1)) == n_targets(),
                "posterior: the new observations have "
                    << more.x.extent(1) << " columns and " << more.y.extent(1)
                    << " targets and the others " << n_columns() << " and " << n_targets()
                    << " (as many are needed)");
  FactoredCovariance<Scalar, ExecSpace> added(space, more, model_, options_);
  added.set_model(space, model_);
  std::int64_t const n_all = n() + added.n();

  // L21 = K21 L^-T and L22 L22^T = K22 - L21 L21^T.
  Posterior result = *this;
  result.factor_ = allocate<Matrix<Scalar, ExecSpace>>(space, factor_.label(), n_all, n_all);
  auto const old_rows = std::make_pair(std::int64_t{0}, n());
  auto const new_rows = std::make_pair(n(), n_all);
  Matrix<Scalar, ExecSpace> const l21 = Kokkos::subview(result.factor_, new_rows, old_rows);
  Matrix<Scalar, ExecSpace> const l22 = Kokkos::subview(result.factor_, new_rows, new_rows);
  linalg::copy_lower_triangle(space, factor_, result.factor_);
  cross_covariance(space, program_, added.points(), points_, l21);
  linalg::solve_right_transposed(space, factor_, l21);
  JitterOptions ladder = options_.jitter;
  ladder.always = report_.jitter;
  DiagonalReader<ExecSpace> const reader(space, added.n());
  result.report_ = factor_with_jitter(
      space, added.square(), reader, ladder,
      [&](double jitter) {
        added.fill(space, jitter);
        if (n() > 0)
          linalg::syrk(space, linalg::Op::none, Scalar(-1), l21, Scalar(1), added.square());
      },
      [&] {
        added.fill(space, options_.jitter.always);  // as for the first observations
        return mean_of(reader.read(space, added.square()));
      });
  if (!result.report_) return result;
  linalg::copy_lower_triangle(space, added.square(), l22);
  read_factor(DiagonalReader<ExecSpace>(space, n_all).read(space, result.factor_), result.report_);

  result.points_ = joined(space, points_, added.points());
  result.residual_ = joined_rows(
      space, residual_, matrix_of<Scalar>(space, added.residual(), added.n(), added.n_targets()));
  result.alpha_ = solve(space, result.factor_, result.residual_);
  result.block_ = PredictionBlock<Scalar, ExecSpace>(space, n_all, n_columns());
  return result;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace) template class Posterior<Scalar, ExecSpace>;
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gp
