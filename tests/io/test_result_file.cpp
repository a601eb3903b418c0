// SPDX-License-Identifier: BSD-3-Clause
#include "full_disk.hpp"
#include "scratch_folder.hpp"

#include <kovar/core/config.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/result_file.hpp>

#include <gtest/gtest.h>
#include <hdf5.h>

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

namespace {

using kovar::BackendError;
using kovar::InputError;
using kovar::io::Hdf5Handle;
using kovar::io::require_writable;
using kovar::io::write_estimate;
using kovar::io::write_simulation;
using kovar::test::FullDisk;
using kovar::test::message_of;
using kovar::test::ScratchFolder;
using Space = Kokkos::DefaultExecutionSpace;

constexpr int n_units = 5;
constexpr int n_levels = 3;

double element(int i, int j) { return 10 * i + j; }

template <class Scalar>
kovar::Matrix<Scalar, Space> matrix(int n_rows, int n_cols)
{
  kovar::Matrix<Scalar, Space> result("test::matrix", n_rows, n_cols);
  auto const host = Kokkos::create_mirror_view(result);
  for (int j = 0; j < n_cols; ++j)
    for (int i = 0; i < n_rows; ++i) host(i, j) = static_cast<Scalar>(element(i, j));
  Kokkos::deep_copy(result, host);
  return result;
}

template <class Scalar>
kovar::Vector<Scalar, Space> vector(int n)
{
  kovar::Vector<Scalar, Space> result("test::vector", n);
  auto const host = Kokkos::create_mirror_view(result);
  for (int i = 0; i < n; ++i) host(i) = static_cast<Scalar>(n - i);
  Kokkos::deep_copy(result, host);
  return result;
}

/// An estimate with every part that it can have. Its matrices are not symmetric, so that a test
/// sees which index is which.
template <class Scalar>
kovar::gsn::Estimate<Scalar, Space> full_estimate()
{
  kovar::gsn::Estimate<Scalar, Space> estimate;
  estimate.mean_signal = {1, 2, 3, 4, 5};
  estimate.mean_noise = {0, 0, 0, 0, 0};
  estimate.noise_ceiling_snr = {0.5, 1, 1.5, 0, std::numeric_limits<double>::quiet_NaN()};
  estimate.levels = {0, 0.5, 1};
  estimate.noise_level.level = 0.5;
  estimate.noise_level.nll = {3, 2, std::numeric_limits<double>::quiet_NaN()};
  estimate.data_level.level = 1;
  estimate.data_level.nll = {6, 5, 4};
  estimate.n_iterations = 7;
  estimate.noise_covariance = matrix<Scalar>(n_units, n_units);
  estimate.signal_covariance = matrix<Scalar>(n_units, n_units);
  estimate.noise_covariance_psd = matrix<Scalar>(n_units, n_units);
  estimate.signal_covariance_psd = matrix<Scalar>(n_units, n_units);
  estimate.eigenvalues_signal = vector<Scalar>(n_units);
  estimate.eigenvectors_signal = matrix<Scalar>(n_units, n_units);
  estimate.eigenvalues_difference = vector<Scalar>(n_units);
  estimate.eigenvectors_difference = matrix<Scalar>(n_units, n_units);
  estimate.warnings = {{kovar::gsn::Warning::Code::not_converged, "50 passes were not enough"}};
  return estimate;
}

/// A result as any program sees it.
class Result {
 public:
  explicit Result(std::string const& path)
      : file_(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose)
  {
    EXPECT_TRUE(file_.valid()) << path;
  }

  bool has(std::string const& name) const
  {
    return H5Lexists(file_.id(), name.c_str(), H5P_DEFAULT) > 0;
  }

