// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gp/factored_covariance.hpp>

namespace kovar::gp {
namespace {

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

}  // namespace

template <class Scalar, class ExecSpace>
FactoredCovariance<Scalar, ExecSpace>::FactoredCovariance(
    ExecSpace const& space, TrainingSet<Scalar, ExecSpace> const& data, Model const& model,
    TrainingOptions const& options)
    : lists_(make_training_lists(space, data, options.missing)),
      options_((require_jitter(options.jitter), options)),
      residual_(lists_.y.size()),
      alpha_list_(lists_.y.size()),
      points_(make_points<Scalar>(space, lists_.n(), lists_.n_columns)),
      known_variance_(allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gp::known_variance",
                                                          lists_.noise_variance.size(), 1)),
      kernel_program_((require_model_fits(model, lists_.n_columns),
                       KernelProgram(model.kernel, lists_.n_columns))),
      program_(make_device_program<Scalar>(space, kernel_program_)),
      square_(allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gp::covariance", lists_.n(),
                                                  lists_.n())),
      alpha_(Kokkos::view_alloc(space, "kovar::gp::alpha"), padded_points(lists_.n()),
             lists_.n_targets),
      alpha_host_(Kokkos::create_mirror_view(alpha_)),
      diagonal_(space, lists_.n())
{
  put_rows(space, lists_.x, points_.coordinates);
  if (!lists_.noise_variance.empty()) put_rows(space, lists_.noise_variance, known_variance_);
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
  find_residual(lists_, model.mean, residual_);
}

template <class Scalar, class ExecSpace>
void FactoredCovariance<Scalar, ExecSpace>::fill(ExecSpace const& space, double jitter) const
{
  covariance(space, program_, points_, square_);
  add_noise(space, square_, known_variance_, learned_noise_ + jitter);
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
