// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_FIT_RANDOM_TENSOR_HPP
#define KOVAR_TESTS_FIT_RANDOM_TENSOR_HPP

#include <kovar/fit/template_tensor.hpp>

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

/// \file
/// Tensors of random numbers with everything that a fit may meet: tiny yields, empty bins, processes
/// without statistics, masked bins, systematics that change nothing or the same as another, terms from
/// outside.

namespace kovar::test {

/// What random tensors differ in.
struct RandomShape {
  unsigned seed = 1;
  fit::SystematicType type = fit::SystematicType::log_normal;
  bool is_symmetric = true;
  std::int64_t n_bins = 12;  ///< fitted
  std::int64_t n_masked_bins = 3;
  std::int64_t n_processes = 4;  ///< two of them signals
  std::int64_t n_systematics = 7;
  double filling = 0.4;  ///< share of variations that are not 0
};

class RandomNumbers {
 public:
  explicit RandomNumbers(unsigned seed) : engine_(seed) {}
  double uniform() { return std::uniform_real_distribution<double>(0, 1)(engine_); }
  double normal() { return std::normal_distribution<double>()(engine_); }
  bool chance(double probability) { return uniform() < probability; }
  double choice(std::vector<double> const& list)
  {
    return list[static_cast<std::size_t>(uniform() * static_cast<double>(list.size()))];
  }
  std::vector<double> normals(std::int64_t n, double scale)
  {
    std::vector<double> found;
    for (std::int64_t i = 0; i < n; ++i) found.push_back(scale * normal());
    return found;
  }

 private:
  std::mt19937 engine_;
};

/// A sparse matrix from its dense rows; zeros are left out.
inline linalg::HostSparseMatrix sparse_rows(std::vector<std::vector<double>> const& rows,
                                            std::int64_t n_columns)
{
  using Host = Kokkos::DefaultHostExecutionSpace;
  std::vector<std::int64_t> start = {0};
  std::vector<std::int32_t> column;
  std::vector<double> value;
  for (auto const& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c)
      if (row[c] != 0) {
        column.push_back(static_cast<std::int32_t>(c));
        value.push_back(row[c]);
      }
    start.push_back(static_cast<std::int64_t>(value.size()));
  }
  linalg::HostSparseMatrix a;
  a.n_columns = n_columns;
  a.row_start = Vector<std::int64_t, Host>("test::row_start", start.size());
  a.column = Vector<std::int32_t, Host>("test::column", column.size());
  a.value = Vector<double, Host>("test::value", value.size());
  for (std::size_t k = 0; k < start.size(); ++k) a.row_start(k) = start[k];
  for (std::size_t k = 0; k < value.size(); ++k) {
    a.column(k) = column[k];
    a.value(k) = value[k];
  }
  return a;
}

/// A random symmetric positive definite matrix, row after row.
inline std::vector<double> random_definite(RandomNumbers& numbers, std::int64_t n, double scale)
{
  auto const root = numbers.normals(n * n, 1);
  std::vector<double> found(root.size());
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      double sum = i == j ? 0.5 * static_cast<double>(n) : 0;
      for (std::int64_t k = 0; k < n; ++k)
        sum +=
            root[static_cast<std::size_t>(i * n + k)] * root[static_cast<std::size_t>(j * n + k)];
      found[static_cast<std::size_t>(i * n + j)] = scale * sum;
    }
  return found;
}

/// A term over all but one of the parameters named, with a positive definite Hessian.
inline fit::ExternalTerm random_term(RandomNumbers& numbers, std::string const& name,
                                     std::vector<std::string> parameters)
{
  parameters.pop_back();
  auto const n = static_cast<std::int64_t>(parameters.size());
  fit::ExternalTerm term;
  term.name = name;
  term.parameters = std::move(parameters);
  term.gradient = numbers.normals(n, 0.5);
  auto const dense = random_definite(numbers, n, 0.1);
  std::vector<std::vector<double>> rows;
  for (std::int64_t i = 0; i < n; ++i)
    rows.emplace_back(dense.begin() + i * n, dense.begin() + (i + 1) * n);
  term.hessian = linalg::upper_half(sparse_rows(rows, n));
  return term;
}

