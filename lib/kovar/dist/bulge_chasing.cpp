// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/dist/bulge_chasing.hpp>
#include <kovar/linalg/chase_reflectors.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace kovar::dist {
namespace {

using linalg::band_width;
using linalg::BandMatrix;
using linalg::BulgeChase;
using linalg::count_sweeps;
using linalg::end_of_shared_rows;
using linalg::first_shared_row;
using linalg::n_grouped_sweeps;
using linalg::n_steps_before;

/// The rows that a zone shares with its neighbours must not meet: they begin (n_grouped_sweeps - 1) band_width before
/// its end at most, and end less than band_width after its beginning.
constexpr int least_zone = 5 * band_width;
static_assert(least_zone >= n_grouped_sweeps * band_width);

/// Ranks that have a zone.
int count_zones(int n, int n_ranks) { return std::clamp(n / least_zone - 1, 1, n_ranks); }

/// Waves from one group of sweeps to the next. A group shares rows with the next zone in its last three waves at
/// most, and needs what the next rank's first wave of the group before left of them: with three waves a group each
/// rank would wait for the other for ever, with four in every group. Six leave a wave for that of the neighbour.
constexpr int n_waves_per_group = 6;
static_assert(n_waves_per_group > 3);

/// Rows that a sweep's steps in a zone have reflectors of.
IndexRange rows_of_reflectors(int n, IndexRange zone, int sweep)
{
  auto const row_of = [&](std::int64_t zone_begin) {
    return zone_begin == n
               ? n
               : sweep + 1 +
                     std::int64_t{band_width} * n_steps_before(static_cast<int>(zone_begin), sweep);
  };
  return {row_of(zone.first), row_of(zone.end)};
}

/// The numbers that pass between a zone and a neighbour with a group, either way: rows of the band, and reflectors.
template <class Scalar>
class Passage {
 public:
  Passage() : outgoing_(largest), incoming_(largest) {}

  /// Rows first .. end - 1 of the band, then the group's reflectors if a chase is given.
  void send(Communicator const& comm, int to, BandMatrix<Scalar>& band, IndexRange rows,
            BulgeChase<Scalar>* chase, int group)
  {
    sending_.wait();  // the one before has the same memory
    Scalar* next = outgoing_.data();
    for_rows(band, rows, [&](Scalar& x) { *next++ = x; });
    for_latest(band, chase, group, [&](Scalar& x) { *next++ = x; });
    sending_ = comm.start_sending(outgoing_.data(), next - outgoing_.data(), to);
  }

  void receive(Communicator const& comm, int from, BandMatrix<Scalar>& band, IndexRange rows,
               BulgeChase<Scalar>* chase, int group)
  {
    std::int64_t n = 0;
    for_rows(band, rows, [&](Scalar&) { ++n; });
    for_latest(band, chase, group, [&](Scalar&) { ++n; });
    KOVAR_ASSERT(n <= static_cast<std::int64_t>(largest));
    comm.receive(incoming_.data(), n, from);
    Scalar const* next = incoming_.data();
    for_rows(band, rows, [&](Scalar& x) { x = *next++; });
    for_latest(band, chase, group, [&](Scalar& x) { x = *next++; });
  }

 private:
  static constexpr std::size_t largest =
      n_grouped_sweeps * (2 * band_width * band_width + band_width + 1);

  template <class Function>
  static void for_rows(BandMatrix<Scalar>& band, IndexRange rows, Function const& f)
  {
    for (auto i = static_cast<int>(rows.first); i < static_cast<int>(rows.end); ++i)
      for (int j = std::max(0, i - 2 * band_width + 1); j <= i; ++j) f(*band.at(i, j));
  }

  template <class Function>
  static void for_latest(BandMatrix<Scalar>& band, BulgeChase<Scalar>* chase, int group,
                         Function const& f)
  {
    if (chase == nullptr) return;
    int const first = group * n_grouped_sweeps;
    int const end = std::min(first + n_grouped_sweeps, count_sweeps(band.order()));
    for (int s = first; s < end; ++s) {
      for (Scalar& x : chase->latest(s).v) f(x);
      f(chase->latest(s).tau);
    }
  }

