// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/binned_capacitance.hpp>
#include <kovar/gsn/condition_blocks.hpp>
#include <kovar/gsn/factored_resolvent.hpp>
#include <kovar/gsn/negative_eigenpairs.hpp>
#include <kovar/gsn/olsen_corrections.hpp>
#include <kovar/gsn/rayleigh_ritz.hpp>
#include <kovar/gsn/small_eigenpairs.hpp>
#include <kovar/gsn/spectrum_bounds.hpp>
#include <kovar/gsn/tall_products.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace kovar::gsn {
namespace {

constexpr int largest_n_steps = 60;
constexpr int largest_n_idle = 4;     ///< steps that bring nothing, before the search ends
constexpr std::int64_t n_guards = 8;  ///< pairs that are kept beyond the negative ones
constexpr double largest_excess =
    30;  ///< of residuals over the tolerance, where rounding stops the search
constexpr double orthogonal_enough =
    1e-8;  ///< coefficients whose squares, which the lengths of vectors change by, are rounding errors
constexpr double start_rounding = 1e-10;  ///< of the columns that the search starts from
constexpr double smallest_shift = 1e-11;  ///< of the norm
constexpr double count_threshold =
    1e-12;  ///< of the norm: eigenvalues this near zero are not counted

/// a without the columns before the first and after the last weight that is not zero. No copy.
template <class ExecSpace>
FactoredMatrix<ExecSpace> without_outer_zeros(FactoredMatrix<ExecSpace> a)
{
  auto const is_weight = [](double weight) { return weight != 0; };
  auto const first = std::find_if(a.weights.begin(), a.weights.end(), is_weight);
  auto const last = std::find_if(a.weights.rbegin(), a.weights.rend(), is_weight).base();
  if (first >= last) return a;
  a.factor = columns(a.factor, first - a.weights.begin(), last - a.weights.begin());
  a.weights = {first, last};
  return a;
}

std::int64_t number_of_different(std::vector<double> list)
{
  std::sort(list.begin(), list.end());
  return std::unique(list.begin(), list.end()) - list.begin();
}

/// [ Diag(values)  coupling ]
/// [ coupling^T    corner   ]
template <class ExecSpace>
Matrix<double, ExecSpace> bordered(ExecSpace const& space, std::vector<double> const& values,
                                   Matrix<double, ExecSpace> const& coupling,
                                   Matrix<double, ExecSpace> const& corner)
{
  auto const n = static_cast<std::int64_t>(values.size());
  std::int64_t const m = corner.extent(0);
  auto const value = to_space(space, values, "kovar::gsn::ritz_values");
  auto const h = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::bordered", n + m, n + m);
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "kovar::gsn::bordered", Policy(space, {0, 0}, {n + m, n + m}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        if (i < n && j < n)
          h(i, j) = i == j ? value(j) : 0;
        else if (i < n)
          h(i, j) = coupling(i, j - n);
        else if (j < n)
          h(i, j) = coupling(j, i - n);
        else
          h(i, j) = corner(i - n, j - n);
      });
  return h;
}

/// Jacobi-Davidson's method for a block of pairs, of which those that are found stay as they are.
template <class ExecSpace>
class PairSearch {
 public:
  /// \param n_wanted  number of negative eigenvalues
  PairSearch(ExecSpace const& space, dist::Communicator const& comm,
             FactoredResolvent<ExecSpace> const& resolvent, SpectrumBounds const& bounds,
             std::int64_t n_wanted)
      : space_(space),
        comm_(comm),
        resolvent_(resolvent),
        bounds_(bounds),
        n_wanted_(n_wanted),
        highest_(-smallest_shift * bounds.norm()),
        capacitance_(space, comm, resolvent, highest_)
  {
    start();
  }

  /// Until the residuals of all wanted pairs are at most tolerance norm(A). Collective.
  void run(double tolerance, std::function<void(double)> const& progress)
  {
    double best = std::numeric_limits<double>::infinity();
    int n_idle = 0;
    while (true) {
      std::int64_t const n_before = n_found_;
      double const worst = keep_found(tolerance) / bounds_.norm();
      converged_ = worst <= largest_excess * tolerance;
      bool const brings = worst < 0.5 * best || n_found_ > n_before;
      n_idle = brings ? 0 : n_idle + 1;
      best = std::min(best, worst);
      if (n_found_ == n_wanted_ || work_.n_steps == largest_n_steps ||
          n_idle > (converged_ ? 0 : largest_n_idle))
        return;
      if (!step(tolerance)) return;
      ++work_.n_steps;
      if (progress && comm_.is_root())
        progress(static_cast<double>(n_found_) / static_cast<double>(n_wanted_));
    }
  }

