// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/io/hdf5_native.hpp>

#include <hdf5.h>

#include <cstdint>
#include <type_traits>

namespace kovar::io {

template <class Number>
Hdf5Handle::Id native_type()
{
  if constexpr (std::is_same_v<Number, float>) return H5T_NATIVE_FLOAT;
  if constexpr (std::is_same_v<Number, double>) return H5T_NATIVE_DOUBLE;
  if constexpr (std::is_same_v<Number, std::uint8_t>) return H5T_NATIVE_UINT8;
  if constexpr (std::is_same_v<Number, std::int32_t>) return H5T_NATIVE_INT32;
  if constexpr (std::is_same_v<Number, std::int64_t>) return H5T_NATIVE_INT64;
}

#define KOVAR_INSTANTIATE(Number) template Hdf5Handle::Id native_type<Number>();
KOVAR_INSTANTIATE(float)
KOVAR_INSTANTIATE(double)
KOVAR_INSTANTIATE(std::uint8_t)
KOVAR_INSTANTIATE(std::int32_t)
KOVAR_INSTANTIATE(std::int64_t)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::io
