// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/interleaved.hpp>
#include <kovar/linalg/lane_eigenpair.hpp>
#include <kovar/spectral/eigenvalue_model.hpp>
#include <kovar/spectral/lane_assembly.hpp>
#include <kovar/spectral/model_shapes.hpp>
#include <kovar/spectral/team_assembly.hpp>

namespace kovar::spectral {
namespace {

using linalg::LaneArray;
using linalg::LaneGroup;
using linalg::LanePack;

}  // namespace

template <class Scalar, class ExecSpace>
EigenvalueModel<Scalar, ExecSpace> make_model(ExecSpace const& space, std::int64_t d,
                                              std::int64_t p, std::int64_t k)
{
  KOVAR_REQUIRE(d > 0, "d is " << d << " (a matrix has at least one row); give a positive order");
  KOVAR_REQUIRE(p > 0, "p is " << p << " (a model has at least one feature); give it features");
  linalg::eigenvalue_index(k, d);
  EigenvalueModel<Scalar, ExecSpace> model;
  model.k = k;
  model.diagonal = Vector<Scalar, ExecSpace>(Kokkos::view_alloc(space, "kovar::spectral::diagonal"),
                                             static_cast<std::size_t>(d));
  model.coefficients = Rows<Scalar, ExecSpace>(
      Kokkos::view_alloc(space, "kovar::spectral::coefficients"), static_cast<std::size_t>(p),
      static_cast<std::size_t>(linalg::triangle_size(d)));
  return model;
}

template <class Scalar, class ExecSpace>
std::int64_t vector_row_length(std::int64_t d)
{
  constexpr std::int64_t width = n_lanes<LanePack<Scalar, ExecSpace>>;
  return (d + width - 1) / width * width;
}

template <class Scalar, class ExecSpace>
void evaluate(ExecSpace const& space, EigenvalueModel<Scalar, ExecSpace> const& model,
              ConstRows<Scalar, ExecSpace> const& x, Vector<Scalar, ExecSpace> const& values)
{
  int const k = require_model(model);
  require_samples(model, x, values);
  Region const region("kovar::spectral::evaluate");
  if (evaluate_without_lanes(space, "kovar::spectral::values", model, k, x, values,
                             Rows<Scalar, ExecSpace>()))
    return;
  using Pack = LanePack<Scalar, ExecSpace>;
  using Array = LaneArray<Scalar, ExecSpace>;
  int const d = static_cast<int>(model.order());
  std::int64_t const p = model.n_features();
  std::int64_t const n_matrix = linalg::triangle_size(d);
  std::int64_t const n_work = n_matrix + linalg::eigenpair_work_size(d);
  linalg::for_lane_groups<Scalar>(
      space, "kovar::spectral::values", static_cast<std::int64_t>(x.extent(0)), n_work + p,
      KOKKOS_LAMBDA(LaneGroup const& group, Array const& work) {
        load_rows<Pack>(x, group, p, work + n_work);
        assemble_matrix<Pack>(model, work + n_work, work);
        Pack const value = linalg::lane_kth_eigenvalue<Pack>(work, d, k, work + n_matrix);
        for (int lane = 0; lane < group.n; ++lane)
          values(group.first + lane) = lane_of(value, lane);
      });
}

template <class Scalar, class ExecSpace>
void evaluate(ExecSpace const& space, EigenvalueModel<Scalar, ExecSpace> const& model,
              ConstRows<Scalar, ExecSpace> const& x, Vector<Scalar, ExecSpace> const& values,
              Rows<Scalar, ExecSpace> const& vectors)
{
  int const k = require_model(model);
  require_samples(model, x, values);
  require_vectors(model, static_cast<std::int64_t>(x.extent(0)), vectors);
  Region const region("kovar::spectral::evaluate");
  if (evaluate_without_lanes(space, "kovar::spectral::values_and_vectors", model, k, x, values,
                             vectors))
    return;
  using Pack = LanePack<Scalar, ExecSpace>;
  using Array = LaneArray<Scalar, ExecSpace>;
  int const d = static_cast<int>(model.order());
  std::int64_t const p = model.n_features();
  int const row_length = static_cast<int>(vectors.extent(1));
  std::int64_t const n_matrix = linalg::triangle_size(d);
  std::int64_t const n_work = n_matrix + linalg::eigenpair_work_size(d);
  linalg::for_lane_groups<Scalar>(
      space, "kovar::spectral::values_and_vectors", static_cast<std::int64_t>(x.extent(0)),
      n_work + p + d, KOKKOS_LAMBDA(LaneGroup const& group, Array const& work) {
        Array const features = work + n_work;
        Array const vector = features + p;
        load_rows<Pack>(x, group, p, features);
        assemble_matrix<Pack>(model, features, work);
        Pack const value = linalg::lane_kth_eigenpair<Pack>(work, d, k, vector, work + n_matrix);
        for (int lane = 0; lane < group.n; ++lane) {
          Scalar* const row = &vectors(group.first + lane, 0);
          values(group.first + lane) = lane_of(value, lane);
          for (int i = 0; i < d; ++i) row[i] = lane_of(vector[i], lane);
          for (int i = d; i < row_length; ++i) row[i] = 0;
        }
      });
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                     \
  template EigenvalueModel<Scalar, ExecSpace> make_model(ExecSpace const&, std::int64_t,         \
                                                         std::int64_t, std::int64_t);            \
  template std::int64_t vector_row_length<Scalar, ExecSpace>(std::int64_t);                      \
  template void evaluate(ExecSpace const&, EigenvalueModel<Scalar, ExecSpace> const&,            \
                         ConstRows<Scalar, ExecSpace> const&, Vector<Scalar, ExecSpace> const&); \
  template void evaluate(ExecSpace const&, EigenvalueModel<Scalar, ExecSpace> const&,            \
                         ConstRows<Scalar, ExecSpace> const&, Vector<Scalar, ExecSpace> const&,  \
                         Rows<Scalar, ExecSpace> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::spectral
