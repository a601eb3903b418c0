// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_SUPPORT_MESSAGE_OF_HPP
#define KOVAR_TESTS_SUPPORT_MESSAGE_OF_HPP

#include <gtest/gtest.h>

#include <exception>
#include <string>

/// \file
/// What an exception says.

namespace kovar::test {

/// The message of the Exception that work throws; a failure of the test if it throws none or
/// another.
template <class Exception, class Work>
std::string message_of(Work const& work)
{
  try {
    work();
  } catch (Exception const& e) {
    return e.what();
  } catch (std::exception const& e) {
    ADD_FAILURE() << "another exception: " << e.what();
    return "";
  }
  ADD_FAILURE() << "no exception";
  return "";
}

}  // namespace kovar::test

#endif
