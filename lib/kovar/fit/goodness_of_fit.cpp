// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/each_of.hpp>
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/fit/chi_square.hpp>
#include <kovar/fit/goodness_of_fit.hpp>
#include <kovar/fit/quadratic_form.hpp>
#include <kovar/fit/rank_rows.hpp>
#include <kovar/fit/shared_columns.hpp>
#include <kovar/fit/yield_covariance.hpp>
#include <kovar/fit/yield_response.hpp>
#include <kovar/linalg/diagonal.hpp>
#include <kovar/linalg/product.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace kovar::fit {

namespace {

using linalg::Op;

GoodnessOfFit goodness(double chi_square, std::int64_t n_degrees)
{
  return {chi_square, n_degrees, chi_square_survival(chi_square, static_cast<double>(n_degrees))};
}

// The first rows of a matrix.
linalg::HostSparseMatrix first_rows(linalg::HostSparseMatrix const& a, std::int64_t n_rows)
{
  linalg::HostSparseMatrix found = a;
  found.row_start = Kokkos::subview(a.row_start, std::make_pair(std::int64_t{0}, n_rows + 1));
  return found;
}

// One number of each fitted bin.
template <class ExecSpace, class Member>
Vector<double, ExecSpace> of_bins(ExecSpace const& space, YieldResponse const& response,
                                  std::size_t n_bins, Member const& member)
{
  std::vector<double> list;
  for (std::size_t bin = 0; bin < n_bins; ++bin) list.push_back(member(response.bins[bin]));
  return to_space(space, list, "kovar::fit::of_bins");
}

// What is expected less what was seen, of the fitted bins.
template <class ExecSpace>
Vector<double, ExecSpace> differences(ExecSpace const& space,
                                      Likelihood<ExecSpace> const& likelihood,
                                      YieldResponse const& response)
{
  auto list = likelihood.data(space);
  for (std::size_t bin = 0; bin < list.size(); ++bin) list[bin] = response.value[bin] - list[bin];
  return to_space(space, list, "kovar::fit::differences");
}

template <class ExecSpace>
GoodnessOfFit linear_goodness(ExecSpace const& space, Matrix<double, ExecSpace> const& covariance,
                              Vector<double, ExecSpace> const& difference, ExactBins exact_bins)
{
  auto const form = inverse_quadratic_form(
      space, covariance, difference,
      exact_bins == ExactBins::keep ? SingularForm::undefined : SingularForm::of_the_range);
  return goodness(form.value, form.rank);
}

// Columns of a, times a factor each.
template <class ExecSpace>
void scale_columns(ExecSpace const& space, Matrix<double, ExecSpace> const& a,
                   Vector<double, ExecSpace> const& factor)
{
  auto const n_rows = static_cast<std::int64_t>(a.extent(0));
  Kokkos::parallel_for(
      "kovar::fit::scale_columns", each_of(space, static_cast<std::int64_t>(a.size())),
      KOKKOS_LAMBDA(std::int64_t k) {
        std::int64_t const j = k / n_rows;
        a(k - j * n_rows, j) *= factor(j);
      });
}

// Rows of derivatives times the covariance.
template <class ExecSpace>
void times_covariance(ExecSpace const& space, Matrix<double, ExecSpace> const& rows,
                      Covariance<ExecSpace> const& covariance,
                      Matrix<double, ExecSpace> const& times)
{
  linalg::gemm(space, Op::none, Op::none, 1.0, rows, covariance.matrix, 0.0, times);
}

template <class ExecSpace>
void times_covariance(ExecSpace const& space, Matrix<double, ExecSpace> const& rows,
                      SharedCovariance const& covariance, Matrix<double, ExecSpace> const& times)
{
  auto const n = static_cast<std::int64_t>(covariance.free.size());
  Matrix<double, ExecSpace> room;
  dist::agree(covariance.matrix.grid().comm(), [&] {
    room = allocate<Matrix<double, ExecSpace>>(space, "kovar::fit::columns_of_covariance", n,
                                               std::min(pack_of_columns, n));
  });
  for_covariance_columns(
      covariance, [&](std::int64_t first, Matrix<double, dist::Host> const& on_host) {
        auto const n_pack = static_cast<std::int64_t>(on_host.extent(1));
        Matrix<double, ExecSpace> const columns =
            Kokkos::subview(room, Kokkos::ALL, std::make_pair(std::int64_t{0}, n_pack));
        Kokkos::deep_copy(space, columns, on_host);
        Matrix<double, ExecSpace> const to =
            Kokkos::subview(times, Kokkos::ALL, std::make_pair(first, first + n_pack));
        linalg::gemm(space, Op::none, Op::none, 1.0, rows, columns, 0.0, to);
        space.fence();  // the columns are overwritten
      });
}

// Standard deviations of what moves the differences, each with what they answer to it.
template <class ExecSpace>
class DifferenceSources {
 public:
  template <class AnyCovariance>
  DifferenceSources(ExecSpace const& space, Likelihood<ExecSpace> const& likelihood,
                    AnyCovariance const& covariance)
      : response_(of_all_ranks(likelihood.communicator(),
                               yield_response(space, likelihood, BetaState::profiled))),
        n_bins_(static_cast<std::size_t>(likelihood.n_bins())),
        n_parameters_(static_cast<std::int64_t>(covariance.free.size()))
  {
    auto const beta = of_all_ranks(likelihood.communicator(), beta_response(space, likelihood));
    dist::agree(likelihood.communicator(), [&] {
      auto const place = places_of_parameters(covariance.free, covariance.n_parameters);
      std::vector<std::int64_t> columns(covariance.free.size());
      std::iota(columns.begin(), columns.end(), std::int64_t{0});
      auto const dense = [&](linalg::HostSparseMatrix const& j) {
        return dense_rows(space, first_rows(j, likelihood.n_bins()), place, columns, 0,
                          likelihood.n_bins());
      };
      yields_ = dense(response_.derivative);
      betas_ = dense(beta);
      times_ = allocate<Matrix<double, ExecSpace>>(space, "kovar::fit::yields_times_covariance",
                                                   n_bins_, n_parameters_);
    });
    times_covariance(space, yields_, covariance, times_);
  }

