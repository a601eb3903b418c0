// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/random.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/kth_eigenpair.hpp>
#include <kovar/spectral/trainable_model.hpp>

#include <cmath>
#include <utility>
#include <vector>

namespace kovar::spectral {
namespace {

/// Rows of a list on the host.
template <class Scalar, class ExecSpace>
Rows<Scalar, ExecSpace> rows_of(ExecSpace const& space, std::vector<Scalar> const& list,
                                std::int64_t n_rows, std::string const& label)
{
  auto const rows = allocate<Rows<Scalar, ExecSpace>>(
      space, label, n_rows, static_cast<std::int64_t>(list.size()) / n_rows);
  Kokkos::deep_copy(space, Vector<Scalar, ExecSpace>(rows.data(), list.size()),
                    HostListView<Scalar const>(list.data(), list.size()));
  space.fence();  // the list may go away
  return rows;
}

template <class Scalar>
std::vector<Scalar> initial_coefficients(std::int64_t d, std::int64_t p, std::uint64_t seed)
{
  double const divisor = std::sqrt(static_cast<double>(d)) * static_cast<double>(p);
  std::vector<Scalar> a(static_cast<std::size_t>(p * linalg::triangle_size(d)));
  for (std::size_t e = 0; e < a.size(); ++e) {
    NormalPair const pair = normal_pair(seed, 0, e / 2);
    a[e] = static_cast<Scalar>((e % 2 == 0 ? pair.first : pair.second) / divisor);
  }
  return a;
}

/// The strict part of lower triangles of d rows.
template <class Scalar>
std::vector<Scalar> strict_triangles(std::vector<Scalar> const& lower, std::int64_t d)
{
  std::vector<Scalar> strict;
  strict.reserve(lower.size());
  auto const size = static_cast<std::size_t>(linalg::triangle_size(d));
  for (std::size_t first = 0; first < lower.size(); first += size)
    for (std::int64_t i = 1; i < d; ++i)
      for (std::int64_t j = 0; j < i; ++j)
        strict.push_back(lower[first + static_cast<std::size_t>(linalg::triangle_size(i) + j)]);
  return strict;
}

}  // namespace

template <class Scalar, class ExecSpace>
TrainableModel<Scalar, ExecSpace> initial_model(ExecSpace const& space, std::int64_t d,
                                                std::int64_t p, std::int64_t k, std::uint64_t seed,
                                                Storage storage)
{
  KOVAR_REQUIRE(p > 0, "p is " << p << " (a model has at least one feature); give it features");
  TrainableModel<Scalar, ExecSpace> model;
  model.k = k;
  model.diagonal = equally_spaced_diagonal<Scalar>(d);
  linalg::eigenvalue_index(k, d);
  auto const lower = initial_coefficients<Scalar>(d, p, seed);
  model.coefficients = rows_of(space, lower, p, "kovar::spectral::coefficients");
  if (storage == Storage::full)
    model.upper = rows_of(space, strict_triangles(lower, d), p, "kovar::spectral::upper");
  return model;
}

template <class Scalar, class ExecSpace>
EigenvalueModel<Scalar, ExecSpace> eigenvalue_model(ExecSpace const& space,
                                                    TrainableModel<Scalar, ExecSpace> const& model)
{
  return {model.k, to_space<Scalar>(space, entries_of(model.diagonal), "kovar::spectral::diagonal"),
          model.coefficients};
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                               \
  template TrainableModel<Scalar, ExecSpace> initial_model(                                \
      ExecSpace const&, std::int64_t, std::int64_t, std::int64_t, std::uint64_t, Storage); \
  template EigenvalueModel<Scalar, ExecSpace> eigenvalue_model(                            \
      ExecSpace const&, TrainableModel<Scalar, ExecSpace> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::spectral
