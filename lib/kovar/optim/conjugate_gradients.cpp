// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/optim/conjugate_gradients.hpp>
#include <kovar/optim/vector_kernels.hpp>

#include <algorithm>
#include <cmath>

namespace kovar::optim {

namespace {

template <class ExecSpace>
class ConjugateGradients {
 public:
  using Numbers = Vector<double, ExecSpace>;

  ConjugateGradients(ExecSpace const& space, NewtonObjective<ExecSpace>& objective,
                     Vector<double const, ExecSpace> const& b, Numbers const& x,
                     LinearSolveOptions const& options)
      : space_(space), objective_(objective), b_(b), x_(x), wanted_(options.relative_residual)
  {
    auto const n = objective.size();
    limit_ = options.max_products > 0 ? options.max_products : 10 * n + 20;
    for (auto* const v : {&residual_, &direction_, &product_, &z_})
      *v = Numbers(Kokkos::view_alloc(space, "kovar::optim::conjugate_gradients"), n);
  }

  LinearSolveResult run()
  {
    Kokkos::deep_copy(space_, x_, 0);
    Kokkos::deep_copy(space_, residual_, b_);
    double rz = measure();
    start_ = rz;
    if (rz < 0) result_.status = LinearSolveStatus::indefinite;  // the preconditioner is
    double last = HUGE_VAL;
    while (rz > 0) {
      bool const goes_on = iterate(rz);
      rz = measure_anew();
      result_.relative_residual = std::sqrt(rz / start_);
      if (!goes_on || !std::isfinite(rz)) break;
      if (result_.relative_residual <= wanted_) break;
      // What one round of the recurrence does not halve, roundings make.
      if (!(result_.relative_residual < last / 2)) {
        result_.status = LinearSolveStatus::no_progress;
        break;
      }
      last = result_.relative_residual;
    }
    if (!std::isfinite(rz)) result_.status = LinearSolveStatus::not_finite;
    return result_;
  }

 private:
  // z_ = M^-1 r; returns r^T z.
  double measure()
  {
    objective_.precondition(space_, residual_, z_);
    return dot<ExecSpace>(space_, residual_, z_);
  }

  // residual_ = b - H x by a product.
  double measure_anew()
  {
    objective_.hessian_product(space_, x_, residual_);
    ++result_.n_products;
    combine<ExecSpace>(space_, 1, b_, -1, residual_);
    return measure();
  }

  // From the residual and its z until the recurrence says that it is done. False: it cannot go on.
  bool iterate(double rz)
  {
    Kokkos::deep_copy(space_, direction_, z_);
    double const enough = wanted_ * wanted_ * start_ / 4;
    while (rz > enough) {
      if (result_.n_products >= limit_) {
        result_.status = LinearSolveStatus::product_limit;
        return false;
      }
      objective_.hessian_product(space_, direction_, product_);
      ++result_.n_products;
      double const curvature = dot<ExecSpace>(space_, direction_, product_);
      if (!(curvature > 0)) {
        result_.status =
            std::isnan(curvature) ? LinearSolveStatus::not_finite : LinearSolveStatus::indefinite;
        return false;
      }
      double const alpha = rz / curvature;
      combine<ExecSpace>(space_, alpha, direction_, 1, x_);
      combine<ExecSpace>(space_, -alpha, product_, 1, residual_);
      double const next = measure();
      combine<ExecSpace>(space_, 1, z_, next / rz, direction_);
      rz = next;
    }
    return true;
  }

  ExecSpace space_;
  NewtonObjective<ExecSpace>& objective_;
  Vector<double const, ExecSpace> b_;
  Numbers x_;
  double wanted_;
  std::int64_t limit_ = 0;
  Numbers residual_;
  Numbers direction_;
  Numbers product_;
  Numbers z_;
  double start_ = 0;
  LinearSolveResult result_;
};

}  // namespace

char const* name_of(LinearSolveStatus status)
{
  switch (status) {
    case LinearSolveStatus::solved:
      return "solved";
    case LinearSolveStatus::product_limit:
      return "limit of products";
    case LinearSolveStatus::no_progress:
      return "no progress";
    case LinearSolveStatus::indefinite:
      return "Hessian not positive definite";
    case LinearSolveStatus::not_finite:
      return "not finite";
  }
  return "";
}

template <class ExecSpace>
LinearSolveResult solve_by_conjugate_gradients(ExecSpace const& space,
                                               NewtonObjective<ExecSpace>& objective,
                                               Vector<double const, ExecSpace> const& b,
                                               Vector<double, ExecSpace> const& x,
                                               LinearSolveOptions const& options)
{
  auto const n = static_cast<std::size_t>(objective.size());
  KOVAR_REQUIRE(b.extent(0) == n && x.extent(0) == n, "solve_by_conjugate_gradients: b and x have "
                                                          << b.extent(0) << " and " << x.extent(0)
                                                          << " entries for " << n
                                                          << " parameters (one each is needed)");
  Region const region("kovar::optim::conjugate_gradients");
  return ConjugateGradients<ExecSpace>(space, objective, b, x, options).run();
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                         \
  template LinearSolveResult solve_by_conjugate_gradients(                                   \
      ExecSpace const&, NewtonObjective<ExecSpace>&, Vector<double const, ExecSpace> const&, \
      Vector<double, ExecSpace> const&, LinearSolveOptions const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::optim
