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

namespace kovar::spectral {
namespace {

template <class Scalar, class ExecSpace>
std::int64_t n_upper(TrainableModel<Scalar, ExecSpace> const& model)
{
  return static_cast<std::int64_t>(model.upper.size());
}

/// A list on the host with start and increments.
template <class Scalar>
std::vector<Scalar> numbers_of(SortedDiagonal<Scalar> const& diagonal)
{
  std::vector<Scalar> numbers = {diagonal.start};
  numbers.insert(numbers.end(), diagonal.increments.begin(), diagonal.increments.end());
  return numbers;
}

/// n entries of a vector from `first` on.
template <class Scalar, class ExecSpace>
Vector<Scalar, ExecSpace> part_of(Vector<Scalar, ExecSpace> const& v, std::int64_t first,
                                  std::int64_t n)
{
  return Vector<Scalar, ExecSpace>(v.data() + first, static_cast<std::size_t>(n));
}

/// All entries of rows, one after the other.
template <class Scalar, class ExecSpace>
Vector<Scalar, ExecSpace> flat(Rows<Scalar, ExecSpace> const& rows)
{
  return Vector<Scalar, ExecSpace>(rows.data(), rows.size());
}

/// p rows from `first` on.
template <class Scalar, class ExecSpace>
Rows<Scalar, ExecSpace> rows_at(Vector<Scalar, ExecSpace> const& v, std::int64_t first,
                                std::int64_t p, std::int64_t length)
{
  return Rows<Scalar, ExecSpace>(v.data() + first, static_cast<std::size_t>(p),
                                 static_cast<std::size_t>(length));
}

}  // namespace

template <class Scalar, class ExecSpace>
TrainingStep<Scalar, ExecSpace>::TrainingStep(ExecSpace const& space,
                                              dist::Communicator const& comm,
                                              TrainableModel<Scalar, ExecSpace> const& start,
                                              StepOptions const& options)
    : space_(space),
      comm_(comm),
      options_(options),
      rank_(comm.rank()),
      n_ranks_(comm.size()),
      n_upper_(n_upper(start)),
      n_coefficients_(static_cast<std::int64_t>(start.coefficients.size())),
      d_(start.order()),
      p_(start.n_features()),
      parameters_(
          allocate<List>(space, "kovar::spectral::parameters", n_upper_ + n_coefficients_ + d_)),
      gradient_(
          allocate<List>(space, "kovar::spectral::gradient", n_upper_ + n_coefficients_ + d_ + 1)),
      adam_(space, options.optimizer, n_upper_ + n_coefficients_ + d_)
{
  require_shapes(start);
  std::int64_t const triangle = linalg::triangle_size(d_);
  model_ = {start.k, allocate<List>(space, "kovar::spectral::diagonal", d_),
            rows_at(parameters_, n_upper_, p_, triangle)};
  model_gradient_ = {part_of(gradient_, n_upper_ + n_coefficients_, d_),
                     rows_at(gradient_, n_upper_, p_, triangle)};
  upper_gradient_ = rows_at(gradient_, 0, p_, n_upper_ / p_);

  std::int64_t const n_mine = dist::Blocks{options.n_batch_rows, n_ranks_}.size(0);
  std::int64_t const n_evaluated = dist::Blocks{options.n_evaluated_rows, n_ranks_}.size(0);
  values_ = allocate<List>(space, "kovar::spectral::values", std::max(n_mine, n_evaluated));
  upstream_ = allocate<List>(space, "kovar::spectral::upstream", n_mine);
  vectors_ = allocate<Rows<Scalar, ExecSpace>>(space, "kovar::spectral::vectors", n_mine,
                                               vector_row_length<Scalar, ExecSpace>(d_));
  norms_ = allocate<List>(space, "kovar::spectral::norms", p_);
  losses_ = allocate<Vector<double, ExecSpace>>(space, "kovar::spectral::losses", options.n_losses);
  error_ = allocate<Vector<double, ExecSpace>>(space, "kovar::spectral::squared_error", 1);
  if (n_ranks_ > 1)
    gradient_host_ =
        Kokkos::create_mirror_view(part_of(gradient_, n_upper_, n_coefficients_ + d_ + 1));

  if (n_upper_ > 0) Kokkos::deep_copy(space_, part_of(parameters_, 0, n_upper_), flat(start.upper));
  Kokkos::deep_copy(space_, part_of(parameters_, n_upper_, n_coefficients_),
                    flat(start.coefficients));
  Kokkos::deep_copy(
      space_, part_of(parameters_, n_upper_ + n_coefficients_, d_),
      to_space(space_, numbers_of(start.diagonal), "kovar::spectral::start_and_increments"));
  update_diagonal();
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
  Y const my_y(y.data() + first, static_cast<std::size_t>(n_mine));
  List const values = part_of(values_, 0, n_mine);
  List const upstream = part_of(upstream_, 0, n_mine);
  std::int64_t const n_parameters = n_upper_ + n_coefficients_ + d_;
  Scalar* const squared_error = gradient_.data() + n_parameters;

  evaluate(space_, model_, my_x, values, vectors_);
  auto const factor = static_cast<Scalar>(2 / static_cast<double>(batch.n));
  subtract_targets(space_, values, my_y, factor, upstream, squared_error);
  parameter_gradient(space_, model_, my_x, vectors_, upstream, model_gradient_);
  sum_over_ranks();

  Scalar const* const start = parameters_.data() + n_upper_ + n_coefficients_;
  finish_gradient(space_, start, model_gradient_.diagonal, squared_error, batch.n,
                  losses_.data() + slot);
  if (n_upper_ > 0) spread_to_squares(space_, d_, model_gradient_.coefficients, upper_gradient_);
  if (options_.norm_penalty > 0)
    add_norm_gradient(space_, ConstRows<Scalar, ExecSpace>(model_.coefficients),
                      static_cast<Scalar>(options_.norm_penalty), norms_,
                      model_gradient_.coefficients);
  adam_.step(space_, parameters_, part_of(gradient_, 0, n_parameters), learning_rate);
  update_diagonal();
}

template <class Scalar, class ExecSpace>
void TrainingStep<Scalar, ExecSpace>::sum_over_ranks()
{
  if (n_ranks_ == 1) return;
  List const mine = part_of(gradient_, n_upper_, n_coefficients_ + d_ + 1);
  Kokkos::deep_copy(space_, gradient_host_, mine);
  space_.fence();  // MPI reads the gradient on the host
  comm_.sum_to_all(gradient_host_.data(), static_cast<std::int64_t>(gradient_host_.extent(0)));
  Kokkos::deep_copy(space_, mine, gradient_host_);
}

template <class Scalar, class ExecSpace>
void TrainingStep<Scalar, ExecSpace>::update_diagonal()
{
  Scalar const* const parameters = parameters_.data() + n_upper_ + n_coefficients_;
  sum_all_increments(space_, parameters, model_.diagonal);
}

template <class Scalar, class ExecSpace>
std::vector<double> TrainingStep<Scalar, ExecSpace>::losses(std::int64_t n) const
{
  return to_list(space_, part_of(losses_, 0, n));
}

template <class Scalar, class ExecSpace>
double TrainingStep<Scalar, ExecSpace>::root_mean_squared_error(X const& x, Y const& y)
{
  auto const n = static_cast<std::int64_t>(x.extent(0));
  if (n == 0) return std::numeric_limits<double>::quiet_NaN();
  dist::Blocks const blocks{n, n_ranks_};
  std::int64_t const first = blocks.begin(rank_);
  auto const n_mine = static_cast<std::size_t>(blocks.size(rank_));
  List const values = part_of(values_, 0, blocks.size(rank_));
  evaluate(space_, model_, X(x.data() + first * p_, n_mine, static_cast<std::size_t>(p_)), values);
  subtract_targets(space_, values, Y(y.data() + first, n_mine), Scalar(1), values, error_.data());
  double error = to_list(space_, error_)[0];
  comm_.sum_to_all(&error, 1);
  return std::sqrt(error / static_cast<double>(n));
}

template <class Scalar, class ExecSpace>
double TrainingStep<Scalar, ExecSpace>::largest_norm()
{
  spectral_norms(space_, ConstRows<Scalar, ExecSpace>(model_.coefficients), norms_);
  double largest = 0;
  for (double const norm : to_list(space_, norms_)) {
    if (std::isnan(norm)) return norm;
    largest = std::max(largest, norm);
  }
  return largest;
}

template <class Scalar, class ExecSpace>
bool TrainingStep<Scalar, ExecSpace>::has_finite_diagonal() const
{
  auto const mu = to_list(space_, model_.diagonal);
  return std::all_of(mu.begin(), mu.end(), [](Scalar entry) { return std::isfinite(entry); });
}

template <class Scalar, class ExecSpace>
void TrainingStep<Scalar, ExecSpace>::set_parameters(List const& parameters)
{
  Kokkos::deep_copy(space_, parameters_, parameters);
  update_diagonal();
}

template <class Scalar, class ExecSpace>
void TrainingStep<Scalar, ExecSpace>::copy_to(TrainableModel<Scalar, ExecSpace>& model) const
{
  if (n_upper_ > 0) Kokkos::deep_copy(space_, flat(model.upper), part_of(parameters_, 0, n_upper_));
  Kokkos::deep_copy(space_, flat(model.coefficients),
                    part_of(parameters_, n_upper_, n_coefficients_));
  auto const numbers = to_list(space_, part_of(parameters_, n_upper_ + n_coefficients_, d_));
  model.diagonal.start = numbers[0];
  model.diagonal.increments.assign(numbers.begin() + 1, numbers.end());
}

#define KOVAR_INSTANTIATE(ExecSpace)              \
  template class TrainingStep<double, ExecSpace>; \
  template class TrainingStep<float, ExecSpace>;
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::spectral
