// SPDX-License-Identifier: BSD-3-Clause
// How a new file comes to its name: all of it or nothing, and told before any computing.
#include "full_disk.hpp"
#include "full_estimate.hpp"
#include "result_reader.hpp"
#include "scratch_folder.hpp"

#include <kovar/io/hdf5_filters.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/result_file.hpp>

#include <gtest/gtest.h>
#include <hdf5.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using kovar::BackendError;
using kovar::InputError;
using kovar::io::require_writable;
using kovar::io::write_estimate;
using kovar::test::content_of;
using kovar::test::full_estimate;
using kovar::test::FullDisk;
using kovar::test::matrix;
using kovar::test::message_of;
using kovar::test::ScratchFolder;
using kovar::test::Space;
using Result = kovar::test::ResultReader;

class NewHdf5File : public testing::Test {
 protected:
  ScratchFolder folder;
  std::string path = folder / "result.h5";
};

TEST_F(NewHdf5File, LeavesNoPartFile)
{
  write_estimate(path, full_estimate<double>(), {});
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path + ".part"));
}

TEST_F(NewHdf5File, ReplacesAnOlderFileAndALeftOverPart)
{
  std::ofstream(path) << "older";
  std::ofstream(path + ".part") << "left over";
  write_estimate(path, full_estimate<double>(), {});
  EXPECT_TRUE(Result(path).has("cN"));
  EXPECT_FALSE(std::filesystem::exists(path + ".part"));
}

TEST_F(NewHdf5File, GoesToTheFileBehindALink)
{
  std::string const target = folder / "target.h5";
  std::ofstream(target) << "older";
  std::filesystem::create_symlink(target, path);
  write_estimate(path, full_estimate<double>(), {});
  EXPECT_TRUE(std::filesystem::is_symlink(path));
  EXPECT_TRUE(Result(target).has("cN"));
}

TEST_F(NewHdf5File, FullDiskLeavesTheOlderFileAndNoPart)
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

TEST_F(NewHdf5File, WritesAgainAfterAFullDisk)
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

TEST_F(NewHdf5File, MoreThanTheDiskHoldsIsToldBeforeWriting)
{
  auto const exabyte = std::int64_t{1} << 60;
  std::string const message =
      message_of<BackendError>([&] { kovar::io::NewHdf5File(path, exabyte); });
  EXPECT_EQ(message.find("'" + path + "' cannot be written (1153 PB are needed: "), 0U) << message;
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST_F(NewHdf5File, GivenUpLeavesNothing)
{
  {
    kovar::io::NewHdf5File file(path, 0);
    file.write_text("/", "content", "half of it");
    EXPECT_TRUE(std::filesystem::exists(path + ".part"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path + ".part"));
}

TEST_F(NewHdf5File, MatrixIsWrittenInPanelsAndWithAStride)
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

TEST_F(NewHdf5File, SaysWhatOfACompressionWasRefused)
{
  using kovar::io::Compression;
  // Properties of a link have no chunks.
  kovar::io::Hdf5Handle const other(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  std::string message;
  {
    kovar::io::QuietHdf5 const quiet;
    message = message_of<BackendError>([&] {
      kovar::io::set_compression(other, Compression::deflate, {10, 10}, 8, "matrix");
    });
    kovar::io::set_compression(other, Compression::none, {10, 10}, 8,
                               "matrix");  // asks for nothing
  }
  EXPECT_EQ(message.find("'matrix' cannot be compressed: H5Pset_chunk failed ("), 0U) << message;
}

// Whether a file can be written is known before any computing.

TEST_F(NewHdf5File, IsWritableInAnExistingFolder)
{
  require_writable(path);
  std::ofstream(path) << "older";
  require_writable(path);
  std::ofstream(path + ".part") << "left over";
  require_writable(path);
  EXPECT_EQ(content_of(path), "older");
  EXPECT_EQ(content_of(path + ".part"), "left over");
}

TEST_F(NewHdf5File, RequireWritableLeavesNothing)
{
  require_writable(path);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

// A process that does nothing else is ended again and again.
TEST_F(NewHdf5File, RequireWritableLeavesNothingWhenASignalEndsTheProcess)
{
  for (int repeat = 0; repeat < 100; ++repeat) {
    int begun[2];
    ASSERT_EQ(pipe(begun), 0);
    pid_t const child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      std::signal(SIGTERM, SIG_DFL);
      try {
        require_writable(path);
        if (write(begun[1], "x", 1) == 1)
          while (true) require_writable(path);
      } catch (std::exception const&) {
      }
      _exit(1);
    }
    close(begun[1]);
    char byte = 0;
    EXPECT_EQ(read(begun[0], &byte, 1), 1) << "the child ended before its second call";
    close(begun[0]);
    usleep(static_cast<useconds_t>(7 * repeat));
    kill(child, SIGTERM);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    ASSERT_TRUE(std::filesystem::is_empty(folder.path())) << "at end " << repeat;
  }
}

TEST_F(NewHdf5File, WithoutANameIsAnError)
{
  EXPECT_EQ(message_of<InputError>([] { require_writable(""); }),
            "the result file has no name; give it one");
}

TEST_F(NewHdf5File, InAMissingFolderIsAnError)
{
  std::string const nowhere = folder / "missing/result.h5";
  std::string const expected = "'" + nowhere + "' cannot be written (there is no folder '" +
                               (folder / "missing") + "'); create it first";
  EXPECT_EQ(message_of<InputError>([&] { require_writable(nowhere); }), expected);
  EXPECT_EQ(message_of<InputError>([&] { write_estimate(nowhere, full_estimate<double>(), {}); }),
            expected);
}

TEST_F(NewHdf5File, OnAFolderIsAnError)
{
  EXPECT_EQ(message_of<InputError>([&] { require_writable(folder.path()); }),
            "'" + folder.path() + "' is a folder; name a file in it");
}

TEST_F(NewHdf5File, OnADeviceIsAnError)
{
  EXPECT_EQ(message_of<InputError>([] { require_writable("/dev/null"); }),
            "'/dev/null' is no ordinary file, which a result could replace; name another");
}

TEST_F(NewHdf5File, InAReadOnlyFolderIsAnError)
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
