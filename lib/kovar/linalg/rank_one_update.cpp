// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/permutation.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/backend/host_lapack.hpp>
#include <kovar/linalg/largest_magnitude.hpp>
#include <kovar/linalg/rank_one_update.hpp>
#include <kovar/linalg/secular_equation.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace kovar::linalg {
namespace {

using Indices = std::vector<std::int64_t>;

std::size_t as_size(std::int64_t i) { return static_cast<std::size_t>(i); }

/// A plane rotation of two of the halves' vectors: (p, q) becomes (c p + s q, c q - s p).
struct Rotation {
  std::int64_t p;
  std::int64_t q;
  double c;
  double s;
};

/// What the rank-one term leaves of the problem: the poles that it moves, and pairs that stay.
struct Deflation {
  Indices kept;                     ///< vectors of the halves that the term moves, values ascending
  Indices settled;                  ///< vectors that are eigenvectors already
  std::vector<Rotation> rotations;  ///< in their order
  std::vector<double> values;       ///< of the halves, as the rotations leave them
  std::vector<double> z;            ///< the term's vector in the basis of the halves' vectors
  double rho = 0;                   ///< the term is rho z z^T
};

/// Last row of the upper vectors and first row of the lower ones, of length 1.
template <class Scalar>
std::vector<double> tearing_vector(Halves<Scalar> const& halves, double tear)
{
  double const upper_root = std::sqrt(0.5);
  double const lower_root = std::copysign(upper_root, tear);
  std::vector<double> z(halves.values.size());
  for (std::int64_t i = 0; i < halves.upper.n; ++i)
    z[as_size(i)] = upper_root * halves.upper.vectors[halves.upper.n - 1 + i * halves.upper.n];
  for (std::int64_t i = 0; i < halves.lower.n; ++i)
    z[as_size(halves.upper.n + i)] = lower_root * halves.lower.vectors[i * halves.lower.n];
  return z;
}

/// Set aside vectors that the term hardly touches, and of two vectors with almost one value a
/// combination that it does not touch.
template <class Scalar>
Deflation deflate(Halves<Scalar> const& halves, double tear)
{
  Deflation result;
  result.values = halves.values;
  result.z = tearing_vector(halves, tear);
  result.rho = 2 * std::fabs(tear);
  auto& values = result.values;
  auto& z = result.z;
  constexpr double epsilon = std::numeric_limits<Scalar>::epsilon() / 2;  // unit roundoff
  double const tolerance = 8 * epsilon * std::max(largest_magnitude(values), largest_magnitude(z));

  std::int64_t before = -1;  // the last vector that is not yet set aside
  for (std::int64_t const i : ascending_order(values)) {
    if (result.rho * std::fabs(z[as_size(i)]) <= tolerance) {
      result.settled.push_back(i);
      continue;
    }
    if (before >= 0) {
      double const length = std::hypot(z[as_size(before)], z[as_size(i)]);
      double const c = z[as_size(i)] / length;
      double const s = -z[as_size(before)] / length;
      double const low = values[as_size(before)];
      double const high = values[as_size(i)];
      if (std::fabs((high - low) * c * s) <= tolerance) {
        result.rotations.push_back({before, i, c, s});
        z[as_size(i)] = length;
        z[as_size(before)] = 0;
        values[as_size(before)] = low * c * c + high * s * s;
        values[as_size(i)] = low * s * s + high * c * c;
        result.settled.push_back(before);
      } else {
        result.kept.push_back(before);
      }
    }
    before = i;
  }
  if (before >= 0) result.kept.push_back(before);
  return result;
}

/// Where a column of the result comes from.
struct Source {
  std::int64_t index;  ///< of a root, or of a vector of the halves
  bool is_root;
};

/// Columns of the halves' vectors that enter the product, moved to the front of each half.
struct ActiveColumns {
  Indices row;  ///< of a vector of the halves: its row among the coefficients, -1 if it has none
  std::int64_t n_upper = 0;
  std::int64_t n_lower = 0;
  std::int64_t count() const { return n_upper + n_lower; }
};

template <class Scalar>
ActiveColumns find_active(Halves<Scalar> const& halves, Deflation const& deflation)
{
  ActiveColumns active;
  active.row.assign(halves.values.size(), -1);
  for (std::int64_t const i : deflation.kept) active.row[as_size(i)] = 0;
  for (Rotation const& r : deflation.rotations)
    active.row[as_size(r.p)] = active.row[as_size(r.q)] = 0;
  std::int64_t n_rows = 0;
  for (std::int64_t& row : active.row)
    if (row == 0) row = n_rows++;
  auto const end_of_upper = active.row.begin() + halves.upper.n;
  active.n_upper =
      std::count_if(active.row.begin(), end_of_upper, [](std::int64_t row) { return row >= 0; });
  active.n_lower = n_rows - active.n_upper;
  return active;
}

/// Move the active columns of a half to its front.
template <class Scalar>
void move_to_front(Half<Scalar> const& half, std::int64_t const* row, std::int64_t first_row)
{
  for (std::int64_t i = 0; i < half.n; ++i) {
    std::int64_t const to = row[i] - first_row;
    if (row[i] < 0 || to == i) continue;
    std::copy_n(half.vectors + i * half.n, half.n, half.vectors + to * half.n);
  }
}

/// The problem after deflation, and its solution.
template <class Scalar>
struct Joined {
  Halves<Scalar> halves;
  Deflation deflation;
  SecularEquation equation;
  std::vector<SecularRoot> roots;
  std::vector<double> z;  ///< consistent with the roots
  ActiveColumns active;
};

template <class Scalar, class HostSpace>
void solve_secular(HostSpace const& space, Joined<Scalar>& joined)
{
  auto const& deflation = joined.deflation;
  auto& equation = joined.equation;
  for (std::int64_t const i : deflation.kept) {
    equation.poles.push_back(deflation.values[as_size(i)]);
    equation.weights.push_back(deflation.z[as_size(i)] * deflation.z[as_size(i)]);
  }
  std::int64_t const k = equation.order();
  if (k == 0) return;
  equation.inverse_rho = 1 / deflation.rho;
  joined.roots.resize(as_size(k));
  joined.z.resize(as_size(k));
  using Policy = Kokkos::RangePolicy<HostSpace, Kokkos::Schedule<Kokkos::Dynamic>,
                                     Kokkos::IndexType<std::int64_t>>;
  SecularRoot* const roots = joined.roots.data();
  Kokkos::parallel_for(
      "kovar::linalg::secular_roots", Policy(space, 0, k),
      [&equation, roots](std::int64_t j) { roots[j] = secular_root(equation, j); });
  space.fence();  // the components need all roots
  double* const z = joined.z.data();
  auto const& all_roots = joined.roots;
  Kokkos::parallel_for("kovar::linalg::consistent_components", Policy(space, 0, k),
                       [&, z](std::int64_t i) {
                         z[i] = std::copysign(consistent_component(equation, all_roots, i),
                                              deflation.z[as_size(deflation.kept[as_size(i)])]);
                       });
  space.fence();  // the host reads the components
}

/// Coefficients of one column in the active vectors.
template <class Scalar>
void fill_coefficients(Joined<Scalar> const& joined, Source const& source, Scalar* y)
{
  auto const& row = joined.active.row;
  std::fill_n(y, joined.active.count(), Scalar(0));
  if (source.is_root) {
    auto const& poles = joined.equation.poles;
    SecularRoot const root = joined.roots[as_size(source.index)];
    std::int64_t const k = joined.equation.order();
    double sum = 0;
    for (std::int64_t i = 0; i < k; ++i) {
      double const entry = joined.z[as_size(i)] / distance(poles[as_size(i)], root);
      sum += entry * entry;
    }
    double const scale = 1 / std::sqrt(sum);
    for (std::int64_t i = 0; i < k; ++i)
      y[row[as_size(joined.deflation.kept[as_size(i)])]] =
          static_cast<Scalar>(scale * (joined.z[as_size(i)] / distance(poles[as_size(i)], root)));
  } else {
    y[row[as_size(source.index)]] = 1;
  }
  auto const& rotations = joined.deflation.rotations;
  for (auto r = rotations.rbegin(); r != rotations.rend(); ++r) {
    Scalar& p = y[row[as_size(r->p)]];
    Scalar& q = y[row[as_size(r->q)]];
    auto const c = static_cast<Scalar>(r->c);
    auto const s = static_cast<Scalar>(r->s);
    Scalar const of_p = p;
    p = c * of_p - s * q;
    q = s * of_p + c * q;
  }
}

/// Columns that are products of active vectors and coefficients, a block at a time.
template <class Scalar, class HostSpace>
void multiply(HostSpace const& space, Joined<Scalar> const& joined,
              std::vector<Source> const& sources, Indices const& columns, Scalar* vectors)
{
  constexpr std::int64_t largest_block = 128;
  auto const n = static_cast<std::int64_t>(joined.halves.values.size());
  auto const n_columns = static_cast<std::int64_t>(columns.size());
  std::int64_t const block = std::min(n_columns, largest_block);
  std::int64_t const n_active = joined.active.count();
  auto const coefficients = allocate<Vector<Scalar, HostSpace>>(
      space, "kovar::linalg::eigenvector_coefficients", n_active * block);
  auto const product =
      allocate<Vector<Scalar, HostSpace>>(space, "kovar::linalg::eigenvector_block", n * block);
  using Policy = Kokkos::RangePolicy<HostSpace, Kokkos::IndexType<std::int64_t>>;
  for (std::int64_t first = 0; first < n_columns; first += block) {
    std::int64_t const count = std::min(block, n_columns - first);
    Kokkos::parallel_for("kovar::linalg::fill_coefficients", Policy(space, 0, count),
                         [&](std::int64_t j) {
                           fill_coefficients(joined, sources[as_size(first + j)],
                                             coefficients.data() + j * n_active);
                         });
    space.fence();  // the BLAS reads the coefficients
    auto const as_int = [](std::int64_t i) { return static_cast<int>(i); };
    auto const of_half = [&](Half<Scalar> const& half, std::int64_t n_terms, std::int64_t row,
                             std::int64_t first_term) {
      backend::host::gemm('N', 'N', as_int(half.n), as_int(count), as_int(n_terms), Scalar(1),
                          half.vectors, as_int(half.n), coefficients.data() + first_term,
                          as_int(n_active), Scalar(0), product.data() + row, as_int(n));
    };
    of_half(joined.halves.upper, joined.active.n_upper, 0, 0);
    of_half(joined.halves.lower, joined.active.n_lower, joined.halves.upper.n,
            joined.active.n_upper);
    Kokkos::parallel_for(
        "kovar::linalg::place_columns", Policy(space, 0, count), [&](std::int64_t j) {
          std::copy_n(product.data() + j * n, n, vectors + columns[as_size(first + j)] * n);
        });
    space.fence();  // the block is used again
  }
}

/// A column that is a vector of one half.
template <class Scalar>
void copy_settled(Halves<Scalar> const& halves, std::int64_t index, Scalar* column)
{
  bool const is_upper = index < halves.upper.n;
  Half<Scalar> const& half = is_upper ? halves.upper : halves.lower;
  std::int64_t const of_half = is_upper ? index : index - halves.upper.n;
  std::int64_t const first = is_upper ? 0 : halves.upper.n;
  std::fill_n(column, halves.values.size(), Scalar(0));
  std::copy_n(half.vectors + of_half * half.n, half.n, column + first);
}

}  // namespace

