// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/gsn/constant_pattern.hpp>
#include <kovar/gsn/eigenbasis.hpp>
#include <kovar/gsn/rsa_simulation.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/triangle.hpp>

#include <cmath>
#include <limits>

namespace kovar::gsn {
namespace {

/// Eigenbasis of a symmetric matrix (lower triangle), which stays as it is.
template <class ExecSpace>
Eigenbasis<double, ExecSpace> basis_of(ExecSpace const& space, Matrix<double, ExecSpace> const& a)
{
  std::int64_t const n = a.extent(0);
  auto const work = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::eigenbasis_work", n, n);
  linalg::copy_lower_triangle(space, a, work);
  return eigenbasis(space, work);
}

/// Eigenvectors times the roots of their eigenvalues, those that count: N x r.
template <class ExecSpace>
Matrix<double, ExecSpace> root_of(ExecSpace const& space,
                                  Eigenbasis<double, ExecSpace> const& basis)
{
  std::int64_t const n = basis.values.extent(0);
  std::vector<double> const values = to_list(space, basis.values);  // descending
  double const bound =
      n > 0 ? static_cast<double>(n) * std::numeric_limits<double>::epsilon() * values.front() : 0;
  std::int64_t rank = 0;
  for (double const value : values) {
    if (!(value > 0 && value > bound)) break;
    ++rank;
  }
  auto const root =
      allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::covariance_root", n, rank);
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  auto const eigenvalues = basis.values;
  auto const vectors = basis.vectors;
  if (root.size() > 0)
    Kokkos::parallel_for(
        "kovar::gsn::covariance_root", Policy(space, {0, 0}, {n, rank}),
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t k) {
          root(i, k) = vectors(i, k) * math::sqrt(eigenvalues(k));
        });
  return root;
}

/// Give all ranks what stands on rank 0; elsewhere the view is made anew, of the same extents.
template <class ExecSpace, class View>
void broadcast_new(ExecSpace const& space, dist::Communicator const& comm, View& view)
{
  if (comm.size() == 1) return;
  double extents[2] = {static_cast<double>(view.extent(0)), static_cast<double>(view.extent(1))};
  comm.broadcast(extents, 2);
  dist::agree(comm, [&] {
    if (comm.is_root()) return;
    auto const rows = static_cast<std::int64_t>(extents[0]);
    if constexpr (View::rank == 1)
      view = allocate<View>(space, "kovar::gsn::rsa_model", rows);
    else
      view = allocate<View>(space, "kovar::gsn::rsa_model", rows,
                            static_cast<std::int64_t>(extents[1]));
  });
  dist::broadcast(space, comm, view);
}

/// The model on rank 0.
template <class ExecSpace>
RsaModel<ExecSpace> model_on_root(ExecSpace const& space, std::vector<double> const& mean,
                                  Matrix<double, ExecSpace> const& signal_covariance,
                                  Matrix<double, ExecSpace> const& noise_covariance,
                                  PatternBasis basis)
{
  using View = Matrix<double, ExecSpace>;
  using Line = Vector<double, ExecSpace>;
  std::int64_t const n = signal_covariance.extent(0);
  RsaModel<ExecSpace> model;
  model.signal_factor = root_of(space, basis_of(space, signal_covariance));
  auto const mean_in_units = to_space(space, mean, "kovar::gsn::mean_signal");
  auto const noise = basis_of(space, noise_covariance);
  if (basis == PatternBasis::units) {
    model.mean = mean_in_units;
    model.noise_factor = root_of(space, noise);
    return model;
  }

  using linalg::Op;
  auto const scale = allocate<Line>(space, "kovar::gsn::noise_scale", n);
  auto const eigenvalues = noise.values;
  auto const ones = allocate<View>(space, "kovar::gsn::constant_pattern", n, 1);
  double const per_unit = 1 / std::sqrt(static_cast<double>(n));
  Kokkos::parallel_for(
      "kovar::gsn::noise_scale",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t i) {
        scale(i) = eigenvalues(i) > 0 ? math::sqrt(eigenvalues(i)) : 0.0;
        ones(i, 0) = per_unit;
      });
  auto const rotated = [&](View const& x, char const* label) {
    auto const y = allocate<View>(space, label, n, x.extent(1));
    linalg::gemm(space, Op::transpose, Op::none, 1.0, noise.vectors, x, 0.0, y);
    return y;
  };
  model.constant = Kokkos::subview(rotated(ones, "kovar::gsn::constant"), Kokkos::ALL, 0);
  model.noise_scale = scale;
  model.signal_factor = rotated(model.signal_factor, "kovar::gsn::signal_factor");
  auto const rotated_mean = rotated(View(mean_in_units.data(), n, 1), "kovar::gsn::mean");
  // Twice: what rounding left of a large mean goes with the second.
  for (int pass = 0; pass < 2; ++pass) {
    remove_constant(space, model.signal_factor, model.constant);
    remove_constant(space, rotated_mean, model.constant);
  }
  model.mean = Kokkos::subview(rotated_mean, Kokkos::ALL, 0);
  return model;
}

}  // namespace

template <class ExecSpace>
RsaModel<ExecSpace> make_rsa_model(ExecSpace const& space, dist::Communicator const& comm,
                                   std::vector<double> const& mean,
                                   Matrix<double, ExecSpace> const& signal_covariance,
                                   Matrix<double, ExecSpace> const& noise_covariance,
                                   PatternBasis basis)
{
  Region const region("kovar::gsn::make_rsa_model");
  RsaModel<ExecSpace> model;
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    auto const n = static_cast<std::int64_t>(mean.size());
    for (auto const& covariance : {signal_covariance, noise_covariance})
      KOVAR_REQUIRE(covariance.extent_int(0) == n && covariance.extent_int(1) == n,
                    "make_rsa_model: '" << covariance.label() << "' is " << covariance.extent(0)
                                        << " x " << covariance.extent(1) << " and the mean has "
                                        << n << " units; both need the same");
    model = model_on_root(space, mean, signal_covariance, noise_covariance, basis);
  });
  model.basis = basis;
  broadcast_new(space, comm, model.signal_factor);
  broadcast_new(space, comm, model.mean);
  if (basis == PatternBasis::units) {
    broadcast_new(space, comm, model.noise_factor);
  } else {
    broadcast_new(space, comm, model.noise_scale);
    broadcast_new(space, comm, model.constant);
  }
  return model;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                           \
  template RsaModel<ExecSpace> make_rsa_model(                                 \
      ExecSpace const&, dist::Communicator const&, std::vector<double> const&, \
      Matrix<double, ExecSpace> const&, Matrix<double, ExecSpace> const&, PatternBasis);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
