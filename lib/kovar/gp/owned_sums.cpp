// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/gp/covariance_tiles.hpp>
#include <kovar/gp/double_lanes.hpp>
#include <kovar/gp/owned_sums.hpp>

#include <algorithm>

namespace kovar::gp {
namespace {

using dist::BlockCyclic;
using dist::Host;

/// A rank's share of W, without what cannot go into a kernel.
template <class Scalar>
struct Share {
  BlockCyclic rows;
  BlockCyclic columns;
  std::int64_t grid_row;
  std::int64_t grid_column;
  Matrix<Scalar, Host> a;
  Matrix<Scalar, Host> row_alpha;
  Matrix<Scalar, Host> column_alpha;
  Scalar factor;

  std::int64_t n_rows() const { return static_cast<std::int64_t>(a.extent(0)); }
  std::int64_t n_columns() const { return static_cast<std::int64_t>(a.extent(1)); }
};

template <class Scalar>
Share<Scalar> share_of(OwnedWeight<Scalar> const& weight)
{
  dist::ProcessGrid const& grid = weight.a.grid();
  return {weight.a.rows(),  weight.a.columns(), grid.row(),          grid.column(),
          weight.a.local(), weight.row_alpha,   weight.column_alpha, weight.factor};
}

/// Strips that cover what a rank has of the lower triangle, in whole tiles of its own rows: the first tile of a
/// strip of columns has entries above the diagonal, too.
class OwnedStrips {
 public:
  template <class Scalar>
  explicit OwnedStrips(Share<Scalar> const& share)
      : all_(share.n_rows(), share.n_columns(), false),
        rows_(share.rows),
        columns_(share.columns),
        grid_row_(share.grid_row),
        grid_column_(share.grid_column)
  {
  }

  std::int64_t size() const { return all_.size(); }

  KOKKOS_FORCEINLINE_FUNCTION Strip operator[](std::int64_t k) const
  {
    Strip strip = all_[k];
    std::int64_t const diagonal =
        rows_.size_before(grid_row_, columns_.global(grid_column_, strip.first_column));
    std::int64_t const first_row = diagonal / n_tile_points * n_tile_points;
    if (strip.first_row < first_row) strip.first_row = first_row;
    return strip;
  }

 private:
  StripCover all_;
  BlockCyclic rows_;
  BlockCyclic columns_;
  std::int64_t grid_row_;
  std::int64_t grid_column_;
};

/// The weights of a column of a tile.
template <class Scalar>
class OwnedChunkWeight {
  using Shape = Chunk<Scalar, Host>;
  using Pack = typename Shape::Pack;
  static_assert(Shape::is_column, "host spaces take columns of tiles");

 public:
  KOKKOS_FORCEINLINE_FUNCTION explicit OwnedChunkWeight(Share<Scalar> const& share) : share_(share)
  {
  }

  /// Lower triangle only, times how often each entry stands for: twice below the diagonal, once on it.
  KOKKOS_FORCEINLINE_FUNCTION void of_triangle(std::int64_t row, std::int64_t column,
                                               Pack* to) const
  {
    std::int64_t const global_column = share_.columns.global(share_.grid_column, column);
    if (is_whole(row) && share_.rows.global(share_.grid_row, row) > global_column) {
      of_whole(row, column, to);
      for (int p = 0; p < Shape::n_packs; ++p) to[p] *= Scalar(2);
      return;
    }
    outer_products(row, column, to);
    for (int k = 0; k < Shape::size; ++k) {
      std::int64_t const i = row + k;
      Scalar entry = 0;
      if (i < n_rows()) {
        std::int64_t const global_row = share_.rows.global(share_.grid_row, i);
        int const times = global_row == global_column ? 1 : global_row > global_column ? 2 : 0;
        if (times > 0) entry = static_cast<Scalar>(times) * entry_of(to, k, i, column);
      }
      set_lane(to[k / Shape::width], k % Shape::width, entry);
    }
  }

