// SPDX-License-Identifier: BSD-3-Clause
#include "chain_problem.hpp"
#include "support/spaces.hpp"

#include <kovar/core/config.hpp>
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/fit/external_hessian.hpp>
#include <kovar/fit/minimum.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace kovar::fit {
namespace {

using optim::TrustRegionStatus;

MinimumOptions options_of(PreconditionerKind kind, TemplateTensor const& tensor)
{
  MinimumOptions options;
  options.trust_region.solver = optim::TrustRegionSolver::conjugate_gradients;
  options.preconditioner.kind = kind;
  if (kind != PreconditionerKind::block_diagonal)
    options.preconditioner.external_terms = tensor.external_terms;
  else
    options.preconditioner.blocks = {{"s3", "signal", "s1"}, {"s7", "s27", "s47"}};
  return options;
}

template <class ExecSpace>
Minimum fit_by(TemplateTensor const& tensor, MinimumOptions const& options,
               Preconditioner<ExecSpace>* own = nullptr)
{
  ExecSpace const space;
  Likelihood<ExecSpace> likelihood(space, dist::Communicator::world(), tensor, {});
  return find_minimum(space, likelihood, options, own);
}

template <class ExecSpace>
class PreconditionerTest : public ::testing::Test {
};
TYPED_TEST_SUITE(PreconditionerTest, test::ExecSpaces);

std::vector<PreconditionerKind> kinds()
{
  std::vector<PreconditionerKind> list = {PreconditionerKind::automatic, PreconditionerKind::none,
                                          PreconditionerKind::diagonal,
                                          PreconditionerKind::block_diagonal};
#ifdef KOVAR_ENABLE_EIGEN
  list.push_back(PreconditionerKind::sparse_cholesky);
  list.push_back(PreconditionerKind::incomplete_cholesky);
#endif
  return list;
}

TYPED_TEST(PreconditionerTest, LeavesTheMinimumWhereItIs)
{
  auto const tensor = test::chain_problem(90);
  MinimumOptions exact;
  exact.trust_region.solver = optim::TrustRegionSolver::exact;
  auto const expected = fit_by<TypeParam>(tensor, exact);
  ASSERT_EQ(expected.search.status, TrustRegionStatus::converged);
  for (auto const kind : kinds()) {
    SCOPED_TRACE(name_of(kind));
    auto const found = fit_by<TypeParam>(tensor, options_of(kind, tensor));
    EXPECT_EQ(found.search.status, TrustRegionStatus::converged);
    EXPECT_NEAR(found.loss.total(), expected.loss.total(), 1e-9);
    for (std::size_t i = 0; i < found.x.size(); ++i)
      EXPECT_NEAR(found.x[i], expected.x[i], 1e-5) << i;
    if (kind != PreconditionerKind::automatic) {
      EXPECT_EQ(found.preconditioner.kind, kind);
    }
    EXPECT_EQ(found.preconditioner.shift, 0);
  }
}

#ifdef KOVAR_ENABLE_EIGEN
TYPED_TEST(PreconditionerTest, SparseFactorsSaveMostProductsOfAStiffProblem)
{
  auto const tensor = test::chain_problem(400);
  auto const products = [&](PreconditionerKind kind) {
    return fit_by<TypeParam>(tensor, options_of(kind, tensor)).search.n_products;
  };
  int const by_diagonal = products(PreconditionerKind::diagonal);
  EXPECT_LT(products(PreconditionerKind::sparse_cholesky), by_diagonal / 5);
  EXPECT_LT(products(PreconditionerKind::incomplete_cholesky), by_diagonal / 5);
  EXPECT_LT(products(PreconditionerKind::automatic), by_diagonal);
  EXPECT_LT(by_diagonal, products(PreconditionerKind::none));
}

TYPED_TEST(PreconditionerTest, AutomaticTakesAFactorOnceProductsHaveCostIt)
{
  auto const stiff = test::chain_problem(400);
  auto const found = fit_by<TypeParam>(stiff, options_of(PreconditionerKind::automatic, stiff));
  EXPECT_EQ(found.preconditioner.kind, PreconditionerKind::sparse_cholesky);
  EXPECT_EQ(found.preconditioner.n_factor_entries, 2 * 400 - 1 + 1);  // and that of the strength
  // What ends within few products is not worth it, nor is what has no external Hessian.
  auto soft = test::chain_problem(400);
  soft.external_terms.clear();
  soft.constraint_weights.assign(400, 1.0);
  EXPECT_EQ(
      fit_by<TypeParam>(soft, options_of(PreconditionerKind::automatic, soft)).preconditioner.kind,
      PreconditionerKind::diagonal);
}

// The external Hessian alone is indefinite; with the data the likelihood is not.
TYPED_TEST(PreconditionerTest, ShiftsAnIndefiniteExternalHessianAndSaysSo)
{
  auto tensor = test::chain_problem(90);
  test::HostMatrix hessian(2, 2);
  hessian(0, 0) = hessian(1, 1) = 1;
  hessian(0, 1) = hessian(1, 0) = 1.5;
  tensor.constraint_weights.assign(90, 1.0);
  tensor.external_terms[0].parameters = {"s0", "s1"};
  tensor.external_terms[0].gradient.clear();
  tensor.external_terms[0].hessian = linalg::upper_half(test::sparse(hessian));
  auto const definite =
      fit_by<TypeParam>(tensor, options_of(PreconditionerKind::sparse_cholesky, tensor));
  EXPECT_EQ(definite.preconditioner.shift, 0);
  hessian(0, 0) = hessian(1, 1) = 1;
  hessian(0, 1) = hessian(1, 0) = -3;
  tensor.external_terms[0].hessian = linalg::upper_half(test::sparse(hessian));
  auto options = options_of(PreconditionerKind::sparse_cholesky, tensor);
  options.trust_region.max_iterations = 5;  // the value falls without end
  auto const shifted = fit_by<TypeParam>(tensor, options);
  EXPECT_GT(shifted.preconditioner.shift, 0);
  EXPECT_NE(shifted.search.status, TrustRegionStatus::converged);
}
#endif

/// The caller's own: the diagonal, counted.
template <class ExecSpace>
class Counted final : public Preconditioner<ExecSpace> {
 public:
  void update(ExecSpace const& space, Vector<double const, ExecSpace> const& diagonal) override
  {
    ++n_updates;
    diagonal_ = to_list(space, diagonal);
  }
  void apply(ExecSpace const& space, Vector<double const, ExecSpace> const& r,
             Vector<double, ExecSpace> const& z) override
  {
    auto list = to_list(space, r);
    for (std::size_t i = 0; i < list.size(); ++i) list[i] /= diagonal_[i];
    Kokkos::deep_copy(space, z, to_space(space, list, "test::z"));
    space.fence();  // the copy goes away
  }
  PreconditionerReport report() const override { return {PreconditionerKind::none, 0.25, 7, 8}; }
  int n_updates = 0;

