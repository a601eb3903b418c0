// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/factored_dense.hpp>
#include <kovar/gsn/factored_levels.hpp>
#include <kovar/io/estimate_parts.hpp>
#include <kovar/io/factored_result_file.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/result_parts.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace kovar::io {
namespace {

/// One covariance as it goes into the file.
struct StoredCovariance {
  std::string name;
  std::string description;
  std::vector<double> diagonal;
  std::vector<double> weights;
};

/// Leading components, as far as they were asked for.
template <class ExecSpace>
struct StoredBasis {
  gsn::Item values;
  std::vector<double> eigenvalues;
  gsn::Item vectors;
  Matrix<double, ExecSpace> eigenvectors;  ///< on rank 0
};

void write_covariance(NewHdf5File& file, StoredCovariance const& a)
{
  std::string const formula =
      a.name + " = diag(" + a.name + "_diagonal) + factor diag(" + a.name + "_weights) factor^T";
  write_numbers(file, a.name + "_diagonal", a.diagonal,
                {"u^2", a.description + ": diagonal part of " + formula, {"unit"}});
  write_numbers(file, a.name + "_weights", a.weights,
                {"1", a.description + ": weights of " + formula, {"column"}});
}

void write_projection(NewHdf5File& file, gsn::FactoredProjection const& projection)
{
  file.create_group("projection");
  write_scalar(file, "projection/n_pairs", projection.n_pairs,
               "eigenpairs of cS that its first projection was made with: columns of factor behind "
               "those of means and contrasts");
  write_scalar(file, "projection/error_bound", projection.error_bound,
               "bound of the Frobenius norm of the error of cSb, in u^2");
  write_scalar(file, "projection/change", projection.change,
               "norm of what the diagonal part of cS was changed by, in u^2; part of error_bound");
  write_scalar(file, "projection/residual", projection.residual,
               "Frobenius norm of the residual of the eigenpairs, in u^2");
  write_scalar(file, "projection/norm", projection.norm, "bound of the 2-norm of cS, in u^2");
  write_scalar(file, "projection/is_complete", std::int64_t{projection.is_complete ? 1 : 0},
               "1 if an inertia count found no eigenpair missing");
}

}  // namespace

template <class ExecSpace>
void write_factored_estimate(std::string const& path, ExecSpace const& space,
                             dist::Communicator const& comm,
                             gsn::FactoredEstimate<ExecSpace> const& estimate,
                             gsn::Items const& returns, Provenance const& provenance)
{
  Region const region("kovar::io::write_factored_estimate[HDF5]");
  std::vector<StoredCovariance> stored;
  auto const take = [&](gsn::Item item, gsn::FactoredMatrix<ExecSpace> const& a,
                        std::string const& description) {
    if (!returns.contains(item)) return;
    stored.push_back({gsn::name_of(item), description,
                      gsn::of_all_units(comm, estimate.n_units, to_list(space, a.diagonal)),
                      a.weights});
  };
  take(gsn::Item::noise_covariance, estimate.noise_covariance, "noise covariance, shrunken");
  take(gsn::Item::signal_covariance, estimate.signal_covariance,
       "signal covariance, in general indefinite");
  take(gsn::Item::noise_covariance_psd, estimate.noise_covariance_psd,
       "noise covariance, positive semidefinite");
  take(gsn::Item::signal_covariance_psd, estimate.signal_covariance_psd,
       "signal covariance, positive semidefinite");
  auto const factor =
      gsn::rows_on_root(space, comm, estimate.signal_covariance.factor, estimate.n_units);
  auto const of_basis = [&](gsn::Item values, gsn::Item vectors,
                            gsn::LeadingPairs<ExecSpace> const& pairs) {
    StoredBasis<ExecSpace> basis = {values, {}, vectors, {}};
    if (returns.contains(values)) basis.eigenvalues = pairs.values;
    if (returns.contains(vectors) && !pairs.values.empty())
      basis.eigenvectors = gsn::rows_on_root(space, comm, pairs.vectors, estimate.n_units);
    return basis;
  };
  auto const signal = of_basis(gsn::Item::eigenvalues_signal, gsn::Item::eigenvectors_signal,
                               estimate.signal_basis);
  auto const difference = of_basis(gsn::Item::eigenvalues_difference,
                                   gsn::Item::eigenvectors_difference, estimate.difference_basis);
  auto const n_components = static_cast<std::int64_t>(
      std::max(estimate.signal_basis.values.size(), estimate.difference_basis.values.size()));

  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    require_writable(path);
    NewHdf5File file(path, static_cast<std::int64_t>(factor.size() * sizeof(double)));
    write_view(file, "factor", factor,
               {"u",
                "columns that all covariances share: contrasts of condition means and of trials, "
                "and eigenvectors (u: the unit of the responses)",
                {"unit", "column"}});
    for (StoredCovariance const& a : stored) write_covariance(file, a);
    for (auto const* basis : {&signal, &difference}) {
      write_numbers(file, gsn::name_of(basis->values), basis->eigenvalues,
                    annotation_of(basis->values));
      write_view(file, gsn::name_of(basis->vectors), basis->eigenvectors,
                 annotation_of(basis->vectors));
    }
    write_projection(file, estimate.projection);
    write_summary(file, estimate, n_components, provenance);
    file.write_text("/", "form", "factored");
    file.commit();
  });
}

#define KOVAR_INSTANTIATE(ExecSpace)                                   \
  template void write_factored_estimate(                               \
      std::string const&, ExecSpace const&, dist::Communicator const&, \
      gsn::FactoredEstimate<ExecSpace> const&, gsn::Items const&, Provenance const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::io
