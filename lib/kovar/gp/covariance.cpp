// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gp/covariance.hpp>
#include <kovar/gp/covariance_tiles.hpp>

#include <vector>

namespace kovar::gp {
namespace {

/// A list of the host on the device, in the device's type of number.
template <class View, class ExecSpace, class Number>
void put(ExecSpace const& space, std::vector<Number> const& list, View const& to)
{
  auto const host = Kokkos::create_mirror_view(to);
  for (std::size_t k = 0; k < list.size(); ++k)
    host(k) = static_cast<typename View::non_const_value_type>(list[k]);
  Kokkos::deep_copy(space, to, host);
  space.fence();  // the list on the host goes away
}

template <class Scalar, class ExecSpace>
void fill(ExecSpace const& space, DeviceProgram<Scalar, ExecSpace> const& program,
          Points<Scalar, ExecSpace> const& rows, Points<Scalar, ExecSpace> const& columns,
          Matrix<Scalar, ExecSpace> const& a, bool is_lower)
{
  using Shape = Chunk<Scalar, ExecSpace>;
  using Pack = typename Shape::Pack;
  using Sweep = ChunkSweep<Scalar, ExecSpace>;
  using Team = StripTeam<ExecSpace>;
  std::int64_t const n_packs =
      SweepMemory<Pack, Shape::n_packs>::size(program.steps.extent_int(0), false);
  for_strips<Scalar>(
      space, "kovar::gp::covariance", StripCover(rows.n, columns.n, is_lower), n_packs,
      KOKKOS_LAMBDA(Team const& team, Strip const& strip, Pack* memory) {
        SharedCoefficients<Scalar> const coefficient{program.coefficients.data()};
        Sweep const sweep(program, coefficient, memory);
        for_chunks<Scalar, ExecSpace>(team, strip, [&](std::int64_t row, std::int64_t column) {
          Pack const* const k =
              sweep.template forward<false>(points_of_chunk(rows, columns, row, column));
          std::int64_t const end = Shape::is_column ? rows.n - row : columns.n - column;
          std::int64_t const step = Shape::is_column ? 1 : a.stride_1();
          Scalar* const to = &a(row, column);
          if (end >= Shape::size && Shape::is_column)
            for (int p = 0; p < Shape::n_packs; ++p)
              store_lanes<typename Lanes<Scalar, ExecSpace>::type>(k[p], to + p * Shape::width);
          else
            for (int i = 0; i < Shape::size && i < end; ++i)
              to[i * step] = lane_of(k[i / Shape::width], i % Shape::width);
        });
      });
}

/// Each point against itself.
template <class Scalar, class ExecSpace>
struct SelfPoints {
  using Pack = typename Chunk<Scalar, ExecSpace>::Pack;
  Scalar const* first;
  std::int64_t stride;
  KOKKOS_FORCEINLINE_FUNCTION Pack fixed(int column, int) const
  {
    return linalg::load_pack<Scalar, ExecSpace>(first + column * stride);
  }
  KOKKOS_FORCEINLINE_FUNCTION Pack other(int column, int) const { return fixed(column, 0); }
};

}  // namespace

template <class Scalar, class ExecSpace>
DeviceProgram<Scalar, ExecSpace> make_device_program(ExecSpace const& space,
                                                     KernelProgram const& program)
{
  DeviceProgram<Scalar, ExecSpace> result;
  result.steps = allocate<Vector<KernelStep, ExecSpace>>(space, "kovar::gp::kernel_steps",
                                                         program.steps().size());
  result.columns = allocate<Vector<int, ExecSpace>>(space, "kovar::gp::kernel_columns",
                                                    program.columns().size());
  result.coefficients = allocate<Vector<Scalar, ExecSpace>>(space, "kovar::gp::kernel_coefficients",
                                                            program.n_coefficients());
  result.n_sums = program.n_sums();
  put(space, program.steps(), result.steps);
  put(space, program.columns(), result.columns);
  return result;
}

template <class Scalar, class ExecSpace>
void put_coefficients(ExecSpace const& space, KernelProgram const& program, Kernel const& kernel,
                      DeviceProgram<Scalar, ExecSpace> const& to)
{
  put(space, program.coefficients(kernel), to.coefficients);
}

template <class Scalar, class ExecSpace>
void covariance(ExecSpace const& space, DeviceProgram<Scalar, ExecSpace> const& program,
                Points<Scalar, ExecSpace> const& points, Matrix<Scalar, ExecSpace> const& a)
{
  Region const region("kovar::gp::covariance");
  fill(space, program, points, points, a, true);
}

template <class Scalar, class ExecSpace>
void cross_covariance(ExecSpace const& space, DeviceProgram<Scalar, ExecSpace> const& program,
                      Points<Scalar, ExecSpace> const& rows,
                      Points<Scalar, ExecSpace> const& columns, Matrix<Scalar, ExecSpace> const& a)
{
  Region const region("kovar::gp::cross_covariance");
  fill(space, program, rows, columns, a, false);
}

template <class Scalar, class ExecSpace>
void prior_variance(ExecSpace const& space, DeviceProgram<Scalar, ExecSpace> const& program,
                    Points<Scalar, ExecSpace> const& points,
                    Vector<Scalar, ExecSpace> const& variance)
{
  using Pack = typename Chunk<Scalar, ExecSpace>::Pack;
  using ThesePoints = SelfPoints<Scalar, ExecSpace>;
  using Sweep = KernelSweep<Pack, 1, Scalar, ExecSpace, ThesePoints, SharedCoefficients<Scalar>>;
  using Team = StripTeam<ExecSpace>;
  constexpr int width = n_lanes<Pack>;
  auto const coordinates = points.coordinates;
  std::int64_t const stride = points.stride();
  std::int64_t const n = points.n;
  std::int64_t const n_packs = SweepMemory<Pack, 1>::size(program.steps.extent_int(0), false);
  for_strips<Scalar>(
      space, "kovar::gp::prior_variance", StripCover(n, 1, false), n_packs,
      KOKKOS_LAMBDA(Team const& team, Strip const& strip, Pack* memory) {
        SharedCoefficients<Scalar> const coefficient{program.coefficients.data()};
        Sweep const sweep(program, coefficient, memory);
        auto const n_groups =
            static_cast<int>((strip.end_row - strip.first_row + width - 1) / width);
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_groups), [&](int g) {
          std::int64_t const first = strip.first_row + std::int64_t{g} * width;
          Pack const k =
              *sweep.template forward<false>(ThesePoints{coordinates.data() + first, stride});
          for (int l = 0; l < width && first + l < n; ++l) variance(first + l) = lane_of(k, l);
        });
      });
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                       \
  template DeviceProgram<Scalar, ExecSpace> make_device_program(ExecSpace const&,                  \
                                                                KernelProgram const&);             \
  template void put_coefficients(ExecSpace const&, KernelProgram const&, Kernel const&,            \
                                 DeviceProgram<Scalar, ExecSpace> const&);                         \
  template void covariance(ExecSpace const&, DeviceProgram<Scalar, ExecSpace> const&,              \
                           Points<Scalar, ExecSpace> const&, Matrix<Scalar, ExecSpace> const&);    \
  template void cross_covariance(                                                                  \
      ExecSpace const&, DeviceProgram<Scalar, ExecSpace> const&, Points<Scalar, ExecSpace> const&, \
      Points<Scalar, ExecSpace> const&, Matrix<Scalar, ExecSpace> const&);                         \
  template void prior_variance(ExecSpace const&, DeviceProgram<Scalar, ExecSpace> const&,          \
                               Points<Scalar, ExecSpace> const&,                                   \
                               Vector<Scalar, ExecSpace> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gp