template <class Scalar, class HostSpace>
std::vector<double> join_halves(HostSpace const& space, Halves<Scalar> const& halves, double tear,
                                EigenRange const& range, Scalar* vectors)
{
  Joined<Scalar> joined;
  joined.halves = halves;
  joined.deflation = deflate(halves, tear);
  joined.active = find_active(halves, joined.deflation);
  solve_secular(space, joined);

  std::vector<double> values;
  std::vector<Source> sources;
  for (std::size_t j = 0; j < joined.roots.size(); ++j) {
    values.push_back(joined.roots[j].value());
    sources.push_back({static_cast<std::int64_t>(j), true});
  }
  for (std::int64_t const i : joined.deflation.settled) {
    values.push_back(joined.deflation.values[as_size(i)]);
    sources.push_back({i, false});
  }
  Indices const order = ascending_order(values);
  std::vector<double> sorted;
  for (std::int64_t const i : order) sorted.push_back(values[as_size(i)]);

  auto const n = static_cast<std::int64_t>(halves.values.size());
  std::vector<Source> of_products;
  Indices columns;
  for (std::int64_t p = range.first; p < range.last; ++p) {
    Source const source = sources[as_size(order[as_size(p)])];
    if (!source.is_root && joined.active.row[as_size(source.index)] < 0) {
      copy_settled(halves, source.index, vectors + (p - range.first) * n);
    } else {
      of_products.push_back(source);
      columns.push_back(p - range.first);
    }
  }
  move_to_front(halves.upper, joined.active.row.data(), 0);
  move_to_front(halves.lower, joined.active.row.data() + halves.upper.n, joined.active.n_upper);
  multiply(space, joined, of_products, columns, vectors);
  return sorted;
}

#define KOVAR_INSTANTIATE(Scalar, HostSpace)                                                \
  template std::vector<double> join_halves(HostSpace const&, Halves<Scalar> const&, double, \
                                           EigenRange const&, Scalar*);
#define KOVAR_INSTANTIATE_BOTH(HostSpace) \
  KOVAR_INSTANTIATE(double, HostSpace)    \
  KOVAR_INSTANTIATE(float, HostSpace)
KOVAR_FOR_EACH_HOST_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::linalg