  std::vector<hsize_t> shape(std::string const& name) const
  {
    Hdf5Handle const dataset = open(name);
    Hdf5Handle const space(H5Dget_space(dataset.id()), H5Sclose);
    std::vector<hsize_t> extents(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space.id())));
    H5Sget_simple_extent_dims(space.id(), extents.data(), nullptr);
    return extents;
  }

  /// All elements, the last index fastest.
  std::vector<double> values(std::string const& name) const
  {
    std::size_t n = 1;
    for (hsize_t const extent : shape(name)) n *= extent;
    std::vector<double> result(n);
    H5Dread(open(name).id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, result.data());
    return result;
  }

  bool has_type(std::string const& name, hid_t type) const
  {
    Hdf5Handle const stored(H5Dget_type(open(name).id()), H5Tclose);
    return H5Tequal(stored.id(), type) > 0;
  }

  std::vector<std::string> texts(std::string const& object, std::string const& name) const
  {
    Hdf5Handle const attribute(
        H5Aopen_by_name(file_.id(), object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT),
        H5Aclose);
    EXPECT_TRUE(attribute.valid()) << object << " has no attribute " << name;
    if (!attribute.valid()) return {};
    Hdf5Handle const space(H5Aget_space(attribute.id()), H5Sclose);
    Hdf5Handle const type(H5Aget_type(attribute.id()), H5Tclose);
    std::vector<char*> raw(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space.id())));
    if (raw.empty()) return {};
    H5Aread(attribute.id(), type.id(), raw.data());
    std::vector<std::string> result(raw.begin(), raw.end());
    H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, raw.data());
    return result;
  }

 private:
  Hdf5Handle open(std::string const& name) const
  {
    Hdf5Handle dataset(H5Dopen2(file_.id(), name.c_str(), H5P_DEFAULT), H5Dclose);
    EXPECT_TRUE(dataset.valid()) << name;
    return dataset;
  }

  Hdf5Handle file_;
};

using Shape = std::vector<hsize_t>;
using Texts = std::vector<std::string>;

class ResultFile : public testing::Test {
 protected:
  ScratchFolder folder;
  std::string path = folder / "result.h5";
};

template <class Scalar>
class ResultFileOf : public ResultFile {
};
using Scalars = testing::Types<double, float>;
TYPED_TEST_SUITE(ResultFileOf, Scalars);

TYPED_TEST(ResultFileOf, KeepsMatricesWithRowsAndColumns)
{
  write_estimate(this->path, full_estimate<TypeParam>(), {});

  Result const result(this->path);
  std::vector<double> expected;
  for (int i = 0; i < n_units; ++i)
    for (int j = 0; j < n_units; ++j) expected.push_back(element(i, j));
  hid_t const type = sizeof(TypeParam) == 4 ? H5T_IEEE_F32LE : H5T_IEEE_F64LE;
  for (char const* const name :
       {"cN", "cS", "cNb", "cSb", "eigvecs_signal", "eigvecs_difference"}) {
    EXPECT_EQ(result.shape(name), (Shape{n_units, n_units})) << name;
    EXPECT_EQ(result.values(name), expected) << name;
    EXPECT_TRUE(result.has_type(name, type)) << name;
  }
  for (char const* const name : {"eigvals_signal", "eigvals_difference"}) {
    EXPECT_EQ(result.shape(name), Shape{n_units}) << name;
    EXPECT_EQ(result.values(name), (std::vector<double>{5, 4, 3, 2, 1})) << name;
    EXPECT_TRUE(result.has_type(name, type)) << name;
  }
}

TEST_F(ResultFile, KeepsMeansLevelsAndCounts)
{
  write_estimate(path, full_estimate<double>(), {});

  Result const result(path);
  EXPECT_EQ(result.shape("mnS"), (Shape{1, n_units}));
  EXPECT_EQ(result.values("mnS"), (std::vector<double>{1, 2, 3, 4, 5}));
  EXPECT_EQ(result.shape("mnN"), (Shape{1, n_units}));
  EXPECT_EQ(result.values("mnN"), std::vector<double>(n_units, 0.0));
  EXPECT_EQ(result.shape("ncsnr"), Shape{n_units});
  EXPECT_EQ(result.values("ncsnr")[2], 1.5);
  EXPECT_TRUE(std::isnan(result.values("ncsnr")[4]));
  EXPECT_EQ(result.shape("shrinklevelN"), Shape{});
  EXPECT_EQ(result.values("shrinklevelN"), std::vector<double>{0.5});
  EXPECT_EQ(result.values("shrinklevelD"), std::vector<double>{1});
  EXPECT_EQ(result.shape("numiters"), Shape{});
  EXPECT_EQ(result.values("numiters"), std::vector<double>{7});
  EXPECT_TRUE(result.has_type("numiters", H5T_STD_I64LE));
  EXPECT_EQ(result.shape("nllN"), Shape{n_levels});
  EXPECT_TRUE(std::isnan(result.values("nllN")[2]));
  EXPECT_EQ(result.values("nllD"), (std::vector<double>{6, 5, 4}));
  EXPECT_EQ(result.values("shrinklevels"), (std::vector<double>{0, 0.5, 1}));
}

