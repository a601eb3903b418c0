// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_OPTIONS_HPP
#define KOVAR_GSN_OPTIONS_HPP

#include <kovar/core/checkpoint.hpp>
#include <kovar/core/progress.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

/// \file
/// What a caller can ask of the signal and noise estimate.

namespace kovar::gsn {

/// A matrix or basis that is computed on request.
enum class Item : unsigned {
  noise_covariance = 1U << 0,         ///< cN: shrunken noise covariance ("raw")
  signal_covariance = 1U << 1,        ///< cS: cD - cN/T, generally indefinite ("raw")
  noise_covariance_psd = 1U << 2,     ///< cNb: positive semidefinite
  signal_covariance_psd = 1U << 3,    ///< cSb: positive semidefinite
  eigenvalues_signal = 1U << 4,       ///< eigvals_signal: of cSb, descending
  eigenvectors_signal = 1U << 5,      ///< eigvecs_signal
  eigenvalues_difference = 1U << 6,   ///< eigvals_difference: of cSb - cNb/T, descending
  eigenvectors_difference = 1U << 7,  ///< eigvecs_difference
};

/// A set of items.
class Items {
 public:
  Items() = default;
  Items(std::initializer_list<Item> items)
  {
    for (Item const item : items) insert(item);
  }
  void insert(Item item) { bits_ |= static_cast<unsigned>(item); }
  bool contains(Item item) const { return (bits_ & static_cast<unsigned>(item)) != 0; }
  bool contains_any(Items const& other) const { return (bits_ & other.bits_) != 0; }
  bool empty() const { return bits_ == 0; }
  unsigned bits() const { return bits_; }

 private:
  unsigned bits_ = 0;
};

/// The item of a name of GSN: cN, cS, cNb, cSb, eigvals_signal, eigvecs_signal,
/// eigvals_difference, eigvecs_difference.
/// \throws InputError that lists the valid names
Item item_from_name(std::string const& name);

/// GSN's name of an item.
std::string name_of(Item item);

/// All items, in the order in which results are written.
std::vector<Item> all_items();

/// What a NaN in the data means.
enum class Uneven { fast, missing, reference };

/// What becomes of a unit whose variance is zero.
enum class ZeroVariance {
  exclude,  ///< levels are chosen on the other units, with a warning
  compat    ///< every level is singular and the first is taken, as in GSN
};

/// How shrinkage levels are scored. All give the same levels.
enum class Scoring {
  automatic,     ///< the cheapest of low_rank and decomposition
  cholesky,      ///< factor the shrunken matrix at every level; levels are spread over ranks
  low_rank,      ///< one decomposition of the Gram matrix of the training data
  decomposition  ///< one decomposition of the training correlation matrix
};

/// How negative eigenvalues are set to zero. All give the same matrices but for rounding.
enum class ProjectionMethod {
  automatic,  ///< eigenpairs, by the form that is faster for the order
  one_stage,  ///< eigenpairs by way of a tridiagonal form made column by column
  two_stage,  ///< eigenpairs by way of a band and then a tridiagonal form; as one_stage on devices
  products  ///< the matrix sign by products alone: for devices on which these run much faster than
  ///< eigensolvers; two more n x n matrices. Eigenbases are made of eigenpairs all the same
};

/// On what held-out data levels are scored where units lost trials (Uneven::missing).
enum class LevelData {
  complete,  ///< trials (conditions) in which every unit is present, as in GSN; level 1 if too few
  observed   ///< every held-out trial (condition), on the units that it has
};

/// Where the best level is looked for.
enum class LevelSearch {
  grid,       ///< in the list of levels, as in GSN
  continuous  ///< in all of [0,1]: the exact minimum, the list serves as starting points
};

Uneven uneven_from_name(std::string const& name);
ZeroVariance zero_variance_from_name(std::string const& name);
Scoring scoring_from_name(std::string const& name);
ProjectionMethod projection_from_name(std::string const& name);
LevelData level_data_from_name(std::string const& name);
LevelSearch level_search_from_name(std::string const& name);
std::string name_of(LevelData level_data);
std::string name_of(LevelSearch level_search);
std::string name_of(Uneven uneven);
std::string name_of(ZeroVariance zero_variance);
std::string name_of(Scoring scoring);
std::string name_of(ProjectionMethod projection);

/// The 51 levels of GSN: k * 0.02 for k = 0..49, and 1.
std::vector<double> default_shrinkage_levels();

/// Options of estimate(). The defaults are GSN's, save zero_variance.
struct Options {
  bool shrinkage = true;  ///< false: the level list is {1}
  /// If given, used whatever `shrinkage` says: any order, in [0,1], repeats allowed.
  std::optional<std::vector<double>> levels;
  Items returns = {Item::noise_covariance, Item::signal_covariance, Item::noise_covariance_psd,
                   Item::signal_covariance_psd};
  Uneven uneven = Uneven::fast;  ///< looked at only when the data contain NaN
  ZeroVariance zero_variance = ZeroVariance::exclude;
  Scoring scoring = Scoring::automatic;
  ProjectionMethod projection = ProjectionMethod::automatic;
  LevelData level_data = LevelData::complete;  ///< looked at only on the per-unit path
  LevelSearch level_search = LevelSearch::grid;
  /// 1: one split of the conditions, a fifth held out, as in GSN. k > 1: k splits, each holding out
  /// another k-th of them; levels are chosen by the mean of their scores.
  int n_folds = 1;
  std::int64_t n_components = 0;  ///< leading components of eigenbases; 0: all
  /// Bytes for a stack of small matrices (Scoring::cholesky); 0: a quarter of what is free. One matrix
  /// is always taken, and large matrices are taken one at a time.
  std::int64_t memory_budget = 0;
  ProgressCallback progress;         ///< may be empty
  Checkpoint* checkpoint = nullptr;  ///< where stages are left behind and taken up; may be null
};

/// The levels that these options ask for.
/// \throws InputError if the list is empty or a level is NaN or outside [0,1]
std::vector<double> levels_of(Options const& options);

}  // namespace kovar::gsn

#endif
