// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/factored_resolvent.hpp>
#include <kovar/gsn/filter_poles.hpp>
#include <kovar/gsn/negative_eigenpairs.hpp>
#include <kovar/gsn/rayleigh_ritz.hpp>
#include <kovar/gsn/tall_products.hpp>
#include <kovar/linalg/eigen.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace kovar::gsn {
namespace {

constexpr int largest_n_steps = 500;
constexpr int usual_run = 12;     ///< steps between two looks at it, ...
constexpr int largest_run = 100;  ///< ... or more while they have not done anything yet
constexpr double largest_excess =
    30;  ///< of residuals over the tolerance, where rounding stops the search
constexpr double count_threshold =
    1e-12;  ///< of the norm: eigenvalues this near zero are not counted

/// Where the spectrum of A lies, on all ranks.
struct SpectrumBounds {
  double smallest_diagonal;
  double largest_diagonal;
  double lowest;   ///< no eigenvalue is below
  double highest;  ///< none is above
  double norm() const { return std::max({-lowest, highest, 0.0}); }
};

/// Largest eigenvalue of the rows and columns of gram whose weights have a sign, scaled by their roots.
template <class ExecSpace>
double largest_part(ExecSpace const& space, Matrix<double, ExecSpace> const& gram,
                    std::vector<double> const& weights, double sign)
{
  std::vector<std::int64_t> places;
  std::vector<double> roots;
  for (std::size_t k = 0; k < weights.size(); ++k)
    if (sign * weights[k] > 0) {
      places.push_back(static_cast<std::int64_t>(k));
      roots.push_back(std::sqrt(std::fabs(weights[k])));
    }
  auto const n = static_cast<std::int64_t>(places.size());
  if (n == 0) return 0;
  auto const place = to_space(space, places, "kovar::gsn::places");
  auto const root = to_space(space, roots, "kovar::gsn::weight_roots");
  auto const part = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::gram_part", n, n);
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "kovar::gsn::gram_part", Policy(space, {0, 0}, {n, n}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        part(i, j) = root(i) * gram(place(i), place(j)) * root(j);
      });
  return std::max(0.0, linalg::eigenvalues(space, linalg::tridiagonalize(space, part)).back());
}

/// Smallest and largest entry over all ranks.
template <class ExecSpace>
std::pair<double, double> extremes(ExecSpace const& space, dist::Communicator const& comm,
                                   Vector<double, ExecSpace> const& d)
{
  double ends[2] = {-std::numeric_limits<double>::infinity(),
                    -std::numeric_limits<double>::infinity()};
  for (double const x : to_list(space, d)) {
    ends[0] = std::max(ends[0], -x);
    ends[1] = std::max(ends[1], x);
  }
  comm.max_to_all(ends, 2);
  return {-ends[0], ends[1]};
}

template <class ExecSpace>
SpectrumBounds spectrum_bounds(ExecSpace const& space, dist::Communicator const& comm,
                               FactoredMatrix<ExecSpace> const& a)
{
  auto const [smallest, largest] = extremes(space, comm, a.diagonal);
  auto const gram = tall_gram(space, comm, a.factor);
  double parts[2] = {0, 0};
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    parts[0] = largest_part(space, gram, a.weights, -1.0);
    parts[1] = largest_part(space, gram, a.weights, 1.0);
  });
  comm.broadcast(parts, 2);
  return {smallest, largest, smallest - parts[0], largest + parts[1]};
}

/// v := the columns of F with negative weights, times their roots.
template <class ExecSpace>
void start_block(ExecSpace const& space, FactoredMatrix<ExecSpace> const& a,
                 Matrix<double, ExecSpace> const& v)
{
  std::int64_t next = 0;
  for (std::size_t k = 0; k < a.weights.size(); ++k) {
    if (a.weights[k] >= 0) continue;
    Kokkos::deep_copy(space, Kokkos::subview(v, Kokkos::ALL, next++),
                      Kokkos::subview(a.factor, Kokkos::ALL, static_cast<std::int64_t>(k)));
  }
}