  YieldResponse const& response() const { return response_; }

  /// Lower triangle of the covariance of the differences.
  Matrix<double, ExecSpace> covariance(ExecSpace const& space,
                                       Vector<double, ExecSpace> const& center_lever) const
  {
    Matrix<double, ExecSpace> const sum(
        Kokkos::view_alloc(space, "kovar::fit::difference_covariance"), n_bins_, n_bins_);
    add(space, by_data(space), sum);
    add(space, by_statistics(space), sum);
    scale_columns(space, times_, center_lever);  // no longer needed as it was
    add(space, times_, sum);
    return sum;
  }

 private:
  static void add(ExecSpace const& space, Matrix<double, ExecSpace> const& answers,
                  Matrix<double, ExecSpace> const& sum)
  {
    linalg::syrk(space, Op::none, 1.0, answers, 1.0, sum);
  }

  // Differences x data, times the deviation of each datum: by the parameters, by beta, and directly.
  Matrix<double, ExecSpace> by_data(ExecSpace const& space) const
  {
    auto const answers = through_parameters(space, yields_);
    scale_columns(space, answers,
                  of(space, [](BinResponse const& bin) { return -bin.slope_by_data; }));
    linalg::add_to_diagonal(
        space,
        of(space, [](BinResponse const& bin) { return bin.yield_by_beta * bin.beta_by_data - 1; }),
        answers);
    scale_columns(space, answers,
                  of(space, [](BinResponse const& bin) { return std::sqrt(bin.data_variance); }));
    return answers;
  }

  // The same for beta0.
  Matrix<double, ExecSpace> by_statistics(ExecSpace const& space) const
  {
    auto const answers = through_parameters(space, betas_);
    scale_columns(space, answers,
                  of(space, [](BinResponse const& bin) { return -bin.slope_by_center; }));
    linalg::add_to_diagonal(
        space,
        of(space, [](BinResponse const& bin) { return bin.yield_by_beta * bin.beta_by_center; }),
        answers);
    scale_columns(space, answers,
                  of(space, [](BinResponse const& bin) { return std::sqrt(bin.center_variance); }));
    return answers;
  }

