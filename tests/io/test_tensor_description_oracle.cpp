// SPDX-License-Identifier: BSD-3-Clause
#include "../fit/writer_calls.hpp"
#include "described_case.hpp"
#include "scratch_folder.hpp"
#include "tensor_fixture.hpp"

#include <kovar/io/tensor_description.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using namespace kovar;
using test::ScratchFolder;

class DescriptionOracle : public testing::TestWithParam<char const*> {};

TEST_P(DescriptionOracle, BooksWhatTheCallsBook)
{
  ScratchFolder const folder;
  test::OracleFile const oracle("binned_fit/" + std::string(GetParam()) + ".h5");
  test::DescribedCase const described(oracle, folder.path());
  auto const description = io::read_tensor_description(folder / "case.yaml");
  auto builder = io::book_tensor(description);
  auto expected = test::WriterCalls(oracle).builder();
  EXPECT_EQ(builder.warnings(), expected.warnings());
  test::expect_equal(builder.finish(), expected.finish());
}

INSTANTIATE_TEST_SUITE_P(Cases, DescriptionOracle, testing::ValuesIn(test::writer_cases),
                         [](auto const& test) { return std::string(test.param); });

}  // namespace
