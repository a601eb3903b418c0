// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/pair_tiles.hpp>
#include <kovar/gsn/pairwise_covariance.hpp>
#include <kovar/gsn/shared_counts.hpp>
#include <kovar/gsn/sorted_conditions.hpp>
#include <kovar/gsn/subset_contrasts.hpp>
#include <kovar/gsn/trial_masks.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/triangle.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace kovar::gsn {
namespace {

using Indices = std::vector<std::int64_t>;

/// Add alpha x x^T, for the first n columns of x.
template <class Scalar, class ExecSpace>
void add_products(ExecSpace const& space, Scalar alpha, Matrix<Scalar, ExecSpace> const& x,
                  std::int64_t n, Matrix<Scalar, ExecSpace> const& sum)
{
  if (n == 0) return;
  linalg::syrk(space, linalg::Op::none, alpha,
               Kokkos::subview(x, Kokkos::ALL, std::make_pair(std::int64_t{0}, n)), Scalar(1), sum);
}

/// Conditions whose units have the same trials or none.
template <class Scalar, class ExecSpace>
void add_common_conditions(ExecSpace const& space, ConstCube<Scalar, ExecSpace> const& responses,
                           SortedConditions const& sorted,
                           PairwiseNoise<Scalar, ExecSpace> const& sums)
{
  std::int64_t const n_units = responses.extent(0);
  std::int64_t const n_trials = responses.extent(2);
  for_common_batches(
      sorted, n_trials, n_columns_at_once<Scalar>(n_units), sums.share_sum.extent(0) > 0,
      [&](CommonBatch const& batch) {
        auto const columns = common_columns<Scalar, ExecSpace>(space, responses, batch);
        add_products(space, Scalar(1), columns.noise, batch.n_noise, sums.covariance_sum);
        add_products(space, Scalar(1), columns.share, batch.n_share, sums.share_sum);
      });
}

/// Mixed conditions by symmetric products.
template <class Scalar, class ExecSpace>
void add_subset_contrasts(ExecSpace const& space, ConstCube<Scalar, ExecSpace> const& responses,
                          Indices const& mixed, PairwiseNoise<Scalar, ExecSpace> const& sums)
{
  std::int64_t const n_units = responses.extent(0);
  std::int64_t const n_mixed = static_cast<std::int64_t>(mixed.size());
  SubsetColumns n(static_cast<std::int64_t>(responses.extent(2)));
  if (sums.share_sum.extent(0) == 0) n.n_share = 0;
  std::int64_t const n_at_once = std::clamp<std::int64_t>(
      n_columns_at_once<Scalar>(n_units) / std::max(1, n.n_even + n.n_odd + n.n_share), 1, n_mixed);
  using View = Matrix<Scalar, ExecSpace>;
  auto const even =
      allocate<View>(space, "kovar::gsn::even_contrasts", n_units, n.n_even * n_at_once);
  auto const odd = allocate<View>(space, "kovar::gsn::odd_contrasts", n_units, n.n_odd * n_at_once);
  auto const share =
      allocate<View>(space, "kovar::gsn::share_contrasts", n_units, n.n_share * n_at_once);
  auto const list = to_space(space, mixed, "kovar::gsn::mixed_conditions");
  for (std::int64_t begin = 0; begin < n_mixed; begin += n_at_once) {
    std::int64_t const end = std::min(n_mixed, begin + n_at_once);
    subset_contrasts(space, responses, list, begin, end, even, odd, share);
    add_products(space, Scalar(1), even, n.n_even * (end - begin), sums.covariance_sum);
    add_products(space, Scalar(-1), odd, n.n_odd * (end - begin), sums.covariance_sum);
    add_products(space, Scalar(1), share, n.n_share * (end - begin), sums.share_sum);
  }
}

/// Mixed conditions in register tiles.
template <TileForm form, PairSums wanted, class Scalar, class ExecSpace>
void add_tiles(ExecSpace const& space, ConstCube<Scalar, ExecSpace> const& responses,
               Indices const& mixed, PairwiseNoise<Scalar, ExecSpace> const& sums)
{
  std::int64_t const n_units = responses.extent(0);
  std::int64_t const n_trials = responses.extent(2);
  std::int64_t const n_mixed = static_cast<std::int64_t>(mixed.size());
  using Packed = PackedTrials<Scalar, ExecSpace>;
  std::int64_t const n_at_once = std::min(n_mixed, Packed::n_conditions_at_once(form, n_trials));
  Packed const packed(space, form, n_units, n_trials, n_at_once);
  auto const weights = pair_weights<Scalar>(space, n_trials);
  auto const list = to_space(space, mixed, "kovar::gsn::mixed_conditions");
  for (std::int64_t begin = 0; begin < n_mixed; begin += n_at_once) {
    std::int64_t const end = std::min(n_mixed, begin + n_at_once);
    pack_trials(space, form, responses, list, begin, end, packed);
    add_pair_tiles<Scalar, ExecSpace, form, wanted>(space, packed, end - begin, n_trials, weights,
                                                    sums.covariance_sum, sums.share_sum);
  }
}

template <TileForm form, class Scalar, class ExecSpace>
void add_tiles(ExecSpace const& space, ConstCube<Scalar, ExecSpace> const& responses,
               Indices const& mixed, PairwiseNoise<Scalar, ExecSpace> const& sums, PairSums wanted)
{
  if (wanted == PairSums::covariance)
    add_tiles<form, PairSums::covariance>(space, responses, mixed, sums);
  else
    add_tiles<form, PairSums::covariance_and_share>(space, responses, mixed, sums);
}

}  // namespace

