// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/each_of.hpp>
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/fit_objective.hpp>

#include <sstream>

namespace kovar::fit {

namespace {

// Carried products gather the roundings of every step: now and then one is made anew.
constexpr int n_carried_at_most = 8;

template <class ExecSpace>
void scatter(ExecSpace const& space, Vector<double const, ExecSpace> const& from,
             Vector<std::int64_t, ExecSpace> const& places, Vector<double, ExecSpace> const& to)
{
  Kokkos::parallel_for(
      "kovar::fit::scatter", each_of(space, static_cast<std::int64_t>(places.extent(0))),
      KOKKOS_LAMBDA(std::int64_t k) { to(places(k)) = from(k); });
}

template <class ExecSpace>
void gather(ExecSpace const& space, Vector<double, ExecSpace> const& from,
            Vector<std::int64_t, ExecSpace> const& places, Vector<double, ExecSpace> const& to)
{
  Kokkos::parallel_for(
      "kovar::fit::gather", each_of(space, static_cast<std::int64_t>(places.extent(0))),
      KOKKOS_LAMBDA(std::int64_t k) { to(k) = from(places(k)); });
}

// Of what has no curvature or a negative one the magnitude is taken, or one.
template <class ExecSpace>
void make_positive(ExecSpace const& space, Vector<double, ExecSpace> const& diagonal)
{
  Kokkos::parallel_for(
      "kovar::fit::make_positive", each_of(space, static_cast<std::int64_t>(diagonal.extent(0))),
      KOKKOS_LAMBDA(std::int64_t k) {
        double const size = math::fabs(diagonal(k));
        diagonal(k) = size > 0 ? size : 1;
      });
}

}  // namespace

template <class ExecSpace>
FitObjective<ExecSpace>::FitObjective(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                                      std::vector<double> const& x,
                                      std::vector<std::int64_t> const& free,
                                      Preconditioner<ExecSpace>& preconditioner)
    : likelihood_(likelihood),
      preconditioner_(preconditioner),
      free_(to_space(space, free, "kovar::fit::free")),
      x_(to_space(space, x, "kovar::fit::x")),
      direction_(Kokkos::view_alloc(space, "kovar::fit::direction"), x.size()),
      result_(Kokkos::view_alloc(space, "kovar::fit::result"), x.size()),
      diagonal_(Kokkos::view_alloc(space, "kovar::fit::diagonal"), free.size())
{
}

template <class ExecSpace>
void FitObjective<ExecSpace>::stand_here(ExecSpace const& space)
{
  likelihood_.hessian_diagonal(space, HessianForm::fisher, result_);
  gather(space, result_, free_, diagonal_);
  if (!has_stood_) require_curvature(space);
  has_stood_ = true;
  make_positive(space, diagonal_);
  preconditioner_.update(space, diagonal_);
}

template <class ExecSpace>
void FitObjective<ExecSpace>::require_curvature(ExecSpace const& space) const
{
  auto const diagonal = to_list(space, diagonal_);
  auto const free = to_list(space, free_);
  std::ostringstream list;
  std::int64_t n = 0;
  constexpr std::int64_t n_named = 5;
  for (std::size_t k = 0; k < diagonal.size(); ++k) {
    if (diagonal[k] != 0) continue;
    if (n < n_named)
      list << (n == 0 ? "'" : ", '")
           << likelihood_.parameters().names[static_cast<std::size_t>(free[k])] << "'";
    ++n;
  }
  if (n > n_named) list << " and " << n - n_named << " more";
  KOVAR_REQUIRE(n == 0, "fit: nothing at the start depends on "
                            << list.str()
                            << " (to first order no bin, and no constraint and no external "
                               "Hessian does); start elsewhere, constrain or freeze "
                            << (n == 1 ? "it" : "them"));
}

template <class ExecSpace>
double FitObjective<ExecSpace>::try_point(ExecSpace const& space,
                                          Vector<double const, ExecSpace> const& x,
                                          Vector<double, ExecSpace> const& gradient)
{
  scatter(space, x, free_, x_);
  bool const is_carried = has_step_ && n_carried_ < n_carried_at_most;
  double const value = likelihood_.try_point(
      space, x_, result_, is_carried ? ExternalProduct::carried : ExternalProduct::made);
  n_carried_ = is_carried ? n_carried_ + 1 : 0;
  gather(space, result_, free_, gradient);
  return value;
}

template <class ExecSpace>
void FitObjective<ExecSpace>::accept(ExecSpace const& space)
{
  likelihood_.accept();
  has_step_ = false;
  stand_here(space);
}

template <class ExecSpace>
void FitObjective<ExecSpace>::hessian_product(ExecSpace const& space,
                                              Vector<double const, ExecSpace> const& u,
                                              Vector<double, ExecSpace> const& product)
{
  scatter(space, u, free_, direction_);
  likelihood_.hessian_product(space, direction_, result_);
  gather(space, result_, free_, product);
}

template <class ExecSpace>
void FitObjective<ExecSpace>::precondition(ExecSpace const& space,
                                           Vector<double const, ExecSpace> const& r,
                                           Vector<double, ExecSpace> const& z)
{
  preconditioner_.apply(space, r, z);
}

template <class ExecSpace>
void FitObjective<ExecSpace>::scales(ExecSpace const& space,
                                     Vector<double, ExecSpace> const& diagonal)
{
  Kokkos::deep_copy(space, diagonal, diagonal_);
}

template <class ExecSpace>
void FitObjective<ExecSpace>::forget_past(ExecSpace const& /*space*/)
{
  has_step_ = false;
  preconditioner_.forget();
}

template <class ExecSpace>
void FitObjective<ExecSpace>::advance(ExecSpace const& space, double alpha)
{
  likelihood_.advance(space, alpha);
}

template <class ExecSpace>
void FitObjective<ExecSpace>::forget_step(ExecSpace const& space)
{
  likelihood_.forget_step(space);
  has_step_ = true;
}

#define KOVAR_INSTANTIATE(ExecSpace) template class FitObjective<ExecSpace>;
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
