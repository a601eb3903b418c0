// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_LIKELIHOOD_HPP
#define KOVAR_FIT_LIKELIHOOD_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/fit/data_covariance.hpp>
#include <kovar/fit/directions.hpp>
#include <kovar/fit/entry_sweep.hpp>
#include <kovar/fit/external_sum.hpp>
#include <kovar/fit/likelihood_options.hpp>
#include <kovar/fit/parameter_kernels.hpp>
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

/// A negative log likelihood by its parts.
struct LossParts {
  double data = 0;
  double constraints = 0;
  double bin_statistics = 0;
  double external = 0;
  double total() const { return data + constraints + bin_statistics + external; }
};

/// Where the product of external Hessians with a point comes from.
enum class ExternalProduct {
  made,     ///< from a product
  carried,  ///< from that of the last point and of the directions since
};

template <class ExecSpace>
class HessianBatch;

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
  /// \throws InputError if options and tensor do not fit (parameters.hpp, likelihood_options.hpp,
  ///         data_covariance.hpp), or a term names what is no parameter
  Likelihood(ExecSpace const& space, dist::Communicator const& comm, TemplateTensor const& tensor,
             LikelihoodOptions const& options);

  Parameters const& parameters() const { return parameters_; }
  std::int64_t n_bins() const { return n_bins_; }
  /// One for each bin, in full mode for each entry of the tensor; masked ones too.
  std::int64_t n_betas() const { return n_betas_; }
  /// Parameters that nothing holds, ascending; see parameter_effect.hpp.
  std::vector<std::int64_t> const& without_effect() const { return without_effect_; }
  /// Is it a polynomial of degree two in the parameters? Then one Newton step ends a fit.
  bool is_quadratic() const;
  /// Do data of different bins vary together?
  bool has_data_covariance() const { return !covariance_.is_empty(); }

  /// Replace data (n_bins, as in the tensor).
  /// \param variances  of the data, likewise; none: they stay. Chi square alone reads them
  void set_data(ExecSpace const& space, std::vector<double> const& data,
                std::vector<double> const& variances = {});
  /// Replace the centres of constraints (one per parameter).
  void set_centers(ExecSpace const& space, std::vector<double> const& centers);
  /// Replace the centres of the bins' own constraints (n_betas).
  void set_beta_centers(ExecSpace const& space, std::vector<double> const& centers);

  /// The reduced negative log likelihood, without what no parameter changes, and its gradient. Infinite
  /// where data stand against a yield that is not positive; the gradient is then of no use.
  /// \param x         n parameters
  /// \param gradient  n parameters
  double value_and_gradient(ExecSpace const& space, Vector<double const, ExecSpace> const& x,
                            Vector<double, ExecSpace> const& gradient);

  /// The same at a point that may yet be turned down: until accept(), Hessian products, parts and yields
  /// stay those of the point before.
  /// \param external  carried: x is that point plus what advance() was told, and the product of external
  ///                  Hessians with x follows from products made since; it is not made anew
  double try_point(ExecSpace const& space, Vector<double const, ExecSpace> const& x,
                   Vector<double, ExecSpace> const& gradient,
                   ExternalProduct external = ExternalProduct::made);
  void accept();

  /// A step goes on by alpha times the direction of the last hessian_product().
  void advance(ExecSpace const& space, double alpha);
  /// The step that advance() made is not taken, or over.
  void forget_step(ExecSpace const& space);

  /// product = H u, H being the Hessian at the last accepted point. Several at once: HessianBatch.
  /// \throws InputError before there is one
  void hessian_product(ExecSpace const& space, Vector<double const, ExecSpace> const& u,
                       Vector<double, ExecSpace> const& product,
                       HessianForm form = HessianForm::exact);

  /// The diagonal of the Hessian at the last accepted point in one of the forms without the curvature of
  /// yields; that of a strength kept as a root with the magnitude of the root's. With a covariance of the
  /// data as if its inverse were diagonal. For preconditioners.
  /// \throws InputError for forms with the curvature of yields, and before a point was accepted
  void hessian_diagonal(ExecSpace const& space, HessianForm form,
                        Vector<double, ExecSpace> const& diagonal);

  /// Of the last accepted point.
  LossParts const& reduced() const { return point().reduced; }
  /// The same with all constants.
  LossParts full(ExecSpace const& space) const;

  /// Yields of all bins with the profiled bin statistics, on every rank. Waits for the instance.
  std::vector<double> yields(ExecSpace const& space) const;
  /// The same where the bins' own parameters have these values (n_betas) instead of their best.
  std::vector<double> yields(ExecSpace const& space, std::vector<double> const& betas) const;
  /// Of the fitted bins, on every rank.
  std::vector<double> data(ExecSpace const& space) const;
  /// The profiled parameters of bin statistics (n_betas).
  std::vector<double> betas(ExecSpace const& space) const;

  /// For what follows a fit: the bins of this rank, at the last accepted point.
  dist::Communicator const& communicator() const { return comm_; }
  ParameterShape const& shape() const { return shape_; }
  std::int64_t n_all_bins() const { return n_all_bins_; }
  std::int64_t first_bin() const { return share_.first_bin; }
  EntrySweep<ExecSpace> const& entries() const { return point().entries; }
  VariationSweep<ExecSpace> const& variations() const { return one_.sweep; }
  Vector<double const, ExecSpace> x() const { return point().x; }
  bool has_point() const { return point().is_set; }

 private:
  friend class HessianBatch<ExecSpace>;

  static constexpr int n_sums = 3;  // of the bins' data and constraint terms, and of external ones
  using Sums = std::array<double, n_sums>;

  /// What a point leaves behind.
  struct Point {
    bool is_set = false;
    LossParts reduced;
    Vector<double, ExecSpace> x;
    EntrySweep<ExecSpace> entries;
    Vector<double, ExecSpace> column_gradient;  // of this rank's bins, by columns of the variations
    Vector<double, ExecSpace> effective_gradient;  // by y; of systematics with external terms
    Vector<double, ExecSpace> external_gradient;   // of this rank
  };
  Point const& point() const { return points_[current_]; }
  Point make_point(ExecSpace const& space, TemplateTensor const& tensor,
                   EntrySweep<ExecSpace> const& entries) const;

  BinTotals evaluate_bins(ExecSpace const& space, Point const& to) const;
  template <class X>
  void differentiate_bins(ExecSpace const& space, HessianForm form,
                          Directions<ExecSpace, X> const& along) const;
  template <class X>
  void multiply_hessian(ExecSpace const& space, HessianForm form,
                        Vector<X const, ExecSpace> const& u, Directions<ExecSpace, X> const& along,
                        Vector<X, ExecSpace> const& product) const;
  void require_hessian(HessianForm form) const;
  double external_share(ExecSpace const& space, Vector<double const, ExecSpace> const& x,
                        ExternalProduct external, Point const& to) const;
  void add_up(ExecSpace const& space, Sums& sums) const;
  void set_bins(ExecSpace const& space, std::vector<BinInput> const& bins);
  bool has_full_mode() const { return point().entries.mode == BinStatisticsMode::full; }
  std::vector<double> of_all_bins(std::vector<double> const& mine) const;
  std::vector<double> of_all_bins(ExecSpace const& space, double BinLoss::*member) const;
  void require_length(Vector<double const, ExecSpace> const& v, char const* name) const;

  dist::Communicator comm_;
  Parameters parameters_;
  std::int64_t n_bins_ = 0;
  std::int64_t n_all_bins_ = 0;
  std::int64_t n_processes_ = 0;
  std::int64_t n_betas_ = 0;
  RankShare share_{};
  std::vector<std::int64_t> without_effect_;
  ParameterShape shape_{};
  DataCovariance<ExecSpace> covariance_;
  Constraints<ExecSpace> constraints_;
  Vector<double, ExecSpace> external_linear_;  // of this rank

  std::array<Point, 2> points_;  // the accepted one and the one that is tried
  std::size_t current_ = 0;
  Vector<double, ExecSpace> theta_;  // columns of the variations at a point
  Vector<double, ExecSpace> strength_gradient_;

  Directions<ExecSpace, double> one_;
  Vector<double, ExecSpace> external_step_;  // the sum of its products that advance() was told
  Vector<double, ExecSpace> shares_;         // as those of one_, and sums
};

}  // namespace kovar::fit

#endif
