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

/// Blocks of rows with the entries of a list on the host.
template <class Scalar, class ExecSpace>
Cube<Scalar, ExecSpace> blocks_of(ExecSpace const& space, std::vector<Scalar> const& list,
                                  std::int64_t n_blocks, std::int64_t n_rows,
                                  std::string const& label)
{
  auto const blocks = allocate<Cube<Scalar, ExecSpace>>(
      space, label, n_blocks, n_rows, static_cast<std::int64_t>(list.size()) / (n_blocks * n_rows));
  Kokkos::deep_copy(space, Vector<Scalar, ExecSpace>(blocks.data(), list.size()),
                    HostListView<Scalar const>(list.data(), list.size()));
  space.fence();  // the list may go away
  return blocks;
}

template <class Scalar>
std::vector<Scalar> initial_coefficients(std::int64_t n_heads, std::int64_t d, std::int64_t p,
                                         std::uint64_t seed)
{
  double const divisor = std::sqrt(static_cast<double>(d)) * static_cast<double>(p);
  std::vector<Scalar> a(static_cast<std::size_t>(n_heads * p * linalg::triangle_size(d)));
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
  return initial_heads<Scalar>(space, d, p, {k}, seed, storage).head(0);
}

template <class Scalar, class ExecSpace>
TrainableHeads<Scalar, ExecSpace> initial_heads(ExecSpace const& space, std::int64_t d,
                                                std::int64_t p, std::vector<std::int64_t> const& k,
                                                std::uint64_t seed, Storage storage)
{
  KOVAR_REQUIRE(p > 0, "p is " << p << " (a model has at least one feature); give it features");
  KOVAR_REQUIRE(!k.empty(),
                "there are no heads (a model gives at least one number); give each an index k");
  TrainableHeads<Scalar, ExecSpace> heads;
  heads.k = k;
  heads.diagonals.assign(k.size(), equally_spaced_diagonal<Scalar>(d));
  for (std::int64_t const index : k) linalg::eigenvalue_index(index, d);
  auto const n_heads = static_cast<std::int64_t>(k.size());
  auto const lower = initial_coefficients<Scalar>(n_heads, d, p, seed);
  heads.coefficients = blocks_of(space, lower, n_heads, p, "kovar::spectral::coefficients");
  if (storage == Storage::full)
    heads.upper =
        blocks_of(space, strict_triangles(lower, d), n_heads, p, "kovar::spectral::upper");
  return heads;
}

template <class Scalar, class ExecSpace>
TrainableHeads<Scalar, ExecSpace> as_head(TrainableModel<Scalar, ExecSpace> const& model)
{
  auto const block = [](Rows<Scalar, ExecSpace> const& rows) {
    return Cube<Scalar, ExecSpace>(rows.data(), 1, rows.extent(0), rows.extent(1));
  };
  TrainableHeads<Scalar, ExecSpace> heads;
  heads.k = {model.k};
  heads.diagonals = {model.diagonal};
  heads.coefficients = block(model.coefficients);
  if (model.storage() == Storage::full) heads.upper = block(model.upper);
  return heads;
}

template <class Scalar, class ExecSpace>
EigenvalueModel<Scalar, ExecSpace> eigenvalue_model(ExecSpace const& space,
                                                    TrainableModel<Scalar, ExecSpace> const& model)
{
  return {model.k, to_space<Scalar>(space, entries_of(model.diagonal), "kovar::spectral::diagonal"),
          model.coefficients};
}

template <class Scalar, class ExecSpace>
HeadedModel<Scalar, ExecSpace> headed_model(ExecSpace const& space,
                                            TrainableHeads<Scalar, ExecSpace> const& heads)
{
  HeadedModel<Scalar, ExecSpace> model;
  model.k = heads.k;
  model.diagonals = allocate<Rows<Scalar, ExecSpace>>(space, "kovar::spectral::diagonals",
                                                      heads.n_heads(), heads.order());
  for (std::int64_t h = 0; h < heads.n_heads(); ++h) {
    Vector<Scalar, ExecSpace> const row = Kokkos::subview(model.diagonals, h, Kokkos::ALL);
    auto const mu = entries_of(heads.diagonals[static_cast<std::size_t>(h)]);
    Kokkos::deep_copy(space, row, HostListView<Scalar const>(mu.data(), mu.size()));
    space.fence();  // the list goes away
  }
  model.coefficients = heads.coefficients;
  return model;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                    \
  template TrainableModel<Scalar, ExecSpace> initial_model(                                     \
      ExecSpace const&, std::int64_t, std::int64_t, std::int64_t, std::uint64_t, Storage);      \
  template EigenvalueModel<Scalar, ExecSpace> eigenvalue_model(                                 \
      ExecSpace const&, TrainableModel<Scalar, ExecSpace> const&);                              \
  template TrainableHeads<Scalar, ExecSpace> initial_heads(                                     \
      ExecSpace const&, std::int64_t, std::int64_t, std::vector<std::int64_t> const&,           \
      std::uint64_t, Storage);                                                                  \
  template TrainableHeads<Scalar, ExecSpace> as_head(TrainableModel<Scalar, ExecSpace> const&); \
  template HeadedModel<Scalar, ExecSpace> headed_model(ExecSpace const&,                        \
                                                       TrainableHeads<Scalar, ExecSpace> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::spectral