/// How the search stands.
struct SearchState {
  double lowest;          ///< wanted eigenvalues lie between ...
  double highest;         ///< ... these
  double worst_residual;  ///< over the norm; 1 while a negative eigenvalue has not shown yet
};

/// \param n_negative  eigenvalues below -tiny that there are
/// \param highest     above all of them
/// \param low         from where on the spectrum is not wanted
template <class ExecSpace>
SearchState state_of(RitzPairs<ExecSpace> const& ritz, SpectrumBounds const& bounds,
                     std::int64_t n_negative, double highest, double tiny, double low)
{
  // A pole on an eigenvalue would leave little but that one vector.
  double const first = ritz.values.empty() ? 0.0 : 1.05 * ritz.values.front();
  SearchState state = {std::min(first, -tiny), -tiny, 0};
  std::int64_t n_shown = 0;
  for (std::size_t k = 0; k < ritz.values.size() && ritz.values[k] < 0; ++k) {
    if (ritz.values[k] < -tiny) ++n_shown;
    state.highest = std::min(0.9 * ritz.values[k], -std::max(tiny, 1e-3 * low));
    state.worst_residual = std::max(state.worst_residual, ritz.residuals[k] / bounds.norm());
  }
  if (n_shown < n_negative) {
    state.highest = highest;
    state.worst_residual = 1;
  }
  state.lowest = std::min(state.lowest, state.highest);
  return state;
}

/// Poles near zero bring rounding errors into the vectors, which the steps after them take away.
std::vector<FilterStep> small_poles_first(std::vector<FilterStep> const& steps)
{
  std::vector<double> poles;
  std::vector<double> zeros;
  for (FilterStep const& step : steps) {
    poles.push_back(step.pole);
    zeros.push_back(step.zero);
  }
  std::sort(poles.rbegin(), poles.rend());
  std::sort(zeros.begin(), zeros.end());
  std::vector<FilterStep> sorted;
  for (std::size_t k = 0; k < steps.size(); ++k) sorted.push_back({poles[k], zeros[k]});
  return sorted;
}

/// The search itself.
template <class ExecSpace>
class FilteredSearch {
 public:
  FilteredSearch(ExecSpace const& space, dist::Communicator const& comm,
                 FactoredMatrix<ExecSpace> const& a)
      : space_(space),
        comm_(comm),
        resolvent_(space, comm, a),
        bounds_(spectrum_bounds(space, comm, a))
  {
  }

  SpectrumBounds const& bounds() const { return bounds_; }
  FactoredResolvent<ExecSpace> const& resolvent() const { return resolvent_; }

  /// How many columns the block keeps, and from where on the spectrum is not wanted.
  void set_room(std::int64_t n_negative)
  {
    n_negative_ = n_negative;
    tiny_ = count_threshold * bounds_.norm();
    low_ = 0.9 * bounds_.smallest_diagonal;
    if (low_ > tiny_) {
      room_ = std::max(n_negative, resolvent_.count_below(low_));
    } else {  // no gap above zero
      low_ = tiny_;
      room_ = std::min(resolvent_.n_negative_weights(), n_negative + n_negative / 10 + 8);
    }
    highest_ = bound_of_negative();
  }

  /// Filter and look until all residuals of negative values are small. Collective.
  RitzPairs<ExecSpace> run(Matrix<double, ExecSpace> v, double tolerance,
                           std::function<void(double)> const& progress)
  {
    SearchState state = {std::min(1.05 * bounds_.lowest, highest_), highest_, 1};
    double const first_gap = std::log(tolerance);
    double best = 2;
    int n_idle = 0;  // runs that brought nothing: rounding has the last word
    while (true) {
      v = run_of_steps(v, state, tolerance);
      v = orthonormalize(space_, comm_, v);
      auto ritz = rayleigh_ritz(space_, comm_, v, resolvent_.product(v), room_);
      v = ritz.vectors;
      state = state_of(ritz, bounds_, n_negative_, highest_, tiny_, low_);
      n_idle = state.worst_residual < 0.5 * best || state.worst_residual == 1 ? 0 : n_idle + 1;
      best = std::min(best, state.worst_residual);
      bool const is_near = state.worst_residual <= largest_excess * tolerance;
      if (state.worst_residual <= tolerance || n_steps_ >= largest_n_steps ||
          n_idle > (is_near ? 0 : 4)) {
        converged_ = is_near;
        return ritz;
      }
      if (progress && comm_.is_root())
        progress(std::clamp(std::log(state.worst_residual) / first_gap, 0.0, 1.0));
    }
  }

