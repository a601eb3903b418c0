// SPDX-License-Identifier: BSD-3-Clause
#include "chain_problem.hpp"
#include "dealt_tensor.hpp"
#include "random_problem.hpp"
#include "support/message_of.hpp"
#include "support/spaces.hpp"

#include <kovar/core/config.hpp>
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/fit/covariance.hpp>
#include <kovar/fit/external_hessian.hpp>
#include <kovar/fit/minimum.hpp>
#include <kovar/fit/multi_start.hpp>
#include <kovar/fit/rank_rows.hpp>
#include <kovar/fit/selected_covariance.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

// A rank that holds its part of a tensor alone makes what one with all of it does, or says that it cannot.

namespace kovar::fit {
namespace {

using kovar::test::message_of;

dist::Communicator world() { return dist::Communicator::world(); }

TemplateTensor part_of(TemplateTensor const& whole)
{
  return test::dealt_tensor(whole, world().size(), world().rank());
}

template <class ExecSpace>
class FitDealtTensor : public ::testing::Test {
};
TYPED_TEST_SUITE(FitDealtTensor, test::ExecSpaces);

TYPED_TEST(FitDealtTensor, MakesTheSameLikelihood)
{
  TypeParam const space;
  for (auto const& p : test::problems()) {
    SCOPED_TRACE(p.name);
    auto part = p;
    part.tensor = part_of(p.tensor);
    auto whole = test::likelihood_of(space, world(), p);
    auto dealt = test::likelihood_of(space, world(), part);
    EXPECT_EQ(dealt.without_effect(), whole.without_effect());
    test::RandomNumbers numbers(43);
    auto const x = test::random_point(p, whole.parameters(), false, numbers);
    auto const expected = test::evaluate(space, whole, x);
    auto const found = test::evaluate(space, dealt, x);
    EXPECT_EQ(found.value, expected.value);
    EXPECT_EQ(found.gradient, expected.gradient);
    EXPECT_EQ(test::product_of(space, dealt, x), test::product_of(space, whole, x));
    EXPECT_EQ(dealt.yields(space), whole.yields(space));
  }
}

// The last systematic stands in the columns of one bin alone, and so on one rank.
TYPED_TEST(FitDealtTensor, KnowsWhatNothingHoldsOnAnyRank)
{
  TypeParam const space;
  auto tensor = test::chain_problem(20);
  tensor.external_terms.clear();
  Likelihood<TypeParam> const likelihood(space, world(), part_of(tensor), {});
  EXPECT_TRUE(likelihood.without_effect().empty());
}

void expect_same(linalg::HostSymmetricMatrix const& found,
                 linalg::HostSymmetricMatrix const& expected)
{
  EXPECT_EQ(test::dense(found.upper).values, test::dense(expected.upper).values);
  ASSERT_EQ(found.diagonal.extent(0), expected.diagonal.extent(0));
  for (std::size_t i = 0; i < found.diagonal.extent(0); ++i)
    EXPECT_EQ(found.diagonal(i), expected.diagonal(i)) << i;
}

TEST(DealtTerm, BecomesTheWholeHessian)
{
  for (std::int64_t const n : {1, 2, 7, 90}) {
    auto const tensor = test::chain_problem(n);
    auto const part = part_of(tensor);
    auto const whole = of_all_ranks(world(), part.external_terms[0]);
    EXPECT_TRUE(whole.dealt_rows.empty());
    expect_same(whole.hessian, tensor.external_terms[0].hessian);
  }
}

TEST(DealtTerm, EntersTheSumOfHessians)
{
  auto const tensor = test::random_tensor({});
  auto const parameters = make_parameters(tensor, {});
  for (std::vector<std::int64_t> const& free :
       {std::vector<std::int64_t>{}, {4}, {0, 2, 3, 5, 7}, {0, 1, 2, 3, 4, 5, 6, 7, 8}})
    expect_same(external_hessian(world(), part_of(tensor).external_terms, parameters, free),
                external_hessian(world(), tensor.external_terms, parameters, free));
}

TEST(DealtTerm, NeedsNoHessian)
{
  auto tensor = test::chain_problem(5);
  tensor.external_terms[0].hessian = {};
  auto const found = of_all_ranks(world(), part_of(tensor).external_terms[0]);
  EXPECT_FALSE(found.has_hessian());
  EXPECT_EQ(found.gradient, tensor.external_terms[0].gradient);
}

std::vector<PreconditionerKind> kinds()
{
  std::vector<PreconditionerKind> list = {PreconditionerKind::automatic,
                                          PreconditionerKind::diagonal};
#ifdef KOVAR_ENABLE_EIGEN
  list.push_back(PreconditionerKind::sparse_cholesky);
  list.push_back(PreconditionerKind::incomplete_cholesky);
#endif
  return list;
}

MinimumOptions options_of(PreconditionerKind kind, TemplateTensor const& tensor)
{
  MinimumOptions options;
  options.trust_region.solver = optim::TrustRegionSolver::conjugate_gradients;
  options.preconditioner.kind = kind;
  options.preconditioner.external_terms = tensor.external_terms;
  return options;
}

TYPED_TEST(FitDealtTensor, IsFittedTheSameWay)
{
  TypeParam const space;
  auto const tensor = test::chain_problem(200);
  auto const part = part_of(tensor);
  for (auto const kind : kinds()) {
    SCOPED_TRACE(name_of(kind));
    Likelihood<TypeParam> whole(space, world(), tensor, {});
    Likelihood<TypeParam> dealt(space, world(), part, {});
    auto const expected = find_minimum(space, whole, options_of(kind, tensor));
    auto const found = find_minimum(space, dealt, options_of(kind, part));
    EXPECT_EQ(found.search.status, optim::TrustRegionStatus::converged);
    EXPECT_EQ(found.search.n_products, expected.search.n_products);
    EXPECT_EQ(found.x, expected.x);
    EXPECT_EQ(found.preconditioner.kind, expected.preconditioner.kind);
    EXPECT_EQ(found.preconditioner.n_factor_entries, expected.preconditioner.n_factor_entries);
  }
}

TYPED_TEST(FitDealtTensor, HasTheSameCovarianceAndStarts)
{
  TypeParam const space;
  auto const tensor = test::chain_problem(40);
  auto const part = part_of(tensor);
  Likelihood<TypeParam> whole(space, world(), tensor, {});
  Likelihood<TypeParam> dealt(space, world(), part, {});
  auto const expected =
      find_minimum(space, whole, options_of(PreconditionerKind::automatic, tensor));
  auto const found = find_minimum(space, dealt, options_of(PreconditionerKind::automatic, part));
  EXPECT_EQ(variances(space, covariance(space, dealt, found)),
            variances(space, covariance(space, whole, expected)));
  SelectedCovarianceOptions of_whole;
  of_whole.preconditioner = options_of(PreconditionerKind::automatic, tensor).preconditioner;
  SelectedCovarianceOptions of_part;
  of_part.preconditioner = options_of(PreconditionerKind::automatic, part).preconditioner;
  EXPECT_EQ(selected_covariance(space, dealt, found, {0, 3}, of_part).rows,
            selected_covariance(space, whole, expected, {0, 3}, of_whole).rows);
  MultiStartOptions starts;
  starts.n_starts = 3;
  auto const many =
      find_minima(space, dealt, options_of(PreconditionerKind::automatic, part), starts);
  auto const expected_many =
      find_minima(space, whole, options_of(PreconditionerKind::automatic, tensor), starts);
  ASSERT_EQ(many.minima.size(), expected_many.minima.size());
  EXPECT_EQ(many.minima.at(0).minimum.x, expected_many.minima.at(0).minimum.x);
}

// Every rank must say so: one that goes on would wait for the others.
TYPED_TEST(FitDealtTensor, IsRefusedByOtherRanks)
{
  TypeParam const space;
  auto const whole = test::chain_problem(40);
  auto const n = world().size();
  auto const part = test::dealt_tensor(whole, n + 1, world().rank());
  auto const counts =
      " were dealt to " + std::to_string(n + 1) + " ranks, the likelihood has " + std::to_string(n);
  auto bins = whole;
  bins.variations = part.variations;
  bins.dealt_bins = part.dealt_bins;
  EXPECT_EQ(message_of<InputError>([&] { Likelihood<TypeParam>(space, world(), bins, {}); }),
            "tensor: its bins" + counts +
                " (a rank holds the variations of its own bins only); read the tensor with the "
                "ranks of the likelihood");
  auto const rows = "external term 'chain': the rows of its Hessian" + counts +
                    " (a rank holds its own rows only); read the tensor with the ranks of the "
                    "likelihood";
  auto terms = whole;
  terms.external_terms = part.external_terms;
  EXPECT_EQ(message_of<InputError>([&] { Likelihood<TypeParam>(space, world(), terms, {}); }),
            rows);
  auto const parameters = make_parameters(whole, {});
  EXPECT_EQ(message_of<InputError>(
                [&] { external_hessian(world(), terms.external_terms, parameters, {1}); }),
            rows);
}

TYPED_TEST(FitDealtTensor, IsRefusedInAnotherOrderOfRanks)
{
  auto const n = world().size();
  if (n == 1) GTEST_SKIP() << "one rank has no other order";
  TypeParam const space;
  auto const whole = test::chain_problem(40);
  auto const part = test::dealt_tensor(whole, n, n - 1 - world().rank());
  auto bins = whole;
  bins.variations = part.variations;
  bins.dealt_bins = part.dealt_bins;
  EXPECT_EQ(message_of<InputError>([&] { Likelihood<TypeParam>(space, world(), bins, {}); }),
            "tensor: a rank holds the variations of bins that were dealt to another (they would be "
            "missing or count twice); read the tensor with the ranks of the likelihood, in their "
            "order");
  auto terms = whole;
  terms.external_terms = part.external_terms;
  auto const rows =
      "external term 'chain': a rank holds rows of its Hessian that were dealt to another (they "
      "would be missing or count twice); read the tensor with the ranks of the likelihood, in "
      "their order";
  EXPECT_EQ(message_of<InputError>([&] { Likelihood<TypeParam>(space, world(), terms, {}); }),
            rows);
  EXPECT_EQ(message_of<InputError>([&] { of_all_ranks(world(), terms.external_terms[0]); }), rows);
}

}  // namespace
}  // namespace kovar::fit