TEST_F(ResultFile, KeepsTheCurvesOfFoldsPathAndComponents)
{
  kovar::gsn::Estimate<double, Space> estimate = full_estimate<double>();
  double const nan = std::numeric_limits<double>::quiet_NaN();
  estimate.path = kovar::gsn::Path::per_unit;
  estimate.noise_level.nll_of_folds = {{2, 1, nan}, {4, 3, nan}};
  estimate.noise_level.best_nll = 1.75;
  estimate.data_level.nll_of_folds = {{6, 5, 4}};
  estimate.eigenvalues_signal = vector<double>(2);
  estimate.eigenvectors_signal = matrix<double>(n_units, 2);
  estimate.eigenvalues_difference = vector<double>(2);
  estimate.eigenvectors_difference = matrix<double>(n_units, 2);
  write_estimate(path, estimate, {});

  Result const result(path);
  EXPECT_EQ(result.shape("nll_folds_N"), (Shape{n_levels, 2}));
  std::vector<double> const folds = result.values("nll_folds_N");
  EXPECT_EQ((std::vector<double>(folds.begin(), folds.begin() + 4)),
            (std::vector<double>{2, 4, 1, 3}));
  EXPECT_TRUE(std::isnan(folds[4]));
  EXPECT_EQ(result.texts("nll_folds_N", "DIMENSION_LABELS"), (Texts{"level", "fold"}));
  EXPECT_EQ(result.values("nll_best_N"), std::vector<double>{1.75});
  EXPECT_FALSE(result.has("nll_folds_D"));  // one fold: it is nllD
  EXPECT_FALSE(result.has("nll_best_D"));   // none was found
  EXPECT_EQ(result.texts("/", "path"), Texts{"per_unit"});
  EXPECT_EQ(result.texts("/", "warning_codes"), Texts{"W_NOT_CONVERGED"});
  EXPECT_EQ(result.values("n_components"), std::vector<double>{2});
  EXPECT_EQ(result.shape("eigvecs_signal"), (Shape{n_units, 2}));
}

TEST_F(ResultFile, OmitsWhatWasNotComputed)
{
  kovar::gsn::Estimate<double, Space> estimate = full_estimate<double>();
  estimate.signal_covariance = {};
  estimate.eigenvalues_signal = {};
  estimate.eigenvectors_signal = {};
  estimate.eigenvalues_difference = {};
  estimate.eigenvectors_difference = {};
  estimate.noise_level.nll.clear();
  write_estimate(path, estimate, {});

  Result const result(path);
  EXPECT_FALSE(result.has("cS"));
  EXPECT_FALSE(result.has("eigvals_signal"));
  EXPECT_FALSE(result.has("nllN"));
  EXPECT_FALSE(result.has("n_components"));
  EXPECT_TRUE(result.has("cN"));
  EXPECT_TRUE(result.has("nllD"));
}

TEST_F(ResultFile, NamesUnitsAndDimensions)
{
  write_estimate(path, full_estimate<double>(), {});

  Result const result(path);
  EXPECT_EQ(result.texts("cSb", "units"), Texts{"u^2"});
  EXPECT_EQ(result.texts("mnS", "units"), Texts{"u"});
  EXPECT_EQ(result.texts("numiters", "units"), Texts{"1"});
  EXPECT_EQ(result.texts("eigvals_signal", "units"), Texts{"u^2"});
  EXPECT_EQ(result.texts("eigvecs_signal", "description"),
            Texts{"eigenvectors of cSb, one per column"});
  EXPECT_EQ(result.texts("cN", "DIMENSION_LABELS"), (Texts{"unit", "unit"}));
  EXPECT_EQ(result.texts("eigvecs_signal", "DIMENSION_LABELS"), (Texts{"unit", "component"}));
  EXPECT_EQ(result.texts("nllD", "DIMENSION_LABELS"), Texts{"level"});
  EXPECT_EQ(result.texts("mnS", "DIMENSION_LABELS"), (Texts{"row", "unit"}));
}

TEST_F(ResultFile, SaysWhereItComesFrom)
{
  write_estimate(path, full_estimate<double>(),
                 {{"input", "data.h5"}, {"options", "shrinkage=true\nuneven=fast"}, {"empty", ""}});

  Result const result(path);
  EXPECT_EQ(result.texts("/", "kovar_version"), Texts{KOVAR_VERSION});
  EXPECT_EQ(result.texts("/", "content"), Texts{"gsn estimate"});
  EXPECT_EQ(result.texts("/", "warnings"),
            Texts{kovar::gsn::name_of(kovar::gsn::Warning::Code::not_converged) +
                  ": 50 passes were not enough"});
  EXPECT_EQ(result.texts("provenance", "input"), Texts{"data.h5"});
  EXPECT_EQ(result.texts("provenance", "options"), Texts{"shrinkage=true\nuneven=fast"});
  EXPECT_EQ(result.texts("provenance", "empty"), Texts{""});
}

