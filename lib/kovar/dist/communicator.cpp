// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/dist/communicator.hpp>

namespace kovar::dist {

void throw_together(Communicator const& comm, Failure const& mine)
{
  bool const failed = mine.kind != Failure::Kind::none;
  // The lowest failing rank speaks: the largest of size - rank over those that failed.
  std::int64_t speaker_score = failed ? comm.size() - comm.rank() : 0;
  comm.max_to_all(&speaker_score, 1);
  if (speaker_score == 0) return;

  int const speaker = comm.size() - static_cast<int>(speaker_score);
  double header[2] = {static_cast<double>(mine.kind), static_cast<double>(mine.message.size())};
  comm.broadcast(header, 2, speaker);
  std::string message = mine.message;
  message.resize(static_cast<std::size_t>(header[1]));
  comm.broadcast(message.data(), static_cast<std::int64_t>(message.size()), speaker);
  if (static_cast<Failure::Kind>(header[0]) == Failure::Kind::input)
    throw InputError(message, true);
  throw BackendError(message, true);
}

}  // namespace kovar::dist
