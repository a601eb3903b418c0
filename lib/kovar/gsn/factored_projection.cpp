// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/biconvex_passes.hpp>
#include <kovar/gsn/factored_columns.hpp>
#include <kovar/gsn/factored_psd.hpp>
#include <kovar/gsn/factored_task.hpp>
#include <kovar/gsn/tall_products.hpp>
#include <kovar/gsn/task.hpp>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace kovar::gsn {
namespace {

/// The covariances of run_biconvex_loop() as factors.
template <class ExecSpace>
class FactoredCovariances {
 public:
  FactoredCovariances(FactoredTask<ExecSpace> const& task, FactoredParts<ExecSpace> const& parts)
      : task_(task),
        parts_(parts),
        noise_share_(parts.noise_share),
        formulas_(parts.weights, is_even_loop(parts.weights, parts.noise_share))
  {
    std::int64_t const c = task.sizes.n_conditions;
    std::int64_t const k = parts.n_noise_columns;
    dist::agree(task.comm, [&] {
      raw_noise_ = raw(parts.noise_diagonal, c, 0, k, 1 / noise_share_);
      raw_signal_ = raw(parts.signal_diagonal, c, 1, k, -1);
    });
  }

  bool is_even() const { return formulas_.is_even; }

  /// The first projection of the signal tells; it serves the first pass too.
  bool signal_is_definite()
  {
    auto const signal = psd(raw_signal_);
    task_.result.projection = signal.report;
    signal_ = signal.matrix;
    noise_ = raw_noise_;
    return signal.is_unchanged;
  }

  void begin()
  {
    if (!is_even()) signal_is_definite();
  }

  bool renew_signal(int pass)
  {
    if (pass == 0) return settled(raw_signal_, signal_);
    auto const before = signal_;
    auto const signal = psd(sum(1, raw_signal_, noise_share_, sum(1, raw_noise_, -1, noise_)));
    signal_ = signal.matrix;
    add_report(signal.report);
    return settled(before, signal_);
  }

  bool renew_noise(int /*pass*/, bool looks)
  {
    auto const before = noise_;
    auto const noise = psd(noise_step());
    noise_ = noise.matrix;
    of_noise_ = noise.is_unchanged ? Projection::unchanged : Projection::clipped;
    add_report(noise.report);
    return looks && settled(before, noise_);
  }

  Projection of_noise() const { return of_noise_; }
  int n_projections() const { return n_projections_; }

  /// All four into the result of the task, with one factor.
  void store() const
  {
    FactoredEstimate<ExecSpace>& result = task_.result;
    auto const factor =
        noise_.factor.extent(1) > signal_.factor.extent(1) ? noise_.factor : signal_.factor;
    result.noise_covariance = widened(raw_noise_, factor);
    result.signal_covariance = widened(raw_signal_, factor);
    result.noise_covariance_psd = widened(noise_, factor);
    result.signal_covariance_psd = widened(signal_, factor);
  }

 private:
  FactoredMatrix<ExecSpace> raw(std::vector<double> const& diagonal, std::int64_t c,
                                double data_weight, std::int64_t k, double noise_weight) const
  {
    FactoredMatrix<ExecSpace> a;
    a.n_units = task_.sizes.n_units;
    a.diagonal = to_space(task_.space, diagonal, "kovar::gsn::factored_diagonal");
    a.factor = parts_.factor;
    append_weights(a.weights, c, data_weight);
    append_weights(a.weights, k, noise_weight);
    return a;
  }

  FactoredPsd<ExecSpace> psd(FactoredMatrix<ExecSpace> const& a)
  {
    auto& clock = task_.clock;
    std::int64_t const r = parts_.factor.extent(1);
    std::int64_t const largest_n_lifted = std::max<std::int64_t>(r, 256);
    if (static_cast<std::int64_t>(a.factor.extent(1)) > 20 * (r + largest_n_lifted))
      throw InputError(
          "form=factored: the loop that makes both covariances semidefinite does not settle within "
          "few passes (each adds columns to the factors); take form=dense",
          true);  // every rank has the same columns
    // How many searches there will be is not known: each gets half of what the bar has left.
    double const left = std::pow(0.5, n_projections_++);
    return nearest_factored_psd<ExecSpace>(
        task_.space, task_.comm, a, parts_.varies, largest_n_lifted,
        [&clock, left](double share) { clock.update(1 - left * (1 - 0.5 * share)); },
        gram_of(a.factor));
  }

