// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gp/covariance_gradient.hpp>
#include <kovar/gp/covariance_tiles.hpp>
#include <kovar/gp/double_lanes.hpp>

namespace kovar::gp {
namespace {

/// The weights of a chunk of entries, times how often each stands for: twice below the diagonal, once on
/// it, never above it or beyond the matrix.
template <class Scalar, class ExecSpace>
class ChunkWeight {
  using Shape = Chunk<Scalar, ExecSpace>;
  using Pack = typename Shape::Pack;

 public:
  KOKKOS_FORCEINLINE_FUNCTION ChunkWeight(CovarianceWeight<Scalar, ExecSpace> const& weight,
                                          std::int64_t n)
      : weight_(weight), n_(n)
  {
  }

  /// Lower triangle only: the chunk that starts at (row, column).
  KOKKOS_FORCEINLINE_FUNCTION void of_triangle(std::int64_t row, std::int64_t column,
                                               Pack* to) const
  {
    std::int64_t const fixed = Shape::is_column ? column : row;
    std::int64_t const other = Shape::is_column ? row : column;
    outer_products(fixed, other, to);
    if (Shape::is_column && row > column && row + Shape::size <= n_) {
      Scalar const* const a = &weight_.a(row, column);
      KOVAR_UNROLL for (int p = 0; p < Shape::n_packs; ++p) to[p] =
          Scalar(2) *
          (to[p] + linalg::load_pack<Scalar, ExecSpace>(a + p * Shape::width) * weight_.factor);
      return;
    }
    for (int p = 0; p < Shape::n_packs; ++p)
      for (int l = 0; l < Shape::width; ++l) {
        std::int64_t const k = other + p * Shape::width + l;
        std::int64_t const i = Shape::is_column ? k : row;
        std::int64_t const j = Shape::is_column ? column : k;
        Scalar entry = 0;
        if (i < n_ && j <= i)
          entry = (i == j ? Scalar(1) : Scalar(2)) *
                  (lane_of(to[p], l) + weight_.a(i, j) * weight_.factor);
        set_lane(to[p], l, entry);
      }
  }

  /// All of a row of the square: the fixed point against those from `other` on.
  KOKKOS_FORCEINLINE_FUNCTION void of_row(std::int64_t fixed, std::int64_t other, Pack* to) const
  {
    outer_products(fixed, other, to);
    Scalar const* const a =
        &weight_.a(other, fixed);  // symmetric: a column, whose entries are neighbours
    for (int p = 0; p < Shape::n_packs; ++p) {
      if (other + (p + 1) * Shape::width <= n_) {
        to[p] += linalg::load_pack<Scalar, ExecSpace>(a + p * Shape::width) * weight_.factor;
        continue;
      }
      for (int l = 0; l < Shape::width; ++l) {
        int const k = p * Shape::width + l;
        bool const is_inside = other + k < n_;
        set_lane(to[p], l, is_inside ? lane_of(to[p], l) + a[k] * weight_.factor : Scalar(0));
      }
    }
  }

 private:
  KOKKOS_FORCEINLINE_FUNCTION void outer_products(std::int64_t fixed, std::int64_t other,
                                                  Pack* to) const
  {
    for (int p = 0; p < Shape::n_packs; ++p) to[p] = Pack{};
    int const q = weight_.left.extent_int(1);
    for (int t = 0; t < q; ++t) {
      Scalar const left = weight_.left(fixed, t) * weight_.outer * Scalar(0.5);
      Scalar const right = weight_.right(fixed, t) * weight_.outer * Scalar(0.5);
      Scalar const* const lefts = &weight_.left(other, t);
      Scalar const* const rights = &weight_.right(other, t);
      KOVAR_UNROLL for (int p = 0; p < Shape::n_packs; ++p) to[p] +=
          linalg::load_pack<Scalar, ExecSpace>(rights + p * Shape::width) * left +
          linalg::load_pack<Scalar, ExecSpace>(lefts + p * Shape::width) * right;
    }
  }

