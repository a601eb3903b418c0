// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gp/factored_covariance.hpp>

#include <cmath>

namespace kovar::gp {
namespace {

/// Entries of a view of rank 2 in double: row by row, or column by column.
template <class ExecSpace, class View>
std::vector<double> list_of(ExecSpace const& space, View const& view, bool by_rows)
{
  auto const host = Kokkos::create_mirror_view(view);
  Kokkos::deep_copy(space, host,
                    view);  // even on hosts: the mirror of a read-only view is another one
  space.fence();            // the host reads it
  std::vector<double> list;
  list.reserve(view.extent(0) * view.extent(1));
  std::size_t const n_outer = view.extent(by_rows ? 0 : 1);
  std::size_t const n_inner = view.extent(by_rows ? 1 : 0);
  for (std::size_t o = 0; o < n_outer; ++o)
    for (std::size_t i = 0; i < n_inner; ++i) list.push_back(by_rows ? host(o, i) : host(i, o));
  return list;
}

/// The rows that stay, of a list row by row.
std::vector<double> chosen_rows(std::vector<double> const& list,
                                std::vector<std::int64_t> const& rows, std::size_t width)
{
  std::vector<double> result;
  for (std::int64_t const r : rows)
    for (std::size_t c = 0; c < width; ++c)
      result.push_back(list[static_cast<std::size_t>(r) * width + c]);
  return result;
}

/// Likewise of a list of q columns of n.
std::vector<double> chosen_entries(std::vector<double> const& list,
                                   std::vector<std::int64_t> const& rows, std::size_t n,
                                   std::size_t q)
{
  std::vector<double> result;
  for (std::size_t t = 0; t < q; ++t)
    for (std::int64_t const r : rows) result.push_back(list[t * n + static_cast<std::size_t>(r)]);
  return result;
}

template <class Scalar, class ExecSpace>
void require_shapes(TrainingSet<Scalar, ExecSpace> const& data)
{
  KOVAR_REQUIRE(data.x.extent(0) > 0 && data.x.extent(1) > 0,
                "gp: the inputs are " << data.x.extent(0) << " x " << data.x.extent(1)
                                      << " (one point and one column are needed at least)");
  KOVAR_REQUIRE(data.y.extent(0) == data.x.extent(0) && data.y.extent(1) > 0,
                "gp: the targets are " << data.y.extent(0) << " x " << data.y.extent(1)
                                       << " and the inputs " << data.x.extent(0) << " x "
                                       << data.x.extent(1)
                                       << " (a row of each for every point, one target at least)");
  KOVAR_REQUIRE(
      data.noise_variance.extent(0) == 0 || data.noise_variance.extent(0) == data.x.extent(0),
      "gp: " << data.noise_variance.extent(0) << " noise variances for " << data.x.extent(0)
             << " points (one for each, or none)");
}

void require_finite_rows(std::vector<double> const& x, std::size_t width)
{
  for (std::size_t k = 0; k < x.size(); ++k)
    KOVAR_REQUIRE(std::isfinite(x[k]), "gp: the input of point " << k / width << ", column "
                                                                 << k % width << ", is " << x[k]
                                                                 << "; leave the point out");
}

/// GPyTorch raises known variances to a floor; here a value below 0 is an error and the rest is taken
/// as it is.
void require_variances(std::vector<double> const& variances)
{
  for (std::size_t i = 0; i < variances.size(); ++i)
    KOVAR_REQUIRE(std::isfinite(variances[i]) && variances[i] >= 0,
                  "gp: the noise variance of point " << i << " is " << variances[i]
                                                     << " (a variance is finite and not negative)");
}

/// A list of the host, row by row, into the first rows of a matrix.
template <class Scalar, class ExecSpace>
void put_rows(ExecSpace const& space, std::vector<double> const& list,
              Matrix<Scalar, ExecSpace> const& to)
{
  auto const host = Kokkos::create_mirror_view(to);
  std::size_t const width = to.extent(1);
  for (std::size_t k = 0; k < list.size(); ++k)
    host(k / width, k % width) = static_cast<Scalar>(list[k]);
  for (std::size_t k = list.size(); k < to.extent(0) * width; ++k) host(k / width, k % width) = 0;
  if constexpr (!is_host_space<ExecSpace>) {
    Kokkos::deep_copy(space, to, host);
    space.fence();  // the copy on the host goes away
  }
}

template <class Scalar, class ExecSpace>
void add_noise(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
               Matrix<Scalar, ExecSpace> const& known_variance, double common)
{
  bool const has_known = known_variance.extent(0) > 0;
  Kokkos::parallel_for(
      "kovar::gp::add_noise",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(
          space, 0, static_cast<std::int64_t>(a.extent(0))),
      KOKKOS_LAMBDA(std::int64_t i) {
        double const noise = common + (has_known ? static_cast<double>(known_variance(i, 0)) : 0.0);
        a(i, i) = static_cast<Scalar>(static_cast<double>(a(i, i)) + noise);
      });
}

std::vector<std::int64_t> kept_rows(std::vector<double> const& y, std::size_t n, std::size_t q,
                                    MissingTargets missing)
{
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < n; ++i) {
    bool is_kept = true;
    for (std::size_t t = 0; t < q; ++t) {
      double const value = y[t * n + i];
      KOVAR_REQUIRE(
          std::isfinite(value) || missing == MissingTargets::propagate ||
              (missing == MissingTargets::drop && std::isnan(value)),
          "gp: target " << t << " of point " << i << " is " << value
                        << "; leave the point out, or choose to drop missing targets (NaN)");
      if (missing == MissingTargets::drop && std::isnan(value)) is_kept = false;
    }
    if (is_kept) rows.push_back(static_cast<std::int64_t>(i));
  }
  KOVAR_REQUIRE(!rows.empty(), "gp: all " << n << " points miss a target (nothing is left)");
  return rows;
}

}  // namespace