  /// All entries.
  KOKKOS_FORCEINLINE_FUNCTION void of_column(std::int64_t row, std::int64_t column, Pack* to) const
  {
    if (is_whole(row)) return of_whole(row, column, to);
    outer_products(row, column, to);
    for (int k = 0; k < Shape::size; ++k)
      set_lane(to[k / Shape::width], k % Shape::width,
               row + k < n_rows() ? entry_of(to, k, row + k, column) : Scalar(0));
  }

 private:
  KOKKOS_FORCEINLINE_FUNCTION std::int64_t n_rows() const
  {
    return static_cast<std::int64_t>(share_.a.extent(0));
  }
  KOKKOS_FORCEINLINE_FUNCTION bool is_whole(std::int64_t row) const
  {
    return row + Shape::size <= n_rows();
  }
  KOKKOS_FORCEINLINE_FUNCTION Scalar entry_of(Pack const* outer, int k, std::int64_t i,
                                              std::int64_t column) const
  {
    return lane_of(outer[k / Shape::width], k % Shape::width) + share_.a(i, column) * share_.factor;
  }

  KOKKOS_FORCEINLINE_FUNCTION void of_whole(std::int64_t row, std::int64_t column, Pack* to) const
  {
    outer_products(row, column, to);
    Scalar const* const a = &share_.a(row, column);
    KOVAR_UNROLL for (int p = 0; p < Shape::n_packs; ++p) to[p] +=
        linalg::load_pack<Scalar, Host>(a + p * Shape::width) * share_.factor;
  }

  KOKKOS_FORCEINLINE_FUNCTION void outer_products(std::int64_t row, std::int64_t column,
                                                  Pack* to) const
  {
    for (int p = 0; p < Shape::n_packs; ++p) to[p] = Pack{};
    for (int t = 0; t < share_.row_alpha.extent_int(1); ++t) {
      Scalar const fixed = share_.column_alpha(column, t) * Scalar(0.5);
      Scalar const* const others = &share_.row_alpha(row, t);
      KOVAR_UNROLL for (int p = 0; p < Shape::n_packs; ++p) to[p] +=
          linalg::load_pack<Scalar, Host>(others + p * Shape::width) * fixed;
    }
  }

