// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_SUPPORT_SIGNALS_HPP
#define KOVAR_APPS_SUPPORT_SIGNALS_HPP

#include <string>

/// \file
/// What happens on Ctrl-C and when a scheduler ends the job.

namespace kovar::apps {

/// From here on a file that grows too large is an error of the call that writes it, and SIGINT and
/// SIGTERM remove the file that RemoveOnSignal names, and then end the program as if nothing had caught
/// them: the exit code is 130 or 143. To be called by the thread that writes files.
void end_cleanly_on_signals();

/// While it lives, SIGTERM, SIGUSR1 and the first SIGINT are noted and change nothing else: the work asks
/// when it can stop. A second SIGINT (Ctrl-C) ends the program at once. One object at a time.
class NoteSignals {
 public:
  NoteSignals();
  ~NoteSignals();
  NoteSignals(NoteSignals const&) = delete;
  NoteSignals& operator=(NoteSignals const&) = delete;

  /// The signal that was noted last; 0 if none was.
  static int noted();
};

/// "SIGTERM".
std::string signal_name(int number);

/// While it lives, a signal that ends the program removes this file. One at a time.
class RemoveOnSignal {
 public:
  explicit RemoveOnSignal(std::string const& path);
  ~RemoveOnSignal();
  RemoveOnSignal(RemoveOnSignal const&) = delete;
  RemoveOnSignal& operator=(RemoveOnSignal const&) = delete;
};

}  // namespace kovar::apps

#endif