/// One entry of a random tensor: its yield, statistics and variations.
inline void add_random_entry(RandomNumbers& numbers, RandomShape const& shape, std::int32_t process,
                             fit::TemplateTensor& t, std::vector<std::vector<double>>& rows)
{
  double const yield = numbers.choice({1e-7, 0.4, 6, 30, 400}) * (0.5 + numbers.uniform());
  t.entry_process.push_back(process);
  t.entry_yield.push_back(yield);
  t.sum_of_weights.back() = yield;
  double const kstat = numbers.choice({0.8, 6, 50, 3000}) * (0.5 + numbers.uniform());
  t.sum_of_squared_weights.back() = numbers.chance(0.2) ? 0 : yield * yield / kstat;
  bool const is_additive = shape.type == fit::SystematicType::additive;
  std::vector<double> row(static_cast<std::size_t>(t.variations.n_columns), 0.0);
  for (auto& k : row)
    if (numbers.chance(shape.filling)) k = (is_additive ? 0.04 * yield : 0.15) * numbers.normal();
  auto const n = static_cast<std::size_t>(shape.n_systematics);
  row[n - 1] = 0;       // changes nothing
  row[n - 2] = row[0];  // the same as the first
  rows.push_back(row);
}

/// A valid tensor; the last systematic has an empty column (up and down differing: its mean has).
inline fit::TemplateTensor random_tensor(RandomShape const& shape)
{
  RandomNumbers numbers(shape.seed);
  fit::TemplateTensor t;
  t.type = shape.type;
  t.is_symmetric = shape.is_symmetric;
  std::int64_t const n_all = shape.n_bins + shape.n_masked_bins;
  t.channels = {{"fitted", 0, shape.n_bins, false}};
  if (shape.n_masked_bins > 0) t.channels.push_back({"masked", shape.n_bins, n_all, true});
  for (std::int64_t p = 0; p < shape.n_processes; ++p)
    t.processes.push_back("process" + std::to_string(p));
  t.n_signals = std::min<std::int64_t>(2, shape.n_processes);
  for (std::int64_t j = 0; j < shape.n_systematics; ++j) {
    t.systematics.push_back("systematic" + std::to_string(j));
    t.constraint_weights.push_back(j < 2 ? 0 : 1);
  }
  t.n_bins = shape.n_bins;
  t.variations.n_columns = shape.n_systematics * (shape.is_symmetric ? 1 : 2);
  std::vector<std::vector<double>> rows;
  t.bin_start.push_back(0);
  for (std::int64_t bin = 0; bin < n_all; ++bin) {
    double expected = 0;
    for (std::int64_t p = 0; p < shape.n_processes; ++p) {
      t.sum_of_weights.push_back(0);
      t.sum_of_squared_weights.push_back(0);
      // The second bin is empty, the third has one process only.
      if (bin == 1 || (bin == 2 && p != 0) || (bin > 2 && numbers.chance(0.25))) continue;
      add_random_entry(numbers, shape, static_cast<std::int32_t>(p), t, rows);
      expected += t.entry_yield.back();
    }
    t.bin_start.push_back(t.n_entries());
    if (bin >= shape.n_bins) continue;
    double const data = expected * (0.3 + 1.4 * numbers.uniform()) + 2 * numbers.uniform();
    t.data.push_back(bin == 1 || bin % 5 == 3 ? 0 : std::floor(data));
    t.data_variances.push_back(1 + expected);
  }
  t.variations = sparse_rows(rows, t.variations.n_columns);
  std::vector<std::string> names = {t.processes[0]};
  names.insert(names.end(), t.systematics.begin(), t.systematics.end());
  t.external_terms = {random_term(numbers, "inner", t.systematics),
                      random_term(numbers, "outer", names)};
  t.data_covariance_inverse =
      random_definite(numbers, shape.n_bins, 0.02 / static_cast<double>(shape.n_bins));
  return t;
}

}  // namespace kovar::test

#endif
