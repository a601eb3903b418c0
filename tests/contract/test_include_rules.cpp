// SPDX-License-Identifier: BSD-3-Clause
#include "include_rules.hpp"

#include <gtest/gtest.h>

namespace {

using kovar::test::include_violations;
using kovar::test::SourceFile;
using kovar::test::Violation;

/// Does a file at this path get away with one include line?
bool may_include(std::string const& path, std::string const& header)
{
  return include_violations({path, "#include " + header + "\n"}).empty();
}

TEST(IncludeRules, HoldInTheLibrary)
{
  auto const sources = kovar::test::library_sources();
  ASSERT_GT(sources.size(), 20U) << "the library's sources were not found";
  for (SourceFile const& file : sources) kovar::test::expect_none(include_violations(file));
}

TEST(IncludeRules, AllowFoldersBelowOnly)
{
  EXPECT_TRUE(may_include("gsn/estimate.cpp", "<kovar/core/error.hpp>"));
  EXPECT_TRUE(may_include("gsn/estimate.cpp", "<kovar/gsn/options.hpp>"));
  EXPECT_TRUE(may_include("io/result_file.hpp", "<kovar/gsn/estimate.hpp>"));
  EXPECT_FALSE(may_include("core/memory.cpp", "<kovar/linalg/eigen.hpp>"));
  EXPECT_FALSE(may_include("linalg/backend/cuda.cpp", "<kovar/dist/communicator.hpp>"));
  EXPECT_FALSE(may_include("gsn/estimate.cpp", "<kovar/io/result_file.hpp>"));
}

TEST(IncludeRules, KeepModulesApart)
{
  for (char const* module : {"gp", "spectral", "fit"}) {
    EXPECT_FALSE(may_include("gsn/x.hpp", "<kovar/" + std::string(module) + "/y.hpp>"));
    EXPECT_FALSE(may_include(std::string(module) + "/x.hpp", "<kovar/gsn/y.hpp>"));
  }
}

TEST(IncludeRules, KeepVendorsHeadersInTheirFolders)
{
  EXPECT_TRUE(may_include("dist/backend/mpi.cpp", "<mpi.h>"));
  EXPECT_FALSE(may_include("dist/communicator.cpp", "<mpi.h>"));
  EXPECT_TRUE(may_include("io/hdf5_file.cpp", "<hdf5.h>"));
  EXPECT_FALSE(may_include("core/memory.cpp", "<hdf5.h>"));
  for (char const* header :
       {"<cblas.h>", "<lapacke.h>", "<cublas_v2.h>", "<cusolverDn.h>", "<rocsolver/rocsolver.h>"}) {
    EXPECT_TRUE(may_include("linalg/backend/x.cpp", header)) << header;
    EXPECT_FALSE(may_include("linalg/eigen.cpp", header)) << header;
  }
  EXPECT_TRUE(may_include("linalg/csr.cpp", "<KokkosSparse_spmv.hpp>"));
  EXPECT_FALSE(may_include("fit/x.cpp", "<KokkosSparse_spmv.hpp>"));
  EXPECT_TRUE(may_include("fit/x.cpp", "<Kokkos_Core.hpp>"));
  EXPECT_TRUE(may_include("io/parameter_file.cpp", "<Teuchos_ParameterList.hpp>"));
  EXPECT_FALSE(may_include("gsn/options.cpp", "<Teuchos_ParameterList.hpp>"));
  EXPECT_TRUE(may_include("optim/backend/rol.cpp", "<ROL_Objective.hpp>"));
  EXPECT_TRUE(may_include("optim/backend/rol.cpp", "<Teuchos_ParameterList.hpp>"));
  EXPECT_FALSE(may_include("optim/backend/rol.hpp", "<ROL_Objective.hpp>"));
  EXPECT_FALSE(may_include("optim/lbfgs.cpp", "<ROL_Objective.hpp>"));
  EXPECT_FALSE(may_include("io/parameter_file.cpp", "<ROL_Objective.hpp>"));
}

TEST(IncludeRules, RefuseQuotesAndUnknownFolders)
{
  EXPECT_FALSE(may_include("io/x.cpp", "\"../gsn/y.hpp\""));
  EXPECT_FALSE(may_include("io/x.cpp", "<kovar/misc/y.hpp>"));
  EXPECT_FALSE(may_include("misc/x.cpp", "<kovar/core/error.hpp>"));
}

TEST(IncludeRules, TellPlaceAndRemedy)
{
  auto const violations =
      include_violations({"core/x.hpp", "#include <string>\n#include <kovar/gsn/y.hpp>\n"});
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(violations[0].path, "core/x.hpp");
  EXPECT_EQ(violations[0].line, 2);
  EXPECT_EQ(
      violations[0].message,
      "core includes <kovar/gsn/y.hpp>, but gsn stands on top of it; move down what both need");
}

}  // namespace
