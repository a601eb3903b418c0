// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/condition_blocks.hpp>
#include <kovar/gsn/factored_psd.hpp>
#include <kovar/gsn/negative_eigenpairs.hpp>
#include <kovar/gsn/projection_plan.hpp>
#include <kovar/gsn/tall_products.hpp>

#include <algorithm>
#include <string>

namespace kovar::gsn {
namespace {

/// Of residuals over the norm: entries of P(A) are then off by some 1e-12 / sqrt(N) of it, fewer digits than section 21
/// of the specification compares.
constexpr double pair_tolerance = 1e-12;

/// Sets column k to the unit vector of the k-th lifted unit.
template <class ExecSpace>
void fill_lifted_columns(ExecSpace const& space, ProjectionPlan const& plan,
                         Matrix<double, ExecSpace> const& to)
{
  Kokkos::deep_copy(space, to, 0.0);
  auto const n = static_cast<std::int64_t>(plan.lifted.size());
  auto const unit = to_space(space, plan.lifted, "kovar::gsn::lifted_units");
  std::int64_t const first = plan.first_lifted;
  Kokkos::parallel_for(
      "kovar::gsn::fill_lifted_columns",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t k) { to(unit(k), first + k) = 1; });
}

/// Weights of the lifted columns, which take the lift back, on all ranks.
std::vector<double> lifted_weights(dist::Communicator const& comm, ProjectionPlan const& plan,
                                   std::vector<double> const& diagonal)
{
  std::vector<double> weights(static_cast<std::size_t>(plan.n_lifted), 0.0);
  for (std::size_t k = 0; k < plan.lifted.size(); ++k)
    weights[static_cast<std::size_t>(plan.first_lifted) + k] =
        plan.sign * diagonal[static_cast<std::size_t>(plan.lifted[k])] - plan.lift;
  comm.sum_to_all(weights.data(), plan.n_lifted);
  comm.broadcast(weights.data(), plan.n_lifted);
  return weights;
}

/// sign * (A + Diag(change)) with a diagonal part that is not negative, and room for its negative pairs.
template <class ExecSpace>
struct OneSided {
  FactoredMatrix<ExecSpace> matrix;
  Matrix<double, ExecSpace> storage;  ///< [factor of A | lifted | room]
  std::int64_t n_pairs = 0;           ///< columns of the room
};

/// Refuse what a search needs and this rank does not have: each projection of the loop adds columns.
template <class ExecSpace>
void require_room(std::size_t n_local, std::int64_t n_columns, std::int64_t n_pairs)
{
  auto const r = static_cast<double>(n_columns);
  double const columns =
      r + 4 * static_cast<double>(n_pairs);  // the search has three times the pairs
  require_memory<ExecSpace>(
      "form=factored: a projection with " + std::to_string(n_columns) + " columns",
      8 * (static_cast<double>(n_local) * columns + 4 * r * r),
      "use more ranks, or take form=dense");
}

template <class ExecSpace>
OneSided<ExecSpace> one_sided(ExecSpace const& space, dist::Communicator const& comm,
                              FactoredMatrix<ExecSpace> const& a, std::vector<char> const& varies,
                              std::vector<double> const& diagonal, ProjectionPlan const& plan)
{
  OneSided<ExecSpace> result;
  FactoredMatrix<ExecSpace>& matrix = result.matrix;
  matrix.n_units = a.n_units;
  for (double const weight : a.weights) matrix.weights.push_back(plan.sign * weight);
  std::vector<double> const lifted = lifted_weights(comm, plan, diagonal);
  matrix.weights.insert(matrix.weights.end(), lifted.begin(), lifted.end());
  result.n_pairs = std::count_if(matrix.weights.begin(), matrix.weights.end(),
                                 [](double weight) { return weight < 0; });
  std::vector<double> d;
  for (std::size_t i = 0; i < varies.size(); ++i)
    d.push_back(varies[i] == 1 ? plan.sign * (diagonal[i] + plan.change[i]) : plan.lift);
  for (std::int64_t const unit : plan.lifted) d[static_cast<std::size_t>(unit)] = plan.lift;
  auto const r = static_cast<std::int64_t>(a.factor.extent(1));
  std::int64_t const r_lifted = r + plan.n_lifted;
  dist::agree(comm, [&] {
    require_room<ExecSpace>(d.size(), r_lifted, result.n_pairs);
    matrix.diagonal = to_space(space, d, "kovar::gsn::one_sided_diagonal");
    result.storage = allocate<Matrix<double, ExecSpace>>(
        space, "kovar::gsn::shared_factor", a.factor.extent(0), r_lifted + result.n_pairs);
    if (r > 0) Kokkos::deep_copy(space, columns(result.storage, 0, r), a.factor);
    if (plan.n_lifted > 0) fill_lifted_columns(space, plan, columns(result.storage, r, r_lifted));
    matrix.factor = columns(result.storage, 0, r_lifted);
  });
  return result;
}

FactoredProjection report_of(ProjectionPlan const& plan, std::int64_t n_pairs)
{
  FactoredProjection report;
  report.n_pairs = n_pairs;
  report.n_lifted = plan.n_lifted;
  report.change = plan.change_norm;
  return report;
}

}  // namespace

