// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_BULGE_CHASING_HPP
#define KOVAR_LINALG_BULGE_CHASING_HPP

#include <kovar/linalg/band_matrix.hpp>
#include <kovar/linalg/band_reduction.hpp>
#include <kovar/linalg/bulge_kernels.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

/// \file
/// Second of two stages from a symmetric matrix to its tridiagonal form: the band that
/// reduce_to_band() leaves, by Householder reflectors that chase each bulge down the band.
/// On the host, threads of the execution space side by side.
///
/// Sweep s clears column s below the subdiagonal. Its step k has a reflector on the rows
/// s + 1 + k band_width and the band_width - 1 that follow; k = 0 clears the column, the others the
/// first column of the bulge that the step before made. A step touches the entries of its rows only.
/// Source: Lang, A parallel algorithm for reducing symmetric banded matrices to tridiagonal form (SIAM
/// J. Sci. Comput. 14, 1993).

namespace kovar::linalg {

/// Where the reflectors of the chase stand. That of sweep s, step k has the rows of that step; in the place
/// of its leading one stands its scale.
template <class Scalar>
struct SweepReflectors {
  Scalar* values;
  std::ptrdiff_t const* row_zero;  ///< of each sweep: the place where row 0 would stand
  std::ptrdiff_t row_stride;

  Scalar* at(int sweep, int row) const { return values + row_zero[sweep] + row * row_stride; }
};

/// Sweeps of a band of order n, and steps of a sweep.
inline int count_sweeps(int n) { return std::max(0, n - 2); }
inline int count_steps(int n, int sweep) { return (n - 2 - sweep) / band_width + 1; }

/// Sweeps that pass over one stretch of the band while it is in cache.
constexpr int n_grouped_sweeps = 4;

/// Steps of a sweep that are of the zones before a row: those that begin before it in the first sweep of a group,
/// and one less in each sweep after another one, whose next step must be done before it.
inline int n_steps_before(int row, int sweep)
{
  int const place = sweep % n_grouped_sweeps;
  int const first_row = sweep - place + 1;
  int const n_steps = row <= first_row ? 0 : (row - first_row + band_width - 1) / band_width;
  return std::max(0, n_steps - place);
}

/// The first row that a group's steps of a zone touch, which the zone before it touches too.
/// \param row  the zone's first one, before which the group has steps
inline int first_shared_row(int row, int group)
{
  int const first_sweep = group * n_grouped_sweeps;
  int const n_steps = n_steps_before(row, first_sweep);
  int const place = std::min(n_grouped_sweeps - 1, n_steps);
  return first_sweep + place + 1 + (n_steps - place) * band_width;
}
/// The end of the rows that a group's steps of the zone before touch. \see first_shared_row()
inline int end_of_shared_rows(int row, int group)
{
  int const first_sweep = group * n_grouped_sweeps;
  return first_sweep + 1 + n_steps_before(row, first_sweep) * band_width;
}

/// The chase through a zone of rows, by the steps that n_steps_before() gives it. Where there are several zones,
/// rows and reflectors pass between them with every group, by those who own them.
///
/// A group works in stretches of a few steps. Stretch c of group g is of wave g * waves_per_group + c, and
/// those of a wave run side by side, on disjoint rows.
template <class Scalar>
class BulgeChase {
 public:
  /// All rows. \param reflectors  of all sweeps; the rows of this zone's steps are written
  BulgeChase(BandMatrix<Scalar>& band, SweepReflectors<Scalar> const& reflectors)
      : BulgeChase(band, reflectors, 0, band.order(), 2)
  {
  }

  /// \param waves_per_group  at least 2: the sweep after another one stays two steps behind it
  BulgeChase(BandMatrix<Scalar>& band, SweepReflectors<Scalar> const& reflectors, int first_row,
             int end_row, int waves_per_group);

  int n_groups() const { return n_groups_; }
  int n_waves() const;

  /// The stretch that a group works on in a wave.
  int stretch_of(int group, int wave) const { return wave - group * waves_per_group_; }
  /// The groups of a wave: from .first on, before .end.
  struct Groups {
    int first;
    int end;
  };
  Groups groups_of(int wave) const;

  /// The first stretch that touches rows which the next zone may have touched in the group before.
  int first_shared_stretch(int group) const;
  int n_stretches(int group) const;

  /// Steps of a sweep before this zone, and before the next one.
  int first_step(int sweep) const { return n_steps_before(first_row_, sweep); }
  int end_step(int sweep) const;

  /// Call once for each wave, in order.
  template <class ExecSpace>
  void run_wave(ExecSpace const& space, int wave);

  /// The latest reflector of a sweep: the next step begins with it.
  bulge::Reflector<Scalar, band_width>& latest(int sweep)
  {
    return latest_[static_cast<std::size_t>(sweep)];
  }

 private:
  void run_stretch(int group, int stretch);
  void run_step(int sweep, int step);
  int n_steps(int group) const;  ///< of its first sweep

  BandMatrix<Scalar>* band_;
  SweepReflectors<Scalar> reflectors_;
  int first_row_;
  int end_row_;
  int waves_per_group_;
  int n_groups_;
  std::vector<bulge::Reflector<Scalar, band_width>> latest_;
};

/// The band of a (n x n, column-major, band_width subdiagonals) := Q2 T Q2^T; d (n) and e (n - 1)
/// hold T. The reflectors of Q2 go above the diagonal of a: that of sweep s, step k into row s, its
/// scale in the place of its leading one. From the diagonal down a is only read.
/// Cost: 6 n^2 band_width flops. Workspace: 4 n band_width numbers.
template <class Scalar, class ExecSpace>
void chase_bulges(ExecSpace const& space, int n, Scalar* a, int lda, Scalar* d, Scalar* e);

}  // namespace kovar::linalg

#endif