  CovarianceWeight<Scalar, ExecSpace> const& weight_;
  std::int64_t n_;
};

}  // namespace

template <class Scalar, class ExecSpace>
CovarianceGradient<Scalar, ExecSpace>::CovarianceGradient(ExecSpace const& space, std::int64_t n,
                                                          int n_sums)
    : partial_sums_(allocate<Matrix<double, ExecSpace>>(space, "kovar::gp::partial_sums", n_sums,
                                                        StripCover(n, n, true).size())),
      sums_(allocate<Vector<double, ExecSpace>>(space, "kovar::gp::sums", n_sums))
{
}

namespace {

template <class Scalar, class ExecSpace>
void sum_strips(ExecSpace const& space, DeviceProgram<Scalar, ExecSpace> const& program,
                Points<Scalar, ExecSpace> const& points,
                CovarianceWeight<Scalar, ExecSpace> const& weight,
                Matrix<double, ExecSpace> const& partial_sums)
{
  using Shape = Chunk<Scalar, ExecSpace>;
  using Pack = typename Shape::Pack;
  using Team = StripTeam<ExecSpace>;
  int const sweep_packs =
      SweepMemory<Pack, Shape::n_packs>::size(program.steps.extent_int(0), true);
  int const n_sums = program.n_sums;
  for_strips<Scalar>(
      space, "kovar::gp::parameter_sums", StripCover(points.n, points.n, true),
      sweep_packs + DoubleLanes<Pack>::n_packs(n_sums),
      KOKKOS_LAMBDA(Team const& team, Strip const& strip, Pack* memory) {
        SharedCoefficients<Scalar> const coefficient{program.coefficients.data()};
        ChunkSweep<Scalar, ExecSpace> const sweep(program, coefficient, memory);
        ChunkWeight<Scalar, ExecSpace> const chunk_weight(weight, points.n);
        DoubleLanes<Pack> const sums{reinterpret_cast<double*>(memory + sweep_packs)};
        sums.clear(n_sums);
        for_chunks<Scalar, ExecSpace>(team, strip, [&](std::int64_t row, std::int64_t column) {
          if (!Shape::is_column && column > row) return;  // above the diagonal
          auto const chunk = points_of_chunk(points, points, row, column);
          sweep.template forward<true>(chunk);
          chunk_weight.of_triangle(row, column, sweep.root_adjoint());
          sweep.parameter_sums(chunk, sums);
        });
        for (int k = 0; k < n_sums; ++k) {
          double total = 0;
          Kokkos::parallel_reduce(
              Kokkos::TeamThreadRange(team, team.team_size()),
              [&](int, double& partial) { partial += sums.sum(k); }, total);
          Kokkos::single(Kokkos::PerTeam(team),
                         [&] { partial_sums(k, team.league_rank()) = total; });
        }
      });
}

template <class ExecSpace>
void sum_partial_sums(ExecSpace const& space, Matrix<double, ExecSpace> const& partial_sums,
                      Vector<double, ExecSpace> const& sums)
{
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  int const n_strips = partial_sums.extent_int(1);
  if (sums.extent(0) == 0) return;
  Kokkos::parallel_for(
      "kovar::gp::sum_partial_sums", Policy(space, sums.extent_int(0), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        int const k = team.league_rank();
        double total = 0;
        Kokkos::parallel_reduce(
            Kokkos::TeamThreadRange(team, n_strips),
            [&](int s, double& partial) { partial += partial_sums(k, s); }, total);
        Kokkos::single(Kokkos::PerTeam(team), [&] { sums(k) = total; });
      });
}

}  // namespace

template <class Scalar, class ExecSpace>
std::vector<double> CovarianceGradient<Scalar, ExecSpace>::parameter_sums(
    ExecSpace const& space, DeviceProgram<Scalar, ExecSpace> const& program,
    Points<Scalar, ExecSpace> const& points,
    CovarianceWeight<Scalar, ExecSpace> const& weight) const
{
  Region const region("kovar::gp::parameter_sums");
  sum_strips(space, program, points, weight, partial_sums_);
  sum_partial_sums(space, partial_sums_, sums_);
  return to_list(space, sums_);
}

template <class Scalar, class ExecSpace>
void input_gradient(ExecSpace const& space, DeviceProgram<Scalar, ExecSpace> const& program,
                    Points<Scalar, ExecSpace> const& points,
                    CovarianceWeight<Scalar, ExecSpace> const& weight,
                    Matrix<double, ExecSpace> const& gradient)
{
  Region const region("kovar::gp::input_gradient");
  using Shape = Chunk<Scalar, ExecSpace>;
  using Pack = typename Shape::Pack;
  using Team = StripTeam<ExecSpace>;
  std::int64_t const n = points.n;
  int const n_columns = static_cast<int>(points.n_columns());
  int const sweep_packs =
      SweepMemory<Pack, Shape::n_packs>::size(program.steps.extent_int(0), true);
  for_strips<Scalar>(
      space, "kovar::gp::input_gradient", StripCover(n, 1, false),
      sweep_packs + DoubleLanes<Pack>::n_packs(n_columns),
      KOKKOS_LAMBDA(Team const& team, Strip const& strip, Pack* memory) {
        SharedCoefficients<Scalar> const coefficient{program.coefficients.data()};
        ChunkSweep<Scalar, ExecSpace> const sweep(program, coefficient, memory);
        ChunkWeight<Scalar, ExecSpace> const chunk_weight(weight, n);
        DoubleLanes<Pack> const sums{reinterpret_cast<double*>(memory + sweep_packs)};
        Kokkos::parallel_for(
            Kokkos::TeamThreadRange(team, static_cast<int>(strip.end_row - strip.first_row)),
            [&](int r) {
              std::int64_t const i = strip.first_row + r;
              sums.clear(n_columns);
              for (std::int64_t j = 0; j < n; j += Shape::size) {
                ChunkPoints<Scalar, ExecSpace> const chunk{
                    points.coordinates.data() + i, points.stride(), points.coordinates.data() + j,
                    points.stride()};
                sweep.template forward<true>(chunk);
                chunk_weight.of_row(i, j, sweep.root_adjoint());
                sweep.input_sums(chunk, sums);
              }
              for (int c = 0; c < n_columns; ++c) gradient(i, c) = 2 * sums.sum(c);
            });
      });
}

template <class Scalar, class ExecSpace>
auto CovarianceGradient<Scalar, ExecSpace>::by_inputs(
    ExecSpace const& space, DeviceProgram<Scalar, ExecSpace> const& program,
    Points<Scalar, ExecSpace> const& points, CovarianceWeight<Scalar, ExecSpace> const& weight)
    -> HostInputs const&
{
  if (by_inputs_.extent(0) == 0) {
    by_inputs_ = allocate<Matrix<double, ExecSpace>>(space, "kovar::gp::input_gradient", points.n,
                                                     points.n_columns());
    by_inputs_host_ = Kokkos::create_mirror_view(by_inputs_);
  }
  input_gradient(space, program, points, weight, by_inputs_);
  Kokkos::deep_copy(space, by_inputs_host_, by_inputs_);
  space.fence();  // the host reads it
  return by_inputs_host_;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                       \
  template class CovarianceGradient<Scalar, ExecSpace>;                                            \
  template void input_gradient(                                                                    \
      ExecSpace const&, DeviceProgram<Scalar, ExecSpace> const&, Points<Scalar, ExecSpace> const&, \
      CovarianceWeight<Scalar, ExecSpace> const&, Matrix<double, ExecSpace> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gp