template <class ExecSpace>
PairForm pairwise_form(std::int64_t n_trials)
{
  // Time per condition and pair in products of a tile. The products of a library run at 6/7 of the roof
  // of a CPU; what follows those of a tile takes as long as six more. Devices: a guess, tiles reach a
  // third of the library's rate.
  double const t = static_cast<double>(n_trials);
  double const library = is_host_space<ExecSpace> ? 7.0 / 6 : 1.0 / 3;
  double const contrasts = library * (t * std::exp2(t - 1) - std::exp2(t) + t);
  double const differences = t * (t - 1) / 2 + 6;
  double const sums = 3 * t + 6;
  if (n_trials <= largest_subset_trials && contrasts <= differences) return PairForm::contrasts;
  return n_trials <= largest_difference_trials && differences <= sums ? PairForm::differences
                                                                      : PairForm::sums;
}

template <class Scalar, class ExecSpace>
PairwiseNoise<Scalar, ExecSpace> pairwise_noise_sums(ExecSpace const& space,
                                                     ConstCube<Scalar, ExecSpace> const& responses,
                                                     std::vector<std::int64_t> const& conditions,
                                                     PairForm form, PairSums wanted)
{
  Region const region("kovar::gsn::pairwise_noise_sums");
  std::int64_t const n_units = responses.extent(0);
  std::int64_t const n_trials = responses.extent(2);
  for (std::int64_t const c : conditions)
    KOVAR_REQUIRE(c >= 0 && c < static_cast<std::int64_t>(responses.extent(1)),
                  "pairwise_noise_sums: condition " << c << " is not one of the "
                                                    << responses.extent(1)
                                                    << " of this rank; indices count from 0");
  if (form == PairForm::automatic) form = pairwise_form<ExecSpace>(n_trials);
  KOVAR_REQUIRE((form != PairForm::contrasts || n_trials <= largest_subset_trials) &&
                    (form != PairForm::differences || n_trials <= largest_difference_trials),
                "pairwise_noise_sums: this form is not for "
                    << n_trials << " trials (its work grows too fast with them); take automatic");

  using View = Matrix<Scalar, ExecSpace>;
  PairwiseNoise<Scalar, ExecSpace> sums;
  sums.covariance_sum =
      allocate<View>(space, "kovar::gsn::pairwise_covariance_sum", n_units, n_units);
  sums.count = allocate<View>(space, "kovar::gsn::pairwise_count", n_units, n_units);
  if (wanted == PairSums::covariance_and_share) {
    sums.share_sum = allocate<View>(space, "kovar::gsn::noise_share_sum", n_units, n_units);
    sums.share_count = allocate<View>(space, "kovar::gsn::noise_share_count", n_units, n_units);
  }
  if (n_units == 0) return sums;

  SortedConditions sorted;
  {
    auto const masks =
        trial_masks(space, responses, to_space(space, conditions, "kovar::gsn::listed_conditions"));
    sorted = sorted_conditions(conditions, common_trials(space, masks));
    auto const planes = condition_planes(
        space, masks, n_trials, to_space(space, sorted.slots, "kovar::gsn::condition_slots"));
    // The tiles count the whole noise share of their conditions, the contrasts what deviates from 1/T.
    std::int64_t const first_share_word = form == PairForm::contrasts ? 0 : sorted.n_mixed_words;
    begin_pairwise_sums(space, planes, n_units, first_share_word, sums);
  }
  add_common_conditions(space, responses, sorted, sums);
  if (sorted.mixed.empty()) return sums;
  if (form == PairForm::contrasts)
    add_subset_contrasts(space, responses, sorted.mixed, sums);
  else if (form == PairForm::differences)
    add_tiles<TileForm::differences>(space, responses, sorted.mixed, sums, wanted);
  else
    add_tiles<TileForm::sums>(space, responses, sorted.mixed, sums, wanted);
  return sums;
}

template <class Scalar, class ExecSpace>
PairwiseNoise<Scalar, ExecSpace> pairwise_noise_sums(ExecSpace const& space,
                                                     ConstCube<Scalar, ExecSpace> const& responses)
{
  Indices all(responses.extent(1));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return pairwise_noise_sums<Scalar, ExecSpace>(space, responses, all);
}

template <class Scalar, class ExecSpace>
PairwiseMeans<Scalar, ExecSpace> pairwise_mean(ExecSpace const& space,
                                               PairwiseNoise<Scalar, ExecSpace>& sums)
{
  auto const covariance = sums.covariance_sum;
  auto const count = sums.count;
  auto const share = sums.share_sum;
  auto const share_count = sums.share_count;
  linalg::for_lower_triangle(
      space, "kovar::gsn::pairwise_mean", static_cast<std::int64_t>(covariance.extent(0)),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        Scalar const n = count(i, j);
        Scalar const n_both = share_count(i, j);
        covariance(i, j) = n > 0 ? covariance(i, j) / n : Scalar(0);
        share(i, j) = n_both > 0 ? share(i, j) / n_both : Scalar(0);
      });
  sums = PairwiseNoise<Scalar, ExecSpace>();
  return {covariance, share};
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                   \
  template PairwiseNoise<Scalar, ExecSpace> pairwise_noise_sums(                               \
      ExecSpace const&, ConstCube<Scalar, ExecSpace> const&, std::vector<std::int64_t> const&, \
      PairForm, PairSums);                                                                     \
  template PairwiseNoise<Scalar, ExecSpace> pairwise_noise_sums(                               \
      ExecSpace const&, ConstCube<Scalar, ExecSpace> const&);                                  \
  template PairwiseMeans<Scalar, ExecSpace> pairwise_mean(ExecSpace const&,                    \
                                                          PairwiseNoise<Scalar, ExecSpace>&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace)                   \
  template PairForm pairwise_form<ExecSpace>(std::int64_t); \
  KOVAR_INSTANTIATE(double, ExecSpace)                      \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
