// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_TRAINING_CHECKS_HPP
#define KOVAR_SPECTRAL_TRAINING_CHECKS_HPP

#include <kovar/core/error.hpp>
#include <kovar/linalg/kth_eigenpair.hpp>
#include <kovar/spectral/training.hpp>

#include <cmath>
#include <cstdint>
#include <string>

/// \file
/// Checks of what a training is given.

namespace kovar::spectral {

/// \throws InputError if an option is out of range
inline void require_valid(TrainingOptions const& options)
{
  KOVAR_REQUIRE(options.n_epochs > 0, "train: n_epochs is "
                                          << options.n_epochs
                                          << " (nothing would be learnt); give a positive number");
  KOVAR_REQUIRE(options.batch_size > 0, "train: batch_size is "
                                            << options.batch_size
                                            << " (a step needs rows); give a positive number");
  KOVAR_REQUIRE(options.learning_rate > 0 && std::isfinite(options.learning_rate),
                "train: learning_rate is " << options.learning_rate
                                           << " (steps would not descend); give a positive number");
  KOVAR_REQUIRE(
      options.norm_penalty >= 0 && std::isfinite(options.norm_penalty),
      "train: norm_penalty is " << options.norm_penalty << " (norms would grow); give 0 or more");
  KOVAR_REQUIRE(options.patience >= 0, "train: patience is " << options.patience
                                                             << " epochs (0 is for ever); give 0 "
                                                                "or more");
  KOVAR_REQUIRE(options.n_epochs_to_checkpoint > 0,
                "train: n_epochs_to_checkpoint is " << options.n_epochs_to_checkpoint
                                                    << " (1 is after every epoch); give a positive "
                                                       "number");
  require_valid(options.optimizer);
}

/// \throws InputError if the model's own extents do not fit, or k is not in [-d, d - 1]
template <class Scalar, class ExecSpace>
void require_shapes(TrainableModel<Scalar, ExecSpace> const& model)
{
  std::int64_t const d = model.order();
  KOVAR_REQUIRE(model.n_features() > 0,
                "p is 0 (a model has at least one feature); give it "
                "coefficients");
  KOVAR_REQUIRE(static_cast<std::int64_t>(model.coefficients.extent(1)) == linalg::triangle_size(d),
                "'" << model.coefficients.label() << "' has rows of "
                    << model.coefficients.extent(1) << " numbers for a diagonal of " << d
                    << " (a lower triangle has " << linalg::triangle_size(d) << ")");
  if (model.storage() == Storage::full)
    KOVAR_REQUIRE(static_cast<std::int64_t>(model.upper.extent(0)) == model.n_features() &&
                      static_cast<std::int64_t>(model.upper.extent(1)) == d * (d - 1) / 2,
                  "'" << model.upper.label() << "' is " << model.upper.extent(0) << " x "
                      << model.upper.extent(1) << " for " << model.n_features()
                      << " features and a diagonal of " << d
                      << " (the strict triangle of each is needed); make it with initial_model()");
  linalg::eigenvalue_index(model.k, d);
}

/// \throws InputError if parts of heads do not fit each other
template <class Scalar, class ExecSpace>
void require_shapes(TrainableHeads<Scalar, ExecSpace> const& heads)
{
  std::size_t const n = heads.k.size();
  KOVAR_REQUIRE(n > 0,
                "train: there are no heads (nothing is to learn); make some with "
                "initial_heads()");
  KOVAR_REQUIRE(heads.diagonals.size() == n && heads.coefficients.extent(0) == n &&
                    (heads.storage() == Storage::packed || heads.upper.extent(0) == n),
                "train: " << heads.diagonals.size() << " diagonals and "
                          << heads.coefficients.extent(0) << " blocks of coefficients for " << n
                          << " heads (one for each is needed); make them with initial_heads()");
  for (SortedDiagonal<Scalar> const& diagonal : heads.diagonals)
    KOVAR_REQUIRE(diagonal.order() == heads.order(),
                  "train: heads have diagonals of " << heads.order() << " and of "
                                                    << diagonal.order()
                                                    << " entries (heads have one order); train "
                                                       "them one by one");
  for (std::int64_t h = 0; h < heads.n_heads(); ++h) require_shapes(heads.head(h));
}

/// \throws InputError unless x is n x p, contiguous, and y has n rows and a column for each head
template <class X, class Y>
void require_samples(X const& x, Y const& y, std::int64_t p, std::int64_t n_heads,
                     std::string const& what)
{
  if (x.extent(0) == 0 && y.extent(0) == 0) return;
  KOVAR_REQUIRE(static_cast<std::int64_t>(y.extent(1)) == n_heads,
                "train: " << what << " targets have " << y.extent(1) << " columns for " << n_heads
                          << " heads (one for each is needed)");
  KOVAR_REQUIRE(static_cast<std::int64_t>(x.extent(1)) == p,
                "train: " << what << " rows have " << x.extent(1) << " columns for a model of " << p
                          << " features (one for each is needed)");
  KOVAR_REQUIRE(x.extent(0) == y.extent(0), "train: there are "
                                                << y.extent(0) << " targets for " << x.extent(0)
                                                << ' ' << what << " rows (one for each is needed)");
  KOVAR_REQUIRE(x.span_is_contiguous(), "train: " << what
                                                  << " rows are part of a wider matrix (they are "
                                                     "read as one block); copy them");
}

/// \throws InputError if data or options do not fit the model, or each other
template <class Scalar, class ExecSpace>
void require_fitting(TrainableHeads<Scalar, ExecSpace> const& heads,
                     HeadedTrainingData<Scalar, ExecSpace> const& data,
                     TrainingOptions const& options)
{
  require_shapes(heads);
  KOVAR_REQUIRE(data.x.extent(0) > 0,
                "train: there are no training rows (nothing can be learnt); give some");
  require_samples(data.x, data.y, heads.n_features(), heads.n_heads(), "training");
  require_samples(data.x_validation, data.y_validation, heads.n_features(), heads.n_heads(),
                  "validation");
  KOVAR_REQUIRE(options.patience == 0 || data.x_validation.extent(0) > 0,
                "train: patience is " << options.patience
                                      << " epochs but there are no validation rows (it counts "
                                         "epochs without a lower validation error); give rows, or "
                                         "patience 0");
}

}  // namespace kovar::spectral

#endif