template <class ExecSpace>
FactoredPsd<ExecSpace> nearest_factored_psd(ExecSpace const& space, dist::Communicator const& comm,
                                            FactoredMatrix<ExecSpace> const& a,
                                            std::vector<char> const& varies,
                                            std::int64_t largest_n_lifted,
                                            std::function<void(double)> const& progress,
                                            Matrix<double, ExecSpace> const& known_gram)
{
  Region const region("kovar::gsn::nearest_factored_psd");
  std::vector<double> diagonal = to_list(space, a.diagonal);
  ProjectionPlan const plan = plan_projection(comm, diagonal, varies, largest_n_lifted);
  auto const side = one_sided(space, comm, a, varies, diagonal, plan);
  auto const r = static_cast<std::int64_t>(a.factor.extent(1));
  std::int64_t const first = r + plan.n_lifted;
  auto const gram = extended_gram(space, comm, known_gram, a.factor);
  auto const pairs = negative_eigenpairs<ExecSpace>(
      space, comm, side.matrix, columns(side.storage, first, first + side.n_pairs), pair_tolerance,
      progress, extended_gram(space, comm, gram, side.matrix.factor));
  auto const n_pairs = static_cast<std::int64_t>(pairs.values.size());
  FactoredPsd<ExecSpace> result;
  result.report = report_of(plan, n_pairs);
  result.report.norm = pairs.norm;
  result.report.residual = pairs.residual;
  result.report.is_complete = pairs.is_complete;
  result.report.error_bound = pairs.error_bound + plan.change_norm;
  result.report.work = pairs.work;
  bool const keeps = plan.sign > 0;
  result.is_unchanged = keeps && n_pairs == 0 && plan.change_norm == 0;
  result.matrix = a;
  if (result.is_unchanged) return result;

  if (plan.n_lifted > 0)
    for (std::int64_t k = 0; k < n_pairs; ++k)
      Kokkos::deep_copy(space, Kokkos::subview(side.storage, Kokkos::ALL, r + k),
                        Kokkos::subview(pairs.vectors, Kokkos::ALL, k));
  result.matrix.factor = columns(side.storage, 0, r + n_pairs);
  for (std::size_t i = 0; i < diagonal.size(); ++i)
    diagonal[i] = keeps ? diagonal[i] + plan.change[i] : 0;
  dist::agree(comm, [&] {
    result.matrix.diagonal = to_space(space, diagonal, "kovar::gsn::psd_diagonal");
  });
  if (!keeps) result.matrix.weights.assign(a.weights.size(), 0.0);
  for (double const value : pairs.values) result.matrix.weights.push_back(-value);
  return result;
}

template <class ExecSpace>
FactoredMatrix<ExecSpace> combined(ExecSpace const& space, double x,
                                   FactoredMatrix<ExecSpace> const& a, double y,
                                   FactoredMatrix<ExecSpace> const& b)
{
  auto const wide = a.factor.extent(1) > b.factor.extent(1) ? a.factor : b.factor;
  FactoredMatrix<ExecSpace> sum = widened(a, wide);
  FactoredMatrix<ExecSpace> const other = widened(b, wide);
  std::vector<double> diagonal = to_list(space, a.diagonal);
  std::vector<double> const added = to_list(space, b.diagonal);
  for (std::size_t i = 0; i < diagonal.size(); ++i) diagonal[i] = x * diagonal[i] + y * added[i];
  for (std::size_t k = 0; k < sum.weights.size(); ++k)
    sum.weights[k] = x * sum.weights[k] + y * other.weights[k];
  sum.diagonal = to_space(space, diagonal, "kovar::gsn::combined_diagonal");
  return sum;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                    \
  template FactoredPsd<ExecSpace> nearest_factored_psd(                                 \
      ExecSpace const&, dist::Communicator const&, FactoredMatrix<ExecSpace> const&,    \
      std::vector<char> const&, std::int64_t, std::function<void(double)> const&,       \
      Matrix<double, ExecSpace> const&);                                                \
  template FactoredMatrix<ExecSpace> combined(ExecSpace const&, double,                 \
                                              FactoredMatrix<ExecSpace> const&, double, \
                                              FactoredMatrix<ExecSpace> const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
