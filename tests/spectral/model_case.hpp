// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_SPECTRAL_MODEL_CASE_HPP
#define KOVAR_TESTS_SPECTRAL_MODEL_CASE_HPP

#include "support/views.hpp"

#include <kovar/spectral/eigenvalue_model.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Models and samples on a space, from host lists.

namespace kovar::test {

/// Row-major, last index fastest.
template <class Scalar, class ExecSpace>
spectral::Rows<Scalar, ExecSpace> to_rows(std::vector<double> const& values, std::int64_t n_rows,
                                          std::int64_t n_columns)
{
  spectral::Rows<Scalar, ExecSpace> const rows("test::rows", n_rows, n_columns);
  auto const host = Kokkos::create_mirror_view(rows);
  for (std::int64_t i = 0; i < n_rows; ++i)
    for (std::int64_t j = 0; j < n_columns; ++j)
      host(i, j) = static_cast<Scalar>(values[static_cast<std::size_t>(i * n_columns + j)]);
  Kokkos::deep_copy(rows, host);
  return rows;
}

template <class Scalar, class ExecSpace>
Vector<Scalar, ExecSpace> to_list(std::vector<double> const& values)
{
  Vector<Scalar, ExecSpace> const list("test::list", values.size());
  auto const host = Kokkos::create_mirror_view(list);
  for (std::size_t i = 0; i < values.size(); ++i) host(i) = static_cast<Scalar>(values[i]);
  Kokkos::deep_copy(list, host);
  return list;
}

/// Row by row.
template <class View>
std::vector<double> row_values(View const& rows)
{
  HostMatrix const host = to_host(rows);
  std::vector<double> values;
  for (std::int64_t i = 0; i < host.n_rows; ++i)
    for (std::int64_t j = 0; j < host.n_cols; ++j) values.push_back(host(i, j));
  return values;
}

/// A model and samples, on the host.
struct ModelCase {
  std::int64_t d = 0;
  std::int64_t p = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  std::vector<double> diagonal;
  std::vector<double> coefficients;  ///< p x d (d + 1) / 2
  std::vector<double> x;             ///< n x p
  std::vector<double> upstream;      ///< n
};

/// What the model gives for it.
struct ModelResults {
  std::vector<double> values;
  std::vector<double> values_only;  ///< without vectors
  HostMatrix vectors;               ///< n x vector_row_length(d)
  std::vector<double> by_diagonal;
  std::vector<double> by_coefficients;
  std::vector<double> by_x;
};

template <class Scalar, class ExecSpace>
ModelResults results_of(ModelCase const& c)
{
  ExecSpace const space;
  spectral::EigenvalueModel<Scalar, ExecSpace> model;
  model.k = c.k;
  model.diagonal = to_list<Scalar, ExecSpace>(c.diagonal);
  model.coefficients = to_rows<Scalar, ExecSpace>(c.coefficients, c.p, c.d * (c.d + 1) / 2);
  spectral::ConstRows<Scalar, ExecSpace> const x = to_rows<Scalar, ExecSpace>(c.x, c.n, c.p);
  auto const upstream = to_list<Scalar, ExecSpace>(c.upstream);
  Vector<Scalar, ExecSpace> const values("test::values", c.n);
  Vector<Scalar, ExecSpace> const values_only("test::values_only", c.n);
  spectral::Rows<Scalar, ExecSpace> const vectors(
      "test::vectors", c.n, spectral::vector_row_length<Scalar, ExecSpace>(c.d));
  spectral::Rows<Scalar, ExecSpace> const by_x("test::by_x", c.n, c.p);
  auto const gradient = spectral::make_gradient(space, model);
  spectral::evaluate(space, model, x, values);
  Kokkos::deep_copy(space, values_only, values);
  spectral::evaluate(space, model, x, values, vectors);
  spectral::parameter_gradient(space, model, x, vectors, upstream, gradient);
  spectral::feature_gradient(space, model, vectors, upstream, by_x);
  space.fence();
  return {to_vector(values),
          to_vector(values_only),
          to_host(vectors),
          to_vector(gradient.diagonal),
          row_values(gradient.coefficients),
          row_values(by_x)};
}

}  // namespace kovar::test

#endif