  Share<Scalar> const& share_;
};

/// A column of partial sums for each strip.
template <class Scalar>
void sum_strips(Host const& space, DeviceProgram<Scalar, Host> const& program,
                OwnedPoints<Scalar> const& points, Share<Scalar> const& share,
                Matrix<double, Host> const& partial_sums)
{
  using Pack = typename Chunk<Scalar, Host>::Pack;
  using Team = StripTeam<Host>;
  int const sweep_packs =
      SweepMemory<Pack, Chunk<Scalar, Host>::n_packs>::size(program.steps.extent_int(0), true);
  int const n_sums = program.n_sums;
  for_strips<Scalar>(
      space, "kovar::gp::owned_parameter_sums", OwnedStrips(share),
      sweep_packs + DoubleLanes<Pack>::n_packs(n_sums),
      KOKKOS_LAMBDA(Team const& team, Strip const& strip, Pack* memory) {
        SharedCoefficients<Scalar> const coefficient{program.coefficients.data()};
        ChunkSweep<Scalar, Host> const sweep(program, coefficient, memory);
        OwnedChunkWeight<Scalar> const weight(share);
        DoubleLanes<Pack> const sums{reinterpret_cast<double*>(memory + sweep_packs)};
        sums.clear(n_sums);
        for_chunks<Scalar, Host>(team, strip, [&](std::int64_t row, std::int64_t column) {
          auto const chunk = points_of_chunk(points.rows, points.columns, row, column);
          sweep.template forward<true>(chunk);
          weight.of_triangle(row, column, sweep.root_adjoint());
          sweep.parameter_sums(chunk, sums);
        });
        for (int k = 0; k < n_sums; ++k) partial_sums(k, team.league_rank()) = sums.sum(k);
      });
}

template <class Scalar>
void sum_columns(Host const& space, DeviceProgram<Scalar, Host> const& program,
                 OwnedPoints<Scalar> const& points, Share<Scalar> const& share,
                 Matrix<double, Host> const& gradient)
{
  using Pack = typename Chunk<Scalar, Host>::Pack;
  using Team = StripTeam<Host>;
  std::int64_t const n_rows = share.n_rows();
  int const n_coordinates = static_cast<int>(points.columns.n_columns());
  int const sweep_packs =
      SweepMemory<Pack, Chunk<Scalar, Host>::n_packs>::size(program.steps.extent_int(0), true);
  for_strips<Scalar>(
      space, "kovar::gp::owned_input_sums", StripCover(share.n_columns(), 1, false),
      sweep_packs + DoubleLanes<Pack>::n_packs(n_coordinates),
      KOKKOS_LAMBDA(Team const&, Strip const& strip, Pack* memory) {
        SharedCoefficients<Scalar> const coefficient{program.coefficients.data()};
        ChunkSweep<Scalar, Host> const sweep(program, coefficient, memory);
        OwnedChunkWeight<Scalar> const weight(share);
        DoubleLanes<Pack> const sums{reinterpret_cast<double*>(memory + sweep_packs)};
        for (std::int64_t column = strip.first_row; column < strip.end_row; ++column) {
          sums.clear(n_coordinates);
          for (std::int64_t row = 0; row < n_rows; row += n_tile_points) {
            auto const chunk = points_of_chunk(points.rows, points.columns, row, column);
            sweep.template forward<true>(chunk);
            weight.of_column(row, column, sweep.root_adjoint());
            sweep.input_sums(chunk, sums);
          }
          for (int c = 0; c < n_coordinates; ++c) gradient(c, column) = 2 * sums.sum(c);
        }
      });
}

}  // namespace

template <class Scalar>
std::vector<double> owned_parameter_sums(Host const& space,
                                         DeviceProgram<Scalar, Host> const& program,
                                         OwnedPoints<Scalar> const& points,
                                         OwnedWeight<Scalar> const& weight)
{
  Region const region("kovar::gp::owned_parameter_sums");
  Share<Scalar> const share = share_of(weight);
  auto const n_strips = OwnedStrips(share).size();
  auto const n_sums = static_cast<std::size_t>(program.n_sums);
  auto const partial_sums =
      allocate<Matrix<double, Host>>(space, "kovar::gp::partial_sums", n_sums, n_strips);
  sum_strips(space, program, points, share, partial_sums);
  space.fence();  // the host adds the strips' sums
  std::vector<double> sums(n_sums, 0.0);
  for (std::int64_t s = 0; s < n_strips; ++s)
    for (std::size_t k = 0; k < n_sums; ++k) sums[k] += partial_sums(k, s);
  return sums;
}

template <class Scalar>
std::vector<double> owned_input_sums(Host const& space, DeviceProgram<Scalar, Host> const& program,
                                     OwnedPoints<Scalar> const& points,
                                     OwnedWeight<Scalar> const& weight)
{
  Region const region("kovar::gp::owned_input_sums");
  Share<Scalar> const share = share_of(weight);
  auto const gradient = allocate<Matrix<double, Host>>(
      space, "kovar::gp::owned_input_sums", points.columns.n_columns(), share.n_columns());
  sum_columns(space, program, points, share, gradient);
  space.fence();  // the host reads it
  return {gradient.data(), gradient.data() + gradient.size()};
}

#define KOVAR_INSTANTIATE(Scalar)                                                                \
  template std::vector<double> owned_parameter_sums(                                             \
      Host const&, DeviceProgram<Scalar, Host> const&, OwnedPoints<Scalar> const&,               \
      OwnedWeight<Scalar> const&);                                                               \
  template std::vector<double> owned_input_sums(Host const&, DeviceProgram<Scalar, Host> const&, \
                                                OwnedPoints<Scalar> const&,                      \
                                                OwnedWeight<Scalar> const&);
KOVAR_INSTANTIATE(double)
KOVAR_INSTANTIATE(float)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::gp