  int n_steps() const { return n_steps_; }
  bool converged() const { return converged_; }

 private:
  /// A number between the negative eigenvalues and zero, within a factor of ten of the best.
  double bound_of_negative() const
  {
    auto const is_bound = [&](double x) { return resolvent_.count_below(x) == n_negative_; };
    double x = -0.1 * low_;
    if (!is_bound(x)) {
      do x *= 0.03;
      while (x < -tiny_ && !is_bound(x));
      return std::min(x, -tiny_);
    }
    while (10 * x > bounds_.lowest && is_bound(10 * x)) x *= 10;
    return x;
  }

  /// Steps until the filter has done what is left to do, but not too many: the bounds get better.
  std::vector<FilterStep> planned_steps(SearchState const& state, double tolerance) const
  {
    FilterPoles poles(state.lowest, state.highest, low_, std::max(bounds_.highest, 2 * low_));
    std::vector<FilterStep> steps;
    auto const is_done = [&] {
      auto const n = static_cast<int>(steps.size());
      return poles.ratio() * state.worst_residual <= 0.1 * tolerance ||
             (n >= usual_run && poles.ratio() <= 0.01) || n >= largest_run;
    };
    while (!is_done()) steps.push_back(poles.next());
    return small_poles_first(steps);
  }

  Matrix<double, ExecSpace> run_of_steps(Matrix<double, ExecSpace> v, SearchState const& state,
                                         double tolerance)
  {
    for (FilterStep const& step : planned_steps(state, tolerance)) {
      resolvent_.add_solution(step.pole, step.pole - step.zero, v);
      v = orthonormalize(space_, comm_, v);
      ++n_steps_;
    }
    return v;
  }

  ExecSpace space_;
  dist::Communicator comm_;
  FactoredResolvent<ExecSpace> resolvent_;
  SpectrumBounds bounds_;
  std::int64_t n_negative_ = 0;
  double highest_ = 0;
  double tiny_ = 0;
  double low_ = 0;
  std::int64_t room_ = 0;
  int n_steps_ = 0;
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
                                             std::function<void(double)> const& progress)
{
  Region const region("kovar::gsn::negative_eigenpairs");
  NegativePairs<ExecSpace> pairs;
  FilteredSearch<ExecSpace> search(space, comm, a);
  SpectrumBounds const bounds = search.bounds();
  std::int64_t const n_weights = search.resolvent().n_negative_weights();
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
  std::int64_t const n_counted = search.resolvent().count_below(-pairs.threshold);
  if (n_counted == 0) {
    verify(search.resolvent(), n_counted, n_weights, pairs);
    return pairs;
  }
  search.set_room(n_counted);
  start_block(space, a, v);
  auto const ritz = search.run(v, tolerance, progress);

  double square = 0;
  for (std::size_t k = 0; k < ritz.values.size() && ritz.values[k] < 0; ++k) {
    pairs.values.push_back(ritz.values[k]);
    square += ritz.residuals[k] * ritz.residuals[k];
  }
  auto const n = static_cast<std::int64_t>(pairs.values.size());
  pairs.vectors = Kokkos::subview(ritz.vectors, Kokkos::ALL, std::make_pair(std::int64_t{0}, n));
  pairs.residual = std::sqrt(square);
  pairs.n_steps = search.n_steps();
  pairs.converged = search.converged();
  verify(search.resolvent(), n_counted, n_weights, pairs);
  return pairs;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                 \
  template NegativePairs<ExecSpace> negative_eigenpairs(                             \
      ExecSpace const&, dist::Communicator const&, FactoredMatrix<ExecSpace> const&, \
      Matrix<double, ExecSpace> const&, double, std::function<void(double)> const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
