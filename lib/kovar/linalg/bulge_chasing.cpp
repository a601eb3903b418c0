// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/bulge_chasing.hpp>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace kovar::linalg {
namespace {

constexpr int width = band_width;

/// Steps of a sweep in a stretch.
constexpr int n_grouped_steps = 2 * n_grouped_sweeps;

/// A sweep stays two steps behind the one before it.
constexpr int n_steps_behind = 2 * (n_grouped_sweeps - 1);

int first_sweep_of(int group) { return group * n_grouped_sweeps; }

template <class Scalar>
void copy_band(Scalar const* a, int lda, BandMatrix<Scalar>& band)
{
  int const n = band.order();
  for (int j = 0; j < n; ++j) {
    Scalar const* const column = a + static_cast<std::ptrdiff_t>(j) * lda;
    std::copy(column + j, column + std::min(n, j + width + 1), band.at(j, j));
  }
}

}  // namespace

template <class Scalar>
BulgeChase<Scalar>::BulgeChase(BandMatrix<Scalar>& band, SweepReflectors<Scalar> const& reflectors,
                               int first_row, int end_row, int waves_per_group)
    : band_(&band),
      reflectors_(reflectors),
      first_row_(first_row),
      end_row_(end_row),
      waves_per_group_(waves_per_group),
      latest_(static_cast<std::size_t>(count_sweeps(band.order())))
{
  // A group whose first sweep begins past the zone, or is past the last one, has no steps here.
  int const n_first_sweeps = std::min(std::max(0, end_row - 1), count_sweeps(band.order()));
  n_groups_ = first_row == end_row ? 0 : (n_first_sweeps + n_grouped_sweeps - 1) / n_grouped_sweeps;
}

template <class Scalar>
int BulgeChase<Scalar>::end_step(int sweep) const
{
  int const n = band_->order();
  return end_row_ == n ? count_steps(n, sweep) : n_steps_before(end_row_, sweep);
}

template <class Scalar>
int BulgeChase<Scalar>::n_steps(int group) const
{
  int const sweep = first_sweep_of(group);
  return end_step(sweep) - first_step(sweep);
}

template <class Scalar>
int BulgeChase<Scalar>::n_stretches(int group) const
{
  return (n_steps(group) + n_steps_behind + n_grouped_steps - 1) / n_grouped_steps;
}

template <class Scalar>
int BulgeChase<Scalar>::first_shared_stretch(int group) const
{
  return std::max(0, n_steps(group) - n_grouped_sweeps) / n_grouped_steps;
}

template <class Scalar>
int BulgeChase<Scalar>::n_waves() const
{
  // The number of steps in a zone goes up and down by one from group to group.
  return n_groups_ == 0 ? 0 : waves_per_group_ * (n_groups_ - 1) + n_stretches(0) + 1;
}

template <class Scalar>
typename BulgeChase<Scalar>::Groups BulgeChase<Scalar>::groups_of(int wave) const
{
  int const end = std::min(wave / waves_per_group_ + 1, n_groups_);
  int first = end;
  while (first > 0 && stretch_of(first - 1, wave) <= n_stretches(0)) --first;
  return {first, end};
}

template <class Scalar>
template <class ExecSpace>
void BulgeChase<Scalar>::run_wave(ExecSpace const& space, int wave)
{
  auto const groups = groups_of(wave);
  using Policy = Kokkos::RangePolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>>;
  Kokkos::parallel_for(
      "kovar::linalg::chase_bulges", Policy(space, groups.first, groups.end).set_chunk_size(1),
      [this, wave](int const group) { run_stretch(group, stretch_of(group, wave)); });
}

template <class Scalar>
void BulgeChase<Scalar>::run_stretch(int group, int stretch)
{
  int const first_sweep = first_sweep_of(group);
  int const end_sweep = std::min(first_sweep + n_grouped_sweeps, count_sweeps(band_->order()));
  int const first_of_group = first_step(first_sweep);
  for (int s = first_sweep; s < end_sweep; ++s) {
    int const first = first_of_group + stretch * n_grouped_steps - 2 * (s - first_sweep);
    int const end = std::min(first + n_grouped_steps, end_step(s));
    for (int k = std::max(first_step(s), first); k < end; ++k) run_step(s, k);
  }
}

template <class Scalar>
void BulgeChase<Scalar>::run_step(int s, int k)
{
  using Band = BandMatrix<Scalar>;
  int const row = s + 1 + k * width;
  bulge::Reflector<Scalar, width>& h = latest(s);
  if (k == 0) {
    Scalar* const column = band_->at(row, s);
    Scalar const beta = bulge::make_reflector<width>(column, h);
    std::fill(column, column + width, Scalar(0));
    column[0] = beta;
  } else {
    bulge::Reflector<Scalar, width> const before = h;
    bulge::move_bulge<width>(before, band_->at(row, row - width), Band::stride, h);
  }
  bulge::apply_from_both_sides<width>(h, band_->at(row, row), Band::stride);
  Scalar* const to = reflectors_.at(s, row);
  int const length = std::min(width, band_->order() - row);
  *to = h.tau;
  for (int i = 1; i < length; ++i) to[i * reflectors_.row_stride] = h.v[i];
}

template <class Scalar, class ExecSpace>
void chase_bulges(ExecSpace const& space, int n, Scalar* a, int lda, Scalar* d, Scalar* e)
{
  BandMatrix<Scalar> band(n);
  copy_band(a, lda, band);
  std::vector<std::ptrdiff_t> row_zero(static_cast<std::size_t>(count_sweeps(n)));
  std::iota(row_zero.begin(), row_zero.end(), 0);
  BulgeChase<Scalar> chase(band, {a, row_zero.data(), lda});
  for (int wave = 0; wave < chase.n_waves(); ++wave) chase.run_wave(space, wave);
  space.fence();  // the host reads the band
  for (int i = 0; i < n; ++i) d[i] = *band.at(i, i);
  for (int i = 0; i + 1 < n; ++i) e[i] = *band.at(i + 1, i);
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                         \
  template void BulgeChase<Scalar>::run_wave(ExecSpace const&, int); \
  template void chase_bulges(ExecSpace const&, int, Scalar*, int, Scalar*, Scalar*);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
template class BulgeChase<double>;
template class BulgeChase<float>;
KOVAR_FOR_EACH_HOST_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::linalg
