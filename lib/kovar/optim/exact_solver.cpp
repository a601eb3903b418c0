// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/eigen.hpp>
#include <kovar/optim/more_sorensen.hpp>
#include <kovar/optim/region_solver.hpp>

#include <cmath>
#include <vector>

namespace kovar::optim {

namespace {

using Host = Kokkos::DefaultHostExecutionSpace;
using List = std::vector<double>;

template <class ExecSpace>
class ExactSolver final : public RegionSolver<ExecSpace> {
 public:
  ExactSolver(ExecSpace const& space, NewtonObjective<ExecSpace>& objective)
      : objective_(objective),
        vector_(Kokkos::view_alloc(space, "kovar::optim::unit"), objective.size()),
        product_(Kokkos::view_alloc(space, "kovar::optim::product"), objective.size())
  {
  }

  void move() override { is_known_ = false; }

  RegionStep solve(ExecSpace const& space, Vector<double const, ExecSpace> const& gradient,
                   double radius, RegionTolerance const& tolerance,
                   Vector<double, ExecSpace> const& step) override
  {
    RegionStep found;
    if (!is_known_) found.n_products = decompose(space, found.is_finite);
    if (!found.is_finite) return found;
    auto const minimum = minimize_in_sphere(
        pairs_.values, to_eigenvectors(to_list(space, gradient)), radius, tolerance.noise);
    Kokkos::deep_copy(space, step,
                      to_space(space, from_eigenvectors(minimum.p), "kovar::optim::exact_step"));
    space.fence();  // the copy goes away
    found.promise = minimum.promise;
    found.length = minimum.length;
    found.is_at_boundary = minimum.is_at_boundary;
    found.is_convex = minimum.is_convex;
    return found;
  }

 private:
  std::int64_t size() const { return objective_.size(); }

  // The eigenpairs of D^-1/2 H D^-1/2, D being the scales. Returns the number of products.
  std::int64_t decompose(ExecSpace const& space, bool& is_finite)
  {
    objective_.scales(space, product_);
    root_ = to_list(space, product_);
    for (double& entry : root_) entry = std::sqrt(entry);
    Host const host;
    auto const h = allocate<Matrix<double, Host>>(host, "kovar::optim::hessian", size(), size());
    for (std::int64_t j = 0; j < size(); ++j) {
      List unit(root_.size(), 0.0);
      unit[static_cast<std::size_t>(j)] = 1 / root_[static_cast<std::size_t>(j)];
      Kokkos::deep_copy(space, vector_, to_space(space, unit, "kovar::optim::unit"));
      objective_.hessian_product(space, vector_, product_);
      auto const column = to_list(space, product_);
      for (std::int64_t i = 0; i < size(); ++i) {
        auto const k = static_cast<std::size_t>(i);
        h(i, j) = column[k] / root_[k];
        is_finite = is_finite && std::isfinite(h(i, j));
      }
    }
    if (!is_finite) return size();
    pairs_ = linalg::eigenpairs(host, h);
    host.fence();  // vectors are read here
    is_known_ = true;
    return size();
  }

  List to_eigenvectors(List const& gradient) const
  {
    List slopes(gradient.size(), 0.0);
    for (std::int64_t j = 0; j < size(); ++j)
      for (std::int64_t i = 0; i < size(); ++i) {
        auto const k = static_cast<std::size_t>(i);
        slopes[static_cast<std::size_t>(j)] += pairs_.vectors(i, j) * (gradient[k] / root_[k]);
      }
    return slopes;
  }

  List from_eigenvectors(List const& p) const
  {
    List step(p.size(), 0.0);
    for (std::int64_t j = 0; j < size(); ++j)
      for (std::int64_t i = 0; i < size(); ++i)
        step[static_cast<std::size_t>(i)] += pairs_.vectors(i, j) * p[static_cast<std::size_t>(j)];
    for (std::size_t i = 0; i < step.size(); ++i) step[i] /= root_[i];
    return step;
  }

  NewtonObjective<ExecSpace>& objective_;
  Vector<double, ExecSpace> vector_;
  Vector<double, ExecSpace> product_;
  bool is_known_ = false;
  List root_;  // of the scales
  linalg::Eigenpairs<double, Host> pairs_;
};

}  // namespace

template <class ExecSpace>
std::unique_ptr<RegionSolver<ExecSpace>> make_exact_solver(ExecSpace const& space,
                                                           NewtonObjective<ExecSpace>& objective)
{
  return std::make_unique<ExactSolver<ExecSpace>>(space, objective);
}

#define KOVAR_INSTANTIATE(ExecSpace)                                   \
  template std::unique_ptr<RegionSolver<ExecSpace>> make_exact_solver( \
      ExecSpace const&, NewtonObjective<ExecSpace>&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::optim