  std::vector<Scalar> outgoing_;
  std::vector<Scalar> incoming_;
  PendingMessages sending_;
};

/// A rank's part of the pipeline.
template <class Scalar>
class ChaseOverRanks {
 public:
  /// \throws BackendError if there is not the memory: within agree()
  ChaseOverRanks(Host const& space, Communicator const& comm, BandMatrix<Scalar>& band,
                 ChaseReflectors<Scalar> const& reflectors)
      : space_(space),
        comm_(comm),
        band_(band),
        zone_(chase_zone(band.order(), comm.size(), comm.rank())),
        chase_(band, reflectors.mine(), static_cast<int>(zone_.first), static_cast<int>(zone_.end),
               n_waves_per_group)
  {
    t_.diagonal.resize(static_cast<std::size_t>(band.order()));
    t_.off_diagonal.resize(static_cast<std::size_t>(std::max(0, band.order() - 1)));
  }

  void run()
  {
    for (int wave = 0; wave < chase_.n_waves(); ++wave) {
      auto const groups = chase_.groups_of(wave);
      for (int group = groups.first; group < groups.end; ++group)
        receive(group, chase_.stretch_of(group, wave));
      chase_.run_wave(space_, wave);
      space_.fence();  // MPI reads the band on the host
      for (int group = groups.first; group < groups.end; ++group)
        send(group, chase_.stretch_of(group, wave));
    }
  }

  /// T on all ranks: a row is final after the first step of the sweep before it, on the rank that took that.
  TridiagonalLists<Scalar> tridiagonal()
  {
    int const n = band_.order();
    auto const take_row = [&](int i) {
      t_.diagonal[static_cast<std::size_t>(i)] = *band_.at(i, i);
      if (i > 0) t_.off_diagonal[static_cast<std::size_t>(i - 1)] = *band_.at(i, i - 1);
    };
    if (zone_.first == 0 && n > 0) take_row(0);
    for (int s = 0; s < count_sweeps(n); ++s)
      if (begins(s)) take_row(s + 1);
    if (zone_.end == n && zone_.size() > 0 && n > 1) take_row(n - 1);
    comm_.sum_to_all(t_.diagonal.data(), n);
    comm_.sum_to_all(t_.off_diagonal.data(), std::max(0, n - 1));
    return std::move(t_);
  }

 private:
  bool begins(int sweep) const
  {
    return zone_.size() > 0 && chase_.first_step(sweep) == 0 && chase_.end_step(sweep) > 0;
  }

  bool comes_from_left(int group) const { return chase_.first_step(group * n_grouped_sweeps) > 0; }
  bool goes_right(int group) const
  {
    return zone_.end < band_.order() && chase_.end_step(group * n_grouped_sweeps) > 0;
  }

  /// Of a group in which a zone's first row is crossed.
  static IndexRange shared_rows(std::int64_t row, int group)
  {
    return {first_shared_row(static_cast<int>(row), group),
            end_of_shared_rows(static_cast<int>(row), group)};
  }

  /// What the next zone touched in the group before, and the zone before it touches in this one.
  static IndexRange returned_rows(std::int64_t row, int group)
  {
    return {first_shared_row(static_cast<int>(row), group - 1),
            end_of_shared_rows(static_cast<int>(row), group)};
  }

  void receive(int group, int stretch)
  {
    if (stretch == 0 && comes_from_left(group))
      left_.receive(comm_, comm_.rank() - 1, band_, shared_rows(zone_.first, group), &chase_,
                    group);
    if (stretch == chase_.first_shared_stretch(group) && goes_right(group) && group > 0)
      right_.receive(comm_, comm_.rank() + 1, band_, returned_rows(zone_.end, group), nullptr,
                     group);
  }

  void send(int group, int stretch)
  {
    // What the zone before needs for its next group is not touched by later stretches of this one.
    if (stretch == 0 && comes_from_left(group + 1))
      left_.send(comm_, comm_.rank() - 1, band_, returned_rows(zone_.first, group + 1), nullptr,
                 group + 1);
    if (stretch == chase_.n_stretches(group) - 1 && goes_right(group))
      right_.send(comm_, comm_.rank() + 1, band_, shared_rows(zone_.end, group), &chase_, group);
  }

