// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_MODEL_SHAPES_HPP
#define KOVAR_SPECTRAL_MODEL_SHAPES_HPP

#include <kovar/core/error.hpp>
#include <kovar/linalg/kth_eigenpair.hpp>
#include <kovar/spectral/eigenvalue_model.hpp>

#include <cstdint>

/// \file
/// Checks of what the functions of a k-th-eigenvalue model are given.

namespace kovar::spectral {

/// \throws InputError if the model's own extents do not fit. \return the index that k stands for
template <class Scalar, class ExecSpace>
int require_model(EigenvalueModel<Scalar, ExecSpace> const& model)
{
  std::int64_t const d = model.order();
  KOVAR_REQUIRE(d > 0, "d is 0 (a matrix has at least one row); give the model a diagonal");
  KOVAR_REQUIRE(model.n_features() > 0,
                "p is 0 (a model has at least one feature); give it coefficients");
  KOVAR_REQUIRE(static_cast<std::int64_t>(model.coefficients.extent(1)) == linalg::triangle_size(d),
                "'" << model.coefficients.label() << "' has rows of "
                    << model.coefficients.extent(1) << " numbers for a diagonal of " << d
                    << " (a lower triangle has " << linalg::triangle_size(d) << ")");
  return static_cast<int>(linalg::eigenvalue_index(model.k, d));
}

/// \param model  any that tells n_features()
/// \throws InputError unless x (n x p) and a list of n numbers fit the model
template <class Model, class Features, class List>
void require_samples(Model const& model, Features const& x, List const& list)
{
  KOVAR_REQUIRE(static_cast<std::int64_t>(x.extent(1)) == model.n_features(),
                "'" << x.label() << "' has " << x.extent(1) << " columns for a model of "
                    << model.n_features() << " features (one for each is needed)");
  KOVAR_REQUIRE(x.extent(0) == list.extent(0), "'" << list.label() << "' has " << list.extent(0)
                                                   << " entries for " << x.extent(0)
                                                   << " samples (one for each is needed)");
}

/// \throws InputError unless there is a row of eigenvectors for each of n samples
template <class Scalar, class ExecSpace>
void require_vectors(EigenvalueModel<Scalar, ExecSpace> const& model, std::int64_t n,
                     Rows<Scalar, ExecSpace> const& vectors)
{
  std::int64_t const length = vector_row_length<Scalar, ExecSpace>(model.order());
  KOVAR_REQUIRE(static_cast<std::int64_t>(vectors.extent(0)) >= n &&
                    static_cast<std::int64_t>(vectors.extent(1)) == length,
                "'" << vectors.label() << "' is " << vectors.extent(0) << " x " << vectors.extent(1)
                    << " for " << n << " samples and order " << model.order()
                    << " (vector_row_length() numbers for each sample are needed: " << length
                    << ")");
}

}  // namespace kovar::spectral

#endif