  /// The negative pairs, vectors into the first columns of v. Collective.
  void store(Matrix<double, ExecSpace> const& v, NegativePairs<ExecSpace>& pairs) const
  {
    std::vector<std::int64_t> order;
    for (std::int64_t k = 0; k < n_wanted_; ++k)
      if (at(values_, k) < 0) order.push_back(k);
    std::sort(order.begin(), order.end(),
              [&](std::int64_t j, std::int64_t k) { return at(values_, j) < at(values_, k); });
    double square = 0;
    for (std::size_t k = 0; k < order.size(); ++k) {
      pairs.values.push_back(at(values_, order[k]));
      square += std::pow(at(norms_, order[k]), 2);
      Kokkos::deep_copy(space_, Kokkos::subview(v, Kokkos::ALL, k),
                        Kokkos::subview(basis_, Kokkos::ALL, order[k]));
    }
    pairs.vectors = columns(v, 0, static_cast<std::int64_t>(order.size()));
    pairs.residual = std::sqrt(square);
    pairs.work = work_;
    pairs.converged = converged_;
  }

 private:
  static double at(std::vector<double> const& list, std::int64_t k)
  {
    return list[static_cast<std::size_t>(k)];
  }

  /// The lowest Ritz pairs of the span of F, made of small matrices: no eigenvector of a negative eigenvalue is far
  /// from it, for each is (D - x)^-1 F times something.
  void start()
  {
    FactoredMatrix<ExecSpace> const& a = resolvent_.matrix();
    Matrix<double, ExecSpace> h;
    Matrix<double, ExecSpace> q;
    dist::agree(comm_, [&] {
      q = capacitance_.gram();
      h = capacitance_.diagonal_gram();
      add_signed_square(q, h);
    });
    q = basis_of_gram(space_, comm_, q, start_rounding);
    std::int64_t const n_kept = std::min<std::int64_t>(n_wanted_ + n_guards, q.extent(1));
    dist::agree(comm_, [&] {
      auto const pairs = lowest_eigenpairs(space_, dist::Communicator(), congruent(h, q), n_kept);
      q = product_of(q, pairs.vectors);
      scale_tall_rows(space_, resolvent_.roots(), q, q);
      basis_ = allocate<Matrix<double, ExecSpace>>(space_, "kovar::gsn::pair_basis",
                                                   a.diagonal.extent(0), 2 * n_kept);
    });
    dist::broadcast(space_, comm_, q);
    dist::agree(comm_, [&] {
      if (a.diagonal.extent(0) > 0)
        linalg::gemm(space_, linalg::Op::none, linalg::Op::none, 1.0, a.factor, q, 0.0,
                     columns(basis_, 0, n_kept));
    });
    auto const v = orthonormalize(space_, comm_, columns(basis_, 0, n_kept));
    values_ = rayleigh_ritz(space_, comm_, v, resolvent_.product(v), v.extent(1)).values;
    n_wanted_ = std::min<std::int64_t>(n_wanted_, v.extent(1));
  }

  /// h := h + gram J gram
  void add_signed_square(Matrix<double, ExecSpace> const& gram,
                         Matrix<double, ExecSpace> const& h) const
  {
    auto const signed_gram = allocate<Matrix<double, ExecSpace>>(space_, "kovar::gsn::signed_gram",
                                                                 gram.extent(0), gram.extent(1));
    scale_tall_rows(space_, resolvent_.signs(), gram, signed_gram);
    linalg::gemm(space_, linalg::Op::none, linalg::Op::none, 1.0, gram, signed_gram, 1.0, h);
  }

  Matrix<double, ExecSpace> product_of(Matrix<double, ExecSpace> const& x,
                                       Matrix<double, ExecSpace> const& y,
                                       linalg::Op op = linalg::Op::none) const
  {
    auto const product = allocate<Matrix<double, ExecSpace>>(
        space_, "kovar::gsn::small_product", op == linalg::Op::none ? x.extent(0) : x.extent(1),
        y.extent(1));
    linalg::gemm(space_, op, linalg::Op::none, 1.0, x, y, 0.0, product);
    return product;
  }

  /// q^T h q
  Matrix<double, ExecSpace> congruent(Matrix<double, ExecSpace> const& h,
                                      Matrix<double, ExecSpace> const& q) const
  {
    return product_of(q, product_of(h, q), linalg::Op::transpose);
  }

