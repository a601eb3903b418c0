// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/memory.hpp>
#include <kovar/core/region.hpp>
#include <kovar/dist/cholesky.hpp>
#include <kovar/dist/fill.hpp>
#include <kovar/dist/panels.hpp>
#include <kovar/dist/product.hpp>
#include <kovar/gp/factored_covariance_over_ranks.hpp>
#include <kovar/gp/prediction_block.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace kovar::gp {
namespace {

using dist::BlockCyclicMatrix;
using dist::Communicator;
using dist::Host;

/// What ranks must agree on before they work together.
std::vector<double> all_numbers_of(TrainingLists const& lists, TrainingOptions const& options)
{
  JitterOptions const& jitter = options.jitter;
  std::vector<double> list = {static_cast<double>(lists.n_given),
                              static_cast<double>(lists.n_columns),
                              static_cast<double>(lists.n_targets),
                              jitter.always,
                              jitter.base,
                              static_cast<double>(jitter.n_tries),
                              jitter.is_relative ? 1.0 : 0.0};
  list.insert(list.end(), lists.rows.begin(), lists.rows.end());
  for (auto const* const part : {&lists.x, &lists.y, &lists.noise_variance})
    list.insert(list.end(), part->begin(), part->end());
  return list;
}

template <class Scalar>
TrainingLists agreed_lists(Host const& space, Communicator const& comm,
                           TrainingSet<Scalar, Host> const& data, Model const& model,
                           TrainingOptions const& options, TaskOverRanks task)
{
  TrainingLists lists;
  dist::agree(comm, [&] {
    require_jitter(options.jitter);
    lists = make_training_lists(space, data, options.missing);
    require_model_fits(model, lists.n_columns);
    require_memory<Host>(
        "gp over ranks: " + std::to_string(lists.n()) + " points on " +
            std::to_string(comm.size()) + " ranks",
        needed_bytes_over_ranks(
            comm.size(), {lists.n(), lists.n_columns, lists.n_targets, sizeof(Scalar)}, task),
        "take more ranks on more machines, or single precision");
  });
  require_same_on_all_ranks(comm, "training set or options", all_numbers_of(lists, options));
  return lists;
}

template <class Scalar>
BlockCyclicMatrix<Scalar> square_matrix(Host const& space, Communicator const& comm, std::int64_t n)
{
  dist::ProcessGrid const grid(comm);
  return {space, "kovar::gp::covariance", grid, n, n, dist::square_blocks(grid, n)};
}

template <class Scalar>
Points<Scalar, Host> points_of(Host const& space, TrainingLists const& lists,
                               std::vector<std::int64_t> const& rows)
{
  std::int64_t const d = lists.n_columns;
  return {static_cast<std::int64_t>(rows.size()),
          owned_rows_of<Scalar>(space, "kovar::gp::points", rows, d,
                                [&](std::int64_t i, std::int64_t c) {
                                  return lists.x[static_cast<std::size_t>(i * d + c)];
                                })};
}

/// Those from the first on.
template <class Scalar>
Points<Scalar, Host> some_points(Points<Scalar, Host> const& points, std::int64_t first,
                                 std::int64_t n)
{
  auto const end = static_cast<std::int64_t>(points.coordinates.extent(0));
  return {n, Kokkos::subview(points.coordinates, std::make_pair(first, end), Kokkos::ALL)};
}

/// Entries of this rank's share of the lower triangle that are NaN or infinite.
template <class Scalar>
std::int64_t count_owned_not_finite(Host const& space, BlockCyclicMatrix<Scalar> const& a)
{
  dist::BlockCyclic const rows = a.rows();
  dist::BlockCyclic const columns = a.columns();
  std::int64_t const grid_row = a.grid().row();
  std::int64_t const grid_column = a.grid().column();
  auto const local = a.local();
  auto const n_rows = static_cast<std::int64_t>(local.extent(0));
  std::int64_t count = 0;
  Kokkos::parallel_reduce(
      "kovar::gp::count_owned_not_finite",
      Kokkos::RangePolicy<Host, Kokkos::IndexType<std::int64_t>>(
          space, 0, static_cast<std::int64_t>(local.extent(1))),
      KOKKOS_LAMBDA(std::int64_t j, std::int64_t & partial) {
        std::int64_t const first = rows.size_before(grid_row, columns.global(grid_column, j));
        for (std::int64_t i = first; i < n_rows; ++i)
          if (!(local(i, j) - local(i, j) == 0)) ++partial;
      },
      count);
  return count;
}

}  // namespace

std::int64_t prediction_width(std::int64_t n_points, dist::GridShape grid)
{
  constexpr std::int64_t n_of_column = 1024;
  return std::max(n_block_points, std::min(n_of_column * grid.columns, n_points / 2));
}

