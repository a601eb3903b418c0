// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_TRAINABLE_MODEL_HPP
#define KOVAR_SPECTRAL_TRAINABLE_MODEL_HPP

#include <kovar/spectral/headed_model.hpp>
#include <kovar/spectral/sorted_diagonal.hpp>

#include <cstdint>
#include <vector>

/// \file
/// The k-th-eigenvalue model, and several heads of them, by the parameters that training moves.

namespace kovar::spectral {

/// What is stored of the symmetric matrices A_i, hence what an optimiser moves.
enum class Storage {
  packed,  ///< lower triangles; each number gets its true derivative
  full,    ///< squares, as PyTorch: entries off the diagonal get half of theirs, and those above it
           ///< move although they are never read. For reproducing published runs.
};

/// A model with a non-decreasing diagonal.
template <class Scalar, class ExecSpace>
struct TrainableModel {
  std::int64_t k = 0;                    ///< as in EigenvalueModel
  SortedDiagonal<Scalar> diagonal;       ///< on the host
  Rows<Scalar, ExecSpace> coefficients;  ///< p x d (d + 1) / 2: lower triangles of A_i, row by row
  /// p x d (d - 1) / 2 with Storage::full, else 0 x 0: what stands above the diagonals, column by
  /// column, so that each entry has the place of its mirror image in the strict lower triangle.
  Rows<Scalar, ExecSpace> upper;

  std::int64_t order() const { return diagonal.order(); }
  std::int64_t n_features() const { return static_cast<std::int64_t>(coefficients.extent(0)); }
  Storage storage() const { return upper.extent(0) > 0 ? Storage::full : Storage::packed; }
};

/// Where training starts: a diagonal equally spaced from -1 to 1 and A_i of independent normal entries
/// with standard deviation 1 / (sqrt(d) p). Entry e of the p triangles, in their order in memory, is
/// number e of stream 0 of normal_pair() for the seed, the same on any machine.
/// \throws InputError if d or p is not positive, or k not in [-d, d - 1]
template <class Scalar, class ExecSpace>
TrainableModel<Scalar, ExecSpace> initial_model(ExecSpace const& space, std::int64_t d,
                                                std::int64_t p, std::int64_t k, std::uint64_t seed,
                                                Storage storage = Storage::packed);

/// The model as it is evaluated; coefficients are shared, not copied.
template <class Scalar, class ExecSpace>
EigenvalueModel<Scalar, ExecSpace> eigenvalue_model(ExecSpace const& space,
                                                    TrainableModel<Scalar, ExecSpace> const& model);

/// Heads with non-decreasing diagonals; parameters on a space have a leading axis H.
template <class Scalar, class ExecSpace>
struct TrainableHeads {
  std::vector<std::int64_t> k;                    ///< H
  std::vector<SortedDiagonal<Scalar>> diagonals;  ///< H of one order, on the host
  Cube<Scalar, ExecSpace> coefficients;           ///< H x p x d (d + 1) / 2
  Cube<Scalar, ExecSpace> upper;  ///< H x p x d (d - 1) / 2 with Storage::full, else 0 x 0 x 0

  std::int64_t n_heads() const { return static_cast<std::int64_t>(k.size()); }
  std::int64_t order() const { return diagonals.front().order(); }
  std::int64_t n_features() const { return static_cast<std::int64_t>(coefficients.extent(1)); }
  Storage storage() const { return upper.extent(0) > 0 ? Storage::full : Storage::packed; }

  /// Head h; it shares the memory of its coefficients.
  TrainableModel<Scalar, ExecSpace> head(std::int64_t h) const
  {
    auto const place = static_cast<std::size_t>(h);
    TrainableModel<Scalar, ExecSpace> model;
    model.k = k[place];
    model.diagonal = diagonals[place];
    model.coefficients = Kokkos::subview(coefficients, h, Kokkos::ALL, Kokkos::ALL);
    if (storage() == Storage::full)
      model.upper = Kokkos::subview(upper, h, Kokkos::ALL, Kokkos::ALL);
    return model;
  }
};

/// Where training of heads starts: as initial_model(), with entry e of the H p triangles being number e of the
/// stream, so that head 0 is the model that the seed gives alone.
/// \param k  an index for each head
/// \throws InputError as initial_model() does, and if there is no head
template <class Scalar, class ExecSpace>
TrainableHeads<Scalar, ExecSpace> initial_heads(ExecSpace const& space, std::int64_t d,
                                                std::int64_t p, std::vector<std::int64_t> const& k,
                                                std::uint64_t seed,
                                                Storage storage = Storage::packed);

/// One head in the memory of a model, which must outlive it.
template <class Scalar, class ExecSpace>
TrainableHeads<Scalar, ExecSpace> as_head(TrainableModel<Scalar, ExecSpace> const& model);

/// The heads as they are evaluated; coefficients are shared, not copied.
template <class Scalar, class ExecSpace>
HeadedModel<Scalar, ExecSpace> headed_model(ExecSpace const& space,
                                            TrainableHeads<Scalar, ExecSpace> const& heads);

}  // namespace kovar::spectral

#endif