  FactoredMatrix<ExecSpace> sum(double x, FactoredMatrix<ExecSpace> const& a, double y,
                                FactoredMatrix<ExecSpace> const& b) const
  {
    FactoredMatrix<ExecSpace> result;
    dist::agree(task_.comm, [&] { result = combined(task_.space, x, a, y, b); });
    return result;
  }

  /// (wN + wD share) cN + wD (cS - cSb)
  FactoredMatrix<ExecSpace> noise_step() const
  {
    double const of_noise = formulas_.noise(1, noise_share_, 0, 0);
    double const of_signal = formulas_.noise(0, noise_share_, 1, 0);
    return sum(of_noise, raw_noise_, of_signal, sum(1, raw_signal_, -1, signal_));
  }

  /// F^T F of the widest factor so far: each begins with those before.
  Matrix<double, ExecSpace> gram_of(Matrix<double, ExecSpace> const& factor)
  {
    if (factor.extent(1) > gram_.extent(0))
      gram_ = extended_gram(task_.space, task_.comm, gram_, factor);
    return gram_;
  }

  bool settled(FactoredMatrix<ExecSpace> const& before, FactoredMatrix<ExecSpace> const& after)
  {
    auto const wide =
        after.factor.extent(1) > before.factor.extent(1) ? after.factor : before.factor;
    return factored_pearson(task_.space, task_.comm, widened(before, wide), widened(after, wide),
                            gram_of(wide)) > converged_correlation;
  }

  /// Errors of later projections come on top: no step enlarges what it is given.
  void add_report(FactoredProjection const& report)
  {
    FactoredProjection& total = task_.result.projection;
    total.is_complete = total.is_complete && report.is_complete;
    total.residual += report.residual;
    total.change += report.change;
    total.error_bound += report.error_bound;
    total.work.add(report.work);
  }

  FactoredTask<ExecSpace> const& task_;
  FactoredParts<ExecSpace> const& parts_;
  double noise_share_;
  LoopFormulas<double> formulas_;
  Projection of_noise_ = Projection::unchanged;
  int n_projections_ = 0;
  Matrix<double, ExecSpace> gram_;
  FactoredMatrix<ExecSpace> raw_noise_;
  FactoredMatrix<ExecSpace> raw_signal_;
  FactoredMatrix<ExecSpace> noise_;
  FactoredMatrix<ExecSpace> signal_;
};

/// Error bounds up to this of the norm are rounding, in each projection.
constexpr double exact_bound = 1e-9;

Warning inexact_projection_warning(FactoredProjection const& projection)
{
  std::ostringstream text;
  text << "form=factored: cSb and cNb may be off by ";
  if (projection.is_complete)
    text << projection.error_bound << " (Frobenius norm; the norm of cS is " << projection.norm
         << "): " << projection.change << " of it since variances of both signs were moved";
  else
    text << "any amount: an inertia count found eigenvalues that the search did not";
  text << "; take form=dense where that matters";
  return {Warning::Code::inexact_projection, text.str()};
}

}  // namespace

template <class ExecSpace>
void project_factored(FactoredTask<ExecSpace> const& task, FactoredParts<ExecSpace> const& parts)
{
  auto const n = static_cast<double>(task.sizes.n_units);
  auto const r = static_cast<double>(task.sizes.n_conditions * task.sizes.n_trials);
  task.clock.begin("projection", 60 * n * r * r);
  FactoredCovariances<ExecSpace> covariances(task, parts);
  LoopEnd const end = run_biconvex_loop(covariances, covariances.is_even());
  covariances.store();
  task.result.n_iterations = end.n_iterations;
  if (!end.converged) task.result.warnings.push_back(not_converged_warning());
  FactoredProjection const& projection = task.result.projection;
  double const rounding = exact_bound * covariances.n_projections();
  if (!(projection.error_bound <= rounding * projection.norm))
    task.result.warnings.push_back(inexact_projection_warning(projection));
}

#define KOVAR_INSTANTIATE(ExecSpace) \
  template void project_factored(FactoredTask<ExecSpace> const&, FactoredParts<ExecSpace> const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
