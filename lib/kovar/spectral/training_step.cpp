// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/symmetric_batch.hpp>
#include <kovar/spectral/spectral_norm.hpp>
#include <kovar/spectral/training_checks.hpp>
#include <kovar/spectral/training_step.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace kovar::spectral {
namespace {

/// A list on the host with start and increments of one head after the other.
template <class Scalar>
std::vector<Scalar> numbers_of(std::vector<SortedDiagonal<Scalar>> const& diagonals)
{
  std::vector<Scalar> numbers;
  for (SortedDiagonal<Scalar> const& diagonal : diagonals) {
    numbers.push_back(diagonal.start);
    numbers.insert(numbers.end(), diagonal.increments.begin(), diagonal.increments.end());
  }
  return numbers;
}

/// n entries of a vector from `first` on.
template <class Scalar, class ExecSpace>
Vector<Scalar, ExecSpace> part_of(Vector<Scalar, ExecSpace> const& v, std::int64_t first,
                                  std::int64_t n)
{
  return Vector<Scalar, ExecSpace>(v.data() + first, static_cast<std::size_t>(n));
}

/// All entries of blocks, one after the other.
template <class Scalar, class ExecSpace>
Vector<Scalar, ExecSpace> flat(Cube<Scalar, ExecSpace> const& blocks)
{
  return Vector<Scalar, ExecSpace>(blocks.data(), blocks.size());
}

/// n rows from `first` on.
template <class Scalar, class ExecSpace>
Rows<Scalar, ExecSpace> rows_at(Vector<Scalar, ExecSpace> const& v, std::int64_t first,
                                std::int64_t n, std::int64_t length)
{
  return Rows<Scalar, ExecSpace>(v.data() + first, static_cast<std::size_t>(n),
                                 static_cast<std::size_t>(length));
}

/// Blocks of rows in the memory of rows.
template <class Scalar, class ExecSpace>
Cube<Scalar, ExecSpace> in_blocks(Rows<Scalar, ExecSpace> const& rows, std::int64_t n_blocks)
{
  auto const n = static_cast<std::size_t>(n_blocks);
  return Cube<Scalar, ExecSpace>(rows.data(), n, rows.extent(0) / n, rows.extent(1));
}

/// n targets of a head from row `first` on.
template <class Scalar, class ExecSpace>
ConstVector<Scalar, ExecSpace> targets_of(ConstMatrix<Scalar, ExecSpace> const& y, std::int64_t h,
                                          std::int64_t first, std::int64_t n)
{
  return Kokkos::subview(y, std::make_pair(first, first + n), h);
}

}  // namespace

template <class Scalar, class ExecSpace>
TrainingStep<Scalar, ExecSpace>::TrainingStep(ExecSpace const& space,
                                              dist::Communicator const& comm,
                                              TrainableHeads<Scalar, ExecSpace> const& start,
                                              StepOptions const& options)
    : space_(space),
      comm_(comm),
      options_(options),
      rank_(comm.rank()),
      n_ranks_(comm.size()),
      n_heads_(start.n_heads()),
      n_upper_(static_cast<std::int64_t>(start.upper.size())),
      n_coefficients_(static_cast<std::int64_t>(start.coefficients.size())),
      d_(start.order()),
      p_(start.n_features()),
      n_sent_(n_coefficients_ + n_heads_ * d_ + n_heads_),
      parameters_(
          allocate<List>(space, "kovar::spectral::parameters", n_upper_ + n_sent_ - n_heads_)),
      gradient_(allocate<List>(space, "kovar::spectral::gradient", n_upper_ + n_sent_)),
      adam_(space, options.optimizer, n_upper_ + n_sent_ - n_heads_)
{
  require_shapes(start);
  std::int64_t const n_rows = n_heads_ * p_;
  std::int64_t const triangle = linalg::triangle_size(d_);
  std::int64_t const diagonals = n_upper_ + n_coefficients_;
  all_coefficients_ = rows_at(parameters_, n_upper_, n_rows, triangle);
  coefficient_gradient_ = rows_at(gradient_, n_upper_, n_rows, triangle);
  upper_gradient_ = rows_at(gradient_, 0, n_rows, n_upper_ / n_rows);
  model_ = {start.k,
            allocate<Rows<Scalar, ExecSpace>>(space, "kovar::spectral::diagonals", n_heads_, d_),
            in_blocks(all_coefficients_, n_heads_)};
  model_gradient_ = {rows_at(gradient_, diagonals, n_heads_, d_),
                     in_blocks(coefficient_gradient_, n_heads_)};

  std::int64_t const n_mine = dist::Blocks{options.n_batch_rows, n_ranks_}.size(0);
  std::int64_t const n_evaluated = dist::Blocks{options.n_evaluated_rows, n_ranks_}.size(0);
  values_ = allocate<List>(space, "kovar::spectral::values", std::max(n_mine, n_evaluated));
  upstream_ = allocate<List>(space, "kovar::spectral::upstream", n_mine);
  vectors_ = allocate<Rows<Scalar, ExecSpace>>(space, "kovar::spectral::vectors", n_mine,
                                               vector_row_length<Scalar, ExecSpace>(d_));
  norms_ = allocate<List>(space, "kovar::spectral::norms", n_rows);
  losses_ = allocate<Vector<double, ExecSpace>>(space, "kovar::spectral::losses",
                                                options.n_losses * n_heads_);
  errors_ = allocate<Vector<double, ExecSpace>>(space, "kovar::spectral::squared_errors", n_heads_);
  if (n_ranks_ > 1)
    gradient_host_ = Kokkos::create_mirror_view(part_of(gradient_, n_upper_, n_sent_));

  if (n_upper_ > 0) Kokkos::deep_copy(space_, part_of(parameters_, 0, n_upper_), flat(start.upper));
  Kokkos::deep_copy(space_, part_of(parameters_, n_upper_, n_coefficients_),
                    flat(start.coefficients));
  Kokkos::deep_copy(
      space_, part_of(parameters_, diagonals, n_heads_ * d_),
      to_space(space_, numbers_of(start.diagonals), "kovar::spectral::start_and_increments"));
  update_diagonals();
}

