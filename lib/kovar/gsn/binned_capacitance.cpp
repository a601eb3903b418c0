// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/binned_capacitance.hpp>
#include <kovar/gsn/tall_products.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/triangle.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace kovar::gsn {
namespace {

constexpr double usual_spacing = 0.2;  ///< of knots in log(d + s)
constexpr std::int64_t most_knots = 128;

/// Equidistant knots in u = log(d + s), over all ranks: those next to a unit, and one more at either end.
struct Knots {
  double first = 0;
  double spacing = usual_spacing;
  std::int64_t n = 0;
};

Knots knots_of(dist::Communicator const& comm, std::vector<double> const& u)
{
  double const infinity = std::numeric_limits<double>::infinity();
  double ends[2] = {-infinity, -infinity};
  for (double const x : u) {
    ends[0] = std::max(ends[0], -x);
    ends[1] = std::max(ends[1], x);
  }
  comm.max_to_all(ends, 2);
  Knots knots;
  if (ends[1] == -infinity) return knots;
  double const length = ends[1] + ends[0];
  knots.spacing = std::max(usual_spacing, length / (most_knots - 4));
  knots.first = -ends[0] - knots.spacing;
  knots.n = 4 + static_cast<std::int64_t>(length / knots.spacing);
  return knots;
}

/// Units and the roots of their weights, of one sign.
struct WeightedUnits {
  std::vector<std::int64_t> units;
  std::vector<double> roots;
};

/// The units whose polynomials take a knot.
struct KnotUnits {
  WeightedUnits positive;
  WeightedUnits negative;
  std::size_t size() const { return positive.units.size() + negative.units.size(); }
};

/// Lagrange's cubic through the knots -1, 0, 1, 2, at t in [0, 1].
std::array<double, 4> lagrange_weights(double t)
{
  return {-t * (t - 1) * (t - 2) / 6, (t + 1) * (t - 1) * (t - 2) / 2, -(t + 1) * t * (t - 2) / 2,
          (t + 1) * t * (t - 1) / 6};
}

std::vector<KnotUnits> units_of_knots(Knots const& knots, std::vector<double> const& u)
{
  std::vector<KnotUnits> all(static_cast<std::size_t>(knots.n));
  for (std::size_t i = 0; i < u.size(); ++i) {
    double const place = (u[i] - knots.first) / knots.spacing;
    auto const k = std::clamp<std::size_t>(static_cast<std::size_t>(place), 1, all.size() - 3);
    auto const weights = lagrange_weights(place - static_cast<double>(k));
    for (std::size_t j = 0; j < 4; ++j) {
      if (weights[j] == 0) continue;
      KnotUnits& of_knot = all[k + j - 1];
      WeightedUnits& list = weights[j] > 0 ? of_knot.positive : of_knot.negative;
      list.units.push_back(static_cast<std::int64_t>(i));
      list.roots.push_back(std::sqrt(std::fabs(weights[j])));
    }
  }
  return all;
}

/// rows(i, j) := root(i) f(unit(i), j) scale(j)
template <class ExecSpace>
void gather_rows(ExecSpace const& space, Matrix<double, ExecSpace> const& f,
                 Vector<std::int64_t, ExecSpace> const& unit, Vector<double, ExecSpace> const& root,
                 Vector<double, ExecSpace> const& scale, std::int64_t first,
                 Matrix<double, ExecSpace> const& rows)
{
  std::int64_t const n_rows = rows.extent(0);
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      "kovar::gsn::gather_rows", Policy(space, static_cast<int>(f.extent(1)), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const j = team.league_rank();
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_rows), [&](std::int64_t i) {
          rows(i, j) = root(first + i) * f(unit(first + i), j) * scale(j);
        });
      });
}

/// Column k of the matrices side by side, as the matrix that it is.
template <class ExecSpace>
Matrix<double, ExecSpace> matrix_in_column(Matrix<double, ExecSpace> const& columns, std::int64_t k,
                                           std::int64_t n)
{
  return Matrix<double, ExecSpace>(columns.data() + k * n * n, n, n);
}