 private:
  std::vector<double> diagonal_;
};

TYPED_TEST(PreconditionerTest, MayBeTheCallersOwn)
{
  auto const tensor = test::chain_problem(90);
  Counted<TypeParam> own;
  auto const options = options_of(PreconditionerKind::diagonal, tensor);
  auto const found = fit_by<TypeParam>(tensor, options, &own);
  auto const expected = fit_by<TypeParam>(tensor, options);
  EXPECT_EQ(found.search.n_products, expected.search.n_products);
  EXPECT_EQ(found.x, expected.x);
  EXPECT_GT(own.n_updates, 1);
  EXPECT_EQ(found.preconditioner.n_factors, 7);
}

TYPED_TEST(PreconditionerTest, BlocksLeaveFrozenParametersOut)
{
  auto const tensor = test::chain_problem(90);
  auto options = options_of(PreconditionerKind::block_diagonal, tensor);
  options.frozen = {"s3", "s7"};
  auto const found = fit_by<TypeParam>(tensor, options);
  EXPECT_EQ(found.search.status, TrustRegionStatus::converged);
  EXPECT_EQ(found.preconditioner.n_factor_entries, 3 + 3);
  EXPECT_EQ(found.x[4], 0);
}

template <class ExecSpace>
std::string refusal(PreconditionerOptions const& preconditioner)
{
  try {
    auto const tensor = test::chain_problem(9);
    MinimumOptions options;
    options.preconditioner = preconditioner;
    fit_by<ExecSpace>(tensor, options);
  } catch (InputError const& error) {
    return error.what();
  }
  return "";
}

TYPED_TEST(PreconditionerTest, RefusesOptionsThatDoNotFitTogether)
{
  PreconditionerOptions options;
  options.kind = PreconditionerKind::sparse_cholesky;
  EXPECT_EQ(refusal<TypeParam>(options),
            "preconditioner: sparse_cholesky needs external terms with a Hessian (it is the factor "
            "of theirs) and there is none; ask for diagonal");
  options.kind = PreconditionerKind::block_diagonal;
  EXPECT_EQ(refusal<TypeParam>(options),
            "preconditioner: block_diagonal needs blocks (names of parameters that the data "
            "correlate); give them, or ask for diagonal");
  options.blocks = {{"s1"}, {"s2", "s1"}};
  EXPECT_EQ(
      refusal<TypeParam>(options),
      "preconditioner: 's1' stands in the blocks twice (a parameter is in one block at most); "
      "name it once");
  options.blocks = {{"s1"}, {"s2", "t1"}};
  EXPECT_NE(refusal<TypeParam>(options).find("'t1'"), std::string::npos);
  options.kind = PreconditionerKind::diagonal;
  EXPECT_EQ(refusal<TypeParam>(options),
            "preconditioner: diagonal has no use for the blocks that are given; ask for "
            "block_diagonal or give none");
}

TEST(ExternalHessian, IsTheSumOverTheParametersThatMove)
{
  auto tensor = test::chain_problem(4);
  auto const parameters = make_parameters(tensor, {});  // signal, s0 .. s3
  test::HostMatrix hessian(3, 3);
  hessian(0, 0) = 5;
  hessian(2, 2) = 7;
  hessian(0, 1) = hessian(1, 0) = 2;
  hessian(0, 2) = hessian(2, 0) = 3;
  ExternalTerm other{
      "other", {"s2", "signal", "s1"}, {}, linalg::upper_half(test::sparse(hessian))};
  auto const sum = external_hessian(dist::Communicator(), {tensor.external_terms[0], other},
                                    parameters, {0, 2, 3, 4});
  auto const upper = test::dense(sum.upper);
  test::HostMatrix expected(4, 4);  // signal, s1, s2, s3
  expected(0, 2) = 2;
  expected(1, 2) = 3 - 1e4;
  expected(2, 3) = -1e4;
  EXPECT_EQ(upper.values, expected.values);
  std::vector<double> const diagonal(sum.diagonal.data(), sum.diagonal.data() + 4);
  EXPECT_EQ(diagonal, (std::vector<double>{0, 1 + 2e4 + 7, 1 + 2e4 + 5, 1 + 1e4}));
}

TEST(ExternalHessian, SharesTheOnlyMatrixWhereItStandsForAllParameters)
{
  auto tensor = test::chain_problem(4);
  tensor.processes = {"a", "b"};
  ParameterOptions options;
  options.model = ParameterModel::ones;
  auto const parameters = make_parameters(tensor, options);
  auto const sum =
      external_hessian(dist::Communicator(), tensor.external_terms, parameters, {0, 1, 2, 3});
  EXPECT_EQ(sum.upper.value.data(), tensor.external_terms[0].hessian.upper.value.data());
}

}  // namespace
}  // namespace kovar::fit