TEST_F(ResultFile, HasAnEmptyListWithoutWarnings)
{
  kovar::gsn::Estimate<double, Space> estimate = full_estimate<double>();
  estimate.warnings.clear();
  write_estimate(path, estimate, {});
  EXPECT_EQ(Result(path).texts("/", "warnings"), Texts{});
}

TEST_F(ResultFile, KeepsASimulation)
{
  kovar::gsn::Simulation simulation;
  simulation.train = kovar::gsn::Simulation::Cube("test::train", 3, 2, 4);
  simulation.test = kovar::gsn::Simulation::Cube("test::test", 3, 2, 4);
  simulation.signal = kovar::gsn::Simulation::HostMatrix("test::signal", 2, 3);
  for (auto* const square : {&simulation.signal_covariance, &simulation.noise_covariance,
                             &simulation.signal_axes, &simulation.noise_axes})
    *square = kovar::gsn::Simulation::HostMatrix("test::square", 3, 3);
  simulation.train(2, 1, 3) = 5;
  simulation.test(0, 1, 0) = 6;
  simulation.signal(1, 0) = 7;
  simulation.signal_axes(0, 2) = 8;
  simulation.signal_eigenvalues = {3, 2, 1};
  simulation.noise_eigenvalues = {6, 5, 4};
  simulation.warnings = {"W_AXES: aligned less than asked for"};
  write_simulation(path, simulation, {{"seed", "1"}});

  Result const result(path);
  EXPECT_EQ(result.shape("even"), (Shape{3, 2, 4}));
  EXPECT_EQ(result.values("even").back(), 5);
  EXPECT_EQ(result.values("test")[4], 6);
  EXPECT_EQ(result.shape("truth/signal"), (Shape{2, 3}));
  EXPECT_EQ(result.values("truth/signal")[3], 7);
  EXPECT_EQ(result.values("truth/signal_axes")[2], 8);
  EXPECT_EQ(result.shape("truth/signal_covariance"), (Shape{3, 3}));
  EXPECT_EQ(result.shape("truth/noise_covariance"), (Shape{3, 3}));
  EXPECT_EQ(result.shape("truth/noise_axes"), (Shape{3, 3}));
  EXPECT_EQ(result.values("truth/signal_eigenvalues"), (std::vector<double>{3, 2, 1}));
  EXPECT_EQ(result.values("truth/noise_eigenvalues"), (std::vector<double>{6, 5, 4}));
  EXPECT_EQ(result.texts("even", "DIMENSION_LABELS"), (Texts{"unit", "condition", "trial"}));
  EXPECT_EQ(result.texts("/", "content"), Texts{"gsn simulation"});
  EXPECT_EQ(result.texts("/", "warnings"), Texts{"W_AXES: aligned less than asked for"});
  EXPECT_EQ(result.texts("provenance", "seed"), Texts{"1"});
}

TEST_F(ResultFile, LeavesNoPartFile)
{
  write_estimate(path, full_estimate<double>(), {});
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path + ".part"));
}

TEST_F(ResultFile, ReplacesAnOlderFileAndALeftOverPart)
{
  std::ofstream(path) << "older";
  std::ofstream(path + ".part") << "left over";
  write_estimate(path, full_estimate<double>(), {});
  EXPECT_TRUE(Result(path).has("cN"));
  EXPECT_FALSE(std::filesystem::exists(path + ".part"));
}

TEST_F(ResultFile, GoesToTheFileBehindALink)
{
  std::string const target = folder / "target.h5";
  std::ofstream(target) << "older";
  std::filesystem::create_symlink(target, path);
  write_estimate(path, full_estimate<double>(), {});
  EXPECT_TRUE(std::filesystem::is_symlink(path));
  EXPECT_TRUE(Result(target).has("cN"));
}

std::string content_of(std::string const& path)
{
  std::ostringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}

TEST_F(ResultFile, FullDiskLeavesTheOlderFileAndNoPart)
{
  std::ofstream(path) << "older";
  kovar::gsn::Estimate<double, Space> estimate = full_estimate<double>();
  estimate.noise_covariance = matrix<double>(200, 200);  // 320 kB
  std::string message;
  {
    FullDisk const full_disk(100000);
    message = message_of<BackendError>([&] { write_estimate(path, estimate, {}); });
  }
  EXPECT_EQ(message, "'" + path +
                         "' cannot be written (1.4 MB are needed: File too large); make room or "
                         "choose another folder");
  EXPECT_EQ(content_of(path), "older");
  EXPECT_FALSE(std::filesystem::exists(path + ".part"));
}