template <class Scalar, class ExecSpace>
FactoredCovariance<Scalar, ExecSpace>::FactoredCovariance(
    ExecSpace const& space, TrainingSet<Scalar, ExecSpace> const& data, Model const& model,
    TrainingOptions const& options)
    : n_given_((require_shapes(data), static_cast<std::int64_t>(data.x.extent(0)))),
      options_((require_jitter(options.jitter), options)),
      rows_(kept_rows(list_of(space, data.y, false), data.y.extent(0), data.y.extent(1),
                      options.missing)),
      x_list_(list_of(space, data.x, true)),
      y_list_(
          chosen_entries(list_of(space, data.y, false), rows_, data.y.extent(0), data.y.extent(1))),
      residual_(y_list_.size()),
      alpha_list_(y_list_.size()),
      points_(make_points<Scalar>(space, static_cast<std::int64_t>(rows_.size()),
                                  static_cast<std::int64_t>(data.x.extent(1)))),
      known_variance_(allocate<Matrix<Scalar, ExecSpace>>(
          space, "kovar::gp::known_variance", data.noise_variance.extent(0) > 0 ? rows_.size() : 0,
          1)),
      kernel_program_((require_model_fits(model, static_cast<std::int64_t>(data.x.extent(1))),
                       KernelProgram(model.kernel, static_cast<std::int64_t>(data.x.extent(1))))),
      program_(make_device_program<Scalar>(space, kernel_program_)),
      square_(allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gp::covariance", rows_.size(),
                                                  rows_.size())),
      alpha_(Kokkos::view_alloc(space, "kovar::gp::alpha"),
             padded_points(static_cast<std::int64_t>(rows_.size())), data.y.extent(1)),
      alpha_host_(Kokkos::create_mirror_view(alpha_)),
      diagonal_(space, static_cast<std::int64_t>(rows_.size()))
{
  std::size_t const d = data.x.extent(1);
  require_finite_rows(x_list_, d);
  x_list_ = chosen_rows(x_list_, rows_, d);
  put_rows(space, x_list_, points_.coordinates);
  if (known_variance_.extent(0) > 0) {
    using Column = Kokkos::View<Scalar const**, Kokkos::LayoutLeft, ExecSpace>;
    auto const variances =
        list_of(space, Column(data.noise_variance.data(), data.noise_variance.extent(0), 1), false);
    require_variances(variances);
    put_rows(space, chosen_rows(variances, rows_, 1), known_variance_);
  }
}

template <class Scalar, class ExecSpace>
FactorReport FactoredCovariance<Scalar, ExecSpace>::factor(ExecSpace const& space,
                                                           Model const& model)
{
  Region const region("kovar::gp::factor");
  set_model(space, model);
  FactorReport const report = factor_with_jitter(space, square_, diagonal_, options_.jitter,
                                                 [&](double jitter) { fill(space, jitter); });
  if (report) find_alpha(space);
  return report;
}

template <class Scalar, class ExecSpace>
void FactoredCovariance<Scalar, ExecSpace>::set_model(ExecSpace const& space, Model const& model)
{
  require_model_fits(model, n_columns());
  put_coefficients(space, kernel_program_, model.kernel, program_);
  learned_noise_ = model.noise.parameters.empty() ? 0 : model.noise.parameters[0].value.at(0);
  find_residual(model.mean);
}

template <class Scalar, class ExecSpace>
void FactoredCovariance<Scalar, ExecSpace>::fill(ExecSpace const& space, double jitter) const
{
  covariance(space, program_, points_, square_);
  add_noise(space, square_, known_variance_, learned_noise_ + jitter);
}

template <class Scalar, class ExecSpace>
void FactoredCovariance<Scalar, ExecSpace>::find_residual(Mean const& mean)
{
  auto const n = static_cast<std::size_t>(points_.n);
  auto const d = static_cast<std::size_t>(n_columns());
  auto const q = static_cast<std::size_t>(n_targets());
  for (std::size_t i = 0; i < n; ++i) {
    double const m = mean_at(mean, &x_list_[i * d], d);
    for (std::size_t t = 0; t < q; ++t) residual_[t * n + i] = y_list_[t * n + i] - m;
  }
}

template <class Scalar, class ExecSpace>
void FactoredCovariance<Scalar, ExecSpace>::find_alpha(ExecSpace const& space)
{
  auto const n = static_cast<std::size_t>(points_.n);
  auto const q = static_cast<std::size_t>(n_targets());
  for (std::size_t t = 0; t < q; ++t)
    for (std::size_t i = 0; i < n; ++i)
      alpha_host_(i, t) = static_cast<Scalar>(residual_[t * n + i]);
  if (!is_host_space<ExecSpace>) Kokkos::deep_copy(space, alpha_, alpha_host_);
  linalg::triangular_solve(space, linalg::Side::factor, square_, alpha_);
  linalg::triangular_solve(space, linalg::Side::transposed, square_, alpha_);
  if (!is_host_space<ExecSpace>) Kokkos::deep_copy(space, alpha_host_, alpha_);
  space.fence();  // the host reads alpha
  for (std::size_t t = 0; t < q; ++t)
    for (std::size_t i = 0; i < n; ++i)
      alpha_list_[t * n + i] = static_cast<double>(alpha_host_(i, t));
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace) template class FactoredCovariance<Scalar, ExecSpace>;
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gp