  Matrix<double, ExecSpace> through_parameters(ExecSpace const& space,
                                               Matrix<double, ExecSpace> const& slopes) const
  {
    auto const answers =
        allocate<Matrix<double, ExecSpace>>(space, "kovar::fit::answers", n_bins_, n_bins_);
    linalg::gemm(space, Op::none, Op::transpose, 1.0, times_, slopes, 0.0, answers);
    return answers;
  }

  template <class Member>
  Vector<double, ExecSpace> of(ExecSpace const& space, Member const& member) const
  {
    return of_bins(space, response_, n_bins_, member);
  }

  YieldResponse response_;
  std::size_t n_bins_;
  std::int64_t n_parameters_;
  Matrix<double, ExecSpace> yields_;
  Matrix<double, ExecSpace> betas_;
  Matrix<double, ExecSpace> times_;
};

}  // namespace

template <class ExecSpace>
GoodnessOfFit saturated_goodness(Likelihood<ExecSpace> const& likelihood)
{
  KOVAR_REQUIRE(likelihood.has_point(),
                "goodness of fit: no point was accepted; call value_and_gradient first");
  std::int64_t n_degrees = likelihood.n_bins();
  for (double const weight : likelihood.parameters().weight) n_degrees -= weight == 0 ? 1 : 0;
  return goodness(2 * likelihood.reduced().total(), n_degrees);
}

template <class ExecSpace>
GoodnessOfFit prefit_goodness(ExecSpace const& space, Likelihood<ExecSpace> const& likelihood,
                              std::vector<double> const& prefit, ExactBins exact_bins)
{
  Region const region("kovar::fit::prefit_goodness");
  KOVAR_REQUIRE(static_cast<std::int64_t>(prefit.size()) == likelihood.parameters().size(),
                "goodness of fit: " << prefit.size() << " variances for "
                                    << likelihood.parameters().size()
                                    << " parameters (one each is needed)");
  require_separate_bins(likelihood, "goodness of fit");
  auto const response = of_all_ranks(likelihood.communicator(),
                                     yield_response(space, likelihood, BetaState::at_center));
  auto const covariance = yield_covariance(
      space, first_rows(response.derivative, likelihood.n_bins()), diagonal_spread(space, prefit));
  linalg::add_to_diagonal(space,
                          of_bins(space, response, static_cast<std::size_t>(likelihood.n_bins()),
                                  [](BinResponse const& bin) {
                                    return bin.yield_by_beta * bin.yield_by_beta *
                                               bin.beta_variance +
                                           bin.data_variance;
                                  }),
                          covariance);
  return linear_goodness(space, covariance, differences(space, likelihood, response), exact_bins);
}

template <class ExecSpace, class AnyCovariance>
GoodnessOfFit postfit_goodness(ExecSpace const& space, Likelihood<ExecSpace> const& likelihood,
                               AnyCovariance const& covariance, ExactBins exact_bins)
{
  Region const region("kovar::fit::postfit_goodness");
  dist::agree(likelihood.communicator(), [&] {
    require_matrix(covariance, "goodness of fit");
    require_separate_bins(likelihood, "goodness of fit");
  });
  auto const x = to_list(space, likelihood.x());
  std::vector<double> levers;
  for (auto const i : covariance.free)
    levers.push_back(std::sqrt(likelihood.parameters().weight[static_cast<std::size_t>(i)]) *
                     likelihood.shape().slope(i, x[static_cast<std::size_t>(i)]));
  DifferenceSources<ExecSpace> const sources(space, likelihood, covariance);
  auto const sum = sources.covariance(space, to_space(space, levers, "kovar::fit::levers"));
  return linear_goodness(space, sum, differences(space, likelihood, sources.response()),
                         exact_bins);
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                      \
  template GoodnessOfFit saturated_goodness(Likelihood<ExecSpace> const&);                \
  template GoodnessOfFit prefit_goodness(ExecSpace const&, Likelihood<ExecSpace> const&,  \
                                         std::vector<double> const&, ExactBins);          \
  template GoodnessOfFit postfit_goodness(ExecSpace const&, Likelihood<ExecSpace> const&, \
                                          Covariance<ExecSpace> const&, ExactBins);       \
  template GoodnessOfFit postfit_goodness(ExecSpace const&, Likelihood<ExecSpace> const&, \
                                          SharedCovariance const&, ExactBins);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::fit