  Host space_;
  Communicator comm_;
  BandMatrix<Scalar>& band_;
  IndexRange zone_;
  BulgeChase<Scalar> chase_;
  TridiagonalLists<Scalar> t_;
  Passage<Scalar> left_;
  Passage<Scalar> right_;
};

}  // namespace

IndexRange chase_zone(int n, int n_ranks, int rank)
{
  std::int64_t const n_zones = count_zones(n, n_ranks);
  auto const begin = [&](std::int64_t zone) {
    return zone == 0 ? 0 : std::min(zone + 1, n_zones + 1) * n / (n_zones + 1);
  };
  return {begin(rank), begin(rank + 1)};
}

template <class Scalar>
ChaseReflectors<Scalar>::ChaseReflectors(Host const& space, int n, int n_ranks, int rank)
    : n_(n), n_ranks_(n_ranks), rank_(rank), collected_(static_cast<std::size_t>(count_sweeps(n)))
{
  IndexRange const zone = chase_zone(n, n_ranks, rank);
  std::int64_t next = 0;
  for (int s = 0; s < count_sweeps(n); ++s) {
    IndexRange const rows = rows_of_reflectors(n, zone, s);
    begin_.push_back(next);
    row_zero_.push_back(next - rows.first);
    next += rows.size();
  }
  begin_.push_back(next);
  values_ = allocate<Vector<Scalar, Host>>(space, "kovar::dist::chase_reflectors", next);
  std::int64_t const n_block = std::int64_t{linalg::n_block_sweeps} * n;
  message_ = allocate<Vector<Scalar, Host>>(space, "kovar::dist::message", n_block);
  block_ = allocate<Vector<Scalar, Host>>(space, "kovar::dist::sweep_block", n_block);
}

template <class Scalar>
linalg::SweepReflectors<Scalar const> ChaseReflectors<Scalar>::collect(Communicator const& comm,
                                                                       int block)
{
  int const first = block * linalg::n_block_sweeps;
  int const end = std::min(first + linalg::n_block_sweeps, count_sweeps(n_));
  for (int s = first; s < end; ++s)
    collected_[static_cast<std::size_t>(s)] = std::ptrdiff_t{s - first} * n_;
  for (int r = 0; r < count_zones(n_, n_ranks_); ++r) {
    IndexRange const zone = chase_zone(n_, n_ranks_, r);
    std::int64_t size = 0;
    for (int s = first; s < end; ++s) size += rows_of_reflectors(n_, zone, s).size();
    if (size == 0) continue;
    Scalar* const numbers =
        r == rank_ ? &values_(begin_[static_cast<std::size_t>(first)]) : message_.data();
    comm.broadcast(numbers, size, r);
    Scalar const* next = numbers;
    for (int s = first; s < end; ++s) {
      IndexRange const rows = rows_of_reflectors(n_, zone, s);
      std::copy_n(next, rows.size(), &block_(collected_[static_cast<std::size_t>(s)]) + rows.first);
      next += rows.size();
    }
  }
  return {block_.data(), collected_.data(), 1};
}

template <class Scalar>
TridiagonalLists<Scalar> chase_bulges(Host const& space, Communicator const& comm,
                                      BandMatrix<Scalar>& band, ChaseReflectors<Scalar>& reflectors)
{
  Region const region("kovar::dist::chase_bulges");
  std::unique_ptr<ChaseOverRanks<Scalar>> chase;
  agree(comm,
        [&] { chase = std::make_unique<ChaseOverRanks<Scalar>>(space, comm, band, reflectors); });
  chase->run();
  return chase->tridiagonal();
}

#define KOVAR_DIST_BULGE_CHASING(Scalar)          \
  template class ChaseReflectors<Scalar>;         \
  template TridiagonalLists<Scalar> chase_bulges( \
      Host const&, Communicator const&, linalg::BandMatrix<Scalar>&, ChaseReflectors<Scalar>&);
KOVAR_DIST_BULGE_CHASING(double)
KOVAR_DIST_BULGE_CHASING(float)
#undef KOVAR_DIST_BULGE_CHASING

}  // namespace kovar::dist
