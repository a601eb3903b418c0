// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/kth_eigenpair.hpp>
#include <kovar/spectral/headed_model.hpp>

namespace kovar::spectral {
namespace {

/// \throws InputError unless the parts of the model have one number of heads
template <class Scalar, class ExecSpace>
void require_heads(HeadedModel<Scalar, ExecSpace> const& model)
{
  KOVAR_REQUIRE(model.n_heads() > 0,
                "there are no heads (a model gives at least one number); give "
                "each an index k");
  KOVAR_REQUIRE(
      model.diagonals.extent(0) == model.k.size() && model.coefficients.extent(0) == model.k.size(),
      "'" << model.diagonals.label() << "' has " << model.diagonals.extent(0) << " diagonals and '"
          << model.coefficients.label() << "' " << model.coefficients.extent(0) << " blocks for "
          << model.k.size() << " heads (one for each is needed)");
}

/// \throws InputError unless a matrix has a column for each head
template <class Scalar, class ExecSpace>
void require_columns(HeadedModel<Scalar, ExecSpace> const& model,
                     Matrix<Scalar, ExecSpace> const& columns)
{
  require_heads(model);
  KOVAR_REQUIRE(static_cast<std::int64_t>(columns.extent(1)) == model.n_heads(),
                "'" << columns.label() << "' has " << columns.extent(1) << " columns for "
                    << model.n_heads() << " heads (one for each is needed)");
}

/// \throws InputError unless there is a block of eigenvectors for each head
template <class Scalar, class ExecSpace>
void require_blocks(HeadedModel<Scalar, ExecSpace> const& model,
                    Cube<Scalar, ExecSpace> const& vectors)
{
  KOVAR_REQUIRE(static_cast<std::int64_t>(vectors.extent(0)) == model.n_heads(),
                "'" << vectors.label() << "' has " << vectors.extent(0) << " blocks for "
                    << model.n_heads() << " heads (one for each is needed)");
}

template <class Scalar, class ExecSpace>
Vector<Scalar, ExecSpace> column(Matrix<Scalar, ExecSpace> const& columns, std::int64_t h)
{
  return Kokkos::subview(columns, Kokkos::ALL, h);
}

template <class Scalar, class ExecSpace>
Rows<Scalar, ExecSpace> block(Cube<Scalar, ExecSpace> const& blocks, std::int64_t h)
{
  return Kokkos::subview(blocks, h, Kokkos::ALL, Kokkos::ALL);
}

/// sum += part.
template <class Scalar, class ExecSpace>
void add_rows(ExecSpace const& space, Rows<Scalar, ExecSpace> const& part,
              Rows<Scalar, ExecSpace> const& sum)
{
  auto const p = static_cast<std::int64_t>(sum.extent(1));
  Kokkos::parallel_for(
      "kovar::spectral::add_head",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(
          space, 0, static_cast<std::int64_t>(sum.extent(0))),
      KOKKOS_LAMBDA(std::int64_t b) {
        for (std::int64_t f = 0; f < p; ++f) sum(b, f) += part(b, f);
      });
}

}  // namespace

template <class Scalar, class ExecSpace>
HeadedModel<Scalar, ExecSpace> make_headed_model(ExecSpace const& space, std::int64_t d,
                                                 std::int64_t p, std::vector<std::int64_t> const& k)
{
  KOVAR_REQUIRE(d > 0, "d is " << d << " (a matrix has at least one row); give a positive order");
  KOVAR_REQUIRE(p > 0, "p is " << p << " (a model has at least one feature); give it features");
  for (std::int64_t const index : k) linalg::eigenvalue_index(index, d);
  HeadedModel<Scalar, ExecSpace> model;
  model.k = k;
  model.diagonals = Rows<Scalar, ExecSpace>(Kokkos::view_alloc(space, "kovar::spectral::diagonals"),
                                            k.size(), static_cast<std::size_t>(d));
  model.coefficients = Cube<Scalar, ExecSpace>(
      Kokkos::view_alloc(space, "kovar::spectral::coefficients"), k.size(),
      static_cast<std::size_t>(p), static_cast<std::size_t>(linalg::triangle_size(d)));
  require_heads(model);
  return model;
}

template <class Scalar, class ExecSpace>
void evaluate(ExecSpace const& space, HeadedModel<Scalar, ExecSpace> const& model,
              ConstRows<Scalar, ExecSpace> const& x, Matrix<Scalar, ExecSpace> const& values)
{
  require_columns(model, values);
  for (std::int64_t h = 0; h < model.n_heads(); ++h)
    evaluate(space, model.head(h), x, column(values, h));
}

template <class Scalar, class ExecSpace>
void evaluate(ExecSpace const& space, HeadedModel<Scalar, ExecSpace> const& model,
              ConstRows<Scalar, ExecSpace> const& x, Matrix<Scalar, ExecSpace> const& values,
              Cube<Scalar, ExecSpace> const& vectors)
{
  require_columns(model, values);
  require_blocks(model, vectors);
  for (std::int64_t h = 0; h < model.n_heads(); ++h)
    evaluate(space, model.head(h), x, column(values, h), block(vectors, h));
}

template <class Scalar, class ExecSpace>
HeadedGradient<Scalar, ExecSpace> make_gradient(ExecSpace const& space,
                                                HeadedModel<Scalar, ExecSpace> const& model)
{
  return {allocate<Rows<Scalar, ExecSpace>>(space, "kovar::spectral::diagonal_gradients",
                                            model.diagonals.extent(0), model.diagonals.extent(1)),
          allocate<Cube<Scalar, ExecSpace>>(
              space, "kovar::spectral::coefficient_gradients", model.coefficients.extent(0),
              model.coefficients.extent(1), model.coefficients.extent(2))};
}

template <class Scalar, class ExecSpace>
void parameter_gradient(ExecSpace const& space, HeadedModel<Scalar, ExecSpace> const& model,
                        ConstRows<Scalar, ExecSpace> const& x,
                        Cube<Scalar, ExecSpace> const& vectors,
                        Matrix<Scalar, ExecSpace> const& upstream,
                        HeadedGradient<Scalar, ExecSpace> const& gradient)
{
  require_columns(model, upstream);
  require_blocks(model, vectors);
  KOVAR_REQUIRE(gradient.diagonals.extent(0) == model.diagonals.extent(0) &&
                    gradient.coefficients.extent(0) == model.coefficients.extent(0),
                "the gradient is of " << gradient.coefficients.extent(0) << " heads for a model of "
                                      << model.n_heads() << "; take make_gradient()");
  for (std::int64_t h = 0; h < model.n_heads(); ++h)
    parameter_gradient(space, model.head(h), x, block(vectors, h), column(upstream, h),
                       gradient.head(h));
}

template <class Scalar, class ExecSpace>
void feature_gradient(ExecSpace const& space, HeadedModel<Scalar, ExecSpace> const& model,
                      Cube<Scalar, ExecSpace> const& vectors,
                      Matrix<Scalar, ExecSpace> const& upstream,
                      Rows<Scalar, ExecSpace> const& gradient)
{
  require_columns(model, upstream);
  require_blocks(model, vectors);
  feature_gradient(space, model.head(0), block(vectors, 0), column(upstream, 0), gradient);
  if (model.n_heads() == 1) return;
  Region const region("kovar::spectral::feature_gradient");
  auto const part = allocate<Rows<Scalar, ExecSpace>>(space, "kovar::spectral::feature_gradient",
                                                      gradient.extent(0), gradient.extent(1));
  for (std::int64_t h = 1; h < model.n_heads(); ++h) {
    feature_gradient(space, model.head(h), block(vectors, h), column(upstream, h), part);
    add_rows(space, part, gradient);
  }
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                       \
  template HeadedModel<Scalar, ExecSpace> make_headed_model(                                       \
      ExecSpace const&, std::int64_t, std::int64_t, std::vector<std::int64_t> const&);             \
  template void evaluate(ExecSpace const&, HeadedModel<Scalar, ExecSpace> const&,                  \
                         ConstRows<Scalar, ExecSpace> const&, Matrix<Scalar, ExecSpace> const&);   \
  template void evaluate(ExecSpace const&, HeadedModel<Scalar, ExecSpace> const&,                  \
                         ConstRows<Scalar, ExecSpace> const&, Matrix<Scalar, ExecSpace> const&,    \
                         Cube<Scalar, ExecSpace> const&);                                          \
  template HeadedGradient<Scalar, ExecSpace> make_gradient(ExecSpace const&,                       \
                                                           HeadedModel<Scalar, ExecSpace> const&); \
  template void parameter_gradient(                                                                \
      ExecSpace const&, HeadedModel<Scalar, ExecSpace> const&,                                     \
      ConstRows<Scalar, ExecSpace> const&, Cube<Scalar, ExecSpace> const&,                         \
      Matrix<Scalar, ExecSpace> const&, HeadedGradient<Scalar, ExecSpace> const&);                 \
  template void feature_gradient(ExecSpace const&, HeadedModel<Scalar, ExecSpace> const&,          \
                                 Cube<Scalar, ExecSpace> const&, Matrix<Scalar, ExecSpace> const&, \
                                 Rows<Scalar, ExecSpace> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::spectral