TEST_F(ResultFile, WritesAgainAfterAFullDisk)
{
  {
    FullDisk const full_disk(1000);  // too little for anything but the first bytes
    message_of<BackendError>([&] { write_estimate(path, full_estimate<double>(), {}); });
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path + ".part"));
  write_estimate(path, full_estimate<double>(), {});
  EXPECT_TRUE(Result(path).has("cN"));
}

TEST_F(ResultFile, MoreThanTheDiskHoldsIsToldBeforeWriting)
{
  auto const exabyte = std::int64_t{1} << 60;
  std::string const message =
      message_of<BackendError>([&] { kovar::io::NewHdf5File(path, exabyte); });
  EXPECT_EQ(message.find("'" + path + "' cannot be written (1153 PB are needed: "), 0U) << message;
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST_F(ResultFile, NewFileThatIsGivenUpLeavesNothing)
{
  {
    kovar::io::NewHdf5File file(path, 0);
    file.write_text("/", "content", "half of it");
    EXPECT_TRUE(std::filesystem::exists(path + ".part"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path + ".part"));
}

TEST_F(ResultFile, MatrixIsWrittenInPanelsAndWithAStride)
{
  // 1100 rows of 4000 doubles: two panels of 32 MiB, and no multiple of a tile.
  std::int64_t const n_rows = 1100;
  std::int64_t const n_cols = 4000;
  std::int64_t const stride = n_rows + 3;
  std::vector<double> values(static_cast<std::size_t>(stride * n_cols), -1.0);
  for (std::int64_t j = 0; j < n_cols; ++j)
    for (std::int64_t i = 0; i < n_rows; ++i)
      values[static_cast<std::size_t>(i + j * stride)] = static_cast<double>(i * n_cols + j);
  kovar::io::NewHdf5File file(path, 0);
  file.write_matrix("matrix", n_rows, n_cols, values.data(), stride, {"1", "a matrix", {}});
  file.commit();

  std::vector<double> const read = Result(path).values("matrix");
  std::size_t n_wrong = 0;
  for (std::size_t i = 0; i < read.size(); ++i) n_wrong += read[i] != static_cast<double>(i);
  EXPECT_EQ(n_wrong, 0U);
}

// Whether a file can be written is known before any computing.

TEST_F(ResultFile, IsWritableInAnExistingFolder)
{
  require_writable(path);
  std::ofstream(path) << "older";
  require_writable(path);
  std::ofstream(path + ".part") << "left over";
  require_writable(path);
  EXPECT_EQ(content_of(path), "older");
  EXPECT_EQ(content_of(path + ".part"), "left over");
}

TEST_F(ResultFile, RequireWritableLeavesNothing)
{
  require_writable(path);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST_F(ResultFile, WithoutANameIsAnError)
{
  EXPECT_EQ(message_of<InputError>([] { require_writable(""); }),
            "the result file has no name; give it one");
}

TEST_F(ResultFile, InAMissingFolderIsAnError)
{
  std::string const nowhere = folder / "missing/result.h5";
  std::string const expected = "'" + nowhere + "' cannot be written (there is no folder '" +
                               (folder / "missing") + "'); create it first";
  EXPECT_EQ(message_of<InputError>([&] { require_writable(nowhere); }), expected);
  EXPECT_EQ(message_of<InputError>([&] { write_estimate(nowhere, full_estimate<double>(), {}); }),
            expected);
}

TEST_F(ResultFile, OnAFolderIsAnError)
{
  EXPECT_EQ(message_of<InputError>([&] { require_writable(folder.path()); }),
            "'" + folder.path() + "' is a folder; name a file in it");
}

TEST_F(ResultFile, OnADeviceIsAnError)
{
  EXPECT_EQ(message_of<InputError>([] { require_writable("/dev/null"); }),
            "'/dev/null' is no ordinary file, which a result could replace; name another");
}

TEST_F(ResultFile, InAReadOnlyFolderIsAnError)
{
  namespace fs = std::filesystem;
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec |
                                     fs::perms::others_read | fs::perms::others_exec);
  bool const is_superuser = geteuid() == 0;
  if (is_superuser && seteuid(65534) != 0) GTEST_SKIP() << "the superuser may write everywhere";
  std::string const message = message_of<InputError>([&] { require_writable(path); });
  if (is_superuser) {
    ASSERT_EQ(seteuid(0), 0);
  }
  fs::permissions(folder.path(), fs::perms::owner_all);
  EXPECT_EQ(message, "'" + path +
                         "' cannot be written (its folder takes no new file: Permission denied); "
                         "choose another folder");
}

}  // namespace
