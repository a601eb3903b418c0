// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/each_of.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/fit_objective.hpp>

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

}  // namespace

template <class ExecSpace>
FitObjective<ExecSpace>::FitObjective(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                                      std::vector<double> const& x,
                                      std::vector<std::int64_t> const& free)
    : likelihood_(likelihood),
      free_(to_space(space, free, "kovar::fit::free")),
      x_(to_space(space, x, "kovar::fit::x")),
      direction_(Kokkos::view_alloc(space, "kovar::fit::direction"), x.size()),
      result_(Kokkos::view_alloc(space, "kovar::fit::result"), x.size()),
      diagonal_(Kokkos::view_alloc(space, "kovar::fit::diagonal"), x.size())
{
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
  likelihood_.hessian_diagonal(space, HessianForm::fisher, diagonal_);
  has_step_ = false;
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
  auto const places = free_;
  auto const diagonal = diagonal_;
  Kokkos::parallel_for(
      "kovar::fit::precondition", each_of(space, static_cast<std::int64_t>(places.extent(0))),
      KOKKOS_LAMBDA(std::int64_t k) {
        double const curvature = diagonal(places(k));
        z(k) = curvature > 0 ? r(k) / curvature : r(k);
      });
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