/// Lower triangle of gram := gram + sign times the sum of the units' rows with themselves; this rank's units.
template <class ExecSpace>
void add_rows(ExecSpace const& space, FactoredResolvent<ExecSpace> const& resolvent, double sign,
              WeightedUnits const& some, Matrix<double, ExecSpace> const& chunk,
              Matrix<double, ExecSpace> const& gram)
{
  auto const unit = to_space(space, some.units, "kovar::gsn::knot_units");
  auto const root = to_space(space, some.roots, "kovar::gsn::knot_roots");
  auto const n = static_cast<std::int64_t>(some.units.size());
  for (std::int64_t first = 0; first < n; first += tall_chunk) {
    Matrix<double, ExecSpace> const rows =
        rows_of(chunk, 0, std::min<std::int64_t>(tall_chunk, n - first));
    gather_rows(space, resolvent.matrix().factor, unit, root, resolvent.roots(), first, rows);
    linalg::syrk(space, linalg::Op::transpose, sign, rows, 1.0, gram);
  }
}

}  // namespace

template <class ExecSpace>
BinnedCapacitance<ExecSpace>::BinnedCapacitance(ExecSpace const& space,
                                                dist::Communicator const& comm,
                                                FactoredResolvent<ExecSpace> const& resolvent,
                                                double highest)
    : space_(space), sign_(resolvent.signs())
{
  Region const region("kovar::gsn::BinnedCapacitance");
  std::vector<double> u = to_list(space, resolvent.matrix().diagonal);
  for (double& x : u) x = std::log(x - highest);
  Knots const knots = knots_of(comm, u);
  auto const units = units_of_knots(knots, u);
  std::vector<double> n_units;
  std::size_t largest = 0;
  for (KnotUnits const& of_knot : units) {
    n_units.push_back(static_cast<double>(of_knot.size()));
    largest = std::max(largest, of_knot.size());
  }
  comm.sum_to_all(n_units.data(), knots.n);
  auto const n_used = std::count_if(n_units.begin(), n_units.end(), [](double n) { return n > 0; });
  std::int64_t const r = sign_.extent(0);
  dist::agree(comm, [&] {
    parts_ = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::binned_parts", r * r, n_used);
    auto const chunk = allocate<Matrix<double, ExecSpace>>(
        space, "kovar::gsn::knot_rows", std::min(static_cast<std::int64_t>(largest), tall_chunk),
        r);
    for (std::size_t k = 0; k < units.size(); ++k) {
      if (n_units[k] == 0) continue;
      auto const part = matrix_in_column(parts_, n_knots(), r);
      Kokkos::deep_copy(space, part, 0.0);
      add_rows(space, resolvent, 1, units[k].positive, chunk, part);
      add_rows(space, resolvent, -1, units[k].negative, chunk, part);
      linalg::fill_upper_triangle(space, part);
      knots_.push_back(std::exp(knots.first + static_cast<double>(k) * knots.spacing) + highest);
    }
  });
  sum_alike(space, comm, parts_);
}

template <class ExecSpace>
Matrix<double, ExecSpace> BinnedCapacitance<ExecSpace>::sum(
    std::vector<double> const& weights) const
{
  std::int64_t const r = sign_.extent(0);
  auto const total = allocate<Matrix<double, ExecSpace>>(space_, "kovar::gsn::binned_sum", r, r);
  auto const weight = to_space(space_, weights, "kovar::gsn::knot_weights");
  Matrix<double, ExecSpace> const column(weight.data(), weights.size(), 1);
  Matrix<double, ExecSpace> const flat(total.data(), r * r, 1);
  linalg::gemm(space_, linalg::Op::none, linalg::Op::none, 1.0, parts_, column, 0.0, flat);
  return total;
}

template <class ExecSpace>
void BinnedCapacitance<ExecSpace>::evaluate(std::vector<double> const& x,
                                            Matrix<double, ExecSpace> const& to) const
{
  std::vector<double> list;
  for (double const shift : x)
    for (double const knot : knots_) list.push_back(1 / (knot - shift));
  auto const n = static_cast<std::int64_t>(x.size());
  std::int64_t const r = sign_.extent(0);
  if (n == 0 || r == 0) return;
  auto const flat = to_space(space_, list, "kovar::gsn::knot_weights");
  Matrix<double, ExecSpace> const weight(flat.data(), knots_.size(), n);
  linalg::gemm(space_, linalg::Op::none, linalg::Op::none, 1.0, parts_, weight, 0.0, to);
  auto const sign = sign_;
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "kovar::gsn::add_signs", Policy(space_, {0, 0}, {r, n}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t k) { to(i * (r + 1), k) += sign(i); });
}

#define KOVAR_INSTANTIATE(ExecSpace) template class BinnedCapacitance<ExecSpace>;
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