double needed_bytes_over_ranks(int n_ranks, ProcessSize const& size, TaskOverRanks task)
{
  dist::GridShape const grid = dist::nearly_square(n_ranks);
  bool const predicts = task == TaskOverRanks::prediction;
  auto const n = static_cast<double>(size.n_points);
  auto const d = static_cast<double>(size.n_columns);
  auto const q = static_cast<double>(size.n_targets);
  auto const scalar = static_cast<double>(size.scalar_size);
  double const n_rows = std::min(n, n / grid.rows + n_tile_points);
  double const n_columns = std::min(n, n / grid.columns + n_tile_points);
  // Lists in double: points, targets, residuals, alpha, and as much again while ranks compare or add them.
  double const lists = sizeof(double) * n * (3 * d + 5 * q + 4);
  double const points = scalar * (n_rows + n_columns) * (d + q);
  double const of_column = scalar * n_rows;
  double const lower_of_column =
      n_ranks == 1 ? of_column
                   : std::min(of_column, of_column / 2 + static_cast<double>(host_page_bytes()));
  auto const width =
      static_cast<double>(std::min(size.n_predicted, prediction_width(size.n_points, grid)));
  double const n_new = std::min(width, width / grid.columns + n_tile_points);
  auto const panel_of = [&](std::int64_t n_lines) {
    return n_ranks == 1 ? 0 : scalar * std::min(n, static_cast<double>(n_lines));
  };
  double const triangle = n_columns * lower_of_column;
  // Panels of the factor, and of the inverse, have gone when those of predictions are taken, or the upper triangle
  // is filled.
  double const factored =
      triangle + panel_of(dist::n_factor_columns) * (3 * n_rows + 2 * n_columns);
  double const after = predicts ? triangle + scalar * n_rows * n_new +
                                      panel_of(dist::n_panel_columns) * (n_rows + 2 * n_new)
                                : n_columns * of_column;
  return std::max(factored, after) + lists + points;
}

void require_same_on_all_ranks(Communicator const& comm, std::string const& what,
                               std::vector<double> const& mine)
{
  if (comm.size() == 1) return;
  auto n = static_cast<double>(mine.size());
  comm.broadcast(&n, 1);
  auto const require = [&](bool is_same) {
    dist::agree(comm, [&] {
      KOVAR_REQUIRE(is_same, "gp over ranks: rank " << comm.rank() << " has another " << what
                                                    << " than rank 0 (ranks that share a matrix "
                                                       "need the same, whole)");
    });
  };
  require(static_cast<std::size_t>(n) == mine.size());
  std::vector<double> of_root = mine;
  comm.broadcast(of_root.data(), static_cast<std::int64_t>(of_root.size()));
  // Bit by bit: a missing target is NaN.
  require(mine.empty() ||
          std::memcmp(of_root.data(), mine.data(), mine.size() * sizeof(double)) == 0);
}

template <class Scalar>
FactoredCovarianceOverRanks<Scalar>::FactoredCovarianceOverRanks(
    Host const& space, Communicator const& comm, TrainingSet<Scalar, Host> const& data,
    Model const& model, TrainingOptions const& options, TaskOverRanks task)
    : options_(options),
      lists_(agreed_lists(space, comm, data, model, options, task)),
      residual_(lists_.y.size()),
      alpha_list_(lists_.y.size()),
      kernel_program_(model.kernel, lists_.n_columns),
      program_(make_device_program<Scalar>(space, kernel_program_)),
      matrix_(square_matrix<Scalar>(space, comm, lists_.n())),
      points_{points_of<Scalar>(space, lists_, matrix_.owned_rows()),
              points_of<Scalar>(space, lists_, matrix_.owned_columns())}
{
}

template <class Scalar>
FactorReport FactoredCovarianceOverRanks<Scalar>::factor(Host const& space, Model const& model)
{
  Region const region("kovar::gp::factor_over_ranks");
  dist::agree(comm(), [&] { require_model_fits(model, lists_.n_columns); });
  require_same_on_all_ranks(comm(), "model", values_of(model));
  put_coefficients(space, kernel_program_, model.kernel, program_);
  learned_noise_ = model.noise.parameters.empty() ? 0 : model.noise.parameters[0].value.at(0);
  find_residual(lists_, model.mean, residual_);

  struct OnLadder {
    FactoredCovarianceOverRanks const& all;
    Host const& space;
    void fill(double jitter) const { all.fill(space, jitter); }
    bool factor() const { return static_cast<bool>(dist::cholesky(space, all.matrix_)); }
    std::vector<double> diagonal() const { return dist::diagonal_list(space, all.matrix_); }
    std::int64_t count_not_finite() const { return all.count_not_finite(space); }
    double scale() const
    {
      auto const list = diagonal();
      return mean_of(HostListView<double const>(list.data(), list.size()));
    }
  };
  FactorReport const report = climb_jitter_ladder<Scalar>(OnLadder{*this, space}, options_.jitter);
  if (report) find_alpha(space);
  return report;
}