template <class Scalar, class ExecSpace>
void TrainingStep<Scalar, ExecSpace>::run(X const& x, Y const& y, Batch const& batch,
                                          double learning_rate, std::int64_t slot)
{
  dist::Blocks const blocks{batch.n, n_ranks_};
  std::int64_t const first = batch.begin + blocks.begin(rank_);
  std::int64_t const n_mine = blocks.size(rank_);
  X const my_x(x.data() + first * p_, static_cast<std::size_t>(n_mine),
               static_cast<std::size_t>(p_));
  auto const n_parameters = static_cast<std::int64_t>(parameters_.extent(0));
  auto const factor = static_cast<Scalar>(2 / static_cast<double>(batch.n * n_heads_));
  for (std::int64_t h = 0; h < n_heads_; ++h)
    head_gradient(h, my_x, targets_of<Scalar, ExecSpace>(y, h, first, n_mine), factor);
  sum_over_ranks();

  finish_gradient(space_, parameters_.data() + n_upper_ + n_coefficients_,
                  model_gradient_.diagonals, gradient_.data() + n_parameters, batch.n,
                  losses_.data() + slot * n_heads_);
  if (n_upper_ > 0) spread_to_squares(space_, d_, coefficient_gradient_, upper_gradient_);
  if (options_.norm_penalty > 0)
    add_norm_gradient(space_, ConstRows<Scalar, ExecSpace>(all_coefficients_),
                      static_cast<Scalar>(options_.norm_penalty), norms_, coefficient_gradient_);
  adam_.step(space_, parameters_, part_of(gradient_, 0, n_parameters), learning_rate);
  update_diagonals();
}

/// The gradient of head h and its squared error over samples of this rank; factor (f_h - y) goes upstream.
template <class Scalar, class ExecSpace>
void TrainingStep<Scalar, ExecSpace>::head_gradient(std::int64_t h, X const& x,
                                                    ConstVector<Scalar, ExecSpace> const& y,
                                                    Scalar factor)
{
  auto const n = static_cast<std::int64_t>(x.extent(0));
  auto const model = model_.head(h);
  List const values = part_of(values_, 0, n);
  List const upstream = part_of(upstream_, 0, n);
  evaluate(space_, model, x, values, vectors_);
  subtract_targets(space_, values, y, factor, upstream,
                   gradient_.data() + parameters_.extent(0) + h);
  parameter_gradient(space_, model, x, vectors_, upstream, model_gradient_.head(h));
}

