// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_LIKELIHOOD_HPP
#define KOVAR_FIT_LIKELIHOOD_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/fit/entry_sweep.hpp>
#include <kovar/fit/external_sum.hpp>
#include <kovar/fit/parameters.hpp>
#include <kovar/fit/template_tensor.hpp>
#include <kovar/fit/variation_sweep.hpp>

#include <Kokkos_Core.hpp>

#include <array>
#include <cstdint>
#include <vector>

/// \file
/// The negative log likelihood of a binned fit with exact gradients and Hessian-vector products.

namespace kovar::fit {

/// The bins' own statistics.
struct BinStatisticsOptions {
  BinConstraint constraint = BinConstraint::gamma;
  double min_kstat = 0;  ///< bins of fewer effective events are taken as exact
};

struct LikelihoodOptions {
  ParameterOptions parameters;
  DataTerm data_term = DataTerm::poisson;
  BinStatisticsOptions bin_statistics;
};

/// A negative log likelihood by its parts.
struct LossParts {
  double data = 0;
  double constraints = 0;
  double bin_statistics = 0;
  double external = 0;
  double total() const { return data + constraints + bin_statistics + external; }
};

/// Value, gradient and Hessian products. Bins and rows of external Hessians are dealt to the ranks,
/// parameters stand on all of them; every call that takes a vector is collective and gives all ranks the
/// same bits.
///
/// On a host one sweep over the variations serves a call: rows of a bin go forward, the bin is evaluated,
/// and the same rows, still in the cache, go backward. Bytes read: 8 to 12 for each variation and for each
/// entry right of the diagonal of an external Hessian.
template <class ExecSpace>
class Likelihood {
 public:
  /// \param tensor  valid, the same on all ranks; its variations are kept, not copied
  /// \throws InputError if options and tensor do not fit (parameters.hpp), a term names what is no
  ///         parameter, or chi square meets a data variance that is not positive
  Likelihood(ExecSpace const& space, dist::Communicator const& comm, TemplateTensor const& tensor,
             LikelihoodOptions const& options);

  Parameters const& parameters() const { return parameters_; }
  std::int64_t n_bins() const { return n_bins_; }

  /// Replace data (n_bins, as in the tensor).
  void set_data(ExecSpace const& space, std::vector<double> const& data);
  /// Replace the centres of constraints (one per parameter).
  void set_centers(ExecSpace const& space, std::vector<double> const& centers);
  /// Replace the centres of the bins' own constraints (one per bin, masked ones too).
  void set_beta_centers(ExecSpace const& space, std::vector<double> const& centers);

  /// The reduced negative log likelihood, without what no parameter changes, and its gradient. Infinite
  /// where data stand against a yield that is not positive; the gradient is then of no use.
  /// \param x         n parameters
  /// \param gradient  n parameters
  double value_and_gradient(ExecSpace const& space, Vector<double const, ExecSpace> const& x,
                            Vector<double, ExecSpace> const& gradient);

  /// product = H u, H being the Hessian at the point of the last value_and_gradient().
  /// \throws InputError before the first value_and_gradient()
  void hessian_product(ExecSpace const& space, Vector<double const, ExecSpace> const& u,
                       Vector<double, ExecSpace> const& product,
                       HessianForm form = HessianForm::exact);

  /// Of the point of the last value_and_gradient().
  LossParts const& reduced() const { return reduced_; }
  /// The same with all constants.
  LossParts full(ExecSpace const& space) const;

  /// Yields of all bins with the profiled bin statistics, on every rank. Waits for the instance.
  std::vector<double> yields(ExecSpace const& space) const;
  /// The profiled parameters of bin statistics of all bins.
  std::vector<double> betas(ExecSpace const& space) const;

 private:
  static constexpr int n_sums = 3;  // of the bins' data and constraint terms, and of external ones
  using Sums = std::array<double, n_sums>;

  double external_share(ExecSpace const& space, Vector<double const, ExecSpace> const& x);
  void gather_shares(ExecSpace const& space, Sums& sums);
  std::vector<double> of_all_bins(ExecSpace const& space, double BinLoss::*member) const;
  void require_length(Vector<double const, ExecSpace> const& v, char const* name) const;

  dist::Communicator comm_;
  Parameters parameters_;
  std::int64_t n_bins_ = 0;
  std::int64_t n_all_bins_ = 0;
  std::int64_t first_bin_ = 0;  // of this rank
  bool is_symmetric_ = true;
  EntrySweep<ExecSpace> entries_;
  VariationSweep<ExecSpace> sweep_;
  ExternalSum<ExecSpace> external_;
  Vector<double, ExecSpace> center_;
  Vector<double, ExecSpace> weight_;

  // The point.
  bool has_point_ = false;
  LossParts reduced_;
  Vector<double, ExecSpace> x_;
  Vector<double, ExecSpace> theta_;            // columns of the variations
  Vector<double, ExecSpace> column_gradient_;  // of this rank's bins, by columns
  Vector<double, ExecSpace> strength_gradient_;
  Vector<double, ExecSpace> effective_gradient_;  // by y; of systematics with external terms
  Vector<double, ExecSpace> external_linear_;     // of this rank
  Vector<double, ExecSpace> external_product_;    // of this rank: H x and the linear part

  // A direction.
  Vector<double, ExecSpace> theta_change_;
  Vector<double, ExecSpace> strength_change_;
  Vector<double, ExecSpace> column_product_;
  Vector<double, ExecSpace> strength_product_;
  Vector<double, ExecSpace> external_product_change_;

  // What ranks add up in one message: n derivatives, those of external terms by strengths, sums.
  Vector<double, ExecSpace> shares_;
};

}  // namespace kovar::fit

#endif
