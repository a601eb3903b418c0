// SPDX-License-Identifier: BSD-3-Clause
// A plan that does not fit the memory of the ranks is refused before the work.
#include <kovar/core/config.hpp>
#include <kovar/fit/template_tensor.hpp>

#include "../../apps/kovar/fit_plan.hpp"
#include "../../apps/kovar/matrix_plan.hpp"

#include <gtest/gtest.h>

#include <string>

namespace kovar::apps {
namespace {

constexpr double too_much = 1e18;
constexpr double little = 1e3;

SharingCosts costs(double whole_bytes, double ranks_bytes)
{
  return {whole_bytes, ranks_bytes, /*whole_seconds=*/1, /*ranks_seconds=*/2};
}

#ifdef KOVAR_ENABLE_SCALAPACK
constexpr bool may_share = true;
#else
constexpr bool may_share = false;
#endif

MatrixPlan plan(MatrixSharing asked, SharingCosts const& of, std::string const& obstacle = "")
{
  return plan_matrices(dist::Communicator::world(), "some command", asked, of, /*on_host=*/true,
                       "do less", DeviceMatrices::may_leave, obstacle);
}

template <class Work>
std::string message_of(Work const& work)
{
  try {
    work();
  } catch (InputError const& error) {
    EXPECT_TRUE(error.on_all_ranks());
    return error.what();
  }
  return "no error";
}

void expect_refused(std::string const& message, std::string const& start, std::string const& end)
{
  EXPECT_EQ(message.substr(0, start.size()), start) << message;
  ASSERT_GE(message.size(), end.size()) << message;
  EXPECT_EQ(message.substr(message.size() - end.size()), end) << message;
}

TEST(MatrixPlan, WholeMatricesAreRefusedWhereARankCannotHoldThem)
{
  int const n_ranks = dist::Communicator::world().size();
  std::string const start = "some command: whole matrices on each rank need 1000 PB per rank and ";
  auto const asked = message_of([] { plan(MatrixSharing::whole, costs(too_much, little)); });
  if (n_ranks > 1 && may_share)
    expect_refused(asked, start, "available; let ranks share them (--matrices=auto), or do less");
  if (n_ranks == 1)
    expect_refused(asked, start,
                   "available; take more ranks on more machines, which share them, or do less");
  expect_refused(
      message_of([] { plan(MatrixSharing::automatic, costs(too_much, little), "of this"); }), start,
      n_ranks > 1 && !may_share
          ? "available; ranks cannot share them (this kovar was built without ScaLAPACK): take "
            "larger machines, or do less"
          : "available; ranks cannot share them (of this): take larger machines, or do less");
}

TEST(MatrixPlan, SharesAreRefusedWhereARankCannotHoldThem)
{
  int const n_ranks = dist::Communicator::world().size();
  if (n_ranks > 1 && !may_share) GTEST_SKIP() << "there is no ScaLAPACK";
  std::string const start = "some command: matrices over " + std::to_string(n_ranks) +
                            " ranks need 1000 PB per rank and ";
  std::string const end = "available; take more ranks on more machines, or do less";
  expect_refused(message_of([] { plan(MatrixSharing::ranks, costs(little, too_much)); }), start,
                 end);
  if (n_ranks > 1)
    expect_refused(message_of([] { plan(MatrixSharing::automatic, costs(too_much, too_much)); }),
                   start, end);
}

TEST(MatrixPlan, TakesTheWayThatFits)
{
  int const n_ranks = dist::Communicator::world().size();
  if (n_ranks > 1 && may_share) {
    auto const shared = plan(MatrixSharing::automatic, costs(too_much, little));
    EXPECT_TRUE(shared.over_ranks);
    EXPECT_EQ(shared.reason, "a rank could not hold a whole one");
  }
  SharingCosts faster_in_shares = costs(little, too_much);
  faster_in_shares.ranks_seconds = 0;
  EXPECT_FALSE(plan(MatrixSharing::automatic, faster_in_shares).over_ranks);
}

TEST(MatrixPlan, AFitWithTooLargeMatricesIsRefused)
{
  fit::TemplateTensor tensor;
  tensor.n_bins = 100'000'000;
  fit::Parameters const parameters = {{"signal"}, 1, false, {1}, {0}, {0}};
  StudyRequest request;
  request.command = "fit impacts";
  auto const plan_of_fit = [&] {
    return plan_covariance(dist::Communicator::world(), request, parameters, tensor,
                           /*on_host=*/true);
  };
  EXPECT_EQ(message_of(plan_of_fit), "no error");
  request.chi_square = true;
  for (auto const asked : {MatrixSharing::automatic, MatrixSharing::whole}) {
    request.matrices = asked;
    expect_refused(message_of(plan_of_fit),
                   "fit impacts: ", ", or leave covariances of yields and the chi square away");
  }
}

}  // namespace
}  // namespace kovar::apps