template <class Scalar, class ExecSpace>
void TrainingStep<Scalar, ExecSpace>::sum_over_ranks()
{
  if (n_ranks_ == 1) return;
  List const mine = part_of(gradient_, n_upper_, n_sent_);
  Kokkos::deep_copy(space_, gradient_host_, mine);
  space_.fence();  // MPI reads the gradient on the host
  comm_.sum_to_all(gradient_host_.data(), static_cast<std::int64_t>(gradient_host_.extent(0)));
  Kokkos::deep_copy(space_, mine, gradient_host_);
}

template <class Scalar, class ExecSpace>
void TrainingStep<Scalar, ExecSpace>::update_diagonals()
{
  Scalar const* const parameters = parameters_.data() + n_upper_ + n_coefficients_;
  sum_all_increments(space_, parameters, model_.diagonals);
}

template <class Scalar, class ExecSpace>
std::vector<double> TrainingStep<Scalar, ExecSpace>::losses(std::int64_t n) const
{
  return to_list(space_, part_of(losses_, 0, n * n_heads_));
}

template <class Scalar, class ExecSpace>
std::vector<double> TrainingStep<Scalar, ExecSpace>::mean_squared_errors(X const& x, Y const& y)
{
  auto const n = static_cast<std::int64_t>(x.extent(0));
  if (n == 0)
    return std::vector<double>(static_cast<std::size_t>(n_heads_),
                               std::numeric_limits<double>::quiet_NaN());
  dist::Blocks const blocks{n, n_ranks_};
  std::int64_t const first = blocks.begin(rank_);
  std::int64_t const n_mine = blocks.size(rank_);
  X const my_x(x.data() + first * p_, static_cast<std::size_t>(n_mine),
               static_cast<std::size_t>(p_));
  List const values = part_of(values_, 0, n_mine);
  for (std::int64_t h = 0; h < n_heads_; ++h) {
    evaluate(space_, model_.head(h), my_x, values);
    subtract_targets(space_, values, targets_of<Scalar, ExecSpace>(y, h, first, n_mine), Scalar(1),
                     values, errors_.data() + h);
  }
  auto errors = to_list(space_, errors_);
  comm_.sum_to_all(errors.data(), n_heads_);
  for (double& error : errors) error /= static_cast<double>(n);
  return errors;
}

template <class Scalar, class ExecSpace>
std::vector<double> TrainingStep<Scalar, ExecSpace>::largest_norms()
{
  spectral_norms(space_, ConstRows<Scalar, ExecSpace>(all_coefficients_), norms_);
  auto const norms = to_list(space_, norms_);
  std::vector<double> largest(static_cast<std::size_t>(n_heads_));
  for (std::size_t row = 0; row < norms.size(); ++row) {
    double& head = largest[row / static_cast<std::size_t>(p_)];
    // A comparison would lose NaN.
    head = std::isnan(norms[row]) || std::isnan(head) ? std::numeric_limits<double>::quiet_NaN()
                                                      : std::max<double>(head, norms[row]);
  }
  return largest;
}

template <class Scalar, class ExecSpace>
bool TrainingStep<Scalar, ExecSpace>::has_finite_diagonals() const
{
  auto const mu = to_list(space_, List(model_.diagonals.data(), model_.diagonals.size()));
  return std::all_of(mu.begin(), mu.end(), [](Scalar entry) { return std::isfinite(entry); });
}

template <class Scalar, class ExecSpace>
void TrainingStep<Scalar, ExecSpace>::set_parameters(List const& parameters)
{
  Kokkos::deep_copy(space_, parameters_, parameters);
  update_diagonals();
}

template <class Scalar, class ExecSpace>
void TrainingStep<Scalar, ExecSpace>::copy_to(TrainableHeads<Scalar, ExecSpace>& heads) const
{
  if (n_upper_ > 0) Kokkos::deep_copy(space_, flat(heads.upper), part_of(parameters_, 0, n_upper_));
  Kokkos::deep_copy(space_, flat(heads.coefficients),
                    part_of(parameters_, n_upper_, n_coefficients_));
  auto const numbers =
      to_list(space_, part_of(parameters_, n_upper_ + n_coefficients_, n_heads_ * d_));
  auto next = numbers.begin();
  for (SortedDiagonal<Scalar>& diagonal : heads.diagonals) {
    diagonal.start = *next;
    diagonal.increments.assign(next + 1, next + d_);
    next += d_;
  }
}

#define KOVAR_INSTANTIATE(ExecSpace)              \
  template class TrainingStep<double, ExecSpace>; \
  template class TrainingStep<float, ExecSpace>;
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::spectral
