// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/interleaved.hpp>
#include <kovar/linalg/kth_eigenpair.hpp>
#include <kovar/linalg/lane_tridiagonal_eigenpair.hpp>
#include <kovar/spectral/feature_blocks.hpp>
#include <kovar/spectral/lane_assembly.hpp>
#include <kovar/spectral/model_shapes.hpp>
#include <kovar/spectral/tridiagonal_model.hpp>
#include <kovar/spectral/weighted_sums.hpp>

namespace kovar::spectral {
namespace {

using linalg::LaneArray;
using linalg::LaneGroup;
using linalg::LanePack;

/// \throws InputError if extents are not those of order d and p features
template <class Scalar, class ExecSpace>
void require_parameters(TridiagonalParameters<Scalar, ExecSpace> const& parameters, std::int64_t d,
                        std::int64_t p, char const* what)
{
  auto const is = [](auto extent, std::int64_t n) {
    return static_cast<std::int64_t>(extent) == n;
  };
  KOVAR_REQUIRE(is(parameters.diagonal_weights.extent(0), d) &&
                    is(parameters.diagonal_weights.extent(1), p) &&
                    is(parameters.diagonal_bias.extent(0), d) &&
                    is(parameters.off_diagonal_weights.extent(0), d - 1) &&
                    (d == 1 || is(parameters.off_diagonal_weights.extent(1), p)) &&
                    is(parameters.off_diagonal_bias.extent(0), d - 1),
                what << " do not fit order " << d << " and " << p
                     << " features (W_D is d x p, b_D has d entries, W_E is d - 1 x p, b_E has "
                        "d - 1); take make_tridiagonal_model() and make_gradient()");
}

/// \return the index that k stands for
template <class Scalar, class ExecSpace>
int require_model(TridiagonalModel<Scalar, ExecSpace> const& model)
{
  KOVAR_REQUIRE(model.order() > 0,
                "d is 0 (a matrix has at least one row); give the model a diagonal");
  KOVAR_REQUIRE(model.n_features() > 0,
                "p is 0 (a model has at least one feature); give it weights");
  require_parameters(model, model.order(), model.n_features(), "the model's parameters");
  return static_cast<int>(linalg::eigenvalue_index(model.k, model.order()));
}

template <class Scalar, class ExecSpace>
void require_vectors(TridiagonalModel<Scalar, ExecSpace> const& model, std::size_t n,
                     Rows<Scalar, ExecSpace> const& vectors)
{
  KOVAR_REQUIRE(
      vectors.extent(0) >= n && static_cast<std::int64_t>(vectors.extent(1)) == model.order(),
      "'" << vectors.label() << "' is " << vectors.extent(0) << " x " << vectors.extent(1)
          << " for " << n << " samples and order " << model.order()
          << " (a row of that many numbers for each sample is needed)");
}

/// Derivative of L by diagonal entry j of sample b.
template <class Scalar, class ExecSpace>
struct DiagonalWeight {
  Rows<Scalar, ExecSpace> vectors;
  Vector<Scalar, ExecSpace> upstream;
  KOKKOS_FORCEINLINE_FUNCTION Scalar operator()(std::int64_t b, std::int64_t j) const
  {
    return upstream(b) * vectors(b, j) * vectors(b, j);
  }
};

/// Derivative of L by off-diagonal entry j of sample b, which stands twice in the matrix.
template <class Scalar, class ExecSpace>
struct OffDiagonalWeight {
  Rows<Scalar, ExecSpace> vectors;
  Vector<Scalar, ExecSpace> upstream;
  KOKKOS_FORCEINLINE_FUNCTION Scalar operator()(std::int64_t b, std::int64_t j) const
  {
    return 2 * upstream(b) * vectors(b, j) * vectors(b, j + 1);
  }
};

template <class Scalar, class ExecSpace>
TridiagonalParameters<Scalar, ExecSpace> zero_parameters(ExecSpace const& space, std::int64_t d,
                                                         std::int64_t p)
{
  auto const n = static_cast<std::size_t>(d);
  auto const n_features = static_cast<std::size_t>(p);
  TridiagonalParameters<Scalar, ExecSpace> parameters;
  parameters.diagonal_weights = Rows<Scalar, ExecSpace>(
      Kokkos::view_alloc(space, "kovar::spectral::diagonal_weights"), n, n_features);
  parameters.diagonal_bias =
      Vector<Scalar, ExecSpace>(Kokkos::view_alloc(space, "kovar::spectral::diagonal_bias"), n);
  parameters.off_diagonal_weights = Rows<Scalar, ExecSpace>(
      Kokkos::view_alloc(space, "kovar::spectral::off_diagonal_weights"), n - 1, n_features);
  parameters.off_diagonal_bias = Vector<Scalar, ExecSpace>(
      Kokkos::view_alloc(space, "kovar::spectral::off_diagonal_bias"), n - 1);
  return parameters;
}

/// Both diagonals of a group's matrices, one after the other.
template <class Pack, class Scalar, class ExecSpace, class Array>
KOKKOS_INLINE_FUNCTION void assemble(TridiagonalModel<Scalar, ExecSpace> const& model,
                                     ConstRows<Scalar, ExecSpace> const& x, LaneGroup const& group,
                                     Array const& features, Array const& entries)
{
  load_rows<Pack>(x, group, static_cast<std::int64_t>(x.extent(1)), features);
  affine_map<Pack>(model.diagonal_weights, model.diagonal_bias, features, entries);
  affine_map<Pack>(model.off_diagonal_weights, model.off_diagonal_bias, features,
                   entries + static_cast<std::int64_t>(model.diagonal_bias.extent(0)));
}

}  // namespace

template <class Scalar, class ExecSpace>
TridiagonalModel<Scalar, ExecSpace> make_tridiagonal_model(ExecSpace const& space, std::int64_t d,
                                                           std::int64_t p, std::int64_t k)
{
  KOVAR_REQUIRE(d > 0, "d is " << d << " (a matrix has at least one row); give a positive order");
  KOVAR_REQUIRE(p > 0, "p is " << p << " (a model has at least one feature); give it features");
  linalg::eigenvalue_index(k, d);
  return {zero_parameters<Scalar>(space, d, p), k};
}

template <class Scalar, class ExecSpace>
TridiagonalParameters<Scalar, ExecSpace> make_gradient(
    ExecSpace const& space, TridiagonalModel<Scalar, ExecSpace> const& model)
{
  require_model(model);
  return zero_parameters<Scalar>(space, model.order(), model.n_features());
}

template <class Scalar, class ExecSpace>
void evaluate(ExecSpace const& space, TridiagonalModel<Scalar, ExecSpace> const& model,
              ConstRows<Scalar, ExecSpace> const& x, Vector<Scalar, ExecSpace> const& values)
{
  int const k = require_model(model);
  require_samples(model, x, values);
  Region const region("kovar::spectral::evaluate");
  using Pack = LanePack<Scalar, ExecSpace>;
  using Array = LaneArray<Scalar, ExecSpace>;
  int const d = static_cast<int>(model.order());
  std::int64_t const n_work = linalg::tridiagonal_pair_work_size(d);
  linalg::for_lane_groups<Scalar>(
      space, "kovar::spectral::tridiagonal_values", static_cast<std::int64_t>(x.extent(0)),
      n_work + 2 * d + model.n_features(),
      KOKKOS_LAMBDA(LaneGroup const& group, Array const& work) {
        Array const entries = work + n_work;
        assemble<Pack>(model, x, group, entries + 2 * d, entries);
        Pack const value = linalg::lane_tridiagonal_value<Pack>(entries, d, k, work);
        for (int lane = 0; lane < group.n; ++lane)
          values(group.first + lane) = lane_of(value, lane);
      });
}

template <class Scalar, class ExecSpace>
void evaluate(ExecSpace const& space, TridiagonalModel<Scalar, ExecSpace> const& model,
              ConstRows<Scalar, ExecSpace> const& x, Vector<Scalar, ExecSpace> const& values,
              Rows<Scalar, ExecSpace> const& vectors)
{
  int const k = require_model(model);
  require_samples(model, x, values);
  require_vectors(model, x.extent(0), vectors);
  Region const region("kovar::spectral::evaluate");
  using Pack = LanePack<Scalar, ExecSpace>;
  using Array = LaneArray<Scalar, ExecSpace>;
  int const d = static_cast<int>(model.order());
  std::int64_t const n_work = linalg::tridiagonal_pair_work_size(d);
  linalg::for_lane_groups<Scalar>(
      space, "kovar::spectral::tridiagonal_values_and_vectors",
      static_cast<std::int64_t>(x.extent(0)), n_work + 3 * d + model.n_features(),
      KOKKOS_LAMBDA(LaneGroup const& group, Array const& work) {
        Array const entries = work + n_work;
        Array const vector = entries + 2 * d;
        assemble<Pack>(model, x, group, vector + d, entries);
        Pack const value = linalg::lane_tridiagonal_pair<Pack>(entries, d, k, vector, work);
        for (int lane = 0; lane < group.n; ++lane) {
          values(group.first + lane) = lane_of(value, lane);
          for (int i = 0; i < d; ++i) vectors(group.first + lane, i) = lane_of(vector[i], lane);
        }
      });
}

template <class Scalar, class ExecSpace>
void parameter_gradient(ExecSpace const& space, TridiagonalModel<Scalar, ExecSpace> const& model,
                        ConstRows<Scalar, ExecSpace> const& x,
                        Rows<Scalar, ExecSpace> const& vectors,
                        Vector<Scalar, ExecSpace> const& upstream,
                        TridiagonalParameters<Scalar, ExecSpace> const& gradient)
{
  require_model(model);
  require_samples(model, x, upstream);
  require_vectors(model, x.extent(0), vectors);
  require_parameters(gradient, model.order(), model.n_features(), "the gradient's arrays");
  Region const region("kovar::spectral::parameter_gradient");
  auto const n = static_cast<std::int64_t>(x.extent(0));
  DiagonalWeight<Scalar, ExecSpace> const on = {vectors, upstream};
  OffDiagonalWeight<Scalar, ExecSpace> const off = {vectors, upstream};
  weighted_row_sums(space, "kovar::spectral::diagonal_weights_gradient", on, x,
                    gradient.diagonal_weights);
  weighted_sums(space, "kovar::spectral::diagonal_bias_gradient", on, n, gradient.diagonal_bias);
  weighted_row_sums(space, "kovar::spectral::off_diagonal_weights_gradient", off, x,
                    gradient.off_diagonal_weights);
  weighted_sums(space, "kovar::spectral::off_diagonal_bias_gradient", off, n,
                gradient.off_diagonal_bias);
}

template <class Scalar, class ExecSpace>
void feature_gradient(ExecSpace const& space, TridiagonalModel<Scalar, ExecSpace> const& model,
                      Rows<Scalar, ExecSpace> const& vectors,
                      Vector<Scalar, ExecSpace> const& upstream,
                      Rows<Scalar, ExecSpace> const& gradient)
{
  require_model(model);
  require_samples(model, ConstRows<Scalar, ExecSpace>(gradient), upstream);
  require_vectors(model, upstream.extent(0), vectors);
  Region const region("kovar::spectral::feature_gradient");
  using Pack = LanePack<Scalar, ExecSpace>;
  using Array = LaneArray<Scalar, ExecSpace>;
  int const d = static_cast<int>(model.order());
  int const p = static_cast<int>(model.n_features());
  linalg::for_lane_groups<Scalar>(
      space, "kovar::spectral::tridiagonal_feature_gradient",
      static_cast<std::int64_t>(upstream.extent(0)), d,
      KOKKOS_LAMBDA(LaneGroup const& group, Array const& q) {
        load_rows<Pack>(vectors, group, d, q);
        for_feature_blocks(p, [&](int first, auto n_features) {
          constexpr int n = decltype(n_features)::value;
          Pack sum[n] = {};
          for (int j = 0; j < d; ++j) {
            Pack const square = q[j] * q[j];
            Scalar const* const on = &model.diagonal_weights(j, first);
            for (int f = 0; f < n; ++f) sum[f] += square * on[f];
            if (j + 1 == d) break;
            Pack const twice = 2 * q[j] * q[j + 1];
            Scalar const* const off = &model.off_diagonal_weights(j, first);
            for (int f = 0; f < n; ++f) sum[f] += twice * off[f];
          }
          store_feature_gradient<n, Pack>(group, first, sum, upstream, gradient);
        });
      });
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                       \
  template TridiagonalModel<Scalar, ExecSpace> make_tridiagonal_model(                             \
      ExecSpace const&, std::int64_t, std::int64_t, std::int64_t);                                 \
  template TridiagonalParameters<Scalar, ExecSpace> make_gradient(                                 \
      ExecSpace const&, TridiagonalModel<Scalar, ExecSpace> const&);                               \
  template void evaluate(ExecSpace const&, TridiagonalModel<Scalar, ExecSpace> const&,             \
                         ConstRows<Scalar, ExecSpace> const&, Vector<Scalar, ExecSpace> const&);   \
  template void evaluate(ExecSpace const&, TridiagonalModel<Scalar, ExecSpace> const&,             \
                         ConstRows<Scalar, ExecSpace> const&, Vector<Scalar, ExecSpace> const&,    \
                         Rows<Scalar, ExecSpace> const&);                                          \
  template void parameter_gradient(                                                                \
      ExecSpace const&, TridiagonalModel<Scalar, ExecSpace> const&,                                \
      ConstRows<Scalar, ExecSpace> const&, Rows<Scalar, ExecSpace> const&,                         \
      Vector<Scalar, ExecSpace> const&, TridiagonalParameters<Scalar, ExecSpace> const&);          \
  template void feature_gradient(ExecSpace const&, TridiagonalModel<Scalar, ExecSpace> const&,     \
                                 Rows<Scalar, ExecSpace> const&, Vector<Scalar, ExecSpace> const&, \
                                 Rows<Scalar, ExecSpace> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::spectral
