// SPDX-License-Identifier: BSD-3-Clause
// Responses that are read by blocks of conditions, against what was written and against estimates of all of them.

#include "io/response_fixture.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/random.hpp>
#include <kovar/gsn/estimate_streamed.hpp>
#include <kovar/io/fingerprint.hpp>
#include <kovar/io/response_stream.hpp>

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace kovar::test {
namespace {

using io::Hdf5Handle;
using io::ResponseStream;
using Host = Kokkos::DefaultHostExecutionSpace;

class ResponseStreamTest : public ResponseFixture {
 protected:
  /// Read all in blocks of each length, from the end on.
  template <class Scalar>
  void expect_blocks(io::AxisOrder order)
  {
    ResponseStream<Scalar> stream(comm, path, "/even", order);
    ASSERT_EQ(stream.n_units(), static_cast<std::int64_t>(n_units));
    ASSERT_EQ(stream.n_trials(), static_cast<std::int64_t>(n_trials));
    auto const n = static_cast<std::int64_t>(n_conditions);
    ASSERT_EQ(stream.n_conditions(), n);
    for (std::int64_t count = 0; count <= n; ++count)
      for (std::int64_t first = n - count; first >= 0; --first) {
        auto const block = stream.read(first, count);
        ASSERT_EQ(static_cast<std::int64_t>(block.extent(1)), count);
        for (std::size_t i = 0; i < block.extent(0); ++i)
          for (std::int64_t c = 0; c < count; ++c)
            for (std::size_t t = 0; t < block.extent(2); ++t)
              EXPECT_EQ(block(i, c, t), response(static_cast<std::int64_t>(i), first + c,
                                                 static_cast<std::int64_t>(t)))
                  << "unit " << i << ", condition " << first + c << ", trial " << t;
      }
  }

  template <class Call>
  std::string message_of(Call const& call)
  {
    try {
      call();
    } catch (Error const& error) {
      return error.what();
    }
    return "no error";
  }
};

TEST_F(ResponseStreamTest, ReadsBlocksInEitherOrderOfAxes)
{
  for (auto const order : {units_first, trials_first}) {
    on_root([&] { write_responses(path, order); });
    expect_blocks<double>(order);
    expect_blocks<float>(order);
    comm.barrier();
  }
}

TEST_F(ResponseStreamTest, ReadsChunksOfOtherTypes)
{
  for (auto const order : {units_first, trials_first}) {
    on_root([&] { write_responses(path, order, H5T_STD_I16BE, compressed_chunks().id()); });
    expect_blocks<double>(order);
    EXPECT_EQ(ResponseStream<double>(comm, path, "/even", order).n_together(), 2);
    comm.barrier();
  }
}

TEST_F(ResponseStreamTest, SaysWhatIsWrong)
{
  auto const open = [&] { ResponseStream<double>(comm, path, "/even", units_first); };
  EXPECT_NE(message_of(open).find("does not exist"), std::string::npos) << message_of(open);
  comm.barrier();
  on_root([&] { write_responses(path, units_first); });
  {
    ResponseStream<double> stream(comm, path, "/even", units_first);
    EXPECT_EQ(message_of([&] { stream.read(3, 3); }),
              "'/even' in '" + path + "': conditions 3 to 5 are asked for (there are 5)");
  }
  comm.barrier();
  on_root([&] { std::filesystem::resize_file(path, std::filesystem::file_size(path) - 100); });
  EXPECT_EQ(message_of(open).find("'" + path + "' is incomplete (truncated file: eof = "), 0U)
      << message_of(open);
}

TEST_F(ResponseStreamTest, DamagedChunkEndsAllRanks)
{
  on_root([&] {
    write_responses(path, units_first, H5T_IEEE_F64LE, compressed_chunks().id());
    damage_last_chunk(path);
  });
  ResponseStream<double> stream(comm, path, "/even", units_first);
  std::string const message = message_of(
      [&] { gsn::estimate_streamed<double, Host>(Host(), comm, stream, 2, gsn::Options()); });
  EXPECT_EQ(message.find("reading conditions "), 0U) << message;
  EXPECT_NE(message.find("of '/even' from '" + path + "' failed in H5Dread ("), std::string::npos)
      << message;
}

/// A larger file of random responses.
void write_random(std::string const& path, std::vector<hsize_t> const& shape)
{
  std::vector<double> values;
  for (hsize_t k = 0; k < shape[0] * shape[1] * shape[2]; ++k)
    values.push_back(normal_pair(5, 1, k).first + normal_pair(5, 2, k / shape[2]).first);
  write_dataset(create_file(path), "even", shape, values);
}

TEST_F(ResponseStreamTest, GivesTheEstimateAndTheFingerprintOfAllResponses)
{
  on_root([&] { write_random(path, {6, 53, 3}); });
  auto const all = io::read_responses<double>(comm, path, "/even", units_first);
  auto const expected =
      gsn::estimate<double, Host>(Host(), comm, ConstCube<double, Host>(all), 53, gsn::Options());
  ResponseStream<double> stream(comm, path, "/even", units_first);

  auto const found = gsn::estimate_streamed<double, Host>(Host(), comm, stream, 10);

  EXPECT_EQ(found.noise_level.level, expected.noise_level.level);
  EXPECT_EQ(found.data_level.level, expected.data_level.level);
  for (int i = 0; i < (comm.is_root() ? 6 : 0); ++i)
    for (int j = 0; j < 6; ++j)
      EXPECT_NEAR(found.signal_covariance_psd(i, j), expected.signal_covariance_psd(i, j), 1e-11);
  EXPECT_EQ(io::fingerprint_of<double>(comm, stream, 7, gsn::Options()),
            io::fingerprint_of<double>(comm, all, 53, gsn::Options()));
}

/// The largest resident memory that this process has had, in bytes.
double peak_bytes()
{
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word)
    if (word == "VmHWM:") {
      double kilobytes = 0;
      status >> kilobytes;
      return 1024 * kilobytes;
    }
  return 0;
}

TEST_F(ResponseStreamTest, HoldsNoMoreThanABlock)
{
  // 64 MB of single precision, which make 448 MB where all of them are held.
  std::vector<hsize_t> const shape = {20, 100000, 8};
  on_root([&] {
    Hdf5Handle const creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    Hdf5Handle const file = create_file(path);
    write_dataset(file, "even", shape, {}, H5T_IEEE_F32LE);
    Hdf5Handle const dataset(H5Dopen2(file.id(), "even", H5P_DEFAULT), H5Dclose);
    // Row by row: the test must not hold them either.
    for (hsize_t unit = 0; unit < shape[0]; ++unit) {
      std::vector<float> row;
      for (hsize_t k = 0; k < shape[1] * shape[2]; ++k)
        row.push_back(static_cast<float>(std::sin(static_cast<double>(k * (unit + 3)))));
      hsize_t const start[3] = {unit, 0, 0};
      hsize_t const count[3] = {1, shape[1], shape[2]};
      Hdf5Handle const in_file(H5Dget_space(dataset.id()), H5Sclose);
      Hdf5Handle const in_memory(H5Screate_simple(3, count, nullptr), H5Sclose);
      H5Sselect_hyperslab(in_file.id(), H5S_SELECT_SET, start, nullptr, count, nullptr);
      ASSERT_GE(H5Dwrite(dataset.id(), H5T_NATIVE_FLOAT, in_memory.id(), in_file.id(), H5P_DEFAULT,
                         row.data()),
                0);
    }
  });
  ResponseStream<float> stream(comm, path, "/even", units_first);
  gsn::estimate_streamed<float, Host>(Host(), comm, stream, 2000);  // libraries take their buffers
  double const before = peak_bytes();
  if (before == 0) GTEST_SKIP() << "the system does not tell the largest resident memory";

  gsn::estimate_streamed<float, Host>(Host(), comm, stream, 4000);

  // Blocks take 18 MB, 9 MB more than before.
  EXPECT_LE(peak_bytes() - before, 40e6);
}

}  // namespace
}  // namespace kovar::test