  /// The pairs in work: those not found yet, and guards. Their residuals stand beside them in the basis.
  Matrix<double, ExecSpace> active() const
  {
    return columns(basis_, n_found_, static_cast<std::int64_t>(values_.size()));
  }

  /// Moves pairs with small residuals to those that are found. \return  the largest residual of the others that are
  /// wanted, which stand behind the active pairs, in their order
  double keep_found(double tolerance)
  {
    auto const v = active();
    std::vector<double> const mine(values_.begin() + n_found_, values_.end());
    auto const n = static_cast<std::int64_t>(mine.size());
    auto const r = columns(basis_, n_found_ + n, n_found_ + 2 * n);
    std::vector<double> const norms = residuals(space_, comm_, resolvent_.product(v), v, mine, r);
    norms_.resize(static_cast<std::size_t>(n_found_));
    norms_.insert(norms_.end(), norms.begin(), norms.end());
    std::int64_t const first = n_found_;
    double worst = 0;
    for (std::int64_t k = first; k < n_wanted_; ++k) {
      double const norm = at(norms_, k);
      if (!(at(values_, k) < 0 && norm <= tolerance * bounds_.norm())) {
        worst = std::max(worst, norm);
        continue;
      }
      swap_columns(space_, v, k - first, n_found_ - first);
      swap_columns(space_, r, k - first, n_found_ - first);
      std::swap(values_[static_cast<std::size_t>(k)], values_[static_cast<std::size_t>(n_found_)]);
      std::swap(norms_[static_cast<std::size_t>(k)], norms_[static_cast<std::size_t>(n_found_)]);
      ++n_found_;
    }
    first_residual_ = n_found_ + n;
    return worst;
  }

  /// Rayleigh-Ritz on the active pairs and corrections of the wanted ones. \return  whether there was any correction
  bool step(double tolerance)
  {
    auto const v = active();
    auto const n = static_cast<std::int64_t>(v.extent(1));
    // No more vectors than fit into the space; then they fill it.
    std::int64_t const n_searched =
        std::min(n_wanted_ - n_found_, resolvent_.matrix().n_units - n_found_ - n);
    if (n_searched <= 0) return false;
    auto const part = [&](std::vector<double> const& list) {
      return std::vector<double>(list.begin() + n_found_, list.begin() + n_found_ + n_searched);
    };
    auto const shifts =
        shared_shifts(part(values_), part(norms_), tolerance * bounds_.norm(), highest_);
    count(n_searched, number_of_different(shifts));
    auto const r = columns(basis_, first_residual_, first_residual_ + n_searched);
    olsen_corrections(space_, comm_, resolvent_, capacitance_, shifts, columns(v, 0, n_searched),
                      r);
    auto const known = columns(basis_, 0, n_found_ + n);
    remove_span(space_, comm_, known, r);
    auto made = orthonormalize(space_, comm_, r);
    double const left = remove_span(space_, comm_, known, made);
    if (left > orthogonal_enough) made = orthonormalize(space_, comm_, made);
    auto const n_made = static_cast<std::int64_t>(made.extent(1));
    if (n_made == 0) return false;
    auto const whole = columns(basis_, n_found_, n_found_ + n + n_made);
    dist::agree(comm_, [&] {
      for (std::int64_t k = 0; k < n_made; ++k)  // next to the active ones
        Kokkos::deep_copy(space_, Kokkos::subview(whole, Kokkos::ALL, n + k),
                          Kokkos::subview(made, Kokkos::ALL, k));
    });
    made = columns(whole, n, n + n_made);
    auto const product = resolvent_.product(made);
    std::vector<double> const old(values_.begin() + n_found_, values_.end());
    auto const pairs =
        lowest_eigenpairs(space_, comm_,
                          bordered(space_, old, tall_product(space_, comm_, v, product),
                                   tall_product(space_, comm_, made, product)),
                          n);
    dist::agree(comm_, [&] { rotate_tall<ExecSpace>(space_, whole, pairs.vectors); });
    values_.resize(static_cast<std::size_t>(n_found_));
    values_.insert(values_.end(), pairs.values.begin(), pairs.values.end());
    return true;
  }

  void count(std::int64_t n_corrections, std::int64_t n_systems)
  {
    std::int64_t const n_columns = resolvent_.matrix().factor.extent(1);
    work_.n_corrections += n_corrections;
    work_.n_systems += n_systems;
    work_.correction_columns += n_corrections * n_columns;
    work_.system_columns += n_systems * n_columns;
  }