template <class Scalar>
void FactoredCovarianceOverRanks<Scalar>::fill(Host const& space, double jitter) const
{
  auto const range = [](std::int64_t first, std::int64_t n) {
    return std::make_pair(first, first + n);
  };
  for (dist::Panel const& panel : dist::owned_panels(matrix_, dist::Part::lower))
    cross_covariance(
        space, program_, some_points(points_.rows, panel.row, panel.n_rows),
        some_points(points_.columns, panel.column, panel.n_columns),
        Matrix<Scalar, Host>(Kokkos::subview(matrix_.local(), range(panel.row, panel.n_rows),
                                             range(panel.column, panel.n_columns))));
  add_noise(space, learned_noise_ + jitter);
}

template <class Scalar>
void FactoredCovarianceOverRanks<Scalar>::add_noise(Host const& space, double common) const
{
  space.fence();  // the host adds to the diagonal
  auto const& local = matrix_.local();
  auto const n_rows = static_cast<std::int64_t>(local.extent(0));
  for (std::int64_t i = 0; i < n_rows; ++i) {
    std::int64_t const k = matrix_.global_row(i);
    if (matrix_.columns().owner(k) != matrix_.grid().column()) continue;
    double const known =
        lists_.noise_variance.empty() ? 0 : lists_.noise_variance[static_cast<std::size_t>(k)];
    // As Scalar holds it: so it is in the square of one process.
    double const noise = common + static_cast<double>(static_cast<Scalar>(known));
    Scalar& entry = local(i, matrix_.columns().local(k));
    entry = static_cast<Scalar>(static_cast<double>(entry) + noise);
  }
}

template <class Scalar>
std::int64_t FactoredCovarianceOverRanks<Scalar>::count_not_finite(Host const& space) const
{
  auto count = static_cast<double>(count_owned_not_finite(space, matrix_));
  comm().sum_to_all(&count, 1);
  return static_cast<std::int64_t>(count);
}

template <class Scalar>
void FactoredCovarianceOverRanks<Scalar>::find_alpha(Host const& space)
{
  auto const b = dist::columns_beside(space, "kovar::gp::alpha", matrix_, lists_.n_targets);
  auto const rows = b.owned_rows();
  auto const targets = b.owned_columns();
  auto const at = [&](std::size_t i, std::size_t t) {
    return static_cast<std::size_t>(targets[t] * n() + rows[i]);
  };
  for (std::size_t t = 0; t < targets.size(); ++t)
    for (std::size_t i = 0; i < rows.size(); ++i)
      b.local()(i, t) = static_cast<Scalar>(residual_[at(i, t)]);
  dist::solve_factored(space, matrix_, b);
  space.fence();  // the host reads alpha
  std::fill(alpha_list_.begin(), alpha_list_.end(), 0.0);
  for (std::size_t t = 0; t < targets.size(); ++t)
    for (std::size_t i = 0; i < rows.size(); ++i)
      alpha_list_[at(i, t)] = static_cast<double>(b.local()(i, t));
  comm().sum_to_all(alpha_list_.data(), static_cast<std::int64_t>(alpha_list_.size()));
}

template <class Scalar>
void FactoredCovarianceOverRanks<Scalar>::invert(Host const& space) const
{
  dist::invert_factored(space, matrix_);
}

template <class Scalar>
Matrix<Scalar, Host> FactoredCovarianceOverRanks<Scalar>::alpha_of(
    Host const& space, std::vector<std::int64_t> const& rows) const
{
  return owned_rows_of<Scalar>(space, "kovar::gp::owned_alpha", rows, lists_.n_targets,
                               [&](std::int64_t i, std::int64_t t) {
                                 return alpha_list_[static_cast<std::size_t>(t * n() + i)];
                               });
}

template <class Scalar>
OwnedWeight<Scalar> FactoredCovarianceOverRanks<Scalar>::weight(Host const& space) const
{
  return {alpha_of(space, matrix_.owned_rows()), alpha_of(space, matrix_.owned_columns()), matrix_,
          static_cast<Scalar>(-0.5 * static_cast<double>(lists_.n_targets))};
}

template <class Scalar>
std::vector<double> FactoredCovarianceOverRanks<Scalar>::parameter_sums(Host const& space) const
{
  auto sums = owned_parameter_sums(space, program_, points_, weight(space));
  comm().sum_to_all(sums.data(), static_cast<std::int64_t>(sums.size()));
  return sums;
}

template <class Scalar>
std::vector<double> FactoredCovarianceOverRanks<Scalar>::input_sums(Host const& space) const
{
  dist::fill_upper_triangle(space, matrix_);
  auto const owned = owned_input_sums(space, program_, points_, weight(space));
  auto const columns = matrix_.owned_columns();
  auto const d = static_cast<std::size_t>(lists_.n_columns);
  std::vector<double> sums(lists_.x.size(), 0.0);
  for (std::size_t j = 0; j < columns.size(); ++j)
    std::copy_n(&owned[j * d], d, &sums[static_cast<std::size_t>(columns[j]) * d]);
  comm().sum_to_all(sums.data(), static_cast<std::int64_t>(sums.size()));
  return sums;
}

template class FactoredCovarianceOverRanks<double>;
template class FactoredCovarianceOverRanks<float>;

}  // namespace kovar::gp
