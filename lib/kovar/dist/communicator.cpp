// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/dist/communicator.hpp>

namespace kovar::dist {

std::string broadcast_text(Communicator const& comm, std::string text, int root)
{
  auto size = static_cast<double>(text.size());  // exact up to 2^53
  comm.broadcast(&size, 1, root);
  text.resize(static_cast<std::size_t>(size));
  comm.broadcast(text.data(), static_cast<std::int64_t>(text.size()), root);
  return text;
}

void throw_together(Communicator const& comm, Failure const& mine)
{
  bool const failed = mine.kind != Failure::Kind::none;
  // The lowest failing rank speaks: the largest of size - rank over those that failed.
  std::int64_t speaker_score = failed ? comm.size() - comm.rank() : 0;
  comm.max_to_all(&speaker_score, 1);
  if (speaker_score == 0) return;

  int const speaker = comm.size() - static_cast<int>(speaker_score);
  auto kind = static_cast<double>(mine.kind);
  comm.broadcast(&kind, 1, speaker);
  std::string const message = broadcast_text(comm, mine.message, speaker);
  if (static_cast<Failure::Kind>(kind) == Failure::Kind::input) throw InputError(message, true);
  throw BackendError(message, true);
}

}  // namespace kovar::dist