  ExecSpace space_;
  dist::Communicator comm_;
  FactoredResolvent<ExecSpace> const& resolvent_;
  SpectrumBounds bounds_;
  std::int64_t n_wanted_;
  double highest_;  ///< shift
  BinnedCapacitance<ExecSpace> capacitance_;
  /// [found | active | residuals, corrections]
  Matrix<double, ExecSpace> basis_;
  std::vector<double> values_;  ///< of found and active pairs
  std::vector<double> norms_;   ///< of their residuals
  std::int64_t n_found_ = 0;
  std::int64_t first_residual_ = 0;
  SearchWork work_;
  bool converged_ = true;
};

/// Number of values below x, and whether one is so near that rounding may decide.
struct CountedValues {
  std::int64_t n_below = 0;
  bool is_close = false;
};

CountedValues count_values(std::vector<double> const& values, double x, double margin)
{
  CountedValues counted;
  for (double const value : values) {
    if (value < x) ++counted.n_below;
    counted.is_close = counted.is_close || std::fabs(value - x) <= margin;
  }
  return counted;
}

/// Compare with the inertia, at the first threshold that no value is near.
template <class ExecSpace>
void verify(FactoredResolvent<ExecSpace> const& resolvent, std::int64_t n_counted,
            std::int64_t n_weights, NegativePairs<ExecSpace>& pairs)
{
  double const margin = std::max(1e-14 * pairs.norm, pairs.residual);
  pairs.threshold = count_threshold * pairs.norm;
  CountedValues counted = count_values(pairs.values, -pairs.threshold, margin);
  for (int k = 0; k < 8 && (counted.is_close || counted.n_below != n_counted); ++k) {
    pairs.threshold *= 2;
    counted = count_values(pairs.values, -pairs.threshold, margin);
    if (counted.is_close) continue;
    n_counted = resolvent.count_below(-pairs.threshold);
  }
  pairs.is_complete = counted.n_below == n_counted;
  auto const n_left = static_cast<double>(n_weights) - static_cast<double>(pairs.values.size());
  double const root_two = std::sqrt(2.0);
  pairs.error_bound = pairs.is_complete ? 2 * root_two * pairs.residual +
                                              std::sqrt(std::max(0.0, n_left)) *
                                                  (pairs.threshold + root_two * pairs.residual)
                                        : std::numeric_limits<double>::infinity();
}

}  // namespace

template <class ExecSpace>
NegativePairs<ExecSpace> negative_eigenpairs(ExecSpace const& space, dist::Communicator const& comm,
                                             FactoredMatrix<ExecSpace> const& a,
                                             Matrix<double, ExecSpace> const& v, double tolerance,
                                             std::function<void(double)> const& progress,
                                             Matrix<double, ExecSpace> const& known_gram)
{
  Region const region("kovar::gsn::negative_eigenpairs");
  NegativePairs<ExecSpace> pairs;
  SpectrumBounds const bounds =
      spectrum_bounds(space, comm, a, extended_gram(space, comm, known_gram, a.factor));
  FactoredResolvent<ExecSpace> const resolvent(space, comm, without_outer_zeros(a));
  std::int64_t const n_weights = resolvent.n_negative_weights();
  dist::agree(comm, [&] {
    KOVAR_REQUIRE(bounds.smallest_diagonal >= 0,
                  "negative_eigenpairs: the diagonal has an entry of "
                      << bounds.smallest_diagonal
                      << " (then as many eigenvalues may be negative as there are such units); "
                         "give a diagonal without negative entries");
    KOVAR_REQUIRE(
        v.extent(0) == a.diagonal.extent(0) && static_cast<std::int64_t>(v.extent(1)) == n_weights,
        "negative_eigenpairs: the block is " << v.extent(0) << " x " << v.extent(1)
                                             << " (one row per unit and one column per "
                                                "negative weight are needed, "
                                             << a.diagonal.extent(0) << " x " << n_weights << ")");
  });
  pairs.norm = bounds.norm();
  pairs.threshold = count_threshold * pairs.norm;
  if (n_weights == 0 || pairs.norm == 0) return pairs;
  std::int64_t const n_counted = resolvent.count_below(-pairs.threshold);
  if (n_counted > 0) {
    PairSearch<ExecSpace> search(space, comm, resolvent, bounds, n_counted);
    search.run(tolerance, progress);
    search.store(v, pairs);
  }
  verify(resolvent, n_counted, n_weights, pairs);
  return pairs;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                 \
  template NegativePairs<ExecSpace> negative_eigenpairs(                             \
      ExecSpace const&, dist::Communicator const&, FactoredMatrix<ExecSpace> const&, \
      Matrix<double, ExecSpace> const&, double, std::function<void(double)> const&,  \
      Matrix<double, ExecSpace> const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
